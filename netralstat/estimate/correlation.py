"""Variances, covariances and correlations of numeric items in the population, by domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.design.calibration.calibration import CalibratedCells, Calibration, apply_calibration
from netralstat.design.cells import Cells
from netralstat.design.design import Design
from netralstat.design.influence import Part
from netralstat.design.variance import Covariance, covariance, recomputed
from netralstat.errors import EstimationError
from netralstat.estimate.domains import (
    Domains,
    Question,
    added_up,
    degrees_of_freedom,
    domains_of,
    replicate_flags,
    row_labels,
)
from netralstat.estimate.domains import provenance as provenance_of
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.intervals import t_quantile, wald
from netralstat.estimate.product_sums import Pair, ProductSums, product_sums

Floats = NDArray[np.float64]

# A variance below this share of the mean square is what sums of squares leave of a constant.
CONSTANT = 1e-13
# A correlation nearer to 1 than this is 1, but for rounding.
ONE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moments:
    """Of each pair in each domain, shape (n_pairs, n_domains), over calibrated weights."""

    n: Floats
    weight: Floats
    mean_x: Floats
    mean_y: Floats
    xx: Floats
    yy: Floats
    xy: Floats


def covariances(
    frame: Any,
    design: Design,
    items: Sequence[str],
    question: Question,
    calibration: Calibration | None = None,
) -> Estimates:
    """How much numeric items vary in the population, each alone and together.

    Parameters
    ----------
    items : columns of numbers; a covariance uses the respondents who answered both.

    Returns
    -------
    Estimates
        One row an item (its variance) and pair of items ("a × b", their covariance), by domain, in the order
        of a triangle by rows; Wald intervals.

    Raises
    ------
    EstimationError
        An item holds no numbers, or nobody is in the domain.

    Formula      S_xy = n/(n-1) Σ w* (x - x̄)(y - ȳ)/N;  u = w ((x - x̄)(y - ȳ) n/(n-1) - S_xy)/N
    Source       methods.md "Covariances and correlations". Twin: survey::svyvar.
    """
    pairs = list(combinations_with_replacement(dict.fromkeys(items), 2))
    return _estimated(frame, design, pairs, question, calibration, correlated=False)


def correlation(
    frame: Any,
    design: Design,
    items: Sequence[str],
    question: Question,
    calibration: Calibration | None = None,
) -> Estimates:
    """How closely two numeric items go together in the population: Pearson's correlation.

    Parameters
    ----------
    items : two or more columns of numbers; each pair uses the respondents who answered both.

    Returns
    -------
    Estimates
        One row a pair ("a × b") and domain. Interval and t test (of no correlation) on Fisher's scale;
        `flag` is "one_value" where an item does not vary, "few_respondents" for fewer than three, and
        "boundary" where the correlation is -1 or 1.

    Raises
    ------
    EstimationError
        Fewer than two items, an item holds no numbers, or nobody is in the domain.

    Formula      r = S_xy/√(S_xx S_yy);  u = w (z_x z_y - r (z_x² + z_y²)/2)/N
    Source       methods.md "Covariances and correlations". Twin: svycontrast(svyvar(~x + y), …).
    """
    named = list(dict.fromkeys(items))
    if len(named) < 2:
        raise EstimationError(
            f"a correlation of {len(named)} item is not defined",
            where="items",
            do="name at least two numeric items",
        )
    pairs = list(combinations(named, 2))
    return _estimated(frame, design, pairs, question, calibration, correlated=True)


def _estimated(
    frame: Any,
    design: Design,
    pairs: Sequence[Pair],
    question: Question,
    calibration: Calibration | None,
    *,
    correlated: bool,
) -> Estimates:
    cells, sums = product_sums(frame, design, pairs, [*question.by, *question.where], calibration)
    calibrated, domains = apply_calibration(calibration, cells), domains_of(cells, question)
    g = calibrated.g[:, None] if calibrated is not None else np.ones((cells.n_cells, 1))
    values, moments, parts = [], [], []
    for codes, size in zip(domains.codes, domains.sizes, strict=True):
        of = _moments(sums, g, codes, size, np.array([[x == y] for x, y in pairs]))
        value, weights = _correlations(of) if correlated else _covariances(of)
        at = np.where(codes >= 0, codes, 0)
        u = sums.combined((of.mean_x, of.mean_y), at, weights)
        if not correlated:
            u = u - sums.w * np.nan_to_num(value / of.weight).T[at]
        parts.append(Part(values=u, domain=codes, n_domains=size))
        values.append(value)
        moments.append(of)
    if design.replicates is None:
        result = covariance(parts, cells, calibrated)
    else:
        result = _of_replicates(cells, sums, domains, moments, calibrated, correlated=correlated)
    result = result.take(domains.interleaved(len(pairs)))
    matrix = result.matrix
    reached = [
        degrees_of_freedom(cells, codes, size, result, question)
        for codes, size in zip(domains.codes, domains.sizes, strict=True)
    ]
    df = np.tile(np.hstack(reached), len(pairs))
    value, n = np.hstack(values).ravel(), np.hstack([of.n for of in moments]).ravel()
    labels = [(x if x == y else f"{x} × {y}", None) for x, y in pairs]
    numbers = _numbers(value, result, df, n, question.level, correlated=correlated)
    missing = np.isnan(value)
    matrix[missing, :] = np.nan
    matrix[:, missing] = np.nan
    return Estimates(
        table=pd.DataFrame({**row_labels(labels, domains.names, question.by), **numbers}),
        covariance=matrix,
        statistic="correlation" if correlated else "covariance",
        by=question.by,
        level=question.level,
        interval="fisher" if correlated else "wald",
        provenance=provenance_of(cells, calibrated, result, question),
    )


def _of_replicates(
    cells: Cells,
    sums: ProductSums,
    domains: Domains,
    moments: Sequence[_Moments],
    calibrated: CalibratedCells | None,
    *,
    correlated: bool,
) -> Covariance:
    """Covariance over replicates, each with moments about its own means; n/(n - 1) stays the sample's."""
    parts, scales = [], []
    for codes, size, of in zip(domains.codes, domains.sizes, moments, strict=True):
        at, one, none = np.where(codes >= 0, codes, 0), np.ones_like(of.weight), np.zeros_like(of.weight)
        away = [x - mean.T[at] * sums.w for x, mean in ((sums.x, of.mean_x), (sums.y, of.mean_y))]
        products = [
            sums.combined((of.mean_x, of.mean_y), at, weights)
            for weights in ((one, none, none), (none, one, none), (none, none, one))
        ]
        parts.append(Part(values=np.hstack([sums.w, *away, *products]), domain=codes, n_domains=size))
        bias = np.where(of.n > 1, of.n / np.where(of.n > 1, of.n - 1, 1.0), 0.0)
        scales.append(one if correlated else bias * np.sqrt(np.nan_to_num(of.xx * of.yy)))

    def statistic(totals: Floats) -> Floats:
        w, x, y, xx, xy, yy = np.split(totals, 6, axis=1)
        shared = xy / w - x * y / w**2
        if correlated:
            shared = shared / np.sqrt((xx / w - (x / w) ** 2) * (yy / w - (y / w) ** 2))
        return shared.reshape(len(totals), -1)

    beside = np.hstack([scale.ravel() for scale in scales])
    found = recomputed(parts, cells, calibrated, statistic, size=beside)
    if correlated:
        return found
    n = np.hstack([of.n.ravel() for of in moments])
    bias = np.where(n > 1, n / np.where(n > 1, n - 1, 1.0), 0.0)
    return replace(found, matrix=found.matrix * np.outer(bias, bias))


def _moments(
    sums: ProductSums, g: Floats, codes: NDArray[np.int64], size: int, same: NDArray[np.bool_]
) -> _Moments:
    """Moments about the mean of each domain; `same` (n_pairs, 1) marks an item paired with itself."""
    weight = added_up(g * sums.w, codes, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mx, my, xx, yy, xy = (
            added_up(g * one, codes, size) / np.where(weight > 0, weight, np.nan)
            for one in (sums.x, sums.y, sums.xx, sums.yy, sums.xy)
        )
    squares = [np.where(s - m**2 > CONSTANT * s, s - m**2, 0.0) for s, m in ((xx, mx), (yy, my))]
    return _Moments(
        n=added_up(sums.n, codes, size),
        weight=weight,
        mean_x=np.nan_to_num(mx),
        mean_y=np.nan_to_num(my),
        xx=np.where(np.isnan(mx), np.nan, squares[0]),
        yy=np.where(np.isnan(my), np.nan, squares[1]),
        xy=np.where(same & ~np.isnan(mx), squares[0], xy - mx * my),
    )


def _covariances(of: _Moments) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Covariances, and the weights (of d_x², d_x d_y, d_y²) of their influence before it is centred."""
    with np.errstate(invalid="ignore", divide="ignore"):
        bias = np.where(of.n > 1, of.n / (of.n - 1), np.nan)
        weight = np.nan_to_num(bias / of.weight)
    none = np.zeros_like(weight)
    return bias * of.xy, (none, weight, none)


def _correlations(of: _Moments) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Correlations, and the weights of their influence, whose centre is zero."""
    vary = (of.xx > 0) & (of.yy > 0) & (of.n > 2)
    xx, yy = np.where(vary, of.xx, 1.0), np.where(vary, of.yy, 1.0)
    r = of.xy / np.sqrt(xx * yy)
    r = np.where(vary, np.where(np.abs(r) > 1 - ONE, np.sign(r), r), np.nan)
    known = np.where(vary, 1 / np.where(of.weight > 0, of.weight, 1.0), 0.0)
    half = -0.5 * np.nan_to_num(r) * known
    return r, (half / xx, known / np.sqrt(xx * yy), half / yy)


def _numbers(
    value: Floats, spread: Covariance, df: Floats, n: Floats, level: float, *, correlated: bool
) -> dict[str, Any]:
    """The columns of the table after its labels."""
    std_error = np.where(np.isnan(value), np.nan, np.sqrt(np.diag(spread.matrix)))
    tests = {}
    if correlated:
        inside = np.abs(value) < 1
        slope = np.where(inside, 1 - np.where(inside, value, 0.0) ** 2, np.nan)
        z, error = np.arctanh(np.where(inside, value, np.nan)), std_error / slope
        reach = t_quantile(df, level) * error
        low, high = (np.where(inside | np.isnan(value), np.tanh(z + sign * reach), value) for sign in (-1, 1))
        statistic = np.divide(z, error, out=np.full(len(z), np.nan), where=error > 0)
        tests = {"statistic": statistic, "p_value": 2 * special.stdtr(df, -np.abs(statistic))}
    else:
        bounds = wald(value, std_error, df, level)
        low, high = bounds.low, bounds.high
    cases = {
        "no_respondents": n == 0,
        "one_respondent": n == 1,
        "few_respondents": correlated & (n < 3),
        "one_value": np.isnan(value) if correlated else std_error == 0,
        "boundary": correlated & (np.abs(value) >= 1),
        "empty_replicates": replicate_flags(spread) != "",
    }
    nothing = np.full(len(value), np.nan)
    return {
        "estimate": value,
        "std_error": std_error,
        "conf_low": low,
        "conf_high": high,
        "df": df,
        **tests,
        "n": n,
        "n_yes": nothing,
        "n_eff": nothing,
        "deff": nothing,
        "flag": np.select(list(cases.values()), list(cases), default=""),
    }
