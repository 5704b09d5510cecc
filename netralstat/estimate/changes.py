"""Change between two survey rounds: of independent samples, and how rounds that share PSUs are stacked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import linalg

from netralstat.design.design import Design
from netralstat.errors import DesignError, EstimationError, UsageError
from netralstat.estimate.contrasts import combined, pairs_matrix
from netralstat.estimate.domain_groups import row_codes
from netralstat.estimate.estimates import Estimates

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Between = Literal["independent"]


def change(earlier: Estimates, later: Estimates, *, covariance: Between | Floats | None = None) -> Estimates:
    """How much each estimate changed from one round to the next, and whether by more than chance.

    Parameters
    ----------
    earlier, later : the same items by the same domains; matched by item, level and domains.
    covariance : "independent" where no PSU was drawn for both rounds, or the covariance of the two, shape
        (k_earlier, k_later). It has no default: rounds that share PSUs vary together, and as if they were
        independent a change has the wrong standard error (for these, `stack` the rounds).

    Returns
    -------
    Estimates
        later minus earlier, one row for each that both have; degrees of freedom add up where the rounds
        are independent, else the smaller ones count.

    Raises
    ------
    UsageError
        `covariance` is not said.
    EstimationError
        The two differ in statistic or domains, have rows that only one of them has, or the covariance has
        the wrong shape.

    Formula      Δ = θ_2 - θ_1;  V(Δ) = V_1 + V_2 - C - C'      (methods.md "Change between rounds")
    Source       Kish (1965); Tam (1984). Twin: survey::svycontrast on the stacked rounds.
    """
    between = _between(earlier, later, covariance)
    _require_alike(earlier, later)
    first, second = _matched(earlier, later)
    k = len(earlier)
    both = linalg.block_diag(earlier.covariance, later.covariance)
    both[:k, k:], both[k:, :k] = between, between.T
    labels = [name for name in ("item", "level", *earlier.by, "contrast") if name in earlier.table]
    table = pd.concat([earlier.table, later.table], ignore_index=True)
    if isinstance(covariance, str):
        df = np.zeros(len(table))
        df[first] = df[k + second] = _added_df(earlier, later, first, second)
        table["df"] = df
    stacked = replace(earlier, table=table, covariance=both)
    matrix = pairs_matrix(k + second, first, len(table))
    told = earlier.table.iloc[first][labels].reset_index(drop=True)
    told["contrast"] = "later − earlier"
    result = combined(stacked, matrix, told)
    told_between = covariance if isinstance(covariance, str) else "given"
    provenance = {"earlier": dict(earlier.provenance), "later": dict(later.provenance)}
    return replace(
        result,
        by=earlier.by,
        provenance={**provenance, "of": earlier.statistic, "covariance": told_between},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StackedRounds:
    """Several rounds as the rows of one survey; `design` names its columns, `wave` the column of rounds."""

    frame: pd.DataFrame
    design: Design
    wave: str


def stack(
    rounds: Mapping[Any, pd.DataFrame], design: Design, *, independent: bool, wave: str = "wave"
) -> StackedRounds:
    """Rounds below each other, so that domains of the column `wave` have the covariance between rounds.

    Parameters
    ----------
    rounds : name of each round -> its respondents (pandas), with the same design columns; other frames are
        stacked where they live (a union of all with a column `wave`), and take the design from here.
    design : the design of each round alone.
    independent : True where every round drew its own PSUs: strata are then rounds × strata. False where
        rounds share PSUs: strata and PSUs keep their names, and a PSU that is in two rounds is one PSU.

    Returns
    -------
    StackedRounds

    Raises
    ------
    UsageError
        There are fewer than two rounds, they are no pandas frames, or the design has columns of replicate
        weights.
    DesignError
        A round lacks a design column or has one called `wave`; or rounds that are to share PSUs name none,
        or share none.

    Notes
    -----
    Calibration after stacking has margins crossed with `wave`. Source: methods.md "Change between rounds".
    """
    if len(rounds) < 2:
        raise UsageError(
            f"{len(rounds)} round was given", where="rounds", do="name at least two rounds of respondents"
        )
    for name, frame in rounds.items():
        _require_round(name, frame, design, wave)
    if design.replicate_columns:
        raise UsageError(
            "replicate weights in columns were made for one round, and tell nothing of two together",
            where="replicates",
            do='estimate each round, and take the change with covariance="independent" or one of your own',
        )
    if not independent:
        _require_overlap(rounds, design)
    frame = pd.concat([part.assign(**{wave: name}) for name, part in rounds.items()], ignore_index=True)
    stratum = (wave, *design.stratum) if independent else design.stratum
    return StackedRounds(frame=frame, design=replace(design, stratum=stratum), wave=wave)


def _between(earlier: Estimates, later: Estimates, covariance: Between | Floats | None) -> Floats:
    shape = (len(earlier), len(later))
    if covariance is None:
        raise UsageError(
            "a change needs to know whether the two rounds share PSUs",
            where="covariance",
            do='give covariance="independent" if they do not; if they do, stack the rounds (estimate.changes'
            ".stack) and take the difference between the domains of the round",
        )
    if isinstance(covariance, str):
        if covariance != "independent":
            raise UsageError(
                f'covariance = "{covariance}" is not known',
                where="covariance",
                do=f'write "independent", or give an array of shape {shape}',
            )
        return np.zeros(shape)
    matrix = np.asarray(covariance, dtype=float)
    if matrix.shape != shape:
        raise EstimationError(
            f"the covariance between the rounds has shape {matrix.shape}",
            where="covariance",
            do=f"give a row for each of the {shape[0]} earlier and a column for each of the {shape[1]} later "
            "estimates",
        )
    return matrix


def _require_alike(earlier: Estimates, later: Estimates) -> None:
    for what in ("statistic", "by"):
        one, other = getattr(earlier, what), getattr(later, what)
        if one != other:
            told = [", ".join(value) if isinstance(value, tuple) else value for value in (one, other)]
            noun = "domains" if what == "by" else what
            raise EstimationError(
                f'the {noun} of the rounds differ: "{told[0]}" and "{told[1]}"',
                where=what,
                do="estimate the same for both rounds",
            )


def _matched(earlier: Estimates, later: Estimates) -> tuple[Rows, Rows]:
    """Rows of the earlier round and those of the later one with the same labels."""
    columns = [name for name in ("item", "level", *earlier.by, "contrast") if name in earlier.table]
    absent = [name for name in columns if name not in later.table]
    if absent:
        raise EstimationError(
            f'the later round has no column "{absent[0]}"',
            where=f"column {absent[0]}",
            do="estimate the same for both rounds",
        )
    labels = pd.concat([earlier.table[columns], later.table[columns]], ignore_index=True)
    codes = row_codes(labels, columns)
    before, after = codes[: len(earlier)], codes[len(earlier) :]
    alone = np.setxor1d(before, after)
    if len(alone) or len(np.unique(before)) < len(before) or len(np.unique(after)) < len(after):
        place = int(np.flatnonzero(np.isin(codes, alone))[0]) if len(alone) else 0
        named = labels.iloc[place]
        raise EstimationError(
            f"{len(alone)} rows are in one round only, of {len(earlier)} earlier and {len(later)} later rows",
            where=", ".join(f"{name} {named[name]}" for name in columns if not pd.isna(named[name])),
            do="select the items, levels and domains that both rounds have, each once",
        )
    order = np.argsort(after)
    return np.arange(len(before)), order[np.searchsorted(after, before, sorter=order)]


def _added_df(earlier: Estimates, later: Estimates, first: Rows, second: Rows) -> Floats:
    before, after = (one.table["df"].to_numpy(dtype=float) for one in (earlier, later))
    added: Floats = before[first] + after[second]
    return added


def _require_round(name: Any, frame: Any, design: Design, wave: str) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(
            f"round {name} is a {type(frame).__name__}, not a pandas DataFrame",
            where=f"round {name}",
            do=f'stack such frames where they live, with a column "{wave}" that names the round',
        )
    absent = [column for column in design.columns if column not in frame]
    if absent:
        raise DesignError(
            f'round {name} has no column "{absent[0]}"',
            where=f"round {name}",
            do="give the design columns the same names in every round",
        )
    if wave in frame:
        raise DesignError(
            f'round {name} has a column "{wave}" of its own',
            where=f"round {name}",
            do="give another name for the column of rounds, wave=…",
        )


def _require_overlap(rounds: Mapping[Any, pd.DataFrame], design: Design) -> None:
    if not design.psu:
        raise DesignError(
            "rounds that share PSUs were announced, and the design names none",
            where="psu",
            do="name the column of PSUs, or of persons where the same persons answered again",
        )
    unit = [*design.stratum, *design.psu]
    drawn = [
        set(frame[unit].drop_duplicates().itertuples(index=False, name=None)) for frame in rounds.values()
    ]
    if not any(drawn[i] & drawn[j] for i in range(len(drawn)) for j in range(i)):
        raise DesignError(
            f"the {len(rounds)} rounds share none of their {sum(map(len, drawn)):,} PSUs",
            where="psu",
            do="write the same PSU ids in every round, or say independent=True",
        )
