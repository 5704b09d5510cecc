"""Willingness to report a breach: the mean of the scale by group, who would report, and each statement."""

from __future__ import annotations

from netralstat.report import topics
from netralstat.report.answers import FEW, REPORTING, item_blocks, shared_table, told_in
from netralstat.report.blocks import Block, Cell, Column, Heading, Paragraph, Row
from netralstat.report.chapters.prevalence import definitions
from netralstat.report.context import Context
from netralstat.report.group_tables import group_tables, national, region_last
from netralstat.report.statements import battery_blocks, split
from netralstat.report.tables import by_item, count, error, group_row, interval, is_hidden, records, value


def write(context: Context) -> tuple[str, list[Block]]:
    """What the wave has of the three; where it has none, what it would need."""
    title, plan = context.w("reporting.title"), context.material.plan
    blocks = [*_mean(context), *_shares(context)]
    batteries, others = split(context, REPORTING, told_in(context, REPORTING))
    if batteries or others:
        blocks.append(Heading(id="reporting-statements", text=context.w("reporting.statements")))
        for battery in batteries:
            blocks += battery_blocks(context, battery)
        for name, rows in others.items():
            if len(rows) > FEW:
                blocks += item_blocks(context, name, rows)
        short = {name: rows for name, rows in others.items() if len(rows) <= FEW}
        if short:
            blocks.append(
                shared_table(context, "table-reporting-short", context.w("reporting.statements"), short)
            )
    if not blocks:
        return title, [context.missing("reporting.missing", scale=topics.reporting_scale(plan))]
    return title, blocks


def _shares(context: Context) -> list[Block]:
    """Who would report, by the wave's own cut of the scale."""
    w = context.w
    items = topics.reporting_indicators(context.material.plan)
    rows = national(context, ("remedies", "headline"), items)
    if not rows:
        return [context.missing("reporting.no_share", scale=topics.reporting_scale(context.material.plan))]
    told = [
        w("prevalence.sentence", label=context.labels.item(item), estimate=context.estimate(row))
        for item, row in rows.items()
        if not is_hidden(row)
    ]
    defined = definitions(context, list(rows))
    blocks: list[Block] = [
        Paragraph(text=text) for text in (" ".join(told or [w("findings.hidden")]), *defined)
    ]
    for battery in ("remedies", "headline"):
        frame = context.frame(battery)
        known = set() if frame is None else set(frame["item"].astype(str))
        mine = [item for item in rows if item in known]
        if mine:
            blocks += group_tables(
                context,
                battery,
                mine,
                part=f"reporting-{battery}",
                title=context.labels.item(mine[0]) if len(mine) == 1 else w("reporting.title"),
                named=context.labels.item,
            )
            break
    return blocks


def _mean(context: Context) -> list[Block]:
    """The mean of the scale: the whole population, then every domain."""
    w, scale = context.w, topics.reporting_scale(context.material.plan)
    frame = context.frame("means")
    whole = [] if frame is None else [row for row in records(frame) if row["item"] == scale]
    if not whole:
        return []
    label, row = context.labels.item(scale), whole[0]
    columns = (
        Column(key="label", label=w("reporting.group"), kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
        Column(key="estimate", label=w("term.mean"), kind="number"),
        Column(key="interval", label=context.ci, kind="interval_number"),
        Column(key="std_error", label=w("term.std_error"), kind="number"),
    )
    body = [_row(w("term.whole_row"), row, "total")]
    for domain in region_last(context):
        table = context.frame(f"means_by_{domain}")
        found = {} if table is None else by_item(table, [scale], domain)[scale]
        if found:
            body.append(group_row(context.labels.item(domain), len(columns)))
            levels = context.labels.in_order(domain, found)
            body += [_row(context.labels.level(domain, level), found[level]) for level in levels]
    if is_hidden(row):
        sentence = w("findings.hidden")
    else:
        bounds = context.f.interval(row["conf_low"], row["conf_high"], scale=1, digits=2)
        sentence = w(
            "reporting.mean",
            label=label,
            mean=context.f.number(row["estimate"]),
            ci=context.ci,
            interval=bounds,
        )
    return [
        Paragraph(text=sentence),
        context.table(
            "table-reporting-mean",
            w("reporting.table", label=label),
            columns,
            body,
            notes=[
                w("note.short_columns", ci=context.ci),
                *definitions(context, [scale]),
                w("reporting.note"),
            ],
        ),
    ]


def _row(label: str, row: dict[str, object], kind: str = "body") -> Row:
    cells = (Cell(value=label), count(row), value(row, "estimate"), interval(row), error(row))
    return Row(cells=cells, kind=kind)
