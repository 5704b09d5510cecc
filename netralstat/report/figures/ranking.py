"""A ranking with its uncertainty: the place of each row, and the places that the data leave open to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from netralstat.errors import ReportError
from netralstat.report.figures import inputs
from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.rows import axis_height, draw_axis, draw_labels, label_width, stack
from netralstat.report.figures.scales import Scale
from netralstat.report.figures.theme import (
    ACCENT,
    LABEL_SIZE,
    LINE,
    MUTED,
    PAPER,
    PLUM,
    SEMIBOLD,
    SMALL_SIZE,
    WIDTH,
)
from netralstat.report.figures.typeface import width_of, wrapped

COLUMNS = ("row_label", "estimate", "rank", "rank_low", "rank_high")
_PITCH = 23.0
_BAR = 11.0
_GAP = 22.0
_LABEL_SHARE = 0.34
_COLUMN = 96.0


def ranking(
    frame: pd.DataFrame,
    *,
    percent: Callable[[float], str],
    text: Mapping[str, str],
    width: float = WIDTH,
) -> Picture:
    """Who comes first, and how little of the order is certain.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``row_label estimate rank rank_low rank_high`` in drawing order, of `netralstat.estimate.ranks.Ranks`;
        estimates in [0, 1]. A row without a rank is suppressed.
    percent : callable
        Prints a proportion.
    text : mapping
        ``axis_title``, ``value_title`` and ``places_title`` (heads of the printed columns); ``not_shown``
        when a row has no rank.
    width : float
        Width of the sheet in px.

    Raises
    ------
    ReportError
        A column or a word is missing, or a rank lies outside its bounds.
    """
    inputs.columns(frame, COLUMNS, "ranking")
    hidden = frame["rank"].isna().tolist()
    needed = ["axis_title", "value_title", "places_title", *(["not_shown"] if any(hidden) else [])]
    inputs.words(text, needed, "ranking")
    records = [_checked(*row) for row in frame[list(COLUMNS)].itertuples(index=False)]
    labels = [label for label, *_ in records]
    printed = [
        ("", "") if gone else (percent(value), f"{low:g}" if low == high else f"{low:g}–{high:g}")
        for gone, (_, value, _, low, high) in zip(hidden, records, strict=True)
    ]
    heads = [wrapped(text[key], _COLUMN, SMALL_SIZE, SEMIBOLD) for key in ("value_title", "places_title")]
    columns = [
        max(
            max(width_of(line, SMALL_SIZE, SEMIBOLD) for line in lines),
            max(width_of(pair[place], weight=SEMIBOLD, tabular=True) for pair in printed),
        )
        for place, lines in enumerate(heads)
    ]
    if any(hidden):
        columns[0] = max(columns[0], width_of(text["not_shown"]) - columns[1] - _GAP)
    left = label_width(labels, [""] * len(labels), most=width * _LABEL_SHARE)
    start = left + _GAP
    room = width - sum(columns) - 2 * _GAP - start
    scale = _scale(max([high for *_, high in records if high == high], default=1.0), left=start, width=room)
    head = 12 + SMALL_SIZE * 1.3 * max(map(len, heads))
    rows = stack(labels, [""] * len(labels), top=head, width=left, pitch=_PITCH, padding=7)

    canvas = Canvas(width, rows.bottom + axis_height(text["axis_title"], width))
    draw_axis(canvas, scale, rows, label=lambda at: f"{at:g}", title=text["axis_title"])
    draw_labels(canvas, rows, muted=[place for place, gone in enumerate(hidden) if gone])
    ends = (width - columns[1] - _GAP, width)
    for lines, x in zip(heads, ends, strict=True):
        for place, line in enumerate(reversed(lines)):
            y = head - 8 - place * SMALL_SIZE * 1.3
            canvas.text(x, y, line, size=SMALL_SIZE, weight=SEMIBOLD, colour=MUTED, align="right")
    for row in rows.rows:
        baseline = row.middle + LABEL_SIZE * 0.36
        if hidden[row.index]:
            end = scale.left + scale.width
            canvas.line(scale.left, row.middle, end, row.middle, colour=LINE, dash=(2, 4))
            canvas.text(width, baseline, text["not_shown"], colour=MUTED, align="right")
            continue
        _draw_places(canvas, scale, row.middle, records[row.index][2:])
        value, places = printed[row.index]
        canvas.text(ends[0], baseline, value, weight=SEMIBOLD, align="right", tabular=True)
        canvas.text(ends[1], baseline, places, colour=MUTED, align="right", tabular=True)
    return canvas.picture


def _checked(
    label: object, estimate: object, rank: object, low: object, high: object
) -> tuple[str, float, float, float, float]:
    """One row as numbers, NaN where it has no rank."""
    value, place, first, last = (
        float("nan") if pd.isna(number) else float(number)  # type: ignore[call-overload, arg-type]
        for number in (estimate, rank, low, high)
    )
    if place == place and not 1 <= first <= place <= last:
        raise ReportError(
            f"A row of the ranking has the place {place:g} outside its bounds {first:g} and {last:g}.",
            where="netralstat.report.figures.ranking",
            do="give the columns rank, rank_low and rank_high of Estimates.ranks().",
        )
    return str(label), value, place, first, last


def _scale(last: float, *, left: float, width: float) -> Scale:
    """Places from 1 to `last`, each as wide as the others, ticks at 1 and round places."""
    step = next((step for step in (1, 5, 10, 20, 50, 100) if last / step <= 12), 200)
    apart = 2.4 * SMALL_SIZE * last / max(width, 1.0)  # places between two labels that do not meet
    round_ones = [float(place) for place in range(step, int(last) + 1, step) if last - place >= apart]
    ticks = {1.0, last, *(place for place in round_ones if place == 1 or place - 1 >= apart)}
    return Scale(left=left, width=width, low=0.5, high=last + 0.5, ticks=tuple(sorted(ticks)))


def _draw_places(canvas: Canvas, scale: Scale, y: float, places: tuple[float, ...]) -> None:
    rank, low, high = places
    x, end = scale.place(low - 0.5), scale.place(high + 0.5)
    canvas.rectangle(x, y - _BAR / 2, end - x, _BAR, fill=PLUM[1], radius=min(4.0, (end - x) / 2))
    canvas.disc(scale.place(rank), y, 4.6, fill=ACCENT, stroke=PAPER, line=1.2)
