"""A dot plot of estimates for notebooks; the report's own figures are in `netralstat.report.figures`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from netralstat.estimate.estimates import Estimates

ROW_HEIGHT = 0.32


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


def dot_plot(estimates: Estimates) -> NotebookFigure:
    """One row an estimate: its dot, its interval, and its label at the left. Suppressed rows stay empty."""
    table = estimates.to_frame()
    named = [column for column in ("item", "level", *estimates.by, "contrast") if column in table]
    varying = [column for column in named if table[column].nunique(dropna=False) > 1] or named[:1]
    shown = table[varying].astype(object).where(table[varying].notna(), "all")
    labels = shown.astype(str).agg(" · ".join, axis=1)
    figure = NotebookFigure(figsize=(7.5, 1.2 + ROW_HEIGHT * len(table)), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(table))[::-1]
    axes.hlines(rows, table["conf_low"], table["conf_high"], color="#A88FCF", linewidth=2)
    axes.plot(table["estimate"], rows, "o", color="#3F2B73", markersize=5)
    axes.set_yticks(rows, labels)
    axes.set_ylim(-0.7, len(table) - 0.3)
    nothing = {"difference": 0, "prevalence_ratio": 1}.get(estimates.statistic)
    if nothing is not None:
        axes.axvline(nothing, color="#1B2430", linewidth=0.8)
    axes.set_xlabel(f"{estimates.statistic}, {100 * estimates.level:g} % interval")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
