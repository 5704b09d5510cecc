"""Data quality: what was read, what was accepted, and which rule each rejected row broke."""

from __future__ import annotations

from collections.abc import Mapping

from netralstat.report import drawings
from netralstat.report.blocks import Block, Box, Cell, Column, Row
from netralstat.report.context import Context
from netralstat.report.figures.flow import Step


def write(context: Context) -> tuple[str, list[Block]]:
    """Counts of rows, never a row."""
    w, f, fieldwork = context.w, context.f, context.material.fieldwork
    entries = [
        (w("quality.read"), f.count(fieldwork.n_read)),
        (w("quality.accepted"), f.count(fieldwork.n_accepted)),
        (w("quality.rejected"), f.count(fieldwork.n_rejected)),
    ]
    if fieldwork.n_selected:
        entries.insert(0, (w("quality.selected"), f.count(fieldwork.n_selected)))
    rate = fieldwork.response_rate
    entries.append((w("quality.rate"), w("quality.rate_unknown") if rate is None else f.percent(rate)))
    blocks: list[Block] = [
        Box(id="box-quality", title=w("quality.box"), entries=tuple(entries)),
        *_flow(context),
    ]
    if fieldwork.rejected_by_rule:
        blocks.append(_table(context, "table-rejected", "quality.table_rejected", fieldwork.rejected_by_rule))
    else:
        blocks.append(context.paragraph("quality.none_rejected"))
    if fieldwork.findings_by_rule:
        blocks.append(_table(context, "table-remarks", "quality.table_remarks", fieldwork.findings_by_rule))
    else:
        blocks.append(context.paragraph("quality.no_remarks"))
    return w("quality.title"), [*blocks, *_margins(context)]


def _flow(context: Context) -> list[Block]:
    """From those selected to those accepted; nothing where the frame does not tell who was selected."""
    w, f, fieldwork = context.w, context.f, context.material.fieldwork
    selected = fieldwork.n_selected
    if not selected or not selected >= fieldwork.n_read >= fieldwork.n_accepted > 0:
        return []
    lost = [
        w("quality.lost", rule=_rule(context, rule), n=f.count(n))
        for rule, n in sorted(fieldwork.rejected_by_rule.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    steps = (
        Step(label=w("quality.selected"), count=selected),
        Step(label=w("quality.read"), count=fieldwork.n_read, lost=w("quality.not_reached")),
        Step(label=w("quality.accepted"), count=fieldwork.n_accepted, lost=f.listing(lost)),
    )
    told = {"selected": f.count(selected), "read": f.count(fieldwork.n_read)}
    alt = w("quality.flow_alt", accepted=f.count(fieldwork.n_accepted), **told)
    return [context.figure("figure-response", w("quality.flow"), drawings.flow(context, steps), alt)]


def _table(context: Context, name: str, title: str, counts: Mapping[str, int]) -> Block:
    w = context.w
    columns = (
        Column(key="rule", label=w("quality.rule"), kind="text"),
        Column(key="code", label=w("quality.code"), kind="code"),
        Column(key="n", label=w("quality.rows"), kind="count"),
    )
    body = [
        Row(cells=(Cell(value=_rule(context, rule)), Cell(value=rule), Cell(value=int(n))))
        for rule, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    return context.table(name, w(title), columns, body)


def _rule(context: Context, rule: str) -> str:
    """What a rule forbids; a reason that the wave file invented is printed as it stands."""
    key = f"rule.{rule}"
    return context.w(key) if context.w.knows(key) else rule.replace("_", " ")


def _margins(context: Context) -> list[Block]:
    """What the weights add up to on every calibration margin."""
    w, margins = context.w, context.material.weighting.margins
    if margins.empty:
        return []
    columns = (
        Column(key="item", label=w("quality.margin"), kind="text"),
        Column(key="level", label=w("quality.level"), kind="text"),
        Column(key="target", label=w("quality.target"), kind="count"),
        Column(key="reached", label=w("quality.reached"), kind="count"),
        Column(key="gap", label=w("quality.gap"), kind="points"),
    )
    body = []
    for row in margins.to_dict("records"):
        item = str(row["item"])
        cells = (
            Cell(value=" × ".join(context.labels.item(part) for part in item.split(" × "))),
            Cell(value=_level(context, item, str(row["level"]))),
            Cell(value=float(row["target"])),
            Cell(value=float(row["reached"])),
            Cell(value=float(row["gap"])),
        )
        body.append(Row(cells=cells))
    return [context.table("table-margins", w("quality.table_margins"), columns, body, search=len(body) > 20)]


def _level(context: Context, item: str, level: str) -> str:
    items, levels = item.split(" × "), level.split(" × ")
    if len(items) != len(levels):
        return level
    return " × ".join(context.labels.level(one, code) for one, code in zip(items, levels, strict=True))
