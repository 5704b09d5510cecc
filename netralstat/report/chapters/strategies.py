"""Strategies for neutrality: which of them reached respondents, in the whole population and by group."""

from __future__ import annotations

from typing import Any

from netralstat.report import drawings, topics
from netralstat.report.blocks import Block
from netralstat.report.context import Context
from netralstat.report.group_tables import group_tables, national
from netralstat.report.tables import full_columns, full_row, is_hidden

SHORT = {
    "exposure_socialisation": "strategies.socialisation",
    "exposure_assembly": "strategies.assembly",
    "exposure_pact": "strategies.pact",
    "exposure_sanction": "strategies.announcement",
    "exposure_commitment": "strategies.commitment",
    "exposure_oversight": "strategies.oversight",
}
"""What the strategies of the standard questionnaire are called; others go by their own names."""


def write(context: Context) -> tuple[str, list[Block]]:
    """Picture and table of the whole population, then each group."""
    w, title = context.w, context.w("strategies.title")
    names = topics.names_of(context.material.instrument, topics.STRATEGIES)
    rows = national(context, ("remedies",), names)
    if not rows:
        return title, [context.missing("strategies.missing")]
    ordered = sorted(rows, key=lambda item: 1.0 if is_hidden(rows[item]) else -float(rows[item]["estimate"]))
    named = [(_name(context, item), rows[item]) for item in ordered]
    shown = [(label, row) for label, row in named if not is_hidden(row)]
    reading = _reading(context, shown)
    blocks: list[Block] = [context.paragraph("strategies.opening", n=len(rows), reading=reading)]
    if shown:
        blocks.append(
            context.figure(
                "figure-strategies",
                w("strategies.figure"),
                drawings.intervals(context, [(label, "", row) for label, row in named]),
                w("strategies.alt", reading=reading),
                notes=[w("note.interval", ci=context.ci)],
                table="table-strategies",
            )
        )
    wordings = [
        w("note.definition", label=_name(context, item), definition=context.labels.question(item))
        for item in ordered
        if item in SHORT
    ]
    blocks.append(
        context.table(
            "table-strategies",
            w("strategies.figure"),
            full_columns(context, w("strategies.strategy")),
            [full_row(row, label) for label, row in named],
            notes=[w("note.columns"), *(text.removesuffix(".") for text in wordings)],
            figure="figure-strategies" if shown else "",
        )
    )
    by_group = group_tables(
        context,
        "remedies",
        ordered,
        part="strategies",
        title=w("strategies.exposure"),
        named=lambda item: _name(context, item),
    )
    return title, [*blocks, *by_group]


def _name(context: Context, item: str) -> str:
    return context.w(SHORT[item]) if item in SHORT else context.labels.item(item)


def _reading(context: Context, shown: list[tuple[str, dict[str, Any]]]) -> str:
    """The strategy that reached the most and the one that reached the fewest."""
    if not shown:
        return context.w("forms.all_hidden")
    (most, high), (least, low) = shown[0], shown[-1]
    if len(shown) == 1:
        return context.w("strategies.only", most=most, high=context.estimate(high))
    return context.w(
        "strategies.extremes",
        most=most,
        high=context.estimate(high),
        least=least,
        low=context.estimate(low),
    )
