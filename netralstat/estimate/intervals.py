"""Confidence intervals for means and proportions under a sampling design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from netralstat.errors import UsageError, did_you_mean

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Interval = Literal["logit", "wald", "beta", "wilson", "asin", "likelihood", "pooled"]

# Where likelihood limits are searched, a bracket that starts at the logit interval doubles until it holds
# the root; from there Newton's steps fall towards it. Sixty of either reach any root a double can hold.
MAX_STEPS = 60
# Beta quantiles lose their digits beyond this effective n, where Wilson's limits are the same to 1e-12.
MOST_COUNTED = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Lower and upper limits of k rows.

    `boundary` tells which rows sat on it (estimate exactly 0 or 1). `deff` is the with-replacement design
    effect that each row was given by "pooled", None under the other methods.
    """

    low: Floats
    high: Floats
    boundary: NDArray[np.bool_]
    deff: Floats | None = None


def wald(estimate: Floats, std_error: Floats, df: Floats, level: float) -> Bounds:
    """Interval estimate ± t(df)·std_error."""
    reach = t_quantile(df, level) * std_error
    return Bounds(low=estimate - reach, high=estimate + reach, boundary=np.zeros(len(estimate), dtype=bool))


def proportion_interval(
    p: Floats,
    std_error: Floats,
    n: Floats,
    df: Floats,
    *,
    method: Interval = "logit",
    level: float = 0.95,
    group: Codes | None = None,
    srs_variance: Floats | None = None,
    logit_error: Floats | None = None,
) -> Bounds:
    """Where the share in the population lies, allowing for the sampling.

    Parameters
    ----------
    p, std_error, n, df : shape (k,), float: estimate in [0, 1], its standard error, respondents behind it
        and degrees of freedom (of the design, unless domains are to have their own).
    method : "logit" (default), "wald", "beta" (Korn & Graubard), "wilson", "asin", "likelihood" (Rao–Scott)
        or "pooled". R's "mean" is "wald", its "xlogit" is "logit".
    level : confidence level in (0, 1).
    group : shape (k,), int, for "pooled": rows with one code share a design effect (the domains of one item
        and level); a negative code keeps the row's own (the whole population among its domains).
    srs_variance : shape (k,), for "pooled": variance that simple random sampling of n would give; p(1 - p)/n
        where it is not named (a standardised share has another).
    logit_error : shape (k,), for "logit": standard errors of the log-odds, from replicates; s/(p(1 - p))
        where they are NaN or not named.

    Returns
    -------
    Bounds
        NaN where `p` or `std_error` is; never because `p` is 0 or 1.

    Raises
    ------
    UsageError
        The method is unknown, the level outside (0, 1), or "pooled" has no `group`.

    Notes
    -----
    At exactly 0 or 1 the linearised variance is zero and says nothing. "pooled" takes the design effect of
    its group there; every other method gives the Clopper–Pearson interval of n respondents, shrunk by the
    ratio of t quantiles as in "beta". `boundary` is true. Formulas: methods.md "Intervals".

    Source: Korn & Graubard (1998); Rao & Scott (1984); Wilson (1927); Dean & Pagano (2015).
    Twin: survey::svyciprop (a point or NaN at 0 and 1).
    """
    _require_known(method, level)
    if method == "pooled":
        if group is None:
            raise UsageError(
                'interval = "pooled" does not know which rows share a design effect',
                where="group",
                do="give each row the code of its item and level, -1 for a row of the whole population",
            )
        return pooled(p, std_error, n, df, group, srs_variance=srs_variance, level=level)
    boundary = (p <= 0) | (p >= 1)
    low, high = (np.where(np.isnan(std_error) & ~boundary, np.nan, p) for _ in range(2))
    for rows, limits in (
        (np.flatnonzero(~boundary & (std_error > 0)), _inside),
        (np.flatnonzero(boundary), _at_edge),
    ):
        if len(rows):
            low[rows], high[rows] = limits(method, p[rows], std_error[rows], n[rows], df[rows], level)
    if logit_error is not None and method == "logit":
        rows = np.flatnonzero(~boundary & (std_error > 0) & np.isfinite(logit_error))
        centre, reach = special.logit(p[rows]), t_quantile(df[rows], level) * logit_error[rows]
        low[rows], high[rows] = special.expit(centre - reach), special.expit(centre + reach)
    return Bounds(low=low, high=high, boundary=boundary)


def pooled(
    p: Floats,
    std_error: Floats,
    n: Floats,
    df: Floats,
    group: Codes,
    *,
    srs_variance: Floats | None = None,
    level: float = 0.95,
) -> Bounds:
    """Wilson's interval with the effective n that the design effect of all domains of a table implies.

    A province with two PSUs knows its own design effect on one degree of freedom, the table of 38 provinces
    knows their common one on 38. The interval takes the province's share and respondents, the common
    design effect and the design's t (benchmarks/coverage.py shows what it covers).

    Parameters
    ----------
    Those of `proportion_interval`.

    Returns
    -------
    Bounds
        With `deff`, the design effect of each row's group (its own where the code is negative). A row
        at 0 or 1 is on the `boundary` and has the interval of n / deff respondents.

    Formula      D = Σ_d s_d² / Σ_d v_d;  ñ_d = p(1 - p)/(D v_d), n_d/D at 0 and 1   (methods.md "Intervals")
    Source       Wilson (1927); design effects over domains: Kish & Frankel (1974). R has no twin.
    """
    srs = p * (1 - p) / np.where(n > 0, n, np.nan) if srs_variance is None else srs_variance
    boundary = (p <= 0) | (p >= 1)
    deff = design_effects(std_error**2, np.where(boundary, 0.0, srs), group)
    # A group that is at 0 or 1 throughout, or that does not vary, tells no design effect of a row at 0 or 1.
    deff = np.where(boundary & ~(deff > 0), 1.0, deff)
    with np.errstate(divide="ignore", invalid="ignore"):
        n_eff = np.where(boundary, n, p * (1 - p) / srs) / deff
    low, high = _wilson(np.clip(p, 0, 1), n_eff, t_quantile(df, level))
    return Bounds(low=low, high=high, boundary=boundary, deff=deff)


def design_effects(variance: Floats, srs_variance: Floats, group: Codes) -> Floats:
    """Sum of the variances of a group over the sum of what simple random sampling would give, by row.

    Parameters
    ----------
    variance, srs_variance, group : shape (k,). Rows of which either is missing stay out of their group's
        sums; a row with a negative code has its own ratio.

    Returns
    -------
    ndarray, shape (k,); NaN where a group's `srs_variance` adds to zero.
    """
    known = np.isfinite(variance) & np.isfinite(srs_variance)
    shared = group >= 0
    code = np.where(shared, group, group.max(initial=-1) + 1 + np.arange(len(group)))
    place = np.unique(code, return_inverse=True)[1].reshape(-1)
    sums = [np.bincount(place, weights=np.where(known, v, 0.0)) for v in (variance, srs_variance)]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(sums[1] > 0, sums[0] / sums[1], np.nan)[place]
    own: Floats = np.where(shared | known, ratio, np.nan)
    return own


def t_quantile(df: Floats, level: float) -> Floats:
    """Student's t at 1 - (1 - level)/2, shape of `df`; NaN where `df` is not positive."""
    if len(df) and (df == df[0]).all():  # the design's df: one quantile serves all rows
        return np.full(len(df), -special.stdtrit(df[0], (1 - level) / 2) if df[0] > 0 else np.nan)
    known = df > 0
    return np.where(known, -special.stdtrit(np.where(known, df, 1.0), (1 - level) / 2), np.nan)


def _require_known(method: str, level: float) -> None:
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


def _inside(
    method: Interval, p: Floats, std_error: Floats, n: Floats, df: Floats, level: float
) -> tuple[Floats, Floats]:
    """Limits of shares inside (0, 1) that have a standard error."""
    t = t_quantile(df, level)
    n_eff = p * (1 - p) / std_error**2
    if method == "logit":
        centre, reach = special.logit(p), t * std_error / (p * (1 - p))
        return special.expit(centre - reach), special.expit(centre + reach)
    if method == "wald":
        return p - t * std_error, p + t * std_error
    if method == "asin":
        centre, reach = np.arcsin(np.sqrt(p)), t / (2 * np.sqrt(n_eff))
        low = np.sin(np.maximum(centre - reach, 0)) ** 2
        return low, np.sin(np.minimum(centre + reach, np.pi / 2)) ** 2
    if method == "wilson":
        return _wilson(p, n_eff, t)
    if method == "likelihood":
        return _likelihood(p, n_eff * np.where(n > 1, (n - 1) / np.where(n > 1, n, 1.0), 1.0), t)
    return _clopper_pearson(p, n_eff * _shrinkage(n, t, level), level)


def _at_edge(
    method: Interval, p: Floats, std_error: Floats, n: Floats, df: Floats, level: float
) -> tuple[Floats, Floats]:
    """Limits where nobody, or everybody, said yes: one rule for the methods that have none of their own.

    The likelihood has one (-2 n log(1 - p) = t²), which covers too little: 80 % where this covers 92 %
    (20 PSUs, a share of 0.05).
    """
    return _clopper_pearson(np.clip(p, 0, 1), n * _shrinkage(n, t_quantile(df, level), level), level)


def _shrinkage(n: Floats, t: Floats, level: float) -> Floats:
    """Korn & Graubard's factor of the effective n where the design has fewer df than respondents.

    With the design's df in a small domain the ratio exceeds 1: two respondents would count as eighty.
    """
    return np.minimum(t_quantile(n - 1, level) / t, 1.0) ** 2


def _wilson(p: Floats, n_eff: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Roots of |p̂ - p| = t √(p(1 - p)/n_eff), each written without a difference of equal numbers."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = t**2 / n_eff
        reach = np.sqrt(share * (p * (1 - p) + share / 4))
        high = (p + share / 2 + reach) / (1 + share)
        low = 1 - ((1 - p) + share / 2 + reach) / (1 + share)
        # The product of the roots is p² / (1 + share).
        low = np.where((p < 0.5) & (high > 0), p**2 / (1 + share) / np.where(high > 0, high, 1.0), low)
    return np.where(p <= 0, 0.0 * high, low), np.where(p >= 1, 1.0 + 0.0 * high, high)


def _clopper_pearson(p: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Limits of n·p of n, n not necessarily whole."""
    tail = (1 - level) / 2
    counted = np.minimum(n, MOST_COUNTED)
    yes, no = counted * p, counted * (1 - p)
    low = np.where(yes > 0, special.betaincinv(np.maximum(yes, 1e-300), no + 1, tail), 0.0)
    high = np.where(no > 0, special.betaincinv(yes + 1, np.maximum(no, 1e-300), 1 - tail), 1.0)
    more = n > MOST_COUNTED
    if more.any():
        low[more], high[more] = _wilson(p[more], n[more], np.full(int(more.sum()), -special.ndtri(tail)))
    return low, high


def _likelihood(p: Floats, n_eff: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Roots of 2 n_eff (ℓ(p̂) - ℓ(p)) = t², ℓ the binomial log-likelihood of one respondent.

    In the log-odds the deviance is convex, so that Newton's method from beyond a root falls towards it
    without passing it. With δ the distance in log-odds, ℓ(p̂) - ℓ(p) = log(1 + p̂(e^δ - 1)) - p̂ δ.
    """
    q, wanted = 1 - p, t**2 / (2 * n_eff)
    start, logit = t / np.sqrt(n_eff * p * q), special.logit(p)
    low = special.expit(logit - _distance(q, p, wanted, start))
    return low, special.expit(logit + _distance(p, q, wanted, start))


def _distance(p: Floats, q: Floats, wanted: Floats, start: Floats) -> Floats:
    """The δ > 0 at which log(q + p e^δ) - pδ reaches `wanted`; q = 1 - p, which p itself may not hold."""

    def lost(step: Floats) -> Floats:
        near = np.log1p(p * np.expm1(np.minimum(step, 1.0))) - p * step
        return np.where(step < 1.0, near, q * step + np.log(p + q * np.exp(-step)))

    step = start
    for _ in range(MAX_STEPS):
        short = lost(step) < wanted
        if not short.any():
            break
        step = np.where(short, 2 * step, step)
    for _ in range(MAX_STEPS):
        slope = -p * q * np.expm1(-step) / (p + q * np.exp(-step))
        nearer = step - (lost(step) - wanted) / slope
        if not (step - nearer > 1e-15 * step).any():
            break
        step = np.where(nearer < step, nearer, step)
    return step
