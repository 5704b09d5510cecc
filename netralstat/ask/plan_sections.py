"""[collect], [design], [estimate], [explain] and [report] of wave.toml as strict, frozen models.

One class a table, one attribute a key; the keys `in` and `not` are the attributes `in_` and `not_`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

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

Language = Literal["id", "en"]
Languages = Annotated[tuple[Language, ...], BeforeValidator(frozen_list), Field(min_length=1)]
MissingReason = Literal["refused", "dont_know", "not_applicable", "not_asked", "no_answer"]


# -------------------------------------------------------------------------------------- [collect]
class Fieldwork(Table):
    """First and last day of fieldwork."""

    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"end {self.end} is before start {self.start}; exchange them")
        return self


class Exclude(Table):
    """Rows left out by declaration: `item` (or a column of the export) is `in_` or is `not_in` the list."""

    item: Name
    in_: SomeNames | None = Field(default=None, alias="in")
    not_in: SomeNames | None = None
    reason: Slug

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if (self.in_ is None) == (self.not_in is None):
            raise ValueError('needs exactly one of the keys "in" and "not_in"')
        return self


class Source(Table):
    """One exported file and how to read it; nothing about it is guessed.

    `columns` (kind "csv") names the item of a header where the two differ.
    """

    path: Inside
    kind: Literal["kobo_csv", "csv"]
    encoding: Literal["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    headers: Literal["names", "labels"] = "names"
    group_separator: Annotated[str, Field(min_length=1, max_length=3)] = "/"
    select_multiple: Literal["both", "joined", "split"] = "both"
    columns: Mapping[Name, Name] = Field(default_factory=dict)
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    rows: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.columns and self.kind != "csv":
            raise ValueError(f'"columns" is for kind = "csv", not "{self.kind}" with the headers of the form')
        distinct(tuple(self.columns.values()))
        return self


class Missing(Table):
    """Codes that mean a missing answer in every item whose choice list does not know them."""

    codes: Mapping[str, MissingReason] = Field(default_factory=dict)


class Regions(Table):
    """The item that holds the province, its code scheme and vintage, island groups, who is outside."""

    item: Name
    scheme: Literal["slug"]
    vintage: Annotated[int, Field(ge=1999, le=2100)] = 2022
    groups: Literal["kasn2021", "bps"] | None = None
    outside: Names = ()


class Simulate(Table):
    """How `netralstat simulate` draws a synthetic wave: `seed`, persons in `population`, the `truth` file."""

    seed: Annotated[int, Field(ge=0)]
    population: Annotated[int, Field(ge=1)] | None = None
    truth: Inside | None = None


class Collect(Table):
    """[collect] what came back: the sources, the key of a row, exclusions, missing codes, the region item."""

    fieldwork: Fieldwork | None = None
    timezone: Name | None = None
    unique: Names = ()
    duplicates: Literal["error", "keep_first", "keep_last", "drop_all"] = "error"
    invalid: Literal["error", "missing"] = "error"
    exclude: Annotated[tuple[Exclude, ...], BeforeValidator(frozen_list)] = ()
    ignore: Names = ()
    sources: Annotated[tuple[Source, ...], BeforeValidator(frozen_list), Field(min_length=1)]
    missing: Missing = Field(default_factory=Missing)
    regions: Regions | None = None
    simulate: Simulate | None = None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        known = available_timezones()  # empty on a machine without a time zone database
        if value is not None and known and value not in known:
            raise ValueError(f'"{value}" is no time zone; use Asia/Jakarta, Asia/Makassar, Asia/Jayapura')
        return value


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


# ------------------------------------------------------------------- [estimate] [explain] [report]
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
    """One regression: `outcome` on `terms` (formula terms such as "age" or 'C(position, ref="jpt")')."""

    id: Slug
    outcome: Name
    family: Literal["logit", "linear", "poisson"] = "logit"
    terms: SomeNames
    label: Words

    @field_validator("terms")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return distinct(value)


class Explain(Table):
    """[explain] why: the driver models."""

    models: Annotated[tuple[ModelPlan, ...], BeforeValidator(frozen_list)] = ()

    @field_validator("models")
    @classmethod
    def _distinct_ids(cls, value: tuple[ModelPlan, ...]) -> tuple[ModelPlan, ...]:
        distinct(tuple(model.id for model in value))
        return value


class Report(Table):
    """[report] what to tell: whose report it is, in which languages, with which chapters (None: all)."""

    institution: Words
    languages: Languages = ("id", "en")
    chapters: SomeNames | None = None
    contact: Name | None = None
    version: Name
    date: date
    min_respondents: Annotated[int, Field(ge=1)] = 10
    published: Inside | None = None

    @field_validator("languages", "chapters")
    @classmethod
    def _each_once(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if value is None else distinct(value)
