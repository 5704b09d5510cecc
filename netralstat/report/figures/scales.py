"""From a number to a place on the sheet, and where the ticks stand."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_FACTORS = (1.0, 2.0, 5.0, 10.0)
_WIDEST = (
    6  # doublings on either side of 1 that an odds ratio axis shows; an interval beyond ends in an arrow
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A horizontal axis of `width` px from `left`, linear or logarithmic, with round ticks."""

    left: float
    width: float
    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def place(self, value: float) -> float:
        """The x of a value, held inside the axis."""
        held = min(max(value, self.low), self.high)
        share = self._at(held) - self._at(self.low)
        return self.left + self.width * share / (self._at(self.high) - self._at(self.low))

    def holds(self, value: float) -> bool:
        """Whether the value lies on the axis."""
        return self.low <= value <= self.high

    def _at(self, value: float) -> float:
        return math.log(value) if self.log else value


def linear(values: Iterable[float], *, left: float, width: float, most_ticks: int = 6) -> Scale:
    """An axis with round ticks over all finite values; from zero when zero is not far away."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    if 0 <= low <= 0.5 * high:
        low = 0.0
    if high - low < 1e-9:
        low, high = (0.0, max(high, 0.01)) if high >= 0 else (low - 0.01, high + 0.01)
    step = _step((high - low) / max(1, most_ticks - 1))
    low = math.floor(low / step + 1e-9) * step
    first = round(low / step)
    count = math.floor((high - low) / step + 1e-9)
    ticks = [round((first + place) * step, 12) for place in range(count + 1)]
    if ticks[-1] < high - 0.5 * step:
        ticks.append(round((first + count + 1) * step, 12))
    return Scale(left=left, width=width, low=ticks[0], high=max(ticks[-1], high), ticks=tuple(ticks))


def logarithmic(values: Iterable[float], *, left: float, width: float) -> Scale:
    """An axis of ratios around 1 whose ticks double: 0.5, 1, 2, 4; every second one when there are many."""
    finite = [value for value in values if math.isfinite(value) and value > 0]
    low, high = min([*finite, 1.0]), max([*finite, 1.0])
    first = max(-_WIDEST, min(0, math.floor(math.log2(low) + 0.35)))
    last = min(_WIDEST, max(0, math.ceil(math.log2(high) - 0.35)))
    if first == last == 0:
        first, last = -1, 1
    stride = 1 + (last - first) // 7
    ticks = tuple(2.0**power for power in range(first, last + 1) if power % stride == 0)
    ends = (max(low, 2.0**-_WIDEST), min(high, 2.0**_WIDEST))
    return Scale(
        left=left,
        width=width,
        low=min(ticks[0], ends[0]) / 1.06,
        high=max(ticks[-1], ends[1]) * 1.06,
        ticks=ticks,
        log=True,
    )


def tick_labels(scale: Scale, number: Callable[[float], str]) -> tuple[str, ...]:
    """The ticks as printed, without needless zeros.

    On a linear axis ``0,0 10,0 20,0`` becomes ``0 10 20`` and ``2,5 5,0`` stays; on a logarithmic one every
    tick is as short as it can be: ``0,5 1 2``.
    """
    printed = [number(tick) for tick in scale.ticks]
    probe = number(0.5)
    mark = next((sign for sign in ",." if sign in probe), None)
    if mark is None:
        return tuple(printed)
    short = [re.sub(rf"{re.escape(mark)}0+(?!\d)", "", words) for words in printed]
    if scale.log:
        closing = rf"({re.escape(mark)}\d*?)0+(?!\d)"
        return tuple(re.sub(closing, r"\1", words) for words in short)
    return tuple(short if not any(mark in words for words in short) else printed)


def _step(wanted: float) -> float:
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(factor * power for factor in _FACTORS if factor * power >= wanted * (1 - 1e-9))
