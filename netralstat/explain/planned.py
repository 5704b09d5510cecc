"""What a wave asks about causes, before anything is fitted: its models, and questions it cannot answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedModel:
    """One regression to be fitted; `label` and `question` are by language.

    `recipe` is the recipe it answers, "" for one of [[explain.models]]; `absent` are concepts of the recipe
    that the wave has no column for, which the formula leaves out.
    """

    id: str
    label: Mapping[str, str]
    formula: str
    family: str
    reference: str | None = None
    recipe: str = ""
    question: Mapping[str, str] | None = None
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A recipe that a wave cannot answer, for it has no column for the concepts `absent`."""

    recipe: str
    label: Mapping[str, str]
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedModels:
    """What a wave asks about causes: `models` in the order of the wave file, and what is left `unanswered`."""

    models: tuple[PlannedModel, ...]
    unanswered: tuple[Unanswered, ...]
