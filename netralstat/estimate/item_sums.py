"""What estimators of shares, means and totals add up: a measure for each level of each item, by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.cells import Cells, Measure, MeasureSums
from netralstat.design.design import Design
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.domains import MAX_LEVELS, keyed_cells, unknown_level
from netralstat.frames import distinct_values, numeric_columns, open_table, require_columns

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSums:
    """Numerator and denominator of m statistics by cell, arrays of shape (n_cells, m); `labels` name them.

    `n` respondents who answered, `n_yes` those of them counted in the numerator, `weight` Σ w and `square`
    Σ w·y² over them. Totals have no denominator.
    """

    labels: tuple[tuple[str, Any], ...]
    numerator: Floats
    denominator: Floats | None
    n: Floats
    n_yes: Floats
    weight: Floats
    square: Floats


def measured(
    frame: Any,
    design: Design,
    items: Sequence[str],
    keys: Sequence[str],
    chosen: Mapping[str, Sequence[Any]],
    calibration: Calibration | None,
    *,
    numeric_as_value: bool = False,
    keyed: bool = False,
) -> tuple[Cells, list[Measure]]:
    """Cells, and a measure for each level of each item (one for a 0/1 item, or for any number).

    `keyed` makes the items keys of the cells, which have Σ w² then, also where PSUs were drawn.
    """
    table = open_table(frame)
    require_columns(table, items, where="items")
    strangers = [item for item in chosen if item not in items]
    if strangers:
        raise UsageError(
            f'levels= names "{strangers[0]}", which is not among the items',
            where="levels",
            do=f"the items are {', '.join(items)}.{did_you_mean(strangers[0], items)}",
        )
    numbers = numeric_columns(table, items)

    def measures(item: str, levels: Sequence[Any]) -> list[Measure]:
        if len(levels) > MAX_LEVELS and not (numeric_as_value and item in numbers):
            raise EstimationError(
                f'item "{item}" has {len(levels):,} levels',
                where=f"item {item}",
                do="ask for its mean, or group it into levels first",
            )
        wanted = chosen.get(item)
        if wanted is not None:
            unknown = [level for level in wanted if level not in levels]
            if unknown:
                raise unknown_level(item, unknown[0], levels, f"levels, item {item}")
            return [Measure(item=item, level=level) for level in wanted]
        if not len(levels) or (numeric_as_value and item in numbers):
            return [Measure(item=item)]
        if not numeric_as_value and _is_binary(levels):  # a categorical of 0 and 1 holds no numbers to add up
            summed = design.samples_elements or keyed or item in numbers
            own = next((level for level in levels if level == 1), 1)  # a categorical compares with its own
            return [Measure(item=item, level=None if summed else own)]
        return [Measure(item=item, level=level) for level in levels]

    if design.samples_elements or keyed:  # items are keys of the cells, which therefore know the levels
        cells = keyed_cells(table, design, [*keys, *items], (), calibration, squares=True)
        return cells, [m for item in items for m in measures(item, cells.key(item).levels)]
    table.look_at(items)
    found = []
    for item in items:
        if numeric_as_value and item in numbers:
            found.append(Measure(item=item))
            continue
        found += measures(item, distinct_values(table, item, limit=MAX_LEVELS))
    return keyed_cells(table, design, keys, found, calibration), found


def _is_binary(levels: Sequence[Any]) -> bool:
    numeric = all(isinstance(level, int | float | np.number | np.bool_) for level in levels)
    return numeric and {float(level) for level in levels} <= {0.0, 1.0}


def stacked(labels: Sequence[tuple[str, Any]], sums: Sequence[MeasureSums], *, of_total: bool) -> ItemSums:
    """Sums of shares and means, whose denominator is the weight of those who answered, or of totals."""
    weight = np.column_stack([one.w_sum for one in sums])
    return ItemSums(
        labels=tuple(labels),
        numerator=np.column_stack([one.wy_sum for one in sums]),
        denominator=None if of_total else weight,
        n=np.column_stack([one.n for one in sums]),
        n_yes=np.column_stack([one.n_y for one in sums]),
        weight=weight,
        square=np.column_stack([one.wyy_sum for one in sums]),
    )
