"""Numbers that stand for the reasons why an answer is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.collect.values import REASONS
from netralstat.errors import ResponseError

STATA_TAGS = dict(zip((reason for reason in REASONS if reason), "abcde", strict=True))
"""The extended missing value of Stata for each reason: .a refused to .e no_answer."""

_HIGHEST = tuple(10**digits - 1 for digits in range(2, 10))


def number_codes(numbers: Iterable[NDArray[np.float64]], texts: Iterable[NDArray[Any]]) -> dict[str, int]:
    """Return the code of each reason: -99 refused, -98 dont_know, … -95 no_answer.

    Where an answer in the file is one of these numbers, all five get another 9 in front (-999 to -995).

    Parameters
    ----------
    numbers : iterable of arrays of float
        All numbers of the file.
    texts : iterable of arrays of str
        All texts of the file, for codes stand among them too.

    Raises
    ------
    ResponseError
        The answers hold numbers of every such range.
    """
    low = -float(_HIGHEST[-1])
    taken: set[float] = set()
    for values in numbers:
        near = values[(values >= low) & (values < 0)]
        taken.update(np.unique(near).tolist())
    words = {text for values in texts for text in values.tolist() if text[:2] == "-9"}
    reasons = [reason for reason in REASONS if reason]
    for highest in _HIGHEST:
        codes = {reason: place - highest for place, reason in enumerate(reasons)}
        first, last = -highest, -highest + len(reasons) - 1
        if not any(first <= value <= last for value in taken) and words.isdisjoint(map(str, codes.values())):
            return codes
    raise ResponseError(
        f"the answers hold numbers of every range from -99 to {-_HIGHEST[-1]:,}: no missing code is free.",
        do="write Parquet or Stata, which keep the reasons beside the numbers",
    )
