"""Are two items independent in the population? Tests on the shares of a table and their covariance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

from netralstat.errors import EstimationError
from netralstat.estimate.quadratic_forms import (
    exact_tail,
    saddlepoint_tail,
    satterthwaite_df,
    satterthwaite_tail,
)

Floats = NDArray[np.float64]
Test = Literal["F", "chisq", "wald", "adj_wald", "lincom", "saddlepoint"]

METHODS: dict[Test, str] = {
    "F": "Rao–Scott, second order",
    "chisq": "Rao–Scott, first order",
    "wald": "Wald",
    "adj_wald": "Adjusted Wald",
    "lincom": "Pearson, exact distribution",
    "saddlepoint": "Pearson, saddlepoint approximation",
}
# A design effect, or a correlation's eigenvalue, below this is rounding error of zero.
NOTHING = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTest:
    """Test that two items are independent in the population.

    `statistic` is an F for "F", "wald" and "adj_wald", and Pearson's chi-square of the shares times n, not
    yet corrected, for the others. `df` are the degrees of freedom (numerator, denominator) of the p-value's
    distribution; inf for "chisq". `design_effects` are Rao & Scott's eigenvalues, empty for Wald tests.
    """

    test: Test
    statistic: float
    p_value: float
    df: tuple[float, float]
    method: str
    design_effects: tuple[float, ...] = ()

    def __str__(self) -> str:
        p = "p < 0.0001" if self.p_value < 0.00005 else f"p = {self.p_value:.4f}"
        df = " and ".join("∞" if np.isinf(df) else f"{df:.4g}" for df in self.df)
        return f"{self.method}: {self.statistic:.4g} on {df} df, {p}"


def rao_scott(p: Floats, covariance: Floats, n: float, df: float, test: Test) -> TableTest:
    """Pearson's chi-square against the distribution that the design gives it.

    Parameters
    ----------
    p : shape (r, c), shares without an empty row or column. covariance : (rc, rc), of p row by row.
    n : respondents. df : design degrees of freedom ν.

    Raises
    ------
    EstimationError
        Empty cells leave an interaction without data, or nothing in the table varies.

    Formula      X² = n Σ (p - e)²/e;  λ eigenvalues of (C'D⁻¹C/n)⁻¹ C'D⁻¹VD⁻¹C      (methods.md "Tables")
    Source       Rao & Scott (1984); Thomas & Rao (1987). Twin: survey::svychisq.
    """
    expected = np.outer(p.sum(axis=1), p.sum(axis=0))
    pearson = float(n * ((p - expected) ** 2 / expected).sum())
    effects = _design_effects(p, covariance, n)
    first, q = effects.mean(), len(effects)
    second = satterthwaite_df(effects)
    if test == "chisq":
        reference = (float(q), np.inf)
        p_value = float(special.chdtrc(q, pearson / first))
    else:
        reference = (second if test == "F" else float(q), second * df)
        p_value = _tail(test, pearson, effects, second * df)
    return TableTest(
        test=test,
        statistic=float(pearson / effects.sum()) if test == "F" else pearson,
        p_value=p_value,
        df=reference,
        method=METHODS[test],
        design_effects=tuple(effects.tolist()),
    )


def wald(p: Floats, covariance_of: Callable[[Floats], Floats], df: float, test: Test) -> TableTest:
    """Distance of the table from independence, in the covariance of that distance.

    Parameters
    ----------
    p : shape (r, c), shares without an empty row or column.
    covariance_of : covariance (m, m) of the linear combinations of totals in the columns of a matrix
        (rc, m), in units of the population.
    df : design degrees of freedom ν.

    Raises
    ------
    EstimationError
        There are more contrasts than degrees of freedom, or one of them does not vary.

    Formula      Y = p - p_a p_b;  W = Y'V⁻¹Y;  F = W/q on (q, ν), or W(ν - q + 1)/(qν) on (q, ν - q + 1)
    Source       Koch, Freeman & Freeman (1975); Thomas & Rao (1987). Twin: survey::svychisq.
    """
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    contrasts = _interaction(p.shape)
    q = contrasts.shape[1]
    if q > df:
        raise EstimationError(
            f"a Wald test of this table has {q} contrasts, the design {df:.0f} degrees of freedom",
            where=f'test = "{test}"',
            do='merge levels, or take test="F", which needs no inverse',
        )
    distance = contrasts.T @ (p - np.outer(rows, columns)).ravel()
    slopes = np.kron(np.eye(len(rows)) - rows, np.eye(len(columns)) - columns)
    covariance = covariance_of(slopes @ contrasts)
    scale = np.sqrt(np.diag(covariance))
    if not scale.all() or linalg.eigvalsh(covariance / np.outer(scale, scale))[0] < NOTHING:
        raise EstimationError(
            f"the covariance of the {q} contrasts of the table has no inverse",
            where=f'test = "{test}"',
            do='merge levels that few respondents have, or take test="F"',
        )
    statistic = float(distance @ linalg.solve(covariance, distance, assume_a="pos")) / q
    denominator = df
    if test == "adj_wald":
        denominator = df - q + 1
        statistic *= denominator / df
    return TableTest(
        test=test,
        statistic=statistic,
        p_value=float(special.fdtrc(q, denominator, statistic)),
        df=(float(q), float(denominator)),
        method=METHODS[test],
    )


def _tail(test: Test, x: float, effects: Floats, df: float) -> float:
    """P(Σ λ χ²_1 > x χ²_ν/ν). R's two finer tails lose the fraction of ν in χ²_ν, not in x/ν; so do these."""
    if test == "F":
        return satterthwaite_tail(x, effects, df)
    whole = float(np.floor(df * (1 + 1e-12)))
    tail = exact_tail if test == "lincom" else saddlepoint_tail
    return tail(x * whole / df, effects, whole)


def _interaction(shape: tuple[int, ...]) -> Floats:
    """Orthonormal patterns (rc, q) whose rows and columns of the table add to zero; q = (r - 1)(c - 1)."""
    first, second = (linalg.helmert(size).T for size in shape)
    return np.asarray(np.kron(first, second), dtype=float)


def _design_effects(p: Floats, covariance: Floats, n: float) -> Floats:
    """Rao & Scott's generalised design effects, ascending: what the design does to each interaction."""
    flat = p.ravel()
    contrasts = _interaction(p.shape)
    held = flat > 0
    if np.linalg.matrix_rank(contrasts[held]) < contrasts.shape[1]:
        raise EstimationError(
            f"{int((~held).sum())} of the {len(flat)} cells of the table are empty, so that an association "
            "between their levels cannot be seen",
            where="the two items",
            do="merge levels that few respondents have",
        )
    scaled = contrasts[held] / flat[held, None]
    simple = contrasts[held].T @ scaled / n
    effects = linalg.eigh(scaled.T @ covariance[np.ix_(held, held)] @ scaled, simple, eigvals_only=True)
    if effects[-1] < NOTHING:
        raise EstimationError(
            "the association between the two items has no sampling variance, so it cannot be tested",
            where="the two items",
            do="look at the table: everybody was asked, or the weights are calibrated to it",
        )
    clipped: Floats = np.maximum(effects, 0.0)
    return clipped
