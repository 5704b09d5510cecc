"""Internal consistency: alpha, omega and Guttman's bounds as functions of a covariance matrix of items."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from netralstat.explain.scales.item_answers import correlations
from netralstat.explain.scales.one_factor import minres

Floats = NDArray[np.float64]

# Halves of this many items are all looked at for Guttman's λ4: 2¹⁵ of them; no search is made among more.
MOST_SPLIT = 16
# Halves are added up so many at a time.
BLOCK = 4096


def alpha(s: Floats) -> Floats:
    """Cronbach's alpha of covariance matrices (m, k, k), shape (m,).

    Formula      α = k/(k-1) · (1 - Σ_j s_jj / Σ_jl s_jl)
    Source       Cronbach (1951). Twin: survey::svycralpha.
    """
    k = s.shape[1]
    return np.asarray(k / (k - 1) * (1 - np.einsum("mjj->m", s) / s.sum(axis=(1, 2))))


def omega(s: Floats) -> Floats:
    """McDonald's omega total of one minres factor, of covariance matrices (m, k, k) with k > 2, shape (m,).

    Formula      ω = 1 - Σ_j (1 - λ_j²) / Σ_jl r_jl, of standardised items
    Source       McDonald (1999). Twin: psych::omega(nfactors = 1).
    """
    r = correlations(s)
    return np.asarray(1 - np.sum(1 - minres(r) ** 2, axis=1) / r.sum(axis=(1, 2)))


def multiple_correlations(r: Floats) -> Floats:
    """Squared multiple correlation of each item with the others, shape (k,); 1 where they determine it.

    Twin: psych::smc.
    """
    found = np.empty(len(r))
    for j in range(len(r)):
        others = np.delete(np.arange(len(r)), j)
        cross = r[others, j]
        found[j] = cross @ np.linalg.pinv(r[np.ix_(others, others)], rcond=1e-10, hermitian=True) @ cross
    return np.clip(found, 0.0, 1.0)


def guttman(r: Floats) -> dict[str, float]:
    """Lower bounds of the reliability of standardised items, `lambda_1` … `lambda_6`.

    `lambda_3` is the standardised alpha. `lambda_4`, the best of all splits into halves of any size, is
    left out of more than sixteen items.

    Formula      λ1 = 1 - k/Σr;  λ2 = λ1 + √(k/(k-1) Σ_{j≠l} r²)/Σr;  λ3 = k/(k-1) λ1;
                 λ4 = max 2 (1 - (Σ_AA r + Σ_BB r)/Σr);  λ5 = λ1 + 2 √(max_j Σ_{l≠j} r_jl²)/Σr;
                 λ6 = 1 - Σ (1 - smc_j)/Σr
    Source       Guttman (1945). Twin: psych::guttman.
    """
    k, total = len(r), float(r.sum())
    squares = (r * (1 - np.eye(k))) ** 2
    first = 1 - k / total
    found = {
        "lambda_1": first,
        "lambda_2": first + float(np.sqrt(k / (k - 1) * squares.sum())) / total,
        "lambda_3": k / (k - 1) * first,
        "lambda_5": first + 2 * float(np.sqrt(squares.sum(axis=0).max())) / total,
        "lambda_6": 1 - float(np.sum(1 - multiple_correlations(r))) / total,
    }
    if k <= MOST_SPLIT:
        found["lambda_4"] = 4 * _best_split(r) / total
    return dict(sorted(found.items()))


def item_rest(s: Floats) -> Floats:
    """Correlation of each item with the sum of the others, shape (k,).

    Twin: `r.drop` of psych::alpha. Zero where the others add up to a constant.
    """
    own = np.diag(s)
    with_rest = s.sum(axis=1) - own
    of_rest = s.sum() - 2 * s.sum(axis=1) + own
    varies = of_rest > 1e-12 * np.trace(s)
    return np.asarray(np.where(varies, with_rest / np.sqrt(own * np.where(varies, of_rest, 1.0)), 0.0))


def item_whole(r: Floats) -> Floats:
    """Correlation of each item with the scale, its own error taken out, shape (k,).

    Formula      Σ_l r*_jl / √Σ r*, r* = r with squared multiple correlations on its diagonal
    Twin: `r.cor` of psych::alpha. Zero where the items have nothing in common.
    """
    reduced = r.copy()
    np.fill_diagonal(reduced, multiple_correlations(r))
    common = reduced.sum()
    return np.asarray(reduced.sum(axis=0) / np.sqrt(common)) if common > 0 else np.zeros(len(r))


def alpha_if_dropped(s: Floats) -> Floats:
    """Alpha of the items that are left without each, shape (k,), of three items or more.

    Twin: `alpha.drop` of psych::alpha. Minus infinity where the others add up to a constant.
    """
    k, own = len(s), np.diag(s)
    of_rest = s.sum() - 2 * s.sum(axis=1) + own
    varies = of_rest > 1e-12 * np.trace(s)
    share = (np.trace(s) - own) / np.where(varies, of_rest, 1.0)
    return np.asarray(np.where(varies, (k - 1) / (k - 2) * (1 - share), -np.inf))


def _best_split(r: Floats) -> float:
    """The largest sum of correlations between two halves, of any size, of the items."""
    k = len(r)
    best, splits = -np.inf, np.arange(2 ** (k - 1), dtype=np.int64)
    for start, stop in pairwise([*range(0, len(splits), BLOCK), len(splits)]):
        inside = ((splits[start:stop, None] >> np.arange(k)) & 1).astype(float)
        best = max(best, float(np.einsum("sj,sj->s", inside @ r, 1 - inside).max()))
    return best
