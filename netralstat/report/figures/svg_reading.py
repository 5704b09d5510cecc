"""A figure of the report read back from its SVG, to be drawn in another format."""

from __future__ import annotations

import re
from typing import get_args
from xml.etree import ElementTree

from netralstat.errors import ReportError
from netralstat.report.figures.picture import Align, Cap, Picture, Segment, Shape, Words
from netralstat.report.figures.theme import REGULAR

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_VARIABLE = re.compile(r"var\(--[a-z0-9-]+,(#[0-9A-Fa-f]{6})\)\Z")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\Z")
_ALIGNS: dict[str, Align] = {"middle": "center", "end": "right"}
# How many numbers each command of a path takes.
_NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6, "z": 0}


def read_svg(svg: str) -> Picture:
    """The picture that `to_svg` wrote, its coordinates to a hundredth of a pixel, in the printed colours.

    Raises
    ------
    ReportError
        The text is no SVG, or one that a figure function of the report did not make.
    """
    if "<!" in svg:
        raise _foreign("a declaration")
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as problem:
        raise _foreign("no well-formed XML") from problem
    box = root.get("viewBox", "").split()
    if root.tag != f"{_NAMESPACE}svg" or len(box) != 4:
        raise _foreign(f"the root {root.tag}")
    shapes: list[Shape] = []
    words: list[Words] = []
    try:
        for element in root:
            name = element.tag.removeprefix(_NAMESPACE)
            if name == "path":
                shapes.append(_shape(element))
            elif name == "text":
                words.append(_words(element))
            elif name not in ("title", "desc"):
                raise _foreign(f"the element {name}")
        width, height = float(box[2]), float(box[3])
    except (KeyError, ValueError) as problem:
        raise _foreign("an attribute that no figure has") from problem
    return Picture(width=width, height=height, shapes=tuple(shapes), words=tuple(words))


def _shape(element: ElementTree.Element) -> Shape:
    stroke = _colour(element.get("stroke", "none"))
    line = float(element.get("stroke-width", "1"))
    dashes = element.get("stroke-dasharray")
    cap = element.get("stroke-linecap", "butt")
    if cap not in get_args(Cap):
        raise _foreign(f"the line end {cap}")
    dash = None
    if dashes is not None:
        on, off = (float(part) / line for part in dashes.split(","))
        dash = (on, off)
    return Shape(
        path=_path(element.attrib["d"]),
        fill=_colour(element.get("fill", "none")),
        stroke=stroke,
        line=line,
        cap="round" if cap == "round" else "butt",
        dash=dash,
    )


def _path(text: str) -> tuple[Segment, ...]:
    parts = text.split()
    path: list[Segment] = []
    place = 0
    while place < len(parts):
        command = parts[place]
        if command not in _NUMBERS:
            raise _foreign("a path of other commands")
        end = place + 1 + _NUMBERS[command]
        path.append((command, tuple(float(part) for part in parts[place + 1 : end])))  # type: ignore[arg-type]
        place = end
    return tuple(path)


def _words(element: ElementTree.Element) -> Words:
    named = element.attrib
    return Words(
        x=float(named["x"]),
        y=float(named["y"]),
        text=element.text or "",
        size=float(named["font-size"].removesuffix("px")),
        weight=int(named.get("font-weight", str(REGULAR))),
        colour=_colour(named["fill"]) or "",
        align=_ALIGNS.get(named.get("text-anchor", ""), "left"),
        tabular=named.get("font-variant") == "tabular-nums",
    )


def _colour(value: str) -> str | None:
    if value == "none":
        return None
    known = _VARIABLE.match(value)
    plain = known[1] if known else value
    if not _COLOUR.match(plain):
        raise _foreign("a colour that is not written as #rrggbb")
    return plain.upper()


def _foreign(what: str) -> ReportError:
    return ReportError(
        f"The SVG is no figure of the report: it holds {what}.",
        where="netralstat.report.figures.read_svg",
        do="give the svg of a figure in a report, as its saved document has it.",
    )
