"""Trend lines: how an estimate moved from wave to wave, its band, and where the series was broken."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pandas as pd

from netralstat.errors import ReportError
from netralstat.report.figures import inputs
from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.legends import draw_markers, flowed, shelves
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.scales import Scale, linear, tick_labels
from netralstat.report.figures.theme import (
    EDGE,
    INK,
    LINE,
    MUTED,
    PAPER,
    PLUM,
    SEMIBOLD,
    SERIES,
    SMALL_SIZE,
    WIDTH,
)
from netralstat.report.figures.typeface import fitted, width_of, wrapped

COLUMNS = ("series", "time", "wave_label", "estimate", "conf_low", "conf_high")
LOOKS = (("circle", SERIES[0]), ("diamond", SERIES[1]), ("square", SERIES[2]))
_BANDS = (PLUM[0], PLUM[1], PLUM[1])
_HEIGHT = 300.0
_SHELF = 17.0
_BREAK_WIDTH = 190.0
_EDGE_ROOM = 34.0
_BREAK_ROOM = 110.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    time: float
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """Where times and values stand on the sheet."""

    across: Scale
    up: Scale
    bottom: float

    def y(self, value: float) -> float:
        return self.bottom - self.up.place(value)


def trend(
    frame: pd.DataFrame,
    *,
    series: Sequence[tuple[str, str]],
    percent: Callable[[float], str],
    text: Mapping[str, str],
    breaks: Sequence[tuple[float, str]] = (),
    width: float = WIDTH,
) -> Picture:
    """Whether shares rose or fell over the waves, how sure that is, and what else changed.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``series time wave_label estimate conf_low conf_high``: `time` a number (a year), one label a time;
        estimates in [0, 1], NaN when suppressed or not asked: the line has a gap there.
    series : sequence of (key, label)
        One to three, in drawing order.
    percent : callable
        Prints a proportion.
    text : mapping
        ``axis_title``; ``gap`` (what a gap in a line means) when an estimate is missing.
    breaks : sequence of (time, label)
        Where waves stop being comparable: a vertical mark between two waves with its label; a line that
        crosses it is dashed.
    width : float
        Width of the sheet in px.

    Raises
    ------
    ReportError
        A column or a word is missing, a series is unknown, a wave has two rows of one series, or a break lies
        outside the waves.
    """
    inputs.columns(frame, COLUMNS, "trend")
    gaps = bool(frame["estimate"].isna().any())
    inputs.words(text, ["axis_title", *(["gap"] if gaps else [])], "trend")
    keys = [key for key, _ in series]
    _check(frame, keys, breaks)
    lines = {key: _points(frame.loc[frame["series"] == key]) for key in keys}
    waves = {float(time): str(label) for time, label in zip(frame["time"], frame["wave_label"], strict=True)}
    ends = [
        end for line in lines.values() for point in line for end in (point.low, point.estimate, point.high)
    ]
    values = [end for end in ends if not pd.isna(end)] or [1.0]
    up = linear([0.0, *values], left=0.0, width=_HEIGHT, most_ticks=6)
    ticks = tick_labels(up, percent)
    left = max(width_of(words, SMALL_SIZE) for words in ticks) + 14
    across = _across(sorted(waves), [time for time, _ in breaks], left=left + _EDGE_ROOM, end=width)
    legend = flowed([label for _, label in series], width)
    marks = _marks(breaks, across, width)
    shelf_lines = max((len(words) + shelf for _, words, shelf in marks), default=0)
    title = wrapped(text["axis_title"], width, SMALL_SIZE)
    head = legend.height + 8 + len(title) * _SHELF + 6
    top = head + shelf_lines * _SHELF + (6 if marks else 0)
    names = _names(waves, across, width)
    foot = 24 + _SHELF * max(len(words) + shelf for _, words, shelf in names)

    note = wrapped(text["gap"], width, SMALL_SIZE) if gaps else ()

    canvas = Canvas(width, top + _HEIGHT + foot + _SHELF * len(note))
    sheet = _Sheet(across=across, up=up, bottom=top + _HEIGHT)
    _draw_frame(canvas, sheet, ticks, left, title, legend.height + 8)
    draw_markers(canvas, legend, LOOKS[: len(keys)], left=0, top=0)
    for x, words, shelf in names:
        canvas.line(x, sheet.bottom, x, sheet.bottom + 5, colour=EDGE)
        _draw_lines(canvas, x, sheet.bottom + 20 + shelf * _SHELF, words, width)
    _draw_series(canvas, sheet, [lines[key] for key in keys], [time for time, _ in breaks])
    for x, words, shelf in marks:
        y = head + shelf * _SHELF
        canvas.line(x, y + 2, x, sheet.bottom, colour=INK, width=1.3, dash=(4, 3))
        for place, line in enumerate(words):
            canvas.text(x + 5, y + 12 + place * _SHELF, line, size=SMALL_SIZE, weight=SEMIBOLD)
    for place, line in enumerate(note):
        y = top + _HEIGHT + foot + 10 + place * _SHELF
        canvas.text(0, y, line, size=SMALL_SIZE, colour=MUTED)
    return canvas.picture


def _check(frame: pd.DataFrame, keys: list[str], breaks: Sequence[tuple[float, str]]) -> None:
    where = "netralstat.report.figures.trend"
    if not 1 <= len(keys) <= len(LOOKS) or len(set(keys)) != len(keys):
        raise ReportError(
            f"The trend figure got {len(keys)} series, {len(set(keys))} of them different.",
            where=f"{where}, series",
            do=f"give one to {len(LOOKS)} different (key, label) pairs, the others in a further figure.",
        )
    inputs.one_of([str(value) for value in frame["series"]], keys, "series of this figure", "trend")
    twice = int(frame.duplicated(["series", "time"]).sum())
    if twice:
        raise ReportError(
            f"{twice} rows of the trend figure repeat the wave of a series.",
            where=where,
            do="give one row a series and wave.",
        )
    first, last = float(frame["time"].min()), float(frame["time"].max())
    outside = [time for time, _ in breaks if not first < time < last]
    if outside:
        raise ReportError(
            f"{len(outside)} breaks of the trend figure lie outside the waves from {first:g} to {last:g}.",
            where=f"{where}, breaks",
            do="put a break between two waves.",
        )


def _points(rows: pd.DataFrame) -> list[_Point]:
    """The shown waves of one series in order of time; a bound that is missing is the estimate."""
    found = []
    for _, time, _, *numbers in rows.sort_values("time")[list(COLUMNS)].itertuples(index=False):
        estimate, low, high = (float(number) for number in numbers)
        low, high = (estimate if pd.isna(bound) else bound for bound in (low, high))
        found.append(_Point(time=float(time), estimate=estimate, low=low, high=high))
    return found


def _across(times: list[float], breaks: Sequence[float], *, left: float, end: float) -> Scale:
    """Waves from left to right, with room for the label of a break that stands near the last one."""
    low, high = times[0], times[-1]
    if low == high:
        low, high = low - 1, high + 1
    usual = Scale(left=left, width=end - _EDGE_ROOM - left, low=low, high=high, ticks=tuple(times))
    if all(end - usual.place(time) >= _BREAK_ROOM for time in breaks):
        return usual
    return replace(usual, width=end - _BREAK_ROOM - left)


Placed = tuple[float, tuple[str, ...], int]


def _span(x: float, words: Sequence[str], width: float) -> tuple[float, float]:
    half = max(width_of(line, SMALL_SIZE) for line in words) / 2
    middle = min(max(x, half), width - half)
    return middle - half, middle + half


def _marks(breaks: Sequence[tuple[float, str]], across: Scale, width: float) -> list[Placed]:
    """Labels to the right of their marks, each under the earlier ones that reach as far."""
    placed: list[Placed] = []
    reach: list[float] = []
    for time, label in sorted(breaks):
        x = across.place(float(time))
        words = wrapped(label, min(_BREAK_WIDTH, width - x - 6), SMALL_SIZE, SEMIBOLD)
        over = [
            shelf + len(lines) for (_, lines, shelf), end in zip(placed, reach, strict=True) if end > x - 8
        ]
        placed.append((x, words, max(over, default=0)))
        reach.append(x + 5 + max(width_of(line, SMALL_SIZE, SEMIBOLD) for line in words))
    return placed


def _names(waves: Mapping[float, str], across: Scale, width: float) -> list[Placed]:
    """Labels of the waves, each on the first line where it meets none of the others."""
    most = max(70.0, across.width / max(1, len(waves)))
    placed = [(across.place(time), wrapped(waves[time], most, SMALL_SIZE)) for time in sorted(waves)]
    tallest = max(len(words) for _, words in placed)
    places = shelves([_span(x, words, width) for x, words in placed])
    return [(x, words, shelf * tallest) for (x, words), shelf in zip(placed, places, strict=True)]


def _draw_lines(canvas: Canvas, x: float, y: float, words: Sequence[str], width: float) -> None:
    middle = sum(_span(x, words, width)) / 2
    for place, line in enumerate(words):
        canvas.text(middle, y + place * _SHELF, line, size=SMALL_SIZE, align="center")


def _draw_frame(
    canvas: Canvas, sheet: _Sheet, ticks: Sequence[str], left: float, title: Sequence[str], top: float
) -> None:
    for place, line in enumerate(title):
        size = fitted(line, canvas.width, SMALL_SIZE)
        canvas.text(0, top + 12 + place * _SHELF, line, size=size, colour=MUTED)
    for tick, words in zip(sheet.up.ticks, ticks, strict=True):
        y = sheet.y(tick)
        canvas.line(left, y, canvas.width, y, colour=LINE)
        canvas.text(left - 8, y + 4, words, size=SMALL_SIZE, colour=MUTED, align="right", tabular=True)
    canvas.line(left, sheet.bottom, canvas.width, sheet.bottom, colour=EDGE)


def _runs(line: Sequence[_Point]) -> list[list[_Point]]:
    """Neighbouring waves with an estimate."""
    runs: list[list[_Point]] = [[]]
    for point in line:
        if math.isnan(point.estimate):
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _draw_series(
    canvas: Canvas, sheet: _Sheet, lines: Sequence[Sequence[_Point]], breaks: list[float]
) -> None:
    """Bands, their edges drawn so that overlapping ones stay apart; over them lines and markers."""
    for (_, colour), band, line in zip(LOOKS, _BANDS, lines, strict=False):
        for run in _runs(line):
            for part in _unbroken(run, breaks):
                _draw_band(canvas, sheet, part, band, colour)
    for (shape, colour), line in zip(LOOKS, lines, strict=False):
        for run in _runs(line):
            for one, other in pairwise(run):
                crosses = any(one.time < at < other.time for at in breaks)
                ends = (sheet.across.place(one.time), sheet.y(one.estimate))
                others = (sheet.across.place(other.time), sheet.y(other.estimate))
                dash = (3.0, 2.5) if crosses else None
                canvas.line(*ends, *others, colour=colour, width=1.6 if crosses else 2.4, dash=dash)
            for point in run:
                x, y = sheet.across.place(point.time), sheet.y(point.estimate)
                canvas.marker(shape, x, y, 5.2, fill=colour, stroke=PAPER, line=1.3)


def _unbroken(run: Sequence[_Point], breaks: Sequence[float]) -> list[list[_Point]]:
    parts: list[list[_Point]] = [[run[0]]]
    for one, other in pairwise(run):
        if any(one.time < at < other.time for at in breaks):
            parts.append([])
        parts[-1].append(other)
    return parts


def _draw_band(canvas: Canvas, sheet: _Sheet, part: Sequence[_Point], band: str, colour: str) -> None:
    places = [(sheet.across.place(p.time), sheet.y(p.low), sheet.y(p.high)) for p in part]
    if len(places) == 1:
        x, low, high = places[0]
        canvas.line(x, low, x, high, colour=colour, width=2.2, cap="round")
        return
    upper = [(x, high) for x, _, high in places]
    lower = [(x, low) for x, low, _ in places]
    canvas.polygon([*upper, *reversed(lower)], fill=band, stroke=None)
    for edge in (upper, lower):
        for (x0, y0), (x1, y1) in pairwise(edge):
            canvas.line(x0, y0, x1, y1, colour=colour, width=0.7)
