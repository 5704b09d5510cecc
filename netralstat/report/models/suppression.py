"""Which rows of a model's table rest on too few respondents to print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from netralstat.report.suppression import DISCLOSURE_FLAGS

# What a row keeps: what it is about. Everything else is a number that the few respondents made.
KEPT = ("term", "variable", "level", "outcome_level", "reference")


def few_respondents(row: Mapping[str, Any], min_respondents: int) -> str:
    """Why a row of `Model.to_frame()` may not be printed, "" where it may.

    `suppressed_n`: fewer respondents than `min_respondents` have its level; `suppressed_numerator`: fewer
    have a 0/1 outcome, or fewer have it not, among those with the level of a factor.
    """
    n = float(row["n"])
    if n < min_respondents:
        return "suppressed_n"
    yes = float(row.get("n_yes", np.nan))
    return "suppressed_numerator" if min(yes, n - yes) < min_respondents else ""


def suppress_coefficients(table: pd.DataFrame, min_respondents: int) -> pd.DataFrame:
    """A model's table without the numbers of rows that rest on few respondents.

    Parameters
    ----------
    table : DataFrame
        `Model.to_frame()`.
    min_respondents : int
        Smallest number of respondents of a printed row, and of those with and without a 0/1 outcome.

    Returns
    -------
    DataFrame
        The same rows without `n_yes`; ``flag`` is the reason where numbers were blanked, else what it was.
    """
    rows = zip(table["n"], table["n_yes"] if "n_yes" in table else [np.nan] * len(table), strict=True)
    reasons = [few_respondents({"n": n, "n_yes": yes}, min_respondents) for n, yes in rows]
    few = pd.Series(reasons, index=table.index, dtype=object)
    flag = few.mask(few == "", table["flag"].fillna("") if "flag" in table else "")
    hidden = table.drop(columns=["n_yes", "flag"], errors="ignore")
    numbers = [column for column in hidden.columns if column not in KEPT]
    hidden[numbers] = hidden[numbers].mask(flag.isin(DISCLOSURE_FLAGS))
    return hidden.assign(flag=flag)
