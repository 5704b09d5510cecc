"""The questions of the field as data: which outcomes are held against which drivers, in recipes.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from netralstat.errors import UsageError, did_you_mean
from netralstat.explain.families import Family
from netralstat.explain.penalised import Penalty

Modality = Literal["politicization", "politicking"]
CONTROLS = ("position", "sex", "age")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is explained: the first indicator of a `modality`, or what bears a `name`."""

    modality: Modality | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One question of the field: `outcomes` explained by `terms`, which are concepts and no columns yet.

    `label` and `question` are in Indonesian and English ("id", "en"). `references` give the level that
    the others are held against, by concept. `penalty` keeps coefficients of rare groups finite.
    """

    id: str
    label: Mapping[str, str]
    question: Mapping[str, str]
    outcomes: tuple[Outcome, ...]
    terms: tuple[str, ...]
    family: Family
    penalty: Penalty | None
    references: Mapping[str, str]


@cache
def recipes() -> Mapping[str, Recipe]:
    """Every recipe by its id, in the order of recipes.toml."""
    text = files("netralstat.explain").joinpath("recipes.toml").read_text(encoding="utf-8")
    written = tomllib.loads(text)
    references = written.pop("references")
    return {
        name: Recipe(
            id=name,
            label=table["label"],
            question=table["question"],
            outcomes=tuple(Outcome(**outcome) for outcome in table["outcomes"]),
            terms=tuple(table["terms"]),
            family=cast("Family", table.get("family", "logit")),
            penalty=cast("Penalty | None", table.get("penalty")),
            references=references,
        )
        for name, table in written.items()
    }


@cache
def concepts() -> tuple[str, ...]:
    """What recipes ask about and hold constant by default, each once: names a wave may hold otherwise."""
    asked = [name for one in recipes().values() for name in one.terms]
    explained = [outcome.name for one in recipes().values() for outcome in one.outcomes if outcome.name]
    return tuple(dict.fromkeys([*asked, *explained, *CONTROLS]))


def recipe(name: str, *, where: str = "recipe") -> Recipe:
    """The recipe of that name.

    Raises
    ------
    UsageError
        There is none; `where` says what asked for it.
    """
    known = recipes()
    if name not in known:
        raise UsageError(
            f'there is no recipe "{name}"',
            where=where,
            do=f"choose any of {', '.join(known)}.{did_you_mean(name, known)}",
        )
    return known[name]
