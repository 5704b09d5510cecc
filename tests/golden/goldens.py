"""Numbers made by R, read by name; and a comparison that says which number is off, and by how much."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent


@cache
def _file(file: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8"))


@cache
def _cases(file: str) -> dict[str, dict[str, Any]]:
    return {case["name"]: case for case in _file(file)["cases"]}


def case(file: str, name: str) -> dict[str, Any]:
    """What R returned for one case: scalars as they are, NA as NaN, vectors as arrays, named ones as Series.

    A matrix is a DataFrame with R's row and column names; a data frame of R is a DataFrame.
    """
    cases = _cases(file)
    if name not in cases:
        raise KeyError(f'{file}.json has no case "{name}"; of {len(cases)}: {", ".join(list(cases)[:5])} …')
    return {key: _decode(key, value) for key, value in cases[name]["expect"].items()}


def rtol(file: str, name: str) -> float:
    """Tolerance that the case states for itself."""
    return float(_cases(file)[name]["rtol"])


def names(file: str, prefix: str = "") -> list[str]:
    """Names of the cases of a file that begin with `prefix`."""
    return [name for name in _cases(file) if name.startswith(prefix)]


def data(name: str) -> pd.DataFrame:
    """One of the tables in data/ (dots of R's names are underscores); text columns stay text, `prov` too."""
    return _table(name).copy()


@cache
def _table(name: str) -> pd.DataFrame:
    text = {"prov": str} if name.startswith("asn") else {}
    return pd.read_csv(FOLDER / "data" / f"{name}.csv", dtype=text)


def margins(file: str) -> dict[str, pd.Series]:
    """Population margins that a golden was calibrated to: one Series of totals a name."""
    return {name: _margin(name, value) for name, value in _file(file)["margins"].items()}


def compare(actual: Any, expected: Any, rtol: float, what: str, atol: float = 0.0) -> None:
    """Fail, naming the first numbers that differ, unless `actual` equals `expected` two-sided to `rtol`.

    Mappings, Series and DataFrames are compared by name (order does not matter; a name on one side only
    fails); sequences and arrays by position. NaN equals NaN.
    """
    got, wanted = _flat(actual), _flat(expected)
    if got.keys() != wanted.keys():
        missing, extra = sorted(wanted.keys() - got.keys()), sorted(got.keys() - wanted.keys())
        raise AssertionError(f"{what}: names differ; missing {missing[:6]}, unexpected {extra[:6]}")
    off = [name for name in wanted if not _close(got[name], wanted[name], rtol, atol)]
    if off:
        told = "\n".join(_told(name, got[name], wanted[name]) for name in off[:8])
        raise AssertionError(f"{what}: {len(off)} of {len(wanted)} differ by more than {rtol:g}\n{told}")


def _decode(key: str, value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"rows", "cols", "values"}:
        return pd.DataFrame(_numbers(value["values"]), index=value["rows"], columns=value["cols"])
    if isinstance(value, dict) and key == "table":
        return pd.DataFrame({name: _decode("", column) for name, column in value.items()})
    if isinstance(value, dict):
        return pd.Series({name: np.nan if one is None else one for name, one in value.items()})
    if isinstance(value, list):
        return _numbers(value) if _is_numeric(value) else list(value)
    return np.nan if value is None else value


def _is_numeric(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_numeric(one) for one in value)
    return value is None or isinstance(value, int | float)


def _numbers(value: list[Any]) -> np.ndarray:
    return np.array(value, dtype=float)


def _margin(name: str, value: dict[str, Any]) -> pd.Series:
    if "Freq" in value:
        levels = next(column for key, column in value.items() if key != "Freq")
        return pd.Series(value["Freq"], index=levels, dtype=float, name=name)
    return pd.Series(value, dtype=float, name=name)


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    if isinstance(value, pd.DataFrame):
        if not (value.index.is_unique and value.columns.is_unique):
            raise AssertionError("a DataFrame to be compared by name has a name twice")
        columns = {col: value[col].tolist() for col in value.columns}
        return {f"{row}, {col}": columns[col][at] for at, row in enumerate(value.index) for col in columns}
    if isinstance(value, Mapping | pd.Series):
        if isinstance(value, pd.Series) and not value.index.is_unique:
            raise AssertionError("a Series to be compared by name has a name twice")
        return {k: v for key, one in value.items() for k, v in _flat(one, f"{name}{key}").items()}
    if isinstance(value, np.ndarray) or (isinstance(value, Sequence) and not isinstance(value, str)):
        return {k: v for i, one in enumerate(value) for k, v in _flat(one, f"{name}[{i}]").items()}
    return {name: value}


def _close(got: Any, wanted: Any, rtol: float, atol: float) -> bool:
    if isinstance(got, str) or isinstance(wanted, str):
        return got == wanted
    a, b = float(got), float(wanted)
    if np.isnan(a) or np.isnan(b):
        return bool(np.isnan(a) and np.isnan(b))
    return abs(a - b) <= max(rtol * max(abs(a), abs(b)), atol)


def _told(name: str, got: Any, wanted: Any) -> str:
    told = f"  {name}: {got!r}, R says {wanted!r}"
    if isinstance(got, str) or isinstance(wanted, str) or not np.isfinite(wanted) or wanted == 0:
        return told
    return f"{told} (relative {abs(float(got) / float(wanted) - 1):.2g})"
