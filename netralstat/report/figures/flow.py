"""The way from the sample to the analysis: how many were left at each step, and why the others were not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from netralstat.errors import ReportError
from netralstat.report.figures import inputs
from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.rows import LEADING, label_width
from netralstat.report.figures.theme import (
    EDGE,
    INK,
    LABEL_SIZE,
    MUTED,
    ON_PLUM,
    PLUM,
    SEMIBOLD,
    SMALL_SIZE,
    SURFACE,
    WIDTH,
)
from netralstat.report.figures.typeface import width_of, wrapped

_BAR = 40.0
_BETWEEN = 34.0
_GAP = 20.0
_LABEL_SHARE = 0.26
_COLUMN = 110.0
_THINNEST = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: its name, how many reached it, and what became of those of the step before who did not."""

    label: str
    count: int
    lost: str = ""


def flow(
    steps: Sequence[Step],
    *,
    count: Callable[[float], str],
    percent: Callable[[float], str],
    text: Mapping[str, str],
    width: float = WIDTH,
) -> Picture:
    """How many were selected, reached, accepted and analysed.

    Parameters
    ----------
    steps : sequence of Step
        Two or more, from the sample to the analysis, never rising.
    count, percent : callable
        Print a count and a share.
    text : mapping
        ``of_first`` and ``of_previous``: heads of the two shares.
    width : float
        Width of the sheet in px.

    Raises
    ------
    ReportError
        Fewer than two steps, a first count of zero, a count that is negative or rises, or a word is missing.
    """
    inputs.words(text, ("of_first", "of_previous"), "flow")
    _check(steps)
    labels = [step.label for step in steps]
    left = label_width(labels, [""] * len(labels), most=width * _LABEL_SHARE)
    names = [wrapped(label, left, LABEL_SIZE) for label in labels]
    heads = [wrapped(text[key], _COLUMN, SMALL_SIZE, SEMIBOLD) for key in ("of_first", "of_previous")]
    shares = [_shares(steps, place, percent) for place in range(len(steps))]
    columns = [
        max(
            max(width_of(line, SMALL_SIZE, SEMIBOLD) for line in head),
            max(width_of(pair[place], weight=SEMIBOLD, tabular=True) for pair in shares),
        )
        for place, head in enumerate(heads)
    ]
    start = left + _GAP
    room = width - sum(columns) - 2 * _GAP - start
    counts = [count(step.count) for step in steps]
    outside = max(width_of(words, weight=SEMIBOLD) for words in counts) + 10
    wide = [max(_THINNEST, (room - outside) * step.count / steps[0].count) for step in steps]
    reasons = [_reason(steps, place, count, room) for place in range(len(steps))]
    top = 12 + SMALL_SIZE * LEADING * max(map(len, heads))
    tops, bottom = _tops(names, reasons, top)

    canvas = Canvas(width, bottom + 2)
    ends = (width - columns[1] - _GAP, width)
    for lines, x in zip(heads, ends, strict=True):
        for place, line in enumerate(reversed(lines)):
            y = top - 10 - place * SMALL_SIZE * LEADING
            canvas.text(x, y, line, size=SMALL_SIZE, weight=SEMIBOLD, colour=MUTED, align="right")
    for place, (y, name) in enumerate(zip(tops, names, strict=True)):
        if place:
            _draw_funnel(canvas, start, (tops[place - 1] + _BAR, y), (wide[place - 1], wide[place]))
            _draw_reason(canvas, start + 12, (tops[place - 1] + _BAR, y), reasons[place])
        last = place == len(steps) - 1
        canvas.rectangle(
            start, y, wide[place], _BAR, fill=PLUM[4] if last else PLUM[3], radius=min(4, wide[place] / 2)
        )
        middle = y + _BAR / 2 + LABEL_SIZE * 0.36
        inside = width_of(counts[place], weight=SEMIBOLD) + 20 <= wide[place]
        canvas.text(
            start + (10 if inside else wide[place] + 8),
            middle,
            counts[place],
            weight=SEMIBOLD,
            colour=ON_PLUM[4] if inside else INK,
        )
        first = middle - LABEL_SIZE * LEADING * (len(name) - 1) / 2
        for line_place, line in enumerate(name):
            canvas.text(0, first + line_place * LABEL_SIZE * LEADING, line)
        for words, x, colour in zip(shares[place], ends, (INK, MUTED), strict=True):
            canvas.text(x, middle, words, weight=SEMIBOLD, colour=colour, align="right", tabular=True)
    return canvas.picture


def _check(steps: Sequence[Step]) -> None:
    where = "netralstat.report.figures.flow, steps"
    if len(steps) < 2 or steps[0].count <= 0:
        first = steps[0].count if steps else 0
        raise ReportError(
            f"The flow figure got {len(steps)} steps that begin with {first}.",
            where=where,
            do="give two or more steps, the first with the number selected.",
        )
    for one, other in pairwise(steps):
        if not 0 <= other.count <= one.count:
            raise ReportError(
                f"The flow figure goes from {one.count} to {other.count}: it rises.",
                where=where,
                do="give counts that never rise.",
            )


def _shares(steps: Sequence[Step], place: int, percent: Callable[[float], str]) -> tuple[str, str]:
    """Of the first step and of the one before; a dash where that held nobody."""
    here = steps[place].count
    before = steps[place - 1].count if place else 0
    return percent(here / steps[0].count), percent(here / before) if before else "–"


def _reason(steps: Sequence[Step], place: int, count: Callable[[float], str], room: float) -> tuple[str, ...]:
    lost = steps[place - 1].count - steps[place].count if place else 0
    if not lost:
        return ()
    return wrapped(f"−{count(lost)}  {steps[place].lost}".rstrip(), room - 12, SMALL_SIZE)


def _tops(
    names: Sequence[Sequence[str]], reasons: Sequence[Sequence[str]], top: float
) -> tuple[list[float], float]:
    """Top of each bar, high enough for a name of several lines, and the end of the last."""
    over = [max(0.0, (len(name) * LABEL_SIZE * LEADING - _BAR) / 2 + 4) for name in names]
    y, tops = top + over[0], []
    for place in range(len(names)):
        if place:
            text = len(reasons[place]) * SMALL_SIZE * LEADING + 12
            y += _BAR + max(_BETWEEN, text, over[place - 1] + over[place] + 6)
        tops.append(y)
    return tops, y + _BAR + over[-1]


def _draw_funnel(canvas: Canvas, x: float, y: tuple[float, float], wide: tuple[float, float]) -> None:
    corners = [(x, y[0]), (x + wide[0], y[0]), (x + wide[1], y[1]), (x, y[1])]
    canvas.polygon(corners, fill=SURFACE, stroke=None)
    canvas.line(x + wide[0], y[0], x + wide[1], y[1], colour=EDGE, width=0.8, dash=(3, 3))


def _draw_reason(canvas: Canvas, x: float, y: tuple[float, float], lines: Sequence[str]) -> None:
    first = sum(y) / 2 + SMALL_SIZE * 0.36 - SMALL_SIZE * LEADING * (len(lines) - 1) / 2
    for place, line in enumerate(lines):
        canvas.text(x, first + place * SMALL_SIZE * LEADING, line, size=SMALL_SIZE, colour=MUTED)
