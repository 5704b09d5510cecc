"""What a wave's report says of causes: its models fitted and diagnosed, and what they say of everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netralstat.driver_models import driver_models, fit, outcome_of
from netralstat.errors import ConstantOutcomeError, SeparationError
from netralstat.explain.families import DISTRIBUTIONS
from netralstat.explain.planned import PlannedModel, PlannedModels, Unanswered
from netralstat.report.labels import ISLAND_GROUP
from netralstat.report.material import WhatIf

if TYPE_CHECKING:
    from netralstat.explain.checks.diagnosis import Diagnosis
    from netralstat.explain.regression import Model
    from netralstat.survey import Survey
    from netralstat.wave import Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverResults:
    """Models by id, those of one equation diagnosed, and `what_if` of those that ask it."""

    planned: PlannedModels
    models: Mapping[str, Model]
    diagnoses: Mapping[str, Diagnosis]
    what_if: Mapping[str, WhatIf]


def driver_results(wave: Wave, survey: Survey) -> DriverResults:
    """Fit what the wave asks about causes.

    A recipe whose outcome is separated is left unanswered, and says so; a model that the wave file writes
    out is an error then, for its author can mend it.

    Raises
    ------
    EstimationError, UsageError
        A model cannot be fitted, or a recipe is not known.
    """
    asked, level = driver_models(wave), wave.plan.estimate.level
    models: dict[str, Model] = {}
    separated: dict[str, Unanswered] = {}
    for one in asked.models:
        try:
            models[one.id] = fit(one, survey, level)
        except SeparationError:
            if not one.recipe:
                raise
            separated[one.id] = Unanswered(id=one.id, label=one.label, separated=outcome_of(one))
        except ConstantOutcomeError:  # in no author's hand: nobody, or everybody, told of it
            separated[one.id] = Unanswered(id=one.id, label=one.label, constant=outcome_of(one))
    fitted = tuple(one for one in asked.models if one.id in models)
    by = ISLAND_GROUP if ISLAND_GROUP in wave.plan.estimate.domains else ""
    least = wave.plan.report.min_respondents
    return DriverResults(
        planned=replace(asked, models=fitted, unanswered=(*asked.unanswered, *separated.values())),
        models=models,
        diagnoses={
            one.id: survey.diagnose(models[one.id])
            for one in fitted
            if one.family in DISTRIBUTIONS and one.penalty is None
        },
        what_if={one.id: _what_if(survey, models[one.id], one, by, least) for one in fitted if one.what_if},
    )


def _what_if(survey: Survey, model: Model, one: PlannedModel, by: str, least: int) -> WhatIf:
    """The population and each domain, without the numbers of domains that have few respondents."""
    means = survey.what_if(model, one.what_if, by=by or (), overall=True)
    change = means.difference({"scenario": "changed"}, {"scenario": "as_is"}).table
    as_is, changed = (means.select(scenario=scenario).table for scenario in ("as_is", "changed"))
    levels = as_is[by] if by else pd.Series([None] * len(as_is), dtype=object)
    place = {str(level): row for row, level in enumerate(change[by] if by else [None])}
    rows = [place[str(level)] for level in levels]
    numbers = {
        "as_is": as_is["estimate"],
        "changed": changed["estimate"],
        "low": changed["conf_low"],
        "high": changed["conf_high"],
        "difference": change["estimate"].iloc[rows].reset_index(drop=True),
        "p_value": change["p_value"].iloc[rows].reset_index(drop=True),
    }
    few = (as_is["n"] < least).to_numpy()
    table = pd.DataFrame({name: column.to_numpy(dtype=float) for name, column in numbers.items()})
    table.loc[few] = np.nan
    table = table.assign(flag=np.where(few, "suppressed_n", ""), n=as_is["n"].to_numpy())
    named = [level if pd.notna(level) else None for level in levels]
    table.insert(0, "level", pd.Series(named, dtype=object))
    return WhatIf(changes=dict(one.what_if), by=by, table=table)
