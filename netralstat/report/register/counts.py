"""A case register as it may be printed: numbers of cases, the small ones and what gives them away hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.collect.register import REACHED
from netralstat.report.secondary_suppression import determined, protected
from netralstat.report.suppression import SUPPRESSED_CASES

if TYPE_CHECKING:
    from netralstat.collect.register import CaseRegister

Booleans = NDArray[np.bool_]

# What hiding a number of reported cases costs beside hiding how they went on: these are hidden first. A 0 is
# hidden last of its stage, for it tells of nobody, and hiding it keeps no other number.
_REPORTED_COSTS, _ZERO_COSTS = 1e15, 1e14


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCounts:
    """Numbers of a register that may be printed.

    Parameters
    ----------
    unit, as_of : str, date
        What is counted ("persons", "cases" or "reports"), and the day.
    total : int or None
        All cases; None where they are too few to print, and then nothing else is there.
    stages : Mapping[str, int] or None
        Cases by stage; None where a stage has too few, and then no table tells how cases went on.
    regions, forms : DataFrame
        `province` or `form`, then ``reported``, ``recommended`` and ``sanctioned`` (forms: ``reported``), NaN
        where hidden.
    least : int
        The smallest number above 0 that is printed.
    """

    unit: str
    as_of: date
    total: int | None
    stages: Mapping[str, int] | None
    regions: pd.DataFrame
    forms: pd.DataFrame
    least: int

    @property
    def hidden(self) -> list[dict[str, str]]:
        """Every hidden number by table, row and reason."""
        named = (("register regions", "province", self.regions), ("register forms", "form", self.forms))
        return [
            {"table": table, "row": f"{key}={row[key]}, {column}", "reason": SUPPRESSED_CASES}
            for table, key, frame in named
            for row in frame.to_dict("records")
            for column in frame.columns
            if column != key and pd.isna(row[column])
        ]


def case_counts(register: CaseRegister, least: int) -> CaseCounts:
    """What may be printed of a register.

    Parameters
    ----------
    least : int
        A number from 1 to `least` - 1 is hidden, and so is a difference of that size between two stages of
        one province (how many were not sanctioned), and the sum of what is hidden in a column. 0 is shown
        unless nothing else is left to hide: that nobody was reported tells of nobody.

    Notes
    -----
    Of a province reported = not recommended + recommended, and recommended = not sanctioned + sanctioned;
    over the provinces each of them sums to its printed total. These are the equations from which
    `report.secondary_suppression` sees that no hidden number follows (methods.md "Suppression").
    """
    total, stages = register.total, register.stages
    none = pd.DataFrame()
    if total < least:
        return CaseCounts(
            unit=register.unit, as_of=register.as_of, total=None, stages=None, regions=none, forms=none,
            least=least,
        )  # fmt: skip
    staged = not any(_small(np.array([*stages.values()], dtype=float), least))
    return CaseCounts(
        unit=register.unit,
        as_of=register.as_of,
        total=total,
        stages=stages if staged else None,
        regions=_shown(register.by("province"), REACHED if staged else REACHED[:1], least),
        forms=_shown(register.by("form"), REACHED[:1], least),
        least=least,
    )


def _small(numbers: NDArray[np.float64], least: int) -> Booleans:
    return np.asarray((numbers > 0) & (numbers < least))


def _shown(table: pd.DataFrame, columns: Sequence[str], least: int) -> pd.DataFrame:
    """The columns with what must not be printed as NaN; an only row is the printed total itself."""
    numbers = table[list(columns)].to_numpy(dtype=float)
    hidden = hidden_numbers(numbers, least) if len(table) > 1 else np.zeros(numbers.shape, dtype=bool)
    shown = pd.DataFrame(np.where(hidden, np.nan, numbers), columns=list(columns))
    return pd.concat([table.iloc[:, :1], shown], axis=1)


def hidden_numbers(numbers: NDArray[np.float64], least: int) -> Booleans:
    """Which numbers to hide.

    Parameters
    ----------
    numbers : shape (regions, stages); each column is part of the one before, and its sum is known.

    Returns
    -------
    ndarray of bool, shape (regions, stages)
    """
    n_rows, n_stages = numbers.shape
    parts = numbers[:, :-1] - numbers[:, 1:]
    cells = np.concatenate([numbers, parts], axis=1)
    place = np.arange(cells.size).reshape(cells.shape)
    printed = np.zeros(cells.shape, dtype=bool)
    printed[:, :n_stages] = True
    secret = _small(cells, least)
    cost = cells + np.where(cells == 0, _ZERO_COSTS, 0.0)
    cost[:, 0] += _REPORTED_COSTS
    lines = [place[:, stage].tolist() for stage in range(n_stages)]
    lines += [
        [int(place[row, stage]), int(place[row, stage + 1]), int(place[row, n_stages + stage])]
        for row in range(n_rows)
        for stage in range(n_stages - 1)
    ]
    hidden, kept = (secret | ~printed).ravel(), secret.ravel().copy()
    more = True
    while more:
        added = protected(lines, hidden, kept, cost.ravel())
        hidden, kept = hidden | added, kept | added
        unknown = hidden.copy()
        unknown[determined(lines, hidden)] = False
        wanted = _few_together(cells, unknown.reshape(cells.shape), hidden.reshape(cells.shape), cost, least)
        more = wanted is not None
        if wanted is not None:
            hidden[wanted] = kept[wanted] = True
    return np.asarray(hidden.reshape(cells.shape)[:, :n_stages])


def _few_together(
    cells: NDArray[np.float64], unknown: Booleans, hidden: Booleans, cost: NDArray[np.float64], least: int
) -> int | None:
    """Place of the cheapest printed number whose hiding adds to a column of which too few are unknown.

    The sum of what is unknown in a column is its printed total less what is shown, so that it must be no
    small number either: two numbers with the sum 2 are 1 and 1. A part of a stage is unknown where the number
    of the next stage is hidden. None where no column has too few, or none can have more.
    """
    n_stages = (cells.shape[1] + 1) // 2
    together = np.where(unknown, cells, 0.0).sum(axis=0)
    for column in np.flatnonzero(_small(together, least)):
        stage = int(column) if column < n_stages else int(column) - n_stages + 1
        rows = np.flatnonzero(~unknown[:, column] & ~hidden[:, stage] & (cells[:, column] > 0))
        if len(rows):
            chosen: int = int(rows[np.argmin(cost[rows, stage])]) * cells.shape[1] + stage
            return chosen
    return None
