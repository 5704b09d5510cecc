"""SPSS .sav and .zsav: numbers with labels, reasons as user-missing codes, the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from netralstat.collect.values import REASONS
from netralstat.collect.writers.missing_codes import number_codes
from netralstat.collect.writers.stat_columns import Shortened, as_numbers, as_texts
from netralstat.collect.writers.variables import Variable

LONGEST_NAME = 64
LONGEST_LABEL = 255
LONGEST_VALUE_LABEL = 120
LONGEST_TEXT = 32_767
START = np.datetime64("1582-10-14", "ms")
FORMATS = {"choice": "F8.0", "mark": "F1.0", "date": "DATE11", "time": "DATETIME23.3"}
MEASURES = {"choice": "nominal", "mark": "nominal", "text": "nominal"}
_CREATED = slice(92, 109)  # creation_date and creation_time of the file header record
_NO_DATE = b"01 Jan 0000:00:00"


def spss_codes(variables: Sequence[Variable]) -> dict[str, int]:
    """The user-missing code of each reason, the same in the whole file."""
    numbers = [_numbers(variable) for variable in variables if variable.sort != "text"]
    return number_codes(numbers, [variable.values for variable in variables if variable.sort == "text"])


def write_spss(
    path: Path, variables: Sequence[Variable], codes: Mapping[str, int], language: str, shortened: Shortened
) -> None:
    """Write the variables as a .sav file (.zsav if `path` ends so).

    Every variable but text gets the codes as one user-missing range with a label each. Its texts hold the
    codes too, as text, for SPSS knows no more than three missing texts.
    """
    import pyreadstat

    columns: dict[str, Any] = {}
    value_labels: dict[str, dict[float | int, str]] = {}
    label_of: dict[str, str | None] = {}
    missing: Any = {"lo": float(min(codes.values())), "hi": float(max(codes.values()))}
    for variable in variables:
        label = variable.labels.get(language) or variable.item
        label_of[variable.name] = shortened.label(label, n_bytes=LONGEST_LABEL)
        if variable.sort == "text":
            texts = as_texts(variable, {why: str(code) for why, code in codes.items()}, LONGEST_TEXT)
            shortened.spaces += sum(text.endswith(" ") for text in texts.tolist())
            columns[variable.name] = pd.array(texts, dtype="str")
            continue
        values = _numbers(variable)
        for place, reason in enumerate(REASONS):
            if reason and variable.reasons:
                values[variable.reason == place] = codes[reason]
        columns[variable.name] = values
        words = [(answer.number, answer.labels) for answer in variable.answers]
        words += [(float(codes[reason]), labels) for reason, labels in variable.reasons.items()]
        value_labels[variable.name] = {
            number: shortened.label(labels.get(language) or labels["en"], n_bytes=LONGEST_VALUE_LABEL)
            for number, labels in words
        }
    compressed = path.suffix.lower() == ".zsav"
    pyreadstat.write_sav(
        pd.DataFrame(columns),
        str(path),
        column_labels=label_of,
        compress=compressed,
        row_compress=not compressed,
        variable_value_labels={name: labels for name, labels in value_labels.items() if labels},
        missing_ranges={variable.name: [missing] for variable in variables if _has_codes(variable)},
        variable_measure={variable.name: MEASURES.get(variable.sort, "scale") for variable in variables},
        variable_format={
            variable.name: FORMATS[variable.sort] for variable in variables if variable.sort in FORMATS
        },
    )
    _without_date(path)


def _has_codes(variable: Variable) -> bool:
    return variable.sort != "text" and bool(variable.reasons)


def _numbers(variable: Variable) -> Any:
    return as_numbers(variable, START, 1000, 1000)


def _without_date(path: Path) -> None:
    """Take the time of writing out of the header: the same answers give the same bytes."""
    with path.open("r+b") as stream:
        stream.seek(_CREATED.start)
        stream.write(_NO_DATE)
