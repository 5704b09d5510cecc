"""Any figure of matplotlib as the elements of an inline SVG."""

from __future__ import annotations

import io
import re
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from matplotlib import rc_context
from matplotlib.figure import Figure

from netralstat.report.figures.svg import decimal, in_tag

_SETTINGS: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "netralstat", "path.simplify": False}
_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
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


def svg_parts(figure: Figure, prefix: str, colours: dict[str, str]) -> tuple[str, str]:
    """The view box of a figure and its elements as SVG text, every id and reference under `prefix`."""
    target = io.StringIO()
    with rc_context(_SETTINGS):
        figure.savefig(target, format="svg", metadata=_METADATA, transparent=True)
    root = ElementTree.fromstring(target.getvalue())
    return root.attrib["viewBox"], "".join(_element(child, prefix, colours) for child in root)


def _element(element: ElementTree.Element, prefix: str, colours: dict[str, str]) -> str:
    name = element.tag.rpartition("}")[2]
    if name in ("metadata", "style"):
        return ""
    attributes = _clean(element.attrib, prefix, colours, named=name not in ("g", "svg"))
    inside = "".join(_element(child, prefix, colours) for child in element)
    if name == "text":
        return f"<text{in_tag(attributes)}>{escape(element.text or '')}</text>\n"
    if name == "path" and _invisible(attributes):
        return ""
    if name in ("g", "defs") and (not attributes or not inside):
        return inside
    return (
        f"<{name}{in_tag(attributes)}>{inside}</{name}>\n" if inside else f"<{name}{in_tag(attributes)}/>\n"
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
            value = _NUMBER.sub(lambda match: decimal(float(match.group())), value)
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
