"""Opinions and experiences: every item of the plan's list that no chapter of its own prints."""

from __future__ import annotations

from netralstat.report.answers import FEW, OPINIONS, asked, item_blocks, shared_table, told_in
from netralstat.report.blocks import Block, Heading
from netralstat.report.context import Context
from netralstat.report.statements import battery_blocks, split
from netralstat.report.topics import OPINION


def write(context: Context) -> tuple[str, list[Block]]:
    """Items with the same ordered answers are told together, other long ones each by a picture and a table;
    items of one or two answers share a table.
    """
    items = told_in(context, OPINIONS)
    title = context.w("opinions.title" if _asks_opinions(context, list(items)) else "opinions.title_general")
    if not items:
        return title, [context.missing("opinions.elsewhere" if asked(context) else "opinions.missing")]
    blocks: list[Block] = [context.paragraph("opinions.opening")]
    batteries, others = split(context, OPINIONS, items)
    for battery in batteries:
        blocks += battery_blocks(context, battery)
    for name, rows in others.items():
        if len(rows) > FEW:
            blocks += item_blocks(context, name, rows)
    short = {name: rows for name, rows in others.items() if len(rows) <= FEW}
    if short:
        blocks += [
            Heading(id="items-short", text=context.w("opinions.short")),
            shared_table(context, "table-items", context.w("opinions.table"), short),
        ]
    return title, blocks


def _asks_opinions(context: Context, names: list[str]) -> bool:
    """Whether a printed item is tagged as an opinion; else the chapter has a plainer title."""
    instrument = context.material.instrument
    return any(instrument.item(name).tags.get("role") == OPINION for name in names if name in instrument)
