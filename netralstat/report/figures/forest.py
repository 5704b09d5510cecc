"""The forest plot: odds ratios with their intervals on a logarithmic axis, reference levels named."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pandas as pd

from netralstat.report.figures import inputs
from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.rows import axis_height, draw_axis, draw_labels, label_width, stack
from netralstat.report.figures.scales import Scale, logarithmic
from netralstat.report.figures.theme import (
    ACCENT,
    EDGE,
    INK,
    LABEL_SIZE,
    MUTED,
    PAPER,
    SEMIBOLD,
    SMALL_SIZE,
    WIDTH,
)
from netralstat.report.figures.typeface import fitted, width_of

COLUMNS = ("group", "row_label", "odds_ratio", "or_low", "or_high", "p_value", "reference")
_PITCH = 29.0
_HEAD = 34.0
_GAP = 26.0
_LABEL_SHARE = 0.38
_KEY = 26.0


def forest(
    frame: pd.DataFrame,
    *,
    number: Callable[[float], str],
    text: Mapping[str, str],
    interval: Callable[[float, float], str] | None = None,
    alpha: float = 0.05,
    width: float = WIDTH,
) -> Picture:
    """Which traits go with higher or lower odds, and how sure it is.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``group row_label odds_ratio or_low or_high p_value reference`` in drawing order. A heading stands
        wherever `group` changes. `reference` rows are the levels that others are compared with. A row without
        odds ratio that is no reference is written as not shown.
    number : callable
        Prints a ratio.
    text : mapping
        ``less`` and ``more`` (the two sides of 1), ``column_title``, ``axis_title``; ``reference`` and
        ``not_shown`` when they occur; optional ``significant`` and ``not_significant`` (key of filled and
        open squares).
    interval : callable, optional
        Prints the two bounds; by default ``low–high``.
    alpha : float
        A square is filled when its p-value lies below.
    width : float
        Width of the sheet in px.

    Raises
    ------
    ReportError
        A column or a word is missing.
    """
    inputs.columns(frame, COLUMNS, "forest")
    reference = frame["reference"].astype(bool).tolist()
    hidden = [
        bool(gone) and not base for gone, base in zip(frame["odds_ratio"].isna(), reference, strict=True)
    ]
    inputs.words(text, _needed(reference, hidden), "forest")
    printed = [
        _printed(ratio, low, high, base, number, interval, text)
        for ratio, low, high, base in zip(
            frame["odds_ratio"], frame["or_low"], frame["or_high"], reference, strict=True
        )
    ]
    labels = [str(label) for label in frame["row_label"]]
    groups = ["" if pd.isna(group) else str(group) for group in frame["group"]]
    left = label_width(labels, groups, most=width * _LABEL_SHARE)
    figures = max(width_of(first, tabular=True) for first, _ in printed)
    column = max(
        figures + 8 + max(width_of(second, tabular=True) for _, second in printed),
        width_of(text["column_title"], weight=SEMIBOLD),
    )
    column = max(column, max((width_of(text["not_shown"]) for gone in hidden if gone), default=0.0))
    start = left + _GAP
    shown = [not (base or gone) for base, gone in zip(reference, hidden, strict=True)]
    values = frame.loc[shown, ["odds_ratio", "or_low", "or_high"]].to_numpy(dtype="float64").ravel().tolist()
    scale = logarithmic(values, left=start, width=width - column - _GAP - start)
    rows = stack(labels, groups, top=_HEAD, width=left, pitch=_PITCH, padding=9)
    keys = [key for key in ("significant", "not_significant") if text.get(key)]

    foot = rows.bottom + axis_height(text["axis_title"], width)
    canvas = Canvas(width, foot + (_KEY if keys else 0))
    draw_axis(canvas, scale, rows, label=number, title=text["axis_title"])
    _draw_head(canvas, scale, rows.bottom, width - column, text)
    draw_labels(canvas, rows)
    p_values = frame["p_value"].tolist()
    for row in rows.rows:
        baseline = row.middle + LABEL_SIZE * 0.36
        first, second = printed[row.index]
        if hidden[row.index]:
            canvas.text(width - column, baseline, text["not_shown"], colour=MUTED)
            continue
        if reference[row.index]:
            canvas.marker("diamond", scale.place(1.0), row.middle, 4, fill=PAPER, stroke=EDGE, line=1.5)
        else:
            low, ratio, high = (
                float(frame[name].iloc[row.index]) for name in ("or_low", "odds_ratio", "or_high")
            )
            sure = bool(p_values[row.index] < alpha)
            _draw_ratio(canvas, scale, (low, ratio, high), row.middle, sure=sure)
        colour = MUTED if reference[row.index] else INK
        canvas.text(width - column + figures, baseline, first, colour=colour, align="right", tabular=True)
        canvas.text(width - column + figures + 8, baseline, second, colour=colour, tabular=True)
    if keys:
        _draw_keys(canvas, scale.left, foot + 12, keys, text)
    return canvas.picture


def _needed(reference: list[bool], hidden: list[bool]) -> list[str]:
    needed = ["less", "more", "column_title", "axis_title"]
    if any(reference):
        needed.append("reference")
    if any(hidden):
        needed.append("not_shown")
    return needed


def _printed(
    ratio: float,
    low: float,
    high: float,
    base: bool,
    number: Callable[[float], str],
    interval: Callable[[float, float], str] | None,
    text: Mapping[str, str],
) -> tuple[str, str]:
    if base:
        return number(1.0), f"({text['reference']})"
    if math.isnan(ratio):
        return "", ""
    bounds = interval(low, high) if interval else f"{number(low)}–{number(high)}"
    return number(ratio), f"({bounds})"


def _draw_head(canvas: Canvas, scale: Scale, bottom: float, column: float, text: Mapping[str, str]) -> None:
    one = scale.place(1.0)
    canvas.line(one, 24, one, bottom, colour=INK, width=1.4)
    canvas.text(column, 15, text["column_title"], weight=SEMIBOLD)
    less, more = f"← {text['less']}", f"{text['more']} →"
    gap, end = 10.0, column - 16
    size = min(SMALL_SIZE, fitted(f"{less}  {more}", end, SMALL_SIZE))
    right = min(one + gap, end - width_of(more, size))
    left = max(min(one - gap, right - 2 * gap), width_of(less, size))
    canvas.text(left, 15, less, size=size, colour=MUTED, align="right")
    canvas.text(right, 15, more, size=size, colour=MUTED)


def _draw_ratio(
    canvas: Canvas, scale: Scale, values: tuple[float, float, float], y: float, *, sure: bool
) -> None:
    low, ratio, high = values
    colour = ACCENT if sure else MUTED
    if not (math.isnan(low) or math.isnan(high)):
        canvas.line(scale.place(low), y, scale.place(high), y, colour=colour, width=2.6, cap="round")
        for bound, side in ((low, -1.0), (high, 1.0)):
            if not scale.holds(bound):
                x = scale.place(bound)
                corners = [(x + 6 * side, y), (x - 3 * side, y - 5), (x - 3 * side, y + 5)]
                canvas.polygon(corners, fill=colour, stroke=None)
    if scale.holds(ratio):
        fill = colour if sure else PAPER
        canvas.marker("square", scale.place(ratio), y, 5.8, fill=fill, stroke=colour, line=1.8)


def _draw_keys(canvas: Canvas, x: float, y: float, keys: list[str], text: Mapping[str, str]) -> None:
    for key in keys:
        sure = key == "significant"
        colour = ACCENT if sure else MUTED
        canvas.marker("square", x + 6, y - 4.5, 5.4, fill=colour if sure else PAPER, stroke=colour, line=1.8)
        canvas.text(x + 19, y, text[key], size=SMALL_SIZE, colour=MUTED)
        x += 19 + width_of(text[key], SMALL_SIZE) + 28
