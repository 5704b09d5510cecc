"""The command line: what it prints where, its exit codes, and sentences instead of tracebacks."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from wave_copies import DATA, WAVES, cell, copy_of_api, data, margin, plan

import netralstat
from netralstat import cli, open_wave
from netralstat.report.formats import WRITERS

API = str(WAVES / "api")
COMMANDS = ("simulate", "check", "weights", "estimate", "explain", "report", "tables", "figures", "demo")


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command left: exit code, standard output and error."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`main` in this process: Python and pandas start once for all tests."""

    def call(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["netralstat", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        code = ended.value.code
        return Done(code=code if isinstance(code, int) else 0, out=printed.out, err=printed.err)

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_api(tmp_path / "waves")


def assert_sentence(done: Done, code: int = 1) -> None:
    """A sentence with place and remedy on standard error, nothing on standard output."""
    assert (done.code, done.out) == (code, "")
    assert "Traceback" not in done.err
    assert "an error inside netralstat" not in done.err
    lines = done.err.splitlines()
    assert lines[0].startswith("netralstat: ")
    assert any(line.startswith("  Where: ") for line in lines)
    assert any(line.startswith("  Do: ") for line in lines)


# ------------------------------------------------------------------------------ in a process of their own
def test_in_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "netralstat.cli", "check", API, "--jsn"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.long
def test_in_their_own_process(tmp_path: Path) -> None:
    """Three runs at once, as a shell would start them."""
    broken = copy_of_api(tmp_path / "waves")
    cell(9, "pw", "-44.2")(broken)
    out = tmp_path / "reports"
    runs: dict[str, Sequence[str]] = {
        "report": ["report", str(broken), "--out", str(out)],
        "debug": ["--debug", "check", str(tmp_path / "nowhere")],
        "version": ["--version"],
    }
    started = {
        name: subprocess.Popen(
            [sys.executable, "-m", "netralstat.cli", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, arguments in runs.items()
    }
    done = {}
    for name, process in started.items():
        printed, told = process.communicate(timeout=120)
        done[name] = Done(code=process.returncode, out=printed, err=told)
    assert_sentence(done["report"])
    assert 'negative weight in "pw"' in done["report"].err
    assert "-44" not in done["report"].err
    assert not out.exists()
    assert (done["debug"].code, done["debug"].out) == (1, "")
    assert "Traceback (most recent call last)" in done["debug"].err
    assert "PlanError" in done["debug"].err
    assert done["version"] == Done(code=0, out=f"{netralstat.__version__}\n", err="")


# -------------------------------------------------------------------------------------------- bad input
def remove(folder: Path) -> None:
    (folder / DATA).unlink()


def twice(folder: Path) -> None:
    lines = (folder / DATA).read_text(encoding="utf-8").splitlines()
    (folder / DATA).write_text("\n".join([*lines, lines[4]]), encoding="utf-8")


def latin_1(folder: Path) -> None:
    (folder / DATA).write_bytes((folder / DATA).read_bytes().replace(b'2,"E"', b'2,"\xc9"', 1))


def other_version(folder: Path) -> None:
    form = folder.parent / "instrument" / "schools.md"
    form.write_text(form.read_text(encoding="utf-8").replace("2000070101", "2001010101"), encoding="utf-8")


READING = {
    "missing file": (remove, "does not exist"),
    "wrong delimiter": (plan('delimiter = ","', 'delimiter = "|"'), "one column when split at each bar"),
    "wrong encoding": (latin_1, "is not utf-8"),
    "ragged row": (data('"No",33,25', '"No","x",33,25'), "row 2 has 15 cells where 14 are expected"),
    "header twice": (data('"awards"', '"both"'), '"both" in columns 7 and 8'),
    "key twice": (twice, "school"),
    "other version of the instrument": (other_version, 'version "2001010101"'),
    "unknown key": (plan("unique = ", "uniqe = "), 'Did you mean "unique"?'),
}
WEIGHTING = {
    "empty weight": (cell(3, "pw", ""), 'no value in the design column "pw"'),
    "weight NaN": (cell(3, "pw", "NaN"), 'no value in the design column "pw"'),
    "negative weight": (cell(3, "pw", "-1"), 'negative weight in "pw"'),
    "margin level of nobody": (margin("stype,population\nE,1\nH,1\nM,1\nK,1\n"), "no respondents (K)"),
}


@pytest.mark.parametrize("name", READING | WEIGHTING)
def test_bad_input_is_a_sentence_and_no_report(folder: Path, run: Run, tmp_path: Path, name: str) -> None:
    change, fact = (READING | WEIGHTING)[name]
    change(folder)
    done = run("report", str(folder), "--out", str(tmp_path / "reports"))
    assert_sentence(done)
    assert fact in done.err
    assert not (tmp_path / "reports").exists()
    command = "check" if name in READING else "weights"
    assert run(command, str(folder)) == done  # the same sentence from every command that reads as far


def test_a_wrong_folder(run: Run, tmp_path: Path) -> None:
    for command in COMMANDS[:-1]:
        done = run(command, str(tmp_path / "nowhere"))
        assert_sentence(done)
        assert "the wave file cannot be read" in done.err


# -------------------------------------------------------------------------------------------- wrong usage
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chek", API], "No such command 'chek'"),
        (["check"], "Missing argument"),
        (["check", API, API], "unexpected extra argument"),
        (["report", API, "--output", "x"], "No such option"),
        (["estimate", API, "--item"], "requires an argument"),
        (["--json", "check", API], "No such option"),
    ],
)
def test_wrong_usage_is_exit_code_2(run: Run, arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert "Traceback" not in done.err


def test_a_language_that_no_report_has(run: Run, tmp_path: Path) -> None:
    done = run("report", API, "--language", "fr", "--out", str(tmp_path / "reports"))
    assert_sentence(done, code=2)
    assert 'no report in the language "fr"' in done.err
    assert not (tmp_path / "reports").exists()


def test_survey_data_are_not_simulated(run: Run, folder: Path) -> None:
    before = (folder / DATA).read_bytes()
    done = run("simulate", str(folder))
    assert_sentence(done, code=2)
    assert "the wave api holds survey data" in done.err
    assert (folder / DATA).read_bytes() == before


def test_a_folder_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    done = run("report", API, "--language", "en", "--format", "html", "--out", str(tmp_path / "reports"))
    assert_sentence(done, code=3)
    assert "The report cannot be written" in done.err
    assert (tmp_path / "reports").read_text() == "a file"


def test_debug_raises_the_error_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["netralstat", "--debug", "check", str(tmp_path)])
    with pytest.raises(netralstat.NetralstatError, match="the wave file cannot be read"):
        cli.main()


@pytest.mark.parametrize(
    ("problem", "code", "told"),
    [
        (ValueError("no float: 'an answer'"), 1, "an error inside netralstat (ValueError)"),
        (MemoryError(), 3, "not enough memory"),
        (KeyboardInterrupt(), 130, "nothing was half-written"),
        (PermissionError(13, "Permission denied", "x.csv"), 3, "Permission denied: x.csv"),
    ],
)
def test_what_nobody_foresaw_is_a_sentence_too(
    run: Run, monkeypatch: pytest.MonkeyPatch, problem: BaseException, code: int, told: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr("netralstat.wave.open_wave", fail)
    done = run("check", API)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
    assert "Traceback" not in done.err
    assert "an answer" not in done.err


# ---------------------------------------------------------------------------------------------- help
def test_help_and_version(run: Run) -> None:
    for arguments in (["--help"], ["-h"]):
        done = run(*arguments)
        assert (done.code, done.err) == (0, "")
        assert all(command in done.out for command in COMMANDS)
        assert (
            "Exit codes: 0 done, 1 a problem in the data, 2 wrong usage, 3 the machine lacks something."
            in (" ".join(done.out.split()))
        )
    assert run("--version").out == f"{netralstat.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert (done.code, done.err) == (0, "")
    first = (getattr(cli, command).__doc__ or "").split(":")[0].split(";")[0]
    assert " ".join(first.split()) in " ".join(done.out.split())


# ---------------------------------------------------------------------------------------- what it prints
def rows(done: Done) -> list[dict[str, object]]:
    assert done.code == 0
    parsed = json.loads(done.out)
    assert isinstance(parsed, list)
    return parsed


def test_check_tells_findings_and_never_an_answer(run: Run, folder: Path) -> None:
    cell(5, "sch_wide", '"Perhaps"')(folder)
    cell(9, "enroll", "many")(folder)
    done = run("check", str(folder), "--json")
    assert done.code == 1
    assert json.loads(done.out) == [
        {"rule": "choice", "severity": "error", "column": "sch_wide", "findings": 1, "first_row": 5},
        {"rule": "type", "severity": "error", "column": "enroll", "findings": 1, "first_row": 9},
    ]
    assert done.err.startswith("200 rows read, 200 accepted, 0 rejected\n")
    assert "2 answers in 2 columns are none that the form allows" in done.err
    table = run("check", str(folder))
    assert "choice" in table.out
    for answer in ("Perhaps", "many"):
        assert answer not in done.out + table.out + done.err + table.err


def test_check_of_clean_data(run: Run) -> None:
    assert rows(run("check", API, "--json")) == []
    assert run("check", API) == Done(
        code=0, out="", err="200 rows read, 200 accepted, 0 rejected\nno findings\n"
    )


def test_weights(run: Run, folder: Path) -> None:
    assert rows(run("weights", API, "--json")) == []  # no margins
    plain = run("weights", API)
    assert plain.err.startswith("200 respondents stand for 6,194 persons; Kish's deff 1.186")
    margin("sch_wide,population\nYes,5000\nNo,1194\n", item="sch_wide")(folder)
    found = rows(run("weights", str(folder), "--json"))
    assert [(row["margin"], row["level"], row["target"]) for row in found] == [
        ("sch_wide", "Yes", 5000.0),
        ("sch_wide", "No", 1194.0),
    ]
    np.testing.assert_allclose([row["reached"] for row in found], [5000, 1194], 1e-10)


def test_estimates_have_all_their_digits(run: Run) -> None:
    found = rows(run("estimate", API, "--item", "award", "--json"))
    expected = open_wave(API).survey().prevalence("award").table.iloc[0]
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        assert found[0][column] == pytest.approx(expected[column], rel=1e-13)
    headline = rows(run("estimate", API, "--json"))
    assert [row["item"] for row in headline] == ["award", "target_met", "school_target"]


def test_printed_estimates_are_suppressed(run: Run) -> None:
    done = run("estimate", API, "--item", "school_target", "--by", "stype", "--by", "awards", "--json")
    found = rows(done)
    small = [row for row in found if row["n"] < 10]  # type: ignore[operator]
    hidden = [row for row in found if row["flag"]]
    assert hidden
    assert all(row["flag"] for row in small)
    for row in hidden:
        assert [row[column] for column in ("estimate", "std_error", "conf_low", "conf_high", "n_yes")] == [
            None
        ] * 5
    raw = open_wave(API).survey().prevalence("school_target", by=["stype", "awards"]).table
    assert raw["estimate"].notna().all()
    assert run("estimate", API, "--item", "school_target", "--by", "stype", "--by", "awards").code == 0


@pytest.mark.parametrize("arguments", [["--item", "school"], ["--item", "award", "--by", "api00"]])
def test_answers_of_single_respondents_are_not_tabulated(run: Run, arguments: list[str]) -> None:
    done = run("estimate", API, *arguments)
    assert_sentence(done)
    assert "the answers of single respondents" in done.err


def test_an_item_that_is_not_there(run: Run) -> None:
    done = run("estimate", API, "--item", "awrd")
    assert_sentence(done)
    assert 'Did you mean "award"?' in done.err


def test_explain(run: Run, folder: Path) -> None:
    done = run("explain", API, "--json")
    found = rows(done)
    assert [row["model"] for row in found] == ["school_target"] * 6 + ["performance"] * 4
    model = open_wave(API).survey().regress("school_target ~ ell + meals + stype")
    for row, (_, expected) in zip(found[:6], model.table.iterrows(), strict=True):
        assert row["term"] == expected["term"]
        if row["flag"]:  # few schools of this type missed their target
            assert (row["flag"], row["estimate"], row["n"]) == ("suppressed_numerator", None, None)
            assert min(expected["n_yes"], expected["n"] - expected["n_yes"]) < 10
        else:
            assert row["estimate"] == pytest.approx(expected["estimate"], rel=1e-12)
    assert sum(bool(row["flag"]) for row in found[:6]) < 3
    assert "school_target ~ ell + meals + stype (logit), n = 200, df = 193" in done.err
    text = (folder / "wave.toml").read_text(encoding="utf-8")
    start, end = text.index("[[explain.models]]"), text.index("[report]")
    (folder / "wave.toml").write_text(text[:start] + text[end:], encoding="utf-8")
    without = run("explain", str(folder), "--json")
    assert rows(without) == []
    assert without.err == "the wave file has no [[explain.models]] and no [explain] recipes\n"


@pytest.mark.long
def test_report_prints_the_files_it_wrote(run: Run, tmp_path: Path) -> None:
    done = run("report", API, "--out", str(tmp_path), "--language", "en", "-l", "en")
    written = [Path(line) for line in done.out.splitlines()]
    assert (done.code, done.err) == (0, "")
    assert [file.name for file in written] == [
        *(f"report.en.{format}" for format in WRITERS),
        *("estimates.csv", "manifest.json"),
    ]
    assert all(file.parent == tmp_path / "api" and file.stat().st_size > 500 for file in written)
    assert sorted(file.name for file in (tmp_path / "api").iterdir()) == sorted(file.name for file in written)


def test_report_in_chosen_formats(run: Run, tmp_path: Path) -> None:
    done = run("report", API, "--out", str(tmp_path), "-l", "id", "--format", "json", "-f", "html")
    names = [Path(line).name for line in done.out.splitlines()]
    assert names == ["report.id.html", "report.id.json", "estimates.csv", "manifest.json"]
    refused = run("report", API, "--out", str(tmp_path / "no"), "-f", "pfd")
    assert refused.code == 2
    assert 'no report in the format "pfd". Did you mean "pdf"?' in refused.err
    assert not (tmp_path / "no").exists()


def test_tables_writes_workbooks_and_csvs(run: Run, tmp_path: Path) -> None:
    done = run("tables", API, "--out", str(tmp_path), "--language", "en")
    written = [Path(line) for line in done.out.splitlines()]
    assert (done.code, done.err) == (0, "")
    assert {file.parent for file in written} == {tmp_path / "api" / "tables"}
    names = [file.name for file in written]
    assert names[0] == "tables.en.xlsx"
    assert "table-headline.en.csv" in names
    assert names[-2:] == ["estimates.csv", "manifest.json"]
    outputs = json.loads(written[-1].read_text(encoding="utf-8"))["outputs"]
    assert outputs == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in written[:-1]}
    assert sorted(names) == sorted(file.name for file in written[0].parent.iterdir())
    told = run("tables", API, "--language", "fr")
    assert (told.code, told.out) == (2, "")
    assert 'no report in the language "fr"' in told.err


def test_figures_writes_pictures_and_their_list(run: Run, tmp_path: Path) -> None:
    done = run("figures", API, "--out", str(tmp_path), "--language", "en", "--format", "svg")
    written = [Path(line) for line in done.out.splitlines()]
    assert (done.code, done.err) == (0, "")
    assert {file.parent for file in written} == {tmp_path / "api" / "figures"}
    assert [file.name for file in written][-1] == "figures.en.json"
    assert "figure-headline.en.svg" in {file.name for file in written}
    refused = run("figures", API, "--out", str(tmp_path / "no"), "-f", "pgn")
    assert refused.code == 2
    assert 'no picture in the format "pgn". Did you mean "png"?' in refused.err
    assert not (tmp_path / "no").exists()


def test_demo_needs_the_checkout(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cli, "DEMO", Path("no/such/wave"))
    monkeypatch.chdir(tmp_path)
    done = run("demo")
    assert (done.code, done.out) == (3, "")
    assert "run the command in a checkout of the project" in done.err
