"""Causes: what, in the view of respondents, makes civil servants take sides."""

from __future__ import annotations

from netralstat.report import topics
from netralstat.report.answers import asked, item_blocks
from netralstat.report.blocks import Block, Note
from netralstat.report.context import Context


def write(context: Context) -> tuple[str, list[Block]]:
    """A sentence, a picture and a table an item."""
    title = context.w("causes.title")
    found = asked(context, topics.names_of(context.material.instrument, topics.CAUSES))
    if not found:
        return title, [context.missing("causes.missing")]
    blocks: list[Block] = [Note(text=context.w("causes.opening"))]
    for name, rows in found.items():
        blocks += item_blocks(context, name, rows)
    return title, blocks
