"""The content of a worksheet's cell becomes the text that was written or shown in it."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException

from netralstat.collect.formats.typed_text import LOST_DIGITS, number_text, serial_text
from netralstat.collect.formats.workbook_parts import Workbook, inner_text, root_of, unescaped

_USUAL = re.compile(
    rb'(?: s="(\d{1,6})")?(?: t="(\w+)")?>'
    rb'(?:<v>([^<&\r]*)</v>|<is><t(?: xml:space="preserve")?>([^<&\r]*)</t></is>)</c>'
)
_PREFIX = re.compile(rb"<(/?)[A-Za-z_][\w.-]*:")
_FUTURE = re.compile(r"_xlfn\.(?:_xlws\.)?|_xlpm\.")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


class CellError(Exception):
    """A cell that has no text: `args` are the fact and the remedy."""


def is_empty(content: bytes) -> bool:
    """Whether a cell has a format at most (`<c r="A1" s="3"/>`)."""
    return not content or content.endswith(b"/>")


class CellReader:
    """Reads cells of one workbook.

    Parameters
    ----------
    book : Workbook
        Its shared strings, styles and epoch.
    comma : bool
        Write numbers with a decimal comma, as the source declares its texts to be.
    """

    def __init__(self, book: Workbook, *, comma: bool) -> None:
        self.book = book
        self.comma = comma

    def text(self, content: bytes) -> str:
        """The text of a cell out of its bytes after the address; an error value (#N/A) is its name.

        Raises
        ------
        CellError
            The cell is damaged, or is a whole number with more digits than a spreadsheet keeps.
        """
        if is_empty(content):
            return ""
        usual = _USUAL.fullmatch(content)
        try:
            if usual is not None:
                style, kind, value, inline = usual.groups()
                if inline is not None:
                    return unescaped(inline.decode("utf-8"))
                kind_name = "n" if kind is None else kind.decode()
                return self._typed(kind_name, int(style) if style else 0, value.decode("utf-8"))
            return self._parsed(root_of(b"<c" + _PREFIX.sub(rb"<\1", content)))
        except (ParseError, DefusedXmlException, UnicodeDecodeError, ValueError) as problem:
            raise CellError("a cell cannot be read", "export it again: the file is damaged") from problem

    def _parsed(self, cell: Element) -> str:
        kind, style = cell.get("t", "n"), int(cell.get("s", "0"))
        parts = {child.tag: child for child in cell}
        if "is" in parts:
            return inner_text(parts["is"])
        value = parts["v"].text or "" if "v" in parts else ""
        if "f" in parts and self._is_typed(kind, value):
            return _formula(cell, parts["f"])
        return self._typed(kind, style, value)

    def _is_typed(self, kind: str, value: str) -> bool:
        """Whether a formula was never calculated: it is a text that began with "=" when it was written.

        Programs that write formulas without calculating them leave the value out, or write 0 and ask for the
        calculation when the file is opened.
        """
        return kind == "n" and (not value or (value == "0" and self.book.calculate))

    def _typed(self, kind: str, style: int, value: str) -> str:
        if kind == "s":
            number = int(value)
            if not 0 <= number < len(self.book.strings):
                raise ValueError("no such string")
            return self.book.strings[number]
        if kind == "str":
            return unescaped(value)
        if kind in ("b", "e", "d") or not value:
            if kind == "b" and value not in ("0", "1"):
                raise ValueError("no truth value")
            return value
        if kind != "n" or not _NUMBER.fullmatch(value.strip()):
            raise ValueError("no number")
        return self._number(float(value), style)

    def _number(self, value: float, style: int) -> str:
        shown = self.book.shown[style] if style < len(self.book.shown) else "number"
        if shown != "number":
            text = serial_text(value, shown, since_1904=self.book.since_1904)
            if not text.lstrip("-").replace(".", "").isdigit():
                return text
        if abs(value) >= LOST_DIGITS:
            raise CellError(
                "a cell holds a number of more than 15 digits, which spreadsheets do not keep: its last "
                "digits are lost",
                "export identifiers (NIP, NIK) as text: in KoboToolbox without typed numbers, in Excel with "
                "the column formatted as Text before it is filled",
            )
        text = number_text(value)
        return text.replace(".", ",") if self.comma else text


def _formula(cell: Element, formula: Element) -> str:
    """The text that became a formula because it began with "=" or "{="."""
    text = formula.text or ""
    if not text:
        raise CellError(
            "a formula has neither a text nor a value",
            "open the workbook in Excel, let it calculate and save it",
        )
    text = unescaped(text)
    if formula.get("t") != "array":
        return f"={text}"
    return f"={_FUTURE.sub('', text)}" if cell.get("cm") else f"{{={text}}}"
