"""Which charts and tables of a chapter take each other's place on a screen."""

from __future__ import annotations

from dataclasses import dataclass

from netralstat.report.blocks import Block, Chapter, Figure, Note, Paragraph, Table

BETWEEN = (Paragraph, Note)
"""Blocks that may stand between a chart and its table; they are shown with either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One pair of buttons: the charts, or the table that holds their numbers.

    Parameters
    ----------
    figures : tuple of str
        Ids of the charts, at least one, in print order.
    table : str
        Id of the table.
    """

    figures: tuple[str, ...]
    table: str


def switches(chapter: Chapter) -> dict[str, Switch]:
    """The switches of a chapter, each under the id of the block before which its buttons stand.

    A table goes with every figure that names it, and with the figure that it names itself. Only running text
    may lie between them: buttons that change something out of sight would confuse.
    """
    places = {block.id: i for i, block in enumerate(chapter.blocks) if isinstance(block, Figure | Table)}
    figures = [block for block in chapter.blocks if isinstance(block, Figure)]
    made: dict[str, Switch] = {}
    for table in (block for block in chapter.blocks if isinstance(block, Table)):
        own = [figure.id for figure in figures if _belongs(figure, table)]
        members = sorted([*own, table.id], key=places.__getitem__)
        span = chapter.blocks[places[members[0]] : places[members[-1]] + 1]
        if own and all(_may_stand(block, members) for block in span):
            made[members[0]] = Switch(figures=tuple(own), table=table.id)
    return made


def _belongs(figure: Figure, table: Table) -> bool:
    return figure.table_id == table.id or (not figure.table_id and table.figure_id == figure.id)


def _may_stand(block: Block, members: list[str]) -> bool:
    return isinstance(block, BETWEEN) or (isinstance(block, Figure | Table) and block.id in members)
