"""The one door to data frames: pandas, polars, pyarrow, DuckDB and Spark become a `Table` (narwhals)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import narwhals as nw

from netralstat.errors import DesignError, UsageError, did_you_mean
from netralstat.frames.coding import Key, encode
from netralstat.frames.memory import MemoryTable
from netralstat.frames.queries import QueryTable
from netralstat.frames.terms import Crossed, Floats, Groups, Term

__all__ = [
    "Crossed",
    "Groups",
    "Key",
    "Table",
    "Term",
    "distinct_values",
    "encode",
    "numeric_columns",
    "open_table",
    "require_columns",
    "snapshot",
]


class Table(Protocol):
    """What the numbers need of a frame, in memory or behind a query."""

    columns: list[str]

    def is_numeric(self, column: str) -> bool:
        """Whether a column holds numbers or true/false."""

    def declared_levels(self, column: str) -> list[Any] | None:
        """Levels of a categorical column in their declared order; None where sorted order is used."""

    def is_ordered(self, column: str) -> bool:
        """Whether a column holds categories whose declared order means more and less."""

    def levels(self, column: str, limit: int) -> list[Any]:
        """Declared levels or sorted distinct values; one beyond `limit` tells that there are more."""

    def look_at(self, columns: Sequence[str]) -> None:
        """Learn about several columns at once what would cost a query each."""

    def nobody_answered(self, column: str) -> bool:
        """Whether a column is missing in every row."""

    def count_missing(self, columns: Sequence[str]) -> dict[str, int]:
        """Rows without a value (null or NaN) in each column."""

    def first_missing_rows(self, column: str) -> list[int]:
        """The first five rows (1-based) without a value; none where rows have no order."""

    def count_bad_weights(self, column: str) -> int:
        """Rows whose weight is negative or infinite."""

    def first_bad_weights(self, column: str) -> list[int]:
        """The first five rows (1-based) of such a weight; none where rows have no order."""

    def group(self, keys: Sequence[str], terms: Mapping[str, Term]) -> Groups:
        """The only group-by on respondents: `terms` summed within `keys`."""

    def cross(self, units: Sequence[str], keys: Sequence[str], weight: str) -> Crossed:
        """Respondents grouped by unit and by pattern, with the weight of those in both."""

    def cross_products(self, columns: Sequence[str]) -> Floats:
        """Sum over all rows of the product of each two of `columns`, shape (k, k)."""


def open_table(frame: Any) -> Table:
    """The frame as a `Table`; what is one already stays; anything unknown to narwhals is a `UsageError`."""
    if isinstance(frame, MemoryTable | QueryTable):
        return frame
    try:
        wrapped = nw.from_native(frame)
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
    if isinstance(wrapped, nw.DataFrame):
        return MemoryTable(wrapped)
    return QueryTable(wrapped)


def snapshot(frame: Any) -> Any:
    """A pandas frame as it is now: what is done to it later does not reach the copy (free in pandas 3).

    Other frames do not change, or are read when they are asked.
    """
    if type(frame).__module__.partition(".")[0] != "pandas" or not hasattr(frame, "copy"):
        return frame
    import pandas as pd

    return frame.copy(deep=int(pd.__version__.partition(".")[0]) < 3)


def require_columns(frame: Any, columns: Sequence[str], *, where: str) -> None:
    """Raise `DesignError` for the first of `columns` that the frame lacks."""
    present = open_table(frame).columns
    for column in columns:
        if column not in present:
            raise DesignError(
                f'there is no column "{column}" among the {len(present)} columns of the data',
                where=where,
                do=f"name an existing column.{did_you_mean(column, present)}",
            )


def distinct_values(frame: Any, column: str, *, limit: int) -> list[Any]:
    """Declared levels or sorted distinct values of a column; more than `limit` is an error."""
    require_columns(frame, [column], where=f"item {column}")
    levels = open_table(frame).levels(column, limit)
    if len(levels) > limit:
        raise UsageError(
            f'item "{column}" has more than {limit} distinct values',
            where=f"item {column}",
            do="ask for its mean, or group it into levels first",
        )
    return levels


def numeric_columns(frame: Any, columns: Sequence[str]) -> tuple[str, ...]:
    """Those of `columns` that hold numbers or true/false."""
    table = open_table(frame)
    return tuple(column for column in columns if table.is_numeric(column))
