"""Frames in memory (pandas, polars, pyarrow): each column is coded once, each grouping numbered once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from netralstat.frames.coding import Coded, Key, code_integers, in_order, smallest
from netralstat.frames.grouping import Grouping, grouped
from netralstat.frames.packing import FEW_LEVELS, Kind, added, packed_sums, packs
from netralstat.frames.terms import Crossed, Floats, Groups, Term

# Groupings that are kept, in case the next question is about the same domains.
KEPT_GROUPINGS = 4
# Numbers that are multiplied together at a time.
BLOCK_NUMBERS = 4_000_000


class MemoryTable:
    """A frame whose columns are at hand as arrays. It keeps what it coded, never what it added up."""

    def __init__(self, frame: nw.DataFrame[Any]) -> None:
        self._frame = frame
        self.columns: list[str] = list(frame.columns)
        self._schema = dict(frame.schema)
        self._coded: dict[str, Coded] = {}
        self._groupings: OrderedDict[tuple[str, ...], Grouping] = OrderedDict()
        self._weights: dict[str, Floats] = {}
        self._smallest_weights: dict[str, float] = {}
        self._finite: dict[str, bool] = {}

    def is_numeric(self, column: str) -> bool:
        """Whether a column holds numbers or true/false."""
        dtype = self._schema[column]
        return bool(dtype.is_numeric() or dtype == nw.Boolean)

    def declared_levels(self, column: str) -> list[Any] | None:
        """Levels in their declared order for a categorical column, else None (sorted order is used).

        A polars Categorical declares none: its categories are those any column of the process has had.
        """
        dtype = self._schema[column]
        if isinstance(dtype, nw.Enum):
            return list(dtype.categories)
        if isinstance(dtype, nw.Categorical) and self._frame.implementation.is_pandas():
            return list(self._frame[column].to_native().cat.categories)  # narwhals lists by first appearance
        return None

    def is_ordered(self, column: str) -> bool:
        """Whether a column is an enumeration; to narwhals an ordered Categorical of pandas is one."""
        return isinstance(self._schema[column], nw.Enum)

    def levels(self, column: str, limit: int) -> list[Any]:
        """Declared levels, or the sorted distinct values, all of them: they are coded once anyway."""
        return list(self._code(column).levels)

    def look_at(self, columns: Sequence[str]) -> None:
        """Nothing: columns in memory are looked at when they are needed."""

    def nobody_answered(self, column: str) -> bool:
        """Whether `column` is missing in every row."""
        return bool(self._missing(column).all())

    def count_missing(self, columns: Sequence[str]) -> dict[str, int]:
        """Rows without a value (null or NaN) in each of `columns`."""
        return {column: self._n_missing(column) for column in columns}

    def first_missing_rows(self, column: str) -> list[int]:
        """The first five rows (1-based) without a value."""
        return _first(self._missing(column))

    def count_bad_weights(self, column: str) -> int:
        """Rows whose weight is negative or infinite."""
        weight = self._weight(column)
        if self._is_finite(column) and self._least(column) >= 0:
            return 0
        return int(np.count_nonzero((weight < 0) | np.isinf(weight)))

    def first_bad_weights(self, column: str) -> list[int]:
        """The first five rows (1-based) of a negative or infinite weight."""
        weight = self._weight(column)
        return _first((weight < 0) | np.isinf(weight))

    def group(self, keys: Sequence[str], terms: Mapping[str, Term]) -> Groups:
        """The only group-by on respondents: `terms` summed within `keys`; null keys are kept as a group."""
        grouping = self._grouping(tuple(keys))
        sums: dict[str, Floats] = {}
        few: dict[str, dict[str, Term]] = {}
        for name, term in terms.items():
            if term.item is None:
                continue
            if term.given is None and self._has_few_levels(term.item):
                few.setdefault(term.item, {})[name] = term
            else:
                sums[name] = self._value_sum(grouping, term)
        everybody: dict[Kind, Floats] = {}
        for pack in packs({item: self._code(item) for item in few}):
            coded = {item: self._code(item) for item in pack}
            sums |= packed_sums(grouping, coded, few, self._factor, everybody)
        for name, term in terms.items():
            if term.item is None:
                kind = (term.weight, term.weight_power)
                if kind not in everybody:
                    everybody[kind] = added(grouping.group, self._factor(*kind), grouping.n_groups)
                sums[name] = everybody[kind]
        return Groups(keys=self._keys(keys, grouping), sums={name: sums[name] for name in terms})

    def cross(self, units: Sequence[str], keys: Sequence[str], weight: str) -> Crossed:
        """Respondents grouped by unit and by pattern, with the weight that each row brings to both."""
        drawn, patterns = self._grouping(tuple(units)), self._grouping(tuple(keys))
        terms = {"n": Term(weight=weight), "w": Term(weight=weight, weight_power=1)}
        return Crossed(
            units=self._keys(units, drawn),
            patterns=self.group(keys, terms),
            unit=drawn.group,
            pattern=patterns.group,
            weights=self._weight(weight),
        )

    def cross_products(self, columns: Sequence[str]) -> Floats:
        """Sum over all rows of the product of each two of `columns`, shape (k, k)."""
        found = np.zeros((len(columns), len(columns)))
        step = max(BLOCK_NUMBERS // max(len(columns), 1), 1)
        for first in range(0, len(self._frame), step):
            some = slice(first, first + step)
            rows = np.column_stack([self._weight(column)[some] for column in columns])
            found += rows.T @ rows
        return found

    def _keys(self, columns: Sequence[str], grouping: Grouping) -> dict[str, Key]:
        found = {}
        for column in columns:
            coded = self._code(column)
            codes = coded.codes[grouping.first].astype(np.int64)
            found[column] = Key(codes=codes, levels=coded.levels)
        return found

    def _series(self, column: str) -> nw.Series[Any]:
        return self._frame[column]

    def _missing(self, column: str) -> NDArray[np.bool_]:
        if column not in self._coded and self.is_numeric(column):
            return np.asarray(np.isnan(self._numbers(column)))
        return np.asarray(self._code(column).codes < 0)

    def _n_missing(self, column: str) -> int:
        if column in self._coded:
            coded = self._coded[column]
            return int(np.count_nonzero(coded.codes < 0)) if coded.has_missing else 0
        if self._schema[column].is_float():
            if self._is_finite(column):
                return 0
            return int(np.count_nonzero(np.isnan(self._weight(column))))
        return int(self._series(column).null_count())

    def _numbers(self, column: str) -> Floats:
        """The column as float64, NaN where it is missing."""
        series = self._series(column)
        values = series.to_numpy()
        if values.dtype.kind not in "iufb":
            values = series.cast(nw.Float64).to_numpy()
        return np.asarray(values, dtype=np.float64)

    def _weight(self, column: str) -> Floats:
        if column not in self._weights:
            self._weights[column] = np.ascontiguousarray(self._numbers(column))
        return self._weights[column]

    def _least(self, column: str) -> float:
        """The smallest weight, NaN where one is missing."""
        if column not in self._smallest_weights:
            self._smallest_weights[column] = float(self._weight(column).min(initial=np.inf))
        return self._smallest_weights[column]

    def _is_finite(self, column: str) -> bool:
        """Whether the sum of a column tells that every number in it is finite; it may not know."""
        if column not in self._finite:
            self._finite[column] = bool(np.isfinite(self._weight(column).sum()))
        return self._finite[column]

    def _code(self, column: str) -> Coded:
        if column not in self._coded:
            codes, levels = self._encode(column)
            self._coded[column] = Coded(
                codes=smallest(codes, len(levels)),
                levels=tuple(levels),
                declared=self.declared_levels(column) is not None,
            )
        return self._coded[column]

    def _encode(self, column: str) -> tuple[NDArray[Any], list[Any]]:
        import pandas as pd

        series, dtype = self._series(column), self._schema[column]
        declared = self.declared_levels(column)
        if declared is not None and self._frame.implementation.is_pandas():
            return np.asarray(series.to_native().cat.codes), declared
        if declared is not None:
            return pd.Index(declared).get_indexer(pd.Index(series.to_numpy())), declared
        if dtype == nw.Boolean and not series.null_count():
            return code_integers(series.to_numpy().astype(np.int8), (False, True))
        if dtype.is_integer() and not series.null_count():
            return code_integers(series.to_numpy())
        if dtype.is_float():
            codes, values = pd.factorize(self._numbers(column))
            return in_order(codes, values.tolist())
        native = series.to_native() if self._frame.implementation.is_pandas() else None
        if native is not None and not hasattr(native, "cat"):
            codes, values = pd.factorize(native)
        else:
            codes, values = pd.factorize(np.asarray(series.to_list(), dtype=object))
        return in_order(codes, list(values))

    def _grouping(self, keys: tuple[str, ...]) -> Grouping:
        if keys in self._groupings:
            self._groupings.move_to_end(keys)
            return self._groupings[keys]
        grouping = grouped([self._code(key) for key in keys], len(self._frame))
        self._groupings[keys] = grouping
        if len(self._groupings) > KEPT_GROUPINGS:
            self._groupings.popitem(last=False)
        return grouping

    def _counted(self, weight: str | None) -> NDArray[np.bool_] | None:
        """Rows of positive weight; None where all are."""
        if weight is None or self._least(weight) > 0:
            return None
        return np.asarray(self._weight(weight) > 0)

    def _factor(self, weight: str | None, power: int) -> NDArray[Any] | None:
        """What a row counts for: a power of its weight, 0 where the weight is 0; None is 1 for every row."""
        if weight is None or not power:
            return self._counted(weight)
        return self._weight(weight) if power == 1 else self._weight(weight) ** power

    def _value_sum(self, grouping: Grouping, term: Term) -> Floats:
        """A sum over rows one by one: for items of many values, and for two items at once."""
        assert term.item is not None
        value: Floats = np.ones(len(self._frame))
        if term.value_power:  # power 0 counts whoever answered, whatever the level
            value = self._value(term) ** term.value_power
        out = self._missing(term.item)
        if term.given is not None:
            out = out | self._missing(term.given)
        factor = self._factor(term.weight, term.weight_power)
        value = value if factor is None else value * factor
        return added(grouping.group, np.where(out, 0.0, value), grouping.n_groups)

    def _value(self, term: Term) -> Floats:
        """What a term adds up of each row: the item, whether it has a level, or its product with `given`."""
        assert term.item is not None
        if term.level is not None:
            coded = self._code(term.item)
            place = coded.place(term.level)
            if place is None:
                return np.zeros(len(self._frame))
            return np.asarray(coded.codes == place, dtype=np.float64)
        if term.given is not None and term.times:
            return self._numbers(term.item) * self._numbers(term.given)
        return self._numbers(term.item)

    def _has_few_levels(self, item: str) -> bool:
        dtype = self._schema[item]
        if dtype.is_float() and item not in self._coded:  # a number of many values is not worth its codes
            head = self._numbers(item)[:1000]
            if len(np.unique(head[~np.isnan(head)])) > FEW_LEVELS:
                return False
        return len(self._code(item).levels) <= FEW_LEVELS


def _first(found: NDArray[np.bool_]) -> list[int]:
    return [int(row) + 1 for row in np.flatnonzero(found)[:5]]
