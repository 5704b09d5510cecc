"""The program of the child that reads an Excel workbook: `python -m …workbook_process MEMORY ORDERS`.

ORDERS is JSON: `sheet` (or null), `title_rows`, `hxl` and `comma`. The workbook comes on standard input; the
answer holds the columns as `TextColumn` does, each distinct text once and a code a row.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.collect.formats.child_process import answer_with, limit_memory, problem
from netralstat.collect.formats.header import check_header, check_size, check_tags
from netralstat.collect.formats.sheet_cells import CellError, CellReader, is_empty
from netralstat.collect.formats.sheet_columns import SheetColumns
from netralstat.collect.formats.sheet_rows import SheetRow, column_name, row_cells, sheet_rows
from netralstat.collect.formats.workbook_parts import Sheet, Workbook, WorkbookError, open_workbook
from netralstat.errors import ResponseError
from netralstat.processes.program import own_output

_LISTED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the wave file declares of the workbook."""

    sheet: str | None
    title_rows: int
    hxl: bool
    comma: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The columns of a sheet: `levels` and int32 `codes` of each, under `header`."""

    header: list[str]
    levels: list[list[str]]
    codes: list[NDArray[np.int32]]
    n_rows: int
    first_row: int


def main() -> None:
    """Read the workbook on standard input and answer on standard output."""
    memory, orders = sys.argv[1:]
    output = own_output()
    limit_memory(int(memory))
    gc.disable()  # millions of small objects, none of them in a cycle
    try:
        found = read(sys.stdin.buffer.read(), Orders(**json.loads(orders)))
    except WorkbookError as bad:
        answer_with(output, problem(*bad.args))
    except ResponseError as bad:
        answer_with(output, problem(bad.fact, bad.do or "", bad.where or ""))
    except MemoryError:
        fact = f"reading the file needs more than {int(memory) / 2**30:.1f} GB of memory."
        answer_with(output, problem(fact, "export fewer columns, or split it into several files"))
    else:
        told = {name: getattr(found, name) for name in ("header", "levels", "n_rows", "first_row")}
        answer_with(output, told, [one.tobytes() for one in found.codes])


def read(raw: bytes, orders: Orders) -> Answered:
    """Read the declared sheet, or the only one that is not empty.

    Raises
    ------
    WorkbookError, ResponseError
        See `workbook.read_workbook`.
    """
    book = open_workbook(raw)
    sheet = _choose(book, orders.sheet)
    place = f'sheet "{sheet.name[:60]}"'
    reader = CellReader(book, comma=orders.comma)
    rows = sheet_rows(book, sheet)
    header = _header(rows, reader, orders, place)
    first_row = orders.title_rows + 2
    if orders.hxl:
        row = next(rows, None)
        at_tags = row is not None and row.number == first_row
        texts = _texts(row, len(header), reader, place) if row is not None and at_tags else []
        check_tags(texts, header, f"{place}, row {first_row}")
        first_row += 1
    return _columns(rows, header, reader, first_row, place)


def _choose(book: Workbook, name: str | None) -> Sheet:
    listed = ", ".join(f'"{sheet.name[:60]}"' for sheet in book.sheets[:_LISTED])
    if name is not None:
        found = [sheet for sheet in book.sheets if sheet.name == name]
        if not found:
            raise WorkbookError(
                f'the workbook has no sheet "{name[:60]}".', f"declare one of its sheets: {listed}", ""
            )
        return found[0]
    filled = [sheet for sheet in book.sheets if _is_filled(book, sheet)]
    if not filled:
        raise WorkbookError("every sheet of the workbook is empty.", "export it again", "")
    if len(filled) > 1:
        listed = ", ".join(f'"{sheet.name[:60]}"' for sheet in filled[:_LISTED])
        raise WorkbookError(
            f"the workbook has {len(filled)} sheets that are not empty: {listed}.",
            "name the one to read in sheet of collect.sources",
            "",
        )
    return filled[0]


def _is_filled(book: Workbook, sheet: Sheet) -> bool:
    place = f'sheet "{sheet.name[:60]}"'
    return any(not all(map(is_empty, row_cells(row, place).values())) for row in sheet_rows(book, sheet))


def _header(rows: Iterator[SheetRow], reader: CellReader, orders: Orders, place: str) -> list[str]:
    """The names in the row below the title rows, up to the last one that is filled."""
    at = orders.title_rows + 1
    for row in rows:
        number = row.number
        if number < at:
            continue
        texts = _texts(row, 0, reader, place)
        while texts and not texts[-1].strip():
            texts.pop()
        if number == at and texts:
            return texts
        if texts:
            raise WorkbookError(
                f"the row of the header is empty; the next filled row is {number:,}.",
                f"declare title_rows = {number - 1} in collect.sources if that row is the header",
                f"{place}, row {at:,}",
            )
    raise WorkbookError(
        "the sheet has no row of names.",
        "correct title_rows or sheet in collect.sources",
        f"{place}, row {at:,}",
    )


def _texts(row: SheetRow, n_columns: int, reader: CellReader, place: str) -> list[str]:
    """The texts of a whole row, from column A to the last filled cell, at least `n_columns`."""
    cells = row_cells(row, place)
    filled = [(column, content) for column, content in cells.items() if not is_empty(content)]
    width = max((column for column, _ in filled), default=0)
    check_size(0, width, f"{place}, row {row.number:,}")
    texts = [""] * max(width, n_columns)
    for column, content in filled:
        try:
            texts[column - 1] = reader.text(content)
        except CellError as bad:
            fact, do = bad.args
            raise WorkbookError(f"{fact}.", do, f"{place}, cell {column_name(column)}{row.number}") from bad
    return texts


def _columns(
    rows: Iterator[SheetRow], header: list[str], reader: CellReader, first_row: int, place: str
) -> Answered:
    """Collect the bytes of the cells, then read each distinct cell of a column once."""
    collected = SheetColumns(len(header), reader, place)
    for row in rows:
        collected.add(row)
        check_size(len(collected.numbers), len(header), place)
    levels, codes = [], []
    for number, name in enumerate(header, start=1):
        texts, places = _distinct(collected, number, name, reader, place)
        levels.append(texts)
        codes.append(places)
    return _without_blanks(header, levels, codes, collected.numbers, first_row, place)


def _distinct(
    collected: SheetColumns, column: int, name: str, reader: CellReader, place: str
) -> tuple[list[str], NDArray[np.int32]]:
    """The distinct texts of a column and the place of each row's; different bytes may be one text."""
    contents, codes = collected.column(column)
    texts = []
    for code, content in enumerate(contents):
        try:
            texts.append(reader.text(content))
        except CellError as bad:
            fact, do = bad.args
            row = collected.numbers[int(np.argmax(codes == code))]
            at = f'{place}, cell {column_name(column)}{row}, column "{name[:60]}"'
            raise WorkbookError(f"{fact}.", do, at) from bad
    index = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    if len(index) == len(texts):
        return texts, codes
    return list(index), np.array([index[text] for text in texts], dtype=np.int32)[codes]


def _without_blanks(
    header: list[str],
    levels: list[list[str]],
    codes: list[NDArray[np.int32]],
    numbers: list[int],
    first_row: int,
    place: str,
) -> Answered:
    """Leave out blank rows at the end and blank columns without a name; raise for a blank row between."""
    filled = np.zeros(len(numbers), dtype=bool)
    for texts, places in zip(levels, codes, strict=True):
        filled |= places != (texts.index("") if "" in texts else -1)
    found = np.array(numbers, dtype=np.int64)[filled]
    if not len(found):
        raise WorkbookError("the sheet has a header and no responses.", "export it again", place)
    n_rows = int(found[-1]) - first_row + 1
    if n_rows > len(found):
        above = np.concatenate(([first_row - 1], found[:-1]))
        gaps = [(low + 1, high - 1) for low, high in zip(above, found, strict=True) if high - low > 1]
        listed = ", ".join(
            f"{low:,}" if low == high else f"{low:,} to {high:,}" for low, high in gaps[:_LISTED]
        )
        raise WorkbookError(
            f"{n_rows - len(found):,} of {n_rows:,} rows are empty, between others that are not.",
            "delete them, or read a sheet that holds one table alone",
            f"{place}, row {listed}",
        )
    kept = [number for number, name in enumerate(header) if name.strip() or levels[number] != [""]]
    check_header([header[number] for number in kept], f"{place}, row of the header")
    return Answered(
        header=[header[number] for number in kept],
        levels=[levels[number] for number in kept],
        codes=[codes[number] if filled.all() else codes[number][filled] for number in kept],
        n_rows=n_rows,
        first_row=first_row,
    )


if __name__ == "__main__":
    main()
