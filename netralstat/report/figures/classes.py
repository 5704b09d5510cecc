"""Five classes with round limits for a map."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence

N_CLASSES = 5
_FINEST = 4  # decimals of a proportion that are ever printed
_NARROWEST = 0.005  # half a percentage point: narrower classes would colour noise


def printed_digits(percent: Callable[[float], str]) -> int:
    """Decimals of a proportion that survive printing: 2 for whole percent, 3 for one decimal."""
    probe = 0.123456
    return next((n for n in range(_FINEST) if percent(probe) == percent(round(probe, n))), _FINEST)


def round_limits(values: Sequence[float], percent: Callable[[float], str]) -> tuple[float, ...]:
    """Four limits between five classes: round, equally wide, different in print, filling the classes evenly.

    Parameters
    ----------
    values : sequence of float
        At least one finite value.
    percent : callable
        How the limits will be printed.

    Formula
    -------
    Of all rows of four multiples of 1, 2 or 5 times a power of ten, the one with the largest entropy of the
    class counts; of equals, the one whose middle lies nearest the middle of the values.
    """
    lowest, highest = min(values), max(values)
    middle = (lowest + highest) / 2
    best: tuple[float, float, tuple[float, ...]] | None = None
    for step in _steps(highest - lowest, printed_digits(percent)):
        first = max(1 if lowest >= 0 else -math.inf, math.floor(lowest / step) - N_CLASSES)
        for start in range(int(first), math.ceil(highest / step) + 1):
            limits = tuple(round((start + place) * step, 10) for place in range(N_CLASSES - 1))
            score = (_entropy(values, limits), -abs(sum(limits) / len(limits) - middle))
            if best is None or score > best[:2]:
                best = (*score, limits)
    if best is None:
        raise AssertionError("the coarsest step always has a row of limits")
    return best[2]


def class_of(value: float, limits: Sequence[float], digits: int) -> int:
    """The class, from 0, of a value as printed: a printed 15 is never in the class below 15."""
    return bisect_right(limits, round(value, digits) + 1e-12)


def _steps(spread: float, digits: int) -> list[float]:
    finest = max(10.0**-digits, _NARROWEST)
    wanted = max(spread / N_CLASSES, finest)
    power = 10.0 ** math.floor(math.log10(wanted))
    found = [round(factor * power, 10) for factor in (0.5, 1, 2, 5, 10)]
    return [step for step in found if step >= finest - 1e-12]


def _entropy(values: Sequence[float], limits: Sequence[float]) -> float:
    counts = [0] * N_CLASSES
    for value in values:
        counts[bisect_right(limits, value + 1e-12)] += 1
    return round(-sum(n / len(values) * math.log(n / len(values)) for n in counts if n), 9)
