"""The rows of a worksheet become columns of codes, its cells still as bytes.

A row is cut at its own number, which ends every address: `<c r="A7" s="1"><v>5</v></c><c r="B7"…` gives
`<c r="A` and ` s="1"><v>5</v></c><c r="B` and so on. Each piece holds a cell and names the column of the next
one. Most pieces are the same from row to row, so a column remembers what it made of each; a piece that is
not in this shape (a style of the row's number, cells without addresses) makes the row be parsed instead.
"""

from __future__ import annotations

import re
from array import array

import numpy as np
from numpy.typing import NDArray

from netralstat.collect.formats.sheet_cells import CellReader, is_empty
from netralstat.collect.formats.sheet_rows import SheetRow, column_name, column_number, row_cells
from netralstat.collect.formats.workbook_parts import WorkbookError

_LETTERS = re.compile(rb"[A-Z]{1,3}")
_NO_CELL = -1
_END = 0  # the column after the last cell of a row


class _UnusualRowError(Exception):
    """A row in another way of writing than that of almost all programs."""


class _Pieces(dict[bytes, tuple[int, int]]):
    """What a column makes of each piece: the code of its cell, and the column of the next one."""

    def __init__(self, column: int, collector: SheetColumns) -> None:
        super().__init__()
        self.column = column
        self.collector = collector

    def __missing__(self, piece: bytes) -> tuple[int, int]:
        found = self[piece] = self.collector.read_piece(piece, self.column)
        return found


class SheetColumns:
    """Collects rows of cells under a header of `width` columns.

    Parameters
    ----------
    width : int
        Columns that the header names; a cell right of them has to be empty.
    reader : CellReader
        Tells whether such a cell is.
    place : str
        The sheet, for errors.

    Attributes
    ----------
    numbers : list of int
        The rows with cells, as they are numbered in the sheet.
    """

    def __init__(self, width: int, reader: CellReader, place: str) -> None:
        self.width = width
        self.reader = reader
        self.place = place
        self.numbers: list[int] = []
        # Places 1 to width are the columns of the header, the last one is all columns right of them.
        self._pieces = [_Pieces(column, self) for column in range(width + 2)]
        self._contents: list[dict[bytes, int]] = [{} for _ in range(width + 2)]
        self._codes = array("i")
        self._blank = [_NO_CELL] * (width + 2)
        self._after: dict[bytes, int] = {}
        self._write(b"<c", b"</c>")

    def add(self, row: SheetRow) -> None:
        """Take the next row; one without any content is left out."""
        if row.grammar.cell != self._cell:
            self._write(row.grammar.cell, row.grammar.cell_end)
        codes = self._blank.copy()
        try:
            pieces = iter(row.body.split(b'%d"' % row.number))
            column = self._next_column(next(pieces))
            by_column = self._pieces
            for piece in pieces:
                codes[column], column = by_column[column][piece]
            if column != _END:
                raise _UnusualRowError
        except _UnusualRowError:
            codes = self._parsed(row)
        codes[-1] = _NO_CELL
        if codes != self._blank:
            self._codes.fromlist(codes)
            self.numbers.append(row.number)

    def column(self, column: int) -> tuple[list[bytes], NDArray[np.int32]]:
        """Distinct contents of a column (1 is the first) as they appear, and the place of each row's."""
        contents = list(self._contents[column])
        table = np.frombuffer(self._codes, dtype=np.int32).reshape(-1, self.width + 2)
        codes = table[:, column].copy()
        absent = codes == _NO_CELL
        if absent.any():
            place = int(codes[: int(np.argmax(absent))].max(initial=-1)) + 1
            contents.insert(place, b"")
            codes += codes >= place
            codes[absent] = place
        return contents, codes

    def read_piece(self, piece: bytes, column: int) -> tuple[int, int]:
        """Find out what a piece is that its column has not seen."""
        content, begins, letters = piece.rpartition(self._begin)
        if begins:
            after = self._place(letters)
        else:
            content, after = piece, _END
        whole = content.endswith(self._ends)
        glued = self._begins[0] in content or self._begins[1] in content
        backwards = after != _END and after <= column <= self.width
        if column == _END or not whole or glued or backwards:
            raise _UnusualRowError
        return self._code(content, column), after

    def _next_column(self, piece: bytes) -> int:
        start, _, letters = piece.partition(b' r="')
        if start != self._cell:
            raise _UnusualRowError
        return self._place(letters)

    def _write(self, cell: bytes, cell_end: bytes) -> None:
        """Set how cells of the sheet are written."""
        self._cell, self._begin = cell, cell + b' r="'
        self._begins, self._ends = (cell + b" ", cell + b">"), (cell_end, b"/>")

    def _place(self, letters: bytes) -> int:
        if letters not in self._after:
            if not _LETTERS.fullmatch(letters):
                raise _UnusualRowError
            self._after[letters] = min(column_number(letters.decode("ascii")), self.width + 1)
        return self._after[letters]

    def _code(self, content: bytes, column: int) -> int:
        if is_empty(content):
            return _NO_CELL
        if column > self.width:
            if self.reader.text(content):
                raise _UnusualRowError
            return _NO_CELL
        codes = self._contents[column]
        return codes.setdefault(content, len(codes))

    def _parsed(self, row: SheetRow) -> list[int]:
        codes = self._blank.copy()
        for column, content in row_cells(row, self.place).items():
            if column <= self.width:
                codes[column] = self._code(content, column)
            elif self.reader.text(content):
                raise WorkbookError(
                    f"a cell stands outside the {self.width} columns that the header names.",
                    "name its column in the header, or clear the cell",
                    f"{self.place}, cell {column_name(column)}{row.number}",
                )
        return codes
