"""A table as it is printed: heads, cells, marks, and what is read out; the same text in every format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from netralstat.report.blocks import Cell, Column, Row, Table
from netralstat.report.context import MARKS
from netralstat.report.numbers import Numbers
from netralstat.report.reliability import MARKED_FLAGS
from netralstat.report.suppression import CONFIDENTIAL, SUPPRESSED_CASES
from netralstat.report.tables import HIGHER, LOWER
from netralstat.report.words import Words

NUMERIC = ("percent", "se_percent", "points", "count", "number", "p_value", "df")
MOST_COLUMNS = 12
KEPT = 256
"""So many tables stay printed, for the formats that ask for the same ones in turn."""

SIGN_WORDS = {HIGHER: "page.higher", LOWER: "page.lower"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One head cell.

    Parameters
    ----------
    style : str
        ``num``, ``span`` for the head over a group of columns, or the kind of the column.
    sort : bool
        Whether it heads one column, by which a screen may sort.
    first : bool
        Whether it is the first of its group.
    """

    label: str
    colspan: int
    rowspan: int
    style: str
    sort: bool
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One cell in print.

    Parameters
    ----------
    text, mark : str
        What stands in the cell, and the symbol of the note that explains it.
    why : str
        What is read out instead of a symbol; empty when the text says it.
    style : str
        ``num``, ``group``, ``outside``, or the kind of the column.
    sort : str
        The raw number, all digits; empty without one.
    stub : bool
        Whether it heads its row.
    first : bool
        Whether it begins a group of columns.
    """

    text: str
    mark: str = ""
    why: str = ""
    style: str = "text"
    sort: str = ""
    stub: bool = False
    colspan: int = 1
    first: bool = False


def is_dense(table: Table) -> bool:
    """Whether a table has so many columns that it is set smaller."""
    return len(table.columns) > MOST_COLUMNS


def is_sortable(table: Table) -> bool:
    """Whether a screen may sort the rows: those of a table without groups, if there are three or more."""
    return not any(row.kind == "group" for row in table.rows) and len(table.rows) > 2 and not is_dense(table)


def heads(table: Table) -> list[list[Head]]:
    """Head cells in one row, or in two when columns stand in groups."""
    if not any(column.group for column in table.columns):
        return [[_head(column, 1) for column in table.columns]]
    upper: list[Head] = []
    lower: list[Head] = []
    last = ""
    for column in table.columns:
        if not column.group:
            upper.append(_head(column, 2))
        else:
            if column.group == last:
                upper[-1] = replace(upper[-1], colspan=upper[-1].colspan + 1)
            else:
                upper.append(Head(label=column.group, colspan=1, rowspan=1, style="span", sort=False))
            lower.append(replace(_head(column, 1), first=column.group != last))
        last = column.group
    return [upper, lower]


def _head(column: Column, rowspan: int) -> Head:
    return Head(label=column.label, colspan=1, rowspan=rowspan, style=_style(column), sort=True)


def _style(column: Column) -> str:
    if column.kind in NUMERIC or column.kind.startswith("interval"):
        return "num"
    return column.kind


@lru_cache(maxsize=KEPT)
def printed_rows(table: Table, numbers: Numbers, words: Words) -> tuple[tuple[Printed, ...], ...]:
    """Every row of a table, see `printed_row`; made once for all formats."""
    return tuple(tuple(printed_row(table, row, numbers, words)) for row in table.rows)


def printed_row(table: Table, row: Row, numbers: Numbers, words: Words) -> list[Printed]:
    """The cells of one row from left to right.

    A group heads the whole row; in a row outside the frame the first text after the stub takes the rest.
    """
    stub = stub_column(table)
    if row.kind == "group":
        heading = _printed(table.columns[0], row.cells[0], numbers, words)
        return [replace(heading, colspan=len(table.columns), stub=True, style="group")]
    made: list[Printed] = []
    last = ""
    for index, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
        first = bool(column.group) and column.group != last
        made.append(_printed(column, cell, numbers, words, stub=index == stub, first=first))
        last = column.group
    if row.kind == "outside":
        said = next(i for i, cell in enumerate(made) if i > stub and cell.text)
        made[said] = replace(made[said], colspan=len(made) - said, style="outside", first=False)
        made = made[: said + 1]
    return made


def stub_column(table: Table) -> int:
    """The column that heads the rows: the first of text, else the first of all."""
    return next((i for i, column in enumerate(table.columns) if column.kind == "text"), 0)


def _printed(
    column: Column, cell: Cell, numbers: Numbers, words: Words, *, stub: bool = False, first: bool = False
) -> Printed:
    mark = MARKS.get(cell.flag, "")
    why = ""
    if cell.flag in MARKED_FLAGS:
        why = f"{numbers.cell(cell.value, column.kind)}, {words('page.with_care')}"
    elif cell.flag == SUPPRESSED_CASES:
        why = words("page.hidden_cases")
    elif mark:
        why = words("page.hidden_confidential" if cell.flag == CONFIDENTIAL else "page.hidden_unreliable")
    if column.kind == "sign" and cell.value in SIGN_WORDS:
        why = words(SIGN_WORDS[str(cell.value)])
    return Printed(
        text=numbers.cell(cell.value, column.kind),
        style=_style(column),
        mark=mark,
        why=why,
        sort=_raw(cell),
        stub=stub,
        first=first,
    )


def _raw(cell: Cell) -> str:
    value = cell.value[0] if isinstance(cell.value, tuple) else cell.value
    return "" if value is None or isinstance(value, str) else repr(float(value))
