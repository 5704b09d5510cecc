"""[collect.quality], [collect.dispositions], quotas and list experiments of wave.toml as frozen models.

One class a table, one attribute a key; what each index means and whence its default: docs/quality.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from netralstat.ask.plan_ask import (
    Delimiter,
    Encoding,
    Inside,
    Name,
    Names,
    Slug,
    SomeNames,
    Table,
    distinct,
    frozen_list,
)

Flag = Literal[
    "duplicate_answers",
    "near_duplicate",
    "speeder",
    "too_long",
    "negative_length",
    "straightliner",
    "long_run",
    "low_irv",
    "outlier",
    "attention",
    "much_missing",
    "list_range",
]
FLAGS: tuple[str, ...] = get_args(Flag)
# What a flag cannot be raised without: its own key of [collect.quality].
NEEDS = {
    "too_long": ("max_minutes",),
    "long_run": ("long_run",),
    "low_irv": ("low_irv",),
    "speeder": ("end", "duration"),
    "negative_length": ("end", "duration"),
}
Share = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Block(Table):
    """Items that are answered alike (a grid), in the order in which they are asked."""

    id: Slug
    items: Annotated[tuple[Name, ...], BeforeValidator(frozen_list), Field(min_length=3)]

    @field_validator("items")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return distinct(value)


class AttentionCheck(Table):
    """An item whose right answer is known: one of the codes `correct`."""

    item: Name
    correct: SomeNames


class Quality(Table):
    """[collect.quality] what counts as odd, and which flags leave rows out."""

    start: Name | None = None
    end: Name | None = None
    duration: Name | None = None
    duration_unit: Literal["seconds", "minutes"] = "seconds"
    min_minutes: Positive | None = None
    max_minutes: Positive | None = None
    median_share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    blocks: Annotated[tuple[Block, ...], BeforeValidator(frozen_list)] = ()
    long_run: Annotated[int, Field(ge=2)] | None = None
    low_irv: Positive | None = None
    outlier_p: Annotated[float, Field(gt=0, lt=0.1)] = 0.001
    attention: Annotated[tuple[AttentionCheck, ...], BeforeValidator(frozen_list)] = ()
    missing_share: Share = 0.5
    near_duplicate_share: Annotated[float, Field(ge=0.5, le=1)] = 0.85
    substantive: Names = ()
    groups: Names = ()
    interviewer: Name | None = None
    interviewer_within: Name | None = None
    min_group: Annotated[int, Field(ge=5)] = 10
    exclude_flags: Annotated[tuple[Flag, ...], BeforeValidator(frozen_list)] = ()

    @field_validator("substantive", "groups", "exclude_flags")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return distinct(value)

    @field_validator("blocks")
    @classmethod
    def _distinct_ids(cls, value: tuple[Block, ...]) -> tuple[Block, ...]:
        distinct(tuple(block.id for block in value))
        return value

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError('"start" and "end" belong together')
        if self.start is not None and self.duration is not None:
            raise ValueError('"duration" excludes "start" and "end": keep one way to know the length')
        if self.end is None and self.duration is None and (self.min_minutes or self.max_minutes):
            raise ValueError('"min_minutes" and "max_minutes" need "start" and "end", or "duration"')
        if self.min_minutes and self.max_minutes and self.min_minutes >= self.max_minutes:
            raise ValueError(f'"min_minutes" ({self.min_minutes:g}) is not below "max_minutes"')
        if self.interviewer_within is not None and self.interviewer is None:
            raise ValueError('"interviewer_within" needs "interviewer"')
        for flag in self.exclude_flags:
            keys = NEEDS.get(flag, ())
            if keys and all(getattr(self, key) is None for key in keys):
                raise ValueError(f'exclude_flags names "{flag}", which needs {" or ".join(keys)}')
        return self

    @property
    def columns(self) -> dict[str, str]:
        """Columns of the export that are named here, each with the kind of value that it holds."""
        kinds = {name: "text" for name in (*self.groups, self.interviewer, self.interviewer_within) if name}
        times = {name: "datetime" for name in (self.start, self.end) if name}
        length = {self.duration: "decimal"} if self.duration else {}
        return {**kinds, **times, **length}


# Complete; partial; refusal and break-off; non-contact; other; unknown household; unknown, other; not
# eligible.
DISPOSITIONS = ("I", "P", "R", "NC", "O", "UH", "UO", "NE")


class Dispositions(Table):
    """[collect.dispositions] the contact log: one row a case, with its final AAPOR code.

    `codes` translates what stands in the column `code` into AAPOR's numbers. `eligible_share` is AAPOR's e,
    the share of the cases of unknown eligibility that are eligible; None estimates it by proportional
    allocation (CASRO).
    """

    path: Inside
    id: Name
    code: Name
    by: Names = ()
    encoding: Encoding = "utf-8"
    delimiter: Delimiter = ","
    codes: Mapping[Name, Annotated[str, Field(pattern=r"^[1-4](\.\d{1,4})?$")]] = Field(default_factory=dict)
    eligible_share: Annotated[float, Field(ge=0, le=1)] | None = None

    @model_validator(mode="after")
    def _three_columns(self) -> Self:
        if not self.path.lower().endswith((".csv", ".tsv", ".txt")):
            raise ValueError(f'"{self.path}" is no CSV file; save the contact log as .csv')
        distinct((self.id, self.code, *self.by))
        return self


class Quota(Table):
    """[[collect.quotas]] how many were wanted: `levels` of one item, or a CSV with a column an item.

    Rows of the CSV with the same levels are added up, so that a finer table serves, too.
    """

    items: SomeNames
    levels: Mapping[Name, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    path: Inside | None = None
    target: Name = "target"

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        distinct(self.items)
        if bool(self.levels) == (self.path is not None):
            raise ValueError('needs exactly one of the keys "levels" and "path"')
        if self.levels and len(self.items) > 1:
            raise ValueError(f'"levels" are of one item, and {len(self.items)} are named; use "path"')
        return self


class ListExperiment(Table):
    """[[collect.list_experiments]] an item count: who was in which arm, and the counts of both.

    `n_items` is the number of items that the control arm saw; the treated saw one more. The counts stand in
    `count`, or in `count_control` and `count_treatment`.
    """

    id: Slug
    arm: Name
    control: Name
    treatment: Name
    n_items: Annotated[int, Field(ge=2, le=12)]
    count: Name | None = None
    count_control: Name | None = None
    count_treatment: Name | None = None
    treated_share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    covariates: Names = ()

    @model_validator(mode="after")
    def _counts_named(self) -> Self:
        both = self.count_control is not None and self.count_treatment is not None
        some = self.count_control is not None or self.count_treatment is not None
        if (self.count is not None) == both or (some and not both):
            raise ValueError('needs "count", or both "count_control" and "count_treatment"')
        if self.control == self.treatment:
            raise ValueError(f'"control" and "treatment" are the same code, "{self.control}"')
        distinct(self.covariates)
        return self

    @property
    def counts(self) -> tuple[str, str]:
        """The columns with the counts of the control and of the treatment arm."""
        return self.count_control or str(self.count), self.count_treatment or str(self.count)

    @property
    def columns(self) -> dict[str, str]:
        """Columns of the export that are named here, each with the kind of value that it holds."""
        return {
            **dict.fromkeys((self.arm, *self.covariates), "text"),
            **dict.fromkeys(self.counts, "decimal"),
        }
