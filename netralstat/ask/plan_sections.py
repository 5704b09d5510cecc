"""[design], [estimate] and [explain] of wave.toml as strict, frozen models.

One class a table, one attribute a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from netralstat.ask.plan_ask import (
    Inside,
    Name,
    NameOrNames,
    Names,
    Slug,
    SomeNames,
    Table,
    Words,
    distinct,
    frozen_list,
)

ModelFamily = Literal[
    "logit",
    "probit",
    "cloglog",
    "linear",
    "poisson",
    "negative_binomial",
    "ordered_logit",
    "ordered_probit",
    "ordered_cloglog",
    "ordered_cauchit",
    "multinomial",
]


# --------------------------------------------------------------------------------------- [design]
class Frame(Table):
    """The sampling frame: one row a stratum (`keys`), with persons in it and persons selected."""

    path: Inside
    keys: SomeNames
    population: Name = "population"
    selected: Name = "selected"


class Calibration(Table):
    """How the margins are reached; `tolerance` is the largest relative gap that may be left.

    `bounds` are the smallest and largest ratio of calibrated to design weight.
    """

    method: Literal["raking", "linear", "logit", "poststratification"] = "raking"
    bounds: Annotated[tuple[float, float], BeforeValidator(frozen_list)] | None = None
    tolerance: Annotated[float, Field(gt=0, lt=0.1)] = 1e-10

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.bounds is not None and not self.bounds[0] < 1 < self.bounds[1]:
            raise ValueError(f'"bounds" must enclose 1, and are {self.bounds[0]:g} to {self.bounds[1]:g}')
        if self.method == "logit" and self.bounds is None:
            raise ValueError('method = "logit" needs "bounds", such as [0.3, 3]')
        if self.method == "poststratification" and self.bounds is not None:
            raise ValueError('method = "poststratification" cannot be bounded')
        return self


class Margin(Table):
    """Population totals by `items`: a CSV with a column an item and one for persons, dated."""

    items: SomeNames
    path: Inside
    population: Name = "population"
    date: date
    source: Words


class Design(Table):
    """[design] whom each answer stands for: either `weight` (with stratum, psu, fpc) or a `frame`."""

    weight: Name | None = None
    stratum: NameOrNames = ()
    psu: Name | None = None
    fpc: Name | None = None
    frame: Frame | None = None
    nonresponse: Literal["none", "stratum"] = "none"
    lonely_psu: Literal["error", "collapse", "adjust", "average", "certainty", "remove"] = "error"
    calibration: Calibration | None = None
    margins: Annotated[tuple[Margin, ...], BeforeValidator(frozen_list)] = ()
    population: Words | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        columns = [key for key in ("weight", "stratum", "psu", "fpc") if getattr(self, key)]
        if self.frame is not None and columns:
            raise ValueError(f'"frame" excludes {", ".join(columns)}: keep the frame or the columns')
        if self.frame is None and self.weight is None:
            raise ValueError('needs "weight" (a column of the responses) or "frame" (a table of the strata)')
        if self.frame is None and self.nonresponse != "none":
            raise ValueError('nonresponse = "stratum" needs a "frame" that tells how many were selected')
        if self.margins and self.calibration is None:
            raise ValueError(f'{len(self.margins)} margins are given without a "calibration" that uses them')
        if self.calibration is not None and not self.margins:
            raise ValueError('"calibration" needs at least one table [[design.margins]]')
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the responses that the design reads (weight, stratum, psu, fpc, or the frame's keys)."""
        if self.frame is not None:
            return self.frame.keys
        return tuple(name for name in (self.weight, *self.stratum, self.psu, self.fpc) if name)


# ---------------------------------------------------------------------------- [estimate] [explain]
class Estimate(Table):
    """[estimate] how much: confidence `level`, `interval`, `domains`, and which names are tabulated.

    `interval`: None takes "logit" for the whole population and "pooled" for tables by domain.
    `headline`: indicators or 0/1 items that lead the report; `items`: items tabulated with all levels;
    `means`: numeric items and scores.
    """

    level: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    interval: Literal["logit", "wald", "beta", "wilson", "asin", "likelihood", "pooled"] | None = None
    domains: Names = ()
    headline: Names = ()
    items: Names = ()
    means: Names = ()

    @field_validator("domains", "headline", "items", "means")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return distinct(value)


class ModelPlan(Table):
    """One regression: `outcome` on `terms` (formula terms such as "age" or 'C(position, ref="jpt")').

    `reference`: the level of a multinomial outcome that the others are held against. `penalty`: "firth" for a
    rare outcome, or one that some level never or always has. `what_if`: values at which everybody is put.
    """

    id: Slug
    outcome: Name
    family: ModelFamily = "logit"
    reference: Name | None = None
    penalty: Literal["firth"] | None = None
    what_if: Mapping[Name, float | Name] = Field(default_factory=dict)
    terms: SomeNames
    label: Words

    @field_validator("terms")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return distinct(value)

    @model_validator(mode="after")
    def _fits_its_family(self) -> Self:
        if self.what_if and self.family not in ("logit", "probit", "cloglog"):
            raise ValueError(f'"what_if" is for a model of a 0/1 outcome, not for family = "{self.family}"')
        if self.penalty is not None and self.family != "logit":
            raise ValueError(f'penalty = "{self.penalty}" is for family = "logit", not for "{self.family}"')
        if self.reference is not None and self.family != "multinomial":
            raise ValueError(
                f'"reference" is for family = "multinomial", not for "{self.family}"; that of a covariate '
                'stands in its term, C(name, ref="level")'
            )
        return self


class Explain(Table):
    """[explain] why: the driver models, and the `recipes` of the field with their `controls`.

    `names`: which column holds a concept of the recipes, where it is called otherwise.
    `controls`: None takes position, sex and age as far as the wave has them.
    """

    models: Annotated[tuple[ModelPlan, ...], BeforeValidator(frozen_list)] = ()
    recipes: Names = ()
    controls: Names | None = None
    names: Mapping[Name, Name] = Field(default_factory=dict)

    @field_validator("recipes", "controls")
    @classmethod
    def _each_once(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if value is None else distinct(value)

    @field_validator("models")
    @classmethod
    def _distinct_ids(cls, value: tuple[ModelPlan, ...]) -> tuple[ModelPlan, ...]:
        distinct(tuple(model.id for model in value))
        return value
