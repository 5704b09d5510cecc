"""Terms: what is added up within each group of respondents, wherever the data live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.frames.coding import Key

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A sum over the rows of a group: Σ w^weight_power · y^value_power over rows that answered.

    `weight_power` 0 counts every row once, but for rows of weight zero, which stand for nobody. `item` None
    sums the weights alone; with `level`, y is 1 where the item has it and 0 elsewhere; `given` names a
    second item that must be answered too, and with `times` its value multiplies y. `value_power` 0 sums
    the weights of those who answered.
    """

    weight: str | None = None
    weight_power: int = 0
    item: str | None = None
    level: Any = None
    given: str | None = None
    times: bool = False
    value_power: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Respondents grouped by columns: a `Key` for each, and the sums asked for, all of shape (n_groups,)."""

    keys: Mapping[str, Key]
    sums: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """Respondents grouped in two ways at once, by unit and by pattern.

    `units` holds a `Key` (n_units,) for each column of the units, `patterns` the groups by pattern with the
    sums "n" and "w". Entry i of `weights` is the weight of those in `unit[i]` and `pattern[i]`, which may
    come in several entries.
    """

    units: Mapping[str, Key]
    patterns: Groups
    unit: NDArray[np.int64]
    pattern: NDArray[np.int64]
    weights: Floats
