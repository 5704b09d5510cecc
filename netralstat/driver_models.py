"""The driver models of a wave: those its wave file writes out, and the recipes it names, as formulas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.explain.formula import parse
from netralstat.explain.planned import PlannedModel, PlannedModels, Unanswered
from netralstat.explain.recipes import CONTROLS, Outcome, Recipe, concepts, recipe

if TYPE_CHECKING:
    from netralstat.explain.regression import Model
    from netralstat.survey import Survey
    from netralstat.wave import Wave


def driver_models(wave: Wave) -> PlannedModels:
    """The models of a wave file, then those of its recipes.

    Raises
    ------
    UsageError
        A recipe is not known.
    """
    explain = wave.plan.explain
    require_concepts(wave)
    models = [
        PlannedModel(
            id=planned.id,
            label={"id": planned.label.id, "en": planned.label.en},
            formula=f"{planned.outcome} ~ {' + '.join(planned.terms)}",
            family=planned.family,
            reference=planned.reference,
            penalty=planned.penalty,
            what_if=dict(planned.what_if),
        )
        for planned in explain.models
    ]
    unanswered = []
    for name in explain.recipes:
        made = recipe_models(wave, name)
        if isinstance(made, Unanswered):
            unanswered.append(made)
        else:
            models += made
    return PlannedModels(models=tuple(models), unanswered=tuple(unanswered))


def recipe_models(wave: Wave, name: str) -> list[PlannedModel] | Unanswered:
    """The models of one recipe, an outcome each, or why there are none."""
    asked = recipe(name, where=f"{wave.plan.path.name}, explain.recipes")
    require_concepts(wave)
    columns = _Columns(wave, asked)
    terms = {concept: columns.term(concept) for concept in asked.terms}
    outcomes = {_told(outcome): columns.outcome(outcome) for outcome in asked.outcomes}
    absent = tuple(concept for concept, found in (terms | outcomes).items() if found is None)
    kept = [term for term in terms.values() if term is not None]
    explained = [outcome for outcome in outcomes.values() if outcome is not None]
    if not kept or not explained:
        return Unanswered(id=name, label=asked.label, absent=absent)
    controls = columns.controls()
    return [
        PlannedModel(
            id=f"{name}-{outcome}" if len(explained) > 1 else name,
            label=asked.label,
            question=asked.question,
            formula=_formula(outcome, kept, controls),
            family=asked.family,
            penalty=asked.penalty,
            recipe=name,
            absent=absent,
        )
        for outcome in explained
    ]


def require_concepts(wave: Wave) -> None:
    """Refuse a key of [explain.names] that is no concept of any recipe: nothing would be looked up by it."""
    known = concepts()
    for name in wave.plan.explain.names:
        if name not in known:
            raise UsageError(
                f'no recipe asks about "{name}"',
                where=f"{wave.plan.path.name}, explain.names.{name}",
                do=f"name any of {', '.join(known)}.{did_you_mean(name, known)}",
            )


def outcome_of(planned: PlannedModel) -> str:
    """The outcome of a planned model."""
    return parse(planned.formula).outcome


def fit(planned: PlannedModel, survey: Survey, level: float) -> Model:
    """A planned model on a survey of its wave."""
    return survey.regress(
        planned.formula,
        planned.family,  # type: ignore[arg-type]
        level=level,
        reference=planned.reference,
        penalty=planned.penalty,  # type: ignore[arg-type]
    )


def require_answered(made: list[PlannedModel] | Unanswered, wave: Wave) -> list[PlannedModel]:
    """The models of a recipe; EstimationError where the wave cannot answer it."""
    if not isinstance(made, Unanswered):
        return made
    columns = list(map(str, wave.frame.columns))
    raise EstimationError(
        f'the recipe "{made.id}" asks about {", ".join(made.absent)}, which this wave has no column for',
        where=str(wave.plan.path),
        do="say under [explain.names] which columns hold them, such as "
        f'{made.absent[0]} = "…".{did_you_mean(made.absent[0], columns)}',
    )


class _Columns:
    """Which columns of a wave hold the concepts of a recipe."""

    def __init__(self, wave: Wave, asked: Recipe) -> None:
        self._plan, self._frame, self._asked = wave.plan, wave.frame, asked

    def outcome(self, outcome: Outcome) -> str | None:
        """The column of an outcome; None where the wave has none."""
        if outcome.modality is not None:
            indicators = self._plan.ask.indicators.items()
            return next((name for name, one in indicators if one.modality == outcome.modality), None)
        assert outcome.name is not None
        return self._column(outcome.name)

    def term(self, concept: str) -> str | None:
        """A formula term for a concept; None where the wave has no answers that differ."""
        column = self._column(concept)
        if column is None or self._frame[column].nunique() < 2:
            return None
        levels = _levels(self._frame[column])
        reference = self._asked.references.get(concept)
        if reference is None or reference not in levels:
            return column
        return f'C({column}, ref="{reference}")'

    def controls(self) -> list[str]:
        """Terms of [explain] controls as they are written; position, sex and age where none are."""
        written = self._plan.explain.controls
        if written is not None:
            return list(written)
        return [term for term in map(self.term, CONTROLS) if term is not None]

    def _column(self, concept: str) -> str | None:
        written = self._plan.explain.names.get(concept)
        if written is not None and written not in self._frame.columns:
            raise EstimationError(
                f'"{written}" is neither an item nor an indicator of this wave',
                where=f"{self._plan.path.name}, explain.names.{concept}",
                do=f"name one that is.{did_you_mean(written, list(map(str, self._frame.columns)))}",
            )
        name = written or concept
        return name if name in self._frame.columns else None


def _levels(column: pd.Series) -> list[str]:
    """Levels that respondents have; none where the column holds numbers."""
    if pd.api.types.is_numeric_dtype(column):
        return []
    values: Sequence[Any] = column.dropna().unique().tolist()
    return [str(value) for value in values]


def _told(outcome: Outcome) -> str:
    return str(outcome.modality or outcome.name)


def _formula(outcome: str, terms: Sequence[str], controls: Sequence[str]) -> str:
    """An outcome explained by terms and those controls whose variables are neither."""
    known = {outcome, *(name for term in terms for name in _variables(term))}
    kept = [control for control in controls if known.isdisjoint(_variables(control))]
    return f"{outcome} ~ {' + '.join([*terms, *kept])}"


def _variables(term: str) -> tuple[str, ...]:
    return parse(f"outcome ~ {term}").variables
