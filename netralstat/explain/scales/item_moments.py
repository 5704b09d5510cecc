"""Moments of items by group: weighted means and covariances, and the covariance of those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import CalibratedCells
from netralstat.design.cells import Cells
from netralstat.design.influence import Part
from netralstat.design.variance import covariance, domain_df, recomputed
from netralstat.errors import EstimationError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
# Whose errors: of the design, of persons drawn one by one with their weights, or of normal answers.
Errors = Literal["design", "robust", "normal"]

# A variance below this share of the mean square is that of a constant.
CONSTANT = 1e-12
# An eigenvalue of the correlations below this: some item is made of the others.
SINGULAR = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMoments:
    """Of the k items in G groups, over those who answered all.

    `mean` (G, k) and `s` (G, k, k) are weighted, with divisor Σw; `n` (G,) counts respondents and `share`
    (G,) is a group's part of the weight. The moments of a group are its means, then its covariances (upper
    triangle by rows): M of them. `x` (n_cells, k) are deviations from the mean of the group, `group`
    (n_cells,) is -1 for cells outside, `w` (n_cells,) sums the final weights and `w2` their squares.
    """

    items: tuple[str, ...]
    cells: Cells
    calibrated: CalibratedCells | None
    group: Codes
    x: Floats
    w: Floats
    w2: Floats
    mean: Floats
    s: Floats
    n: Floats
    share: Floats

    @property
    def total(self) -> int:
        """Respondents of all groups."""
        return int(self.n.sum())

    @property
    def n_eff(self) -> float:
        """Kish's effective number of respondents, (Σw)²/Σw²."""
        return float(self.w.sum() ** 2 / self.w2.sum())

    def influence(self) -> Floats:
        """Of each cell's respondent on the moments of its group, per unit of weight, shape (n_cells, M)."""
        row, column = np.triu_indices(len(self.items))
        at = np.maximum(self.group, 0)
        products = self.x[:, row] * self.x[:, column] - self.s[at][:, row, column]
        moved = np.hstack([self.x, products]) / self.weights[at][:, None]
        return np.where((self.group >= 0)[:, None], moved, 0.0)

    @property
    def weights(self) -> Floats:
        """Σw by group, shape (G,)."""
        return np.asarray(self.share * self.w.sum())

    def covariance(self, errors: Errors) -> tuple[Floats, float]:
        """Covariance of the moments, (GM, GM) with groups one after the other, and its degrees of freedom.

        Raises
        ------
        DesignError
            A stratum has a single PSU and ``lonely_psu = "error"``.
        EstimationError
            In some replicate an item does not vary in some group.
        """
        if errors == "robust":
            return persons_covariance(self.influence(), self.group, self.w2, len(self.n)), np.inf
        if self.cells.design.replicates is not None:
            return self._of_replicates()
        return design_covariance(self.influence(), self.group, self.cells, self.calibrated, len(self.n))

    def _of_replicates(self) -> tuple[Floats, float]:
        k, groups = len(self.items), len(self.n)
        row, column = np.triu_indices(k)
        values = np.hstack([np.ones((len(self.x), 1)), self.x, self.x[:, row] * self.x[:, column]])
        scale = np.sqrt(np.einsum("gjj->gj", self.s))

        def of_sums(sums: Floats) -> Floats:
            mean = sums[:, 1:] / sums[:, :1]
            s = mean[:, k:] - mean[:, row] * mean[:, column]
            varies = (s[:, row == column] > CONSTANT * (scale.T**2)[None]).all(axis=1, keepdims=True)
            found = np.where(varies, np.hstack([mean[:, :k], s]), np.nan)
            return found.reshape(len(sums), -1)

        part = Part(values=self.cells.w_sum[:, None] * values, domain=self.group, n_domains=groups)
        size = np.hstack([scale, scale[:, row] * scale[:, column]]).T.ravel()
        found = recomputed([part], self.cells, self.calibrated, of_sums, size=size)
        if found.undefined is not None and found.undefined.any():
            raise EstimationError(
                f"in {found.undefined.max():.0f} replicates some item does not vary, or a group is empty",
                where=f"items {', '.join(self.items)}",
                do="leave out the item that hardly varies, or ask the survey without replicates",
            )
        return found.matrix[np.ix_(*[by_group(found.matrix.shape[0], groups)] * 2)], found.df


def item_moments(
    cells: Cells,
    calibrated: CalibratedCells | None,
    items: Sequence[str],
    by: str | None,
    *,
    where: str,
) -> ItemMoments:
    """Moments of items that are keys of the cells, in the groups of another key.

    Raises
    ------
    EstimationError
        Fewer respondents of a group answered all items than there are items and two, an item does not vary in
        a group, or it follows from the others.
    """
    keys = [cells.key(item) for item in items]
    complete = np.all([key.codes >= 0 for key in keys], axis=0) & (cells.w_sum > 0)
    names = tuple(map(str, cells.key(by).levels)) if by is not None else ("",)
    codes = cells.key(by).codes if by is not None else np.zeros(cells.n_cells, dtype=np.int64)
    group = np.where(complete & (codes >= 0), codes, -1).astype(np.int64)
    inside, groups, k = group >= 0, len(names), len(items)
    at = np.maximum(group, 0)
    n = np.asarray(np.bincount(at, weights=cells.n * inside, minlength=groups), dtype=np.float64)
    _require_enough(n, k, names, by, where)
    g = calibrated.g if calibrated is not None else np.ones(cells.n_cells)
    squares = cells.w2_sum
    assert squares is not None
    w = np.where(inside, cells.w_sum * g, 0.0)
    total = np.bincount(at, weights=w, minlength=groups)
    values = np.column_stack([np.asarray([*key.levels, 0.0], dtype=float)[key.codes] for key in keys])
    values = np.where(inside[:, None], values, 0.0)
    sums = np.column_stack([np.bincount(at, weights=w * one, minlength=groups) for one in values.T])
    mean: Floats = np.asarray(sums / total[:, None], dtype=np.float64)
    x = np.where(inside[:, None], values - mean[at], 0.0)
    s = np.empty((groups, k, k))
    for one in range(groups):
        of_group = x[group == one]
        s[one] = (of_group.T * w[group == one]) @ of_group / total[one]
    moments = ItemMoments(
        items=tuple(items),
        cells=cells,
        calibrated=calibrated,
        group=group,
        x=x,
        w=w,
        w2=np.where(inside, squares * g**2, 0.0),
        mean=mean,
        s=s,
        n=n,
        share=total / total.sum(),
    )
    for one, name in enumerate(names):
        _require_distinct(moments, one, f"{where}, {by} = {name}" if by is not None else where)
    return moments


def design_covariance(
    influence: Floats, group: Codes, cells: Cells, calibrated: CalibratedCells | None, groups: int
) -> tuple[Floats, float]:
    """Covariance over the design of statistics of groups, from influence per unit of weight (n_cells, M).

    With it the degrees of freedom: of the replicates, or PSUs minus strata that those in a group reach.
    """
    part = Part(values=influence * cells.w_sum[:, None], domain=group, n_domains=groups)
    found = covariance([part], cells, calibrated)
    order = by_group(len(found.matrix), groups)
    df: float = found.df
    if cells.design.replicates is None:
        df = float(domain_df(cells, np.where(group >= 0, 0, -1), 1)[0])
    return np.asarray(found.matrix[np.ix_(order, order)]), df


def persons_covariance(influence: Floats, group: Codes, w2: Floats, groups: int) -> Floats:
    """The same of persons drawn one by one: Σ w² u u', group by group; their divisor is n, not n - 1."""
    m = influence.shape[1]
    found = np.zeros((groups * m, groups * m))
    for one in range(groups):
        inside = influence[group == one]
        at = slice(one * m, (one + 1) * m)
        found[at, at] = (inside.T * w2[group == one]) @ inside
    return found


def by_group(size: int, groups: int) -> Codes:
    """Places of statistics that run over groups within each, so that they run over each within groups."""
    return np.arange(size).reshape(-1, groups).T.ravel()


def _require_enough(n: Floats, k: int, names: Sequence[str], by: str | None, where: str) -> None:
    few = [(name, int(count)) for name, count in zip(names, n, strict=True) if count < k + 2]
    if few and by is None:
        raise EstimationError(
            f"{few[0][1]} respondents answered all {k} items, and a factor model needs at least {k + 2}",
            where=where,
            do="leave out items that few answered",
        )
    if few:
        told = ", ".join(f"{name} has {count}" for name, count in few[:5])
        raise EstimationError(
            f"{len(few)} of {len(n)} groups have fewer than {k + 2} respondents who answered all {k} items: "
            f"{told}",
            where=where,
            do=f"join groups of {by} that are alike, or leave the small ones out",
        )


def _require_distinct(moments: ItemMoments, one: int, where: str) -> None:
    own = np.diag(moments.s[one])
    flat = own <= CONSTANT * (own + moments.mean[one] ** 2)
    if flat.any():
        named = [item for item, constant in zip(moments.items, flat, strict=True) if constant]
        raise EstimationError(
            f"{len(named)} of {len(flat)} items have the same answer from all {moments.n[one]:,.0f} "
            f"respondents: {', '.join(named[:5])}",
            where=where,
            do="leave out constant items",
        )
    values, vectors = np.linalg.eigh(moments.s[one] / np.sqrt(np.outer(own, own)))
    if values[0] < SINGULAR:
        named = [item for item, part in zip(moments.items, vectors[:, 0], strict=True) if abs(part) > 1e-6]
        raise EstimationError(
            f"the covariance of the items is not positive definite: of {len(named)} items each is determined "
            f"by the others ({', '.join(named[:5])})",
            where=where,
            do="leave out one of the items that say the same",
        )
