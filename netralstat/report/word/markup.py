"""Elements of a Word document: runs, paragraphs, and lengths."""

from __future__ import annotations

from collections.abc import Iterable

from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.parser import oxml_parser
from docx.oxml.xmlchemy import BaseOxmlElement

from netralstat.report.word.characters import plain

Element = BaseOxmlElement
TWIPS = 20  # a twentieth of a point: the unit of widths and spaces
EMU = 12700  # English metric units of a point: the unit of pictures
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DECLARED = f' xmlns:w="{_MAIN}"'
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def element(name: str, attributes: dict[str, str], *children: Element | None) -> Element:
    """An element of any namespace that python-docx knows, with its children in the order given."""
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(key, value)
    return within(made, children)


def w(name: str, /, *children: Element | None, **attributes: object) -> Element:
    """``w("jc", val="right")`` is ``<w:jc w:val="right"/>``; a child that is None is left out."""
    made = _made(name, {f"{{{_MAIN}}}{key}": str(value) for key, value in attributes.items()})
    return within(made, children)


def within(parent: Element, children: Iterable[Element | None]) -> Element:
    """`parent` with further children at its end."""
    for child in children:
        if child is not None:
            parent.append(child)
    return parent


def written(one: Element) -> str:
    """An element as text, which `parsed` reads; its namespace is told there once."""
    return serialize_part_xml(one).decode().partition("?>\n")[2].replace(_DECLARED, "")


def parsed(text: str) -> list[Element]:
    """The elements of a text; reading a long one is much quicker than making its elements one by one."""
    return list(parse_xml(f"<w:body{_DECLARED}>{text}</w:body>"))


def run(text: str, *properties: Element, style: str = "") -> Element:
    """A run of text; `properties` are children of ``w:rPr`` in the order of the schema."""
    made = _properties(w("r"), "rPr", "rStyle", style, properties)
    for at, line in enumerate(plain(text).split("\n")):
        if at:
            made.append(w("br"))
        if line:
            made.append(_text("t", line))
    return made


def instruction(text: str) -> Element:
    """The run that holds the instruction of a field."""
    return w("r", _text("instrText", text))


def paragraph(style: str, *runs: Element | None, properties: Iterable[Element | None] = ()) -> Element:
    """A paragraph; `properties` are children of ``w:pPr`` after the style, in the order of the schema."""
    return within(_properties(w("p"), "pPr", "pStyle", style, properties), runs)


def twips(points: float) -> int:
    """Points as Word counts them."""
    return round(points * TWIPS)


def size(points: float) -> tuple[Element, Element]:
    """The size of a run's type, as Word states it: in half points, twice."""
    half = round(2 * points)
    return w("sz", val=half), w("szCs", val=half)


def bold() -> tuple[Element, Element]:
    """The properties of a bold run."""
    return w("b"), w("bCs")


def _text(name: str, text: str) -> Element:
    made = _made(name, {_SPACE: "preserve"})
    made.text = text
    return made


def _made(name: str, attributes: dict[str, str]) -> Element:
    """As ``OxmlElement("w:…")``, which looks its namespace up each time; a report has 60,000 elements."""
    made: Element = oxml_parser.makeelement(f"{{{_MAIN}}}{name}", attrib=attributes, nsmap={"w": _MAIN})
    return made


def _properties(
    made: Element, name: str, reference: str, style: str, properties: Iterable[Element | None]
) -> Element:
    kept = [one for one in properties if one is not None]
    if style or kept:
        made.append(w(name, w(reference, val=style) if style else None, *kept))
    return made
