"""Tables of data in a Word document: heads that repeat, rows that stay whole, notes that stay with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from xml.sax.saxutils import escape

from netralstat.report.blocks import Table
from netralstat.report.figures.theme import EDGE, INK, MUTED, SURFACE
from netralstat.report.pdf.columns import Layout, unbroken
from netralstat.report.printed_table import Head, Printed, heads
from netralstat.report.word.characters import plain
from netralstat.report.word.fields import Targets
from netralstat.report.word.markup import (
    Element,
    bold,
    paragraph,
    parsed,
    run,
    size,
    twips,
    w,
    within,
    written,
)

TEXT_SIZE = 8.5
"""Of the style ``Table Text``, in points; runs of another size say so."""

SHORT_TABLE = 14
"""A table of at most so many rows stays on one page."""

SLACK = 0.12
"""Type sizes by which a cell's rim is narrower than was measured: Word's bold is wider than the semibold of
the measure, and a word must not break for that."""

FEWEST_ROWS = 2
"""So many rows at least stand on a page with the head, and with the notes."""

LONGEST_DESCRIPTION = 250
Look = tuple[str, bool, int, int, str, bool, str, bool]
_TEXT = "\ue000"
"""Stands for the text in a cell that is written once for all of its look."""

_ALIGN = {"num": "right", "sign": "center", "span": "center"}


def table_parts(
    table: Table, made: Layout, rows: Sequence[Sequence[Printed]], targets: Targets
) -> list[Element]:
    """Caption, table, notes and source, kept together.

    Parameters
    ----------
    made : Layout
        Of `rows`, see `netralstat.report.pdf.columns.layout`: the columns are as wide as on the PDF's page.
    rows : sequence of sequence of Printed
        The table's rows as printed.
    """
    body = within(w("tbl"), [_table_properties(table, made), _grid(made.widths)])
    within(body, _head_rows(heads(table), made))
    known: dict[Look, tuple[str, str]] = {}
    told = []
    for at, (row, cells) in enumerate(zip(table.rows, rows, strict=True)):
        kept = len(rows) <= SHORT_TABLE or at < FEWEST_ROWS or at >= len(rows) - FEWEST_ROWS
        told.append(_row(row.kind, cells, made, kept, known))
    within(body, parsed("".join(told)))
    return [targets.caption(table), body, *foot(table.notes, table.source, _way(table, targets), targets)]


def foot(notes: Sequence[str], source: str, way: str, targets: Targets) -> list[Element]:
    """The notes, and the source with the way to the twin, all on the page of what they belong to."""
    made = [paragraph("TableNote", *targets.runs(note), properties=[w("keepNext")]) for note in notes]
    last = " ".join(part for part in (source, f"{way}." if way else "") if part)
    return [*made, paragraph("Source", *targets.runs(last))]


@lru_cache(maxsize=256)
def shared(widths: tuple[float, ...]) -> tuple[int, ...]:
    """Widths in whole twips that add up to the whole."""
    edges = [0]
    total = 0.0
    for width in widths:
        total += width
        edges.append(twips(total))
    return tuple(right - left for left, right in pairwise(edges))


def edge(side: str, eighths: int, colour: str, kind: str = "single") -> Element:
    """One border of a cell, so many eighths of a point thick."""
    return w(side, val=kind, sz=eighths, space=0, color=colour.removeprefix("#"))


def shade(colour: str) -> Element:
    """The ground of a cell or paragraph."""
    return w("shd", val="clear", color="auto", fill=colour.removeprefix("#"))


def _way(table: Table, targets: Targets) -> str:
    return targets.jump("page.to_figure", "figure", table.figure_id)


def _table_properties(table: Table, made: Layout) -> Element:
    rim = twips((made.inset - SLACK) * made.size)
    told = plain(table.title).replace("\n", " ")[:LONGEST_DESCRIPTION]
    return w(
        "tblPr",
        w("tblStyle", val="DataTable"),
        w("tblW", w=sum(shared(made.widths)), type="dxa"),
        w("tblLayout", type="fixed"),
        w(
            "tblCellMar",
            *(w(side, w=rim, type="dxa") for side in ("left", "right")),
        ),
        w("tblLook", val="00A0", firstRow=1, lastRow=0, firstColumn=1, lastColumn=0, noHBand=1, noVBand=1),
        w("tblCaption", val=told),
    )


def _grid(widths: tuple[float, ...]) -> Element:
    return w("tblGrid", *(w("gridCol", w=width) for width in shared(widths)))


def _head_rows(lines: Sequence[Sequence[Head]], made: Layout) -> list[Element]:
    """One or two rows of head; a head over two rows is a cell that the next row continues."""
    deep: dict[int, Head] = {}
    rows = []
    for depth, line in enumerate(lines):
        cells: list[Element] = []
        at = 0
        waiting = list(line)
        while waiting or at in deep:
            if depth and at in deep:
                cells.append(_head_cell(deep[at], at, made, merge="continue"))
                at += 1
                continue
            head = waiting.pop(0)
            if head.rowspan > 1:
                deep[at] = head
            cells.append(_head_cell(head, at, made, merge="restart" if head.rowspan > 1 else ""))
            at += head.colspan
        rows.append(w("tr", w("trPr", w("cantSplit"), w("tblHeader")), *cells))
    return rows


def _head_cell(head: Head, at: int, made: Layout, merge: str) -> Element:
    spanning = head.style == "span"
    line = edge("bottom", 4, EDGE) if spanning else edge("bottom", 6, INK)
    first = head.first or spanning
    shown = [] if merge == "continue" else [run(unbroken(head.label), *_sized(made))]
    return _cell(
        paragraph("TableHead", *shown, properties=[_aligned(head.style)]),
        made,
        at,
        head.colspan,
        first=first,
        merge=merge,
        borders=() if merge == "restart" else (line,),
        bottom=True,
    )


def _row(
    kind: str, cells: Sequence[Printed], made: Layout, kept: bool, known: dict[Look, tuple[str, str]]
) -> str:
    """A row of the body; `known` holds what stands before and after the text in a cell of each look."""
    row = []
    at = 0
    for cell in cells:
        if "\n" in cell.text:
            row.append(written(_body_cell(kind, cell, made, kept, at)))
        else:
            look = (kind, kept, at, cell.colspan, cell.style, cell.first, cell.mark, bool(cell.text))
            if look not in known:
                slot = replace(cell, text=_TEXT if cell.text else "")
                before, _, after = written(_body_cell(kind, slot, made, kept, at)).partition(_TEXT)
                known[look] = before, after
            before, after = known[look]
            row.append(f"{before}{escape(plain(cell.text))}{after}")
        at += cell.colspan
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(row)}</w:tr>"


def _body_cell(kind: str, cell: Printed, made: Layout, kept: bool, at: int) -> Element:
    content = _content(kind, cell, made, kept)
    ground = SURFACE if kind == "total" else ""
    return _cell(content, made, at, cell.colspan, first=cell.first, ground=ground)


def _content(kind: str, cell: Printed, made: Layout, kept: bool) -> Element:
    look: list[Element] = []
    if kind == "total":
        look += bold()
    if kind in ("reference", "outside") or cell.style == "code":
        look.append(w("color", val=MUTED[1:]))
    runs = [run(cell.text, *look, *_sized(made), style="Sign" if cell.style == "sign" else "")]
    if cell.mark:
        runs.append(run(cell.mark, *_sized(made), style="FootnoteMark"))
    group = cell.style == "group"
    properties = [w("keepNext") if kept and not group else None, None if group else _aligned(cell.style)]
    return paragraph("TableGroup" if group else "TableText", *runs, properties=properties)


def _cell(
    content: Element,
    made: Layout,
    at: int,
    columns: int,
    *,
    first: bool = False,
    merge: str = "",
    borders: Sequence[Element] = (),
    ground: str = "",
    bottom: bool = False,
) -> Element:
    """A cell; one that begins a group of columns stands off from the group before it."""
    wide = shared(made.widths)
    left = twips((made.inset + made.gap - SLACK) * made.size)
    properties = w(
        "tcPr",
        w("tcW", w=sum(wide[at : at + columns]), type="dxa"),
        w("gridSpan", val=columns) if columns > 1 else None,
        w("vMerge", val=merge) if merge else None,
        w("tcBorders", *borders) if borders else None,
        shade(ground) if ground else None,
        w("tcMar", w("left", w=left, type="dxa")) if first else None,
        w("vAlign", val="bottom") if bottom else None,
    )
    return w("tc", properties, content)


def _aligned(style: str) -> Element | None:
    return w("jc", val=_ALIGN[style]) if style in _ALIGN else None


def _sized(made: Layout) -> tuple[Element, ...]:
    return () if made.size == TEXT_SIZE else size(made.size)
