"""Cases for each estimated person, and compositions, equal R's svycontrast of the same means."""

from __future__ import annotations

import numpy as np
import pytest
from golden.designs import survey
from golden.goldens import case, compare, data, rtol

from netralstat import Estimates, Survey

FILE = "case_ratios"
LEVELS = ("E", "H", "M")
CASES, PEOPLE = (40, 7, 12), (4000, 800, 1000)

pytestmark = pytest.mark.golden


def equal(ours: Estimates, name: str) -> None:
    expected, limit = case(FILE, name), rtol(FILE, name)
    compare(ours.table["estimate"].to_numpy(), expected["estimate"], limit, name)
    compare(ours.covariance, expected["vcov"].to_numpy(), limit, name, atol=1e-18)


@pytest.mark.parametrize("design", ["dstrat", "dclus1"])
def test_cases_by_domain(design: str) -> None:
    by_type = survey(design).prevalence("wide", by="stype", interval="wald")
    rows = [int(by_type.rows(stype=level)[0]) for level in LEVELS]
    ours = by_type.take(rows).ascertainment(
        dict(zip(LEVELS, CASES, strict=True)), dict(zip(LEVELS, PEOPLE, strict=True))
    )
    equal(ours, f"{design}/by_type")


@pytest.mark.parametrize("design", ["dstrat", "dclus1"])
def test_cases_of_the_whole_population(design: str) -> None:
    whole = survey(design).prevalence("wide").ascertainment({None: 60}, {None: 6000})
    expected = case(FILE, f"{design}/whole")
    got = {"estimate": whole.table["estimate"][0], "se": whole.table["std_error"][0]}
    compare(got, expected, rtol(FILE, f"{design}/whole"), design)


def test_cases_where_some_did_not_answer() -> None:
    people = data("asn_open")
    asn = Survey(
        people[people["v_medsos"].notna()], weight="w", stratum="prov", psu="kab", lonely_psu="adjust"
    )
    levels = list(case(FILE, "asn/by_gol")["levels"])
    by_rank = asn.prevalence("v_medsos", by="gol")
    rows = by_rank.take([int(by_rank.rows(gol=level)[0]) for level in levels])
    ours = rows.ascertainment(
        dict(zip(levels, (31, 0, 5), strict=True)), dict(zip(levels, (900, 2000, 700), strict=True))
    )
    equal(ours, "asn/by_gol")


@pytest.mark.parametrize("design", ["dstrat", "dclus1"])
def test_compositions(design: str) -> None:
    shares = survey(design).prevalence(["wide", "award", "rare"]).composition()
    equal(shares, f"{design}/composition")
    assert shares.table["estimate"].sum() == pytest.approx(1, abs=1e-14)
    assert np.abs(shares.covariance.sum(axis=0)).max() < 1e-18


def test_compositions_of_totals() -> None:
    equal(survey("dclus1").total(["wide", "award", "rare"]).composition(), "dclus1/composition_of_totals")
