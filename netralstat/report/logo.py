"""The institution's logo: a PNG or SVG by its bytes, small, whole, and without anything active."""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from netralstat.errors import ReportError
from netralstat.report.blocks import Logo

if TYPE_CHECKING:
    from netralstat.ask.plan import Plan

LARGEST = 256 * 1024
PNG = "image/png"
SVG = "image/svg+xml"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_PIXELS = 4096
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Numbers a pixel, by PNG's colour types; see DEPTHS for their bits."""

DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row and steps of the seven passes of an interlaced PNG."""

ACTIVE = ("script", "foreignObject", "handler", "iframe", "embed", "object", "audio", "video", "set")
"""Elements that run, load or change something."""

OUTER = re.compile(r"url\(\s*['\"]?(?!#)|@import|javascript:|expression\(", re.IGNORECASE)
DECLARED = re.compile(r"<!(?:DOCTYPE|ENTITY)|<\?xml-stylesheet", re.IGNORECASE)
SVG_ROOT = ("svg", "{http://www.w3.org/2000/svg}svg")
LONGEST = 20.0
"""How many times as long as the other a side may be: typst cannot draw a longer strip."""

LENGTH = re.compile(r"\+?(\d+(?:\.\d*)?|\.\d+)(px|pt|pc|mm|cm|in|)")
UNITS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
"""Pixels of the units in which an SVG states its size."""


def read_logo(plan: Plan) -> Logo | None:
    """The picture that `report.logo` names, or None without one.

    Raises
    ------
    ReportError
        The file is absent or too large, is neither PNG nor SVG by its bytes, is damaged, or is an SVG with
        scripts or references to the outside.
    """
    written = plan.report.logo
    if written is None:
        return None
    file, where = plan.resolve(written), f"{plan.path.name}, report.logo"
    if not file.is_file():
        raise ReportError(f"there is no file {written}", where=where, do="correct the path")
    size = file.stat().st_size
    if size > LARGEST:
        raise ReportError(
            f"{written} has {size:,} bytes; a logo may have {LARGEST:,}",
            where=where,
            do="save it smaller: 600 pixels across are enough, or take an SVG",
        )
    return logo_of(file.read_bytes(), name=Path(written).name, where=where)


def logo_of(content: bytes, *, name: str, where: str) -> Logo:
    """Judge the bytes of a picture; see `read_logo`."""
    if content.startswith(SIGNATURE):
        fault, kind = _png_fault(content), PNG
    else:
        fault, kind = _svg_fault(content), SVG
    if fault:
        raise ReportError(f"{name} {fault}", where=where, do="save the logo as a plain PNG or SVG")
    return Logo(media_type=kind, base64=base64.b64encode(content).decode("ascii"))


def _png_fault(content: bytes) -> str:
    """What is wrong with a PNG; empty when it is whole."""
    at, kinds, header, pixels = len(SIGNATURE), list[bytes](), b"", b""
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        check = content[at + 8 + length : at + 12 + length]
        if len(check) < 4 or zlib.crc32(kind + body) != int.from_bytes(check, "big"):
            return "is a damaged PNG"
        if not kinds:
            if kind != b"IHDR" or length != 13:
                return "is a damaged PNG"
            width, height = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
            if not 0 < width <= MOST_PIXELS or not 0 < height <= MOST_PIXELS:
                return f"has {width} × {height} pixels; a side may have 1 to {MOST_PIXELS}"
            if not _is_balanced(width, height):
                return f"has {width} × {height} pixels; a side may be at most {LONGEST:g} times the other"
            header = body
        pixels += body if kind == b"IDAT" else b""
        kinds.append(kind)
        at += 12 + length
        if kind == b"IEND":
            whole = b"IDAT" in kinds and at == len(content) and _is_filled(header, pixels, kinds)
            return "" if whole else "is a damaged PNG"
    return "is a damaged PNG"


def _is_filled(header: bytes, pixels: bytes, kinds: list[bytes]) -> bool:
    """Whether a PNG's compressed pixels are those that its header promises."""
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    depth, colour, interlaced = header[8], header[9], header[12]
    if depth not in DEPTHS.get(colour, ()) or header[10] or header[11] or interlaced > 1:
        return False
    if colour == 3 and b"PLTE" not in kinds:
        return False
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    sizes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes]
    bits = CHANNELS[colour] * depth
    promised = sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 < rows)
    try:
        return len(zlib.decompressobj().decompress(pixels, promised + 1)) == promised
    except zlib.error:
        return False


def _svg_fault(content: bytes) -> str:
    """What is wrong with an SVG; empty when it is harmless."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "is neither a PNG nor an SVG"
    if DECLARED.search(text):
        return "is an SVG with a document type or entities"
    try:
        root = ElementTree.fromstring(text.encode("utf-8"))
    except (ElementTree.ParseError, ValueError):
        return "is neither a PNG nor an SVG"
    if root.tag not in SVG_ROOT:
        return "is neither a PNG nor an SVG"
    for element in root.iter():
        fault = _element_fault(element)
        if fault:
            return f"is an SVG with {fault}"
    return _size_fault(root)


def _size_fault(root: ElementTree.Element) -> str:
    """What is wrong with the size that an SVG states; empty when it can be drawn."""
    sides = [root.get(side, "").strip() for side in ("width", "height")]
    fixed = [side for side in sides if side and not side.endswith(("%", "em", "ex"))]
    corners = root.get("viewBox", "").replace(",", " ").split()[2:]
    if len(fixed) < 2 and len(corners) != 2:
        return "is an SVG without a size: give it a viewBox"
    if not all(_pixels(length) for length in (*fixed, *corners)):
        return "is an SVG whose width, height or viewBox is no positive length"
    if not all(_is_balanced(*map(_pixels, pair)) for pair in (fixed, corners) if len(pair) == 2):
        return f"is an SVG with one side more than {LONGEST:g} times the other"
    return ""


def _pixels(length: str) -> float:
    """A length of an SVG; 0 when it is none."""
    found = LENGTH.fullmatch(length)
    return float(found[1]) * UNITS[found[2]] if found else 0.0


def _is_balanced(width: float, height: float) -> bool:
    return max(width, height) <= LONGEST * min(width, height)


def _element_fault(element: ElementTree.Element) -> str:
    name = str(element.tag).rpartition("}")[2]
    if name in ACTIVE or name.startswith("animate"):
        return f"an element <{name}>"
    for key, value in element.attrib.items():
        plain = key.rpartition("}")[2]
        if plain.lower().startswith("on"):
            return f"an event handler ({plain})"
        if plain in ("href", "src") and not value.strip().startswith(("#", "data:image/png;base64,")):
            return "a reference to something outside it"
        if plain == "base" or OUTER.search(value):
            return "a reference to something outside it"
        if "\\" in value:
            return f"a backslash in {plain}, which can hide a reference"
    if name == "style" and "\\" in (element.text or ""):
        return "a backslash in its styles, which can hide a reference"
    return "a reference to something outside it" if OUTER.search(element.text or "") else ""
