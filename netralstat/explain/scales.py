"""Scales: how reliably several items measure one thing, under the sampling weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration, apply_calibration
from netralstat.design.cells import Cells, compress
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
    frame: Any,
    design: Design,
    scales: Mapping[str, Sequence[str]],
    *,
    calibration: Calibration | None = None,
) -> dict[str, Reliability]:
    """Cronbach's alpha of each scale, from the weighted covariance of items that all point the same way.

    `scales` maps a name to its items; rows become cells once for all scales.

    Formula      α = k/(k-1) · (1 - Σ_j s_jj / Σ_jl s_jl),  s weighted (co)variances.
    Source       Cronbach (1951). Twin: survey::svycralpha; unweighted: pingouin.cronbach_alpha.
    """
    items = [item for named in scales.values() for item in named]
    require_columns(frame, items, where="scale items")
    for name, named in scales.items():
        if len(named) < 2:
            raise EstimationError(
                f"a scale of {len(named)} item has no reliability",
                where=f"scale {name}, items {', '.join(named) or 'none'}",
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
    calibrated = apply_calibration(calibration, cells)
    w = cells.w_sum * calibrated.g if calibrated is not None else cells.w_sum
    return {name: _alpha(cells, w, tuple(named)) for name, named in scales.items()}


def _alpha(cells: Cells, weights: Floats, items: tuple[str, ...]) -> Reliability:
    keys = [cells.key(item) for item in items]
    complete = np.all([key.codes >= 0 for key in keys], axis=0)
    w, n = weights[complete], float(cells.n[complete].sum())
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
    return Reliability(alpha=k / (k - 1) * (1 - np.trace(s) / s.sum()), n=int(n), items=items, covariance=s)
