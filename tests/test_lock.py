"""`netralstat lock` writes the hash and the rows of each source, and leaves every other line as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from netralstat.ask.plan import read_plan
from netralstat.cli import app
from netralstat.collect.sources import read_source
from netralstat.draft.locks import lock_wave
from netralstat.errors import PlanError, ResponseError

SOURCE = '[[collect.sources]]\npath = "a.csv"\nkind = "table"\n'
LAYOUTS = {
    "none": '[[collect.sources]]\npath = "a.csv" # first\nkind = "table"\n\n# below\n',
    "windows": '[[collect.sources]]\r\npath = "a.csv"\r\nrows = 7 # old\r\nkind = "table"\r\n',
    "several lines": SOURCE + 'absent = [\n  "x", # why\n  "y",\n]\n',
    "two": SOURCE + SOURCE.replace("a.csv", "b.csv"),
    "sub-table": '[[collect.sources]]\nkind = "table"\npath = "a.csv"\nsha256 = "' + "0" * 64 + '"\n',
}
REST = """
[design]
weight = "pw"
[report]
institution = { id = "Lembaga", en = "Office" }
version = "1"
date = 2025-12-16
"""
TOP = """schema = "netralstat.wave/1"
id = "w"
title = { id = "a", en = "b" }
[ask]
instrument = "f.md"
version = "7"
"""


def laid_out(tmp_path: Path, sources: str) -> Path:
    folder = tmp_path / "surveys" / "w"
    folder.mkdir(parents=True)
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text("x,pw\n1,2\n3,4\n", encoding="utf-8")
    (folder / "wave.toml").write_bytes((TOP + sources + REST).encode())
    return folder


def test_lock_writes_hash_and_rows_and_leaves_the_rest(tmp_path: Path) -> None:
    path = laid_out(tmp_path, LAYOUTS["windows"].replace("\r", "")) / "wave.toml"
    lock_wave(path)
    before = path.read_text(encoding="utf-8")
    assert [lock.changed for lock in lock_wave(path.parent)] == [False]
    assert path.read_text(encoding="utf-8") == before
    (path.parent / "a.csv").write_text("x,pw\n1,2\n3,4\n5,6\n", encoding="utf-8")
    plan = read_plan(path)
    with pytest.raises(ResponseError, match="is not the declared one") as caught:
        read_source(plan.collect.sources[0], plan)
    assert "netralstat lock" in str(caught.value.do)
    (lock,) = lock_wave(path.parent)
    assert (lock.path, lock.rows, lock.changed) == ("a.csv", 3, True)
    after = path.read_text(encoding="utf-8")
    old = read_plan(path).collect.sources[0]
    assert (old.sha256, old.rows) == (lock.sha256, 3)
    changed = [(a, b) for a, b in zip(before.split("\n"), after.split("\n"), strict=True) if a != b]
    assert [b.partition(" = ")[0] for _, b in changed] == ["rows", "sha256"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_lock_in_any_layout(tmp_path: Path, layout: str) -> None:
    folder = laid_out(tmp_path, LAYOUTS[layout])
    locks = lock_wave(folder)
    assert all(lock.changed and lock.rows == 2 for lock in locks)
    assert [(s.sha256, s.rows) for s in read_plan(folder).collect.sources] == [(k.sha256, 2) for k in locks]
    text = (folder / "wave.toml").read_bytes().decode()
    for line in LAYOUTS[layout].splitlines():
        assert line in text or line.startswith(("rows", "sha256"))
    assert ("\r\n" in text) == (layout == "windows")
    assert "# old" in text or layout != "windows"


def test_lock_refuses_what_it_cannot_edit_by_line(tmp_path: Path) -> None:
    folder = laid_out(tmp_path, '[collect]\nsources = [{ path = "a.csv", kind = "table" }]\n')
    before = (folder / "wave.toml").read_bytes()
    with pytest.raises(PlanError, match="not laid out a key a line") as caught:
        lock_wave(folder)
    assert "rows = 2" in str(caught.value.do)
    assert (folder / "wave.toml").read_bytes() == before


def test_the_lock_command(tmp_path: Path) -> None:
    folder = laid_out(tmp_path, LAYOUTS["two"])
    done = CliRunner().invoke(app, ["lock", str(folder)])
    assert done.exit_code == 0
    assert [line.split(", sha256")[0] for line in done.stdout.splitlines()] == [
        "a.csv: 2 rows",
        "b.csv: 2 rows",
    ]
