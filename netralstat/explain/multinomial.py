"""Multinomial logit: each level of an outcome against one of them, with design-based covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.explain.categorical import Codes, choices, covariance_of_maximum, provenance
from netralstat.explain.coefficients import coefficient_name, coefficient_table
from netralstat.explain.maximum import SETTLED, maximum
from netralstat.explain.model_data import ModelData, model_data, require_respondents
from netralstat.explain.normal_equations import gram
from netralstat.explain.regression import Model, require_df, require_level
from netralstat.explain.separation import separation_told

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MultinomialLikelihood:
    """ℓ = η_k - log Σ_l exp η_l, η_l = x'β_l and 0 for the reference, of the level k of each pattern.

    `x` (m, p), `place` (m,) the equation of each pattern's level, -1 for the reference; θ are the q·p
    coefficients of the q equations one after the other.
    """

    x: Floats
    place: Codes
    n_equations: int

    def value(self, theta: Floats, w: Floats) -> float:
        """Σ w ℓ(θ)."""
        eta = self._predictors(theta)
        own = np.where(self.place < 0, 0.0, eta[np.arange(len(eta)), self.place])
        return float(w @ (own - self._log_sum(eta)))

    def scores(self, theta: Floats) -> Floats:
        """∂ℓ/∂θ of each pattern, shape (m, q·p)."""
        return (self._residuals(theta)[:, :, None] * self.x[:, None, :]).reshape(len(self.x), -1)

    def information(self, theta: Floats, w: Floats) -> Floats:
        """Σ w (diag(p) - pp') ⊗ xx', which does not depend on the outcome."""
        share = self._shares(theta)
        size, q = self.x.shape[1], self.n_equations
        found = np.empty((q * size, q * size))
        for i in range(q):
            for j in range(i + 1):
                block = gram(self.x, w * share[:, i] * ((i == j) - share[:, j]))
                rows, columns = slice(i * size, (i + 1) * size), slice(j * size, (j + 1) * size)
                found[rows, columns] = found[columns, rows] = block
        return found

    def expected(self, theta: Floats, w: Floats) -> Floats:
        """The same: the link is canonical."""
        return self.information(theta, w)

    def unit_information(self, w: Floats) -> Floats:
        """Σ w xx' in each equation."""
        return np.kron(np.eye(self.n_equations), gram(self.x, w)).astype(np.float64)

    def _predictors(self, theta: Floats) -> Floats:
        return np.asarray(self.x @ theta.reshape(self.n_equations, -1).T)

    def _log_sum(self, eta: Floats) -> Floats:
        return np.asarray(special.logsumexp(np.column_stack([np.zeros(len(eta)), eta]), axis=1))

    def _shares(self, theta: Floats) -> Floats:
        eta = self._predictors(theta)
        return np.asarray(np.exp(eta - self._log_sum(eta)[:, None]), dtype=np.float64)

    def _residuals(self, theta: Floats) -> Floats:
        """1 where the level is the own one, less its probability, (m, q)."""
        residual: Floats = -self._shares(theta)
        inside = np.flatnonzero(self.place >= 0)
        residual[inside, self.place[inside]] += 1
        return residual


def multinomial_model(
    frame: Any,
    design: Design,
    formula: str,
    *,
    reference: Any = None,
    level: float = 0.95,
    calibration: Calibration | None = None,
) -> Model:
    """Which covariates go with each level of an outcome, rather than with a level of reference.

    Parameters
    ----------
    frame : one row a respondent. `formula` : as for `regress`, without an offset; its outcome may be text.
    reference : level of the outcome that the others are held against; the first one if None.
    level : confidence level of the intervals, t with the residual df.

    Returns
    -------
    Model
        Coefficients of each level but the reference, named "level: term"; the column `outcome_level` of
        the table tells the level.

    Raises
    ------
    UsageError
        The formula cannot be read, or holds an offset.
    EstimationError
        The reference is not a level, nobody chose some level, the outcome is separated, terms are collinear.

    Formula      log P(Y = k)/P(Y = r) = x'β_k;   u = H⁻¹ w x(1[Y = k] - p_k)
                 (methods.md "Multinomial logit")
    Source       Agresti (2013), ch. 8; Binder (1983). Twin: svyVGAM::svy_vglm of VGAM::multinomial.
    """
    require_level(level)
    where = f"formula {formula}"
    data = model_data(frame, design, formula, calibration)
    if data.formula.offset is not None:
        raise UsageError(
            "a multinomial model has a linear predictor for each level, and an offset in none",
            where=where,
            do=f"leave offset({data.formula.offset}) out",
        )
    require_respondents(data)
    outcome = choices(data)
    base = _reference(outcome.levels, reference, data)
    others = [code for code in range(len(outcome.levels)) if code != base]
    place = np.full(len(outcome.levels) + 1, -1, dtype=np.int64)
    place[others] = np.arange(len(others))

    def likelihood_of(rows: Codes) -> MultinomialLikelihood:
        codes = place[outcome.codes[rows]]
        return MultinomialLikelihood(x=data.x[rows], place=codes, n_equations=len(others))

    rows, p = np.flatnonzero(data.used), data.x.shape[1]
    start = np.zeros(len(others) * p)
    with separation_told(data, "multinomial", where):
        fit = maximum(likelihood_of(rows), data.w[rows] / data.mean_weight, start, where)
    result = covariance_of_maximum(data, design, likelihood_of, fit, where)
    df = result.df - p + 1
    require_df(df, p, result.df, where)
    levels = [outcome.levels[code] for code in others]
    return Model(
        outcome=data.formula.outcome,
        formula=formula,
        family="multinomial",
        table=_table(data, levels, fit.theta, result.matrix, df, level),
        names=tuple(f"{other}: {coefficient_name(c)}" for other in levels for c in data.matrix.coefficients),
        covariance=result.matrix,
        n=data.n,
        n_incomplete=data.n_incomplete,
        df=df,
        level=level,
        passes=fit.passes,
        tolerance=SETTLED,
        empty_levels=data.empty_levels,
        provenance=provenance(outcome, calibration, result, reference=outcome.levels[base]),
    )


def _table(
    data: ModelData, levels: list[str], theta: Floats, v: Floats, df: int, level: float
) -> pd.DataFrame:
    """The tables of the equations, one below the other."""
    p = data.x.shape[1]
    parts = []
    for equation, other in enumerate(levels):
        own = slice(equation * p, (equation + 1) * p)
        part = coefficient_table(
            data.formula,
            data.matrix,
            data.cells,
            data.used,
            theta[own],
            v[own, own],
            df,
            level,
            "multinomial",
        )
        part.insert(0, "outcome_level", other)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _reference(levels: tuple[str, ...], reference: Any, data: ModelData) -> int:
    """Place of the level that the others are held against."""
    if reference is None:
        return 0
    if str(reference) not in levels:
        raise EstimationError(
            f'reference "{reference}" is not a level of the outcome "{data.formula.outcome}"',
            where="reference",
            do=f"its levels are {', '.join(levels)}.{did_you_mean(reference, levels)}",
        )
    return levels.index(str(reference))
