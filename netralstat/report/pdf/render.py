"""The document as a PDF: accessible (PDF/UA-1), for archives (PDF/A-2a), the same bytes every time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from netralstat.errors import EnvironmentProblem, ReportError
from netralstat.report.blocks import Block, Figure, Table
from netralstat.report.fonts import TYPEFACES
from netralstat.report.pdf.pages import pages

if TYPE_CHECKING:
    from typst import Fonts

    from netralstat.report.document import Document

STANDARDS = ("ua-1", "a-2a")
TEMPLATE = "report.typ"
KEPT = 10
"""typst keeps what it laid out until it has made so many further documents."""


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
    _forget()
    problem = _attempt(document, version)
    if isinstance(problem, bytes):
        return problem
    where, reason = _culprit(document, version) or ("the document as a whole", problem)
    raise ReportError(
        f'The PDF in the language "{document.language}" cannot be made: {reason}.',
        where=where,
        do="mend that text or figure, or leave the PDF out with --format.",
    )


def _attempt(document: Document, version: str) -> bytes | str:
    """The PDF, or why typst refuses it."""
    typst = typst_module()
    content = json.dumps(pages(document, version=version), ensure_ascii=False)
    try:
        made = typst.compile(
            _template(),
            root=_template().parent,
            font_paths=typst_fonts(),
            sys_inputs={"report": content},
            pdf_standards=list(STANDARDS),
            timestamp=int(datetime.combine(document.date, time(), tzinfo=UTC).timestamp()),
        )
    except typst.TypstError as problem:
        return str(problem.message).strip().rstrip(".")
    assert isinstance(made, bytes)
    return made


def _forget() -> None:
    """Have typst let go of the pages that it laid out before, some hundred megabytes that no other shares."""
    for _ in range(KEPT + 1):
        typst_module().compile(b"", font_paths=typst_fonts())


def _culprit(document: Document, version: str) -> tuple[str, str] | None:
    """The first part that cannot be set alone: where it stands and what typst says of it."""
    for where, part in _parts(document):
        told = _attempt(part, version)
        if not isinstance(told, bytes):
            return where, told
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


def typst_module() -> ModuleType:
    """typst, or the error that tells how to install it."""
    try:
        import typst
    except ImportError as problem:
        raise EnvironmentProblem(
            "PDF and Word need the package typst, which is not installed.",
            where="netralstat.report.pdf.render",
            do="install it with: pip install typst",
        ) from problem
    return typst


@cache
def typst_fonts() -> Fonts:
    """The two typefaces and those that typst itself brings; none of the machine's."""
    folders = sorted({str(face.path.parent) for face in TYPEFACES})
    fonts: Fonts = typst_module().Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=folders
    )
    return fonts


def _template() -> Path:
    return Path(str(files("netralstat.report").joinpath("templates", TEMPLATE)))
