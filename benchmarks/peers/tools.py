"""The tools that are timed: whether they are there, and the command that has them do a work."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from processes import required, run
from works import DESIGN, WORKS

PEERS = ("R", "svy")
NAMES = {"R": "R survey"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all tools are told: warm runs (0: the first alone), seconds, and netralstat's kind of frame."""

    repeat: int
    limit: float
    frame: str = "polars"


def absence(tool: str) -> str | None:
    """Why a tool cannot be timed here, or None."""
    if tool == "svy":
        return None if importlib.util.find_spec("svy") else "not installed (pip install svy)"
    if tool == "R":
        if shutil.which("Rscript") is None:
            return "there is no Rscript (Debian: r-base-core r-cran-survey)"
        missing = run(["Rscript", "-e", "library(survey)"]).failed
        return 'R has no survey (install.packages("survey"))' if missing else None
    return None


def available(asked: Sequence[str], say: Callable[[str], None] = print) -> list[str]:
    """The peers that are here; of the others it is said why not."""
    reasons = {tool: absence(tool) for tool in asked}
    for tool, reason in reasons.items():
        if reason:
            say(f"{tool} is left out: {reason}")
    return [tool for tool, reason in reasons.items() if reason is None]


def command(tool: str, work: str, folder: Path, settings: Settings) -> list[str]:
    """What starts a tool on a work in a fresh process, in benchmarks/."""
    start = {
        "netralstat": [sys.executable, "-m", "peers.netralstat_works"],
        "svy": [sys.executable, "-m", "peers.svy_works"],
        "R": ["Rscript", "peers/survey.R"],
    }[tool]
    columns = ",".join((*DESIGN, *WORKS[work].columns))
    frame = settings.frame if tool == "netralstat" else "polars"
    repeat = max(settings.repeat, WORKS[work].least_repeats) if settings.repeat else 0
    return [*start, str(folder), work, str(repeat), str(settings.limit), columns, frame]


def respondents(rows: int, seed: int, *, shuffle: bool = False, columns: bool = False) -> Path:
    """The folder of the invented respondents, made by a process of its own where it is not there yet."""
    asked = ["--rows", str(rows), "--seed", str(seed)]
    asked += ["--shuffle"] if shuffle else []
    asked += ["--columns"] if columns else []
    return Path(required([sys.executable, "people.py", *asked]).output.strip())
