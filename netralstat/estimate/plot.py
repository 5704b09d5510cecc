"""A dot plot of estimates for notebooks; the report's own figures are in `netralstat.report.figures`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from matplotlib.figure import Figure

from netralstat.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from netralstat.estimate.estimates import Estimates
    from netralstat.maps.geojson import Source

PlotKind = Literal["dots", "ranking", "likert", "map"]
ROW_HEIGHT = 0.32
# Values of a number from which rows are drawn as a curve.
LEAST_ALONG = 3
# Where there is no difference, and what statistics are called on an axis.
NOTHING = {"difference": 0, "prevalence_ratio": 1, "marginal_effect": 0}
NAMES = {
    "adjusted": "adjusted mean (association)",
    "marginal_effect": "average marginal effect (association)",
    "ascertainment": "cases for each estimated person",
}


class NotebookFigure(Figure):
    """A figure that a notebook shows whichever matplotlib backend it has chosen."""

    def png(self) -> bytes:
        """The picture at two dots a page pixel."""
        target = io.BytesIO()
        self.savefig(target, format="png", dpi=2 * self.get_dpi())
        return target.getvalue()

    def _ipython_display_(self) -> None:
        from IPython.display import Image, display

        display(Image(self.png(), width=int(self.get_figwidth() * self.get_dpi())))


def plot(
    estimates: Estimates,
    kind: PlotKind = "dots",
    *,
    geojson: Source | None = None,
    key: str = "",
    scheme: str = "slug",
) -> NotebookFigure:
    """The picture of a kind; see `Estimates.plot`.

    Raises
    ------
    UsageError
        The kind is not known, or has no map.
    EstimationError
        The estimates do not fit it.
    ReportError
        The map file cannot be used.
    """
    if kind not in get_args(PlotKind):
        raise UsageError(
            f'kind = "{kind}" is not known',
            where="kind",
            do=f"choose one of {', '.join(get_args(PlotKind))}.{did_you_mean(kind, get_args(PlotKind))}",
        )
    if geojson is not None and (kind != "map" or not key):
        raise UsageError(
            f'kind = "{kind}" draws no map' if kind != "map" else "geojson = is given without key =",
            where="geojson",
            do='write plot("map", geojson="provinces.geojson", key=…) with the property that tells the '
            "province",
        )
    if kind == "dots":
        return dot_plot(estimates)
    from netralstat.estimate.plot_kinds import likert_plot, map_plot, rank_plot

    if kind == "ranking":
        return rank_plot(estimates.ranks())
    if kind == "likert":
        return likert_plot(estimates)
    if geojson is None:
        return map_plot(estimates)
    from netralstat.estimate.plot_map import true_map_plot

    return true_map_plot(estimates, geojson, key=key, scheme=scheme)


def dot_plot(estimates: Estimates) -> NotebookFigure:
    """One row an estimate: its dot, its interval, and its label at the left. Suppressed rows stay empty.

    Along the values of a single number, three or more, it is a curve with its band.
    """
    table = estimates.to_frame()
    axis = _number_along(estimates)
    if axis is not None:
        return _curve(estimates, axis)
    labels = _labels(estimates)
    figure = NotebookFigure(figsize=(7.5, 1.2 + ROW_HEIGHT * len(table)), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(table))[::-1]
    axes.hlines(rows, table["conf_low"], table["conf_high"], color="#A88FCF", linewidth=2)
    axes.plot(table["estimate"], rows, "o", color="#3F2B73", markersize=5)
    axes.set_yticks(rows, labels)
    axes.set_ylim(-0.7, len(table) - 0.3)
    nothing = NOTHING.get(estimates.statistic)
    if nothing is not None:
        axes.axvline(nothing, color="#1B2430", linewidth=0.8)
    axes.set_xlabel(_axis_title(estimates))
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _axis_title(estimates: Estimates) -> str:
    name = NAMES.get(estimates.statistic, estimates.statistic.replace("_", " "))
    return f"{name}, {100 * estimates.level:g} % interval"


def _labels(estimates: Estimates) -> list[str]:
    """What tells the rows apart; the level of a 0/1 item is its name."""
    table = estimates.to_frame()
    named = [column for column in ("item", "level", *estimates.by, "variable", "contrast") if column in table]
    varying = [column for column in named if table[column].nunique(dropna=False) > 1] or named[:1]
    if "variable" in table:
        varying = [column for column in varying if column not in ("variable", "contrast")]
        varying += ["variable", "contrast"]
    shown = table[varying].astype(object).where(table[varying].notna(), "all")
    return [str(label) for label in shown.astype(str).agg(" · ".join, axis=1)]


def _number_along(estimates: Estimates) -> str | None:
    """The only thing that tells the rows apart, where that is a number of several values."""
    table = estimates.to_frame()
    if len(estimates.by) != 1 or len(table) < LEAST_ALONG:
        return None
    values = table[estimates.by[0]]
    others = [column for column in ("item", "level", "contrast") if column in table]
    alone = all(table[column].nunique(dropna=False) == 1 for column in others)
    number = values.map(lambda value: isinstance(value, float)).all() and values.notna().all()
    return estimates.by[0] if alone and number and values.is_unique else None


def _curve(estimates: Estimates, axis: str) -> NotebookFigure:
    table = estimates.to_frame().sort_values(axis)
    x = table[axis].to_numpy(dtype=float)
    figure = NotebookFigure(figsize=(7.5, 4.2), layout="constrained")
    axes = figure.subplots()
    low, high = (table[bound].to_numpy(dtype=float) for bound in ("conf_low", "conf_high"))
    axes.fill_between(x, low, high, color="#CFC1E6", linewidth=0)
    axes.plot(x, table["estimate"].to_numpy(dtype=float), "o-", color="#3F2B73", markersize=4, linewidth=1.6)
    axes.set_xlabel(axis)
    items = estimates.items
    title = _axis_title(estimates)
    axes.set_ylabel(f"{items[0]}: {title}" if items else title)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
