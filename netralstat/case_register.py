"""The case register beside the survey: what may be printed of it, and cases for each estimated person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from netralstat.collect.register import NO_PROVINCE
from netralstat.errors import PlanError, did_you_mean
from netralstat.estimate.ascertainment import ascertainment
from netralstat.estimate.estimates import Estimates
from netralstat.reference import case_statistics
from netralstat.report.batteries import HEADLINE
from netralstat.report.register.counts import CaseCounts, case_counts
from netralstat.report.suppression import suppress_ascertainment

if TYPE_CHECKING:
    from netralstat.survey import Survey
    from netralstat.wave import Wave

RATIO = "ascertainment"
# A population whose standard error is below this share of it is known: weights are calibrated to it.
KNOWN = 1e-9


def case_register(
    wave: Wave, survey: Survey, estimates: Mapping[str, Estimates], shown: Mapping[str, Estimates]
) -> tuple[CaseCounts | None, dict[str, Estimates]]:
    """The register of a wave, disclosure-controlled, and the ascertainment by its provinces.

    Parameters
    ----------
    estimates, shown : the tables of the wave by name, before and after disclosure control.

    Raises
    ------
    PlanError
        The indicator has more than one level.
    """
    declared = wave.plan.collect.case_register
    register = wave.register
    if declared is None or register is None:
        return None, {}
    counts = case_counts(register, declared.min_cases)
    if declared.indicator is None or counts.total is None:
        return counts, {}
    regions = wave.plan.collect.regions
    sides: list[tuple[str, dict[Any, float]]] = [("", {None: _inside(wave, register.total, counts)})]
    if declared.regions is not None and regions is not None:
        sides.append((regions.column, counts.regions.set_index("province")["reported"].to_dict()))
    made = {}
    for by, cases in sides:
        name = f"{HEADLINE}_by_{by}" if by else HEADLINE
        people = _population(survey, by)
        if name not in estimates or not people:
            continue
        raw, passed = (_of(tables[name], declared.indicator) for tables in (estimates, shown))
        made[f"{RATIO}_by_{by}" if by else RATIO] = _ratios(raw, passed, cases, people)
    return counts, made


def _ratios(
    raw: Estimates, passed: Estimates, cases: Mapping[Any, float], people: Mapping[Any, float]
) -> Estimates:
    """Ascertainment where the number of persons is known; hidden where cases (NaN) or prevalence are."""
    levels = raw.table[raw.by[0]].tolist() if raw.by else [None]
    rows = [row for row, level in enumerate(levels) if level in people]
    known = {levels[row]: float(cases.get(levels[row], 0)) for row in rows}
    hidden = np.isnan(list(known.values()))
    counted = {level: 0.0 if np.isnan(n) else n for level, n in known.items()}
    return suppress_ascertainment(
        ascertainment(raw, counted, {level: people[level] for level in known}), passed.take(rows), hidden
    )


def require_comparable(wave: Wave) -> None:
    """Refuse what a register cannot be set beside, before anything is computed.

    Raises
    ------
    PlanError
        The indicator is none of the headline, or no numbers were published of the scope.
    """
    declared, headline = wave.plan.collect.case_register, wave.plan.estimate.headline
    if declared is None:
        return
    where = f"{wave.plan.path.name}, collect.register"
    if declared.indicator is not None and declared.indicator not in headline:
        raise PlanError(
            f'the register is set beside "{declared.indicator}", which is no headline indicator.'
            + did_you_mean(declared.indicator, headline),
            where=f"{where}.indicator",
            do="name one of estimate.headline, or leave it out",
        )
    scopes = list(dict.fromkeys(case_statistics()["scope"]))
    if declared.scope is not None and declared.scope not in scopes:
        raise PlanError(
            f'no published numbers of cases are known of "{declared.scope}".'
            + did_you_mean(declared.scope, scopes),
            where=f"{where}.scope",
            do=f"name one of {', '.join(scopes)}, or leave it out",
        )


def _inside(wave: Wave, total: int, counts: CaseCounts) -> float:
    """Cases inside the survey's population: in none of the provinces outside it, and not in no province.

    NaN, not to be printed, where the number of those left out is not: it would follow.
    """
    regions = wave.plan.collect.regions
    outside = {*(regions.outside if regions is not None else ()), NO_PROVINCE}
    shown = counts.regions.loc[counts.regions["province"].isin(outside), "reported"]
    if shown.isna().any():
        return float("nan")
    return float(total - shown.sum())


def _of(table: Estimates, indicator: str) -> Estimates:
    """The rows of the indicator, which has one level: that somebody belongs to it."""
    rows = table.select(item=indicator)
    levels = list(rows.table["level"].drop_duplicates())
    if len(levels) != 1:
        raise PlanError(
            f'"{indicator}" has {len(levels)} levels; cases are set beside one prevalence',
            where="collect.register.indicator",
            do="name an indicator that is true or not",
        )
    return rows


def _population(survey: Survey, by: str) -> dict[Any, float]:
    """Persons by level where the weights know them, from the margins or the frame."""
    counts = survey.count(by=by or None).to_frame()
    known = counts["std_error"] <= KNOWN * counts["estimate"]
    levels = counts[by].tolist() if by else [None]
    return {
        level: float(n)
        for level, n, sure in zip(levels, counts["estimate"], known, strict=True)
        if sure and n > 0
    }
