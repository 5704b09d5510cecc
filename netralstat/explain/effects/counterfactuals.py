"""A model on its cells, asked what it says of everybody at other values: the matrix there, and by domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.design.stages import numbered
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.explain.categorical import CategoricalFamily
from netralstat.explain.curves import Bend
from netralstat.explain.families import Distribution, mean_of
from netralstat.explain.model_data import ModelData
from netralstat.explain.negative_binomial import refitted_counts
from netralstat.explain.refitting import refitted
from netralstat.explain.regression import Model
from netralstat.explain.terms import Coefficient, ModelMatrix
from netralstat.frames import Key, require_columns

Floats = NDArray[np.float64]

MAX_VALUES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Respondents of the model with the same `levels` (None: all); `weight` (n_cells,) is 0 outside.

    `n` counts them.
    """

    levels: tuple[Any, ...]
    weight: Floats
    n: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactuals:
    """A model on its cells: weights of who has every answer, β and its influence per unit of weight.

    `own_bends` keeps the columns of curves, and their slopes, at everybody's own number once they are asked.
    """

    data: ModelData
    beta: Floats
    per_weight: Floats
    family: str
    domains: tuple[Domain, ...]
    own_bends: dict[tuple[str, bool], Floats] = field(default_factory=dict)

    @property
    def matrix(self) -> ModelMatrix:
        """The coding of the terms."""
        return self.data.matrix

    @property
    def offset(self) -> Floats:
        """What the linear predictor holds besides x·β."""
        return self.data.offset if self.data.offset is not None else np.zeros(len(self.data.w))

    def at(self, replaced: Mapping[str, Any]) -> Floats:
        """The model matrix with everybody at the same values of some variables, shape (n_cells, p)."""
        bends = {name: self._bends(name, replaced, slopes=False) for name in self.matrix.curves}
        columns = [self._column(coefficient, replaced, bends) for coefficient in self.matrix.coefficients]
        return np.column_stack(columns)

    def slope(self, along: str) -> Floats:
        """The derivative of the model matrix by a number, shape (n_cells, p); no term has a number twice."""
        bends = {name: self._bends(name, {}, slopes=name == along) for name in self.matrix.curves}
        columns = [
            self._column(coefficient, {along: 1.0}, bends)
            if along in dict(coefficient.parts)
            else np.zeros(len(self.data.w))
            for coefficient in self.matrix.coefficients
        ]
        return np.column_stack(columns)

    def _column(
        self, coefficient: Coefficient, replaced: Mapping[str, Any], bends: Mapping[str, Floats]
    ) -> Floats:
        column = np.ones(len(self.data.w))
        for name, level in coefficient.parts:
            key = self.data.cells.key(name)
            if isinstance(level, Bend):
                column = column * bends[name][:, level.place]
            elif level is None:
                own = np.asarray([*key.levels, 0.0], dtype=float)[key.codes]
                column = column * (np.full(len(own), float(replaced[name])) if name in replaced else own)
            elif name in replaced:
                column = column * float(str(replaced[name]) == str(level))
            else:
                column = column * (key.codes == key.levels.index(level))
        return column

    def _bends(self, name: str, replaced: Mapping[str, Any], *, slopes: bool) -> Floats:
        """Columns of a curve over the cells, or their slopes, shape (n_cells, columns)."""
        curve, key = self.matrix.curves[name], self.data.cells.key(name)
        at = curve.slopes if slopes else curve.values
        if name in replaced:
            return np.repeat(at(np.array([float(replaced[name])])), len(self.data.w), axis=0)
        if (name, slopes) not in self.own_bends:
            of_levels = at(np.asarray(key.levels, dtype=float))
            self.own_bends[name, slopes] = np.vstack([of_levels, np.zeros(curve.columns)])[key.codes]
        return self.own_bends[name, slopes]

    @property
    def distribution(self) -> Distribution:
        """The family's mean as a function of the linear predictor."""
        return mean_of(self.family)

    @property
    def variables(self) -> tuple[str, ...]:
        """Variables of the terms, each once."""
        return tuple(dict.fromkeys(variable.name for term in self.data.formula.terms for variable in term))

    def require_variable(self, name: str) -> None:
        """Refuse a name that is no variable of the model."""
        if name not in self.variables:
            raise EstimationError(
                f'the model has no variable "{name}"',
                where=f"outcome {self.data.formula.outcome}",
                do=f"its variables are {', '.join(self.variables)}.{did_you_mean(name, self.variables)}",
            )

    def values_of(self, name: str, values: Sequence[Any] | None) -> list[Any]:
        """The values at which everybody is put: levels that respondents have, or any numbers."""
        self.require_variable(name)
        levels = self.matrix.levels.get(name)
        if levels is None:
            wanted = list(self.data.cells.key(name).levels) if values is None else list(values)
            if len(wanted) > MAX_VALUES:
                raise UsageError(
                    f'"{name}" has {len(wanted):,} values',
                    where="values",
                    do="name a few of them, such as [20, 40, 60]",
                )
            return [_number(name, value) for value in wanted]
        wanted = list(levels) if values is None else [str(value) for value in values]
        if unknown := [value for value in wanted if value not in levels]:
            raise EstimationError(
                f'"{name}" has no level "{unknown[0]}" among the respondents of the model',
                where=f"variable {name}",
                do=f"its levels are {', '.join(levels)}.{did_you_mean(unknown[0], levels)}",
            )
        return wanted


def counterfactuals(
    frame: Any,
    design: Design,
    model: Model,
    calibration: Calibration | None,
    *,
    by: Sequence[str] = (),
    overall: bool = False,
) -> Counterfactuals:
    """The model again, on its cells, from its own formula; cells tell the levels of `by` apart.

    Raises
    ------
    UsageError
        The model has several equations.
    DesignError, EstimationError
        A domain is absent, or nobody is in any; the respondents are not those of the model.
    """
    if model.family in get_args(CategoricalFamily):
        raise UsageError(
            f'effects of a model of family = "{model.family}" are not offered',
            where="model",
            do='ask of one level as a 0/1 indicator with family="logit"',
        )
    require_columns(frame, by, where="by")
    if model.family == "negative_binomial":
        counts = refitted_counts(frame, design.linearised, model, calibration, also=by)
        data, beta, per_weight = counts.data, counts.beta, counts.per_weight
    else:
        again = refitted(frame, design.linearised, model, calibration, also=by)
        data, beta, per_weight = again.data, again.fit.beta, again.per_weight
    return Counterfactuals(
        data=data,
        beta=beta,
        per_weight=per_weight,
        family=model.family,
        domains=tuple(_domains(data, by, overall=overall)),
    )


def _domains(data: ModelData, by: Sequence[str], *, overall: bool) -> Iterator[Domain]:
    """The domains that respondents of the model are in, and the whole where it is asked for."""
    if by:
        keys = [data.cells.key(name) for name in by]
        members = np.flatnonzero(data.used & np.all([key.codes >= 0 for key in keys], axis=0))
        if not len(members):
            raise EstimationError(
                "no respondent of the model is in any domain",
                where=f"by {', '.join(by)}",
                do="look at the missing answers",
            )
        chosen = [Key(codes=key.codes[members], levels=key.levels) for key in keys]
        codes, first = numbered(chosen, len(members))
        for number, one in enumerate(first):
            inside = np.zeros(len(data.used), dtype=bool)
            inside[members[codes == number]] = True
            yield _domain(data, inside, tuple(key.levels[key.codes[one]] for key in chosen))
    if overall or not by:
        yield _domain(data, data.used, (None,) * len(by))


def _domain(data: ModelData, inside: NDArray[np.bool_], levels: tuple[Any, ...]) -> Domain:
    weight = np.where(inside, data.w, 0.0)
    return Domain(levels=levels, weight=weight, n=float(data.cells.n[inside].sum()))


def _number(name: str, value: Any) -> float:
    """A value of a number as one that is finite."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise UsageError(
            f'a value of "{name}" is not a finite number',
            where="values",
            do="give numbers such as [20, 40, 60]",
        )
    return number
