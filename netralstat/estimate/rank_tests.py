"""Rank tests under a sampling design: whether answers lie higher in one group of the population."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

from netralstat.design.calibration.calibration import CalibratedCells, Calibration, apply_calibration
from netralstat.design.cells import Cells
from netralstat.design.design import Design
from netralstat.design.variance import covariance
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.domain_tests import SINGULAR
from netralstat.estimate.domains import Question, degrees_of_freedom, inside_of, keyed_cells
from netralstat.frames import numeric_columns, require_columns

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
RankScore = Literal["wilcoxon", "van_der_waerden", "median"]

METHODS: dict[RankScore, str] = {
    "wilcoxon": "Wilcoxon (Kruskal–Wallis)",
    "van_der_waerden": "van der Waerden",
    "median": "Median",
}
# Score of the share of the population at or below an answer, those who gave it counted half.
SCORES: dict[RankScore, Callable[[Floats], Floats]] = {
    "wilcoxon": lambda share: share,
    "van_der_waerden": special.ndtri,
    "median": lambda share: (share > 0.5).astype(float),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RankTest:
    """Test that the answers to an item are distributed alike in all groups.

    `scores` are the groups' mean scores. For two groups `estimate` is the second's minus the first's and
    `statistic` a t on `df[1]`; for more `estimate` is NaN and `statistic` an F on `df`.
    """

    test: RankScore
    groups: tuple[Any, ...]
    scores: tuple[float, ...]
    n: tuple[int, ...]
    estimate: float
    statistic: float
    df: tuple[float, float]
    p_value: float
    method: str

    def __str__(self) -> str:
        p = "p < 0.0001" if self.p_value < 0.00005 else f"p = {self.p_value:.4f}"
        kind = "t" if len(self.groups) == 2 else "F"
        df = f"{self.df[1]:.4g}" if kind == "t" else f"{self.df[0]:.4g} and {self.df[1]:.4g}"
        return f"{self.method}: {kind} = {self.statistic:.4g} on {df} df, {p}"


def rank_test(
    frame: Any,
    design: Design,
    item: str,
    group: str,
    question: Question,
    calibration: Calibration | None = None,
    *,
    test: RankScore = "wilcoxon",
) -> RankTest:
    """Whether the answers to an ordered item lie higher in one group than in another.

    Parameters
    ----------
    item : column of numbers; only their order counts. group : column of the groups.
    question : `where` and the rule for `df`; its `by` is not read.
    test : "wilcoxon" (ranks; Kruskal–Wallis for more than two groups), "van_der_waerden" (normal scores) or
        "median" (above the median or not).

    Returns
    -------
    RankTest

    Raises
    ------
    UsageError
        The test is unknown.
    EstimationError
        The item holds no numbers, fewer than two groups answered, the scores do not vary, or no degrees of
        freedom are left.

    Formula      a = h(F(y-) + (F(y) - F(y-))/2);  Δ = ā_1 - ā_0 as a difference of domain means of a
    Source       Lumley & Scott (2013). Twin: survey::svyranktest.
    """
    if test not in get_args(RankScore):
        raise UsageError(
            f'test = "{test}" is not known',
            where="test",
            do=f"choose one of {', '.join(get_args(RankScore))}.{did_you_mean(test, get_args(RankScore))}",
        )
    require_columns(frame, [item, group], where="item and group")
    if item not in numeric_columns(frame, [item]):
        raise EstimationError(
            f'item "{item}" holds text or categories, so its answers have no ranks',
            where=f"item {item}",
            do="give a numeric item, with larger numbers for more",
        )
    cells = keyed_cells(frame, design, [item, group, *question.where], (), calibration)
    calibrated = apply_calibration(calibration, cells)
    inside = inside_of(cells, question) & (cells.key(item).codes >= 0) & (cells.key(group).codes >= 0)
    present, code = _groups(cells, group, inside)
    score = _scores(cells, item, inside, calibrated, test)
    means, influence = _means(cells, score, code, len(present), calibrated)
    of_means = covariance(influence, cells, calibrated)
    nu = float(degrees_of_freedom(cells, np.where(inside, 0, -1), 1, of_means, question)[0])
    found = _tested(means, of_means.matrix, nu, f"{item} by {group}")
    n = np.bincount(code[inside], weights=cells.n[inside])
    return RankTest(
        test=test,
        groups=present,
        scores=tuple(means.tolist()),
        n=tuple(int(count) for count in n),
        method=METHODS[test],
        **found,
    )


def _groups(cells: Cells, group: str, inside: NDArray[np.bool_]) -> tuple[tuple[Any, ...], Codes]:
    """Groups that somebody answered in, and the group of each cell, -1 for none."""
    key = cells.key(group)
    held = np.unique(key.codes[inside & (cells.n > 0)])
    if len(held) < 2:
        raise EstimationError(
            f"{len(held)} of {len(key.levels)} groups answered, and two are compared",
            where=f"group {group}",
            do="widen the condition, or take another group",
        )
    code = np.where(inside & np.isin(key.codes, held), np.searchsorted(held, key.codes), -1)
    return tuple(key.levels[i] for i in held), code


def _scores(
    cells: Cells, item: str, inside: NDArray[np.bool_], calibrated: CalibratedCells | None, test: RankScore
) -> Floats:
    """Score of the answer of each cell, 0 where there is none."""
    key = cells.key(item)
    w = np.where(inside, cells.w_sum * (calibrated.g if calibrated is not None else 1.0), 0.0)
    values = np.array([*map(float, key.levels)])
    order = np.argsort(values, kind="stable")
    at_answer = np.bincount(key.codes[inside], weights=w[inside], minlength=len(values))[order]
    share = np.empty(len(values))
    share[order] = (np.cumsum(at_answer) - at_answer / 2) / at_answer.sum()
    given = np.where(np.bincount(key.codes[inside], weights=w[inside], minlength=len(values)) > 0, share, 0.5)
    scores = SCORES[test](given)
    return np.where(inside, scores[np.where(key.codes >= 0, key.codes, 0)], 0.0)


def _means(
    cells: Cells, score: Floats, code: Codes, n_groups: int, calibrated: CalibratedCells | None
) -> tuple[Floats, Floats]:
    """Mean score of each group, and the influence of each cell on it, shape (n_cells, n_groups)."""
    member = (code[:, None] == np.arange(n_groups)) * cells.w_sum[:, None]
    g = calibrated.g if calibrated is not None else np.ones(cells.n_cells)
    weight = g @ member
    means = (g * score) @ member / weight
    return means, member * (score[:, None] - means) / weight


def _tested(means: Floats, matrix: Floats, nu: float, where: str) -> dict[str, Any]:
    q = len(means) - 1
    if nu - q <= 0:
        raise EstimationError(
            f"{nu:.0f} degrees of freedom do not suffice to compare {q + 1} groups",
            where=where,
            do="merge groups, or name the PSUs and strata as they were drawn",
        )
    distance = means[1:] - means[0]
    spread = matrix[1:, 1:] - matrix[1:, :1] - matrix[:1, 1:] + matrix[0, 0]
    scale = np.sqrt(np.diag(spread))
    if not scale.all() or linalg.eigvalsh(spread / np.outer(scale, scale))[0] < SINGULAR:
        raise EstimationError(
            "the scores of the groups do not vary", where=where, do="merge groups, or take test='wilcoxon'"
        )
    standard = distance / scale
    chi_square = float(standard @ linalg.solve(spread / np.outer(scale, scale), standard, assume_a="pos"))
    p_value = float(special.fdtrc(q, nu - q, chi_square / q))
    if q > 1:
        return {"estimate": np.nan, "statistic": chi_square / q, "df": (float(q), nu - q), "p_value": p_value}
    return {
        "estimate": float(distance[0]),
        "statistic": float(standard[0]),
        "df": (1.0, nu - 1),
        "p_value": p_value,
    }
