"""Replicate factors: what each replicate makes of the sampled units, as changes of their totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# Most memory that the factors of one stratum, or of one block of half-samples, take at a time; draws are
# counted within a processor's cache.
BLOCK_BYTES = 3_000_000
CACHE_BYTES = 131_072
# Where a block fills this share of its columns, a dense product is faster than a sparse one.
DENSE_SHARE = 0.05
# With fewer drawn persons than this for each unit, drawing them one by one beats drawing counts.
DRAWS_A_UNIT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What replicates leave out or draw again: PSUs, or persons where persons were drawn.

    Parameters
    ----------
    stratum : (n_units,) int, ascending: the stratum of each unit.
    size : (n_units,) persons who are alike in all respects and share the unit; 1 for a PSU.
    n_psu : (n_strata,) sampled PSUs (persons), the sum of `size` over the stratum.
    fpc : (n_strata,) their population count, inf without a correction.
    """

    stratum: Codes
    size: Floats
    n_psu: Floats
    fpc: Floats

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.stratum)

    @property
    def n_strata(self) -> int:
        """Number of strata."""
        return len(self.n_psu)

    @property
    def outside(self) -> Floats:
        """1 - f of each stratum, the share of its PSUs that were not sampled, shape (n_strata,)."""
        bounded = np.isfinite(self.fpc)
        return np.clip(np.where(bounded, 1 - self.n_psu / np.where(bounded, self.fpc, 1.0), 1.0), 0.0, 1.0)

    @property
    def starts(self) -> Codes:
        """First unit of each stratum and, last, the number of units, shape (n_strata + 1,)."""
        return np.searchsorted(self.stratum, np.arange(self.n_strata + 1))

    def stratum_sums(self, totals: sparse.csr_array) -> sparse.csr_array:
        """Sum the rows of (n_units, k) within strata."""
        shape = (self.n_strata, self.n_units)
        ones = np.ones(self.n_units)
        return sparse.csr_array(
            sparse.csr_array((ones, (self.stratum, np.arange(self.n_units))), shape=shape) @ totals
        )


class Factors(Protocol):
    """Factors F (n, n_units) of the design weights, never held whole."""

    @property
    def n(self) -> int:
        """Number of replicates."""
        ...

    def changes(self, totals: sparse.csr_array, start: int, stop: int) -> Floats:
        """Σ_u (F_ru - 1) t_u of replicates r = start … stop - 1 from totals t (n_units, k), shape (·, k)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """Jackknife: each replicate leaves out one unit and lifts the rest of its stratum to n/(n - 1).

    `unit` (n_deleted,) names the units of strata with two or more. `lonely` (n_lonely,) are units alone in
    their stratum that are left out with it, the other strata lifted to H/(H - 1).
    """

    units: Units
    unit: Codes
    lonely: Codes

    @property
    def n(self) -> int:
        """Number of distinct replicates."""
        return len(self.unit) + len(self.lonely)

    def changes(self, totals: sparse.csr_array, start: int, stop: int) -> Floats:
        """(t_h - n_h t_u / size_u) / (n_h - 1) for the unit u left out of the stratum h."""
        units = self.units
        unit = self.unit[start:stop]
        stratum = units.stratum[unit]
        n = units.n_psu[stratum]
        of_stratum = sparse.diags_array(1 / (n - 1)) @ units.stratum_sums(totals)[stratum]
        of_unit = sparse.diags_array(n / (n - 1) / units.size[unit]) @ totals[unit]
        found = (of_stratum - of_unit).toarray()
        lonely = self.lonely[max(start - len(self.unit), 0) : max(stop - len(self.unit), 0)]
        if not len(lonely):
            return np.asarray(found)
        everybody = np.asarray(totals.sum(axis=0))
        h = units.n_strata
        left_out = (everybody - h * totals[lonely].toarray()) / (h - 1)
        return np.concatenate([found, left_out])


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """Rescaling bootstrap: n - 1 units drawn with replacement from the n of each stratum.

    The strata of all `n_draws` replicates are drawn one after the other from one stream of `seed`, so the
    factors depend on the seed and the design, and on nothing else.
    """

    units: Units
    n_draws: int
    seed: int

    @property
    def n(self) -> int:
        """Number of replicates."""
        return self.n_draws

    def changes(self, totals: sparse.csr_array, start: int, stop: int) -> Floats:
        """Σ_h √(1 - f_h) (n_h/(n_h - 1) Σ_u m_ru t_u / size_u - t_h), m_ru how often u was drawn."""
        units = self.units
        per_draw = (units.n_psu / np.maximum(units.n_psu - 1, 1))[units.stratum] / units.size
        weight = np.where(units.n_psu > 1, np.sqrt(units.outside), 0.0)[units.stratum]
        totals = sparse.csr_array(totals)
        totals.sum_duplicates()
        lifted = sparse.csr_array(sparse.diags_array(weight * per_draw) @ totals)
        found = np.zeros((stop - start, totals.shape[1]))
        known: tuple[int, _Block, Floats] | None = None
        for begin, end, first, counts in self._drawn():
            low, high = max(first, start), min(first + len(counts), stop)
            if low >= high:
                continue
            if known is None or known[0] != begin:  # a large stratum comes in several blocks of replicates
                block = _Block.of(lifted, begin, end)
                known = begin, block, block.times(1 / per_draw[None, begin:end])
            _, block, of_strata = known
            change = block.times(counts[low - first : high - first]) - of_strata
            found[low - start : high - start, block.columns] += change
        return found

    def _drawn(self) -> Iterator[tuple[int, int, int, Floats]]:
        """First and last unit of neighbouring strata, first replicate, and how often each unit was drawn.

        The counts have shape (replicates, units) and are overwritten by the next; they are zero in strata
        of one unit.
        """
        rng = np.random.default_rng(self.seed)
        begins = self.units.starts
        n_psu, size = self.units.n_psu.astype(np.int64), self.units.size.astype(np.int64)
        buffer = np.empty(0)
        h = 0
        while h < len(n_psu):
            begin, last = begins[h], h + 1
            room = max(int(BLOCK_BYTES / 8 / self.n_draws), 1)
            while last < len(n_psu) and begins[last + 1] - begin <= room:
                last += 1
            step = max(int(BLOCK_BYTES / 8 / (begins[last] - begin)), 1) if last == h + 1 else self.n_draws
            for first in range(0, self.n_draws, step):
                shape = (min(step, self.n_draws - first), begins[last] - begin)
                if len(buffer) < shape[0] * shape[1]:
                    buffer = np.empty(shape[0] * shape[1])
                counts = buffer[: shape[0] * shape[1]].reshape(shape)
                for g in range(h, last):
                    own = counts[:, begins[g] - begin : begins[g + 1] - begin]
                    _draw(rng, n_psu[g], size[begins[g] : begins[g + 1]], own)
                yield begin, begins[last], first, counts
            h = last


def _draw(rng: np.random.Generator, n: int, size: Codes, counts: Floats) -> None:
    """Fill `counts` (rows, n_units): n - 1 persons of n drawn with replacement, by the unit they are of."""
    rows = len(counts)
    if n < 2:
        counts[:] = 0.0
        return
    if n > DRAWS_A_UNIT * len(size):
        counts[:] = rng.multinomial(n - 1, size / n, rows)
        return
    holder = np.repeat(np.arange(len(size)), size) if len(size) < n else None
    step = max(int(CACHE_BYTES / 8 / n), 1)
    row = np.repeat(np.arange(step) * len(size), n - 1)
    for first in range(0, rows, step):
        some = min(step, rows - first)
        drawn = rng.integers(0, n, size=some * (n - 1))
        if holder is not None:
            drawn = holder[drawn]
        drawn += row[: len(drawn)]
        counted = np.bincount(drawn, minlength=some * len(size))
        counts[first : first + some] = counted.reshape(some, len(size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Halving:
    """Balanced half-samples: of the two units of a stratum one is lifted to 2 - rho, the other cut to rho.

    `pairs` (n_pairs,) are the strata that are halved; `order`, a power of two above n_pairs, is the number
    of replicates. Signs are those of Sylvester's Hadamard matrix, columns 1 to n_pairs.
    """

    units: Units
    pairs: Codes
    order: int
    rho: float

    @property
    def n(self) -> int:
        """Number of replicates."""
        return self.order

    def changes(self, totals: sparse.csr_array, start: int, stop: int) -> Floats:
        """(1 - rho) Σ_h √(1 - f_h) s_rh (t_h1 - t_h2), s_rh = ±1."""
        units = self.units
        column = np.full(units.n_strata, -1)
        column[self.pairs] = np.arange(len(self.pairs))
        member = np.flatnonzero(column[units.stratum] >= 0)
        second = np.concatenate([[False], np.diff(units.stratum) == 0])[member]
        sign = np.where(units.size[member] > 1, 0.0, np.where(second, -1.0, 1.0))
        weight = (1 - self.rho) * np.sqrt(units.outside[units.stratum[member]]) * sign
        shape = (len(self.pairs), units.n_units)
        halves = sparse.csr_array((weight, (column[units.stratum[member]], member)), shape=shape)
        between = sparse.csr_array(halves @ totals)
        found = np.empty((stop - start, totals.shape[1]))
        step = max(int(BLOCK_BYTES / 8 / max(len(self.pairs), 1)), 1)
        for first in range(start, stop, step):
            rows = np.arange(first, min(first + step, stop))
            found[rows - start] = self._signs(rows) @ between
        return found

    def _signs(self, rows: Codes) -> Floats:
        """Rows of the Hadamard matrix at columns 1 … n_pairs: the parity of the bits two numbers share."""
        shared = rows[:, None] & np.arange(1, len(self.pairs) + 1)[None, :]
        return np.where(np.bitwise_count(shared) % 2, -1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Factors as somebody else made them; `factors` has shape (n, n_units)."""

    factors: Floats

    @property
    def n(self) -> int:
        """Number of replicates."""
        return len(self.factors)

    def changes(self, totals: sparse.csr_array, start: int, stop: int) -> Floats:
        """Σ_u (F_ru - 1) t_u."""
        totals = sparse.csr_array(totals)
        totals.sum_duplicates()
        block = _Block.of(totals, 0, totals.shape[0])
        found = np.zeros((stop - start, totals.shape[1]))
        found[:, block.columns] = block.times(self.factors[start:stop] - 1.0)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Some rows of a sparse matrix, without the columns that hold nothing in them."""

    columns: Codes
    rows: Floats | sparse.csr_array

    @classmethod
    def of(cls, totals: sparse.csr_array, first: int, last: int) -> _Block:
        """Rows first … last - 1, dense where enough of them is filled."""
        pointers = totals.indptr[first : last + 1]
        within = slice(pointers[0], pointers[-1])
        columns, place = np.unique(totals.indices[within], return_inverse=True)
        shape = (last - first, len(columns))
        if pointers[-1] - pointers[0] < DENSE_SHARE * shape[0] * shape[1]:
            parts = (totals.data[within], place.reshape(-1), pointers - pointers[0])
            return cls(columns=columns, rows=sparse.csr_array(parts, shape=shape))
        rows = np.zeros(shape)
        rows[np.repeat(np.arange(last - first), np.diff(pointers)), place.reshape(-1)] = totals.data[within]
        return cls(columns=columns, rows=rows)

    def times(self, factors: Floats) -> Floats:
        """The product of factors (n, n_rows) and the rows."""
        if isinstance(self.rows, np.ndarray):
            return np.asarray(factors @ self.rows)
        return np.asarray((self.rows.T @ factors.T).T)
