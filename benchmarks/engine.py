"""Time and memory of the estimators beside R's survey and svy, which do the same works on the same data.

    .venv/bin/python benchmarks/engine.py [--rows 1000000] [--repeat 5] [--tasks a,b,c,d,e,f,g,s]
                                          [--peers R,svy] [--frame polars|pandas] [--limit 300] [--out FILE]

Every tool does every work in a fresh process: it loads the columns that the work needs, does the work once
and then `--repeat` times. The median of the warm runs counts. A process that is not done after `--limit`
seconds is ended, and the runs that it has finished count. A peer that is not installed is left out, and that
is said. How to read the table: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from comparison import OWN, Measured, header, row
from peers.tools import NAMES, PEERS, Settings, available, command, respondents
from processes import run
from works import ASKED_ROWS, SMALL_ROWS, WORKS


def measured(tool: str, work: str, folder: Path, settings: Settings) -> Measured:
    """Have a tool do a work in a fresh process, and read what it told."""
    ended = run(command(tool, work, folder, settings), settings.limit)
    told = ended.lines()
    runs = [line for line in told if "ms" in line]
    timed = [line["ms"] for line in runs if not line["base"]]
    base = [line["ms"] for line in runs if line["base"]]
    begun = [line["begun"] for line in told if "begun" in line and not line["base"]]
    why = next((str(line["absent"]) for line in told if "absent" in line), "")
    passed = None
    if ended.failed:
        why = f"failed ({ended.code})"
    elif ended.stopped and not timed:
        passed = 1e3 * (ended.ended - begun[0]) if begun else None
        why = "not begun" if passed is None else f"> {passed:,.0f}"
    return Measured(
        work=work,
        tool=tool,
        version=next((line["version"] for line in told if "version" in line), None),
        ms=None if ended.failed else warm_median(timed),
        base_ms=warm_median(base),
        runs_ms=tuple(timed),
        cold=len(timed) == 1,
        passed_ms=passed,
        peak_mb=max((line["peak_mb"] for line in runs if line["peak_mb"] is not None), default=None),
        answer=next((tuple(line["answer"]) for line in told if "answer" in line), ()),
        why=why,
        errors=ended.errors if ended.failed else "",
    )


def warm_median(times: Sequence[float]) -> float | None:
    """Median of all but the first; the first where it is alone, None where there is none."""
    return statistics.median(times[1:] or times) if times else None


def machine() -> str:
    """Processor, cores, system and Python."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        name = models[0].partition(":")[2].strip() if models else name
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def report(results: Sequence[Measured], asked: argparse.Namespace) -> None:
    """Say versions and what failed, and write the file; the exit code is 1 where something failed."""
    versions = {result.tool: result.version for result in results if result.version}
    print("\n" + ", ".join(f"{NAMES.get(tool, tool)} {version}" for tool, version in versions.items()))
    if any(result.cold for result in results):
        print("* the first run: no other fitted into the limit")
    if asked.out is not None:
        told = {
            "machine": machine(),
            "settings": {name: value for name, value in vars(asked).items() if name != "out"},
            "asked": {work: asdict(WORKS[work]) for work in asked.tasks},
            "results": [asdict(result) for result in results],
        }
        asked.out.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    failed = [result for result in results if result.why.startswith("failed")]
    for result in failed:
        print(f"\n{result.tool}, work {result.work}: {result.why}\n{result.errors[-2000:]}", file=sys.stderr)
    sys.exit(1 if failed else 0)


def names(known: Sequence[str]) -> Callable[[str], list[str]]:
    """Reads names separated by commas; an unknown one ends the command."""

    def read(text: str) -> list[str]:
        found = list(dict.fromkeys(name for name in text.split(",") if name))
        strange = [name for name in found if name not in known]
        if strange:
            raise argparse.ArgumentTypeError(f"{', '.join(strange)}: choose among {', '.join(known)}")
        return found

    return read


def positive(text: str) -> int:
    """Reads a whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is below 1")
    return number


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Time the estimators beside R's survey and svy.")
    parser.add_argument("--rows", type=positive, default=ASKED_ROWS)
    parser.add_argument("--repeat", type=positive, default=5, help="warm runs after the first")
    parser.add_argument("--tasks", type=names(list(WORKS)), default=list(WORKS), help="such as a,b,e")
    parser.add_argument("--peers", type=names(PEERS), default=list(PEERS), help='such as R,svy; "" for none')
    parser.add_argument("--frame", choices=("polars", "pandas"), default="polars", help="netralstat's")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds a process may take")
    parser.add_argument("--seed", type=int, default=1, help="of the invented respondents")
    parser.add_argument("--shuffle", action="store_true", help="rows in no order")
    parser.add_argument("--out", type=Path, help="write all that was measured to this file, as JSON")
    return parser.parse_args()


def main() -> None:
    """Measure, and print the table row by row."""
    asked = arguments()
    settings = Settings(repeat=asked.repeat, limit=asked.limit, frame=asked.frame)
    print(machine())
    peers = available(asked.peers)
    folders = {
        rows: respondents(rows, asked.seed, shuffle=asked.shuffle, columns="R" in peers)
        for rows in {SMALL_ROWS if work == "s" else asked.rows for work in asked.tasks}
    }
    order = "in no order" if asked.shuffle else "in the order of their PSUs"
    print(f"{asked.rows:,} rows {order}; {asked.frame} frame; medians of {asked.repeat} warm runs")
    if asked.rows != ASKED_ROWS:
        print(f"What is asked is asked of {ASKED_ROWS:,} rows.")
    print("\n" + header(peers), flush=True)
    results: list[Measured] = []
    for work in asked.tasks:
        folder = folders[SMALL_ROWS if work == "s" else asked.rows]
        found = {tool: measured(tool, work, folder, settings) for tool in (OWN, *peers)}
        print(row(found, peers), flush=True)
        results += found.values()
    report(results, asked)


if __name__ == "__main__":
    main()
