"""Refitting: a model again on its cells, for what is asked of it beyond its coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.errors import EstimationError
from netralstat.explain.families import DISTRIBUTIONS, Family
from netralstat.explain.fitting import Fit, fitted
from netralstat.explain.model_data import ModelData, model_data
from netralstat.explain.penalised import penalised_fit
from netralstat.explain.regression import Model

Floats = NDArray[np.float64]

# Share of the largest coefficient by which those of the same respondents may differ between two fits.
SAME = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Refitted:
    """A model on its cells; arrays of shape (n_cells,), `influence` of penalised ones (n_cells, p)."""

    data: ModelData
    fit: Fit
    family: Family
    influence: Floats | None = None

    @property
    def weight(self) -> Floats:
        """Σ of the final weights of the cells in use, 0 elsewhere."""
        return np.where(self.data.used, self.data.w, 0.0)

    @property
    def offset(self) -> Floats:
        """What the linear predictor holds besides x·β."""
        return self.data.offset if self.data.offset is not None else np.zeros(len(self.data.w))

    @property
    def predictor(self) -> Floats:
        """The linear predictor η of each cell."""
        return np.asarray(self.data.x @ self.fit.beta + self.offset)

    @property
    def mean(self) -> Floats:
        """The fitted mean μ of each cell."""
        return DISTRIBUTIONS[self.family].inverse(self.predictor)

    @property
    def per_weight(self) -> Floats:
        """Influence of the coefficients per unit of weight, shape (n_cells, p)."""
        if self.influence is not None:
            return self.influence
        bread = np.linalg.inv(self.fit.information) / self.data.mean_weight
        return (self.fit.residual[:, None] * self.data.x) @ bread


def refitted(
    frame: Any, design: Design, model: Model, calibration: Calibration | None, *, also: Sequence[str] = ()
) -> Refitted:
    """Fit a model again, from its own formula, to the respondents that it was fitted to.

    Parameters
    ----------
    frame, design, calibration : those that the model was fitted with.
    also : columns that its cells tell apart besides.

    Raises
    ------
    EstimationError
        The respondents, or their weights, are not those of the model.
    """
    where = f"formula {model.formula}"
    data = model_data(frame, design, model.formula, calibration, also=also)
    family = cast("Family", model.family)
    influence = None
    if model.provenance.get("penalty") == "firth":
        fit, influence = penalised_fit(data, where)
    else:
        fit = fitted(
            data.x, data.y, data.each, data.cells.n, data.used, family, model.tolerance, where, data.offset
        )
    require_same(fit.beta, model)
    return Refitted(data=data, fit=fit, family=family, influence=influence)


def require_same(found: Floats, model: Model) -> None:
    """Refuse respondents on whom a model has other coefficients."""
    before = model.coefficients.to_numpy()
    if len(found) != len(before) or np.abs(found - before).max() > SAME * np.abs(before).max():
        raise EstimationError(
            "the model has other coefficients on the respondents of this survey",
            where=f"formula {model.formula}",
            do="ask the survey that the model was fitted with, calibrated as it was then",
        )
