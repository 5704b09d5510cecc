"""The multipliers of calibration: a convex problem in as many unknowns as there are targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from netralstat.design.calibration.distances import Distance

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MAX_PASSES = 200
# Passes without a smaller gap after which rounding, or targets out of reach, are taken to be the end.
PATIENCE = 10
# A column that others explain to this share of its own square is one of them.
COLLINEAR = 1e-11
# Pairs of entries that are kept, and what one costs in multiplications of a dense product; entries up to
# which rows are multiplied densely (160 MB each).
MAX_PAIRS, PAIR_COST, DENSE_ENTRIES = 20_000_000, 10, 20_000_000
# Slack of the line search, as a share of the terms it adds up, and the least step it tries.
ROUNDING = 1e-14
LEAST_STEP = 1e-12
# A longer step, in units of what is left, is a second derivative that is as good as singular.
LONGEST_STEP = 1e12
# Share of the decrease that the slope promises with which a step is content.
SUFFICIENT = 1e-4
# Ridges tried in turn where the second derivative, whose diagonal is about 1, is singular.
DAMPING = tuple(10.0**k for k in range(-10, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """`multipliers` λ and `reached` totals, both (p,); `gap`, the largest relative one left; `passes`."""

    multipliers: Floats
    reached: Floats
    gap: float
    passes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """A try: λ, a = x'λ, the totals reached and their gap, the value minimised and its rounding error."""

    multipliers: Floats
    a: Floats
    reached: Floats
    gap: float
    value: float
    noise: float


def solve_multipliers(
    w: Floats, x: sparse.csr_array, target: Floats, scale: Floats, distance: Distance, tolerance: float
) -> Solution:
    """Multipliers λ with Σ w g(x'λ) x = T, as near as they come.

    Parameters
    ----------
    w, x : weights (m,) and auxiliary values (m, p) of the patterns.
    target, scale : T (p,), and what gaps are relative to (p,).
    tolerance : largest relative gap; the search goes on to a tenth of it.

    Returns
    -------
    Solution, whose `gap` says whether T was reached: the caller judges.

    Notes
    -----
    Minimises Σ w G(x'λ) - T'λ, G' = g (Deville & Särndal 1992, eq. 2.4), by Newton's method with a line
    search on that convex function. Columns that follow from others are left out (λ = 0); their targets
    count in the gap. Where bounds bind so that the second derivative is singular, it is damped
    (Levenberg). Docs: methods.md "Calibration".
    """
    gram_of = _gram_function(x)
    gram = gram_of(w)
    kept = independent_columns(gram)
    block, unit = np.ix_(kept, kept), np.sqrt(np.diag(gram)[kept])
    units = np.outer(unit, unit)

    def at(multipliers: Floats) -> _Point:
        with np.errstate(over="ignore", invalid="ignore"):  # a step too far is taken back by the search
            a = x @ multipliers
            reached = x.T @ (w * distance.g(a))
            integral, linear = float(w @ distance.integral(a)), float(target @ multipliers)
            gap = float(np.max(np.abs(target - reached) / scale))
            noise = ROUNDING * (abs(integral) + float(np.abs(target) @ np.abs(multipliers)))
        return _Point(
            multipliers=multipliers,
            a=a,
            reached=reached,
            gap=gap if np.isfinite(gap) else np.inf,
            value=integral - linear,
            noise=noise,
        )

    point = best = at(np.zeros(x.shape[1]))
    passes = idle = 0
    while best.gap > tolerance / 10 and passes < MAX_PASSES and idle < PATIENCE:
        left = (target - point.reached)[kept] / unit
        scaled_step = _newton_step(gram_of(w * distance.slope(point.a))[block] / units, left)
        step = np.zeros(x.shape[1])
        step[kept] = scaled_step / unit
        found = _search(at, point, step, float(left @ scaled_step))
        if found is None:
            break
        point = found
        passes += 1
        idle = 0 if point.gap < best.gap else idle + 1
        best = point if point.gap < best.gap else best
    return Solution(multipliers=best.multipliers, reached=best.reached, gap=best.gap, passes=passes)


def _search(at: Callable[[Floats], _Point], point: _Point, step: Floats, slope: float) -> _Point | None:
    """The first of the full, half, quarter … step that lowers the value enough (Armijo), if one does."""
    size = 1.0
    while size > LEAST_STEP:
        tried = at(point.multipliers + size * step)
        if tried.value <= point.value - SUFFICIENT * size * slope + point.noise:
            return tried
        size /= 2
    return None


def weighted_gram(x: Floats | sparse.csr_array, w: Floats) -> Floats:
    """Σ w x x', shape (p, p)."""
    if isinstance(x, np.ndarray):
        return np.asarray((x * w[:, None]).T @ x)
    return _gram_function(x)(w)


def _gram_function(x: sparse.csr_array) -> Callable[[Floats], Floats]:
    """Σ w x x' as a function of w, by what is the least work for this x.

    Rows of a few margins have as many entries: the products of their pairs are found once and added up
    where they belong. Rows of many entries are multiplied as they are.
    """
    m, p = x.shape
    k = x.nnz // m if m else 0
    if m * k**2 <= MAX_PAIRS and k**2 * PAIR_COST <= p**2 and (np.diff(x.indptr) == k).all():
        places, values = x.indices.reshape(m, k).astype(np.int64), x.data.reshape(m, k)
        pairs = (places[:, :, None] * p + places[:, None, :]).ravel()
        products = values[:, :, None] * values[:, None, :]

        def of_pairs(w: Floats) -> Floats:
            summed = np.bincount(pairs, weights=(w[:, None, None] * products).ravel(), minlength=p * p)
            return summed.astype(float).reshape(p, p)

        return of_pairs
    if m * p <= DENSE_ENTRIES:
        full = x.toarray()
        return lambda w: np.asarray((full * w[:, None]).T @ full)
    return lambda w: np.asarray((x.T @ (sparse.diags_array(w) @ x)).toarray())


def independent_columns(gram: Floats) -> Codes:
    """Columns that together explain all others, none of which the rest explains, from Σ w x x' (p, p)."""
    diagonal = np.diag(gram)
    if not (diagonal > 0).any():
        return np.zeros(0, dtype=np.int64)
    root = np.where(diagonal > 0, np.sqrt(np.where(diagonal > 0, diagonal, 1.0)), 1.0)
    _, pivot, rank, _ = linalg.lapack.dpstrf(gram / np.outer(root, root), tol=COLLINEAR)
    return np.sort(pivot[:rank].astype(np.int64) - 1)


def generalised_inverse(gram: Floats) -> Floats:
    """A symmetric matrix that solves Σ w x x' B = c wherever it can be solved, shape (p, p)."""
    inverse = np.zeros_like(gram)
    kept = independent_columns(gram)
    root = np.sqrt(np.diag(gram)[kept])
    block = gram[np.ix_(kept, kept)] / np.outer(root, root)
    inverse[np.ix_(kept, kept)] = np.linalg.inv(block) / np.outer(root, root)
    return inverse


def _newton_step(information: Floats, left: Floats) -> Floats:
    """Solve information · step = left, damped as far as it takes to be positive definite."""
    for damping in (0.0, *DAMPING):
        try:
            factor = linalg.cho_factor(information + damping * np.eye(len(left)), check_finite=False)
        except linalg.LinAlgError:
            continue
        step = np.asarray(linalg.cho_solve(factor, left, check_finite=False))
        if np.abs(step).max() < LONGEST_STEP * (1 + np.abs(left).max()):
            return step
    return left  # downhill in any case
