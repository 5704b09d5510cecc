"""What is too uncertain to print, or to be printed with a mark: two published standards.

nchs    proportions by the presentation standards of the National Center for Health Statistics (Parker et al.
        2017): not shown if n or effective n is below 30, if the interval is at least 30 points wide, or wider
        than 5 points and wider than 130 % of the estimate, or if there is none. Shown with a mark
        (`few_df`) if fewer than 8 degrees of freedom stand behind it, which a statistician should review
bps     the relative standard errors of Statistics Indonesia (BPS), of every kind of estimate: above 50 % not
        shown, above 25 % shown with a mark (`caution`)
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Reliability = Literal["nchs", "bps"]
UNRELIABLE, CAUTION, FEW_DF = "unreliable", "caution", "few_df"
MARKED_FLAGS = (CAUTION, FEW_DF)

RELIABLE_N = 30
WIDEST = 0.30
NARROW = 0.05
WIDEST_RELATIVE = 1.30
REVIEWED_DF = 8
CAUTIOUS_RSE, LARGEST_RSE = 0.25, 0.50


def reliability_flags(frame: pd.DataFrame, statistic: str, standard: Reliability) -> NDArray[np.object_]:
    """``"unreliable"``, ``"caution"``, ``"few_df"`` or ``""`` of each row of a tidy table.

    Parameters
    ----------
    frame : DataFrame
        With ``estimate``, ``std_error``, ``conf_low``, ``conf_high``, ``df``, ``n`` and ``n_eff``.
    statistic : str
        What the estimates are; the NCHS standards are for "prevalence" only.
    standard : str
        ``"nchs"`` or ``"bps"``.
    """
    flag = np.full(len(frame), "", dtype=object)
    estimate = frame["estimate"].to_numpy(dtype=float)
    if standard == "bps":
        error = frame["std_error"].to_numpy(dtype=float)
        relative = relative_standard_error(estimate, error)
        flag[relative > CAUTIOUS_RSE] = CAUTION
        flag[~(relative <= LARGEST_RSE) & ~np.isnan(estimate)] = UNRELIABLE
    elif statistic == "prevalence":
        width = (frame["conf_high"] - frame["conf_low"]).to_numpy(dtype=float)
        wide = (width >= WIDEST) | ((width > NARROW) & (width > WIDEST_RELATIVE * estimate))
        few = frame[["n", "n_eff"]].to_numpy(dtype=float).min(axis=1) < RELIABLE_N
        flag[frame["df"].to_numpy(dtype=float) < REVIEWED_DF] = FEW_DF
        flag[wide | few | (np.isnan(width) & ~np.isnan(estimate))] = UNRELIABLE
    return flag


def relative_standard_error(
    estimate: NDArray[np.float64], std_error: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Standard error over the estimate's size; infinite or NaN where the estimate is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(std_error / np.abs(estimate))
