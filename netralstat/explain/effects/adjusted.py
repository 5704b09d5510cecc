"""Adjusted prevalences: the mean outcome if everybody were at some values, and what if they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.errors import UsageError
from netralstat.estimate.estimates import Estimates
from netralstat.explain.effects.counterfactuals import Counterfactuals, counterfactuals
from netralstat.explain.effects.effect_table import Covariates, Means, effect_table, require_covariates
from netralstat.explain.regression import Model

Floats = NDArray[np.float64]
Values = Sequence[Any] | Mapping[str, Sequence[Any]]

SCENARIO = "scenario"
AS_IS, CHANGED = "as_is", "changed"
MAX_ROWS = 2_000


def adjusted(
    frame: Any,
    design: Design,
    model: Model,
    variables: str | Sequence[str],
    values: Values | None = None,
    *,
    by: Sequence[str] = (),
    overall: bool = False,
    covariates: Covariates = "sampled",
    calibration: Calibration | None = None,
) -> Estimates:
    """The mean outcome if everybody were at one value of a variable, or of several, all else as it is.

    Parameters
    ----------
    frame, design, calibration : those that the model was fitted with.
    model : Model of one outcome. variables : one of its variables, or several for the surface of their
        interaction: every combination of their values.
    values : levels, or numbers, by variable (a list for a single one); all levels of a factor, or those of a
        number that has few, where none are given.
    by : domains in which the mean is taken; `overall` adds the whole.
    covariates : "sampled" also counts that the other variables are known of a sample only; "fixed" holds
        them, as the delta method on the covariance of the coefficients does.

    Returns
    -------
    Estimates
        A row a combination of values and domain, with the covariance between them: `difference` of two rows
        is a contrast of the model.

    Raises
    ------
    EstimationError
        The model has no such variable, or the variable no such level.
    UsageError
        A variable is a domain too, or there are too many rows.

    Formula      m_a = Σ w g⁻¹(x_a'β) / Σ w;   u_i = w_i (g⁻¹(x_ia'β) - m_a)/Σw + D_a u_β,i
                 (methods.md "Effects")
    Source       Graubard & Korn (1999). Twins: survey::svypredmeans; marginaleffects::avg_predictions.
    """
    require_covariates(design, model, covariates)
    names = [variables] if isinstance(variables, str) else list(variables)
    _require_distinct(names, by)
    fit = counterfactuals(frame, design, model, calibration, by=by, overall=overall)
    chosen = {name: fit.values_of(name, own) for name, own in _by_name(names, values).items()}
    size = int(np.prod([len(own) for own in chosen.values()])) * len(fit.domains)
    if size > MAX_ROWS:
        raise UsageError(
            f"{size:,} adjusted means were asked for; {MAX_ROWS:,} is the limit",
            where="values",
            do="name fewer values of each variable, or fewer domains",
        )
    means = Means()
    for combination in product(*chosen.values()):
        at = dict(zip(chosen, combination, strict=True))
        each, along = _means_at(fit, at)
        for domain in fit.domains:
            means.add({**dict(zip(by, domain.levels, strict=True)), **at}, domain, each, along)
    return effect_table(fit, model, means, "adjusted", covariates, (*by, *names))


def what_if(
    frame: Any,
    design: Design,
    model: Model,
    changes: Mapping[str, Any],
    *,
    by: Sequence[str] = (),
    overall: bool = False,
    covariates: Covariates = "sampled",
    calibration: Calibration | None = None,
) -> Estimates:
    """The mean outcome of a model as things are, and if some variables had one value everywhere.

    Parameters
    ----------
    changes : the value of each variable that is changed, such as ``{"incumbent_pressure": 1}``.
        Others as for `adjusted`.

    Returns
    -------
    Estimates
        For each domain a row with `scenario` "as_is" and one with "changed";
        ``.difference({"scenario": "changed"}, {"scenario": "as_is"})`` is what the change goes with: an
        association of the model, not what a measure would bring about.

    Raises
    ------
    UsageError
        Nothing is changed. Others as for `adjusted`.

    Formula      as is: Σ w g⁻¹(x'β) / Σ w; changed: as `adjusted`   (methods.md "Effects")
    """
    require_covariates(design, model, covariates)
    if not changes:
        raise UsageError("nothing was changed", where="what_if", do='name a value, such as {"pressure": 1}')
    _require_distinct([*changes, SCENARIO], by)
    fit = counterfactuals(frame, design, model, calibration, by=by, overall=overall)
    at = {name: fit.values_of(name, [value])[0] for name, value in changes.items()}
    means = Means()
    for scenario, replaced in ((AS_IS, {}), (CHANGED, at)):
        each, along = _means_at(fit, replaced)
        for domain in fit.domains:
            means.add({**dict(zip(by, domain.levels, strict=True)), SCENARIO: scenario}, domain, each, along)
    found = effect_table(fit, model, means, "adjusted", covariates, (*by, SCENARIO))
    return found.replace_table(found.table, found.covariance, changes=dict(at))


def _means_at(fit: Counterfactuals, at: Mapping[str, Any]) -> tuple[Floats, Floats]:
    """Means of the cells (n_cells,) with everybody at some values, and their derivatives (n_cells, p)."""
    x = fit.at(at)
    eta = x @ fit.beta + fit.offset
    return fit.distribution.inverse(eta), fit.distribution.density(eta)[:, None] * x


def _by_name(names: Sequence[str], values: Values | None) -> dict[str, Sequence[Any] | None]:
    if values is None:
        return dict.fromkeys(names)
    if isinstance(values, Mapping):
        unknown = [name for name in values if name not in names]
        if unknown:
            raise UsageError(
                f'values are given for "{unknown[0]}", which is not asked for',
                where="values",
                do=f"give values of {', '.join(names)}",
            )
        return {name: values.get(name) for name in names}
    if len(names) != 1:
        raise UsageError(
            f"{len(names)} variables need values by name",
            where="values",
            do=f'write {{"{names[0]}": […], …}}',
        )
    return {names[0]: values}


def _require_distinct(names: Sequence[str], by: Sequence[str]) -> None:
    every = [*names, *by]
    twice = [name for name in dict.fromkeys(every) if every.count(name) > 1]
    if twice:
        raise UsageError(
            f'"{twice[0]}" is asked for twice, as a variable or a domain',
            where="variables and by",
            do="name it once",
        )
