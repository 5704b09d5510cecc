"""A wave with a case register: the report holds it beside the survey, and refuses what it cannot compare."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import wave_copies

from netralstat import Estimates, Survey, open_wave
from netralstat.case_register import case_register
from netralstat.collect.register import CaseRegister
from netralstat.errors import PlanError
from netralstat.report.suppression import suppress_all
from netralstat.results import gather

DECLARED = """
[collect.register]
path = "data/register.csv"
unit = "cases"
as_of = 2000-12-31
count = "n"
status = "status"
stages = { open = "open", dropped = "not_proven", found = "proven", punished = "sanctioned" }
indicator = "award"
source = { id = "Register sekolah", en = "School register" }

[design]"""
ROWS = "status,n\nopen,40\ndropped,30\nfound,20\npunished,110\n"


def folder(tmp_path: Path, declared: str = DECLARED, rows: str = ROWS) -> Path:
    copy = wave_copies.copy_of_api(tmp_path)
    wave_copies.plan("\n[design]", declared)(copy)
    (copy / "data" / "register.csv").write_text(rows, encoding="utf-8")
    return copy


def test_cases_for_each_estimated_school(tmp_path: Path) -> None:
    wave = open_wave(folder(tmp_path))
    material = gather(wave, lambda step: None)
    assert material.cases is not None
    assert material.cases.total == 200
    assert material.cases.stages == {"open": 40, "not_proven": 30, "proven": 20, "sanctioned": 110}
    ratio = material.estimates["ascertainment"].table.iloc[0]
    survey = wave.survey()
    award = survey.prevalence("award").table.iloc[0]
    assert ratio["estimate"] == pytest.approx(200 / (survey.weights().total * award["estimate"]), rel=1e-12)
    assert material.estimates["ascertainment"].provenance["suppressed"] is True
    assert "api/data/register.csv" in material.inputs


@pytest.mark.long
def test_the_report_tells_the_register_everywhere(tmp_path: Path) -> None:
    wave = open_wave(folder(tmp_path))
    wave.report(tmp_path / "out", formats=["html", "json", "xlsx"], languages=["en"])
    page = (tmp_path / "out" / "api" / "report.en.html").read_text(encoding="utf-8")
    assert "As of 31 December 2000 the register counts 200 cases. Source: School register." in page
    manifest = json.loads((tmp_path / "out" / "api" / "manifest.json").read_text(encoding="utf-8"))
    assert "api/data/register.csv" in manifest["inputs"]


def test_a_few_cases_are_not_set_beside_anything(tmp_path: Path) -> None:
    wave = open_wave(folder(tmp_path, rows="status,n\nopen,3\nfound,1\n"))
    counts, made = case_register(wave, wave.survey(), {}, {})
    assert counts is not None
    assert counts.total is None
    assert made == {}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"award"', '"awards"', "no headline indicator. Did you mean"),
        ('unit = "cases"', 'unit = "cases"\nscope = "Pilkada 2019"', "no published numbers of cases"),
    ],
)
def test_what_cannot_be_compared(tmp_path: Path, old: str, new: str, told: str) -> None:
    wave = open_wave(folder(tmp_path, DECLARED.replace(old, new)))
    with pytest.raises(PlanError, match=told.replace(".", r"\.")):
        gather(wave, lambda step: None)


def test_a_wave_without_a_register_has_none() -> None:
    assert open_wave(wave_copies.WAVES / "api").register is None


# ------------------------------------------------------------------- by province, with nothing but numbers
def people() -> Survey:
    """600 of Bali's 6,000 and 400 of Riau's 8,000; 30 % and 20 % of them acted."""
    frame = pd.DataFrame({"province": ["bali"] * 600 + ["riau"] * 400})
    frame["weight"] = frame["province"].map({"bali": 10.0, "riau": 20.0})
    frame["acted"] = [1] * 180 + [0] * 420 + [1] * 80 + [0] * 320
    frame["size"] = pd.Categorical(["small", "middle", "large", "large"] * 250)
    return Survey(frame, weight="weight", stratum="province")


def beside(cases: dict[str, int], indicator: str = "acted") -> dict[str, Estimates]:
    """The ascertainment of a register that counts these cases by province; Aceh lies outside the survey."""
    survey = people()
    counts = [(place, "", "sanctioned", n) for place, n in cases.items()]
    wave: Any = SimpleNamespace(
        register=CaseRegister(
            counts=pd.DataFrame(counts, columns=["province", "form", "stage", "n"]),
            unit="persons",
            as_of=date(2021, 12, 16),
        ),
        plan=SimpleNamespace(
            collect=SimpleNamespace(
                case_register=SimpleNamespace(min_cases=5, indicator=indicator, regions="declared"),
                regions=SimpleNamespace(column="province", outside=("aceh",)),
            )
        ),
    )
    raw = {
        "headline": survey.prevalence(indicator),
        "headline_by_province": survey.prevalence(indicator, by="province"),
    }
    return case_register(wave, survey, raw, suppress_all(raw))[1]


def test_cases_by_province_and_those_inside_the_survey() -> None:
    made = beside({"bali": 90, "riau": 40, "aceh": 30, "none": 20, "": 10})
    by_province = made["ascertainment_by_province"].table.set_index("province")["estimate"]
    assert by_province.to_dict() == pytest.approx({"bali": 90 / 1800, "riau": 40 / 1600}, rel=1e-12)
    whole = made["ascertainment"].table.iloc[0]
    assert (whole["cases"], whole["population"]) == (140, pytest.approx(14_000))
    assert whole["estimate"] == pytest.approx(140 / 3400, rel=1e-12)


def test_what_lies_outside_is_not_told_by_the_whole() -> None:
    made = beside({"bali": 90, "riau": 40, "aceh": 3, "none": 20, "": 30})
    whole = made["ascertainment"].table.iloc[0]
    assert whole["flag"] == "suppressed_cases"
    assert np.isnan([whole["estimate"], whole["cases"], whole["conf_low"]]).all()


def test_a_province_without_a_case_has_none_for_anybody() -> None:
    row = beside({"bali": 90})["ascertainment_by_province"].table.set_index("province").loc["riau"]
    assert (row["cases"], row["estimate"], row["conf_high"]) == (0, 0, 0)


def test_cases_are_set_beside_one_prevalence() -> None:
    with pytest.raises(PlanError, match='"size" has 3 levels') as caught:
        beside({"bali": 90}, indicator="size")
    assert caught.value.where == "collect.register.indicator"
    assert caught.value.do == "name an indicator that is true or not"
