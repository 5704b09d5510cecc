"""Limits and standard errors of quantiles: Woodruff's, by inverting the score test, and over replicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import CalibratedCells
from netralstat.design.cells import Cells
from netralstat.design.influence import Part
from netralstat.design.variance import Covariance, covariance, recomputed
from netralstat.estimate.distributions import Distribution, Rule
from netralstat.estimate.domains import Domains
from netralstat.estimate.intervals import Interval, proportion_interval, t_quantile

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
QuantileInterval = Literal["mean", "beta", "xlogit", "score", "replicates"]

# How a share's interval is made, in the words of `proportion_interval`.
OF_SHARE: dict[QuantileInterval, Interval] = {"mean": "wald", "beta": "beta", "xlogit": "logit"}
# A share of a replicate this small is rounding, of nobody.
NOBODY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Quantiles, one a row of the table, before their variance: (item, share) by domain, domains fastest.

    Arrays of shape (k,): `share` is the share of the domain at or below `estimate`, `weight` Σ w.
    """

    distributions: list[Distribution]
    p: Floats
    estimate: Floats
    share: Floats
    n: Floats
    weight: Floats

    @property
    def alone(self) -> Flags:
        """A single respondent."""
        return np.asarray(self.n == 1)

    @property
    def constant(self) -> Flags:
        """Several respondents, one answer."""
        return np.asarray((self.n > 1) & (self.n_values == 1))

    @property
    def extreme(self) -> Flags:
        """The smallest or the largest answer was asked for."""
        return (self.p <= 0) | (self.p >= 1)

    @property
    def told(self) -> Flags:
        """Points that may have limits."""
        return ~self.alone & ~self.extreme & ~self.constant & (self.n_values > 0)

    @property
    def n_values(self) -> NDArray[np.int64]:
        """Distinct answers of each row's domain."""
        return np.array([len(one.w) for one in self.distributions])


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits (k,), NaN where the interval is open on that side."""

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesBelow:
    """Shares of domains at or below thresholds, one a row of the table, and their covariance.

    `values` has an array (n_cells,) for each item, NaN where the answer is missing; of each `n_shares` are
    asked. `weight` (items × shares, n_domains) is Σ w of those who answered.
    """

    cells: Cells
    calibrated: CalibratedCells | None
    domains: Domains
    values: Sequence[Floats]
    n_shares: int
    weight: Floats

    def covariance(self, thresholds: Floats, shares: Floats) -> Covariance:
        """Covariance of the shares (k,) at or below thresholds (k,)."""
        theta, below = thresholds.reshape(self.weight.shape), np.nan_to_num(shares).reshape(self.weight.shape)
        parts, over, start = [], [], 0
        for codes, size in zip(self.domains.codes, self.domains.sizes, strict=True):
            at, own = np.where(codes >= 0, codes, 0), slice(start, start + size)
            u, x = [], []
            for m, weight in enumerate(self.weight[:, own]):
                value = self.values[m // self.n_shares]
                x.append(~np.isnan(value) * self.cells.w_sum / np.where(weight > 0, weight, 1.0)[at])
                u.append(x[-1] * ((value <= theta[m, own][at]) - below[m, own][at]))
            parts.append(Part(values=np.column_stack(u), domain=codes, n_domains=size))
            over.append(Part(values=np.column_stack(x), domain=codes, n_domains=size))
            start += size
        found = covariance(parts, self.cells, self.calibrated, denominator=over)
        return found.take(self.domains.interleaved(len(self.weight)))


def woodruff(
    points: Points, share_error: Floats, df: Floats, rule: Rule, interval: QuantileInterval, level: float
) -> Limits:
    """Quantiles of the limits of the share at or below each point (Woodruff 1952)."""
    bounds = proportion_interval(
        points.share, share_error, points.n, df, method=OF_SHARE[interval], level=level
    )
    below = points.told & (bounds.low >= 0)
    above = points.told & (bounds.high <= 1) & ~bounds.boundary  # beyond the largest answer nothing is known
    low, high = (np.where(points.constant, points.estimate, np.nan) for _ in range(2))
    for limit, share_limit, known in ((low, bounds.low, below), (high, bounds.high, above)):
        for i in np.flatnonzero(known):
            limit[i] = points.distributions[i].quantile(share_limit[i], rule)
    return Limits(low=low, high=high)


def score(points: Points, shares: SharesBelow, df: Floats, level: float) -> Limits:
    """Answers whose share at or below differs from p by less than t standard errors of that share.

    The lower limit is the first such answer, the upper one the first beyond them; a side where not even the
    smallest (or last but one) answer differs is open. Found by halving, with all rows at once.

    Source: Francisco & Fuller (1991).
    """
    t = t_quantile(df, level)
    place = np.array(
        [
            int(np.searchsorted(one.values, q))
            for one, q in zip(points.distributions, points.estimate, strict=True)
        ]
    )
    last = points.n_values - 1

    def statistic(index: NDArray[np.int64]) -> Floats:
        pairs = zip(points.distributions, np.clip(index, 0, np.maximum(last, 0)), strict=True)
        theta = np.array([one.values[i] if len(one.values) else np.nan for one, i in pairs])
        below = np.array([one.share(x) for one, x in zip(points.distributions, theta, strict=True)])
        error = np.sqrt(np.diag(shares.covariance(theta, below).matrix))
        away = below - points.p
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(away == 0, 0.0, away / error)

    told = points.told
    first = _halved(np.full(len(place), -1), place, told, lambda i: statistic(i) > -t)
    beyond = _halved(place - 1, last, told, lambda i: statistic(i) >= t)
    low, high = (np.where(points.constant, points.estimate, np.nan) for _ in range(2))
    for limit, index, known in ((low, first, told & (first > 0)), (high, beyond, told & (beyond < last))):
        for i in np.flatnonzero(known):
            limit[i] = points.distributions[i].values[index[i]]
    return Limits(low=low, high=high)


def _halved(
    outside: NDArray[np.int64],
    inside: NDArray[np.int64],
    told: Flags,
    holds: Callable[[NDArray[np.int64]], Flags],
) -> NDArray[np.int64]:
    """The first place after `outside` at which `holds`, which it does at `inside`."""
    low, high = outside.copy(), np.where(told, inside, outside + 1)
    while (open_ := high - low > 1).any():
        middle = np.where(open_, (low + high) // 2, high)
        found = holds(middle)
        high = np.where(open_ & found, middle, high)
        low = np.where(open_ & ~found, middle, low)
    return high


def over_replicates(points: Points, shares: SharesBelow, rule: Rule) -> Covariance:
    """Covariance of quantiles that are read off the distribution of each replicate.

    Twin: survey::svyquantile(interval.type = "quantile") of a replicate design.
    """
    n_shares = shares.n_shares
    levels = [np.unique(value[~np.isnan(value)]) for value in shares.values]
    columns = [
        (value[:, None] == answers) * shares.cells.w_sum[:, None]
        for value, answers in zip(shares.values, levels, strict=True)
    ]
    ends = np.cumsum([0, *map(len, levels)])
    p = points.p.reshape(shares.weight.shape)[:, 0]

    def statistic(totals: Floats) -> Floats:
        found = np.full((len(totals), len(shares.values) * n_shares, totals.shape[2]), np.nan)
        for item, answers in enumerate(levels):
            w = totals[:, ends[item] : ends[item + 1]]
            there = w > NOBODY * w.sum(axis=1, keepdims=True)
            for replicate, domain in np.argwhere(there.any(axis=1)):
                kept = there[replicate, :, domain]
                weights = w[replicate, kept, domain]
                one = Distribution(values=answers[kept], n=np.ones(len(weights)), w=weights)
                for m in range(item * n_shares, (item + 1) * n_shares):
                    found[replicate, m, domain] = one.quantile(p[m], rule)
        return found.reshape(len(totals), -1)

    parts = [
        Part(values=np.hstack(columns), domain=codes, n_domains=size)
        for codes, size in zip(shares.domains.codes, shares.domains.sizes, strict=True)
    ]
    order = shares.domains.interleaved(len(shares.values) * n_shares)
    size = np.empty(len(order))
    size[order] = np.nan_to_num(np.abs(points.estimate))
    return recomputed(parts, shares.cells, shares.calibrated, statistic, size=size).take(order)
