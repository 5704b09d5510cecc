"""Dispositions and outcome rates, or why there are none; and the rows that were rejected."""

from __future__ import annotations

from collections.abc import Mapping

from netralstat.collect.quality.dispositions import ContactLog
from netralstat.collect.quality.response_rates import RATES
from netralstat.report.blocks import Block, Column
from netralstat.report.context import slug
from netralstat.report.quality.desk import QualityDesk, cells

NAMES = {
    "I": "field.disposition_i",
    "P": "field.disposition_p",
    "R": "field.disposition_r",
    "NC": "field.disposition_nc",
    "O": "field.disposition_o",
    "UH": "field.disposition_uh",
    "UO": "field.disposition_uo",
    "NE": "field.disposition_ne",
}
SHORT = ("RR1", "RR2", "RR3", "RR4", "COOP2", "REF1", "CON1")


def write(desk: QualityDesk) -> tuple[str, list[Block]]:
    """The contact log where there is one."""
    log = desk.quality.contact_log
    blocks = _without(desk) if log is None else _with(desk, log)
    rejected = desk.quality.rejected_by_rule
    if rejected:
        blocks.append(_rejected(desk, rejected))
    return desk.w("field.log"), blocks


def _without(desk: QualityDesk) -> list[Block]:
    f, quality, selected = desk.f, desk.quality, desk.material.n_selected
    blocks: list[Block] = [desk.missing("field.no_log")]
    blocks.append(
        desk.paragraph(
            "field.no_log_shows", accepted=f.count(quality.n_accepted), rejected=f.count(quality.n_rejected)
        )
    )
    if selected:
        share = f.percent(quality.n_accepted / selected)
        blocks.append(desk.paragraph("field.no_log_selected", selected=f.count(selected), share=share))
    return blocks


def _with(desk: QualityDesk, log: ContactLog) -> list[Block]:
    w, f = desk.w, desk.f
    how = w("field.e_declared" if log.declared else "field.e_estimated")
    blocks: list[Block] = [
        desk.paragraph(
            "field.log_opening",
            n=f.count(log.n),
            unknown=f.count(log.count("UH") + log.count("UO")),
            e=f.percent(log.eligible_share),
            how=how,
        )
    ]
    logged = log.count("I") + log.count("P")
    if logged != desk.quality.n_accepted:
        accepted = f.count(desk.quality.n_accepted)
        blocks.append(desk.paragraph("field.log_differs", logged=f.count(logged), accepted=accepted))
    columns = (
        Column(key="disposition", label=w("field.disposition"), kind="text"),
        Column(key="n", label=w("field.cases"), kind="count"),
        Column(key="share", label=w("field.share_plain"), kind="percent"),
    )
    rows = [cells((w(NAMES[name]), log.count(name), log.count(name) / log.n)) for name in NAMES]
    blocks.append(desk.table("table-dispositions", w("field.dispositions_table"), columns, rows))
    of_rates = (
        Column(key="rate", label=w("field.rate_name"), kind="text"),
        Column(key="value", label=w("field.share_plain"), kind="percent"),
    )
    rows = [cells((name, log.rate(name))) for name in RATES]
    blocks.append(desk.table("table-rates", w("field.rates_table"), of_rates, rows))
    for by in dict.fromkeys(log.rates["by"]):
        if by:
            blocks.append(_by(desk, log, by))
    return blocks


def _by(desk: QualityDesk, log: ContactLog, by: str) -> Block:
    w = desk.w
    columns = (
        Column(key="level", label=w("field.level"), kind="text"),
        Column(key="n", label=w("field.cases"), kind="count"),
        *(Column(key=name, label=name, kind="percent") for name in SHORT),
    )
    least = desk.material.plan.collect.quality.min_group
    rows = []
    for line in log.rates[log.rates["by"] == by].to_dict("records"):
        shown = [float(line[name]) if line["n"] >= least else None for name in SHORT]
        rows.append(cells((desk.labels.level(by, line["level"]) or "–", int(line["n"]), *shown)))
    title = w("field.group_rates_table", by=desk.item(by))
    notes = [w("field.small_note", n=least)] if any(row.cells[2].value is None for row in rows) else []
    return desk.table(f"table-rates-{slug(by)}", title, columns, rows, notes=notes, search=len(rows) > 20)


def _rejected(desk: QualityDesk, counts: Mapping[str, int]) -> Block:
    w = desk.w
    columns = (
        Column(key="rule", label=w("field.rule"), kind="text"),
        Column(key="n", label=w("field.rows"), kind="count"),
    )
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [cells((desk.rule(rule), int(n))) for rule, n in ordered]
    return desk.table("table-rejected", w("field.rejected_table"), columns, rows)
