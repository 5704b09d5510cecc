"""Pictures for print: each figure of a document, its logo and the ground of its cover, as PNG."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from netralstat.errors import ReportError
from netralstat.report.document import Document
from netralstat.report.pdf.columns import PORTRAIT
from netralstat.report.pdf.pages import COVER, TALLEST, printable_svg
from netralstat.report.pdf.typeset import Refused, compiled

DPI = 220
COVER_SCALE = 0.4
"""The cover is plain and is drawn at this share of the resolution."""

A4 = (595.28, 841.89)
COVER_ID, LOGO_ID = "cover", "logo"
_WIDTH_AT = 16  # where a PNG states its width and height, four bytes each
Sheet = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """A picture ready for print: PNG bytes, and its size on the page in points."""

    png: bytes
    width: float
    height: float


def prints(document: Document) -> dict[str, Print]:
    """Every figure of a document, its logo and the ground of its cover, as PNG of 220 dots an inch.

    Returns
    -------
    dict of str to Print
        By the figure's id; the cover under `COVER_ID`, the logo of a document that has one under `LOGO_ID`.
        The same document gives the same bytes, whatever fonts the machine has.

    Raises
    ------
    ReportError
        A picture cannot be read; the error names it.
    EnvironmentProblem
        typst or a font package is not installed.
    """
    sheets = _sheets(document)
    try:
        made = _drawn(list(sheets.values()))
    except Refused as problem:
        raise _culprit(document, sheets, str(problem)) from problem
    pictures = {name: _print(png) for name, png in zip(sheets, made, strict=True)}
    ground = pictures[COVER_ID]
    return pictures | {COVER_ID: Print(png=ground.png, width=A4[0], height=A4[1])}


def _sheets(document: Document) -> dict[str, Sheet]:
    """What templates/prints.typ draws, one page each."""
    cover = {"width": A4[0], "height": A4[1], "scale": COVER_SCALE, "colour": document.accent or COVER}
    sheets: dict[str, Sheet] = {COVER_ID: {"kind": "cover", **cover}}
    if document.logo is not None:
        format = "svg" if document.logo.media_type == "image/svg+xml" else "png"
        content = list(b64decode(document.logo.base64))  # numbers, as JSON holds no bytes
        sheets[LOGO_ID] = {"kind": "logo", "format": format, "bytes": content}
    for figure in document.figures:
        svg, width, height = printable_svg(figure)
        wide = min(PORTRAIT, TALLEST * width / height)
        sheets[figure.id] = {"kind": "figure", "width": wide, "height": wide * height / width, "svg": svg}
    return sheets


def _drawn(sheets: list[Sheet]) -> list[bytes]:
    """One PNG a sheet, drawn outside Python's lock."""
    return compiled("prints.typ", {"sheets": json.dumps(sheets)}, format="png", ppi=DPI)


def _print(png: bytes) -> Print:
    wide, high = (int.from_bytes(png[at : at + 4], "big") for at in (_WIDTH_AT, _WIDTH_AT + 4))
    return Print(png=png, width=wide * 72 / DPI, height=high * 72 / DPI)


def _culprit(document: Document, sheets: dict[str, Sheet], reason: str) -> ReportError:
    """The error that names the first picture which cannot be drawn alone."""
    where = f'report in the language "{document.language}"'
    for name, sheet in sheets.items():
        try:
            _drawn([sheet])
        except Refused as problem:
            where, reason = f"{document.references.get(name, '')} ({name})".strip(), str(problem)
            break
    return ReportError(
        f"A picture cannot be drawn for Word: {reason}.",
        where=where,
        do="mend that picture, or leave Word out with --format.",
    )
