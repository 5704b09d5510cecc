"""Flags: which rows a check found odd, and how odd. A flag names a row; it neither judges nor deletes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NOBODY = -1
COLUMNS = {
    "source": "str",
    "row": "int64",
    "flag": "str",
    "detail": "str",
    "value": "float64",
    "other_source": "str",
    "other_row": "Int64",
    "interviewer": "str",
    "excluded": "bool",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """Rows that one check found.

    Attributes
    ----------
    flag : str
        One of `netralstat.ask.plan_quality.FLAGS`.
    rows : numpy.ndarray of intp, (k,)
        Places among the responses.
    value : numpy.ndarray of float, (k,)
        The measure that the check took: minutes, a share, D²; never an answer.
    detail : str
        The block, item or experiment that was looked at; "" where it is the whole row.
    other : numpy.ndarray of intp, (k,), optional
        The row that each one resembles.
    """

    flag: str
    rows: NDArray[np.intp]
    value: NDArray[np.float64]
    detail: str = ""
    other: NDArray[np.intp] | None = None

    def places(self, n: int) -> NDArray[np.bool_]:
        """True for the rows that were found, among `n`."""
        found = np.zeros(n, dtype=bool)
        found[self.rows] = True
        return found


def found(
    flag: str, hit: NDArray[np.bool_], value: NDArray[np.float64] | None = None, detail: str = ""
) -> Flagged:
    """The rows that are True in `hit`, each with its measure (1 where there is none)."""
    rows = np.flatnonzero(hit)
    measured = np.ones(len(rows)) if value is None else np.asarray(value, dtype=np.float64)[rows]
    return Flagged(flag=flag, rows=rows, value=measured, detail=detail)


def flag_table(
    flagged: Iterable[Flagged],
    rows: pd.DataFrame,
    excluded: Sequence[str] = (),
    interviewer: NDArray[np.object_] | None = None,
) -> pd.DataFrame:
    """One line a row and flag, in the columns of `COLUMNS`.

    Parameters
    ----------
    flagged : iterable of Flagged
    rows : pandas.DataFrame
        source and row of every response.
    excluded : sequence of str
        Flags whose rows the wave file leaves out.
    interviewer : numpy.ndarray of object, (n,), optional
        Code of each row's interviewer, "" where unknown.
    """
    sources, numbers = rows["source"].to_numpy(dtype=object), rows["row"].to_numpy(dtype=np.int64)
    who = np.full(len(rows), "", dtype=object) if interviewer is None else interviewer
    parts = []
    for one in flagged:
        other = np.full(len(one.rows), NOBODY) if one.other is None else one.other
        alone = other == NOBODY
        part = {
            "source": sources[one.rows],
            "row": numbers[one.rows],
            "flag": one.flag,
            "detail": one.detail,
            "value": one.value,
            "other_source": np.where(alone, "", sources[other]),
            "other_row": pd.Series(numbers[other], dtype="Int64").mask(alone),
            "interviewer": who[one.rows],
            "excluded": one.flag in excluded,
        }
        parts.append(pd.DataFrame(part))
    if not any(len(part) for part in parts):
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
    whole = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return whole.sort_values(["source", "row", "flag", "detail"], kind="stable", ignore_index=True)
