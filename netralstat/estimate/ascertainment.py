"""Ascertainment: cases of a register for each person whom the survey estimates, with the survey's error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from netralstat.errors import EstimationError, did_you_mean
from netralstat.estimate.estimates import Estimates

OPEN, NOBODY = "open_interval", "zero_estimate"


def ascertainment(
    prevalence: Estimates, cases: Mapping[Any, float], population: Mapping[Any, float]
) -> Estimates:
    """Cases of a register over the persons that the survey estimates.

    Parameters
    ----------
    prevalence : prevalence of one item and level, by at most one domain.
    cases, population : number of cases, and known number of persons, by level of the domain; the whole
        population is None. Of levels without both no row is made.

    Returns
    -------
    Estimates
        Cases a person, with the columns `cases` and `population`, which are counts without sampling error:
        the covariance is the survey's alone. Limits are those of the prevalence, turned round. `flag` is
        "open_interval" where its lower limit is 0 (the upper one is then infinite), and "zero_estimate" where
        the survey found nobody: no ratio exists.

    Raises
    ------
    EstimationError
        The estimates are no prevalences, or have several items, levels or domains; a number of cases is below
        0 or no number, one of persons not above 0, or a level is not among the estimates.

    Formula      r_d = c_d / (N_d p_d);  Cov(r_d, r_e) = r_d r_e Cov(p_d, p_e) / (p_d p_e);
                 limits c_d / (N_d u_d) and c_d / (N_d l_d) from those of p_d   (methods.md "Ascertainment")
    Source       Särndal, Swensson & Wretman (1992), section 5.5 (linearisation). Twin: survey::svycontrast.

    Example: ``s.prevalence("politicking", by="province").ascertainment(reported, civil_servants)``.
    """
    _require_prevalence(prevalence)
    levels = _levels(prevalence)
    _require_numbers("cases", cases, levels, least=0.0)
    _require_numbers("population", population, levels, least=np.nextafter(0.0, 1.0))
    rows = [row for row, level in enumerate(levels) if level in cases and level in population]
    if not rows:
        raise EstimationError(
            "no level has both cases and a population", where="ascertainment", do="give both for a level"
        )
    kept = prevalence.take(rows)
    known = np.array([float(cases[levels[row]]) for row in rows])
    persons = np.array([float(population[levels[row]]) for row in rows])
    table = kept.to_frame()
    p, low, high, std_error = (
        table[name].to_numpy(dtype=float) for name in ("estimate", "conf_low", "conf_high", "std_error")
    )
    found = p > 0
    unit = np.where(found, p, 1.0)
    ratio = np.where(found, known / (persons * unit), np.nan)
    slope = ratio / unit
    above = low > 0  # a lower limit of 0 has no upper one
    upper = np.where(above, known / (persons * np.where(above, low, 1.0)), np.where(known > 0, np.inf, 0.0))
    numbers = {
        "estimate": ratio,
        "std_error": slope * std_error,
        "conf_low": np.where(found, known / (persons * np.where(found, high, 1.0)), np.nan),
        "conf_high": np.where(found, upper, np.nan),
        "flag": np.select([~found, np.isinf(upper)], [NOBODY, OPEN], default=table["flag"].astype(object)),
    }
    return replace(
        kept,
        table=table.assign(**numbers, cases=known, population=persons),
        covariance=kept.covariance * np.outer(slope, slope),
        statistic="ascertainment",
    )


def _require_prevalence(estimates: Estimates) -> None:
    kinds = estimates.table[["item", "level"]].drop_duplicates()
    if estimates.statistic != "prevalence" or len(estimates.by) > 1 or len(kinds) != 1:
        raise EstimationError(
            "ascertainment needs the prevalence of one item and level by at most one domain, and was given "
            f'{len(kinds)} of statistic "{estimates.statistic}" by {len(estimates.by)} domains',
            where="ascertainment",
            do='ask survey.prevalence("politicking", by="province"), or select(item=…, level=…)',
        )


def _levels(estimates: Estimates) -> list[Any]:
    """The level of the domain of each row; None for the whole population."""
    if not estimates.by:
        return [None] * len(estimates)
    column = estimates.table[estimates.by[0]]
    return [None if absent else value for value, absent in zip(column, column.isna(), strict=True)]


def _require_numbers(what: str, numbers: Mapping[Any, float], levels: list[Any], least: float) -> None:
    for level, number in numbers.items():
        if level not in levels:
            raise EstimationError(
                f'{what} names the level "{level}", of which there is no estimate',
                where=what,
                do="leave it out, or estimate it (None is the whole population, with overall=True)."
                + did_you_mean(str(level), [str(known) for known in levels]),
            )
        if not (np.isfinite(number) and number >= least):
            raise EstimationError(
                f'{what} of the level "{level}" is {number}',
                where=what,
                do="give cases of 0 or more, and populations above 0",
            )
