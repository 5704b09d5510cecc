"""Means that move with a model's coefficients, and with who is asked, as estimates with their covariance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.design import Design
from netralstat.errors import UsageError
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.intervals import wald
from netralstat.explain.effects.counterfactuals import Counterfactuals, Domain
from netralstat.explain.penalised import SEPARATED
from netralstat.explain.regression import Model

Floats = NDArray[np.float64]
Covariates = Literal["sampled", "fixed"]


def require_covariates(design: Design, model: Model, covariates: str) -> None:
    """Refuse a word that is not known, and "sampled" where the sampling of covariates cannot be counted."""
    if covariates not in get_args(Covariates):
        raise UsageError(
            f'covariates = "{covariates}" is not known', where="covariates", do='choose "sampled" or "fixed"'
        )
    if covariates == "fixed":
        return
    if design.replicates is not None:
        raise UsageError(
            "effects of a survey with replicates hold the other variables fixed",
            where="covariates",
            do='write covariates="fixed", or ask the survey without replicates',
        )
    if model.provenance.get(SEPARATED):  # what a penalty adds to the variance has no covariance with them
        raise UsageError(
            "effects of a model of a separated outcome hold the other variables fixed",
            where="covariates",
            do='write covariates="fixed"',
        )


@dataclass(slots=True)
class Means:
    """Weighted means over domains, one row at a time: what they are, ∂/∂β, and each cell's part of them.

    `rows` has the labels of each, `gradients` (p,) its derivative by β, and `moves` (n_cells,) its influence
    per unit of weight with β held.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    estimates: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    gradients: list[Floats] = field(default_factory=list)
    moves: list[Floats] = field(default_factory=list)

    def add(self, labels: Mapping[str, Any], domain: Domain, each: Floats, along: Floats) -> None:
        """The mean of `each` (n_cells,) in a domain; `along` (n_cells, p) is its derivative by β."""
        total = domain.weight.sum()
        w = domain.weight / total
        mean = float(w @ each)
        self.rows.append(dict(labels))
        self.estimates.append(mean)
        self.sizes.append(domain.n)
        self.gradients.append(w @ along)
        self.moves.append(np.where(w > 0, each - mean, 0.0) / total)


def effect_table(
    fit: Counterfactuals,
    model: Model,
    means: Means,
    statistic: Literal["adjusted", "marginal_effect"],
    covariates: Covariates,
    by: tuple[str, ...],
) -> Estimates:
    """Estimates with the covariance of all means together.

    Formula      u_c = w_c 1_d (y_c - m_d) / Σ_d w + D_d u_β,c;   covariates = "fixed": D V_β D'
                 (methods.md "Effects")
    """
    d = np.column_stack(means.gradients)
    if covariates == "fixed":
        p = len(fit.beta)  # a dispersion stands after the coefficients, and the mean does not move with it
        matrix = d.T @ model.covariance[:p, :p] @ d
    else:
        matrix = fit.data.covariance(fit.per_weight @ d + np.column_stack(means.moves)).matrix
    estimate, std_error = np.array(means.estimates), np.sqrt(np.diag(matrix))
    df = np.full(len(estimate), float(model.df))
    bounds = wald(estimate, std_error, df, model.level)
    labels = pd.DataFrame(means.rows)
    told: dict[str, Any] = {"item": model.outcome}
    if "contrast" not in labels:
        told["level"] = 1
    table = pd.DataFrame(
        {
            **told,
            **{str(column): labels[column].to_list() for column in labels},
            "estimate": estimate,
            "std_error": std_error,
            "conf_low": bounds.low,
            "conf_high": bounds.high,
            "df": df,
            "n": means.sizes,
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
