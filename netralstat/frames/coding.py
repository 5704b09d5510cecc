"""Values become codes: the position of each value among the levels of its column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
Codes = NDArray[np.int64]
Small = NDArray[np.signedinteger[Any]]

# Integers within such a range are coded by a table of what is present, others by hashing.
DENSE_RANGE = 1 << 20
# Beyond it an integer is no int64.
LARGEST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Codes of a column: position of each value in `levels`, -1 where it is missing."""

    codes: Codes
    levels: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A column as codes of the smallest integer type that holds them; -1 is a missing value.

    Every level of a column is there, unless its levels are `declared`.
    """

    codes: Small
    levels: tuple[Any, ...]
    declared: bool

    @property
    def has_missing(self) -> bool:
        """Whether a value is missing."""
        return bool(len(self.codes)) and int(self.codes.min()) < 0

    def place(self, level: Any) -> int | None:
        """Place of a level; None where nobody has it."""
        return self.levels.index(level) if level in self.levels else None


def encode(values: Column, levels: Sequence[Any] | None = None) -> tuple[Codes, list[Any]]:
    """Codes into `levels` (sorted values when None); -1 for null, NaN or a value outside `levels`."""
    import pandas as pd

    series = pd.Series(values, dtype=object)
    if levels is None:
        codes, uniques = pd.factorize(series, use_na_sentinel=True)
        return in_order(codes, list(uniques))
    index = pd.Index(levels, dtype=object)
    return index.get_indexer(pd.Index(series)).astype(np.int64), list(levels)


def in_order(codes: NDArray[Any], levels: Sequence[Any]) -> tuple[Codes, list[Any]]:
    """Codes and levels once the levels are sorted: numbers by size, then everything else as text."""
    order = sorted(range(len(levels)), key=lambda i: _sort_key(levels[i]))
    rank = np.empty(len(order) + 1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    rank[-1] = -1
    return rank[codes], [_plain(levels[i]) for i in order]


def code_integers(values: NDArray[Any], names: Sequence[Any] | None = None) -> tuple[NDArray[Any], list[Any]]:
    """Codes of integers without a missing one; `names` are what the integers stand for."""
    import pandas as pd

    if not len(values):
        return np.zeros(0, dtype=np.int64), []
    low, high = int(values.min()), int(values.max())
    size = high - low + 1
    if high > LARGEST or size > max(DENSE_RANGE, 2 * len(values)):
        codes, found = pd.factorize(values)
        return in_order(codes, found.tolist())
    shifted = values
    if low:
        near = abs(low) < 2**30 and abs(high) < 2**30
        shifted = np.subtract(values, low, dtype=np.int32 if near else np.int64)
    present = np.arange(size)
    if size > 2:
        seen = np.zeros(size, dtype=bool)
        seen[shifted] = True
        present = np.flatnonzero(seen)
    levels = (present + low).tolist() if names is None else [names[int(value) + low] for value in present]
    if len(present) == size:
        return shifted, levels
    place = np.zeros(size, dtype=np.int32)
    place[present] = np.arange(len(present))
    return place[shifted], levels


def smallest(codes: NDArray[Any], n_levels: int) -> Small:
    """The codes in the smallest integer type that holds them."""
    return codes.astype(np.min_scalar_type(-max(n_levels, 1)), copy=False)


def _sort_key(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool | int | float | Decimal | np.number | np.bool_):
        return (0, value.item() if isinstance(value, np.generic) else value)
    return (1, str(value))


def _plain(value: Any) -> Any:
    """A value of NumPy as Python's; DuckDB writes 1.0 as a Decimal, which is a number like any other."""
    if isinstance(value, Decimal):
        return float(value)
    return value.item() if isinstance(value, np.generic) else value
