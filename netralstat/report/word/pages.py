"""The pages of a Word document: sections that stand or lie, and what runs along their edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from docx.oxml.ns import qn

from netralstat.report.document import Document
from netralstat.report.pdf.columns import LANDSCAPE, PORTRAIT
from netralstat.report.pdf.pages import LONGEST_NAME, LONGEST_TITLE, cut
from netralstat.report.word.fields import field
from netralstat.report.word.markup import Element, bold, paragraph, run, twips, w, within
from netralstat.report.words import Words

if TYPE_CHECKING:
    from docx.parts.document import DocumentPart

SHORT, LONG = 11906, 16838
"""The sides of A4 in twips."""

SIDE, TOP, BOTTOM, EDGE = 1134, 1644, 1247, 567
"""Margins of the text in twips (20, 29 and 22 mm); distance of head and foot from the edge of the paper."""

_PAGE, _PAGES = "\x00", "\x01"


class Sections:
    """The sections of a document; each has a head and a foot of its own, as wide as its text."""

    def __init__(self, document: Document, words: Words, part: DocumentPart) -> None:
        self._document, self._words, self._part = document, words, part

    def cover(self) -> Element:
        """The section of the cover: nothing runs along its edges."""
        return w("sectPr", *_page(landscape=False))

    def properties(self, *, landscape: bool) -> Element:
        """A section with head and foot."""
        wide = LANDSCAPE if landscape else PORTRAIT
        header, header_id = self._part.add_header_part()  # type: ignore[no-untyped-call]
        footer, footer_id = self._part.add_footer_part()  # type: ignore[no-untyped-call]
        _filled(header.element, head_lines(self._document, self._words, wide))
        _filled(footer.element, [foot_line(self._document, self._words, wide)])
        references = []
        for name, relation in (("headerReference", header_id), ("footerReference", footer_id)):
            references.append(w(name, type="default"))
            references[-1].set(qn("r:id"), relation)
        return w("sectPr", *references, *_page(landscape=landscape))


def close(parts: list[Element], section: Element) -> None:
    """End a section after the last of `parts`; in that paragraph itself, so that no empty line is added."""
    last = parts[-1] if parts else None
    if last is None or not last.tag.endswith("}p"):
        last = paragraph("SectionEnd")
        parts.append(last)
    last.get_or_add_pPr().append(section)


def turn(parts: list[Element], section: Element) -> None:
    """End a section, of the kind `section`, before pages that lie the other way.

    Headings at its end go with what they head; a section that holds nothing else is taken back.
    """
    headings: list[Element] = []
    while parts and parts[-1].xpath("./w:pPr/w:pStyle[starts-with(@w:val, 'Heading')]"):
        headings.insert(0, parts.pop())
    ended = parts[-1].xpath("./w:pPr/w:sectPr") if parts else []
    if ended:
        ended[0].getparent().remove(ended[0])
    elif parts:
        close(parts, section)
    parts += headings


def head_lines(document: Document, words: Words, wide: float) -> list[Element]:
    """The title and the version; over them the band of a synthetic or embargoed report."""
    line = paragraph(
        "Header",
        run(cut(document.title, LONGEST_TITLE)),
        w("r", w("tab")),
        run(words("report.version", version=document.version)),
        properties=[_tabs(wide)],
    )
    warning = document.band(words)
    if not warning:
        return [line]
    return [paragraph("Band", run(warning[0], *bold()), run(f"\u2002{warning[1]}")), line]


def foot_line(document: Document, words: Words, wide: float) -> Element:
    """The institution, and which page of how many this is."""
    told = words("excel.page_of", page=_PAGE, pages=_PAGES)
    before, _, rest = told.partition(_PAGE)
    between, _, after = rest.partition(_PAGES)
    runs: list[Element] = [run(cut(document.institution, LONGEST_NAME)), w("r", w("tab")), run(before)]
    runs += [*field("PAGE", run("1")), run(between), *field("NUMPAGES", run("1"))]
    return paragraph("Footer", *runs, *([run(after)] if after else []), properties=[_tabs(wide)])


def _tabs(wide: float) -> Element:
    return w("tabs", w("tab", val="right", pos=twips(wide)))


def _filled(part: Element, lines: Sequence[Element]) -> None:
    for child in list(part):
        part.remove(child)
    within(part, lines)


def _page(*, landscape: bool) -> list[Element]:
    wide, high = (LONG, SHORT) if landscape else (SHORT, LONG)
    size = w("pgSz", w=wide, h=high, orient="landscape") if landscape else w("pgSz", w=wide, h=high)
    margins = {"top": TOP, "right": SIDE, "bottom": BOTTOM, "left": SIDE, "header": EDGE, "footer": EDGE}
    return [w("type", val="nextPage"), size, w("pgMar", **margins, gutter=0)]
