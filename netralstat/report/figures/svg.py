"""A figure as the SVG text that a page takes in."""

from __future__ import annotations

import io
import re
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from matplotlib import rc_context
from matplotlib.figure import Figure

from netralstat.errors import ReportError
from netralstat.report.figures.theme import FONT_STACK, adaptive_colours
from netralstat.report.figures.typeface import TABULAR

_SETTINGS: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "netralstat", "path.simplify": False}
_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_NUMBER = re.compile(r"-?\d+\.\d+")
_NOTHING = {
    ("stroke-linejoin", "miter"),
    ("stroke-linecap", "butt"),
    ("stroke-miterlimit", "100000"),
    ("text-anchor", "start"),
    ("font-weight", "400"),
    ("stroke-dashoffset", "0"),
    ("version", "1.1"),
}
_FROM_ROOT = {"font-family"}  # said once, on the svg element
_UNTURNED = "rotate(-0 "


def to_svg(
    figure: Figure, id_prefix: str, *, title: str = "", description: str = "", adaptive: bool = True
) -> str:
    """The figure as inline SVG: text as text, scaling with the page, safe beside other figures.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        From one of this package's figure functions, or any other.
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
    target = io.StringIO()
    with rc_context(_SETTINGS):
        figure.savefig(target, format="svg", metadata=_METADATA, transparent=True)
    root = ElementTree.fromstring(target.getvalue())
    return _root(root, id_prefix, title, description, adaptive_colours() if adaptive else {})


def _root(
    root: ElementTree.Element, prefix: str, title: str, description: str, colours: dict[str, str]
) -> str:
    described = [name for name, words in (("title", title), ("desc", description)) if words]
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": root.attrib["viewBox"],
        "font-family": FONT_STACK,
        "role": "img",
    }
    if described:
        attributes["aria-labelledby"] = " ".join(f"{prefix}-{name}" for name in described)
    head = "".join(
        f'<{name} id="{prefix}-{name}">{escape(title if name == "title" else description)}</{name}>\n'
        for name in described
    )
    body = "".join(_element(child, prefix, colours) for child in root)
    return f"<svg{_attributes(attributes)}>\n{head}{body}</svg>\n"


def _element(element: ElementTree.Element, prefix: str, colours: dict[str, str]) -> str:
    name = element.tag.rpartition("}")[2]
    if name in ("metadata", "style"):
        return ""
    attributes = _clean(element.attrib, prefix, colours, named=name not in ("g", "svg"))
    inside = "".join(_element(child, prefix, colours) for child in element)
    if name == "text":
        return f"<text{_attributes(attributes)}>{escape(element.text or '')}</text>\n"
    if name == "path" and _invisible(attributes):
        return ""
    if (
        name == "g" and element.get("id") == TABULAR
    ):  # matplotlib draws these digits so, but does not write it
        return inside.replace("<text ", '<text font-variant="tabular-nums" ')
    if name in ("g", "defs") and (not attributes or not inside):
        return inside
    return (
        f"<{name}{_attributes(attributes)}>{inside}</{name}>\n"
        if inside
        else f"<{name}{_attributes(attributes)}/>\n"
    )


def _clean(raw: dict[str, str], prefix: str, colours: dict[str, str], *, named: bool) -> dict[str, str]:
    """Styles become attributes, references get the prefix, defaults and excess digits go."""
    pairs: list[tuple[str, str]] = []
    for key, value in raw.items():
        if key == "style":
            pairs += [(part, setting.strip()) for part, _, setting in _declarations(value)]
        else:
            pairs.append((key.rpartition("}")[2], value))
    kept: dict[str, str] = {}
    for key, value in pairs:
        if (key, value) in _NOTHING or key in _FROM_ROOT or value.startswith(_UNTURNED):
            continue
        if key == "id" and not named:
            continue
        if key == "id":
            value = f"{prefix}-{value}"
        elif key == "href":
            value = f"#{prefix}-{value[1:]}"
        elif value.startswith("url(#"):
            value = f"url(#{prefix}-{value[5:]}"
        elif key in ("fill", "stroke"):
            value = colours.get(value, value)
        elif key == "d":
            value = " ".join(value.split())
        if key in (
            "d",
            "x",
            "y",
            "width",
            "height",
            "font-size",
            "stroke-width",
            "stroke-dasharray",
            "transform",
        ):
            value = _NUMBER.sub(_rounded, value)
        kept[key] = value
    return kept


def _declarations(style: str) -> list[tuple[str, str, str]]:
    return [
        (name.strip(), colon, value)
        for name, colon, value in (item.partition(":") for item in style.split(";"))
        if colon
    ]


def _invisible(attributes: dict[str, str]) -> bool:
    return attributes.get("fill") == "none" and "stroke" not in attributes


def _rounded(match: re.Match[str]) -> str:
    text = f"{float(match.group()):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
