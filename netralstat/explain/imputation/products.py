"""Sums of products over respondents: in blocks, so that no other thread is called and no digit depends on it.

Matrices have a row a column of the model and a respondent a column, shape (p, n).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Multiplications of one block: few enough that a product does not call up other threads for it.
BLOCK = 400_000


def gram(z: Floats, w: Floats | None = None) -> Floats:
    """Σ w z z', shape (p, p)."""
    p, n = z.shape
    step = max(BLOCK // (p * p), 64)
    found = np.zeros((p, p))
    for start in range(0, n, step):
        block = z[:, start : start + step]
        found += block @ block.T if w is None else (block * w[start : start + step]) @ block.T
    return found


def products(z: Floats, y: Floats) -> Floats:
    """Σ z y', shape (p, k), for `y` of shape (k, n)."""
    p, n = z.shape
    step = max(BLOCK // (p * max(len(y), 4) * 16), 64)
    found = np.zeros((p, len(y)))
    for start in range(0, n, step):
        found += z[:, start : start + step] @ y[:, start : start + step].T
    return found


def predictors(theta: Floats, z: Floats) -> Floats:
    """Θ z, shape (q, n), for coefficients `theta` (q, p)."""
    p, n = z.shape
    step = max(BLOCK // (p * max(len(theta), 4) * 16), 64)
    found = np.empty((len(theta), n))
    for start in range(0, n, step):
        found[:, start : start + step] = theta @ z[:, start : start + step]
    return found


def combined(z: Floats, beta: Floats, rows: NDArray[np.int64] | None = None) -> Floats:
    """Σ_j β_j z_j over `rows` of z (all if None), shape (n,).

    It is added up alike for each respondent: respondents who are alike get the same digits.
    """
    found, term = np.zeros(z.shape[1]), np.empty(z.shape[1])
    for j, coefficient in zip(range(len(z)) if rows is None else rows, beta, strict=True):
        np.multiply(z[j], coefficient, out=term)
        found += term
    return found
