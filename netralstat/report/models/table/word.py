"""A regression table as a Word document: a real table whose head is repeated on every page."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from netralstat import __version__
from netralstat.report.models.table.layout import Layout, Line
from netralstat.report.word.characters import plain
from netralstat.report.word.package import blank, finished

if TYPE_CHECKING:
    from docx.table import Table, _Cell

    Grid = list[list[_Cell]]

MUTED, ACCENT, LINE = "55606E", "3F2B73", "D9DDE4"
A4 = (21.0, 29.7)  # cm
MARGIN = 2.0
STUB_SHARE = 0.3
MOST_UPRIGHT = 6  # columns of numbers that fit on an upright page
EPOCH = date(2000, 1, 1)


def word(layout: Layout, language: str) -> bytes:
    """The document; the same table gives the same bytes."""
    from docx.shared import Cm

    document = blank(language)
    n_columns = 1 + sum(len(heads) for heads in layout.heads)
    across = n_columns - 1 > MOST_UPRIGHT
    section = document.sections[0]
    width, height = A4[::-1] if across else A4
    section.page_width, section.page_height = Cm(width), Cm(height)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN)
    if across:
        from docx.enum.section import WD_ORIENT

        section.orientation = WD_ORIENT.LANDSCAPE
    caption = document.add_paragraph(plain(layout.title), style="Caption")
    caption.paragraph_format.keep_with_next = True
    rows = len(layout.lines) + len(layout.foot) + 2 + bool(layout.levels)
    table = document.add_table(rows=rows, cols=n_columns)
    grid = [list(row.cells) for row in table.rows]  # found once: a table looks each cell up from its start
    _widths(table, grid, width - 2 * MARGIN)
    _fill(grid, layout)
    for place, row in enumerate(table.rows):
        _row(row._tr, place, layout, last=place == rows - 1)
    for note in layout.notes:
        document.add_paragraph(plain(note), style="Table Note")
    return finished(
        document, title=layout.title, language=language, day=EPOCH, made=f"netralstat {__version__}"
    )


def _widths(table: Table, grid: Grid, width: float) -> None:
    """Column and cell widths both: Word reads the one, LibreOffice the other."""
    from docx.shared import Cm

    table.autofit = False
    stub = max(width * STUB_SHARE, 4.0)
    each = (width - stub) / (len(table.columns) - 1)
    for place, column in enumerate(table.columns):
        column.width = Cm(stub if place == 0 else each)
    for row in grid:
        for place, cell in enumerate(row):
            cell.width = Cm(stub if place == 0 else each)


def _fill(grid: Grid, layout: Layout) -> None:
    n_heads = 2 + bool(layout.levels)
    _heads(grid, layout)
    for place, line in enumerate(layout.lines, start=n_heads):
        _line(grid, place, line)
    first = n_heads + len(layout.lines)
    for place, foot in enumerate(layout.foot, start=first):
        _write(grid, place, 0, foot.label)
        at, column = 0, 1
        for text, (_, n_equations) in zip(foot.texts, layout.spans, strict=True):
            span = sum(len(heads) for heads in layout.heads[at : at + n_equations])
            _merge(grid, place, column, span)
            _write(grid, place, column, text, align="center")
            at, column = at + n_equations, column + span


def _heads(grid: Grid, layout: Layout) -> None:
    _write(grid, 0, 0, layout.stub, bold=True)
    at, column = 0, 1
    for name, n_equations in layout.spans:
        span = sum(len(heads) for heads in layout.heads[at : at + n_equations])
        _merge(grid, 0, column, span)
        _write(grid, 0, column, name, bold=True, align="center")
        at, column = at + n_equations, column + span
    column = 1
    for place, heads in enumerate(layout.heads):
        if layout.levels:
            _merge(grid, 1, column, len(heads))
            _write(grid, 1, column, layout.levels[place], align="center")
        for head in heads:
            _write(grid, 1 + bool(layout.levels), column, head, bold=True, align="right")
            column += 1


def _line(grid: Grid, place: int, line: Line) -> None:
    from docx.shared import Cm

    if not line.cells:
        _merge(grid, place, 0, len(grid[0]))
        _write(grid, place, 0, line.label, bold=True)
        return
    _write(grid, place, 0, line.label)
    if line.indent:
        grid[place][0].paragraphs[0].paragraph_format.left_indent = Cm(0.4)
    column = 1
    for cell in line.cells:
        for i, part in enumerate(cell.parts):
            muted = cell.reference and i == 0
            _write(grid, place, column, part, align="right", muted=muted, raised=cell.stars if i == 0 else "")
            column += 1


def _write(
    grid: Grid,
    row: int,
    column: int,
    text: str,
    *,
    bold: bool = False,
    align: str = "left",
    muted: bool = False,
    raised: str = "",
) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import RGBColor

    paragraph = grid[row][column].paragraphs[0]
    paragraph.style = "Table Text"
    paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, align.upper())
    run = paragraph.add_run(plain(text))
    run.bold = bold
    if muted:
        run.italic = True
        run.font.color.rgb = RGBColor.from_string(MUTED)
    if raised:
        paragraph.add_run(raised).font.superscript = True


def _merge(grid: Grid, row: int, column: int, span: int) -> None:
    if span > 1:
        grid[row][column].merge(grid[row][column + span - 1])


def _row(element: Any, place: int, layout: Layout, *, last: bool) -> None:
    """Rules, and rows that are not cut by the end of a page; elements in the order that Word asks for."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    n_heads = 2 + bool(layout.levels)
    properties = element.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if place < n_heads:
        properties.append(OxmlElement("w:tblHeader"))
    rules = {0: (16, ACCENT), n_heads: (8, ACCENT), n_heads + len(layout.lines): (8, ACCENT)}
    edges = [("w:top", *rules.get(place, (4, LINE))), *([("w:bottom", 16, ACCENT)] if last else [])]
    for cell in element.tc_lst:
        borders = OxmlElement("w:tcBorders")
        for name, thick, colour in edges:
            edge = OxmlElement(name)
            told = {"w:val": "single", "w:sz": str(thick), "w:space": "0", "w:color": colour}
            for key, value in told.items():
                edge.set(qn(key), value)
            borders.append(edge)
        cell.get_or_add_tcPr().append(borders)
