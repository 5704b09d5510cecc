"""Prevalence: the headline indicators of the whole population, with everything known of their precision."""

from __future__ import annotations

from typing import Any

from netralstat.report import drawings
from netralstat.report.blocks import Block, Paragraph
from netralstat.report.context import Context
from netralstat.report.modalities import MODALITIES, joint, leading
from netralstat.report.tables import full_columns, full_row, is_hidden, records


def write(context: Context) -> tuple[str, list[Block]]:
    """Both modalities (or whatever leads this wave), then the means."""
    title = context.w("prevalence.title" if has_modalities(context) else "prevalence.title_general")
    headline, means = _headline(context), _means(context)
    if not headline and not means:
        return title, [context.missing("prevalence.missing")]
    opening: list[Block] = []
    if has_modalities(context):
        opening.append(context.paragraph("prevalence.modalities"))
    else:
        opening.append(context.missing("prevalence.no_modality"))
    return title, [*opening, *headline, *means]


def has_modalities(context: Context) -> bool:
    """Whether an indicator of the wave measures one of the two modalities."""
    return any(one.modality in MODALITIES for one in context.material.plan.ask.indicators.values())


def definitions(context: Context, items: list[str]) -> list[str]:
    """One note an indicator: its label and its definition."""
    return [
        context.w("note.definition", label=context.labels.item(item), definition=text.rstrip("."))
        for item in items
        if (text := context.labels.definition(item))
    ]


def _headline(context: Context) -> list[Block]:
    frame = context.frame("headline")
    if frame is None:
        return []
    rows = records(frame)
    several = len(rows) > len({row["item"] for row in rows})
    named = [(_label(context, row, several), row) for row in rows]
    blocks: list[Block] = [Paragraph(text=_sentences(context, named))]
    shown = [(label, row) for label, row in named if not is_hidden(row)]
    if len(shown) > 1:
        title = context.w("prevalence.figure", population=_population(context))
        alt = context.w(
            "prevalence.alt",
            listing=context.f.listing([f"{label} {context.estimate(row)}" for label, row in shown]),
        )
        drawing = drawings.intervals(context, [(label, "", row) for label, row in named])
        blocks.append(
            context.figure(
                "figure-headline",
                title,
                drawing,
                alt,
                notes=[context.w("note.interval", ci=context.ci)],
                table="table-headline",
            )
        )
    notes = [context.w("note.columns"), *definitions(context, [str(row["item"]) for row in rows])]
    table = context.table(
        "table-headline",
        context.w("prevalence.table", population=_population(context)),
        full_columns(context, context.w("term.indicator")),
        [full_row(row, label) for label, row in named],
        notes=notes,
        figure="figure-headline" if len(shown) > 1 else "",
    )
    return [*blocks, table]


def _label(context: Context, row: dict[str, Any], several: bool) -> str:
    name = context.labels.item(str(row["item"]))
    if not several or str(row["level"]) == "1":
        return name
    return f"{name}: {context.labels.level(str(row['item']), row['level'])}"


def _sentences(context: Context, named: list[tuple[str, dict[str, Any]]]) -> str:
    plan = context.material.plan
    rows = {str(row["item"]): (label, row) for label, row in named}
    first = leading(plan, list(rows))
    told = [
        context.w("prevalence.sentence", label=rows[name][0], estimate=context.estimate(rows[name][1]))
        for name in first
        if not is_hidden(rows[name][1])
    ]
    either, both = joint(plan, first)
    for key, name in (("prevalence.either", either), ("prevalence.both", both)):
        if name in rows and not is_hidden(rows[name][1]):
            told.append(context.w(key, estimate=context.estimate(rows[name][1])))
    told.append(context.w("prevalence.see"))
    return " ".join(told)


def _means(context: Context) -> list[Block]:
    frame = context.frame("means")
    if frame is None:
        return []
    rows = records(frame)
    return [
        context.paragraph("prevalence.means"),
        context.table(
            "table-means",
            context.w("prevalence.table_means", population=_population(context)),
            full_columns(context, context.w("term.item"), mean=True),
            [full_row(row, context.labels.item(str(row["item"]))) for row in rows],
            notes=[context.w("note.columns"), *definitions(context, [str(row["item"]) for row in rows])],
        ),
    ]


def _population(context: Context) -> str:
    return context.w("term.whole")
