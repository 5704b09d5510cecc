"""Ranks of domains with their uncertainty: which places in a league table the data leave open."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.domain_groups import DomainGroups, domain_groups
from netralstat.estimate.estimates import Estimates, rounded
from netralstat.estimate.rank_pairs import pairs_apart

if TYPE_CHECKING:
    from netralstat.estimate.plot import NotebookFigure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
RankMethod = Literal["kww", "csranks"]
RankAdjustment = Literal["independence", "bonferroni", "none"]

DRAWS = 20_000
# Domains from which the pairs of "csranks" no longer fit into a minute.
MOST_PAIRED = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranks:
    """Ranks and their confidence sets.

    Parameters
    ----------
    table : DataFrame, a row a domain: its labels, `estimate`, `std_error`, `rank` (1 is first; equal
        estimates share the better place), `rank_low` and `rank_high` (the places that the data leave open),
        `n_ranked` (domains in the ranking) and `flag`: "not_ranked" without an estimate, "no_variance"
        without a standard error above zero (any place is open to it).
    over : the domain that is ranked. level : of the whole ranking at once. method, adjust : as asked for.
    highest_first : whether place 1 is the largest estimate.
    """

    table: pd.DataFrame
    over: str
    level: float
    method: RankMethod
    adjust: RankAdjustment
    highest_first: bool

    def to_frame(self) -> pd.DataFrame:
        """The tidy table."""
        return self.table.copy()

    def plot(self) -> NotebookFigure:
        """The places that are open to each domain, one row a domain, the first on top."""
        from netralstat.estimate.plot_kinds import rank_plot

        return rank_plot(self)

    def __repr__(self) -> str:
        return f"{self._headline()}\n{rounded(self.table).to_string(index=False)}"

    def _repr_html_(self) -> str:
        table = rounded(self.table).to_html(index=False, escape=True)
        return f"<p>{escape(self._headline())}</p>{table}"

    def _headline(self) -> str:
        first = "highest" if self.highest_first else "lowest"
        sets = "sets of each by itself" if self.adjust == "none" else "simultaneous sets"
        return f"Ranks by {self.over} (1 = {first}), {100 * self.level:g} % {sets} ({self.method})"


def ranks(
    estimates: Estimates,
    over: str | None = None,
    *,
    level: float | None = None,
    method: RankMethod = "kww",
    adjust: RankAdjustment = "independence",
    highest_first: bool = True,
    draws: int = DRAWS,
    seed: int = 1,
) -> Ranks:
    """Which place each domain takes, and which places the sampling error leaves open to it.

    Parameters
    ----------
    over : the domain that is ranked, within each item, level and the other domains; the only one if
        not named.
    level : of all sets together; that of the estimates if None.
    method : "kww" compares simultaneous intervals of the single estimates; "csranks" tests all pairs with the
        covariance between them, which leaves fewer places open.
    adjust : for the number of domains. "independence" (safe for any correlation of normal estimates,
        by Šidák's inequality), "bonferroni", or "none": each set by itself. With "csranks" the pairs are
        adjusted for together ("independence" and "bonferroni" alike) or each domain's own ("none").
    highest_first : place 1 is the largest estimate.
    draws, seed : of "csranks".

    Returns
    -------
    Ranks
        Domains without an estimate (suppressed, say) are not ranked; the places are those among the others.

    Raises
    ------
    UsageError
        A method, an adjustment or a domain that is not known; a level outside (0, 1); no draws.
    EstimationError
        No domains; fewer than two of them with an estimate; "csranks" of more than 200 domains.

    Formula      L_k = θ_k - c s_k, U_k = θ_k + c s_k; k comes after all j with U_j ≤ L_k, before all with
                 L_j ≥ U_k      (methods.md "Ranks")
    Source       Klein, Wright & Wieczorek (2020); Mogstad, Romano, Shaikh & Wilhelm (2024). Twin: csranks.
    """
    level = estimates.level if level is None else level
    _require(method, adjust, level, draws)
    groups = domain_groups(estimates, over)
    asked = _Asked(
        level=level, method=method, adjust=adjust, highest_first=highest_first, draws=draws, seed=seed
    )
    parts = [_ranked(estimates, groups, place, asked) for place in range(len(groups.rows))]
    return Ranks(
        table=pd.concat(parts, ignore_index=True),
        over=groups.over,
        level=level,
        method=method,
        adjust=adjust,
        highest_first=highest_first,
    )


def kww_bounds(values: Floats, std_error: Floats, critical: Floats | float) -> tuple[Ints, Ints]:
    """Lowest and highest rank (1 = smallest value) by intervals of the single estimates, each of shape (m,).

    An infinite standard error leaves every place open, to that row and beside it.

    Formula      low_k = 1 + #{j ≠ k: U_j ≤ L_k};  high_k = m - #{j ≠ k: L_j ≥ U_k}
    Source       Klein, Wright & Wieczorek (2020), theorem 2.
    """
    low, high = values - critical * std_error, values + critical * std_error
    below = high[None, :] <= low[:, None]
    above = low[None, :] >= high[:, None]
    for apart in (below, above):
        np.fill_diagonal(apart, False)
    return 1 + below.sum(axis=1), len(values) - above.sum(axis=1)


def critical_value(m: int, level: float, df: Floats | float, adjust: RankAdjustment) -> Floats | float:
    """How many standard errors an interval spans on either side, so that all m hold together.

    Formula      α' = α ("none"), α/m ("bonferroni"), 1 - (1 - α)^{1/m} ("independence");
                 c = t_{df, 1 - α'/2}
    """
    alpha = 1 - level
    single = {"none": alpha, "bonferroni": alpha / m, "independence": -np.expm1(np.log(level) / m)}[adjust]
    df = np.asarray(df, dtype=float)
    normal = -special.ndtri(single / 2)
    finite = np.where(np.isfinite(df), df, 1.0)
    found = np.where(np.isfinite(df), -special.stdtrit(finite, single / 2), normal)
    return np.asarray(found, dtype=np.float64) if found.ndim else float(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What `ranks` was asked for."""

    level: float
    method: RankMethod
    adjust: RankAdjustment
    highest_first: bool
    draws: int
    seed: int


def _ranked(estimates: Estimates, groups: DomainGroups, place: int, asked: _Asked) -> pd.DataFrame:
    """The table of one group, the first place on top, domains without an estimate at the end."""
    rows = groups.rows[place]
    table = estimates.table.iloc[rows].reset_index(drop=True)
    values = table["estimate"].to_numpy(dtype=float)
    shown = np.flatnonzero(np.isfinite(values))
    if len(shown) < 2:
        raise EstimationError(
            f"{len(shown)} of {len(rows)} levels of {groups.over} have an estimate; a ranking needs two",
            where=groups.told(place) or f"over {groups.over}",
            do="select the items and levels that have some, or rank a coarser domain",
        )
    std_error = table["std_error"].to_numpy(dtype=float)[shown]
    sure = np.isfinite(std_error) & (std_error > 0)
    towards = -values[shown] if asked.highest_first else values[shown]
    if asked.method == "kww":
        df = np.where(sure, table["df"].to_numpy(dtype=float)[shown], np.inf)
        critical = critical_value(len(shown), asked.level, df, asked.adjust)
        low, high = kww_bounds(towards, np.where(sure, std_error, np.inf), critical)
    else:
        low, high = _paired(estimates, rows[shown], towards, sure, asked)
    found = {name: np.full(len(rows), np.nan) for name in ("rank", "rank_low", "rank_high")}
    found["rank"][shown] = 1 + (towards[None, :] < towards[:, None]).sum(axis=1)
    found["rank_low"][shown], found["rank_high"][shown] = low, high
    flag = np.full(len(rows), "not_ranked", dtype=object)
    flag[shown] = np.where(sure, "", "no_variance")
    labels = [name for name in ("item", "level", *groups.others, "contrast", groups.over) if name in table]
    made = table[[*labels, "estimate", "std_error"]].assign(**found, n_ranked=len(shown), flag=flag)
    made = made.astype(dict.fromkeys(found, "Int64"))
    return made.sort_values("rank", kind="stable", na_position="last")


def _paired(
    estimates: Estimates, rows: Ints, towards: Floats, sure: NDArray[np.bool_], asked: _Asked
) -> tuple[Ints, Ints]:
    """Bounds by the pairs that are apart; a row without a variance is in no pair."""
    if len(rows) > MOST_PAIRED:
        raise EstimationError(
            f"{len(rows)} domains make {len(rows) * (len(rows) - 1) // 2:,} pairs",
            where='method = "csranks"',
            do=f'use method = "kww", or rank at most {MOST_PAIRED} domains',
        )
    use = np.flatnonzero(sure)
    order = np.zeros((len(rows), len(rows)), dtype=np.int64)
    if len(use) > 1:
        covariance = estimates.covariance[np.ix_(rows[use], rows[use])]
        df = float(np.min(estimates.table["df"].to_numpy(dtype=float)[rows[use]]))
        order[np.ix_(use, use)] = pairs_apart(
            towards[use],
            covariance,
            level=asked.level,
            df=df,
            joint=asked.adjust != "none",
            draws=asked.draws,
            seed=asked.seed,
        )
    return 1 + (order == 1).sum(axis=1), len(rows) - (order == -1).sum(axis=1)


def _require(method: str, adjust: str, level: float, draws: int) -> None:
    for name, value, allowed in (
        ("method", method, get_args(RankMethod)),
        ("adjust", adjust, get_args(RankAdjustment)),
    ):
        if value not in allowed:
            raise UsageError(
                f'{name} = "{value}" is not known',
                where=name,
                do=f"choose one of {', '.join(allowed)}.{did_you_mean(value, allowed)}",
            )
    if not 0 < level < 1:
        raise UsageError(
            f"a confidence level of {level:g} is not between 0 and 1", where="level", do="use 0.95"
        )
    if draws < 1 / (1 - level):
        raise UsageError(
            f"{draws:,} draws cannot tell the {100 * level:g} % point of the largest t",
            where="draws",
            do=f"use at least 1,000; {DRAWS:,} are usual",
        )
