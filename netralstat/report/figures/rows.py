"""Rows of a figure: labels that wrap, headings of groups, the grid and axis behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.scales import Scale, tick_labels
from netralstat.report.figures.theme import EDGE, INK, LABEL_SIZE, LINE, MUTED, SEMIBOLD, SMALL_SIZE
from netralstat.report.figures.typeface import width_of, wrapped

LEADING = 1.3  # line height as a multiple of the size
INDENT = 14.0
_HEADING_SPACE = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: the place of its record, its label in lines, its middle and height in px."""

    index: int
    lines: tuple[str, ...]
    middle: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The name of a group, in lines, and its first baseline."""

    lines: tuple[str, ...]
    baseline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """All rows and headings of a figure, from `top` to `bottom`."""

    rows: tuple[Row, ...]
    headings: tuple[Heading, ...]
    top: float
    bottom: float
    indent: float
    size: float


def label_width(
    labels: Sequence[str], groups: Sequence[str], *, most: float, size: float = LABEL_SIZE
) -> float:
    """The width that the longest label asks for, `most` at most."""
    indent = INDENT if any(groups) else 0.0
    asked = [width_of(label, size) + indent for label in labels]
    asked += [width_of(group, size, SEMIBOLD) for group in groups if group]
    return min(most, max(asked, default=0.0) + 1)


def stack(
    labels: Sequence[str],
    groups: Sequence[str],
    *,
    top: float,
    width: float,
    pitch: float,
    padding: float,
    size: float = LABEL_SIZE,
) -> Stack:
    """Put rows under one another, a heading wherever the group changes.

    Parameters
    ----------
    pitch : float
        Least height of a row; a label of several lines makes it higher, with `padding` px left over.
    """
    indent = INDENT if any(groups) else 0.0
    line = size * LEADING
    rows: list[Row] = []
    headings: list[Heading] = []
    y, last = top, ""
    for index, (label, group) in enumerate(zip(labels, groups, strict=True)):
        if group and group != last:
            lines = wrapped(group, width, size, SEMIBOLD)
            y += _HEADING_SPACE if rows else 0.0
            headings.append(Heading(lines=lines, baseline=y + size * 1.15))
            y += line * len(lines) + 4
        last = group
        lines = wrapped(label, width - indent, size)
        height = max(pitch, line * len(lines) + padding)
        rows.append(Row(index=index, lines=lines, middle=y + height / 2, height=height))
        y += height
    return Stack(rows=tuple(rows), headings=tuple(headings), top=top, bottom=y, indent=indent, size=size)


def draw_labels(canvas: Canvas, rows: Stack, *, muted: Sequence[int] = ()) -> None:
    """Write headings and labels at the left edge; rows in `muted` step back."""
    line = rows.size * LEADING
    for heading in rows.headings:
        for place, words in enumerate(heading.lines):
            canvas.text(0, heading.baseline + place * line, words, size=rows.size, weight=SEMIBOLD)
    for row in rows.rows:
        first = row.middle - line * (len(row.lines) - 1) / 2 + rows.size * 0.36
        colour = MUTED if row.index in muted else INK
        for place, words in enumerate(row.lines):
            canvas.text(rows.indent, first + place * line, words, size=rows.size, colour=colour)


def draw_axis(
    canvas: Canvas, scale: Scale, rows: Stack, *, label: Callable[[float], str], title: str
) -> float:
    """Grid, tick labels and title under the rows; returns the y below which the sheet is free."""
    for tick in scale.ticks:
        x = scale.place(tick)
        canvas.line(x, rows.top, x, rows.bottom, colour=LINE)
    canvas.line(scale.left, rows.bottom, scale.left + scale.width, rows.bottom, colour=EDGE)
    for tick, words in zip(scale.ticks, tick_labels(scale, label), strict=True):
        x = scale.place(tick)
        canvas.line(x, rows.bottom, x, rows.bottom + 5, colour=EDGE)
        canvas.text(x, rows.bottom + 19, words, size=SMALL_SIZE, colour=MUTED, align="center")
    y = rows.bottom + 26
    for words in wrapped(title, canvas.width * 0.8, SMALL_SIZE) if title else ():
        y += SMALL_SIZE * LEADING
        wide = width_of(words, SMALL_SIZE)
        middle = min(max(scale.left + scale.width / 2, wide / 2), canvas.width - wide / 2)
        canvas.text(middle, y, words, size=SMALL_SIZE, colour=MUTED, align="center")
    return y + 8


def axis_height(title: str, width: float) -> float:
    """The room that :func:`draw_axis` takes under the rows."""
    lines = len(wrapped(title, width * 0.8, SMALL_SIZE)) if title else 0
    return 26 + lines * SMALL_SIZE * LEADING + 8
