"""Sums of the squares and products of pairs of items over the respondents of each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.cells import Cells, Measure
from netralstat.design.design import Design
from netralstat.estimate.domains import keyed_cells
from netralstat.frames import require_columns

Floats = NDArray[np.float64]
Pair = tuple[str, str]

# Where a mean square exceeds its variance by more, too few digits of a sum of squares are left, and the
# answers themselves become keys of the cells, to be centred before they are squared.
FLAT = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSums:
    """Sums over the respondents of each cell who answered both items of a pair; shape (n_cells, n_pairs).

    `n` counts them, `w` is Σ w, and the others are Σ w times what they are named after.
    """

    n: Floats
    w: Floats
    x: Floats
    y: Floats
    xx: Floats
    yy: Floats
    xy: Floats

    def combined(
        self,
        means: tuple[Floats, Floats],
        at: NDArray[np.int64],
        weights: tuple[Floats, Floats, Floats],
    ) -> Floats:
        """Σ w (a d_x d_x + b d_x d_y + c d_y d_y) by cell, d the distance from the mean of its domain.

        `means` of both items and `weights` a, b and c have shape (n_pairs, n_domains); `at` (n_cells,) is
        the domain of a cell.
        """
        (mx, my), (a, b, c) = (one.T[at] for one in means), (one.T[at] for one in weights)
        squares_x = self.xx - 2 * mx * self.x + mx**2 * self.w
        products = self.xy - mx * self.y - my * self.x + mx * my * self.w
        squares_y = self.yy - 2 * my * self.y + my**2 * self.w
        combined: Floats = a * squares_x + b * products + c * squares_y
        return combined


def product_sums(
    frame: Any,
    design: Design,
    pairs: Sequence[Pair],
    keys: Sequence[str],
    calibration: Calibration | None,
) -> tuple[Cells, ProductSums]:
    """Cells and their sums: added up in the group-by, or of answers that are keys and centred first."""
    items = list(dict.fromkeys(item for pair in pairs for item in pair))
    require_columns(frame, items, where="items")
    alone = [Measure(item=item) for item in items]
    if design.samples_elements:
        cells = keyed_cells(frame, design, keys, alone, calibration)
        return cells, _centred_sums(cells, pairs)
    products = [_measures(*pair)[2] for pair in pairs]
    cells = keyed_cells(frame, design, keys, _distinct([*alone, *products]), calibration)
    sides = [_sides(cells, *pair) for pair in pairs]
    apart = [measure for side in sides for measure in side if measure.given is not None]
    if apart:  # some answered one item of a pair and not the other
        cells = keyed_cells(frame, design, keys, _distinct([*alone, *products, *apart]), calibration)
    sums = _sums(cells, sides, products)
    if _is_flat(sums):
        cells = keyed_cells(frame, design, [*keys, *items], (), calibration)
        sums = _centred_sums(cells, pairs)
    return cells, sums


def _distinct(measures: Sequence[Measure]) -> list[Measure]:
    return list(dict.fromkeys(measures))


def _measures(x: str, y: str) -> tuple[Measure, Measure, Measure]:
    """What is added up of a pair: either item where the other is answered too, and their product."""
    if x == y:
        return Measure(item=x), Measure(item=x), Measure(item=x)
    return Measure(item=x, given=y), Measure(item=y, given=x), Measure(item=x, given=y, times=True)


def _sides(cells: Cells, x: str, y: str) -> tuple[Measure, Measure]:
    """The measures of the two items: without `given`, unless somebody answered only one of them."""
    own, other, product = _measures(x, y)
    both = cells.sums(product).n
    everybody = all(np.array_equal(cells.sums(Measure(item=item)).n, both) for item in (x, y))
    return (Measure(item=x), Measure(item=y)) if everybody else (own, other)


def _sums(cells: Cells, sides: Sequence[tuple[Measure, Measure]], products: Sequence[Measure]) -> ProductSums:
    xs, ys = ([cells.sums(side[i]) for side in sides] for i in (0, 1))
    xy = [
        cells.sums(product).wy_sum if product.times else cells.sums(product).wyy_sum for product in products
    ]
    return ProductSums(
        n=np.column_stack([one.n for one in xs]),
        w=np.column_stack([one.w_sum for one in xs]),
        x=np.column_stack([one.wy_sum for one in xs]),
        y=np.column_stack([one.wy_sum for one in ys]),
        xx=np.column_stack([one.wyy_sum for one in xs]),
        yy=np.column_stack([one.wyy_sum for one in ys]),
        xy=np.column_stack(xy),
    )


def _is_flat(sums: ProductSums) -> bool:
    """Whether an item spreads so little about its mean that sums of squares hold too few digits of it."""
    weight = np.where(sums.w.sum(axis=0) > 0, sums.w.sum(axis=0), 1.0)
    found = [
        (one.sum(axis=0) / weight, two.sum(axis=0) / weight)
        for one, two in ((sums.x, sums.xx), (sums.y, sums.yy))
    ]
    return any(bool((square > FLAT * (square - mean**2)).any()) for mean, square in found)


def _centred_sums(cells: Cells, pairs: Sequence[Pair]) -> ProductSums:
    """The sums of answers less their mean, from cells that are keyed by the answers."""
    values = {}
    for item in dict.fromkeys(item for pair in pairs for item in pair):
        key = cells.key(item)
        value = np.asarray([*map(float, key.levels), np.nan])[key.codes]
        w = np.where(np.isnan(value), 0.0, cells.w_sum)
        values[item] = value - (w @ np.nan_to_num(value)) / (w.sum() or 1.0)
    x, y = (np.column_stack([values[pair[i]] for pair in pairs]) for i in (0, 1))
    both = ~(np.isnan(x) | np.isnan(y))
    w, x, y = cells.w_sum[:, None] * both, np.where(both, x, 0.0), np.where(both, y, 0.0)
    n = cells.n[:, None] * both
    return ProductSums(n=n, w=w, x=w * x, y=w * y, xx=w * x * x, yy=w * y * y, xy=w * x * y)
