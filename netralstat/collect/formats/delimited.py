"""CSV: strict, text only, in the declared encoding and with the declared delimiter."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from itertools import count, islice

import numpy as np
from numpy.typing import NDArray

from netralstat.ask.plan_collect import Source
from netralstat.collect.text_table import TextColumn, TextTable
from netralstat.errors import ResponseError

MAX_CELL = 131_072
_CHUNK = 512  # rows that stay in the processor cache: twice as fast as 8,192
_LISTED = 5
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def read_delimited(raw: bytes, source: Source, sha256: str) -> TextTable:
    """Read a CSV file as the wave file declares it.

    Parameters
    ----------
    raw : bytes
        The file.
    source : Source
        Its declaration: encoding, delimiter.
    sha256 : str
        Hash of the file.

    Raises
    ------
    ResponseError
        The file has another encoding or delimiter, a ragged row, a duplicated or empty header, a NUL, an
        oversized or unclosed cell.
    """
    where = source.path
    text = _decode(raw, source.encoding, where)
    _check_delimiter(text, source.delimiter, where)
    records = _read_records(text, source.delimiter, where)
    header = tuple(next(records, []))
    _check_header(header, where)
    columns, n_rows = _columns(records, header, where)
    return TextTable(path=source.path, sha256=sha256, header=header, columns=columns, n_rows=n_rows)


def _decode(raw: bytes, encoding: str, where: str) -> str:
    if encoding == "utf-8" and raw.startswith(b"\xef\xbb\xbf"):
        raise ResponseError(
            "the file starts with a byte order mark, which utf-8 would read as a part of the first header.",
            where=f"{where}, byte 1",
            do='declare encoding = "utf-8-sig"',
        )
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as problem:
        at = problem.start
        line = raw.count(b"\n", 0, at) + 1
        raise ResponseError(
            f"the file is not {encoding}: byte {at + 1:,} cannot be read.",
            where=f"{where}, byte {at + 1:,}, line {line:,}",
            do=f'declare encoding = "{_other_encoding(raw, encoding)}", or export as UTF-8',
        ) from problem
    if encoding in ("cp1252", "latin-1") and not raw.isascii() and _is_utf8(raw):
        raise ResponseError(
            f"the file is declared {encoding}, but all its letters outside ASCII are valid UTF-8.",
            where=where,
            do=f'declare encoding = "{_other_encoding(raw, encoding)}"',
        )
    if (at := text.find("\0")) >= 0:
        nuls, line = text.count("\0"), text.count("\n", 0, at) + 1
        raise ResponseError(
            f"the file holds {nuls:,} NUL characters.",
            where=f"{where}, line {line:,}",
            do='export it again; if it is UTF-16, declare encoding = "utf-16"',
        )
    return text


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _other_encoding(raw: bytes, encoding: str) -> str:
    if encoding != "utf-16" and raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if _is_utf8(raw):
        return "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8"
    return "cp1252" if encoding != "cp1252" else "latin-1"


def _read_records(text: str, delimiter: str, where: str) -> Iterator[list[str]]:
    """Yield the records of a CSV text; the field limit of the csv module is set only while it reads."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        previous = csv.field_size_limit(MAX_CELL)
        try:
            chunk = list(islice(reader, _CHUNK))
        except csv.Error as problem:
            raise _broken_cell(str(problem), reader.line_num, where) from problem
        finally:
            csv.field_size_limit(previous)
        if not chunk:
            return
        yield from chunk


def _broken_cell(problem: str, line: int, where: str) -> ResponseError:
    if "field limit" in problem:
        fact = f"a cell has more than {MAX_CELL:,} characters"
        do = "look for a quotation mark that is never closed, or shorten the cell"
    elif "unexpected end" in problem:
        fact = "a quoted cell is never closed"
        do = "export it again: the file is cut off, or a quotation mark stands alone"
    else:
        fact = f"a quoted cell is broken ({problem})"
        do = "write a quotation mark inside a cell twice, and check the declared delimiter"
    return ResponseError(f"{fact}.", where=f"{where}, line {line:,}", do=do)


def _check_delimiter(text: str, delimiter: str, where: str) -> None:
    first = text.lstrip("\ufeff\r\n").replace("\r", "\n").split("\n", 1)[0][:MAX_CELL]
    widths = {mark: len(next(csv.reader([first], delimiter=mark), [])) for mark in _DELIMITERS}
    best = max(widths, key=lambda mark: widths[mark])
    if widths[delimiter] == 1 and widths[best] > 1:
        shown = "\\t" if best == "\t" else best
        raise ResponseError(
            f"the header has one column when split at each {_DELIMITERS[delimiter]}.",
            where=f"{where}, row 1",
            do=f'declare delimiter = "{shown}": a {_DELIMITERS[best]} splits it into {widths[best]} columns',
        )


def _check_header(header: tuple[str, ...], where: str) -> None:
    if empty := [number for number, name in enumerate(header, start=1) if not name.strip()]:
        raise ResponseError(
            f"{len(empty)} of {len(header)} columns have no name.",
            where=f"{where}, row 1, column {', '.join(map(str, empty[:_LISTED]))}",
            do="name the columns in the export, or remove them",
        )
    places: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(header, start=1):
        places[name].append(number)
    if twice := {name: at for name, at in places.items() if len(at) > 1}:
        listed = list(twice.items())[:_LISTED]
        told = "; ".join(f'"{name[:60]}" in columns {" and ".join(map(str, at))}' for name, at in listed)
        raise ResponseError(
            f"{len(twice)} of {len(places)} column names stand more than once: {told}.",
            where=f"{where}, row 1",
            do="export with XML names and groups in the headers, or rename the columns",
        )


def _columns(
    records: Iterator[list[str]], header: tuple[str, ...], where: str
) -> tuple[tuple[TextColumn, ...], int]:
    """Factorise column after column, a chunk of rows at a time."""
    width = len(header)
    indexes = [defaultdict[str, int](count().__next__) for _ in header]
    parts: list[list[NDArray[np.int32]]] = [[] for _ in header]
    n_rows, ragged = 0, dict[int, int]()
    while chunk := list(islice(records, _CHUNK)):
        if set(map(len, chunk)) != {width}:
            kept = []
            for number, row in enumerate(chunk, start=n_rows + 2):
                if len(row) == width:
                    kept.append(row)
                else:
                    ragged[number] = len(row)
            n_rows += len(chunk)
            chunk = kept
        else:
            n_rows += len(chunk)
        for index, part, cells in zip(indexes, parts, zip(*chunk, strict=True), strict=False):
            part.append(np.fromiter(map(index.__getitem__, cells), dtype=np.int32, count=len(cells)))
    while n_rows and ragged.get(n_rows + 1) == 0:  # empty lines at the end of the file are no rows
        del ragged[n_rows + 1]
        n_rows -= 1
    if ragged:
        raise _ragged(ragged, width, n_rows, where)
    if n_rows == 0:
        raise ResponseError("the file has a header and no responses.", where=where, do="export it again")
    columns = tuple(
        TextColumn(levels=tuple(index), codes=np.concatenate(part))
        for index, part in zip(indexes, parts, strict=True)
    )
    return columns, n_rows


def _ragged(ragged: dict[int, int], width: int, n_rows: int, where: str) -> ResponseError:
    first, found = next(iter(ragged.items()))
    rows = ", ".join(str(number) for number in list(ragged)[:_LISTED]) + (
        ", …" if len(ragged) > _LISTED else ""
    )
    longer = sum(cells > width for cells in ragged.values())
    cause = (
        "export again with all versions of the form: a choice that left it makes KoboToolbox widen rows"
        if longer == len(ragged)
        else "export again, or mend the delimiters and line breaks inside the cells of these rows"
    )
    return ResponseError(
        f"{len(ragged):,} of {n_rows:,} rows do not fit the header: row {first} has {found} cells "
        f"where {width} are expected.",
        where=f"{where}, row {rows}",
        do=cause,
    )
