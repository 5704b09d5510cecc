"""Frames that are asked, not held (DuckDB, Spark, lazy polars): the group-by runs where the data live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from netralstat.frames.coding import Key, encode
from netralstat.frames.terms import Crossed, Floats, Groups, Term

# Sums of products that one query adds up.
SUMS_A_QUERY = 500


class QueryTable:
    """A lazy frame. Only sums and levels leave it, so its size is bounded by its database, not by memory."""

    def __init__(self, frame: nw.LazyFrame[Any]) -> None:
        self._frame = frame
        self._schema = dict(frame.collect_schema())
        self.columns: list[str] = list(self._schema)
        self._levels: dict[str, list[Any]] = {}
        self._complete: dict[str, bool] = {}

    def is_numeric(self, column: str) -> bool:
        """Whether a column holds numbers or true/false."""
        dtype = self._schema[column]
        return bool(dtype.is_numeric() or dtype == nw.Boolean)

    def declared_levels(self, column: str) -> list[Any] | None:
        """Levels in their declared order for an enumeration, else None (sorted order is used)."""
        dtype = self._schema[column]
        return list(dtype.categories) if isinstance(dtype, nw.Enum) else None

    def is_ordered(self, column: str) -> bool:
        """Whether a column is an enumeration; to narwhals an ordered Categorical of pandas is one."""
        return isinstance(self._schema[column], nw.Enum)

    def levels(self, column: str, limit: int) -> list[Any]:
        """Declared levels, or the sorted distinct values: no more of them than one beyond `limit`."""
        self.look_at([column])
        if column in self._levels:
            return self._levels[column]
        declared = self.declared_levels(column)
        levels = declared if declared is not None else self._distinct(column, limit + 1)
        if len(levels) <= limit:
            self._levels[column] = levels
        return levels

    def look_at(self, columns: Sequence[str]) -> None:
        """Learn in one query which columns are complete, and which numbers are nothing but 0 and 1."""
        new = [column for column in dict.fromkeys(columns) if column not in self._complete]
        if not new:
            return
        asked = {"rows": nw.len()}
        for column in new:
            dtype, value = self._schema[column], nw.col(column)
            asked[f"missing {column}"] = value.is_null().any()
            if dtype.is_float():
                other = (value != 0) & (value != 1)
                asked[f"missing {column}"] = self._missing(column).any()
                asked[f"other {column}"] = (other & ~value.is_nan()).any()
            if dtype == nw.Boolean:
                value = value.cast(nw.Int8)
            if dtype == nw.Boolean or dtype.is_integer():
                asked[f"low {column}"], asked[f"high {column}"] = value.min(), value.max()
        found = self._one_row(asked)
        for column in new:
            self._complete[column] = not found[f"missing {column}"]
            if column not in self._levels and self.declared_levels(column) is None:
                levels = _binary_levels(column, self._schema[column], found)
                if levels is not None:
                    self._levels[column] = levels

    def nobody_answered(self, column: str) -> bool:
        """Whether `column` is missing in every row."""
        return not self._one_row({"answered": _count(~self._missing(column))})["answered"]

    def count_missing(self, columns: Sequence[str]) -> dict[str, int]:
        """Rows without a value (null or NaN) in each of `columns`."""
        found = self._one_row({f"missing {column}": _count(self._missing(column)) for column in columns})
        return {column: int(found[f"missing {column}"] or 0) for column in columns}

    def first_missing_rows(self, column: str) -> list[int]:
        """None: the rows of a query have no order."""
        return []

    def count_bad_weights(self, column: str) -> int:
        """Rows whose weight is negative or infinite."""
        weight = nw.col(column).cast(nw.Float64)
        return int(self._one_row({"bad": _count((weight < 0) | ~weight.is_finite())})["bad"] or 0)

    def first_bad_weights(self, column: str) -> list[int]:
        """None: the rows of a query have no order."""
        return []

    def group(self, keys: Sequence[str], terms: Mapping[str, Term]) -> Groups:
        """The only group-by on respondents: `terms` summed within `keys`; null keys are kept as a group."""
        self.look_at([item for term in terms.values() for item in (term.item, term.given) if item])
        plain = {name: self._simplified(term) for name, term in terms.items()}
        inner = {term: f"__sum_{i}" for i, term in enumerate(dict.fromkeys(plain.values()))}
        summed = [self._expression(term).alias(name) for term, name in inner.items()]
        by = list(keys) or ["__all__"]
        source = self._frame if keys else self._frame.with_columns(nw.lit(0).alias("__all__"))
        grouped = source.select(*by, *summed).group_by(*by)
        found = grouped.agg(*[nw.col(name).sum() for name in inner.values()]).collect()
        coded = {}
        for key in keys:
            values = np.asarray(found[key].to_list(), dtype=object)
            codes, levels = encode(values, self.declared_levels(key))
            coded[key] = Key(codes=codes, levels=tuple(levels))
        added = {term: np.asarray(found[name].to_numpy(), dtype=float) for term, name in inner.items()}
        return Groups(keys=coded, sums={name: _float(added[term]) for name, term in plain.items()})

    def cross(self, units: Sequence[str], keys: Sequence[str], weight: str) -> Crossed:
        """Respondents grouped by unit and by pattern: one query for the pairs, whose sums give both."""
        terms = {"n": Term(weight=weight), "w": Term(weight=weight, weight_power=1)}
        both = self.group(list(dict.fromkeys([*units, *keys])), terms)
        unit, of_unit = _numbered([both.keys[column] for column in units])
        pattern, of_pattern = _numbered([both.keys[column] for column in keys])
        sums = {
            name: np.bincount(pattern, weights=values, minlength=len(of_pattern)).astype(float)
            for name, values in both.sums.items()
        }
        return Crossed(
            units=_taken(both.keys, units, of_unit),
            patterns=Groups(keys=_taken(both.keys, keys, of_pattern), sums=sums),
            unit=unit,
            pattern=pattern,
            weights=both.sums["w"],
        )

    def cross_products(self, columns: Sequence[str]) -> Floats:
        """Sum over all rows of the product of each two of `columns`, shape (k, k)."""
        number = [nw.col(column).cast(nw.Float64) for column in columns]
        pairs = list(combinations_with_replacement(range(len(columns)), 2))
        found = np.zeros((len(columns), len(columns)))
        for first in range(0, len(pairs), SUMS_A_QUERY):
            some = pairs[first : first + SUMS_A_QUERY]
            row = self._one_row({f"{i} {j}": (number[i] * number[j]).sum() for i, j in some})
            for i, j in some:
                found[i, j] = found[j, i] = row[f"{i} {j}"]
        return found

    def _simplified(self, term: Term) -> Term:
        """The same sum with less to compute: 1² is 1, and where all answered there is nothing to look for."""
        if term.item is None:
            return term
        binary = set(self._levels.get(term.item, ("?",))) <= {0, 1}
        power = 1 if (term.level is not None or binary) and term.value_power > 1 else term.value_power
        if power == 0 and term.given is None and self._complete[term.item]:
            return Term(weight=term.weight, weight_power=term.weight_power)
        return Term(
            weight=term.weight,
            weight_power=term.weight_power,
            item=term.item,
            level=term.level,
            given=term.given,
            times=term.times,
            value_power=power if term.given is None else term.value_power,
        )

    def _expression(self, term: Term) -> nw.Expr:
        weight = nw.lit(1.0)
        if term.weight is not None:
            own = nw.col(term.weight).cast(nw.Float64)
            weight = own**term.weight_power if term.weight_power else (own > 0).cast(nw.Float64)
            weight = own if term.weight_power == 1 else weight
        if term.item is None:
            return weight
        column = nw.col(term.item)
        if term.value_power == 0:
            value = weight
        elif term.level is not None:
            value = weight * (column == term.level).cast(nw.Float64)
        else:
            own = column.cast(nw.Float64)
            if term.given is not None and term.times:
                own = own * nw.col(term.given).cast(nw.Float64)
            value = weight * (own if term.value_power == 1 else own**term.value_power)
        missing = [name for name in (term.item, term.given) if name and not self._complete[name]]
        if not missing:
            return value
        answered = ~self._missing(missing[0])
        for name in missing[1:]:
            answered = answered & ~self._missing(name)
        return nw.when(answered).then(value).otherwise(0.0)

    def _missing(self, column: str) -> nw.Expr:
        expression = nw.col(column).is_null()
        if self._schema[column].is_float():
            expression = expression | nw.col(column).is_nan().fill_null(False)
        return expression

    def _distinct(self, column: str, limit: int) -> list[Any]:
        answered = self._frame.filter(~self._missing(column)).select(nw.col(column))
        present = answered.unique().head(limit).collect()
        return encode(np.asarray(present[column].to_list(), dtype=object))[1]

    def _one_row(self, asked: Mapping[str, nw.Expr]) -> dict[str, Any]:
        """One row of aggregates by name; names may hold anything, so the query sees numbers instead."""
        if not asked:
            return {}
        inner = {name: f"__{i}" for i, name in enumerate(asked)}
        found = self._frame.select(*[asked[name].alias(inner[name]) for name in asked]).collect()
        return {name: found[column][0] for name, column in inner.items()}


def _numbered(keys: Sequence[Key]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number of each row's combination of codes, and the first row of each combination."""
    codes = np.stack([key.codes for key in keys], axis=1)
    _, first, number = np.unique(codes, axis=0, return_index=True, return_inverse=True)
    return number.reshape(-1).astype(np.int64), first


def _taken(keys: Mapping[str, Key], columns: Sequence[str], rows: NDArray[np.int64]) -> dict[str, Key]:
    return {name: Key(codes=keys[name].codes[rows], levels=keys[name].levels) for name in columns}


def _count(condition: nw.Expr) -> nw.Expr:
    """Rows for which a condition holds; Spark does not add up truths."""
    return condition.cast(nw.Int64).sum()


def _float(values: Floats) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64)


def _binary_levels(column: str, dtype: Any, found: Mapping[str, Any]) -> list[Any] | None:
    """Levels of a column that holds nothing but 0 and 1; None where it holds more or one alone."""
    if found.get(f"other {column}", True) in (False, None) and dtype.is_float():
        return [0.0, 1.0]
    low, high = found.get(f"low {column}"), found.get(f"high {column}")
    if (low, high) != (0, 1):
        return None
    return [False, True] if dtype == nw.Boolean else [0, 1]
