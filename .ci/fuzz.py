"""Spoil small valid files by seed and read them: a reader may refuse a file, and nothing else.

    python .ci/fuzz.py --seconds 60                 every reader, in turn
    python .ci/fuzz.py --reader xlsx --seconds 300  one reader
    python .ci/fuzz.py --case xlsx:1234             one case again, with its traceback

A case fails when a reader raises anything but a NetralstatError, crashes, takes longer than the limit of time
or more memory than allowed, or loses a row. The files of failed cases are kept, and their names printed.
"""

from __future__ import annotations

import argparse
import mmap
import os
import random
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fuzzing.mutations import mutate
from fuzzing.reader import Reader

CASE_SECONDS = 30.0
CASE_BYTES = 3 * 2**30
STATE = struct.Struct("<qqqd")  # case under way, cases done, cases refused, when it began


@dataclass(slots=True)
class Tally:
    """What became of the cases of one reader."""

    done: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)


def all_readers() -> dict[str, Reader]:
    """Every reader of the project, by name."""
    from fuzzing.readers import readers

    return readers()


def spoilt(reader: Reader, case: int) -> bytes:
    """The file of a case: the same bytes each time."""
    draw = random.Random(f"{reader.name}:{case}")
    seeds = reader.seeds
    return mutate(draw.choice(seeds), seeds, draw, parts=reader.parts)


def run_case(reader: Reader, raw: bytes, folder: Path) -> str:
    """Read one file; tell why it was refused, or nothing."""
    from netralstat.errors import NetralstatError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            reader.read(raw, folder)
        except NetralstatError as problem:
            if not (problem.fact and problem.do):
                raise AssertionError("an error without a fact or a remedy") from problem
            return str(problem)
    return ""


def work(reader: Reader, first: int, state: mmap.mmap, log: Path) -> None:
    """Read case after case in a process of its own; a failure is written down and ends it."""
    resource.setrlimit(resource.RLIMIT_AS, (CASE_BYTES, CASE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder = Path(tempfile.mkdtemp(dir=log.parent))
    case, refused = first, STATE.unpack(state[: STATE.size])[2]
    while True:
        state[: STATE.size] = STATE.pack(case, case - first, refused, time.monotonic())
        try:
            refused += bool(run_case(reader, spoilt(reader, case), folder))
        except BaseException:
            log.write_text(traceback.format_exc(), encoding="utf-8")
            os._exit(1)
        case += 1


def fuzz(reader: Reader, seconds: float, first: int, kept: Path) -> Tally:
    """Run cases of a reader for so long, beginning with case `first`."""
    tally, case, ends = Tally(), first, time.monotonic() + seconds
    while time.monotonic() < ends:
        state, log = mmap.mmap(-1, STATE.size), kept / f"{reader.name}.log"
        log.unlink(missing_ok=True)
        state[: STATE.size] = STATE.pack(case, 0, tally.refused, time.monotonic())
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)  # with it end the processes that a reader starts
            work(reader, case, state, log)
        with suppress(OSError):  # it has done so itself, or has ended
            os.setpgid(child, child)
        reason = _watch(child, state, ends, log)
        at, done, tally.refused, _ = STATE.unpack(state[: STATE.size])
        tally.done += done
        if reason is None:
            return tally
        path = kept / f"{reader.name}-{at}{reader.suffix}"
        path.write_bytes(spoilt(reader, at))
        tally.failures.append(f"{reader.name}:{at}  {reason}\n    file: {path}")
        case = at + 1
    return tally


def _watch(child: int, state: mmap.mmap, ends: float, log: Path) -> str | None:
    """Wait for the end of the time, or of the child; tell why a case failed, if one did."""
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        now = time.monotonic()
        began = STATE.unpack(state[: STATE.size])[3]
        if ended:
            if log.exists():
                return log.read_text(encoding="utf-8").strip().split("\n")[-1][:300]
            return f"the process ended by signal {os.WTERMSIG(status)}"
        if now - began > CASE_SECONDS or now > ends:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return f"took more than {CASE_SECONDS:.0f} s" if now - began > CASE_SECONDS else None
        time.sleep(0.05)


def once(name: str) -> int:
    """Run one case in this process, so that its traceback shows."""
    reader, case = all_readers()[name.partition(":")[0]], int(name.partition(":")[2])
    folder = Path(tempfile.mkdtemp())
    raw = spoilt(reader, case)
    path = folder / f"case{reader.suffix}"
    path.write_bytes(raw)
    print(f"{name}: {len(raw):,} bytes, {path}")
    print(run_case(reader, raw, folder) or "read")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the readers one after the other and print what became of their cases."""
    known = all_readers()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="for all readers together")
    parser.add_argument("--reader", action="append", choices=sorted(known), help="only this one")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--case", help="one case again, such as xlsx:1234")
    chosen = parser.parse_args(arguments)
    if chosen.case:
        return once(chosen.case)
    names = chosen.reader or list(known)
    kept = Path(tempfile.mkdtemp(prefix="netralstat-fuzz-"))
    failures: list[str] = []
    shares = sum(known[name].share for name in names)
    for name in names:
        reader = known[name]
        with tempfile.TemporaryDirectory() as folder:
            for raw in reader.seeds:
                if problem := run_case(reader, raw, Path(folder)):
                    failures.append(f"{name}: a valid file is refused: {problem}")
        tally = fuzz(reader, chosen.seconds * reader.share / shares, chosen.first, kept)
        failures += tally.failures
        read = tally.done - tally.refused
        print(f"{name:14} {tally.done:7,} cases {tally.refused:7,} refused {read:7,} read", end="")
        print(f"  {len(tally.failures)} FAILED" if tally.failures else "", flush=True)
    for failure in failures:
        print(failure, file=sys.stderr)
    if not failures:
        shutil.rmtree(kept)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
