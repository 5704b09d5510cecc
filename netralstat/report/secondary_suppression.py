"""Secondary suppression: hide neighbours until no hidden row follows from the rows that are shown.

Rows that add up to something printed stand in a *line*: the domains of an item and level, the levels of an
item in a domain, indicators tied by a sum. Each line is an equation between its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

Line = list[int]

# A coordinate of a null space below this is zero: the row it belongs to is determined by the others.
DETERMINED = 1e-9


def lines_of(
    frame: pd.DataFrame,
    by: tuple[str, ...],
    identities: tuple[frozenset[str], ...] = (),
    parents: Mapping[str, str] | None = None,
) -> list[Line]:
    """Positions of rows that add up, a list a line.

    Parameters
    ----------
    frame : tidy table with ``item``, ``level`` and the columns `by`.
    identities : items tied by a sum, where all of them stand in a domain.
    parents : for a single `by`, the larger region of each level, whose total is printed too.
    """
    return [*_domain_lines(frame, by, parents), *_level_lines(frame, by), *_tied_lines(frame, by, identities)]


def protected(
    lines: Sequence[Line], hidden: NDArray[np.bool_], secret: NDArray[np.bool_], size: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which rows to hide besides `hidden`, so that no secret one can be computed.

    Parameters
    ----------
    lines : rows that add up to something known.
    hidden, secret : shape (n_rows,); secret rows are those hidden to protect respondents.
    size : what hiding a row costs; among rows that would do, the smallest is taken.

    Returns
    -------
    ndarray of bool, shape (n_rows,)

    Notes
    -----
    While a line has one hidden row, and that secret, its smallest shown row is hidden too. What is left
    is audited exactly: with A the lines as equations in the hidden rows, row i is determined if and only if
    coordinate i of every vector of A's null space is zero (Willenborg & de Waal 2001, chapter 6).
    """
    hidden, secret = hidden.copy(), secret.copy()
    added = np.zeros(len(hidden), dtype=bool)

    def hide(line: Sequence[int]) -> bool:
        shown = [row for row in line if not hidden[row]]
        if not shown:
            return False
        chosen = min(shown, key=lambda row: (size[row], row))
        hidden[chosen] = secret[chosen] = added[chosen] = True
        return True

    changed = True
    while changed:
        changed = False
        for line in lines:
            inside = [row for row in line if hidden[row]]
            if len(inside) == 1 and len(line) > 1 and secret[inside[0]]:
                changed |= hide(line)
        if not changed:
            for row in determined(lines, hidden):
                if secret[row]:
                    near = sorted({other for line in lines if row in line for other in line})
                    changed = hide(near) or hide(_connected(lines, row))
                    break
    return added


def determined(lines: Sequence[Line], hidden: NDArray[np.bool_]) -> list[int]:
    """Hidden rows whose values follow from the lines and the rows that are shown, in order.

    A line of a single row is no equation: that row is the same as its total, and hidden as that is.
    """
    equations = [[row for row in line if hidden[row]] for line in lines if len(line) > 1]
    equations = [line for line in equations if line]
    columns = sorted({row for line in equations for row in line})
    if not columns:
        return []
    place = {row: i for i, row in enumerate(columns)}
    first = np.repeat(np.arange(len(equations)), [len(line) for line in equations])
    second = np.array([place[row] for line in equations for row in line])
    matrix = sparse.csr_array((np.ones(len(first)), (first, second)), (len(equations), len(columns)))
    _, part = csgraph.connected_components(matrix.T @ matrix, directed=False)
    found: list[int] = []
    for label in range(part.max() + 1):
        here = np.flatnonzero(part == label)
        block = matrix[:, here].toarray()
        block = block[block.any(axis=1)]
        _, values, vectors = np.linalg.svd(block)
        rank = int((values > DETERMINED * values[0]).sum())
        free = np.abs(vectors[rank:]).max(axis=0, initial=0.0)
        found += [columns[i] for i in here[free < DETERMINED]]
    return sorted(found)


def _connected(lines: Sequence[Line], row: int) -> list[int]:
    """Rows that a row shares equations with, directly or through others."""
    reached, before = {row}, 0
    while len(reached) > before:
        before = len(reached)
        for line in lines:
            if not reached.isdisjoint(line):
                reached.update(line)
    return sorted(reached)


def _groups(frame: pd.DataFrame, keys: list[pd.Series]) -> list[Line]:
    together = pd.concat([key.astype(str).reset_index(drop=True) for key in keys], axis=1)
    together.columns = pd.Index(range(len(keys)))
    return [
        list(map(int, rows)) for rows in together.groupby(list(together.columns), sort=False).indices.values()
    ]


def _domain_lines(frame: pd.DataFrame, by: tuple[str, ...], parents: Mapping[str, str] | None) -> list[Line]:
    lines: list[Line] = []
    if not by:
        return lines
    inside = np.flatnonzero(~frame[list(by)].isna().all(axis=1).to_numpy())
    frame = frame.iloc[inside]
    for summed in by:
        kept = [frame[name] for name in ("item", "level", *(name for name in by if name != summed))]
        lines += _groups(frame, kept)
        if parents is not None:
            lines += _groups(frame, [*kept, frame[summed].astype(str).map(dict(parents)).fillna("")])
    return [[int(inside[row]) for row in line] for line in lines]


def _level_lines(frame: pd.DataFrame, by: tuple[str, ...]) -> list[Line]:
    return [line for line in _groups(frame, [frame[name] for name in ("item", *by)]) if len(line) > 1]


def _tied_lines(
    frame: pd.DataFrame, by: tuple[str, ...], identities: tuple[frozenset[str], ...]
) -> list[Line]:
    """All items of a tie in one domain; without one of them nothing can be computed."""
    items = frame["item"].astype(str).tolist()
    everywhere = pd.Series("", index=frame.index)
    domains = _groups(frame, [frame[name] for name in by] or [everywhere])
    lines = []
    for tie in identities:
        for rows in domains:
            line = [row for row in rows if items[row] in tie]
            if {items[row] for row in line} == tie:
                lines.append(line)
    return lines
