"""Text as it was read, in columns: each distinct text of a column once, and a code for each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColumn:
    """One column as it was read, each distinct text kept once.

    Attributes
    ----------
    levels : tuple of str
        Distinct texts in order of appearance; "" is an empty cell.
    codes : numpy.ndarray of int32, (n,)
        For each row the place of its text in `levels`.
    """

    levels: tuple[str, ...]
    codes: NDArray[np.int32]

    def text(self) -> NDArray[np.object_]:
        """Return the text of every row."""
        return np.array(self.levels, dtype=object)[self.codes] if self.levels else np.empty(0, dtype=object)

    def test(self, holds: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Return for every row whether `holds` is true of its text (asked once per distinct text)."""
        return np.array([holds(level) for level in self.levels] or [False], dtype=bool)[self.codes]

    def take(self, rows: NDArray[np.intp]) -> TextColumn:
        """Return the column with these rows only."""
        return TextColumn(levels=self.levels, codes=self.codes[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """One source as text: `columns` stand under `header`; row i is row `first_row` + i of the file.

    `below_header` are rows between the header and the answers that describe the columns further.
    """

    path: str
    sha256: str
    header: tuple[str, ...]
    columns: tuple[TextColumn, ...]
    n_rows: int
    first_row: int = 2
    below_header: tuple[tuple[str, ...], ...] = ()

    def column(self, name: str) -> TextColumn:
        """Return the column under this header."""
        return self.columns[self.header.index(name)]


def with_header_rows(table: TextTable, n_below: int) -> TextTable:
    """The table with its first rows taken as further rows of the header."""
    rows = tuple(
        tuple(column.levels[column.codes[row]] for column in table.columns)
        for row in range(min(n_below, table.n_rows))
    )
    return TextTable(
        path=table.path,
        sha256=table.sha256,
        header=table.header,
        columns=tuple(_used(column, column.codes[n_below:]) for column in table.columns),
        n_rows=max(table.n_rows - n_below, 0),
        first_row=table.first_row + n_below,
        below_header=rows,
    )


def _used(column: TextColumn, codes: NDArray[np.int32]) -> TextColumn:
    """The column of these codes, with the texts that they name and no other."""
    places, renumbered = np.unique(codes, return_inverse=True)
    levels = tuple(column.levels[place] for place in places)
    return TextColumn(levels=levels, codes=renumbered.astype(np.int32))


def combine(columns: Sequence[TextColumn]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Distinct combinations of texts in several columns.

    Returns
    -------
    first : numpy.ndarray, (n_combinations,)
        A row in which each combination stands.
    inverse : numpy.ndarray, (n,)
        For each row the number of its combination.
    """
    key = np.zeros(len(columns[0].codes), dtype=np.int64)
    size = 1
    for column in columns:
        width = max(len(column.levels), 1)
        if size * width > 2**62:
            _, key = np.unique(key, return_inverse=True)
            size = int(key.max(initial=0)) + 1
        key = key * width + column.codes
        size *= width
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return first, inverse


def stack(columns: Sequence[TextColumn]) -> TextColumn:
    """One column out of the columns of several sources, one below the other."""
    index = {level: code for code, level in enumerate(dict.fromkeys(lv for c in columns for lv in c.levels))}
    places = [np.array([index[level] for level in column.levels], dtype=np.int32) for column in columns]
    codes = [place[column.codes] for place, column in zip(places, columns, strict=True)]
    return TextColumn(levels=tuple(index), codes=np.concatenate(codes))
