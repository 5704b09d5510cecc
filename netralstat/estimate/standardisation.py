"""Direct standardisation: what domains would show if all had the same make-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from numbers import Real
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.contrasts import combined
from netralstat.estimate.domain_groups import DomainGroups, Rows, domain_groups, level_places, row_codes
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.intervals import Interval, proportion_interval, wald

Floats = NDArray[np.float64]


def standardised(estimates: Estimates, over: str, shares: Mapping[Any, float]) -> Estimates:
    """Each domain's share (or mean) as if the levels of `over` had the standard's shares in it.

    Parameters
    ----------
    estimates : prevalences or means by the domains and `over`, such as ``by=["province", "grade"]``.
    over : the domain whose make-up is standardised.
    shares : standard population of each level, as shares or as counts; they are divided by their sum.

    Returns
    -------
    Estimates
        One row an item, level and remaining domain, of the same `statistic`, with the full covariance.
        `n` counts all respondents of the domain, `deff` is not given. Rows of the whole population
        (``overall=True``) are left out.

    Raises
    ------
    UsageError
        `over` is no domain, or a share is no number, negative, or all are zero.
    EstimationError
        The estimates are neither prevalences nor means, a domain has no respondents at a level that has a
        share, or has respondents at a level that has none.

    Formula      p_d* = Σ_g π_g p_dg;  V = L V L' with L = π      (methods.md "Direct standardisation")
    Source       Korn & Graubard (1999). Twin: survey::svystandardize.
    """
    if estimates.statistic not in ("prevalence", "mean"):
        raise EstimationError(
            f"a {estimates.statistic} is not standardised",
            where="statistic",
            do="estimate prevalences or means by the domains and by the groups of the standard",
        )
    groups = domain_groups(estimates, over)
    standard = _standard(shares, groups, estimates)
    places = level_places(estimates, groups, list(standard))
    _require_filled(places, list(standard), groups, estimates)
    weights, rows = np.array(list(standard.values())), np.array(places)
    m, size = rows.shape
    of_result = np.repeat(np.arange(m), size)
    matrix = sparse.csr_array((np.tile(weights, m), (of_result, rows.ravel())), shape=(m, len(estimates)))
    result = combined(estimates, matrix, groups.labels)
    table = _columns(estimates, result, rows, weights, groups)
    told = {str(level): float(share) for level, share in standard.items()}
    return replace(
        result,
        table=table,
        statistic=estimates.statistic,
        by=groups.others,
        interval=estimates.interval,
        provenance={**estimates.provenance, "standardised": {"over": over, "shares": told}},
    )


def _columns(
    estimates: Estimates, result: Estimates, rows: Rows, weights: Floats, groups: DomainGroups
) -> pd.DataFrame:
    """The table of a standardised estimate, in the columns of the table it was made of."""
    table = estimates.table
    n_group, p_group = (table[name].to_numpy(dtype=float)[rows] for name in ("n", "estimate"))
    value, std_error, df = (
        result.table[name].to_numpy(dtype=float) for name in ("estimate", "std_error", "df")
    )
    n = n_group.sum(axis=1)
    srs = (weights**2 * p_group * (1 - p_group) / n_group).sum(axis=1)
    boundary = np.zeros(len(n), dtype=bool)
    n_eff = np.full(len(n), np.nan)
    if estimates.statistic == "prevalence":
        value = np.clip(value, 0.0, 1.0)  # shares add to 1 but for rounding
        inside = (std_error > 0) & (value > 0) & (value < 1)
        n_eff[inside] = value[inside] * (1 - value[inside]) / std_error[inside] ** 2
        labelled = [name for name in ("item", "level") if name in groups.labels]
        bounds = proportion_interval(
            value,
            std_error,
            n,
            df,
            method=cast(Interval, estimates.interval),
            level=estimates.level,
            group=row_codes(groups.labels, labelled),
            srs_variance=srs,
        )
        boundary = bounds.boundary
    else:
        bounds = wald(value, std_error, df, estimates.level)
    flag = np.where(boundary, "boundary", result.table["flag"].replace("boundary", "").to_numpy(dtype=object))
    return groups.labels.assign(
        estimate=value,
        std_error=std_error,
        conf_low=bounds.low,
        conf_high=bounds.high,
        df=df,
        n=n,
        n_yes=table["n_yes"].to_numpy(dtype=float)[rows].sum(axis=1),
        n_eff=n_eff,
        deff=np.nan,
        flag=flag,
    )


def _standard(shares: Mapping[Any, Any], groups: DomainGroups, estimates: Estimates) -> dict[Any, float]:
    """The standard's shares above zero, adding to 1, in the order given."""
    wrong = [
        level
        for level, share in shares.items()
        if isinstance(share, bool) or not isinstance(share, Real) or not 0 <= float(share) < np.inf
    ]
    total = sum(float(share) for level, share in shares.items() if level not in wrong)
    if wrong or not total > 0:
        raise UsageError(
            f"{len(wrong)} of {len(shares)} shares of the standard are no number of at least 0, the others "
            f"add to {total:g}",
            where=f"shares, level {wrong[0]}" if wrong else "shares",
            do="give each level its share or its count in the standard population",
        )
    known = estimates.table[groups.over].to_numpy(dtype=object)
    held = list(dict.fromkeys(known[row] for rows in groups.rows for row in rows))
    strangers = [level for level in held if level not in shares]
    if strangers:
        raise EstimationError(
            f"{len(strangers)} of {len(held)} levels of {groups.over} have no share in the standard",
            where=f"{groups.over} {strangers[0]}",
            do="give every level a share; 0 leaves it out."
            + did_you_mean(str(strangers[0]), [str(level) for level in shares if level not in held]),
        )
    return {level: float(share) / total for level, share in shares.items() if share > 0}


def _require_filled(
    places: list[Rows], levels: list[Any], groups: DomainGroups, estimates: Estimates
) -> None:
    """Every domain needs an estimate at every level that has a share."""
    value = np.append(estimates.table["estimate"].to_numpy(dtype=float), np.nan)  # at -1: no such row
    cells = value[np.array(places)]
    empty = np.argwhere(np.isnan(cells))
    if len(empty):
        group, level = empty[0]
        raise EstimationError(
            f"{len(empty)} of {cells.size} cells of domain × {groups.over} have no respondents",
            where=f"{groups.told(int(group))}, {groups.over} {levels[level]}",
            do=f"merge levels of {groups.over}, or domains",
        )
