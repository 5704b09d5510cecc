"""Replicated cells: what every replicate makes of the weights of cells, calibrated where the survey is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.calibration.auxiliaries import auxiliaries
from netralstat.design.calibration.calibration import CalibratedCells
from netralstat.design.calibration.distances import Distance, choose_distance
from netralstat.design.calibration.margins import target_vector
from netralstat.design.calibration.trimming import trimming_factors
from netralstat.design.cells import Cells
from netralstat.design.collapsing import collapsed
from netralstat.design.replicates.calibration import Targets, calibrate_replicates
from netralstat.design.replicates.factors import Units
from netralstat.design.replicates.plan import ReplicatePlan
from netralstat.design.replicates.replicates import Replicates, given_replicates, make_replicates
from netralstat.design.stages import Stage

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# Largest relative gap that a replicate may leave at a margin, unless the full sample's leaves more.
TOLERANCE = 1e-10
# Most memory for the products behind calibrated replicates.
WIDE_BYTES = 256_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicateWeights:
    """Calibrated weights of every replicate: F_ru · w_c · fixed_c · g_rm of the pattern m of cell c.

    `multipliers` (n, p) give g_rm = g(x_m'λ_r) at the patterns `x` (m, p), `pattern` (n_cells,) the one of
    each cell and `full` (m,) the g of the full sample. `fixed` (n_cells,) are the factors that trimming
    gave the full sample's weights.
    """

    distance: Distance
    multipliers: Floats
    x: sparse.csr_array
    pattern: Codes
    full: Floats
    fixed: Floats

    def g(self, start: int, stop: int, patterns: Codes) -> Floats:
        """The ratio of calibrated to design weight of some patterns, shape (stop - start, len(patterns))."""
        return self.distance.g(np.asarray((self.x[patterns] @ self.multipliers[start:stop].T).T))

    @property
    def of_cells(self) -> Floats:
        """The ratio of the full sample's final to its design weight, shape (n_cells,)."""
        return self.fixed * self.full[self.pattern]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicatedCells:
    """Replicates of one set of cells: `unit` (n_cells,) numbers the unit that each cell belongs to."""

    replicates: Replicates
    unit: Codes
    n_units: int
    weights: ReplicateWeights | None = None

    def changes(self, totals: sparse.csr_array, start: int, stop: int) -> Floats:
        """How far replicates start … stop - 1 are from the full sample in Σ_c t_c, shape (·, k).

        `totals` (n_cells, k) are sums of design weight times anything.
        """
        if self.weights is None:
            return self.replicates.factors.changes(self._of_units(totals, self.unit), start, stop)
        return self._calibrated(self.weights, totals, start, stop)

    @property
    def g(self) -> Floats:
        """Ratio of final to design weight of the full sample, shape (n_cells,)."""
        return np.ones(len(self.unit)) if self.weights is None else self.weights.of_cells

    def pattern_weights(self, pattern: Codes, w: Floats, start: int, stop: int) -> Floats:
        """Weights of replicates start … stop - 1 by `pattern` (n_cells,) of the cells, (·, n_patterns).

        `w` (n_cells,) are the design weights of the cells; a pattern below 0 is left out.
        """
        inside = np.flatnonzero(pattern >= 0)
        shape = (len(pattern), int(pattern.max(initial=-1)) + 1)
        totals = sparse.csr_array((w[inside], (inside, pattern[inside])), shape=shape)
        return np.asarray(self.g @ totals + self.changes(totals, start, stop))

    def _of_units(self, totals: sparse.csr_array, unit: Codes) -> sparse.csr_array:
        shape = (self.n_units, len(unit))
        summing = sparse.csr_array((np.ones(len(unit)), (unit, np.arange(len(unit)))), shape=shape)
        return sparse.csr_array(summing @ totals)

    def _calibrated(
        self, weights: ReplicateWeights, totals: sparse.csr_array, start: int, stop: int
    ) -> Floats:
        """Σ_m (g_rm - g_m) t_m + g_rm Δ_rm, with t_m and its change Δ_rm by the pattern m of the cells."""
        n_columns = totals.shape[1]
        entries = sparse.csr_array(sparse.diags_array(weights.fixed) @ totals).tocoo()
        joint, place = np.unique(weights.pattern[entries.row] * n_columns + entries.col, return_inverse=True)
        shape = (self.n_units, len(joint))
        wide = sparse.csr_array((entries.data, (self.unit[entries.row], place.reshape(-1))), shape=shape)
        patterns, columns = joint // n_columns, joint % n_columns
        found = np.zeros((stop - start, n_columns))
        step = max(int(WIDE_BYTES / 8 / (stop - start)), 1)
        for first in range(0, len(joint), step):
            some = slice(first, min(first + step, len(joint)))
            part = wide[:, some] if step < len(joint) else wide
            distinct, at = np.unique(patterns[some], return_inverse=True)
            g, full = weights.g(start, stop, distinct)[:, at], weights.full[patterns[some]]
            moved = g * self.replicates.factors.changes(part, start, stop)
            moved += (g - full) * np.asarray(part.sum(axis=0))
            adding = sparse.csr_array(
                (np.ones(len(full)), (columns[some], np.arange(len(full)))), shape=(n_columns, len(full))
            )
            found += np.asarray((adding @ moved.T).T)
        return found


def replicate_cells(
    cells: Cells, plan: ReplicatePlan, calibrated: CalibratedCells | None = None
) -> ReplicatedCells:
    """What the replicates of a design make of these cells.

    Parameters
    ----------
    cells : Cells; where persons were drawn, keyed by every item that is measured and by the weight; where
        `plan` names columns, keyed by the items and with the sums of the replicate weights.
    plan : which replicates.
    calibrated : the calibration of the full sample, which every replicate repeats; factors of trimming
        are kept.

    Raises
    ------
    DesignError, CalibrationError
        The design has no such replicates; a replicate cannot be calibrated.
    """
    if plan.columns:
        assert plan.df is not None
        assert cells.replicate_weights is not None
        made = given_replicates(cells.replicate_weights, cells.w_sum, plan, plan.df)
        found = ReplicatedCells(replicates=made, unit=np.arange(cells.n_cells), n_units=cells.n_cells)
    else:
        first, second, unit = units_of(cells)
        made = make_replicates(
            first,
            plan,
            second=second,
            lonely_psu=cells.design.lonely_psu,
            name=cells.stages[0].name,
            second_name=cells.stages[-1].name,
        )
        found = ReplicatedCells(replicates=made, unit=unit, n_units=(second or first).n_units)
    return found if calibrated is None else replace(found, weights=_calibrated(found, cells, calibrated))


def _calibrated(found: ReplicatedCells, cells: Cells, calibrated: CalibratedCells) -> ReplicateWeights:
    """The weights of every replicate, calibrated as those of the full sample were."""
    calibration = calibrated.calibration
    before = trimming_factors(calibration.before, cells.w_sum, cells.n)
    base = cells.w_sum * before
    x, pattern = auxiliaries(cells, calibration.margins, base, calibration.equal_within_psu)
    method = "raking" if calibration.method == "none" else calibration.method
    distance = choose_distance(method, calibration.bounds)
    full = distance.g(np.asarray(x @ calibration.multipliers))
    multipliers = np.zeros((found.replicates.n, len(calibration.multipliers)))
    if calibration.margins:
        labels = [f"{m.name}: {label}" for m in calibration.margins for label in m.labels]
        target = target_vector(calibration.margins)
        multipliers = calibrate_replicates(
            lambda start, stop: found.pattern_weights(pattern, base, start, stop),
            found.replicates.n,
            np.bincount(pattern, weights=base, minlength=x.shape[0]).astype(float),
            calibration.multipliers,
            Targets(
                x=x,
                target=target,
                scale=calibration.scale,
                distance=distance,
                tolerance=max(TOLERANCE, calibration.tolerance),
                labels=tuple(labels),
            ),
        )
    after = trimming_factors(calibration.after, base * full[pattern], cells.n)
    return ReplicateWeights(
        distance=distance, multipliers=multipliers, x=x, pattern=pattern, full=full, fixed=before * after
    )


def units_of(cells: Cells) -> tuple[Units, Units | None, Codes]:
    """PSUs in strata, second-stage units in PSUs (None for one stage), and the last unit of each cell.

    Where persons were drawn, a cell is a group of persons who are alike, weight included. Persons of weight
    zero, whom cells do not count, are a unit of their own in each stratum; no cell belongs to it.
    """
    stage = cells.stages[0]
    if cells.design.lonely_psu == "collapse":
        stage, _ = collapsed(stage)
    if stage.unit is None:
        units, unit = _persons(cells, stage)
        return units, None, unit
    first, place = _sampled(stage, stage.unit, stage.group)
    if len(cells.stages) == 1:
        return first, None, place[stage.unit]
    below = cells.stages[1]
    assert below.unit is not None
    second, place_below = _sampled(below, below.unit, place[stage.unit])
    in_order = np.argsort(place)
    second = replace(second, n_psu=below.n[in_order], fpc=below.fpc[in_order])
    return first, second, place_below[below.unit]


def _sampled(stage: Stage, unit: Codes, group: Codes) -> tuple[Units, Codes]:
    """The units of a stage in the order of their groups, and the place of each numbered unit there."""
    first = np.unique(unit, return_index=True)[1]
    order = np.argsort(group[first], kind="stable")
    place = np.empty(len(first), dtype=np.int64)
    place[order] = np.arange(len(first))
    return Units(stratum=group[first][order], size=np.ones(len(first)), n_psu=stage.n, fpc=stage.fpc), place


def _persons(cells: Cells, stage: Stage) -> tuple[Units, Codes]:
    """Groups of persons who are alike, in an order that does not depend on that of the rows."""
    keys = [key.codes for key in cells.keys.values()][::-1]
    order = np.lexsort([*keys, stage.group])
    counted = np.bincount(stage.group, weights=cells.n, minlength=stage.n_groups)
    idle = np.flatnonzero(stage.n > counted)
    present = order[cells.n[order] > 0]
    stratum = np.concatenate([stage.group[present], idle])
    by_stratum = np.argsort(stratum, kind="stable")
    place = np.empty(len(stratum), dtype=np.int64)
    place[by_stratum] = np.arange(len(stratum))
    unit = np.zeros(cells.n_cells, dtype=np.int64)
    unit[present] = place[: len(present)]
    size = np.concatenate([cells.n[present], (stage.n - counted)[idle]])[by_stratum]
    return Units(stratum=stratum[by_stratum], size=size, n_psu=stage.n, fpc=stage.fpc), unit
