"""CSV: UTF-8, RFC 4180, choices as the codes of the form, formulas made text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.collect.formats.statfile_values import number_text
from netralstat.collect.values import REASONS
from netralstat.collect.writers.clock_times import iso_text
from netralstat.collect.writers.formula_guard import guarded
from netralstat.collect.writers.variables import Variable


def csv_bytes(variables: Sequence[Variable], codes: Mapping[str, int]) -> bytes:
    """Return the variables as CSV.

    Numbers are in their shortest form, dates YYYY-MM-DD, times ISO with their offset from UTC; the code of
    the reason stands where there is no answer. Texts and codes that start like a formula are `guarded`.
    """
    columns = [_cells(variable, codes) for variable in variables]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([variable.name for variable in variables])
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue().encode("utf-8")


def _cells(variable: Variable, codes: Mapping[str, int]) -> list[str]:
    cells = _answers(variable)
    for place, reason in enumerate(REASONS):
        if reason:
            cells[variable.reason == place] = str(codes[reason])
    found: list[str] = cells.tolist()
    return found


def _answers(variable: Variable) -> NDArray[np.object_]:
    if variable.sort == "text":
        return _each(variable.values, guarded)
    if variable.sort == "date":
        days = np.datetime_as_string(variable.values.astype("datetime64[D]")).astype(object)
        return np.where(np.isnat(variable.values), "", days)
    if variable.sort == "time":
        return iso_text(variable.values, variable.timezone)
    if variable.sort == "choice":
        written = {answer.number: guarded_code(answer.code) for answer in variable.answers}
        return _each(variable.values, lambda number: written.get(number, ""))
    return _each(variable.values, lambda number: "" if number != number else number_text(number))


def guarded_code(code: str) -> str:
    """A code as it stands in a cell: a whole number stays one, whatever its sign."""
    return code if code.removeprefix("-").isdecimal() else guarded(code)


def _each(values: NDArray[Any], write: Callable[[Any], str]) -> NDArray[np.object_]:
    known: dict[Any, str] = {}
    cells = np.empty(len(values), dtype=object)
    for row, value in enumerate(values.tolist()):
        text = known.get(value)
        if text is None:
            text = known[value] = write(value)
        cells[row] = text
    return cells
