"""Benchmarks: a hidden confounder measured by an observed covariate, so many times as strong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastSquares:
    """A weighted linear fit as what partial R² are made of.

    Attributes
    ----------
    beta : (p,), coefficients. inverse : (p, p), (X'WX)⁻¹. residual_sum : Σ w e².
    """

    beta: Floats
    inverse: Floats
    residual_sum: float

    def scale(self, treatment: int) -> float:
        """sd(Y⊥)/sd(D⊥) of one coefficient: √(Σ w e² · (X'WX)⁻¹_dd)."""
        return float(np.sqrt(self.residual_sum * self.inverse[treatment, treatment]))

    def with_outcome(self, covariates: Places) -> float:
        """Partial R² of some covariates and the outcome, given all others: ESS_J / (ESS_J + RSS).

        ESS_J = b_J' [(X'WX)⁻¹_JJ]⁻¹ b_J is what the residual sum grows by without them.
        """
        explained = _explained(self.beta[covariates], self.inverse[np.ix_(covariates, covariates)])
        return explained / (explained + self.residual_sum)

    def with_treatment(self, covariates: Places, treatment: int) -> float:
        """Partial R² of some covariates and the treatment, given all other covariates."""
        others = np.delete(np.arange(len(self.beta)), treatment)
        own = self.inverse[treatment, treatment]
        across = self.inverse[others, treatment]
        coefficients = -across / own  # of the treatment on the others
        inverse = self.inverse[np.ix_(others, others)] - np.outer(across, across) / own
        places = np.searchsorted(others, covariates)
        explained = _explained(coefficients[places], inverse[np.ix_(places, places)])
        return float(explained / (explained + 1 / own))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Largest partial R² of a confounder k times as strong as a covariate; `flag` says what bounds them.

    `flag` is "" or "capped" (the outcome's bound is above 1 and is 1) or "impossible" (no confounder can
    be so strong: the treatment's would be 1 or more; both are NaN).
    """

    r2_treatment: float
    r2_outcome: float
    flag: str


def bound(k: float, with_treatment: float, with_outcome: float) -> Bound:
    """Partial R² of a confounder k times as strong as a covariate, in both respects.

    Parameters
    ----------
    with_treatment : R² of the covariate and the treatment, given the other covariates.
    with_outcome : R² of the covariate and the outcome, given treatment and other covariates.

    Formula      R²_D = k R²_x/(1 - R²_x);  R²_Y = η² R²_y/(1 - R²_y),
                 η = (√k + √ρ)/√(1 - ρ),  ρ = k R⁴_x / ((1 - k R²_x)(1 - R²_x))
                 (methods.md "Hidden causes")
    Source       Cinelli & Hazlett (2020), section 4.4. Twin: sensemakr::ovb_partial_r2_bound.
    """
    left = (1 - k * with_treatment) * (1 - with_treatment)
    if left <= 0:
        return Bound(r2_treatment=np.nan, r2_outcome=np.nan, flag="impossible")
    of_treatment = k * with_treatment / (1 - with_treatment)
    between = k * with_treatment**2 / left
    if of_treatment >= 1 or between >= 1 or with_outcome >= 1:
        return Bound(r2_treatment=np.nan, r2_outcome=np.nan, flag="impossible")
    multiple = (np.sqrt(k) + np.sqrt(between)) / np.sqrt(1 - between)
    of_outcome = float(multiple**2 * with_outcome / (1 - with_outcome))
    return Bound(
        r2_treatment=float(of_treatment),
        r2_outcome=min(of_outcome, 1.0),
        flag="capped" if of_outcome > 1 else "",
    )


def columns_of(variables: Sequence[str], variable: str) -> Places:
    """Places of the coefficients whose term is `variable` among the terms of all coefficients."""
    return np.flatnonzero(np.asarray(variables, dtype=object) == variable)


def _explained(b: Floats, inverse: Floats) -> float:
    return float(b @ np.linalg.solve(inverse, b))
