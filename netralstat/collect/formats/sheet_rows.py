"""The rows of a worksheet, streamed as bytes, and the cells of one row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml.common import DefusedXmlException

from netralstat.collect.formats.workbook_parts import Sheet, Workbook, WorkbookError, blocks, root_of

MAX_ROW = 64 * 2**20
"""Bytes of one row."""

LAST_ROW = 1_048_576
_ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)worksheet\b[^>]*>")
_NUMBER = re.compile(rb"""\sr=["'](\d{1,7})["']""")
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_DAMAGED = "export it again: the file is cut off or damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """How the elements of a sheet are written, whose names may all bear one prefix (`<x:row>`).

    Attributes
    ----------
    open_tag, close_tag : bytes
        Of the worksheet; a fragment between them can be parsed.
    cell : bytes
        How a cell begins, up to the blank or bracket that follows: `<c`.
    cell_end : bytes
        How a cell with content ends: `</c>`.
    """

    open_tag: bytes
    close_tag: bytes
    cell: bytes
    cell_end: bytes
    row: re.Pattern[bytes]
    row_end: bytes
    data: re.Pattern[bytes]
    data_end: bytes

    @classmethod
    def of(cls, head: bytes, place: str) -> Grammar:
        """Find out from the first bytes of a sheet."""
        root = _ROOT.search(head)
        if root is None:
            raise WorkbookError("the sheet has no worksheet element.", _DAMAGED, place)
        prefix = re.escape(root[1])
        return cls(
            open_tag=root[0],
            close_tag=b"</%bworksheet>" % root[1],
            cell=b"<%bc" % root[1],
            cell_end=b"</%bc>" % root[1],
            row=re.compile(rb"\s*<%brow\b([^>]*?)(/?)>" % prefix),
            row_end=b"</%brow>" % root[1],
            data=re.compile(rb"<%bsheetData\s*(/?)>" % prefix),
            data_end=b"</%bsheetData>" % root[1],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A row that has cells: its number and the bytes between its tags."""

    number: int
    body: bytes
    grammar: Grammar


def sheet_rows(book: Workbook, sheet: Sheet) -> Iterator[SheetRow]:
    """Yield each row that has cells, by ascending number.

    Raises
    ------
    WorkbookError
        The XML is damaged, or has rows out of order or beyond the last one.
    """
    place = f'sheet "{sheet.name[:60]}"'
    stream = blocks(book, sheet.part)
    buffer, grammar = _head(stream, place)
    start = grammar.data.search(buffer)
    if start is None or start[1]:  # no rows at all
        for _ in stream:
            pass
        return
    rest = buffer[start.end() :]
    number = 0
    while True:
        *rows, rest = rest.split(grammar.row_end)
        for xml in rows:
            row = _row(xml, number, grammar, place)
            number = row.number
            yield row
        if grammar.data_end in rest:
            break
        if len(rest) > MAX_ROW:
            raise WorkbookError(f"row {number + 1:,} has more than {MAX_ROW:,} bytes.", _DAMAGED, place)
        block = next(stream, b"")
        if not block:
            raise WorkbookError(f"the sheet is cut off after row {number:,}.", _DAMAGED, place)
        rest += block
    for _ in stream:  # to the end, so that its checksum is looked at
        pass


def _head(stream: Iterator[bytes], place: str) -> tuple[bytes, Grammar]:
    """The bytes up to the first row or further, and how they are written."""
    buffer = b""
    for block in stream:
        buffer += block
        if b"sheetData" in buffer:
            return buffer, Grammar.of(buffer, place)
        if len(buffer) > MAX_ROW:
            break
    raise WorkbookError("the sheet has no rows of data.", _DAMAGED, place)


def _row(xml: bytes, last: int, grammar: Grammar, place: str) -> SheetRow:
    """The row in `xml`, which may follow rows without any cells."""
    position = 0
    while True:
        opened = grammar.row.match(xml, position)
        if opened is None:
            raise WorkbookError(f"what follows row {last:,} is no row.", _DAMAGED, place)
        told = _NUMBER.search(opened[1])
        number = int(told[1]) if told else last + 1
        if not last < number <= LAST_ROW:
            fact = f"row {number:,} follows row {last:,}; {LAST_ROW:,} is the last one."
            raise WorkbookError(fact, _DAMAGED, place)
        last, position = number, opened.end()
        if not opened[2]:
            return SheetRow(number=number, body=xml[position:], grammar=grammar)


def row_cells(row: SheetRow, place: str) -> dict[int, bytes]:
    """The cells of a row by the number of their column: the bytes that their XML holds after the address.

    Raises
    ------
    WorkbookError
        The XML is damaged, or two cells have one address, or one has that of another row.
    """
    place = f"{place}, row {row.number:,}"
    try:
        root = root_of(row.grammar.open_tag + row.body + row.grammar.close_tag)
    except (ParseError, DefusedXmlException, ValueError) as problem:
        raise WorkbookError("the row is no XML.", _DAMAGED, place) from problem
    cells: dict[int, bytes] = {}
    column = 0
    for element in root:
        if element.tag == "c":
            column = _column(element, column, row.number, place)
            if column in cells:
                raise WorkbookError("the row has two cells at one address.", _DAMAGED, place)
            cells[column] = _content(element)
    return cells


def _column(element: Element, last: int, number: int, place: str) -> int:
    """The number of a cell's column; a cell without an address follows the one before it."""
    if "r" not in element.attrib:
        return last + 1
    address = _ADDRESS.fullmatch(element.get("r", ""))
    if address is None or int(address[2]) != number:
        raise WorkbookError("a cell has an address that is not in its row.", _DAMAGED, place)
    return column_number(address[1])


def _content(element: Element) -> bytes:
    """What follows the address in the usual way of writing."""
    for name in [name for name in element.attrib if name not in ("s", "t", "cm")]:
        del element.attrib[name]
    element.tail = None
    written: bytes = tostring(element, encoding="utf-8")
    return written.partition(b"<c")[2]


def column_name(number: int) -> str:
    """The letters of a column: 1 is A, 28 is AB."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The number of a column: A is 1, AB is 28."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
