"""Parameters of a factor model: where the iteration begins, standard errors, the standardised solution."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.explain.scales.factor_fitting import Fitted
from netralstat.explain.scales.factor_structure import Scaling, Structure

Floats = NDArray[np.float64]

# Standardised loadings and factor correlations that an iteration begins with stay inside these.
LEAST_LOADING, MOST_LOADING, MOST_CORRELATION = 0.1, 0.95, 0.9
# Step of a derivative, in standard errors of normal answers × √n.
STEP = 1e-5


def start_values(model: Structure, s: Floats, mean: Floats, scaling: Scaling) -> Floats:
    """All elements of a group to begin with, (E,): principal axes of each factor's items.

    Parameters
    ----------
    s : (k, k) covariances. mean : (k,).
    """
    k, m, at, own = len(model.items), len(model.factors), model.places, model.owner
    sd = np.sqrt(np.diag(s))
    r = s / np.outer(sd, sd)
    loading = np.empty(k)
    for factor in range(m):
        block = np.flatnonzero(own == factor)
        roots, vectors = np.linalg.eigh(r[np.ix_(block, block)])
        rest = (len(block) - roots[-1]) / max(len(block) - 1, 1)
        axis = vectors[:, -1] * np.sqrt(max(roots[-1] - rest, 0.0))
        axis = axis if axis.sum() >= 0 else -axis
        size = np.clip(np.abs(axis), LEAST_LOADING, MOST_LOADING)
        loading[block] = np.where(axis < 0, -size, size)
    member = np.eye(m)[own] * loading[:, None]
    between = member.T @ (r * (own[:, None] != own)) @ member
    norm = np.sum(member**2, axis=0)
    psi = np.clip(between / np.outer(norm, norm), -MOST_CORRELATION, MOST_CORRELATION)
    np.fill_diagonal(psi, 1.0)
    while np.linalg.eigvalsh(psi)[0] < 1 - MOST_CORRELATION:
        psi = psi * 0.8 + 0.2 * np.eye(m)
    unit = np.ones(m)
    if scaling == "marker":
        first = np.flatnonzero(np.diff(own, prepend=-1))
        unit = (loading * sd)[first]
    found = np.zeros(model.index.shape[1])
    found[at["lambda"]] = loading * sd / unit[own]
    found[at["theta"]] = (1 - loading**2) * sd**2
    found[at["psi"]] = (psi * np.outer(unit, unit))[np.triu_indices(m)]
    found[at["nu"]] = mean
    return found


def parameter_covariance(
    fitted: Fitted, moments: Floats | None, n: float, *, observed: bool = False
) -> Floats:
    """Covariance of the parameters, (q, q).

    Parameters
    ----------
    moments : (M, M) covariance of the moments; None for normal answers of n persons drawn one by one.
    observed : whether the bread is the second derivative of the discrepancy, which makes the sandwich the
        variance of the exact derivative by the weights, or its expectation under the model.

    Formula      B⁻¹ Δ'V Cov(t) VΔ B⁻¹;  normal: (n Δ'VΔ)⁻¹    (methods.md "Factor models")
    Source       Satorra & Bentler (1994); Muthén & Satorra (1995). Twins: lavaan's se = "standard",
                 "robust.sem"; lavaan.survey.
    """
    if moments is None:
        return np.asarray(np.linalg.inv(fitted.information) / n)
    bread = np.linalg.inv(fitted.observed if observed else fitted.information)
    weighted = fitted.weight @ fitted.slopes
    found = bread @ (weighted.T @ moments @ weighted) @ bread
    return np.asarray((found + found.T) / 2)


def standardised(model: Structure, values: Floats, *, ordinal: bool = False) -> Floats:
    """Elements (G, E) in units of standard deviations of items and factors.

    Of ordinal items, whose variance is 1, residual variances are what the factor leaves.
    """
    at, own, m = model.places, model.owner, len(model.factors)
    sigma = model.implied(values)[1]
    of_item = np.ones((len(values), len(own))) if ordinal else np.einsum("gjj->gj", sigma)
    psi = model.factor_covariance(values)
    of_factor = np.einsum("gff->gf", psi)
    row, column = np.triu_indices(m)
    item, factor = np.sqrt(np.abs(of_item)), np.sqrt(np.abs(of_factor))
    found = np.empty_like(values)
    found[:, at["lambda"]] = values[:, at["lambda"]] * factor[:, own] / item
    residual = 1 - np.einsum("gjj->gj", sigma) if ordinal else values[:, at["theta"]]
    found[:, at["theta"]] = residual / of_item
    found[:, at["psi"]] = psi[:, row, column] / (factor[:, row] * factor[:, column])
    found[:, at["nu"]] = values[:, at["nu"]] / item
    found[:, at["alpha"]] = values[:, at["alpha"]] / factor
    return found


def standardised_errors(
    model: Structure, theta: Floats, covariance: Floats, *, ordinal: bool = False
) -> Floats:
    """Standard errors of the standardised elements, (G, E), by the delta method."""
    step = STEP * np.maximum(np.sqrt(np.diag(covariance)), np.finfo(float).tiny)
    slopes = np.empty((len(theta), *model.index.shape))
    for one, size in enumerate(step):
        up, down = theta.copy(), theta.copy()
        up[one] += size
        down[one] -= size
        sides = [standardised(model, model.values(side), ordinal=ordinal) for side in (up, down)]
        slopes[one] = (sides[0] - sides[1]) / (up[one] - down[one])
    flat = slopes.reshape(len(theta), -1)
    square = np.sum(flat * (covariance @ flat), axis=0)
    return np.sqrt(np.where(square > 1e-18, square, 0.0)).reshape(model.index.shape)


def element_errors(model: Structure, covariance: Floats) -> Floats:
    """Standard errors of all elements, (G, E); zero where one is fixed."""
    root = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return np.where(model.index >= 0, root[np.maximum(model.index, 0)], 0.0)


def labels(model: Structure) -> list[tuple[str, str, str]]:
    """Kind, factor and item of each of the E elements of a group."""
    factors, items = model.factors, model.items
    own = [factors[factor] for factor in model.owner]
    row, column = np.triu_indices(len(factors))
    return [
        *(("loading", factor, item) for factor, item in zip(own, items, strict=True)),
        *(("residual_variance", factor, item) for factor, item in zip(own, items, strict=True)),
        *(
            ("factor_variance", factors[a], "")
            if a == b
            else ("factor_covariance", f"{factors[a]} × {factors[b]}", "")
            for a, b in zip(row, column, strict=True)
        ),
        *(("intercept", factor, item) for factor, item in zip(own, items, strict=True)),
        *(("factor_mean", factor, "") for factor in factors),
    ]


def tested(estimate: Floats, std_error: Floats, df: float, level: float) -> pd.DataFrame:
    """Estimates with intervals and a test of zero by t, or z where df is infinite; what is fixed has none.

    Without degrees of freedom intervals are infinite, and p-values NaN.
    """
    tail = (1 - level) / 2
    reach = -special.ndtri(tail) if np.isinf(df) else -special.stdtrit(df, tail) if df > 0 else np.inf
    known = std_error > 0
    half = np.multiply(reach, std_error, out=np.zeros(len(estimate)), where=known)
    statistic = np.divide(estimate, std_error, out=np.full(len(estimate), np.nan), where=known)
    below = special.ndtr(-np.abs(statistic)) if np.isinf(df) else special.stdtr(df, -np.abs(statistic))
    return pd.DataFrame(
        {
            "estimate": estimate,
            "std_error": std_error,
            "conf_low": estimate - half,
            "conf_high": estimate + half,
            "statistic": statistic,
            "p_value": 2 * below,
        }
    )
