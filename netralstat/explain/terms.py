"""Terms become columns: the model matrix over cells, with a name and a place for each coefficient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.cells import Cells
from netralstat.design.crossing import Patterns
from netralstat.errors import EstimationError, did_you_mean
from netralstat.explain.curves import Basis, Bend, basis
from netralstat.explain.formula import Formula, Term, Variable
from netralstat.frames import Key

Floats = NDArray[np.float64]

BLOCK_ROWS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """Where a coefficient belongs: its term, and the level of each factor in it ("" for a number).

    A column of a curve has its number, from 1, for a level. `parts` has the same by variable: the level of
    a factor, None for a number, `Bend` for a column of a curve.
    """

    term: str
    level: str
    parts: tuple[tuple[str, Any], ...] = ()

    @property
    def bends(self) -> bool:
        """Whether it belongs to a curve: alone it tells nothing, and its exponential is no ratio."""
        return any(isinstance(level, Bend) for _, level in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMatrix:
    """`x` of shape (n_cells, p), `coefficients` its columns; `references` the level left out of each factor.

    `levels` gives every level of each factor in order, `curves` the columns that stand for a number;
    `complete` marks cells without a missing covariate.
    """

    x: Floats
    coefficients: tuple[Coefficient, ...]
    references: Mapping[str, str]
    levels: Mapping[str, tuple[str, ...]]
    curves: Mapping[str, Basis]
    complete: NDArray[np.bool_]


def model_matrix(
    cells: Cells | Patterns,
    formula: Formula,
    numeric: Sequence[str],
    among: NDArray[np.bool_] | None = None,
    *,
    answered: NDArray[np.bool_] | None = None,
) -> ModelMatrix:
    """Treatment coding of each factor against its reference (the first level unless `ref` names one).

    A factor whose term would not be in the model without it (the first one after ``- 1``, or g in
    ``g + g:x``) has a column for each level, as in R.

    Parameters
    ----------
    numeric : variables that hold numbers; they enter as they are unless the formula says C(...).
    among : (n_cells,), the only cells whose respondents count; all if None.
    answered : (n_cells,), cells with a weight and the outcome; curves stand on those of them that are
        complete, the respondents of the model.

    Raises
    ------
    EstimationError
        A reference is not a level, or a factor has a single level among complete cells; a curve is of text,
        or of fewer distinct numbers than it needs.
    """
    complete = (
        np.all([cells.key(name).codes >= 0 for name in formula.variables], axis=0)
        if formula.variables
        else (np.ones(cells.n_cells, dtype=bool))
    )
    if among is not None:
        complete &= among
    blocks: list[Floats] = []
    coefficients: list[Coefficient] = []
    references: dict[str, str] = {}
    all_levels: dict[str, tuple[str, ...]] = {}
    curves: dict[str, Basis] = {}
    respondents = complete if answered is None else complete & answered
    if formula.intercept:
        blocks.append(np.ones(cells.n_cells))
        coefficients.append(Coefficient(term="(Intercept)", level=""))
    margins = {frozenset(variable.name for variable in term) for term in formula.terms}
    margins |= {frozenset()} if formula.intercept else set()
    for term in formula.terms:
        parts = []
        names = frozenset(variable.name for variable in term)
        for variable in term:
            key = cells.key(variable.name)
            if variable.curve is not None:
                if variable.name not in curves:
                    curves[variable.name] = _curve(cells, variable, numeric, respondents)
                parts.append(_bends(curves[variable.name], key))
                continue
            if variable.name in numeric and not variable.factor:
                values = np.asarray([*key.levels, 0.0], dtype=float)[key.codes]
                parts.append([("", None, values)])
                continue
            kept, reference, present = _factor_levels(key, variable, respondents)
            all_levels[variable.name] = tuple(str(level) for _, level in present)
            if names - {variable.name} not in margins:
                kept = present
                margins.add(frozenset())  # its columns add to one: those after it lose nothing
            elif len(term) == 1:
                references[variable.name] = reference
            parts.append([(str(level), level, key.codes == code) for code, level in kept])
        for combination in product(*parts):
            column = combination[0][2]
            for _, _, values in combination[1:]:
                column = column * values
            blocks.append(column)
            coefficients.append(_coefficient(term, combination))
    if not blocks:
        raise EstimationError(
            "the model has no term and no intercept",
            where=f"outcome {formula.outcome}",
            do="name at least one term",
        )
    return ModelMatrix(
        x=_beside(blocks),
        coefficients=tuple(coefficients),
        references=references,
        levels=all_levels,
        curves=curves,
        complete=complete,
    )


def _coefficient(term: Term, combination: Sequence[tuple[str, Any, NDArray[Any]]]) -> Coefficient:
    """What the product of a level of each factor and the numbers of a term is called."""
    return Coefficient(
        term=":".join(variable.label for variable in term),
        level=":".join(label for label, _, _ in combination if label),
        parts=tuple(
            (variable.name, level) for variable, (_, level, _) in zip(term, combination, strict=True)
        ),
    )


def _factor_levels(
    key: Key, variable: Variable, complete: NDArray[np.bool_]
) -> tuple[list[tuple[int, Any]], str, list[tuple[int, Any]]]:
    """Code and level of those that have a coefficient, the reference, and of all that respondents have."""
    present = np.flatnonzero(np.bincount(key.codes[complete], minlength=len(key.levels))).tolist()
    names = [str(key.levels[code]) for code in present]
    if len(present) < 2:
        raise EstimationError(
            f'"{variable.name}" has {len(present)} level among respondents with complete answers',
            where=f"term {variable.name}",
            do="leave the term out of the model",
        )
    reference = variable.reference if variable.reference is not None else names[0]
    if reference not in names:
        raise EstimationError(
            f'reference "{reference}" is not a level of "{variable.name}" that respondents have',
            where=f"term {variable.name}",
            do=f"its levels are {', '.join(names)}.{did_you_mean(reference, names)}",
        )
    coded = [(code, key.levels[code]) for code in present]
    return [(code, level) for code, level in coded if str(level) != reference], reference, coded


def _curve(
    cells: Cells | Patterns, variable: Variable, numeric: Sequence[str], respondents: NDArray[np.bool_]
) -> Basis:
    """The columns of a curve, from the numbers that respondents have and how many have each."""
    if variable.name not in numeric:
        raise EstimationError(
            f'"{variable.name}" holds text or categories, along which nothing bends',
            where=f"term {variable.label}",
            do=f'write "{variable.name}": each of its levels then has a coefficient',
        )
    key = cells.key(variable.name)
    n = np.bincount(key.codes[respondents], weights=cells.n[respondents], minlength=len(key.levels))
    return basis(variable, np.asarray(key.levels, dtype=float), n.astype(np.float64))


def _bends(curve: Basis, key: Key) -> list[tuple[str, Any, Floats]]:
    """The columns of a curve over cells, 0 where the number is missing."""
    at_levels = np.vstack([curve.values(np.asarray(key.levels, dtype=float)), np.zeros(curve.columns)])
    return [(str(j + 1), Bend(j), at_levels[:, j][key.codes]) for j in range(curve.columns)]


def _beside(columns: Sequence[NDArray[Any]]) -> Floats:
    """The columns as a matrix of numbers, filled a block of rows at a time, within the cache."""
    x = np.empty((len(columns[0]), len(columns)))
    for start in range(0, len(x), BLOCK_ROWS):
        for j, column in enumerate(columns):
            x[start : start + BLOCK_ROWS, j] = column[start : start + BLOCK_ROWS]
    return x
