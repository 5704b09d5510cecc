"""Contrasts: differences, ratios and other combinations with the covariance between their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, special

from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.intervals import wald
from netralstat.estimate.multiplicity import Adjustment, adjusted_within, require_adjustment

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Scale = Literal["linear", "log"]

# A variance below this share of its parts is rounding error of an exact zero.
ZERO_SHARE = 1e-13


def contrast(
    estimates: Estimates, matrix: Floats, labels: Sequence[str], *, scale: Scale = "linear"
) -> Estimates:
    """Combinations of the rows of a table: what they differ by, and whether by more than chance.

    Parameters
    ----------
    matrix : shape (m, k), k rows of `estimates`. labels : m names, the column `contrast` of the result.
    scale : "linear" gives L·θ; "log" gives exp(L·log θ), for a row of +1 and -1 the ratio of two estimates.

    Returns
    -------
    Estimates
        m rows; t tests against 0 ("linear") or 1 ("log").

    Raises
    ------
    UsageError
        The scale is unknown.
    EstimationError
        The shape is wrong, or a row combines nothing.

    Formula      V(Lθ) = L V L';  V(log θ) = V_ij/(θ_i θ_j)      (methods.md "Contrasts")
    Source       Lumley (2010), §2.4. Twin: survey::svycontrast.
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
    return combined(estimates, matrix, pd.DataFrame({"contrast": list(labels)}), scale=scale)


def difference(
    estimates: Estimates,
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    *,
    scale: Scale = "linear",
) -> Estimates:
    """`first` minus (or, on the log scale, over) `second`; see `Estimates.difference` and `.ratio`."""
    rows_1, rows_2 = estimates.rows(**first), estimates.rows(**second)
    table = estimates.table
    labelled = [name for name in ("item", "level", *estimates.by, "contrast") if name in table]
    matched = [name for name in labelled if name not in first or name not in second]
    alone = len(rows_1) == len(rows_2) == 1
    if alone:
        partner = rows_2
    else:
        key_1, key_2 = (list(map(str, _tuples(table.iloc[rows], matched))) for rows in (rows_1, rows_2))
        if sorted(key_1) != sorted(key_2) or len(set(key_1)) < len(key_1):
            raise EstimationError(
                f"the two sides of the difference have {len(key_1)} and {len(key_2)} rows that do not match",
                where=f"matched by {', '.join(matched) or 'nothing'}",
                do="name one row for each item, level and domain on either side",
            )
        position = dict(zip(key_2, rows_2, strict=True))
        partner = np.array([position[key] for key in key_1])
    matrix = pairs_matrix(rows_1, partner, len(table))
    kept = [name for name in labelled if name in ("item", "level") or name in matched]
    labels = table.iloc[rows_1][kept].reset_index(drop=True)
    labels["contrast"] = f"{_told(first)} {SIGN[scale]} {_told(second)}"
    by = tuple(name for name in estimates.by if name in matched)
    return replace(combined(estimates, matrix, labels, scale=scale), by=by)


def versus_overall(
    estimates: Estimates, *, adjust: Adjustment = "holm", scale: Scale = "linear"
) -> Estimates:
    """Each domain against the whole population, the overlap of the two in the covariance.

    `estimates` must have been made with ``overall=True``. `p_adjusted` corrects for the number of
    domains of each item and level: "holm" (1979), "bh" (Benjamini & Hochberg 1995) or "none". On the log
    scale the domain is divided by the whole.
    """
    require_adjustment(adjust)
    table = estimates.table
    whole = whole_population(estimates)
    if not whole.any() or whole.all():
        raise EstimationError(
            "there is no row of the whole population to compare with",
            where="domains",
            do="estimate by a domain and with overall=True",
        )
    keys = list(map(str, _tuples(table, ["item", "level"])))
    reference = {keys[row]: row for row in np.flatnonzero(whole)}
    domains = np.flatnonzero(~whole)
    matrix = pairs_matrix(domains, np.array([reference[keys[row]] for row in domains]), len(table))
    labels = table.iloc[domains][["item", "level", *estimates.by]].reset_index(drop=True)
    labels["contrast"] = f"domain {SIGN[scale]} whole"
    return with_adjustment(
        replace(combined(estimates, matrix, labels, scale=scale), by=estimates.by), ["item", "level"], adjust
    )


# How a comparison is written on either scale.
SIGN: dict[Scale, str] = {"linear": "−", "log": "/"}


def whole_population(estimates: Estimates) -> NDArray[np.bool_]:
    """Rows of the whole population among those of its domains, shape (k,); none without domains."""
    if not estimates.by:
        return np.zeros(len(estimates), dtype=bool)
    return np.asarray(estimates.table[list(estimates.by)].isna().all(axis=1), dtype=bool)


def with_adjustment(result: Estimates, families: Sequence[str], adjust: Adjustment) -> Estimates:
    """The comparisons with `p_adjusted` beside `p_value`, those alike in `families` being one family."""
    table = result.table.copy()
    place = list(table.columns).index("p_value") + 1
    table.insert(place, "p_adjusted", adjusted_within(table, families, adjust))
    return replace(result, table=table, provenance={**result.provenance, "adjusted": adjust})


def pairs_matrix(first: Rows, second: Rows, k: int) -> sparse.csr_array:
    """Rows of +1 at `first` and -1 at `second`, shape (m, k); a stored zero where the two are one."""
    m = len(first)
    row = np.tile(np.arange(m), 2)
    signs = np.repeat([1.0, -1.0], m)
    return sparse.csr_array((signs, (row, np.concatenate([first, second]))), shape=(m, k))


def combined(
    estimates: Estimates,
    matrix: Floats | sparse.csr_array,
    labels: pd.DataFrame,
    *,
    scale: Scale = "linear",
) -> Estimates:
    """The rows of `matrix` (m, k) applied to the estimates, `labels` (m rows) before their numbers.

    A row of the estimates without a standard error (hidden, or a quantile whose interval is open) leaves
    none to what is made of it, and all other combinations as they are.
    """
    if scale not in get_args(Scale):
        raise UsageError(
            f'scale = "{scale}" is not known',
            where="scale",
            do=f"choose one of {', '.join(get_args(Scale))}.{did_you_mean(scale, get_args(Scale))}",
        )
    L = sparse.csr_array(matrix)
    given = estimates.table["estimate"].to_numpy(dtype=float)
    positive = given > 0
    unit = np.where(positive, given, 1.0) if scale == "log" else np.ones(len(given))
    values = np.log(unit) if scale == "log" else given
    known = np.isfinite(given) & np.isfinite(np.diag(estimates.covariance))
    if scale == "log":
        known &= positive
    inner = np.where(np.outer(known, known), estimates.covariance, 0.0) / np.outer(unit, unit)
    value = L @ np.where(known, values, 0.0)
    covariance = np.asarray(L @ (L @ inner).T)
    unknown = _uses(L, ~known)
    variance = np.where(unknown, np.nan, np.diag(covariance))
    floor = ZERO_SHARE * (L.multiply(L) @ np.diag(inner))
    std_error = np.sqrt(np.where(unknown | (variance > floor), variance, 0.0))
    value[_uses(L, ~np.isfinite(given) | (~positive if scale == "log" else False))] = np.nan
    covariance[unknown, :] = np.nan
    covariance[:, unknown] = np.nan
    cases = {
        "zero_estimate": _uses(L, np.isfinite(given) & ~positive) & (scale == "log"),
        "no_std_error": unknown,
        "no_variance": std_error == 0,
        "boundary": _uses(L, _flagged(estimates, "boundary")),
    }
    df = np.minimum.reduceat(estimates.table["df"].to_numpy(dtype=float)[L.indices], L.indptr[:-1])
    return Estimates(
        table=labels.assign(
            **t_tests(value, std_error, df, estimates.level, scale),
            flag=np.select(list(cases.values()), list(cases), default=""),
        ),
        covariance=covariance * (np.outer(np.exp(value), np.exp(value)) if scale == "log" else 1.0),
        statistic="difference" if scale == "linear" else "prevalence_ratio",
        level=estimates.level,
        interval="wald" if scale == "linear" else "log",
        provenance={**estimates.provenance, "of": estimates.statistic},
    )


def t_tests(value: Floats, std_error: Floats, df: Floats, level: float, scale: Scale) -> dict[str, Floats]:
    """Numbers of combinations and their t tests against zero; on the log scale, of their exponentials."""
    bounds = wald(value, std_error, df, level)
    statistic = np.divide(value, std_error, out=np.full(len(value), np.nan), where=std_error > 0)
    tests = {"df": df, "statistic": statistic, "p_value": 2 * special.stdtr(df, -np.abs(statistic))}
    if scale == "log":
        ratio = np.exp(value)
        limits = {"conf_low": np.exp(bounds.low), "conf_high": np.exp(bounds.high)}
        return {"estimate": ratio, "std_error": ratio * std_error, **limits, **tests}
    limits = {"conf_low": bounds.low, "conf_high": bounds.high}
    return {"estimate": value, "std_error": std_error, **limits, **tests}


def _uses(matrix: sparse.csr_array, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which combinations use one of these rows of the estimates, shape (m,)."""
    return np.logical_or.reduceat(rows[matrix.indices], matrix.indptr[:-1])


def _flagged(estimates: Estimates, flag: str) -> NDArray[np.bool_]:
    return np.asarray(estimates.table["flag"] == flag, dtype=bool)


def _tuples(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name] for name in columns), strict=True)) if columns else [()] * len(table)


def _told(levels: Mapping[str, Any]) -> str:
    return ", ".join("all" if value is None else str(value) for value in levels.values())
