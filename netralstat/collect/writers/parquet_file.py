"""Parquet: typed columns, and beside each item a column with the reason why an answer is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.collect.values import REASONS
from netralstat.collect.writers.variables import Variable
from netralstat.errors import EnvironmentProblem

END = ".reason"
"""Stands behind the name of an item in the name of its column of reasons."""


def reason_columns(variables: Sequence[Variable]) -> dict[str, str]:
    """The column of reasons of every item that the file keeps reasons of."""
    return {variable.item: f"{variable.item}{END}" for variable in variables if variable.reasons}


def write_parquet(path: Path, variables: Sequence[Variable], language: str) -> None:
    """Write the variables; labels are in the metadata of the fields.

    Raises
    ------
    EnvironmentProblem
        pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as problem:
        raise EnvironmentProblem(
            "Parquet needs the package pyarrow, which is not installed.",
            do="pip install 'netralstat[parquet]', or write .csv, .sav or .dta",
        ) from problem
    fields, arrays = [], []
    names = reason_columns(variables)
    for place, variable in enumerate(variables):
        array = _array(pa, variable)
        metadata = _metadata(variable, language)
        fields.append(pa.field(variable.name, array.type, metadata=metadata))
        arrays.append(array)
        last = place + 1 == len(variables) or variables[place + 1].item != variable.item
        if last and variable.item in names:
            reasons = pa.DictionaryArray.from_arrays(
                pa.array(variable.reason.astype(np.int32) - 1, mask=variable.reason == 0),
                pa.array(REASONS[1:], pa.string()),
            )
            fields.append(pa.field(names[variable.item], reasons.type))
            arrays.append(reasons)
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    pq.write_table(table, path, compression="zstd", version="2.6")


def _array(pa: Any, variable: Variable) -> Any:
    values: NDArray[Any] = variable.values
    if variable.sort == "text":
        return pa.array(values, pa.string(), mask=variable.reason > 0 if variable.reasons else values == "")
    if variable.sort in ("date", "time"):
        absent = np.isnat(values)
        if variable.sort == "date":
            return pa.array(values.astype("datetime64[D]"), pa.date32(), mask=absent)
        return pa.array(values, pa.timestamp("ms", tz=variable.timezone), mask=absent)
    absent = np.isnan(values)
    if variable.sort == "choice":
        place = {answer.number: number for number, answer in enumerate(variable.answers)}
        codes = np.array([place.get(value, 0) for value in values.tolist()], dtype=np.int32)
        words = pa.array([answer.code for answer in variable.answers], pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=absent), words)
    if variable.sort == "mark":
        return pa.array(np.where(absent, 0, values) == 1, pa.bool_(), mask=absent)
    if variable.kind == "integer":
        return pa.array(np.where(absent, 0, values).astype(np.int64), pa.int64(), mask=absent)
    return pa.array(values, pa.float64(), mask=absent)


def _metadata(variable: Variable, language: str) -> Mapping[str, str]:
    told = {"label": variable.labels.get(language, ""), "kind": variable.kind}
    if variable.sort == "choice":
        told["choices"] = json.dumps(
            {answer.code: answer.labels.get(language, "") for answer in variable.answers}, ensure_ascii=False
        )
    return told
