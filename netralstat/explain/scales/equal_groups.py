"""Groups held equal, step by step: the four models of invariance, and the test of each against the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.explain.scales.factor_estimates import variance_slopes
from netralstat.explain.scales.factor_fit import (
    Discrepancy,
    FitIndices,
    discrepancy,
    indices,
    information_criteria,
    residual_root,
    residual_weight,
)
from netralstat.explain.scales.factor_fitting import Fitted, Sample, fit_likelihood, normal_weight
from netralstat.explain.scales.factor_parameters import (
    element_errors,
    parameter_covariance,
    start_values,
    tested,
)
from netralstat.explain.scales.factor_structure import Structure, structure
from netralstat.explain.scales.item_moments import ItemMoments

Floats = NDArray[np.float64]
LevelName = Literal["configural", "metric", "scalar", "strict"]

LEVELS: tuple[LevelName, ...] = ("configural", "metric", "scalar", "strict")
EQUAL = {
    "configural": (),
    "metric": ("lambda",),
    "scalar": ("lambda", "nu"),
    "strict": ("lambda", "nu", "theta"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One of the models: what was fitted, how well, and n times the covariance of the moments, `gamma`."""

    model: Structure
    fitted: Fitted
    discrepancy: Discrepancy
    indices: FitIndices
    srmr: float
    aic: float
    bic: float
    gamma: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """χ² of what a stricter model adds, `scaled` by `scale`, on `df`, and its p."""

    scaled: float
    scale: float
    df: int
    p_value: float


def fitted_levels(
    moments: ItemMoments, scales: Mapping[str, Sequence[str]], matrix: Floats | None, *, where: str
) -> dict[LevelName, Level]:
    """The four models; `matrix` (GM, GM) is the covariance of the moments, None for normal answers."""
    n, groups, k = moments.total, len(moments.n), len(moments.items)
    sample = Sample(mean=moments.mean, s=moments.s, share=moments.share)
    gamma = None if matrix is None else n * matrix
    seen = groups * (k + k * (k + 1) // 2)
    baseline = _baseline(moments, gamma)
    found: dict[LevelName, Level] = {}
    for name in LEVELS:
        model = structure(scales, n_groups=groups, means=True, equal=EQUAL[name])
        begin = _start(model, moments, alike=name != "configural")
        fitted = fit_likelihood(model, sample, model.parameters(begin), where=f"{where}, {name} model")
        value = n * fitted.discrepancy
        own = discrepancy(value, seen - model.n_free, fitted.weight, fitted.slopes, gamma)
        mu, sigma = model.implied(model.values(fitted.theta))
        aic, bic = information_criteria(moments.s, moments.share, value, n, model.n_free)
        found[name] = Level(
            model=model,
            fitted=fitted,
            discrepancy=own,
            indices=indices(own, baseline, n, groups),
            srmr=residual_root(moments.s, sigma, moments.mean - mu, moments.share),
            aic=aic,
            bic=bic,
            gamma=gamma,
        )
    return found


def difference(strict: Level, free: Level) -> Difference:
    """The test of the restrictions that a stricter model adds to a free one.

    Source       Satorra & Bentler (2010): the free model's U is taken at the strict one's estimates, so that
                 the scale is positive. Twin: lavaan::lavTestLRT(method = "satorra.bentler.2010").
    """
    df = strict.discrepancy.df - free.discrepancy.df
    value = max(strict.discrepancy.chi2 - free.discrepancy.chi2, 0.0)
    scale = 1.0
    if strict.gamma is not None:
        # Free intercepts take up what means of factors bring to the slopes of loadings: U is that of either.
        same = strict.model.values(strict.fitted.theta)
        of_free = residual_weight(strict.fitted.weight, free.model.stacked(same))
        scale = (strict.discrepancy.trace - float(np.sum(of_free * strict.gamma))) / df
    return Difference(
        scaled=value / scale, scale=scale, df=df, p_value=float(special.chdtrc(df, value / scale))
    )


def latent_means(
    scalar: Level,
    matrix: Floats | None,
    moments: ItemMoments,
    names: Sequence[str],
    df: float,
    level: float,
) -> pd.DataFrame:
    """Means of the factors in the groups after the first, against it, where intercepts are equal."""
    model, fitted = scalar.model, scalar.fitted
    covariance = parameter_covariance(fitted, matrix, moments.total, observed=matrix is not None)
    values, at = model.values(fitted.theta), model.places
    estimate = values[1:, at["alpha"]].T.ravel()
    std_error = element_errors(model, covariance)[1:, at["alpha"]].T.ravel()
    first = np.sqrt(np.abs(np.einsum("ff->f", model.factor_covariance(values)[0])))
    named = pd.DataFrame(
        [(factor, group) for factor in model.factors for group in names[1:]], columns=["factor", "group"]
    )
    table = pd.concat([named, tested(estimate, std_error, df, level)], axis=1)
    return table.assign(standardised=estimate / np.repeat(first, len(names) - 1))


def _start(model: Structure, moments: ItemMoments, *, alike: bool) -> Floats:
    """All elements to begin with, (G, E): of each group alone, or of all groups together."""
    if not alike:
        return np.array(
            [start_values(model, s, mean, "marker") for s, mean in zip(moments.s, moments.mean, strict=True)]
        )
    s = np.einsum("g,gjl->jl", moments.share, moments.s)
    one = start_values(model, s, moments.share @ moments.mean, "marker")
    found = np.tile(one, (model.n_groups, 1))
    if (model.index[:, model.places["nu"]] != model.index[0, model.places["nu"]]).any():
        found[:, model.places["nu"]] = moments.mean
    return found


def _baseline(moments: ItemMoments, gamma: Floats | None) -> Discrepancy:
    """χ² of items that do not correlate in any group, whose means and variances are as they are."""
    groups, k, _ = moments.s.shape
    diagonal = moments.s * np.eye(k)
    logs = np.linalg.slogdet(diagonal)[1] - np.linalg.slogdet(moments.s)[1]
    return discrepancy(
        moments.total * float(moments.share @ logs),
        groups * k * (k - 1) // 2,
        normal_weight(diagonal, moments.share, means=True),
        np.asarray(np.kron(np.eye(groups), variance_slopes(k, means=True)), dtype=np.float64),
        gamma,
    )
