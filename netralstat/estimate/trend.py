"""Trends: whether an estimate rises or falls over ordered groups, and whether in a straight line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from netralstat.errors import EstimationError, UsageError
from netralstat.estimate.contrasts import combined
from netralstat.estimate.domain_groups import DomainGroups, Rows, domain_groups
from netralstat.estimate.domain_tests import WaldTest, WaldTests, domain_tests
from netralstat.estimate.estimates import Estimates

Floats = NDArray[np.float64]
Scores = Mapping[Any, float] | Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trend:
    """A trend over ordered domains.

    Parameters
    ----------
    slope : Estimates, change of the estimate for one unit of the scores, with its t test.
    deviation : WaldTests, that the domains lie on a straight line; flagged "too_few" with two of them,
        "few_df" with more than the degrees of freedom can test.
    scores : the score of each level.
    """

    slope: Estimates
    deviation: WaldTests
    scores: Mapping[Any, float]

    def __repr__(self) -> str:
        return f"{self.slope!r}\n{self.deviation!r}"

    def _repr_html_(self) -> str:
        return self.slope._repr_html_() + self.deviation._repr_html_()


def trend(
    estimates: Estimates,
    over: str | None = None,
    *,
    scores: Scores | None = None,
    test: WaldTest = "adj_wald",
) -> Trend:
    """How much the estimate changes from one ordered domain to the next.

    Parameters
    ----------
    over : the ordered domain; the only one if not named. Other domains have a trend each.
    scores : number of each level (a mapping), or numbers in the order of the levels in the table; 1, 2, 3 …
        if not given.
    test : "adj_wald" or "wald", for the deviation from a straight line. The slope has one contrast: both
        tests, and Rao & Scott's, are its t test.

    Returns
    -------
    Trend

    Raises
    ------
    UsageError
        A level has no score, or the scores are fewer or more than the levels.
    EstimationError
        A group has fewer than two levels with different scores.

    Formula      b = Σ_d (s_d - s̄) p_d / Σ_d (s_d - s̄)²;  s² = c'V c      (methods.md "Tests of domains")
    Source       Korn & Graubard (1999). Twin: survey::svycontrast with polynomial contrasts.
    """
    groups = domain_groups(estimates, over)
    levels = estimates.table[groups.over].to_numpy(dtype=object)
    scored = _scores(scores, groups, levels)
    matrix = np.zeros((len(groups.rows), len(levels)))
    for i, rows in enumerate(groups.rows):
        centred = _centred(rows, levels, scored)
        if len(rows) < 2 or not centred.any():
            raise EstimationError(
                f"a trend needs two levels with different scores, and there are {len(rows)} levels",
                where=groups.told(i),
                do=f"estimate by more levels of {groups.over}, or give them different scores",
            )
        matrix[i, rows] = centred / (centred @ centred)
    labels = groups.labels.assign(contrast=f"slope over {groups.over}")
    slope = combined(estimates, sparse.csr_array(matrix), labels)
    told = f"{groups.over}: straight line"
    deviation = domain_tests(
        estimates, groups, lambda rows: _bends(rows, levels, scored), told, test, refuse=False
    )
    return Trend(slope=replace(slope, by=groups.others), deviation=deviation, scores=scored)


def _scores(scores: Scores | None, groups: DomainGroups, levels: NDArray[np.object_]) -> dict[Any, float]:
    known = list(dict.fromkeys(levels[row] for row in sorted(np.concatenate(groups.rows))))
    if scores is None:
        return {level: float(i) for i, level in enumerate(known, start=1)}
    if not isinstance(scores, Mapping):
        if len(scores) != len(known):
            raise UsageError(
                f"{len(scores)} scores were given for the {len(known)} levels of {groups.over}",
                where="scores",
                do=f"give one number for each of {', '.join(map(str, known))}",
            )
        scores = dict(zip(known, scores, strict=True))
    without = [level for level in known if not _is_number(scores.get(level))]
    if without:
        raise UsageError(
            f"{len(without)} of {len(known)} levels of {groups.over} have no score",
            where=f"scores, level {without[0]}",
            do="give each level a number",
        )
    return {level: float(scores[level]) for level in known}


def _is_number(score: Any) -> bool:
    return isinstance(score, Real) and bool(np.isfinite(float(score)))


def _centred(rows: Rows, levels: NDArray[np.object_], scores: Mapping[Any, float]) -> Floats:
    of_rows = np.array([scores[levels[row]] for row in rows])
    centred: Floats = of_rows - of_rows.mean()
    return centred


def _bends(rows: Rows, levels: NDArray[np.object_], scores: Mapping[Any, float]) -> Floats:
    """Orthonormal contrasts that are zero for every straight line over the scores, shape (m - 2, m)."""
    m = len(rows)
    line = np.column_stack([np.ones(m), _centred(rows, levels, scores)])
    basis: Floats = np.linalg.qr(line, mode="complete")[0][:, 2:].T
    return basis
