"""Time and memory of a work inside the process that does it, told as JSON lines on stdout.

The lines are those that `peers/survey.R` writes too: one when the data are loaded (`version`, `load_ms`), one
when a run begins (`begun`, seconds since 1970; `base`: whether it is what the work is set against), one when
it has ended (`run`, 0 for the first; `ms`; `peak_mb` beyond the loaded data so far) and one with the
`answer`, a few numbers that show whether the tools did the same.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

# The interpreter's start comes before: some hundredths of a second are missing from the age of the process.
STARTED = time.perf_counter()
MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
RESET_PEAK = Path("/proc/self/clear_refs")  # Linux alone: "5" sets the peak back to what is resident now


@dataclass(frozen=True, slots=True)
class Orders:
    """What a process is told: `repeat` runs after the first, none that would end after `limit` seconds."""

    folder: Path
    work: str
    repeat: int
    limit: float
    columns: list[str]
    frame: str

    @classmethod
    def read(cls, arguments: Sequence[str]) -> Orders:
        """From the command line, in the order of the fields."""
        folder, work, repeat, limit, columns, frame = arguments
        return cls(Path(folder), work, int(repeat), float(limit), columns.split(","), frame)


def tell(**line: object) -> None:
    """One JSON line, at once: a process that is killed has told what it had done."""
    print(json.dumps(line), flush=True)


def peak_mb() -> float:
    """Largest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_BYTES / 1e6


class Stopwatch:
    """Times works; made when the data are loaded, whose memory it subtracts."""

    def __init__(self, orders: Orders, version: str) -> None:
        self.orders = orders
        gc.collect()
        if RESET_PEAK.exists():
            RESET_PEAK.write_text("5")
        self.loaded_mb = peak_mb()
        tell(version=version, load_ms=1e3 * (time.perf_counter() - STARTED))

    def time(self, work: Callable[[], T], *, base: bool = False) -> T:
        """Do the work once and then `repeat` times; its last result."""
        for run in range(self.orders.repeat + 1):
            gc.collect()
            tell(base=base, begun=time.time())
            start = time.perf_counter()
            result = work()
            end = time.perf_counter()
            tell(base=base, run=run, ms=1e3 * (end - start), peak_mb=peak_mb() - self.loaded_mb)
            if end - STARTED + (end - start) > self.orders.limit:
                break
        return result
