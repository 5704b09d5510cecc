"""Diverging bars: how answers on an ordered scale lie about its middle, one item a row."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from netralstat.errors import ReportError
from netralstat.report.figures import inputs
from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.legends import draw_swatches, flowed
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.rows import Row, axis_height, draw_axis, draw_labels, label_width, stack
from netralstat.report.figures.scales import Scale, linear
from netralstat.report.figures.theme import (
    DIVERGING,
    EDGE,
    INK,
    LABEL_SIZE,
    LINE,
    MUTED,
    ON_DIVERGING,
    PAPER,
    SEMIBOLD,
    SMALL_SIZE,
    WIDTH,
)
from netralstat.report.figures.typeface import width_of, wrapped

COLUMNS = ("row_label", "group", "shares")
# Which of the five colours scales of fewer levels take.
STEPS: Mapping[int, tuple[int, ...]] = {2: (0, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
# Shares that add up to one only after rounding to whole percent are accepted.
_SLACK = 0.03
_PITCH = 33.0
_BAR = 22.0
_GAP = 14.0
_LABEL_SHARE = 0.36
_HEAD_WIDTH = 96.0


def likert(
    frame: pd.DataFrame,
    *,
    levels: Sequence[str],
    percent: Callable[[float], str],
    text: Mapping[str, str],
    width: float = WIDTH,
) -> Picture:
    """Where the answers to each item lie: against to the left of the middle, in favour to the right.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``row_label group shares`` in drawing order; `shares` is a tuple, one number in [0, 1] a level that
        add up to 1, or None when the row is suppressed. A heading stands wherever `group` changes (empty:
        none).
    levels : sequence of str
        Two to five names, from the one end of the scale to the other; the middle one of an odd number
        straddles the middle.
    percent : callable
        Prints a share; whole percent reads best.
    text : mapping
        ``axis_title``, ``low_title`` and ``high_title`` (heads of the sums on either side); ``not_shown``
        when a row is suppressed.
    width : float
        Width of the sheet in px.

    Raises
    ------
    ReportError
        A column or a word is missing, there are fewer than two or more than five levels, or a row's shares
        are not one a level that add up to 1.
    """
    inputs.columns(frame, COLUMNS, "likert")
    shares = [_checked(value, levels, place) for place, value in enumerate(frame["shares"], start=1)]
    hidden = [place for place, row in enumerate(shares) if row is None]
    needed = ["axis_title", "low_title", "high_title", *(["not_shown"] if hidden else [])]
    inputs.words(text, needed, "likert")
    labels = [str(label) for label in frame["row_label"]]
    groups = ["" if pd.isna(group) else str(group) for group in frame["group"]]
    known = [row for row in shares if row is not None]
    sums = {side: [percent(_side(row, side)) for row in known] for side in (-1, 1)}
    heads = {
        side: wrapped(text[key], _HEAD_WIDTH, SMALL_SIZE, SEMIBOLD)
        for side, key in ((-1, "low_title"), (1, "high_title"))
    }
    wide = {
        side: max(
            max(width_of(line, SMALL_SIZE, SEMIBOLD) for line in heads[side]),
            max((width_of(one, LABEL_SIZE, SEMIBOLD, tabular=True) for one in sums[side]), default=0.0),
        )
        for side in (-1, 1)
    }
    left = label_width(labels, groups, most=width * _LABEL_SHARE)
    start = left + _GAP + wide[-1] + _GAP
    room = width - wide[1] - _GAP - start
    scale = _scale(known, left=start, width=room)
    legend = flowed(levels, width)
    head = legend.height + 14 + SMALL_SIZE * 1.3 * max(len(lines) for lines in heads.values())
    rows = stack(labels, groups, top=head, width=left, pitch=_PITCH, padding=10)

    canvas = Canvas(width, rows.bottom + axis_height(text["axis_title"], width))
    colours = [DIVERGING[step] for step in STEPS[len(levels)]]
    draw_swatches(canvas, legend, colours, left=0, top=0)
    draw_axis(canvas, scale, rows, label=lambda at: percent(abs(at)), title=text["axis_title"])
    middle = scale.place(0.0)
    canvas.line(middle, rows.top, middle, rows.bottom, colour=INK, width=1.2)
    draw_labels(canvas, rows, muted=hidden)
    for side, x in ((-1, start - _GAP), (1, width)):
        for place, line in enumerate(reversed(heads[side])):
            y = head - 8 - place * SMALL_SIZE * 1.3
            canvas.text(x, y, line, size=SMALL_SIZE, weight=SEMIBOLD, colour=MUTED, align="right")
    for row in rows.rows:
        answer = shares[row.index]
        if answer is None:
            _draw_hidden(canvas, scale, row, text["not_shown"])
            continue
        _draw_bar(canvas, scale, row, answer, percent)
        baseline = row.middle + LABEL_SIZE * 0.36
        for side, x in ((-1, start - _GAP), (1, width)):
            words = percent(_side(answer, side))
            canvas.text(x, baseline, words, weight=SEMIBOLD, align="right", tabular=True)
    return canvas.picture


def _checked(value: object, levels: Sequence[str], place: int) -> tuple[float, ...] | None:
    if len(levels) not in STEPS:
        raise ReportError(
            f"The likert figure got {len(levels)} levels.",
            where="netralstat.report.figures.likert, levels",
            do="give two to five names in order; join the levels of a longer scale.",
        )
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    row = tuple(float(share) for share in value)  # type: ignore[attr-defined]
    if any(math.isnan(share) for share in row) and len(row) == len(levels):
        return None
    if len(row) != len(levels) or min(row) < 0 or abs(sum(row) - 1) > _SLACK:
        raise ReportError(
            f"Row {place} of the likert figure has {len(row)} shares that add up to {sum(row):.3f}.",
            where="netralstat.report.figures.likert, column shares",
            do=f"give {len(levels)} shares in [0, 1], one a level, that add up to 1.",
        )
    return row


def _side(row: Sequence[float], side: int) -> float:
    """The sum of the levels below (-1) or above (1) the middle."""
    half = len(row) // 2
    return float(sum(row[:half] if side < 0 else row[-half:]))


def _start(row: Sequence[float]) -> float:
    """Where the first level begins, so that the middle of the scale stands at zero."""
    half = len(row) // 2
    return -_side(row, -1) - (row[half] / 2 if len(row) % 2 else 0.0)


def _scale(known: Sequence[Sequence[float]], *, left: float, width: float) -> Scale:
    """Round ticks over all bars, the same on both sides where both have any."""
    reach = [end for row in known for end in (_start(row), _start(row) + sum(row))]
    return linear([0.0, *(reach or [-0.5, 0.5])], left=left, width=width, most_ticks=9)


def _draw_bar(
    canvas: Canvas, scale: Scale, row: Row, shares: Sequence[float], percent: Callable[[float], str]
) -> None:
    at = _start(shares)
    top = row.middle - _BAR / 2
    for step, share in zip(STEPS[len(shares)], shares, strict=True):
        x, end = scale.place(at), scale.place(at + share)
        at += share
        if end - x < 0.2:
            continue
        canvas.rectangle(x, top, max(end - x - 0.8, 0.2), _BAR, fill=DIVERGING[step])
        words = percent(share)
        if width_of(words, SMALL_SIZE, tabular=True) + 7 <= end - x:
            canvas.text(
                (x + end - 0.8) / 2,
                row.middle + SMALL_SIZE * 0.36,
                words,
                size=SMALL_SIZE,
                colour=ON_DIVERGING[step],
                align="center",
                tabular=True,
            )


def _draw_hidden(canvas: Canvas, scale: Scale, row: Row, words: str) -> None:
    end = scale.left + scale.width
    canvas.line(scale.left, row.middle, end, row.middle, colour=LINE, dash=(2, 4))
    half = width_of(words) / 2 + 5
    middle = min(max(scale.place(0.0), scale.left + half), end - half)
    canvas.rectangle(
        middle - half, row.middle - 10, 2 * half, 20, fill=PAPER, stroke=EDGE, line=0.8, radius=4
    )
    canvas.text(middle, row.middle + LABEL_SIZE * 0.36, words, colour=MUTED, align="center")
