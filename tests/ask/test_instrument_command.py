"""`netralstat instrument`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ask.forms import SURVEY, demo_path, written
from typer.testing import CliRunner

from netralstat.commands.instrument import app
from netralstat.errors import InstrumentError, UsageError

SURVEYS = Path(__file__).parents[2] / "surveys"


def run(*words: object):
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_check_tells_what_it_finds_and_ends_with_one_at_an_error(tmp_path: Path) -> None:
    clean = run("check", demo_path(tmp_path))
    assert (clean.exit_code, clean.stdout) == (0, "")
    assert clean.stderr == (
        "demo, version 1: 6 items, 2 choice lists, languages id, en; 0 errors, 0 warnings\n"
    )
    faulty = demo_path(
        tmp_path, ("${consent} = 'yes'", "${both} = 'yes'"), ("Umur | Age", "Umur |"), version="2"
    )
    result = run("check", faulty)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0].startswith(
        "error  order  age: Its relevant names what is asked only later"
    )
    assert "warning  translation  age: It has no label in en." in result.stdout
    told = json.loads(run("check", faulty, "--json").stdout)
    assert told[0].keys() == {"severity", "rule", "subject", "text"}


def test_show_prints_a_form_in_the_asked_language(tmp_path: Path) -> None:
    path = demo_path(tmp_path)
    shown = run("show", path, "--language", "en").stdout
    assert shown.startswith("Example\ndemo, version 1\n")
    assert "[main]\nage (integer)\n    Age\n    if (${consent} = 'yes')\n    constraint . >= 18\n" in shown
    assert "    9  Don't know  [dont_know]" in shown
    assert "Tidak tahu" in run("show", path).stdout
    data = json.loads(run("show", path, "--json").stdout)
    assert [item["name"] for item in data["items"]][:3] == ["start", "consent", "age"]
    assert data["lists"]["agree"][3]["missing"] == "dont_know"
    with pytest.raises(UsageError, match='not worded in "fr"'):
        run("show", path, "--language", "fr")


def test_show_does_not_hand_control_characters_to_the_terminal(tmp_path: Path) -> None:
    path = written(tmp_path, SURVEY.split("|  | start")[0] + "|  | text | a | x\x1b[2Jy | y |")
    assert "x\\u001b[2Jy" in run("show", path).stdout


def test_diff_says_what_breaks_and_which_trends(tmp_path: Path) -> None:
    old, new = demo_path(tmp_path), demo_path(tmp_path, ("integer | age", "decimal | age"), version="2")
    same = run("diff", old, old)
    assert (same.exit_code, same.stdout) == (0, "no differences\n")
    result = run("diff", old, new)
    assert result.exit_code == 1
    assert result.stdout == (
        "breaks: 1\n  age: kind: answers are of another kind\n    - integer\n    + decimal\n"
    )
    data = json.loads(run("diff", old, new, "--json").stdout)
    assert (data["severity"], data["items"]["age"], data["changes"][0]["what"]) == (
        "breaks",
        "breaks",
        "kind",
    )
    reworded = demo_path(tmp_path, ("Umur | Age", "Usia | Age"), version="3")
    assert run("diff", old, reworded).exit_code == 0


def test_diff_judges_the_indicators_of_a_wave() -> None:
    form = SURVEYS / "instrument" / "netrality.xlsx"
    result = run("diff", form, form, "--wave", SURVEYS / "asn-2021-demo")
    assert result.exit_code == 0
    assert "keeps  scale career_motive\n" in result.stdout
    assert "keeps  indicator politicking\n" in result.stdout


def test_an_unchanged_version_number_is_told(tmp_path: Path) -> None:
    old = demo_path(tmp_path)
    (tmp_path / "later").mkdir()
    new = demo_path(tmp_path / "later", ("Umur | Age", "Usia | Age"))
    assert 'both state version "1", though they differ' in run("diff", old, new).stderr


def test_pages_and_tables_are_written_and_named_and_the_same_each_time(tmp_path: Path) -> None:
    form, out = demo_path(tmp_path), tmp_path / "out" / "deep"
    paths: list[str] = []
    for verb in ("questionnaire", "codebook", "ddi"):
        paths += run(verb, form, "--out", out).stdout.split()
    names = ["demo-questionnaire.id.html", "demo-questionnaire.en.html", "demo-codebook.id.html",
             "demo-codebook.en.html", "demo-codebook.csv", "demo-ddi.xml"]  # fmt: skip
    assert paths == [str(out / name) for name in names]
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    before = {path: path.read_bytes() for path in out.iterdir()}
    for verb in ("questionnaire", "codebook", "ddi"):
        run(verb, form, "--out", out)
    assert {path: path.read_bytes() for path in out.iterdir()} == before
    assert run("questionnaire", form, "-o", out, "-l", "en").stdout.split() == [str(out / names[1])]
    with pytest.raises(UsageError, match='no printed words in the language "fr"'):
        run("codebook", form, "--out", out, "--language", "fr")


def test_a_file_that_is_no_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="not there"):
        run("check", tmp_path / "nowhere.xlsx")
