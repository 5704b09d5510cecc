"""A sheet as the writer sees it: texts that never become formulas, and how the page is printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netralstat.errors import ReportError
from netralstat.report.document import REFERENCE
from netralstat.report.workbook.styles import PARTS, ROW_HEIGHT, SIZE, height_of, lines_of

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from netralstat.report.words import Words
    from netralstat.report.workbook.styles import Styles

A4 = 9
LONGEST_CELL = 32_767
"""UTF-16 units that Excel keeps of a text."""

LONGEST_HEADER = 150
"""UTF-16 units of a title in the head of a page; Excel takes 255 with its commands and the text beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A worksheet with the styles and words of its workbook.

    Parameters
    ----------
    references : Mapping[str, str]
        What ``[[id]]`` in a text stands for.
    """

    name: str
    page: Worksheet
    styles: Styles
    words: Words
    references: Mapping[str, str]

    def text(self, row: int, column: int, text: str, style: Format) -> None:
        """Write a text as a text, whatever it begins with; an empty one leaves a formatted cell.

        Raises
        ------
        ReportError
            Excel would cut the text off.
        """
        if not text:
            self.page.write_blank(row, column, None, style)
            return
        require_fits(text)
        self.page.write_string(row, column, text, style)

    def across(self, row: int, last: int, text: str, part: str, room: float, *, first: int = 0) -> int:
        """Write a text over the columns `first` to `last`, `room` characters wide; tells its lines."""
        style = self.styles.part(part)
        if last > first:
            self.page.merge_range(row, first, row, last, "", style)
        self.text(row, first, text, style)
        lines = lines_of(text, room)
        self.page.set_row(row, height_of(lines, float(PARTS[part].get("font_size", SIZE))))
        return lines

    def link(self, row: int, column: int, target: str, text: str) -> None:
        """A link to the top of the sheet `target` of this workbook."""
        self.page.write_url(row, column, f"internal:'{target}'!A1", self.styles.part("link"), string=text)

    def plain(self, text: str) -> str:
        """A text with each ``[[id]]`` as it is printed."""
        return REFERENCE.sub(lambda found: self.references.get(found.group(1), found.group()), text)

    def print_as(self, title: str, *, band: str, foot: str) -> None:
        """Landscape A4, one page wide, with running head and foot."""
        page = self.page
        page.hide_gridlines(2)
        page.set_landscape()
        page.set_paper(A4)
        page.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.7)
        page.fit_to_pages(1, 0)
        page.set_default_row(ROW_HEIGHT)
        page.set_header(f"&L{in_header(title)}&R{in_header(band)}")
        of = self.words("excel.page_of", page="&P", pages="&N")
        page.set_footer(f"&L{in_header(foot)}&R{of}")


def require_fits(text: str) -> None:
    """Refuse a text that Excel would cut off."""
    units = len(text) if len(text) <= LONGEST_CELL // 2 else len(text.encode("utf-16-le")) // 2
    if units > LONGEST_CELL:
        raise ReportError(
            f"A text of {units:,} characters is too long for a cell of the workbook; "
            f"Excel keeps {LONGEST_CELL:,}.",
            where="the workbook",
            do="shorten the longest label or definition in wave.toml or in the questionnaire.",
        )


def in_header(text: str) -> str:
    """A text in the head of a printed page, where ``&`` opens a command and ``&G`` asks for a picture."""
    if "&" not in text and 2 * len(text) <= LONGEST_HEADER:
        return text
    made = ""
    for place, letter in enumerate(text):
        following = text[place + 1 : place + 2]
        made += {"&": "&&\N{ZERO WIDTH SPACE}" if following in ("G", "[") else "&&"}.get(letter, letter)
        if len(made.encode("utf-16-le")) // 2 > LONGEST_HEADER:
            return f"{made.rstrip()}…"
    return made
