"""The fuzz run sees what it is there to see: crashes, hangs, lost rows, errors without a remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

CI = Path(__file__).parents[1] / ".ci"
PLANTED = """
import sys
sys.path.insert(0, {ci!r})
import fuzz
from fuzzing.reader import Reader
from netralstat.errors import ResponseError
fuzz.CASE_SECONDS = 0.5
def read(raw, folder):
    {body}
planted = Reader(name="planted", seeds=(b"a,b\\n1,2\\n",), suffix=".csv", read=read)
fuzz.all_readers = lambda: {{"planted": planted}}
sys.exit(fuzz.main(["--seconds", "1"] + sys.argv[1:]))
"""
GOOD = "assert raw is not None"
BODIES = {
    "an error of its own": ('if b"\\0" in raw: raise ValueError("planted")', "ValueError: planted"),
    "a hang": ('if b"\\0" in raw:\n        while True: pass', "took more than"),
    "a crash": ('import os\n    if b"\\0" in raw: os.kill(os.getpid(), 11)', "ended by signal 11"),
    "a lost row": ('assert b"\\0" not in raw, "lost"', "AssertionError: lost"),
    "no remedy": ('if b"\\0" in raw: raise ResponseError("bad")', "without a fact or a remedy"),
    "memory": ('if b"\\0" in raw: bytearray(2**40)', "MemoryError"),
}


def run(body: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = PLANTED.format(ci=str(CI), body=body)
    settings = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=settings,
    )


@pytest.mark.parametrize("body", BODIES)
def test_a_planted_fault_is_found_and_can_be_read_again(tmp_path: Path, body: str) -> None:
    planted, told = BODIES[body]
    found = run(planted, tmp_path)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "FAILED" in found.stdout
    assert told in found.stderr
    file = Path(found.stderr.split("file: ")[1].split("\n")[0])
    assert b"\0" in file.read_bytes()
    if body == "an error of its own":
        case = found.stderr.split("  ")[0]
        assert run(planted, tmp_path, "--case", case).stderr.strip().endswith("ValueError: planted")


def test_a_reader_that_reads_everything_passes(tmp_path: Path) -> None:
    found = run(GOOD, tmp_path)
    assert found.returncode == 0, found.stderr
    assert "planted" in found.stdout
    assert found.stderr == ""


def test_every_reader_of_the_project_takes_part() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(CI)!r}); from fuzz import all_readers, spoilt; "
        "known = all_readers(); print(*known); "
        "print(all(spoilt(r, 7) == spoilt(r, 7) for r in known.values()))"
    )
    names, same = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    ).stdout.split("\n")[:2]
    assert {"wave", "csv", "xlsx", "parquet", "sav", "dta", "lss", "dictionary", "contact_log"} <= set(
        names.split()
    )
    assert {
        "kobo",
        "odk_central",
        "ona",
        "limesurvey",
        "google_forms",
        "qualtrics",
        "redcap",
        "table",
    } <= set(names.split())
    assert same == "True"
