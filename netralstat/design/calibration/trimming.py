"""Trimming: weights beyond a bound are cut to it, and what is cut goes to the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.errors import CalibrationError, UsageError

Floats = NDArray[np.float64]

# A weight this close to a bound, relatively, is at it.
AT_BOUND = 1e-12
MAX_ROUNDS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimming:
    """How weights were cut to [`lower`, `upper`] (persons a respondent stands for).

    `shares` is what each respondent inside the bounds received, round by round. `n_raised` and `n_cut`
    count the respondents below and above the bounds before, `moved` the persons that changed hands.
    """

    lower: float
    upper: float
    strict: bool
    shares: tuple[float, ...]
    n_raised: int
    n_cut: int
    moved: float

    def apply(self, weight: Floats) -> Floats:
        """Trimmed weights of respondents whose weights were `weight`, shape (m,); 0 stays 0."""
        trimmed = weight
        for share in self.shares:
            outside = _outside(trimmed, self.lower, self.upper)
            trimmed = np.where(outside, np.clip(trimmed, self.lower, self.upper), trimmed + share)
        return np.where(weight == 0, 0.0, trimmed)


def find_trimming(
    weight: Floats, n: Floats, *, lower: float | None, upper: float | None, strict: bool
) -> Trimming:
    """Cut the weights of n respondents each to the bounds, and share out what is cut.

    Parameters
    ----------
    weight, n : weight and number of the respondents of each cell, shape (m,).
    lower, upper : smallest and largest weight, in persons; None for no bound.
    strict : what the others receive may lift them over a bound; then again, until nobody is outside.

    Raises
    ------
    UsageError
        There is no bound, or the lower one is not below the upper.
    CalibrationError
        The bounds leave no room for the population that the weights add to, or nobody inside them.

    Notes
    -----
    Each respondent inside the bounds receives Σ (w - w_cut) / n_inside, an equal number of persons.
    Twin: survey::trimWeights. Source: Potter (1990); methods.md "Trimming".
    """
    low, high = _require_bounds(lower, upper)
    used = (weight != 0) & (n > 0)
    w, count = weight[used], n[used]
    before, total = w, float(count @ w)
    _require_room(total, float(count.sum()), low, high)
    shares: list[float] = []
    while _outside(w, low, high).any():
        outside = _outside(w, low, high)
        inside = float(count[~outside].sum())
        if not inside:
            raise CalibrationError(
                f"all {count.sum():,.0f} weights are outside {low:,.6g} to {high:,.6g}, so nobody can take "
                "what is cut",
                where="trim",
                do="set wider bounds",
            )
        cut = np.where(outside, w - np.clip(w, low, high), 0.0)
        share = float(count @ cut) / inside
        shares.append(share)
        w = np.where(outside, np.clip(w, low, high), w + share)
        if not strict:
            break
        if len(shares) == MAX_ROUNDS:
            raise CalibrationError(
                f"{count[_outside(w, low, high)].sum():,.0f} weights are still outside the bounds after "
                f"{MAX_ROUNDS:,} rounds",
                where="trim",
                do="set wider bounds, or strict=False",
            )
    return Trimming(
        lower=low,
        upper=high,
        strict=strict,
        shares=tuple(shares),
        n_raised=int(count[_below(before, low)].sum()),
        n_cut=int(count[_above(before, high)].sum()),
        moved=float(count @ np.abs(w - before)) / 2,
    )


def trimming_factors(trimming: Trimming | None, w_sum: Floats, n: Floats) -> Floats:
    """Ratio of trimmed to untrimmed weight of each cell's respondents, who share one weight; (n_cells,)."""
    if trimming is None:
        return np.ones(len(n))
    used = (w_sum != 0) & (n > 0)
    each = np.where(used, w_sum, 1.0) / np.where(used, n, 1.0)
    return np.where(used, trimming.apply(each) / each, 1.0)


def _outside(w: Floats, low: float, high: float) -> NDArray[np.bool_]:
    return _below(w, low) | _above(w, high)


def _below(w: Floats, low: float) -> NDArray[np.bool_]:
    return w < low - AT_BOUND * abs(low)


def _above(w: Floats, high: float) -> NDArray[np.bool_]:
    return w > high * (1 + AT_BOUND)


def _require_bounds(lower: float | None, upper: float | None) -> tuple[float, float]:
    if lower is None and upper is None:
        raise UsageError("no bound was given", where="trim", do="give lower, upper or both, in persons")
    low = -np.inf if lower is None else float(lower)
    high = np.inf if upper is None else float(upper)
    if not low < high or not high > 0:
        raise UsageError(
            f"lower = {low:g} is not below upper = {high:g}, or that is not positive",
            where="trim",
            do="give the smallest and the largest weight, in persons",
        )
    return low, high


def _require_room(total: float, n: float, low: float, high: float) -> None:
    if n * high < total * (1 - AT_BOUND) or n * low > total * (1 + AT_BOUND):
        bound, name = (high, "upper") if n * high < total else (low, "lower")
        raise CalibrationError(
            f"{n:,.0f} weights of {name} = {bound:,.6g} add to {n * bound:,.0f}, and the population is "
            f"{total:,.0f}",
            where=f"trim, {name}",
            do=f"the mean weight is {total / n:,.6g}; set the bounds on either side of it",
        )
