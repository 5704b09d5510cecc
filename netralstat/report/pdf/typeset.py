"""typst and its fonts: a page's data set by the fixed template as an accessible PDF."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from netralstat.errors import EnvironmentProblem
from netralstat.report.fonts import TYPEFACES

if TYPE_CHECKING:
    from typst import Fonts

STANDARDS = ("ua-1", "a-2a")
TEMPLATE = "report.typ"
KEPT = 10
"""typst keeps what it laid out until it has made so many further documents."""


class Refused(Exception):  # noqa: N818
    """typst's reason why it does not set a document, without a full stop."""


def typeset(content: str, timestamp: int) -> bytes:
    """The PDF of a document's data.

    Parameters
    ----------
    content : str
        The data of `netralstat.report.pdf.pages.pages`, as JSON.
    timestamp : int
        Its date, in seconds since 1970.

    Raises
    ------
    Refused
        typst cannot set it, or not as these standards ask.
    EnvironmentProblem
        typst or a font package is not installed.
    """
    typst, template = typst_module(), templates() / TEMPLATE
    try:
        made = typst.compile(
            template,
            root=template.parent,
            font_paths=typst_fonts(),
            sys_inputs={"report": content},
            pdf_standards=list(STANDARDS),
            timestamp=timestamp,
        )
    except typst.TypstError as problem:
        raise Refused(str(problem.message).strip().rstrip(".")) from problem
    assert isinstance(made, bytes)
    return made


def forget() -> None:
    """Have typst let go of the pages that it laid out before, some hundred megabytes that no other shares."""
    for _ in range(KEPT + 1):
        typst_module().compile(b"", font_paths=typst_fonts())


def typst_module() -> ModuleType:
    """typst, or the error that tells how to install it."""
    try:
        import typst
    except ImportError as problem:
        raise EnvironmentProblem(
            "PDF and Word need the package typst, which is not installed.",
            where="netralstat.report.pdf.typeset",
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


def templates() -> Path:
    """The folder of typst's templates, which import each other."""
    return Path(str(files("netralstat.report").joinpath("templates")))
