"""What a wave asks about causes, before anything is fitted: its models, and questions it cannot answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedModel:
    """One regression to be fitted; `label` and `question` are by language.

    `recipe` is the recipe it answers, "" for one of [[explain.models]]; `absent` are concepts of the recipe
    that the wave has no column for, which the formula leaves out. `what_if`
    has variables and the values that everybody is put at.
    """

    id: str
    label: Mapping[str, str]
    formula: str
    family: str
    reference: str | None = None
    penalty: str | None = None
    what_if: Mapping[str, float | str] = field(default_factory=dict)
    recipe: str = ""
    question: Mapping[str, str] | None = None
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A recipe that a wave cannot answer: it has no column for the concepts `absent`.

    Or one of its models, `id`, that could not be fitted: some level never or always has the outcome
    `separated`, or all have, or lack, the outcome `constant` ("" otherwise).
    """

    id: str
    label: Mapping[str, str]
    absent: tuple[str, ...] = ()
    separated: str = ""
    constant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedModels:
    """What a wave asks about causes: `models` as the wave file has them, and what is left `unanswered`."""

    models: tuple[PlannedModel, ...]
    unanswered: tuple[Unanswered, ...]
