"""The same respondents as pandas, polars, DuckDB and Spark frames."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

FRAMES = ("pandas", "polars", "polars lazy", "duckdb", pytest.param("spark", marks=pytest.mark.spark))


def in_turn(*several: Iterable[str]) -> list[Any]:
    """Cases of `frame` and further arguments: polars and Spark have all, other backends each second one.

    The others are long, as are those of pandas, which the tests hold beside pandas.
    """
    cases = [
        (backend, *(name for _, name in case), (turn + sum(number for number, _ in case)) % 2 == 0)
        for turn, backend in enumerate(("pandas", "polars", "polars lazy", "duckdb"))
        for case in product(*(list(enumerate(names)) for names in several))
    ]
    quick = [backend == "polars" or (backend != "pandas" and turn) for backend, *_, turn in cases]
    return [
        *(
            pytest.param(*case[:-1], marks=() if soon else pytest.mark.long)
            for case, soon in zip(cases, quick, strict=True)
        ),
        *(pytest.param("spark", *case, marks=pytest.mark.spark) for case in product(*several)),
    ]


TO_FRAME = Callable[[pd.DataFrame], Any]
COLOURS = ["red", "amber", "green"]  # an order of its own: neither the alphabet's nor that of appearance


def make_people(n: int = 90) -> pd.DataFrame:
    """Respondents of three strata with items of every type, some of them unanswered."""
    rng = np.random.default_rng(2021)
    yes = rng.random(n) < 0.4
    people = pd.DataFrame(
        {
            "w": rng.uniform(1, 9, n).round(3),
            "stratum": rng.integers(1, 4, n),
            "psu": rng.integers(1, 7, n),
            "population": 0,
            "binary": yes.astype(int),
            "truth": yes,
            "share": yes.astype(float),
            "word": np.where(yes, "yes", "no"),
            "rank": rng.integers(1, 6, n),
            "score": rng.normal(50, 10, n).round(4),
            "colour": rng.choice(COLOURS, n, p=[0.5, 0.2, 0.3]),
            "sex": rng.choice(["female", "male"], n),
        }
    )
    people["population"] = people["stratum"].map(people.groupby("stratum")["psu"].nunique() + 20)
    people["word"] = people["word"].where(rng.random(n) > 0.1)  # None
    people["share"] = people["share"].where(rng.random(n) > 0.1)  # NaN
    people["score"] = people["score"].where(rng.random(n) > 0.1)
    people["colour"] = pd.Categorical(people["colour"], categories=COLOURS)
    return people


@pytest.fixture(scope="session")
def people() -> pd.DataFrame:
    return make_people()


@pytest.fixture(scope="session", params=FRAMES)
def frame(request: pytest.FixtureRequest) -> TO_FRAME:
    """Turns a pandas table into the frame of one backend."""
    return {
        "pandas": lambda table: table,
        "polars": _polars,
        "polars lazy": lambda table: _polars(table).lazy(),
        "duckdb": _duckdb,
        "spark": _spark,
    }[request.param]


def _polars(table: pd.DataFrame) -> Any:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    made = polars.DataFrame(
        {name: table[name].astype(object).where(table[name].notna(), None).tolist() for name in table}
    )
    enums = {name: list(table[name].cat.categories) for name in table if table[name].dtype == "category"}
    return made.with_columns(*[polars.col(name).cast(polars.Enum(levels)) for name, levels in enums.items()])


def _duckdb(table: pd.DataFrame) -> Any:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.register("people", table)
    return connection.sql("SELECT * FROM people")


def _spark(table: pd.DataFrame) -> Any:
    """Written as Parquet and read by Spark, as data past one machine are."""
    pytest.importorskip("pyspark", reason="pyspark is not installed")
    plain = table.assign(
        **{name: table[name].astype(str) for name in table if table[name].dtype == "category"}
    )
    file = Path(tempfile.mkdtemp(prefix="netralstat-")) / "people.parquet"
    plain.to_parquet(file, index=False)
    return _session().read.parquet(str(file))


@cache
def _session() -> Any:
    from pyspark.sql import SparkSession

    quiet = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
        "spark.driver.memory": "1g",
    }
    builder = SparkSession.builder.master("local[1]").appName("netralstat")
    for name, value in quiet.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
