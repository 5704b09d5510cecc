"""What the report is handed about causes: what could not be fitted is told, small domains hold no number."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.ask.plan_sections import Explain
from netralstat.driver_results import driver_results
from netralstat.errors import SeparationError

LABEL = {"id": "Pendorong", "en": "Drivers"}
MODALITIES = {
    "pressed": SimpleNamespace(modality="politicization"),
    "acted": SimpleNamespace(modality="politicking"),
}


def people(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "pressure": rng.integers(1, 6, n).astype(float),
            "kinship": rng.choice(["near", "far"], n),
            "island_group": ["west"] * (n - 6) + ["east"] * 6,
        }
    )
    chance = 1 / (1 + np.exp(2 - 0.5 * frame["pressure"]))
    frame["pressed"] = (rng.random(n) < chance).astype(int)
    frame["acted"] = ((frame["kinship"] == "near") & (rng.random(n) < 0.5)).astype(int)
    return frame


def wave(frame: pd.DataFrame, domains: tuple[str, ...] = ("island_group",), **explain: Any) -> Any:
    plan = SimpleNamespace(
        explain=Explain.model_validate(explain),
        ask=SimpleNamespace(indicators=MODALITIES),
        estimate=SimpleNamespace(level=0.95, domains=domains),
        report=SimpleNamespace(min_respondents=10),
        path=Path("wave.toml"),
    )
    return SimpleNamespace(plan=plan, frame=frame)


def model(**keys: Any) -> dict[str, Any]:
    return {"id": "m", "outcome": "pressed", "terms": ["pressure"], "label": LABEL, **keys}


def test_a_recipe_whose_outcome_is_separated_says_of_what() -> None:
    frame = people()
    found = driver_results(wave(frame, recipes=["kinship"], controls=[]), Survey(frame))
    assert list(found.models) == ["kinship-pressed"] == [one.id for one in found.planned.models]
    (left,) = found.planned.unanswered
    assert (left.id, left.separated, left.absent) == ("kinship-acted", "acted", ())


def test_a_separated_model_of_the_wave_file_is_an_error() -> None:
    frame = people()
    with pytest.raises(SeparationError, match="kinship"):
        driver_results(wave(frame, models=[model(outcome="acted", terms=["kinship"])]), Survey(frame))


@pytest.mark.parametrize("value", [0, 1])
def test_an_outcome_of_nobody_or_everybody_leaves_the_model_out(value: int) -> None:
    frame = people().assign(pressed=value)
    found = driver_results(wave(frame, models=[model()]), Survey(frame))
    assert found.models == {}
    (left,) = found.planned.unanswered
    assert (left.id, left.constant, left.separated) == ("m", "pressed", "")


@pytest.mark.parametrize("domains", [("island_group",), ()])
def test_what_if_is_that_of_the_survey_without_small_domains(domains: tuple[str, ...]) -> None:
    frame = people()
    survey = Survey(frame)
    asked = wave(frame, domains, models=[model(what_if={"pressure": 1})])
    found = driver_results(asked, survey)
    told = found.what_if["m"]
    direct = survey.what_if(found.models["m"], {"pressure": 1}, by=domains, overall=True)
    change = direct.difference({"scenario": "changed"}, {"scenario": "as_is"}).table
    whole = told.table[told.table["level"].isna()].iloc[0]
    last = change.iloc[-1]
    assert whole["difference"] == pytest.approx(last["estimate"], rel=1e-12)
    assert whole["p_value"] == pytest.approx(last["p_value"], rel=1e-12)
    assert whole["changed"] - whole["as_is"] == pytest.approx(last["estimate"], rel=1e-12)
    assert told.by == (domains[0] if domains else "")
    if domains:
        rows = told.table.set_index("level")
        assert rows.loc["east", "flag"] == "suppressed_n"
        assert rows.loc["east", ["as_is", "changed", "low", "high", "difference", "p_value"]].isna().all()
        assert rows.loc["west", "as_is"] == pytest.approx(
            direct.select(island_group="west", scenario="as_is").table["estimate"].iloc[0], rel=1e-12
        )


def test_models_of_one_equation_are_diagnosed() -> None:
    frame = people()
    survey = Survey(frame)
    asked = wave(frame, models=[model(), model(id="p", penalty="firth")])
    found = driver_results(asked, survey)
    assert list(found.diagnoses) == ["m"]
    direct = survey.diagnose(found.models["m"])
    assert found.diagnoses["m"].measures.equals(direct.measures)
