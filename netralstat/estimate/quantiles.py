"""Quantiles of an item by domain, with their standard errors and limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from numbers import Real
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import CalibratedCells, Calibration, apply_calibration
from netralstat.design.cells import Cells
from netralstat.design.design import Design
from netralstat.design.variance import Covariance
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.distributions import LINES, STEPS, Distribution, Rule
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
from netralstat.estimate.intervals import t_quantile
from netralstat.estimate.quantile_intervals import (
    Limits,
    Points,
    QuantileInterval,
    SharesBelow,
    over_replicates,
    score,
    woodruff,
)
from netralstat.frames import numeric_columns, require_columns

Floats = NDArray[np.float64]

QUARTILES = (0.25, 0.5, 0.75)


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
    interval : how the interval of the share is made: "mean" (Wald), "beta" or "xlogit"; "score" has the
        answers whose share does not differ from p; "replicates" reads the quantile off each replicate.

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
    q = inf{y: F(y) ≥ p}; limits of "mean", "beta" and "xlogit" are the quantiles of the limits of F(q)
    (Woodruff 1952); s = width / 2t.
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
    if interval == "replicates":
        _require_replicates(design, rule)
    require_columns(frame, items, where="items")
    # Where respondents are placed one by one, those who weigh nothing must not stand among the others.
    own = [design.weight] if design.weight and (rule in LINES or rule == "shahvaish") else []
    cells = keyed_cells(frame, design, [*items, *question.by, *question.where, *own], (), calibration)
    _require_numbers(cells, items, numeric_columns(frame, items))
    calibrated = apply_calibration(calibration, cells)
    domains = domains_of(cells, question)
    points, below = _points(cells, items, shares, domains, calibrated, rule)
    labels = [(item, share) for item in items for share in shares]
    of_shares = below.covariance(points.estimate, points.share)
    pairs = zip(domains.codes, domains.sizes, strict=True)
    reached = [degrees_of_freedom(cells, codes, size, of_shares, question) for codes, size in pairs]
    df = np.tile(np.hstack(reached), len(labels))
    t = t_quantile(df, question.level)
    share_error = np.sqrt(np.diag(of_shares.matrix))
    found = of_shares
    if interval == "replicates":
        found = over_replicates(points, below, rule)
        std_error = np.where(
            points.told, np.sqrt(np.diag(found.matrix)), np.where(points.constant, 0.0, np.nan)
        )
        limits = Limits(low=points.estimate - t * std_error, high=points.estimate + t * std_error)
        matrix = np.where(np.isnan(std_error) | np.isnan(std_error)[:, None], np.nan, found.matrix)
    else:
        if interval == "score":
            limits = score(points, below, df, question.level)
        else:
            limits = woodruff(points, share_error, df, rule, interval, question.level)
        std_error = np.where(points.constant, 0.0, (limits.high - limits.low) / (2 * t))
        with np.errstate(invalid="ignore", divide="ignore"):
            slope = np.where(std_error == 0, 0.0, std_error / share_error)
        matrix = of_shares.matrix * np.outer(slope, slope)
    numbers = _numbers(points, limits, std_error, share_error, df)
    flag = _flags(points, limits, std_error, df, found)
    return Estimates(
        table=pd.DataFrame({**row_labels(labels, domains.names, question.by), **numbers, "flag": flag}),
        covariance=matrix,
        statistic="quantile",
        by=question.by,
        level=question.level,
        interval=interval if interval in ("score", "replicates") else f"woodruff_{interval}",
        provenance={**provenance(cells, calibrated, of_shares, question), "rule": rule},
    )


def _require_replicates(design: Design, rule: Rule) -> None:
    """Quantiles of replicates need some, and a rule that asks for no more than weights."""
    if design.replicates is None:
        raise UsageError(
            'interval = "replicates" needs a survey with replicates',
            where="interval",
            do='make some with survey.replicates("bootstrap", seed=1), or leave interval at "mean"',
        )
    if rule not in STEPS:
        raise UsageError(
            f'interval = "replicates" cannot go with rule = "{rule}"',
            where="rule",
            do=f"choose one of {', '.join(STEPS)}",
        )


def _points(
    cells: Cells,
    items: Sequence[str],
    shares: Sequence[float],
    domains: Domains,
    calibrated: CalibratedCells | None,
    rule: Rule,
) -> tuple[Points, SharesBelow]:
    """Each item's quantiles in each domain, domains fastest, and the shares below them."""
    w = cells.w_sum * (calibrated.g if calibrated is not None else 1.0)
    if (w < 0).any():
        raise EstimationError(
            f"{cells.n[w < 0].sum():,.0f} respondents have a negative calibrated weight, so shares may fall",
            where="calibration",
            do='calibrate with method="raking", whose weights are positive',
        )
    values, distributions, counts = [], [], []
    for item in items:
        key = cells.key(item)
        value = np.asarray([*map(float, key.levels), np.nan])[key.codes]
        of_item: list[Distribution] = []
        n: list[float] = []
        for codes, size in zip(domains.codes, domains.sizes, strict=True):
            found, respondents = _distributions(value, cells.n, w, key.codes >= 0, codes, size)
            of_item, n = of_item + found, n + respondents
        values.append(value)
        distributions += of_item * len(shares)
        counts += n * len(shares)
    p = np.tile(np.repeat(shares, len(domains.names)), len(items))
    q = [
        one.quantile(share, rule) if len(one.w) else np.nan
        for one, share in zip(distributions, p, strict=True)
    ]
    share = [one.share(x) for one, x in zip(distributions, q, strict=True)]
    weight = np.array([one.w.sum() for one in distributions])
    points = Points(
        distributions=distributions,
        p=p,
        estimate=np.array(q, dtype=float),
        share=np.array(share, dtype=float),
        n=np.array(counts, dtype=float),
        weight=weight,
    )
    return points, SharesBelow(
        cells=cells,
        calibrated=calibrated,
        domains=domains,
        values=values,
        n_shares=len(shares),
        weight=weight.reshape(len(items) * len(shares), -1),
    )


def _distributions(
    value: Floats, n: Floats, w: Floats, answered: NDArray[np.bool_], codes: NDArray[np.int64], size: int
) -> tuple[list[Distribution], list[float]]:
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
        found.append(Distribution(values=values, n=at_each[0].astype(float), w=at_each[1].astype(float)))
    return found, counts


def _numbers(
    points: Points, limits: Limits, std_error: Floats, share_error: Floats, df: Floats
) -> dict[str, Floats]:
    """The columns of the table after its labels; `n_eff` and `deff` are those of the share."""
    n, share = points.n, points.share
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = share * (1 - share) * n / (n - 1)
        n_eff = np.where((spread > 0) & (share_error > 0), spread / share_error**2, np.nan)
        deff = np.where(points.weight > n, n / n_eff / (1 - n / points.weight), np.nan)
    return {
        "estimate": points.estimate,
        "std_error": std_error,
        "conf_low": limits.low,
        "conf_high": limits.high,
        "df": df,
        "n": n,
        "n_yes": np.full(len(n), np.nan),
        "n_eff": n_eff,
        "deff": deff,
    }


def _flags(
    points: Points, limits: Limits, std_error: Floats, df: Floats, found: Covariance
) -> NDArray[np.str_]:
    """What is particular about each row, "" for nothing."""
    cases = {
        "no_respondents": points.n == 0,
        "zero_denominator": points.n_values == 0,
        "one_respondent": points.alone,
        "one_value": points.constant,
        "extreme": points.extreme,
        "no_interval": ~(df > 0),
        "open_interval": np.isnan(limits.low) | np.isnan(limits.high),
        "no_variance": std_error == 0,
        "empty_replicates": replicate_flags(found) != "",
    }
    return np.select(list(cases.values()), list(cases), default="")


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
