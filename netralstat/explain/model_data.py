"""What a model is fitted to: the cells of respondents, the matrix of the terms, who has every answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.cells import Cells
from netralstat.design.crossing import Patterns
from netralstat.design.design import Design
from netralstat.design.influence import Part
from netralstat.design.variance import Covariance, covariance, domain_df
from netralstat.errors import EstimationError
from netralstat.explain.formula import Formula, parse
from netralstat.explain.model_cells import ModelCells, model_cells
from netralstat.explain.respondents import require_answers, require_apart, require_independent
from netralstat.explain.terms import ModelMatrix, model_matrix
from netralstat.frames import Key, numeric_columns, require_columns

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelData:
    """The respondents of a model by cell; arrays of shape (n_cells,).

    `x` (n_cells, p) is zero where `used` is False: where an answer to a variable is missing, or nobody
    weighs anything. `w` is Σ of the final weights, `mean_weight` theirs of all respondents, `each` the mean
    weight of a cell relative to it. `offset` is what the linear predictor holds besides x·β.
    """

    formula: Formula
    respondents: ModelCells
    matrix: ModelMatrix
    outcome: Key
    numeric: tuple[str, ...]
    used: NDArray[np.bool_]
    x: Floats
    w: Floats
    each: Floats
    mean_weight: float
    offset: Floats | None

    @property
    def cells(self) -> Cells | Patterns:
        """The cells that tell patterns of answers apart."""
        return self.respondents.cells

    @property
    def y(self) -> Floats:
        """The outcome as a number, 0 where it is missing."""
        return np.asarray([*self.outcome.levels, 0.0], dtype=float)[self.outcome.codes]

    @property
    def n(self) -> int:
        """Respondents of the model."""
        return int(self.cells.n[self.used].sum())

    @property
    def empty_levels(self) -> dict[str, tuple[str, ...]]:
        """Levels of the factors that no respondent of the model has: they have no coefficient."""
        found = {}
        for name in self.matrix.levels:
            key = self.cells.key(name)
            held = np.bincount(key.codes[self.used], minlength=len(key.levels)) > 0
            if not held.all():
                found[name] = tuple(
                    str(level) for level, has in zip(key.levels, held, strict=True) if not has
                )
        return found

    @property
    def n_incomplete(self) -> int:
        """Respondents who lack an answer."""
        return int(self.cells.n.sum()) - self.n

    def covariance(self, per_weight: Floats) -> Covariance:
        """Covariance of statistics from their influence per unit of weight (n_cells, k)."""
        return covariance([self.part(per_weight)], self.respondents.units, self.respondents.calibrated)

    def part(self, per_weight: Floats) -> Part:
        """The influence by unit of the design, from that per unit of weight (n_cells, k)."""
        crossing, units = self.respondents.crossing, self.respondents.units
        if crossing is None:
            influence = per_weight * units.w_sum[:, None]
        else:
            influence = crossing.spread @ np.ascontiguousarray(per_weight)
        return Part(values=influence, domain=self._inside(), n_domains=1)

    def covariance_of_scores(self, residual: Floats, bread: NDArray[Any]) -> Covariance:
        """Covariance of coefficients whose influence per unit of weight is x·residual·bread."""
        crossing, units = self.respondents.crossing, self.respondents.units
        if crossing is None:
            influence = (self.x * (units.w_sum * residual)[:, None]) @ bread
        else:
            spread = crossing.spread
            of_pairs = spread.data * residual[spread.indices]
            influence = (
                sparse.csr_array((of_pairs, spread.indices, spread.indptr), spread.shape) @ self.x @ bread
            )
        part = Part(values=influence, domain=self._inside(), n_domains=1)
        return covariance([part], units, self.respondents.calibrated)

    def _inside(self) -> NDArray[np.int64]:
        """0 for units that respondents of the model reach, else -1."""
        crossing = self.respondents.crossing
        reached = self.used if crossing is None else crossing.spread @ self.used.astype(float) > 0
        return np.where(reached, 0, -1)

    def df(self) -> int:
        """PSUs minus strata that respondents of the model reach."""
        return int(domain_df(self.respondents.units, self._inside(), 1)[0])


def model_data(
    frame: Any,
    design: Design,
    formula: str,
    calibration: Calibration | None = None,
    *,
    squares: bool = False,
    also: Sequence[str] = (),
) -> ModelData:
    """Group the respondents by the variables of a formula and code its terms.

    `squares` keeps Σ w² of the patterns in each PSU, `also` names columns that cells tell apart besides.

    Raises
    ------
    UsageError
        The formula cannot be read, or has the outcome among its terms.
    DesignError, EstimationError
        A variable is absent, nobody has every answer, or the offset holds text.
    """
    parsed = parse(formula)
    variables = [parsed.outcome, *parsed.variables]
    require_columns(frame, variables, where=f"formula {formula}")
    require_apart(parsed, f"formula {formula}")
    numeric = tuple(numeric_columns(frame, variables))
    keys = list(dict.fromkeys([*variables, *also]))
    respondents = model_cells(frame, design, keys, calibration, squares=squares)
    cells = respondents.cells
    require_answers(cells, parsed)
    outcome = cells.key(parsed.outcome)
    answered = (outcome.codes >= 0) & (cells.w_sum > 0)
    matrix = model_matrix(cells, parsed, numeric, answered=answered)
    used = matrix.complete & answered
    w = respondents.weights
    mean_weight = float(w.sum() / cells.n.sum())
    x = matrix.x if used.all() else matrix.x * used[:, None]
    return ModelData(
        formula=parsed,
        respondents=respondents,
        matrix=matrix,
        outcome=outcome,
        numeric=numeric,
        used=used,
        x=x,
        w=w,
        each=w / np.where(cells.n > 0, cells.n, 1.0) / mean_weight,
        mean_weight=mean_weight,
        offset=offset_of(cells, parsed, numeric),
    )


def require_respondents(data: ModelData) -> None:
    """Refuse a model that nobody answered, or whose terms say the same."""
    require_answers(data.cells, data.formula)
    require_independent(data.x, data.w, data.matrix.coefficients)


def offset_of(cells: Cells | Patterns, formula: Formula, numeric: Sequence[str]) -> Floats | None:
    """The offset of each cell; 0 where it is missing, for such cells are not used."""
    if formula.offset is None:
        return None
    if formula.offset not in numeric:
        raise EstimationError(
            f'the offset "{formula.offset}" holds text or categories',
            where=f"outcome {formula.outcome}",
            do="name a column of numbers, such as the logarithm of the persons at risk",
        )
    key = cells.key(formula.offset)
    return np.asarray([*key.levels, 0.0], dtype=float)[key.codes]
