"""What replicates are asked for: their kind, their seed, or the columns that a data producer gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from netralstat.errors import UsageError, did_you_mean

Kind = Literal["JK1", "JKn", "bootstrap", "multistage", "BRR", "Fay", "ACS", "JK2", "given"]

MADE = ("JK1", "JKn", "bootstrap", "multistage", "BRR", "Fay")
DRAWN = ("bootstrap", "multistage")
OF_COLUMNS = ("JK1", "JKn", "bootstrap", "BRR", "Fay", "ACS", "JK2", "given")
N_BOOTSTRAP = 500  # standard errors to about 3 % of themselves, 1/√(2n)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicatePlan:
    """Which replicates a survey's standard errors are to come from.

    Parameters
    ----------
    kind : "JK1" (one stratum), "JKn", "bootstrap" (Rao, Wu & Yue), "multistage" (Preston's bootstrap), "BRR",
        "Fay"; of columns also "ACS" (successive differences), "JK2" and "given" (with a scale of its own).
    n, seed : replicates of a bootstrap, and the number that its draws start from. Of columns, n is how
        many there must be.
    rho : Fay's, what is left of the half that is not lifted, in [0, 1).
    mse : squares about the full sample's estimate; about the mean of the replicates otherwise.
    columns : replicate weights of a data producer; nothing is made here then.
    combined : the columns are weights; factors that multiply the weight otherwise.
    scale, rscales, df : of the columns: what multiplies the sum of squares, each square, and the design's
        degrees of freedom (the rank of the replicate weights minus 1 where it is not told).

    Raises
    ------
    UsageError
        A word that is not known, or one that this kind has no use for.
    """

    kind: Kind
    n: int | None = None
    seed: int | None = None
    rho: float | None = None
    mse: bool = False
    columns: tuple[str, ...] = ()
    combined: bool = True
    scale: float | None = None
    rscales: tuple[float, ...] | None = None
    df: int | None = None

    def __post_init__(self) -> None:
        _require_kind(self)
        if self.kind == "Fay" and (self.rho is None or not 0 <= self.rho < 1):
            raise UsageError(
                f"Fay's rho is {self.rho}, outside [0, 1)",
                where="rho",
                do="give the share of its weight that the smaller half keeps, such as 0.5",
            )
        if self.n is not None:
            _require_whole("n", self.n, 2, f"such as {N_BOOTSTRAP}")
        if self.kind in DRAWN and not self.columns:
            if self.seed is None:
                raise UsageError(
                    f"the {self.kind} replicates need a seed",
                    where="seed",
                    do="give a whole number, and keep it",
                )
            _require_whole("seed", self.seed, 0, "that the draws start from")

    def __repr__(self) -> str:
        of = {"n": self.n, "seed": self.seed, "rho": self.rho, "mse": self.mse or None, "scale": self.scale}
        of |= {"columns": len(self.columns) or None}
        told = ", ".join(f"{name}={value}" for name, value in of.items() if value is not None)
        return f"{self.kind}({told})"


def scale_of_columns(plan: ReplicatePlan, n: int) -> float:
    """The scale that goes with a kind of replicate weights, or the one that was told."""
    if plan.scale is not None:
        return plan.scale
    rho = plan.rho if plan.rho is not None else 0.0
    known = {"bootstrap": 1 / (n - 1), "BRR": 1 / n, "Fay": 1 / (n * (1 - rho) ** 2), "ACS": 4 / n}
    return known.get(plan.kind, 1.0)


def _require_kind(plan: ReplicatePlan) -> None:
    allowed = OF_COLUMNS if plan.columns else MADE
    if plan.kind not in allowed:
        known = plan.kind in get_args(Kind)
        other = (
            "are made here, not read from columns" if plan.columns else "come from columns, and none is named"
        )
        raise UsageError(
            f'replicates of kind "{plan.kind}" {other if known else "are not known"}',
            where="replicates",
            do=f"choose one of {', '.join(allowed)}.{did_you_mean(plan.kind, allowed)}",
        )
    made = not plan.columns
    useless = {
        "n": plan.n is not None and made and plan.kind not in DRAWN,
        "seed": plan.seed is not None and not (made and plan.kind in DRAWN),
        "rho": plan.rho is not None and plan.kind != "Fay",
        "combined": made and not plan.combined,
        "scale": plan.scale is not None and (made or plan.kind in ("BRR", "Fay", "ACS", "JK2")),
        "rscales": plan.rscales is not None and (made or plan.kind in ("ACS", "JK2")),
        "df": made and plan.df is not None,
    }
    for word, given in useless.items():
        if given:
            what = "made here" if made else "read from columns"
            raise UsageError(
                f"{plan.kind} replicates {what} have no use for {word}=",
                where=word,
                do=f"leave {word} out" + ("" if made else ', or name the kind "given"'),
            )
    if plan.columns:
        _require_columns(plan)


def _require_columns(plan: ReplicatePlan) -> None:
    n = len(plan.columns)
    twice = [column for column in dict.fromkeys(plan.columns) if plan.columns.count(column) > 1]
    if twice or n < 2:
        raise UsageError(
            f"{len(twice)} columns of replicate weights are named twice"
            if twice
            else "one column of replicate weights makes no variance",
            where=f"columns, {twice[0]}" if twice else "columns",
            do="name each column of replicate weights once",
        )
    if plan.n not in (None, n):
        raise UsageError(
            f"{n:,} columns of replicate weights are named, and there are to be {plan.n:,}",
            where="columns",
            do="name every column of replicate weights of the data, and no other",
        )
    if plan.rscales is not None:
        _require_rscales(plan.rscales, n)
    if plan.scale is not None and not (np.isfinite(plan.scale) and plan.scale > 0):
        raise UsageError(
            f"scale = {plan.scale} is no positive number", where="scale", do="read it from the data's manual"
        )
    needed = {"JK1": ("scale",), "JKn": ("rscales",), "given": ("scale",)}.get(plan.kind, ())
    for word in needed:
        if getattr(plan, word) is None:
            raise UsageError(
                f"the {word} of {plan.kind} replicate weights is not told",
                where=word,
                do="read it from the data's manual; (n - 1)/n is usual for a jackknife of n PSUs",
            )
    if plan.df is not None:
        _require_whole("df", plan.df, 1, "of degrees of freedom")


def _require_rscales(rscales: Sequence[float], n: int) -> None:
    values = np.asarray(rscales, dtype=float)
    if len(values) != n:
        raise UsageError(
            f"{len(values):,} rscales for {n:,} columns of replicate weights",
            where="rscales",
            do="give one number for each column",
        )
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(bad) or not (values > 0).any():
        raise UsageError(
            f"{len(bad):,} rscales are negative or no number" if len(bad) else "all rscales are zero",
            where=f"rscales, number {bad[0] + 1 if len(bad) else 1:,}",
            do="read them from the data's manual",
        )


def _require_whole(word: str, value: int, least: int, meaning: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise UsageError(
            f"{word} = {value} is no whole number from {least} on",
            where=word,
            do=f"give a whole number {meaning}",
        )
