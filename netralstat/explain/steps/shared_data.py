"""Shared data: several models on respondents who are grouped once, and in steps on the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.errors import UsageError, did_you_mean
from netralstat.explain.categorical import CategoricalFamily
from netralstat.explain.families import CountFamily, Family
from netralstat.explain.formula import Formula, Term, parse
from netralstat.explain.model_cells import ModelCells, model_cells
from netralstat.explain.model_data import ModelData, model_data, offset_of
from netralstat.explain.respondents import require_answers, require_apart
from netralstat.explain.terms import model_matrix
from netralstat.frames import numeric_columns, require_columns


def nested_data(
    frame: Any, design: Design, formulas: Sequence[str], calibration: Calibration | None
) -> list[ModelData]:
    """The data of nested models of one outcome, all of the respondents complete for the last of them.

    Parameters
    ----------
    formulas : each with the terms of those before it.

    Raises
    ------
    UsageError, EstimationError
        As `netralstat.explain.model_data.model_data`.
    """
    last = model_data(frame, design, formulas[-1], calibration)
    return [
        *(_of(last.respondents, parse(formula), last.numeric, last.used) for formula in formulas[:-1]),
        replace(last, matrix=model_matrix(last.cells, last.formula, last.numeric, last.used)),
    ]


def side_by_side(
    frame: Any, design: Design, formulas: Sequence[str], calibration: Calibration | None
) -> list[ModelData]:
    """The data of models of several outcomes, each of its own respondents, from one grouping of the rows.

    Raises
    ------
    UsageError, EstimationError
        As `netralstat.explain.model_data.model_data`.
    """
    parsed = [parse(formula) for formula in formulas]
    variables = list(
        dict.fromkeys(name for formula in parsed for name in (formula.outcome, *formula.variables))
    )
    require_columns(frame, variables, where=f"formulas of {len(formulas)} outcomes")
    for formula, text in zip(parsed, formulas, strict=True):
        require_apart(formula, f"formula {text}")
    numeric = tuple(numeric_columns(frame, variables))
    respondents = model_cells(frame, design, variables, calibration)
    return [_of(respondents, formula, numeric, None) for formula in parsed]


def _of(
    respondents: ModelCells, formula: Formula, numeric: tuple[str, ...], among: NDArray[np.bool_] | None
) -> ModelData:
    cells, w = respondents.cells, respondents.weights
    require_answers(cells, formula)
    outcome = cells.key(formula.outcome)
    if among is None:
        among = (outcome.codes >= 0) & (cells.w_sum > 0)
    matrix = model_matrix(cells, formula, numeric, among)
    used = matrix.complete
    mean_weight = float(w.sum() / cells.n.sum())
    return ModelData(
        formula=formula,
        respondents=respondents,
        matrix=matrix,
        outcome=outcome,
        numeric=numeric,
        used=used,
        x=matrix.x * used[:, None],
        w=w,
        each=w / np.where(cells.n > 0, cells.n, 1.0) / mean_weight,
        mean_weight=mean_weight,
        offset=offset_of(cells, formula, numeric),
    )


def terms_of(text: str, where: str) -> tuple[Term, ...]:
    """The terms that a piece of a formula names, such as ``C(position, ref="jpt")`` or ``a*b``.

    Raises
    ------
    UsageError
        It holds anything but terms.
    """
    found = parse(f"outcome ~ {text}")
    if not found.terms or found.offset is not None or not found.intercept or "~" in text:
        raise UsageError(
            f'"{text[:80]}" holds no term, or more than terms',
            where=where,
            do="name terms of a formula; an offset is given beside them",
        )
    return found.terms


def term_name(term: Term) -> str:
    """What the table of a model calls a term."""
    return ":".join(variable.label for variable in term)


def require_glm(family: str, what: str) -> None:
    """Refuse a family that is not one of generalised linear models."""
    allowed = get_args(Family)
    if family in allowed:
        return
    if family in get_args(CategoricalFamily):
        raise UsageError(
            f'{what} are not offered for family = "{family}"',
            where="family",
            do='ask of each level as a 0/1 indicator with family="logit"',
        )
    if family in get_args(CountFamily):
        raise UsageError(
            f'{what} are not offered for family = "{family}"', where="family", do='take family="poisson"'
        )
    raise UsageError(
        f'family = "{family}" is not known',
        where="family",
        do=f"choose one of {', '.join(allowed)}.{did_you_mean(family, allowed)}",
    )
