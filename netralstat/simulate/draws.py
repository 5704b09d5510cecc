"""Random draws that are the same to the last bit on every machine and NumPy version.

NumPy guarantees the stream of its bit generators, not that of `Generator.normal` or `.choice`. So every
draw here is arithmetic on the raw 64-bit words of PCG64. Uniforms are the words' upper 53 bits (what
`Generator.random` returns), normals are sums of the words' four 16-bit parts (exact integers), and only the
logistic noise passes through a logarithm, whose last bit could matter where two of a million values lie
closer than 1e-15.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.errors import DesignError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

_UNIT = 2.0**-53
# Sum of four independent integers 0…65535: mean 131070, variance 4 (65536² − 1) / 12.
_MEAN_OF_SUM = 131070.0
_SCALE_OF_SUM = 1.0 / math.sqrt(4.0 * (65536.0**2 - 1.0) / 12.0)


class Draws:
    """A named stream of draws: the same `seed` and `name` give the same numbers, whatever else is drawn.

    Parameters
    ----------
    seed : int
        Seed of the wave.
    name : str
        Name of the stream, for example "traits". Streams of different names are independent.
    """

    __slots__ = ("_bits",)

    def __init__(self, seed: int, name: str) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode("utf-8"))]))

    def words(self, n: int) -> NDArray[np.uint64]:
        """Return `n` raw words of 64 bits."""
        return np.asarray(self._bits.random_raw(n), dtype=np.uint64)

    def uniform(self, n: int) -> Floats:
        """Return `n` uniforms in [0, 1)."""
        return (self.words(n) >> np.uint64(11)).astype(np.float64) * _UNIT

    def normal(self, n: int) -> Floats:
        """Return `n` draws of mean 0 and variance 1, near the normal (sums of four uniforms)."""
        parts = self.words(n).view(np.uint16).reshape(n, 4)
        total = parts[:, 0].astype(np.float64)
        for column in (1, 2, 3):
            total += parts[:, column]
        total -= _MEAN_OF_SUM
        total *= _SCALE_OF_SUM
        return total

    def logistic(self, n: int) -> Floats:
        """Return `n` standard logistic draws, log(u / (1 − u))."""
        u = self.uniform(n) + 0.5 * _UNIT
        return np.log(u / (1.0 - u))

    def chance(self, n: int, p: float | Floats) -> Booleans:
        """Return `n` events, each true with probability `p`."""
        return self.uniform(n) < p

    def pick(self, n: int, shares: Sequence[float]) -> Integers:
        """Return `n` indices drawn with the given shares (they are scaled to sum to one)."""
        return np.searchsorted(_cumulated(shares), self.uniform(n), side="right")

    def pick_by(self, group: NDArray[Any], shares: Sequence[Sequence[float]]) -> Integers:
        """Return an index a row, drawn with the shares of the row's `group`."""
        u = self.uniform(len(group))
        picked = np.zeros(len(group), dtype=np.int64)
        table = np.array([_cumulated(row) for row in shares])
        for column in range(table.shape[1]):
            picked += u >= table[group, column]
        return picked

    def order(self, n: int) -> Integers:
        """Return a random permutation of 0 … n − 1."""
        return np.argsort(self.words(n), kind="stable")


def _cumulated(shares: Sequence[float]) -> Floats:
    """Upper bounds of all levels but the last, in [0, 1]."""
    total = math.fsum(shares)
    running = 0.0
    bounds = []
    for share in shares[:-1]:
        running += share
        bounds.append(running / total)
    return np.array(bounds, dtype=np.float64)


def highest(score: Floats, share: float, *, among: Booleans | None = None) -> Booleans:
    """Mark the rows with the highest scores, so that exactly `share` of all rows are marked.

    Parameters
    ----------
    score : ndarray of float, shape (n,)
    share : float
        Share of all n rows, in [0, 1].
    among : ndarray of bool, optional
        Rows that may be marked. The share still refers to all rows.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    wanted = round(len(score) * share)
    candidate = score if among is None else np.where(among, score, -np.inf)
    if wanted == 0:
        return np.zeros(len(score), dtype=bool)
    cut = np.partition(candidate, len(score) - wanted)[len(score) - wanted]
    if cut == -np.inf:
        raise DesignError(
            f"{wanted} of {len(score)} simulated persons are to be marked; fewer may be.",
            where="netralstat/simulate",
            do="Lower the share, or widen the group it is drawn from.",
        )
    return np.asarray(candidate >= cut, dtype=np.bool_)
