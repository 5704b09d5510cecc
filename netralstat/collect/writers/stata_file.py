"""Stata .dta (version 118): numbers with labels, reasons as extended missing values .a to .e."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from netralstat.collect.values import REASONS
from netralstat.collect.writers.missing_codes import STATA_TAGS
from netralstat.collect.writers.stat_columns import Shortened, as_numbers, as_texts
from netralstat.collect.writers.variables import Variable
from netralstat.errors import ReportError

LONGEST_NAME = 32
LONGEST_LABEL = 80
LONGEST_VALUE_LABEL = 32_000
LONGEST_TEXT = 2_000_000
START = np.datetime64("1960-01-01", "ms")
FORMATS = {"date": "%td", "time": "%tc", "choice": "%8.0g", "mark": "%8.0g"}
_DAY = 86_400_000
_STAMP = b"<timestamp>"
_NO_DATE = b"01 Jan 1960 00:00"
TEXT_CODES = {reason: f".{tag}" for reason, tag in STATA_TAGS.items()}
"""What stands in a text for each reason, and in a number for its missing value."""


def write_stata(path: Path, variables: Sequence[Variable], language: str, shortened: Shortened) -> None:
    """Write the variables as a .dta file of Stata 14 and later (UTF-8)."""
    import pyreadstat

    columns: dict[str, Any] = {}
    value_labels: dict[str, dict[Any, str]] = {}
    label_of: dict[str, str | None] = {}
    tags: dict[str, list[str]] = {}
    for variable in variables:
        label = variable.labels.get(language) or variable.item
        label_of[variable.name] = shortened.label(label, characters=LONGEST_LABEL, n_bytes=4 * LONGEST_LABEL)
        if variable.sort == "text":
            columns[variable.name] = pd.array(as_texts(variable, TEXT_CODES, LONGEST_TEXT), dtype="str")
            continue
        columns[variable.name] = _with_tags(variable)
        words: list[tuple[Any, Any]] = [(answer.number, answer.labels) for answer in variable.answers]
        words += [(STATA_TAGS[reason], labels) for reason, labels in variable.reasons.items()]
        value_labels[variable.name] = {
            value: shortened.label(labels.get(language) or labels["en"], n_bytes=LONGEST_VALUE_LABEL)
            for value, labels in words
        }
        if variable.reasons:
            tags[variable.name] = list(STATA_TAGS.values())
    pyreadstat.write_dta(
        pd.DataFrame(columns),
        str(path),
        column_labels=label_of,
        version=14,
        variable_value_labels={name: labels for name, labels in value_labels.items() if labels},
        missing_user_values=tags,
        variable_format={
            variable.name: FORMATS[variable.sort] for variable in variables if variable.sort in FORMATS
        },
    )
    _without_date(path)


def longest_name(variables: Sequence[Variable]) -> int:
    """Letters that a name may have: the library numbers the label sets behind it, in the same 32 letters."""
    return LONGEST_NAME - len(str(len(variables)))


def _with_tags(variable: Variable) -> Any:
    """The numbers; where there is none, the letter of the reason among them."""
    numbers = as_numbers(variable, START, _DAY, 1)
    if not variable.reasons or not variable.reason.any():
        return numbers
    cells = numbers.astype(object)
    for place, reason in enumerate(REASONS):
        if reason:
            cells[variable.reason == place] = STATA_TAGS[reason]
    return cells


def _without_date(path: Path) -> None:
    """Take the time of writing out of the header: the same answers give the same bytes."""
    with path.open("r+b") as stream:
        head = stream.read(2048)
        at = head.find(_STAMP) + len(_STAMP)
        if at < len(_STAMP) or head[at] != len(_NO_DATE):
            raise ReportError("the header of the Stata file has no time of writing where it should be.")
        stream.seek(at + 1)
        stream.write(_NO_DATE)
