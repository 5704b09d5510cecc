"""The one door to data frames: pandas, polars, DuckDB and Spark are grouped where they live (narwhals)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from netralstat.errors import DesignError, UsageError, did_you_mean

Column = NDArray[Any]
Wrapped = nw.DataFrame[Any] | nw.LazyFrame[Any]


def open_frame(frame: Any) -> Wrapped:
    """Wrap the user's frame; anything narwhals does not know is a `UsageError`."""
    try:
        wrapped: Wrapped = nw.from_native(frame)
        return wrapped
    except TypeError as problem:
        raise UsageError(
            f"a {type(frame).__name__} is not a data frame that netralstat can group",
            do="give a pandas or polars DataFrame, a DuckDB relation or a Spark DataFrame",
        ) from problem
    except nw.exceptions.DuplicateError as problem:
        columns = [str(column) for column in frame.columns]
        twice = sorted({column for column in columns if columns.count(column) > 1})
        raise UsageError(
            f"{len(twice)} column names stand more than once in the data ({', '.join(twice[:5])})",
            where=f"column {twice[0]}",
            do="give each column its own name",
        ) from problem


def require_columns(frame: Any, columns: Sequence[str], *, where: str) -> None:
    """Raise `DesignError` for the first of `columns` that the frame lacks."""
    present = list(open_frame(frame).columns)
    for column in columns:
        if column not in present:
            raise DesignError(
                f'there is no column "{column}" among the {len(present)} columns of the data',
                where=where,
                do=f"name an existing column.{did_you_mean(column, present)}",
            )


def only(frame: Any, columns: Sequence[str]) -> Wrapped:
    """The frame with these columns alone: wide exports cost nothing where few columns are used."""
    wrapped = open_frame(frame)
    return wrapped.select(*dict.fromkeys(columns)) if columns else wrapped


def declared_levels(frame: Any, column: str) -> list[Any] | None:
    """Levels in their declared order for a categorical column, else None (sorted order is used).

    A polars Categorical declares none: its categories are those that any column of the process has had.
    """
    wrapped = only(frame, [column])
    dtype = wrapped.collect_schema()[column]
    if isinstance(dtype, nw.Enum):
        return list(dtype.categories)
    if isinstance(dtype, nw.Categorical) and isinstance(wrapped, nw.DataFrame):
        native = wrapped[column].to_native()  # narwhals lists pandas categories by first appearance
        return list(native.cat.categories) if wrapped.implementation.is_pandas() else None
    return None


def count_missing(frame: Any, columns: Sequence[str]) -> dict[str, int]:
    """Rows without a value (null or NaN) in each of `columns`."""
    wrapped = only(frame, columns)
    counts = wrapped.select(*[missing(wrapped, column).sum().alias(column) for column in columns])
    collected = counts.collect() if isinstance(counts, nw.LazyFrame) else counts
    return {column: int(collected[column][0] or 0) for column in columns}


def nobody_answered(frame: Any, column: str) -> bool:
    """Whether `column` is missing in every row."""
    wrapped = only(frame, [column])
    answered = wrapped.select(answered=(~missing(wrapped, column)).sum())
    collected = answered.collect() if isinstance(answered, nw.LazyFrame) else answered
    return not collected["answered"][0]


def missing(wrapped: Wrapped, column: str) -> nw.Expr:
    """Expression that is true where `column` is null or NaN."""
    expression = nw.col(column).is_null()
    if wrapped.collect_schema()[column].is_float():
        expression = expression | nw.col(column).is_nan().fill_null(False)
    return expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A sum over the rows of a group: Σ w^weight_power · y^value_power over rows that answered.

    `weight` None counts every row once. `item` None sums the weights alone; with `level`, y is 1 where the
    item has it and 0 elsewhere; `given` names a second item that must be answered too. `value_power` 0
    sums the weights of those who answered.
    """

    weight: str | None = None
    weight_power: int = 0
    item: str | None = None
    level: Any = None
    given: str | None = None
    value_power: int = 0


def group_sums(
    frame: Any, keys: Sequence[str], terms: Mapping[str, Term]
) -> tuple[dict[str, Column], dict[str, Column]]:
    """The only group-by on respondents: `terms` summed within `keys`, where the data live.

    Parameters
    ----------
    frame : pandas, polars, DuckDB or Spark frame; one row a respondent.
    keys : columns to group by; null keys are kept as a group; no key makes one group.
    terms : output name -> what is summed.

    Returns
    -------
    (keys, sums) : two mappings name -> ndarray of shape (n_groups,), in the same order.
    """
    wrapped = open_frame(frame)
    inner = {name: f"__sum_{i}" for i, name in enumerate(terms)}  # never the name of a key
    summed = [_expression(wrapped, term).alias(inner[name]) for name, term in terms.items()]
    by = list(keys) or ["__all__"]
    source = wrapped if keys else wrapped.with_columns(nw.lit(0).alias("__all__"))
    grouped = source.select(*by, *summed).group_by(*by).agg(*[nw.col(name).sum() for name in inner.values()])
    collected = grouped.collect() if isinstance(grouped, nw.LazyFrame) else grouped
    key_arrays = {key: np.asarray(collected[key].to_list(), dtype=object) for key in keys}
    sums = {name: np.asarray(collected[column].to_numpy(), dtype=float) for name, column in inner.items()}
    return key_arrays, sums


def _expression(wrapped: Wrapped, term: Term) -> nw.Expr:
    weight = nw.lit(1.0)
    if term.weight is not None and term.weight_power:
        weight = nw.col(term.weight).cast(nw.Float64) ** term.weight_power
    if term.item is None:
        return weight
    answered = ~missing(wrapped, term.item)
    if term.given is not None:
        answered = answered & ~missing(wrapped, term.given)
    column = nw.col(term.item)
    if term.value_power == 0:
        value = nw.lit(1.0)
    elif term.level is not None:
        value = (column == term.level).cast(nw.Float64)
    else:
        value = column.cast(nw.Float64) ** term.value_power
    return nw.when(answered).then(weight * value).otherwise(0.0)


def count_bad_weights(frame: Any, column: str) -> int:
    """Rows whose weight is negative or infinite."""
    bad = only(frame, [column]).select(bad=_bad_weight(column).sum())
    collected = bad.collect() if isinstance(bad, nw.LazyFrame) else bad
    return int(collected["bad"][0] or 0)


def _bad_weight(column: str) -> nw.Expr:
    weight = nw.col(column).cast(nw.Float64)
    return (weight < 0) | ~weight.is_finite()


def first_missing_rows(frame: Any, column: str) -> list[int]:
    """The first five rows (1-based) without a value; empty for lazy frames, whose rows have no order."""
    wrapped = only(frame, [column])
    return _first_rows(wrapped, missing(wrapped, column))


def first_bad_weights(frame: Any, column: str) -> list[int]:
    """The first five rows (1-based) of a negative or infinite weight; empty for lazy frames."""
    return _first_rows(only(frame, [column]), _bad_weight(column))


def _first_rows(wrapped: Wrapped, condition: nw.Expr) -> list[int]:
    if isinstance(wrapped, nw.LazyFrame):
        return []
    found = wrapped.select(found=condition)["found"].to_numpy()
    return [int(row) + 1 for row in np.flatnonzero(np.asarray(found, dtype=bool))[:5]]


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
    if isinstance(value, bool | int | float | Decimal | np.number | np.bool_):
        return (0, float(value))
    return (1, str(value))


def _plain(value: Any) -> Any:
    """A value of NumPy as Python's; DuckDB writes 1.0 as a Decimal, which is a number like any other."""
    if isinstance(value, Decimal):
        return float(value)
    return value.item() if isinstance(value, np.generic) else value


def distinct_values(frame: Any, column: str, *, limit: int) -> list[Any]:
    """Sorted distinct values of a column without missing ones; more than `limit` is an error."""
    require_columns(frame, [column], where=f"item {column}")
    wrapped = only(frame, [column])
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
    if not columns:
        return ()
    schema = only(frame, columns).collect_schema()
    return tuple(column for column in columns if schema[column].is_numeric() or schema[column] == nw.Boolean)
