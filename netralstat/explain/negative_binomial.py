"""Counts that vary more than Poisson's: negative binomial models, coefficients and dispersion together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.errors import ConstantOutcomeError, EstimationError
from netralstat.explain.categorical import Codes, covariance_of_maximum, influence_of_maximum
from netralstat.explain.coefficients import RATIOS, coefficient_name, coefficient_table
from netralstat.explain.fitting import TOLERANCE, fitted
from netralstat.explain.maximum import SETTLED, Maximum, maximum
from netralstat.explain.model_data import ModelData, model_data, require_respondents
from netralstat.explain.normal_equations import gram
from netralstat.explain.refitting import require_same
from netralstat.explain.regression import Model, require_df, require_level
from netralstat.explain.separation import separation_told
from netralstat.explain.terms import Coefficient

Floats = NDArray[np.float64]

FAMILY = "negative_binomial"
DISPERSION = "(lnalpha)"
# Sums over 0 … y - 1 are kept for every y up to the largest.
LARGEST = 1_000_000
# Below this variance beyond the mean, relative to the squared mean, it is Poisson's but for rounding.
SMALLEST = 1e-8
# Logarithms of means and of the dispersion are cut here on their way, so that every product is a number.
STEEPEST = 300.0
# Below it a difference of functions of z is taken from its series.
SERIES = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    """What derivatives at θ are made of; arrays of shape (m,). z = αμ, p = z/(1 + z), q = 1 - p.

    `g` is log(1 + z)/z, `h` g - q. `logs`, `shares`, `bends` are Σ log(1 + αj), Σ αj/(1 + αj) and
    Σ αj/(1 + αj)² over j = 0 … y - 1.
    """

    eta: Floats
    mu: Floats
    z: Floats
    p: Floats
    q: Floats
    g: Floats
    h: Floats
    logs: Floats
    shares: Floats
    bends: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class NegativeBinomialLikelihood:
    """ℓ of counts with mean μ = exp(x'β + o) and variance μ + αμ², but for log y!; θ = (β, ln α).

    `x` (m, p), `y` (m,) whole numbers, `offset` (m,).
    """

    x: Floats
    y: Floats
    offset: Floats

    def value(self, theta: Floats, w: Floats) -> float:
        """Σ w ℓ(θ)."""
        at = self._at(theta)
        each = at.logs + self.y * (at.eta - np.log1p(at.z)) - at.mu * at.g
        return float(w @ each)

    def scores(self, theta: Floats) -> Floats:
        """∂ℓ/∂θ of each pattern, shape (m, p + 1)."""
        at = self._at(theta)
        of_beta = self.x * ((self.y - at.mu) * at.q)[:, None]
        return np.column_stack([of_beta, self._dispersion_score(at)])

    def information(self, theta: Floats, w: Floats) -> Floats:
        """-Σ w ∂²ℓ/∂θ∂θ'."""
        at = self._at(theta)
        across = w * (self.y - at.mu) * at.p * at.q
        of_dispersion = float((w * (at.mu * at.h - at.bends)).sum() + across.sum())
        of_beta = gram(self.x, w * (at.mu * at.q**2 + self.y * at.p * at.q))
        return _bordered(of_beta, across @ self.x, of_dispersion)

    def expected(self, theta: Floats, w: Floats) -> Floats:
        """Σ w xx' μ/(1 + z), a mean over outcomes; of ln α, which has no closed one, Σ w (∂ℓ/∂ln α)²."""
        at = self._at(theta)
        of_beta = gram(self.x, w * at.mu * at.q)
        return _bordered(of_beta, np.zeros(self.x.shape[1]), float(w @ self._dispersion_score(at) ** 2))

    def unit_information(self, w: Floats) -> Floats:
        """Σ w xx'; of ln α, Σ w times half the squared mean, which it is for rare counts, and 1 at most."""
        mean = float(w @ self.y / w.sum())
        return _bordered(gram(self.x, w), np.zeros(self.x.shape[1]), float(w.sum()) * min(mean**2 / 2, 1.0))

    def _dispersion_score(self, at: _At) -> Floats:
        return at.shares + at.mu * at.h - self.y * at.p

    def _at(self, theta: Floats) -> _At:
        eta = np.clip(self.x @ theta[:-1] + self.offset, -STEEPEST, STEEPEST)
        log_alpha = float(np.clip(theta[-1], -STEEPEST, STEEPEST))
        mu, z = np.exp(eta), np.exp(eta + log_alpha)
        q = 1 / (1 + z)
        g = np.log1p(z) / z
        low = np.minimum(z, SERIES)
        small = low * (1 / 2 - low * (2 / 3 - low * (3 / 4 - low * (4 / 5 - low * 5 / 6))))
        step = np.exp(log_alpha) * np.arange(self.y.max(initial=0.0))
        share = step / (1 + step)
        sums = [
            np.concatenate([[0.0], np.cumsum(each)])[self.y.astype(np.int64)]
            for each in (np.log1p(step), share, share / (1 + step))
        ]
        return _At(
            eta=eta,
            mu=mu,
            z=z,
            p=z * q,
            q=q,
            g=g,
            h=np.where(z < SERIES, small, g - q),
            logs=sums[0],
            shares=sums[1],
            bends=sums[2],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFit:
    """A negative binomial model on its cells: the likelihood of some of them by number, and its maximum."""

    data: ModelData
    likelihood_of: Callable[[Codes], NegativeBinomialLikelihood]
    found: Maximum

    @property
    def beta(self) -> Floats:
        """Coefficients of the terms, shape (p,)."""
        return self.found.theta[:-1]

    @property
    def per_weight(self) -> Floats:
        """Influence of the coefficients per unit of weight, shape (n_cells, p)."""
        return influence_of_maximum(self.data, self.likelihood_of, self.found)[:, :-1]


def negative_binomial_model(
    frame: Any,
    design: Design,
    formula: str,
    *,
    level: float = 0.95,
    calibration: Calibration | None = None,
) -> Model:
    """Which covariates go with more of what is counted, where counts vary more than their mean.

    Parameters
    ----------
    frame : one row a respondent. `formula` : as for `regress`; its outcome whole numbers, none negative.
    level : confidence level of the intervals, t with the residual df.

    Returns
    -------
    Model
        exp of a coefficient is an incidence-rate ratio. The last coefficient, "(lnalpha)", is the logarithm
        of α in the variance μ + αμ², without a test, for zero says nothing of it; `provenance` has α and
        θ = 1/α.

    Raises
    ------
    UsageError
        The formula cannot be read.
    EstimationError
        The outcome holds no counts, or counts that vary no more than Poisson's; terms are collinear; the
        outcome is separated.

    Formula      V(Y) = μ + αμ²;   u = H⁻¹ w ∂ℓ/∂(β, ln α), H observed information
                 (methods.md "Negative binomial")
    Source       Lawless (1987); Binder (1983). Twins: MASS::glm.nb; sjstats::svyglm.nb; Stata svy: nbreg.
    """
    require_level(level)
    where = f"formula {formula}"
    data = model_data(frame, design, formula, calibration)
    fit = _fit(data, where)
    result = covariance_of_maximum(
        data, design, fit.likelihood_of, fit.found, where, fit=overdispersed_maximum
    )
    p = len(fit.beta)
    df = result.df - p + 1
    require_df(df, p, result.df, where)
    coefficients = (*data.matrix.coefficients, Coefficient(term=DISPERSION, level=""))
    matrix = replace(data.matrix, coefficients=coefficients)
    table = coefficient_table(
        data.formula, matrix, data.cells, data.used, fit.found.theta, result.matrix, df, level, FAMILY
    )
    table.loc[table["variable"] == DISPERSION, ["statistic", "p_value", *RATIOS[FAMILY]]] = np.nan
    alpha = float(np.exp(fit.found.theta[-1]))
    return Model(
        outcome=data.formula.outcome,
        formula=formula,
        family="negative_binomial",
        table=table,
        names=tuple(coefficient_name(coefficient) for coefficient in coefficients),
        covariance=result.matrix,
        n=data.n,
        n_incomplete=data.n_incomplete,
        df=df,
        level=level,
        passes=fit.found.passes,
        tolerance=SETTLED,
        empty_levels=data.empty_levels,
        provenance={
            "calibration": calibration.method if calibration is not None else "none",
            "alpha": alpha,
            "theta": 1 / alpha,
            **({"replicates": dict(result.replicates)} if result.replicates is not None else {}),
        },
    )


def refitted_counts(
    frame: Any, design: Design, model: Model, calibration: Calibration | None, *, also: Sequence[str] = ()
) -> CountFit:
    """Fit a model again, from its own formula, to the respondents that it was fitted to.

    Raises
    ------
    EstimationError
        The respondents, or their weights, are not those of the model.
    """
    data = model_data(frame, design, model.formula, calibration, also=also)
    fit = _fit(data, f"formula {model.formula}")
    require_same(fit.found.theta, model)
    return fit


def overdispersed_maximum(
    likelihood: NegativeBinomialLikelihood, w: Floats, start: Floats | None, where: str
) -> Maximum:
    """The maximum of Σ w ℓ from `start`, or from a Poisson model and the moments of its residuals if None.

    Raises
    ------
    EstimationError
        The likelihood rises as α falls to 0: ∂ℓ/∂α there is Σ w ((y - μ)² - y)/2, μ of the Poisson model.
    """
    x, y, offset = likelihood.x, likelihood.y, likelihood.offset
    everybody = np.ones(len(y), dtype=bool)
    beta = fitted(x, y, np.ones(len(y)), w, everybody, "poisson", TOLERANCE, where, offset).beta
    mu = np.exp(x @ beta + offset)
    spread, counted = float(w @ (y - mu) ** 2), float(w @ y)
    beyond = (spread - counted) / float(w @ mu**2)
    if beyond <= SMALLEST:
        raise EstimationError(
            f"the counts vary no more than Poisson's: Σ w (y - μ)² is {spread / counted:.3g} times Σ w y, "
            "and theta runs to infinity",
            where=where,
            do='use family="poisson"',
        )
    return maximum(likelihood, w, np.append(beta, np.log(beyond)) if start is None else start, where)


def _fit(data: ModelData, where: str) -> CountFit:
    _require_counts(data)
    require_respondents(data)
    x, y = data.x, data.y
    offset = data.offset if data.offset is not None else np.zeros(len(x))

    def likelihood_of(rows: Codes) -> NegativeBinomialLikelihood:
        return NegativeBinomialLikelihood(x=x[rows], y=y[rows], offset=offset[rows])

    rows = np.flatnonzero(data.used)
    with separation_told(data, FAMILY, where):
        found = overdispersed_maximum(likelihood_of(rows), data.w[rows] / data.mean_weight, None, where)
    return CountFit(data=data, likelihood_of=likelihood_of, found=found)


def _require_counts(data: ModelData) -> None:
    name = data.formula.outcome
    where = f"outcome {name}"
    if name not in data.numeric:
        raise EstimationError(
            f'the outcome "{name}" holds text or categories',
            where=where,
            do="make it a number of times first",
        )
    y = data.y[data.used]
    if not len(y):
        return  # told with the terms
    if (y < 0).any() or (y != np.floor(y)).any():
        raise EstimationError(
            "a negative binomial model needs an outcome of counts: whole numbers, none negative",
            where=where,
            do='use family="poisson" for rates, or family="linear"',
        )
    if y.max() > LARGEST:
        raise EstimationError(
            f"a count of the outcome is above {LARGEST:,}",
            where=where,
            do='count in larger units, or use the logarithm with family="linear"',
        )
    if np.ptp(y) == 0:
        raise ConstantOutcomeError(
            f"the outcome is {y[0]:g} for every respondent of the model",
            where=where,
            do="choose another outcome",
        )


def _bordered(of_beta: Floats, across: Floats, corner: float) -> Floats:
    """A symmetric matrix with a row and a column for ln α after those of β."""
    return np.block([[of_beta, across[:, None]], [across[None, :], np.array([[corner]])]])
