"""What a wave hands to the report: the plan, the instrument and every number, already computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from netralstat.report.blocks import Logo
from netralstat.report.boundaries import Boundaries

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument
    from netralstat.ask.plan import Plan
    from netralstat.estimate.estimates import Estimates
    from netralstat.explain.checks.diagnosis import Diagnosis
    from netralstat.explain.planned import PlannedModels
    from netralstat.explain.regression import Model
    from netralstat.report.earlier import Changes
    from netralstat.report.register.counts import CaseCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Fieldwork:
    """What came back: rows read, accepted and rejected, and by which rule.

    Parameters
    ----------
    n_read, n_accepted, n_rejected : int
        Rows of the exports.
    rejected_by_rule, findings_by_rule : Mapping[str, int]
        Rows rejected, and remarks on rows that stayed, by the rule that was broken.
    n_selected : int or None
        Persons selected; None when the frame does not say.
    start, end : date or None
        First and last day of fieldwork.
    """

    n_read: int
    n_accepted: int
    n_rejected: int
    rejected_by_rule: Mapping[str, int]
    findings_by_rule: Mapping[str, int]
    n_selected: int | None
    start: date | None
    end: date | None

    @property
    def response_rate(self) -> float | None:
        """Accepted respondents over persons selected; None when the latter are unknown."""
        return self.n_accepted / self.n_selected if self.n_selected else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighting:
    """How respondents stand for the population.

    Parameters
    ----------
    method : str
        Calibration method (``"raking"``, ``"linear"``, …) or ``"none"``.
    population : float
        Sum of the weights, in persons.
    deff_kish : float
        1 + cv² of the weights.
    weight_min, weight_max : float
        Smallest and largest weight over the mean weight.
    margins : DataFrame
        ``item, level, target, reached, gap`` of every calibration margin; ``gap`` is relative.
    df : int
        Degrees of freedom of the design.
    """

    method: str
    n_strata: int
    n_psu: int | None
    population: float
    deff_kish: float
    weight_min: float
    weight_max: float
    margins: pd.DataFrame
    nonresponse: str
    df: int
    lonely_psu: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The prevalence as things are, and as a model says it would be with everybody at some values.

    Parameters
    ----------
    changes : Mapping[str, float | str]
        Variables and the value of each.
    by : str
        Domain of the rows; empty where there is none.
    table : DataFrame
        ``level`` (None: the population), ``n``, ``as_is``, ``changed`` with ``low`` and ``high``,
        ``difference``, ``p_value``, ``flag`` (the reason of a row without numbers).
    """

    changes: Mapping[str, float | str]
    by: str
    table: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything the report may print.

    Parameters
    ----------
    estimates : Mapping[str, Estimates]
        By table name (``headline``, ``headline_by_<domain>``, ``headline_vs_national_<domain>``, ``means``,
        ``means_by_<domain>``, ``forms``, ``items``, ``items_by_<domain>``, ``topics``, ``remedies``,
        ``remedies_by_<domain>``, ``remedies_vs_national_<domain>``: see `report.batteries`); each has passed
        `suppression`.
    models : Mapping[str, Model]
        By the id of the wave file, or of the recipe and its outcome.
    planned : PlannedModels
        What those models are called and ask, and which recipes the wave could not answer.
    diagnoses, what_if : Mapping[str, Diagnosis], Mapping[str, WhatIf]
        How well models of one equation fit, and what they say of everybody at some value.
    scales : DataFrame
        ``scale, n_items, alpha, mean, std_error, n, flag``, after disclosure control.
    generated : date
        The release date of the plan, never the clock's.
    changes : Changes or None
        The earlier waves that the wave file names, and where the series is broken; the numbers are tables of
        `estimates`, by the names of `report.earlier.Round`.
    published : DataFrame or None
        ``item, level, domain_item, domain_level, percent, note, source`` of figures published elsewhere.
    cases : CaseCounts or None
        The case register; how its cases compare with the survey are the tables ``ascertainment`` and
        ``ascertainment_by_<region>`` of `estimates`.
    logo : Logo or None
        The institution's logo, checked.
    boundaries : Boundaries or None
        The institution's own map of the provinces, checked and drawn in outline.
    inputs : Mapping[str, str]
        sha256 of every file that was read, by its path inside the surveys folder.
    software : Mapping[str, str]
        Version of every package that had a part in the numbers.
    """

    plan: Plan
    instrument: Instrument
    fieldwork: Fieldwork
    weighting: Weighting
    estimates: Mapping[str, Estimates]
    models: Mapping[str, Model]
    planned: PlannedModels
    scales: pd.DataFrame
    generated: date
    synthetic: bool
    version: str
    diagnoses: Mapping[str, Diagnosis] = field(default_factory=dict)
    what_if: Mapping[str, WhatIf] = field(default_factory=dict)
    changes: Changes | None = None
    published: pd.DataFrame | None = None
    cases: CaseCounts | None = None
    logo: Logo | None = None
    boundaries: Boundaries | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    software: Mapping[str, str] = field(default_factory=dict)
