"""Who initiates and who influences: who put pressure on respondents, on whose initiative they acted."""

from __future__ import annotations

from netralstat.report import topics
from netralstat.report.answers import asked, item_blocks
from netralstat.report.blocks import Block
from netralstat.report.context import Context


def write(context: Context) -> tuple[str, list[Block]]:
    """A sentence, a picture and a table an item."""
    title = context.w("initiators.title")
    found = asked(context, topics.names_of(context.material.instrument, topics.INITIATORS))
    if not found:
        return title, [context.missing("initiators.missing")]
    blocks: list[Block] = [context.paragraph("initiators.opening")]
    for name, rows in found.items():
        blocks += item_blocks(context, name, rows)
    return title, blocks
