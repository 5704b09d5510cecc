"""Groupings of rows in memory: each combination of codes gets a number, without sorting where possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from netralstat.frames.coding import DENSE_RANGE, Coded, Codes, Small

# A column of more levels than this is grouped by alone, not joined with others first.
FINE_LEVELS = 576


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """`group` numbers the group of each row; `first` is a row of each group."""

    group: Codes
    first: Codes

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.first)


def grouped(columns: Sequence[Coded], n_rows: int) -> Grouping:
    """Rows told apart by all of `columns`; a missing value is a level of its own."""
    grouping = Grouping(group=np.zeros(n_rows, dtype=np.intp), first=np.zeros(min(n_rows, 1), dtype=np.intp))
    for column in _joined(columns, n_rows):
        if grouping.n_groups == n_rows:
            break
        grouping = _refined(grouping, column)
    return grouping


def _joined(columns: Sequence[Coded], n_rows: int) -> Iterator[tuple[Small, int, bool]]:
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
        if codes is None and own > FINE_LEVELS and not one.has_missing:
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


def _refined(grouping: Grouping, column: tuple[Small, int, bool]) -> Grouping:
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
    return Grouping(group=joint, first=first)


def _tells_nothing_new(grouping: Grouping, codes: Small) -> bool:
    """Whether the rows of each group have one code; a look at the first rows settles most cases."""
    of_group = codes[grouping.first]
    for rows in (slice(0, 4096), slice(None)):
        if not np.array_equal(of_group[grouping.group[rows]], codes[rows]):
            return False
    return True
