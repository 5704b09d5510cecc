"""Item answers: the weighted covariance of items, and how surely anything made of it is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import CalibratedCells
from netralstat.design.cells import Cells
from netralstat.design.influence import Part
from netralstat.design.variance import covariance, domain_df, recomputed
from netralstat.errors import EstimationError

Floats = NDArray[np.float64]
# From covariance matrices of items (m, k, k) to statistics that do not depend on their scale (m, q).
OfCovariance = Callable[[Floats], Floats]

# Step of a numerical derivative, in units of the items' standard deviations: its square is the error left.
STEP = 1e-4
# A variance below this share of the mean square is that of a constant.
CONSTANT = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAnswers:
    """Respondents who answered all k items, by cell; arrays of shape (n_cells, ...).

    `x` (n_cells, k) are deviations from the weighted means `mean` (k,), zero where not `complete`; `w` Σ of
    the final weights. `s` (k, k) is the weighted covariance with divisor Σw, `n` counts respondents.
    """

    items: tuple[str, ...]
    cells: Cells
    calibrated: CalibratedCells | None
    complete: NDArray[np.bool_]
    x: Floats
    w: Floats
    mean: Floats
    s: Floats
    n: int

    @property
    def covariance(self) -> Floats:
        """The covariance with R's n/(n-1), shape (k, k)."""
        return np.asarray(self.s * (self.n / (self.n - 1)))

    @property
    def correlation(self) -> Floats:
        """Correlations of the items, shape (k, k)."""
        return np.asarray(correlations(self.s[None])[0])

    @property
    def df(self) -> int:
        """PSUs minus strata that those who answered reach."""
        return int(domain_df(self.cells, self._inside(), 1)[0])

    def variance(self, statistic: OfCovariance) -> tuple[Floats, int]:
        """Standard errors (q,) of statistics of the covariance, and their degrees of freedom.

        Formula      u_i = w_i Σ_jl D_jl (z_ij z_il - s_jl) / Σw, D the derivative of the statistic by s;
                     with replicates the statistic of each replicate's covariance. (methods.md "Reliability")

        Raises
        ------
        DesignError
            A stratum has a single PSU and ``lonely_psu = "error"``.
        EstimationError
            In some replicate an item does not vary.
        """
        if self.cells.design.replicates is not None:
            return self._of_replicates(statistic)
        slopes = _derivative(self.s, statistic)
        moved = [np.sum((self.x @ slope) * self.x, axis=1) - np.sum(slope * self.s) for slope in slopes]
        per_weight = np.column_stack(moved)
        influence = per_weight / self.w[self.complete].sum() * self.cells.w_sum[:, None]
        part = Part(values=influence, domain=self._inside(), n_domains=1)
        found = covariance([part], self.cells, self.calibrated)
        return np.sqrt(np.diag(found.matrix)), self.df

    def _inside(self) -> NDArray[np.int64]:
        return np.where(self.complete, 0, -1)

    def _of_replicates(self, statistic: OfCovariance) -> tuple[Floats, int]:
        k = len(self.items)
        j, l = np.triu_indices(k)  # noqa: E741
        design = self.cells.w_sum[:, None]
        values = design * np.hstack([np.ones((len(self.x), 1)), self.x, self.x[:, j] * self.x[:, l]])

        def of_sums(sums: Floats) -> Floats:
            totals = sums[:, :, 0]
            means = totals[:, 1:] / totals[:, :1]
            s = np.empty((len(sums), k, k))
            s[:, j, l] = s[:, l, j] = means[:, k:] - means[:, j] * means[:, l]
            variances = np.einsum("rjj->rj", s)
            varies = (variances > CONSTANT * np.diag(self.s)).all(axis=1)  # false where NaN, too
            found = np.full((len(sums), q), np.nan)
            found[varies] = statistic(s[varies])
            return found

        q = statistic(self.s[None]).shape[1]
        part = Part(values=values, domain=self._inside(), n_domains=1)
        found = recomputed([part], self.cells, self.calibrated, of_sums, size=np.ones(q))
        if found.undefined is not None and found.undefined.any():
            raise EstimationError(
                f"in {found.undefined.max():.0f} replicates some item does not vary",
                where=f"items {', '.join(self.items)}",
                do="leave out the item that hardly varies, or ask the survey without replicates",
            )
        return np.sqrt(np.diag(found.matrix)), found.df


def item_answers(
    cells: Cells, calibrated: CalibratedCells | None, items: Sequence[str], *, where: str
) -> ItemAnswers:
    """The answers of those who answered all items, whose columns are keys of the cells.

    Raises
    ------
    EstimationError
        Fewer than two respondents answered all items.
    """
    keys = [cells.key(item) for item in items]
    complete = np.all([key.codes >= 0 for key in keys], axis=0) & (cells.w_sum > 0)
    n = int(cells.n[complete].sum())
    if n < 2:
        raise EstimationError(
            f"{n} respondents answered all {len(items)} items",
            where=where,
            do="leave out the item that few answered",
        )
    w = cells.w_sum * calibrated.g if calibrated is not None else cells.w_sum
    values = np.column_stack([np.asarray([*key.levels, 0.0], dtype=float)[key.codes] for key in keys])
    mean = np.average(values[complete], axis=0, weights=w[complete])
    x = np.where(complete[:, None], values - mean, 0.0)
    inside = x[complete]
    return ItemAnswers(
        items=tuple(items),
        cells=cells,
        calibrated=calibrated,
        complete=complete,
        x=x,
        w=w,
        mean=mean,
        s=(inside.T * w[complete]) @ inside / w[complete].sum(),
        n=n,
    )


def require_varied(answers: ItemAnswers, *, where: str) -> None:
    """Refuse items that are the same for everybody: they correlate with nothing."""
    square = np.diag(answers.s) + answers.mean**2
    flat = np.diag(answers.s) <= CONSTANT * square
    if flat.any():
        named = [item for item, constant in zip(answers.items, flat, strict=True) if constant]
        raise EstimationError(
            f"{len(named)} of {len(flat)} items have the same answer from all {answers.n:,} respondents: "
            f"{', '.join(named[:5])}",
            where=where,
            do="leave out constant items",
        )


def correlations(s: Floats) -> Floats:
    """Correlation matrices of covariance matrices, shape (m, k, k)."""
    root = np.sqrt(np.einsum("mjj->mj", s))
    found = np.asarray(s / (root[:, :, None] * root[:, None, :]))
    every = np.arange(s.shape[1])
    found[:, every, every] = 1.0
    return found


def _derivative(s: Floats, statistic: OfCovariance) -> Floats:
    """∂/∂s_jl of the statistics, symmetric, shape (q, k, k): central differences of all entries at once."""
    k = len(s)
    j, l = np.triu_indices(k)  # noqa: E741
    step = STEP * np.sqrt(np.diag(s)[j] * np.diag(s)[l])
    entry = np.arange(len(j))
    up, down = np.tile(s, (len(j), 1, 1)), np.tile(s, (len(j), 1, 1))
    up[entry, j, l] += step
    down[entry, j, l] -= step
    up[entry, l, j], down[entry, l, j] = up[entry, j, l], down[entry, j, l]
    slope = (statistic(up) - statistic(down)) / (2 * step[:, None])
    found = np.zeros((slope.shape[1], k, k))
    found[:, j, l] = slope.T / np.where(j == l, 1.0, 2.0)
    found[:, l, j] = found[:, j, l]
    return found
