"""Subset fits: a generalised linear model on every subset of its terms, in the full sample and in replicates.

A subset knows fewer patterns of answers than the whole: they are added up on the way down, so that most fits
are of few numbers. Each fit starts from that of the subset above it, each replicate from the full sample's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from netralstat.design.stages import numbered
from netralstat.errors import EstimationError
from netralstat.explain.families import BINARY, DISTRIBUTIONS, Family
from netralstat.explain.normal_equations import gram
from netralstat.frames import Key

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Worth = Literal["deviance", "tjur"]

MAX_PASSES = 100
# What a step may still add to the log-likelihood, per unit of weight, when a fit ends (and is added to it).
SETTLED = 1e-16
# In a replicate, whose worth is then known to about a hundredth of this.
SETTLED_IN_REPLICATES = 1e-8
# Tjur's coefficient moves with the step and not with its square.
SETTLED_OF_MEANS = 1e-15
ROUNDING = 1e-13
# Linear predictors are held here: a probability within 1e-13 of 0 or 1.
STEEPEST = 30.0
# Ridge, on the scale of correlations, that lets coefficients stay where a replicate does not tell of them.
RIDGE = 1e-10
# Patterns are added up when at least this share of them goes.
WORTH_ADDING_UP = 0.15
BLOCK_BYTES = 48_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Players:
    """Patterns of answers and the terms that explain them.

    `x` (m, p) has the columns of all terms, `y` and `offset` are (m,); `always` are the columns of every
    subset (the intercept), `columns` those of each player.
    """

    x: Floats
    y: Floats
    offset: Floats
    always: tuple[int, ...]
    columns: tuple[tuple[int, ...], ...]
    family: Family


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetFits:
    """Of every subset, in the order of bit masks, shape (R, 2^k): mean deviance, or Tjur's coefficient.

    `beta` has the coefficients (p,) under the first row of weights by subset, 0 of a column outside it.
    """

    worth: Floats
    beta: dict[int, Floats]


@dataclass(slots=True, kw_only=True)
class _Sums:
    """Patterns that a subset tells apart: `row` of x for each (m_S,), `codes` (players and offset, m_S) and
    Σ w and Σ w y of each, (m_S, R).
    """

    row: Codes
    codes: Codes
    w: Floats
    wy: Floats


def subset_fits(
    players: Players, weights: Floats, worth: Worth, where: str, start: Mapping[int, Floats]
) -> SubsetFits:
    """Fit every subset of the players under every row of weights.

    Parameters
    ----------
    weights : (R, m), of the patterns: one row for the full sample, or replicates.
    start : coefficients (p,) to begin at by subset; the others begin at those of the subset above them.

    Raises
    ------
    EstimationError
        A fit does not settle.

    Notes
    -----
    Fisher scoring, each step halved until the likelihood does not fall. The worth is that at the end of the
    last step: ℓ + ½ g'A⁻¹g.   (methods.md "Relative importance")
    """
    k = len(players.columns)
    found = np.empty((len(weights), 1 << k))
    kept: dict[int, Floats] = {}
    saturated, total = _saturated(players, weights), weights.sum(axis=1)
    settled = SETTLED if len(start) < 1 << k else SETTLED_IN_REPLICATES
    if worth == "tjur":
        settled = min(settled, SETTLED_OF_MEANS)

    def visit(mask: int, first: int, sums: _Sums, above: Floats) -> None:
        columns = _columns(players, mask)
        begin = start.get(mask, above)
        fit = _climbed(players, columns, sums, begin[columns], settled, where, worth)
        found[:, mask] = fit.worth if worth == "tjur" else 2 * (saturated - fit.worth) / total
        beta = np.zeros(players.x.shape[1])
        beta[columns] = fit.beta[:, 0]
        kept[mask] = beta
        for i in range(first, k):
            if mask >> i & 1:
                below = mask & ~(1 << i)
                visit(below, i + 1, _added_up(sums, below), beta)

    root = _root(players, weights)
    visit((1 << k) - 1, 0, root, np.zeros(players.x.shape[1]))
    return SubsetFits(worth=found, beta=kept)


def in_blocks(n: int, m: int) -> Sequence[tuple[int, int]]:
    """Blocks of n replicates of m patterns that take little memory."""
    step = max(int(BLOCK_BYTES / 16 / max(m, 1)), 1)
    return [(first, min(first + step, n)) for first in range(0, n, step)]


def _columns(players: Players, mask: int) -> list[int]:
    return [
        *players.always,
        *(column for i, own in enumerate(players.columns) if mask >> i & 1 for column in own),
    ]


def _saturated(players: Players, weights: Floats) -> Floats:
    """The part of the log-likelihood that no term changes, of each row of weights."""
    y = players.y
    if players.family in BINARY:
        return np.zeros(len(weights))
    each = special.xlogy(y, y) - y if players.family == "poisson" else y**2 / 2
    return np.asarray(weights @ each)


def _root(players: Players, weights: Floats) -> _Sums:
    """Patterns that the whole model tells apart: of two outcomes there is one."""
    m = len(players.y)
    parts = [players.x[:, own] for own in players.columns] + [players.offset[:, None]]
    codes = np.empty((len(parts), m), dtype=np.int64)
    for i, part in enumerate(parts):
        levels = [np.unique(column, return_inverse=True) for column in part.T]
        keys = [Key(codes=code.reshape(-1), levels=tuple(range(len(one)))) for one, code in levels]
        codes[i] = numbered(keys, m)[0]
    w = np.ascontiguousarray(weights.T)
    sums = _Sums(row=np.arange(m), codes=codes, w=w, wy=w * players.y[:, None])
    return _added_up(sums, (1 << len(players.columns)) - 1)


def _added_up(sums: _Sums, mask: int) -> _Sums:
    """The patterns that players in `mask` tell apart, if they are much fewer; else the same."""
    m = len(sums.row)
    last = len(sums.codes) - 1
    told = [i for i in range(last) if mask >> i & 1] + [last]
    keys = [Key(codes=sums.codes[i], levels=tuple(range(int(sums.codes[i].max()) + 1))) for i in told]
    code, first = numbered(keys, m)
    if len(first) > (1 - WORTH_ADDING_UP) * m:
        return sums
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    return _Sums(
        row=sums.row[first],
        codes=sums.codes[:, first],
        w=np.add.reduceat(sums.w[order], starts, axis=0),
        wy=np.add.reduceat(sums.wy[order], starts, axis=0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Climbed:
    """Coefficients (p, R), and log-likelihood or Tjur's coefficient (R,)."""

    beta: Floats
    worth: Floats


def _climbed(
    players: Players,
    columns: Sequence[int],
    sums: _Sums,
    start: Floats,
    settled: float,
    where: str,
    worth: Worth,
) -> _Climbed:
    """The maximum under every column of weights, from coefficients `start` (p,)."""
    x, offset = players.x[np.ix_(sums.row, np.asarray(columns))], players.offset[sums.row]
    p, n = len(columns), sums.w.shape[1]
    beta = np.tile(start[:, None], (1, n))
    result, limit = np.full(n, np.nan), settled * sums.w.sum(axis=0)
    active = np.arange(n)
    w, wy = sums.w, sums.wy
    before, step = np.full(n, -np.inf), np.zeros((p, n))
    squares = _products(x) if n > 1 else None
    for passed in range(MAX_PASSES):
        same = passed == 0
        eta = (x @ beta[:, :1] if same else x @ beta[:, active]) + offset[:, None]
        value, residual, curvature = _likelihood(players.family, eta, w, wy)
        fell = value < before - ROUNDING * np.abs(before)
        if fell.any():
            step[:, fell] /= 2
        information = gram(x, curvature[:, 0])[None] if squares is None else squares.information(curvature)
        score = x.T @ residual
        climb = _solved(information, score)
        gain = np.einsum("pr,pr->r", climb, score) / 2
        done = ~fell & (gain <= limit[active])
        moved = np.where(fell[None, :], -step, climb)
        beta[:, active] += moved
        if done.any():
            result[active[done]] = (value + gain)[done]
        step, before = np.where(fell[None, :], step, climb), np.where(fell, before, value)
        if done.all():
            active = active[:0]
            break
        if done.any():
            left = ~done
            active, before, step = active[left], before[left], step[:, left]
            w, wy = w[:, left], wy[:, left]
    if len(active):
        raise EstimationError(
            f"{len(active):,} of {n:,} fits of a subset of the terms did not settle in {MAX_PASSES} passes",
            where=where,
            do="look for levels that few respondents, or few PSUs, have and merge them",
        )
    if worth == "tjur":
        eta = _held(players.family, x @ beta + offset[:, None])
        mu = DISTRIBUTIONS[players.family].inverse(eta)
        no = sums.w - sums.wy
        result = (sums.wy * mu).sum(axis=0) / sums.wy.sum(axis=0) - (no * mu).sum(axis=0) / no.sum(axis=0)
    return _Climbed(beta=beta, worth=result)


def _likelihood(family: Family, eta: Floats, w: Floats, wy: Floats) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood (R,), score by linear predictor (m, R) and information (m, R) of sums (m, R).

    `eta` is (m, R), or (m, 1) where all are alike.
    """
    if family == "linear":
        return np.sum(eta * (wy - w * eta / 2), axis=0), wy - w * eta, w
    eta = _held(family, eta)
    if family == "logit":
        small = np.exp(-np.abs(eta))
        mu = np.where(eta > 0, 1.0, small) / (1 + small)
        value = np.sum(wy * eta - w * (np.maximum(eta, 0) + np.log1p(small)), axis=0)
        expected = w * mu
        return value, wy - expected, expected * (1 - mu)
    distribution = DISTRIBUTIONS[family]
    mu = distribution.inverse(eta)
    if family == "poisson":
        return np.sum(wy * eta - w * mu, axis=0), wy - w * mu, w * mu
    value = np.sum(wy * np.log(mu) + (w - wy) * np.log1p(-mu), axis=0)
    slope, variance = distribution.slope(mu), distribution.variance(mu)
    return value, (wy - w * mu) / (variance * slope), w / (variance * slope**2)


def _held(family: Family, eta: Floats) -> Floats:
    """Linear predictors within what the family can tell apart."""
    if family == "linear":
        return eta
    low, high = DISTRIBUTIONS[family].reach
    return np.asarray(np.clip(eta, max(low - 5, -STEEPEST), min(high + 1, STEEPEST)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Squares:
    """Products of pairs of columns, (m, p(p + 1)/2), from which X'CX is one product for many C."""

    products: Floats
    upper: tuple[Codes, Codes]
    p: int

    def information(self, curvature: Floats) -> Floats:
        """X'CX of each column of the curvature (m, R), shape (R, p, p)."""
        entries = (self.products.T @ curvature).T
        found = np.empty((len(entries), self.p, self.p))
        found[:, self.upper[0], self.upper[1]] = entries
        found[:, self.upper[1], self.upper[0]] = entries
        return found


def _products(x: Floats) -> _Squares:
    rows, columns = np.triu_indices(x.shape[1])
    return _Squares(products=x[:, rows] * x[:, columns], upper=(rows, columns), p=x.shape[1])


def _solved(information: Floats, score: Floats) -> Floats:
    """A⁻¹g of each, (p, R); a coefficient that nothing tells of stays where it is."""
    diagonal = np.einsum("rjj->rj", information)
    root = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = information / (root[:, :, None] * root[:, None, :])
    every = np.arange(score.shape[0])
    scaled[:, every, every] = 1 + RIDGE
    step = np.linalg.solve(scaled, (score.T / root)[:, :, None])[:, :, 0] / root
    return np.asarray(step.T)
