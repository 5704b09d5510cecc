"""Normal equations of weighted least squares, a block of rows at a time, within the processor's cache."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Floats = NDArray[np.float64]

# Smallest eigenvalue of the correlations of X at which normal equations keep eight digits before refinement.
WELL_CONDITIONED = 1e-8
# Multiplications of one block: few enough that a matrix product does not call up other threads for it.
BLOCK = 800_000


def gram(x: Floats, w: Floats) -> Floats:
    """X'WX, shape (p, p)."""
    p = x.shape[1]
    rows = max(BLOCK // (p * p), 64)
    found = np.zeros((p, p))
    for start in range(0, len(x), rows):
        block = x[start : start + rows]
        found += (block * w[start : start + rows, None]).T @ block
    return found


def correlations(information: Floats) -> tuple[Floats, Floats]:
    """X'WX scaled to a diagonal of ones, and the scale: one over the length of each column."""
    size = np.sqrt(np.diag(information))
    scale = 1 / np.where(size > 0, size, 1.0)
    return information * np.outer(scale, scale), scale


def least_squares(x: Floats, target: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Coefficients (p,) and X'WX: scaled normal equations, refined, or QR where they are near singular.

    A refinement solves for what the residuals leave, so that the error is that of the residuals and not
    the square of the condition of X.
    """
    information = gram(x, w)
    scaled, scale = correlations(information)
    if np.linalg.eigvalsh(scaled)[0] < WELL_CONDITIONED:
        root = np.sqrt(w)
        q, r = linalg.qr(x * root[:, None], mode="economic", check_finite=False)
        return np.asarray(linalg.solve_triangular(r, q.T @ (target * root))), information
    factor = linalg.cho_factor(scaled, check_finite=False)

    def step(left: Floats) -> Floats:
        return np.asarray(scale * linalg.cho_solve(factor, scale * (left @ x), check_finite=False))

    beta = step(w * target)
    return beta + step(w * (target - x @ beta)), information
