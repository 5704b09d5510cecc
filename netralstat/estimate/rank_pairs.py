"""Which of many estimates differ, all pairs at once: the critical value of the largest t statistic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def pairs_apart(
    values: Floats, covariance: Floats, *, level: float, df: float, joint: bool, draws: int, seed: int
) -> NDArray[np.int64]:
    """Pairs of estimates whose order is beyond doubt, by step-down tests of the largest |t|.

    Parameters
    ----------
    values : shape (m,). covariance : shape (m, m).
    level : of the whole family of pairs (`joint`), or of the pairs of each estimate by itself.
    df : degrees of freedom of the variances, inf for normal ones.
    draws, seed : how many draws the critical value rests on, and what they start from.

    Returns
    -------
    ndarray of int, shape (m, m)
        Row i, column j: 1 where estimate i lies above estimate j, -1 below, 0 where it may be either.

    Formula
    -------
    t_ij = (θ_i - θ_j)/σ_ij, σ_ij² = V_ii + V_jj - 2 V_ij; i lies above j where t_ij > c, c the level's
    quantile of max (Z_i - Z_j)/σ_ij, Z ~ t(0, V, df), over the orders (i, j) not ruled out yet; again until
    none is.

    Source
    ------
    Mogstad, Romano, Shaikh & Wilhelm (2024), algorithm 3.2; Romano & Wolf (2005). Twin: csranks::csranks.
    """
    first, second = np.triu_indices(len(values), k=1)
    spread = np.diag(covariance)
    sigma = np.sqrt(np.maximum(spread[first] + spread[second] - 2 * covariance[first, second], 0.0))
    gap = values[first] - values[second]
    statistic = np.divide(gap, sigma, out=np.zeros_like(gap), where=sigma > 0)
    deviates = _deviates(covariance, df, draws, seed)
    order = np.zeros((len(values), len(values)), dtype=np.int64)
    every = np.flatnonzero(sigma > 0)
    for own in [None] if joint else range(len(values)):
        pairs = every if own is None else every[(first[every] == own) | (second[every] == own)]
        sign = _stepped_down(statistic[pairs], sigma[pairs], first[pairs], second[pairs], deviates, level)
        for ends, turned in (((first, second), sign), ((second, first), -sign)):
            here = np.ones(len(pairs), dtype=bool) if own is None else ends[0][pairs] == own
            order[ends[0][pairs[here]], ends[1][pairs[here]]] = turned[here]
    return order


def _stepped_down(
    statistic: Floats, sigma: Floats, first: Ints, second: Ints, deviates: Floats, level: float
) -> Ints:
    """1 where the first of a pair lies above, -1 where below, 0 where it may be either."""
    sign = np.zeros(len(statistic), dtype=np.int64)
    while len(sign):
        critical = np.quantile(_largest(deviates, first, second, sigma, sign), level)
        new = (sign == 0) & (np.abs(statistic) > critical)
        if not new.any():
            break
        sign[new] = np.sign(statistic[new]).astype(np.int64)
    return sign


def _largest(deviates: Floats, first: Ints, second: Ints, sigma: Floats, sign: Ints) -> Floats:
    """The largest t of each draw, shape (draws,), over the orders of pairs that are not ruled out yet."""
    largest = np.full(deviates.shape[1], -np.inf)
    space = np.empty_like(largest)
    for i, j, spread, known in zip(first, second, sigma, sign, strict=True):
        np.subtract(deviates[i], deviates[j], out=space)
        if known == 0:
            np.abs(space, out=space)
        np.multiply(space, (-1.0 if known > 0 else 1.0) / spread, out=space)
        np.maximum(largest, space, out=largest)
    return largest


def _deviates(covariance: Floats, df: float, draws: int, seed: int) -> Floats:
    """Draws of a multivariate t with this scale, shape (m, draws)."""
    m = len(covariance)
    raw = np.random.PCG64(seed).random_raw(draws * (m + 1)).reshape(draws, m + 1)
    uniform = ((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    roots, vectors = np.linalg.eigh(covariance)
    normal = special.ndtri(uniform[:, :m]) @ (vectors * np.sqrt(np.maximum(roots, 0.0))).T
    if np.isfinite(df):
        normal /= np.sqrt(2 * special.gammaincinv(df / 2, uniform[:, m]) / df)[:, None]
    return np.ascontiguousarray(normal.T)
