"""Lonely PSUs: what a stratum contributes that has a single PSU, in the sample or in a domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.design.design import LonelyPsu
from netralstat.design.influence import Part, Rows
from netralstat.design.stages import Stage
from netralstat.errors import DesignError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """Per group: what multiplies squares of unit totals, of the group total, of a lonely unit's total.

    `alone` (n_groups,) marks the groups whose only unit leaves their variance unknown.
    """

    square: Floats
    centre: Floats
    lonely: Floats
    alone: Flags


def factors_of(stage: Stage, rule: LonelyPsu) -> Factors:
    """Factors of Σ_h (1 - f_h) n_h/(n_h - 1) (Σ_j u_hj u_hj' - u_h u_h' / n_h), lonely groups by their rule.

    Raises
    ------
    DesignError
        A group has one unit of several and the rule is "error"; or all have and the rule is "average".
    """
    n = stage.n
    outside = np.clip(1.0 - n / stage.fpc, 0.0, 1.0)
    alone = (n == 1) & (outside > 0)
    square = outside * np.where(n > 1, n / np.where(n > 1, n - 1, 1.0), 0.0)
    if alone.any() and (rule in ("error", "collapse") or (rule == "average" and alone.all())):
        _refuse(stage, alone)
    return Factors(
        square=square,
        centre=square / n,
        lonely=np.where(alone & (rule == "adjust"), outside, 0.0),
        alone=alone,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How the strata are reached by the domains of a part: `units` (n_groups, n_domains) counts PSUs."""

    units: Floats

    def inflation(self, unknown: Flags) -> Floats:
        """Strata over strata with a variance, for each domain: the rule "average".

        `unknown` (n_groups, n_domains) marks the strata without one. A domain that reaches none of the
        others has NaN: its variance is unknown.
        """
        reached = self.units > 0
        known = (reached & ~unknown).sum(axis=0)
        total = reached.sum(axis=0)
        return np.where(known > 0, total / np.maximum(known, 1), np.where(total > 0, np.nan, 1.0))


def reach(part: Part, stage: Stage, n: Floats) -> Reach:
    """Units of each group in each domain of a part; cells of nobody (`n` = 0) do not count."""
    inside = np.flatnonzero((part.domain >= 0) & (n > 0))
    domain, group = part.domain[inside], stage.group[inside]
    size = stage.n_groups * part.n_domains
    if stage.unit is None:
        counts = np.bincount(group * part.n_domains + domain, weights=n[inside], minlength=size)
    else:
        pairs, first = np.unique(stage.unit[inside] * part.n_domains + domain, return_index=True)
        where = group[first] * part.n_domains + pairs % part.n_domains
        counts = np.bincount(where, minlength=size)
    return Reach(units=counts.astype(float).reshape(stage.n_groups, part.n_domains))


def lonely_in_domain(found: Reach, stage: Stage) -> Flags:
    """Strata of several PSUs of which a domain reaches one, shape (n_groups, n_domains)."""
    return np.asarray((found.units == 1) & (stage.n > 1)[:, None])


def emptied(rows: Rows, group_of_unit: NDArray[np.int64], out: Sequence[Flags]) -> Rows:
    """The rows with zeros where `out` (n_groups, n_domains), one for each part, marks group and domain."""
    parts = []
    for part, unit, gone in zip(rows.parts, rows.units, out, strict=True):
        zero = gone[group_of_unit[unit], np.maximum(part.domain, 0)] & (part.domain >= 0)
        values = np.where(zero[:, None], 0.0, part.values)
        parts.append(Part(values=values, domain=part.domain, n_domains=part.n_domains))
    return Rows(parts=tuple(parts), units=rows.units, n_units=rows.n_units)


def _refuse(stage: Stage, alone: Flags) -> None:
    names = [stage.name(h) for h in np.flatnonzero(alone)[:5]]
    raise DesignError(
        f"{int(alone.sum()):,} of {stage.n_groups:,} strata have a single PSU, so their variance is unknown",
        where=f"stratum {'; '.join(names)}",
        do='merge such strata with a neighbour, which lonely_psu = "collapse" does, or set it to "adjust", '
        '"average", "certainty" or "remove"',
    )
