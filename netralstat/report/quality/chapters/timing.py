"""How long interviews took: a histogram with the threshold, and quantiles."""

from __future__ import annotations

import math

import numpy as np

from netralstat.collect.quality.timing import Timing
from netralstat.report.blocks import Block, Column
from netralstat.report.quality.desk import QualityDesk, cells

CLASSES = 60
_NICE = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0)


def write(desk: QualityDesk) -> tuple[str, list[Block]]:
    """Length of the interviews where times are declared."""
    w, f, clock = desk.w, desk.f, desk.quality.timing
    if clock is None or math.isnan(clock.median):
        return w("field.timing"), [desk.missing("field.no_times")]
    declared = desk.material.plan.collect.quality
    if declared.min_minutes is not None and clock.threshold == declared.min_minutes:
        rule = w("field.rule_minimum")
    else:
        rule = w("field.rule_median", share=f.percent(declared.median_share, 0))
    threshold = f.number(clock.threshold, 1)
    opening = desk.paragraph(
        "field.timing_opening",
        median=f.number(clock.median, 1),
        threshold=threshold,
        rule=rule,
        unknown=f.count(clock.n_unknown),
    )
    return w("field.timing"), [opening, _figure(desk, clock, threshold), _table(desk, clock)]


def classes(clock: Timing) -> tuple[list[float], list[int]]:
    """Bounds of equal classes up to four times the median, and the rows in each; the last one is open."""
    known = clock.minutes[clock.minutes >= 0]
    most = max(float(np.quantile(known, 0.995)), clock.threshold * 1.2, 1.0)
    step = next((one for one in _NICE if most / one <= CLASSES), _NICE[-1])
    most = math.ceil(min(most, 4 * max(clock.median, clock.threshold, 1.0)) / step) * step
    edges = np.arange(0.0, most + step / 2, step)
    place = np.minimum(np.floor(known / step).astype(int), len(edges) - 2)
    return edges.tolist(), np.bincount(place, minlength=len(edges) - 1).tolist()


def _figure(desk: QualityDesk, clock: Timing, threshold: str) -> Block:
    from netralstat.report.figures.histogram import histogram

    w, f = desk.w, desk.f
    edges, counts = classes(clock)
    digits = 0 if float(edges[1]).is_integer() else 2
    drawing = histogram(
        edges,
        counts,
        number=lambda value: f.number(value, digits if value < edges[-1] + 1 and digits else 0),
        axis_title=w("field.timing_axis", most=f.number(edges[-1], 0)),
        threshold=clock.threshold,
        threshold_label=w("field.timing_line", threshold=threshold),
    )
    short = sum(len(one.rows) for one in clock.flagged if one.flag == "speeder")
    alt = w("field.timing_alt", median=f.number(clock.median, 1), n=f.count(short), threshold=threshold)
    return desk.figure("figure-timing", w("field.timing_figure"), drawing, alt, table="table-timing")


def _table(desk: QualityDesk, clock: Timing) -> Block:
    w = desk.w
    columns = (
        Column(key="share", label=w("field.timing_share"), kind="text"),
        Column(key="minutes", label=w("field.minutes"), kind="number"),
    )
    rows = [
        cells((desk.f.percent(share, 0), minutes))
        for share, minutes in clock.quantiles().itertuples(index=False)
    ]
    return desk.table("table-timing", w("field.timing_table"), columns, rows, figure="figure-timing")
