"""Stages of the draw: which units were drawn from which group, how many of how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.design.design import Design
from netralstat.errors import DesignError
from netralstat.frames import Key

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

# Joint codes up to this many a cell are looked up in a table; beyond it they are sorted.
DENSE_CODES = 8
COUNTS = (
    "give the population count of PSUs (of persons where there is no psu, of the PSU's units for the ssu)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of the draw.

    `unit` (n_cells,) numbers the unit drawn, None where persons were drawn themselves; `group` (n_cells,)
    the group it was drawn from: the stratum at the first stage, the PSU at the second. `n` and `fpc`
    (n_groups,) count its units in the sample and in the population (inf without a correction). `labels`
    and `example` (n_groups,), a cell of each group, name it in errors.
    """

    unit: Codes | None
    group: Codes
    n: Floats
    fpc: Floats
    labels: tuple[Key, ...]
    example: Codes

    @property
    def n_groups(self) -> int:
        """Number of strata, or of PSUs at the second stage."""
        return len(self.n)

    def name(self, group: int) -> str:
        """A group in the words of the data."""
        cell = self.example[group]
        return " × ".join(str(key.levels[key.codes[cell]]) for key in self.labels) or "all"


def stages_of(
    design: Design, keys: Mapping[str, Key], sums: Mapping[str, Floats], n_cells: int
) -> tuple[Stage, ...]:
    """The stages that `design` names, found in cells that are keyed by its columns.

    `sums` holds the sums "rows" (persons) where they are drawn themselves or an fpc is given, and "fpc i",
    "fpc² i" of the correction of stage i.
    """
    stages = []
    columns = design.stratum
    group, example = numbered([keys[column] for column in columns], n_cells)
    for i, unit_columns in enumerate(design.stage_columns or ((),)):
        labels = tuple(keys[column] for column in columns)
        columns = (*columns, *unit_columns)
        n_groups = len(example)
        unit, first = None, None
        if unit_columns:
            unit, first = numbered([keys[column] for column in columns], n_cells)
            n = np.bincount(group[first], minlength=n_groups).astype(float)
        else:
            n = np.bincount(group, weights=sums["rows"], minlength=n_groups)
        stage = Stage(
            unit=unit,
            group=group,
            n=n,
            fpc=np.full(n_groups, np.inf),
            labels=labels,
            example=example,
        )
        if i < len(design.fpc):
            stage = _corrected(stage, design.fpc[i], sums["rows"], sums[f"fpc {i}"], sums[f"fpc² {i}"])
        stages.append(stage)
        if unit is not None and first is not None:
            group, example = unit, first
    return tuple(stages)


def numbered(keys: Sequence[Key], n_cells: int) -> tuple[Codes, Codes]:
    """Number of each cell's combination of levels, in their order, and the first cell of each."""
    joint, size = np.zeros(n_cells, dtype=np.int64), 1
    for key in keys:
        joint = joint * (len(key.levels) + 1) + (key.codes + 1)
        size *= len(key.levels) + 1
        if size > DENSE_CODES * n_cells:
            distinct, joint = np.unique(joint, return_inverse=True)
            joint, size = joint.reshape(-1).astype(np.int64), len(distinct)
    first = np.full(size, -1, dtype=np.int64)
    first[joint[::-1]] = np.arange(n_cells)[::-1]
    present = np.flatnonzero(first >= 0)
    place = np.empty(size, dtype=np.int64)
    place[present] = np.arange(len(present))
    return place[joint], first[present]


def _corrected(stage: Stage, column: str, rows: Floats, total: Floats, square: Floats) -> Stage:
    """The stage with its finite population correction; it must be one number in each group."""
    of_group = [np.bincount(stage.group, weights=sums, minlength=stage.n_groups) for sums in (rows, total)]
    mean = of_group[1] / of_group[0]
    unusable = np.flatnonzero(~((mean > 0) & np.isfinite(mean)))
    if len(unusable):
        raise DesignError(
            f'the fpc "{column}" is no positive number in {len(unusable):,} strata',
            where=f"stratum {stage.name(unusable[0])}",
            do=f"{COUNTS}, or leave fpc out",
        )
    mean_square = np.bincount(stage.group, weights=square, minlength=stage.n_groups) / of_group[0]
    varies = np.flatnonzero(mean_square - mean**2 > 1e-9 * np.maximum(mean**2, 1e-300))
    if len(varies):
        raise DesignError(
            f'the fpc "{column}" takes several values within {len(varies):,} strata',
            where=f"stratum {stage.name(varies[0])}",
            do="give each stratum one population count (or one sampling fraction)",
        )
    fpc = stage.n / mean if np.all(mean <= 1) else mean
    small = np.flatnonzero(fpc < stage.n * (1 - 1e-9))
    if len(small):
        h = small[0]
        raise DesignError(
            f'the fpc "{column}" is smaller than the sample in {len(small):,} strata '
            f"({fpc[h]:,.10g} against {stage.n[h]:,.0f} sampled)",
            where=f"stratum {stage.name(h)}",
            do=COUNTS,
        )
    return Stage(
        unit=stage.unit,
        group=stage.group,
        n=stage.n,
        fpc=fpc,
        labels=stage.labels,
        example=stage.example,
    )
