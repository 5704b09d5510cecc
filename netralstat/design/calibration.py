"""Calibration: weights moved as little as possible until they add to known population margins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.cells import Cells
from netralstat.errors import CalibrationError, UsageError, did_you_mean

Floats = NDArray[np.float64]
Method = Literal["raking", "linear", "poststratification"]

MAX_PASSES = 100
TOTAL_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Known population counts of the levels of one item, or of the combinations of several.

    `targets` maps a tuple of levels (one per item) to persons; `date` and `source` are printed.
    """

    items: tuple[str, ...]
    targets: Mapping[tuple[Any, ...], float]
    date: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """Items joined by a cross."""
        return " × ".join(self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How design weights became calibrated weights: w* = w·g, g = F(Σ λ of the respondent's levels).

    `multipliers` has shape (p,), one λ for each margin level in order; `reached` are the calibrated
    totals of those levels.
    """

    method: Method
    margins: tuple[Margin, ...]
    multipliers: Floats
    reached: Floats
    passes: int

    @property
    def items(self) -> tuple[str, ...]:
        """Items that cells must be keyed by for the g-weights to be known."""
        return tuple(dict.fromkeys(item for margin in self.margins for item in margin.items))

    def at(self, cells: Cells) -> CalibratedCells:
        """The g-weights of these cells and what removes the margins from an influence."""
        x = _dummies(cells, self.margins)
        weighted_x = sparse.csr_array(sparse.diags_array(cells.w_sum) @ x)
        return CalibratedCells(
            calibration=self,
            g=_response(self.method, x @ self.multipliers),
            x=x,
            weighted_x=weighted_x,
            inverse=np.linalg.pinv((x.T @ weighted_x).toarray(), hermitian=True),
        )

    def to_frame(self) -> pd.DataFrame:
        """Target, reached total and relative gap of every margin level."""
        rows = [
            {"margin": margin.name, "level": " × ".join(map(str, level)), "target": target}
            for margin in self.margins
            for level, target in margin.targets.items()
        ]
        table = pd.DataFrame(rows)
        table["reached"] = self.reached
        table["gap"] = np.where(
            table["target"] > 0, table["reached"] / table["target"].where(lambda t: t > 0) - 1, 0.0
        )
        return table


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedCells:
    """A calibration applied to one set of cells.

    `g` (n_cells,) is the ratio of calibrated to design weight; `x` (n_cells, p) has the margin levels as
    0/1 columns, `weighted_x` is Σw·x, `inverse` (p, p) the generalised inverse of X'DX.
    """

    calibration: Calibration
    g: Floats
    x: sparse.csr_array
    weighted_x: sparse.csr_array
    inverse: Floats

    def remove_margins(self, influence: sparse.csr_array) -> tuple[sparse.csr_array, Floats]:
        """Influence of a calibrated statistic as g·u beside g·Σw·X, and the slopes B of u on the margins X.

        The residual influence is g·(u - Σw·X·B), B the regression of the linearised variable on X weighted
        by the design weights (Deville & Särndal 1992; methods.md "Calibration"). Shapes: influence
        (n_cells, k), stacked (n_cells, k + p), slopes (p, k).
        """
        slopes = self.inverse @ (self.x.T @ influence).toarray()
        g = sparse.diags_array(self.g)
        return sparse.csr_array(sparse.hstack([g @ influence, g @ self.weighted_x])), slopes


def apply_calibration(calibration: Calibration | None, cells: Cells) -> CalibratedCells | None:
    """`calibration.at(cells)`; None where the weights are not calibrated."""
    return calibration.at(cells) if calibration is not None else None


def calibrate(
    cells: Cells, margins: Sequence[Margin], *, method: Method = "raking", tolerance: float = 1e-10
) -> Calibration:
    """Find the weights nearest to the design weights that reach every margin.

    Parameters
    ----------
    cells : Cells keyed by every margin item.
    margins : population counts; all margins must add to the same population.
    method : "raking" (g = exp λ, always positive), "linear" (g = 1 + λ, GREG) or "poststratification"
        (one margin).
    tolerance : largest relative gap left at any level.

    Raises
    ------
    CalibrationError
        Margins disagree on the population, name a level that nobody has, lack a level that respondents
        have, or cannot be reached.

    Notes
    -----
    Solves Σ_i w_i F(x_i'λ) x_i = t by Newton's method on the dual (Deville & Särndal 1992; Deville,
    Särndal & Sautory 1993). Twin: survey::calibrate(calfun = "raking" | "linear").
    """
    if method not in get_args(Method):
        raise UsageError(
            f'method = "{method}" is not known',
            where="method",
            do=f"choose one of {', '.join(get_args(Method))}.{did_you_mean(method, get_args(Method))}",
        )
    if method == "poststratification" and len(margins) != 1:
        raise CalibrationError(
            f"poststratification takes one margin and got {len(margins)}",
            where="method",
            do='cross the items in one margin, or use method="raking"',
        )
    if not 0 < tolerance < 0.1:
        raise UsageError(
            f"tolerance = {tolerance} is outside (0, 0.1)",
            where="tolerance",
            do="give the largest relative gap that may be left, such as 1e-10",
        )
    _require_same_population(margins)
    for margin in margins:
        _require_levels(cells, margin)
    x = _dummies(cells, margins)
    target = np.concatenate([np.fromiter(margin.targets.values(), dtype=float) for margin in margins])
    multipliers, passes = _solve(cells.w_sum, x, target, method, tolerance)
    reached = x.T @ (cells.w_sum * _response(method, x @ multipliers))
    gap = np.abs(reached - target) / np.maximum(target, 1e-300)
    if gap.max() > tolerance:
        raise _out_of_reach(margins, target, reached, gap, passes)
    return Calibration(
        method=method, margins=tuple(margins), multipliers=multipliers, reached=reached, passes=passes
    )


def _response(method: Method, linear: Floats) -> Floats:
    return 1.0 + linear if method == "linear" else np.exp(np.clip(linear, -700, 700))


def _solve(
    w: Floats, x: sparse.csr_array, target: Floats, method: Method, tolerance: float
) -> tuple[Floats, int]:
    """Newton with step halving on the convex dual, until every level is within a tenth of `tolerance`."""
    multipliers = np.zeros(x.shape[1])

    def distance(candidate: Floats) -> tuple[float, Floats, Floats]:
        g = _response(method, x @ candidate)
        left = target - x.T @ (w * g)
        return float(np.max(np.abs(left) / target)), left, g

    worst, left, g = distance(multipliers)
    for passed in range(1, MAX_PASSES + 1):
        if worst <= tolerance / 10:
            return multipliers, passed - 1
        slope = w if method == "linear" else w * g
        information = (x.T @ (sparse.diags_array(slope) @ x)).toarray()
        step = np.linalg.lstsq(information, left, rcond=1e-12)[0]
        size = 1.0
        while size > 1e-6:
            tried = multipliers + size * step
            new_worst, new_left, new_g = distance(tried)
            if new_worst < worst:
                break
            size /= 2
        else:
            return multipliers, passed
        multipliers, worst, left, g = tried, new_worst, new_left, new_g
    return multipliers, MAX_PASSES


def _dummies(cells: Cells, margins: Sequence[Margin]) -> sparse.csr_array:
    """0/1 matrix of margin levels, shape (n_cells, p)."""
    return sparse.csr_array(sparse.hstack([_one_margin(cells, margin) for margin in margins]))


def _one_margin(cells: Cells, margin: Margin) -> sparse.csr_array:
    column = {level: j for j, level in enumerate(margin.targets)}
    codes, levels = _levels(cells, margin)
    position = np.array([column.get(level, -1) for level in levels], dtype=np.int64)[codes]
    rows = np.flatnonzero(position >= 0)
    shape = (cells.n_cells, len(column))
    return sparse.csr_array((np.ones(len(rows)), (rows, position[rows])), shape=shape)


def _levels(cells: Cells, margin: Margin) -> tuple[NDArray[np.int64], list[tuple[Any, ...]]]:
    """Code of each cell on a margin and the combination of levels it stands for; None where missing."""
    keys = [cells.key(item) for item in margin.items]
    combined = np.zeros(cells.n_cells, dtype=np.int64)
    for key in keys:
        combined = combined * (len(key.levels) + 1) + (key.codes + 1)
    _, first, codes = np.unique(combined, return_index=True, return_inverse=True)
    named = [tuple(None if key.codes[i] < 0 else key.levels[key.codes[i]] for key in keys) for i in first]
    return codes.reshape(-1), named


def _require_same_population(margins: Sequence[Margin]) -> None:
    if not margins:
        raise CalibrationError(
            "no margin was given", where="margins", do="name at least one margin with population counts"
        )
    for margin in margins:
        if not margin.targets:
            raise CalibrationError(
                f'margin "{margin.name}" has no level',
                where=f"margin {margin.name}",
                do="give each level its population count",
            )
        bad = [level for level, target in margin.targets.items() if not (np.isfinite(target) and target > 0)]
        if bad:
            raise CalibrationError(
                f'{len(bad)} levels of margin "{margin.name}" have a population that is not positive',
                where=f"margin {margin.name}, level {' × '.join(map(str, bad[0]))}",
                do="give each level its population count; leave out levels outside the population",
            )
    totals = [sum(margin.targets.values()) for margin in margins]
    for margin, total in zip(margins, totals, strict=True):
        if abs(total / totals[0] - 1) > TOTAL_TOLERANCE:
            raise CalibrationError(
                f'margins disagree on the population: "{margins[0].name}" adds to {totals[0]:,.0f}, '
                f'"{margin.name}" to {total:,.0f}',
                where=f"margin {margin.name}",
                do="use counts of the same date and population, or scale one margin to the other beforehand",
            )


def _require_levels(cells: Cells, margin: Margin) -> None:
    codes, levels = _levels(cells, margin)
    partial = np.array([any(part is None for part in level) for level in levels])
    missing = cells.n[partial[codes]].sum()
    if missing:
        raise CalibrationError(
            f'{missing:,.0f} respondents have no answer on margin "{margin.name}"',
            where=f"margin {margin.name}",
            do="calibrate to an item that everybody answered, or impute it first",
        )
    present = set(levels)
    unknown = sorted(present - set(margin.targets), key=str)
    if unknown:
        raise CalibrationError(
            f'margin "{margin.name}" has no population for {len(unknown)} levels that respondents have '
            f"({', '.join(' × '.join(map(str, level)) for level in unknown[:5])})",
            where=f"margin {margin.name}",
            do="add those levels; the margin has "
            + ", ".join(" × ".join(map(str, level)) for level in margin.targets),
        )
    empty = [level for level in margin.targets if level not in present]
    if empty:
        raise CalibrationError(
            f'{len(empty)} levels of margin "{margin.name}" have a population but no respondents '
            f"({', '.join(' × '.join(map(str, level)) for level in empty[:5])})",
            where=f"margin {margin.name}",
            do="merge each with a neighbouring level, in the margin file and in the item",
        )


def _out_of_reach(
    margins: Sequence[Margin], target: Floats, reached: Floats, gap: Floats, passes: int
) -> CalibrationError:
    names = [(margin.name, " × ".join(map(str, level))) for margin in margins for level in margin.targets]
    worst = int(np.argmax(gap))
    name, level = names[worst]
    return CalibrationError(
        f'calibration stopped after {passes} passes; margin "{name}" is {100 * gap[worst]:.2g} % off at '
        f'level "{level}" ({target[worst]:,.0f} wanted, {reached[worst]:,.0f} reached)',
        where=f"margin {name}",
        do="merge levels that few respondents have together, or drop a margin that contradicts the others",
    )
