"""Quantiles: the weighted distribution of an item by domain, and Woodruff's interval about its points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Real
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import CalibratedCells, Calibration, apply_calibration
from netralstat.design.cells import Cells
from netralstat.design.design import Design
from netralstat.design.influence import Part
from netralstat.design.variance import Covariance, covariance
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.domains import (
    Domains,
    Question,
    degrees_of_freedom,
    domains_of,
    keyed_cells,
    provenance,
    replicate_flags,
    row_labels,
)
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.intervals import Interval, proportion_interval, t_quantile
from netralstat.frames import numeric_columns, require_columns

Floats = NDArray[np.float64]
Rule = Literal["math", "school", "shahvaish", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"]
QuantileInterval = Literal["mean", "beta", "xlogit"]

QUARTILES = (0.25, 0.5, 0.75)
# Rules that join respondents by straight lines put respondent i, of weight w_i, at the share
# (S_{i-1} + a·w_i) / (S_n + b·w_n): a and b of Hyndman & Fan (1996), types 4 to 9, where w = 1.
LINES = {
    "hf4": (1.0, 0.0),
    "hf5": (1 / 2, 0.0),
    "hf6": (1.0, 1.0),
    "hf7": (0.0, -1.0),
    "hf8": (2 / 3, 1 / 3),
    "hf9": (5 / 8, 1 / 4),
}
# Shares nearer than this are one share: sums of weights in another order differ by rounding.
SAME_SHARE = 1e-12
# How a share's interval is made, in the words of `proportion_interval`.
OF_SHARE: dict[QuantileInterval, Interval] = {"mean": "wald", "beta": "beta", "xlogit": "logit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Distribution:
    """Distinct answers of a domain in order, shape (m,), with the respondents `n` and Σ w at each."""

    values: Floats
    n: Floats
    w: Floats

    def quantile(self, p: float, rule: Rule) -> float:
        """The answer that the share `p` lies at or below; the first or last one where `p` is beyond them."""
        if rule in LINES:
            return self._on_lines(p, *LINES[rule])
        reached = np.cumsum(self.w)
        if rule == "shahvaish":
            mean_weight = reached[-1] / self.n.sum()
            shares = ((reached - self.w + self.w / self.n / 2) / mean_weight + 0.5) / (self.n.sum() + 1)
            return float(self.values[max(int(np.searchsorted(shares, p + SAME_SHARE)) - 1, 0)])
        shares = reached / reached[-1]
        passed = int(np.searchsorted(shares, p + SAME_SHARE))
        above = self.values[min(passed, len(shares) - 1)]
        if passed == 0 or shares[passed - 1] < p - SAME_SHARE:
            return float(above)
        below = self.values[passed - 1]  # the share is reached exactly
        if rule in ("school", "hf2"):
            return float((below + above) / 2)
        return float(above if rule == "hf3" and passed % 2 else below)

    def _on_lines(self, p: float, a: float, b: float) -> float:
        """Straight lines between the last respondent with one answer and the first with the next."""
        if len(self.w) == 1:
            return float(self.values[0])
        each, total = self.w / self.n, self.w.sum()
        before = np.cumsum(self.w) - self.w
        ends = np.stack([before + a * each, before + self.w - (1 - a) * each], axis=1)
        shares = ends.ravel() / (total + b * each[-1])
        place = int(np.searchsorted(shares, p - SAME_SHARE))
        values = np.repeat(self.values, 2)
        if place in (0, len(shares)) or shares[place] <= p + SAME_SHARE:
            return float(values[min(place, len(shares) - 1)])
        low, high = values[place - 1], values[place]
        return float(low + (high - low) * (p - shares[place - 1]) / (shares[place] - shares[place - 1]))

    def share(self, value: float) -> float:
        """Share of the weight at or below a value; NaN where nobody answered."""
        if not len(self.w):
            return float("nan")
        reached = np.cumsum(self.w)
        passed = int(np.searchsorted(self.values, value, side="right"))
        return float(reached[passed - 1] / reached[-1]) if passed else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Points:
    """The estimated quantiles, one a row of the table, before their variance; arrays of shape (k,).

    `share` is the share of the domain at or below `estimate`, `influence` that of the share, a part for
    each partition of the domains, and `denominator` what replicates divide it by.
    """

    distributions: list[_Distribution]
    p: Floats
    estimate: Floats
    share: Floats
    n: Floats
    weight: Floats
    influence: list[Part]
    denominator: list[Part]


def quantile(
    frame: Any,
    design: Design,
    items: Sequence[str],
    probs: Sequence[float] | float,
    question: Question,
    calibration: Calibration | None = None,
    *,
    rule: Rule = "math",
    interval: QuantileInterval = "mean",
) -> Estimates:
    """The answer that a given share of the population lies at or below, by domain.

    Parameters
    ----------
    items : columns of numbers (or true/false). probs : shares in [0, 1], the column `level` of the result.
    rule : how the quantile is read off the weighted distribution: "math" (= "hf1", the smallest answer
        with at least the share p at or below it), "school" (= "hf2", the mean of two answers where p is
        reached exactly), "hf3" to "hf9" (Hyndman & Fan's types), "shahvaish".
    interval : how the interval of the share is made: "mean" (Wald), "beta" or "xlogit".

    Returns
    -------
    Estimates
        One row an item, share and domain; `n_eff` and `deff` are those of the share at or below `estimate`;
        `flag` says where an interval is missing, open or a point (methods.md "Quantiles").

    Raises
    ------
    EstimationError
        An item holds no numbers, a calibrated weight is negative, or the domain has no respondents.

    Notes
    -----
    q = inf{y: F(y) ≥ p}; limits are the quantiles of the limits of F(q) (Woodruff 1952); s = width / 2t.
    u_c = -w_c δ_dc (1{y_c ≤ q} - F(q)) / (N_d f), f = s_F / s (Francisco & Fuller 1991).
    Source of the rules: Hyndman & Fan (1996); Shah & Vaish (2006). Twin: survey::svyquantile.
    """
    shares = _shares(probs)
    for argument, word, known in (("rule", rule, Rule), ("interval", interval, QuantileInterval)):
        if word not in get_args(known):
            raise UsageError(
                f'{argument} = "{word}" is not known',
                where=argument,
                do=f"choose one of {', '.join(get_args(known))}.{did_you_mean(word, get_args(known))}",
            )
    require_columns(frame, items, where="items")
    # Where respondents are placed one by one, those who weigh nothing must not stand among the others.
    own = [design.weight] if design.weight and (rule in LINES or rule == "shahvaish") else []
    cells = keyed_cells(frame, design, [*items, *question.by, *question.where, *own], (), calibration)
    _require_numbers(cells, items, numeric_columns(frame, items))
    calibrated = apply_calibration(calibration, cells)
    domains = domains_of(cells, question)
    points = _points(cells, items, shares, domains, calibrated, rule)
    labels = [(item, share) for item in items for share in shares]
    of_shares = covariance(points.influence, cells, calibrated, denominator=points.denominator)
    of_shares = of_shares.take(domains.interleaved(len(labels)))
    pairs = zip(domains.codes, domains.sizes, strict=True)
    reached = [degrees_of_freedom(cells, codes, size, of_shares, question) for codes, size in pairs]
    df = np.tile(np.hstack(reached), len(labels))
    numbers, flag = _interval(points, of_shares, df, rule, interval, question.level)
    slope = numbers.pop("slope")
    table = pd.DataFrame({**row_labels(labels, domains.names, question.by), **numbers, "flag": flag})
    return Estimates(
        table=table,
        covariance=of_shares.matrix * np.outer(slope, slope),
        statistic="quantile",
        by=question.by,
        level=question.level,
        interval=f"woodruff_{interval}",
        provenance={**provenance(cells, calibrated, of_shares, question), "rule": rule},
    )


def _points(
    cells: Cells,
    items: Sequence[str],
    shares: Sequence[float],
    domains: Domains,
    calibrated: CalibratedCells | None,
    rule: Rule,
) -> _Points:
    """Each item's quantiles in each domain, domains fastest, with the influence of the share below them."""
    w = cells.w_sum * (calibrated.g if calibrated is not None else 1.0)
    if (w < 0).any():
        raise EstimationError(
            f"{cells.n[w < 0].sum():,.0f} respondents have a negative calibrated weight, so shares may fall",
            where="calibration",
            do='calibrate with method="raking", whose weights are positive',
        )
    rows: dict[tuple[int, int], list[tuple[_Distribution, float, float, float, float, float]]] = {}
    influence, denominator = [], []
    for codes, size in zip(domains.codes, domains.sizes, strict=True):
        at, u, x = np.where(codes >= 0, codes, 0), [], []
        for i, item in enumerate(items):
            key = cells.key(item)
            value = np.asarray([*map(float, key.levels), np.nan])[key.codes]
            answered = key.codes >= 0
            of_item, n = _distributions(value, cells.n, w, answered, codes, size)
            for j, p in enumerate(shares):
                q = np.array([one.quantile(p, rule) if len(one.w) else np.nan for one in of_item])
                share = np.array([one.share(x) for one, x in zip(of_item, q, strict=True)])
                weight = np.array([one.w.sum() for one in of_item])
                centred = (value <= q[at]) - np.nan_to_num(share)[at]
                x.append(answered * cells.w_sum / np.where(weight > 0, weight, 1.0)[at])
                u.append(x[-1] * centred)
                found = zip(of_item, [p] * size, q, share, n, weight, strict=True)
                rows.setdefault((i, j), []).extend(found)
        influence.append(Part(values=np.column_stack(u), domain=codes, n_domains=size))
        denominator.append(Part(values=np.column_stack(x), domain=codes, n_domains=size))
    distributions, *columns = zip(*[row for found in rows.values() for row in found], strict=True)
    names = ("p", "estimate", "share", "n", "weight")
    return _Points(
        distributions=list(distributions),
        influence=influence,
        denominator=denominator,
        **dict(zip(names, np.array(columns, dtype=float), strict=True)),
    )


def _distributions(
    value: Floats, n: Floats, w: Floats, answered: NDArray[np.bool_], codes: NDArray[np.int64], size: int
) -> tuple[list[_Distribution], list[float]]:
    """The weighted distribution of each domain's answers, and how many respondents gave one."""
    found, counts = [], []
    members_of = np.flatnonzero(answered & (codes >= 0))
    members_of = members_of[np.argsort(codes[members_of], kind="stable")]
    ends = np.searchsorted(codes[members_of], np.arange(size + 1))
    for start, end in pairwise(ends):
        members = members_of[start:end]
        counts.append(float(n[members].sum()))
        members = members[w[members] > 0]
        values, place = np.unique(value[members], return_inverse=True)
        at_each = [np.bincount(place, weights=sums[members], minlength=len(values)) for sums in (n, w)]
        found.append(_Distribution(values=values, n=at_each[0].astype(float), w=at_each[1].astype(float)))
    return found, counts


def _interval(
    points: _Points, of_shares: Covariance, df: Floats, rule: Rule, interval: QuantileInterval, level: float
) -> tuple[dict[str, Floats], NDArray[np.str_]]:
    """Columns of the table, and `slope`: standard error of a quantile over that of its share."""
    q, n, share, share_error = points.estimate, points.n, points.share, np.sqrt(np.diag(of_shares.matrix))
    bounds = proportion_interval(share, share_error, n, df, method=OF_SHARE[interval], level=level)
    n_values = np.array([len(one.w) for one in points.distributions])
    alone, constant, edge = n == 1, (n > 1) & (n_values == 1), (points.p <= 0) | (points.p >= 1)
    told = ~alone & ~edge & ~constant & (n_values > 0)
    below = told & (bounds.low >= 0)
    above = told & (bounds.high <= 1) & ~bounds.boundary  # at the largest answer nothing is known beyond it
    low, high = np.where(constant, q, np.nan), np.where(constant, q, np.nan)
    for limit, share_limit, known in ((low, bounds.low, below), (high, bounds.high, above)):
        for i in np.flatnonzero(known):
            limit[i] = points.distributions[i].quantile(share_limit[i], rule)
    t = t_quantile(df, level)
    std_error = np.where(constant, 0.0, (high - low) / (2 * t))
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(std_error == 0, 0.0, std_error / share_error)
        spread = share * (1 - share) * n / (n - 1)
        n_eff = np.where((spread > 0) & (share_error > 0), spread / share_error**2, np.nan)
        deff = np.where(points.weight > n, n / n_eff / (1 - n / points.weight), np.nan)
    cases = {
        "no_respondents": n == 0,
        "zero_denominator": n_values == 0,
        "one_respondent": alone,
        "one_value": constant,
        "extreme": edge,
        "no_interval": ~(df > 0),
        "open_interval": ~(below & above),
        "no_variance": std_error == 0,
        "empty_replicates": replicate_flags(of_shares) != "",
    }
    flag = np.select(list(cases.values()), list(cases), default="")
    numbers = {"estimate": q, "std_error": std_error, "conf_low": low, "conf_high": high, "df": df, "n": n}
    return {**numbers, "n_yes": np.full(len(q), np.nan), "n_eff": n_eff, "deff": deff, "slope": slope}, flag


def _shares(probs: Sequence[float] | float) -> list[float]:
    asked: Any = probs
    given = list(asked) if isinstance(asked, Iterable) and not isinstance(asked, str) else [asked]
    wrong = [p for p in given if isinstance(p, bool) or not isinstance(p, Real) or not 0 <= float(p) <= 1]
    if wrong or not given:
        raise UsageError(
            f"{len(wrong)} of {len(given)} probs are no share of the population",
            where="probs",
            do="give numbers from 0 to 1, such as 0.5 for the median",
        )
    return list(dict.fromkeys(map(float, given)))


def _require_numbers(cells: Cells, items: Sequence[str], numeric: Sequence[str]) -> None:
    text = [item for item in items if item not in numeric and cells.key(item).levels]
    if text:
        raise EstimationError(
            f'item "{text[0]}" holds text or categories, so its answers have no quantiles',
            where=f"item {text[0]}",
            do="ask for the prevalence of its levels, or give a numeric item",
        )
