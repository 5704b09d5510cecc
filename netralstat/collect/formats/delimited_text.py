"""The bytes of a CSV file as declared text: encoding, NUL characters, and how its lines end."""

from __future__ import annotations

import re
from dataclasses import dataclass

from netralstat.errors import ResponseError

_MARKS_16 = (b"\xff\xfe", b"\xfe\xff")
_MARK_8 = b"\xef\xbb\xbf"
_LINE_END = re.compile(r"\r+\n|\r|\n")
_LOOKED_AT = 1_000
_SHOWN = 131_072
# The first bytes of files that bear the suffix of another one.
_SIGNATURES = {
    b"PK\x03\x04": "a zip archive, as an Excel workbook is",
    b"\xd0\xcf\x11\xe0": "an old or encrypted Excel workbook",
    b"PAR1": "a Parquet file",
    b"$FL2": "an SPSS file",
    b"$FL3": "a compressed SPSS file",
    b"\x1f\x8b": "compressed by gzip",
    b"<stata_dta>": "a Stata file",
    b"SQLite format 3": "a SQLite database",
    b"%PDF": "a PDF",
    b"\x80\x04\x95": "a Python pickle, which is never opened",
    b"\x80\x05\x95": "a Python pickle, which is never opened",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFacts:
    """What the text of a CSV file shows before it is split.

    Attributes
    ----------
    first_line : str
        The first line that is not blank.
    line_end : str
        The character that ends a record: a line feed (with or without a carriage return), or a carriage
        return alone.
    """

    first_line: str
    line_end: str


def check_text(raw: bytes, encoding: str, where: str) -> TextFacts:
    """Decode a whole file once, to see that it is what it is declared to be.

    Raises
    ------
    ResponseError
        Another encoding, a byte order mark that is not declared or is missing, a NUL, another kind of file.
    """
    for start, name in _SIGNATURES.items():
        if raw.startswith(start):
            raise ResponseError(
                f"the file is {name}, and no CSV.",
                where=f"{where}, byte 1",
                do="give it the suffix of its format, or export as CSV",
            )
    text = _decode(raw, encoding, where)
    if (at := text.find("\0")) >= 0:
        nuls, line = text.count("\0"), text.count("\n", 0, at) + 1
        raise ResponseError(
            f"the file holds {nuls:,} NUL characters.",
            where=f"{where}, line {line:,}",
            do='export it again; if it is UTF-16, declare encoding = "utf-16"',
        )
    first = text[:_SHOWN].lstrip("\ufeff\r\n").replace("\r", "\n").split("\n", 1)[0]
    return TextFacts(first_line=first, line_end=_line_end(text))


def _decode(raw: bytes, encoding: str, where: str) -> str:
    if encoding == "utf-8" and raw.startswith(_MARK_8):
        raise ResponseError(
            "the file starts with a byte order mark, which utf-8 would read as a part of the first header.",
            where=f"{where}, byte 1",
            do='declare encoding = "utf-8-sig"',
        )
    if encoding == "utf-16" and not raw.startswith(_MARKS_16):
        utf_8 = _is_utf8(raw) and b"\0" not in raw
        raise ResponseError(
            "the file is declared utf-16 and has no byte order mark: the order of its bytes is not known.",
            where=f"{where}, byte 1",
            do=f'declare encoding = "{_other_encoding(raw, encoding)}"'
            if utf_8
            else "export it again as UTF-8, or as UTF-16 with a byte order mark",
        )
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as problem:
        at = problem.start
        line = raw.count(b"\n", 0, at) + 1
        do = (
            "export it again: the file is cut off or damaged"
            if encoding == "utf-16"
            else f'declare encoding = "{_other_encoding(raw, encoding)}", or export as UTF-8'
        )
        raise ResponseError(
            f"the file is not {encoding}: byte {at + 1:,} cannot be read.",
            where=f"{where}, byte {at + 1:,}, line {line:,}",
            do=do,
        ) from problem
    if encoding in ("cp1252", "latin-1") and not raw.isascii() and _is_utf8(raw):
        raise ResponseError(
            f"the file is declared {encoding}, but all its letters outside ASCII are valid UTF-8.",
            where=where,
            do=f'declare encoding = "{_other_encoding(raw, encoding)}"',
        )
    return text


def _line_end(text: str) -> str:
    """How the first record ends: the first line break outside quotation marks tells."""
    quotes = start = 0
    for number, found in enumerate(_LINE_END.finditer(text)):
        quotes += text.count('"', start, found.start())
        start = found.end()
        if quotes % 2 == 0:
            return "\r" if found.group() == "\r" else "\n"
        if number == _LOOKED_AT:
            break
    return "\n"


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _other_encoding(raw: bytes, encoding: str) -> str:
    if encoding != "utf-16" and raw.startswith(_MARKS_16):
        return "utf-16"
    if _is_utf8(raw):
        return "utf-8-sig" if raw.startswith(_MARK_8) else "utf-8"
    return "cp1252" if encoding != "cp1252" else "latin-1"
