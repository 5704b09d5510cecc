"""The small wave of `report.small_wave` as fixtures."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path

import pandas as pd
import pytest
from report.small_wave import WAVE, make_estimates, make_instrument, make_model

from netralstat.ask.plan import Plan, read_plan
from netralstat.estimate.estimates import Estimates
from netralstat.explain.planned import PlannedModel, PlannedModels
from netralstat.report.build import build
from netralstat.report.document import Document
from netralstat.report.material import Fieldwork, Material, Weighting
from netralstat.report.suppression import suppress_wave


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder: Path = tmp_path_factory.mktemp("surveys") / "small-wave"
    folder.mkdir()
    (folder / "wave.toml").write_text(WAVE, encoding="utf-8")
    return read_plan(folder)


@pytest.fixture(scope="session")
def raw() -> dict[str, Estimates]:
    return make_estimates()


@pytest.fixture(scope="session")
def material(plan: Plan, raw: dict[str, Estimates]) -> Material:
    return Material(
        plan=plan,
        instrument=make_instrument(),
        fieldwork=Fieldwork(
            n_read=1010,
            n_accepted=1000,
            n_rejected=10,
            rejected_by_rule={"no_consent": 7, "own_reason": 3},
            findings_by_rule={"choice": 2},
            n_selected=1250,
            start=date(2021, 7, 1),
            end=date(2021, 7, 30),
        ),
        weighting=Weighting(
            method="none",
            n_strata=4,
            n_psu=None,
            population=50_000.0,
            deff_kish=1.1,
            weight_min=0.5,
            weight_max=2.0,
            margins=pd.DataFrame(columns=["item", "level", "target", "reached", "gap"]),
            nonresponse="none",
            df=990,
            lonely_psu="error",
        ),
        estimates=suppress_wave(raw, plan),
        models={"pressed_model": make_model()},
        planned=PlannedModels(
            models=(
                PlannedModel(
                    id="pressed_model",
                    label={"id": plan.explain.models[0].label.id, "en": plan.explain.models[0].label.en},
                    formula="pressed ~ career + sex",
                    family="logit",
                ),
            ),
            unanswered=(),
        ),
        scales=pd.DataFrame(
            [("career", 2, 0.81, 3.1, 0.01, 1000, "")],
            columns=["scale", "n_items", "alpha", "mean", "std_error", "n", "flag"],
        ),
        generated=date(2021, 12, 16),
        synthetic=True,
        version="0.1.0",
        published=pd.DataFrame(
            [
                ("causes/kinship", "1", "", "", 50.8, "", "somewhere.example"),
                ("causes/unknown", "1", "", "", 10.0, "", "somewhere.example"),
            ],
            columns=["item", "level", "domain_item", "domain_level", "percent", "note", "source"],
        ),
        inputs={"small-wave/wave.toml": "0" * 64},
        software={"numpy": "2.0"},
    )


@pytest.fixture(scope="session")
def built(material: Material) -> Callable[[str], Document]:
    """The wave's document in a language, the same one for every test: documents are frozen."""
    return cache(partial(build, material))


@pytest.fixture(scope="session")
def bare(material: Material) -> Material:
    """The same wave without any estimate, model, scale or published figure."""
    return replace(
        material,
        estimates={},
        models={},
        planned=PlannedModels(models=(), unanswered=()),
        scales=material.scales.iloc[:0],
        published=None,
    )
