"""Another questionnaire, another design, no modality, no map: the same calls, R's digits, honest chapters."""

from __future__ import annotations

import csv
import html
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from golden import goldens

import netralstat as ns
from netralstat.errors import DesignError, ResponseError

pytestmark = pytest.mark.golden

HERE = Path(__file__).parent
# The wave folder and what the goldens call its design.
WAVES = {"api": "dstrat", "api-clusters": "dclus1"}
LINEARISED = "survey_api_linearised"


@pytest.fixture(scope="module", params=WAVES)
def wave(request: pytest.FixtureRequest) -> ns.Wave:
    return ns.open_wave(HERE / request.param)


@pytest.fixture(scope="module")
def survey(wave: ns.Wave) -> ns.Survey:
    return wave.survey()


@pytest.fixture(scope="module", params=["api", pytest.param("api-clusters", marks=pytest.mark.long)])
def printed(request: pytest.FixtureRequest) -> ns.Wave:
    """The wave whose report is read."""
    return ns.open_wave(HERE / request.param)


@pytest.fixture(scope="module")
def pages(printed: ns.Wave, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    written = printed.report(tmp_path_factory.mktemp("reports"), formats=["html"])
    return {path.name: path for path in written}


@pytest.fixture(scope="module")
def whole(printed: ns.Wave, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report in every format."""
    return {path.name: path for path in printed.report(tmp_path_factory.mktemp("whole"))}


def golden(wave: ns.Wave, name: str, file: str = LINEARISED) -> dict[str, object]:
    return goldens.case(file, f"{WAVES[wave.plan.id]}/{name}")


def by_name(estimates: ns.Estimates, column: str) -> dict[str, float]:
    """A column of the table under R's names: item and level, `api00`, `stypeE`, `sch.wideYes`."""
    table = estimates.to_frame()
    numeric = {"api00", "enroll"}
    names = [
        item if item in numeric else f"{item.replace('_', '.')}{level}"
        for item, level in zip(table["item"], table["level"], strict=True)
    ]
    return dict(zip(names, table[column].astype(float), strict=True))


def text_of(page: Path) -> str:
    """What a reader reads: without scripts, styles and tags."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", bare)))


def test_every_row_is_accepted_and_typed(wave: ns.Wave) -> None:
    responses = wave.responses
    assert (responses.n_read, len(responses.frame), len(responses.rejected)) == (
        wave.plan.collect.sources[0].rows,
    ) * 2 + (0,)
    assert list(responses.frame["stype"].cat.categories) == ["E", "H", "M"]
    assert responses.frame["api00"].dtype == np.float64
    assert len(responses.findings) == 0


def test_means_and_shares(wave: ns.Wave, survey: ns.Survey) -> None:
    r = golden(wave, "svymean")
    means, shares = survey.mean(["api00", "enroll"]), survey.prevalence(["stype", "sch_wide"])
    expected = pd.Series(r["estimate"])
    goldens.compare(by_name(means, "estimate") | by_name(shares, "estimate"), expected, 1e-10, "svymean")
    errors = pd.Series(np.sqrt(np.diag(r["vcov"])), index=r["vcov"].index)
    goldens.compare(
        by_name(means, "std_error") | by_name(shares, "std_error"), errors, 1e-10, "SE", atol=1e-12
    )
    goldens.compare(
        means.covariance, r["vcov"].loc[["api00", "enroll"], ["api00", "enroll"]].to_numpy(), 1e-10, "vcov"
    )
    deff = pd.Series(r["deff"], index=r["names"])
    goldens.compare(by_name(means, "deff"), deff[["api00", "enroll"]], 1e-10, "deff")
    df = golden(wave, "degf")["degf"]
    assert set(means.to_frame()["df"]) == {df}


def test_means_by_domain(wave: ns.Wave, survey: ns.Survey) -> None:
    r = golden(wave, "svyby_mean")
    table = survey.mean("api00", by=["stype", "sch_wide"]).to_frame()
    names = table["stype"].astype(str) + "." + table["sch_wide"].astype(str)
    expected = r["table"].set_index(r["table"]["stype"] + "." + r["table"]["sch.wide"])
    for ours, theirs in {"estimate": "api00", "std_error": "se"}.items():
        goldens.compare(pd.Series(table[ours].to_numpy(), index=names), expected[theirs], 1e-10, theirs)


def test_interval_of_an_indicator(wave: ns.Wave, survey: ns.Survey) -> None:
    r = golden(wave, "svyciprop/logit/0.95")
    row = survey.prevalence("award").to_frame().iloc[0]
    goldens.compare([row["estimate"], row["conf_low"], row["conf_high"]], [r["p"], *r["ci"]], 1e-7, "award")
    assert row["n"] == len(wave.frame)


def test_intervals_of_an_indicator_by_domain(wave: ns.Wave, survey: ns.Survey) -> None:
    r = golden(wave, "svyby_ciprop")["table"].set_index("stype")
    table = (
        survey.prevalence("school_target", by="stype", df="domain", interval="logit")
        .to_frame()
        .set_index("stype")
    )
    for ours, theirs in {"estimate": "p", "conf_low": "ci_l", "conf_high": "ci_u"}.items():
        goldens.compare(table[ours], r[theirs], 1e-7, theirs)


def test_all_of_is_both_targets(wave: ns.Wave) -> None:
    # Where the records say "both", the indicator says so: 1,1 and nothing else.
    frame = wave.frame
    assert frame["target_met"].tolist() == (frame["both"].astype(str) == "Yes").astype(float).tolist()


def test_logit(wave: ns.Wave, survey: ns.Survey) -> None:
    r = golden(wave, "svyglm_quasibinomial")
    model = survey.regress("school_target ~ ell + meals + stype")
    names = {"stype[H]": "stypeH", "stype[M]": "stypeM"}
    ours = pd.DataFrame(model.covariance, index=model.names, columns=model.names).rename(
        index=names, columns=names
    )
    goldens.compare(model.coefficients.rename(names), r["coef"], 1e-7, "coef")
    goldens.compare(ours, r["vcov"], 1e-6, "vcov")
    assert model.df == r["wald_ddf"]


def test_linear(wave: ns.Wave, survey: ns.Survey) -> None:
    r = golden(wave, "svyglm_gaussian")
    model = survey.regress("api00 ~ ell + meals + mobility", family="linear")
    goldens.compare(model.coefficients, r["coef"], 1e-9, "coef")
    ours = pd.DataFrame(model.covariance, index=model.names, columns=model.names)
    goldens.compare(ours, r["vcov"], 1e-9, "vcov")
    assert model.df == r["df_resid"]


def test_poststratified_to_the_school_levels(wave: ns.Wave, survey: ns.Survey) -> None:
    r = golden(wave, "postStratify", "survey_calibration")
    calibrated = survey.calibrate({"stype": {"E": 4421, "H": 755, "M": 1018}}, method="poststratification")
    row = calibrated.mean("api00").to_frame().iloc[0]
    goldens.compare([row["estimate"], row["std_error"]], [r["mean"]["api00"], r["mean_se"][0]], 1e-9, "api00")


@pytest.mark.long
def test_report_has_both_languages_a_table_and_a_manifest(printed: ns.Wave, whole: dict[str, Path]) -> None:
    suffixes = sorted(path.suffix for path in whole.values())
    twice = [".html", ".pdf", ".docx", ".xlsx", ".json"] * 2
    assert suffixes == sorted([*twice, ".csv", ".json"])
    folder = {path.parent for path in whole.values()}
    assert [path.name for path in folder] == [printed.plan.id]
    manifest = json.loads(whole["manifest.json"].read_text(encoding="utf-8"))
    assert printed.plan.collect.sources[0].sha256 in json.dumps(manifest)


def test_report_prints_the_numbers_of_r(printed: ns.Wave, pages: dict[str, Path]) -> None:
    r = golden(printed, "svyciprop/logit/0.95")
    with next(p for p in pages.values() if p.suffix == ".csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["item"] == "award" and row["estimate"]]
    goldens.compare(float(rows[0]["estimate"]), r["p"], 1e-7, "estimates.csv, award")
    percent = f"{100 * r['p']:.1f}"
    english, indonesian = (text_of(page) for page in language_pages(pages))
    assert percent in english
    assert percent.replace(".", ",") in indonesian


def test_chapters_without_items_say_so(pages: dict[str, Path]) -> None:
    # The key of the wave file, or the tag of the instrument, that each absent chapter would need.
    for page in language_pages(pages):
        text = text_of(page)
        for needed in ("[collect.regions]", "nst_role", "nst_scale", "published"):
            assert needed in text, f"{page.name} does not say that {needed} is missing"


def test_nothing_of_the_demonstration_is_left(pages: dict[str, Path]) -> None:
    for page in language_pages(pages):
        text = text_of(page)
        for word in ("KASN", "Pilkada", "DATA SINTETIS", "SYNTHETIC DATA", "nan", "None"):
            assert not re.search(rf"\b{word}\b", text), f"{page.name} says {word}"


@pytest.mark.long
def test_the_command_line_writes_the_same_report(tmp_path: Path, whole: dict[str, Path]) -> None:
    folder = HERE / next(iter(whole.values())).parent.name
    command = [sys.executable, "-m", "netralstat.cli", "report", str(folder), "--out", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    written = [Path(line) for line in run.stdout.splitlines()]
    assert {path.name: path.read_bytes() for path in written} == {n: p.read_bytes() for n, p in whole.items()}


def language_pages(pages: dict[str, Path]) -> tuple[Path, Path]:
    """The English and the Indonesian page, by the language each declares."""
    by_language = {}
    for page in (path for path in pages.values() if path.suffix == ".html"):
        declared = re.search(r'<html[^>]*\blang="?(\w+)', page.read_text(encoding="utf-8"))
        assert declared, f"{page.name} declares no language"
        by_language[declared[1]] = page
    return by_language["en"], by_language["id"]


def copy_of(tmp_path: Path, change: tuple[str, str]) -> Path:
    """The api wave with one thing changed in its CSV (and without its hash)."""
    (tmp_path / "instrument").mkdir()
    (tmp_path / "instrument" / "schools.md").write_text((HERE / "instrument" / "schools.md").read_text())
    data = tmp_path / "api" / "data"
    data.mkdir(parents=True)
    plan = (HERE / "api" / "wave.toml").read_text()
    (tmp_path / "api" / "wave.toml").write_text(re.sub(r"^sha256 = .*\n", "", plan, flags=re.MULTILINE))
    table = (HERE / "api" / "data" / "apistrat.csv").read_text()
    assert table.count(change[0]) >= 1
    (data / "apistrat.csv").write_text(table.replace(*change, 1))
    return tmp_path / "api"


def test_a_negative_weight_is_told(tmp_path: Path) -> None:
    folder = copy_of(tmp_path, ("44.209999084472656", "-44.2"))
    with pytest.raises(DesignError, match="pw"):
        ns.open_wave(folder).survey().prevalence("award")


def test_a_changed_file_is_told(tmp_path: Path) -> None:
    folder = copy_of(tmp_path, ('"Yes","No","No","No"', '"Yes","No","No","Yes"'))
    original = (HERE / "api" / "wave.toml").read_text()
    (folder / "wave.toml").write_text(original)
    with pytest.raises(ResponseError, match="sha256"):
        ns.open_wave(folder).survey()
