"""The only variance there is: influence summed to units, centred in groups, a full covariance matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.auxiliaries import scaled_rows
from netralstat.design.calibration.calibration import CalibratedCells
from netralstat.design.cells import Cells
from netralstat.design.influence import (
    Part,
    Rows,
    dense,
    gram,
    of_units,
    scaled,
    summed,
    totals,
)
from netralstat.design.lonely import emptied, factors_of, lonely_in_domain, reach
from netralstat.design.replicates.cells import replicate_cells
from netralstat.design.replicates.replicates import Replicates
from netralstat.design.replicates.variance import (
    ReplicateCovariance,
    Statistic,
    recomputed_covariance,
    replicate_covariance,
)
from netralstat.design.stages import Stage

Floats = NDArray[np.float64]

# A variance below this share of the uncentred sum of squares is rounding error of an exact zero.
ZERO_SHARE = 1e-13


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariance:
    """Design-based covariance of k statistics.

    `matrix` has shape (k, k); `df` is PSUs minus strata (of replicates, theirs); `lonely` counts strata
    with a single PSU. Of replicates, `undefined` (k,) counts those with nobody in the domain of a statistic,
    `logit_error` (k,) are standard errors of the log-odds of shares, NaN where a replicate is at 0 or
    1, and `replicates` tells how they were made; None where the design is linearised.
    """

    matrix: Floats
    df: int
    n_psu: int
    n_strata: int
    lonely: int
    undefined: Floats | None = None
    logit_error: Floats | None = None
    replicates: Mapping[str, Any] | None = None

    def take(self, order: NDArray[np.int64]) -> Covariance:
        """The statistics in another order, or some of them."""
        return replace(
            self,
            matrix=self.matrix[np.ix_(order, order)],
            undefined=None if self.undefined is None else self.undefined[order],
            logit_error=None if self.logit_error is None else self.logit_error[order],
        )


def covariance(
    influence: Floats | Sequence[Part],
    cells: Cells,
    calibrated: CalibratedCells | None = None,
    *,
    denominator: Sequence[Part] | None = None,
    share: Floats | None = None,
) -> Covariance:
    """Covariance of statistics from their influence: Taylor-linearised, or over the design's replicates.

    Parameters
    ----------
    influence : array of shape (n_cells, k), or parts, whose columns follow each other
        Sum over the respondents of each cell of *design* weight times linearised variable.
    cells : Cells
        Where each cell stands in the design; keyed by the calibration's margins too.
    calibrated : CalibratedCells, optional
        A calibration whose g-weights multiply the influence once its margins are projected out.
        Replicates are calibrated each instead.
    denominator : parts, optional
        Of ratios, Σ w·x / X in the columns of `influence`: replicates are then ratios too, not linear.
    share : (k,), optional
        Values of shares, whose log-odds get a standard error of their own from replicates.

    Returns
    -------
    Covariance

    Raises
    ------
    DesignError
        A stratum has a single PSU and ``lonely_psu = "error"``, or the design has no such replicates.
    CalibrationError
        A replicate cannot be calibrated.

    Notes
    -----
    V = Σ_h (1 - f_h) n_h/(n_h - 1) Σ_i (u_hi - ū_h)(u_hi - ū_h)'   (methods.md, "Variance"), and with a
    second stage that has an fpc the same within PSUs, times the sampling fraction f_h of the PSUs.
    Where persons were drawn directly, the respondents of a cell share one linearised value u_c / w_c, so
    their squares add to u_c u_c' Σw² / (Σw)².
    Source: Binder (1983); Woodruff (1971). Twin: survey:::svyrecvar.
    """
    parts = [dense(influence)] if isinstance(influence, np.ndarray) else list(influence)
    if (plan := cells.design.replicates) is not None:
        made = replicate_cells(cells, plan, calibrated)
        return _of_replicates(
            replicate_covariance(parts, made, denominator, share=share), cells, made.replicates
        )
    k = sum(part.n_columns for part in parts)
    slopes = None
    if calibrated is not None:
        of_parts = [calibrated.slopes(part.to_sparse()) for part in parts]
        slopes = np.hstack(of_parts) if len(of_parts) > 1 else of_parts[0]
        parts = [_weighted(part, calibrated.g) for part in parts]
        margins = scaled_rows(calibrated.weighted_x, calibrated.g)
        persons = any(stage.unit is None for stage in cells.stages)  # whose cells are not added up to units
        parts.append(dense(margins.toarray() if persons else margins))
    matrix: Floats | float = 0.0
    uncentred: Floats | float = 0.0
    lonely = 0
    fraction = np.ones(cells.n_strata)
    for i, stage in enumerate(cells.stages):
        found, square, alone = _of_stage(parts, stage, cells, fraction)
        matrix, uncentred = matrix + found, uncentred + square
        lonely = alone if i == 0 else lonely
        if i + 1 < len(cells.stages):
            fraction = _fraction_of_units(stage)
    assert isinstance(matrix, np.ndarray)
    if slopes is not None:
        matrix = _combine(matrix, slopes)
    matrix = (matrix + matrix.T) / 2
    flat = np.diag(matrix) <= ZERO_SHARE * np.asarray(uncentred)[:k]
    matrix[flat, :] = 0.0
    matrix[:, flat] = 0.0
    return Covariance(
        matrix=matrix, df=cells.df, n_psu=int(cells.n_psu.sum()), n_strata=cells.n_strata, lonely=lonely
    )


def uncentred_covariance(parts: Sequence[Part], cells: Cells) -> Covariance:
    """Covariance from influence whose PSUs are independent about zero: Σ (1 - f_h) u_hi u_hi'.

    `parts` have the bias-reduced scores of `netralstat.design.bias_reduction`; (methods.md "Few clusters").
    """
    stage = cells.stages[0]
    rows, group = _units(parts, stage, cells)
    outside = np.clip(1.0 - stage.n / stage.fpc, 0.0, 1.0)
    return Covariance(
        matrix=gram(scaled(rows, np.sqrt(outside)[group])),
        df=cells.df,
        n_psu=int(cells.n_psu.sum()),
        n_strata=cells.n_strata,
        lonely=0,
    )


def recomputed(
    sums: Sequence[Part],
    cells: Cells,
    calibrated: CalibratedCells | None,
    statistic: Statistic,
    *,
    size: Floats,
    share: bool = False,
) -> Covariance:
    """Covariance over replicates of statistics that are no ratios of sums, computed anew in each of them.

    Parameters
    ----------
    cells, calibrated : as for `covariance`, of a design with replicates.
    sums, statistic, size, share : as for `recomputed_covariance`.
    """
    plan = cells.design.replicates
    assert plan is not None
    made = replicate_cells(cells, plan, calibrated)
    found = recomputed_covariance(sums, made, statistic, size=size, share=share)
    return _of_replicates(found, cells, made.replicates)


def domain_df(cells: Cells, domain: NDArray[np.int64], n_domains: int) -> Floats:
    """PSUs minus strata that each domain reaches, shape (n_domains,); units of weight zero do not count.

    `domain` (n_cells,) is the domain of each cell, -1 for none. Twin: survey::degf of a subset design.
    """
    inside = np.flatnonzero((domain >= 0) & (cells.n > 0))
    of_cell = domain[inside]
    if cells.psu is None:
        reached = np.bincount(of_cell, weights=cells.n[inside], minlength=n_domains).astype(float)
    else:
        reached = _distinct(cells.psu[inside], of_cell, n_domains)
    return reached - _distinct(cells.stratum[inside], of_cell, n_domains)


def _distinct(unit: NDArray[np.int64], domain: NDArray[np.int64], n_domains: int) -> Floats:
    """How many units each domain has, shape (n_domains,)."""
    pairs = np.unique(unit * n_domains + domain)
    return np.bincount(pairs % n_domains, minlength=n_domains).astype(float)


def _of_replicates(found: ReplicateCovariance, cells: Cells, made: Replicates) -> Covariance:
    first = cells.stages[0]
    alone = (first.n == 1) & (first.fpc > first.n)
    return Covariance(
        matrix=found.matrix,
        df=found.df,
        n_psu=int(cells.n_psu.sum()),
        n_strata=cells.n_strata,
        lonely=0 if made.plan.columns else int(alone.sum()),
        undefined=found.undefined,
        logit_error=found.logit_error,
        replicates=made.told,
    )


def _weighted(part: Part, g: Floats) -> Part:
    return Part(values=part.values * g[:, None], domain=part.domain, n_domains=part.n_domains)


def _combine(matrix: Floats, slopes: Floats) -> Floats:
    """Covariance of u - X·B from that of u beside X: V_uu - V_ux B - B'V_xu + B'V_xx B."""
    k = slopes.shape[1]
    cross = matrix[:k, k:] @ slopes
    return matrix[:k, :k] - cross - cross.T + slopes.T @ matrix[k:, k:] @ slopes


def _fraction_of_units(stage: Stage) -> Floats:
    """Sampling fraction of the group from which each unit was drawn, shape (n_units,)."""
    assert stage.unit is not None
    of_group = np.where(np.isinf(stage.fpc), 0.0, stage.n / np.where(np.isinf(stage.fpc), 1.0, stage.fpc))
    fraction = np.zeros(int(stage.unit.max()) + 1)
    fraction[stage.unit] = of_group[stage.group]
    return fraction


def _of_stage(
    parts: Sequence[Part], stage: Stage, cells: Cells, fraction: Floats
) -> tuple[Floats, Floats, int]:
    """What one stage adds to the covariance, its uncentred squares, and how many groups have one unit.

    `fraction` (n_groups,) multiplies what is between the units of a group.
    """
    design = cells.design
    factors = factors_of(stage, design.lonely_psu)
    rows, group_of_unit = _units(parts, stage, cells)
    of_groups = summed(parts, stage.group, stage.n_groups)
    centred = of_groups
    inflation = None
    if stage is cells.stages[0] and (
        design.adjust_domain_lonely or (design.lonely_psu == "average" and factors.alone.any())
    ):
        reached = [reach(part, stage, cells.n) for part in parts]
        nowhere = [np.zeros(found.units.shape, dtype=bool) for found in reached]
        out = (
            [lonely_in_domain(found, stage) for found in reached] if design.adjust_domain_lonely else nowhere
        )
        if design.lonely_psu in ("adjust", "average"):
            centred = emptied(of_groups, np.arange(stage.n_groups), out)
        if design.lonely_psu == "average":
            rows = emptied(rows, group_of_unit, out)
            inflation = np.concatenate(
                [
                    np.tile(found.inflation(gone | factors.alone[:, None]), part.values.shape[1])
                    for found, gone, part in zip(reached, out, parts, strict=True)
                ]
            )
    spread = scaled(rows, np.sqrt(fraction * factors.square)[group_of_unit])
    matrix = gram(spread)
    uncentred = np.diag(matrix).copy()
    matrix -= gram(scaled(centred, np.sqrt(fraction * factors.centre)))
    alone = np.flatnonzero(factors.lonely)
    if len(alone):  # the rule "adjust": about the mean of all units
        t = of_units(of_groups, alone) - totals(of_groups) / stage.n.sum()
        matrix += t.T @ ((fraction * factors.lonely)[alone][:, None] * t)
    if inflation is not None:
        matrix *= np.sqrt(np.outer(inflation, inflation))
    return matrix, uncentred, int(factors.alone.sum())


def _units(parts: Sequence[Part], stage: Stage, cells: Cells) -> tuple[Rows, NDArray[np.int64]]:
    """Rows whose outer products add to Σ_i u_i u_i', and the group of each unit."""
    if stage.unit is not None:
        n_units = int(stage.unit.max()) + 1
        group = np.zeros(n_units, dtype=np.int64)
        group[stage.unit] = stage.group
        return summed(parts, stage.unit, n_units), group
    assert cells.w2_sum is not None
    per_person = np.sqrt(cells.w2_sum) / np.where(cells.w_sum > 0, cells.w_sum, 1.0)
    inside = [np.flatnonzero(part.domain >= 0) for part in parts]
    kept = tuple(
        part
        if len(at) == len(part.domain)
        else Part(values=part.values[at], domain=part.domain[at], n_domains=part.n_domains)
        for part, at in zip(parts, inside, strict=True)
    )
    rows = Rows(parts=kept, units=tuple(inside), n_units=cells.n_cells)
    return scaled(rows, per_person), stage.group
