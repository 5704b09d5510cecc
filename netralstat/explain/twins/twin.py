"""What a script must tell to fit a model again: its columns, its factors and their levels, its design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, get_args

import numpy as np

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.cells import compress
from netralstat.design.design import Design
from netralstat.errors import EnvironmentProblem, EstimationError, UsageError
from netralstat.explain.categorical import CategoricalFamily, is_ordered, level_name
from netralstat.explain.formula import Formula
from netralstat.explain.model_data import model_data
from netralstat.explain.regression import Model
from netralstat.explain.terms import Coefficient
from netralstat.frames import Table

BOOLEAN = (bool, np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ModelCode:
    """A script that fits a model again.

    Attributes
    ----------
    language : "r" or "stata". script : its text, ASCII.
    data : the file that it reads: the frame of the survey as CSV, a column name in each head.
    renamed : columns that have another name in the script, and that name.
    """

    language: str
    script: str
    data: str
    renamed: Mapping[str, str]

    def __str__(self) -> str:
        return self.script

    __repr__ = __str__

    def write(self, path: str | Path) -> Path:
        """Write the script beside its place, then rename it."""
        target = Path(path)
        beside = target.with_name(f".{target.name}.part")
        try:
            beside.write_bytes(self.script.encode())
            beside.replace(target)
        except OSError as problem:
            raise EnvironmentProblem(
                f"the script cannot be written: {problem.strerror or problem}",
                where=str(target),
                do="choose a folder that exists and that you may write to",
            ) from problem
        return target


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A model with all that its script needs.

    `factors` has the levels of each factor as the data hold them, the reference first; `choices` those of
    an outcome of several levels. `numbers` are the columns that are read as numbers, `truths` those of
    true/false among them. `coefficients` are those of one equation.
    """

    model: Model
    formula: Formula
    design: Design
    calibration: Calibration | None
    factors: Mapping[str, tuple[Any, ...]]
    choices: tuple[Any, ...]
    numbers: tuple[str, ...]
    truths: tuple[str, ...]
    columns: tuple[str, ...]
    coefficients: tuple[Coefficient, ...]

    @property
    def where(self) -> str:
        """What an error names."""
        return f"formula {self.model.formula}"

    def level(self, name: str, level: Any) -> str | float:
        """A level as a script compares it: a number where the column is read as one, else its text."""
        return float(level) if name in self.numbers else str(level)

    @property
    def few_clusters(self) -> str | None:
        """How the model serves a sample of few PSUs, if it does."""
        found = self.model.provenance.get("few_clusters")
        return None if found is None else str(found)


def twin(table: Table, design: Design, model: Model, calibration: Calibration | None) -> Twin:
    """A model and its survey, looked up in the data once.

    Raises
    ------
    EstimationError
        The respondents are not those of the model, or a level is no text, number or true/false.
    UsageError
        The model bends along a curve, whose columns are netralstat's own.
    """
    data = model_data(table, design.linearised, model.formula, calibration)
    where = f"formula {model.formula}"
    if data.n != model.n or data.n_incomplete != model.n_incomplete:
        raise EstimationError(
            f"the model has {model.n:,} respondents and this survey {data.n:,} of such answers",
            where=where,
            do="ask the survey that the model was fitted with",
        )
    _require_terms(data.formula, model)
    factors = {}
    for name, levels in data.matrix.levels.items():
        known = {str(level): level for level in data.cells.key(name).levels}
        first = _reference(data.formula, name, levels)
        factors[name] = tuple(known[level] for level in (first, *(x for x in levels if x != first)))
    choices: tuple[Any, ...] = ()
    if model.family in get_args(CategoricalFamily):
        choices = tuple(data.outcome.levels)
        if not is_ordered(model.family):
            base = model.provenance["reference"]
            choices = tuple(sorted(choices, key=lambda level: level_name(level) != base))
    answers = {data.formula.outcome, *data.formula.variables}
    answers |= set(calibration.items) if calibration is not None else set()
    named = dict.fromkeys([data.formula.outcome, *data.formula.variables, *_of_survey(design, calibration)])
    found = Twin(
        model=model,
        formula=data.formula,
        design=design,
        calibration=calibration,
        factors=factors,
        choices=choices,
        numbers=_numbers(table, data.formula, design, calibration),
        truths=tuple(name for name in named if name in answers and _is_truth(table, name)),
        columns=tuple(named),
        coefficients=data.matrix.coefficients,
    )
    _require_levels(found)
    if calibration is not None and calibration.equal_within_psu:
        _require_equal_weights(table, design)
    return found


def _require_terms(formula: Formula, model: Model) -> None:
    """Neither a penalty nor a curve has an equal elsewhere."""
    where = f"formula {model.formula}"
    if penalty := model.provenance.get("penalty"):
        raise UsageError(
            f'no script is written for penalty = "{penalty}", which other packages lack under a design',
            where=where,
            do="export the model without penalty, its levels merged until the outcome is not separated",
        )
    curves = [variable.label for term in formula.terms for variable in term if variable.curve]
    if curves:
        raise UsageError(
            f"no script is written for {curves[0]}: its columns are made of the respondents of the model",
            where=where,
            do="make the columns of the curve in the data first, and name them as terms",
        )


def _require_equal_weights(table: Table, design: Design) -> None:
    """R takes the plain mean of a PSU where netralstat takes the weighted one."""
    if design.weight is None:
        return
    cells = compress(table, design.linearised, keys=[design.weight])
    assert cells.psu is not None
    pairs = np.unique(np.column_stack([cells.psu, cells.key(design.weight).codes]), axis=0)
    uneven = len(pairs) - len(np.unique(cells.psu))
    if uneven or len(design.stage_columns) > 1:
        raise UsageError(
            f"weights take {len(pairs):,} values in {len(np.unique(cells.psu)):,} PSUs, and other packages "
            "calibrate PSUs of uneven weights otherwise",
            where="equal_within_psu",
            do="export the model of a survey calibrated without equal_within_psu",
        )


def _of_survey(design: Design, calibration: Calibration | None) -> tuple[str, ...]:
    items = calibration.items if calibration is not None else ()
    second = () if len(design.stage_columns) > 1 else design.ssu
    return tuple(column for column in (*design.columns, *items) if column not in second)


def _numbers(
    table: Table, formula: Formula, design: Design, calibration: Calibration | None
) -> tuple[str, ...]:
    """Columns read as numbers. Those that only name a stratum or a unit are compared as the text they are."""
    items = calibration.items if calibration is not None else ()
    told = [formula.outcome, *formula.variables, *items, *design.fpc, design.weight]
    told += design.replicate_columns
    return tuple(name for name in dict.fromkeys(told) if name and table.is_numeric(name))


def _is_truth(table: Table, name: str) -> bool:
    """Whether a column of numbers holds true/false."""
    return table.is_numeric(name) and any(isinstance(level, BOOLEAN) for level in table.levels(name, 2))


def _reference(formula: Formula, name: str, levels: tuple[str, ...]) -> str:
    for term in formula.terms:
        for variable in term:
            if variable.name == name and variable.reference is not None:
                return variable.reference
    return levels[0]


def _require_levels(found: Twin) -> None:
    """A script tells levels apart as text or as numbers; an empty text is a missing one in a CSV."""
    told = {**found.factors, **({found.formula.outcome: found.choices} if found.choices else {})}
    for name, levels in told.items():
        strange = [level for level in levels if not isinstance(level, str | Real | np.bool_) or level == ""]
        if strange:
            kind = "empty text" if strange[0] == "" else f"a {type(strange[0]).__name__}"
            raise EstimationError(
                f'"{name}" has {kind} for a level, which a CSV does not keep',
                where=f"variable {name}",
                do="give each level a text of its own in the data, and fit the model again",
            )
