"""Polychoric correlations: how the tendencies behind ordered answers go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from netralstat.errors import EstimationError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# Nodes of Gauss and Legendre for the bivariate normal distribution: fourteen digits below |ρ| = 0.99.
NODES = 96
# As good below |ρ| = 0.9.
FEW_NODES = 32
# Beyond this the thresholds of an infinite end may stand: Φ is 0 or 1 to all digits.
FAR = 40.0
MAX_STEPS = 100
SETTLED = 1e-12
# A probability of a cell is not known below this: it is a difference of four that are about 1.
SMALLEST = 1e-14
# Two items whose tendencies correlate more than this say the same.
LARGEST = 0.999
# A correlation that is on its way beyond this after so many steps has no maximum.
NEARLY = 0.99
# An item with more levels than this is a number, not an ordered answer.
MOST_LEVELS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Polychoric:
    """Thresholds and correlations of the normal tendencies behind k ordered items.

    `thresholds` has an array (levels - 1,) an item; `correlation` (k, k). `influence` (n_cells, T + P) is
    that of a cell's respondent, per share of the weight, on the T thresholds (item by item), then on the P
    correlations of pairs (upper triangle by rows): their exact derivative. `influence_expected` has squares
    and products of scores for second derivatives, which is the same if the tendencies are normal.
    """

    thresholds: tuple[Floats, ...]
    correlation: Floats
    influence: Floats
    influence_expected: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surface:
    """The bivariate normal distribution function at a grid of thresholds, and derivatives, (P, A, B)."""

    f: Floats
    by_rho: Floats
    by_rho_rho: Floats
    by_row: Floats
    by_column: Floats
    by_rho_row: Floats
    by_rho_column: Floats


def polychoric(
    codes: Sequence[Codes], levels: Sequence[int], w: Floats, *, names: Sequence[str]
) -> Polychoric:
    """Two-step polychoric correlations: thresholds from each item alone, then each pair by its likelihood.

    Parameters
    ----------
    codes : of each item, (n_cells,), from 0 to levels - 1; every level is used.
    w : (n_cells,), Σ of weights; cells of weight zero are outside.

    Raises
    ------
    EstimationError
        An item has more than twelve levels, or two items correlate beyond 0.999.

    Formula      τ_ja = Φ⁻¹(Σ_{b ≤ a} p_jb); ρ_jl maximises Σ_ab p_ab log P_ab(ρ, τ_j, τ_l)
                 (methods.md "Ordinal items")
    Source       Olsson (1979); Muthén (1984). Twin: lavaan::lavCor, psych::polychoric.
    """
    if many := [name for name, count in zip(names, levels, strict=True) if count > MOST_LEVELS]:
        raise EstimationError(
            f"{len(many)} of {len(names)} items have more than {MOST_LEVELS} levels: {', '.join(many[:5])}",
            where=f"items {', '.join(names)}",
            do="take them as numbers: ordinal=False",
        )
    w = w / w.sum()
    k, most = len(codes), max(levels)
    shares = np.zeros((k, most))
    for item, code in enumerate(codes):
        shares[item] = np.bincount(code, weights=w, minlength=most)
    cumulative = np.cumsum(shares, axis=1)
    ends = np.full((k, most + 1), FAR)
    ends[:, 0] = -FAR
    for item, count in enumerate(levels):
        ends[item, 1:count] = special.ndtri(cumulative[item, : count - 1])
    row, column = np.triu_indices(k, 1)
    pairs = list(combinations(range(k), 2))
    tables = np.zeros((len(row), most, most))
    for pair, (one, other) in enumerate(pairs):
        tables[pair] = np.bincount(
            codes[one] * most + codes[other], weights=w, minlength=most * most
        ).reshape(most, most)
    rho = _maximised(
        tables,
        ends[row],
        ends[column],
        [f"{names[one]} and {names[other]}" for one, other in pairs],
    )
    correlation = np.eye(k)
    correlation[row, column] = correlation[column, row] = rho
    of_thresholds = [
        _of_thresholds(code, ends[item, 1:count], cumulative[item, : count - 1])
        for item, (code, count) in enumerate(zip(codes, levels, strict=True))
    ]
    observed, expected = (
        _of_correlations(codes, tables, ends, of_thresholds, rho, observed=observed)
        for observed in (True, False)
    )
    return Polychoric(
        thresholds=tuple(ends[item, 1:count] for item, count in enumerate(levels)),
        correlation=correlation,
        influence=np.hstack([*of_thresholds, observed]),
        influence_expected=np.hstack([*of_thresholds, expected]),
    )


def bivariate_normal(x: Floats, y: Floats, rho: Floats) -> Floats:
    """P(X ≤ x, Y ≤ y) of standard normal variables that correlate by rho; arrays of one shape.

    Formula      Φ(x)Φ(y) + 1/2π ∫₀^asin ρ exp(-(x² + y² - 2xy sin t)/(2 cos² t)) dt
    Source       Drezner & Wesolowsky (1990), by Gauss-Legendre quadrature. Twin: mvtnorm::pmvnorm.
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES if np.abs(rho).max() > 0.9 else FEW_NODES)
    angle = np.arcsin(rho)[..., None] * (nodes + 1) / 2
    sine = np.sin(angle)
    squares, product = (x**2 + y**2)[..., None], (x * y)[..., None]
    height = np.exp(-(squares - 2 * product * sine) / (2 * np.cos(angle) ** 2))
    area = height @ weights * np.arcsin(rho) / (4 * np.pi)
    return np.asarray(special.ndtr(x) * special.ndtr(y) + area)


def _maximised(tables: Floats, rows: Floats, columns: Floats, names: Sequence[str]) -> Floats:
    """Correlation of each pair: Newton on the score of ρ, kept inside a shrinking bracket."""
    low, high = np.full(len(tables), -LARGEST), np.full(len(tables), LARGEST)
    rho = np.zeros(len(tables))
    for _ in range(MAX_STEPS):
        score, bend, _ = _scores(tables, rows, columns, rho)
        low, high = np.where(score > 0, rho, low), np.where(score > 0, high, rho)
        with np.errstate(divide="ignore", invalid="ignore"):
            tried = rho - score / bend
        fine = (tried >= low) & (tried <= high) & (bend < 0)
        moved = np.where(fine, tried, (low + high) / 2)
        done = np.abs(moved - rho) < SETTLED
        rho = moved
        if done.all():
            break
    # With an empty cell the likelihood may rise to the end, ever more slowly.
    beyond = (np.abs(rho) > LARGEST - 1e-6) | (~done & (np.abs(rho) > NEARLY))
    if (lost := beyond | ~done).any():
        worst = names[int(np.argmax(np.where(lost, np.abs(rho), -1.0)))]
        raise EstimationError(
            f"the polychoric correlation of {worst} is beyond {LARGEST}: cells of their table are empty"
            if beyond.any()
            else f"the polychoric correlation of {worst} did not settle in {MAX_STEPS} steps",
            where=f"items {worst}",
            do="leave out one of them, join rare levels, or take them as numbers: ordinal=False",
        )
    return rho


def _scores(tables: Floats, rows: Floats, columns: Floats, rho: Floats) -> tuple[Floats, Floats, Floats]:
    """Score of ρ by pair (P,), its derivative (P,), and P_ab'/P_ab by cell (P, A, A)."""
    at = _surface(rows, columns, rho, derivatives=False)
    p = np.maximum(_cells(at.f), SMALLEST)
    first = _cells(at.by_rho) / p
    second = _cells(at.by_rho_rho) / p - first**2
    used = tables > 0
    return (
        np.sum(tables * np.where(used, first, 0.0), axis=(1, 2)),
        np.sum(tables * np.where(used, second, 0.0), axis=(1, 2)),
        np.where(used, first, 0.0),
    )


def _of_thresholds(code: Codes, threshold: Floats, share: Floats) -> Floats:
    """Influence on the thresholds of an item, (n_cells, levels - 1): (1{x ≤ a} - F_a)/φ(τ_a)."""
    below = code[:, None] <= np.arange(len(threshold))
    return np.asarray((below - share) / _density(threshold))


def _of_correlations(
    codes: Sequence[Codes],
    tables: Floats,
    ends: Floats,
    of_thresholds: Sequence[Floats],
    rho: Floats,
    *,
    observed: bool,
) -> Floats:
    """Influence on each pair's correlation, (n_cells, P): own score, and what thresholds move it by.

    Formula      (s_i + Σ_a ∂S/∂τ_a IF_i(τ_a)) / -S', S the score of ρ; expected: -S' = Σ s², -∂S/∂τ = Σ s s_τ
    """
    row, column = np.triu_indices(len(codes), 1)
    score, bend, ratio = _scores(tables, ends[row], ends[column], rho)
    at = _surface(ends[row], ends[column], rho, derivatives=True)
    p = np.maximum(_cells(at.f), SMALLEST)
    share = np.where(tables > 0, tables / p, 0.0)
    if not observed:
        bend = -np.sum(tables * ratio**2, axis=(1, 2))
    found = np.empty((len(codes[0]), len(rho)))
    for pair, items in enumerate(combinations(range(len(codes)), 2)):
        own = ratio[pair][codes[items[0]], codes[items[1]]] - score[pair]
        for side, item in enumerate(items):
            along = (at.by_row, at.by_column)[side][pair]
            first = (at.by_rho_row, at.by_rho_column)[side][pair] * observed
            tables_of = (share[pair], ratio[pair])
            if side:
                along, first, tables_of = along.T, first.T, (share[pair].T, ratio[pair].T)
            slope = _threshold_slopes(along, first, *tables_of)
            own = own + of_thresholds[item] @ slope[: of_thresholds[item].shape[1]]
        found[:, pair] = -own / bend[pair]
    return found


def _threshold_slopes(of_f: Floats, of_first: Floats, share: Floats, ratio: Floats) -> Floats:
    """∂/∂τ_a of Σ_ab p_ab P'_ab/P_ab, (A - 1,): a threshold moves the row below it and the row above it.

    `of_f`, `of_first` (A + 1, A + 1) are derivatives of F and of ∂F/∂ρ by the threshold of their row; `share`
    p/P and `ratio` P'/P by cell.
    """
    along, first = np.diff(of_f, axis=1)[1:-1], np.diff(of_first, axis=1)[1:-1]

    def of(rows: slice) -> Floats:
        return np.asarray(np.sum(share[rows] * (first - ratio[rows] * along), axis=1))

    return of(slice(None, -1)) - of(slice(1, None))


def _surface(rows: Floats, columns: Floats, rho: Floats, *, derivatives: bool) -> _Surface:
    """At the thresholds (P, A + 1) of both items, their ends included."""
    shape = (*rows.shape, columns.shape[1])
    x = np.broadcast_to(rows[:, :, None], shape)
    y = np.broadcast_to(columns[:, None, :], shape)
    r = np.broadcast_to(rho[:, None, None], shape)
    left = 1 - r**2
    inside = (np.abs(x) < FAR) & (np.abs(y) < FAR)
    height = np.exp(-(x**2 - 2 * r * x * y + y**2) / (2 * left)) / (2 * np.pi * np.sqrt(left))
    height = np.where(inside, height, 0.0)
    bend = height * (r * left + (1 + r**2) * x * y - r * (x**2 + y**2)) / left**2
    none = np.zeros(shape)
    if not derivatives:
        by_row = by_column = by_rho_row = by_rho_column = none
    else:
        by_row = _density(x) * special.ndtr((y - r * x) / np.sqrt(left))
        by_column = _density(y) * special.ndtr((x - r * y) / np.sqrt(left))
        by_rho_row, by_rho_column = -height * (x - r * y) / left, -height * (y - r * x) / left
    f = special.ndtr(x) * special.ndtr(y)
    f[inside] = bivariate_normal(x[inside], y[inside], r[inside])
    return _Surface(
        f=f,
        by_rho=height,
        by_rho_rho=bend,
        by_row=by_row,
        by_column=by_column,
        by_rho_row=by_rho_row,
        by_rho_column=by_rho_column,
    )


def _cells(corner: Floats) -> Floats:
    """What a distribution function gives to each cell of its grid, (P, A, B) from (P, A + 1, B + 1)."""
    return np.diff(np.diff(corner, axis=1), axis=2)


def _density(x: Floats) -> Floats:
    return np.asarray(np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))
