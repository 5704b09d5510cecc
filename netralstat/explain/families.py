"""The families of models: link, variance and deviance, functions of the mean μ (methods.md "Regression")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """What a fit needs of a family; every function takes and gives arrays of shape (n,).

    Attributes
    ----------
    link, inverse : η = g(μ) and μ = g⁻¹(η).
    slope : g'(μ).
    variance : V(μ), up to the dispersion.
    deviance : of one respondent with outcome y: 2 (ℓ(y; y) - ℓ(y; μ)).
    """

    link: Callable[[Floats], Floats]
    inverse: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    variance: Callable[[Floats], Floats]
    deviance: Callable[[Floats, Floats], Floats]


def _binomial_deviance(y: Floats, mu: Floats) -> Floats:
    """Of an outcome that is 0 or 1."""
    unit: Floats = -2 * np.log(np.where(y > 0, mu, 1 - mu))
    return unit


def _poisson_deviance(y: Floats, mu: Floats) -> Floats:
    unit: Floats = 2 * (special.xlogy(y, y / mu) - (y - mu))
    return unit


DISTRIBUTIONS: Mapping[str, Distribution] = {
    "logit": Distribution(
        link=special.logit,
        inverse=special.expit,
        slope=lambda mu: 1 / (mu * (1 - mu)),
        variance=lambda mu: mu * (1 - mu),
        deviance=_binomial_deviance,
    ),
    "linear": Distribution(
        link=lambda mu: mu,
        inverse=lambda eta: eta,
        slope=np.ones_like,
        variance=np.ones_like,
        deviance=lambda y, mu: (y - mu) ** 2,
    ),
    "poisson": Distribution(
        link=np.log,
        inverse=np.exp,
        slope=lambda mu: 1 / mu,
        variance=lambda mu: mu,
        deviance=_poisson_deviance,
    ),
}
"""By the name of the family; each link is the family's canonical one.

Source: McCullagh & Nelder (1989), chapter 2. Twins: stats::binomial, gaussian, poisson."""
