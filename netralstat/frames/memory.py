"""Frames in memory (pandas, polars, pyarrow): each column is coded once, each grouping numbered once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from netralstat.frames.coding import Codes, Key, in_order
from netralstat.frames.terms import Crossed, Floats, Groups, Term

Small = NDArray[np.signedinteger[Any]]

# Integers within such a range are coded by a table of what is present, others by hashing.
DENSE_RANGE = 1 << 20
# Items of few levels are added up several at once, as long as a group has at most so many patterns.
PACKED_PATTERNS = 48
FEW_LEVELS = 24
# Groupings that are kept, in case the next question is about the same domains.
KEPT_GROUPINGS = 4
# Numbers that are multiplied together at a time.
BLOCK_NUMBERS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coded:
    """A column as codes of the smallest integer type that holds them; -1 is a missing value.

    Every level of a column is there, unless its levels are `declared`.
    """

    codes: Small
    levels: tuple[Any, ...]
    declared: bool

    @property
    def has_missing(self) -> bool:
        return bool(len(self.codes)) and int(self.codes.min()) < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grouping:
    """`group` numbers the group of each row; `first` is a row of each group."""

    group: Codes
    first: Codes

    @property
    def n_groups(self) -> int:
        return len(self.first)


class MemoryTable:
    """A frame whose columns are at hand as arrays. It keeps what it coded, never what it added up."""

    def __init__(self, frame: nw.DataFrame[Any]) -> None:
        self._frame = frame
        self.columns: list[str] = list(frame.columns)
        self._schema = dict(frame.schema)
        self._coded: dict[str, _Coded] = {}
        self._groupings: OrderedDict[tuple[str, ...], _Grouping] = OrderedDict()
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
        by_item: dict[str, dict[str, Term]] = {}
        for name, term in terms.items():
            if term.item is None:
                continue
            if term.given is None and self._has_few_levels(term.item):
                by_item.setdefault(term.item, {})[name] = term
            else:
                sums[name] = self._value_sum(grouping, term)
        known: dict[tuple[str | None, int], Floats] = {}
        for pack in self._packs(list(by_item)):
            sums |= self._packed_sums(grouping, pack, by_item, known)
        for name, term in terms.items():
            if term.item is None:
                kind = (term.weight, term.weight_power)
                if kind not in known:
                    known[kind] = _added(grouping.group, self._factor(*kind), grouping.n_groups)
                sums[name] = known[kind]
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

    def _keys(self, columns: Sequence[str], grouping: _Grouping) -> dict[str, Key]:
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
        if self._schema[column] == nw.Boolean and series.null_count():
            return np.asarray([np.nan if value is None else float(value) for value in series.to_list()])
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

    def _code(self, column: str) -> _Coded:
        if column not in self._coded:
            codes, levels = self._encode(column)
            self._coded[column] = _Coded(
                codes=_smallest(codes, len(levels)),
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
            return _code_integers(series.to_numpy().astype(np.int8), (False, True))
        if dtype.is_integer() and not series.null_count():
            return _code_integers(series.to_numpy())
        if dtype.is_float() or dtype.is_integer():
            codes, values = pd.factorize(self._numbers(column))
            if dtype.is_integer():
                return in_order(codes, values.astype(np.int64).tolist())
            return in_order(codes, values.tolist())
        native = series.to_native() if self._frame.implementation.is_pandas() else None
        if native is not None and not hasattr(native, "cat"):
            codes, values = pd.factorize(native)
        else:
            codes, values = pd.factorize(np.asarray(series.to_list(), dtype=object))
        return in_order(codes, list(values))

    def _grouping(self, keys: tuple[str, ...]) -> _Grouping:
        if keys in self._groupings:
            self._groupings.move_to_end(keys)
            return self._groupings[keys]
        grouping = _everybody(len(self._frame))
        for one in _in_packs([self._code(key) for key in keys], len(self._frame)):
            if grouping.n_groups == len(self._frame):
                break
            grouping = _refined(grouping, one)
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

    def _value_sum(self, grouping: _Grouping, term: Term) -> Floats:
        """A sum over rows one by one: for items of many values, and for two items at once."""
        assert term.item is not None
        value: Floats = np.ones(len(self._frame))
        if term.level is not None:
            coded = self._code(term.item)
            place = _place(coded, term)
            value = (coded.codes == (-2 if place is None else place)).astype(np.float64)
        elif term.value_power:
            value = self._numbers(term.item)
        out = self._missing(term.item)
        if term.given is not None:
            out = out | self._missing(term.given)
            if term.times and term.value_power:
                value = value * self._numbers(term.given)
        value = value**term.value_power if term.value_power > 1 else value
        factor = self._factor(term.weight, term.weight_power)
        value = value if factor is None else value * factor
        return _added(grouping.group, np.where(out, 0.0, value), grouping.n_groups)

    def _has_few_levels(self, item: str) -> bool:
        dtype = self._schema[item]
        if dtype.is_float() and item not in self._coded:  # a number of many values is not worth its codes
            head = self._numbers(item)[:1000]
            if len(np.unique(head[~np.isnan(head)])) > FEW_LEVELS:
                return False
        return len(self._code(item).levels) <= FEW_LEVELS

    def _packs(self, items: Sequence[str]) -> list[list[str]]:
        """Items in packs whose joint patterns are few."""
        packs: list[list[str]] = []
        patterns = 0
        for item in items:
            own = len(self._code(item).levels) + self._code(item).has_missing
            if packs and patterns * own <= PACKED_PATTERNS:
                packs[-1].append(item)
                patterns *= own
            else:
                packs.append([item])
                patterns = own
        return packs

    def _packed_sums(
        self,
        grouping: _Grouping,
        pack: Sequence[str],
        terms: Mapping[str, Mapping[str, Term]],
        known: dict[tuple[str | None, int], Floats],
    ) -> dict[str, Floats]:
        """Sums of several items at once: each pattern of the pack is added up, then its margins are taken.

        The margin of everybody is left in `known`, by weight and its power.
        """
        coded = [self._code(item) for item in pack]
        sizes = [len(one.levels) + one.has_missing for one in coded]
        pattern = coded[0].codes + np.int16(coded[0].has_missing) if coded[0].has_missing else coded[0].codes
        for one, size in zip(coded[1:], sizes[1:], strict=True):
            pattern = pattern * np.int8(size) + one.codes  # at most PACKED_PATTERNS: fits 8 bits
            if one.has_missing:
                pattern += 1
        place = grouping.group * prod(sizes)
        place += pattern
        kinds = dict.fromkeys(
            (term.weight, term.weight_power) for item in pack for term in terms[item].values()
        )
        tables = {
            kind: _added(place, self._factor(*kind), grouping.n_groups * prod(sizes)).reshape(
                grouping.n_groups, prod(sizes)
            )
            for kind in kinds
        }
        for kind, table in tables.items():
            if kind not in known:
                known[kind] = table.sum(axis=1)
        places = np.indices(sizes).reshape(len(sizes), -1)
        levels = [np.arange(len(one.levels)) + one.has_missing for one in coded]
        selected = np.hstack([at[:, None] == own for at, own in zip(places, levels, strict=True)])
        margins = {kind: table @ selected.astype(np.float64) for kind, table in tables.items()}
        found, end = {}, 0
        for item, one in zip(pack, coded, strict=True):
            start, end = end, end + len(one.levels)
            for name, term in terms[item].items():
                by_level = margins[(term.weight, term.weight_power)][:, start:end]
                found[name] = _of_levels(by_level, one, term)
        return found


def _of_levels(by_level: Floats, coded: _Coded, term: Term) -> Floats:
    """A sum from the sums at each level, shape (n_groups, n_levels)."""
    if term.value_power == 0:
        return np.asarray(by_level.sum(axis=1))
    if term.level is not None:
        place = _place(coded, term)
        return by_level[:, place] if place is not None else np.zeros(len(by_level))
    if coded.levels == (0, 1):
        return by_level[:, 1]
    return by_level @ np.asarray(coded.levels, dtype=np.float64) ** term.value_power


def _place(coded: _Coded, term: Term) -> int | None:
    """Place of the level that a term counts; None where nobody has it."""
    return coded.levels.index(term.level) if term.level in coded.levels else None


def _added(group: Codes, values: NDArray[Any] | None, n_groups: int) -> Floats:
    return np.bincount(group, weights=values, minlength=n_groups).astype(np.float64, copy=False)


def _first(found: NDArray[np.bool_]) -> list[int]:
    return [int(row) + 1 for row in np.flatnonzero(found)[:5]]


def _smallest(codes: NDArray[Any], n_levels: int) -> Small:
    for dtype in (np.int8, np.int16, np.int32):
        if n_levels <= np.iinfo(dtype).max:
            return codes.astype(dtype, copy=False)
    return codes.astype(np.int64, copy=False)


def _code_integers(
    values: NDArray[Any], names: Sequence[Any] | None = None
) -> tuple[NDArray[Any], list[Any]]:
    """Codes of integers without a missing one; `names` are what the integers stand for."""
    import pandas as pd

    if not len(values):
        return np.zeros(0, dtype=np.int64), []
    low, high = int(values.min()), int(values.max())
    size = high - low + 1
    if size > max(DENSE_RANGE, 2 * len(values)):
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


def _everybody(n_rows: int) -> _Grouping:
    return _Grouping(group=np.zeros(n_rows, dtype=np.intp), first=np.zeros(min(n_rows, 1), dtype=np.intp))


def _in_packs(columns: Sequence[_Coded], n_rows: int) -> Iterator[tuple[Small, int, bool]]:
    """Codes from 0 on, how many there may be, and whether all of them are there.

    The finest column comes first, for often it tells the others apart already; then coarse columns, joined
    in packs of few enough combinations.
    """
    ordered = sorted(columns, key=lambda one: -len(one.levels))
    most = max(DENSE_RANGE, 2 * n_rows)
    codes: Small | None = None
    size = 1
    for one in ordered:
        own = len(one.levels) + 1
        if codes is not None and size * own > most:
            yield codes, size, False
            codes, size = None, 1
        if codes is None and own > FEW_LEVELS**2 and not one.has_missing:
            yield one.codes, len(one.levels), not one.declared
            continue
        if codes is None:
            codes, size = one.codes.astype(np.int32 if own < 2**31 else np.int64), own
            codes += 1
            continue
        codes *= own
        codes += one.codes
        codes += 1
        size *= own
    if codes is not None:
        yield codes, size, False


def _refined(grouping: _Grouping, column: tuple[Small, int, bool]) -> _Grouping:
    """Groups told apart by one more column of `own` codes from 0 on."""
    import pandas as pd

    codes, own, every = column
    if grouping.n_groups > 1:
        if _tells_nothing_new(grouping, codes):
            return grouping
        joint = grouping.group * own
        joint += codes
    else:
        joint = codes.astype(np.intp)
    n_joint = grouping.n_groups * own
    if every and grouping.n_groups == 1:
        n_groups = own
    elif n_joint <= max(DENSE_RANGE, 2 * len(joint)):
        seen = np.zeros(n_joint, dtype=bool)
        seen[joint] = True
        n_groups = int(np.count_nonzero(seen))
        if n_groups == n_joint - 1 and not seen[0]:
            joint -= 1
        elif n_groups < n_joint:
            place = np.cumsum(seen)
            place -= 1
            joint = place[joint]
    else:
        joint, distinct = pd.factorize(joint)
        joint, n_groups = joint.astype(np.intp, copy=False), len(distinct)
    first = np.empty(n_groups, dtype=np.intp)
    first[joint] = np.arange(len(joint))
    return _Grouping(group=joint, first=first)


def _tells_nothing_new(grouping: _Grouping, codes: Small) -> bool:
    """Whether the rows of each group have one code; a look at the first rows settles most cases."""
    of_group = codes[grouping.first]
    for rows in (slice(0, 4096), slice(None)):
        if not np.array_equal(of_group[grouping.group[rows]], codes[rows]):
            return False
    return True
