"""Dots with intervals: one estimate a row, beside the national value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from netralstat.report.figures import inputs
from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.rows import axis_height, draw_axis, draw_labels, label_width, stack
from netralstat.report.figures.scales import Scale, linear
from netralstat.report.figures.theme import (
    ACCENT,
    INK,
    LABEL_SIZE,
    LINE,
    MUTED,
    PAPER,
    SEMIBOLD,
    SMALL_SIZE,
    WIDTH,
)
from netralstat.report.figures.typeface import width_of

COLUMNS = ("row_label", "estimate", "conf_low", "conf_high", "flag", "group")
_PITCH = 27.0
_HEAD = 30.0
_GAP = 24.0
_LABEL_SHARE = 0.36


def intervals(
    frame: pd.DataFrame,
    *,
    reference: float | None,
    percent: Callable[[float], str],
    text: Mapping[str, str],
    interval: Callable[[float, float], str] | None = None,
    width: float = WIDTH,
) -> Picture:
    """How high an estimate is in each row, how sure, and how it lies to the national value.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``row_label estimate conf_low conf_high flag group``, in drawing order; estimates in [0, 1], NaN when
        suppressed; a heading stands wherever `group` changes (empty: none). A row with an estimate and a flag
        gets an open dot.
    reference : float or None
        The national value: a vertical line.
    percent : callable
        Prints a proportion.
    text : mapping
        ``axis_title``; ``reference`` (name of the line) when there is one; ``not_shown`` when a row has no
        estimate;
        ``to`` for intervals with a negative bound when `interval` is not given; optional ``column_title``
        over the printed values.
    interval : callable, optional
        Prints the two bounds; by default ``low–high``.
    width : float
        Width of the sheet in px.

    Raises
    ------
    ReportError
        A column or a word is missing.
    """
    inputs.columns(frame, COLUMNS, "intervals")
    hidden = frame["estimate"].isna().tolist()
    inputs.words(text, _needed(hidden, reference, frame, interval is None), "intervals")
    printed = _printed(frame, percent, interval or _joined(percent, text), text)
    labels, groups = _texts(frame, "row_label"), _texts(frame, "group")
    left = label_width(labels, groups, most=width * _LABEL_SHARE)
    number = max(width_of(first, weight=SEMIBOLD, tabular=True) for first, _ in printed)
    bounds = max(width_of(second, tabular=True) for _, second in printed)
    column = max(
        number + (8 + bounds if bounds else 0), width_of(text.get("column_title", ""), SMALL_SIZE, SEMIBOLD)
    )
    column = max(column, max((width_of(text["not_shown"]) for gone in hidden if gone), default=0.0))
    numbers = [
        *frame["estimate"],
        *frame["conf_low"],
        *frame["conf_high"],
        *([] if reference is None else [reference]),
    ]
    start = left + _GAP
    scale = linear(map(float, numbers), left=start, width=width - column - _GAP - start)
    rows = stack(labels, groups, top=_HEAD, width=left, pitch=_PITCH, padding=9)

    canvas = Canvas(width, rows.bottom + axis_height(text["axis_title"], width))
    draw_axis(canvas, scale, rows, label=percent, title=text["axis_title"])
    if reference is not None:
        name = f"{text['reference']} {percent(reference)}" if reference else text["reference"]
        _draw_reference(canvas, scale, reference, name, rows.bottom)
    draw_labels(canvas, rows, muted=[index for index, gone in enumerate(hidden) if gone])
    canvas.text(
        width - column, 15, text.get("column_title", ""), size=SMALL_SIZE, weight=SEMIBOLD, colour=MUTED
    )
    records = list(frame[list(COLUMNS)].itertuples(index=False))
    for row in rows.rows:
        record, baseline = records[row.index], row.middle + LABEL_SIZE * 0.36
        if hidden[row.index]:
            canvas.line(
                scale.left, row.middle, scale.left + scale.width, row.middle, colour=LINE, dash=(2, 4)
            )
            canvas.text(width - column, baseline, text["not_shown"], colour=MUTED)
            continue
        _draw_estimate(canvas, scale, record, row.middle)
        first, second = printed[row.index]
        canvas.text(width - column + number, baseline, first, weight=SEMIBOLD, align="right", tabular=True)
        canvas.text(width - column + number + 8, baseline, second, colour=MUTED, tabular=True)
    return canvas.picture


def _needed(hidden: list[bool], reference: float | None, frame: pd.DataFrame, joins: bool) -> list[str]:
    needed = ["axis_title"]
    if reference is not None:
        needed.append("reference")
    if any(hidden):
        needed.append("not_shown")
    if joins and bool((frame["conf_low"] < 0).any()):
        needed.append("to")
    return needed


def _printed(
    frame: pd.DataFrame,
    percent: Callable[[float], str],
    interval: Callable[[float, float], str],
    text: Mapping[str, str],
) -> list[tuple[str, str]]:
    found = []
    for estimate, low, high in zip(frame["estimate"], frame["conf_low"], frame["conf_high"], strict=True):
        if pd.isna(estimate):
            found.append(("", ""))
        else:
            bounds = "" if pd.isna(low) or pd.isna(high) else f"({interval(float(low), float(high))})"
            found.append((percent(float(estimate)), bounds))
    return found


def _joined(percent: Callable[[float], str], text: Mapping[str, str]) -> Callable[[float, float], str]:
    def join(low: float, high: float) -> str:
        return (
            f"{percent(low)} {text['to']} {percent(high)}" if low < 0 else f"{percent(low)}–{percent(high)}"
        )

    return join


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    return ["" if pd.isna(value) else str(value) for value in frame[column]]


def _draw_reference(canvas: Canvas, scale: Scale, value: float, words: str, bottom: float) -> None:
    x = scale.place(value)
    canvas.line(x, 22, x, bottom, colour=INK, width=1.3)
    half = width_of(words, SMALL_SIZE, SEMIBOLD) / 2
    middle = min(max(x, scale.left + half), scale.left + scale.width - half)
    canvas.text(middle, 15, words, size=SMALL_SIZE, weight=SEMIBOLD, align="center")


def _draw_estimate(canvas: Canvas, scale: Scale, record: object, y: float) -> None:
    estimate, low, high = (float(getattr(record, name)) for name in ("estimate", "conf_low", "conf_high"))
    if not (pd.isna(low) or pd.isna(high)):
        canvas.line(scale.place(low), y, scale.place(high), y, colour=ACCENT, width=3, cap="round")
    fill = PAPER if str(getattr(record, "flag")) else ACCENT  # noqa: B009 - a row of any frame
    canvas.disc(scale.place(estimate), y, 5.2, fill=fill, stroke=ACCENT if fill == PAPER else PAPER, line=1.4)
