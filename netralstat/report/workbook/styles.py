"""The look of a workbook: a cell format for every kind of number and row, made once for each workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from netralstat.errors import ReportError, did_you_mean
from netralstat.report.figures.theme import ACCENT, INK, LINE, MUTED, PAPER, PLUM, SURFACE
from netralstat.report.numbers import SMALLEST_P, Numbers

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook

FONT = "Calibri"
SIZE = 11.0
LINE_HEIGHT = 15.0
ROW_HEIGHT = 17.0
TALLEST = 409.0
"""Most points of height that Excel gives to one row."""

COVER_TAB, FRONT_TAB, TABLE_TAB = ACCENT, PLUM[2], PLUM[0]
"""Colours of the sheets' tabs."""

NUMBER_FORMATS: Mapping[str, str] = {
    "percent": "0.0%",
    "se_percent": "0.00%",
    "points": "+0.0%;-0.0%;0.0%",
    "points_zero": "0.0%;0.0%",
    "count": "#,##0",
    "number": "#,##0.00",
    "number_zero": "0.00;0.00",
    "df": "#,##0",
    "df_fraction": "#,##0.0",
}
"""In the notation of the file, which has a point and commas; Excel shows them as its user's country writes.
What rounds to zero has no sign (``points_zero``, ``number_zero``)."""

TEXTS: Mapping[str, Mapping[str, Any]] = {
    "text": {"align": "left", "text_wrap": True},
    "code": {"align": "left", "indent": 1},
    "across": {"align": "left"},
    "sign": {"align": "center"},
    "mark": {"align": "right"},
    "said": {"align": "left", "italic": True, "font_color": MUTED},
}
ROWS: Mapping[str, Mapping[str, Any]] = {
    "body": {},
    "total": {"bold": True, "bg_color": SURFACE},
    "group": {"bold": True, "font_color": ACCENT, "bg_color": PLUM[0]},
    "reference": {"italic": True, "font_color": MUTED},
    "outside": {"italic": True, "font_color": MUTED},
}
PARTS: dict[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 14, "font_color": ACCENT, "text_wrap": True, "valign": "vcenter"},
    "subtitle": {"font_color": MUTED, "text_wrap": True, "valign": "top"},
    "note": {"font_size": 10, "font_color": MUTED, "text_wrap": True, "valign": "top"},
    "head": {
        "bold": True,
        "bg_color": PLUM[0],
        "font_color": ACCENT,
        "text_wrap": True,
        "align": "center",
        "valign": "vcenter",
        "bottom": 1,
        "bottom_color": ACCENT,
    },
    "head_group": {
        "bold": True,
        "bg_color": PLUM[1],
        "font_color": INK,
        "text_wrap": True,
        "align": "center",
        "valign": "vcenter",
        "left": 1,
        "right": 1,
        "left_color": PAPER,
        "right_color": PAPER,
    },
    "head_blank": {"bg_color": PLUM[0]},
    "link": {"font_color": PLUM[4], "underline": 1, "valign": "top"},
    "section": {"bold": True, "font_size": 12, "font_color": ACCENT, "bottom": 1, "bottom_color": PLUM[2]},
    "term": {"bold": True, "text_wrap": True, "valign": "top"},
    "symbol": {"bold": True, "valign": "top", "align": "left"},
    "told": {"text_wrap": True, "valign": "top", "align": "left"},
    "code_told": {"font_name": "Consolas", "font_size": 10, "valign": "top", "indent": 1},
    "whole": {"num_format": "#,##0", "valign": "top", "align": "right"},
    "cover_title": {
        "bold": True,
        "font_size": 24,
        "font_color": ACCENT,
        "text_wrap": True,
        "valign": "vcenter",
    },
    "cover_kicker": {"font_size": 12, "font_color": MUTED, "text_wrap": True},
    "cover_band": {
        "bold": True,
        "font_size": 12,
        "font_color": PAPER,
        "bg_color": PLUM[4],
        "text_wrap": True,
        "valign": "vcenter",
        "indent": 1,
    },
    "cover_band_note": {
        "bg_color": PLUM[0],
        "font_color": INK,
        "text_wrap": True,
        "valign": "vcenter",
        "indent": 1,
    },
    "record_head": {
        "bold": True,
        "bg_color": PLUM[0],
        "font_color": ACCENT,
        "bottom": 1,
        "bottom_color": ACCENT,
    },
}
PARTS |= {
    "head_text": {**PARTS["head"], "align": "left"},
    "head_code": {**PARTS["head"], "align": "left", "indent": 1},
}


class Styles:
    """The cell formats of one workbook; each is made when first asked for.

    Parameters
    ----------
    workbook : xlsxwriter Workbook
        Gets the formats.
    numbers : Numbers
        Formats of the report's language, for the words inside a number format (``< 0,001``).
    """

    def __init__(self, workbook: Workbook, numbers: Numbers) -> None:
        self._workbook = workbook
        self._made: dict[tuple[str, str], Format] = {}
        self._cells: dict[tuple[str, str, str], Format] = {}
        self._formats = dict(NUMBER_FORMATS)
        least = numbers.p_value(0.0)
        self._formats["p_value"] = f'[<{SMALLEST_P}]"{least}";0.000'

    def part(self, name: str) -> Format:
        """The format of a part of a page, such as ``title``, ``head`` or ``note``."""
        return self._format("part", name, PARTS[name])

    def cell(self, kind: str, row: str = "body", mark: str = "") -> Format:
        """The format of a table cell by what stands in it and the kind of its row; a number may bear a mark.

        Raises
        ------
        ReportError
            There is no number format for this kind of column.
        """
        if (kind, row, mark) not in self._cells:
            self._cells[kind, row, mark] = self._cell(kind, row, mark)
        return self._cells[kind, row, mark]

    def _cell(self, kind: str, row: str, mark: str) -> Format:
        if kind in TEXTS:
            own = TEXTS[kind]
        elif kind in self._formats:
            shown = ";".join(f'{part}"{mark}"' if mark else part for part in self._formats[kind].split(";"))
            own = {"align": "right", "num_format": shown}
        else:
            known = (*TEXTS, *self._formats)
            raise ReportError(
                f'A table column of kind "{kind}" has no number format in a workbook.'
                + did_you_mean(kind, known),
                where="netralstat/report/workbook/styles.py, NUMBER_FORMATS",
                do=f"use one of: {', '.join(sorted(known))}.",
            )
        line = {"bottom": 4, "bottom_color": LINE, "valign": "vcenter"}
        return self._format(f"{kind}{mark}", row, {**line, **own, **ROWS[row]})

    def column(self, num_format: str | None) -> Format | None:
        """The format of a whole column whose cells have none of their own."""
        return self._format("column", num_format, {"num_format": num_format}) if num_format else None

    def _format(self, kind: str, row: str, settings: Mapping[str, Any]) -> Format:
        if (kind, row) not in self._made:
            basic = {"font_name": FONT, "font_size": SIZE, "font_color": INK}
            self._made[kind, row] = self._workbook.add_format({**basic, **settings})
        return self._made[kind, row]


def lines_of(text: str, width: float) -> int:
    """Lines that a text takes in a cell `width` characters wide; small letters are narrower than digits."""
    room = max(1, int(1.05 * width))
    if len(text) <= room and "\n" not in text and "\t" not in text:
        return 1
    return sum(max(1, len(wrap(part, room))) for part in text.split("\n"))


def height_of(lines: int, size: float = SIZE) -> float:
    """Points of height of a row with so many lines."""
    return min(TALLEST, round(LINE_HEIGHT * size / SIZE * max(1, lines) + ROW_HEIGHT - LINE_HEIGHT, 1))


def width_of(texts: Iterable[str], least: float, most: float) -> float:
    """Width of a column in characters: its longest text, within limits."""
    return float(min(most, max(least, max((len(text) for text in texts), default=0) * 1.05 + 2)))
