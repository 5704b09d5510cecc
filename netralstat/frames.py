"""The one door to data frames: pandas, polars, DuckDB and Spark are grouped where they live (narwhals)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from netralstat.errors import DesignError, UsageError, did_you_mean

Column = NDArray[Any]


def open_frame(frame: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    """Wrap the user's frame; anything narwhals does not know is a `UsageError`."""
    try:
        return nw.from_native(frame)
    except TypeError as problem:
        raise UsageError(
            f"a {type(frame).__name__} is not a data frame that netralstat can group",
            do="give a pandas or polars DataFrame, a DuckDB relation or a Spark DataFrame",
        ) from problem


def require_columns(frame: Any, columns: Sequence[str], *, where: str) -> None:
    """Raise `DesignError` for the first of `columns` that the frame lacks."""
    present = open_frame(frame).collect_schema().names()
    for column in columns:
        if column not in present:
            raise DesignError(
                f'there is no column "{column}" among the {len(present)} columns of the data',
                where=where,
                do=f"name an existing column.{did_you_mean(column, present)}",
            )


def declared_levels(frame: Any, column: str) -> list[Any] | None:
    """Levels in their declared order for a categorical column, else None (sorted order is used)."""
    wrapped = open_frame(frame)
    dtype = wrapped.collect_schema()[column]
    if isinstance(dtype, nw.Enum):
        return list(dtype.categories)
    if isinstance(dtype, nw.Categorical) and isinstance(wrapped, nw.DataFrame):
        return wrapped[column].cat.get_categories().to_list()
    return None


def count_missing(frame: Any, columns: Sequence[str]) -> dict[str, int]:
    """Rows without a value (null or NaN) in each of `columns`."""
    wrapped = open_frame(frame)
    counts = wrapped.select(*[missing(wrapped, column).sum().alias(column) for column in columns])
    collected = counts.collect() if isinstance(counts, nw.LazyFrame) else counts
    return {column: int(collected[column][0] or 0) for column in columns}


def missing(wrapped: nw.DataFrame[Any] | nw.LazyFrame[Any], column: str) -> nw.Expr:
    """Expression that is true where `column` is null or NaN."""
    expression = nw.col(column).is_null()
    if wrapped.collect_schema()[column].is_float():
        expression = expression | nw.col(column).is_nan().fill_null(False)
    return expression


def group_sums(
    frame: Any, keys: Sequence[str], expressions: Mapping[str, nw.Expr]
) -> tuple[dict[str, Column], dict[str, Column]]:
    """The only group-by on respondents: sums of `expressions` within `keys`.

    Parameters
    ----------
    frame : pandas, polars, DuckDB or Spark frame; one row a respondent.
    keys : columns to group by; null keys are kept as a group.
    expressions : output name -> row-wise narwhals expression, summed in each group.

    Returns
    -------
    (keys, sums) : two mappings name -> ndarray of shape (n_groups,), groups in the order of their keys.
    """
    wrapped = open_frame(frame)
    inner = {name: f"__sum_{i}" for i, name in enumerate(expressions)}  # never the name of a key
    summed = [expression.alias(inner[name]) for name, expression in expressions.items()]
    rows = wrapped.select(*[nw.col(key) for key in keys], *summed)
    grouped = rows.group_by(*keys).agg(*[nw.col(name).sum() for name in inner.values()])
    collected = grouped.collect() if isinstance(grouped, nw.LazyFrame) else grouped
    key_arrays = {key: np.asarray(collected[key].to_list(), dtype=object) for key in keys}
    sums = {name: np.asarray(collected[column].to_numpy(), dtype=float) for name, column in inner.items()}
    return key_arrays, sums


def encode(values: Column, levels: Sequence[Any] | None = None) -> tuple[NDArray[np.int64], list[Any]]:
    """Codes into `levels` (sorted values when None); -1 for null, NaN or a value outside `levels`."""
    import pandas as pd

    series = pd.Series(values, dtype=object)
    if levels is None:
        codes, uniques = pd.factorize(series, use_na_sentinel=True)
        order = sorted(range(len(uniques)), key=lambda i: _sort_key(uniques[i]))
        rank = np.empty(len(order) + 1, dtype=np.int64)
        rank[order] = np.arange(len(order))
        rank[-1] = -1
        return rank[codes], [_plain(uniques[i]) for i in order]
    index = pd.Index(levels, dtype=object)
    return index.get_indexer(pd.Index(series)).astype(np.int64), list(levels)


def _sort_key(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return (0, float(value))
    return (1, str(value))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def distinct_values(frame: Any, column: str, *, limit: int) -> list[Any]:
    """Sorted distinct values of a column without missing ones; more than `limit` is an error."""
    require_columns(frame, [column], where=f"item {column}")
    wrapped = open_frame(frame)
    present = wrapped.filter(~missing(wrapped, column)).select(nw.col(column)).unique()
    if isinstance(present, nw.LazyFrame):
        present = present.head(limit + 1).collect()
    _, levels = encode(np.asarray(present[column].to_list(), dtype=object))
    if len(levels) > limit:
        raise UsageError(
            f'item "{column}" has more than {limit} distinct values',
            where=f"item {column}",
            do="ask for its mean, or group it into levels first",
        )
    return levels


def numeric_columns(frame: Any, columns: Sequence[str]) -> tuple[str, ...]:
    """Those of `columns` that hold numbers or true/false."""
    schema = open_frame(frame).collect_schema()
    return tuple(column for column in columns if schema[column].is_numeric() or schema[column] == nw.Boolean)
