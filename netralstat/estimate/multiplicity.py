"""p-values of several comparisons, adjusted so that the family keeps its error rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.errors import UsageError, did_you_mean

Floats = NDArray[np.float64]
Adjustment = Literal["holm", "bh", "fdr_bh", "none"]


def require_adjustment(adjust: str) -> None:
    """Raise `UsageError` for an adjustment that is not known."""
    allowed = get_args(Adjustment)
    if adjust not in allowed:
        raise UsageError(
            f'adjust = "{adjust}" is not known',
            where="adjust",
            do=f"choose one of {', '.join(allowed)}.{did_you_mean(adjust, allowed)}",
        )


def adjusted(p_values: Floats, adjust: Adjustment) -> Floats:
    """p-values of one family of comparisons, allowing for their number.

    Parameters
    ----------
    p_values : shape (m,), in [0, 1]; NaN where nothing was tested, which stays and is not counted.
    adjust : "holm" keeps the chance of any false finding, "bh" (or "fdr_bh") the expected share of false
        ones among the findings; "none" leaves the p-values.

    Raises
    ------
    UsageError
        The adjustment is not known.

    Formula      holm: max_{k ≤ j} min(1, (m - k + 1) p_(k));  bh: min_{k ≥ j} min(1, m p_(k)/k)
    Source       Holm (1979); Benjamini & Hochberg (1995), by statsmodels. Twin: p.adjust.
    """
    require_adjustment(adjust)
    result = np.array(p_values, dtype=float)
    tested = np.isfinite(result)
    if adjust == "none" or not tested.any():
        return result
    if adjust == "holm":
        result[tested] = _holm(result[tested])
        return result
    from statsmodels.stats.multitest import multipletests  # takes seconds to import

    result[tested] = multipletests(result[tested], method="fdr_bh")[1]
    return result


def adjusted_within(table: pd.DataFrame, families: Sequence[str], adjust: Adjustment) -> Floats:
    """`adjusted` p_value of the table's rows, those alike in the columns `families` being one family."""
    require_adjustment(adjust)
    p_values = table["p_value"].to_numpy(dtype=float)
    result = p_values.copy()
    grouped = table.groupby(list(families), sort=False, dropna=False).indices if families else {"": None}
    for rows in grouped.values():
        here = slice(None) if rows is None else rows
        result[here] = adjusted(p_values[here], adjust)
    return result


def _holm(p_values: Floats) -> Floats:
    """Holm's step-down, as statsmodels' `multipletests` gives it, without its import."""
    order = np.argsort(p_values)
    stepped = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    result = np.empty_like(p_values)
    result[order] = np.minimum(stepped, 1.0)
    return result
