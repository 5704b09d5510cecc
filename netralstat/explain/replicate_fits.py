"""Models fitted again in every replicate, from the coefficients of the full sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.design.replicates.calibration import weighted_grams
from netralstat.design.replicates.cells import ReplicatedCells, replicate_cells
from netralstat.design.replicates.variance import covariance_of
from netralstat.design.stages import numbered
from netralstat.design.variance import Covariance
from netralstat.errors import EstimationError
from netralstat.explain.families import DISTRIBUTIONS
from netralstat.explain.model_cells import ModelCells
from netralstat.frames import Key

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
# Weights (stop - start, m) of replicates start … stop - 1 by pattern.
Weights = Callable[[int, int], Floats]

# Passes with the second derivative of the first one; those left then start anew, with one of their own.
CHORD_PASSES = 12
NEWTON_PASSES = 60
# A coefficient has settled when its step, times the root of its information per person, is below this.
SETTLED = 1e-11
# A linear predictor beyond this has no maximum to go to; so in the fit of the full sample.
SEPARATED = 25.0
# Predictors are cut here on their way, so that no weight of a pass is zero or infinite.
STEEPEST = 30.0
# Information this near singular, on the scale of correlations, determines no coefficient.
SINGULAR = 1e-10
# A pattern with less than this share of its weight has nobody in a replicate.
ABSENT = 1e-10
# Most memory for the weights and the predictors of a block of replicates.
BLOCK_BYTES = 64_000_000


def replicated(
    respondents: ModelCells,
    used: NDArray[np.bool_],
    x: Floats,
    y: Floats,
    beta: Floats,
    family: str,
    where: str,
    offset: Floats | None = None,
) -> Covariance:
    """Covariance of coefficients over the design's replicates, the model fitted in each.

    Parameters
    ----------
    respondents : cells of the model. `used` (n_cells,) : with a weight and every answer.
    x, y : covariates (n_cells, p) and outcome (n_cells,) of the cells.
    beta : (p,), the coefficients of the full sample. `family`, `where` : as for `refit`.
    """
    units = respondents.units
    plan = units.design.replicates
    assert plan is not None
    made = replicate_cells(units, plan, respondents.calibrated)
    patterns = replicate_patterns(respondents, made, used)
    x, y = x[patterns.first], y[patterns.first]
    given = None if offset is None else offset[patterns.first]
    full = refit(x, y, lambda start, stop: patterns.weights[None, :], 1, beta, family, where, given)[0]
    every = refit(x, y, patterns.of_replicates, made.replicates.n, full, family, where, given)
    return Covariance(
        matrix=covariance_of(every, full, made.replicates),
        df=made.replicates.df,
        n_psu=int(units.n_psu.sum()),
        n_strata=units.n_strata,
        lonely=0,
        replicates=made.replicates.told,
    )


def covariance_of_refits(
    respondents: ModelCells,
    used: NDArray[np.bool_],
    theta: Floats,
    refit: Callable[[Codes, Floats, int], Floats],
) -> Covariance:
    """Covariance of θ (k,) over the design's replicates, fitted in each by `refit`.

    `refit` is given the cells that stand for the patterns in use (m,), the weights of these patterns in a
    replicate (m,) and its number; it returns the θ of the replicate.
    """
    units = respondents.units
    plan = units.design.replicates
    assert plan is not None
    made = replicate_cells(units, plan, respondents.calibrated)
    patterns = replicate_patterns(respondents, made, used)
    every = np.empty((made.replicates.n, len(theta)))
    step = max(int(BLOCK_BYTES / 8 / max(len(patterns.first), 1)), 1)
    for first in range(0, len(every), step):
        weights = patterns.of_replicates(first, min(first + step, len(every)))
        for place, w in enumerate(weights, start=first):
            every[place] = refit(patterns.first, w, place)
    return Covariance(
        matrix=covariance_of(every, theta, made.replicates),
        df=made.replicates.df,
        n_psu=int(units.n_psu.sum()),
        n_strata=units.n_strata,
        lonely=0,
        replicates=made.replicates.told,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicatePatterns:
    """Respondents who are alike in every variable: a cell of each, their weight, and it in replicates."""

    first: Codes
    weights: Floats
    of_replicates: Weights


def replicate_patterns(
    respondents: ModelCells, made: ReplicatedCells, used: NDArray[np.bool_]
) -> ReplicatePatterns:
    """Patterns of the cells that are used; each has one x and one y, wherever its respondents were drawn."""
    member = np.flatnonzero(used)
    if respondents.crossing is not None:
        spread, w = respondents.crossing.spread[:, member], respondents.cells.w_sum[member]
        return ReplicatePatterns(
            first=member, weights=w, of_replicates=lambda a, b: _present(w + made.changes(spread, a, b), w)
        )
    keys = [respondents.cells.key(name) for name in respondents.variables]
    code, first = numbered([Key(codes=key.codes[member], levels=key.levels) for key in keys], len(member))
    pattern = np.full(len(used), -1, dtype=np.int64)
    pattern[member] = code
    w_sum = respondents.units.w_sum
    full = np.bincount(code, weights=respondents.weights[member]).astype(float)
    return ReplicatePatterns(
        first=member[first],
        weights=full,
        of_replicates=lambda a, b: _present(made.pattern_weights(pattern, w_sum, a, b), full),
    )


def _present(weights: Floats, full: Floats) -> Floats:
    """Replicate weights (r, m) without what rounding leaves of a pattern that nobody of a replicate has."""
    return np.where(np.abs(weights) > ABSENT * full, weights, 0.0)


def refit(
    x: Floats,
    y: Floats,
    weights: Weights,
    n: int,
    beta: Floats,
    family: str,
    where: str,
    offset: Floats | None = None,
) -> Floats:
    """Coefficients of every replicate, shape (n, p).

    Parameters
    ----------
    x, y : covariates (m, p) and outcome (m,) of the patterns of respondents.
    weights : gives the replicate weights of the patterns, block by block; n replicates in all.
    beta : (p,), the coefficients of the full sample, where each replicate starts.
    family : a name of `DISTRIBUTIONS`. `where` names the model in errors. offset : (m,).

    Raises
    ------
    EstimationError
        In a replicate some coefficient is determined by others, or the outcome is separated: with few PSUs
        behind a level, replicates that leave them out have no estimate.

    Notes
    -----
    Σ_m w_rm x_m (y_m - μ_m)/(V g') = 0 by Newton's method. Its second derivative at `beta` serves all passes:
    replicates move little, and steps get shorter by a constant factor; those that do not settle so are
    fitted from the start. Source: Lumley (2010), ch. 2. Twin: survey::svyglm of a svyrep.design.
    """
    given = np.zeros(len(y)) if offset is None else offset
    found = np.empty((n, len(beta)))
    step = max(int(BLOCK_BYTES / 8 / max(len(y), 1)), 1)
    for first in range(0, n, step):
        rows = slice(first, min(first + step, n))
        found[rows] = _refit(x, y, given, weights(rows.start, rows.stop), beta, family, where)
    return found


def _refit(x: Floats, y: Floats, offset: Floats, w: Floats, beta: Floats, family: str, where: str) -> Floats:
    found = np.tile(beta, (len(w), 1))
    _, curvature = _derivatives(x, y, offset, beta[None, :], family)
    information = weighted_grams(w * curvature, x)
    _require_determined(information, where)
    root = np.sqrt(np.einsum("rjj->rj", information) / w.sum(axis=1)[:, None])
    active = np.arange(len(w))
    for _ in range(CHORD_PASSES):
        residual, _ = _derivatives(x, y, offset, found[active], family)
        moved = np.linalg.solve(information[active], ((w[active] * residual) @ x)[:, :, None])[:, :, 0]
        found[active] += moved
        active = active[~(np.max(np.abs(moved) * root[active], axis=1) <= SETTLED)]
        if not len(active):
            break
    if len(active):
        found[active] = _from_start(x, y, offset, w[active], family, where, len(w))
    return found


def _from_start(x: Floats, y: Floats, offset: Floats, w: Floats, family: str, where: str, n: int) -> Floats:
    """Fisher scoring of some of n replicates from where R's glm starts, to the end."""
    distribution = DISTRIBUTIONS[family]
    mu = distribution.start(y, np.ones(len(y)))
    slope, eta = distribution.slope(mu), distribution.link(mu)
    curvature = 1 / (distribution.variance(mu) * slope**2)
    score = (w * (curvature * (eta - offset + (y - mu) * slope))) @ x
    information = weighted_grams(w * curvature, x)
    found = np.linalg.solve(information, score[:, :, None])[:, :, 0].astype(np.float64)
    active = np.arange(len(w))
    for _ in range(NEWTON_PASSES):
        residual, weight = _derivatives(x, y, offset, found[active], family)
        information = weighted_grams(w[active] * weight, x)
        if family != "linear":
            _require_finite(x, offset, w[active], found[active], n, where, distribution.reach)
        _require_determined(information, where)
        score = (w[active] * residual) @ x
        moved = np.linalg.solve(information, score[:, :, None])[:, :, 0]
        found[active] += moved
        root = np.sqrt(np.einsum("rjj->rj", information) / w[active].sum(axis=1)[:, None])
        active = active[~(np.max(np.abs(moved) * root, axis=1) <= SETTLED)]
        if not len(active):
            return found
    raise EstimationError(
        f"{len(active):,} of {n:,} replicates did not settle in {NEWTON_PASSES} passes",
        where=where,
        do="look for levels that few PSUs have and merge them",
    )


def _derivatives(x: Floats, y: Floats, offset: Floats, beta: Floats, family: str) -> tuple[Floats, Floats]:
    """(y - μ)/(V g') and 1/(V g'²) of each pattern in each replicate, shape (n, m)."""
    distribution = DISTRIBUTIONS[family]
    with np.errstate(over="ignore"):  # a replicate on its way to infinity is refused after the step
        eta = beta @ x.T + offset
        mu = distribution.inverse(np.clip(eta, -STEEPEST, STEEPEST) if family != "linear" else eta)
    slope, variance = distribution.slope(mu), distribution.variance(mu)
    return (y - mu) / (variance * slope), 1 / (variance * slope**2)


def _require_determined(information: Floats, where: str) -> None:
    """Refuse replicates in which covariates that somebody has in the full sample are had by nobody."""
    diagonal = np.einsum("rjj->rj", information)
    lacking = (diagonal <= 0).any(axis=1)
    root = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = information / (root[:, :, None] * root[:, None, :])
    scaled[lacking] = np.eye(root.shape[1])
    lacking |= np.linalg.eigvalsh(scaled)[:, 0] < SINGULAR
    if lacking.any():
        raise EstimationError(
            f"{int(lacking.sum()):,} of {len(information):,} replicates do not determine every coefficient",
            where=where,
            do="merge levels that few PSUs have, or fit with linearised variance",
        )


def _require_finite(
    x: Floats, offset: Floats, w: Floats, beta: Floats, n: int, where: str, reach: tuple[float, float]
) -> None:
    eta = np.where(w > 0, beta @ x.T + offset, 0.0)
    low, high = max(reach[0], -SEPARATED), min(reach[1], SEPARATED)
    lost = int(np.sum(~((eta.min(axis=1) >= low) & (eta.max(axis=1) <= high))))
    if lost:
        raise EstimationError(
            f"the outcome is separated in {lost:,} of {n:,} replicates: without some PSUs a combination of "
            "terms always, or never, has it",
            where=where,
            do="leave out or merge levels in which the outcome is rare, or fit with linearised variance",
        )
