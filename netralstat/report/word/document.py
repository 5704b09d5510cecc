"""The document as a Word file that officials edit: styles, live captions and references, repeated heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from netralstat.report.blocks import (
    Block,
    Box,
    Chapter,
    Figure,
    FindingGrid,
    Heading,
    Missing,
    Note,
    Paragraph,
    Preformatted,
    Table,
)
from netralstat.report.document import Document
from netralstat.report.numbers import Numbers
from netralstat.report.pdf.columns import laid_out
from netralstat.report.printed_table import printed_rows
from netralstat.report.word import boxes
from netralstat.report.word.fields import Targets
from netralstat.report.word.figures import cover_drawing, drawing, figure_parts
from netralstat.report.word.front import contents, cover
from netralstat.report.word.markup import Element, paragraph, run, w, within
from netralstat.report.word.package import blank, finished
from netralstat.report.word.pages import Sections, close, turn
from netralstat.report.word.prints import COVER_ID, LOGO_ID, Print, prints
from netralstat.report.word.tables import table_parts
from netralstat.report.words import Words

SIMPLE: dict[type, Callable[[Any, Targets], list[Element]]] = {
    Paragraph: boxes.text,
    Heading: boxes.heading,
    Note: boxes.note,
    Missing: boxes.missing,
    FindingGrid: boxes.findings,
    Box: boxes.box,
    Preformatted: boxes.preformatted,
}
"""What writes each kind of block that is neither table nor figure."""

PAGE_LINES, FIGURE_LINES = 45, 20
"""About how many lines a page holds, and how many of them a figure takes."""


def render_word(document: Document, *, version: str = "") -> bytes:
    """The Word file of one document.

    Parameters
    ----------
    document : Document
        In one language.
    version : str
        Of netralstat, for the properties of the file and the last line.

    Returns
    -------
    bytes
        A ``.docx``; dated by the document, never by the clock: the same document gives the same bytes.

    Raises
    ------
    ReportError
        A figure has no alternative text or cannot be drawn, or a table column has no number format.
    EnvironmentProblem
        typst, which draws the figures, or a font package is not installed.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:
        drawn = beside.submit(prints, document)  # outside Python's lock, while the text is written
        writer = _Writer(document)
        writer.write(version)
        writer.illustrate(drawn.result())
    return writer.file(version)


def is_long(chapter: Chapter) -> bool:
    """Whether a chapter takes more than a page, and so begins on a new one."""
    lines = 0
    for block in chapter.blocks:
        if isinstance(block, Table):
            lines += len(block.rows)
        elif isinstance(block, Box):
            lines += 2 * len(block.entries)
        else:
            lines += FIGURE_LINES if isinstance(block, Figure) else 2
    return lines > PAGE_LINES


class _Writer:
    """Writes one document; pictures and bookmarks are numbered as they come."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.words, self.numbers = Words(document.language), Numbers(document.language)
        self.targets = Targets(document, self.words)
        self.word = blank(document.language, document.accent)
        self.sections = Sections(document, self.words, self.word.part)
        self.landscape = False
        self.ground = w("r")
        self.places: list[tuple[str, str, Element]] = []

    def write(self, version: str) -> None:
        """Cover, contents and chapters; each picture has its place and comes later."""
        document, words = self.document, self.words
        logo = None
        if document.logo is not None:
            logo = self._place(LOGO_ID, words("imprint.logo", institution=document.institution))
        front = cover(document, words, self.ground, logo)
        close(front, self.sections.cover())
        front += [*contents(document, words, self.targets), paragraph("SectionEnd")]
        close(front, self.sections.properties(landscape=False))
        parts: list[Element] = []
        for chapter in document.chapters:
            self._chapter(chapter, parts)
        if version:
            self._turn(parts, landscape=False)
            parts.append(paragraph("Source", run(words("page.made_with", version=version))))
        body = self.word.element.body
        for child in list(body):
            body.remove(child)
        within(body, [*front, *parts, self.sections.properties(landscape=self.landscape)])

    def illustrate(self, pictures: Mapping[str, Print]) -> None:
        """Put the pictures into their places."""
        part = self.word.part
        self.ground.append(cover_drawing(pictures[COVER_ID], part, 1))
        for number, (name, alt, place) in enumerate(self.places, start=2):
            place.append(drawing(name, alt, pictures[name], part, number))

    def file(self, version: str) -> bytes:
        """The file, its properties told."""
        document, words = self.document, self.words
        told = list(document.band(words))
        told += [words("page.made_with", version=version).rstrip(".")] if version else []
        return finished(
            self.word,
            title=document.title,
            language=document.language,
            day=document.date,
            author=document.institution,
            about=document.subtitle,
            made=". ".join(told),
        )

    def _chapter(self, chapter: Chapter, parts: list[Element]) -> None:
        self._turn(parts, landscape=False)
        name = f"chapter-{chapter.id}"
        title = self.targets.marked(self.targets.bookmark(name, "Ref"), run(chapter.title))
        new_page = [w("pageBreakBefore")] if parts and is_long(chapter) else []
        parts.append(paragraph("Heading1", *self.targets.whole(name, *title), properties=new_page))
        for block in chapter.blocks:
            self._block(block, parts)

    def _block(self, block: Block, parts: list[Element]) -> None:
        if isinstance(block, Table):
            rows = printed_rows(block, self.numbers, self.words)
            made = laid_out(block, self.numbers, self.words)
            self._turn(parts, landscape=made.landscape)
            parts += table_parts(block, made, rows, self.targets)
            return
        self._turn(parts, landscape=False)
        if isinstance(block, Figure):
            parts += figure_parts(block, self._place(block.id, block.alt), self.targets)
        else:
            parts += SIMPLE[type(block)](block, self.targets)

    def _place(self, name: str, alt: str) -> Element:
        """The run that the picture `name` will take."""
        place = w("r")
        self.places.append((name, alt, place))
        return place

    def _turn(self, parts: list[Element], *, landscape: bool) -> None:
        """Begin a page that stands or lies, unless this one does already."""
        if landscape != self.landscape:
            turn(parts, self.sections.properties(landscape=self.landscape))
            self.landscape = landscape
