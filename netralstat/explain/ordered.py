"""Ordered outcomes: cumulative link models on cells, with the design-based covariance of coefficients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.errors import EstimationError, UsageError
from netralstat.explain.categorical import (
    Choices,
    Codes,
    OrderedFamily,
    choices,
    covariance_of_maximum,
    provenance,
)
from netralstat.explain.coefficients import ODDS, coefficient_name, coefficient_table
from netralstat.explain.maximum import SETTLED, maximum
from netralstat.explain.model_data import ModelData, model_data, require_respondents
from netralstat.explain.regression import Model, require_df, require_level
from netralstat.explain.separation import separation_told
from netralstat.explain.terms import Coefficient
from netralstat.frames import open_table

Floats = NDArray[np.float64]

THRESHOLD = "(threshold)"
# Stands for infinity: far enough that every distribution ends there; its fourth power is still a number.
FAR = 1e60
# Below it a Gumbel variable never falls; exp(-q) is still a number.
GUMBEL_END = -600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cumulative:
    """A distribution F: its function, 1 - F, its inverse, its density and the density's derivative."""

    below: Callable[[Floats], Floats]
    above: Callable[[Floats], Floats]
    inverse: Callable[[Floats], Floats]
    density: Callable[[Floats], Floats]
    bend: Callable[[Floats], Floats]


def _logistic_density(q: Floats) -> Floats:
    return np.asarray(special.expit(q) * special.expit(-q))


def _normal_density(q: Floats) -> Floats:
    return np.asarray(np.exp(-(q**2) / 2) / np.sqrt(2 * np.pi))


def _gumbel(q: Floats) -> Floats:
    """exp(-q), whose exponential exp(-exp(-q)) is F."""
    return np.asarray(np.exp(-np.maximum(q, GUMBEL_END)))


def _gumbel_density(q: Floats) -> Floats:
    return np.asarray(_gumbel(q) * np.exp(-_gumbel(q)))


CUMULATIVE: Mapping[str, Cumulative] = {
    "ordered_logit": Cumulative(
        below=special.expit,
        above=lambda q: special.expit(-q),
        inverse=special.logit,
        density=_logistic_density,
        bend=lambda q: _logistic_density(q) * (special.expit(-q) - special.expit(q)),
    ),
    "ordered_probit": Cumulative(
        below=special.ndtr,
        above=lambda q: special.ndtr(-q),
        inverse=special.ndtri,
        density=_normal_density,
        bend=lambda q: -q * _normal_density(q),
    ),
    "ordered_cloglog": Cumulative(
        below=lambda q: np.exp(-_gumbel(q)),
        above=lambda q: -np.expm1(-_gumbel(q)),
        inverse=lambda p: -np.log(-np.log(p)),
        density=_gumbel_density,
        bend=lambda q: _gumbel_density(q) * (_gumbel(q) - 1),
    ),
    "ordered_cauchit": Cumulative(
        below=lambda q: np.arctan2(1.0, -q) / np.pi,
        above=lambda q: np.arctan2(1.0, q) / np.pi,
        inverse=lambda p: np.tan(np.pi * (p - 0.5)),
        density=lambda q: 1 / (np.pi * (1 + q**2)),
        bend=lambda q: -2 * q / (np.pi * (1 + q**2) ** 2),
    ),
}
"""By the name of the family. Twins: method = "logistic", "probit", "cloglog", "cauchit" of survey::svyolr."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLikelihood:
    """ℓ = log(F(ζ_k - η) - F(ζ_{k-1} - η)), η = x'β + o, of the level k of each pattern; θ = (β, ζ).

    `x` (m, p), `codes` (m,) places of the levels, `offset` (m,), `n_levels` K, so that θ is (p + K - 1,).
    """

    x: Floats
    codes: Codes
    offset: Floats
    n_levels: int
    cumulative: Cumulative

    def value(self, theta: Floats, w: Floats) -> float:
        """Σ w ℓ(θ); -inf where thresholds are out of order or a level has no probability."""
        if (np.diff(theta[self.x.shape[1] :]) <= 0).any():
            return -np.inf
        return float(special.xlogy(w, self._probability(*self._limits(theta, self.codes))).sum())

    def scores(self, theta: Floats) -> Floats:
        """∂ℓ/∂θ of each pattern, shape (m, p + K - 1)."""
        return self._scores(theta, self.codes)

    def information(self, theta: Floats, w: Floats) -> Floats:
        """-Σ w ∂²ℓ/∂θ∂θ', from the second derivatives in the two limits of the own level."""
        upper, lower = self._limits(theta, self.codes)
        p = self._probability(upper, lower)
        of_upper, of_lower = self.cumulative.density(upper) / p, self.cumulative.density(lower) / p
        return self._assembled(
            w * (of_upper**2 - self.cumulative.bend(upper) / p),
            w * (of_lower**2 + self.cumulative.bend(lower) / p),
            -w * of_upper * of_lower,
        )

    def expected(self, theta: Floats, w: Floats) -> Floats:
        """Σ w Σ_k p_k s_k s_k' over the scores that each level would have."""
        found = np.zeros((len(theta), len(theta)))
        for code in range(self.n_levels):
            codes = np.full(len(self.codes), code)
            p = self._probability(*self._limits(theta, codes))
            scores = self._scores(theta, codes)
            found += scores.T @ (scores * (w * p)[:, None])
        return found

    def unit_information(self, w: Floats) -> Floats:
        """What the information would be if both limits had the curvature one."""
        return self._assembled(w * (self.codes < self.n_levels - 1), w * (self.codes > 0), np.zeros(len(w)))

    def _limits(self, theta: Floats, codes: Codes) -> tuple[Floats, Floats]:
        """ζ_k - η and ζ_{k-1} - η."""
        p = self.x.shape[1]
        eta = self.x @ theta[:p] + self.offset
        ends = np.concatenate([[-FAR], theta[p:], [FAR]])
        return ends[codes + 1] - eta, ends[codes] - eta

    def _probability(self, upper: Floats, lower: Floats) -> Floats:
        """F(upper) - F(lower), each from the tail that is nearer."""
        below, above = self.cumulative.below, self.cumulative.above
        return np.where(upper + lower > 0, above(lower) - above(upper), below(upper) - below(lower))

    def _scores(self, theta: Floats, codes: Codes) -> Floats:
        upper, lower = self._limits(theta, codes)
        p = self._probability(upper, lower)
        of_upper, of_lower = self.cumulative.density(upper) / p, self.cumulative.density(lower) / p
        # A column for each threshold and for the two ends, which nothing moves.
        ends = np.zeros((len(codes), self.n_levels + 1))
        rows = np.arange(len(codes))
        ends[rows, codes + 1] = of_upper
        ends[rows, codes] = -of_lower
        return np.hstack([self.x * (of_lower - of_upper)[:, None], ends[:, 1:-1]])

    def _assembled(self, upper: Floats, lower: Floats, both: Floats) -> Floats:
        """Σ a aa' + b bb' + c (ab' + ba') of the gradients a = (-x, e_k), b = (-x, e_{k-1}) of the limits."""
        level = np.zeros((len(self.codes), self.n_levels))
        level[np.arange(len(self.codes)), self.codes] = 1.0
        of_beta = self.x.T @ (self.x * (upper + lower + 2 * both)[:, None])
        across = np.zeros((self.x.shape[1], self.n_levels + 1))
        across[:, 1:] = self.x.T @ (level * (upper + both)[:, None])
        across[:, :-1] += self.x.T @ (level * (lower + both)[:, None])
        of_ends = np.zeros((self.n_levels + 1, self.n_levels + 1))
        place = np.arange(self.n_levels)
        of_ends[place + 1, place + 1] = upper @ level
        of_ends[place, place] += lower @ level
        of_ends[place + 1, place] = of_ends[place, place + 1] = both @ level
        return np.block([[of_beta, -across[:, 1:-1]], [-across[:, 1:-1].T, of_ends[1:-1, 1:-1]]])


def ordered_model(
    frame: Any,
    design: Design,
    formula: str,
    *,
    family: OrderedFamily = "ordered_logit",
    level: float = 0.95,
    calibration: Calibration | None = None,
) -> Model:
    """Which covariates push an answer up a scale: one coefficient each, and a threshold between levels.

    Parameters
    ----------
    frame : one row a respondent. `formula` : as for `regress`; its outcome a number, or categories with an
        order (pandas ordered Categorical, polars Enum, DuckDB ENUM).
    family : distribution F of what is behind the answer: "ordered_logit" (proportional odds),
        "ordered_probit", "ordered_cloglog" (proportional hazards) or "ordered_cauchit".
    level : confidence level of the intervals, t with the residual df.

    Returns
    -------
    Model
        Thresholds ζ are the last coefficients, of the variable "(threshold)".

    Raises
    ------
    UsageError
        The formula cannot be read, or leaves out the intercept.
    EstimationError
        The outcome has no order, a level that nobody chose, or is separated; terms are collinear.

    Formula      P(Y ≤ k) = F(ζ_k - x'β);   u = H⁻¹ w ∂ℓ/∂θ, H observed information
                 (methods.md "Ordered outcomes")
    Source       McCullagh (1980); Binder (1983). Twin: survey::svyolr.
    """
    require_level(level)
    where = f"formula {formula}"
    data = model_data(frame, design, formula, calibration)
    _require_order(frame, data)
    if not data.formula.intercept:
        raise UsageError(
            "an ordered outcome has a threshold between each two levels in place of the intercept",
            where=where,
            do='leave "- 1" or "0" out of the formula',
        )
    require_respondents(data)
    outcome = choices(data)
    likelihood_of = _likelihoods(data, outcome, CUMULATIVE[family])
    rows, p = np.flatnonzero(data.used), data.x.shape[1]
    likelihood, w = likelihood_of(rows), data.w[rows] / data.mean_weight
    with separation_told(data, family, where):
        fit = maximum(likelihood, w, _start(likelihood, w), where)
    result = covariance_of_maximum(data, design, likelihood_of, fit, where)
    df = result.df - p + 1
    require_df(df, p, result.df, where)
    coefficients = (*data.matrix.coefficients[1:], *_thresholds(outcome))
    matrix = replace(data.matrix, x=data.x[:, 1:], coefficients=coefficients)
    table = coefficient_table(
        data.formula, matrix, data.cells, data.used, fit.theta, result.matrix, df, level, family
    )
    if ODDS[0] in table:
        table.loc[table["variable"] == THRESHOLD, list(ODDS)] = np.nan
    return Model(
        outcome=data.formula.outcome,
        formula=formula,
        family=family,
        table=table,
        names=tuple(coefficient_name(coefficient) for coefficient in coefficients),
        covariance=result.matrix,
        n=data.n,
        n_incomplete=data.n_incomplete,
        df=df,
        level=level,
        passes=fit.passes,
        tolerance=SETTLED,
        empty_levels=data.empty_levels,
        provenance=provenance(outcome, calibration, result),
    )


def _likelihoods(
    data: ModelData, outcome: Choices, cumulative: Cumulative
) -> Callable[[Codes], OrderedLikelihood]:
    """Gives the likelihood of some of the cells, by their numbers."""
    x, codes = data.x[:, 1:], outcome.codes
    offset = data.offset if data.offset is not None else np.zeros(len(x))
    return lambda rows: OrderedLikelihood(
        x=x[rows],
        codes=codes[rows],
        offset=offset[rows],
        n_levels=len(outcome.levels),
        cumulative=cumulative,
    )


def _start(likelihood: OrderedLikelihood, w: Floats) -> Floats:
    """The fit of the thresholds alone."""
    shares = np.bincount(likelihood.codes, weights=w, minlength=likelihood.n_levels) / w.sum()
    thresholds = likelihood.cumulative.inverse(np.cumsum(shares)[:-1])
    return np.concatenate([np.zeros(likelihood.x.shape[1]), thresholds])


def _thresholds(outcome: Choices) -> list[Coefficient]:
    pairs = zip(outcome.levels, outcome.levels[1:], strict=False)
    return [Coefficient(term=THRESHOLD, level=f"{below}|{above}") for below, above in pairs]


def _require_order(frame: Any, data: ModelData) -> None:
    """Numbers have an order, and categories to which one was given; text and other categories have none."""
    name = data.formula.outcome
    if name not in data.numeric and not open_table(frame).is_ordered(name):
        raise EstimationError(
            f'the levels of the outcome "{name}" have no order',
            where=f"outcome {name}",
            do='make it a number, or an ordered category; without an order, use family="multinomial"',
        )
