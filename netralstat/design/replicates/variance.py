"""The covariance of statistics over replicates: how far each replicate moves them, squared and added."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.influence import Part
from netralstat.design.replicates.cells import ReplicatedCells
from netralstat.design.replicates.replicates import Replicates

Floats = NDArray[np.float64]
# From sums (n, m, n_domains) of n replicates to statistics (n, k).
Statistic = Callable[[Floats], Floats]

# Most memory that the moves of one block of replicates take.
BLOCK_BYTES = 64_000_000
# A standard error below this share of Σ|u| is rounding: calibration ends at a relative gap of 1e-10.
ZERO_SHARE = 1e-9
# A replicate with less than this share of a domain's weight has nobody in it.
NOBODY = 1e-12
# Filled share from which a dense product is faster.
DENSE_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicateCovariance:
    """Covariance of k statistics over replicates.

    `matrix` (k, k); `undefined` (k,) counts replicates without anybody in the domain of a statistic, which
    add nothing; `logit_error` (k,) are standard errors of the log-odds of shares, NaN where a replicate
    is at 0 or 1.
    """

    matrix: Floats
    df: int
    undefined: Floats
    logit_error: Floats | None


def replicate_covariance(
    influence: Sequence[Part],
    cells: ReplicatedCells,
    denominator: Sequence[Part] | None = None,
    *,
    share: Floats | None = None,
) -> ReplicateCovariance:
    """Covariance of totals, means, shares and ratios from their values in every replicate.

    Parameters
    ----------
    influence : (n_cells, k) in parts: Σ w·z of the linearised variable z with design weights w, as for the
        linearised variance: z = y of a total, (y - θ x)/X of a ratio θ = Y/X.
    cells : where each cell stands among the replicates.
    denominator : of ratios, Σ w·x / X in the same parts; none where all k are totals.
    share : (k,) values of shares, whose log-odds get a standard error of their own.

    Returns
    -------
    ReplicateCovariance

    Notes
    -----
    Formula      θ_r - θ = Δ_r[u] / (1 + Δ_r[x/X]), Δ_r[t] = Σ_c (F_rc g_rc - g_c) t_c: exact, not linear;
                 V = a Σ_r a_r (θ_r - θ̄)(θ_r - θ̄)'     (methods.md "Replicates")
    Twin: survey::svrVar, as svymean, svytotal, svyratio and svyby call it.
    """
    u = _columns(influence)
    x = None if denominator is None else _columns(denominator)
    replicates = cells.replicates
    moments = _Moments(u.shape[1], replicates)
    of_logits = None if share is None else _Moments(u.shape[1], replicates, diagonal=True)
    for start, stop in blocks(replicates.n, 2 * u.shape[1]):
        moved, defined = moves(u, x, cells, start, stop)
        moments.add(moved, defined, start, stop)
        if of_logits is not None and share is not None:
            of_logits.add(_logit_moves(share, moved, defined), defined, start, stop)
    size = np.asarray(abs(sparse.diags_array(cells.g) @ u).sum(axis=0))
    return _told(moments, of_logits, size, replicates)


def recomputed_covariance(
    sums: Sequence[Part],
    cells: ReplicatedCells,
    statistic: Statistic,
    *,
    size: Floats,
    share: bool = False,
) -> ReplicateCovariance:
    """Covariance of statistics that are computed anew from the sums of every replicate.

    Parameters
    ----------
    sums : (n_cells, ·) in parts: Σ w·t with design weights w, what the statistics are made of.
    cells : where each cell stands among the replicates.
    statistic : from the sums of some replicates in one part, shape (·, m, n_domains), to the values of its
        statistics, shape (·, k); not finite where a replicate has nobody.
    size : (k,) of all parts, what a standard error is small against that is rounding.
    share : the statistics are shares, whose log-odds get a standard error of their own.

    Twin: survey::withReplicates.
    """
    t = _columns(sums)
    replicates = cells.replicates
    full = np.asarray(cells.g @ t)[None, :]
    value = _by_part(sums, full, statistic)[0]
    moments = _Moments(len(value), replicates)
    of_logits = _Moments(len(value), replicates, diagonal=True) if share else None
    for start, stop in blocks(replicates.n, 2 * max(t.shape[1], len(value))):
        moved = _by_part(sums, full + cells.changes(t, start, stop), statistic) - value
        there = np.isfinite(moved) | ~np.isfinite(value)
        defined = None if there.all() else there
        moved = np.where(np.isfinite(moved), moved, 0.0)
        moments.add(moved, defined, start, stop)
        if of_logits is not None:
            of_logits.add(_logit_moves(value, moved, defined), defined, start, stop)
    return _told(moments, of_logits, size, replicates)


def _by_part(sums: Sequence[Part], totals: Floats, statistic: Statistic) -> Floats:
    """The statistics of each part, beside each other, from the totals of all parts, shape (·, columns)."""
    found, start = [], 0
    for part in sums:
        own = totals[:, start : start + part.n_columns]
        start += part.n_columns
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(statistic(own.reshape(len(own), -1, part.n_domains)))
    return np.hstack(found)


def _told(
    moments: _Moments, of_logits: _Moments | None, size: Floats, replicates: Replicates
) -> ReplicateCovariance:
    """The covariance, with exact zeros for what is rounding beside `size` (k,)."""
    matrix = moments.covariance()
    flat = np.sqrt(np.maximum(np.diag(matrix), 0.0)) <= ZERO_SHARE * size
    matrix[flat, :] = 0.0
    matrix[:, flat] = 0.0
    return ReplicateCovariance(
        matrix=matrix,
        df=replicates.df,
        undefined=moments.undefined,
        logit_error=None if of_logits is None else np.sqrt(np.diag(of_logits.covariance())),
    )


def covariance_of(estimates: Floats, full: Floats, replicates: Replicates) -> Floats:
    """Covariance (k, k) of statistics (n, k) that were computed in every replicate; `full` (k,) in all data.

    Twin: survey::svrVar.
    """
    moments = _Moments(estimates.shape[1], replicates)
    moments.add(estimates - full, None, 0, len(estimates))
    return moments.covariance()


def moves(
    influence: sparse.csr_array,
    denominator: sparse.csr_array | None,
    cells: ReplicatedCells,
    start: int,
    stop: int,
) -> tuple[Floats, NDArray[np.bool_] | None]:
    """θ_r - θ of replicates start … stop - 1, shape (·, k), and where it is defined (None: everywhere)."""
    if denominator is None:
        return cells.changes(influence, start, stop), None
    k = influence.shape[1]
    both = cells.changes(sparse.csr_array(sparse.hstack([influence, denominator])), start, stop)
    left = 1 + both[:, k:]
    defined = np.abs(left) > NOBODY
    if defined.all():
        return both[:, :k] / left, None
    return np.where(defined, both[:, :k] / np.where(defined, left, 1.0), 0.0), defined


class _Moments:
    """Weighted sums over replicates of how far k statistics move, from which their covariance follows."""

    def __init__(self, k: int, replicates: Replicates, *, diagonal: bool = False) -> None:
        self._weight = replicates.scale * replicates.rscales * replicates.counts
        self._centred = replicates.counts * (replicates.rscales > 0)
        self._mse = replicates.plan.mse
        self._diagonal = diagonal
        shape = (k,) if diagonal else (k, k)
        self._square, self._first, self._zeroth = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self._sum, self._count = np.zeros(k), np.zeros(k)
        self.undefined = np.zeros(k)

    def add(self, moved: Floats, defined: NDArray[np.bool_] | None, start: int, stop: int) -> None:
        """Take in replicates start … stop - 1; `moved` (·, k) is zero where it is not defined."""
        weight, centred = self._weight[start:stop], self._centred[start:stop]
        there = np.ones((1, moved.shape[1])) if defined is None else defined.astype(float)
        weights = weight[:, None] * there
        self._sum += centred @ moved
        self._count += (centred[:, None] * there).sum(axis=0)
        self.undefined += (centred[:, None] * (1 - there)).sum(axis=0)
        if self._diagonal:
            self._square += weight @ moved**2
            self._first += weight @ moved
            self._zeroth += weights.sum(axis=0)
            return
        rows = moved * np.sqrt(weight)[:, None]
        filled = np.count_nonzero(rows) / max(rows.size, 1)
        thin = sparse.csr_array(rows) if filled < DENSE_SHARE else None
        self._square += rows.T @ rows if thin is None else (thin.T @ thin).toarray()
        if defined is None:
            self._first += weight @ moved
            self._zeroth += weight.sum()
        else:
            self._first += weights.T @ moved
            self._zeroth += weights.T @ there

    def covariance(self) -> Floats:
        """Σ a_r (m - c)(m - c)' over defined replicates, c their mean or, with mse, zero; diagonal or not."""
        matrix = self._square
        if not self._mse:
            centre = self._sum / np.where(self._count > 0, self._count, 1.0)
            if self._diagonal:
                matrix = matrix - 2 * centre * self._first + centre**2 * self._zeroth
            else:
                crossed = centre[:, None] * self._first
                matrix = matrix - crossed - crossed.T + np.outer(centre, centre) * self._zeroth
        if self._diagonal:
            return np.diag(np.maximum(matrix, 0.0))
        return (matrix + matrix.T) / 2


def _columns(parts: Sequence[Part]) -> sparse.csr_array:
    return sparse.csr_array(sparse.hstack([part.to_sparse() for part in parts], format="csr"))


def blocks(n: int, width: int) -> Iterator[tuple[int, int]]:
    """Blocks of n replicates, first and last of each, that take little memory with `width` numbers each."""
    step = max(int(BLOCK_BYTES / 8 / max(width, 1)), 1)
    for start in range(0, n, step):
        yield start, min(start + step, n)


def _logit_moves(share: Floats, moved: Floats, defined: NDArray[np.bool_] | None) -> Floats:
    """How far the log-odds of shares move; NaN where a replicate's share is 0 or 1."""
    edge = (share + moved <= NOBODY) | (share + moved >= 1 - NOBODY)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(edge, np.nan, np.log1p(moved / share) - np.log1p(-moved / (1 - share)))
    return found if defined is None else np.where(defined, found, 0.0)
