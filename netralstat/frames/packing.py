"""Sums of several items at once: every pattern of a few items is added up, then its margins are taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.frames.coding import Coded, Codes
from netralstat.frames.grouping import Grouping
from netralstat.frames.terms import Floats, Term

# A weight column (or none) and the power it is raised to.
Kind = tuple[str | None, int]
# What each row counts for under a kind; None is 1 for every row.
Factor = Callable[[str | None, int], NDArray[Any] | None]

# Items share a pack as long as a group has at most so many patterns, which 8 bits hold.
PACKED_PATTERNS = 48
# Items of more levels are added up row by row.
FEW_LEVELS = 24


def packs(items: Mapping[str, Coded]) -> list[list[str]]:
    """Items in packs whose joint patterns are few."""
    found: list[list[str]] = []
    patterns = 0
    for item, coded in items.items():
        own = len(coded.levels) + coded.has_missing
        if found and patterns * own <= PACKED_PATTERNS:
            found[-1].append(item)
            patterns *= own
        else:
            found.append([item])
            patterns = own
    return found


def packed_sums(
    grouping: Grouping,
    pack: Mapping[str, Coded],
    terms: Mapping[str, Mapping[str, Term]],
    factor: Factor,
    everybody: dict[Kind, Floats],
) -> dict[str, Floats]:
    """The `terms` of each item of a pack, by name, shape (n_groups,).

    The sums over everybody, whatever they answered, are left in `everybody`.
    """
    sizes = [len(coded.levels) + coded.has_missing for coded in pack.values()]
    place = grouping.group * prod(sizes)
    place += _pattern(list(pack.values()), sizes)
    shape = (grouping.n_groups, prod(sizes))
    kinds = dict.fromkeys((term.weight, term.weight_power) for item in pack for term in terms[item].values())
    tables = {kind: added(place, factor(*kind), prod(shape)).reshape(shape) for kind in kinds}
    for kind, table in tables.items():
        if kind not in everybody:
            everybody[kind] = table.sum(axis=1)
    places = np.indices(sizes).reshape(len(sizes), -1)
    levels = [np.arange(len(coded.levels)) + coded.has_missing for coded in pack.values()]
    selected = np.hstack([at[:, None] == own for at, own in zip(places, levels, strict=True)])
    margins = {kind: table @ selected.astype(np.float64) for kind, table in tables.items()}
    found, end = {}, 0
    for item, coded in pack.items():
        start, end = end, end + len(coded.levels)
        for name, term in terms[item].items():
            by_level = margins[(term.weight, term.weight_power)][:, start:end]
            found[name] = _of_levels(by_level, coded, term)
    return found


def added(group: Codes, values: NDArray[Any] | None, n_groups: int) -> Floats:
    """Sum of `values` (the count of rows without any) in each group, shape (n_groups,)."""
    return np.bincount(group, weights=values, minlength=n_groups).astype(np.float64, copy=False)


def _pattern(pack: list[Coded], sizes: list[int]) -> NDArray[Any]:
    """Number of each row's pattern of answers, a missing one before all levels."""
    first = pack[0]
    pattern = first.codes + np.int8(1) if first.has_missing else first.codes
    for coded, size in zip(pack[1:], sizes[1:], strict=True):
        pattern = pattern * np.int8(size) + coded.codes
        if coded.has_missing:
            pattern += 1
    return pattern


def _of_levels(by_level: Floats, coded: Coded, term: Term) -> Floats:
    """A sum from the sums at each level, shape (n_groups, n_levels)."""
    if term.value_power == 0:
        return np.asarray(by_level.sum(axis=1))
    if term.level is not None:
        place = coded.place(term.level)
        return by_level[:, place] if place is not None else np.zeros(len(by_level))
    if coded.levels == (0, 1):
        return by_level[:, 1]
    return by_level @ np.asarray(coded.levels, dtype=np.float64) ** term.value_power
