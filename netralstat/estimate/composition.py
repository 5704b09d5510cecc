"""Composition: each estimate as a share of the sum of all, such as the forms among all acts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netralstat.errors import EstimationError
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.intervals import proportion_interval


def composition(estimates: Estimates) -> Estimates:
    """Each row over the sum of all rows.

    Parameters
    ----------
    estimates : prevalences or totals of one population, at least two rows, none negative or hidden.

    Returns
    -------
    Estimates
        Shares that sum to 1, with their covariance (whose rows sum to 0); logit intervals.

    Raises
    ------
    EstimationError
        The estimates are by domain, fewer than two, of another statistic, not all known, or sum to 0.

    Formula      s_i = θ_i / S, S = Σ θ_j;  V(s) = J V(θ) J' with J = (I - s1')/S (methods.md "Composition")
    Source       Särndal, Swensson & Wretman (1992), section 5.5 (linearisation). Twin: survey::svycontrast.

    Example: ``s.prevalence(["asked/f01", "asked/f02", "asked/f03"]).composition()``.
    """
    value = estimates.table["estimate"].to_numpy(dtype=float)
    if estimates.statistic not in ("prevalence", "total") or estimates.by or len(value) < 2:
        raise EstimationError(
            f'{len(value)} rows of statistic "{estimates.statistic}" by {len(estimates.by)} domains make no '
            "composition",
            where="composition",
            do="give the prevalences or totals of two or more items in one population",
        )
    whole = value.sum()
    if not (np.isfinite(value).all() and (value >= 0).all() and whole > 0):
        raise EstimationError(
            f"{int((~np.isfinite(value)).sum())} of {len(value)} estimates are unknown, and the others "
            f"sum to {np.nansum(value):g}",
            where="composition",
            do="leave hidden rows out; a composition needs a sum above 0",
        )
    share = value / whole
    jacobian = (np.eye(len(value)) - share[:, None]) / whole
    covariance = jacobian @ estimates.covariance @ jacobian.T
    std_error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    df = estimates.table["df"].to_numpy(dtype=float)
    n = estimates.table["n"].to_numpy(dtype=float)
    bounds = proportion_interval(share, std_error, n, df, level=estimates.level)
    labels = estimates.table[["item", "level"]]
    return replace(
        estimates,
        table=labels.assign(
            estimate=share,
            std_error=std_error,
            conf_low=bounds.low,
            conf_high=bounds.high,
            df=df,
            n=estimates.table["n"],
            flag=np.where(bounds.boundary, "boundary", ""),
        ),
        covariance=covariance,
        statistic="share",
        interval="logit",
    )
