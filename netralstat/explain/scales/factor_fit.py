"""Fit of a factor model: chi-squared, plain and scaled to the design, CFI, TLI, RMSEA and SRMR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

# RMSEA has an interval of 90 %, so that its lower end tests close fit at 5 %: Browne & Cudeck (1993).
RMSEA_TAIL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """χ² of a model on `df` degrees of freedom, and what it would be if only the sampling made it.

    `trace` is tr(UΓ), the expectation of χ² under the model, and `trace_square` tr((UΓ)²); both are `df` for
    normal answers of persons drawn one by one.
    """

    chi2: float
    df: int
    trace: float
    trace_square: float

    @property
    def scale(self) -> float:
        """Satorra and Bentler's c = tr(UΓ)/df; 1 without degrees of freedom."""
        return self.trace / self.df if self.df else 1.0

    @property
    def scaled(self) -> float:
        """χ²/c, whose mean is that of a χ² on df."""
        return self.chi2 / self.scale

    @property
    def shifted(self) -> float:
        """The statistic a χ² + b whose mean and variance are those of a χ² on df.

        Source       Asparouhov & Muthén (2010). Twin: lavaan's test = "scaled.shifted".
        """
        if not self.df:
            return self.chi2
        a = np.sqrt(self.df / self.trace_square)
        return float(a * self.chi2 + self.df - a * self.trace)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitIndices:
    """How well a model fits: `chi2` on `df` with its `p_value` (NaN where df is 0), and indices."""

    chi2: float
    df: int
    p_value: float
    scale: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float


def discrepancy(value: float, df: int, weight: Floats, slopes: Floats, gamma: Floats | None) -> Discrepancy:
    """χ² and its traces.

    Parameters
    ----------
    value : χ², n times the discrepancy.
    weight : (M, M), V by which moments weigh. slopes : (M, q), Δ.
    gamma : (M, M), n times the covariance of the moments; None for normal answers, where UΓ has df ones.

    Formula      U = V - VΔ(Δ'VΔ)⁻¹Δ'V
    Source       Satorra & Bentler (1994). (methods.md "Factor models")
    """
    if gamma is None:
        return Discrepancy(chi2=value, df=df, trace=float(df), trace_square=float(df))
    product = residual_weight(weight, slopes) @ gamma
    return Discrepancy(
        chi2=value,
        df=df,
        trace=float(np.trace(product)),
        trace_square=float(np.sum(product * product.T)),
    )


def residual_weight(weight: Floats, slopes: Floats) -> Floats:
    """U: how moments weigh once the model has taken what it can, shape (M, M)."""
    weighted = weight @ slopes
    return np.asarray(weight - weighted @ np.linalg.solve(slopes.T @ weighted, weighted.T))


def indices(model: Discrepancy, baseline: Discrepancy, n: float, groups: int = 1) -> FitIndices:
    """Indices of fit that undo the scale c of χ²; with c = 1 they are the plain ones.

    Of items that do not correlate there is nothing to explain: TLI is 1, or 0 where χ² is above df.

    Formula      CFI = 1 - max(χ² - c df, 0)/max(χ²_b - c_b df_b, χ² - c df, 0);
                 TLI = 1 - (χ² - c df) df_b / ((χ²_b - c_b df_b) df);
                 RMSEA = √(G max(χ² - c df, 0)/(n df))
    Source       Bentler (1990); Steiger (1990); Brosseau-Liard & Savalei (2014). Twin: `cfi.robust`,
                 `tli.robust`, `rmsea.robust` of lavaan::fitMeasures.
    """
    of_baseline = baseline.chi2 - baseline.trace
    return _indices(model.scaled, model.df, model.scale, (of_baseline, baseline.df), n / groups)


def shifted_indices(model: Discrepancy, baseline: Discrepancy, n: float) -> FitIndices:
    """Indices of fit of χ² scaled and shifted. Twin: `cfi.scaled` … of lavaan's estimator WLSMV."""
    of_baseline = baseline.shifted - baseline.df
    return _indices(model.shifted, model.df, 1.0, (of_baseline, baseline.df), n)


def _indices(chi2: float, df: int, scale: float, baseline: tuple[float, int], n: float) -> FitIndices:
    """`chi2` as it is referred to its distribution; `baseline` what its χ² has above df_b, and df_b."""
    above, df_baseline = baseline
    excess = scale * (chi2 - df) if df else 0.0
    worst = max(above, excess, 0.0)
    ends = [np.sqrt(scale * _noncentrality(chi2, df, tail) / n) for tail in (1 - RMSEA_TAIL, RMSEA_TAIL)]
    per_df = excess / max(df, 1)
    return FitIndices(
        chi2=chi2,
        df=df,
        p_value=float(special.chdtrc(df, max(chi2, 0.0))) if df else np.nan,
        scale=scale,
        cfi=1 - max(excess, 0.0) / worst if worst > 0 else 1.0,
        tli=1 - per_df * df_baseline / above if above > 0 else float(excess <= 0),
        rmsea=float(np.sqrt(max(per_df, 0.0) / n)),
        rmsea_low=float(ends[0] / np.sqrt(max(df, 1))),
        rmsea_high=float(ends[1] / np.sqrt(max(df, 1))),
    )


def _noncentrality(chi2: float, df: int, share: float) -> float:
    """The noncentrality at which χ² stays below what was seen with probability `share`; 0 where none does."""
    if not df or special.chdtr(df, max(chi2, 0.0)) <= share:
        return 0.0
    return float(special.chndtrinc(chi2, df, share))


def residual_root(s: Floats, sigma: Floats, away: Floats | None, share: Floats) -> float:
    """Root of the mean square of what the model leaves of standardised moments (SRMR).

    Parameters
    ----------
    s, sigma : (G, k, k) seen and fitted. away : (G, k), what it leaves of means, where they are modelled.

    Source       Bentler (1995). Twin: `srmr` of lavaan::fitMeasures.
    """
    row, column = np.triu_indices(s.shape[1])
    root = np.sqrt(np.einsum("gjj->gj", s))
    squares = ((s - sigma)[:, row, column] / (root[:, row] * root[:, column])) ** 2
    if away is not None:
        squares = np.hstack([squares, (away / root) ** 2])
    return float(share @ np.sqrt(squares.mean(axis=1)))


def information_criteria(
    s: Floats, share: Floats, value: float, n: float, n_free: int
) -> tuple[float, float]:
    """AIC and BIC of a model of normal answers, from χ² = n F. Of weighted answers they only rank models.

    Formula      -2 log L = n (k log 2π + Σ_g f_g log|S_g| + k) + χ²
    """
    k = s.shape[1]
    minus_two = n * (k * np.log(2 * np.pi) + float(share @ np.linalg.slogdet(s)[1]) + k) + value
    return minus_two + 2 * n_free, minus_two + float(np.log(n)) * n_free
