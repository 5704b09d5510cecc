"""Replicates: jackknife, bootstrap and balanced half-samples of the PSUs, made here from the design."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from netralstat.design.design import LonelyPsu
from netralstat.design.replicates.factors import Deletion, Factors, Given, Halving, Resampling, Units
from netralstat.design.replicates.multistage import HalfSampling
from netralstat.design.replicates.plan import N_BOOTSTRAP, Kind, ReplicatePlan, scale_of_columns
from netralstat.errors import DesignError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# A column of replicate weights of which less than this share is its own depends on the others: R's tolerance.
OWN_SHARE = 1e-5
# Where factors are few, their rank is counted; in larger designs chance does not lower it.
COUNTED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicates:
    """Replicates of a design, in terms of its units.

    `factors` tells what each of the `n` replicates makes of the units' weights; `counts` (n,) how many
    replicates are like it (persons who are alike, each left out in turn). The covariance is scale ·
    Σ rscales (θ_r - θ)(θ_r - θ)', θ the mean of the replicates or, with `mse`, the full sample's.
    """

    plan: ReplicatePlan
    factors: Factors
    scale: float
    rscales: Floats
    counts: Floats
    df: int

    @property
    def kind(self) -> Kind:
        """How the replicates were made."""
        return self.plan.kind

    @property
    def n(self) -> int:
        """Number of distinct replicates."""
        return self.factors.n

    @property
    def told(self) -> dict[str, Any]:
        """How the replicates were made and added up, for the provenance of numbers."""
        plan, spread = self.plan, np.unique(self.rscales)
        return {
            "kind": plan.kind,
            "n": int(self.counts.sum()),
            "seed": plan.seed,
            "rho": plan.rho,
            "mse": plan.mse,
            "columns": len(plan.columns),
            "scale": self.scale,
            "rscales": [float(spread[0]), float(spread[-1])],
            "df": self.df,
        }

    def __repr__(self) -> str:
        spread = np.unique(self.rscales)
        rscales = f"{spread[0]:.6g}" if len(spread) == 1 else f"{spread[0]:.6g} to {spread[-1]:.6g}"
        n = f"{self.counts.sum():,.0f} replicates"
        centre = "the full sample" if self.plan.mse else "their mean"
        return (
            f"Replicates({self.plan!r}: {n} about {centre}, scale {self.scale:.6g}, rscales {rscales}, "
            f"{self.df} df)"
        )

    def totals(self, totals: Floats | sparse.sparray) -> Floats:
        """Replicate totals, shape (n, k), from the totals of the units, shape (n_units, k)."""
        of_units = sparse.csr_array(totals)
        return np.asarray(of_units.sum(axis=0)) + self.factors.changes(of_units, 0, self.n)


def make_replicates(
    units: Units,
    plan: ReplicatePlan,
    *,
    second: Units | None = None,
    lonely_psu: LonelyPsu = "error",
    name: Callable[[int], str] = str,
    second_name: Callable[[int], str] = str,
) -> Replicates:
    """Replicates of a sample of PSUs (persons), each a factor of every PSU's weights.

    Parameters
    ----------
    units : the PSUs with their strata, or groups of persons who are alike where persons were drawn.
    plan : which replicates; it names no columns.
    second : units of the second stage within each PSU, which is their stratum; for "multistage" alone.
    lonely_psu : what a stratum with one PSU contributes: nothing under "certainty" and "remove"; under
        "average" the mean of the others; under "adjust" (jackknife only) a replicate without the stratum.
    name, second_name : words for a stratum and for a PSU, told in errors.

    Returns
    -------
    Replicates

    Raises
    ------
    DesignError
        A stratum has one PSU under lonely_psu = "error"; "JK1" of several strata; "BRR" or "Fay" of strata
        that have not two PSUs; a second stage that these replicates would leave out; a complete sample.

    Notes
    -----
    Formula      methods.md "Replicates".
    Source       Rao, Wu & Yue (1992); Preston (2009); McCarthy (1969); Judkins (1990); Wolter (2007).
    Twin: survey::as.svrepdesign(type = "JK1" | "JKn" | "subbootstrap" | "mrbbootstrap" | "BRR" | "Fay").
    """
    alone = (units.n_psu == 1) & (units.outside > 0)
    _require_rule(units, plan, lonely_psu, name)
    if second is not None:
        _require_rule(second, plan, lonely_psu, second_name)
    if second is not None and plan.kind != "multistage":
        raise DesignError(
            f"{plan.kind} replicates leave PSUs out or draw them again, and would miss the second stage",
            where="replicates",
            do='use "multistage", or name the fpc of the first stage only',
        )
    varies = ((units.n_psu > 1) & (units.outside > 0)).any()
    if not varies and (second is None or not ((second.n_psu > 1) & (second.outside > 0)).any()):
        raise DesignError(
            "every stratum was sampled completely or has a single PSU, so no replicate differs",
            where="design",
            do="check the fpc and the strata; a census has no sampling error",
        )
    if plan.kind in ("JK1", "JKn"):
        return _jackknife(units, plan, lonely_psu, alone)
    if plan.kind == "bootstrap":
        return _bootstrap(units, plan, lonely_psu, alone)
    if plan.kind == "multistage":
        return _multistage(units, second, plan)
    return _half_samples(units, plan, name)


def given_replicates(weights: Floats, full: Floats, plan: ReplicatePlan, df: int) -> Replicates:
    """Replicates that a data producer has made, from what their columns add up to.

    Parameters
    ----------
    weights : (n_units, n), the replicate weights of each unit; `full` (n_units,) its weight.
    plan : names the columns and their scale; `df` is used where the plan tells none.

    Raises
    ------
    DesignError
        Somebody weighs nothing in the full sample, and something in a replicate.
    """
    n = weights.shape[1]
    stray = (full <= 0) & (weights > 0).any(axis=1)
    if stray.any():
        raise DesignError(
            f"{int(stray.sum()):,} groups of respondents have replicate weights but a weight of zero",
            where="replicates",
            do="give them the weight that their replicate weights belong to, or 0 in every replicate",
        )
    ratio = weights / np.where(full > 0, full, 1.0)[:, None]
    rscales = np.ones(n) if plan.rscales is None else np.asarray(plan.rscales, dtype=float)
    return Replicates(
        plan=plan,
        factors=Given(factors=np.ascontiguousarray(ratio.T)),
        scale=scale_of_columns(plan, n),
        rscales=rscales,
        counts=np.ones(n),
        df=plan.df if plan.df is not None else df,
    )


def weight_rank(weights: Floats) -> int:
    """Rank of replicate weights (n_rows, n) as R counts it: columns that the others do not add up to.

    Twin: qr(weights, tol = 1e-5)$rank in survey::degf. The degrees of freedom are the rank minus 1.
    """
    return gram_rank(weights.T @ weights)


def gram_rank(gram: Floats) -> int:
    """Rank of replicate weights W from W'W, shape (n, n)."""
    length = np.sqrt(np.diag(gram))
    root = np.where(length > 0, length, 1.0)
    _, _, rank, _ = linalg.lapack.dpstrf(gram / np.outer(root, root), tol=OWN_SHARE**2)
    return int(rank)


def _jackknife(
    units: Units, plan: ReplicatePlan, lonely_psu: LonelyPsu, alone: NDArray[np.bool_]
) -> Replicates:
    """Leave out one PSU after the other: scale (1 - f)(n - 1)/n, or that as rscales of each stratum."""
    n, h = units.n_psu, units.n_strata
    if plan.kind == "JK1" and h > 1:
        raise DesignError(
            f"JK1 is a jackknife without strata, and the design has {h:,}",
            where="replicates",
            do='use "JKn"',
        )
    unit = np.flatnonzero(((n > 1) & (units.outside > 0))[units.stratum])
    left_out = alone if lonely_psu == "adjust" else np.zeros(h, dtype=bool)
    lonely = np.flatnonzero(left_out[units.stratum])
    per_stratum = units.outside * (n - 1) / n
    rscales = np.concatenate([per_stratum[units.stratum[unit]], np.full(len(lonely), (h - 1) / h)])
    scale = 1.0
    if lonely_psu == "average" and alone.any():
        scale = float(n.sum() / (n.sum() - alone.sum()))
    if plan.kind == "JK1":
        scale, rscales = float(per_stratum[0]), np.ones(len(unit))
    return Replicates(
        plan=plan,
        factors=Deletion(units=units, unit=unit, lonely=lonely),
        scale=scale,
        rscales=rscales,
        counts=np.concatenate([units.size[unit], np.ones(len(lonely))]),
        df=_free(units) + len(lonely),
    )


def _bootstrap(
    units: Units, plan: ReplicatePlan, lonely_psu: LonelyPsu, alone: NDArray[np.bool_]
) -> Replicates:
    assert plan.seed is not None
    n = plan.n if plan.n is not None else N_BOOTSTRAP
    factors = Resampling(units=units, n_draws=n, seed=plan.seed)
    scale = 1 / (n - 1)
    if lonely_psu == "average":
        scale *= units.n_strata / (units.n_strata - int(alone.sum()))
    df = min(n - 1, _free(units))
    if n * units.n_units <= COUNTED and (units.size == 1).all():
        unit_weights = sparse.csr_array(sparse.eye_array(units.n_units))
        df = weight_rank(1 + factors.changes(unit_weights, 0, n).T) - 1
    return Replicates(plan=plan, factors=factors, scale=scale, rscales=np.ones(n), counts=np.ones(n), df=df)


def _free(units: Units) -> int:
    """PSUs minus strata, of the strata that were not sampled completely."""
    return int((units.n_psu - 1)[units.outside > 0].sum())


def _multistage(units: Units, second: Units | None, plan: ReplicatePlan) -> Replicates:
    assert plan.seed is not None
    n = plan.n if plan.n is not None else N_BOOTSTRAP
    return Replicates(
        plan=plan,
        factors=HalfSampling(first=units, second=second, n_draws=n, seed=plan.seed),
        scale=1 / (n - 1),
        rscales=np.ones(n),
        counts=np.ones(n),
        df=min(n - 1, max(_free(units), 1)),
    )


def _half_samples(units: Units, plan: ReplicatePlan, name: Callable[[int], str]) -> Replicates:
    rho = plan.rho if plan.rho is not None else 0.0
    halved = (units.outside > 0) & (units.n_psu > 1)
    wrong = np.flatnonzero(halved & (units.n_psu != 2))
    if len(wrong):
        h = int(wrong[0])
        raise DesignError(
            f"{plan.kind} halves strata of two PSUs; {len(wrong):,} of {units.n_strata:,} have others",
            where=f"stratum {name(h)}, {units.n_psu[h]:,.0f} PSUs",
            do='divide such strata in pairs, or use "JKn" or "bootstrap"',
        )
    pairs = np.flatnonzero(halved)
    order = 1 << len(pairs).bit_length()
    return Replicates(
        plan=plan,
        factors=Halving(units=units, pairs=pairs, order=order, rho=rho),
        scale=1 / (order * (1 - rho) ** 2),
        rscales=np.ones(order),
        counts=np.ones(order),
        df=len(pairs),
    )


def _require_rule(
    units: Units, plan: ReplicatePlan, lonely_psu: LonelyPsu, name: Callable[[int], str]
) -> None:
    """Refuse lonely PSUs where the rule says so, or where these replicates cannot follow it."""
    alone = (units.n_psu == 1) & (units.outside > 0)
    served = {"certainty", "remove"} | ({"average"} if plan.kind in ("JK1", "JKn", "bootstrap") else set())
    served |= {"adjust"} if plan.kind == "JKn" else set()
    if not alone.any() or lonely_psu in served:
        return
    names = [name(int(h)) for h in np.flatnonzero(alone)[:5]]
    why = (
        "so their variance is unknown"
        if lonely_psu == "error"
        else f'and lonely_psu = "{lonely_psu}" has no meaning for {plan.kind} replicates'
    )
    raise DesignError(
        f"{int(alone.sum()):,} of {units.n_strata:,} strata have a single PSU, {why}",
        where=f"stratum {'; '.join(names)}",
        do="merge such strata with a neighbour, or set lonely_psu to "
        + ", ".join(f'"{rule}"' for rule in sorted(served)),
    )
