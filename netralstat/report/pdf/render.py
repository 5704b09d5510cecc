"""The document as a PDF: accessible (PDF/UA-1), for archives (PDF/A-2a), the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from netralstat.errors import ReportError
from netralstat.report.blocks import Block, Figure, Table
from netralstat.report.pdf.pages import pages
from netralstat.report.pdf.typeset import Refused, forget, typeset

if TYPE_CHECKING:
    from netralstat.report.document import Document


def render_pdf(document: Document, *, version: str = "") -> bytes:
    """The PDF of one document.

    Parameters
    ----------
    document : Document
        In one language.
    version : str
        Of netralstat, for the imprint.

    Returns
    -------
    bytes
        A4, tagged, with bookmarks, contents, links and the fonts inside; dated by the document, never by the
        clock, so that the same document gives the same bytes.

    Raises
    ------
    ReportError
        A block cannot be set in an accessible PDF: it names the chapter and the block.
    EnvironmentProblem
        typst or a font package is not installed.
    """
    forget()
    order = Order.of(document, version)
    try:
        return typeset(order.content, order.timestamp)
    except Refused as problem:
        raise refusal(document, version, str(problem)) from problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What `typeset` is given of a document."""

    content: str
    timestamp: int

    @classmethod
    def of(cls, document: Document, version: str) -> Order:
        """Lay out a document: each text printed, each width known."""
        day = datetime.combine(document.date, time(), tzinfo=UTC)
        content = json.dumps(pages(document, version=version), ensure_ascii=False)
        return cls(content=content, timestamp=int(day.timestamp()))


def refusal(document: Document, version: str, reason: str) -> ReportError:
    """The error of a document that typst refuses: it names the first part that cannot be set alone."""
    where, reason = _culprit(document, version) or ("the document as a whole", reason)
    return ReportError(
        f'The PDF in the language "{document.language}" cannot be made: {reason}.',
        where=where,
        do="mend that text or figure, or leave the PDF out with --format.",
    )


def _culprit(document: Document, version: str) -> tuple[str, str] | None:
    """The first part that cannot be set alone: where it stands and what typst says of it."""
    for where, part in _parts(document):
        order = Order.of(part, version)
        try:
            typeset(order.content, order.timestamp)
        except Refused as problem:
            return where, str(problem)
    return None


def _parts(document: Document) -> Iterator[tuple[str, Document]]:
    """The document without chapters, then each chapter's title, then each block alone."""
    yield "title, subtitle, institution, contact or logo", replace(document, chapters=())
    for chapter in document.chapters:
        bare = replace(chapter, blocks=())
        yield f'title of chapter "{chapter.id}"', replace(document, chapters=(bare,))
        for block in chapter.blocks:
            where = f'chapter "{chapter.id}", {_named(block, document)}'
            yield where, replace(document, chapters=(replace(chapter, blocks=(block,)),))


def _named(block: Block, document: Document) -> str:
    if isinstance(block, Table | Figure):
        return f"{document.references.get(block.id, '')} ({block.id})".strip()
    return f"a block of the kind {type(block).__name__}"
