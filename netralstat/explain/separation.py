"""Separation: which terms tell an outcome without exception, found by linear programmes after a lost fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from netralstat.errors import SeparationError
from netralstat.explain.categorical import CategoricalFamily, is_ordered
from netralstat.explain.coefficients import coefficient_name
from netralstat.explain.families import BINARY
from netralstat.explain.model_data import ModelData
from netralstat.explain.respondents import too_many_coefficients

Floats = NDArray[np.float64]

# Share of the largest gain of a direction below which a gain is zero: the programme's own tolerance is 1e-7.
NOTHING = 1e-6
# Rows that a linear programme begins with, and that each pass adds of those which its answer violates.
ROWS = 2_000
# What an intercept or a threshold costs in a direction, beside 1 of a term: it goes along with any of them.
INTERCEPT_COST = 1e-3
INTERCEPT = "(Intercept)"
# Levels and terms that a message names.
TOLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """Directions (k, p) in which the likelihood rises for ever, each with few coefficients.

    `moved` (n_rows,) marks the rows whose likelihood one of them raises; `complete` where that is all.
    """

    directions: Floats
    moved: NDArray[np.bool_]

    @property
    def complete(self) -> bool:
        """Whether everybody's outcome is told without exception, not only that of some."""
        return bool(self.moved.all())

    @property
    def infinite(self) -> NDArray[np.int64]:
        """Places of the coefficients that have no finite estimate."""
        return np.flatnonzero((self.directions != 0).any(axis=0)).astype(np.int64)


@contextmanager
def separation_told(data: ModelData, family: str, where: str) -> Iterator[None]:
    """Say of a fit that ends in separation which levels or terms separate; other fits cost nothing.

    Parameters
    ----------
    data : what is fitted. `family` : its family. `where` : what an error names.

    Raises
    ------
    SeparationError
        With the levels in which the outcome never or always happens, or else with the terms that separate
        together.
    EstimationError
        The model has more coefficients than the design has degrees of freedom, which is why.
    """
    try:
        yield
    except SeparationError as told:
        p, df = len(data.matrix.coefficients), data.df()
        raise (
            _named(told, data, family, where) if p <= df else too_many_coefficients(p, df, where)
        ) from None


def separation(data: ModelData, family: str) -> Separation | None:
    """The directions that separate the outcome of a model; None where its likelihood has a maximum.

    A movement d of the coefficients lowers nobody's likelihood where a'd ≥ 0 for each of some vectors a: of a
    binary outcome x where it is 1 and -x where it is 0; of counts ±x where it is above 0 and -x where it is
    0; of ordered levels (e_k, -x) and (-e_{k-1}, x), the limits of the own level; of unordered levels x
    times the gap between the own equation and each other one.

    Formula      min Σ |d_j| s_j  subject to  a_i'd ≥ 0,  Σ_i a_i'd = 1,  s_j the largest |a_ij|; then again
                 of those with a_i'd = 0, to the end     (methods.md "Separation")
    Source       Albert & Anderson (1984); Konis (2007). Twin: detectseparation::detect_separation.
    """
    rows, person = _gains(data, family)
    cost = np.array([INTERCEPT_COST if c.term == INTERCEPT else 1.0 for c in data.matrix.coefficients])
    n_equations, extra = divmod(rows.shape[1], len(cost))
    if is_ordered(family):
        n_equations, extra = 1, rows.shape[1] - len(cost)
    costs = np.concatenate([np.tile(cost, n_equations), np.full(extra, INTERCEPT_COST)])
    return _directions(rows, costs, person, int(data.used.sum()))


def _gains(data: ModelData, family: str) -> tuple[Floats, NDArray[np.int64]]:
    """Vectors a with a'd ≥ 0 wherever d lowers nobody's likelihood, and the pattern in use of each."""
    x, number = data.x[data.used], np.arange(int(data.used.sum()))
    if family in BINARY:
        return x * np.where(data.y[data.used] > 0, 1.0, -1.0)[:, None], number
    if family in get_args(CategoricalFamily):
        codes = data.outcome.codes[data.used]
        n_levels = len(data.outcome.levels)
        return _ordered_gains(x, codes, n_levels) if is_ordered(family) else _level_gains(x, codes, n_levels)
    some = data.y[data.used] > 0
    return np.vstack([-x, x[some]]), np.concatenate([number, number[some]])


def _ordered_gains(x: Floats, codes: NDArray[np.int64], n_levels: int) -> tuple[Floats, NDArray[np.int64]]:
    """Of θ = (β, ζ), x with its intercept, for which the thresholds stand."""
    number, limit = np.arange(len(x)), np.eye(n_levels - 1)
    up, down = codes < n_levels - 1, codes > 0
    none = np.zeros((len(x), 1))  # the intercept
    upper = np.hstack([none[up], -x[up, 1:], limit[codes[up]]])
    lower = np.hstack([none[down], x[down, 1:], -limit[codes[down] - 1]])
    return np.vstack([upper, lower]), np.concatenate([number[up], number[down]])


def _level_gains(x: Floats, codes: NDArray[np.int64], n_levels: int) -> tuple[Floats, NDArray[np.int64]]:
    """Of the equations of all levels but the first."""
    rows = []
    for other in range(1, n_levels):
        away = (codes + other) % n_levels  # each level but the own one, in turn
        blocks = [x * ((codes == k).astype(float) - (away == k))[:, None] for k in range(1, n_levels)]
        rows.append(np.hstack(blocks))
    return np.vstack(rows), np.tile(np.arange(len(x)), n_levels - 1)


def _directions(rows: Floats, cost: Floats, person: NDArray[np.int64], n: int) -> Separation | None:
    """Every direction: those of each programme have the rows left that no earlier one moved."""
    found: list[Floats] = []
    moved, left = np.zeros(n, dtype=bool), np.arange(len(rows))
    while len(left):
        direction = _direction(rows[left], cost)
        if direction is None:
            break
        gain = rows[left] @ direction
        raised = gain > NOTHING * gain.max()
        moved[person[left[raised]]] = True
        found.append(direction)
        left = left[~raised]
    return Separation(directions=np.vstack(found), moved=moved) if found else None


def _direction(rows: Floats, cost: Floats) -> Floats | None:
    """A direction d (p,) of few coefficients with rows·d ≥ 0 and a positive sum; None where there is none.

    Rows are added as an answer violates them: without some of them there are only more directions.
    """
    from scipy.optimize import linprog  # slow to import, and needed by few

    size = np.abs(rows).max(axis=0)
    scaled = rows / np.where(size > 0, size, 1.0)
    total = scaled.mean(axis=0)
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).astype(np.int64))
    while True:
        some = scaled[chosen]
        made = linprog(
            np.concatenate([cost, cost]),
            A_ub=np.hstack([-some, some]),
            b_ub=np.zeros(len(some)),
            A_eq=np.concatenate([total, -total])[None, :],
            b_eq=[1.0],
            method="highs",
        )
        if made.status != 0:  # infeasible: nothing separates
            return None
        p = len(cost)
        d = made.x[:p] - made.x[p:]
        d = np.where(np.abs(d) > NOTHING * np.abs(d).max(), d, 0.0)
        gain = scaled @ d
        worst = np.argsort(gain)[:ROWS]
        violated = np.setdiff1d(worst[gain[worst] < -NOTHING * gain.max()], chosen)
        if not len(violated):
            return None if gain.min() < -NOTHING * gain.max() else d / np.where(size > 0, size, 1.0)
        chosen = np.concatenate([chosen, violated])


def _named(told: SeparationError, data: ModelData, family: str, where: str) -> SeparationError:
    """The error with what separates; as it was where a fit is only next to separation."""
    found = separation(data, family)
    if found is None:
        return SeparationError(
            "the outcome is separated but for rounding: fitted probabilities are within 1e-11 of 0 or 1, "
            "though no combination of terms tells it without exception",
            where=where,
            do=f"look for covariates of very large values, or of very few respondents{_remedy(family)}",
        )
    if levels := _levels(data, family):
        more = f"; and {len(levels) - TOLD} more" if len(levels) > TOLD else ""
        fact = f"the outcome is separated: {'; '.join(levels[:TOLD])}{more}"
        return SeparationError(fact, where=where, do=f"{told.do}{_remedy(family)}")
    terms = infinite_terms(found, data, family)
    names = [*terms[:TOLD], *([f"{len(terms) - TOLD} more"] if len(terms) > TOLD else [])]
    together = (
        f"{', '.join(names[:-1])} and {names[-1]} together tell" if len(names) > 1 else f"{names[0]} tells"
    )
    n = int(data.cells.n[data.used][found.moved].sum())
    who = f"all {n:,} respondents" if found.complete else f"{n:,} of {data.n:,} respondents"
    return SeparationError(
        f"the outcome is separated: {together} it without exception for {who}",
        where=where,
        do=f"leave out {'one of these terms' if len(names) > 1 else 'the term'}, or merge the levels that "
        f"are so unlike{_remedy(family)}",
    )


def infinite_terms(found: Separation, data: ModelData, family: str) -> list[str]:
    """Names of the coefficients without a finite estimate, in any equation, the intercept only if alone."""
    coefficients = data.matrix.coefficients
    p = len(coefficients)
    inside = found.infinite[found.infinite < p] if is_ordered(family) else found.infinite % p
    names = [coefficient_name(coefficients[place]) for place in np.unique(inside)]
    return [name for name in names if name != INTERCEPT] or names


def _remedy(family: str) -> str:
    if family == "logit":
        return ', or ask for penalty="firth", whose estimates are finite'
    if family in BINARY:
        return ', or ask for family="logit" with penalty="firth", whose estimates are finite'
    return ', or ask of a 0/1 indicator with family="logit" and penalty="firth", whose estimates are finite'


def _levels(data: ModelData, family: str) -> list[str]:
    """What is never, or always, so among the respondents of a level of a term."""
    told = []
    for name, inside in _members(data):
        n = int(data.cells.n[inside].sum())
        codes = np.unique(data.outcome.codes[inside])
        if family in get_args(CategoricalFamily):
            told += _absent(name, n, codes, data.outcome.levels, ordered=is_ordered(family))
        elif len(codes) == 1 and data.outcome.levels[codes[0]] == 0:
            told.append(f"it never happens among the {n:,} respondents of {name}")
        elif len(codes) == 1 and family in BINARY:
            told.append(f"it always happens among the {n:,} respondents of {name}")
    return told


def _absent(
    name: str, n: int, codes: NDArray[np.int64], levels: Sequence[object], *, ordered: bool
) -> list[str]:
    """Levels of the outcome that nobody of a level of a term chose; of ordered ones all but an end."""
    if ordered:
        alone = len(codes) == 1 and codes[0] in (0, len(levels) - 1)
        return [f"each of the {n:,} respondents of {name} chose the same end of the scale"] if alone else []
    return [
        f'nobody of the {n:,} respondents of {name} chose "{level}"'
        for code, level in enumerate(levels)
        if code not in codes
    ]


def _members(data: ModelData) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Levels of factors that are terms, and of products of factors, with the cells in use that have them."""
    seen = set()
    for term in data.formula.terms:
        name = term[0].name
        if len(term) == 1 and name in data.matrix.levels:
            key = data.cells.key(name)
            for code, level in enumerate(key.levels):
                inside = data.used & (key.codes == code)
                if inside.any():
                    seen.add(f"{name}[{level}]")
                    yield f"{name}[{level}]", inside
    for place, coefficient in enumerate(data.matrix.coefficients):
        column = data.x[:, place]
        named = coefficient_name(coefficient)
        if len(coefficient.parts) > 1 and coefficient.level and named not in seen:
            inside = data.used & (column == 1)
            if inside.any() and ((column == 0) | (column == 1)).all():
                yield named, inside
