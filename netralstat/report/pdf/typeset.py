"""typst and its fonts: a page's data set by the fixed template as an accessible PDF."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from netralstat.errors import EnvironmentProblem
from netralstat.report.fonts import TYPEFACES

if TYPE_CHECKING:
    from typst import Fonts

STANDARDS = ("ua-1", "a-2a")
TEMPLATE = "report.typ"
PANIC = "PanicException"
"""How a failure of typst's own comes to Python: no Exception, and of a class that no module holds."""

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
    (made,) = compiled(TEMPLATE, {"report": content}, pdf_standards=list(STANDARDS), timestamp=timestamp)
    return made


def compiled(template: str, inputs: Mapping[str, str], **options: Any) -> list[bytes]:
    """What typst makes of a template: one PDF, or the picture of each page.

    Parameters
    ----------
    template : str
        A file of the templates.
    inputs : Mapping[str, str]
        What it reads as ``sys.inputs``.
    options
        Further arguments of ``typst.compile``.

    Raises
    ------
    Refused, EnvironmentProblem
        As of `typeset`.
    """
    typst = typst_module()
    folder = Path(str(files("netralstat.report").joinpath("templates")))
    try:
        made = typst.compile(
            folder / template, root=folder, font_paths=typst_fonts(), sys_inputs=dict(inputs), **options
        )
    except typst.TypstError as problem:
        raise Refused(str(problem.message).strip().rstrip(".")) from problem
    except BaseException as problem:
        if type(problem).__name__ != PANIC:
            raise
        raise Refused(f"typst broke down over it ({problem})") from problem
    return [made] if isinstance(made, bytes) else list(made)


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
