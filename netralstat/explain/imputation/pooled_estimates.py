"""Estimates of completed data pooled: shares and means with Rubin's variance and intervals of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.errors import EstimationError
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.intervals import Interval, proportion_interval, wald
from netralstat.explain.imputation.rubin import Pooled, average, pool

Floats = NDArray[np.float64]

# Counts that are averaged over the imputations.
COUNTS = ("n", "n_yes")


def pooled_estimates(found: Sequence[Estimates], notes: tuple[str, ...] = ()) -> Estimates:
    """Pool prevalences or means of completed data sets, row by row.

    Returns
    -------
    Estimates
        `covariance` is Rubin's T; `df` is Barnard and Rubin's; the columns `fmi`, `increase` and
        `simulation_error` follow those of the estimates. Shares are pooled as they are, and their intervals
        made as for one data set, from the pooled standard error and df.

    Raises
    ------
    EstimationError
        An imputation has other rows than the first: a level or a domain that only some of them have.
    """
    first = found[0]
    labels = ["item", "level", *first.by]
    for k, one in enumerate(found):
        if not one.table[labels].astype(object).equals(first.table[labels].astype(object)):
            raise EstimationError(
                f"imputation {k + 1} has other rows than the first ({len(one)} and {len(first)})",
                where="the levels and domains of the estimates",
                do="merge levels and domains that few respondents have",
            )
    tables = [one.table for one in found]

    def stacked(column: str) -> Floats:
        return np.array([table[column].to_numpy(dtype=float) for table in tables])

    pooled = pool(stacked("estimate"), np.array([one.covariance for one in found]), stacked("df"))
    table = first.table.copy()
    if pooled.varies:
        table = _with_numbers(first, table, pooled, {column: average(stacked(column)) for column in COUNTS})
        with np.errstate(divide="ignore", invalid="ignore"):
            total, errors = np.diag(pooled.total), stacked("std_error") ** 2
            of_random = average(errors / stacked("deff"))
            table["deff"] = np.where(total > 0, total / of_random, np.nan)
            table["n_eff"] = np.where(total > 0, average(stacked("n_eff") * errors) / total, np.nan)
        same = np.all([one["flag"] == first.table["flag"] for one in tables], axis=0)
        kept = np.where(same & (first.table["flag"] != "boundary"), first.table["flag"], "")
        table["flag"] = np.where(table["flag"] == "boundary", "boundary", kept)
    table["fmi"], table["increase"] = pooled.fmi, pooled.increase
    table["simulation_error"] = pooled.simulation_error
    told = {**first.provenance, "imputations": len(found), "notes": list(notes)}
    return replace(first, table=table, covariance=pooled.total, provenance=told)


def _with_numbers(
    first: Estimates, table: pd.DataFrame, pooled: Pooled, counts: dict[str, Floats]
) -> pd.DataFrame:
    """The table with pooled estimates, errors and intervals."""
    table = table.assign(**counts)
    estimate, std_error = pooled.estimate, np.where(np.isnan(pooled.estimate), np.nan, pooled.std_error)
    boundary = np.zeros(len(table), dtype=bool)
    if first.statistic == "prevalence":
        whole = table[list(first.by)].isna().all(axis=1).to_numpy(dtype=bool) & bool(first.by)
        group = np.where(whole, -1, table.groupby(["item", "level"], sort=False, dropna=False).ngroup())
        method = cast("Interval", first.interval)
        bounds = proportion_interval(
            estimate,
            std_error,
            counts["n"],
            pooled.df,
            method=method,
            level=first.level,
            group=group.astype(np.int64),
        )
        low, high, boundary = bounds.low, bounds.high, bounds.boundary
        if method == "pooled" and whole.any():
            rows = np.flatnonzero(whole)
            of_whole = proportion_interval(
                estimate[rows], std_error[rows], counts["n"][rows], pooled.df[rows], level=first.level
            )
            low[rows], high[rows] = of_whole.low, of_whole.high
    else:
        limits = wald(estimate, std_error, pooled.df, first.level)
        low, high = limits.low, limits.high
    return table.assign(
        estimate=estimate,
        std_error=std_error,
        conf_low=low,
        conf_high=high,
        df=pooled.df,
        flag=np.where(boundary, "boundary", ""),
    )
