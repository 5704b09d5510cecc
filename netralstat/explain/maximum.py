"""The maximum of a weighted log-likelihood: Newton's method with analytic derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from netralstat.errors import EstimationError, SeparationError

Floats = NDArray[np.float64]

# Cauchy tails leave a maximum at infinity by a constant factor a pass: some ninety passes to the last digit.
MAX_PASSES = 200
MAX_HALVINGS = 40
# The fit ends with the step that is shorter than this, in standard errors of a sample of persons: after it,
# since convergence is quadratic, the score is zero to rounding.
SETTLED = 1e-8
# Rounding of a sum of log-likelihoods, relative to it.
ROUNDING = 1e-12
# Information on some combination of coefficients, relative to what it would be if every curvature were one:
# below this all who tell of it have probabilities of 0 or 1 to within about 1e-7.
FLAT = 1e-7


class Likelihood(Protocol):
    """A log-likelihood of patterns of answers; θ has shape (k,), w (n_patterns,)."""

    def value(self, theta: Floats, w: Floats) -> float:
        """Σ w ℓ(θ), -inf where θ gives an answer no probability."""

    def scores(self, theta: Floats) -> Floats:
        """∂ℓ/∂θ of each pattern, shape (n_patterns, k)."""

    def information(self, theta: Floats, w: Floats) -> Floats:
        """-Σ w ∂²ℓ/∂θ∂θ', observed, shape (k, k)."""

    def expected(self, theta: Floats, w: Floats) -> Floats:
        """The mean of `information` over outcomes, positive definite wherever θ is."""

    def unit_information(self, w: Floats) -> Floats:
        """What `information` would be if the curvature in every linear predictor were one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maximum:
    """θ (k,) where Σ w ℓ is largest, and the observed information (k, k) there."""

    theta: Floats
    information: Floats
    passes: int


def maximum(likelihood: Likelihood, w: Floats, start: Floats, where: str) -> Maximum:
    """Newton's method from `start`, each step halved until the likelihood does not fall.

    Where the observed information is not positive definite (only Cauchy's likelihood has such places) the
    step is one of Fisher scoring. `w` (n_patterns,) are weights whose mean over respondents is about one.

    Raises
    ------
    SeparationError
        The likelihood has no maximum, for the outcome is separated.
    EstimationError
        The fit does not settle.

    Formula      θ ← θ + 2⁻ʰ H⁻¹g until g'H⁻¹g < 1e-16   (methods.md "Ordered outcomes")
    Source       Pratt (1981); Boyd & Vandenberghe (2004), 9.5.
    """
    theta, value = start, likelihood.value(start, w)
    for passed in range(1, MAX_PASSES + 1):
        gradient = w @ likelihood.scores(theta)
        step = _solved(likelihood.information(theta, w), gradient)
        if step is None:
            step = _solved(likelihood.expected(theta, w), gradient)
        if step is None:
            raise _separated(where)
        if float(gradient @ step) <= SETTLED**2:
            theta = theta + step
            information = likelihood.information(theta, w)
            _require_curved(information, likelihood.unit_information(w), where)
            return Maximum(theta=theta, information=information, passes=passed)
        theta, value = _ascended(likelihood, w, theta, step, value, where)
    _require_curved(likelihood.information(theta, w), likelihood.unit_information(w), where)
    raise EstimationError(
        f"the model did not settle in {MAX_PASSES} passes (log-likelihood {value:.6g})",
        where=where,
        do="look for levels with very few respondents and merge them",
    )


def _ascended(
    likelihood: Likelihood, w: Floats, theta: Floats, step: Floats, value: float, where: str
) -> tuple[Floats, float]:
    """The step, or the largest of its halves that does not lower the likelihood."""
    for halved in range(MAX_HALVINGS):
        moved = theta + step / 2.0**halved
        found = likelihood.value(moved, w)
        if found >= value - ROUNDING * abs(value):
            return moved, found
    _require_curved(likelihood.information(theta, w), likelihood.unit_information(w), where)
    raise EstimationError(
        f"the model did not settle: no step of {MAX_HALVINGS} halvings raises the likelihood",
        where=where,
        do="look for levels with very few respondents and merge them",
    )


def _solved(information: Floats, gradient: Floats) -> Floats | None:
    """H⁻¹g, scaled to a diagonal of ones; None unless H is positive definite."""
    diagonal = np.diag(information)
    if not (diagonal > 0).all() or not np.isfinite(information).all():
        return None
    scale = 1 / np.sqrt(diagonal)
    try:
        factor = linalg.cho_factor(information * np.outer(scale, scale), check_finite=False)
    except linalg.LinAlgError:
        return None
    return np.asarray(scale * linalg.cho_solve(factor, scale * gradient, check_finite=False))


def _require_curved(information: Floats, unit: Floats, where: str) -> None:
    """Refuse a maximum at infinity: some combination of coefficients can move and change nothing."""
    if len(unit) and linalg.eigh(information, unit, eigvals_only=True)[0] < FLAT:
        raise _separated(where)


def _separated(where: str) -> SeparationError:
    return SeparationError(
        "the outcome is separated: some combination of terms tells a level of it without exception",
        where=where,
        do="leave out or merge the levels in which one answer never or always happens",
    )
