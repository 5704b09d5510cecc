"""Do the domains of a table differ at all? Wald tests with the design's degrees of freedom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import linalg, special

from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.contrasts import ZERO_SHARE
from netralstat.estimate.domain_groups import DomainGroups, Rows, domain_groups
from netralstat.estimate.estimates import Estimates, rounded

Floats = NDArray[np.float64]
WaldTest = Literal["adj_wald", "wald"]

METHODS: dict[WaldTest, str] = {"adj_wald": "Adjusted Wald", "wald": "Wald"}
# An eigenvalue of a correlation matrix below this is rounding error of zero.
SINGULAR = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WaldTests:
    """One F test for each item, level and combination of domains that are not compared.

    Parameters
    ----------
    table : DataFrame: labels, `hypothesis`, `statistic` (F), `df_num`, `df_den`, `p_value` and `flag`: ""
        or "singular" (the covariance has no inverse), "no_std_error", "too_few" (not enough domains for the
        hypothesis), "few_df" (more contrasts than degrees of freedom), "boundary" (a domain is exactly 0 or
        1 and is taken to be known without error).
    test : "adj_wald" or "wald".
    """

    table: pd.DataFrame
    test: WaldTest
    provenance: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.table)

    def to_frame(self) -> pd.DataFrame:
        """The tidy table; every print is made from it."""
        return self.table.copy()

    def __repr__(self) -> str:
        return f"{self._headline()}\n{rounded(self.table).to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._headline())}</p>{rounded(self.table).to_html(index=False, escape=True)}"

    def _headline(self) -> str:
        return f"{METHODS[self.test]} F tests, {len(self)} rows"


def equality(estimates: Estimates, over: str | None = None, *, test: WaldTest = "adj_wald") -> WaldTests:
    """Whether all domains are equal or some of them differ.

    Parameters
    ----------
    over : the domain whose levels are compared, within each level of the others; the only one if not named.
    test : "adj_wald" (Korn & Graubard) or "wald".

    Returns
    -------
    WaldTests
        One row an item, level and combination of the other domains.

    Raises
    ------
    UsageError
        `over` or `test` is not known.
    EstimationError
        There are no domains, or more contrasts than degrees of freedom.

    Formula      W = (Cp)'(C V C')⁻¹ Cp;  F = W (ν - q + 1)/(ν q) on (q, ν - q + 1), or W/q on (q, ν)
    Source       Korn & Graubard (1990); methods.md "Tests of domains". Twin: survey::regTermTest.
    """
    groups = domain_groups(estimates, over)
    return domain_tests(
        estimates, groups, lambda rows: _differences(len(rows)), f"{groups.over}: all equal", test
    )


def domain_tests(
    estimates: Estimates,
    groups: DomainGroups,
    hypothesis: Callable[[Rows], Floats],
    told: str,
    test: WaldTest,
    *,
    refuse: bool = True,
) -> WaldTests:
    """Wald tests that the contrasts of each group's rows are all zero.

    Parameters
    ----------
    hypothesis : rows (m,) of a group -> contrasts, shape (q, m); q = 0 is flagged "too_few".
    refuse : whether more contrasts than degrees of freedom raise, or are flagged "few_df".
    """
    if test not in get_args(WaldTest):
        raise UsageError(
            f'test = "{test}" is not known',
            where="test",
            do=f"choose one of {', '.join(get_args(WaldTest))}.{did_you_mean(test, get_args(WaldTest))}",
        )
    columns = estimates.table
    value, df, flag = (columns[name].to_numpy() for name in ("estimate", "df", "flag"))
    found = []
    for i, rows in enumerate(groups.rows):
        contrasts = hypothesis(rows)
        nu = float(df[rows].min())
        if len(contrasts) > nu and refuse:
            raise EstimationError(
                f"the test compares {len(contrasts)} contrasts of {len(rows)} domains, and the design has "
                f"{nu:.0f} degrees of freedom",
                where=groups.told(i),
                do="merge domains, or compare them one by one",
            )
        covariance = estimates.covariance[np.ix_(rows, rows)]
        found.append(_wald(value[rows].astype(float), covariance, contrasts, nu, test))
        if not found[-1]["flag"] and (flag[rows] == "boundary").any():
            found[-1]["flag"] = "boundary"
    table = groups.labels.assign(hypothesis=told)
    for name in ("statistic", "df_num", "df_den", "p_value", "flag"):
        table[name] = [one[name] for one in found]
    return WaldTests(table=table, test=test, provenance={**estimates.provenance, "of": estimates.statistic})


def _wald(value: Floats, covariance: Floats, contrasts: Floats, nu: float, test: WaldTest) -> dict[str, Any]:
    q = len(contrasts)
    denominator = nu - q + 1 if test == "adj_wald" else nu
    if q > nu:
        return {"statistic": np.nan, "df_num": q, "df_den": np.nan, "p_value": np.nan, "flag": "few_df"}
    result = {"statistic": np.nan, "df_num": float(q), "df_den": denominator, "p_value": np.nan}
    if q == 0:
        return {**result, "flag": "too_few"}
    if not (np.isfinite(value).all() and np.isfinite(covariance).all()):
        return {**result, "flag": "no_std_error"}
    distance, spread = contrasts @ value, contrasts @ covariance @ contrasts.T
    variance = np.diag(spread)
    if (variance <= ZERO_SHARE * ((contrasts**2) @ np.diag(covariance))).any():
        return {**result, "flag": "singular"}
    scale = np.sqrt(variance)
    correlation = spread / np.outer(scale, scale)
    if linalg.eigvalsh(correlation)[0] < SINGULAR:
        return {**result, "flag": "singular"}
    standard = distance / scale
    statistic = float(standard @ linalg.solve(correlation, standard, assume_a="pos")) / q * denominator / nu
    p_value = float(special.fdtrc(q, denominator, statistic))
    return {**result, "statistic": statistic, "p_value": p_value, "flag": ""}


def _differences(m: int) -> Floats:
    """Each of m domains but the first, minus the first: shape (m - 1, m)."""
    return np.hstack([-np.ones((m - 1, 1)), np.eye(m - 1)]) if m else np.zeros((0, 0))
