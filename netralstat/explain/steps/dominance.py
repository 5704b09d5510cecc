"""Dominance: what each player adds to every coalition of the others, and what that averages to.

Worths stand in the order of bit masks: that of a coalition S of k players at Σ_{i in S} 2^i, shape (…, 2^k).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# Gains nearer to each other than this share of the largest worth are equal but for rounding.
EQUAL = 1e-10


def conditional_gains(worth: Floats) -> Floats:
    """Mean gain from each player among coalitions of each size, shape (…, k, k).

    Formula      C_is = mean over S without i, |S| = s, of v(S + i) - v(S)
    Source       Azen & Budescu (2003).
    """
    k = _players(worth)
    size = _sizes(k)
    found = np.empty((*worth.shape[:-1], k, k))
    for i in range(k):
        without = _without(k, i)
        gain = worth[..., without | (1 << i)] - worth[..., without]
        for s in range(k):
            found[..., i, s] = gain[..., size[without] == s].mean(axis=-1)
    return found


def general_shares(worth: Floats) -> Floats:
    """General dominance weights, which are Shapley values and add to v(all) - v(none), shape (…, k).

    Source       Shapley (1953); Azen & Budescu (2003). Twin: relaimpo::calc.relimp(type = "lmg").
    """
    return np.asarray(conditional_gains(worth).mean(axis=-1))


def complete_dominance(worth: Floats) -> Floats:
    """1 where i adds no less than j to every coalition of the others, 0 where no more, ½ else, shape (k, k).

    Players who are equal everywhere, and the diagonal, have ½.
    """
    k = _players(worth)
    found = np.full((k, k), 0.5)
    for i in range(k):
        for j in range(k):
            if i != j:
                others = np.intersect1d(_without(k, i), _without(k, j))
                found[i, j] = _verdict(worth[others | (1 << i)] - worth[others | (1 << j)], worth)
    return found


def conditional_dominance(worth: Floats) -> Floats:
    """The same of the mean gains by size of coalition, shape (k, k)."""
    gains = conditional_gains(worth)
    return np.array([[_verdict(a - b, worth) for b in gains] for a in gains])


def general_dominance(worth: Floats) -> Floats:
    """1 where the share of i is larger than that of j, 0 where smaller, ½ where equal, shape (k, k)."""
    shares = general_shares(worth)
    return np.array([[_verdict(np.array([a - b]), worth) for b in shares] for a in shares])


def ranks(shares: Floats) -> Codes:
    """1 for the largest share; equal ones have the rank of the first, shape (…, k)."""
    return np.asarray(1 + (shares[..., None, :] > shares[..., :, None]).sum(axis=-1))


def _verdict(difference: Floats, worth: Floats) -> float:
    slack = EQUAL * float(np.max(np.abs(worth)))
    ahead, behind = bool((difference > slack).any()), bool((difference < -slack).any())
    return 0.5 if ahead == behind else float(ahead)


def _players(worth: Floats) -> int:
    return int(worth.shape[-1]).bit_length() - 1


def _sizes(k: int) -> Codes:
    masks = np.arange(1 << k)
    return np.asarray(sum((masks >> i) & 1 for i in range(k)))


def _without(k: int, i: int) -> Codes:
    masks = np.arange(1 << k)
    return np.asarray(masks[(masks >> i) & 1 == 0])
