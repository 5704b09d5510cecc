"""Influence: what each cell adds to each statistic, kept by domain because a cell lies in one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# What a multiplication in a dense product gains over one in a sparse product; the most memory it may take.
DENSE_GAIN = 50
DENSE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Influence of m statistics in each of several domains that do not overlap.

    `values` (n_rows, m), of which row r belongs to `domain[r]`, -1 where it lies in none; they may be sparse
    in a part about everybody whose rows are yet to be added up to units. The columns that it stands for
    run over the domains within each statistic: m × n_domains of them.
    """

    values: Any
    domain: Codes
    n_domains: int

    @property
    def n_columns(self) -> int:
        """Number of statistics times number of domains."""
        return int(self.values.shape[1]) * self.n_domains

    def columns(self, domain: int) -> Codes:
        """Places of the statistics of one domain among the columns."""
        return np.arange(self.values.shape[1]) * self.n_domains + domain

    def to_sparse(self) -> sparse.csr_array:
        """The influence with a column for each statistic in each domain, shape (n_rows, n_columns)."""
        n_rows, m = self.values.shape
        inside = self.domain >= 0
        counts = np.where(inside, m, 0)
        indices = (self.domain[inside, None] + np.arange(m) * self.n_domains).ravel()
        indptr = np.concatenate([[0], np.cumsum(counts)])
        return sparse.csr_array(
            (self.values[inside].ravel(), indices, indptr), shape=(n_rows, self.n_columns)
        )


def dense(values: Floats | sparse.csr_array) -> Part:
    """Influence of statistics about everybody, shape (n_rows, m)."""
    return Part(values=values, domain=np.zeros(values.shape[0], dtype=np.int64), n_domains=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Parts over the same units, which may repeat: a unit has a row in each domain that it reaches.

    `unit` (n_rows,) numbers the unit that a row belongs to; each part has its own rows.
    """

    parts: tuple[Part, ...]
    units: tuple[Codes, ...]
    n_units: int


def summed(parts: Sequence[Part], unit: Codes, n_units: int) -> Rows:
    """The parts added up within units: one row for each domain of a part that a unit reaches."""
    added, units = [], []
    for part in parts:
        if part.n_domains == 1 and not (part.domain < 0).any():
            sums = _indicator(unit, n_units) @ part.values
            added.append(dense(sums.toarray() if sparse.issparse(sums) else np.asarray(sums)))
            units.append(np.arange(n_units))
            continue
        inside = np.flatnonzero(part.domain >= 0)
        joint = unit[inside] * part.n_domains + part.domain[inside]
        if n_units * part.n_domains <= max(1 << 22, 4 * len(joint)):
            present = np.flatnonzero(np.bincount(joint, minlength=n_units * part.n_domains))
            place = np.empty(n_units * part.n_domains, dtype=np.int64)
            place[present] = np.arange(len(present))
            row = place[joint]
        else:
            present, row = np.unique(joint, return_inverse=True)
        values = part.values if len(inside) == len(part.domain) else part.values[inside]
        sums = _indicator(row.reshape(-1), len(present)) @ values
        added.append(Part(values=np.asarray(sums), domain=present % part.n_domains, n_domains=part.n_domains))
        units.append(present // part.n_domains)
    return Rows(parts=tuple(added), units=tuple(units), n_units=n_units)


def scaled(rows: Rows, factor: Floats) -> Rows:
    """Each unit's rows times its factor, shape (n_units,)."""
    parts = tuple(
        Part(
            values=part.values * factor[unit][:, None],
            domain=part.domain,
            n_domains=part.n_domains,
        )
        for part, unit in zip(rows.parts, rows.units, strict=True)
    )
    return Rows(parts=parts, units=rows.units, n_units=rows.n_units)


def gram(rows: Rows) -> Floats:
    """Sum over units of the outer product of their columns, shape (k, k).

    Where no unit reaches two domains of one part, the units of each pattern of domains make a small dense
    product; else one product of all columns, sparse or dense, whichever is less work.
    """
    k = sum(part.n_columns for part in rows.parts)
    matrix = np.zeros((k, k))
    if not all(_once(unit, rows.n_units) for unit in rows.units):
        return _product(_matrix(rows))
    for block, columns in _patterns(rows):
        matrix[np.ix_(columns, columns)] += block.T @ block
    return matrix


def totals(rows: Rows) -> Floats:
    """Sum over units of each column, shape (k,)."""
    found = []
    for part in rows.parts:
        inside = part.domain >= 0
        found += [
            np.bincount(part.domain[inside], weights=column, minlength=part.n_domains)
            for column in part.values[inside].T
        ]
    return np.concatenate(found)


def of_units(rows: Rows, units: Codes) -> Floats:
    """All columns of a few units, shape (len(units), k)."""
    return np.asarray(_matrix(rows)[units].toarray())


def _once(unit: Codes, n_units: int) -> bool:
    return len(unit) <= n_units and (len(unit) < 2 or int(np.bincount(unit).max()) == 1)


def _patterns(rows: Rows) -> Iterator[tuple[Floats, Codes]]:
    """Dense rows of the units that reach the same domains, and the columns that they fill."""
    starts = np.cumsum([0, *(part.n_columns for part in rows.parts)])
    where = []
    pattern = np.zeros(rows.n_units, dtype=np.int64)
    for part, unit in zip(rows.parts, rows.units, strict=True):
        row = np.full(rows.n_units, -1, dtype=np.int64)
        row[unit] = np.arange(len(unit))
        where.append(row)
        reached = np.where(row >= 0, part.domain[row], -1) if len(part.domain) else row
        pattern = pattern * (part.n_domains + 1) + reached + 1
    order = np.argsort(pattern, kind="stable")
    ends = np.flatnonzero(np.diff(pattern[order], append=-1))
    for begin, end in pairwise([0, *(ends + 1).tolist()]):
        units = order[begin:end]
        blocks, columns = [], []
        for part, row, start in zip(rows.parts, where, starts[:-1], strict=True):
            at = row[units]
            domain = int(part.domain[at[0]]) if at[0] >= 0 else -1
            if domain >= 0:
                blocks.append(part.values[at])
                columns.append(start + part.columns(domain))
        if blocks:
            yield (np.hstack(blocks) if len(blocks) > 1 else blocks[0]), np.concatenate(columns)


def _matrix(rows: Rows) -> sparse.csr_array:
    """Units × columns."""
    blocks = []
    for part, unit in zip(rows.parts, rows.units, strict=True):
        inside = part.domain >= 0
        m = part.values.shape[1]
        at = (
            np.repeat(unit[inside], m),
            (part.domain[inside, None] + np.arange(m) * part.n_domains).ravel(),
        )
        shape = (rows.n_units, part.n_columns)
        blocks.append(sparse.csr_array((part.values[inside].ravel(), at), shape=shape))
    return sparse.csr_array(sparse.hstack(blocks, format="csr"))


def _product(rows: sparse.csr_array) -> Floats:
    """X'X, sparse or dense: the one costs Σ (entries of a row)² steps, the other n·k² fast ones."""
    n, k = rows.shape
    steps = float(np.sum(np.diff(rows.indptr).astype(float) ** 2))
    if n * k**2 <= DENSE_GAIN * steps and n * k * 8 <= DENSE_BYTES:
        full = rows.toarray()
        return np.asarray(full.T @ full)
    return np.asarray((rows.T @ rows).toarray())


def _indicator(codes: Codes, n_groups: int) -> sparse.csr_array:
    """Sparse 0/1 matrix of shape (n_groups, n_rows) that sums rows into groups."""
    ones = np.ones(len(codes))
    columns = sparse.csc_array((ones, codes, np.arange(len(codes) + 1)), shape=(n_groups, len(codes)))
    return sparse.csr_array(columns)
