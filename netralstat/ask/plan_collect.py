"""[collect] of wave.toml as strict, frozen models.

One class a table, one attribute a key; the keys `in` and `not` are the attributes `in_` and `not_`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

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
from netralstat.ask.plan_quality import Dispositions, ListExperiment, Quality, Quota
from netralstat.ask.plan_register import TABLE_FORMATS, CodeScheme, CodeSystem, Register

ItemKind = Literal[
    "select_one", "select_multiple", "integer", "decimal", "text", "date", "datetime", "calculate", "hidden"
]
MissingReason = Literal["refused", "dont_know", "not_applicable", "not_asked", "no_answer"]
Kind = Literal[
    "kobo", "odk_central", "ona", "limesurvey", "google_forms", "qualtrics", "redcap", "table", "netralstat"
]
FORMATS = {
    **TABLE_FORMATS,
    ".parquet": "parquet",
    ".sav": "sav",
    ".zsav": "sav",
    ".dta": "dta",
}
# Keys that only some formats or kinds have.
OF_FORMATS = {
    "encoding": ("csv", "sav", "dta"),
    "delimiter": ("csv",),
    "sheet": ("xlsx",),
    "title_rows": ("csv", "xlsx"),
    "hxl": ("csv", "xlsx"),
}
_FORMS = ("kobo", "odk_central", "ona")
_WORDED = (*_FORMS, "limesurvey", "google_forms", "qualtrics", "redcap", "table")
OF_KINDS = {
    "headers": _WORDED,
    "answers": _WORDED,
    "columns": _WORDED,
    "absent": _WORDED,
    "language": ("kobo", "ona", "limesurvey", "google_forms", "qualtrics", "redcap", "table"),
    "select_multiple": (*_FORMS, "qualtrics", "table"),
    "choice_separator": (*_FORMS, "qualtrics", "table"),
    "multiple_separator": (*_FORMS, "google_forms", "qualtrics", "table"),
    "chosen": (*_FORMS, "limesurvey", "qualtrics", "redcap", "table"),
    "not_chosen": (*_FORMS, "limesurvey", "qualtrics", "redcap", "table"),
    "group_separator": _FORMS,
    "hxl": ("kobo", "ona", "table"),
    "structure": ("limesurvey", "redcap", "netralstat"),
    "header_rows": ("qualtrics",),
}
# Western, central and eastern Indonesian time.
ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}


def known_zone(value: str | None) -> str | None:
    """The time zone by its name in the time zone database; WIB, WITA and WIT are Indonesia's."""
    if value is None or value in ZONES:
        return value if value is None else ZONES[value]
    known = available_timezones()  # empty on a machine without a time zone database
    if known and value not in known:
        raise ValueError(f'"{value}" is no time zone; use WIB, WITA, WIT or a name such as Asia/Jakarta')
    return value


def _either(kinds: tuple[str, ...]) -> str:
    return " or ".join(f'"{kind}"' for kind in kinds)


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

    The suffix of `path` is the file's format, `kind` the tool that wrote it. `columns` names the item (or
    item/choice) of a header where the two differ. `answers` and `headers` are codes and names of the form, or
    its labels in `language`. `chosen` and `not_chosen` are the cells of a column that splits a
    select_multiple; None is what the kind writes, and so for the separators.
    """

    path: Inside
    kind: Kind
    encoding: Encoding = "utf-8"
    delimiter: Delimiter = ","
    sheet: Name | None = None
    title_rows: Annotated[int, Field(ge=0, le=100)] = 0
    hxl: bool = False
    header_rows: Literal[2, 3] | None = None
    structure: Inside | None = None
    headers: Literal["names", "labels"] = "names"
    answers: Literal["codes", "labels"] = "codes"
    language: Name | None = None
    group_separator: Annotated[str, Field(min_length=1, max_length=3)] | None = None
    choice_separator: Annotated[str, Field(min_length=1, max_length=3)] | None = None
    select_multiple: Literal["both", "joined", "split"] = "both"
    multiple_separator: Annotated[str, Field(min_length=1, max_length=3)] | None = None
    chosen: SomeNames | None = None
    not_chosen: SomeNames | None = None
    decimal: Literal[".", ","] = "."
    date_order: Literal["ymd", "dmy", "mdy"] = "ymd"
    timezone: Name | None = None
    columns: Mapping[Name, Name] = Field(default_factory=dict)
    absent: Names = ()
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    rows: Annotated[int, Field(ge=1)] | None = None

    @property
    def format(self) -> str:
        """The file's format, by its suffix: one of the values of `FORMATS`."""
        return FORMATS[PurePosixPath(self.path).suffix.lower()]

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return known_zone(value)

    @model_validator(mode="after")
    def _fits_its_format(self) -> Self:
        suffix = PurePosixPath(self.path).suffix.lower()
        if suffix not in FORMATS:
            raise ValueError(f'"{self.path}" has none of the suffixes {", ".join(FORMATS)}')
        for key, formats in OF_FORMATS.items():
            if key in self.model_fields_set and self.format not in formats:
                raise ValueError(f'"{key}" is for {" and ".join(formats)} files, and this is {self.format}')
        for key, kinds in OF_KINDS.items():
            if key in self.model_fields_set and self.kind not in kinds:
                raise ValueError(f'"{key}" is for kind {_either(kinds)}, not "{self.kind}"')
        distinct(tuple(self.columns.values()))
        return self


class MissingOnly(Table):
    """[[collect.missing.only]] codes of some items: of `items`, of a `scale`, or of every item of a `kind`.

    `answers` are codes that are answers there although codes declared for more items say otherwise.
    """

    items: SomeNames | None = None
    scale: Name | None = None
    kind: ItemKind | None = None
    codes: Mapping[Name, MissingReason] = Field(default_factory=dict)
    answers: Names = ()

    @model_validator(mode="after")
    def _of_one_sort(self) -> Self:
        if sum(one is not None for one in (self.items, self.scale, self.kind)) != 1:
            raise ValueError('needs exactly one of the keys "items", "scale" and "kind"')
        if not self.codes and not self.answers:
            raise ValueError('needs "codes" or "answers"')
        distinct((*self.codes, *self.answers))
        distinct(self.items or ())
        return self


class Missing(Table):
    """Codes that mean a missing answer: in every item (`codes`), and in some (`only`), the narrower first.

    A choice of an item that is an answer in the form stays one.
    """

    codes: Mapping[Name, MissingReason] = Field(default_factory=dict)
    only: Annotated[tuple[MissingOnly, ...], BeforeValidator(frozen_list)] = ()


class Regions(Table):
    """Which province an answer means: its item, how it names provinces, and of which list they are.

    `code_system` says whose the codes are, for those of BPS and of Kemendagri collide in Papua. `to_vintage`
    gives new provinces back to those they were cut from. `no_province` are answers that mean none.
    """

    item: Name
    scheme: CodeScheme
    code_system: CodeSystem | None = None
    vintage: Annotated[int, Field(ge=2013, le=2100)] = 2022
    to_vintage: Annotated[int, Field(ge=2013, le=2100)] | None = None
    groups: Literal["kasn2021", "bps"] | None = None
    outside: Names = ()
    no_province: Names = ()

    @model_validator(mode="after")
    def _codes_are_known(self) -> Self:
        coded = self.scheme in ("code", "regency_code")
        if coded and self.code_system is None:
            raise ValueError(
                f'scheme = "{self.scheme}" needs code_system = "bps" or "kemendagri": 91, 92, 94, 95 and 96 '
                "mean different provinces"
            )
        if not coded and self.code_system is not None:
            raise ValueError(f'"code_system" is for codes, and scheme is "{self.scheme}"')
        if self.scheme != "slug" and "vintage" not in self.model_fields_set:
            raise ValueError(
                f'scheme = "{self.scheme}" needs vintage, the year of the list of provinces: '
                "34 until 2021, 38 from 2022 on"
            )
        if self.to_vintage is not None and self.to_vintage > self.vintage:
            raise ValueError(
                f"to_vintage = {self.to_vintage} is after vintage = {self.vintage}: an answer that names "
                "an old province cannot be given to one of the new ones"
            )
        return self

    @property
    def column(self) -> str:
        """The column of province slugs: the item itself where it holds the slugs that are wanted."""
        if self.scheme == "slug" and self.to_vintage is None:
            return self.item
        return f"{self.item}_slug"

    @property
    def list_vintage(self) -> int:
        """The vintage of the slugs in `column`."""
        return self.vintage if self.to_vintage is None else self.to_vintage


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
    quality: Quality = Field(default_factory=Quality)
    dispositions: Dispositions | None = None
    quotas: Annotated[tuple[Quota, ...], BeforeValidator(frozen_list)] = ()
    list_experiments: Annotated[tuple[ListExperiment, ...], BeforeValidator(frozen_list)] = ()
    case_register: Register | None = Field(default=None, alias="register")
    simulate: Simulate | None = None

    @property
    def checked_columns(self) -> dict[str, str]:
        """Columns that only the quality checks read, each with the kind of value that it holds."""
        named = {name: "text" for quota in self.quotas for name in quota.items}
        for experiment in self.list_experiments:
            named |= experiment.columns
        return named | self.quality.columns

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return known_zone(value)
