"""A forest plot of a model for notebooks; the report's own, in words, is `netralstat.model_figure`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netralstat.errors import EstimationError
from netralstat.estimate.plot import ROW_HEIGHT, NotebookFigure
from netralstat.explain.coefficients import RATIOS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from netralstat.explain.regression import Model

ACCENT, MUTED, INK, GRID, EDGE = "#3F2B73", "#55606E", "#1B2430", "#D9DDE4", "#8A94A3"
# Doublings on either side of 1 that a ratio's axis shows; an interval beyond ends in an arrow.
WIDEST = 6


def forest_plot(model: Model) -> NotebookFigure:
    """A row a coefficient: filled where its interval leaves out 1 (or 0), a diamond for a reference level.

    Raises
    ------
    EstimationError
        The model has nothing to draw but constants and curves.
    """
    table = model.to_frame()
    ratio = model.family in RATIOS
    effect, low, high = RATIOS.get(model.family, ("estimate", "conf_low", "conf_high"))
    told = ~table["variable"].str.startswith("(") & table[effect].notna()
    rows = table[told & ~table["variable"].str.contains("(", regex=False)].reset_index(drop=True)
    if not (~rows["reference"]).any():
        raise EstimationError(
            "the model has no coefficient but constants and curves, which a forest plot does not show",
            where=f"formula {model.formula}",
            do="look at .to_frame(); of a curve, plot the survey's adjusted(model, variable, values)",
        )
    figure = NotebookFigure(figsize=(7.5, 1.3 + ROW_HEIGHT * len(rows)), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(rows))[::-1]
    axes.set_yticks(places, _labels(rows))
    axes.set_ylim(-0.7, len(rows) - 0.3)
    ends = _ends(rows, effect, low, high, ratio, axes)
    nothing = 1.0 if ratio else 0.0
    axes.axvline(nothing, color=INK, linewidth=0.8, zorder=1)
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        if row["reference"]:
            axes.plot(nothing, place, "D", color="white", markeredgecolor=EDGE, markersize=4, zorder=3)
            continue
        sure = bool(row["p_value"] < 1 - model.level)
        _row(axes, place, (row[low], row[effect], row[high]), ends, sure)
    unit = effect.replace("_", " ") if ratio else "coefficient"
    scale = ", log scale" if ratio else ""
    axes.set_xlabel(f"{unit}{scale}, {100 * model.level:g} % interval; association, not cause")
    axes.set_title(f"{model.outcome} ({model.family}), n = {model.n:,}", fontsize=10, loc="left", color=INK)
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return figure


def _labels(rows: pd.DataFrame) -> list[str]:
    levels = rows["level"].where(~rows["reference"], rows["level"] + " (reference)")
    labels = rows["variable"].where(rows["level"] == "", rows["variable"] + ": " + levels)
    if "outcome_level" in rows:
        labels = rows["outcome_level"].astype(str) + " · " + labels
    return [str(label) for label in labels]


def _ends(
    rows: pd.DataFrame, effect: str, low: str, high: str, ratio: bool, axes: Axes
) -> tuple[float, float]:
    """Ends of the axis; of a ratio's they are no further than 64 times up and down, its ticks double."""
    values = rows.loc[~rows["reference"], [effect, low, high]].to_numpy(dtype=float).ravel()
    values = values[np.isfinite(values) & ((values > 0) | (not ratio))]
    if not ratio:
        near, far = min(values.min(), 0.0), max(values.max(), 0.0)
        slack = 0.05 * (far - near)
        axes.set_xlim(near - slack, far + slack)
        return near - slack, far + slack
    first = max(int(np.floor(np.log2(min(values.min(), 0.75)))), -WIDEST)
    last = min(int(np.ceil(np.log2(max(values.max(), 1.5)))), WIDEST)
    stride = 1 + (last - first) // 8
    ticks = [power for power in range(first, last + 1) if power % stride == 0]
    axes.set_xscale("log", base=2)
    axes.set_xticks([2.0**power for power in ticks], [f"{2.0**power:.2g}" for power in ticks])
    axes.minorticks_off()
    axes.set_xlim(2.0 ** (first - 0.1), 2.0 ** (last + 0.1))
    return 2.0 ** (first - 0.1), 2.0 ** (last + 0.1)


def _row(
    axes: Axes, place: float, values: tuple[float, float, float], ends: tuple[float, float], sure: bool
) -> None:
    low, effect, high = values
    colour = ACCENT if sure else MUTED
    axes.hlines(place, max(low, ends[0]), min(high, ends[1]), color=colour, linewidth=2, zorder=2)
    for bound, end, marker, beyond in (
        (low, ends[0], "<", low < ends[0]),
        (high, ends[1], ">", high > ends[1]),
    ):
        if beyond and np.isfinite(bound):
            axes.plot(end, place, marker, color=colour, markersize=6, clip_on=False, zorder=3)
    if ends[0] <= effect <= ends[1]:
        face = colour if sure else "white"
        axes.plot(effect, place, "s", color=face, markeredgecolor=colour, markersize=5.5, zorder=4)
