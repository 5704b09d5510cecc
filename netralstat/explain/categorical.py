"""Outcomes of several levels: which levels there are, who chose them, and what such models do not offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeGuard, get_args

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.design.variance import Covariance
from netralstat.errors import ConstantOutcomeError, EstimationError, UsageError
from netralstat.explain.maximum import Likelihood, Maximum, maximum
from netralstat.explain.model_data import ModelData
from netralstat.explain.replicate_fits import covariance_of_refits

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
OrderedFamily = Literal["ordered_logit", "ordered_probit", "ordered_cloglog", "ordered_cauchit"]
CategoricalFamily = Literal[OrderedFamily, "multinomial"]
LikelihoodOf = Callable[[Codes], Likelihood]

# More levels than a scale has: a number that was measured, or text that was typed.
MAX_LEVELS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The outcome of a model: its levels as text, and the place of its level for each cell, (n_cells,)."""

    levels: tuple[str, ...]
    codes: Codes


def choices(data: ModelData) -> Choices:
    """The levels of the outcome and who chose them, among respondents with every answer.

    Raises
    ------
    EstimationError
        There are too many levels, or one, or nobody chose one of them.
    """
    where = f"outcome {data.formula.outcome}"
    levels = tuple(level_name(level) for level in data.outcome.levels)
    if len(levels) > MAX_LEVELS:
        raise EstimationError(
            f'the outcome "{data.formula.outcome}" has {len(levels):,} levels; {MAX_LEVELS} are the most',
            where=where,
            do='group it into levels first; a measured number is for family="linear"',
        )
    codes = data.outcome.codes
    counts = np.bincount(codes[data.used], weights=data.cells.n[data.used], minlength=len(levels))
    chosen = np.flatnonzero(counts)
    if len(chosen) == 1:
        raise ConstantOutcomeError(
            "every respondent of the model chose the same level of the outcome",
            where=where,
            do="choose another outcome",
        )
    if len(chosen) < len(levels):
        empty = [levels[code] for code in np.flatnonzero(counts == 0)]
        raise EstimationError(
            f"of the {len(levels)} levels of the outcome {len(empty)} were chosen by nobody with every "
            f"answer: {', '.join(empty[:5])}",
            where=where,
            do="merge each with a level beside it, or leave it out of the categories",
        )
    return Choices(levels=levels, codes=codes)


def is_ordered(family: str) -> TypeGuard[OrderedFamily]:
    """Whether a family is one of ordered levels."""
    return family in get_args(OrderedFamily)


def level_name(level: Any) -> str:
    """A level as R writes it: 1 for 1.0."""
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)


def provenance(
    outcome: Choices, calibration: Calibration | None, result: Covariance, **told: str
) -> dict[str, Any]:
    """What a model is made of, beside its formula and family."""
    return {
        "calibration": calibration.method if calibration is not None else "none",
        "levels": outcome.levels,
        **told,
        **({"replicates": dict(result.replicates)} if result.replicates is not None else {}),
    }


def require_offered(few_clusters: Any, tolerance: float, usual: float, family: str) -> None:
    """Refuse what is asked of a generalised linear model but not of one with several levels."""
    if few_clusters is not None:
        raise UsageError(
            f'few_clusters= is not offered for family = "{family}"',
            where="few_clusters",
            do='leave it out, or ask with family="poisson", whose standard errors do not rest on its variance'
            if family == "negative_binomial"
            else 'leave it out, or ask of each level as a 0/1 indicator with family="logit"',
        )
    if tolerance != usual:
        raise UsageError(
            f'tolerance= is not used by family = "{family}": it is fitted to its maximum',
            where="tolerance",
            do="leave it out",
        )


def covariance_of_maximum(
    data: ModelData,
    design: Design,
    likelihood_of: LikelihoodOf,
    found: Maximum,
    where: str,
    fit: Callable[..., Maximum] = maximum,
) -> Covariance:
    """Covariance of θ from the influence H⁻¹ ∂ℓ/∂θ of those in use, or from the design's replicates.

    `likelihood_of` gives the likelihood of some of the cells, by their numbers; `fit` finds its maximum in
    a replicate, called as `maximum` is.
    """
    if design.replicates is None:
        influence = influence_of_maximum(data, likelihood_of, found)
        return replace(data.covariance(influence), df=data.df())

    def refit(rows: Codes, w: Floats, replicate: int) -> Floats:
        there = w > 0
        told = f"{where}, replicate {replicate + 1:,}"
        likelihood = likelihood_of(rows[there])
        return fit(likelihood, w[there] / data.mean_weight, found.theta, told).theta

    return covariance_of_refits(data.respondents, data.used, found.theta, refit)


def influence_of_maximum(data: ModelData, likelihood_of: LikelihoodOf, found: Maximum) -> Floats:
    """H⁻¹ ∂ℓ/∂θ of each cell in use per unit of weight, 0 of the others, shape (n_cells, k)."""
    bread = np.linalg.inv(found.information) / data.mean_weight
    influence = np.zeros((len(data.used), len(found.theta)))
    influence[data.used] = likelihood_of(np.flatnonzero(data.used)).scores(found.theta) @ bread
    return influence
