"""A wave from its folder: what each stage holds, what is refused, and that a report is whole or absent."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from wave_copies import DATA, WAVES, Change, cell, copy_of_api, data, margin, plan

import netralstat as ns
from netralstat.errors import (
    CalibrationError,
    DesignError,
    DisclosureError,
    EnvironmentProblem,
    EstimationError,
    InstrumentError,
    NetralstatError,
    PlanError,
    ReportError,
    ResponseError,
)
from netralstat.processes import beside
from netralstat.report.formats import WRITERS
from netralstat.report.material import Material
from netralstat.report.publish import write_report


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_api(tmp_path / "waves")


def drop_data(folder: Path) -> None:
    (folder / DATA).unlink()


def in_latin_1(folder: Path) -> None:
    (folder / DATA).write_bytes((folder / DATA).read_bytes().replace(b'2,"E"', b'2,"\xc9"', 1))


def ragged(folder: Path) -> None:
    lines = (folder / DATA).read_text(encoding="utf-8").splitlines()
    lines[6] += ",7"
    (folder / DATA).write_text("\n".join(lines), encoding="utf-8")


def same_school_twice(folder: Path) -> None:
    lines = (folder / DATA).read_text(encoding="utf-8").splitlines()
    (folder / DATA).write_text("\n".join([*lines, lines[4]]), encoding="utf-8")


def one_high_school(folder: Path) -> None:
    lines = (folder / DATA).read_text(encoding="utf-8").splitlines()
    high = [line for line in lines if ',"H",' in line]
    (folder / DATA).write_text("\n".join(line for line in lines if line not in high[1:]), encoding="utf-8")


def other_version(folder: Path) -> None:
    form = folder.parent / "instrument" / "schools.md"
    form.write_text(form.read_text(encoding="utf-8").replace("2000070101", "2001010101"), encoding="utf-8")


BROKEN: dict[str, tuple[Change, type[NetralstatError], str, str, str]] = {
    "missing file": (drop_data, ResponseError, "does not exist", "data/apistrat.csv", "put the export there"),
    "wrong delimiter": (
        plan('delimiter = ","', 'delimiter = ";"'),
        ResponseError,
        "one column when split at each semicolon",
        "row 1",
        'declare delimiter = ","',
    ),
    "wrong encoding": (in_latin_1, ResponseError, "is not utf-8", "line 3", 'encoding = "cp1252"'),
    "ragged row": (
        ragged,
        ResponseError,
        "1 of 200 rows do not fit the header: row 7 has 15 cells where 14 are expected",
        "row 7",
        "export again",
    ),
    "header twice": (
        data('"awards"', '"both"'),
        ResponseError,
        '"both" in columns 7 and 8',
        "row 1",
        "rename the columns",
    ),
    "column absent": (data('"awards"', '"award"'), ResponseError, "awards", "row 1", "correct the names"),
    "school twice": (same_school_twice, ResponseError, "school", "row", "duplicates"),
    "negative weight": (
        cell(9, "pw", "-44.2"),
        DesignError,
        '1 of 200 accepted rows have a negative weight in "pw"',
        "data/apistrat.csv, row 9",
        "correct those rows in the file",
    ),
    "empty weight": (
        cell(12, "pw", ""),
        DesignError,
        '1 of 200 accepted rows have no value in the design column "pw"',
        "data/apistrat.csv, row 12",
        "correct those rows in the file",
    ),
    "weight that is no number": (
        cell(13, "pw", "NaN"),
        DesignError,
        'no value in the design column "pw"',
        "data/apistrat.csv, row 13",
        "correct those rows in the file",
    ),
    "unseen stratum": (
        cell(14, "stype", '"Z"'),
        DesignError,
        'no value in the design column "stype"',
        "data/apistrat.csv, row 14",
        "correct those rows in the file",
    ),
    "stratum of one": (
        one_high_school,
        DesignError,
        "1 of 3 strata have a single PSU",
        "stratum H",
        "lonely_psu",
    ),
    "population that varies": (
        cell(2, "fpc", "4000"),
        DesignError,
        'the fpc "fpc" takes several values within 1 strata',
        "stratum E",
        "one population count",
    ),
    "margin level of nobody": (
        margin("stype,population\nE,4421\nH,755\nM,1018\nK,10\n"),
        CalibrationError,
        '1 levels of margin "stype" have a population but no respondents (K)',
        "margin stype",
        "merge each with a neighbouring level",
    ),
    "margin without a level": (
        margin("stype,population\nE,4421\nH,755\n"),
        CalibrationError,
        "has no population for 1 levels that respondents have (M)",
        "margin stype",
        "add those levels",
    ),
    "margin that is no table": (
        margin("stype;population\nE;4421\n"),
        DesignError,
        'has 0 columns named "stype"',
        "margin.csv",
        "its columns are",
    ),
    "other instrument": (
        other_version,
        NetralstatError,
        'version "2001010101"',
        "ask.version",
        "ask.version",
    ),
    "no instrument": (
        plan("../instrument/schools.md", "../instrument/school.md"),
        InstrumentError,
        "is not there",
        "school.md",
        "path",
    ),
    "unknown key": (
        plan("lonely_psu =", "lonely_psus ="),
        PlanError,
        "design.lonely_psus: unknown key",
        "wave.toml",
        "mend these keys",
    ),
    "path outside": (
        plan("data/apistrat.csv", "../../apistrat.csv"),
        PlanError,
        "1 problem",
        "wave.toml",
        "mend these keys",
    ),
    "unknown domain": (
        plan('domains = ["stype"]', 'domains = ["stypes"]'),
        EstimationError,
        'estimate.domains names "stypes"',
        "estimate.domains",
        'Did you mean "stype"?',
    ),
    "numbers tabulated": (
        plan('items = ["stype", "sch_wide"]', 'items = ["api00"]'),
        DisclosureError,
        '"api00" holds numbers',
        "estimate.items",
        "ask for its mean",
    ),
    "numbers as domain": (
        plan('domains = ["stype"]', 'domains = ["meals"]'),
        DisclosureError,
        '"meals" holds numbers',
        "estimate.domains",
        "recode",
    ),
    "unknown term": (
        plan('terms = ["ell", "meals", "stype"]', 'terms = ["ell", "lunch"]'),
        DesignError,
        'there is no column "lunch"',
        "ell + lunch",
        "name an existing column",
    ),
    "published figures absent": (
        plan("[report]\n", '[report]\npublished = "published.csv"\n'),
        ReportError,
        "there is no file published.csv",
        "report.published",
        "correct the path",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_bad_input(folder: Path, name: str) -> None:
    change, kind, fact, where, do = BROKEN[name]
    change(folder)
    with pytest.raises(kind) as told:
        ns.open_wave(folder).material()
    assert fact in told.value.fact
    assert where in str(told.value.where)
    assert do in str(told.value.do)
    assert told.value.where
    assert told.value.do


def test_an_unseen_code_stops_the_wave(folder: Path) -> None:
    cell(5, "sch_wide", '"Perhaps"')(folder)
    with pytest.raises(ResponseError, match="1 answers in 1 columns are none that the form allows") as told:
        ns.open_wave(folder).survey()
    assert told.value.where == "data/apistrat.csv, row 5, column sch_wide"
    assert 'invalid = "missing"' in str(told.value.do)
    assert "Perhaps" not in str(told.value)


def test_an_unseen_code_is_told_by_row_and_counted_as_missing(folder: Path) -> None:
    cell(5, "sch_wide", '"Perhaps"')(folder)
    plan("[collect]", '[collect]\ninvalid = "missing"')(folder)
    wave = ns.open_wave(folder)
    findings = wave.responses.findings
    assert findings[["row", "column", "rule", "severity"]].to_numpy().tolist() == [
        [5, "sch_wide", "choice", "error"]
    ]
    assert "Perhaps" not in findings.to_csv()
    n = wave.survey().prevalence("sch_wide").table["n"]
    assert n.tolist() == [199.0, 199.0]


def test_what_a_wave_holds(folder: Path) -> None:
    steps: list[str] = []
    wave = ns.open_wave(folder / "wave.toml", progress=steps.append)
    assert repr(wave) == "Wave api: California's public schools, 2000 (survey data)"
    assert wave.frame["award"].sum() == (pd.read_csv(folder / DATA)["awards"] == "Yes").sum()
    assert wave.survey().weights().n == 200
    assert steps == ["responses", "instrument", "indicators", "weights"]
    assert wave.make_data() is wave.make_data(anew=True) is False  # survey data are never simulated
    assert wave.frame is wave.frame


def test_an_indicator_may_not_take_the_name_of_an_item(folder: Path) -> None:
    plan("[ask.indicators.award]", "[ask.indicators.awards]")(folder)
    with pytest.raises(NetralstatError, match=r"ask\.indicators\.awards: has the name of an item; rename it"):
        _ = ns.open_wave(folder).frame


def test_calibrated_totals_are_the_margins(folder: Path) -> None:
    margin("sch_wide,population\nYes,5000\nNo,1194\n", item="sch_wide")(folder)
    survey = ns.open_wave(folder).survey()
    totals = survey.total("sch_wide").table.set_index("level")
    np.testing.assert_allclose(totals.loc[["Yes", "No"], "estimate"], [5000, 1194], 1e-10)
    assert totals["std_error"].tolist() == [0.0, 0.0]
    material = ns.open_wave(folder).material()
    assert material.weighting.method == "raking"
    assert material.weighting.margins["item"].tolist() == ["sch_wide", "sch_wide"]
    assert material.weighting.population == pytest.approx(6194, rel=1e-10)


def test_material_counts_what_came_back(folder: Path) -> None:
    (folder / DATA).write_text(
        (folder / DATA).read_text(encoding="utf-8").replace('1,"E",840', '1,"E",84', 1), encoding="utf-8"
    )
    plan("[collect]", '[collect]\ninvalid = "missing"')(folder)
    material = ns.open_wave(folder).material()
    fieldwork, weighting = material.fieldwork, material.weighting
    assert (fieldwork.n_read, fieldwork.n_accepted, fieldwork.n_rejected) == (200, 200, 0)
    assert fieldwork.findings_by_rule == {"constraint": 1}
    assert (weighting.n_strata, weighting.n_psu, weighting.df) == (3, None, 197)
    assert weighting.population == pytest.approx(6194, rel=1e-6)
    assert {"headline", "headline_by_stype", "headline_vs_national_stype", "items", "means"} <= set(
        material.estimates
    )
    assert set(material.models) == {"school_target", "performance"}
    assert material.models["performance"].n == 199  # 84 breaks the form's constraint and is missing
    assert set(material.inputs) == {"api/wave.toml", "instrument/schools.md", "api/data/apistrat.csv"}


@pytest.fixture(scope="module")
def material() -> Material:
    """Every number from this process alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beside, "can_copy", lambda: False)
        return ns.open_wave(WAVES / "api").material()


@pytest.fixture(scope="module")
def written(material: Material, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("first")
    return {file.name: file.read_bytes() for file in write_report(material, out, ["id", "en"])}


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")
def test_a_second_report_has_the_same_bytes(
    written: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is of this process alone, the second of three."""
    monkeypatch.setattr(beside, "can_copy", lambda: True)
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "report.id.html").write_text("an old page")
    (tmp_path / "api" / "notes.txt").write_text("mine")
    files = ns.open_wave(WAVES / "api").report(tmp_path)
    assert [file.relative_to(tmp_path).as_posix() for file in files] == [
        *(f"api/report.{language}.{format}" for format in WRITERS for language in ("id", "en")),
        "api/estimates.csv",
        "api/manifest.json",
    ]
    assert {file.name: file.read_bytes() for file in files} == written
    assert sorted(file.name for file in (tmp_path / "api").iterdir()) == sorted([*written, "notes.txt"])


@pytest.mark.long
def test_the_manifest_names_what_was_written(written: dict[str, bytes]) -> None:
    manifest = json.loads(written["manifest.json"])
    told = json.dumps(manifest)
    for name in ("report.id.html", "report.en.html", "report.id.xlsx", "report.en.xlsx", "estimates.csv"):
        assert hashlib.sha256(written[name]).hexdigest() in told


@pytest.mark.parametrize("broken", [pytest.param("os.fsync", marks=pytest.mark.long), "Path.replace"])
def test_an_interrupted_report_leaves_the_old_one_whole(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    old = {name: f"old {name}" for name in ("report.id.html", "estimates.csv", "manifest.json")}
    for name, text in old.items():
        (tmp_path / name).write_text(text)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if broken == "Path.replace":
        monkeypatch.setattr(Path, "replace", full)
    else:
        monkeypatch.setattr(os, broken.removeprefix("os."), full)
    with pytest.raises(EnvironmentProblem, match="No space left on device") as told:
        write_report(material, tmp_path, ["id"], ["html", "json"])
    assert told.value.where == str(tmp_path)
    monkeypatch.undo()
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == old
