"""Fitting a factor model: maximum likelihood by Newton's steps, and diagonally weighted least squares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.errors import EstimationError
from netralstat.explain.scales.factor_structure import Structure, square

Floats = NDArray[np.float64]

# A step is the last when it moves every parameter by less than this share of its standard error × √n.
SETTLED = 1e-10
MAX_STEPS = 200
MAX_HALVINGS = 30
# Reciprocal condition number of the information, scaled to a unit diagonal, below which the model is not
# identified: what is left of 16 digits would not be worth printing.
IDENTIFIED = 1e-9
# What a step's promise may be worth at most before rounding of the discrepancy decides it.
ROUNDING = 1e-13


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Moments that a model is fitted to: means (G, k), covariances (G, k, k), weight shares (G,)."""

    mean: Floats
    s: Floats
    share: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Parameters (q,) at the minimum, the discrepancy there, and how many steps it took.

    `observed` (q, q) is half the second derivatives of the discrepancy; `slopes` (GM, q) are the derivatives
    of the moments (of each group its means, then its covariances), and `weight` (GM, GM) the matrix that
    moments weigh by: that of normal answers under the model, or a diagonal one.
    """

    theta: Floats
    discrepancy: float
    slopes: Floats
    weight: Floats
    observed: Floats
    steps: int

    @property
    def information(self) -> Floats:
        """Δ'VΔ: expected information of one respondent, shape (q, q)."""
        return np.asarray(self.slopes.T @ self.weight @ self.slopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    """One place on the way: the discrepancy, half its negative gradient, and the information.

    `expected` (q, q) is that of Fisher, positive definite; `observed` is half the second derivatives.
    """

    discrepancy: float
    score: Floats
    expected: Floats
    observed: Floats


def fit_likelihood(model: Structure, sample: Sample, start: Floats, *, where: str) -> Fitted:
    """The parameters that make the weighted (pseudo-)likelihood of normal answers largest.

    Parameters
    ----------
    start : (q,) parameters to begin with, whose covariances are positive definite.

    Raises
    ------
    EstimationError
        The model is not identified, or the iteration does not settle.

    Formula      F = Σ_g f_g (log|Σ| + tr(T Σ⁻¹) - log|S| - k), T = S + (x̄ - μ)(x̄ - μ)', f_g the share of
                 weight;  θ ← θ + H⁻¹ Δ'V (t - σ)    (methods.md "Factor models")
    Source       Jöreskog (1969, 1971). Twin: lavaan::cfa(estimator = "ML").
    """

    def at(theta: Floats) -> _Point | None:
        return _likelihood(model, sample, theta)

    theta, point, steps = _descended(at, start, where)
    values = model.values(theta)
    return Fitted(
        theta=theta,
        discrepancy=max(point.discrepancy, 0.0),
        slopes=model.stacked(values),
        weight=normal_weight(model.implied(values)[1], sample.share, means=model.has_means),
        observed=point.observed,
        steps=steps,
    )


def fit_least_squares(
    model: Structure, correlation: Floats, weight: Floats, start: Floats, *, where: str
) -> Fitted:
    """The parameters whose correlations come nearest to those of the items, each weighted by its precision.

    Parameters
    ----------
    correlation : (p,) correlations of pairs of items (upper triangle by rows, without the diagonal).
    weight : (p,) inverse variances of them.

    Formula      F = Σ_jl v_jl (r_jl - ρ_jl(θ))²
    Source       Muthén, du Toit & Spisic (1997). Twin: lavaan::cfa(estimator = "WLSMV").
    """
    k = len(model.items)
    row, column = np.triu_indices(k, 1)
    off = np.concatenate([np.zeros(k, dtype=bool), _off_diagonal(k)])

    def at(theta: Floats) -> _Point | None:
        values = model.values(theta)
        rest = correlation - model.implied(values)[1][0, row, column]
        slope = model.stacked(values)[off]
        information = (slope.T * weight) @ slope
        pull = np.zeros((1, k, k))
        pull[0, row, column] = pull[0, column, row] = -weight * rest
        bend = model.bends(values, pull, np.zeros((1, k)))[0]
        free = np.flatnonzero(model.index[0] >= 0)
        bent = np.empty_like(information)
        bent[np.ix_(model.index[0][free], model.index[0][free])] = bend[np.ix_(free, free)]
        return _Point(
            discrepancy=float(weight @ rest**2),
            score=slope.T @ (weight * rest),
            expected=information,
            observed=information + bent,
        )

    theta, point, steps = _descended(at, start, where)
    return Fitted(
        theta=theta,
        discrepancy=point.discrepancy,
        slopes=model.stacked(model.values(theta))[off],
        weight=np.diag(weight),
        observed=point.observed,
        steps=steps,
    )


def normal_weight(sigma: Floats, share: Floats, *, means: bool) -> Floats:
    """Inverse covariance of the moments of normal answers, (GM, GM), times the groups' shares.

    Without `means` those weigh nothing.

    Formula      V = f_g diag(Σ⁻¹, ½ D'(Σ⁻¹ ⊗ Σ⁻¹) D), D the duplication matrix
    """
    groups, k, _ = sigma.shape
    m = k + k * (k + 1) // 2
    found = np.zeros((groups * m, groups * m))
    for group, inverse in enumerate(np.linalg.inv(sigma)):
        start = group * m
        if means:
            found[start : start + k, start : start + k] = share[group] * inverse
        found[start + k : start + m, start + k : start + m] = share[group] * _of_covariances(inverse, inverse)
    return found


def _likelihood(model: Structure, sample: Sample, theta: Floats) -> _Point | None:
    """Discrepancy, score and information; None where a covariance is not positive definite."""
    values = model.values(theta)
    mu, sigma = model.implied(values)
    if not (np.linalg.eigvalsh(sigma)[:, 0] > 0).all():
        return None
    inverse: Floats = np.asarray(np.linalg.inv(sigma), dtype=np.float64)
    q = model.n_free
    away = sample.mean - mu if model.has_means else np.zeros_like(mu)
    t = sample.s + away[:, :, None] * away[:, None, :]
    logs = np.linalg.slogdet(sigma)[1] - np.linalg.slogdet(sample.s)[1]
    discrepancy = sample.share @ (logs + np.einsum("gjl,gjl->g", t, inverse) - sigma.shape[1])
    crossed, pull = inverse @ t @ inverse, np.einsum("gjl,gl->gj", inverse, away)
    of_mean, of_sigma = model.slopes(values)
    bends = model.bends(values, np.asarray(inverse - crossed), np.asarray(-pull))
    row, column = np.triu_indices(sigma.shape[1])
    score, expected, observed = np.zeros(q), np.zeros((q, q)), np.zeros((q, q))
    for g, share in enumerate(sample.share):
        free = np.flatnonzero(model.index[g] >= 0)
        at, slope, shift = model.index[g][free], of_sigma[g][:, free], of_mean[g][:, free]
        v = _of_covariances(inverse[g], inverse[g])
        weighted = v @ slope
        score[at] += share * (weighted.T @ (t[g] - sigma[g])[row, column])
        expected[np.ix_(at, at)] += share * (slope.T @ weighted)
        turned = slope.T @ (2 * _of_covariances(inverse[g], crossed[g]) - v) @ slope
        own = turned + bends[g][np.ix_(free, free)]
        if model.has_means:
            pushed = inverse[g] @ shift
            score[at] += share * (pushed.T @ away[g])
            expected[np.ix_(at, at)] += share * (shift.T @ pushed)
            moved = square(slope.T, len(inverse[g])) @ pull[g]
            both = pushed.T @ moved.T
            own += shift.T @ pushed + both + both.T
        observed[np.ix_(at, at)] += share * own
    return _Point(discrepancy=float(discrepancy), score=score, expected=expected, observed=observed)


def _descended(
    at: Callable[[Floats], _Point | None], start: Floats, where: str
) -> tuple[Floats, _Point, int]:
    """Newton's steps where the discrepancy is bent upwards, else Fisher's, halved until it falls."""
    theta, point = start, at(start)
    assert point is not None
    for step in range(1, MAX_STEPS + 1):
        move = _solved(point, where)
        size = float(np.max(np.abs(move) * np.sqrt(np.diag(point.expected))))
        promised = float(move @ point.score)
        if size < SETTLED:
            return theta + move, at(theta + move) or point, step
        for halving in range(MAX_HALVINGS):
            tried = theta + move / 2**halving
            found = at(tried)
            if found is not None and found.discrepancy <= point.discrepancy + ROUNDING * (
                1 + abs(point.discrepancy)
            ):
                break
        else:
            raise _unsettled(step, promised, where)
        theta, point = tried, found
    raise _unsettled(MAX_STEPS, promised, where)


def _unsettled(steps: int, promised: float, where: str) -> EstimationError:
    return EstimationError(
        f"the factor model did not converge: after {steps} steps the discrepancy would still fall by "
        f"{promised:.1e}",
        where=where,
        do="leave out items that hardly go with their factor, or join factors that cannot be told apart",
    )


def _solved(point: _Point, where: str) -> Floats:
    """The next step; refused where the information does not determine it."""
    root = np.sqrt(np.diag(point.expected))
    if (root > 0).all():
        values = np.linalg.eigvalsh(point.expected / np.outer(root, root))
        if values[0] > IDENTIFIED * values[-1]:
            scaled = point.observed / np.outer(root, root)
            if np.linalg.eigvalsh(scaled)[0] <= IDENTIFIED * values[-1]:
                scaled = point.expected / np.outer(root, root)
            return np.asarray(np.linalg.solve(scaled, point.score / root) / root)
    raise EstimationError(
        f"the factor model is not identified: the answers do not determine its {len(root)} parameters",
        where=where,
        do="give each factor three items that correlate; a factor of two needs another that it goes with",
    )


def _of_covariances(left: Floats, right: Floats) -> Floats:
    """½ D'(A ⊗ B)D, made symmetric in A and B, by the upper triangle by rows."""
    row, column = np.triu_indices(len(left))
    once = np.where(row == column, 0.5, 1.0)
    crossed = np.zeros((len(row), len(row)))
    for a, b in ((left, right), (right, left)):
        crossed += a[np.ix_(row, row)] * b[np.ix_(column, column)]
        crossed += a[np.ix_(row, column)] * b[np.ix_(column, row)]
    return np.asarray(crossed * np.outer(once, once) / 2)


def _off_diagonal(k: int) -> NDArray[np.bool_]:
    row, column = np.triu_indices(k)
    return np.asarray(row != column)
