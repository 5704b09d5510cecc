"""Scales: how reliably several items measure one thing, under the sampling weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.design.calibration.calibration import Calibration, apply_calibration
from netralstat.design.cells import compress
from netralstat.design.design import Design
from netralstat.errors import EstimationError
from netralstat.estimate.estimates import rounded
from netralstat.explain.regression import require_level
from netralstat.explain.scales.internal_consistency import (
    alpha,
    alpha_if_dropped,
    guttman,
    item_rest,
    item_whole,
    omega,
)
from netralstat.explain.scales.item_answers import ItemAnswers, item_answers, require_varied
from netralstat.explain.scales.one_factor import minres, require_items
from netralstat.frames import require_columns

Floats = NDArray[np.float64]
Verdict = Literal["reliable", "fails"]

# Alpha that research at an early stage should reach: Nunnally (1978), p. 245.
ACCEPTABLE_ALPHA = 0.7
# Item-rest correlation below which an item adds little: Nunnally & Bernstein (1994), p. 304.
WEAK_ITEM = 0.3
# Share of the variance that the first component of one scale should hold: Carmines & Zeller (1979), p. 60.
ONE_FACTOR_SHARE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reliability:
    """How consistent k items are over the n respondents who answered all; `covariance` (k × k) is weighted.

    Attributes
    ----------
    alpha : Cronbach's alpha of the items as they are, which is the reliability of their sum or mean.
    omega : McDonald's omega total of one minres factor of the standardised items; None of two items, which
        do not determine a factor.
    coefficients : a row each of alpha and omega: `coefficient`, `estimate`, `std_error`, `conf_low`,
        `conf_high`, `df`; by linearisation, or from each replicate's covariance if the survey has
        replicates.
    table : a row an item: `item`, `mean`, `std_dev`, `item_rest` (correlation with the sum of the others),
        `item_whole` (the same corrected for the item's own error), `alpha_if_dropped` (NaN of two items),
        `loading` (NaN of two items) and `flag`: "negative" (correlates negatively with the others: turn it
        round or leave it out), "weak" (below 0.3), "alpha_rises" (alpha is higher without it), or "".
    lambdas : Guttman's bounds of standardised items; `lambda_3` is the standardised alpha, `lambda_6` G6.
    mean_correlation, median_correlation : between items.
    first_share : of the variance of standardised items, that of their first principal component.
    verdict : "reliable", or "fails" for the `reasons`: alpha below 0.7, an item with a negative item-rest
        correlation, a first component with less than 0.4 of the variance.
    """

    alpha: float
    n: int
    items: tuple[str, ...]
    covariance: Floats
    omega: float | None
    coefficients: pd.DataFrame
    table: pd.DataFrame
    lambdas: Mapping[str, float]
    mean_correlation: float
    median_correlation: float
    first_share: float
    verdict: Verdict
    reasons: tuple[str, ...]
    level: float

    def to_frame(self) -> pd.DataFrame:
        """The table of items."""
        return self.table.copy()

    def __repr__(self) -> str:
        return "\n".join([self._headline(), rounded(self.table).to_string(index=False)])

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._headline())}</p>{rounded(self.table).to_html(index=False, escape=True)}"

    def _headline(self) -> str:
        told = ", ".join(
            f"{row.coefficient} = {row.estimate:.3f} [{row.conf_low:.3f}, {row.conf_high:.3f}]"
            for row in self.coefficients.itertuples()
        )
        reasons = f" ({'; '.join(self.reasons)})" if self.reasons else ""
        return f"{len(self.items)} items, n = {self.n:,}: {told}: {self.verdict}{reasons}"


def reliability(
    frame: Any,
    design: Design,
    scales: Mapping[str, Sequence[str]],
    *,
    level: float = 0.95,
    calibration: Calibration | None = None,
) -> dict[str, Reliability]:
    """How consistent each scale is, from the weighted covariance of items that all point the same way.

    Parameters
    ----------
    scales : a name -> its items; rows become cells once for all scales.
    level : confidence level of the intervals.

    Raises
    ------
    EstimationError
        A scale has fewer than two items, text, a constant item, or items whose sum does not vary.
    DesignError
        A stratum has a single PSU and ``lonely_psu = "error"``.

    Formula      α = k/(k-1) · (1 - Σ_j s_jj / Σ_jl s_jl),  s weighted (co)variances; intervals on log(1 - α)
                 (methods.md "Reliability")
    Source       Cronbach (1951); McDonald (1999); Bonett (2002). Twins: survey::svycralpha, psych::alpha,
                 psych::omega; unweighted: pingouin.cronbach_alpha.
    """
    require_level(level)
    items = [item for named in scales.values() for item in named]
    require_columns(frame, items, where="scale items")
    places = {name: f"scale {name}, items {', '.join(named) or 'none'}" for name, named in scales.items()}
    for name, named in scales.items():
        require_items(frame, named, where=places[name])
    margins = calibration.items if calibration is not None else ()
    cells = compress(frame, design, keys=[*items, *margins])
    calibrated = apply_calibration(calibration, cells)
    return {
        name: _reliability(item_answers(cells, calibrated, named, where=places[name]), level, places[name])
        for name, named in scales.items()
    }


def _reliability(answers: ItemAnswers, level: float, where: str) -> Reliability:
    s = answers.covariance
    size = float(np.average(np.sum(answers.x**2, axis=1), weights=answers.w * answers.complete))
    if s.sum() <= 1e-12 * (size + float(answers.mean @ answers.mean)):
        raise EstimationError(
            "the items of the scale, or their sum, do not vary",
            where=where,
            do="leave out constant items, and turn reversed items before they are added up",
        )
    require_varied(answers, where=where)
    r, k = answers.correlation, len(answers.items)
    if r.sum() <= 1e-12 * k:
        raise EstimationError(
            "the standardised items of the scale add up to a constant",
            where=where,
            do="turn reversed items before they are added up",
        )
    between = r[np.triu_indices(k, 1)]
    share = float(np.linalg.eigvalsh(r)[-1] / k)
    coefficients = _coefficients(answers, level)
    own = float(coefficients["estimate"][0])
    table = _of_items(answers, own)
    reasons = _reasons(own, table, share)
    return Reliability(
        alpha=own,
        n=answers.n,
        items=answers.items,
        covariance=s,
        omega=float(coefficients["estimate"][1]) if k > 2 else None,
        coefficients=coefficients,
        table=table,
        lambdas=guttman(r),
        mean_correlation=float(between.mean()),
        median_correlation=float(np.median(between)),
        first_share=share,
        verdict="fails" if reasons else "reliable",
        reasons=reasons,
        level=level,
    )


def _coefficients(answers: ItemAnswers, level: float) -> pd.DataFrame:
    """Alpha and omega with intervals on log(1 - ·), where their distribution is nearer to symmetric."""
    named = {"alpha": alpha, **({"omega": omega} if len(answers.items) > 2 else {})}
    statistics = tuple(named.values())

    def every(s: Floats) -> Floats:
        return np.column_stack([statistic(s) for statistic in statistics])

    estimate = every(answers.s[None])[0]
    std_error, df = answers.variance(every)
    reach = -special.stdtrit(df, (1 - level) / 2) if df > 0 else np.inf
    left = np.maximum(1 - estimate, np.finfo(float).eps)
    with np.errstate(over="ignore", invalid="ignore"):  # no degree of freedom: anything up to 1
        factor = np.exp(np.where(std_error > 0, reach * std_error / left, 0.0))
    return pd.DataFrame(
        {
            "coefficient": list(named),
            "estimate": estimate,
            "std_error": std_error,
            "conf_low": 1 - left * factor,
            "conf_high": 1 - left / factor,
            "df": float(df),
        }
    )


def _of_items(answers: ItemAnswers, of_all: float) -> pd.DataFrame:
    s, r, k = answers.covariance, answers.correlation, len(answers.items)
    rest = item_rest(s)
    dropped = alpha_if_dropped(s) if k > 2 else np.full(k, np.nan)
    flags = np.select(
        [rest < 0, rest < WEAK_ITEM, dropped > of_all], ["negative", "weak", "alpha_rises"], default=""
    )
    return pd.DataFrame(
        {
            "item": list(answers.items),
            "mean": answers.mean,
            "std_dev": np.sqrt(np.diag(s)),
            "item_rest": rest,
            "item_whole": item_whole(r),
            "alpha_if_dropped": dropped,
            "loading": minres(r[None])[0] if k > 2 else np.full(k, np.nan),
            "flag": flags.tolist(),
        }
    )


def _reasons(of_all: float, table: pd.DataFrame, share: float) -> tuple[str, ...]:
    """Why the scale fails; nothing where it does not."""
    reasons = []
    if of_all < ACCEPTABLE_ALPHA:
        reasons.append(f"alpha {of_all:.3f} is below {ACCEPTABLE_ALPHA}")
    negative = table.loc[table["flag"] == "negative", "item"].tolist()
    if negative:
        reasons.append(f"{', '.join(negative)} goes against the others")
    if share < ONE_FACTOR_SHARE:
        reasons.append(f"the first component holds {share:.3f} of the variance, below {ONE_FACTOR_SHARE}")
    return tuple(reasons)
