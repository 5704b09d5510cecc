"""How far calibrated weights are from design weights: the distance functions of calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from netralstat.errors import CalibrationError, UsageError, did_you_mean

Floats = NDArray[np.float64]
Method = Literal["raking", "linear", "logit", "poststratification"]
Bounds = tuple[float, float]

# exp(±700) is near the ends of what a double holds.
STEEPEST = 700.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """The ratio g of calibrated to design weight as a function of a = x'λ; arrays of shape (m,).

    Formula      raking g = eᵃ, linear g = 1 + a, both cut at `low` and `high`; logit
                 g = L + (U - L) expit(A·a + log((1 - L)/(U - 1))), A = (U - L)/((1 - L)(U - 1)).
    Source       Deville & Särndal (1992), cases 1, 2, 6, 7. Twin: survey::cal.raking, cal.linear, cal.logit.
    """

    method: Method
    low: float = -math.inf
    high: float = math.inf

    @property
    def bounded(self) -> bool:
        """Whether the bounds can bind."""
        return self.high < math.inf or self.low > (-math.inf if self.method == "linear" else 0.0)

    @property
    def unbounded(self) -> Distance:
        """The same distance without bounds; raking for the logit, which has none."""
        return Distance(method="linear" if self.method == "linear" else "raking")

    def g(self, a: Floats) -> Floats:
        """Ratio of calibrated to design weight."""
        if self.method == "logit":
            return self.low + (self.high - self.low) * self._share(a)
        return np.clip(self._free(a), self.low, self.high)

    def slope(self, a: Floats) -> Floats:
        """Derivative of g, 0 where a bound binds."""
        if self.method == "logit":
            p = self._share(a)
            return (self.high - self.low) * self._steepness * p * (1 - p)
        free = self._free(a)
        inside = (free > self.low) & (free < self.high)
        return np.where(inside, 1.0 if self.method == "linear" else free, 0.0)

    def integral(self, a: Floats) -> Floats:
        """Antiderivative of g: the convex function whose weighted sum the multipliers minimise."""
        if self.method == "logit":
            bent = np.logaddexp(0.0, self._steepness * a + self._shift)
            return self.low * a + (self.high - self.low) / self._steepness * bent
        g = self.g(a)
        if self.method == "linear":
            return g**2 / 2 + g * (1 + a - g)
        with np.errstate(divide="ignore", invalid="ignore"):  # g = 0 is the bound, reached at a = -inf
            return np.where(g > 0, g + g * (a - np.log(g)), 0.0)

    def _free(self, a: Floats) -> Floats:
        return 1.0 + a if self.method == "linear" else np.exp(np.clip(a, -STEEPEST, STEEPEST))

    def _share(self, a: Floats) -> Floats:
        return 1 / (1 + np.exp(np.clip(-(self._steepness * a + self._shift), -STEEPEST, STEEPEST)))

    @property
    def _steepness(self) -> float:
        return (self.high - self.low) / ((1 - self.low) * (self.high - 1))

    @property
    def _shift(self) -> float:
        return math.log((1 - self.low) / (self.high - 1))


def choose_distance(method: Method, bounds: Bounds | None) -> Distance:
    """The distance of a method, its bounds checked.

    Raises
    ------
    UsageError
        The method is not known, the bounds are not two numbers around 1, or it has none where it needs
        them (logit) or has them where it cannot (poststratification).
    """
    if method not in get_args(Method):
        raise UsageError(
            f'method = "{method}" is not known',
            where="method",
            do=f"choose one of {', '.join(get_args(Method))}.{did_you_mean(method, get_args(Method))}",
        )
    if bounds is None:
        if method == "logit":
            raise UsageError(
                'method = "logit" needs bounds',
                where="bounds",
                do="give the smallest and largest ratio of calibrated to design weight, such as (0.3, 3)",
            )
        return Distance(method=method)
    if method == "poststratification":
        raise CalibrationError(
            "poststratification leaves the weights no choice, so they cannot be bounded",
            where="bounds",
            do='leave bounds out, or use method="logit" with margins that are not crossed',
        )
    low, high = _pair(bounds)
    if not low < 1 < high:
        raise UsageError(
            f"bounds = ({low:g}, {high:g}) do not enclose 1, the weight that is not moved",
            where="bounds",
            do="give the smallest and largest ratio of calibrated to design weight, such as (0.3, 3)",
        )
    if method == "logit" and not (math.isfinite(low) and math.isfinite(high)):
        raise UsageError(
            f"bounds = ({low:g}, {high:g}) are not finite",
            where="bounds",
            do='give two numbers, or use method="raking"',
        )
    return Distance(method=method, low=low, high=high)


def _pair(bounds: Bounds) -> Bounds:
    try:
        low, high = (float(bound) for bound in bounds)
    except (TypeError, ValueError) as problem:
        raise UsageError(
            "bounds are not two numbers", where="bounds", do="give a pair such as (0.3, 3)"
        ) from problem
    return low, high
