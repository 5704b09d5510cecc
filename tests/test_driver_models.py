"""Recipes become formulas over what a wave has, and say what it has not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from netralstat.ask.plan_sections import Explain
from netralstat.driver_models import driver_models, recipe_models, require_answered
from netralstat.errors import EstimationError, UsageError
from netralstat.explain.formula import parse
from netralstat.explain.planned import Unanswered
from netralstat.explain.recipes import CONTROLS, recipes

MODALITIES = {
    "seen": SimpleNamespace(modality=None),
    "pressed": SimpleNamespace(modality="politicization"),
    "acted": SimpleNamespace(modality="politicking"),
    "acted_twice": SimpleNamespace(modality="politicking"),
}


def wave(frame: pd.DataFrame, **explain: Any) -> Any:
    plan = SimpleNamespace(
        explain=Explain(**explain), ask=SimpleNamespace(indicators=MODALITIES), path=Path("wave.toml")
    )
    return SimpleNamespace(plan=plan, frame=frame)


def people(**columns: Any) -> pd.DataFrame:
    n = 40
    own = {
        "pressed": np.arange(n) % 2,
        "acted": np.arange(n) % 3 == 0,
        "sex": pd.Categorical(np.where(np.arange(n) % 4 < 2, "female", "male")),
        "age": np.arange(n) + 20.0,
        "kinship": np.arange(n) % 5 + 1.0,
    }
    return pd.DataFrame(own | columns)


def formulas(made: Any) -> list[str]:
    return [model.formula for model in made]


def test_each_modality_is_explained_by_the_concept_and_the_controls() -> None:
    made = recipe_models(wave(people()), "kinship")
    assert not isinstance(made, Unanswered)
    assert formulas(made) == [
        'pressed ~ kinship + C(sex, ref="male") + age',
        'acted ~ kinship + C(sex, ref="male") + age',
    ]
    assert [model.id for model in made] == ["kinship-pressed", "kinship-acted"]


def test_a_column_of_another_name_and_controls_of_the_wave_file() -> None:
    frame = people(masa=pd.Categorical(["first", "final"] * 20))
    made = recipe_models(
        wave(frame, recipes=["term_limits"], controls=["age"], names={"incumbent_term": "masa"}),
        "term_limits",
    )
    assert formulas(made)[0] == 'pressed ~ C(masa, ref="final") + age'


def test_a_control_that_is_the_question_itself_is_not_asked_twice() -> None:
    frame = people(position=pd.Categorical(["jpt", "executive"] * 20))
    made = recipe_models(wave(frame, controls=["C(position)", "age"]), "position")
    assert formulas(made)[0] == 'pressed ~ C(position, ref="executive") + age'
    assert made[0].absent == ("employment",)  # type: ignore[index]


def test_a_concept_whose_answers_do_not_differ_is_absent() -> None:
    made = recipe_models(wave(people(kinship=3.0)), "kinship")
    assert isinstance(made, Unanswered)
    assert made.absent == ("kinship",)


def test_what_the_wave_cannot_answer_is_told() -> None:
    planned = driver_models(wave(people(), recipes=["kinship", "term_limits"]))
    assert [model.recipe for model in planned.models] == ["kinship", "kinship"]
    assert [left.id for left in planned.unanswered] == ["term_limits"]
    asked = wave(people())
    with pytest.raises(EstimationError, match="asks about incumbent_term") as told:
        require_answered(recipe_models(asked, "term_limits"), asked)
    assert "[explain.names]" in str(told.value.do)


def test_wrong_names() -> None:
    with pytest.raises(UsageError, match='no recipe "kinshp"') as told:
        recipe_models(wave(people()), "kinshp")
    assert 'Did you mean "kinship"?' in str(told.value.do)
    with pytest.raises(EstimationError, match='"agee" is neither an item nor an indicator'):
        recipe_models(wave(people(), names={"kinship": "agee"}), "kinship")


def test_a_name_for_what_no_recipe_asks() -> None:
    with pytest.raises(UsageError, match='no recipe asks about "incumbent_trem"') as told:
        driver_models(wave(people(), names={"incumbent_trem": "masa"}))
    assert told.value.where == "wave.toml, explain.names.incumbent_trem"
    assert 'Did you mean "incumbent_term"?' in str(told.value.do)


@pytest.mark.parametrize("name", list(recipes()))
def test_every_recipe_is_whole(name: str) -> None:
    one = recipes()[name]
    assert {"id", "en"} == set(one.label) == set(one.question)
    assert all(text.strip() for text in (*one.label.values(), *one.question.values()))
    assert one.outcomes
    assert all((outcome.modality is None) != (outcome.name is None) for outcome in one.outcomes)
    assert parse(f"y ~ {' + '.join(one.terms)}").variables == one.terms
    assert set(one.references) >= {"sex", "position"} & set(CONTROLS)
