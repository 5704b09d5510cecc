"""Every type of a Parquet column is its text; what no question gives is an error."""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
import importlib.util
import io
import random

import numpy as np
import pytest

from netralstat.ask.plan_collect import Source
from netralstat.collect.formats import header as headers
from netralstat.collect.formats import parquet, parquet_process
from netralstat.collect.formats.parquet import read_parquet
from netralstat.errors import EnvironmentProblem, ResponseError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

SOURCE = Source(path="e.parquet", kind="table")


def written(table: object, **options: object) -> bytes:
    made = io.BytesIO()
    pq.write_table(table, made, **options)
    return made.getvalue()


def column(values: object, kind: object = None, *, comma: bool = False, **options: object) -> list[str]:
    raw = written(pa.table({"a": pa.array(values, kind)}), **options)
    told, codes = parquet_process.read(raw, "," if comma else ".")
    return [told["levels"][0][code] for code in np.frombuffer(codes[0], dtype=np.int32)]


def refused(raw: bytes) -> tuple[str, str, str]:
    with pytest.raises(ResponseError) as caught:
        parquet_process.read(raw, ".")
    return caught.value.fact, caught.value.where or "", caught.value.do or ""


def test_through_its_own_process():
    raw = written(pa.table({"a": [1, 2, 1], "b": ["x", None, "007"]}))
    table = read_parquet(raw, SOURCE, "hash")
    assert (table.path, table.sha256, table.header, table.first_row) == ("e.parquet", "hash", ("a", "b"), 1)
    assert [list(one.text()) for one in table.columns] == [["1", "2", "1"], ["x", "", "007"]]


DAY = dt.date(2024, 12, 15)
CASES = {
    "whole": ([1, None, 199001012015031001], pa.int64(), ["1", "", "199001012015031001"]),
    "unsigned": ([2**64 - 1], pa.uint64(), ["18446744073709551615"]),
    "float": ([1.0, 2.5, None, float("nan"), 1e-7], pa.float64(), ["1", "2.5", "", "", "1e-07"]),
    "narrow float": ([0.1, 37.0], pa.float32(), ["0.1", "37"]),
    "decimal": ([decimal.Decimal("1.50"), decimal.Decimal("100.00")], pa.decimal128(9, 2), ["1.5", "100"]),
    "truth": ([True, False, None], pa.bool_(), ["1", "0", ""]),
    "text": (["x", "", None, "=1+1", " 007"], pa.string(), ["x", "", "", "=1+1", " 007"]),
    "large text": (["x"], pa.large_string(), ["x"]),
    "nothing": ([None, None], pa.null(), ["", ""]),
    "day": ([DAY, None], pa.date32(), ["2024-12-15", ""]),
    "day in ms": ([DAY], pa.date64(), ["2024-12-15"]),
    "clock": ([dt.time(6, 51), None], pa.time32("s"), ["06:51:00", ""]),
    "clock in ns": ([dt.time(6, 51, 0, 5)], pa.time64("us"), ["06:51:00.000005"]),
    "time": ([0, 1_500, -1, None], pa.timestamp("ms"), [
        "1970-01-01T00:00:00", "1970-01-01T00:00:01.5", "1969-12-31T23:59:59.999", ""]),
    "time in ns": ([1], pa.timestamp("ns"), ["1970-01-01T00:00:00.000000001"]),
    "time with a zone": ([0], pa.timestamp("s", "Asia/Jakarta"), ["1970-01-01T00:00:00+00:00"]),
    "codes": ([["a", "b"], [], None, ["c"]], pa.list_(pa.string()), ["a b", "", "", "c"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_types(case):
    values, kind, texts = CASES[case]
    assert column(values, kind) == texts


def test_more_of_columns():
    assert column(pa.array(["p", "q", None, "p"]).dictionary_encode()) == ["p", "q", "", "p"]
    assert column([1.5, 2.0], comma=True) == ["1,5", "2"]
    assert column([str(number % 7) for number in range(5_000)], row_group_size=900) == [
        str(number % 7) for number in range(5_000)
    ]


def test_columns_after_nested_ones_are_found_by_their_place():
    raw = written(pa.table({"l": pa.array([["a"], None]), "b": ["x", "y"]}))
    told, codes = parquet_process.read(raw, ".")
    assert [told["levels"][1][code] for code in np.frombuffer(codes[1], dtype=np.int32)] == ["x", "y"]


NESTED = {
    "struct": ([{"x": 1}], None, "struct<x: int64>", "leave the column out"),
    "bytes": ([b"x"], None, "binary", "leave the column out"),
    "list of numbers": ([[1]], None, "list<element: int64>", "leave the column out"),
    "duration": ([1], pa.duration("s"), "duration", "leave the column out"),
    "spaces": ([["a b"]], pa.list_(pa.string()), "have spaces", "codes of the choices"),
    "empty": ([["a", None]], pa.list_(pa.string()), "are empty", "codes of the choices"),
}


@pytest.mark.parametrize("case", NESTED)
def test_what_no_question_gives(case):
    values, kind, told, remedy = NESTED[case]
    fact, where, do = refused(written(pa.table({"q": pa.array(values, kind)})))
    assert told in fact
    assert (where, remedy in do) == ('column "q"', True)


def test_a_year_that_no_date_has():
    assert "outside the years" in refused(written(pa.table({"q": pa.array([2**50], pa.timestamp("s"))})))[0]


def test_files_that_are_not_whole():
    good = written(pa.table({"a": [1, 2]}))
    for raw in (b"a;b\n1;2\n", good[:-4], good[4:], b"PAR1"):
        assert "no Parquet file, or its end is absent" in refused(raw)[0]
    assert "cannot be read" in refused(b"PAR1" + b"\0" * 40 + b"PAR1")[0]
    assert "columns and no responses" in refused(written(pa.table({"a": pa.array([], pa.string())})))[0]
    assert "1 of 2 columns have no name" in refused(written(pa.table({"a": [1], "": [1]})))[0]


def test_limits(monkeypatch):
    raw = written(pa.table({"a": [1, 2, 3], "b": [1, 2, 3]}))
    monkeypatch.setattr(headers, "MAX_CELLS", 5)
    assert refused(raw)[0] == "the file has 3 rows of 2 columns; 5 cells can be read."
    monkeypatch.setattr(headers, "MAX_CELLS", 6)
    monkeypatch.setattr(parquet_process, "MAX_INFLATED", 10)
    assert "10 can be read" in refused(raw)[0]


def test_without_pyarrow(monkeypatch):
    monkeypatch.setattr(parquet, "find_spec", lambda name: None)
    with pytest.raises(EnvironmentProblem, match=r'pip install "netralstat\[parquet\]"'):
        read_parquet(b"", SOURCE, "")
    assert importlib.util.find_spec("pyarrow") is not None


@pytest.mark.long
def test_damaged_bytes_give_errors_only():
    """In the process that may crash: what comes back is a table or a named error."""
    dice = random.Random(2)
    good = written(pa.table({"a": ["x", "y", None] * 40, "b": list(range(120))}))
    for _ in range(2):
        bad = bytearray(good)
        for _ in range(dice.randint(1, 6)):
            bad[dice.randrange(4, len(bad) - 8)] = dice.randrange(256)
        with contextlib.suppress(ResponseError):
            assert read_parquet(bytes(bad), SOURCE, "").n_rows == 120
