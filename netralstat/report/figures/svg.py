"""A figure as the SVG text that a page takes in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from netralstat.errors import ReportError
from netralstat.report.figures.picture import Picture, Shape, Words
from netralstat.report.figures.theme import FONT_STACK, REGULAR, adaptive_colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Colours = dict[str, str]
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_ANCHORS = {"center": "middle", "right": "end"}


def to_svg(
    figure: Picture | Figure, id_prefix: str, *, title: str = "", description: str = "", adaptive: bool = True
) -> str:
    """The figure as inline SVG: text as text, scaling with the page, safe beside other figures.

    Parameters
    ----------
    figure : Picture or matplotlib.figure.Figure
        From one of this package's figure functions, or any figure of matplotlib.
    id_prefix : str
        Put before every id and reference, so that two figures on a page do not clash; a letter first, then
        letters, digits, ``-`` and ``_``.
    title, description : str, optional
        Read out by screen readers. Without them the page around the figure has to tell what it shows.
    adaptive : bool
        Colours as CSS variables with fallback (for HTML), or as plain values (for typst, Word, Inkscape).

    Returns
    -------
    str
        One ``<svg>`` element without prolog, fixed size or background; the same figure gives the same bytes.

    Raises
    ------
    ReportError
        The prefix cannot begin an id.
    """
    if not _PREFIX.match(id_prefix):
        raise ReportError(
            f'"{id_prefix}" cannot begin the ids of a figure.',
            where="netralstat.report.figures.to_svg, id_prefix",
            do="use a letter followed by letters, digits, - or _.",
        )
    colours = adaptive_colours() if adaptive else {}
    if isinstance(figure, Picture):
        view_box = f"0 0 {decimal(figure.width)} {decimal(figure.height)}"
        elements = [_path(shape, colours) for shape in figure.shapes if shape.fill or shape.stroke]
        elements += [_text(words, colours) for words in figure.words]
        body = "".join(elements)
    else:
        from netralstat.report.figures.matplotlib_svg import svg_parts

        view_box, body = svg_parts(figure, id_prefix, colours)
    described = [name for name, words in (("title", title), ("desc", description)) if words]
    root = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": view_box,
        "font-family": FONT_STACK,
        "role": "img",
    }
    if described:
        root["aria-labelledby"] = " ".join(f"{id_prefix}-{name}" for name in described)
    head = "".join(
        f'<{name} id="{id_prefix}-{name}">{escape(title if name == "title" else description)}</{name}>\n'
        for name in described
    )
    return f"<svg{in_tag(root)}>\n{head}{body}</svg>\n"


def decimal(value: float) -> str:
    """A coordinate with at most two decimals: a hundredth of a pixel."""
    text = f"{round(value, 6):.2f}".rstrip("0").rstrip(".")  # rounded first: 8.125 whatever its last bits
    return "0" if text == "-0" else text


def in_tag(named: dict[str, str]) -> str:
    """Attributes as they stand in a tag, each after a space."""
    return "".join(f" {name}={quoteattr(value)}" for name, value in named.items())


def _path(shape: Shape, colours: Colours) -> str:
    steps = [" ".join([command, *map(decimal, numbers)]) for command, numbers in shape.path]
    named = {"d": " ".join(steps), "fill": _colour(shape.fill, colours)}
    if shape.stroke:
        if shape.dash is not None:
            named["stroke-dasharray"] = ",".join(decimal(length * shape.line) for length in shape.dash)
        named["stroke"] = _colour(shape.stroke, colours)
        if shape.line != 1:
            named["stroke-width"] = decimal(shape.line)
        if shape.cap != "butt":
            named["stroke-linecap"] = shape.cap
    return f"<path{in_tag(named)}/>\n"


def _text(words: Words, colours: Colours) -> str:
    named = {"font-variant": "tabular-nums"} if words.tabular else {}
    if words.weight != REGULAR:
        named["font-weight"] = str(words.weight)
    named["font-size"] = f"{decimal(words.size)}px"
    if words.align in _ANCHORS:
        named["text-anchor"] = _ANCHORS[words.align]
    named |= {"fill": _colour(words.colour, colours), "x": decimal(words.x), "y": decimal(words.y)}
    return f"<text{in_tag(named)}>{escape(words.text)}</text>\n"


def _colour(colour: str | None, colours: Colours) -> str:
    return colours.get(colour.lower(), colour.lower()) if colour else "none"
