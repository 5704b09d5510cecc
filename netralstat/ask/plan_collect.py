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

from netralstat.ask.plan_ask import Inside, Name, Names, Slug, SomeNames, Table, distinct, frozen_list

MissingReason = Literal["refused", "dont_know", "not_applicable", "not_asked", "no_answer"]
Kind = Literal["kobo", "odk_central", "ona", "limesurvey", "google_forms", "qualtrics", "redcap", "table"]
FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".sav": "sav",
    ".zsav": "sav",
    ".dta": "dta",
}
# Keys that only some formats or kinds have.
OF_FORMATS = {"encoding": ("csv",), "delimiter": ("csv",), "sheet": ("xlsx",), "title_rows": ("csv", "xlsx")}
OF_KINDS = {
    "group_separator": ("kobo", "odk_central", "ona"),
    "hxl": ("kobo", "ona", "table"),
    "structure": ("limesurvey", "redcap"),
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
    encoding: Literal["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    sheet: Name | None = None
    title_rows: Annotated[int, Field(ge=0, le=100)] = 0
    hxl: bool = False
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
        return known_zone(value)
