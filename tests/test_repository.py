"""The project's own tools: the guard against respondent data, stripped notebooks, pins without a host."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def run(tool: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / ".ci" / tool), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("export.csv", 'a;"main/background/NIP"\n1;2\n', "has columns of a respondent's record: nip"),
        ("export.tsv", "_uuid\tconsent\n", "has columns of a respondent's record: _uuid"),
        ("big.csv", "a,b\n" + "1,2\n" * 300_000, "a table of 1.2 MB (at most 1)"),
        ("answers.sav", "", ".sav is a format of microdata"),
    ],
)
def test_the_guard_refuses_respondents(tmp_path: Path, name: str, content: str, reason: str) -> None:
    (tmp_path / name).write_text(content)
    done = run("guard_data.py", name, folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == f"{name}: {reason}"


def test_the_guard_reads_workbooks(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Nama", "jawaban"])
    book.save(tmp_path / "export.xlsx")
    done = run("guard_data.py", "export.xlsx", folder=tmp_path)
    assert (done.returncode, "respondent's record: nama" in done.stderr) == (1, True)


def test_the_guard_lets_aggregates_and_test_data_pass(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "export.csv").write_text("_uuid\n")
    (tmp_path / "margin.csv").write_text("sex,population\nfemale,10\n")
    done = run("guard_data.py", "tests/export.csv", "margin.csv", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_notebooks_lose_their_outputs(tmp_path: Path) -> None:
    cell = {
        "cell_type": "code",
        "source": ["1"],
        "metadata": {},
        "outputs": [{"text": "x"}],
        "execution_count": 3,
    }
    book = tmp_path / "a.ipynb"
    book.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    assert run("strip_notebooks.py", str(book), folder=tmp_path).returncode == 1
    stripped = json.loads(book.read_text())["cells"][0]
    assert (stripped["outputs"], stripped["execution_count"]) == ([], None)
    assert run("strip_notebooks.py", str(book), folder=tmp_path).returncode == 0


def page_check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("open_page", ROOT / ".ci" / "open_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_page_is_judged_by_what_it_shows_and_asks_for(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    look = {
        "title": "T",
        "lang": "id",
        "headings": ["Temuan utama"],
        "words": 900,
        "wide": 0,
        "small": 0,
        "dead": [],
    }
    own = {"method": "Network.requestWillBeSent", "params": {"request": {"url": page.as_uri() + "#a"}}}
    judge = page_check().problems_of
    assert judge(page, look, [own], ["temuan"]) == []
    asked = {
        "method": "Network.requestWillBeSent",
        "params": {"request": {"url": "https://example.org/x.js"}},
    }
    logged = {"method": "Log.entryAdded", "params": {"entry": {"level": "error", "text": "refused"}}}
    assert judge(page, look | {"wide": 7, "dead": ["x", "x"]}, [own, asked, logged], ["Metode"]) == [
        'no heading contains "Metode"',
        "7 pixels wider than the window",
        "link to #x, which is not there",
        "asked for https://example.org/x.js",
        "browser error: refused",
    ]


@pytest.mark.long
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_a_browser_opens_a_page(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    text = "<p>neutral</p>" * 50
    page.write_text(f'<!DOCTYPE html><html lang="en"><title>Report</title><h1>Key findings</h1>{text}')
    done = run("open_page.py", str(page), "--expect", "key findings", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    page.write_text(page.read_text() + "<script>undefinedFunction()</script>")
    done = run("open_page.py", str(page), folder=tmp_path)
    assert done.returncode == 1
    assert "script error: ReferenceError: undefinedFunction is not defined" in done.stderr


def test_constraints_pin_every_direct_dependency_and_name_no_host() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert not re.search(r"://|--(extra-)?index|--find-links", text)
    pinned = {line.partition("==")[0] for line in text.splitlines() if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [name for group in project["optional-dependencies"].values() for name in group]
    wanted = {re.match(r"[\w-]+", name)[0] for name in [*project["dependencies"], *extras]} - {"netralstat"}
    assert wanted <= pinned


def test_make_lists_every_command_on_one_line_each() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    commands = [line.split()[0:2] for line in listed.splitlines()]
    assert {name for make, name in commands if make == "make"} >= {
        *("help", "demo", "test", "check", "goldens", "bench", "simulate", "clean")
    }
