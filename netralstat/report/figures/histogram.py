"""A histogram: how many rows fall into each class of a number, and where a threshold lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.scales import linear
from netralstat.report.figures.theme import EDGE, INK, LINE, MUTED, PLUM, SEMIBOLD, SMALL_SIZE, WIDTH
from netralstat.report.figures.typeface import width_of

_HEIGHT = 220.0
_TOP = 30.0
_FOOT = 54.0
_MOST_LABELS = 14


def histogram(
    edges: Sequence[float],
    counts: Sequence[int],
    *,
    number: Callable[[float], str],
    axis_title: str,
    threshold: float | None = None,
    threshold_label: str = "",
    width: float = WIDTH,
) -> Picture:
    """Draw classes of equal width.

    Parameters
    ----------
    edges : sequence of float, (k + 1,)
        Bounds of the classes.
    counts : sequence of int, (k,)
    number : callable
        Prints a bound or a count.
    threshold : float, optional
        Classes wholly below it are drawn darker; a line stands at it.
    """
    up = linear([0.0, *map(float, counts)], left=0.0, width=_HEIGHT, most_ticks=5)
    left = max(width_of(number(tick), SMALL_SIZE) for tick in up.ticks) + 12
    canvas = Canvas(width, _TOP + _HEIGHT + _FOOT)
    bottom = _TOP + _HEIGHT
    for tick in up.ticks:
        y = bottom - up.place(tick)
        canvas.line(left, y, width, y, colour=LINE)
        canvas.text(left - 7, y + 4, number(tick), size=SMALL_SIZE, colour=MUTED, align="right", tabular=True)
    low, high = edges[0], edges[-1]

    def place(value: float) -> float:
        return left + (width - left) * (value - low) / (high - low)

    for start, end, count in zip(edges[:-1], edges[1:], counts, strict=True):
        if count:
            dark = threshold is not None and end <= threshold + 1e-9
            tall = up.place(float(count))
            canvas.rectangle(
                place(start) + 0.75,
                bottom - tall,
                place(end) - place(start) - 1.5,
                tall,
                fill=PLUM[4] if dark else PLUM[2],
            )
    canvas.line(left, bottom, width, bottom, colour=EDGE)
    every = max(1, -(-(len(edges) - 1) // _MOST_LABELS))
    for edge in edges[::every]:
        x = place(edge)
        canvas.line(x, bottom, x, bottom + 5, colour=EDGE)
        words = number(edge)
        half = width_of(words, SMALL_SIZE) / 2
        canvas.text(
            min(x, width - half),
            bottom + 19,
            words,
            size=SMALL_SIZE,
            colour=MUTED,
            align="center",
            tabular=True,
        )
    canvas.text((left + width) / 2, bottom + 42, axis_title, size=SMALL_SIZE, colour=MUTED, align="center")
    if threshold is not None and low < threshold < high:
        x = place(threshold)
        canvas.line(x, _TOP - 12, x, bottom, colour=INK, width=1.4, dash=(3, 2))
        canvas.text(x + 7, _TOP - 12, threshold_label, size=SMALL_SIZE, weight=SEMIBOLD)
    return canvas.picture
