"""Margins: what is known of the population, and where respondents stand on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.cells import Cells
from netralstat.design.design import column_names
from netralstat.design.stages import numbered
from netralstat.errors import CalibrationError, UsageError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

TOTAL_TOLERANCE = 1e-6
# A numeric target below this share of Σ w|x| is as good as zero: its gap is told relative to that share.
NEAR_ZERO = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Known population figures for the levels of one item, or for the combinations of several.

    `targets` maps a tuple of levels (one per item) to persons or, where `value` names a numeric column,
    to the population total of that column within the level. Without items there is one target, at the
    empty tuple: the total over the whole population. `date` and `source` are printed.

    Examples
    --------
    >>> Margin(items=("stype",), targets={("E",): 4421, ("H",): 755, ("M",): 1018}).name
    'stype'
    >>> Margin(items=(), value="api99", targets={(): 3_914_069}).name
    'api99'
    """

    items: tuple[str, ...]
    targets: Mapping[tuple[Any, ...], float]
    value: str | None = None
    date: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """Items joined by a cross, after the numeric column if there is one."""
        crossed = " × ".join(self.items)
        if self.value is None:
            return crossed
        return f"{self.value} by {crossed}" if crossed else self.value

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that cells must be keyed by."""
        return self.items if self.value is None else (*self.items, self.value)

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each target."""
        return tuple(" × ".join(map(str, level)) if level else "total" for level in self.targets)


Targets = Mapping[Any, float] | pd.Series | float | Margin


def margins_given(margins: Mapping[Any, Targets] | Sequence[Margin]) -> list[Margin]:
    """Margins as users give them: item (or tuple of items) -> targets, or `Margin`s.

    Raises
    ------
    UsageError
        Targets are no mapping of numbers.
    """
    if isinstance(margins, Mapping):
        return [_given(items, targets) for items, targets in margins.items()]
    return list(margins)


def _given(items: str | Sequence[str], targets: Targets) -> Margin:
    if isinstance(targets, Margin):
        return targets
    named = column_names(items if isinstance(items, str) else tuple(items))
    where = f"margin {' × '.join(named)}"
    if isinstance(targets, Real) and len(named) == 1:
        return Margin(items=(), targets={(): float(targets)}, value=named[0])
    if not isinstance(targets, Mapping | pd.Series):
        raise UsageError(
            f"a {type(targets).__name__} is no margin", where=where, do="map each level to its population"
        )
    counts = {}
    for level, count in targets.items():
        try:
            counts[level if isinstance(level, tuple) else (level,)] = float(count)
        except (TypeError, ValueError) as problem:
            raise UsageError(
                "a population is no number", where=f"{where}, level {level}", do="give plain numbers"
            ) from problem
    return Margin(items=named, targets=counts)


def margin_columns(margins: Sequence[Margin]) -> tuple[str, ...]:
    """Every column of the margins, each once."""
    return tuple(dict.fromkeys(column for margin in margins for column in margin.columns))


def margin_patterns(cells: Cells, margins: Sequence[Margin]) -> tuple[Codes, Codes]:
    """Number of each cell's combination of margin columns, and the first cell of each combination.

    Weights depend on the combination alone, so that a million cells in a thousand combinations cost no
    more to calibrate than a thousand cells.
    """
    return numbered([cells.key(column) for column in margin_columns(margins)], cells.n_cells)


def margin_matrix(cells: Cells, margins: Sequence[Margin], rows: Codes) -> sparse.csr_array:
    """Each target as a column: 1, or the numeric value, where a cell has its level; shape (len(rows), p).

    Raises
    ------
    CalibrationError
        A cell has a level that its margin lacks, or no value.
    """
    if not margins:
        return sparse.csr_array((len(rows), 0))
    places, values, p = [], [], 0
    for margin in margins:
        code, levels = _levels(cells, margin, rows)
        column = {level: j for j, level in enumerate(margin.targets)}
        place = np.array([column.get(level, -1) for level in levels], dtype=np.int64)
        if (place < 0).any():
            _refuse_levels(cells, margin, levels)
        places.append(p + place[code])
        values.append(_values(cells, margin, rows))
        p += len(column)
    shape, ends = (len(rows), p), np.arange(len(rows) + 1) * len(margins)
    return sparse.csr_array((np.column_stack(values).ravel(), np.column_stack(places).ravel(), ends), shape)


def require_margins(cells: Cells, margins: Sequence[Margin], rows: Codes) -> None:
    """Refuse margins that contradict each other, or that the respondents cannot be set against.

    Raises
    ------
    CalibrationError
        There is no margin or target, a count is not positive, counts disagree on the population, a
        respondent has no answer, or respondents and targets do not have the same levels.
    """
    if not margins:
        raise CalibrationError(
            "no margin was given", where="margins", do="name at least one margin with population counts"
        )
    for margin in margins:
        _require_targets(margin)
    _require_same_population([margin for margin in margins if margin.value is None])
    for margin in margins:
        _, levels = _levels(cells, margin, rows)
        present = set(levels)
        if any(part is None for level in present for part in level) or present - set(margin.targets):
            _refuse_levels(cells, margin, levels)
        _values(cells, margin, rows)
        empty = [
            label for label, level in zip(margin.labels, margin.targets, strict=True) if level not in present
        ]
        if empty:
            raise CalibrationError(
                f'{len(empty)} levels of margin "{margin.name}" have a population but no respondents '
                f"({', '.join(empty[:5])})",
                where=f"margin {margin.name}",
                do="merge each with a neighbouring level, in the margin file and in the item",
            )


def target_vector(margins: Sequence[Margin]) -> Floats:
    """The targets of all margins in order, shape (p,)."""
    return np.array([target for margin in margins for target in margin.targets.values()], dtype=float)


def gap_scale(margins: Sequence[Margin], x: sparse.csr_array, w: Floats) -> Floats:
    """What the gap at each target is told relative to, shape (p,).

    The target itself; for a numeric total near zero a thousandth of Σ w|x|, where a relative gap to the
    target would say nothing.
    """
    target = np.abs(target_vector(margins))
    numeric = np.repeat([margin.value is not None for margin in margins], [len(m.targets) for m in margins])
    scale = np.where(numeric, np.maximum(target, NEAR_ZERO * (abs(x).T @ w)), target)
    return np.where(scale > 0, scale, 1.0)


def out_of_reach(
    margins: Sequence[Margin],
    scale: Floats,
    reached: Floats,
    passes: int,
    bounds: tuple[float, float],
    needed: tuple[float, float] | None,
) -> CalibrationError:
    """Which target is how far off; `needed` are the extremes of g without bounds, where that helps."""
    names = [(margin.name, label) for margin in margins for label in margin.labels]
    target = target_vector(margins)
    gap = np.abs(reached - target) / scale
    worst = int(np.argmax(gap))
    name, label = names[worst]
    fact = (
        f'calibration stopped after {passes} passes; margin "{name}" is {100 * gap[worst]:.2g} % off at '
        f'level "{label}" ({target[worst]:,.0f} wanted, {reached[worst]:,.0f} reached)'
    )
    if needed is None:
        do = "merge levels that few respondents have together, or drop a margin that contradicts the others"
        return CalibrationError(fact, where=f"margin {name}", do=do)
    return CalibrationError(
        f"{fact}. The bounds {bounds[0]:g} to {bounds[1]:g} are the reason: without them every target is "
        f"reached, with weights {needed[0]:.3g} to {needed[1]:.3g} times the design weights",
        where=f"bounds; margin {name}",
        do="widen the bounds, merge levels, or scale the design weights to the population first",
    )


def _levels(cells: Cells, margin: Margin, rows: Codes) -> tuple[Codes, list[tuple[Any, ...]]]:
    """Code of each row on a margin and the combination of levels it stands for; None where missing."""
    keys = [cells.key(item) for item in margin.items]
    of_rows = [replace(key, codes=key.codes[rows]) for key in keys]
    code, first = numbered(of_rows, len(rows))
    named = [tuple(None if key.codes[i] < 0 else key.levels[key.codes[i]] for key in of_rows) for i in first]
    return code, named


def _values(cells: Cells, margin: Margin, rows: Codes) -> Floats:
    """1, or the value that the margin adds up, of each row."""
    if margin.value is None:
        return np.ones(len(rows))
    key = cells.key(margin.value)
    if not all(isinstance(level, Real | np.number | np.bool_) for level in key.levels):
        raise CalibrationError(
            f'margin "{margin.name}" adds up "{margin.value}", which holds text or categories',
            where=f"margin {margin.name}",
            do="map each level to its population, or name a numeric column",
        )
    codes = key.codes[rows]
    if (codes < 0).any():
        raise _unanswered(cells, margin, [margin.value])
    return np.asarray(key.levels, dtype=float)[codes]


def _require_targets(margin: Margin) -> None:
    where = f"margin {margin.name}"
    if margin.value is None and not margin.items:
        raise CalibrationError(
            "a margin names neither an item nor a numeric column",
            where="margins",
            do="give it items, a value, or both",
        )
    if not margin.targets:
        raise CalibrationError(
            f'margin "{margin.name}" has no level', where=where, do="give each level its population count"
        )
    strange = [
        level for level in margin.targets if not isinstance(level, tuple) or len(level) != len(margin.items)
    ]
    if strange:
        raise CalibrationError(
            f'{len(strange)} targets of margin "{margin.name}" do not name {len(margin.items)} levels',
            where=where,
            do="key each target by a tuple with a level of each item; the empty tuple where there is no item",
        )
    counts = margin.value is None
    bad = [
        label
        for label, target in zip(margin.labels, margin.targets.values(), strict=True)
        if not np.isfinite(target) or (counts and target <= 0)
    ]
    if bad:
        raise CalibrationError(
            f'{len(bad)} levels of margin "{margin.name}" have a '
            + ("population that is not positive" if counts else "total that is not finite"),
            where=f"{where}, level {bad[0]}",
            do="give each level its population count; leave out levels outside the population"
            if counts
            else "give each level its total",
        )


def _require_same_population(counts: Sequence[Margin]) -> None:
    totals = [sum(margin.targets.values()) for margin in counts]
    for margin, total in zip(counts, totals, strict=True):
        if abs(total / totals[0] - 1) > TOTAL_TOLERANCE:
            raise CalibrationError(
                f'margins disagree on the population: "{counts[0].name}" adds to {totals[0]:,.0f}, '
                f'"{margin.name}" to {total:,.0f}',
                where=f"margin {margin.name}",
                do="use counts of the same date and population, or scale one margin to the other beforehand",
            )


def _refuse_levels(cells: Cells, margin: Margin, levels: list[tuple[Any, ...]]) -> NoReturn:
    """Raise for the levels of respondents that the margin lacks; a missing answer comes first."""
    if any(part is None for level in levels for part in level):
        raise _unanswered(cells, margin, margin.items)
    unknown = sorted({level for level in levels if level not in margin.targets}, key=str)
    raise CalibrationError(
        f'margin "{margin.name}" has no population for {len(unknown)} levels that respondents have '
        f"({', '.join(' × '.join(map(str, level)) for level in unknown[:5])})",
        where=f"margin {margin.name}",
        do=f"add those levels; the margin has {', '.join(margin.labels)}",
    )


def _unanswered(cells: Cells, margin: Margin, columns: Sequence[str]) -> CalibrationError:
    lacking = np.any([cells.key(column).codes < 0 for column in columns], axis=0)
    return CalibrationError(
        f'{cells.n[lacking].sum():,.0f} respondents have no answer on margin "{margin.name}"',
        where=f"margin {margin.name}",
        do="calibrate to an item that everybody answered, or impute it first",
    )
