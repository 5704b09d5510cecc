"""Legends and labels that find their own lines: none overlaps another or leaves the sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.rows import LEADING
from netralstat.report.figures.theme import INK, SMALL_SIZE
from netralstat.report.figures.typeface import width_of, wrapped

_SWATCH = 13.0
_INDENT = 19.0
_BETWEEN = 22.0
_LINE = 21.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One entry of a legend: its words in lines, and where its swatch stands."""

    lines: tuple[str, ...]
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """All entries, and the height that they take."""

    keys: tuple[Key, ...]
    height: float


def flowed(names: Sequence[str], width: float) -> Legend:
    """Put entries side by side, on a further line when they do not fit; a long one is broken into lines."""
    keys: list[Key] = []
    x = y = tallest = 0.0
    for name in names:
        lines = wrapped(name, width - _INDENT, SMALL_SIZE)
        wide = _INDENT + max(width_of(line, SMALL_SIZE) for line in lines)
        if x and x + wide > width:
            x, y, tallest = 0.0, y + tallest, 0.0
        keys.append(Key(lines=lines, x=x, y=y))
        tallest = max(tallest, _LINE + SMALL_SIZE * LEADING * (len(lines) - 1))
        x += wide + _BETWEEN
    return Legend(keys=tuple(keys), height=y + tallest)


def draw_swatches(canvas: Canvas, legend: Legend, colours: Sequence[str], *, left: float, top: float) -> None:
    """A square of colour before each entry."""
    for key, colour in zip(legend.keys, colours, strict=True):
        x, y = left + key.x, top + key.y
        canvas.rectangle(x, y + 2, _SWATCH, _SWATCH, fill=colour, radius=2)
        draw_key(canvas, key, x, y)


def draw_markers(
    canvas: Canvas, legend: Legend, looks: Sequence[tuple[str, str]], *, left: float, top: float
) -> None:
    """A marker, of (shape, colour), before each entry."""
    for key, (shape, colour) in zip(legend.keys, looks, strict=True):
        x, y = left + key.x, top + key.y
        canvas.marker(shape, x + _SWATCH / 2, y + 2 + _SWATCH / 2, 5.2, fill=colour, stroke=None, line=0)
        draw_key(canvas, key, x, y)


def draw_key(canvas: Canvas, key: Key, x: float, y: float) -> None:
    """The words of an entry."""
    for place, line in enumerate(key.lines):
        canvas.text(x + _INDENT, y + 13 + place * SMALL_SIZE * LEADING, line, size=SMALL_SIZE, colour=INK)


def shelves(spans: Sequence[tuple[float, float]], gap: float = 10.0) -> list[int]:
    """The shelf, from 0, on which each span (left, right) stands free of those before it."""
    ends: list[float] = []
    found = []
    for left, right in spans:
        shelf = next((place for place, end in enumerate(ends) if left >= end + gap), len(ends))
        if shelf == len(ends):
            ends.append(right)
        ends[shelf] = right
        found.append(shelf)
    return found
