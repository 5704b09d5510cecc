"""A first look at one export: its top rows, and every column with its distinct texts counted."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from netralstat.ask.plan_collect import FORMATS, Source
from netralstat.collect.sources import FORMATS as READERS
from netralstat.collect.text_table import TextTable
from netralstat.draft.encodings import look_at_text
from netralstat.draft.options import Option
from netralstat.draft.workbooks import Score, look_at_workbook
from netralstat.errors import ResponseError, did_you_mean

TOP = 25
_KEPT = 5_000  # distinct texts of a column that are kept; keys are counted in full


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One file, before anything is decided about it.

    Attributes
    ----------
    path : pathlib.Path
        Where it lies.
    format : str
        By its suffix: "csv", "xlsx", "parquet", "sav", "dta".
    sha256 : str
        Its hash.
    options : tuple of Option
        What its bytes say: encoding, delimiter, sheet.
    top : tuple of tuple of str
        Its first rows.
    records : callable
        All its rows, anew at each call.
    """

    path: Path
    format: str
    sha256: str
    options: tuple[Option, ...]
    top: tuple[tuple[str, ...], ...]
    records: Callable[[], Iterator[Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: how often each distinct text stands in it; "" is left out.

    `complete` is false where there are more distinct texts than are kept; `n_distinct` counts them all.
    """

    name: str
    texts: Counter[str]
    n_filled: int
    n_distinct: int

    @property
    def complete(self) -> bool:
        """Whether `texts` holds every distinct text."""
        return self.n_distinct == len(self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The rows below the header, by column; `n_ragged` of `n_rows` have another number of cells."""

    by_place: tuple[Column, ...]
    n_rows: int
    n_ragged: int


def look_at(path: Path, score: Score, answers: str = "codes") -> Export:
    """Open a file by its suffix.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    score : callable
        How many cells of a row are names or labels of the form, or columns of a tool.
    answers : str
        "codes" or "labels": which of the two an SPSS or Stata file is to give.

    Raises
    ------
    ResponseError
        The file is missing, empty, has no known suffix, or its format cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ResponseError(
            f'"{path.name}" has none of the suffixes {", ".join(FORMATS)}.{did_you_mean(suffix, FORMATS)}',
            where=str(path),
            do="export as CSV or XLSX, or give the file its own suffix back",
        )
    raw = _bytes(path)
    digest = hashlib.sha256(raw).hexdigest()
    if FORMATS[suffix] == "csv":
        text = look_at_text(raw, str(path))
        return Export(
            path=path,
            format="csv",
            sha256=digest,
            options=text.options,
            top=tuple(tuple(row) for row in islice(text.records(), TOP)),
            records=text.records,
        )
    if FORMATS[suffix] == "xlsx":
        table, options = look_at_workbook(raw, path.name, digest, score)
    else:
        table, options = _typed(raw, path, digest, answers)
    return Export(
        path=path,
        format=FORMATS[suffix],
        sha256=digest,
        options=options,
        top=tuple(tuple(row) for row in islice(_rows(table), TOP)),
        records=lambda: _rows(table),
    )


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise ResponseError("the export does not exist.", where=str(path), do="give the path of a file")
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise ResponseError(
            f"the export cannot be read: {problem.strerror}.", where=str(path), do="give a readable file"
        ) from problem
    if not raw.strip(b" \t\r\n\xef\xbb\xbf"):
        raise ResponseError("the export is empty.", where=str(path), do="export it again")
    return raw


def _typed(raw: bytes, path: Path, digest: str, answers: str) -> tuple[TextTable, tuple[Option, ...]]:
    """Read a file that tells its own form; old Stata files do not tell how their letters are written."""
    keys = {"path": path.name, "kind": "table", "answers": answers}
    source = Source.model_validate(keys)
    try:
        return READERS[source.format](raw, source, digest), ()
    except ResponseError as problem:
        if source.format != "dta":
            raise
        source = Source.model_validate(keys | {"encoding": "cp1252"})
        table = READERS["dta"](raw, source, digest)
        told = f"the file does not tell its encoding ({problem.fact}) cp1252 reads it; please confirm"
        return table, (Option(key="encoding", value="cp1252", why=told),)


def _rows(table: TextTable) -> Iterator[Sequence[str]]:
    """The header and the rows of a table, a thousand rows at a time."""
    yield table.header
    step = 1000
    for start in range(0, table.n_rows, step):
        rows = np.arange(start, min(start + step, table.n_rows))
        yield from zip(*(column.take(rows).text().tolist() for column in table.columns), strict=True)


def count_columns(records: Iterable[Sequence[str]], header: Sequence[str]) -> Columns:
    """Count the distinct texts of every column.

    Parameters
    ----------
    records : iterable of rows
        The rows below the header.
    header : sequence of str
        Names of the columns.
    """
    width = len(header)
    texts: list[dict[str, int]] = [{} for _ in header]
    seen: list[set[int]] = [set() for _ in header]
    filled = [0] * width
    n_rows = n_ragged = n_blank = 0
    for row in records:
        if not row:  # blank lines at the end are no rows
            n_blank += 1
            continue
        n_rows, n_ragged = n_rows + 1 + n_blank, n_ragged + n_blank + (len(row) != width)
        n_blank = 0
        for place, text in enumerate(row[:width]):
            if text:
                filled[place] += 1
                counts = texts[place]
                if text in counts:
                    counts[text] += 1
                elif len(counts) < _KEPT:
                    counts[text] = 1
                else:
                    seen[place].add(hash(text))
    columns = tuple(
        Column(name=name, texts=Counter(counts), n_filled=n, n_distinct=len(counts) + len(more))
        for name, counts, n, more in zip(header, texts, filled, seen, strict=True)
    )
    return Columns(by_place=columns, n_rows=n_rows, n_ragged=n_ragged)
