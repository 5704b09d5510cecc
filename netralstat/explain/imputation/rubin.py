"""Rubin's rules: estimates of several completed data sets pooled, with what the missing answers cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from netralstat.errors import EstimationError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """k statistics pooled over m imputations; arrays of shape (k,) and (k, k).

    `within` is U, `between` B, `total` T. `increase` is the relative increase r of the variance that the
    missing answers bring, `fmi` the fraction of missing information, `simulation_error` the Monte-Carlo
    standard error of `estimate`; `df` is Barnard and Rubin's, `df_complete` that of complete data.
    """

    estimate: Floats
    within: Floats
    between: Floats
    total: Floats
    df_complete: Floats
    df: Floats
    increase: Floats
    fmi: Floats
    simulation_error: Floats
    m: int

    @property
    def std_error(self) -> Floats:
        """Square roots of the diagonal of T."""
        return np.asarray(np.sqrt(np.diag(self.total)))

    @property
    def varies(self) -> bool:
        """Whether any imputation differs from another; where none does, nothing was missing."""
        return bool((self.between != 0).any())


def average(values: Floats) -> Floats:
    """Mean over the first axis; of equal values that value itself, to the last digit."""
    return np.asarray(values[0] + (values - values[0]).mean(axis=0))


def pool(estimates: Floats, covariances: Floats, df_complete: Floats) -> Pooled:
    """Pool m estimates (m, k), their covariances (m, k, k) and complete-data degrees of freedom (m, k).

    Notes
    -----
    Q̄ = mean Q_i, U = mean U_i, B = Σ (Q_i - Q̄)(Q_i - Q̄)'/(m - 1), T = U + (1 + 1/m) B; of each statistic
    r = (1 + 1/m) B/U, λ = (1 + 1/m) B/T, 1/ν = λ²/(m - 1) + (ν_c + 3)/((ν_c + 1) ν_c (1 - λ)), and
    fmi = (r + 2/(ν + 3))/(1 + r). Where B is 0 nothing was missing: ν = ν_c, fmi = 0.
    Source: Rubin (1987); Barnard & Rubin (1999). Twins: mitools::MIcombine, mice::pool.
    (methods.md "Pooled estimates")
    """
    m = len(estimates)
    estimate, within, complete = average(estimates), average(covariances), average(df_complete)
    around = estimates - estimate
    alike = (estimates == estimates[0]) | (np.isnan(estimates) & np.isnan(estimates[0]))
    around[:, alike.all(axis=0)] = 0.0
    between = around.T @ around / (m - 1)
    added = (1 + 1 / m) * between
    total = within + added
    b, u, t = np.diag(added), np.diag(within), np.diag(total)
    nothing = b == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        increase = np.where(nothing, 0.0, b / u)
        share = np.where(nothing, 0.0, b / t)
        of_answers = (complete + 1) / (complete + 3) * complete * (1 - share)
        df = np.where(nothing, complete, 1 / (share**2 / (m - 1) + 1 / of_answers))
        fmi = np.where(nothing, 0.0, (increase + 2 / (df + 3)) / (1 + increase))
    return Pooled(
        estimate=estimate,
        within=within,
        between=between,
        total=total,
        df_complete=complete,
        df=df,
        increase=increase,
        # All of the variance is between imputations: the limit of the formula, which is ∞/∞ there.
        fmi=np.where(np.isinf(increase), 1.0, fmi),
        simulation_error=np.sqrt(np.diag(between) / m),
        m=m,
    )


def joint_test(
    estimate: Floats, within: Floats, between: Floats, m: int, df_complete: float, where: str
) -> tuple[float, int, float, float]:
    """F, numerator df, denominator df and p-value that k > 1 statistics are all zero (D₁).

    Notes
    -----
    r̄ = (1 + 1/m) tr(B U⁻¹)/k, F = Q̄' U⁻¹ Q̄/(k (1 + r̄)). Denominator df: Reiter's, from ν_c and
    t = k(m - 1). Source: Li, Raghunathan & Rubin (1991); Reiter (2007). Twins: mice::D1, mitml::testModels.

    Raises
    ------
    EstimationError
        There are too few imputations, or complete-data degrees of freedom, for so many statistics.
    """
    k = len(estimate)
    increase = float((1 + 1 / m) * np.trace(np.linalg.solve(within, between)) / k)
    statistic = float(estimate @ np.linalg.solve((1 + increase) * within, estimate)) / k
    df = df_complete if increase == 0 else reiter_df(k, m, increase, df_complete, where)
    return statistic, k, df, float(special.fdtrc(k, df, statistic))


def reiter_df(k: int, m: int, increase: float, df_complete: float, where: str) -> float:
    """Denominator df of D₁ in small samples (Reiter 2007, equations 1 and 2)."""
    t = k * (m - 1)
    if t <= 4:
        raise EstimationError(
            f"a test of {k} coefficients together needs more than {4 // k + 1} imputations; there are {m}",
            where=where,
            do="impute with n = 20 or more",
        )
    a = increase * t / (t - 2)
    complete = (df_complete + 1) / (df_complete + 3) * df_complete
    c0, c1, c2 = 1 / (t - 4), complete - 2 * (1 + a), complete - 4 * (1 + a)
    if c2 <= 0:
        raise EstimationError(
            f"{df_complete:g} degrees of freedom are too few to test {k} coefficients together where missing "
            f"answers add {100 * increase:.0f} % to their variance",
            where=where,
            do="read the tests of single coefficients",
        )
    z = (
        1 / c2
        + c0 * (a**2 * c1 / ((1 + a) ** 2 * c2))
        + c0 * (8 * a**2 * c1 / ((1 + a) * c2**2) + 4 * a**2 / ((1 + a) * c2))
        + c0 * (4 * a**2 / (c2 * c1) + 16 * a**2 * c1 / c2**3)
        + c0 * (8 * a**2 / c2**2)
    )
    return 4 + 1 / z
