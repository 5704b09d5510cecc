"""Confidence intervals for means and proportions under a sampling design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from netralstat.errors import UsageError, did_you_mean

Floats = NDArray[np.float64]
Interval = Literal["logit", "wald", "beta", "wilson", "asin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Lower and upper limits, and which rows sat on the boundary (estimate exactly 0 or 1)."""

    low: Floats
    high: Floats
    boundary: NDArray[np.bool_]


def wald(estimate: Floats, std_error: Floats, df: Floats, level: float) -> Bounds:
    """Interval estimate ± t(df)·std_error."""
    reach = _t(df, level) * std_error
    return Bounds(low=estimate - reach, high=estimate + reach, boundary=np.zeros(len(estimate), dtype=bool))


def proportion_interval(
    p: Floats, std_error: Floats, n: Floats, df: Floats, *, method: Interval = "logit", level: float = 0.95
) -> Bounds:
    """Interval of a proportion.

    Parameters
    ----------
    p, std_error, n, df : arrays of shape (k,): estimate in [0, 1], its standard error, respondents behind
        it and degrees of freedom.
    method : "logit" (default), "wald", "beta" (Korn & Graubard 1998), "wilson", "asin".
    level : confidence level in (0, 1).

    Notes
    -----
    Where p is exactly 0 or 1 the linearised variance is zero and says nothing; every method then gives
    the Clopper–Pearson interval of n respondents, shrunk by the ratio of t quantiles as in "beta", and
    `boundary` is true. Formulas: methods.md "Intervals". Twin: survey::svyciprop
    (whose intervals there are a point or NaN).
    """
    if method not in get_args(Interval):
        allowed = get_args(Interval)
        raise UsageError(
            f'interval = "{method}" is not known',
            where="interval",
            do=f"choose one of {', '.join(allowed)}.{did_you_mean(method, allowed)}",
        )
    if not 0 < level < 1:
        raise UsageError(
            f"level = {level} is outside (0, 1)", where="level", do="give a confidence level such as 0.95"
        )
    boundary = (p <= 0) | (p >= 1)
    inside = ~boundary & (std_error > 0)
    safe_p = np.where(inside, p, 0.5)
    safe_se = np.where(inside, std_error, 0.1)
    t = _t(df, level)
    # With the design's df in a small domain the ratio exceeds 1: two respondents would count as eighty.
    shrink = np.minimum(_t(n - 1, level) / t, 1.0)
    n_eff = safe_p * (1 - safe_p) / safe_se**2
    if method == "logit":
        centre, reach = special.logit(safe_p), t * safe_se / (safe_p * (1 - safe_p))
        low, high = special.expit(centre - reach), special.expit(centre + reach)
    elif method == "wald":
        low, high = safe_p - t * safe_se, safe_p + t * safe_se
    elif method == "asin":
        centre, reach = np.arcsin(np.sqrt(safe_p)), t * safe_se / (2 * np.sqrt(safe_p * (1 - safe_p)))
        low = np.sin(np.maximum(centre - reach, 0)) ** 2
        high = np.sin(np.minimum(centre + reach, np.pi / 2)) ** 2
    elif method == "wilson":
        middle = safe_p + t**2 / (2 * n_eff)
        reach = t * np.sqrt(safe_p * (1 - safe_p) / n_eff + t**2 / (4 * n_eff**2))
        low, high = (middle - reach) / (1 + t**2 / n_eff), (middle + reach) / (1 + t**2 / n_eff)
    else:
        low, high = _clopper_pearson(safe_p, n_eff * shrink**2, level)
    edge_low, edge_high = _clopper_pearson(np.clip(p, 0, 1), n * shrink**2, level)
    low = np.where(inside, low, np.where(boundary, edge_low, p))
    high = np.where(inside, high, np.where(boundary, edge_high, p))
    return Bounds(low=low, high=high, boundary=boundary)


def _clopper_pearson(p: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    tail = (1 - level) / 2
    yes, no = n * p, n * (1 - p)
    low = np.where(yes > 0, special.betaincinv(np.maximum(yes, 1e-300), no + 1, tail), 0.0)
    high = np.where(no > 0, special.betaincinv(yes + 1, np.maximum(no, 1e-300), 1 - tail), 1.0)
    return low, high


def _t(df: Floats, level: float) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.where(df > 0, stats.t.isf((1 - level) / 2, np.where(df > 0, df, 1)), np.nan)
