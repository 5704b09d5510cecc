"""Every backend gives the same numbers: counts equal, sums to 1e-12, levels in the same order."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract.conftest import in_turn, make_people

from netralstat import Survey
from netralstat.errors import DesignError, EstimationError, UsageError

ToFrame = Callable[[pd.DataFrame], Any]

DESIGNS: dict[str, dict[str, Any]] = {
    "persons": {"weight": "w", "stratum": "stratum"},
    "clusters": {"weight": "w", "stratum": "stratum", "psu": "psu", "fpc": "population"},
}
EVERY_TYPE = ["binary", "truth", "share", "word", "rank", "colour"]
ASKED: dict[str, Callable[[Survey], Any]] = {
    "shares": lambda s: s.prevalence(EVERY_TYPE, by="sex", overall=True),
    "where": lambda s: s.prevalence("word", by="colour", where={"colour": ["red", "green"], "sex": "male"}),
    "means": lambda s: s.mean(["score", "rank", "truth"], by="colour"),
    "totals": lambda s: s.total(["score", "word", "colour"]),
    "ratio": lambda s: s.ratio("score", "rank", by="sex"),
    "logit": lambda s: s.regress("binary ~ score + colour"),
    "linear": lambda s: s.regress("score ~ rank + C(word, ref='no')", family="linear"),
    "calibrated": lambda s: s.calibrate(
        {"sex": {"female": 200.0, "male": 260.0}, "colour": {"red": 200, "amber": 110, "green": 150}}
    ).mean("score", by="sex"),
    "calibrated to a total and trimmed": lambda s: (
        s.calibrate({"sex": {"female": 200.0, "male": 260.0}, "rank": 1400.0}, "logit", bounds=(0.2, 5))
        .trim(upper=8)
        .mean("score", by="sex")
    ),
    "raked in R's way": lambda s: s.calibrate(
        {"sex": {"female": 200.0, "male": 260.0}}, compat="R-rake"
    ).mean("score", by="sex"),
}


@cache
def expected_of(design: str, asked: str, declared: bool) -> Any:
    """From pandas; without declared categories where the backend knows none."""
    people = make_people()
    if not declared:
        people["colour"] = people["colour"].astype(str)
    return ASKED[asked](Survey(people, **DESIGNS[design]))


def same(actual: Any, expected: Any) -> None:
    ours, theirs = actual.to_frame(), expected.to_frame()
    assert ours.columns.tolist() == theirs.columns.tolist()
    for column in theirs:
        if theirs[column].dtype.kind == "f":
            exact = column in ("n", "n_yes", "df")
            np.testing.assert_allclose(
                ours[column], theirs[column], 0 if exact else 1e-9, 1e-12, err_msg=column
            )
        else:
            assert ours[column].tolist() == theirs[column].tolist(), column
    np.testing.assert_allclose(actual.covariance, expected.covariance, 1e-9, 1e-12)


@pytest.mark.parametrize(("frame", "design", "asked"), in_turn(DESIGNS, ASKED), indirect=["frame"])
def test_the_same_numbers(people: pd.DataFrame, frame: ToFrame, design: str, asked: str) -> None:
    given = frame(people)
    declared = "pyspark" not in type(given).__module__
    same(ASKED[asked](Survey(given, **DESIGNS[design])), expected_of(design, asked, declared))


@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_sums_to_1e_12(people: pd.DataFrame, frame: ToFrame, design: str) -> None:
    rows = people[people["score"].notna()]
    survey = Survey(frame(people), **DESIGNS[design])
    row = survey.total("score").table.iloc[0]
    np.testing.assert_allclose(row["estimate"], (rows["w"] * rows["score"]).sum(), 1e-12)
    assert row["n"] == len(rows)
    weights = survey.weights()
    assert weights.n == len(people)
    np.testing.assert_allclose(weights.total, people["w"].sum(), 1e-12)
    kish = len(people) * (people["w"] ** 2).sum() / people["w"].sum() ** 2
    np.testing.assert_allclose(weights.deff_kish, kish, 1e-12)
    shown = people["w"] / people["w"].mean()
    np.testing.assert_allclose([weights.smallest, weights.largest], [shown.min(), shown.max()], 1e-12)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_reliability(people: pd.DataFrame, frame: ToFrame, design: str) -> None:
    items = ["rank", "binary", "share"]
    expected = Survey(people, **DESIGNS[design]).reliability(items)
    found = Survey(frame(people), **DESIGNS[design]).reliability(items)
    assert found.n == expected.n == int(people[items].notna().all(axis=1).sum())
    np.testing.assert_allclose(found.alpha, expected.alpha, 1e-10)


@pytest.mark.parametrize("design", DESIGNS)
def test_declared_levels_keep_their_order_and_those_nobody_has(
    people: pd.DataFrame, frame: ToFrame, design: str
) -> None:
    few = people.assign(colour=people["colour"].cat.set_categories(["red", "blue", "amber", "green"]))
    table = Survey(frame(few), **DESIGNS[design]).prevalence("colour").table.set_index("level")
    # Spark knows no categories: sorted order, and only what respondents have.
    if "blue" in table.index:
        assert table.index.tolist() == ["red", "blue", "amber", "green"]
        assert table.loc["blue", ["estimate", "n_yes", "flag"]].tolist() == [0.0, 0.0, "boundary"]
        assert 0.0 == table.loc["blue", "conf_low"] < table.loc["blue", "conf_high"] < 0.1
    else:
        assert table.index.tolist() == ["amber", "green", "red"]


def test_the_same_errors(people: pd.DataFrame, frame: ToFrame) -> None:
    def survey(**changed: Any) -> Survey:
        return Survey(frame(people.assign(**changed)), **DESIGNS["clusters"])

    with pytest.raises(DesignError, match=r'1 rows have a negative or infinite weight in "w"'):
        survey(w=people["w"].where(people.index != 4, -1.0)).mean("score")
    with pytest.raises(DesignError, match=r'1 rows have a negative or infinite weight in "w"'):
        survey(w=people["w"].where(people.index != 4, np.inf)).mean("score")
    with pytest.raises(DesignError, match=r'2 rows have no value in the design column "w"'):
        survey(w=people["w"].where(people.index > 1)).mean("score")
    with pytest.raises(DesignError, match='column "w" holds text'):
        survey(w=people["w"].astype(str)).mean("score")
    with pytest.raises(DesignError, match='"colur" among the 12 columns'):
        survey().mean("score", by="colur")
    with pytest.raises(EstimationError, match='item "word" holds text'):
        survey().mean("word")
    with pytest.raises(EstimationError, match='item "score" has infinite values'):
        survey(score=people["score"].where(people.index != 4, np.inf)).mean("score")


def test_long_numbers_stay_apart(frame: ToFrame) -> None:
    """Numbers of 18 digits (NIP) differ in digits that a float does not hold; one is missing."""
    first = 199001012015031001
    numbers = pd.Series([first, first + 1, first + 2, None], dtype="Int64")
    people = pd.DataFrame({"w": [1.0, 2.0, 4.0, 8.0], "nip": numbers})
    table = Survey(frame(people), weight="w").prevalence("nip").table
    assert table["level"].tolist() == [first, first + 1, first + 2]
    np.testing.assert_allclose(table["estimate"], np.array([1, 2, 4]) / 7, 1e-12)


@pytest.mark.parametrize("low", [3, 2**40, 2**63 + 5, -(2**63)])
def test_integers_of_any_size(low: int) -> None:
    kind = "uint64" if low > 0 else "int64"
    people = pd.DataFrame({"y": np.array([low, low + 1, low, low], dtype=kind), "w": 1.0})
    table = Survey(people, weight="w").prevalence("y").table
    assert table["level"].tolist() == [low, low + 1]
    assert table["estimate"].tolist() == [0.75, 0.25]


def test_missing_is_none_and_nan_alike(people: pd.DataFrame) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    nan = polars.DataFrame({"w": people["w"].tolist(), "score": people["score"].tolist()})
    null = nan.with_columns(polars.col("score").fill_nan(None))
    assert nan["score"].is_nan().sum() == null["score"].null_count() == people["score"].isna().sum() > 0
    expected = Survey(people, weight="w").mean("score")
    for other in (nan, null):
        same(Survey(other, weight="w").mean("score"), expected)


def test_a_polars_categorical_has_the_levels_of_its_own_column(people: pd.DataFrame) -> None:
    # Categories of polars belong to the process: those of one column must not become levels of another.
    polars = pytest.importorskip("polars", reason="polars is not installed")
    categorical = polars.DataFrame(
        {"w": people["w"].tolist(), "sex": people["sex"].tolist(), "colour": people["colour"].tolist()}
    ).with_columns(polars.col("sex", "colour").cast(polars.Categorical))
    for given in (categorical, categorical.lazy()):
        table = Survey(given, weight="w").prevalence(["sex", "colour"]).table
        assert table["level"].tolist() == ["female", "male", "amber", "green", "red"]


def test_decimals_of_duckdb_are_numbers(people: pd.DataFrame) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    connection = duckdb.connect()
    connection.register("people", people)
    decimal = connection.sql(
        'SELECT w::DECIMAL(9, 3) AS w, stratum, "binary"::DECIMAL(3, 1) AS "binary", rank::HUGEINT AS rank '
        "FROM people"
    )
    for design in ({}, {"psu": "stratum"}):
        expected = Survey(people, weight="w", **design)
        survey = Survey(decimal, weight="w", **design)
        same(survey.prevalence("binary"), expected.prevalence("binary"))
        same(survey.total(["binary", "rank"]), expected.total(["binary", "rank"]))


OBJECTS = {
    "true, false and None": [True, False, None],
    "1, 0 and None": [1, 0, None],
    "nullable booleans": pd.array([True, False, None], dtype="boolean"),
    "nullable integers": pd.array([1, 0, None], dtype="Int64"),
    "floats": [1.0, 0.0, np.nan],
    "categories 0 and 1": pd.Categorical([1, 0, None]),
    "categories of booleans": pd.Categorical([True, False, None]),
}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("kind", OBJECTS)
def test_0_and_1_are_one_row_however_they_are_held(people: pd.DataFrame, design: str, kind: str) -> None:
    repeated = pd.concat([pd.Series(OBJECTS[kind])] * 30, ignore_index=True)
    floats = pd.Series([1.0, 0.0, np.nan] * 30)
    expected = Survey(people.assign(item=floats), **DESIGNS[design]).prevalence("item", by="sex")
    assert expected.table["level"].tolist() == [1, 1]
    same(Survey(people.assign(item=repeated), **DESIGNS[design]).prevalence("item", by="sex"), expected)


@pytest.mark.parametrize("given", [{"a": [1]}, [1, 2], None, pd.Series([1.0], name="a")])
def test_what_is_no_frame_is_told(given: Any) -> None:
    with pytest.raises(UsageError, match="is not a data frame that netralstat can group") as told:
        Survey(given).mean("a")
    assert "pandas or polars DataFrame" in str(told.value.do)


def test_a_column_that_stands_twice_is_told(people: pd.DataFrame) -> None:
    twice = pd.concat([people, people[["score"]]], axis=1)
    with pytest.raises(UsageError, match=r"1 column names stand more than once in the data \(score\)"):
        Survey(twice, weight="w").mean("rank")
