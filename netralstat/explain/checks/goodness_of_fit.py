"""Goodness of fit: whether what a binary model expects is what is observed, in groups of like probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.explain.checks.fit_statistics import ranked
from netralstat.explain.refitting import Refitted

Floats = NDArray[np.float64]

# Smallest eigenvalue of the correlations of group residuals that a test may rest on.
SINGULAR = 1e-10
# Rounding of a share of the weight: below it the limit of a group is reached.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GoodnessOfFit:
    """Archer and Lemeshow's F-adjusted mean residual test.

    Attributes
    ----------
    statistic, df_num, df_den, p_value : of the F test; a small p-value says that the model does not fit.
        NaN where the design has too few degrees of freedom for the groups, which `flag` says:
        "too_few_psu"; or where all respondents have one fitted probability: "one_group". The flag
        "uniform_group" says that in some group everybody, or nobody, has the outcome: its variance, and
        so the p-value, come out too small; ask for fewer groups.
    table : a row a group, lowest fitted probability first: `group`, `fitted_low`, `fitted_high`, `n`,
        `share` (of the weight), `observed`, `expected` (prevalence), `residual` and its `std_error`.
    df_design : PSUs minus strata. flag : "" or why there is no test.
    """

    statistic: float
    df_num: int
    df_den: int
    p_value: float
    table: pd.DataFrame
    df_design: int
    flag: str


def archer_lemeshow(model: Refitted, n_groups: int) -> GoodnessOfFit:
    """Whether mean residuals are zero in groups of like fitted probability and about equal weight.

    Respondents of one fitted probability stay together, so that there may be fewer groups than wanted.

    Parameters
    ----------
    model : binary. n_groups : at least 2; ten by custom.

    Formula      M_g = Σ_g w (y - μ) / Σ_g w;  W = M' V(M)⁻¹ M;  F = (f - G + 2)/(f G) · W on G - 1 and
                 f - G + 2, f = PSUs - strata;  respondents are in group g where the share of weight of
                 lower fitted probability is in [(g-1)/G, g/G)      (methods.md "Fit of a model")
    Source       Archer & Lemeshow (2006); Archer, Lemeshow & Hosmer (2007). Twin: Stata's estat gof after
                 svy: logit.
    """
    data, w = model.data, model.weight
    mu, used = model.mean, np.flatnonzero(data.used)
    group = np.full(len(w), -1, dtype=np.int64)
    group[used] = _groups(mu[used], w[used], n_groups)
    g = int(group.max()) + 1
    inside = (group[used, None] == np.arange(g)) * w[used, None]
    of_group = inside.sum(axis=0)
    residual = data.y - mu
    mean = residual[used] @ inside / of_group
    per_weight = np.zeros((len(w), g))
    per_weight[used, group[used]] = (residual[used] - mean[group[used]]) / of_group[group[used]]
    found = data.covariance(per_weight)
    df = data.df() if found.replicates is None else found.df
    table = pd.DataFrame(
        {
            "group": np.arange(1, g + 1),
            "fitted_low": [float(mu[group == one].min()) for one in range(g)],
            "fitted_high": [float(mu[group == one].max()) for one in range(g)],
            "n": np.bincount(group[used], weights=data.cells.n[used], minlength=g).astype(float),
            "share": of_group / of_group.sum(),
            "observed": data.y[used] @ inside / of_group,
            "expected": mu[used] @ inside / of_group,
            "residual": mean,
            "std_error": np.sqrt(np.diag(found.matrix)),
        }
    )
    flag = _flag(found.matrix, df, table["observed"].to_numpy())
    statistic, p_value = np.nan, np.nan
    if flag in ("", "uniform_group"):
        wald = float(mean @ np.linalg.solve(found.matrix, mean))
        statistic = (df - g + 2) / (df * g) * wald
        p_value = float(special.fdtrc(g - 1, df - g + 2, statistic))
    return GoodnessOfFit(
        statistic=statistic,
        df_num=g - 1,
        df_den=max(df - g + 2, 0),
        p_value=p_value,
        table=table,
        df_design=df,
        flag=flag,
    )


def _groups(mu: Floats, w: Floats, n_groups: int) -> NDArray[np.int64]:
    """Group of each cell, from 0; numbers that nobody has are left out."""
    place, n_places = ranked(mu)
    of_place = np.bincount(place, weights=w, minlength=n_places)
    below = (np.cumsum(of_place) - of_place) / of_place.sum()
    wanted = np.minimum(np.floor(n_groups * below + ROUNDING), n_groups - 1)
    return np.asarray(np.unique(wanted, return_inverse=True)[1].reshape(-1)[place], dtype=np.int64)


def _flag(v: Floats, df: int, observed: Floats) -> str:
    """What keeps the test from being made, or from being trusted; "" if nothing does."""
    if len(v) < 2:
        return "one_group"
    root = np.sqrt(np.diag(v))
    if df < len(v) or not (root > 0).all():
        return "too_few_psu"
    if np.linalg.eigvalsh(v / np.outer(root, root))[0] <= SINGULAR:
        return "too_few_psu"
    return "uniform_group" if ((observed <= 0) | (observed >= 1)).any() else ""
