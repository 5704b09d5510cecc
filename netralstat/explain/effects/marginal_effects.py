"""Average marginal effects: how much the mean outcome moves with each variable of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.estimate.estimates import Estimates
from netralstat.explain.effects.counterfactuals import Counterfactuals, counterfactuals
from netralstat.explain.effects.effect_table import Covariates, Means, effect_table, require_covariates
from netralstat.explain.regression import Model


def marginal_effects(
    frame: Any,
    design: Design,
    model: Model,
    variables: Sequence[str] | None = None,
    *,
    by: Sequence[str] = (),
    overall: bool = False,
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
    require_covariates(design, model, covariates)
    fit = counterfactuals(frame, design, model, calibration, by=by, overall=overall)
    means = Means()
    for name in variables if variables is not None else fit.variables:
        fit.require_variable(name)
        if name in fit.matrix.levels:
            _of_levels(fit, name, by, means)
        else:
            _of_number(fit, name, by, means)
    return effect_table(fit, model, means, "marginal_effect", covariates, tuple(by))


def _of_levels(fit: Counterfactuals, name: str, by: Sequence[str], means: Means) -> None:
    """Each level of a factor instead of its reference."""
    distribution = fit.distribution
    reference = fit.matrix.references.get(name, fit.matrix.levels[name][0])
    base = fit.at({name: reference})
    of_base = base @ fit.beta + fit.offset
    for level in fit.matrix.levels[name]:
        if level == reference:
            continue
        x = fit.at({name: level})
        eta = x @ fit.beta + fit.offset
        each = distribution.inverse(eta) - distribution.inverse(of_base)
        along = distribution.density(eta)[:, None] * x - distribution.density(of_base)[:, None] * base
        for domain in fit.domains:
            labels = {"variable": name, "contrast": f"{level} - {reference}"}
            means.add({**dict(zip(by, domain.levels, strict=True)), **labels}, domain, each, along)


def _of_number(fit: Counterfactuals, name: str, by: Sequence[str], means: Means) -> None:
    """One unit more of a number, at everybody's own."""
    distribution = fit.distribution
    x, slope = fit.at({}), fit.slope(name)
    eta, step = x @ fit.beta + fit.offset, slope @ fit.beta
    each = distribution.density(eta) * step
    along = (distribution.bend(eta) * step)[:, None] * x + distribution.density(eta)[:, None] * slope
    for domain in fit.domains:
        labels = {"variable": name, "contrast": "per unit"}
        means.add({**dict(zip(by, domain.levels, strict=True)), **labels}, domain, each, along)
