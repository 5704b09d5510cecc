"""The plain dialect: a table whose headers are names of items, and of choices as item/choice."""

from __future__ import annotations

from netralstat.collect.dialects.answers import Answers, Declared, arrange, listed, refuse_labels
from netralstat.collect.text_table import TextTable
from netralstat.errors import PlanError, did_you_mean


def read_table(table: TextTable, declared: Declared) -> Answers:
    """Arrange a plain table by item.

    Parameters
    ----------
    table : TextTable
        The source as text.
    declared : Declared
        The wave file and the instrument about it; `columns` translates headers into names of items.

    Raises
    ------
    PlanError
        `headers = "labels"`, or `columns` translates a header that is absent.
    ResponseError
        An item, a choice column or a named column is absent, or stands under two headers.
    """
    source = declared.source
    refuse_labels(source)
    if absent := [name for name in source.columns if name not in table.header]:
        raise PlanError(
            f"{len(absent)} of {len(source.columns)} headers to translate are absent: {listed(absent)}.",
            where=f"collect.sources, columns of {source.path}",
            do=f"write them as in the file.{did_you_mean(absent[0], table.header)}",
        )
    header = tuple(source.columns.get(name, name) for name in table.header)
    if twice := sorted({name for name in source.columns.values() if header.count(name) > 1}):
        raise PlanError(
            f"{len(twice)} translated headers are also in the file as they are: {listed(twice)}.",
            where=f"collect.sources, columns of {source.path}",
            do="give each item one column",
        )
    return arrange(table, header, declared, lambda item: (item.name,))
