"""Multistage bootstrap factors: half of the units of every stage, drawn without replacement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.replicates.factors import BLOCK_BYTES, Units

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfSampling:
    """Rescaled half-samples of one or two stages.

    `first` are the PSUs in their strata. `second` are the second-stage units, whose `stratum` is the number
    of their PSU; they are then the units of the factors, else the PSUs are. `n_draws` replicates
    come from `seed`, the first stage before the second, groups one after the other.

    Notes
    -----
    F = 1 + λ₁ (n/m k₁ - 1) + √(n/m) k₁ λ₂ (n₂/m₂ k₂ - 1), m = ⌊n/2⌋ kept (k = 1) of n,
    λ₁² = m (1 - f₁)/(n - m), λ₂² = f₁ m₂ (1 - f₂)/(n₂ - m₂). Source: Preston (2009).
    Twin: survey:::mrbweights.
    """

    first: Units
    second: Units | None
    n_draws: int
    seed: int

    @property
    def n(self) -> int:
        """Number of replicates."""
        return self.n_draws

    def changes(self, totals: sparse.csr_array, start: int, stop: int) -> Floats:
        """Σ_u (F_ru - 1) t_u of replicates start … stop - 1."""
        first_seed, second_seed = np.random.SeedSequence(self.seed).spawn(2)
        found = np.zeros((stop - start, totals.shape[1]))
        units = self.first
        of_psu = totals if self.second is None else self.second.stratum_sums(totals)
        spread = np.sqrt(units.outside)
        kept = None  # a PSU alone in its stratum is never left out: what is drawn within it still varies
        if self.second is not None:
            kept = np.tile(units.n_psu[units.stratum] == 1, (stop - start, 1))
        for h, begin, first, half in _halves(units, self.n_draws, first_seed):
            low, high = max(first, start), min(first + len(half), stop)
            if low >= high:
                continue
            rows, some = slice(low - start, high - start), slice(begin, begin + half.shape[1])
            share = half[low - first : high - first] / units.size[some]
            found[rows] += spread[h] * (_standardised(share, units.n_psu[h]) @ of_psu[some])
            if kept is not None:
                kept[rows, some] = share > 0
        if self.second is not None and kept is not None:
            self._within(self.second, kept, totals, second_seed, found, start, stop)
        return found

    def _within(
        self,
        units: Units,
        kept: NDArray[np.bool_],
        totals: sparse.csr_array,
        seed: np.random.SeedSequence,
        found: Floats,
        start: int,
        stop: int,
    ) -> None:
        """Add what the second stage does within the PSUs that a replicate has kept."""
        n = self.first.n_psu[self.first.stratum]
        half = np.maximum(np.floor(n / 2), 1.0)
        fraction = 1 - self.first.outside[self.first.stratum]
        spread = np.sqrt(n / half * fraction * units.outside)
        for i, begin, first, drawn in _halves(units, self.n_draws, seed):
            low, high = max(first, start), min(first + len(drawn), stop)
            if low >= high or spread[i] == 0:
                continue
            rows, some = slice(low - start, high - start), slice(begin, begin + drawn.shape[1])
            share = drawn[low - first : high - first] / units.size[some]
            moved = _standardised(share, units.n_psu[i]) @ totals[some]
            found[rows] += spread[i] * kept[rows, i, None] * moved


def _standardised(share: Floats, n: float) -> Floats:
    """√(m/(n - m)) (n/m k - 1) of the share k of each unit that is kept, m = ⌊n/2⌋."""
    half = np.floor(n / 2)
    return np.asarray(np.sqrt(half / (n - half)) * (n / half * share - 1))


def _halves(
    units: Units, n_draws: int, seed: np.random.SeedSequence
) -> Iterator[tuple[int, int, int, Floats]]:
    """Group, its first unit, first replicate, and how many of each unit are kept (replicates, units)."""
    rng = np.random.default_rng(seed)
    begins = units.starts
    for h, n in enumerate(units.n_psu.astype(np.int64)):
        size = units.size[begins[h] : begins[h + 1]].astype(np.int64)
        if n < 2:
            continue
        half = int(n // 2)
        step = max(int(BLOCK_BYTES / 16 / len(size)), 1)
        for first in range(0, n_draws, step):
            rows = min(step, n_draws - first)
            if len(size) < n:
                yield (
                    h,
                    int(begins[h]),
                    first,
                    rng.multivariate_hypergeometric(size, half, rows).astype(float),
                )
                continue
            counts = np.zeros((rows, len(size)))
            chosen = np.argpartition(rng.random((rows, len(size))), half - 1, axis=1)[:, :half]
            np.put_along_axis(counts, chosen, 1.0, axis=1)
            yield h, int(begins[h]), first, counts
