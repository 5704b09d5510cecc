"""Domains compared with each other: all pairs, or each with one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from netralstat.errors import EstimationError, did_you_mean
from netralstat.estimate.contrasts import SIGN, Scale, combined, pairs_matrix, with_adjustment
from netralstat.estimate.domain_groups import DomainGroups, Rows, domain_groups
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.multiplicity import Adjustment, require_adjustment

# A table of comparisons has a covariance; its square must fit in memory (0.8 GB).
MOST_COMPARISONS = 10_000


def comparisons(
    estimates: Estimates,
    over: str | None = None,
    *,
    reference: Any = None,
    adjust: Adjustment = "holm",
    scale: Scale = "linear",
) -> Estimates:
    """Which domains differ, allowing for the number of comparisons.

    Parameters
    ----------
    over : the domain whose levels are compared, within each level of the others; the only one if not named.
    reference : the level that the others are compared with; every pair of levels if not named.
    adjust : "holm" | "bh" | "none", within each item, level and combination of the other domains.
    scale : "linear" for differences, "log" for ratios.

    Returns
    -------
    Estimates
        One row a comparison, `contrast` "first − second" ("first / second"); `p_adjusted` beside `p_value`.

    Raises
    ------
    UsageError
        `over`, `adjust` or `scale` is not known.
    EstimationError
        No group has two levels, or the reference; or the comparisons are more than 10,000.

    Formula      V(p_1 - p_2) = V_11 + V_22 - 2 V_12      (methods.md "Contrasts")
    Source       Holm (1979); Benjamini & Hochberg (1995). Twin: survey::svycontrast, p.adjust.
    """
    require_adjustment(adjust)
    groups = domain_groups(estimates, over)
    levels = estimates.table[groups.over].to_numpy(dtype=object)
    _require_reference(reference, groups, levels)
    n_pairs = sum(_n_pairs(len(rows), reference) for rows in groups.rows)
    if n_pairs > MOST_COMPARISONS:
        raise EstimationError(
            f"{n_pairs:,} comparisons are more than {MOST_COMPARISONS:,}",
            where=f"over {groups.over}",
            do="name a reference, or select some items or levels first",
        )
    pairs = [_pairs(rows, levels, reference) for rows in groups.rows]
    if not any(len(first) for first, _ in pairs):
        raise EstimationError(
            f"no item has two levels of {groups.over} to compare",
            where=f"over {groups.over}",
            do="estimate by a domain with at least two levels",
        )
    first, second = (np.concatenate(side) for side in zip(*pairs, strict=True))
    place = np.repeat(np.arange(len(pairs)), [len(one) for one, _ in pairs])
    labels = groups.labels.iloc[place].reset_index(drop=True)
    families = list(labels.columns)
    told = [f"{levels[i]} {SIGN[scale]} {levels[j]}" for i, j in zip(first, second, strict=True)]
    earlier = labels["contrast"] + ": " if "contrast" in labels else ""  # of estimates that are contrasts
    labels["contrast"] = earlier + pd.Series(told, dtype=object)
    result = combined(estimates, pairs_matrix(first, second, len(levels)), labels, scale=scale)
    return with_adjustment(replace(result, by=groups.others), families, adjust)


def _n_pairs(size: int, reference: Any) -> int:
    return size * (size - 1) // 2 if reference is None else size - 1


def _pairs(rows: Rows, levels: np.ndarray, reference: Any) -> tuple[Rows, Rows]:
    """First and second row of each comparison of one group."""
    if reference is None:
        i, j = np.triu_indices(len(rows), k=1)
        return rows[j], rows[i]  # the later level minus the earlier one
    is_reference = np.array([bool(levels[row] == reference) for row in rows])
    if not is_reference.any():
        return rows[:0], rows[:0]
    others = rows[~is_reference]
    return others, np.repeat(rows[is_reference], len(others))


def _require_reference(reference: Any, groups: DomainGroups, levels: np.ndarray) -> None:
    known = list(dict.fromkeys(levels[row] for rows in groups.rows for row in rows))
    if reference is not None and reference not in known:
        names = [str(level) for level in known]
        raise EstimationError(
            f'the domain "{groups.over}" has no level "{reference}" to compare with',
            where="reference",
            do=f"its levels are {', '.join(names[:20])}.{did_you_mean(str(reference), names)}",
        )
