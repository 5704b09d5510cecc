"""Random draws of an imputation: arithmetic on the raw words of PCG64, whose stream NumPy guarantees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


class Draws:
    """The stream of one imputation: the same seed and number give the same draws, however many others.

    Normals are Φ⁻¹ of uniforms and χ² the inverse of its tail, so that each draw takes one word.
    """

    __slots__ = ("_bits",)

    def __init__(self, seed: int, imputation: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(imputation,)))

    def uniform(self, n: int) -> Floats:
        """`n` uniforms strictly between 0 and 1: the upper 52 bits of a word, and a half."""
        words = np.asarray(self._bits.random_raw(n), dtype=np.uint64)
        return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52

    def normal(self, n: int) -> Floats:
        """`n` standard normals."""
        return np.asarray(special.ndtri(self.uniform(n)))

    def chi_square(self, df: int) -> float:
        """One draw of χ² with `df` degrees of freedom."""
        return float(special.chdtri(df, self.uniform(1)[0]))

    def one_of(self, n: int, size: int) -> NDArray[np.int64]:
        """`n` whole numbers from 0 to `size` - 1."""
        return (self.uniform(n) * size).astype(np.int64)
