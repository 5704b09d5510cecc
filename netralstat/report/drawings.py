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


def tiles(context: Context, regions: Regions, values: pd.DataFrame) -> Picture:
    """The tile map of the wave's provinces."""
    from netralstat.report.figures.tile_map import tile_map

    grid = tile_list(regions.list_vintage, regions.groups or "kasn2021", context.language, names="short")
    w = context.w
    text = {
        "legend_title": w("figure.map_legend"),
        "not_shown": w("figure.not_shown"),
        "outside": w("figure.outside"),
        "higher": w("figure.higher"),
        "lower": w("figure.lower"),
    }
    percent = partial(context.f.share, digits=0)
    return tile_map(values, grid, outside=set(regions.outside), percent=percent, text=text)


def dumbbell(context: Context, frame: pd.DataFrame, series: Sequence[tuple[str, str]]) -> Picture:
    """Witnessed, asked and done on one line a form."""
    from netralstat.report.figures.dumbbell import dumbbell as draw

    w = context.w
    text = {"axis_title": w("figure.axis_percent", ci=context.ci), "not_shown": w("figure.not_shown")}
    return draw(frame, series=list(series), percent=context.f.percent, text=text)


def forest(context: Context, frame: pd.DataFrame) -> Picture:
    """Odds ratios on a logarithmic axis."""
    from netralstat.report.figures.forest import forest as draw

    w = context.w
    text = {
        "axis_title": w("figure.axis_odds", ci=context.ci),
        "less": w("figure.less"),
        "more": w("figure.more"),
        "column_title": w("figure.odds_head", ci=context.ci),
        "reference": w("drivers.reference"),
        "significant": w("figure.significant"),
        "not_significant": w("figure.not_significant"),
    }
    return draw(
        frame,
        number=context.f.number,
        text=text,
        interval=partial(context.f.interval, scale=1, digits=2),
        alpha=1 - context.level,
    )
