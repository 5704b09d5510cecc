"""Bars from zero: how far each row is, or which parts make up its share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.rows import axis_height, draw_axis, draw_labels, label_width, stack
from netralstat.report.figures.scales import linear
from netralstat.report.figures.theme import INK, LABEL_SIZE, MUTED, PLUM, SMALL_SIZE, WIDTH
from netralstat.report.figures.typeface import width_of

COLOURS = (PLUM[4], PLUM[2], PLUM[1], PLUM[3])
_PITCH = 25.0
_BAR = 14.0
_GAP = 18.0
_LABEL_SHARE = 0.4
_LEGEND = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row: its label, the shares that follow one another from zero, and what is printed beside them."""

    label: str
    parts: tuple[float, ...]
    note: str


def bars(
    rows: Sequence[Bar],
    *,
    percent: Callable[[float], str],
    axis_title: str,
    series: Sequence[str] = (),
    full: bool = False,
    width: float = WIDTH,
) -> Picture:
    """Bars of shares, one a row.

    Parameters
    ----------
    rows : sequence of Bar
        In drawing order.
    percent : callable
        Prints a share under the axis.
    axis_title : str
    series : sequence of str
        What each part means, for the legend; empty where there is one part.
    full : bool
        Whether the axis reaches 100 %, with a line there.
    """
    labels = [row.label for row in rows]
    wide = label_width(labels, [""] * len(rows), most=width * _LABEL_SHARE)
    note = max((width_of(row.note, SMALL_SIZE, tabular=True) for row in rows), default=0.0)
    left = wide + _GAP
    reach = [sum(row.parts) for row in rows] + ([1.0] if full else [])
    scale = linear([0.0, *reach], left=left, width=width - left - note - _GAP)
    top = _LEGEND if series else 4.0
    placed = stack(labels, [""] * len(rows), top=top, width=wide, pitch=_PITCH, padding=6)
    canvas = Canvas(width, placed.bottom + axis_height(axis_title, width))
    x = left
    for place, name in enumerate(series):
        canvas.rectangle(x, 3, 13, 13, fill=COLOURS[place], radius=2)
        canvas.text(x + 19, 14, name, size=SMALL_SIZE, colour=INK)
        x += 19 + width_of(name, SMALL_SIZE) + 22
    draw_axis(canvas, scale, placed, label=percent, title=axis_title)
    if full:
        at = scale.place(1.0)
        canvas.line(at, placed.top, at, placed.bottom, colour=INK, width=1.4)
    draw_labels(canvas, placed)
    for line in placed.rows:
        start = scale.place(0.0)
        total = 0.0
        for place, part in enumerate(rows[line.index].parts):
            total += part
            end = scale.place(total)
            if end - start > 0.2:
                fill = COLOURS[place]
                canvas.rectangle(start, line.middle - _BAR / 2, end - start, _BAR, fill=fill)
            start = end
        canvas.text(
            width,
            line.middle + LABEL_SIZE * 0.33,
            rows[line.index].note,
            size=SMALL_SIZE,
            colour=MUTED,
            align="right",
            tabular=True,
        )
    return canvas.picture
