"""What stands before the first chapter of a Word document: cover, contents, lists of tables and figures."""

from __future__ import annotations

from netralstat.report.blocks import Heading
from netralstat.report.document import Document
from netralstat.report.numbers import Numbers
from netralstat.report.pdf.columns import PORTRAIT
from netralstat.report.pdf.pages import catalogue_numbers
from netralstat.report.word.fields import Targets
from netralstat.report.word.markup import Element, bold, paragraph, run, size, twips, w
from netralstat.report.words import Words

TITLE_SIZES = ((48, 36.0), (90, 29.0), (160, 23.0))
"""Titles of at most so many characters are so large; see templates/cover.typ."""

SMALLEST_TITLE = 17.0
IMPRINT_WIDTH = 0.62
WHITE = "FFFFFF"


def cover(document: Document, words: Words, ground: Element, logo: Element | None) -> list[Element]:
    """The cover: institution, title, subtitle, at its foot the imprint, over a ground of one colour.

    `ground` and `logo` are the runs that take their pictures. The imprint is a frame that stays at the foot
    of the page however long the title becomes.
    """
    return [
        *([paragraph("CoverText", logo)] if logo is not None else []),
        paragraph("CoverText", ground, run(document.institution, *bold(), w("color", val=WHITE))),
        *_imprint(document, words),
        paragraph(
            "Title",
            run(document.title, w("color", val=WHITE), *size(_title_size(document.title))),
            properties=[w("spacing", before=twips(190), after=twips(12))],
        ),
        paragraph("Subtitle", run(document.subtitle, w("color", val=WHITE))),
    ]


def _imprint(document: Document, words: Words) -> list[Element]:
    lines: list[list[Element]] = []
    band = document.band(words)
    if band:
        lines.append([run(band[0], *bold(), w("color", val=WHITE))])
        lines.append([run(f"{band[1]}.", w("color", val=WHITE))])
    told = [Numbers(document.language).day(document.date), words("report.version", version=document.version)]
    told += catalogue_numbers(document, words)
    told += [document.contact] if document.contact else []
    lines += [[run(text, w("color", val=WHITE))] for text in told]
    return [paragraph("CoverText", *line, properties=[_frame()]) for line in lines]


def _frame() -> Element:
    return w(
        "framePr",
        w=twips(PORTRAIT * IMPRINT_WIDTH),
        wrap="around",
        vAnchor="margin",
        hAnchor="margin",
        xAlign="left",
        yAlign="bottom",
    )


def _title_size(title: str) -> float:
    return next((points for longest, points in TITLE_SIZES if len(title) <= longest), SMALLEST_TITLE)


def contents(document: Document, words: Words, targets: Targets) -> list[Element]:
    """The contents as Word knows them; on a new page the lists of tables and of figures."""
    entries = []
    for chapter in document.chapters:
        entries.append(("TOC1", f"chapter-{chapter.id}", chapter.title))
        entries += [("TOC2", block.id, block.text) for block in chapter.blocks if isinstance(block, Heading)]
    made = [
        w(
            "sdt",
            w("sdtPr", w("docPartObj", w("docPartGallery", val="Table of Contents"), w("docPartUnique"))),
            w(
                "sdtContent",
                paragraph("TOCHeading", run(words("page.contents"))),
                *targets.contents('TOC \\o "1-2" \\h \\z \\u', entries),
            ),
        )
    ]
    new_page = [w("pageBreakBefore")]
    for kind, blocks in (("table", document.tables), ("figure", document.figures)):
        if blocks:
            made.append(paragraph("TOCHeading", run(words(f"pdf.{kind}s")), properties=new_page))
            made += targets.listed(kind, blocks)
            new_page = []
    return made
