"""Progress against targets: a bar and a table a quota."""

from __future__ import annotations

from functools import partial

from netralstat.collect.quality.quotas import JOIN, QuotaProgress
from netralstat.report.blocks import Block, Column
from netralstat.report.quality.desk import QualityDesk, cells

MOST_BARS = 45


def write(desk: QualityDesk) -> tuple[str, list[Block]]:
    """Every quota in the order of the wave file."""
    w, quotas = desk.w, desk.quality.quotas
    if not quotas:
        return w("field.quotas"), [desk.missing("field.no_quotas")]
    blocks: list[Block] = []
    for number, quota in enumerate(quotas, start=1):
        blocks += _quota(desk, quota, number)
    return w("field.quotas"), blocks


def _level(desk: QualityDesk, quota: QuotaProgress, level: str) -> str:
    parts = level.split(JOIN) if len(quota.items) > 1 else [level]
    pairs = zip(quota.items, parts, strict=True)
    return JOIN.join(desk.labels.level(item, part) for item, part in pairs)


def _quota(desk: QualityDesk, quota: QuotaProgress, number: int) -> list[Block]:
    from netralstat.report.figures.bars import Bar, bars

    w, f = desk.w, desk.f
    by = JOIN.join(desk.labels.within(item) for item in quota.items)
    table = quota.table.assign(label=[_level(desk, quota, level) for level in quota.table["level"]])
    wanted = table[table["target"] > 0].sort_values("share", kind="stable")
    blocks: list[Block] = []
    figure = f"figure-quota-{number}"
    if len(wanted):
        least = wanted.iloc[0]
        told = {"level": least["label"], "least": desk.share(float(least["share"]))}
        blocks.append(
            desk.paragraph(
                "field.quota_opening",
                accepted=f.count(quota.accepted),
                target=f.count(quota.target),
                share=desk.share(quota.accepted / quota.target),
                by=by,
                **told,
            )
        )
        if len(wanted) <= MOST_BARS:
            rows = [
                Bar(label=label, parts=(float(share),), note=f"{f.count(accepted)} / {f.count(target)}")
                for label, share, accepted, target in zip(
                    wanted["label"], wanted["share"], wanted["accepted"], wanted["target"], strict=True
                )
            ]
            drawing = bars(
                rows, percent=partial(f.percent, digits=0), axis_title=w("field.quota_axis"), full=True
            )
            title, alt = w("field.quota_figure", by=by), w("field.quota_alt", by=by, **told)
            blocks.append(desk.figure(figure, title, drawing, alt, table=f"table-quota-{number}"))
    columns = (
        Column(key="level", label=w("field.level"), kind="text"),
        Column(key="target", label=w("field.target"), kind="count"),
        Column(key="accepted", label=w("field.accepted_column"), kind="count"),
        Column(key="remaining", label=w("field.remaining"), kind="count"),
        Column(key="share", label=w("field.progress"), kind="percent"),
    )
    lines = [
        cells((row["label"], int(row["target"]), int(row["accepted"]), int(row["remaining"]), row["share"]))
        for row in table.to_dict("records")
    ]
    notes = [w("field.quota_without", n=f.count(quota.n_without))] if quota.n_without else []
    title = w("field.quota_table", by=by)
    blocks.append(
        desk.table(
            f"table-quota-{number}",
            title,
            columns,
            lines,
            notes=notes,
            search=len(lines) > 20,
            figure=figure,
        )
    )
    return blocks
