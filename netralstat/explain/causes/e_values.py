"""E-values: how strongly a hidden cause must go with treatment and outcome to explain an association away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.estimates import rounded

Floats = NDArray[np.float64]
Measure = Literal["risk_ratio", "prevalence_ratio", "odds_ratio", "standardised_difference"]
Conversion = Literal["none", "rare_outcome", "square_root", "standardised", "risks"]

# An outcome this frequent is common: its odds ratio is then nearer to the square of the risk ratio.
COMMON = 0.15
# log RR ≈ 0.91 d of a standardised difference d: Chinn (2000), by way of the odds ratio of a median split.
PER_STANDARD_DEVIATION = 0.91
# A covariance may be this far from symmetric, relative to its largest entry.
ROUNDING = 1e-9

TOLD: dict[str, str] = {
    "none": "taken as a risk ratio",
    "rare_outcome": f"odds ratio taken as a risk ratio, for the outcome is rarer than {COMMON:.0%}",
    "square_root": f"square root of the odds ratio, for {COMMON:.0%} or more have the outcome",
    "standardised": f"risk ratio approximated by exp({PER_STANDARD_DEVIATION} d)",
    "risks": "risk ratio of the two risks",
}
"""What was done to the measure, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EValue:
    """An E-value for an estimate and for the limit of its interval that is nearest to the null.

    Attributes
    ----------
    point : smallest risk ratio that a hidden cause must have with the treatment *and* with the outcome,
        beyond the covariates, to explain the estimate away.
    limit : the same for the interval: 1 where it holds the null; None where no interval was given.
    measure, conversion : what was given, and how it became a risk ratio (`TOLD` has it in words).
    risk_ratio, risk_ratio_low, risk_ratio_high : the estimate and its limits as risk ratios.
    """

    point: float
    limit: float | None
    measure: str
    conversion: Conversion
    risk_ratio: float
    risk_ratio_low: float | None
    risk_ratio_high: float | None

    def to_frame(self) -> pd.DataFrame:
        """One row: `measure`, `conversion`, `risk_ratio` and its limits, `e_value`, `e_value_limit`."""
        row: dict[str, Any] = {
            "measure": self.measure,
            "conversion": self.conversion,
            "risk_ratio": self.risk_ratio,
            "conf_low": self.risk_ratio_low,
            "conf_high": self.risk_ratio_high,
            "e_value": self.point,
            "e_value_limit": self.limit,
        }
        numbers = [name for name in row if name not in ("measure", "conversion")]
        return pd.DataFrame([row]).astype(dict.fromkeys(numbers, float))

    def __repr__(self) -> str:
        return f"{self._headline()}\n{rounded(self.to_frame()).to_string(index=False)}"

    def _repr_html_(self) -> str:
        table = rounded(self.to_frame()).to_html(index=False, escape=True)
        return f"<p>{escape(self._headline())}</p>{table}"

    def _headline(self) -> str:
        limit = "" if self.limit is None else f" (for the interval {self.limit:.2f})"
        return (
            f"association with E-value {self.point:.2f}{limit}: a hidden cause with risk ratios of that size "
            f"with both treatment and outcome could explain it away; {TOLD[self.conversion]}"
        )


def e_value(
    estimate: float,
    conf_low: float | None = None,
    conf_high: float | None = None,
    *,
    measure: Measure = "risk_ratio",
    prevalence: float | None = None,
    null: float | None = None,
) -> EValue:
    """How strong a hidden cause must be to explain a ratio or a standardised difference away.

    Parameters
    ----------
    estimate, conf_low, conf_high : on the scale of the measure; both limits or neither.
    measure : "risk_ratio", "prevalence_ratio", "odds_ratio", or "standardised_difference" (a difference of
        means over the standard deviation of the outcome given treatment and covariates).
    prevalence : share with the outcome, in [0, 1]; for "odds_ratio", whose square root is the risk ratio
        where it is 0.15 or more.
    null : what to explain the estimate away to, on the scale of the measure; 1 (a difference: 0) if None.

    Returns
    -------
    EValue

    Raises
    ------
    UsageError
        A ratio that is not positive, one limit alone, limits that do not hold the estimate, an unknown
        measure, an odds ratio without its prevalence.

    Formula      E = RR + √(RR(RR - 1)), 1/RR in the place of RR below 1    (methods.md "Hidden causes")
    Source       VanderWeele & Ding (2017). Twins: EValue::evalues.RR, evalues.OR, evalues.MD.

    Examples
    --------
    >>> round(e_value(2.3, 1.4, 3.8).point, 2)
    4.03
    """
    _require_measure(measure, prevalence)
    default = 0.0 if measure == "standardised_difference" else 1.0
    reference = default if null is None else float(null)
    _require_values(measure, estimate, conf_low, conf_high, reference)
    conversion = _conversion(measure, prevalence)

    def as_ratio(value: float) -> float:
        if conversion == "standardised":
            with np.errstate(over="ignore"):  # a limit so far off has an infinite ratio
                return float(np.exp(PER_STANDARD_DEVIATION * value))
        return float(np.sqrt(value) if conversion == "square_root" else value)

    base = as_ratio(reference)
    ratio = as_ratio(estimate)
    if conf_low is None or conf_high is None:
        return EValue(
            point=smallest_ratio(ratio / base),
            limit=None,
            measure=measure,
            conversion=conversion,
            risk_ratio=ratio,
            risk_ratio_low=None,
            risk_ratio_high=None,
        )
    low, high = as_ratio(conf_low), as_ratio(conf_high)
    return EValue(
        point=smallest_ratio(ratio / base),
        limit=of_interval(low / base, high / base),
        measure=measure,
        conversion=conversion,
        risk_ratio=ratio,
        risk_ratio_low=low,
        risk_ratio_high=high,
    )


def smallest_ratio(risk_ratio: float) -> float:
    """The E-value of a risk ratio: RR + √(RR(RR - 1)) of it or, below 1, of its inverse."""
    if risk_ratio <= 0:
        return float("inf")
    ratio = max(risk_ratio, 1 / risk_ratio)
    return float(ratio + np.sqrt(ratio) * np.sqrt(ratio - 1))


def of_interval(low: float, high: float) -> float:
    """The E-value of the limit nearest to 1; 1 where the interval holds it."""
    if low <= 1 <= high:
        return 1.0
    return smallest_ratio(low if low > 1 else high)


def e_value_of_difference(
    treated: float,
    control: float,
    share: float,
    covariance: ArrayLike,
    *,
    df: float = np.inf,
    level: float = 0.95,
) -> EValue:
    """How strong a hidden cause must be to explain a difference of two risks away.

    Parameters
    ----------
    treated, control : share with the outcome in either group, in [0, 1].
    share : of the population, who are treated, in (0, 1).
    covariance : design covariance of (treated, control), shape (2, 2), the share then held; or of all
        three, shape (3, 3).
    df : degrees of freedom of the interval; infinitely many: normal. level : its confidence level.

    Returns
    -------
    EValue
        Of the risk ratio, and of the bias at which the interval of the standardised risk difference
        reaches 0; its limits of the risk ratio are None.

    Raises
    ------
    UsageError
        A share outside its range, a covariance of another shape.
    EstimationError
        One group has nobody with the outcome, so that no finite bias explains the difference away.

    Formula      RD(B) = (p₁ - p₀B)(f + (1-f)/B) = 0 for the estimate; RD(B) = t s(B) for the limit, with
                 s²(B) = g'Vg of its gradient g    (methods.md "Hidden causes")
    Source       Ding & VanderWeele (2016). Twin: EValue::evalues.RD.
    """
    v = _risk_covariance(covariance)
    _require_risks(treated, control, share, df, level)
    p = np.array([treated, control, share], dtype=float)
    if treated < control:  # the groups change places: the one with more is held against the other
        turn = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, -1]])
        p, v = turn @ p + np.array([0.0, 0, 1]), turn @ v @ turn.T
    if p[1] <= 0 < p[0]:
        raise EstimationError(
            "one of the two groups has nobody with the outcome, and no finite bias makes the other like it",
            where="control" if control <= 0 else "treated",
            do="report the difference with its interval, without an E-value",
        )
    ratio = float(p[0] / p[1]) if p[1] > 0 else 1.0
    quantile = float(
        -special.ndtri((1 - level) / 2) if np.isinf(df) else -special.stdtrit(df, (1 - level) / 2)
    )

    def lower(bias: float) -> float:
        between, spread = p[0] - p[1] * bias, p[2] + (1 - p[2]) / bias
        gradient = np.array([spread, -bias * spread, between * (1 - 1 / bias)])
        return float(between * spread - quantile * np.sqrt(max(gradient @ v @ gradient, 0.0)))

    limit = 1.0
    if lower(1.0) > 0:
        from scipy import optimize  # two tenths of a second to import

        limit = smallest_ratio(optimize.brentq(lower, 1.0, ratio, xtol=1e-13) if lower(ratio) < 0 else ratio)
    return EValue(
        point=smallest_ratio(ratio),
        limit=limit,
        measure="risk_difference",
        conversion="risks",
        risk_ratio=ratio if treated >= control else 1 / ratio,
        risk_ratio_low=None,
        risk_ratio_high=None,
    )


def _conversion(measure: Measure, prevalence: float | None) -> Conversion:
    if measure == "standardised_difference":
        return "standardised"
    if prevalence is None:
        return "none"
    return "square_root" if prevalence >= COMMON else "rare_outcome"


def _require_measure(measure: str, prevalence: float | None) -> None:
    if measure not in get_args(Measure):
        allowed = get_args(Measure)
        raise UsageError(
            f'measure = "{measure}" is not known',
            where="measure",
            do=f"choose one of {', '.join(allowed)}.{did_you_mean(measure, allowed)}",
        )
    if (measure == "odds_ratio") != (prevalence is not None):
        raise UsageError(
            "an odds ratio is nearer to a risk ratio the rarer the outcome is, and its prevalence is not told"
            if prevalence is None
            else f'measure = "{measure}" has no use for the prevalence of the outcome',
            where="prevalence",
            do='give the share with the outcome with measure = "odds_ratio", and with no other',
        )
    if prevalence is not None and not 0 <= prevalence <= 1:
        raise UsageError(
            f"prevalence = {prevalence:g} is outside [0, 1]",
            where="prevalence",
            do="give a share such as 0.2, not a percentage",
        )


def _require_values(
    measure: str, estimate: float, low: float | None, high: float | None, null: float
) -> None:
    if (low is None) != (high is None):
        raise UsageError(
            "one limit of the interval is given and the other is not",
            where="conf_low" if low is None else "conf_high",
            do="give both limits, or neither",
        )
    if measure == "standardised_difference":
        finite = bool(np.isfinite([estimate, null]).all())
    else:
        finite = bool(np.isfinite([estimate, null]).all()) and min(estimate, null) > 0
    if not finite:
        kind = "finite number" if measure == "standardised_difference" else "positive number"
        raise UsageError(
            f"the estimate {estimate:g} or the null {null:g} is no {kind}",
            where="estimate",
            do="give a ratio as such (an odds ratio, not its logarithm), a difference in standard deviations",
        )
    if low is None or high is None:
        return
    floor = -np.inf if measure == "standardised_difference" else 0.0
    if not floor <= low <= estimate <= high:
        raise UsageError(
            f"the interval {low:g} to {high:g} does not hold the estimate {estimate:g}",
            where="conf_low, conf_high",
            do="give the limits on the scale of the estimate, the lower one first",
        )


def _risk_covariance(covariance: ArrayLike) -> Floats:
    given = np.asarray(covariance, dtype=float)
    if given.shape not in ((2, 2), (3, 3)):
        raise UsageError(
            f"the covariance has the shape {given.shape}",
            where="covariance",
            do="give that of the two risks, (2, 2), or of the two and the share treated, (3, 3)",
        )
    if not np.isfinite(given).all() or np.abs(given - given.T).max() > ROUNDING * np.abs(given).max():
        raise UsageError(
            "the covariance is not symmetric, or not finite",
            where="covariance",
            do="give the covariance of the estimates, such as that of prevalence(…, by=…)",
        )
    v = np.zeros((3, 3))
    v[: len(given), : len(given)] = given
    return v


def _require_risks(treated: float, control: float, share: float, df: float, level: float) -> None:
    pairs: Sequence[tuple[str, float, bool]] = (
        ("treated", treated, 0 <= treated <= 1),
        ("control", control, 0 <= control <= 1),
        ("share", share, 0 < share < 1),
        ("level", level, 0 < level < 1),
        ("df", df, df > 0),
    )
    for name, value, fits in pairs:
        if not fits:
            raise UsageError(
                f"{name} = {value:g} is outside its range",
                where=name,
                do="give shares in [0, 1], not percentages; df above 0; a level such as 0.95",
            )
