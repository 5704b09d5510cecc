"""A wave with a case register: the report holds it beside the survey, and refuses what it cannot compare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import wave_copies

from netralstat import open_wave
from netralstat.case_register import case_register
from netralstat.errors import PlanError
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
