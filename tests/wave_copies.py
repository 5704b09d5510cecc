"""Copies of the small wave tests/waves/api with one thing wrong."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

WAVES = Path(__file__).parent / "waves"
DATA = Path("data") / "apistrat.csv"

Change = Callable[[Path], None]


def copy_of_api(root: Path) -> Path:
    """The wave folder beside its instrument under `root`, without hash and number of rows of its data."""
    shutil.copytree(WAVES / "instrument", root / "instrument")
    shutil.copytree(WAVES / "api", root / "api")
    plan = root / "api" / "wave.toml"
    lines = plan.read_text(encoding="utf-8").splitlines(keepends=True)
    plan.write_text(
        "".join(line for line in lines if not re.match(r"(sha256|rows) = ", line)), encoding="utf-8"
    )
    return root / "api"


def plan(old: str, new: str) -> Change:
    """Replace a text that stands in wave.toml."""
    return lambda folder: _replace(folder / "wave.toml", old, new)


def data(old: str, new: str, count: int = 1) -> Change:
    """Replace a text that stands in the data."""
    return lambda folder: _replace(folder / DATA, old, new, count)


def cell(row: int, column: str, text: str) -> Change:
    """Write a text into one cell of the data; the header is row 1."""

    def change(folder: Path) -> None:
        lines = (folder / DATA).read_text(encoding="utf-8").splitlines()
        cells = lines[row - 1].split(",")
        cells[lines[0].replace('"', "").split(",").index(column)] = text
        lines[row - 1] = ",".join(cells)
        (folder / DATA).write_text("\n".join(lines) + "\n", encoding="utf-8")

    return change


def margin(content: str, item: str = "stype") -> Change:
    """Calibrate the wave to a margin with this file."""

    def change(folder: Path) -> None:
        (folder / "margin.csv").write_text(content, encoding="utf-8")
        declared = f"""calibration = {{ method = "raking" }}

[[design.margins]]
items = ["{item}"]
path = "margin.csv"
date = 2000-12-31
source = {{ id = "Daftar sekolah", en = "List of schools" }}

[estimate]"""
        _replace(folder / "wave.toml", "\n[estimate]", declared)

    return change


def _replace(file: Path, old: str, new: str, count: int = 1) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} has no {old!r}"
    file.write_text(text.replace(old, new, count), encoding="utf-8")
