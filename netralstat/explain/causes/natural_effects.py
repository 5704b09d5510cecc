"""Natural effects: the outcome under one treatment with the mediator as it would be under the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.explain.causes.pathways import MediatorFamily, OutcomeFamily
from netralstat.explain.families import DISTRIBUTIONS

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# Step of the trapezoidal rule over a standard normal residual, times √(1 + b²) of an outcome that moves
# by b a standard deviation: its error is below exp(-2π²/0.85²) ≈ 1e-12, and half a width of 8.5 leaves 1e-17.
STEP = 0.85
REACH = 8.5
CONTROL, TREATED = 0, 1
# (treatment of the outcome, treatment of the mediator), in the order of the four means.
WORLDS = ((0, 0), (0, 1), (1, 0), (1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which columns of the outcome's model matrix (m, p) are what; the mediator's has `base` and `treatment`.

    Attributes
    ----------
    base : places of intercept and covariates. treatment : of the treatment. mediator : of the mediator.
    both : of treatment times mediator, in the order of `treatment`; empty without interaction.
    values : (2, columns of the treatment), what they are at control and at treated.
    """

    base: Codes
    treatment: Codes
    mediator: int
    both: Codes
    values: Floats

    @property
    def of_mediator(self) -> Codes:
        """Places of the columns that the mediator's model has."""
        return np.sort(np.concatenate([self.base, self.treatment]))

    @property
    def size(self) -> int:
        """Coefficients of the outcome's model."""
        return len(self.base) + len(self.treatment) + 1 + len(self.both)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    """Parameters of the two models: β (p,), α (p_m,) in the order of their columns, residual sd σ."""

    beta: Floats
    alpha: Floats
    sigma: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Worlds:
    """The mean outcome of each covariate pattern in each of `WORLDS`, and how it moves with the parameters.

    `means` (4, m); `by_outcome` (4, m), ∂/∂η of the outcome; `by_slope` (4, m), ∂/∂ of what multiplies the
    mediator; `by_mediator` (4, m), ∂/∂η of the mediator; `by_sigma` (4, m). None where not asked for.
    """

    means: Floats
    by_outcome: Floats | None = None
    by_slope: Floats | None = None
    by_mediator: Floats | None = None
    by_sigma: Floats | None = None


def worlds(
    x: Floats,
    fits: Fits,
    roles: Roles,
    families: tuple[OutcomeFamily, MediatorFamily],
    *,
    derivatives: bool = False,
) -> Worlds:
    """E[Y(t, M(t')) | x] of patterns of covariates, for the four pairs of t and t'.

    Parameters
    ----------
    x : (m, columns of `base`), intercept and covariates of each pattern.
    fits, roles, families : of the two models.
    derivatives : whether those by the parameters are wanted.

    Formula      ∫ g⁻¹(x'β_x + β_t + (γ + δ_t) m) dF(m | t', x): two values of a binary mediator, the mean of
                 a linear one under a linear outcome, else the trapezoidal rule over its normal residual
                 (methods.md "Mediation")
    Source       Imai, Keele & Tingley (2010); Trefethen & Weideman (2014) for the rule.
    """
    own = roles.of_mediator
    in_base = np.isin(own, roles.base)
    alpha_x, alpha_t = fits.alpha[in_base], fits.alpha[~in_base]
    of_x, of_mediator = x @ fits.beta[roles.base], x @ alpha_x
    level = roles.values @ fits.beta[roles.treatment]
    slope = fits.beta[roles.mediator] + (
        roles.values @ fits.beta[roles.both] if len(roles.both) else np.zeros(2)
    )
    shift = roles.values @ alpha_t
    found = [
        _world(of_x + level[t], slope[t], of_mediator + shift[s], fits.sigma, families, derivatives)
        for t, s in WORLDS
    ]
    if not derivatives:
        return Worlds(means=np.stack([one[0] for one in found]))
    stacked = [np.stack([one[i] for one in found]) for i in range(5)]
    return Worlds(
        means=stacked[0],
        by_outcome=stacked[1],
        by_slope=stacked[2],
        by_mediator=stacked[3],
        by_sigma=stacked[4],
    )


def gradient(x: Floats, w: Floats, found: Worlds, roles: Roles) -> Floats:
    """∂/∂(β, α, σ) of the four weighted means Σ w E / Σ w, shape (p + p_m + 1, 4)."""
    assert found.by_outcome is not None
    assert found.by_slope is not None
    assert found.by_mediator is not None
    assert found.by_sigma is not None
    share = w / w.sum()
    own = roles.of_mediator
    in_base = np.isin(own, roles.base)
    columns = []
    for i, (t, s) in enumerate(WORLDS):
        outcome, slope = share * found.by_outcome[i], share * found.by_slope[i]
        mediator = share * found.by_mediator[i]
        of_beta, of_alpha = np.zeros(roles.size), np.zeros(len(own))
        of_beta[roles.base] = outcome @ x
        of_beta[roles.treatment] = outcome.sum() * roles.values[t]
        of_beta[roles.mediator] = slope.sum()
        if len(roles.both):
            of_beta[roles.both] = slope.sum() * roles.values[t]
        of_alpha[in_base] = mediator @ x
        of_alpha[~in_base] = mediator.sum() * roles.values[s]
        columns.append(np.concatenate([of_beta, of_alpha, [float(share @ found.by_sigma[i])]]))
    return np.column_stack(columns)


def normal_nodes(slope: float, sigma: float, outcome_family: str) -> tuple[Floats, Floats]:
    """Nodes of a normal residual and their weights, fine enough for an outcome that moves by slope·σ."""
    if outcome_family == "linear" or sigma == 0:
        return np.zeros(1), np.ones(1)
    b = abs(slope) * sigma
    reach = REACH + (b if outcome_family == "poisson" else 0.0)
    half = int(np.ceil(reach * np.sqrt(1 + b**2) / STEP))
    nodes = np.asarray(np.arange(-half, half + 1) * (reach / half), dtype=np.float64)
    weights = np.exp(-(nodes**2) / 2)
    return nodes, np.asarray(weights / weights.sum())


def _world(
    eta: Floats,
    slope: float,
    eta_mediator: Floats,
    sigma: float,
    families: tuple[OutcomeFamily, MediatorFamily],
    derivatives: bool,
) -> tuple[Floats, ...]:
    """Mean outcome of each pattern in one world and, where wanted, its derivatives; each (m,)."""
    of_outcome, of_mediator = DISTRIBUTIONS[families[0]], DISTRIBUTIONS[families[1]]
    if families[1] == "linear":
        nodes, weights = normal_nodes(slope, sigma, families[0])
        values = eta_mediator[:, None] + sigma * nodes
        predictor = eta[:, None] + slope * values
        mean = of_outcome.inverse(predictor) @ weights
        if not derivatives:
            return (mean,)
        density = of_outcome.density(predictor) * weights
        by_outcome = density.sum(axis=1)
        return mean, by_outcome, (density * values).sum(axis=1), slope * by_outcome, slope * (density @ nodes)
    share = of_mediator.inverse(eta_mediator)
    without, with_it = of_outcome.inverse(eta), of_outcome.inverse(eta + slope)
    mean = (1 - share) * without + share * with_it
    if not derivatives:
        return (mean,)
    of_one = share * of_outcome.density(eta + slope)
    return (
        mean,
        (1 - share) * of_outcome.density(eta) + of_one,
        of_one,
        of_mediator.density(eta_mediator) * (with_it - without),
        np.zeros(len(eta)),
    )
