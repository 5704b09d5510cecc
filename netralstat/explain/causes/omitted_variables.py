"""Omitted variables: what a hidden confounder of a given strength does to a coefficient of a linear model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from netralstat.errors import UsageError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """A coefficient as it would be with the confounder in the model; arrays of one shape."""

    estimate: Floats
    std_error: Floats
    statistic: Floats
    conf_low: Floats
    conf_high: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearCoefficient:
    """A coefficient of a linear model, and what its bias by an omitted variable is measured in.

    Attributes
    ----------
    estimate, std_error : the coefficient and its (design-based) standard error.
    df : residual degrees of freedom of the model.
    scale : sd(Y⊥)/sd(D⊥), residual standard deviations of the outcome given treatment and covariates, and
        of the treatment given covariates.
    """

    estimate: float
    std_error: float
    df: float
    scale: float

    @classmethod
    def of_least_squares(cls, estimate: float, std_error: float, df: float) -> LinearCoefficient:
        """From a printed table of ordinary least squares, where sd(Y⊥)/sd(D⊥) = std_error · √df."""
        for name, value in (("std_error", std_error), ("df - 1", df - 1)):
            if not (np.isfinite(value) and value > 0):
                raise UsageError(
                    f"{name} = {value:g} is no positive number",
                    where=name,
                    do="copy estimate, standard error and residual degrees of freedom from the table",
                )
        return cls(estimate=estimate, std_error=std_error, df=df, scale=std_error * float(np.sqrt(df)))

    @property
    def partial_f(self) -> float:
        """|Cohen's f| of treatment and outcome given the covariates."""
        return abs(self.estimate) / self.scale

    @property
    def partial_r2(self) -> float:
        """Partial R² of treatment and outcome given the covariates, f²/(1 + f²)."""
        return self.partial_f**2 / (1 + self.partial_f**2)

    def robustness_value(self, q: float = 1.0, level: float | None = None) -> float:
        """Partial R² that a confounder needs with both treatment and outcome to take away the share q.

        With a `level` it is enough that the interval of that level reaches (1 - q) times the estimate.

        Formula      RV = ½(√(f⁴ + 4f²) - f²), f = q|f_D| - t √(df/(df-1)) s / scale; where f's two parts
                     multiply to more than 1, (f_q² - f_t²)/(1 + f_q²)    (methods.md "Hidden causes")
        Source       Cinelli & Hazlett (2020), section 4.2. Twin: sensemakr::robustness_value.
        """
        strength, critical = q * self.partial_f, self._critical(level)
        left = strength - critical
        if left <= 0:
            return 0.0
        if strength * critical > 1:
            return (strength**2 - critical**2) / (1 + strength**2)
        return float((np.sqrt(left**4 + 4 * left**2) - left**2) / 2)

    def bias(self, r2_treatment: ArrayLike, r2_outcome: ArrayLike) -> Floats:
        """Largest bias of a confounder with these partial R², shape of the two together.

        Formula      scale · √(R²_Y R²_D / (1 - R²_D))
        """
        of_treatment, of_outcome = strengths(r2_treatment, r2_outcome)
        return np.asarray(self.scale * np.sqrt(of_outcome * of_treatment / (1 - of_treatment)))

    def adjusted(
        self, r2_treatment: ArrayLike, r2_outcome: ArrayLike, level: float = 0.95, *, reduce: bool = True
    ) -> Adjusted:
        """The coefficient had the confounder been in the model.

        Parameters
        ----------
        r2_treatment : partial R² of the confounder with the treatment, given the covariates, in [0, 1).
        r2_outcome : with the outcome, given treatment and covariates, in [0, 1].
        reduce : the bias is away from zero (the confounder takes from the estimate); else it adds.

        Of one degree of freedom none is left beside the confounder: the interval is infinite.

        Formula      b - sign(b)·bias;  s √((1 - R²_Y)/(1 - R²_D) · df/(df-1));  interval t on df
        Source       Cinelli & Hazlett (2020), section 3. Twins: sensemakr::adjusted_estimate, adjusted_se.
        """
        of_treatment, of_outcome = strengths(r2_treatment, r2_outcome)
        bias = self.bias(of_treatment, of_outcome)
        sign = 1.0 if self.estimate >= 0 else -1.0
        estimate = self.estimate - sign * bias if reduce else self.estimate + sign * bias
        lost = self.df / (self.df - 1) if self.df > 1 else np.inf
        with np.errstate(invalid="ignore"):  # of no degree of freedom and no residual
            std_error = self.std_error * np.sqrt((1 - of_outcome) / (1 - of_treatment) * lost)
        reach = -special.stdtrit(self.df, (1 - level) / 2) * std_error
        with np.errstate(divide="ignore", invalid="ignore"):  # all of the outcome explained: no error left
            statistic = np.where(std_error > 0, estimate / std_error, np.sign(estimate) * np.inf)
        return Adjusted(
            estimate=np.asarray(estimate),
            std_error=np.asarray(std_error),
            statistic=np.where(estimate == 0, 0.0, statistic),
            conf_low=np.asarray(estimate - reach),
            conf_high=np.asarray(estimate + reach),
        )

    def _critical(self, level: float | None) -> float:
        """What the interval takes from f: t on df - 1 times the adjusted standard error over the scale."""
        if level is None:
            return 0.0
        if self.df <= 1:
            return float("inf")
        left = self.df - 1
        quantile = -special.stdtrit(left, (1 - level) / 2)
        return float(quantile * np.sqrt(self.df / left) * self.std_error / self.scale)


def strengths(r2_treatment: ArrayLike, r2_outcome: ArrayLike) -> tuple[Floats, Floats]:
    """The two partial R² as arrays of one shape; a UsageError where one is no share."""
    of_treatment, of_outcome = np.broadcast_arrays(
        np.asarray(r2_treatment, dtype=float), np.asarray(r2_outcome, dtype=float)
    )
    if not ((of_treatment >= 0) & (of_treatment < 1)).all():
        raise UsageError(
            "a partial R² with the treatment is outside [0, 1)",
            where="r2_treatment",
            do="give shares of variance; at 1 the confounder would be the treatment",
        )
    if not ((of_outcome >= 0) & (of_outcome <= 1)).all():
        raise UsageError(
            "a partial R² with the outcome is outside [0, 1]",
            where="r2_outcome",
            do="give shares of variance",
        )
    return of_treatment, of_outcome
