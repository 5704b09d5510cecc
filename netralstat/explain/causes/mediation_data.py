"""What both models of a mediation are fitted to: the same respondents, by pattern, in one pass over rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.design.stages import numbered
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.explain.causes.natural_effects import Roles
from netralstat.explain.causes.pathways import Pathway
from netralstat.explain.families import BINARY
from netralstat.explain.model_data import ModelData, model_data, require_respondents
from netralstat.frames import Key

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediationData:
    """Respondents who answered outcome, treatment, mediator and covariates.

    Attributes
    ----------
    data : cells, model matrix and outcome of the outcome's model; `x_mediator` (n_cells, p_m) that of the
        mediator's, which has no columns of the mediator; `mediator` (n_cells,) its values, 0 where missing.
    roles : what the columns are, and what the treatment's are at control and at treated.
    x : (m, ·), intercept and covariates of each pattern of covariates; `pattern` (n_cells,) the one of
        each cell, -1 where the cell is not used.
    treated, control : the values that are compared.
    """

    pathway: Pathway
    data: ModelData
    x_mediator: Floats
    mediator: Floats
    roles: Roles
    x: Floats
    pattern: Codes
    treated: Any
    control: Any


def mediation_data(
    frame: Any, design: Design, pathway: Pathway, calibration: Calibration | None = None
) -> MediationData:
    """Group the respondents by everything that either model needs.

    Raises
    ------
    EstimationError
        An outcome or a mediator that holds text, does not vary or does not fit its family; a treatment
        without the values to compare; terms that say the same.
    """
    data = model_data(frame, design, pathway.formula, calibration)
    for part, name in (("outcome", pathway.outcome), ("mediator", pathway.mediator)):
        if name not in data.numeric:
            raise EstimationError(
                f'the {part} "{name}" holds text or categories',
                where=f"{part} {name}",
                do="make it a number, or a 0/1 indicator, first",
            )
    if not data.used.any():
        raise EstimationError(
            "no respondent has outcome, treatment, mediator and every covariate",
            where=f"formula {pathway.formula}",
            do="look at the missing answers",
        )
    mediator = _numbers(data, pathway.mediator)
    _require_values("outcome", pathway.outcome, pathway.outcome_family, data.y[data.used])
    _require_values("mediator", pathway.mediator, pathway.mediator_family, mediator[data.used])
    control, treated = _values(data, pathway)
    require_respondents(data)
    roles = _roles(data, pathway, control, treated)
    x, pattern = _covariates(data, pathway, roles)
    return MediationData(
        pathway=pathway,
        data=data,
        x_mediator=data.x[:, roles.of_mediator],
        mediator=mediator,
        roles=roles,
        x=x,
        pattern=pattern,
        treated=treated,
        control=control,
    )


def _numbers(data: ModelData, name: str) -> Floats:
    key = data.cells.key(name)
    return np.asarray([*key.levels, 0.0], dtype=float)[key.codes]


def _require_values(part: str, name: str, family: str, values: Floats) -> None:
    where = f"{part} {name}"
    if np.ptp(values) == 0:
        raise EstimationError(
            f'the {part} "{name}" is the same for every respondent who has all answers',
            where=where,
            do=f"choose another {part}: what does not vary passes nothing on",
        )
    if family in BINARY and not np.isin(values, (0, 1)).all():
        raise EstimationError(
            f"a {family} model needs values of 0 and 1", where=where, do=f'write {part}_family="linear"'
        )
    if family == "poisson" and (values < 0).any():
        raise EstimationError(
            "a Poisson model needs counts, none negative", where=where, do=f'write {part}_family="linear"'
        )


def _values(data: ModelData, pathway: Pathway) -> tuple[Any, Any]:
    """Control and treated: those that were named, or the only two that there are."""
    levels = data.matrix.levels.get(pathway.treatment)
    pair = _of_numbers(data, pathway) if levels is None else _of_levels(levels, pathway)
    if pair[0] == pair[1]:
        raise UsageError(
            "treated and control are the same", where="treated, control", do="compare two different values"
        )
    return pair


def _of_numbers(data: ModelData, pathway: Pathway) -> tuple[float, float]:
    name, where = pathway.treatment, f"treatment {pathway.treatment}"
    present = np.unique(_numbers(data, name)[data.used])
    if pathway.treated is None:
        if not np.isin(present, (0, 1)).all():
            raise UsageError(
                f'the treatment "{name}" has {len(present):,} values, which are not only 0 and 1',
                where=where,
                do="say which two to compare: treated=…, control=…",
            )
        return 0.0, 1.0
    control, treated = _number(pathway.control, "control"), _number(pathway.treated, "treated")
    if not present[0] <= min(control, treated) <= max(control, treated) <= present[-1]:
        raise EstimationError(
            "control or treated lies beyond the treatment of every respondent",
            where=where,
            do="compare values that respondents have",
        )
    return control, treated


def _of_levels(levels: tuple[str, ...], pathway: Pathway) -> tuple[str, str]:
    name, where = pathway.treatment, f"treatment {pathway.treatment}"
    if pathway.treated is None:
        if len(levels) != 2:
            raise UsageError(
                f'the treatment "{name}" has {len(levels)} levels',
                where=where,
                do=f"say which two to compare: treated=…, control=…; it has {', '.join(levels)}",
            )
        return levels[0], levels[1]
    control, treated = str(pathway.control), str(pathway.treated)
    if unknown := [value for value in (control, treated) if value not in levels]:
        raise EstimationError(
            f'"{name}" has no level "{unknown[0]}" among the respondents of the model',
            where=where,
            do=f"its levels are {', '.join(levels)}.{did_you_mean(unknown[0], levels)}",
        )
    return control, treated


def _number(value: Any, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise UsageError(f"{where} is not a finite number", where=where, do="give a number such as 1")
    return number


def _roles(data: ModelData, pathway: Pathway, control: Any, treated: Any) -> Roles:
    names = [frozenset(name for name, _ in c.parts) for c in data.matrix.coefficients]
    places = {
        part: np.array([j for j, found in enumerate(names) if found == wanted], dtype=np.int64)
        for part, wanted in (
            ("treatment", frozenset([pathway.treatment])),
            ("mediator", frozenset([pathway.mediator])),
            ("both", frozenset([pathway.treatment, pathway.mediator])),
        )
    }
    taken = np.concatenate(list(places.values()))
    levels = [dict(data.matrix.coefficients[j].parts)[pathway.treatment] for j in places["treatment"]]
    values = [
        [float(value) if level is None else float(str(value) == str(level)) for level in levels]
        for value in (control, treated)
    ]
    return Roles(
        base=np.setdiff1d(np.arange(len(names)), taken),
        treatment=places["treatment"],
        mediator=int(places["mediator"][0]),
        both=places["both"],
        values=np.array(values),
    )


def _covariates(data: ModelData, pathway: Pathway, roles: Roles) -> tuple[Floats, Codes]:
    """Intercept and covariates of each of their patterns, and the pattern of each cell."""
    member = np.flatnonzero(data.used)
    names = [n for n in data.formula.variables if n not in (pathway.treatment, pathway.mediator)]
    keys = [data.cells.key(name) for name in names]
    code, first = numbered([Key(codes=key.codes[member], levels=key.levels) for key in keys], len(member))
    pattern = np.full(len(data.used), -1, dtype=np.int64)
    pattern[member] = code
    return data.x[member[first]][:, roles.base], pattern
