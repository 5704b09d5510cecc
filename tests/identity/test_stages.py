"""Two stages: what a second stage adds, and where it adds nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.goldens import data

from netralstat import Survey
from netralstat.errors import DesignError


def two_stages(frame: pd.DataFrame, **changed: object) -> Survey:
    return Survey(frame.assign(**changed), psu="dnum", ssu="snum", fpc=("fpc1", "fpc2"))


@pytest.fixture(scope="module")
def schools() -> pd.DataFrame:
    frame = data("apiclus2")
    return frame.assign(m=frame.groupby("dnum")["snum"].transform("size").astype(float))


def test_a_complete_second_stage_adds_nothing(schools: pd.DataFrame) -> None:
    found = two_stages(schools, fpc2=schools["m"]).mean(["api00", "api99"], by="stype")
    weight = 757 / schools["dnum"].nunique()
    one = Survey(schools.assign(own=weight), weight="own", psu="dnum", fpc="fpc1")
    expected = one.mean(["api00", "api99"], by="stype")
    np.testing.assert_allclose(found.table["estimate"], expected.table["estimate"], rtol=1e-12)
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-10, atol=1e-9)


def test_a_census_of_psus_leaves_the_second_stage_alone(schools: pd.DataFrame) -> None:
    """With every PSU in the sample the PSUs are strata."""
    several = schools[schools["m"] > 1]
    every = two_stages(several, fpc1=float(several["dnum"].nunique())).total("api00")
    strata = Survey(several, stratum="dnum", fpc="fpc2").total("api00")
    np.testing.assert_allclose(every.table["std_error"], strata.table["std_error"], rtol=1e-10)


def test_fractions_are_counts(schools: pd.DataFrame) -> None:
    counts = two_stages(schools).mean("api00")
    n_psu = schools["dnum"].nunique()
    shares = two_stages(schools, fpc1=n_psu / schools["fpc1"], fpc2=schools["m"] / schools["fpc2"]).mean(
        "api00"
    )
    np.testing.assert_allclose(shares.table["std_error"], counts.table["std_error"], rtol=1e-12)


def test_a_second_stage_without_fpc_does_not_count(schools: pd.DataFrame) -> None:
    named = Survey(schools, weight="pw", psu="dnum", ssu="snum", fpc="fpc1").mean("api00")
    plain = Survey(schools, weight="pw", psu="dnum", fpc="fpc1").mean("api00")
    # R 4.2.2, survey 4.5: svydesign(~dnum, weights = ~pw, fpc = ~fpc1)
    np.testing.assert_allclose(named.table["std_error"], [29.88916], rtol=1e-6)
    np.testing.assert_array_equal(named.covariance, plain.covariance)


def test_weights_of_zero_stand_for_nobody() -> None:
    frame = data("apistrat")
    high_schools = frame.index[frame["stype"] == "H"]
    frame.loc[high_schools[:10], "pw"] = 0.0
    row = Survey(frame, weight="pw", stratum="stype").mean("api00").table.iloc[0]
    # R 4.2.2, survey 4.5: mean, SE, degf and deff
    np.testing.assert_allclose([row["estimate"], row["std_error"]], [664.9432282, 9.7361292], rtol=1e-8)
    assert (row["n"], row["df"]) == (190, 187)
    np.testing.assert_allclose(row["deff"], 1.229, rtol=1e-3)


@pytest.mark.parametrize(
    ("changed", "fact"),
    [
        ({"psu": None}, "second-stage units without primary"),
        ({"fpc": ("fpc1", "fpc2", "pw")}, "3 columns of population counts for 2 stages"),
        ({"fpc": ("fpc1", "one")}, r'the fpc "one" is smaller than the sample'),
    ],
)
def test_errors(schools: pd.DataFrame, changed: dict[str, object], fact: str) -> None:
    design = {"weight": "pw", "psu": "dnum", "ssu": "snum", "fpc": ("fpc1", "fpc2")} | changed
    with pytest.raises(DesignError, match=fact):
        Survey(schools.assign(one=2.0), **design).mean("api00")
