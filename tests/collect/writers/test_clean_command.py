"""`netralstat clean`: what it writes, what it tells, and that the file it tells of can be read again."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pyreadstat
import pytest
from wave_copies import copy_of_api

from netralstat import cli, open_wave

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["netralstat", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return (ended.value.code if isinstance(ended.value.code, int) else 0), printed.out, printed.err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_api(tmp_path / "waves")


def test_a_clean_file_and_the_lines_that_read_it(folder: Path, run: Run) -> None:
    original = open_wave(folder).responses
    to = folder / "data" / "clean.sav"
    code, out, err = run("clean", str(folder), "--to", str(to), "--with-text", "--with", "school")
    assert code == 0, err
    assert out.splitlines() == [
        str(folder / "data" / "clean.sav"),
        str(folder / "data" / "clean.sav.codebook.csv"),
    ]
    assert f"{len(original.frame):,} rows, {original.frame.shape[1]:,} columns" in err
    shown = dict(re.findall(r'^  (\w+) = "(.*)"$', err, flags=re.MULTILINE))
    codes = re.findall(r"^  codes = .*$", err, flags=re.MULTILINE)[0]
    wave = folder / "wave.toml"
    text = wave.read_text(encoding="utf-8")
    start = text.index("[[collect.sources]]")
    end = text.index("\n[", start + 5)
    source = f"""[collect.missing]
{codes}
[[collect.sources]]
path = "data/{shown["path"]}"
kind = "{shown["kind"]}"
structure = "data/{shown["structure"]}"
"""
    wave.write_text(text[:start] + source + text[end:], encoding="utf-8")
    again = open_wave(folder).responses
    assert again.frame.equals(original.frame)
    assert again.missing.equals(original.missing)


def test_it_tells_what_it_leaves_out(folder: Path, run: Run) -> None:
    to = folder / "out" / "clean.dta"
    code, out, err = run("clean", str(folder), "--to", str(to), "--language", "en")
    assert (code, out.splitlines()[0]) == (0, str(to))
    frame, _ = pyreadstat.read_dta(str(to))
    columns = open_wave(folder).responses.frame.columns
    lost = [name for name in columns if name not in frame.columns and "/" not in name]
    assert all(name in err for name in lost)


def test_sources_are_never_overwritten(folder: Path, run: Run) -> None:
    before = (folder / "data" / "apistrat.csv").read_bytes()
    code, _, err = run("clean", str(folder), "--to", str(folder / "data" / "apistrat.csv"))
    assert code == 2
    assert "apistrat.csv is a file that the wave is made from" in err
    assert (folder / "data" / "apistrat.csv").read_bytes() == before


def test_answers_that_the_form_does_not_allow_come_first(folder: Path, run: Run) -> None:
    data = folder / "data" / "apistrat.csv"
    lines = data.read_text(encoding="utf-8").splitlines()
    header = lines[0].replace('"', "").split(",")
    cells = lines[1].split(",")
    cells[header.index("stype")] = "Z"
    lines[1] = ",".join(cells)
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, _, err = run("clean", str(folder), "--to", str(folder / "clean.sav"))
    assert code == 1
    assert "none that the form allows" in err
    assert not (folder / "clean.sav").exists()


def test_the_help_teaches(run: Run) -> None:
    code, out, _ = run("clean", "--help")
    assert code == 0
    words = " ".join(re.sub(r"[│╭╮╰╯─]", " ", out).split())
    assert "-99 refused" in words
    assert "--with-text" in words
