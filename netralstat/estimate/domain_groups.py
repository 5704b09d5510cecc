"""Rows of a table that differ in one domain only: what comparisons, tests and standards run over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.estimates import Estimates

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainGroups:
    """One group for each item, level and combination of the other domains.

    `rows` holds the positions of a group's rows, one for each level of the domain `over`, in the order of
    the table. `labels` has one row a group: `item`, `level` and the `others`.
    """

    over: str
    others: tuple[str, ...]
    rows: tuple[Rows, ...]
    labels: pd.DataFrame

    def told(self, group: int) -> str:
        """What a group is, for an error: item, level and the other domains."""
        row = self.labels.iloc[group]
        return ", ".join(f"{name} {row[name]}" for name in self.labels.columns if not pd.isna(row[name]))


def domain_groups(estimates: Estimates, over: str | None) -> DomainGroups:
    """Group the rows by all labels but the domain `over`; rows of the whole population stay out.

    Raises
    ------
    UsageError
        `over` is not named although there are several domains, or is none of them.
    EstimationError
        The estimates have no domains.
    """
    by, table = estimates.by, estimates.table
    if not by:
        raise EstimationError(
            f"these {len(table)} estimates have no domains to compare",
            where="domains",
            do="estimate by a domain",
        )
    if over is None and len(by) == 1:
        over = by[0]
    if over not in by:
        raise UsageError(
            "the domain to compare is not named" if over is None else f'there is no domain "{over}"',
            where="over",
            do=f"name one of {', '.join(by)}.{did_you_mean(over or '', by)}",
        )
    others = tuple(name for name in by if name != over)
    columns = [name for name in ("item", "level", *others, "contrast") if name in table]
    inside = np.flatnonzero(table[over].notna().to_numpy(dtype=bool))
    codes = row_codes(table.iloc[inside], columns)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) > 0])
    return DomainGroups(
        over=over,
        others=others,
        rows=tuple(np.split(inside[order], starts[1:])),
        labels=table.iloc[inside[order[starts]]][columns].reset_index(drop=True),
    )


def row_codes(table: pd.DataFrame, columns: Sequence[str]) -> Rows:
    """Code of each row's combination of `columns`, from 0 by first appearance; NaN is a value."""
    combined = np.zeros(len(table), dtype=np.int64)
    for name in columns:
        codes, levels = pd.factorize(table[name], use_na_sentinel=False)
        combined = np.asarray(pd.factorize(combined * len(levels) + codes)[0], dtype=np.int64)
    return combined


def level_places(estimates: Estimates, groups: DomainGroups, levels: Sequence[Any]) -> list[Rows]:
    """Rows of each group in the order of `levels`, -1 where the group has none; others are left out."""
    values = estimates.table[groups.over].to_numpy(dtype=object)
    found = []
    for rows in groups.rows:
        place = {values[row]: row for row in rows}
        found.append(np.array([place.get(level, -1) for level in levels], dtype=np.int64))
    return found
