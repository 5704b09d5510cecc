"""The plain dialect: a table whose headers are names of items (or their labels), and of choices."""

from __future__ import annotations

from netralstat.collect.dialects.answers import Answers, Declared, arrange
from netralstat.collect.dialects.wording import coded, named_header
from netralstat.collect.text_table import TextTable


def read_table(table: TextTable, declared: Declared) -> Answers:
    """Arrange a plain table by item.

    Parameters
    ----------
    table : TextTable
        The source as text.
    declared : Declared
        The wave file and the instrument about it; `columns` translates headers into names of items, or of
        item/choice.

    Raises
    ------
    PlanError
        `columns` translates a header that is absent, or labels do not tell columns or choices apart.
    ResponseError
        An item, a choice column or a named column is absent, or stands under two headers.
    """
    header = named_header(table, declared, separator=declared.source.choice_separator or "/")
    answers = arrange(table, header, declared, lambda item: (item.name,))
    return coded(answers, table, header, declared)
