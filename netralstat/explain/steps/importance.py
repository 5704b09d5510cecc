"""Importance: how a model's fit divides among its terms, whatever their order of entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.design.replicates.cells import replicate_cells
from netralstat.design.replicates.plan import DRAWN, ReplicatePlan
from netralstat.design.replicates.replicates import Replicates
from netralstat.design.replicates.variance import covariance_of
from netralstat.errors import UsageError, did_you_mean
from netralstat.estimate.estimates import rounded
from netralstat.explain.families import BINARY, Family
from netralstat.explain.model_data import model_data
from netralstat.explain.regression import require_level
from netralstat.explain.replicate_fits import replicate_patterns
from netralstat.explain.steps.dominance import (
    complete_dominance,
    conditional_dominance,
    conditional_gains,
    general_dominance,
    general_shares,
    ranks,
)
from netralstat.explain.steps.players import full_model, named_players, players_of
from netralstat.explain.steps.shared_data import require_glm
from netralstat.explain.steps.subset_fits import Worth, in_blocks, subset_fits

Floats = NDArray[np.float64]
Measure = Literal["nagelkerke", "mcfadden", "cox_snell", "tjur", "r2"]
Intervals = Literal["bootstrap", "none"]

N_REPLICATES = 200
MEASURES: dict[str, tuple[Measure, ...]] = {
    **dict.fromkeys(BINARY, ("nagelkerke", "mcfadden", "cox_snell", "tjur")),
    "linear": ("r2",),
    "poisson": ("r2", "nagelkerke", "cox_snell"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Importance:
    """How the fit of a model divides among its terms.

    Attributes
    ----------
    table : a row a term or group, the largest first: `term`, `alone` (its measure as the only one), `last`
        (what it adds to all others), `share` (general dominance, which add to `explained`), `share_of_total`
        (which add to 1), `rank`; with intervals `std_error`, `conf_low`, `conf_high` of the share,
        `total_low`, `total_high` of the share of the total, `rank_low`, `rank_high`.
    conditional : a row a term: mean gain when so many others are in, 0 … k - 1.
    dominance : a row an ordered pair `first`, `second`: `complete`, `conditional` and `general` dominance, 1
        where the first dominates, 0 where the second, 0.5 where neither; with intervals `reproducibility`,
        the share of replicates in which the general one comes out alike.
    explained : the measure of the full model.
    """

    table: pd.DataFrame
    conditional: pd.DataFrame
    dominance: pd.DataFrame
    formula: str
    family: Family
    measure: Measure
    explained: float
    n: int
    n_incomplete: int
    level: float
    replicates: Mapping[str, Any] | None

    def to_frame(self) -> pd.DataFrame:
        """The tidy table of shares."""
        return self.table.copy()

    def __repr__(self) -> str:
        return f"{self._headline()}\n{rounded(self.table).to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._headline())}</p>{rounded(self.table).to_html(index=False, escape=True)}"

    def _headline(self) -> str:
        drawn = "" if self.replicates is None else f", {self.replicates['n']:,} bootstrap replicates"
        return (
            f"{self.formula} ({self.family}): {self.measure} {self.explained:.4f} divided by general "
            f"dominance, n = {self.n:,}{drawn}. Association, not effect."
        )


def importance(
    frame: Any,
    design: Design,
    formula: str,
    *,
    family: Family = "logit",
    measure: Measure | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    intervals: Intervals = "bootstrap",
    n: int | None = None,
    seed: int | None = None,
    level: float = 0.95,
    calibration: Calibration | None = None,
) -> Importance:
    """How much of what a model explains goes with each of its terms.

    Parameters
    ----------
    formula, family : as for `regress`, with an intercept.
    measure : what is divided; "nagelkerke" if None, "r2" of a linear model.
    groups : name -> terms that enter together; a term in no group is on its own.
    intervals : "bootstrap" (percentiles over replicates) or "none".
    n, seed : replicates (200) and what their draws start from; of a survey that has bootstrap replicates
        these are used, and neither is given.

    Raises
    ------
    UsageError
        More than twelve terms and groups, a group of unknown terms, an interaction apart from its parts, a
        measure that the family does not have, no seed.
    EstimationError
        As `regress`; or a subset does not settle in some replicate.

    Formula      share_i = Σ_{S without i} |S|! (k - |S| - 1)!/k! (R²(S + i) - R²(S))
    Source       Budescu (1993); Azen & Budescu (2003); Azen & Traxel (2009). Twin: relaimpo (lmg).
                 (methods.md "Relative importance")
    """
    require_glm(family, "shares of importance")
    require_level(level)
    chosen = _measure(measure, family)
    drawn = _with_replicates(design, intervals, n, seed)
    where = f"formula {formula}"
    data = model_data(frame, drawn, formula, calibration)
    named = named_players(data, chosen, groups or {})
    beta = full_model(data, family, where)
    kind: Worth = "tjur" if chosen == "tjur" else "deviance"
    replicates, every = None, None
    if drawn.replicates is None:
        at, weights = np.flatnonzero(data.used), data.w[data.used]
    else:
        made = replicate_cells(data.respondents.units, drawn.replicates, data.respondents.calibrated)
        patterns = replicate_patterns(data.respondents, made, data.used)
        at, weights, replicates = patterns.first, patterns.weights, made.replicates
    players = players_of(data, at, family, named)
    fits = subset_fits(players, weights[None, :], kind, where, {(1 << len(named)) - 1: beta})
    worth = _measured(fits.worth, chosen)[0]
    if replicates is not None:
        found = [
            subset_fits(players, patterns.of_replicates(*block), kind, where, fits.beta).worth
            for block in in_blocks(replicates.n, len(at))
        ]
        every = _measured(np.vstack(found), chosen)
    return Importance(
        table=_table(list(named), worth, every, replicates, level),
        conditional=_conditional(list(named), worth),
        dominance=_dominance(list(named), worth, every),
        formula=formula,
        family=family,
        measure=chosen,
        explained=float(worth[-1]),
        n=data.n,
        n_incomplete=data.n_incomplete,
        level=level,
        replicates=None if replicates is None else replicates.told,
    )


def _measure(measure: str | None, family: Family) -> Measure:
    allowed = MEASURES[family]
    if measure is None:
        return allowed[0]
    for known in allowed:
        if measure == known:
            return known
    raise UsageError(
        f'a {family} model has no measure "{measure}" that could be divided',
        where="measure",
        do=f"choose one of {', '.join(allowed)}.{did_you_mean(measure, allowed)}",
    )


def _with_replicates(design: Design, intervals: str, n: int | None, seed: int | None) -> Design:
    """The design whose replicates give the intervals; without any where there are to be none."""
    if intervals not in get_args(Intervals):
        raise UsageError(
            f'intervals = "{intervals}" is not known', where="intervals", do='choose "bootstrap" or "none"'
        )
    plan = design.replicates
    if intervals == "none":
        if n is not None or seed is not None:
            raise UsageError(
                "n= and seed= are for replicates, and none are asked for",
                where="intervals",
                do='leave them out, or take intervals="bootstrap"',
            )
        return design.linearised
    if plan is None:
        count = N_REPLICATES if n is None else n
        return replace(design, replicates=ReplicatePlan(kind="bootstrap", n=count, seed=seed))
    if plan.kind not in DRAWN:
        raise UsageError(
            f"the percentiles of {plan.kind} replicates are no interval; those of a bootstrap are",
            where="intervals",
            do='ask the survey without replicates, or with those of a bootstrap, or take intervals="none"',
        )
    if n is not None or seed is not None:
        raise UsageError(
            f"the survey has {plan.kind} replicates already, with n and a seed of their own",
            where="n, seed",
            do="leave them out, or ask the survey without replicates",
        )
    return design


def _measured(worth: Floats, measure: Measure) -> Floats:
    """The measure of every subset (R, 2^k) from mean deviances; Tjur's coefficient is one already."""
    if measure == "tjur":
        return worth
    null = worth[:, :1]
    if measure in ("mcfadden", "r2"):
        return np.asarray(1 - worth / null)
    cox_snell = -np.expm1(worth - null)
    return np.asarray(cox_snell if measure == "cox_snell" else cox_snell / -np.expm1(-null))


def _table(
    names: Sequence[str], worth: Floats, every: Floats | None, replicates: Replicates | None, level: float
) -> pd.DataFrame:
    """A row a player, the largest share first."""
    k = len(names)
    share, single = general_shares(worth), 1 << np.arange(k)
    total = worth[-1] - worth[0]
    columns: dict[str, Any] = {
        "term": names,
        "alone": worth[single] - worth[0],
        "last": worth[-1] - worth[len(worth) - 1 - single],
        "share": share,
        "share_of_total": share / total,
        "rank": ranks(share),
    }
    if every is not None and replicates is not None:
        tails = [(1 - level) / 2, (1 + level) / 2]
        shares = general_shares(every)
        of_total = shares / (every[:, -1:] - every[:, :1])
        columns["std_error"] = np.sqrt(np.diag(covariance_of(shares, share, replicates)))
        columns["conf_low"], columns["conf_high"] = np.quantile(shares, tails, axis=0)
        columns["total_low"], columns["total_high"] = np.quantile(of_total, tails, axis=0)
        low, high = np.quantile(ranks(shares), tails, axis=0, method="inverted_cdf")
        columns["rank_low"], columns["rank_high"] = low.astype(np.int64), high.astype(np.int64)
    table = pd.DataFrame(columns)
    return table.sort_values("share", ascending=False, kind="stable", ignore_index=True)


def _conditional(names: Sequence[str], worth: Floats) -> pd.DataFrame:
    gains = pd.DataFrame(conditional_gains(worth), columns=[str(s) for s in range(len(names))])
    gains.insert(0, "term", list(names))
    return gains


def _dominance(names: Sequence[str], worth: Floats, every: Floats | None) -> pd.DataFrame:
    """A row an ordered pair."""
    kinds = {
        "complete": complete_dominance(worth),
        "conditional": conditional_dominance(worth),
        "general": general_dominance(worth),
    }
    if every is not None:
        shares = general_shares(every)
        apart = shares[:, :, None] - shares[:, None, :]
        verdict = np.where(apart > 0, 1.0, np.where(apart < 0, 0.0, 0.5))
        kinds["reproducibility"] = (verdict == kinds["general"]).mean(axis=0)
    pairs = [(i, j) for i in range(len(names)) for j in range(len(names)) if i != j]
    table = pd.DataFrame([(names[i], names[j]) for i, j in pairs], columns=["first", "second"])
    for kind, matrix in kinds.items():
        table[kind] = [matrix[i, j] for i, j in pairs]
    return table
