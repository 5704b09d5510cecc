"""From a parquet file to the table of 18 items by 38 provinces in a fresh process, through DuckDB.

    .venv/bin/python benchmarks/larger_than_memory.py [--rows 4300000] [--curve 10000,100000,1000000,4000000]
                                                      [--repeat 5] [--peers R,svy] [--limit 300] [--out FILE]

Wall clock from before the process starts to its end, with Python and all imports, and its peak memory, as the
operating system counts them: first at `--rows` beside the peers, then for growing numbers of rows.
How to read the tables: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from comparison import VERDICT
from engine import machine, names, positive
from peers.tools import PEERS, Settings, available, command, respondents
from processes import run

# What is asked, and of how many rows.
ASKED_ROWS, MOST_SECONDS, MOST_MB = 4_300_000, 1.5, 500.0
CURVE_ROWS, CURVE_MB = 4_000_000, 1500.0
CURVE = (10_000, 30_000, 100_000, 300_000, 1_000_000, CURVE_ROWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """Median wall clock and largest peak memory of like processes; None where one was ended at the limit."""

    what: str
    rows: int
    seconds: float | None
    peak_mb: float
    runs_seconds: tuple[float, ...]


def timed(what: str, rows: int, line: Sequence[str], repeat: int, limit: float) -> Process:
    """Start a command `repeat` times after each other; a failing one ends the benchmark."""
    runs = []
    for _ in range(repeat):
        ended = run(line, limit)
        if ended.failed:
            sys.exit(f"{' '.join(line)} ended with {ended.code}:\n{ended.errors}")
        runs.append(ended)
        if ended.stopped:
            break
    seconds = tuple(ended.seconds for ended in runs)
    return Process(
        what=what,
        rows=rows,
        seconds=None if runs[-1].stopped else statistics.median(seconds),
        peak_mb=max(ended.peak_mb for ended in runs),
        runs_seconds=seconds,
    )


def own_command(folder: Path | None) -> list[str]:
    """Have netralstat make the table over DuckDB; without a folder only start and import."""
    start = [sys.executable, "-m", "peers.parquet_table"]
    return start if folder is None else [*start, str(folder / "people.parquet")]


def beside_peers(asked: argparse.Namespace, peers: Sequence[str]) -> list[Process]:
    """The table at `--rows`: ours `repeat` times, each peer's once."""
    folder = respondents(asked.rows, asked.seed, columns="R" in peers)
    found = [timed("netralstat, DuckDB", asked.rows, own_command(folder), asked.repeat, asked.limit)]
    once = Settings(repeat=0, limit=asked.limit)
    for name in peers:
        found.append(timed(name, asked.rows, command(name, "b", folder, once), 1, asked.limit))
    return found


def print_beside(found: Sequence[Process], limit: float) -> None:
    """Seconds, memory, and how many times ours they are."""
    own = found[0]
    print(f"{'':<22}{'s':>9}{'MB':>9}{'times':>8}")
    for of in found:
        seconds = f"> {limit:g}" if of.seconds is None else f"{of.seconds:.2f}"
        times = f"{of.seconds / own.seconds:.1f}" if of is not own and of.seconds and own.seconds else ""
        print(f"{of.what:<22}{seconds:>9}{of.peak_mb:>9,.0f}{times:>8}")
    if own.rows == ASKED_ROWS:
        reached = own.seconds is not None and own.seconds < MOST_SECONDS and own.peak_mb < MOST_MB
        print(f"asked: below {MOST_SECONDS:g} s and {MOST_MB:g} MB: {VERDICT[reached]}")


def print_curve(found: Sequence[Process], limit: float) -> None:
    """Seconds and memory by rows; the first line is a process that reads no row."""
    start = found[0].seconds or 0.0
    print(f"\n{'rows':>10}{'s':>9}{'µs a row':>10}{'MB':>9}{'MB beyond start':>17}")
    for of in found:
        seconds = f"> {limit:g}" if of.seconds is None else f"{of.seconds:.2f}"
        each = f"{1e6 * (of.seconds - start) / of.rows:.2f}" if of.rows and of.seconds is not None else ""
        beyond = f"{of.peak_mb - found[0].peak_mb:,.0f}" if of.rows else ""
        print(f"{of.rows:>10,}{seconds:>9}{each:>10}{of.peak_mb:>9,.0f}{beyond:>17}", flush=True)
    for of in found:
        if of.rows == CURVE_ROWS:
            print(f"asked at {of.rows:,} rows: below {CURVE_MB:,.0f} MB: {VERDICT[of.peak_mb < CURVE_MB]}")


def curve(asked: argparse.Namespace) -> list[Process]:
    """Ours for growing numbers of rows, after a process that reads none."""
    found = [timed("imports", 0, own_command(None), asked.repeat, asked.limit)]
    for rows in asked.curve:
        folder = respondents(rows, asked.seed)
        found.append(timed("netralstat, DuckDB", rows, own_command(folder), asked.repeat, asked.limit))
    return found


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Time the table of 18 items by 38 provinces from parquet.")
    parser.add_argument("--rows", type=positive, default=ASKED_ROWS)
    parser.add_argument("--curve", type=sizes, default=list(CURVE), help="numbers of rows, with commas")
    parser.add_argument("--repeat", type=positive, default=5, help="processes of ours")
    parser.add_argument("--peers", type=names(PEERS), default=list(PEERS), help='such as R,svy; "" for none')
    parser.add_argument("--limit", type=float, default=300.0, help="seconds a process may take")
    parser.add_argument("--seed", type=int, default=1, help="of the invented respondents")
    parser.add_argument("--out", type=Path, help="write all that was measured to this file, as JSON")
    return parser.parse_args()


def sizes(text: str) -> list[int]:
    """Reads numbers of rows separated by commas."""
    return sorted(positive(part) for part in text.split(",") if part)


def main() -> None:
    """Measure and print both tables."""
    asked = arguments()
    print(machine())
    peers = available(asked.peers)
    print(f"18 items by 38 provinces in a fresh process, {asked.rows:,} rows; median of {asked.repeat}\n")
    found = beside_peers(asked, peers)
    print_beside(found, asked.limit)
    grown = curve(asked)
    print_curve(grown, asked.limit)
    if asked.out is not None:
        told = {
            "machine": machine(),
            "settings": {name: value for name, value in vars(asked).items() if name != "out"},
            "beside_peers": [asdict(of) for of in found],
            "curve": [asdict(of) for of in grown],
        }
        asked.out.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
