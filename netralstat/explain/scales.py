"""Scales: how reliably several items measure one thing, under the sampling weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration import Calibration
from netralstat.design.cells import compress
from netralstat.design.design import Design
from netralstat.errors import EstimationError
from netralstat.frames import numeric_columns, require_columns

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Cronbach's alpha of k items over n respondents who answered all; `covariance` (k × k) is weighted."""

    alpha: float
    n: int
    items: tuple[str, ...]
    covariance: Floats


def reliability(
    frame: Any, design: Design, items: Sequence[str], *, calibration: Calibration | None = None
) -> Reliability:
    """Cronbach's alpha from the weighted covariance of items that all point the same way.

    Formula      α = k/(k-1) · (1 - Σ_j s_jj / Σ_jl s_jl),  s weighted (co)variances.
    Source       Cronbach (1951). Twin: survey::svycralpha; unweighted: pingouin.cronbach_alpha.
    """
    require_columns(frame, items, where="scale items")
    if len(items) < 2:
        raise EstimationError(
            f"a scale of {len(items)} item has no reliability",
            where=f"items {', '.join(items) or 'none'}",
            do="give at least two items",
        )
    text = set(items) - set(numeric_columns(frame, items))
    if text:
        raise EstimationError(
            f'scale item "{sorted(text)[0]}" holds text',
            where=f"item {sorted(text)[0]}",
            do="score its levels first",
        )
    margins = calibration.items if calibration is not None else ()
    cells = compress(frame, design, keys=[*items, *margins])
    keys = [cells.key(item) for item in items]
    complete = np.all([key.codes >= 0 for key in keys], axis=0)
    g = calibration.g_weights(cells) if calibration is not None else np.ones(cells.n_cells)
    w = (cells.w_sum * g)[complete]
    n = float(cells.n[complete].sum())
    if n < 2:
        raise EstimationError(
            f"{n:.0f} respondents answered all {len(items)} items",
            where=f"items {', '.join(items)}",
            do="leave out the item that few answered",
        )
    x = np.column_stack([np.asarray([*key.levels, 0.0], dtype=float)[key.codes[complete]] for key in keys])
    centred = x - np.average(x, axis=0, weights=w)
    s = (centred.T * w) @ centred / w.sum() * n / (n - 1)
    if s.sum() <= 1e-12 * np.trace(x.T @ x) / len(x):
        raise EstimationError(
            "the items of the scale, or their sum, do not vary",
            where=f"items {', '.join(items)}",
            do="leave out constant items, and turn reversed items before they are added up",
        )
    k = len(items)
    return Reliability(
        alpha=k / (k - 1) * (1 - np.trace(s) / s.sum()), n=int(n), items=tuple(items), covariance=s
    )
