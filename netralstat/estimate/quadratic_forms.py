"""Tails of a weighted sum of chi-squares over an estimated variance: Satterthwaite, saddlepoint, exact.

All answer P(Σ_j λ_j χ²_1 > x · χ²_ν/ν) for independent chi-squares (methods.md "Tables"). That is the tail
above zero of Q = Σ_j λ_j χ²_1 - (x/ν) χ²_ν, whose cumulant generating function is
K(s) = -½ Σ_j log(1 - 2 s λ_j) - ½ ν log(1 + 2 s x/ν).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

# The trapezoidal rule on an analytic integrand that decays exponentially: this step leaves no visible error.
STEP = 1 / 40
REACH = 80.0
# The tail beyond this share of the mean is 1 to fifteen digits.
NEGLIGIBLE = 1e-30


def satterthwaite_df(weights: Floats) -> float:
    """Degrees of freedom of the scaled chi-square with the mean and variance of Σ λ χ²_1: (Σλ)² / Σλ²."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def satterthwaite_tail(x: float, weights: Floats, df: float) -> float:
    """F tail of x / Σλ on (Σλ)²/Σλ² and `df` degrees of freedom; `weights` (q,) are not negative.

    Source: Satterthwaite (1946); Thomas & Rao (1987).
    """
    return float(special.fdtrc(satterthwaite_df(weights), df, x / weights.sum()))


def saddlepoint_tail(x: float, weights: Floats, df: float) -> float:
    """Saddlepoint approximation of the tail: some percent off however far out, most for few weights.

    With s the root of K'(s) = 0, r = sign(s) √(-2 K(s)) and v = s √K''(s) it is the normal tail of
    r + log(v/r)/r.

    Source: Barndorff-Nielsen (1986); Kuonen (1999). Twin: survey::pFsum(method = "saddlepoint").
    """
    if x <= NEGLIGIBLE * weights.sum():
        return 1.0
    scale = float(weights.max())
    terms = np.append(weights / scale, -x / scale / df)
    count = np.append(np.ones(len(weights)), df)

    def slope(s: float) -> float:
        return float((count * terms / (1 - 2 * s * terms)).sum())

    s = _root(slope, 0.5 / terms[-1], 0.5)
    curvature = float(2 * (count * (terms / (1 - 2 * s * terms)) ** 2).sum())
    if abs(s) * np.sqrt(curvature) < 1e-5:  # at the mean the expression is 0/0; its limit is skewness / 6
        return float(special.ndtr(-8 * (count * terms**3).sum() / curvature**1.5 / 6))
    r = np.sign(s) * np.sqrt((count * np.log1p(-2 * s * terms)).sum())
    return float(special.ndtr(-r - np.log(s * np.sqrt(curvature) / r) / r))


def exact_tail(x: float, weights: Floats, df: float) -> float:
    """The tail itself, to about twelve digits *of the tail*, by numerical inversion.

    The tail is 1/(2πi) ∫ e^{K(s)} ds/s along any path from below to above that crosses the real axis at c,
    0 < c < 1/(2 max λ). Here c is the saddlepoint of e^{K(s)}/s and the path a hyperbola that opens to the
    right, where the integrand falls fast and nothing cancels; the trapezoidal rule sums it.

    Source: Imhof (1961), Rice (1980). Twin: survey::pFsum(method = "integration"), which has seven decimals.
    """
    if x <= NEGLIGIBLE * weights.sum():
        return 1.0
    scale = float(weights.max())
    terms = np.append(weights / scale, -x / scale / df)
    count = np.append(np.ones(len(weights)), df)

    def slope(s: float) -> float:
        return float((count * terms / (1 - 2 * s * terms)).sum() - 1 / s)

    c = _root(slope, 0.0, 0.5)
    width = 1 / np.sqrt(2 * (count * (terms / (1 - 2 * c * terms)) ** 2).sum() + 1 / c**2)
    y = np.arange(0.0, REACH + STEP, STEP)
    s = c + width * (np.cosh(y) - 1 + 1j * np.sinh(y))
    slant = width * (np.sinh(y) + 1j * np.cosh(y))
    log_integrand = -0.5 * np.log1p(-2 * np.outer(s, terms)) @ count - np.log(s)
    peak = log_integrand[0].real
    values = (np.exp(log_integrand - peak) * slant).imag
    area = STEP * (values.sum() - values[0] / 2) / np.pi
    return float(min(np.exp(peak) * area, 1.0))


def _root(slope: Callable[[float], float], low: float, high: float) -> float:
    """Where an increasing function that is -∞ at `low` and +∞ at `high` crosses zero."""
    from scipy import optimize  # a tenth of a second to import

    inset = 1e-13 * (high - low)
    return float(optimize.brentq(slope, low + inset, high - inset, xtol=1e-300, rtol=1e-14))
