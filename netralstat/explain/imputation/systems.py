"""Systems of equations: variables, predictors and design put together, and refused where that cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.design import Design
from netralstat.errors import EstimationError, UsageError
from netralstat.explain.imputation.chained_equations import Equation, State, System, dependent
from netralstat.explain.imputation.conditional_models import (
    PRIOR_OF_INTERCEPT,
    PRIOR_OF_LEVEL,
    PRIOR_OF_NUMBER,
)
from netralstat.explain.imputation.design_predictors import design_predictors
from netralstat.explain.imputation.draws import Draws
from netralstat.explain.imputation.products import gram
from netralstat.explain.imputation.variables import (
    NOT_ASKED,
    Asked,
    Method,
    ModelVariable,
    gates_of,
    holds,
    model_variable,
)
from netralstat.frames import require_columns
from netralstat.frames.rows import RowValues, row_values

Floats = NDArray[np.float64]

# Answers that a model needs beyond its coefficients.
SPARE = 10
# Precision of the priors.
OF_INTERCEPT, OF_LEVEL, OF_NUMBER = (
    1 / deviation**2 for deviation in (PRIOR_OF_INTERCEPT, PRIOR_OF_LEVEL, PRIOR_OF_NUMBER)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A system, its variables as they were named, the columns its models know, and what is to be told."""

    system: System
    variables: tuple[ModelVariable, ...]
    modelled: frozenset[str]
    notes: tuple[str, ...]


def system_of(
    frame: Any,
    design: Design,
    names: Sequence[str],
    predictors: Sequence[str],
    methods: Mapping[str, Method],
    where: Mapping[str, Asked],
    n_donors: int,
) -> Setup:
    """The equations of variables to be imputed, in the order of their missing answers, gates first."""
    of_design = [name for name in names if name in design.columns]
    if of_design:
        raise UsageError(
            f'"{of_design[0]}" belongs to the sampling design, which is not imputed',
            where="impute",
            do="impute answers; strata, PSUs and weights must be known",
        )
    gate_columns = [one for asked in where.values() for one in ([asked] if isinstance(asked, str) else asked)]
    require_columns(frame, gate_columns, where="impute, where")
    read = row_values(frame, list(dict.fromkeys([*names, *predictors, *gate_columns])), where="impute")
    drawn = [model_variable(name, read[name], methods.get(name), drawn=True) for name in names]
    given = [_predictor(name, read[name]) for name in predictors]
    known = {one: _gate_column(one, read[one]) for one in gate_columns if one not in names}
    if not any(variable.missing.any() for variable in drawn):
        raise EstimationError(
            f"nothing is missing in {', '.join(names)}",
            where="impute",
            do="ask the survey itself: there is nothing to impute",
        )
    drawn = [_gated(variable, where, read, drawn, known) for variable in drawn]
    visited = _in_order(drawn)
    brought = design_predictors(
        frame, design, [~variable.missing for variable in drawn], {*names, *predictors}
    )
    system, first_of_design = _assembled(visited, given, brought.columns, brought.names, known, n_donors)
    system, dropped = _checked(system, first_of_design)
    left_out = [
        f"{count} effects of the design are left out of the model of {name}" for name, count in dropped
    ]
    strata = design.stratum if brought.has_strata and len(design.stratum) == 1 else ()
    weight = [design.weight] if brought.has_weight and design.weight else []
    return Setup(
        system=system,
        variables=tuple(drawn),
        modelled=frozenset([*names, *predictors, *strata, *weight]),
        notes=(*brought.notes, *left_out),
    )


def _predictor(name: str, column: RowValues) -> ModelVariable:
    lacking = int(column.missing.sum())
    if lacking:
        raise EstimationError(
            f'the predictor "{name}" is missing for {lacking:,} of {len(column.values):,} respondents',
            where=f"with_, {name}",
            do="name it among the variables to be imputed",
        )
    return model_variable(name, column, None, drawn=False)


def _gate_column(name: str, column: RowValues) -> ModelVariable:
    """A column that says who was asked and that nobody imputes: it has to be complete."""
    lacking = int(column.missing.sum())
    if lacking:
        raise EstimationError(
            f'"{name}" says who was asked, and is missing for {lacking:,} of {len(column.values):,} '
            "respondents",
            where=f"where, {name}",
            do="name it among the variables to be imputed, or fill it",
        )
    return ModelVariable(
        name=name, values=column.values, levels=column.levels, method=None, base=0, centre=0.0, scale=1.0
    )


def _gated(
    variable: ModelVariable,
    where: Mapping[str, Asked],
    read: Mapping[str, RowValues],
    drawn: Sequence[ModelVariable],
    known: Mapping[str, ModelVariable],
) -> ModelVariable:
    """The variable with who was asked it, as far as the answers say; a missing one leads on."""
    if variable.name not in where:
        return variable
    gates = gates_of(variable.name, where[variable.name], read)
    others = {**known, **{one.name: one for one in drawn}}
    asked = np.ones(len(variable.values), dtype=bool)
    sure = np.ones(len(variable.values), dtype=bool)
    for gate in gates:
        if gate.column == variable.name:
            raise UsageError(
                f'"{variable.name}" cannot lead to itself',
                where=f"where, {variable.name}",
                do="name the item that leads to it",
            )
        column = others[gate.column]
        led = holds(gate, column.values, column.levels)
        sure &= led
        asked &= led | column.missing
    wrong = int((~variable.missing & ~sure).sum())
    if wrong:
        raise EstimationError(
            f'{wrong:,} respondents have an answer to "{variable.name}" though they were not asked, or it is '
            "not known that they were",
            where=f"where, {variable.name}",
            do="correct the condition, or make these answers missing",
        )
    return replace(variable, gates=gates, asked=asked)


def _in_order(drawn: Sequence[ModelVariable]) -> list[ModelVariable]:
    """Fewest missing answers first (as given where they are as many), gates before what they open."""
    names = {variable.name for variable in drawn}
    waiting = sorted(drawn, key=lambda variable: int(variable.missing.sum()))
    done: list[ModelVariable] = []
    while waiting:
        settled = {variable.name for variable in done}
        ready = [
            variable
            for variable in waiting
            if all(gate.column in settled or gate.column not in names for gate in variable.gates)
        ]
        if not ready:
            told = ", ".join(variable.name for variable in waiting)
            raise UsageError(
                f"items lead to one another in a circle: {told}",
                where="where",
                do="let each item be led to by earlier ones only",
            )
        done.append(ready[0])
        waiting.remove(ready[0])
    return done


def _assembled(
    drawn: Sequence[ModelVariable],
    given: Sequence[ModelVariable],
    of_design: Floats,
    design_names: Sequence[str],
    known: Mapping[str, ModelVariable],
    n_donors: int,
) -> tuple[System, int]:
    """The system with every column a predictor of every other variable, and where the design's begin."""
    blocks, names = [np.ones((1, len(drawn[0].values)))], ["(Intercept)"]
    precision = [OF_INTERCEPT]
    places: dict[str, slice] = {}
    for variable in (*given, *drawn):
        columns = variable.columns(variable.values, variable.asked)
        places[variable.name] = slice(len(names), len(names) + len(columns))
        blocks.append(columns)
        names += variable.names
        of_first = OF_LEVEL if variable.levels else OF_NUMBER
        precision += [of_first, *[OF_LEVEL] * (len(columns) - 1)]
    first = len(names)
    of_design_columns = [OF_NUMBER if name.startswith("log(") else OF_LEVEL for name in design_names]
    equations = tuple(_equation(variable, drawn, places, first + len(of_design)) for variable in drawn)
    system = System(
        z=np.ascontiguousarray(np.vstack([*blocks, of_design])),
        names=(*names, *design_names),
        prior=np.array([*precision, *of_design_columns]),
        equations=equations,
        known=known,
        n_donors=n_donors,
    )
    return system, first


def _opened(name: str, drawn: Sequence[ModelVariable]) -> set[str]:
    """Variables that an item leads to, directly or through others."""
    found: set[str] = set()
    reached = {name}
    while reached:
        reached = {
            variable.name
            for variable in drawn
            if variable.name not in found and any(gate.column in reached for gate in variable.gates)
        }
        found |= reached
    return found


def _equation(
    variable: ModelVariable, drawn: Sequence[ModelVariable], places: Mapping[str, slice], p: int
) -> Equation:
    """The model of a variable: all columns but its own and those of items that it leads to."""
    own = places[variable.name]
    out = [own, *(places[name] for name in _opened(variable.name, drawn))]
    known = variable.values[~variable.missing]
    score = np.nan_to_num((variable.values - known.mean()) / known.std())
    return Equation(
        variable=variable,
        own=own,
        predictors=np.setdiff1d(np.arange(p), np.concatenate([np.arange(p)[one] for one in out])),
        observed=np.flatnonzero(~variable.missing),
        missing=np.flatnonzero(variable.missing),
        score=score[None, :],
        holders=variable.holders() if variable.levels else np.zeros(0, dtype=np.int64),
    )


def _checked(system: System, first_of_design: int) -> tuple[System, list[tuple[str, int]]]:
    """The system without columns of the design that others determine, and how many were left out of what.

    Among who was asked an item, what leads to it is the same for all: such columns are left out, and so is
    "not asked" where another item tells it.
    """
    state = State(system, Draws(0, 0))
    gives_way = [j >= first_of_design or name.endswith(NOT_ASKED) for j, name in enumerate(system.names)]
    equations, dropped = [], []
    for equation in system.equations:
        variable = equation.variable
        if not len(equation.missing):
            equations.append(equation)
            continue
        used = equation.predictors
        answers = np.take(state.z, equation.observed, axis=1)[used]
        if variable.gates:
            vary = np.ptp(answers, axis=1) > 0
            vary[0] = True
            used, answers = used[vary], answers[vary]
        order = np.argsort([gives_way[j] for j in used], kind="stable")
        extra = used[dependent(gram(answers), order.tolist())]
        own = [system.names[j] for j in extra if not gives_way[j]]
        if own:
            raise EstimationError(
                f"{len(own)} predictors are determined by the others ({', '.join(own[:5])}) among the "
                f'{len(equation.observed):,} respondents who answered "{variable.name}"',
                where=f"variable {variable.name}",
                do="leave out predictors that say the same, or merge levels that few respondents have",
            )
        of_design = [j for j in extra if j >= first_of_design]
        if of_design:
            dropped.append((variable.name, len(of_design)))
        used = np.setdiff1d(used, extra)
        if len(equation.observed) < len(used) + SPARE:
            raise EstimationError(
                f'"{variable.name}" has {len(equation.observed):,} answers for a model of {len(used)} '
                "coefficients",
                where=f"variable {variable.name}",
                do=f"use fewer predictors: {SPARE} answers more than coefficients are needed",
            )
        equations.append(replace(equation, predictors=used))
    return replace(system, equations=tuple(equations)), dropped
