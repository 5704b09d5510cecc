"""The report's figures with their words: chapters bring rows, `report.figures` draws them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from netralstat.reference import tiles as tile_list
from netralstat.report.context import Context
from netralstat.report.tables import is_hidden

if TYPE_CHECKING:
    from netralstat.ask.plan_collect import Regions
    from netralstat.estimate.ranks import Ranks
    from netralstat.report.figures.flow import Step
    from netralstat.report.figures.picture import Picture


def intervals(
    context: Context,
    rows: Sequence[tuple[str, str, dict[str, Any]]],
    *,
    mean: bool = False,
    reference: float | None = None,
) -> Picture:
    """Dots with intervals; each row is (label, group, estimate)."""
    from netralstat.report.figures.intervals import intervals as draw

    frame = pd.DataFrame(
        [
            {
                "row_label": label,
                "group": group,
                **{key: row[key] for key in ("estimate", "conf_low", "conf_high")},
                "flag": row["flag"] if is_hidden(row) else "",
            }
            for label, group, row in rows
        ]
    )
    w = context.w
    axis = w("figure.axis_mean" if mean else "figure.axis_percent", ci=context.ci)
    text = {
        "axis_title": axis,
        "column_title": w("figure.mean_head" if mean else "figure.percent_head", ci=context.ci),
        "not_shown": w("figure.not_shown"),
        "reference": w("term.whole_row"),
    }
    f = context.f
    if mean:
        bounds = partial(f.interval, scale=1, digits=1)
        return draw(
            frame, reference=reference, percent=partial(f.number, digits=1), text=text, interval=bounds
        )
    return draw(frame, reference=reference, percent=f.percent, text=text, interval=f.interval)


def provinces(context: Context, regions: Regions, values: pd.DataFrame) -> Picture:
    """The map of the wave's provinces: the institution's own, or one tile a province."""
    percent, outside = partial(context.f.share, digits=0), set(regions.outside)
    if context.material.boundaries is not None:
        from netralstat.report.figures.true_map import area_map

        sheet = context.material.boundaries.sheet
        return area_map(values, sheet, outside=outside, percent=percent, text=_map_text(context))
    from netralstat.report.figures.tile_map import tile_map

    grid = tile_list(regions.list_vintage, regions.groups or "kasn2021", context.language, names="short")
    return tile_map(values, grid, outside=outside, percent=percent, text=_map_text(context))


def dumbbell(context: Context, frame: pd.DataFrame, series: Sequence[tuple[str, str]]) -> Picture:
    """Witnessed, asked and done on one line a form."""
    from netralstat.report.figures.dumbbell import dumbbell as draw

    w = context.w
    text = {"axis_title": w("figure.axis_percent", ci=context.ci), "not_shown": w("figure.not_shown")}
    return draw(frame, series=list(series), percent=context.f.percent, text=text)


def ranking(context: Context, ranks: Ranks) -> Picture:
    """The place of each domain and those that the data leave open to it; one ranking."""
    from netralstat.report.figures.ranking import ranking as draw

    table = ranks.to_frame()
    labels = [context.labels.level(ranks.over, level) for level in table[ranks.over]]
    w = context.w
    ci = context.f.percent(ranks.level, 0)
    text = {
        "axis_title": w("figure.axis_places" if ranks.highest_first else "figure.axis_places_low", level=ci),
        "value_title": w("figure.percent"),
        "places_title": w("figure.places"),
        "not_shown": w("figure.not_shown"),
    }
    return draw(table.assign(row_label=labels), percent=context.f.share, text=text)


def likert(
    context: Context,
    rows: Sequence[tuple[str, str, tuple[float, ...] | None]],
    levels: Sequence[str],
    *,
    low: str,
    high: str,
) -> Picture:
    """Answers about the middle of their scale: rows of (label, group, shares), heads of the sums."""
    from netralstat.report.figures.likert import likert as draw

    w = context.w
    text = {
        "axis_title": w("figure.percent"),
        "low_title": low,
        "high_title": high,
        "not_shown": w("figure.not_shown"),
    }
    frame = pd.DataFrame(list(rows), columns=["row_label", "group", "shares"])
    return draw(frame, levels=levels, percent=partial(context.f.share, digits=0), text=text)


def trend(
    context: Context,
    frame: pd.DataFrame,
    series: Sequence[tuple[str, str]],
    breaks: Sequence[tuple[float, str]] = (),
) -> Picture:
    """Shares from wave to wave; `breaks` are (time between two waves, what changed)."""
    from netralstat.report.figures.trend import trend as draw

    w = context.w
    text = {"axis_title": w("figure.axis_percent", ci=context.ci), "gap": w("figure.gap")}
    return draw(frame, series=series, percent=context.f.share, text=text, breaks=breaks)


def flow(context: Context, steps: Sequence[Step]) -> Picture:
    """From those selected to those analysed."""
    from netralstat.report.figures.flow import flow as draw

    w = context.w
    text = {"of_first": w("figure.of_first"), "of_previous": w("figure.of_previous")}
    return draw(steps, count=context.f.count, percent=context.f.percent, text=text)


def _map_text(context: Context) -> dict[str, str]:
    w = context.w
    return {
        "legend_title": w("figure.map_legend"),
        "not_shown": w("figure.not_shown"),
        "outside": w("figure.outside"),
        "higher": w("figure.higher"),
        "lower": w("figure.lower"),
    }
