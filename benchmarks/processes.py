"""Commands in processes of their own: their wall clock, their peak memory, and an end at a time limit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A process that ended, or was ended (`stopped`) at the limit.

    `seconds` run from before its start to its end, at `ended` (since 1970); `peak_mb` is its largest resident
    memory.
    """

    code: int
    stopped: bool
    seconds: float
    ended: float
    peak_mb: float
    output: str
    errors: str

    @property
    def failed(self) -> bool:
        """Whether it ended by itself and not well."""
        return self.code != 0 and not self.stopped

    def lines(self) -> list[dict[str, Any]]:
        """What it told in JSON lines; an unfinished last line is left out."""
        whole = [line for line in self.output.splitlines(keepends=True) if line.endswith("\n")]
        return [json.loads(line) for line in whole if line.startswith("{")]


def run(command: Sequence[str], limit: float | None = None) -> Finished:
    """Run a command in benchmarks/ and wait for it, at most `limit` seconds.

    The memory of a child counts from what its parent held when it started, so that whoever calls this must
    be small: data are made and read in processes of their own.
    """
    stopped = threading.Event()
    path = os.pathsep.join([str(FOLDER.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=FOLDER, stdout=output, stderr=errors, env={**os.environ, "PYTHONPATH": path}
        )

        def stop() -> None:
            stopped.set()
            process.kill()

        timer = threading.Timer(limit, stop) if limit is not None else None
        try:
            if timer is not None:
                timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            seconds, ended = time.perf_counter() - start, time.time()
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if timer is not None:
                timer.cancel()
            if process.returncode is None:
                process.kill()
                process.wait()
        told = [_text(file) for file in (output, errors)]
    return Finished(
        code=process.returncode,
        stopped=stopped.is_set(),
        seconds=seconds,
        ended=ended,
        peak_mb=usage.ru_maxrss * MAXRSS_BYTES / 1e6,
        output=told[0],
        errors=told[1],
    )


def required(command: Sequence[str]) -> Finished:
    """Run a command that must end well; the benchmark ends with what it said where it does not."""
    finished = run(command)
    if finished.failed:
        sys.exit(f"{' '.join(command)} ended with {finished.code}:\n{finished.errors}")
    return finished


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode(errors="replace"))
