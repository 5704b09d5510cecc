"""What factors are worth as scales: composite reliability, variance extracted, and whether they differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from netralstat.explain.scales.factor_structure import Structure
from netralstat.explain.scales.polychoric import bivariate_normal

Floats = NDArray[np.float64]


def of_factors(model: Structure, values: Floats, s: Floats) -> dict[str, Floats]:
    """Reliability of the sum of each factor's items, and the share of variance it extracts, each (m,).

    Parameters
    ----------
    values : (E,) elements of one group. s : (k, k) covariances of the items.

    Formula      omega = (Σλ)²ψ/Σs, over the observed variance of the sum; composite_reliability the same over
                 the fitted (Σλ)²ψ + Σθ;  ave = Σλ²ψ/(Σλ²ψ + Σθ)
    Source       McDonald (1999); Jöreskog (1971); Fornell & Larcker (1981). Twins: semTools::compRelSEM, AVE.
    """
    at, own = model.places, model.owner
    loading, theta = values[at["lambda"]], values[at["theta"]]
    psi = np.diag(model.factor_covariance(values[None])[0])
    found: dict[str, list[float]] = {"omega": [], "composite_reliability": [], "ave": []}
    for factor, variance in enumerate(psi):
        block = own == factor
        common, residual = float(loading[block].sum() ** 2 * variance), float(theta[block].sum())
        squares = float(np.sum(loading[block] ** 2) * variance)
        found["omega"].append(common / float(s[np.ix_(block, block)].sum()))
        found["composite_reliability"].append(common / (common + residual))
        found["ave"].append(squares / (squares + residual))
    return {name: np.array(numbers) for name, numbers in found.items()}


def heterotrait_ratio(model: Structure, r: Floats) -> Floats:
    """Correlations between the items of two factors over those within, (m, m), 1 on the diagonal.

    Formula      HTMT2 = (Π |r_between|)^(1/n) / √((Π |r_within a|)^(1/n_a) (Π |r_within b|)^(1/n_b))
    Source       Roemer, Schuberth & Henseler (2021), after Henseler, Ringle & Sarstedt (2015). Twin:
                 semTools::htmt.
    """
    own, m = model.owner, len(model.factors)
    logs = np.log(np.maximum(np.abs(r), np.finfo(float).tiny))
    within = np.empty(m)
    for factor in range(m):
        block = np.flatnonzero(own == factor)
        within[factor] = logs[np.ix_(block, block)][np.triu_indices(len(block), 1)].mean()
    found = np.eye(m)
    for a in range(m):
        for b in range(a):
            between = logs[np.ix_(own == a, own == b)].mean()
            found[a, b] = found[b, a] = np.exp(between - (within[a] + within[b]) / 2)
    return found


def ordinal_omega(fitted: Floats, seen: Floats, thresholds: Sequence[Floats]) -> float:
    """Reliability of the sum of ordered items of one factor, scored 1, 2, … upwards.

    Parameters
    ----------
    fitted : (k, k), λ_j λ_l of their tendencies, its diagonal included. seen : polychoric correlations.
    thresholds : of each item.

    Formula      Σ_jl Σ_ab [Φ₂(τ_ja, τ_lb; λ_jλ_l) - Φ(τ_ja)Φ(τ_lb)] / Σ_jl of the same with ρ_jl, where
                 an item with itself has ρ = 1
    Source       Green & Yang (2009), formula 21. Twin: semTools::compRelSEM of ordered items.
    """
    common, total = 0.0, 0.0
    for j, one in enumerate(thresholds):
        for l, other in enumerate(thresholds):  # noqa: E741
            x, y = np.broadcast_arrays(one[:, None], other[None, :])
            common += _shared(x, y, float(fitted[j, l]))
            if j == l:
                total += float(np.sum(special.ndtr(np.minimum(x, y)) - special.ndtr(x) * special.ndtr(y)))
            else:
                total += _shared(x, y, float(seen[j, l]))
    return common / total


def _shared(x: Floats, y: Floats, rho: float) -> float:
    """Covariance of two items scored 1, 2, …, of tendencies that correlate by rho."""
    none = np.zeros(x.shape)
    return float(np.sum(bivariate_normal(x, y, none + rho) - bivariate_normal(x, y, none)))
