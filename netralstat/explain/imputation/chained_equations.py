"""Chained equations: each variable drawn given all others, one after the other, pass after pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from netralstat.errors import EstimationError
from netralstat.explain.imputation.conditional_models import (
    CategoricalFit,
    drawn_levels,
    linear_fit,
    nearest_donors,
    shares,
)
from netralstat.explain.imputation.draws import Draws
from netralstat.explain.imputation.products import combined, gram, products
from netralstat.explain.imputation.variables import Flags, ModelVariable, holds

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """The model of one variable: which rows of `z` are its own and its predictors, who answered, who did not.

    `score` (1, n) is what a linear model fits: numbers and places in units of their spread, 0 where missing.
    """

    variable: ModelVariable
    own: slice
    predictors: Rows
    observed: Rows
    missing: Rows
    score: Floats
    holders: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """All equations in the order in which they are visited; `z` (p, n) with missing answers at 0.

    `prior` (p,) is the precision of coefficients; `known` are columns that gates need and nobody imputes.
    """

    z: Floats
    names: tuple[str, ...]
    prior: Floats
    equations: tuple[Equation, ...]
    known: Mapping[str, ModelVariable]
    n_donors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One imputation.

    `drawn` has for each variable, by its missing rows, the row whose answer is taken (the own one where
    nobody was asked), or the number drawn by "linear" (NaN). `means`, `spreads` (passes, k) are those of the
    drawn answers: of a number, or the share of each level.
    """

    drawn: Mapping[str, Rows | Floats]
    means: Mapping[str, Floats]
    spreads: Mapping[str, Floats]


class State:
    """The answers of one chain as they stand: columns `z`, their products over everybody, and values."""

    def __init__(self, system: System, draws: Draws) -> None:
        self.system = system
        self.draws = draws
        self.z = system.z.copy()
        self.products = gram(self.z)
        self.values = {one.variable.name: one.variable.values.copy() for one in system.equations}
        self.drawn: dict[str, Rows | Floats] = {}
        self.fits: dict[str, CategoricalFit] = {}
        for equation in system.equations:
            asked = self.asked(equation)
            donor = equation.observed[draws.one_of(int(asked.sum()), len(equation.observed))]
            self.fill(equation, asked, equation.variable.values[donor], donor)

    def asked(self, equation: Equation) -> Flags:
        """Who of the missing rows of a variable was asked, as the answers stand."""
        found = np.ones(len(equation.missing), dtype=bool)
        for gate in equation.variable.gates:
            drawn = gate.column in self.values
            values = self.values[gate.column] if drawn else self.system.known[gate.column].values
            levels = self._levels(gate.column)
            found &= holds(gate, values[equation.missing], levels)
        return found

    def _levels(self, column: str) -> tuple[object, ...]:
        for equation in self.system.equations:
            if equation.variable.name == column:
                return equation.variable.levels
        return self.system.known[column].levels

    def fill(self, equation: Equation, asked: Flags, values: Floats, taken: Rows | Floats) -> None:
        """Put drawn answers of those asked in their places, and bring the products up to date."""
        variable, missing = equation.variable, equation.missing
        current = np.full(len(missing), np.nan)
        current[asked] = values
        self.values[variable.name][missing] = current
        if variable.method == "linear":
            self.drawn[variable.name] = current
        else:
            rows = missing.copy()
            rows[asked] = taken
            self.drawn[variable.name] = rows
        before = np.take(self.z, missing, axis=1)
        change = variable.columns(current, asked) - before[equation.own]
        self.z[equation.own, missing] = before[equation.own] + change
        moved = products(before, change)
        self.products[:, equation.own] += moved
        self.products[equation.own] += moved.T
        self.products[equation.own, equation.own] += products(change, change)

    def visit(self, equation: Equation) -> None:
        """Fit the model of a variable to those who answered it, draw coefficients, draw what is missing."""
        asked = self.asked(equation)
        if not asked.any():
            self.fill(equation, asked, np.zeros(0), np.zeros(0, dtype=np.int64))
            return
        try:
            of_levels = equation.variable.method in ("logit", "multinomial")
            values, taken = (self._levels_drawn if of_levels else self._numbers)(equation, asked)
        except linalg.LinAlgError as problem:
            raise EstimationError(
                f'predictors of "{equation.variable.name}" came to say the same while others were drawn',
                where=f"variable {equation.variable.name}",
                do="leave out predictors, or merge levels that few respondents have",
            ) from problem
        self.fill(equation, asked, values, taken)

    def _levels_drawn(self, equation: Equation, asked: Flags) -> tuple[Floats, Rows]:
        variable = equation.variable
        # The base level comes first, the others in their order.
        order = np.array([variable.base, *(i for i in range(len(variable.levels)) if i != variable.base)])
        z = self.z[equation.predictors]
        used = np.zeros(z.shape[1])
        used[equation.observed] = 1.0
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        level = np.full(z.shape[1], -1, dtype=np.int64)
        level[equation.observed] = place[variable.values[equation.observed].astype(np.int64)]
        start = CategoricalFit(theta=np.zeros((len(order) - 1, len(z))))
        fit = self.fits.setdefault(variable.name, start)
        fit.refit(z, level, used, self.system.prior[equation.predictors], f"variable {variable.name}")
        theta = fit.draw(self.draws)
        share = shares(np.take(z, equation.missing[asked], axis=1), theta)
        found = order[drawn_levels(share, self.draws)]
        return found.astype(np.float64), equation.holders[found]

    def _numbers(self, equation: Equation, asked: Flags) -> tuple[Floats, Rows | Floats]:
        """Type 1 matching: donors by the estimate, recipients by a draw of the coefficients."""
        used, variable = equation.predictors, equation.variable
        out = np.take(self.z, equation.missing, axis=1)[used]
        if len(equation.observed) < len(equation.missing):
            information = gram(np.take(self.z, equation.observed, axis=1)[used])
        else:
            information = self.products[np.ix_(used, used)] - gram(out)
        xy = products(self.z, equation.score)[used, 0]
        squares = float((equation.score**2).sum())
        fit = linear_fit(information, xy, squares, len(equation.observed))
        beta, sigma = fit.draw(self.draws)
        wanted = combined(out[:, asked], beta)
        if variable.method == "linear":
            numbers = variable.centre + variable.scale * (
                wanted + sigma * self.draws.normal(int(asked.sum()))
            )
            return numbers, numbers
        observed = combined(self.z, fit.beta, used)[equation.observed]
        donors = equation.observed[nearest_donors(observed, wanted, self.system.n_donors, self.draws)]
        return variable.values[donors], donors


def chain(system: System, passes: int, draws: Draws) -> Chain:
    """One imputation: starting answers from respondents at random, then `passes` visits of each variable."""
    state = State(system, draws)
    means: dict[str, list[Floats]] = {one.variable.name: [] for one in system.equations}
    spreads: dict[str, list[Floats]] = {one.variable.name: [] for one in system.equations}
    for _ in range(passes):
        for equation in system.equations:
            if len(equation.missing):
                state.visit(equation)
        for equation in system.equations:
            mean, spread = _summary(equation, state.values[equation.variable.name][equation.missing])
            means[equation.variable.name].append(mean)
            spreads[equation.variable.name].append(spread)
    return Chain(
        drawn=dict(state.drawn),
        means={name: np.array(rows) for name, rows in means.items()},
        spreads={name: np.array(rows) for name, rows in spreads.items()},
    )


def _summary(equation: Equation, drawn: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of drawn answers, of each level's indicator where there are levels."""
    known = drawn[~np.isnan(drawn)]
    levels = equation.variable.levels
    held = (known == np.arange(len(levels))[:, None]).astype(np.float64) if levels else known[None, :]
    if not len(known):
        nothing = np.full(len(held), np.nan)
        return nothing, nothing
    return held.mean(axis=1), held.std(axis=1)


def dependent(information: Floats, order: Sequence[int]) -> list[int]:
    """Columns, in an order, that those before them determine: X'X (p, p) swept one after the other."""
    size = np.sqrt(np.diag(information))
    scale = 1 / np.where(size > 0, size, 1.0)
    left = information * np.outer(scale, scale)
    found = []
    for j in order:
        if left[j, j] < DETERMINED:
            found.append(j)
            continue
        left = left - np.outer(left[:, j], left[j]) / left[j, j]
    return found


# Share of a column's length that the columns before it may leave for it to count as determined.
DETERMINED = 1e-8
