"""Base weights from the sampling frame, nonresponse adjustment, and what the weights look like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.errors import DesignError, did_you_mean

Nonresponse = Literal["none", "stratum"]

# Columns that `base_weights` adds to the respondents; the dot keeps them apart from any item.
STRATUM, WEIGHT, FPC = "design.stratum", "design.weight", "design.fpc"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSummary:
    """Spread of a set of weights: `deff_kish` = n Σw² / (Σw)², extremes as ratios to the mean weight.

    `n` respondents whose weights add to `total` persons.
    """

    n: int
    total: float
    deff_kish: float
    smallest: float
    largest: float

    @property
    def ratio(self) -> float:
        """Largest over smallest weight; inf where the smallest is zero or negative."""
        return self.largest / self.smallest if self.smallest > 0 else math.inf

    @property
    def cv(self) -> float:
        """Coefficient of variation of the weights, the root of deff_kish - 1."""
        return math.sqrt(max(self.deff_kish - 1, 0.0))

    @property
    def n_eff(self) -> float:
        """Respondents of equal weight who would say as much of an item that the weights have no part in."""
        return self.n / self.deff_kish


def stage_weights(frame: pd.DataFrame, stages: Sequence[str | tuple[str, str]]) -> pd.Series[float]:
    """Base weight of each row from the sampling fractions of the stages that it was drawn through.

    Parameters
    ----------
    frame : one row a person selected.
    stages : from the first to the last, each a column with the sampling fraction (or selection probability)
        in (0, 1], or a pair of columns: units selected, and units there were to select from.

    Returns
    -------
    Series, the index of `frame`: persons that a person selected stands for.

    Raises
    ------
    DesignError
        A column is absent or has missing values, a fraction is outside (0, 1], or more units were selected
        than there are.

    Formula      w_i = Π_s 1 / f_s(i)
    Source       Horvitz & Thompson (1952); methods.md "Weights".
    """
    if not stages:
        raise DesignError("no stage was named", where="stages", do="name the sampling fraction of each stage")
    weight = np.ones(len(frame))
    for number, stage in enumerate(stages, start=1):
        columns = [stage] if isinstance(stage, str) else list(stage)
        values = [_stage_numbers(frame, column, number) for column in columns]
        fraction = values[0] if len(values) == 1 else values[0] / np.where(values[1] > 0, values[1], np.nan)
        bad = ~((fraction > 0) & (fraction <= 1 + 1e-12))
        if bad.any():
            first = int(np.flatnonzero(bad)[0]) + 1
            raise DesignError(
                f"{int(bad.sum()):,} rows have a sampling fraction outside (0, 1] at stage {number}",
                where=f"stage {number}, {' over '.join(columns)}, first at row {first}",
                do="give the share selected, or the pair (units selected, units in the population)",
            )
        weight /= fraction
    return pd.Series(weight, index=frame.index, name="weight")


def _stage_numbers(frame: pd.DataFrame, column: str, stage: int) -> NDArray[np.float64]:
    if column not in frame.columns:
        raise DesignError(
            f'there is no column "{column}" among the {len(frame.columns)} columns of the sample file',
            where=f"stage {stage}",
            do=f"name an existing column.{did_you_mean(column, map(str, frame.columns))}",
        )
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(values)
    if bad.any():
        raise DesignError(
            f'{int(bad.sum()):,} rows have no number in "{column}"',
            where=f"stage {stage}, first at row {int(np.flatnonzero(bad)[0]) + 1}",
            do="complete the column",
        )
    return values


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
    names = joined_names(frame, keys)
    repeated = names[names.duplicated()]
    if len(repeated):
        raise DesignError(
            f"{len(repeated):,} strata stand twice in the sampling frame",
            where=f"{where}, stratum {repeated.iloc[0]}",
            do="give each stratum one row",
        )
    _require_answers(respondents, keys, where)
    sizes = frame.set_index(names)[[population, selected]].astype(float)
    stratum = joined_names(respondents, keys)
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


def joined_names(table: pd.DataFrame, keys: list[str]) -> pd.Series[str]:
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
