"""The distinct values of a column in order of appearance, and for each row the place of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NARROW = 2**16
_EXACT = 2**52


def distinct_values(cells: Iterable[Any]) -> tuple[list[Any], NDArray[np.int32]]:
    """Distinct values of any sort, and the place of each cell's value among them."""
    index: dict[Any, int] = {}
    places = [index.setdefault(cell, len(index)) for cell in cells]
    return list(index), np.array(places, dtype=np.int32)


def distinct_numbers(values: NDArray[np.float64]) -> tuple[list[Any], NDArray[Any]]:
    """As `distinct_values`, for float64; NaN is None.

    By counting where the numbers are whole and near each other, which codes are, and by sorting elsewhere.
    """
    absent = np.isnan(values)
    known = values[~absent]
    low = float(known.min()) if len(known) else 0.0
    span = float(known.max()) - low if len(known) else 0.0
    if span < _NARROW and low == low // 1 and abs(low) < _EXACT and (known == np.floor(known)).all():
        slots = np.where(absent, 0, values - low + 1).astype(np.int64)
        first = np.full(int(span) + 2, len(values))
        first[slots[::-1]] = np.arange(len(values))[::-1]
        order = np.argsort(first, kind="stable")[: int((first < len(values)).sum())]
        rank = np.zeros(len(first), dtype=np.int32)
        rank[order] = np.arange(len(order))
        return [low + slot - 1 if slot else None for slot in order.tolist()], rank[slots]
    found, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order))
    return [None if value != value else value for value in found[order].tolist()], rank[inverse]
