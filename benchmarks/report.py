"""Median wall-clock times of what a user waits for: the demonstration's report, its steps, the command line.

    .venv/bin/python benchmarks/report.py [--repeat 5]

The report is written once beforehand, so that the synthetic export exists; each run then starts a new process
and writes both languages into a temporary folder. Times go to stdout as a table.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WAVE = "surveys/asn-2021-demo"
COMMAND = (sys.executable, "-m", "netralstat.cli")
LIMIT = 20.0
STEPS = """
import sys, time
from netralstat.wave import open_wave
begun = time.perf_counter()
def tell(step):
    print(f"{time.perf_counter() - begun:.3f} {step}")
wave = open_wave(sys.argv[1], progress=tell)
wave.report(sys.argv[2])
tell("")
"""
"""Tells when each step begins, and with an empty name when all is done."""


def seconds(arguments: tuple[str, ...]) -> float:
    """Wall clock of one netralstat command in a fresh process; a failing command ends the benchmark."""
    start = time.perf_counter()
    run = subprocess.run([*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    if run.returncode:
        sys.exit(f"netralstat {' '.join(arguments)} ended with {run.returncode}:\n{run.stderr}")
    return took


def measure(what: str, run: Callable[[], float], repeat: int, limit: float) -> None:
    """Print median, smallest and largest of `repeat` runs beside the time aimed at."""
    times = [run() for _ in range(repeat)]
    median = statistics.median(times)
    print(f"{what:<44} {median:>7.2f} {min(times):>7.2f} {max(times):>7.2f} {limit:>7.1f}")


def steps(folder: str) -> dict[str, float]:
    """Seconds of each step of one report, in a fresh process; imports come before the first."""
    told = subprocess.run(
        [sys.executable, "-c", STEPS, WAVE, folder],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # as the command line does
        capture_output=True,
        text=True,
        check=True,
    )
    begun = [(float(at), step) for at, _, step in (line.partition(" ") for line in told.stdout.splitlines())]
    took: dict[str, float] = {}
    for (at, step), (end, _) in pairwise(begun):
        took[step] = took.get(step, 0.0) + end - at
    return took


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Time the report and the command line.")
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    with tempfile.TemporaryDirectory() as folder:
        report = ("report", WAVE, "--out", folder)
        first = seconds(report)
        print(f"Python {platform.python_version()}, {os.cpu_count()} cores; {repeat} runs, seconds")
        print(f"{'':<44} {'median':>7} {'min':>7} {'max':>7} {'aim':>7}")
        print(f"{'first run (may make the export)':<44} {first:>7.2f}")
        measure(f"netralstat report {WAVE}", lambda: seconds(report), repeat, LIMIT)
        for step, took in steps(folder).items():
            print(f"{'  ' + step:<44} {took:>7.2f}")
    measure("netralstat --help", lambda: seconds(("--help",)), repeat, 0.5)


if __name__ == "__main__":
    main()
