"""One table of the report as one sheet: raw numbers under their formats, ready to print and to filter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netralstat.report.blocks import Cell, Column, Row, Table
from netralstat.report.context import MARKS
from netralstat.report.numbers import INFINITY, NOTHING
from netralstat.report.workbook.sheet import Sheet
from netralstat.report.workbook.styles import height_of, lines_of, width_of

if TYPE_CHECKING:
    from netralstat.report.words import Words

BOUNDS = {"interval": "percent", "interval_number": "number"}
"""Kinds of columns that take two columns of a sheet, and the kind of number in each."""

TEXT_KINDS = ("text", "code", "sign")
LIMITS = {"text": (14.0, 58.0), "code": (8.0, 26.0), "sign": (9.0, 12.0)}
NUMBER_LIMITS = (10.5, 16.0)
ZEROS = {"points": 3, "number": 2}
"""Kinds that can be negative, with the decimals of the raw number that are shown."""

HEADS = {"text": "head_text", "code": "head_code"}
LEAST_PAGE = 96.0
"""Characters of width over which title and notes run where the table is narrower."""

PAGE_WIDTH, PAGE_LINES = 140.0, 28
"""Characters across a printed page and lines down it."""

TIGHTEST = 1.3
"""A table this much longer than a page is printed a little smaller; a longer one runs on to the next page."""

SPARE_WIDTH = 8.43
FIRST_ROW = 4
"""Row of the first head: title, subtitle, link and an empty row stand above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of the sheet: a column of the table, or one bound of its interval.

    Parameters
    ----------
    index : int
        The table's column.
    head, group : str
        What stands over it.
    kind : str
        Kind of number or text in it.
    bound : int or None
        0 for the lower and 1 for the upper bound of an interval.
    """

    index: int
    head: str
    group: str
    kind: str
    bound: int | None = None


def fields_of(columns: Sequence[Column], words: Words) -> tuple[Field, ...]:
    """The columns of the sheet in order; an interval takes two."""
    made: list[Field] = []
    for index, column in enumerate(columns):
        if column.kind not in BOUNDS:
            made.append(Field(index=index, head=column.label, group=column.group, kind=column.kind))
            continue
        heads = (words("page.low_bound", head=column.label), words("page.high_bound", head=column.label))
        made += [
            Field(index=index, head=head, group=column.group, kind=BOUNDS[column.kind], bound=bound)
            for bound, head in enumerate(heads)
        ]
    return tuple(made)


def shown(cell: Cell, field: Field) -> str | float | int:
    """What stands in a sheet's cell: a raw number, or a text that is never a number.

    A hidden value is its symbol, a value that does not exist is a dash, an unlimited one ``∞``. A number to
    be read with care stays a number; its format shows the mark.
    """
    value = cell.value
    if value is None and cell.flag in MARKS:
        return MARKS[cell.flag]
    if isinstance(value, tuple):
        value = value[field.bound or 0]
    elif isinstance(value, str):
        return "" if field.bound else value
    if value is None or math.isnan(value):
        return NOTHING
    return f"{'-' if value < 0 else ''}{INFINITY}" if math.isinf(value) else value


def write_table(sheet: Sheet, table: Table, *, subtitle: str, contents: str) -> str:
    """Write a table on its sheet.

    Parameters
    ----------
    sheet : Sheet
        Empty.
    subtitle : str
        What stands under the title: chapter and survey.
    contents : str
        Name of the sheet to link back to.

    Returns
    -------
    str
        The range of heads and rows, such as ``$A$5:$J$41``.
    """
    fields = fields_of(table.columns, sheet.words)
    widths = _widths(table, fields)
    for index, width in enumerate(widths):
        sheet.page.set_column(index, index, width)
    last, room = _page_width(widths)
    label = sheet.words("term.table", number=table.number)
    lines = 4 + sheet.across(0, last, f"{label}  {table.title}", "title", room / 1.35)
    lines += sheet.across(1, last, subtitle, "subtitle", room)
    sheet.link(2, 0, contents, sheet.words("excel.back"))
    head = _write_heads(sheet, fields, widths)
    for at, row in enumerate(table.rows, start=head + 1):
        _write_row(sheet, at, row, fields)
        wrapped = _lines(row, fields, widths)
        lines += wrapped
        if wrapped > 1:
            sheet.page.set_row(at, height_of(wrapped))
    end = head + len(table.rows)
    foot = end + 2
    for note in [*(sheet.plain(note) for note in table.notes), table.source]:
        if note:
            lines += sheet.across(foot, last, note, "note", room * 1.08)
            foot += 1
    if PAGE_LINES < lines * min(1.0, PAGE_WIDTH / room) <= TIGHTEST * PAGE_LINES:
        sheet.page.fit_to_pages(1, 1)
    return _arrange(sheet, table, fields, head=head, end=end)


def _arrange(sheet: Sheet, table: Table, fields: Sequence[Field], *, head: int, end: int) -> str:
    """Frozen heads, filter, repeated heads in print; tells the table's range."""
    from xlsxwriter.utility import xl_range_abs

    stub = next((i for i, field in enumerate(fields) if field.kind == "text"), 0)
    sheet.page.freeze_panes(head + 1, stub + 1)
    first = FIRST_ROW if any(field.group for field in fields) else head
    sheet.page.repeat_rows(first, head)
    if table.rows and not any(row.kind == "group" for row in table.rows):
        sheet.page.autofilter(head, 0, end, len(fields) - 1)
    whole = str(xl_range_abs(head, 0, end, len(fields) - 1))
    sheet.page.ignore_errors({"number_stored_as_text": whole.replace("$", "")})
    return whole


def _widths(table: Table, fields: Sequence[Field]) -> list[float]:
    widths = []
    for field in fields:
        least, most = LIMITS.get(field.kind, NUMBER_LIMITS)
        texts = [max(field.head.split(), key=len, default="")]
        if field.kind in TEXT_KINDS:
            cells = [
                row.cells[field.index].value for row in table.rows if row.kind not in ("group", "outside")
            ]
            texts += [text for text in cells if isinstance(text, str)]
        widths.append(width_of(texts, least, most))
    return widths


def _kind(kind: str, value: float) -> str:
    """The kind of number format: degrees of freedom may be a fraction, and zero has no sign."""
    if kind == "df":
        return "df" if float(value).is_integer() else "df_fraction"
    if kind in ZEROS and round(value, ZEROS[kind]) == 0:
        return f"{kind}_zero"
    return kind


def _lines(row: Row, fields: Sequence[Field], widths: Sequence[float]) -> int:
    """Lines of the longest text that wraps in its own cell."""
    if row.kind == "group":
        return 1
    texts = [
        (row.cells[field.index].value, width)
        for field, width in zip(fields, widths, strict=True)
        if field.kind == "text"
    ]
    return max([1, *(lines_of(text, width) for text, width in texts if isinstance(text, str))])


def _page_width(widths: Sequence[float]) -> tuple[int, float]:
    """Last column under title and notes, and their width: beyond a narrow table they run on."""
    room, last = sum(widths), len(widths) - 1
    while room < LEAST_PAGE:
        room, last = room + SPARE_WIDTH, last + 1
    return last, room


def _write_heads(sheet: Sheet, fields: Sequence[Field], widths: Sequence[float]) -> int:
    """Write one row of heads, or two when columns stand in groups; tells the row of the last."""
    row = FIRST_ROW
    if any(field.group for field in fields):
        _write_groups(sheet, row, fields, widths)
        row += 1
    for index, field in enumerate(fields):
        sheet.text(row, index, field.head, sheet.styles.part(HEADS.get(field.kind, "head")))
    lines = max(lines_of(field.head, width - 2) for field, width in zip(fields, widths, strict=True))
    sheet.page.set_row(row, height_of(lines))
    return row


def _write_groups(sheet: Sheet, row: int, fields: Sequence[Field], widths: Sequence[float]) -> None:
    lines, start = 1, 0
    while start < len(fields):
        group, end = fields[start].group, start
        while end + 1 < len(fields) and group and fields[end + 1].group == group:
            end += 1
        style = sheet.styles.part("head_group" if group else "head_blank")
        if end > start:
            sheet.page.merge_range(row, start, row, end, "", style)
        sheet.text(row, start, group, style)
        lines = max(lines, lines_of(group, sum(widths[start : end + 1])))
        start = end + 1
    sheet.page.set_row(row, height_of(lines))


def _write_row(sheet: Sheet, at: int, row: Row, fields: Sequence[Field]) -> None:
    stub = next((i for i, field in enumerate(fields) if field.kind == "text"), 0)
    for index, field in enumerate(fields):
        value = shown(row.cells[field.index], field)
        if not isinstance(value, str):
            mark = MARKS.get(row.cells[field.index].flag, "")
            style = sheet.styles.cell(_kind(field.kind, value), row.kind, mark)
            sheet.page.write_number(at, index, value, style)
            continue
        if row.kind == "group":
            kind = "across"
        elif field.kind in TEXT_KINDS:
            kind = field.kind
        elif row.kind == "outside" and index > stub:
            kind = "said"
        else:
            kind = "mark"
        sheet.text(at, index, value, sheet.styles.cell(kind, row.kind))
