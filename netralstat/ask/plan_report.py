"""[report] of wave.toml as a strict, frozen model: whose report it is, what it looks like, what it adds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from netralstat.ask.plan_ask import Inside, Name, SomeNames, Table, Words, distinct, frozen_list

Language = Literal["id", "en"]
Languages = Annotated[tuple[Language, ...], BeforeValidator(frozen_list), Field(min_length=1)]
ManyWords = Annotated[tuple[Words, ...], BeforeValidator(frozen_list)]


def _moment(value: Any) -> Any:
    if value is not None and not isinstance(value, date):
        raise ValueError(
            "must be a date, or a time with its offset, without quotes, such as 2021-12-16T10:00:00+07:00"
        )
    return value


Moment = datetime | date
Embargo = Annotated[Moment | None, BeforeValidator(_moment)]

LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3: text on its background."""


class Revision(Table):
    """One entry of the revision log: the edition, its day, and what it changed."""

    version: Name
    date: date
    text: Words


class SeriesBreak(Table):
    """From a day on figures are not simply comparable with earlier ones: new sanctions, a new law."""

    date: date
    label: Words


class BoundaryMap(Table):
    """[report.map] a GeoJSON of provinces in place of the tiles.

    `property` names the province of a feature by `scheme`; `dissolve` joins the features of one province (a
    map of regencies); `source` is whose boundaries they are, printed under every map.
    """

    path: Inside
    property: Name
    scheme: Literal["slug", "name", "bps", "kemendagri", "iso"]
    dissolve: bool = False
    source: Words | None = None


class Report(Table):
    """[report] what to tell: whose report it is, in which languages, with which chapters (None: all).

    `embargo`: a day, or a time with its offset; the band stays on every page as long as the key stands, for
    a file never depends on the clock.
    `accent`: a colour such as "#0B4F6C" for headings and links, dark enough on white.
    `earlier`: folders of earlier waves, of which the change is told; `breaks`: what else changed, and when.
    `sponsor`, `mode`, `limitations`: what the design cannot tell; absent ones are printed as not stated.
    """

    institution: Words
    languages: Languages = ("id", "en")
    chapters: SomeNames | None = None
    contact: Name | None = None
    version: Name
    date: date
    issn: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{3}[0-9X]$")] | None = None
    doi: Annotated[str, Field(pattern=r"^10\.[0-9]{4,9}/[!-~]+$")] | None = None
    embargo: Embargo = None
    logo: Inside | None = None
    accent: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] | None = None
    sponsor: Words | None = None
    mode: Words | None = None
    limitations: ManyWords = ()
    recommendations: ManyWords = ()
    revisions: Annotated[tuple[Revision, ...], BeforeValidator(frozen_list)] = ()
    min_respondents: Annotated[int, Field(ge=1)] = 10
    reliability: Literal["nchs", "bps"] = "nchs"
    published: Inside | None = None
    map: BoundaryMap | None = None
    earlier: Annotated[tuple[Inside, ...], BeforeValidator(frozen_list)] = ()
    breaks: Annotated[tuple[SeriesBreak, ...], BeforeValidator(frozen_list)] = ()

    @field_validator("languages", "chapters", "earlier")
    @classmethod
    def _each_once(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if value is None else distinct(value)

    @field_validator("issn")
    @classmethod
    def _check_digit(cls, issn: str | None) -> str | None:
        if issn is not None and issn[-1] != (right := issn_check_digit(issn)):
            raise ValueError(f'the check digit of "{issn}" is {issn[-1]}, and must be {right}')
        return issn

    @field_validator("accent")
    @classmethod
    def _dark_enough(cls, accent: str | None) -> str | None:
        if accent is not None and (contrast := contrast_on_white(accent)) < LEAST_CONTRAST:
            raise ValueError(
                f'"{accent}" has a contrast of {contrast:.2f} on white; text needs {LEAST_CONTRAST} or more: '
                "take a darker shade"
            )
        return accent

    @field_validator("embargo")
    @classmethod
    def _with_offset(cls, embargo: Moment | None) -> Moment | None:
        if isinstance(embargo, datetime) and embargo.tzinfo is None:
            raise ValueError(
                f"{embargo.isoformat(' ')} has no offset from UTC; write {embargo.isoformat()}+07:00 for "
                "WIB, or a day without time"
            )
        return embargo

    @model_validator(mode="after")
    def _breaks_are_of_a_series(self) -> Self:
        if self.breaks and not self.earlier:
            raise ValueError(
                'has breaks of a series, but names no earlier wave: write earlier = ["../<wave folder>"]'
            )
        return self

    @model_validator(mode="after")
    def _dates_agree(self) -> Self:
        if self.embargo is not None:
            day = self.embargo.date() if isinstance(self.embargo, datetime) else self.embargo
            if day < self.date:
                raise ValueError(
                    f"the embargo ends on {day}, before the report's date {self.date}: take it out"
                )
        if self.revisions:
            self._log_agrees()
        return self

    def _log_agrees(self) -> None:
        """The log is in order, names each edition once and ends with this one."""
        distinct(tuple(one.version for one in self.revisions))
        for earlier, later in zip(self.revisions, self.revisions[1:], strict=False):
            if later.date < earlier.date:
                raise ValueError(
                    f'revision "{later.version}" ({later.date}) stands after "{earlier.version}" '
                    f"({earlier.date}); list them from the oldest to the newest"
                )
        last = self.revisions[-1]
        if last.version != self.version or last.date != self.date:
            raise ValueError(
                f'the last revision is "{last.version}" of {last.date}, and the report "{self.version}" of '
                f"{self.date}: give this edition its entry"
            )


def issn_check_digit(issn: str) -> str:
    """The eighth sign of an ISSN.

    Formula      11 - Σ (9 - i) d_i mod 11 over the digits d_1 … d_7; 10 is X, 11 is 0.
    Source       ISO 3297:2022, annex A.
    """
    digits = [int(sign) for sign in issn.replace("-", "")[:7]]
    rest = -sum(weight * digit for weight, digit in zip(range(8, 1, -1), digits, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def contrast_on_white(colour: str) -> float:
    """Contrast ratio of "#RRGGBB" on white, from 1 to 21.

    Formula      1.05 / (L + 0.05) with the relative luminance L.
    Source       WCAG 2.2, "contrast ratio" and "relative luminance".
    """
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)
