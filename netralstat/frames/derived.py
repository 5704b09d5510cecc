"""Columns made of others where the data live: any of several answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from netralstat.errors import EstimationError, UsageError
from netralstat.frames import open_table, require_columns


def with_any(frame: Any, name: str, columns: Sequence[str]) -> Any:
    """The frame with one more column: 1 where any of `columns` is 1, else 0; missing where that is open.

    Parameters
    ----------
    frame : pandas or polars DataFrame, DuckDB relation or Spark DataFrame.
    name : of the new column.
    columns : 0/1 columns, such as the choices of a select_multiple. Who has a 1 among them is counted,
        whatever else is missing; who has none and misses one is missing.

    Raises
    ------
    UsageError
        No column is named, or the frame has a column `name` already.
    EstimationError
        A column holds something other than 0, 1, true, false and missing values.
    """
    table = open_table(frame)
    if not columns:
        raise UsageError("no column was named", where=f"any of, {name}", do="name at least one 0/1 column")
    if name in table.columns:
        raise UsageError(
            f'the data have a column "{name}" already', where="any of", do="give the new item another name"
        )
    require_columns(table, columns, where=f"any of {', '.join(columns)}")
    for column in columns:
        levels = set(table.levels(column, 2)) if table.is_numeric(column) else {"text"}
        if not levels <= {0, 1}:
            raise EstimationError(
                f'"{column}" holds more than 0 and 1',
                where=f"any of {', '.join(columns)}",
                do="name 0/1 columns, one for each choice",
            )
    wrapped = nw.from_native(frame)
    schema = wrapped.collect_schema()
    chosen, known = [], []
    for column in columns:
        own = nw.col(column)
        missing = own.is_null()
        if schema[column].is_float():
            missing = missing | own.is_nan().fill_null(False)
        chosen.append((own.cast(nw.Float64) == 1).fill_null(False))
        known.append(~missing)
    any_chosen = nw.any_horizontal(*chosen, ignore_nulls=False)
    all_known = nw.all_horizontal(*known, ignore_nulls=False)
    value = nw.when(any_chosen).then(nw.lit(1.0)).otherwise(nw.when(all_known).then(nw.lit(0.0)))
    return wrapped.with_columns(value.alias(name)).to_native()
