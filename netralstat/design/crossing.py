"""Crossing: answer patterns beside PSUs. A model needs both, and the rows that they share are few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.cells import Cells, compress
from netralstat.design.design import Design
from netralstat.design.stages import numbered
from netralstat.errors import EstimationError
from netralstat.frames import Key, open_table, require_columns

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """Respondents alike in every key, wherever they were drawn; arrays of shape (n_cells,) as in `Cells`."""

    keys: Mapping[str, Key]
    n: Floats
    w_sum: Floats

    @property
    def n_cells(self) -> int:
        """Number of patterns."""
        return len(self.n)

    def key(self, name: str) -> Key:
        """Codes and levels of a column that tells patterns apart."""
        return self.keys[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """PSUs and patterns of the same respondents.

    `units` are the cells of the design alone, one a PSU; `spread` (n_psu, n_patterns) holds Σ w of those
    in both. Sums over a PSU of a quantity that depends on the pattern are `spread` times it.
    """

    units: Cells
    patterns: Patterns
    spread: sparse.csr_array


def cross(frame: Any, design: Design, keys: Sequence[str]) -> Crossing:
    """Group respondents by their PSU and by their pattern, but not by both: most pairs are single persons.

    Parameters
    ----------
    frame : one row a respondent, or a `Table` made of one. `design` : with PSUs, one stage and weights.
    keys : columns that tell patterns apart.
    """
    table = open_table(frame)
    require_columns(table, keys, where="formula")
    assert design.weight is not None
    units = compress(table, design)
    found = table.cross([*design.stratum, *design.psu], keys, design.weight)
    for name, key in found.patterns.keys.items():
        if not np.isfinite([level for level in key.levels if isinstance(level, float)]).all():
            raise EstimationError(
                f'item "{name}" has infinite values',
                where=f"item {name}",
                do="make them missing, or correct them",
            )
    drawn = [found.units[column] for column in (*design.stratum, *design.psu)]
    number, _ = numbered(drawn, len(drawn[0].codes))
    assert units.psu is not None
    cell_of_psu = np.empty(len(units.psu), dtype=np.int64)
    cell_of_psu[units.psu] = np.arange(len(units.psu))
    row = cell_of_psu[number]
    spread = sparse.csr_array(
        (found.weights, (row[found.unit], found.pattern)),
        shape=(units.n_cells, len(found.patterns.sums["n"])),
    )
    patterns = Patterns(keys=found.patterns.keys, n=found.patterns.sums["n"], w_sum=found.patterns.sums["w"])
    return Crossing(units=units, patterns=patterns, spread=spread)
