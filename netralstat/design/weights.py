"""Base weights from the sampling frame, nonresponse adjustment, and what the weights look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.errors import DesignError

Nonresponse = Literal["none", "stratum"]

# Columns that `base_weights` adds to the respondents; the dot keeps them apart from any item.
STRATUM, WEIGHT, FPC = "design.stratum", "design.weight", "design.fpc"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSummary:
    """Spread of a set of weights: `deff_kish` = n Σw² / (Σw)², extremes as ratios to the mean weight."""

    n: int
    total: float
    deff_kish: float
    smallest: float
    largest: float


def base_weights(
    respondents: pd.DataFrame,
    frame: pd.DataFrame,
    *,
    keys: Sequence[str],
    population: str,
    selected: str,
    nonresponse: Nonresponse = "stratum",
    where: str = "design.frame",
) -> pd.DataFrame:
    """Weight of each respondent from the sampling fraction of the stratum.

    Parameters
    ----------
    respondents : one row a respondent, with the `keys` columns.
    frame : one row a stratum, with `keys`, `population` (N_h, persons) and `selected` (persons drawn).
    nonresponse : "stratum" multiplies by selected/responded within the stratum (respondents of a stratum
        stand for its nonrespondents); "none" leaves N_h / selected.

    Returns
    -------
    DataFrame with the respondents' index and the columns `design.stratum`, `design.weight`, `design.fpc`.

    Raises
    ------
    DesignError
        A respondent's stratum is not in the frame, a stratum with a population has no respondents, or
        more responded than were selected.

    Notes
    -----
    w = N_h / m_h · m_h / r_h; Lohr (2022), ch. 3 and 8; methods.md "Weights".
    """
    keys = list(keys)
    names = _joined(frame, keys)
    repeated = names[names.duplicated()]
    if len(repeated):
        raise DesignError(
            f"{len(repeated):,} strata stand twice in the sampling frame",
            where=f"{where}, stratum {repeated.iloc[0]}",
            do="give each stratum one row",
        )
    _require_answers(respondents, keys, where)
    sizes = frame.set_index(names)[[population, selected]].astype(float)
    stratum = _joined(respondents, keys)
    outside = ~stratum.isin(sizes.index)
    if outside.any():
        raise DesignError(
            f"{int(outside.sum()):,} respondents belong to {stratum[outside].nunique():,} strata that the "
            "sampling frame does not have",
            where=f"{where}, first at accepted row {int(np.flatnonzero(outside)[0]) + 1}",
            do=f"add those strata to the frame, or correct {' and '.join(keys)} of those respondents",
        )
    responded = stratum.value_counts().reindex(sizes.index).fillna(0)
    silent = sizes.index[(responded == 0) & (sizes[population] > 0)]
    if len(silent):
        raise DesignError(
            f"{len(silent):,} of {len(sizes):,} strata have a population but no respondents",
            where=f"{where}, stratum {silent[0]}",
            do="merge each with a neighbouring stratum in the frame",
        )
    over = sizes.index[responded > sizes[selected]]
    if len(over):
        raise DesignError(
            f"{len(over):,} strata have more respondents than persons selected",
            where=f"{where}, stratum {over[0]}",
            do="correct the number selected in the frame",
        )
    divisor = responded if nonresponse == "stratum" else sizes[selected]
    weight = sizes[population] / divisor
    return pd.DataFrame(
        {
            STRATUM: stratum,
            WEIGHT: stratum.map(weight).astype(float),
            FPC: stratum.map(sizes[population]).astype(float),
        }
    )


def _joined(table: pd.DataFrame, keys: list[str]) -> pd.Series[str]:
    """Name of the stratum of each row: its keys joined by a cross."""
    name = table[keys[0]].astype(str)
    for key in keys[1:]:
        name = name + " × " + table[key].astype(str)
    return name


def _require_answers(respondents: pd.DataFrame, keys: list[str], where: str) -> None:
    for key in keys:
        empty = respondents[key].isna()
        if empty.any():
            raise DesignError(
                f'{int(empty.sum()):,} respondents have no "{key}", so their stratum is unknown',
                where=f"{where}, first at accepted row {int(np.flatnonzero(empty)[0]) + 1}",
                do=f'reject those rows, or recover "{key}" from the sampling list',
            )


def summarise_weights(
    n: NDArray[np.float64], w_sum: NDArray[np.float64], w2_sum: NDArray[np.float64]
) -> WeightSummary:
    """Kish's deff and the extremes, from cell sums (Kish 1992; methods.md "Weights").

    Extremes are cell averages w_sum / n, so cells should be keyed by all that tells weights apart.
    """
    total, count = float(w_sum.sum()), float(n.sum())
    each = w_sum[n > 0] / n[n > 0]
    mean = total / count
    return WeightSummary(
        n=int(count),
        total=total,
        deff_kish=count * float(w2_sum.sum()) / total**2,
        smallest=float(each.min()) / mean,
        largest=float(each.max()) / mean,
    )
