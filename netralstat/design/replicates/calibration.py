"""Calibrated replicates: each replicate's weights are moved to the population margins anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.calibration.distances import Distance
from netralstat.design.calibration.multipliers import independent_columns, solve_multipliers, weighted_gram
from netralstat.errors import CalibrationError

Floats = NDArray[np.float64]
# Weights (stop - start, m) of replicates start … stop - 1 by pattern.
Weights = Callable[[int, int], Floats]

# Newton's method for many replicates at once is quick where it converges; who has not is solved alone.
JOINT_PASSES = 12
# Most memory for the weights of a block of replicates, and for the products of auxiliary values.
BLOCK_BYTES = 32_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What a calibration reaches: patterns `x` (m, p) of auxiliary values, their population totals `target`.

    `scale` (p,) is what gaps are relative to, `tolerance` the largest that may be left; `labels` name the
    targets in errors.
    """

    x: sparse.csr_array
    target: Floats
    scale: Floats
    distance: Distance
    tolerance: float
    labels: tuple[str, ...]


def calibrate_replicates(weights: Weights, n: int, full: Floats, start: Floats, targets: Targets) -> Floats:
    """Multipliers λ_r of every replicate, shape (n, p): Σ_m w_rm g(x_m'λ_r) x_m = T.

    Parameters
    ----------
    weights : gives the weights of the patterns, before calibration, block by block; n replicates in all.
    full, start : weights (m,) and multipliers (p,) of the full sample.
    targets : what is to be reached.

    Raises
    ------
    CalibrationError
        A replicate has nobody at a target, or cannot reach it.

    Notes
    -----
    The equations are those of the full sample's calibration, with F_ru·w in the place of w. Source: Deville &
    Särndal (1992); Rao, Wu & Yue (1992). Twin: survey::calibrate, rake, postStratify of a svyrep.design.
    """
    dense = targets.x.toarray()
    gram = weighted_gram(dense, full)
    kept = independent_columns(gram)
    unit = np.sqrt(np.diag(gram)[kept])
    problem = _Problem(targets=targets, x=dense, z=dense[:, kept] / unit, wanted=targets.target[kept] / unit)
    # The full sample's weights are the same in whatever coordinates its multipliers are told.
    begin = np.linalg.lstsq(problem.z, dense @ start, rcond=None)[0]
    multipliers, gap = np.zeros((n, len(start))), np.empty(n)
    nobody = np.zeros((n, len(start)), dtype=bool)
    step = max(int(BLOCK_BYTES / 8 / max(dense.shape)), 1)
    for first in range(0, n, step):
        rows = slice(first, min(first + step, n))
        w = weights(rows.start, rows.stop)
        nobody[rows] = ((w > 0).astype(float) @ np.abs(dense) == 0) & (targets.target != 0)
        reachable = np.asarray(~nobody[rows].any(axis=1))
        reduced, gap[rows] = problem.solve_jointly(w, begin, reachable)
        multipliers[rows, kept] = reduced / unit
        for r in np.flatnonzero(reachable & (gap[rows] > targets.tolerance / 10)):
            alone = solve_multipliers(
                w[r], targets.x, targets.target, targets.scale, targets.distance, targets.tolerance
            )
            if alone.gap < gap[first + r]:
                multipliers[first + r], gap[first + r] = alone.multipliers, alone.gap
    if nobody.any():
        raise _nobody(nobody, targets.labels)
    stuck = gap > targets.tolerance
    if stuck.any():
        raise CalibrationError(
            f"{int(stuck.sum()):,} of {n:,} replicates cannot be calibrated; the margins stay "
            f"{100 * float(gap[stuck].max()):.2g} % off in the worst",
            where="replicates, calibration",
            do="merge levels of the margins that few PSUs have, or calibrate with linearised variance",
        )
    return multipliers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """The equations of all replicates: auxiliary values `x` (m, p), and `z` (m, q) without dependent columns.

    `wanted` (q,) are the targets of z.
    """

    targets: Targets
    x: Floats
    z: Floats
    wanted: Floats

    def solve_jointly(
        self, weights: Floats, start: Floats, reachable: NDArray[np.bool_]
    ) -> tuple[Floats, Floats]:
        """Newton's method for several replicates at once: multipliers (n, q) and the gaps left (n,)."""
        targets = self.targets
        multipliers = np.tile(start, (len(weights), 1))
        best, best_gap = multipliers.copy(), np.full(len(weights), np.inf)
        active = np.flatnonzero(reachable)
        for _ in range(JOINT_PASSES):
            a = multipliers[active] @ self.z.T
            with np.errstate(over="ignore", invalid="ignore"):
                calibrated = weights[active] * targets.distance.g(a)
                gap = np.max(
                    np.abs(calibrated @ self.x - targets.target) / targets.scale, axis=1, initial=0.0
                )
            gap = np.where(np.isfinite(gap), gap, np.inf)
            better = gap < best_gap[active]
            best[active[better]], best_gap[active[better]] = multipliers[active[better]], gap[better]
            going = (gap > targets.tolerance / 10) & np.isfinite(gap)
            active = active[going]
            if not len(active):
                break
            information = weighted_grams(weights[active] * targets.distance.slope(a[going]), self.z)
            left = self.wanted - calibrated[going] @ self.z
            try:
                multipliers[active] += np.linalg.solve(information, left[:, :, None])[:, :, 0]
            except np.linalg.LinAlgError:  # one of them is singular: each is solved alone, with damping
                break
        return best, best_gap


def weighted_grams(weights: Floats, z: Floats) -> Floats:
    """Σ_m w_rm z_m z_m' of every replicate, shape (n, q, q)."""
    m, q = z.shape
    found = np.zeros((len(weights), q * q))
    step = max(int(BLOCK_BYTES / 8 / max(q * q, 1)), 1)
    for first in range(0, m, step):
        some = slice(first, first + step)
        products = z[some, :, None] * z[some, None, :]
        found += weights[:, some] @ products.reshape(len(products), -1)
    return found.reshape(len(weights), q, q)


def _nobody(nobody: NDArray[np.bool_], labels: tuple[str, ...]) -> CalibrationError:
    column = int(np.argmax(nobody.sum(axis=0)))
    return CalibrationError(
        f"{int(nobody.any(axis=1).sum()):,} of {len(nobody):,} replicates have no respondents at "
        f'"{labels[column]}", which the population has',
        where=f"replicates, calibration, level {labels[column]}",
        do="merge levels of the margins that few PSUs have, or calibrate with linearised variance",
    )
