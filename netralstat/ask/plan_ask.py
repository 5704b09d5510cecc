"""[ask] of wave.toml, indicators and scales, as strict, frozen models; and what every table of it is.

`Words` is a text in Indonesian and English. Names that Python reserves carry an underscore: the keys
`in` and `not` are the attributes `in_` and `not_`. Paths are kept as written; `Plan.resolve` opens them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

_LONGEST_PATH = 1024


def frozen_list(value: Any) -> Any:
    """Turn the list of a TOML text into a tuple."""
    return tuple(value) if isinstance(value, list) else value


def resolve_inside(written: str, folder: Path, root: Path) -> Path:
    """Follow a path written in a wave file; ValueError when it is absolute or leaves the surveys folder."""
    if not written.strip():
        raise ValueError("is an empty path; name a file")
    if len(written) > _LONGEST_PATH:
        raise ValueError(f"has {len(written):,} characters; the most a path may have are {_LONGEST_PATH:,}")
    if "\\" in written or written.startswith(("/", "~")) or ":" in written.split("/")[0]:
        raise ValueError(f'"{written}" is not a path relative to the wave folder (use "/" and no drive)')
    if "\0" in written:
        raise ValueError("holds a NUL character")
    try:
        target = (folder / written).resolve()
    except (OSError, RuntimeError) as problem:  # a loop of symlinks, or a name longer than the disk allows
        raise ValueError(f'"{written}" cannot be followed: {problem}') from problem
    if not target.is_relative_to(root):
        raise ValueError(f'"{written}" leaves the surveys folder ({root}); move the file inside it')
    return target


def _inside(value: str, info: ValidationInfo) -> str:
    if info.context:
        resolve_inside(value, info.context["folder"], info.context["root"])
    return value


def distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names, each once; ValueError when one stands twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"names twice: {', '.join(twice)}")
    return names


Inside = Annotated[str, AfterValidator(_inside)]
Name = Annotated[str, Field(min_length=1)]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Names = Annotated[tuple[Name, ...], BeforeValidator(frozen_list)]
SomeNames = Annotated[tuple[Name, ...], BeforeValidator(frozen_list), Field(min_length=1)]
Encoding = Literal["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"]
Delimiter = Literal[",", ";", "\t", "|"]
NameOrNames = Annotated[
    tuple[Name, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else frozen_list(value)),
]


class Table(BaseModel):
    """A table of wave.toml: every key is known, typed and read-only."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Words(Table):
    """A text in both languages: `words.id`, `words.en` or `words["id"]`."""

    id: Name
    en: Name

    def __getitem__(self, language: str) -> str:
        """Return the text in `language` ("id" or "en")."""
        return {"id": self.id, "en": self.en}[language]


# ------------------------------------------------------------------------------------------ [ask]
class Condition(Table):
    """One condition on one item or on an earlier indicator.

    `{item="x", in=["yes"]}`, `{item="age", at_least=50, at_most=60}`, `{indicator="politicking"}`,
    `{indicator="seniority", in=["senior"]}` (levels of a recode).
    """

    item: Name | None = None
    indicator: Name | None = None
    in_: SomeNames | None = Field(default=None, alias="in")
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.item is None) == (self.indicator is None):
            raise ValueError('needs exactly one of the keys "item" and "indicator"')
        numeric = self.at_least is not None or self.at_most is not None
        if self.in_ is not None and numeric:
            raise ValueError('"in" and "at_least"/"at_most" exclude each other')
        if self.item is not None and self.in_ is None and not numeric:
            raise ValueError('a condition on an item needs "in", "at_least" or "at_most"')
        if None not in (self.at_least, self.at_most) and self.at_least > self.at_most:  # type: ignore[operator]
            raise ValueError(f'"at_least" ({self.at_least:g}) is above "at_most" ({self.at_most:g})')
        return self


Conditions = Annotated[tuple[Condition, ...], BeforeValidator(frozen_list), Field(min_length=1)]


class AtLeast(Table):
    """At least `k` of the conditions `of` hold."""

    k: Annotated[int, Field(ge=1)]
    of: Conditions

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.k > len(self.of):
            raise ValueError(f"k = {self.k}, but only {len(self.of)} conditions are listed")
        return self


class MeanScore(Table):
    """Mean of the scores of `items` (or of a `scale`), when the share `min_answered` was answered."""

    items: SomeNames | None = None
    scale: Name | None = None
    min_answered: Annotated[float, Field(gt=0, le=1)] = 0.5

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.items is None) == (self.scale is None):
            raise ValueError('needs exactly one of the keys "items" and "scale"')
        return self


class ScoreAtLeast(MeanScore):
    """The mean score (as `MeanScore`) is `cut` or higher."""

    cut: float


class Recode(Table):
    """Levels of one item gathered into new levels, or whole numbers cut into bands; others are missing.

    `bands` are the smallest number of each band and the first number beyond the last: [18, 35, 60] makes
    "18-34" and "35-59".
    """

    item: Name
    levels: Mapping[Slug, SomeNames] = Field(default_factory=dict)
    bands: Annotated[tuple[int, ...], BeforeValidator(frozen_list)] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The new levels, in order."""
        if not self.bands:
            return tuple(self.levels)
        return tuple(
            f"{low}-{high - 1}" if high - 1 > low else str(low)
            for low, high in zip(self.bands, self.bands[1:], strict=False)
        )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if bool(self.levels) == bool(self.bands):
            raise ValueError('needs either "levels" or "bands"')
        if self.bands and (len(self.bands) < 2 or list(self.bands) != sorted(set(self.bands))):
            raise ValueError('"bands" must be two or more whole numbers, each larger than the one before')
        seen: dict[str, str] = {}
        for level, codes in self.levels.items():
            for code in codes:
                if code in seen:
                    raise ValueError(f'"{code}" stands in the levels "{seen[code]}" and "{level}"')
                seen[code] = level
        return self


RULES = ("any_of", "all_of", "at_least", "mean_score", "score_at_least", "not", "recode")


class Indicator(Table):
    """One derived indicator: its words and exactly one rule (see `rule`)."""

    label: Words
    definition: Words
    modality: Literal["politicization", "politicking"] | None = None
    basis: Literal["experienced", "witnessed", "done"] | None = None
    any_of: Conditions | None = None
    all_of: Conditions | None = None
    at_least: AtLeast | None = None
    mean_score: MeanScore | None = None
    score_at_least: ScoreAtLeast | None = None
    not_: Condition | None = Field(default=None, alias="not")
    recode: Recode | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        given = self._given()
        if len(given) != 1:
            found = "none" if not given else " and ".join(given)
            raise ValueError(f"needs exactly one rule ({', '.join(RULES)}); found: {found}")
        return self

    def _given(self) -> list[str]:
        return [rule for rule in RULES if getattr(self, "not_" if rule == "not" else rule) is not None]

    @property
    def rule(self) -> str:
        """Name of the one rule that is given, as written in the file."""
        return self._given()[0]

    @property
    def kind(self) -> Literal["binary", "score", "levels"]:
        """What its column holds: 1/0, a mean score, or the levels of a recode."""
        if self.mean_score is not None:
            return "score"
        return "levels" if self.recode is not None else "binary"


class Scale(Table):
    """A Likert scale; without `items` those tagged `nst_scale` in the instrument."""

    label: Words
    definition: Words | None = None
    items: SomeNames | None = None
    reverse: Names = ()
    min_answered: Annotated[float, Field(gt=0, le=1)] = 0.5

    @model_validator(mode="after")
    def _reversed_are_items(self) -> Self:
        if self.items is not None and (strange := [name for name in self.reverse if name not in self.items]):
            raise ValueError(f"reverse names {', '.join(strange)}, not among its items")
        return self


class Ask(Table):
    """[ask] what was asked: `instrument` (path), `version`, `indicators` and `scales` by name."""

    instrument: Inside
    version: Name
    indicators: Mapping[Slug, Indicator] = Field(default_factory=dict)
    scales: Mapping[Slug, Scale] = Field(default_factory=dict)
