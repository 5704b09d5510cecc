"""The weighted distribution of a domain's answers, and the twelve rules that read quantiles off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rule = Literal["math", "school", "shahvaish", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"]

# Rules that join respondents by straight lines put respondent i, of weight w_i, at the share
# (S_{i-1} + a·w_i) / (S_n + b·w_n): a and b of Hyndman & Fan (1996), types 4 to 9, where w = 1.
LINES = {
    "hf4": (1.0, 0.0),
    "hf5": (1 / 2, 0.0),
    "hf6": (1.0, 1.0),
    "hf7": (0.0, -1.0),
    "hf8": (2 / 3, 1 / 3),
    "hf9": (5 / 8, 1 / 4),
}
# Rules that ask for nothing but weights.
STEPS: tuple[Rule, ...] = ("math", "school", "hf1", "hf2", "hf3")
# Shares nearer than this are one share: sums of weights in another order differ by rounding.
SAME_SHARE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Distinct answers of a domain in order, shape (m,), with the respondents `n` and Σ w at each."""

    values: Floats
    n: Floats
    w: Floats

    def quantile(self, p: float, rule: Rule) -> float:
        """The answer that the share `p` lies at or below; the first or last one where `p` is beyond them."""
        if rule in LINES:
            return self._on_lines(p, *LINES[rule])
        reached = np.cumsum(self.w)
        if rule == "shahvaish":
            mean_weight = reached[-1] / self.n.sum()
            shares = ((reached - self.w + self.w / self.n / 2) / mean_weight + 0.5) / (self.n.sum() + 1)
            return float(self.values[max(int(np.searchsorted(shares, p + SAME_SHARE)) - 1, 0)])
        shares = reached / reached[-1]
        passed = int(np.searchsorted(shares, p + SAME_SHARE))
        above = self.values[min(passed, len(shares) - 1)]
        if passed == 0 or shares[passed - 1] < p - SAME_SHARE:
            return float(above)
        below = self.values[passed - 1]  # the share is reached exactly
        if rule in ("school", "hf2"):
            return float((below + above) / 2)
        return float(above if rule == "hf3" and passed % 2 else below)

    def _on_lines(self, p: float, a: float, b: float) -> float:
        """Straight lines between the last respondent with one answer and the first with the next."""
        if len(self.w) == 1:
            return float(self.values[0])
        each, total = self.w / self.n, self.w.sum()
        before = np.cumsum(self.w) - self.w
        ends = np.stack([before + a * each, before + self.w - (1 - a) * each], axis=1)
        shares = ends.ravel() / (total + b * each[-1])
        place = int(np.searchsorted(shares, p - SAME_SHARE))
        values = np.repeat(self.values, 2)
        if place in (0, len(shares)) or shares[place] <= p + SAME_SHARE:
            return float(values[min(place, len(shares) - 1)])
        low, high = values[place - 1], values[place]
        return float(low + (high - low) * (p - shares[place - 1]) / (shares[place] - shares[place - 1]))

    def share(self, value: float) -> float:
        """Share of the weight at or below a value; NaN where nobody answered."""
        if not len(self.w):
            return float("nan")
        reached = np.cumsum(self.w)
        passed = int(np.searchsorted(self.values, value, side="right"))
        return float(reached[passed - 1] / reached[-1]) if passed else 0.0
