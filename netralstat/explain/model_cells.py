"""Model cells: respondents as patterns of answers, which a fit needs, and as the units of the design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import CalibratedCells, Calibration, apply_calibration
from netralstat.design.cells import Cells, compress
from netralstat.design.crossing import Crossing, Patterns, cross
from netralstat.design.design import Design

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCells:
    """Respondents for a model of `variables`.

    `cells` tell patterns of answers apart and `units` the units of the design. Where PSUs were drawn and
    weights are not calibrated these are two groupings with a `crossing`; else one, and `calibrated`
    holds its g-weights.
    """

    variables: tuple[str, ...]
    cells: Cells | Patterns
    units: Cells
    crossing: Crossing | None = None
    calibrated: CalibratedCells | None = None

    @property
    def weights(self) -> Floats:
        """Σ of the final weights of each of `cells`, shape (n_cells,)."""
        w = self.cells.w_sum
        return w * self.calibrated.g if self.calibrated is not None else w


def model_cells(
    frame: Any,
    design: Design,
    variables: Sequence[str],
    calibration: Calibration | None = None,
    *,
    squares: bool = False,
) -> ModelCells:
    """Group respondents by the variables of a model, crossed with PSUs where that is enough.

    `squares` keeps Σ w² of the patterns in each PSU (and, where persons were drawn, one weight a cell).
    """
    if squares:
        own = [design.weight] if design.samples_elements and design.weight else []
        cells = compress(frame, design, keys=[*variables, *own], squares=True)
        return ModelCells(variables=tuple(variables), cells=cells, units=cells)
    if calibration is None and design.psu and not design.ssu and design.weight is not None:
        crossing = cross(frame, design, variables)
        return ModelCells(
            variables=tuple(variables), cells=crossing.patterns, units=crossing.units, crossing=crossing
        )
    margins = calibration.items if calibration is not None else ()
    cells = compress(frame, design, keys=[*variables, *margins])
    return ModelCells(
        variables=tuple(variables),
        cells=cells,
        units=cells,
        calibrated=apply_calibration(calibration, cells),
    )
