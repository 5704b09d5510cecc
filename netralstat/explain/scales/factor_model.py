"""Factor models: whether items measure what they were written for, under weights and design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration, apply_calibration
from netralstat.design.cells import compress
from netralstat.design.design import Design
from netralstat.errors import EstimationError, UsageError
from netralstat.estimate.estimates import rounded
from netralstat.explain.regression import require_level
from netralstat.explain.scales import factor_verdicts
from netralstat.explain.scales.factor_estimates import Estimated, least_squares, likelihood
from netralstat.explain.scales.factor_structure import Scaling
from netralstat.explain.scales.factor_verdicts import Verdict
from netralstat.explain.scales.item_moments import Errors, item_moments
from netralstat.explain.scales.one_factor import require_items

Floats = NDArray[np.float64]
# What stands between the two sides of the sandwich: second derivatives, or their expectation under the model.
Information = Literal["observed", "expected"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorModel:
    """Correlated factors of k items over the n respondents who answered all.

    Attributes
    ----------
    table : a row a parameter: `kind` ("loading", "residual_variance", "factor_variance",
        "factor_covariance", "intercept", "threshold"), `factor`, `item`, `estimate`, `std_error`, `conf_low`,
        `conf_high`, `statistic`, `p_value`, `standardised`, `standardised_error` and `flag`: "heywood" (a
        negative variance), "negative" (the item goes against its factor), "weak" (standardised loading below
        0.4), "beyond_one" (two factors correlate by 1 or more). What is fixed has standard error 0 and no
        test; standardised intercepts have no standard error.
    factors : a row a factor: `factor`, `n_items`, `alpha`, `omega` (NaN of ordered items with a Heywood case,
        whose tendencies no answers have), `composite_reliability`, `ave` (variance extracted, of items as
        they are) and `ave_standardised`, `closest` factor, `correlation` with it, largest `htmt`, `verdict`
        ("holds", "weak", "fails") and `reasons`.
    correlations, htmt : between factors, (m, m), by name.
    fit : a row a `statistic`: "plain", and "scaled" to the errors that were asked for: `chi2`, `df`,
        `p_value`, `scale`, `cfi`, `tli`, `rmsea`, `rmsea_low`, `rmsea_high` (90 %), `srmr`, `aic`, `bic`;
        without degrees of freedom `p_value` is NaN, and `aic` and `bic` are of ordinal items, which have no
        likelihood.
    covariance : (q, q) of the free parameters, in the order of the rows that are not fixed.
    verdict : "fits", "acceptable" or "fails" for the `reasons`, "untested" without degrees of freedom.
    """

    scales: Mapping[str, tuple[str, ...]]
    n: int
    n_eff: float
    df: float
    estimator: Literal["ml", "dwls"]
    errors: Errors
    level: float
    table: pd.DataFrame
    factors: pd.DataFrame
    correlations: pd.DataFrame
    htmt: pd.DataFrame
    fit: pd.DataFrame
    covariance: Floats
    steps: int
    verdict: Verdict
    reasons: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table of parameters."""
        return self.table.copy()

    @property
    def loadings(self) -> pd.DataFrame:
        """The rows of the table that are loadings."""
        return self.table[self.table["kind"] == "loading"].reset_index(drop=True)

    def __repr__(self) -> str:
        shown = (self._shown(), rounded(self.factors.drop(columns="reasons")))
        return "\n".join([self._headline(), *(table.to_string(index=False) for table in shown)])

    def _repr_html_(self) -> str:
        shown = (self._shown(), rounded(self.factors))
        tables = "".join(table.to_html(index=False, escape=True) for table in shown)
        return f"<p>{escape(self._headline())}</p>{tables}"

    def _shown(self) -> pd.DataFrame:
        columns = ["factor", "item", "estimate", "std_error", "standardised", "standardised_error", "flag"]
        return rounded(self.loadings[columns])

    def _headline(self) -> str:
        row = self.fit.iloc[-1]
        items = sum(map(len, self.scales.values()))
        told = f"{len(self.scales)} factor{'s' * (len(self.scales) > 1)} of {items} items, n = {self.n:,}: "
        if row["df"]:
            p_value = "< 0.0001" if row["p_value"] < 0.00005 else f"= {row['p_value']:.4f}"
            told += (
                f"χ² = {row['chi2']:.2f} on {row['df']} df ({row['statistic']}), p {p_value}, "
                f"CFI = {row['cfi']:.3f}, RMSEA = {row['rmsea']:.3f} [{row['rmsea_low']:.3f}, "
                f"{row['rmsea_high']:.3f}], SRMR = {row['srmr']:.3f}: "
            )
        return f"{told}{self.verdict}{' (' + '; '.join(self.reasons) + ')' if self.reasons else ''}"


def factor_model(
    frame: Any,
    design: Design,
    scales: Mapping[str, Sequence[str]],
    *,
    ordinal: bool = False,
    scaling: Scaling = "marker",
    errors: Errors = "design",
    information: Information = "observed",
    level: float = 0.95,
    calibration: Calibration | None = None,
) -> FactorModel:
    """Whether items measure the factors they were written for, every item one of them.

    Parameters
    ----------
    scales : factor -> its items.
    ordinal : items are ordered answers to normal tendencies: polychoric correlations and diagonally weighted
        least squares, instead of numbers and maximum likelihood.
    scaling : the unit of a factor is that of its first item ("marker") or its own standard deviation
        ("variance").
    errors : "design", "robust" (persons drawn one by one, with their weights: Satorra and Bentler) or
        "normal" (the same with normal answers).
    information : "observed" makes standard errors those of the exact derivative by the weights, "expected"
        those of a model that holds (lavaan's default). Normal errors have the expected one.
    level : confidence level of the intervals.

    Raises
    ------
    UsageError
        An option is not known, or an item is in two factors.
    EstimationError
        Too few items or respondents, an item is text, constant or made of the others; the model is not
        identified or does not converge.
    DesignError
        A stratum has a single PSU and ``lonely_psu = "error"``.

    Formula      Σ = ΛΨΛ' + Θ;  F = log|Σ| + tr(SΣ⁻¹) - log|S| - k, S weighted (methods.md "Factor models")
    Source       Jöreskog (1969); Satorra & Bentler (1994); Muthén & Satorra (1995); Oberski (2014); ordinal:
                 Muthén (1984). Twins: lavaan::cfa, lavaan.survey.
    """
    _require_options(ordinal, scaling, errors, information, level)
    where = require_scales(frame, scales)
    items = [item for named in scales.values() for item in named]
    margins = calibration.items if calibration is not None else ()
    cells = compress(frame, design, keys=[*items, *margins], squares=True)
    moments = item_moments(cells, apply_calibration(calibration, cells), items, None, where=where)
    estimate = least_squares if ordinal else likelihood
    found = estimate(moments, scales, scaling, errors, observed=information == "observed", where=where)
    return _told(found, scales, errors, level)


def require_scales(frame: Any, scales: Mapping[str, Sequence[str]]) -> str:
    """Refuse scales that cannot make a factor model; returns the words that name their place."""
    if not scales:
        raise UsageError("no factor is named", where="scales", do='give {"factor": ["item", "item", "item"]}')
    owners: dict[str, str] = {}
    for factor, named in scales.items():
        where = f"factor {factor}, items {', '.join(named) or 'none'}"
        require_items(frame, named, where=where)
        for item in named:
            if item in owners:
                raise UsageError(
                    f'item "{item}" is in two factors, {owners[item]} and {factor}',
                    where=where,
                    do="name each item under the one factor it was written for",
                )
            owners[item] = factor
        if len(named) == 2 and len(scales) == 1:
            raise EstimationError(
                "two items have one correlation, which does not determine two loadings",
                where=where,
                do="give at least three items, or a second factor that this one goes with",
            )
    return f"factors {', '.join(scales)}"


def _require_options(ordinal: bool, scaling: str, errors: str, information: str, level: float) -> None:
    for name, value, allowed in (
        ("scaling", scaling, get_args(Scaling)),
        ("errors", errors, get_args(Errors)),
        ("information", information, get_args(Information)),
    ):
        if value not in allowed:
            raise UsageError(
                f'{name} = "{value}" is not known', where=name, do=f"choose one of {', '.join(allowed)}"
            )
    if ordinal and errors == "normal":
        raise UsageError(
            "ordered answers are not normal: their errors come from the design or the answers",
            where="errors",
            do='choose errors="design" or errors="robust"',
        )
    require_level(level)


def _told(found: Estimated, scales: Mapping[str, Sequence[str]], errors: Errors, level: float) -> FactorModel:
    table = found.parameters(level)
    factors = found.factors()
    factors["verdict"], factors["reasons"] = factor_verdicts.of_factors(factors, table)
    fit = found.fit()
    verdict, reasons = factor_verdicts.of_model(fit.iloc[-1], factors)
    names = list(scales)
    return FactorModel(
        scales={factor: tuple(named) for factor, named in scales.items()},
        n=found.moments.total,
        n_eff=found.moments.n_eff,
        df=found.df,
        estimator="dwls" if found.ordered is not None else "ml",
        errors=errors,
        level=level,
        table=table,
        factors=factors,
        correlations=pd.DataFrame(found.factor_correlations(), index=names, columns=names),
        htmt=pd.DataFrame(found.heterotrait(), index=names, columns=names),
        fit=fit,
        covariance=found.covariance,
        steps=found.fitted.steps,
        verdict=verdict,
        reasons=reasons,
    )
