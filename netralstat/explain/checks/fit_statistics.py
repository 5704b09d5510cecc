"""Fit statistics: how much of an outcome a model explains, and how well it tells who has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.explain.families import BINARY, DISTRIBUTIONS
from netralstat.explain.fitting import TOLERANCE, fitted
from netralstat.explain.refitting import Refitted

Floats = NDArray[np.float64]

# Significant digits to which fitted values are told apart: the same terms in another order are the same.
DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """The weighted area under the ROC curve and its influence per unit of weight, shape (n,)."""

    area: float
    per_weight: Floats


def explained(model: Refitted) -> dict[str, float]:
    """How much of the outcome the terms explain, by the measures that fit the family.

    Returns
    -------
    dict
        Of a linear model `r_squared` and `residual_std_dev`; of a binary one `mcfadden`, `cox_snell`,
        `nagelkerke` and `tjur`; of a Poisson one `deviance_r_squared`, `cox_snell` and `nagelkerke`.

    Notes
    -----
    Formula      d_0, d_1: mean deviance Σ w d / Σ w of the null model and of this one;
                 McFadden 1 - d_1/d_0;  Cox-Snell 1 - exp(d_1 - d_0);  Nagelkerke the same over 1 - exp(-d_0);
                 Tjur: mean μ where y = 1, less that where y = 0.      (methods.md "Fit of a model")
    The null model has the intercept and the offset; of a model without an intercept it has neither term.
    Source: McFadden (1974); Nagelkerke (1991); Tjur (2009); Lumley (2017). Twin: survey::psrsq.
    """
    data, used = model.data, model.data.used
    y, mu, w = data.y[used], model.mean[used], model.weight[used] / model.weight.sum()
    distribution = DISTRIBUTIONS[model.family]
    left = float(w @ distribution.deviance(y, mu))
    null = float(w @ distribution.deviance(y, _null_mean(model)[used]))
    if model.family == "linear":
        deviation = np.sqrt(left * data.n / max(data.n - 1, 1))
        return {"r_squared": 1 - left / null, "residual_std_dev": float(deviation)}
    cox_snell = float(-np.expm1(left - null))
    found = {"cox_snell": cox_snell, "nagelkerke": cox_snell / float(-np.expm1(-null))}
    if model.family in BINARY:
        yes, no = w * y, w * (1 - y)
        tjur = float(yes @ mu / yes.sum() - no @ mu / no.sum())
        return {"mcfadden": 1 - left / null, **found, "tjur": tjur}
    return {"deviance_r_squared": 1 - left / null, **found}


def concordance(score: Floats, y: Floats, w: Floats) -> Concordance:
    """How often a person with the outcome has the higher score than one without it; a tie counts half.

    Parameters
    ----------
    score, y, w : (n,): any score, the outcome 0 or 1 (both occur), weights.

    Formula      A = Σ_{i: y=1} Σ_{j: y=0} w_i w_j (1[s_i > s_j] + ½ 1[s_i = s_j]) / (W_1 W_0);
                 u_i = (F_0(s_i) - A)/W_1 where y = 1, (1 - F_1(s_i) - A)/W_0 where y = 0, with F at ties
                 halfway.        (methods.md "Fit of a model")
    Source       Yao, Li & Graubard (2015). Twins: Hmisc::somers2(weights), WeightedROC::WeightedAUC.
    """
    place, n_places = ranked(score)
    yes = np.bincount(place, weights=w * y, minlength=n_places).astype(float)
    no = np.bincount(place, weights=w * (1 - y), minlength=n_places).astype(float)
    of_yes, of_no = _halfway(yes)[place], _halfway(no)[place]
    area = float((w * y) @ of_no / yes.sum())
    per_weight = np.where(y > 0, (of_no - area) / yes.sum(), (1 - of_yes - area) / no.sum())
    return Concordance(area=area, per_weight=per_weight)


def ranked(values: Floats) -> tuple[NDArray[np.int64], int]:
    """Place of each value among the distinct ones, smallest first, and how many of these there are."""
    size = float(np.max(np.abs(values), initial=0.0))
    grid = 10.0 ** (np.floor(np.log10(size)) + 1 - DIGITS) if size > 0 else 1.0
    distinct, place = np.unique(np.round(values / grid), return_inverse=True)
    return place.reshape(-1), len(distinct)


def _halfway(sums: Floats) -> Floats:
    """Share below each value, with half of the share at it."""
    return np.asarray((np.cumsum(sums) - sums / 2) / sums.sum())


def _null_mean(model: Refitted) -> Floats:
    """Fitted means of the model of the intercept and the offset alone, shape (n_cells,)."""
    data = model.data
    if not data.formula.intercept:
        return DISTRIBUTIONS[model.family].inverse(model.offset)
    if data.offset is None:
        return np.full(len(data.w), np.average(data.y, weights=model.weight))
    ones = data.used.astype(float)[:, None]
    where = f"outcome {data.formula.outcome}, without the terms"
    null = fitted(
        ones, data.y, data.each, data.cells.n, data.used, model.family, TOLERANCE, where, data.offset
    )
    return DISTRIBUTIONS[model.family].inverse(null.beta[0] + data.offset)
