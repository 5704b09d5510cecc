"""Pictures of estimates for notebooks beside the dots: rankings, diverging bars and a map of tiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netralstat.errors import EstimationError
from netralstat.estimate.plot import ROW_HEIGHT, NotebookFigure
from netralstat.reference import provinces, tiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from netralstat.estimate.estimates import Estimates
    from netralstat.estimate.ranks import Ranks

ACCENT, INK, MUTED, GRID, QUIET = "#3F2B73", "#1B2430", "#55606E", "#D9DDE4", "#F3F4F7"
BAND = "#CFC1E6"
CLASSES = ("#EFEAF6", "#CFC1E6", "#A88FCF", "#7C5BB0", "#4B2A86")
DIVERGING = ("#55606F", "#AEB6C2", "#E6E8ED", "#B7A2DB", "#4B2A87")
ON_DIVERGING = ("white", INK, INK, INK, "white")
# Which of the five colours scales of fewer levels take.
STEPS = {2: (0, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
SUM_SLACK = 0.01
# Parts of a bar in which a number of two digits can be read.
READABLE = 0.05
# Letters of level names that stand on one line of the legend.
LEGEND_LINE = 70


def rank_plot(ranks: Ranks) -> NotebookFigure:
    """The places open to each domain as a bar, its own place as a dot; suppressed domains stay empty.

    Raises
    ------
    EstimationError
        The table holds more than one ranking.
    """
    table = ranks.to_frame()
    labels = [name for name in table.columns[: list(table.columns).index("estimate")] if name != ranks.over]
    told = table[labels].drop_duplicates()
    if len(told) > 1:
        raise EstimationError(
            f"these are {len(told)} rankings, one of each {', '.join(labels)}",
            where=f"ranking over {ranks.over}",
            do="select one of them, as in estimates.select(item=…).plot('ranking')",
        )
    figure = NotebookFigure(figsize=(7.5, 1.3 + ROW_HEIGHT * 0.8 * len(table)), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(table))[::-1]
    low, high, rank = (
        table[name].to_numpy(dtype=float, na_value=np.nan) for name in ("rank_low", "rank_high", "rank")
    )
    axes.barh(places, high - low + 1, left=low - 0.5, height=0.55, color=BAND)
    axes.plot(rank, places, "o", color=ACCENT, markersize=4.5)
    axes.set_yticks(places, [_short(str(level)) for level in table[ranks.over]])
    axes.set_ylim(-0.7, len(table) - 0.3)
    most = float(table["n_ranked"].max())
    axes.set_xlim(0.3, most + 0.7)
    axes.set_xticks([place for place in axes.get_xticks() if 1 < place <= most and place == round(place)])
    axes.set_xticks([1, *axes.get_xticks()])
    first = "highest" if ranks.highest_first else "lowest"
    kind = "" if ranks.adjust == "none" else "simultaneous "
    axes.set_xlabel(f"place (1 = {first}), {kind}{100 * ranks.level:g} % confidence sets ({ranks.method})")
    axes.set_title(_short(" · ".join(str(one) for one in told.iloc[0]), 90), fontsize=10, loc="left")
    _bare(axes)
    return figure


def likert_plot(estimates: Estimates) -> NotebookFigure:
    """Answers on an ordered scale about its middle, a row an item and domain, levels in the order of the
    table.

    Raises
    ------
    EstimationError
        The rows are no shares of two to five levels that add up to one in each item and domain, the same
        levels in each item.
    """
    wide = _shares(estimates)
    levels = [str(level) for level in wide.columns]
    shares = wide.to_numpy(dtype=float)
    half = len(levels) // 2
    start = -shares[:, :half].sum(axis=1) - (shares[:, half] / 2 if len(levels) % 2 else 0.0)
    figure = NotebookFigure(figsize=(7.5, 1.7 + ROW_HEIGHT * 1.2 * len(wide)), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(wide))[::-1]
    for step, level, share in zip(STEPS[len(levels)], levels, shares.T, strict=True):
        axes.barh(places, share, left=start, height=0.62, color=DIVERGING[step], label=_short(level))
        for x, place, width in zip(start, places, share, strict=True):
            if width >= READABLE:
                words = f"{100 * width:.0f}"
                axes.text(
                    x + width / 2, place, words, ha="center", va="center", color=ON_DIVERGING[step], size=8
                )
        start = start + share
    for place in places[~np.isfinite(shares).all(axis=1)]:
        axes.text(0, place, "not shown", ha="center", va="center", color=MUTED, size=8)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=0)
    axes.set_yticks(places, [_short(label) for label in wide.index])
    axes.set_ylim(-0.7, len(wide) - 0.3)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * abs(value):.0f} %")
    columns = len(levels) if sum(map(len, levels)) <= LEGEND_LINE else 2
    entries = axes.get_legend_handles_labels()
    figure.legend(*entries, loc="outside upper center", ncols=columns, frameon=False, fontsize=8)
    _bare(axes)
    return figure


def map_plot(estimates: Estimates) -> NotebookFigure:
    """Every province a tile of one size, darker where the estimate is higher; grey where none is shown.

    Raises
    ------
    EstimationError
        There is not one row a province: no domain, or one whose levels are no provinces, or several items or
        levels.
    """
    provinces = province_values(estimates)
    grid = tiles(provinces.vintage, "kasn2021", "en", names="short")
    figure = NotebookFigure(figsize=(9, 4.6), layout="constrained")
    axes = figure.subplots()
    for tile in grid.to_dict("records"):
        _tile(axes, tile, provinces)
    axes.set_xlim(-0.1, float(grid["col"].max()) + 1.1)
    axes.set_ylim(float(grid["row"].max()) + 1.1, -0.1)
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_title(provinces.title, fontsize=10, loc="left", color=INK)
    return figure


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvinceValues:
    """What a map shows: a number a province (NaN where it is not shown), and the limits of the classes."""

    shown: Mapping[str, float]
    vintage: int
    edges: np.ndarray
    share: bool
    title: str

    def look(self, slug: str) -> tuple[str, str, str]:
        """Colour, colour of letters and words of a province; no words where nothing is shown."""
        value = self.shown.get(slug, float("nan"))
        if not np.isfinite(value):
            return QUIET, MUTED, ""
        step = int(np.searchsorted(self.edges, value, side="right"))
        words = f"{100 * value:.0f}" if self.share else f"{value:.3g}"
        return CLASSES[step], "white" if step >= 3 else INK, words


def province_values(estimates: Estimates) -> ProvinceValues:
    """The numbers of a map; errors are those of `map_plot`."""
    domain, vintage = _province_domain(estimates)
    table = estimates.table.loc[estimates.table[domain].notna()]
    if table[domain].duplicated().any():
        raise EstimationError(
            f"the map has {len(table)} rows for {table[domain].nunique()} provinces",
            where=f"domain {domain}",
            do="select one item and level, as in estimates.select(item=…, level=…).plot('map')",
        )
    shown = dict(zip(table[domain].astype(str), table["estimate"].astype(float), strict=True))
    known = np.array([value for value in shown.values() if np.isfinite(value)])
    edges = np.linspace(known.min(), known.max(), len(CLASSES) + 1)[1:-1] if len(known) else np.zeros(4)
    share = estimates.statistic in ("prevalence", "adjusted", "share") and bool((known <= 1).all())
    item = estimates.items[0] if estimates.items else estimates.statistic
    unit = "per cent" if share else estimates.statistic
    title = f"{_short(item, 80)}, {unit}"
    return ProvinceValues(shown=shown, vintage=vintage, edges=edges, share=share, title=title)


def _tile(axes: Axes, tile: dict[Any, Any], provinces: ProvinceValues) -> None:
    from matplotlib.patches import FancyBboxPatch

    colour, ink, words = provinces.look(str(tile["slug"]))
    x, y = float(tile["col"]), float(tile["row"])
    axes.add_patch(
        FancyBboxPatch(
            (x + 0.05, y + 0.05),
            0.9,
            0.9,
            boxstyle="round,pad=0,rounding_size=0.08",
            color=colour,
            linewidth=0,
        )
    )
    axes.text(x + 0.5, y + 0.32, str(tile["abbr"]), ha="center", va="center", size=6, color=ink)
    if words:
        axes.text(x + 0.5, y + 0.68, words, ha="center", va="center", size=9, color=ink, weight="bold")


def _shares(estimates: Estimates) -> pd.DataFrame:
    """A row an item and domain, a column a level; NaN in all of a row with a level that is not shown."""
    table = estimates.table
    keys = [name for name in ("item", *estimates.by) if name in table]
    fits = estimates.statistic == "prevalence" and "level" in table
    if fits:
        labels = (
            table[keys].astype(object).where(table[keys].notna(), "all").astype(str).agg(" · ".join, axis=1)
        )
        order = list(dict.fromkeys(table["level"]))
        sizes = labels.value_counts()
        fits = len(order) in STEPS and bool((sizes == len(order)).all())
        fits = fits and not pd.DataFrame({"label": labels, "level": table["level"]}).duplicated().any()
    if fits:
        wide = (
            pd.DataFrame({"label": labels, "level": table["level"], "estimate": table["estimate"]})
            .pivot(index="label", columns="level", values="estimate")
            .loc[list(dict.fromkeys(labels)), order]
        )
        whole = wide.sum(axis=1, skipna=False)
        fits = bool((whole.isna() | ((whole - 1).abs() <= SUM_SLACK)).all())
    if not fits:
        raise EstimationError(
            f"{len(estimates)} estimates are no shares of two to five levels that add up to one in each item",
            where='kind = "likert"',
            do="estimate the prevalence of items with the same ordered levels, all levels of each",
        )
    return wide.where(whole.notna(), np.nan)


def _province_domain(estimates: Estimates) -> tuple[str, int]:
    """The domain whose levels are provinces, and the list that knows them all."""
    for vintage in (2021, 2022):
        known = set(provinces(vintage)["slug"])
        for name in estimates.by:
            levels = set(estimates.table[name].dropna().astype(str))
            if levels and levels <= known:
                return name, vintage
    raise EstimationError(
        f"none of the domains ({', '.join(estimates.by) or 'there are none'}) has provinces as its levels",
        where='kind = "map"',
        do="estimate by a column of province slugs (netralstat.reference.names lists them)",
    )


def _short(text: str, most: int = 48) -> str:
    """A label that leaves room for the picture; the whole one is in the table."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _bare(axes: Axes) -> None:
    axes.grid(axis="x", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
