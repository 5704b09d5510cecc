"""A reader in a process of its own: it answers, tells what is wrong, or is stopped; the parent lives on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from netralstat.collect.formats import child_process
from netralstat.collect.formats.child_process import Ended, answer_of, read_in_child, run_child
from netralstat.errors import ResponseError

READER = """
import os, sys, time
from netralstat.processes.program import own_output
from netralstat.collect.formats.child_process import answer_with, limit_memory, problem
stream = own_output()
limit_memory(int(sys.argv[1]))
raw = sys.stdin.buffer.read()
print("a library prints")
if raw == b"crash": os.abort()
if raw == b"exit": sys.exit(7)
if raw == b"sleep": time.sleep(60)
if raw == b"fill":
    try: bytearray(2**40)
    except MemoryError: answer_with(stream, problem("too much.", "split it", "row 1")); sys.exit()
answer_with(stream, {"said": sys.argv[2], "n": len(raw)}, [b"abcd", b"efgh"])
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "some_reader.py").write_text(READER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "some_reader"


def test_an_answer_with_arrays(module: str) -> None:
    header, arrays = read_in_child(module, ["ñ"], b"12345", "x.sav")
    assert header == {"said": "ñ", "n": 5}
    assert bytes(arrays) == b"abcdefgh"


@pytest.mark.parametrize(
    ("raw", "fact"),
    [(b"crash", "crash (signal 6)"), (b"exit", "crash (exit code 7)"), (b"fill", "too much.")],
)
def test_what_ends_a_child_is_told(module: str, raw: bytes, fact: str) -> None:
    with pytest.raises(ResponseError) as caught:
        read_in_child(module, ["x"], raw, "x.sav")
    assert fact in caught.value.fact
    assert caught.value.where.startswith("x.sav")


def test_a_child_that_takes_too_long_is_stopped(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "SECONDS", 0.2)
    with pytest.raises(ResponseError, match="more than 0 seconds and was stopped"):
        read_in_child(module, ["x"], b"sleep", "x.sav")


def test_what_is_no_answer() -> None:
    for output in (b"", b"NSTC", b"something printed" * 9):
        with pytest.raises(ResponseError, match="made its reader crash"):
            answer_of(Ended(status=0, output=output, seconds=1.0), "x.sav")


def test_modules_of_the_working_folder_are_not_imported(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "json.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(here)
    assert run_child(module, ["x"], b"").status == 0
    assert "json" in sys.modules
