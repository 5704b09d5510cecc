"""A set of files: all new or all old, whatever goes wrong, and nothing else left."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from netralstat.errors import EnvironmentProblem
from netralstat.report.file_set import write_together

OLD = {"a.html": "old a", "b.html": "old b", "c.html": "old c"}
NEW = {"a.html": "new a", "b.html": b"new b", "d.html": "new d", "c.html": "new c"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_together(OLD, tmp_path / "out")
    return tmp_path / "out"


def content(folder: Path) -> dict[str, str]:
    """Each file's text; a folder has none."""
    return {path.name: path.read_text() if path.is_file() else "" for path in folder.iterdir()}


def test_new_files_take_the_place_of_old_ones(folder: Path) -> None:
    (folder / "own.txt").write_text("mine")
    assert write_together(NEW, folder) == [folder / name for name in NEW]
    assert content(folder) == {
        "a.html": "new a", "b.html": "new b", "c.html": "new c", "d.html": "new d", "own.txt": "mine",
    }  # fmt: skip


def test_a_folder_in_the_place_of_a_file_is_told_before_anything_is_written(folder: Path) -> None:
    (folder / "d.html").mkdir()
    with pytest.raises(EnvironmentProblem, match=r"d\.html is a folder[\s\S]*Where: .*out[\s\S]*Do: rename"):
        write_together(NEW, folder)
    assert content(folder) == {**OLD, "d.html": ""}


def test_one_file_that_cannot_be_put_in_place_brings_the_others_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.replace

    def held_open(self: Path, target: Path) -> Path:
        if self.name == "c.html":
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", held_open)
    with pytest.raises(EnvironmentProblem, match=r"Permission denied[\s\S]*other programs"):
        write_together(NEW, folder)
    assert content(folder) == OLD


def test_no_space_leaves_the_old_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentProblem, match="No space left on device"):
        write_together(NEW, folder)
    assert content(folder) == OLD


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_waits_until_the_set_is_in_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    got: list[int] = []
    before = signal.signal(number, lambda sent, _: got.append(sent))
    rename = Path.replace

    def disturbed(self: Path, target: Path) -> Path:
        signal.raise_signal(number)
        assert got == []
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", disturbed)
    try:
        write_together(NEW, folder)
        assert got == [number] * len(NEW)
    finally:
        signal.signal(number, before)
    assert "old" not in "".join(content(folder)[name] for name in NEW)
    assert set(content(folder)) == set(NEW)
