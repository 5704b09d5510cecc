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


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Codes of a column: position of each value in `levels`, -1 where it is missing."""

    codes: Codes
    levels: tuple[Any, ...]


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


def _sort_key(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool | int | float | Decimal | np.number | np.bool_):
        return (0, float(value))
    return (1, str(value))


def _plain(value: Any) -> Any:
    """A value of NumPy as Python's; DuckDB writes 1.0 as a Decimal, which is a number like any other."""
    if isinstance(value, Decimal):
        return float(value)
    return value.item() if isinstance(value, np.generic) else value
