"""[collect.register] of wave.toml as strict, frozen models: the case register beside the survey."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netralstat.ask.plan_ask import Delimiter, Encoding, Inside, Name, Names, Table, Words, distinct

Stage = Literal["open", "not_proven", "proven", "sanctioned"]
CodeScheme = Literal["slug", "name", "code", "regency_code"]
CodeSystem = Literal["bps", "kemendagri"]
TABLE_FORMATS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx"}
OF_FORMATS = {"encoding": "csv", "delimiter": "csv", "sheet": "xlsx"}


class RegisterRegions(Table):
    """[collect.register.regions] the province of a case: its `column`, and how that names provinces.

    The keys `scheme`, `code_system` and `vintage` are those of [collect.regions]. `no_province` are entries
    that mean none, such as central agencies.
    """

    column: Name
    scheme: CodeScheme = "slug"
    code_system: CodeSystem | None = None
    vintage: Annotated[int, Field(ge=2013, le=2100)]
    no_province: Names = ()

    @model_validator(mode="after")
    def _codes_are_known(self) -> Self:
        coded = self.scheme in ("code", "regency_code")
        if coded != (self.code_system is not None):
            verb = "needs" if coded else "has no"
            raise ValueError(f'scheme = "{self.scheme}" {verb} code_system ("bps" or "kemendagri")')
        return self


class RegisterForms(Table):
    """[collect.register.forms] the form of violation of a case: its `column`, and whose code is which form.

    `codes` gives the number of the form in the questionnaire (its tag ``nst_form``) for each code of the
    register; `other` are codes that the questionnaire has no form for.
    """

    column: Name
    codes: Annotated[Mapping[Name, Name], Field(min_length=1)]
    other: Names = ()

    @model_validator(mode="after")
    def _each_code_once(self) -> Self:
        distinct((*self.codes, *self.other))
        return self


class Register(Table):
    """[collect.register] the case register: one row a case, or counts of cases.

    `stages` says how far a case has come for each entry of the column `status`: "open", "not_proven",
    "proven" (a sanction is recommended, not yet imposed) or "sanctioned". A row is one case, known by `id`,
    or as many as its column `count` says. No other column is kept. Numbers of 1 to `min_cases` - 1 are not
    printed. `indicator` is what the survey estimates of the same acts; `scope` names published snapshots.
    """

    path: Inside
    unit: Literal["persons", "cases", "reports"]
    as_of: date
    source: Words
    status: Name
    stages: Annotated[Mapping[Name, Stage], Field(min_length=1)]
    id: Name | None = None
    count: Name | None = None
    indicator: Name | None = None
    scope: Name | None = None
    min_cases: Annotated[int, Field(ge=1)] = 5
    regions: RegisterRegions | None = None
    forms: RegisterForms | None = None
    encoding: Encoding = "utf-8"
    delimiter: Delimiter = ","
    sheet: Name | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read."""
        places = [part.column for part in (self.regions, self.forms) if part is not None]
        return tuple(name for name in (self.id, self.count, self.status, *places) if name is not None)

    @property
    def reading(self) -> dict[str, str]:
        """How the file is read, of what was said: the keys of a source."""
        return {key: getattr(self, key) for key in OF_FORMATS if key in self.model_fields_set}

    @model_validator(mode="after")
    def _reads_one_file(self) -> Self:
        suffix = PurePosixPath(self.path).suffix.lower()
        if suffix not in TABLE_FORMATS:
            raise ValueError(f'"{self.path}" has none of the suffixes {", ".join(TABLE_FORMATS)}')
        for key in self.reading:
            if OF_FORMATS[key] != TABLE_FORMATS[suffix]:
                raise ValueError(
                    f'"{key}" is for {OF_FORMATS[key]} files, and this is {TABLE_FORMATS[suffix]}'
                )
        if (self.id is None) == (self.count is None):
            raise ValueError(
                'needs exactly one of the keys "id" (a row a case) and "count" (numbers of cases)'
            )
        distinct(self.columns)
        return self
