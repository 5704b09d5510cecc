"""Bias-reduced scores of clusters (Bell & McCaffrey), and the degrees of freedom of their variance.

All that is needed of a cluster are sums over its persons: no matrix has a row for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.cells import Cells
from netralstat.design.design import Design
from netralstat.errors import UsageError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# An eigenvalue of I - H this small is zero: the cluster determines a coefficient alone.
SINGULAR = 1e-10
# What the expected variance of a combination may lack of the true one, as rounding error.
UNBIASED = 1e-6
# Elements of the largest array of a block of clusters.
BLOCK = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """The persons of a weighted regression, by cell, in the order of their clusters.

    z : (n_cells, p), covariates. residual : (n_cells,). n, w_sum, w2_sum : (n_cells,), counts and sums of
    the persons' weights and their squares. cluster : (n_cells,), ascending from 0. alike : (n_clusters,),
    how many clusters each of them stands for (persons of a cell, where persons were drawn).
    """

    z: Floats
    residual: Floats
    n: Floats
    w_sum: Floats
    w2_sum: Floats
    cluster: Codes
    alike: Floats

    def blocks(self) -> Iterator[tuple[slice, slice]]:
        """Clusters and their cells, a block at a time."""
        n_clusters, p = len(self.alike), self.z.shape[1]
        starts = np.searchsorted(self.cluster, np.arange(n_clusters + 1))
        first = 0
        while first < n_clusters:
            most = starts[first] + BLOCK // (p * p)
            last = min(
                max(int(np.searchsorted(starts, most, side="right")) - 1, first + 1),
                first + max(BLOCK // (4 * p * p), 1),
                n_clusters,
            )
            yield slice(first, last), slice(int(starts[first]), int(starts[last]))
            first = last


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """Scores whose cross products are unbiased under the working model, and what their df need.

    score : (n_cells, p), Σ w z times the adjusted residual, of all persons alike.
    span : (n_clusters, 2p, q), own : (n_clusters, q), sides : (2p, 2p). Of each of q combinations,
        P = diag(own) + span'·sides·span is the covariance of the clusters' shares in it.
    tested : (n_pairs, 2), combinations tested together; between : (n_clusters, n_pairs), `own` of each two.
    plain : (q, q), the covariance of the combinations under the working model; the trace of P is a variance.
    ones : (n_clusters, q), total : (n_clusters, p), sums over persons of what makes `own`, and of z.
    variance, covariance : of adjusted residuals, and of pairs of them within clusters.
    """

    score: Floats
    span: Floats
    own: Floats
    sides: Floats
    tested: Codes
    between: Floats
    plain: Floats
    ones: Floats
    total: Floats
    variance: float
    covariance: float
    alike: Floats


def persons_of(
    cells: Cells, used: NDArray[np.bool_], z: Floats, residual: Floats, factor: Floats
) -> tuple[Persons, Codes]:
    """The persons of the cells in `used`, and the numbers of these cells in the order of their clusters.

    Parameters
    ----------
    cells : with Σ w², told apart by everything that z, residual and factor depend on; by the weight too,
        where persons were drawn.
    factor : (n_cells,), multiplies the weights, as working weights do.
    """
    assert cells.w2_sum is not None
    order = np.flatnonzero(used & (cells.n > 0))
    if cells.psu is None:
        cluster, alike = np.arange(len(order)), cells.n[order]
        each = alike
    else:
        order = order[np.argsort(cells.psu[order], kind="stable")]
        _, cluster = np.unique(cells.psu[order], return_inverse=True)
        alike = np.ones(int(cluster.max(initial=-1)) + 1)
        each = np.ones(len(order))
    persons = Persons(
        z=z[order],
        residual=residual[order],
        n=cells.n[order] / each,
        w_sum=(cells.w_sum * factor)[order] / each,
        w2_sum=(cells.w2_sum * factor**2)[order] / each,
        cluster=cluster,
        alike=alike,
    )
    return persons, order


def require_plain(design: Design, calibration: Calibration | None) -> None:
    """Refuse a survey that is calibrated or has replicates: the adjustment is known of design weights."""
    if calibration is not None or design.replicates is not None:
        raise UsageError(
            "few_clusters= is for design weights, and the survey is calibrated or has replicates",
            where="few_clusters",
            do="ask the survey before it was calibrated or replicated, or leave few_clusters out",
        )


def reduced(persons: Persons, sides: Floats, combinations: Floats, tested: Codes | None = None) -> Reduced:
    """Adjust the residuals of each cluster by A = (I - H)(I - H)' to the power -1/2.

    Parameters
    ----------
    persons : Persons
    sides : (2p, 2p), S of (I - H)(I - H)' = I + U S U', where the rows of U are (z, w z) of a person.
    combinations : (2p, q), t of the vectors U t that make q combinations of coefficients.
    tested : (n_pairs, 2), combinations s < t that may be tested together; none if None.

    Notes
    -----
    With K = U'U of a cluster and Q = U V k^(-1/2) an orthonormal basis of its columns, A = I + Q f(C) Q'
    for C = k^(1/2) V'S V k^(1/2), f(c) = (1 + c)^(-1/2) - 1: matrices of order 2p whatever the persons.
    Source: Bell & McCaffrey (2002); Pustejovsky & Tipton (2018).  (methods.md "Few clusters")
    """
    p, q, n_clusters = persons.z.shape[1], combinations.shape[1], len(persons.alike)
    span, own, ones = np.zeros((n_clusters, 2 * p, q)), np.zeros((n_clusters, q)), np.zeros((n_clusters, q))
    total = np.zeros((n_clusters, p))
    tested = np.zeros((0, 2), dtype=np.int64) if tested is None else tested
    between = np.zeros((n_clusters, len(tested)))
    score = np.zeros_like(persons.z)
    plain = np.zeros((q, q))
    squares, pairs = 0.0, 0.0
    for clusters, cells in persons.blocks():
        block = _Block(persons, clusters, cells)
        gram = block.gram
        change = _changes(gram, sides)
        turned = change @ block.score[:, :, None]
        coefficients = turned[block.place, :, 0]
        z, w, w2 = persons.z[cells], persons.w_sum[cells], persons.w2_sum[cells]
        along = w * np.einsum("ij,ij->i", z, coefficients[:, :p])
        along += w2 * np.einsum("ij,ij->i", z, coefficients[:, p:])
        all_alike = persons.alike[persons.cluster[cells]]
        score[cells] = z * (all_alike * (w * persons.residual[cells] + along))[:, None]
        alike = persons.alike[clusters]
        plain += combinations.T @ np.einsum("c,cij->ij", alike, gram) @ combinations
        tau = combinations + change @ (gram @ combinations)
        at = gram @ tau
        span[clusters], own[clusters] = at, np.einsum("cij,cij->cj", tau, at)
        if len(tested):
            between[clusters] = (np.swapaxes(tau, 1, 2) @ at)[:, tested[:, 0], tested[:, 1]]
        ones[clusters] = np.einsum("ci,cij->cj", block.total, tau)
        total[clusters] = block.total[:, :p]
        one = block.one + np.einsum("ci,ci->c", block.total, turned[:, :, 0])
        square = block.square + 2 * np.einsum("ci,ci->c", block.score, turned[:, :, 0])
        square += np.einsum("ci,ci->c", turned[:, :, 0], (gram @ turned)[:, :, 0])
        squares += float(alike @ square)
        pairs += float(alike @ one**2)
    sizes = np.bincount(persons.cluster, weights=persons.n, minlength=n_clusters)
    n, n_pairs = float(persons.alike @ sizes), float(persons.alike @ sizes**2)
    return Reduced(
        score=score,
        span=span,
        own=own,
        sides=sides,
        tested=tested,
        between=between,
        plain=plain,
        ones=ones,
        total=total,
        variance=squares / n,
        covariance=(pairs - squares) / (n_pairs - n) if n_pairs > n else 0.0,
        alike=persons.alike,
    )


def satterthwaite(found: Reduced, *, inverse: NDArray[Any] | None = None) -> Floats:
    """Degrees of freedom of the variance of each combination, (tr P)² / tr(P²), shape (q,).

    NaN where the variance is not unbiased under the working model, for a single cluster tells about a part of
    the combination: residuals leave nothing of it, whatever it was.

    inverse : (p, p), (Z'Z)⁻¹, for persons of one cluster who are correlated alike (Bell & McCaffrey's
    exchangeable errors); None where they are independent.
    """
    p = found.total.shape[1]
    df = np.empty(found.own.shape[1])
    for j in range(len(df)):
        span, own, sides = found.span[:, :, j], found.own[:, j], found.sides
        expected = float(found.alike @ (own + np.einsum("ci,ij,cj->c", span, sides, span)))
        if expected < (1 - UNBIASED) * found.plain[j, j]:
            df[j] = np.nan
            continue
        if inverse is not None and found.covariance != 0:
            rest = found.variance - found.covariance
            shares = found.total @ inverse
            ones = found.ones[:, j]
            between = found.covariance * (shares.T @ (found.alike[:, None] * shares))
            # ones of a cluster's own share, less what all of them lend: E = diag(ones) - shares·span'
            both = np.zeros((3 * p, 3 * p))
            both[: 2 * p, : 2 * p] = rest * sides
            both[:p, :p] += between
            both[:p, 2 * p :] = both[2 * p :, :p] = -found.covariance * np.eye(p)
            span = np.hstack([span, ones[:, None] * shares])
            own, sides = rest * own + found.covariance * ones**2, both
        inner = np.einsum("ci,ij,cj->c", span, sides, span)
        product = sides @ (span.T @ (found.alike[:, None] * span))
        trace = float(found.alike @ (own + inner))
        square = float(found.alike @ (own**2 + 2 * own * inner)) + float(np.trace(product @ product))
        df[j] = trace**2 / square
    return df


def wishart_df(found: Reduced, together: Codes) -> float:
    """Degrees of freedom ν of the Wishart distribution that the variance of q combinations is near, HTZ.

    Parameters
    ----------
    found : with each two of `together` in `tested`.
    together : (q,), places of the combinations that a test has.

    Notes
    -----
    ν = q(q + 1) / Σ_st Var D_st,  D = Ω^(-1/2) V Ω^(-1/2) with Ω the variance under the working model; with
    P_st(c, d) the covariance of the shares of clusters c and d in s and t,
    Var D_st = Σ_cd P_ss(c, d) P_tt(c, d) + P_st(c, d) P_ts(c, d). Of q = 1 it is Satterthwaite's.
    Source: Pustejovsky & Tipton (2018), eq. 13. Twin: clubSandwich::Wald_test(test = "HTZ").
    """
    q = len(together)
    values, vectors = np.linalg.eigh(found.plain[np.ix_(together, together)])
    root = vectors / np.sqrt(values) @ vectors.T  # Ω^(-1/2)
    alike, sides = found.alike, found.sides
    span = found.span[:, :, together] @ root
    place = {(int(s), int(t)): i for i, (s, t) in enumerate(found.tested)}
    own = np.empty((len(alike), q, q))
    for a, s in enumerate(together):
        for b, t in enumerate(together):
            pair = (min(int(s), int(t)), max(int(s), int(t)))
            own[:, a, b] = found.own[:, s] if s == t else found.between[:, place[pair]]
    own = root @ own @ root
    inner = np.einsum("cia,ij,cjb->cab", span, sides, span)
    spread = 0.0
    for s in range(q):
        for t in range(q):
            cross = sides @ (span[:, :, s].T @ (alike[:, None] * span[:, :, t])) @ sides
            outer = span[:, :, s].T @ (alike[:, None] * span[:, :, t])
            alone = (
                own[:, s, s] * own[:, t, t] + own[:, s, s] * inner[:, t, t] + own[:, t, t] * inner[:, s, s]
            )
            alone += own[:, s, t] ** 2 + 2 * own[:, s, t] * inner[:, s, t]
            spread += float(alike @ alone) + float(np.sum(cross * outer) + np.sum(cross * outer.T))
    return q * (q + 1) / spread


class _Block:
    """Sums over the persons of some clusters, U being (z, w z): U'U, U'e, U'1, e'e, e'1."""

    def __init__(self, persons: Persons, clusters: slice, cells: slice) -> None:
        z, e = persons.z[cells], persons.residual[cells]
        n, w, w2 = persons.n[cells], persons.w_sum[cells], persons.w2_sum[cells]
        self.place = persons.cluster[cells] - clusters.start
        first = np.searchsorted(self.place, np.arange(clusters.stop - clusters.start))
        outer = z[:, :, None] * z[:, None, :]

        def added(values: Floats) -> Floats:
            return np.add.reduceat(values, first, axis=0)

        plain, once, twice = (added(outer * weight[:, None, None]) for weight in (n, w, w2))
        self.gram = np.block([[plain, once], [once, twice]])
        self.score = np.hstack([added(z * (n * e)[:, None]), added(z * (w * e)[:, None])])
        self.total = np.hstack([added(z * n[:, None]), added(z * w[:, None])])
        self.one, self.square = added(n * e), added(n * e * e)


def _changes(gram: Floats, sides: Floats) -> Floats:
    """F of A = I + U F U' for each cluster, shape (n_clusters, 2p, 2p)."""
    scale = np.sqrt(np.einsum("cii->ci", gram))
    scale = np.where(scale > 0, scale, 1.0)
    k, vectors = np.linalg.eigh(gram / (scale[:, :, None] * scale[:, None, :]))
    there = k > SINGULAR * k[:, -1:]
    root = np.where(there, np.sqrt(np.where(there, k, 1.0)), 0.0)
    up = scale[:, :, None] * vectors * root[:, None, :]  # K = up·up'
    c, turn = np.linalg.eigh(np.swapaxes(up, 1, 2) @ sides @ up)
    left = 1.0 + c > SINGULAR
    power = np.where(left, 1.0 / np.sqrt(np.where(left, 1.0 + c, 1.0)), 0.0) - 1.0
    inverse = np.where(there, 1.0 / np.where(there, root, 1.0), 0.0)
    down = vectors / scale[:, :, None] * inverse[:, None, :] @ turn  # Q f Q' = U down f down' U'
    return np.asarray((down * power[:, None, :]) @ np.swapaxes(down, 1, 2))
