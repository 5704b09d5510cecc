"""Families of outcomes: link, inverse, slope, variance and deviance, as arrays in and arrays out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Family = Literal["logit", "probit", "cloglog", "linear", "poisson"]
# Families with a parameter of the variance beside the coefficients.
CountFamily = Literal["negative_binomial"]

BINARY: tuple[Family, ...] = ("logit", "probit", "cloglog")
# Probabilities of the binary families stay this far from 0 and 1, and means of counts from 0, as in R.
EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How an outcome varies about its mean μ, and on which scale μ is linear.

    Attributes
    ----------
    link, inverse : η = g(μ) and μ = g⁻¹(η).
    slope : g'(μ).
    variance : V(μ), up to the dispersion.
    deviance : of one respondent with outcome y: 2 (ℓ(y; y) - ℓ(y; μ)).
    density, bend : dμ/dη and d²μ/dη², of η.
    start : of y and the respondent's relative weight, the μ at which a fit begins.
    reach : smallest and largest η of a fit that has a maximum.
    """

    link: Callable[[Floats], Floats]
    inverse: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    variance: Callable[[Floats], Floats]
    deviance: Callable[[Floats, Floats], Floats]
    density: Callable[[Floats], Floats]
    bend: Callable[[Floats], Floats]
    start: Callable[[Floats, Floats], Floats]
    reach: tuple[float, float] = (-np.inf, np.inf)


def _binary_deviance(y: Floats, mu: Floats) -> Floats:
    """Of an outcome that is 0 or 1."""
    unit: Floats = -2 * np.log(np.where(y > 0, mu, 1 - mu))
    return unit


def _poisson_deviance(y: Floats, mu: Floats) -> Floats:
    unit: Floats = 2 * (special.xlogy(y, y / mu) - (y - mu))
    return unit


def _binary_start(y: Floats, w: Floats) -> Floats:
    start: Floats = (w * y + 0.5) / (w + 1)
    return start


def _bernoulli(mu: Floats) -> Floats:
    variance: Floats = mu * (1 - mu)
    return variance


def _inside(mu: Floats) -> Floats:
    return np.asarray(np.clip(mu, EPSILON, 1 - EPSILON))


def _probit_slope(mu: Floats) -> Floats:
    slope: Floats = np.sqrt(2 * np.pi) * np.exp(special.ndtri(mu) ** 2 / 2)
    return slope


def _cloglog_slope(mu: Floats) -> Floats:
    slope: Floats = -1 / ((1 - mu) * np.log1p(-mu))
    return slope


def _logistic_density(eta: Floats) -> Floats:
    density: Floats = special.expit(eta) * special.expit(-eta)
    return density


def _normal_density(eta: Floats) -> Floats:
    density: Floats = np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)
    return density


def _gompertz_density(eta: Floats) -> Floats:
    density: Floats = np.exp(eta - np.exp(eta))
    return density


DISTRIBUTIONS: Mapping[str, Distribution] = {
    # A fitted probability within about 1e-11 of 0 or 1: the likelihood has no maximum.
    "logit": Distribution(
        link=special.logit,
        inverse=special.expit,
        slope=lambda mu: 1 / (mu * (1 - mu)),
        variance=_bernoulli,
        deviance=_binary_deviance,
        density=_logistic_density,
        bend=lambda eta: _logistic_density(eta) * (special.expit(-eta) - special.expit(eta)),
        start=_binary_start,
        reach=(-25.0, 25.0),
    ),
    "probit": Distribution(
        link=special.ndtri,
        inverse=lambda eta: _inside(special.ndtr(eta)),
        slope=_probit_slope,
        variance=_bernoulli,
        deviance=_binary_deviance,
        density=_normal_density,
        bend=lambda eta: -eta * _normal_density(eta),
        start=_binary_start,
        reach=(-6.6, 6.6),
    ),
    "cloglog": Distribution(
        link=lambda mu: np.log(-np.log1p(-mu)),
        inverse=lambda eta: _inside(-np.expm1(-np.exp(np.minimum(eta, 700.0)))),
        slope=_cloglog_slope,
        variance=_bernoulli,
        deviance=_binary_deviance,
        density=_gompertz_density,
        bend=lambda eta: _gompertz_density(eta) * (1 - np.exp(eta)),
        start=_binary_start,
        reach=(-25.0, 3.25),
    ),
    "linear": Distribution(
        link=lambda mu: mu,
        inverse=lambda eta: eta,
        slope=np.ones_like,
        variance=np.ones_like,
        deviance=lambda y, mu: (y - mu) ** 2,
        density=np.ones_like,
        bend=np.zeros_like,
        start=lambda y, w: y,
    ),
    "poisson": Distribution(
        link=np.log,
        inverse=lambda eta: np.asarray(np.maximum(np.exp(eta), EPSILON)),
        slope=lambda mu: 1 / mu,
        variance=lambda mu: mu,
        deviance=_poisson_deviance,
        density=np.exp,
        bend=np.exp,
        start=lambda y, w: y + 0.1,
    ),
}
"""By the name of the family.

Source: McCullagh & Nelder (1989), chapter 2. Twins: stats::binomial, gaussian, poisson."""


def mean_of(family: str) -> Distribution:
    """The distribution that has a family's link, and so its mean: the negative binomial has Poisson's."""
    return DISTRIBUTIONS["poisson" if family in get_args(CountFamily) else family]
