"""Encoding and delimiter of a text file, by its bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from netralstat.draft.options import Option
from netralstat.errors import ResponseError

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE = 200
_LONGEST_CELL = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A text file: what it holds, how it is cut, and the options that say so."""

    text: str
    delimiter: str
    options: tuple[Option, ...]

    def records(self) -> Iterator[list[str]]:
        """Every record of the file, ragged and blank ones too."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter)
        previous = csv.field_size_limit(_LONGEST_CELL)
        try:
            yield from reader
        except csv.Error:
            return  # what is broken there is told when the file is read
        finally:
            csv.field_size_limit(previous)


def look_at_text(raw: bytes, path: str) -> TextFile:
    """Decode a file by its marks and find the delimiter that cuts its first rows alike.

    Parameters
    ----------
    raw : bytes
        The file.
    path : str
        Its name in errors.

    Raises
    ------
    ResponseError
        The file holds NUL characters and is no UTF-16: it is no text.
    """
    text, encoding = _decoded(raw, path)
    delimiter = _delimiter(text)
    mark = delimiter.value if isinstance(delimiter.value, str) else ","
    return TextFile(text=text, delimiter=mark, options=(encoding, delimiter))


def _decoded(raw: bytes, path: str) -> tuple[str, Option]:
    if raw.startswith(b"\xef\xbb\xbf"):
        return _as(raw, "utf-8-sig", "the file starts with the byte order mark of UTF-8")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _as(raw, "utf-16", "the file starts with the byte order mark of UTF-16")
    if b"\0" in raw:
        raise ResponseError(
            f"the file holds {raw.count(0):,} NUL bytes and no byte order mark: it is no CSV.",
            where=path,
            do="give the export itself; a workbook ends in .xlsx, and a text file is saved as CSV UTF-8",
        )
    if raw.isascii():
        return raw.decode("ascii"), Option(
            key="encoding", value="utf-8", why="every byte is ASCII, which UTF-8 reads"
        )
    try:
        return raw.decode("utf-8"), Option(
            key="encoding", value="utf-8", why="every letter outside ASCII is valid UTF-8"
        )
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        return _one_byte(raw, f"byte {problem.start + 1:,} (line {line:,}) is no UTF-8")


def _as(raw: bytes, encoding: str, why: str) -> tuple[str, Option]:
    return raw.decode(encoding, errors="replace"), Option(key="encoding", value=encoding, why=why)


def _one_byte(raw: bytes, why: str) -> tuple[str, Option]:
    """Cp1252 and latin-1 differ only in the bytes 0x80 to 0x9F, which latin-1 does not print."""
    between = [byte for byte in raw if 0x80 <= byte <= 0x9F]
    text = raw.decode("cp1252", errors="replace")
    if "\ufffd" in text:
        return raw.decode("latin-1"), Option(
            key="encoding", why=f"{why}, nor cp1252; which is it?", possible=("latin-1", "utf-8", "utf-16")
        )
    told = (
        f"{why}; {len(between):,} bytes are printed by cp1252 and not by latin-1"
        if between
        else f"{why}; cp1252 and latin-1 read this file alike"
    )
    return text, Option(key="encoding", value="cp1252", why=f"{told}; please confirm")


def _delimiter(text: str) -> Option:
    """The mark that cuts the first records into one number of cells, the most of them."""
    widths: dict[str, int] = {}
    told: dict[str, str] = {}
    sample = text[: _SAMPLE * 4096]
    for mark, name in _DELIMITERS.items():
        cells = _widths(sample, mark)
        usual = max(set(cells), key=cells.count) if cells else 1
        if usual > 1:
            widths[mark] = usual
            told[mark] = (
                f"a {name} cuts {cells.count(usual)} of the first {len(cells)} rows into {usual} cells"
            )
    if not widths:
        return Option(
            key="delimiter",
            why="no mark cuts the first rows: one column, or another delimiter",
            possible=(",", ";"),
        )
    ranked = sorted(widths, key=lambda mark: -widths[mark])
    if len(ranked) > 1 and widths[ranked[1]] == widths[ranked[0]]:
        both = " and ".join(told[mark] for mark in ranked[:2])
        return Option(key="delimiter", why=f"{both}; which is it?", possible=tuple(ranked[:2]))
    return Option(key="delimiter", value=ranked[0], why=told[ranked[0]])


def _widths(sample: str, mark: str) -> list[int]:
    try:
        rows = csv.reader(io.StringIO(sample, newline=""), delimiter=mark)
        return [len(row) for row in islice(rows, _SAMPLE) if row]
    except csv.Error:
        return []
