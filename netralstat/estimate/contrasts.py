"""Contrasts: differences and other linear combinations with the covariance between their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from netralstat.errors import EstimationError, UsageError
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.intervals import wald

Floats = NDArray[np.float64]
Adjustment = Literal["holm", "fdr_bh", "none"]


def contrast(estimates: Estimates, matrix: Floats, labels: Sequence[str]) -> Estimates:
    """Linear combinations L·θ with covariance L·V·L', t tests against zero and Wald intervals.

    Parameters
    ----------
    matrix : shape (m, k), k rows of `estimates`. labels : m names, the column `contrast` of the result.

    Source: Lumley (2010), §2.4. Twin: survey::svycontrast.
    """
    matrix = np.atleast_2d(np.asarray(matrix, dtype=float))
    if matrix.shape != (len(labels), len(estimates)):
        raise EstimationError(
            f"the contrast matrix has shape {matrix.shape}",
            where="matrix",
            do=f"give one row for each of the {len(labels)} labels and {len(estimates)} columns",
        )
    empty = [
        label
        for label, row in zip(labels, matrix, strict=True)
        if not row.any() or not np.isfinite(row).all()
    ]
    if empty:
        raise EstimationError(
            f"{len(empty)} rows of the contrast matrix combine nothing, or have a number that is not finite",
            where=f"row {empty[0]}",
            do="give each row finite numbers, at least one of them not zero",
        )
    table = pd.DataFrame({"contrast": list(labels)})
    return _combine(estimates, matrix, table)


def difference(estimates: Estimates, first: Mapping[str, Any], second: Mapping[str, Any]) -> Estimates:
    """`first` minus `second`, matched by all that the two do not name; see `Estimates.difference`."""
    rows_1, rows_2 = estimates.rows(**first), estimates.rows(**second)
    table = estimates.table
    labelled = [name for name in ("item", "level", *estimates.by, "contrast") if name in table]
    matched = [name for name in labelled if name not in first or name not in second]
    key_1, key_2 = (list(map(str, _tuples(table.iloc[rows], matched))) for rows in (rows_1, rows_2))
    alone = len(key_1) == len(key_2) == 1
    if not alone and (sorted(key_1) != sorted(key_2) or len(set(key_1)) < len(key_1)):
        raise EstimationError(
            f"the two sides of the difference have {len(key_1)} and {len(key_2)} rows that do not match",
            where=f"matched by {', '.join(matched) or 'nothing'}",
            do="name one row for each item, level and domain on either side",
        )
    matrix = np.zeros((len(rows_1), len(table)))
    position = dict(zip(key_2, rows_2, strict=True))
    for i, (key, row) in enumerate(zip(key_1, rows_1, strict=True)):
        matrix[i, row] += 1
        matrix[i, rows_2[0] if alone else position[key]] -= 1
    kept = [name for name in labelled if name in ("item", "level") or name in matched]
    labels = table.iloc[rows_1][kept].reset_index(drop=True)
    labels["contrast"] = f"{_told(first)} − {_told(second)}"
    by = tuple(name for name in estimates.by if name in matched)
    return replace(_combine(estimates, matrix, labels), by=by)


def versus_overall(estimates: Estimates, *, adjust: Adjustment = "holm") -> Estimates:
    """Each domain minus the whole population, the overlap of the two in the covariance.

    `estimates` must have been made with ``overall=True``. `p_adjusted` corrects for the number of
    domains of each item and level: "holm" (1979), "fdr_bh" (Benjamini & Hochberg 1995) or "none".
    """
    if adjust not in get_args(Adjustment):
        raise UsageError(
            f'adjust = "{adjust}" is not known',
            where="adjust",
            do=f"choose one of {', '.join(get_args(Adjustment))}",
        )
    table = estimates.table
    whole = table[list(estimates.by)].isna().all(axis=1).to_numpy()
    if not whole.any() or not estimates.by:
        raise EstimationError(
            "there is no row of the whole population to compare with",
            where="domains",
            do="estimate by a domain and with overall=True",
        )
    reference = {str(key): row for key, row in zip(_pairs(table[whole]), np.flatnonzero(whole), strict=True)}
    domains = np.flatnonzero(~whole)
    matrix = np.zeros((len(domains), len(table)))
    for i, (row, key) in enumerate(zip(domains, _pairs(table[~whole]), strict=True)):
        matrix[i, row] += 1
        matrix[i, reference[str(key)]] -= 1
    labels = table.iloc[domains][["item", "level", *estimates.by]].reset_index(drop=True)
    result = _combine(estimates, matrix, labels.assign(contrast="domain − whole"))
    frame = result.table
    frame["p_adjusted"] = frame["p_value"]
    if adjust != "none":
        for _, rows in frame.groupby(["item", "level"], sort=False, dropna=False).groups.items():
            tested = frame.loc[rows, "p_value"].dropna()
            if len(tested):
                adjusted = (
                    _holm(tested.to_numpy()) if adjust == "holm" else stats.false_discovery_control(tested)
                )
                frame.loc[tested.index, "p_adjusted"] = adjusted
    return replace(result, by=estimates.by, provenance={**result.provenance, "adjusted": adjust})


def _holm(p_values: Floats) -> Floats:
    """Holm's step-down adjustment (statsmodels' `multipletests` gives the same, 0.1 s a call slower)."""
    order = np.argsort(p_values)
    stepped = np.maximum.accumulate((len(order) - np.arange(len(order))) * p_values[order])
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def _pairs(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    return _tuples(table, ["item", "level"])


def _tuples(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name] for name in columns), strict=True)) if columns else [()] * len(table)


def _told(levels: Mapping[str, Any]) -> str:
    return ", ".join("all" if value is None else str(value) for value in levels.values())


def _combine(estimates: Estimates, matrix: Floats, labels: pd.DataFrame) -> Estimates:
    used = np.any(matrix != 0, axis=0)
    values = np.where(used, estimates.table["estimate"].to_numpy(dtype=float), 0.0)
    value = matrix @ values
    # A row without a standard error (a quantile whose interval is open) leaves none to what is made of it,
    # and all other combinations as they are.
    known = np.isfinite(np.diag(estimates.covariance))
    parts = np.where(np.outer(known, known), estimates.covariance, 0.0)
    covariance = matrix @ parts @ matrix.T
    unknown = np.any(matrix[:, ~known] != 0, axis=1)
    covariance[unknown, :] = np.nan
    covariance[:, unknown] = np.nan
    variance = np.diag(covariance)
    floor = 1e-13 * ((matrix**2) @ np.diag(parts))
    std_error = np.sqrt(np.where(unknown | (variance > floor), variance, 0.0))
    every = estimates.table["df"].to_numpy(dtype=float)
    df = np.array([every[row != 0].min() if row.any() else every.min() for row in matrix])
    bounds = wald(value, std_error, df, estimates.level)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(std_error > 0, value / std_error, np.nan)
    table = labels.assign(
        estimate=value,
        std_error=std_error,
        conf_low=bounds.low,
        conf_high=bounds.high,
        df=df,
        statistic=statistic,
        p_value=2 * stats.t.sf(np.abs(statistic), df),
    )
    flag = np.select([unknown, std_error == 0], ["no_std_error", "no_variance"], default="")
    table["flag"] = flag
    return Estimates(
        table=table,
        covariance=covariance,
        statistic="difference",
        level=estimates.level,
        interval="wald",
        provenance={**estimates.provenance, "of": estimates.statistic},
    )
