"""CSV: strict, text only, in the declared encoding and with the declared delimiter."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from netralstat.ask.plan_collect import Source
from netralstat.collect.factoriser import CHUNK, Factoriser
from netralstat.collect.formats.delimited_text import check_text
from netralstat.collect.formats.header import check_header, check_size, check_tags
from netralstat.collect.text_table import TextColumn, TextTable
from netralstat.errors import ResponseError

MAX_CELL = 131_072
_LISTED = 5
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def read_delimited(raw: bytes, source: Source, sha256: str) -> TextTable:
    """Read a CSV file as the wave file declares it.

    Parameters
    ----------
    raw : bytes
        The file.
    source : Source
        Its declaration: encoding, delimiter, title_rows, hxl.
    sha256 : str
        Hash of the file.

    Raises
    ------
    ResponseError
        The file has another encoding or delimiter, a ragged row, an empty header, a NUL, mixed line ends, an
        oversized or unclosed cell, too many columns or cells.
    """
    where, above = source.path, source.title_rows
    facts = check_text(raw, source.encoding, where)
    at_header = f"{where}, row {above + 1}"
    if not above:
        _check_delimiter(facts.first_line, source.delimiter, at_header)
    lines = io.TextIOWrapper(io.BytesIO(raw), encoding=source.encoding, newline=facts.line_end)
    records = _read_records(lines, source.delimiter, where)
    n_above = sum(1 for _ in islice(records, above))
    header = tuple(next(records, ()))
    if not header:
        raise _no_header(n_above, above, at_header)
    if len(header) == 1:
        _check_delimiter(header[0], source.delimiter, at_header)
    check_header(header, at_header)
    first_row = above + 2
    if source.hxl:
        check_tags(next(records, []), header, f"{where}, row {first_row}")
        first_row += 1
    columns, n_rows = _columns(records, header, first_row, where)
    return TextTable(
        path=where, sha256=sha256, header=header, columns=columns, n_rows=n_rows, first_row=first_row
    )


def _no_header(n_above: int, above: int, where: str) -> ResponseError:
    if n_above < above:
        return ResponseError(
            f"the file has {n_above} rows, and title_rows declares {above} above the header.",
            where=where,
            do="correct title_rows in collect.sources, or export the file again",
        )
    return ResponseError(
        "the row of the header is empty.",
        where=where,
        do="declare in title_rows of collect.sources how many rows stand above the header",
    )


def _read_records(lines: io.TextIOWrapper, delimiter: str, where: str) -> Iterator[list[str]]:
    """Yield the records of a CSV text; the field limit of the csv module is set only while it reads."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        previous = csv.field_size_limit(MAX_CELL)
        try:
            chunk = list(islice(reader, CHUNK))
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
    elif "new-line character" in problem:
        fact = "a line ends in another way than the first one, by a carriage return or a line feed alone"
        do = "export it again with one kind of line end, or put the cell that holds the break in quotes"
    else:
        fact = f"a quoted cell is broken ({problem})"
        do = "write a quotation mark inside a cell twice, and check the declared delimiter"
    return ResponseError(f"{fact}.", where=f"{where}, line {line:,}", do=do)


def _check_delimiter(first: str, delimiter: str, where: str) -> None:
    first = " ".join(first[:MAX_CELL].splitlines())
    widths = {mark: len(next(csv.reader([first], delimiter=mark), [])) for mark in _DELIMITERS}
    best = max(widths, key=lambda mark: widths[mark])
    if widths[delimiter] == 1 and widths[best] > 1:
        shown = "\\t" if best == "\t" else best
        raise ResponseError(
            f"the header has one column when split at each {_DELIMITERS[delimiter]}.",
            where=where,
            do=f'declare delimiter = "{shown}": a {_DELIMITERS[best]} splits it into {widths[best]} columns',
        )


@dataclass(slots=True, kw_only=True)
class _Ragged:
    """Counts the records that do not fit the header; blank ones at the end of the file are no rows."""

    width: int
    n_rows: int = 0
    blank: int = 0
    found: int = 0
    longer: int = 0
    first: list[tuple[int, int]] = field(default_factory=list)

    def keep(self, chunk: list[list[str]], first_row: int) -> list[list[str]]:
        """Count the records of a chunk; give those that fit."""
        if not self.blank and set(map(len, chunk)) == {self.width}:
            self.n_rows += len(chunk)
            return chunk
        kept = []
        for record in chunk:
            if not record:
                self.blank += 1
                continue
            for _ in range(self.blank):
                self._count(0, first_row)
            self.blank = 0
            if len(record) == self.width:
                kept.append(record)
                self.n_rows += 1
            else:
                self._count(len(record), first_row)
        return kept

    def _count(self, cells: int, first_row: int) -> None:
        if self.found < _LISTED:
            self.first.append((first_row + self.n_rows, cells))
        self.n_rows += 1
        self.found += 1
        self.longer += cells > self.width

    def error(self, where: str) -> ResponseError:
        """Tell which rows do not fit, and why that may be."""
        rows = ", ".join(str(row) for row, _ in self.first) + (", …" if self.found > _LISTED else "")
        cause = (
            "export again with all versions of the form: a choice that left it makes KoboToolbox widen the "
            "row that holds it and all later ones by a cell, and which cell that is cannot be told"
            if self.longer == self.found
            else "export again, or mend the delimiters and line breaks inside the cells of these rows"
        )
        row, found = self.first[0]
        return ResponseError(
            f"{self.found:,} of {self.n_rows:,} rows do not fit the header: row {row} has {found} cells "
            f"where {self.width} are expected.",
            where=f"{where}, row {rows}",
            do=cause,
        )


def _columns(
    records: Iterator[list[str]], header: tuple[str, ...], first_row: int, where: str
) -> tuple[tuple[TextColumn, ...], int]:
    """Factorise column after column, a chunk of rows at a time."""
    factoriser = Factoriser[str](len(header))
    ragged = _Ragged(width=len(header))
    while chunk := list(islice(records, CHUNK)):
        factoriser.add(ragged.keep(chunk, first_row))
        check_size(ragged.n_rows, len(header), where)
    if ragged.found:
        raise ragged.error(where)
    if ragged.n_rows == 0:
        raise ResponseError("the file has a header and no responses.", where=where, do="export it again")
    columns = (factoriser.column(number) for number in range(len(header)))
    return tuple(TextColumn(levels=levels, codes=codes) for levels, codes in columns), ragged.n_rows
