"""What a model says in the outcome's own unit: adjusted prevalences and average marginal effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.intervals import wald
from netralstat.explain.categorical import CategoricalFamily
from netralstat.explain.families import DISTRIBUTIONS
from netralstat.explain.model_data import ModelData
from netralstat.explain.refitting import refitted
from netralstat.explain.regression import Model
from netralstat.explain.terms import Coefficient, ModelMatrix

Floats = NDArray[np.float64]
Covariates = Literal["sampled", "fixed"]

MAX_VALUES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    """A model on its cells: weights of who has every answer, β and its influence per unit of weight."""

    data: ModelData
    beta: Floats
    per_weight: Floats

    @property
    def matrix(self) -> ModelMatrix:
        """The coding of the terms."""
        return self.data.matrix

    @property
    def used(self) -> NDArray[np.bool_]:
        """Cells with every answer."""
        return self.data.used

    @property
    def weight(self) -> Floats:
        """Σ of the final weights of the cells in use."""
        return np.where(self.data.used, self.data.w, 0.0)

    @property
    def offset(self) -> Floats:
        """What the linear predictor holds besides x·β."""
        return self.data.offset if self.data.offset is not None else np.zeros(len(self.data.w))

    def at(self, replaced: Mapping[str, Any]) -> Floats:
        """The model matrix with everybody at the same values of some variables, shape (n_cells, p)."""
        columns = [self._column(coefficient, replaced) for coefficient in self.matrix.coefficients]
        return np.column_stack(columns)

    def _column(self, coefficient: Coefficient, replaced: Mapping[str, Any]) -> Floats:
        column = np.ones(len(self.weight))
        for name, level in coefficient.parts:
            key = self.data.cells.key(name)
            if level is None:
                own = np.asarray([*key.levels, 0.0], dtype=float)[key.codes]
                column = column * (np.full(len(own), float(replaced[name])) if name in replaced else own)
            elif name in replaced:
                column = column * float(str(replaced[name]) == str(level))
            else:
                column = column * (key.codes == key.levels.index(level))
        return column


def adjusted(
    frame: Any,
    design: Design,
    model: Model,
    variable: str,
    values: Sequence[Any] | None = None,
    *,
    covariates: Covariates = "sampled",
    calibration: Calibration | None = None,
) -> Estimates:
    """The mean outcome if everybody were at one value of a variable, all else as it is.

    Parameters
    ----------
    frame, design, calibration : those that the model was fitted with.
    model : Model of one outcome. variable : one of its variables.
    values : levels, or numbers; all levels of a factor, or those of a number that has few, if None.
    covariates : "sampled" also counts that the other variables are known of a sample only; "fixed" holds
        them, as the delta method on the covariance of the coefficients does.

    Returns
    -------
    Estimates
        A row a value, whose `difference` has the covariance between the two.

    Raises
    ------
    EstimationError
        The model has no such variable, or the variable no such level.

    Formula      m_a = Σ w g⁻¹(x_a'β) / Σ w;   u_i = w_i (g⁻¹(x_ia'β) - m_a)/Σw + D_a u_β,i
                 (methods.md "Effects")
    Source       Graubard & Korn (1999). Twins: survey::svypredmeans; marginaleffects::avg_predictions.
    """
    fit = _fitted(frame, design, model, calibration)
    distribution = DISTRIBUTIONS[model.family]
    chosen = _values(fit, variable, values)
    w = fit.weight / fit.weight.sum()
    means, gradients, moves = [], [], []
    for value in chosen:
        x = fit.at({variable: value})
        eta = x @ fit.beta + fit.offset
        mu = distribution.inverse(eta)
        means.append(float(w @ mu))
        gradients.append((w * distribution.density(eta)) @ x)
        moves.append(np.where(fit.used, mu - means[-1], 0.0) / fit.weight.sum())
    return _estimates(
        fit, model, {variable: chosen}, means, gradients, moves, "adjusted", covariates, (variable,)
    )


def marginal_effects(
    frame: Any,
    design: Design,
    model: Model,
    variables: Sequence[str] | None = None,
    *,
    covariates: Covariates = "sampled",
    calibration: Calibration | None = None,
) -> Estimates:
    """How much the mean outcome moves with each variable: per unit, or per level against the reference.

    Parameters
    ----------
    variables : of the model; all of them if None. Others as for `adjusted`.

    Formula      number: Σ w g⁻¹'(η) ∂η/∂x / Σ w;   level: m_level - m_reference   (methods.md "Effects")
    Twin         marginaleffects::avg_slopes.
    """
    fit = _fitted(frame, design, model, calibration)
    distribution = DISTRIBUTIONS[model.family]
    names = list(variables) if variables is not None else list(_names(fit))
    w, size = fit.weight / fit.weight.sum(), fit.weight.sum()
    contrasts: list[tuple[str, str]] = []
    means, gradients, moves = [], [], []

    def add(name: str, contrast: str, each: Floats, gradient: Floats) -> None:
        contrasts.append((name, contrast))
        means.append(float(w @ each))
        gradients.append(gradient)
        moves.append(np.where(fit.used, each - means[-1], 0.0) / size)

    for name in names:
        _require_variable(fit, name)
        if name in fit.matrix.levels:
            reference = fit.matrix.references.get(name, fit.matrix.levels[name][0])
            base = fit.at({name: reference})
            of_base = base @ fit.beta + fit.offset
            for level in fit.matrix.levels[name]:
                if level == reference:
                    continue
                x = fit.at({name: level})
                eta = x @ fit.beta + fit.offset
                gradient = (w * distribution.density(eta)) @ x - (w * distribution.density(of_base)) @ base
                each = distribution.inverse(eta) - distribution.inverse(of_base)
                add(name, f"{level} - {reference}", each, gradient)
        else:
            x = fit.at({})
            slope = fit.at({name: 1.0}) - fit.at({name: 0.0})  # ∂x/∂name: no term has a number twice
            eta, along = x @ fit.beta + fit.offset, slope @ fit.beta
            each = distribution.density(eta) * along
            gradient = (w * distribution.bend(eta) * along) @ x + (w * distribution.density(eta)) @ slope
            add(name, "per unit", each, gradient)
    labels = {"variable": [name for name, _ in contrasts], "contrast": [told for _, told in contrasts]}
    return _estimates(fit, model, labels, means, gradients, moves, "marginal_effect", covariates, ())


def _estimates(
    fit: _Fitted,
    model: Model,
    labels: Mapping[str, Sequence[Any]],
    means: Sequence[float],
    gradients: Sequence[Floats],
    moves: Sequence[Floats],
    statistic: Literal["adjusted", "marginal_effect"],
    covariates: Covariates,
    by: tuple[str, ...],
) -> Estimates:
    """The table, with the covariance of means that move with β and, where sampled, with who is asked."""
    d = np.column_stack(gradients)
    if covariates == "fixed":
        matrix = d.T @ model.covariance @ d
    else:
        matrix = fit.data.covariance(fit.per_weight @ d + np.column_stack(moves)).matrix
    estimate, std_error = np.array(means), np.sqrt(np.diag(matrix))
    df = np.full(len(estimate), float(model.df))
    bounds = wald(estimate, std_error, df, model.level)
    told = {"item": model.outcome, **({} if "contrast" in labels else {"level": 1}), **labels}
    table = pd.DataFrame(
        {
            **told,
            "estimate": estimate,
            "std_error": std_error,
            "conf_low": bounds.low,
            "conf_high": bounds.high,
            "df": df,
            "n": float(model.n),
            "n_yes": np.nan,
            "n_eff": np.nan,
            "deff": np.nan,
            "flag": "",
        }
    )
    return Estimates(
        table=table,
        covariance=matrix,
        statistic=statistic,
        by=by,
        level=model.level,
        interval="wald",
        provenance={
            **model.provenance,
            "model": model.formula,
            "family": model.family,
            "covariates": covariates,
        },
    )


def _fitted(frame: Any, design: Design, model: Model, calibration: Calibration | None) -> _Fitted:
    """The model again, on its cells, from its own formula."""
    if model.family in get_args(CategoricalFamily):
        raise UsageError(
            f'effects of a model of family = "{model.family}" are not offered',
            where="model",
            do='ask of one level as a 0/1 indicator with family="logit"',
        )
    again = refitted(frame, design.linearised, model, calibration)
    return _Fitted(data=again.data, beta=again.fit.beta, per_weight=again.per_weight)


def _names(fit: _Fitted) -> tuple[str, ...]:
    """Variables of the terms, each once."""
    return tuple(dict.fromkeys(variable.name for term in fit.data.formula.terms for variable in term))


def _require_variable(fit: _Fitted, name: str) -> None:
    names = _names(fit)
    if name not in names:
        raise EstimationError(
            f'the model has no variable "{name}"',
            where=f"outcome {fit.data.formula.outcome}",
            do=f"its variables are {', '.join(names)}.{did_you_mean(name, names)}",
        )


def _values(fit: _Fitted, name: str, values: Sequence[Any] | None) -> list[Any]:
    """The values at which everybody is put: levels that respondents have, or any numbers."""
    _require_variable(fit, name)
    key = fit.data.cells.key(name)
    levels = fit.matrix.levels.get(name)
    if levels is None:
        wanted = list(key.levels) if values is None else list(values)
        if len(wanted) > MAX_VALUES:
            raise UsageError(
                f'"{name}" has {len(wanted):,} values',
                where="values",
                do="name a few of them, such as [20, 40, 60]",
            )
        return [float(value) for value in wanted]
    wanted = list(levels) if values is None else [str(value) for value in values]
    if unknown := [value for value in wanted if value not in levels]:
        raise EstimationError(
            f'"{name}" has no level "{unknown[0]}" among the respondents of the model',
            where=f"variable {name}",
            do=f"its levels are {', '.join(levels)}.{did_you_mean(unknown[0], levels)}",
        )
    return wanted
