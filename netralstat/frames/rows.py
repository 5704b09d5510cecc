"""Rows one by one, for what no group-by can do: answers as numbers and codes, and answers filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from netralstat.errors import UsageError
from netralstat.frames import open_table
from netralstat.frames.coding import encode

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowValues:
    """A column row by row.

    `values` (n,) holds numbers as they are and the places of other values among the `levels`, NaN where one
    is missing. A column of numbers has no levels; `ordered` says that levels mean more and less.
    """

    values: Floats
    levels: tuple[Any, ...]
    ordered: bool

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Whether the value of a row is missing, shape (n,)."""
        return np.isnan(self.values)


def row_values(frame: Any, columns: Sequence[str], *, where: str) -> dict[str, RowValues]:
    """The columns of a frame in memory, row by row.

    Raises
    ------
    UsageError
        The frame is a query (DuckDB, Spark, lazy polars): its rows have no order to fill them in by.
    """
    wrapped = nw.from_native(frame)
    if not isinstance(wrapped, nw.DataFrame):
        raise UsageError(
            f"a {type(frame).__name__} is a query, whose rows are not at hand one by one",
            where=where,
            do="collect it first: relation.df() of DuckDB, .toPandas() of Spark, .collect() of polars",
        )
    table = open_table(frame)
    found = {}
    for column in columns:
        series = wrapped[column]
        if table.is_numeric(column):
            values = np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64)
            found[column] = RowValues(values=values, levels=(), ordered=False)
            continue
        codes, levels = encode(np.asarray(series.to_list(), dtype=object), table.declared_levels(column))
        found[column] = RowValues(
            values=np.where(codes < 0, np.nan, codes).astype(np.float64),
            levels=tuple(levels),
            ordered=table.is_ordered(column),
        )
    return found


def with_values(frame: Any, taken: Mapping[str, Rows], numbers: Mapping[str, Floats]) -> Any:
    """The frame with columns changed: the type of a `taken` column stays, a column of `numbers` is float.

    Parameters
    ----------
    taken : column -> (n,), the row from which each row takes its value (its own, where nothing changes).
    numbers : column -> (n,), the values.
    """
    wrapped = nw.from_native(frame, eager_only=True)
    columns = [wrapped[name][rows] for name, rows in taken.items()]
    columns += [
        nw.new_series(name, values, nw.Float64, backend=wrapped.implementation)
        for name, values in numbers.items()
    ]
    return wrapped.with_columns(*columns).to_native()
