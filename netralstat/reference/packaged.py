"""The CSV files of this folder, read once."""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib.resources import files

Record = dict[str, str]


@cache
def records(name: str) -> tuple[Record, ...]:
    """The rows of one shipped CSV file as text, in file order.

    Parameters
    ----------
    name : str
        File name without ``.csv``.
    """
    text = files("netralstat.reference").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def whole(text: str) -> int | None:
    """A whole number, or None for an empty field."""
    return int(text) if text else None
