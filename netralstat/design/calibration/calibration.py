"""Calibration: weights moved as little as possible until they add to known population figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.calibration.auxiliaries import auxiliaries, scaled_rows, swept_slopes
from netralstat.design.calibration.distances import Bounds, Distance, Method, choose_distance
from netralstat.design.calibration.margins import (
    Margin as Margin,
)
from netralstat.design.calibration.margins import (
    gap_scale,
    margin_columns,
    margin_matrix,
    margin_patterns,
    out_of_reach,
    require_margins,
    target_vector,
)
from netralstat.design.calibration.multipliers import (
    Solution,
    generalised_inverse,
    solve_multipliers,
    weighted_gram,
)
from netralstat.design.calibration.trimming import Trimming, find_trimming, trimming_factors
from netralstat.design.cells import Cells
from netralstat.design.design import Design
from netralstat.errors import CalibrationError, UsageError, did_you_mean

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Compatibility = Literal["R-rake"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How design weights became final weights: w* = w·g.

    Parameters
    ----------
    method : "raking" | "linear" | "logit" | "poststratification"; "none" where weights were only trimmed.
    margins : what is known of the population.
    multipliers : λ, shape (p,), one for each target in order; g = F(x'λ) (methods.md "Calibration").
    reached, scale : totals of the final weights at each target, and what their gap is told relative to, (p,).
    passes : Newton passes that it took. `tolerance` : the largest relative gap that they were to leave.
    bounds : smallest and largest g, where they were set.
    equal_within_psu : x is the mean of the PSU, so that its members share one g.
    compat : "R-rake" takes the projection of R's `rake` for the variance.
    before, after : trimming of the design weights, and of the calibrated ones.
    weight : column of the design weight, where g depends on it and cells must be keyed by it.
    """

    method: Method | Literal["none"]
    margins: tuple[Margin, ...]
    multipliers: Floats
    reached: Floats
    scale: Floats
    passes: int
    tolerance: float = 1e-10
    bounds: Bounds | None = None
    equal_within_psu: bool = False
    compat: Compatibility | None = None
    before: Trimming | None = None
    after: Trimming | None = None
    weight: str | None = None

    @property
    def items(self) -> tuple[str, ...]:
        """Columns that cells must be keyed by for the g-weights to be known."""
        own = (self.weight,) if self.weight is not None else ()
        return tuple(dict.fromkeys([*margin_columns(self.margins), *own]))

    def at(self, cells: Cells) -> CalibratedCells:
        """The g-weights of these cells and what removes the margins from an influence.

        Raises
        ------
        CalibrationError
            A cell has a level that the margins lack.
        """
        before = trimming_factors(self.before, cells.w_sum, cells.n)
        base = cells.w_sum * before
        rows, code = auxiliaries(cells, self.margins, base, self.equal_within_psu)
        g = _distance(self).g(rows @ self.multipliers)[code]
        after = trimming_factors(self.after, base * g, cells.n)
        x = sparse.csr_array(rows[code])
        squared, regressor = base, before * after
        if self.compat == "R-rake":
            present = cells.w_sum > 0
            squared = np.where(present, cells.n, 0.0)
            regressor = np.where(present, after * cells.n / np.where(present, cells.w_sum, 1.0), 0.0)
        gram = weighted_gram(rows, _added(squared, code, rows.shape[0]))
        return CalibratedCells(
            calibration=self,
            g=g * before * after,
            x=x,
            weighted_x=scaled_rows(x, cells.w_sum / after),
            regressors=scaled_rows(x, regressor),
            gram=gram,
            inverse=generalised_inverse(gram),
        )

    def to_frame(self) -> pd.DataFrame:
        """Target, reached total and relative gap of every margin level."""
        names = [(margin.name, label) for margin in self.margins for label in margin.labels]
        table = pd.DataFrame(names, columns=["margin", "level"])
        table["target"] = target_vector(self.margins)
        table["reached"] = self.reached
        table["gap"] = (table["reached"] - table["target"]) / self.scale
        return table


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedCells:
    """A calibration applied to one set of cells.

    `g` (n_cells,) is the ratio of final to design weight; `x` (n_cells, p) has the margin levels as
    columns, `weighted_x` Σw·x (over the factor of a later trimming). `regressors` (n_cells, p), `gram` and
    its generalised `inverse` (p, p) make the slopes.
    """

    calibration: Calibration
    g: Floats
    x: sparse.csr_array
    weighted_x: sparse.csr_array
    regressors: sparse.csr_array
    gram: Floats
    inverse: Floats

    def slopes(self, influence: Floats | sparse.sparray) -> Floats:
        """Slopes B of a linearised variable on the margins: its residual influence is g·(u - Σw·X·B).

        Parameters
        ----------
        influence : u, dense or sparse, shape (n_cells, k): design weight times linearised variable.

        Returns
        -------
        B, shape (p, k).

        Notes
        -----
        The regression on X weighted by the design weights (Deville & Särndal 1992, eq. 3.4). Under
        compat = "R-rake" what ten alternating sweeps of unweighted means over the margins take away
        (survey:::svyrecvar).  Docs: methods.md "Variance after calibration".
        """
        found = self.regressors.T @ influence
        moments = found.toarray() if sparse.issparse(found) else np.asarray(found)
        if self.calibration.compat == "R-rake":
            return swept_slopes(self.gram, self.calibration.margins, moments)
        return np.asarray(self.inverse @ moments)


def apply_calibration(calibration: Calibration | None, cells: Cells) -> CalibratedCells | None:
    """`calibration.at(cells)`; None where the weights are not calibrated."""
    return calibration.at(cells) if calibration is not None else None


def weighting_design(design: Design, *, equal_within_psu: bool = False) -> Design:
    """What weights depend on in a design: its weight column alone, or all of it where that is not enough."""
    if equal_within_psu or (design.weight is None and design.fpc):
        return design.linearised
    return Design(weight=design.weight)


def calibrate(
    cells: Cells,
    margins: Sequence[Margin],
    *,
    method: Method = "raking",
    bounds: Bounds | None = None,
    tolerance: float = 1e-10,
    equal_within_psu: bool = False,
    compat: Compatibility | None = None,
    trimmed: Calibration | None = None,
) -> Calibration:
    """Find the weights nearest to the design weights that reach every margin.

    Parameters
    ----------
    cells : Cells keyed by every column of the margins, and of `trimmed`.
    margins : population counts, which must add to the same population, and totals of numeric columns.
    method : "raking" (g = exp, always positive), "linear" (g = 1 + x'λ, GREG), "logit" (between bounds) or
        "poststratification" (one margin).
    bounds : smallest and largest ratio of calibrated to design weight; "raking" and "linear" are cut there.
    tolerance : largest relative gap left at any target.
    equal_within_psu : give all respondents of a PSU the same g (survey: aggregate.stage = 1).
    compat : "R-rake" takes the variance as R's `rake` does.
    trimmed : a trimming of the design weights, made by `trim_weights`.

    Raises
    ------
    UsageError
        An argument is not known, or does not go with the others.
    CalibrationError
        Margins disagree on the population, name a level that nobody has, lack a level that respondents
        have, or cannot be reached.

    Notes
    -----
    Solves Σ_i w_i F(x_i'λ) x_i = T on the distinct patterns of x (Deville & Särndal 1992; Deville,
    Särndal & Sautory 1993). Twin: survey::calibrate, postStratify, rake.  Docs: methods.md "Calibration".
    """
    distance = choose_distance(method, bounds)
    _require_arguments(margins, method, bounds, tolerance, compat, equal_within_psu)
    require_margins(cells, margins, margin_patterns(cells, margins)[1])
    before = trimmed.after if trimmed is not None else None
    w = cells.w_sum * trimming_factors(before, cells.w_sum, cells.n)
    x, code = auxiliaries(cells, margins, w, equal_within_psu)
    w = _added(w, code, x.shape[0])
    scale = gap_scale(margins, x, w)
    found = _solve(w, x, margins, scale, distance, tolerance)
    if found.gap > tolerance:
        free = _solve(w, x, margins, scale, distance.unbounded, tolerance) if distance.bounded else None
        needed = None
        if free is not None and free.gap <= tolerance:
            g = distance.unbounded.g(x @ free.multipliers)[w > 0]
            needed = (float(g.min()), float(g.max()))
        raise out_of_reach(margins, scale, found.reached, found.passes, (distance.low, distance.high), needed)
    return Calibration(
        method=method,
        margins=tuple(margins),
        multipliers=found.multipliers,
        reached=found.reached,
        scale=scale,
        passes=found.passes,
        tolerance=tolerance,
        bounds=(distance.low, distance.high) if bounds is not None else None,
        equal_within_psu=equal_within_psu,
        compat=compat,
        before=before,
        weight=cells.design.weight if before is not None or compat == "R-rake" else None,
    )


def trim_weights(
    cells: Cells,
    calibration: Calibration | None = None,
    *,
    lower: float | None = None,
    upper: float | None = None,
    strict: bool = False,
) -> Calibration:
    """Cut final weights to bounds and share out what is cut.

    Parameters
    ----------
    cells : Cells keyed by `calibration.items` and by the column of the design weight.
    calibration : what made the weights that are trimmed; None for design weights.
    lower, upper, strict : as in `find_trimming`.

    Returns
    -------
    Calibration whose `after` tells what was trimmed, and whose gaps are those that trimming left.

    Raises
    ------
    CalibrationError
        The weights were trimmed before, a calibrated weight is zero, or the bounds leave no room.
    """
    if calibration is None:
        nothing = np.zeros(0)
        calibration = Calibration(
            method="none", margins=(), multipliers=nothing, reached=nothing, scale=nothing, passes=0
        )
    if calibration.after is not None:
        raise CalibrationError(
            "the weights are trimmed already",
            where="trim",
            do="set both bounds in one call, with strict=True if none may be passed",
        )
    g = calibration.at(cells).g
    idle = (g == 0) & (cells.w_sum > 0)
    if idle.any():
        raise CalibrationError(
            f"{cells.n[idle].sum():,.0f} respondents have a calibrated weight of 0, which cannot be lifted",
            where="trim",
            do='calibrate with a positive lower bound, or with method="raking"',
        )
    each = cells.w_sum * g / np.where(cells.n > 0, cells.n, 1.0)
    trimming = find_trimming(each, cells.n, lower=lower, upper=upper, strict=strict)
    trimmed = replace(calibration, after=trimming, weight=cells.design.weight)
    code, first = margin_patterns(cells, trimmed.margins)
    final = _added(cells.w_sum * trimmed.at(cells).g, code, len(first))
    return replace(trimmed, reached=np.asarray(margin_matrix(cells, trimmed.margins, first).T @ final))


def _require_arguments(
    margins: Sequence[Margin],
    method: Method,
    bounds: Bounds | None,
    tolerance: float,
    compat: Compatibility | None,
    equal_within_psu: bool,
) -> None:
    if method == "poststratification" and (len(margins) > 1 or any(margin.value for margin in margins)):
        raise CalibrationError(
            f"poststratification takes one margin and got {len(margins)}"
            if len(margins) > 1
            else "poststratification takes population counts and got the total of a numeric column",
            where="method",
            do='cross the items in one margin, or use method="raking"',
        )
    if not 0 < tolerance < 0.1:
        raise UsageError(
            f"tolerance = {tolerance} is outside (0, 0.1)",
            where="tolerance",
            do="give the largest relative gap that may be left, such as 1e-10",
        )
    if compat not in (None, "R-rake"):
        raise UsageError(
            f'compat = "{compat}" is not known',
            where="compat",
            do=f'choose "R-rake" or leave it out.{did_you_mean(str(compat), ["R-rake"])}',
        )
    numeric = any(margin.value for margin in margins)
    if compat and (method != "raking" or bounds is not None or equal_within_psu or numeric):
        raise UsageError(
            'compat = "R-rake" is the variance of R\'s rake, which knows population counts only',
            where="compat",
            do='use it with method="raking" and margins of counts, without bounds and equal_within_psu',
        )


def _added(values: Floats, code: Codes, n_groups: int) -> Floats:
    """Values of cells added up within groups, shape (n_groups,)."""
    return np.bincount(code, weights=values, minlength=n_groups).astype(float)


def _distance(calibration: Calibration) -> Distance:
    """The distance whose minimum the weights are; raking at λ = () gives the 1 of weights only trimmed."""
    if calibration.method == "none":
        return Distance(method="raking")
    return choose_distance(calibration.method, calibration.bounds)


def _solve(
    w: Floats,
    x: sparse.csr_array,
    margins: Sequence[Margin],
    scale: Floats,
    distance: Distance,
    tolerance: float,
) -> Solution:
    """Multipliers of the margins; raking starts from weights that add to the population."""
    target = target_vector(margins)
    at, lift = 0, 1.0
    if distance.method in ("raking", "poststratification") and not distance.bounded:
        for margin in margins:
            n = len(margin.targets)
            if margin.value is None:
                lift = float(target[at : at + n].sum() / w.sum())
                break
            at += n
    found = solve_multipliers(w * lift, x, target, scale, distance, tolerance)
    if lift == 1.0:
        return found
    multipliers = found.multipliers.copy()
    multipliers[at : at + n] += np.log(lift)
    return replace(found, multipliers=multipliers)
