"""Several shares of one thing on one scale: witnessed, asked to, done, with intervals and printed values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from netralstat.errors import ReportError
from netralstat.report.figures import inputs
from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.rows import (
    LEADING,
    Row,
    axis_height,
    draw_axis,
    draw_labels,
    label_width,
    stack,
)
from netralstat.report.figures.scales import Scale, linear, tick_labels
from netralstat.report.figures.theme import (
    LABEL_SIZE,
    LINE,
    MUTED,
    PAPER,
    PLUM,
    SEMIBOLD,
    SERIES,
    SMALL_SIZE,
    WIDTH,
)
from netralstat.report.figures.typeface import width_of, wrapped

COLUMNS = ("row_label", "series", "estimate", "conf_low", "conf_high", "flag")
MOST_SERIES = 3
_LANE = 10.0
_GAP = 22.0
_LABEL_SHARE = 0.37
_NOTHING = "–"
_LOOKS = (("circle", SERIES[0], True), ("diamond", SERIES[1], False), ("square", SERIES[2], False))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    estimate: float
    low: float
    high: float
    flagged: bool

    @property
    def shown(self) -> bool:
        return not pd.isna(self.estimate)


def dumbbell(
    frame: pd.DataFrame,
    *,
    series: Sequence[tuple[str, str]],
    percent: Callable[[float], str],
    text: Mapping[str, str],
    width: float = WIDTH,
) -> Picture:
    """How far two or three shares of the same thing lie apart, and which thing comes first.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``row_label series estimate conf_low conf_high flag``, one row a label and series; estimates in [0,
        1], NaN when suppressed. Rows are sorted by the first series, highest first; rows without it come
        last.
    series : sequence of (key, label)
        One to three, in drawing order; the label heads the column of printed values and names the marker.
    percent : callable
        Prints a proportion.
    text : mapping
        ``axis_title``; ``not_shown`` when a value is suppressed.
    width : float
        Width of the sheet in px.

    Raises
    ------
    ReportError
        A column or a word is missing, a series is unknown, or a label has two rows in one series.
    """
    inputs.columns(frame, COLUMNS, "dumbbell")
    keys = [key for key, _ in series]
    _check(frame, keys)
    table = _table(frame)
    gaps = any(key not in points or not points[key].shown for points in table.values() for key in keys)
    inputs.words(text, ["axis_title", *(["not_shown"] if gaps else [])], "dumbbell")
    labels = _sorted(table, keys[0])
    left = label_width(labels, [""] * len(labels), most=width * _LABEL_SHARE)
    heads = [wrapped(label, 92, SMALL_SIZE, SEMIBOLD) for _, label in series]
    columns = [_column(table, key, head, percent) for key, head in zip(keys, heads, strict=True)]
    head = 30 + SMALL_SIZE * LEADING * max(map(len, heads))
    values = [number for points in table.values() for point in points.values() for number in _numbers(point)]
    start = left + _GAP
    scale = linear(values, left=start, width=width - sum(columns) - _GAP - start, most_ticks=5)
    lanes = _LANE * (len(keys) - 1)
    rows = stack(labels, [""] * len(labels), top=head, width=left, pitch=lanes + 24, padding=12)
    bottom = rows.bottom + axis_height(text["axis_title"], width)

    canvas = Canvas(width, bottom + (22 if gaps else 0))
    draw_axis(canvas, scale, rows, label=percent, title=text["axis_title"])
    for row in rows.rows[1:]:
        y = row.middle - row.height / 2
        canvas.line(0, y, width, y, colour=LINE)
    draw_labels(canvas, rows)
    _draw_heads(canvas, heads, columns, head, scale, percent)
    for row in rows.rows:
        points = [table[labels[row.index]].get(key) for key in keys]
        _draw_row(canvas, scale, row, points)
        _draw_values(canvas, row, points, columns, percent)
    if gaps:
        canvas.text(
            width,
            bottom + 12,
            f"{_NOTHING} {text['not_shown']}",
            size=SMALL_SIZE,
            colour=MUTED,
            align="right",
        )
    return canvas.picture


def _check(frame: pd.DataFrame, keys: list[str]) -> None:
    if not 1 <= len(keys) <= MOST_SERIES or len(set(keys)) != len(keys):
        raise ReportError(
            f"The dumbbell figure got {len(keys)} series, {len(set(keys))} of them different.",
            where="netralstat.report.figures.dumbbell, series",
            do=f"give one to {MOST_SERIES} different (key, label) pairs.",
        )
    inputs.one_of([str(value) for value in frame["series"]], keys, "series of this figure", "dumbbell")
    twice = int(frame.duplicated(["row_label", "series"]).sum())
    if twice:
        raise ReportError(
            f"{twice} rows of the dumbbell figure repeat a label and series.",
            where="netralstat.report.figures.dumbbell",
            do="give one row a label and series.",
        )


def _table(frame: pd.DataFrame) -> dict[str, dict[str, _Point]]:
    table: dict[str, dict[str, _Point]] = {}
    for label, key, estimate, low, high, flag in frame[list(COLUMNS)].itertuples(index=False):
        point = _Point(estimate=float(estimate), low=float(low), high=float(high), flagged=bool(flag))
        table.setdefault(str(label), {})[str(key)] = point
    return table


def _sorted(table: dict[str, dict[str, _Point]], key: str) -> list[str]:
    def rank(label: str) -> tuple[bool, float]:
        point = table[label].get(key)
        return (False, -point.estimate) if point is not None and point.shown else (True, 0.0)

    return sorted(table, key=rank)


def _numbers(point: _Point) -> list[float]:
    return [point.estimate, point.low, point.high]


def _column(
    table: dict[str, dict[str, _Point]], key: str, head: tuple[str, ...], percent: Callable[[float], str]
) -> float:
    printed = [
        percent(points[key].estimate) for points in table.values() if key in points and points[key].shown
    ]
    widths = [width_of(value, tabular=True) for value in printed]
    widths += [width_of(line, SMALL_SIZE, SEMIBOLD) for line in head]
    return max(widths) + 18


def _draw_heads(
    canvas: Canvas,
    heads: list[tuple[str, ...]],
    columns: list[float],
    bottom: float,
    scale: Scale,
    percent: Callable[[float], str],
) -> None:
    x = canvas.width - sum(columns)
    deepest = max(map(len, heads))
    for place, (lines, wide) in enumerate(zip(heads, columns, strict=True)):
        x += wide
        first = bottom - 10 - SMALL_SIZE * LEADING * (len(lines) - 1)
        _mark(canvas, place, x - 6, bottom - 13 - SMALL_SIZE * LEADING * deepest)
        for line, words in enumerate(lines):
            y = first + line * SMALL_SIZE * LEADING
            canvas.text(x, y, words, size=SMALL_SIZE, weight=SEMIBOLD, colour=_LOOKS[place][1], align="right")
    for tick, words in zip(scale.ticks, tick_labels(scale, percent), strict=True):
        canvas.text(scale.place(tick), bottom - 10, words, size=SMALL_SIZE, colour=MUTED, align="center")


def _draw_row(canvas: Canvas, scale: Scale, row: Row, points: list[_Point | None]) -> None:
    shown = [(place, point) for place, point in enumerate(points) if point is not None and point.shown]
    lanes = [row.middle + (place - (len(points) - 1) / 2) * _LANE for place in range(len(points))]
    for (before, first), (after, second) in pairwise(shown):
        canvas.line(
            scale.place(first.estimate), lanes[before], scale.place(second.estimate), lanes[after],
            colour=PLUM[1], width=2.4,
        )  # fmt: skip
    for place, point in shown:
        y = lanes[place]
        if not (pd.isna(point.low) or pd.isna(point.high)):
            colour = _LOOKS[place][1]
            canvas.line(
                scale.place(point.low), y, scale.place(point.high), y, colour=colour, width=2, cap="round"
            )
        _mark(canvas, place, scale.place(point.estimate), y)


def _draw_values(
    canvas: Canvas,
    row: Row,
    points: list[_Point | None],
    columns: list[float],
    percent: Callable[[float], str],
) -> None:
    x = canvas.width - sum(columns)
    baseline = row.middle + LABEL_SIZE * 0.36
    for point, wide in zip(points, columns, strict=True):
        x += wide
        if point is None or not point.shown:
            canvas.text(x, baseline, _NOTHING, colour=MUTED, align="right")
        else:
            canvas.text(x, baseline, percent(point.estimate), align="right", tabular=True)


def _mark(canvas: Canvas, place: int, x: float, y: float) -> None:
    shape, colour, hollow = _LOOKS[place]
    canvas.marker(
        shape, x, y, 4.6, fill=PAPER if hollow else colour, stroke=colour, line=1.8 if hollow else 0.8
    )
