"""Sanctions: what respondents think of them, in the whole population and by group."""

from __future__ import annotations

from netralstat.report import topics
from netralstat.report.answers import FEW, asked, item_blocks, shared_table
from netralstat.report.blocks import Block, Paragraph
from netralstat.report.context import Context
from netralstat.report.group_tables import group_tables, national
from netralstat.report.tables import is_hidden


def write(context: Context) -> tuple[str, list[Block]]:
    """A sentence and a table an item, then the groups."""
    w, title = context.w, context.w("sanctions.title")
    names = topics.names_of(context.material.instrument, topics.SANCTIONS)
    found, rows = asked(context, names), national(context, ("remedies",), names)
    if not found and not rows:
        return title, [context.missing("sanctions.missing")]
    told = [
        w("sanctions.sentence", label=context.labels.question(item), estimate=context.estimate(row))
        for item, row in rows.items()
        if not is_hidden(row)
    ]
    blocks: list[Block] = [Paragraph(text=" ".join(told))] if told else []
    for name, answers in found.items():
        if len(answers) > FEW:
            blocks += item_blocks(context, name, answers)
    short = {name: answers for name, answers in found.items() if len(answers) <= FEW}
    if short:
        blocks.append(shared_table(context, "table-sanctions", w("sanctions.table"), short))
    if rows:
        blocks += group_tables(
            context,
            "remedies",
            list(rows),
            part="sanctions",
            title=w("sanctions.yes" if len(rows) == 1 else "sanctions.title"),
            named=context.labels.question,
        )
    return title, blocks
