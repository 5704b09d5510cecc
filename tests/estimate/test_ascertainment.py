"""Cases a person and compositions: what must hold of every number, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from golden.designs import survey

from netralstat import Estimates
from netralstat.errors import EstimationError

CASES = {"E": 40.0, "H": 7.0, "M": 12.0}
PEOPLE = {"E": 4000.0, "H": 800.0, "M": 1000.0}


@pytest.fixture(scope="module")
def by_type() -> Estimates:
    return survey("dclus1").prevalence("wide", by="stype", overall=True)


def _made(value: float, low: float, high: float) -> Estimates:
    table = pd.DataFrame(
        {
            "item": ["acted"],
            "level": [1],
            "estimate": [value],
            "std_error": [0.01],
            "conf_low": [low],
            "conf_high": [high],
            "df": [10.0],
            "n": [200.0],
            "flag": [""],
        }
    )
    return Estimates(table=table, covariance=np.array([[0.0001]]), statistic="prevalence")


def test_cases_over_estimated_persons(by_type: Estimates) -> None:
    ratios = by_type.ascertainment(CASES, PEOPLE)
    p = by_type.table.set_index("stype")["estimate"]
    for row in ratios.table.to_dict("records"):
        level = row["stype"]
        assert row["estimate"] * PEOPLE[level] * p[level] == pytest.approx(CASES[level], rel=1e-14)
        assert row["std_error"] / row["estimate"] == pytest.approx(
            by_type.table.set_index("stype")["std_error"][level] / p[level], rel=1e-12
        )
    assert np.sqrt(np.diag(ratios.covariance)) == pytest.approx(ratios.table["std_error"].to_numpy())


def test_limits_are_those_of_the_prevalence(by_type: Estimates) -> None:
    ratio = by_type.ascertainment({None: 60}, {None: 6000}).table.iloc[0]
    whole = by_type.table[by_type.table["stype"].isna()].iloc[0]
    assert 60 / ratio["conf_low"] / 6000 == pytest.approx(whole["conf_high"], rel=1e-14)
    assert 60 / ratio["conf_high"] / 6000 == pytest.approx(whole["conf_low"], rel=1e-14)


def test_twice_the_cases_is_twice_the_ratio(by_type: Estimates) -> None:
    once = by_type.ascertainment(CASES, PEOPLE)
    twice = by_type.ascertainment({level: 2 * n for level, n in CASES.items()}, PEOPLE)
    assert twice.table["estimate"].to_numpy() == pytest.approx(2 * once.table["estimate"].to_numpy())
    assert twice.covariance == pytest.approx(4 * once.covariance, rel=1e-12)


def test_no_case_is_zero_and_certain(by_type: Estimates) -> None:
    row = by_type.ascertainment({**CASES, "E": 0}, PEOPLE).table.set_index("stype").loc["E"]
    assert (row[["estimate", "std_error", "conf_low", "conf_high"]] == 0).all()


def test_a_level_without_a_population_is_left_out(by_type: Estimates) -> None:
    ratios = by_type.ascertainment(CASES, {"E": 4000})
    assert list(ratios.table["stype"]) == ["E"]


@pytest.mark.parametrize(
    ("value", "low", "flag", "high"),
    [(0.0, 0.0, "zero_estimate", np.nan), (0.02, 0.0, "open_interval", np.inf), (0.02, 0.01, "", 0.5)],
)
def test_the_flag_says_why_there_is_no_limit(value: float, low: float, flag: str, high: float) -> None:
    row = _made(value, low, 0.05).ascertainment({None: 5}, {None: 1000}).table.iloc[0]
    assert row["flag"] == flag
    assert row["conf_high"] == pytest.approx(high, nan_ok=True)


@pytest.mark.parametrize(
    ("cases", "people", "told"),
    [
        ({"X": 1}, PEOPLE, 'cases names the level "X"'),
        (CASES, {"E": 0}, 'population of the level "E" is 0'),
        ({"E": -1}, PEOPLE, 'cases of the level "E" is -1'),
        ({"E": float("nan")}, PEOPLE, "is nan"),
        (CASES, {None: 100}, "no level has both"),
    ],
)
def test_numbers_that_cannot_be(by_type: Estimates, cases: Any, people: Any, told: str) -> None:
    with pytest.raises(EstimationError, match=told) as caught:
        by_type.ascertainment(cases, people)
    assert caught.value.where in ("cases", "population", "ascertainment")
    assert "give" in str(caught.value.do) or "leave it out" in str(caught.value.do)


def test_only_of_one_prevalence(by_type: Estimates) -> None:
    two = survey("dclus1").prevalence(["wide", "award"])
    for wrong in (two, survey("dclus1").mean("api00"), survey("dclus1").total("wide")):
        with pytest.raises(EstimationError, match="needs the prevalence of one item"):
            wrong.ascertainment({None: 1}, {None: 10})


def test_a_composition_does_not_depend_on_the_unit() -> None:
    totals = survey("dclus1").total(["wide", "award", "rare"])
    shares = totals.composition()
    tenfold = totals.replace_table(
        totals.table.assign(estimate=10 * totals.table["estimate"]), 100 * totals.covariance
    ).composition()
    assert tenfold.table["estimate"].to_numpy() == pytest.approx(shares.table["estimate"].to_numpy())
    assert tenfold.covariance == pytest.approx(shares.covariance, rel=1e-10, abs=1e-18)
    inside = shares.table
    assert ((inside["conf_low"] > 0) & (inside["conf_low"] < inside["estimate"])).all()
    assert ((inside["conf_high"] < 1) & (inside["conf_high"] > inside["estimate"])).all()


def test_what_makes_no_composition(by_type: Estimates) -> None:
    one = survey("dclus1").prevalence("wide")
    for wrong in (one, by_type, survey("dclus1").mean(["api00", "api99"])):
        with pytest.raises(EstimationError, match="make no composition"):
            wrong.composition()
    hidden = survey("dclus1").prevalence(["wide", "award"])
    blank = hidden.replace_table(hidden.table.assign(estimate=[0.5, np.nan]), hidden.covariance)
    with pytest.raises(EstimationError, match="1 of 2 estimates are unknown"):
        blank.composition()
