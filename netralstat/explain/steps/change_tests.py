"""Change tests: whether the terms that a block adds to a model change what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.quadratic_forms import exact_tail, saddlepoint_tail, satterthwaite_tail

Floats = NDArray[np.float64]
Approximation = Literal["saddlepoint", "satterthwaite", "exact"]

# Smallest eigenvalue of the correlations of coefficients that can be tested together.
SINGULAR = 1e-12
TAILS = {"saddlepoint": saddlepoint_tail, "satterthwaite": satterthwaite_tail, "exact": exact_tail}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaldTest:
    """F on (`df_num`, `df_den`) that some coefficients are all zero."""

    statistic: float
    df_num: int
    df_den: int
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodRatioTest:
    """What a block takes off the deviance, which the design makes Σ λ_j χ²_1 and not χ²_q.

    `statistic` is in units of a respondent of mean weight, `eigenvalues` (q,) are the λ, largest first: 1 of
    a simple random sample from the model. `df_den` is what the λ are estimated with.
    """

    statistic: float
    eigenvalues: Floats
    df_den: int
    p_value: float


def joint_wald(b: Floats, v: Floats, df: int, where: str) -> WaldTest:
    """F that coefficients `b` (q,) with covariance `v` (q, q) are all zero: b'V⁻¹b/q on (q, df).

    Raises
    ------
    EstimationError
        The covariance has no inverse: more coefficients than the design has degrees of freedom.

    Twin: survey::regTermTest(method = "Wald").
    """
    q = len(b)
    if not distinct(v):
        raise EstimationError(
            f"the {q} coefficients have a covariance that does not tell them apart",
            where=where,
            do="test fewer: no more of them than the design has degrees of freedom",
        )
    statistic = float(b @ np.linalg.solve(v, b)) / q
    return WaldTest(statistic=statistic, df_num=q, df_den=df, p_value=float(special.fdtrc(q, df, statistic)))


def distinct(v: Floats) -> bool:
    """Whether a covariance (q, q) has an inverse, on the scale of correlations."""
    variance = np.diag(v)
    if not (variance > 0).all():
        return False
    scale = 1 / np.sqrt(variance)
    return bool(np.linalg.eigvalsh(v * np.outer(scale, scale))[0] > SINGULAR)


def working_likelihood_ratio(
    change: float, information: Floats, v: Floats, rows: Sequence[int], df: int, approximation: Approximation
) -> LikelihoodRatioTest:
    """Rao and Scott's test of the fall in deviance, under the design.

    Parameters
    ----------
    change : deviance before the block less that with it, of weights whose mean is one.
    information, v : (p, p) of the larger model: of these weights, and the design covariance.
    rows : the coefficients of the block. `df` : residual degrees of freedom of the larger model.

    Notes
    -----
    Formula      λ = eigenvalues of ((A⁻¹)_qq)⁻¹ V_qq;  P(Σ λ_j χ²_1 > D · χ²_ν/ν)
    Source       Rao & Scott (1984); Lumley & Scott (2014). Twins: survey::regTermTest(method = "LRT"),
                 anova.svyglm.       (methods.md "Blocks in steps")
    """
    at = np.ix_(rows, rows)
    working = np.linalg.inv(information)[at]
    eigenvalues = linalg.eigh(v[at], (working + working.T) / 2, eigvals_only=True)[::-1]
    weights = np.maximum(eigenvalues, 0.0)
    return LikelihoodRatioTest(
        statistic=change,
        eigenvalues=np.asarray(eigenvalues, dtype=np.float64),
        df_den=df,
        p_value=TAILS[approximation](max(change, 0.0), weights, df),
    )


def require_approximation(approximation: str) -> None:
    """Refuse a word that is no approximation of the tail."""
    allowed = get_args(Approximation)
    if approximation not in allowed:
        raise UsageError(
            f'approximation = "{approximation}" is not known',
            where="approximation",
            do=f"choose one of {', '.join(allowed)}.{did_you_mean(approximation, allowed)}",
        )
