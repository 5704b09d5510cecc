"""Everything in a chapter that is neither table nor figure: text, cautions, boxes, cards of key findings."""

from __future__ import annotations

from collections.abc import Sequence

from netralstat.report.blocks import (
    Box,
    Finding,
    FindingGrid,
    Heading,
    Missing,
    Note,
    Paragraph,
    Preformatted,
)
from netralstat.report.figures.theme import SURFACE
from netralstat.report.pdf.columns import PORTRAIT
from netralstat.report.pdf.pages import has_short_terms
from netralstat.report.word.fields import Targets
from netralstat.report.word.markup import Element, bold, paragraph, run, size, w, within
from netralstat.report.word.tables import shade, shared

TERM_SHARE, SHORT_TERM_SHARE = 0.31, 0.08
CARDS = 2
FIRST_ROWS = 2
"""So many rows of a box at least stay with its title and the row after them."""

SHORT_VALUE = 8
"""A key number of more characters is set smaller, so that it stays on its line."""

SMALL_VALUE = 17.0


def text(block: Paragraph, targets: Targets) -> list[Element]:
    """Running text."""
    return [paragraph("BodyText", *targets.runs(block.text))]


def heading(block: Heading, targets: Targets) -> list[Element]:
    """A heading within a chapter."""
    return [paragraph("Heading2", *targets.whole(block.id, run(block.text)))]


def note(block: Note, targets: Targets) -> list[Element]:
    """A remark to be seen."""
    lead = run(f"{targets.words('page.note')}. ", *bold())
    return [paragraph("Note", lead, *targets.runs(block.text))]


def missing(block: Missing, targets: Targets) -> list[Element]:
    """Why there is nothing to show."""
    return [paragraph("NotShown", *targets.runs(block.reason))]


def preformatted(block: Preformatted, targets: Targets) -> list[Element]:
    """Text whose line breaks count."""
    return [paragraph("Code", run(block.text))]


def box(block: Box, targets: Targets) -> list[Element]:
    """Terms and what they mean, as a table of two columns under a title."""
    share = SHORT_TERM_SHARE if has_short_terms(block) else TERM_SHARE
    widths = shared((PORTRAIT * share, PORTRAIT * (1 - share)))
    rows = []
    for at, (term, meaning) in enumerate(block.entries):
        kept = [w("keepNext")] if at < FIRST_ROWS else []
        parts = (
            paragraph("BoxTerm", run(term), properties=kept),
            paragraph("BoxText", *targets.runs(meaning), properties=kept),
        )
        cells = [_cell(wide, part) for wide, part in zip(widths, parts, strict=True)]
        rows.append(w("tr", w("trPr", w("cantSplit")), *cells))
    return [
        paragraph("BoxTitle", run(block.title)),
        _layout("BoxTable", widths, rows, first_column=True),
        space(),
    ]


def findings(block: FindingGrid, targets: Targets) -> list[Element]:
    """Key findings, two cards a row."""
    widths = shared((PORTRAIT / CARDS,) * CARDS)
    cards = [_card(finding, targets) for finding in block.findings]
    rows = []
    for at in range(0, len(cards), CARDS):
        line = cards[at : at + CARDS]
        cells = [_cell(wide, *card, ground=SURFACE) for wide, card in zip(widths, line, strict=False)]
        cells += [_cell(wide, paragraph("CardText")) for wide in widths[len(line) :]]
        rows.append(w("tr", w("trPr", w("cantSplit")), *cells))
    return [_layout("CardTable", widths, rows), space()] if rows else []


def space() -> Element:
    """The room after a table; without it two tables in a row would grow together."""
    return paragraph("BodyText", properties=[w("spacing", before=0, after=0, line=160, lineRule="exact")])


def _card(finding: Finding, targets: Targets) -> list[Element]:
    small = size(SMALL_VALUE) if len(finding.value) > SHORT_VALUE else ()
    made = [
        paragraph(
            "CardValue", run(finding.value, *small), run(f"\u2002{finding.interval}", style="CardInterval")
        ),
        paragraph("CardTitle", run(finding.title)),
        paragraph("CardText", *targets.runs(finding.sentence)),
    ]
    way = targets.jump("page.more", "target", finding.pointer)
    return [*made, paragraph("CardText", *targets.runs(way))] if way else made


def _cell(wide: int, *content: Element, ground: str = "") -> Element:
    return w("tc", w("tcPr", w("tcW", w=wide, type="dxa"), shade(ground) if ground else None), *content)


def _layout(
    style: str, widths: Sequence[int], rows: Sequence[Element], *, first_column: bool = False
) -> Element:
    """A table that arranges text."""
    look = w(
        "tblLook",
        val="0080" if first_column else "0000",
        firstRow=0,
        lastRow=0,
        firstColumn=int(first_column),
        lastColumn=0,
        noHBand=1,
        noVBand=1,
    )
    properties = w(
        "tblPr",
        w("tblStyle", val=style),
        w("tblW", w=sum(widths), type="dxa"),
        w("tblLayout", type="fixed"),
        look,
    )
    return within(w("tbl"), [properties, w("tblGrid", *(w("gridCol", w=wide) for wide in widths)), *rows])
