"""The size of the population by domain: what it adds up to, and that it is the total of a constant."""

from __future__ import annotations

import numpy as np
import pytest
from golden.designs import DESIGNS, survey
from golden.goldens import case, compare
from hypothesis import given
from identity.samples import PROFILE, Sample, samples

from netralstat import Survey


@PROFILE
@given(samples())
def test_counts_add_up(sample: Sample) -> None:
    s = sample.survey()
    counts = s.count(by="d", overall=True)
    table = counts.table
    parts, whole = table["estimate"][:-1].sum(), table["estimate"].iloc[-1]
    np.testing.assert_allclose(parts, whole, 1e-10)
    np.testing.assert_allclose(counts.covariance[:-1, :-1].sum(), counts.covariance[-1, -1], 1e-7, 1e-7)
    constant = sample.survey(sample.frame.assign(one=1.0)).mean("one", by="d").table
    np.testing.assert_allclose(constant["estimate"], 1.0, 1e-12)


@pytest.mark.parametrize("design", DESIGNS)
def test_counts_are_totals_of_categories(design: str) -> None:
    expected = case("survey_api_linearised", f"{design}/svytotal")
    found = survey(design).count(by="stype", where={"known": 1})
    names = ["stypeE", "stypeH", "stypeM"]
    compare(found.table["estimate"].to_numpy(), expected["estimate"][names].to_numpy(), 1e-10, "counts")
    wanted = expected["vcov"].loc[names, names].to_numpy()
    scale = np.abs(wanted).max() or 1.0
    compare(found.covariance / scale, wanted / scale, 1e-10, "covariance", atol=1e-12)


def test_methods_of_a_survey_reach_their_estimators() -> None:
    s: Survey = survey("dstrat")
    rest = s.versus_rest("api00", by="stype", statistic="mean", adjust="bh")
    assert rest.table["stype"].tolist() == ["E", "H", "M"]
    pair = s.correlation(["api00", "api99"]).table.iloc[0]
    moments = s.covariances(["api00", "api99"]).table["estimate"].to_numpy()
    np.testing.assert_allclose(pair["estimate"], moments[1] / np.sqrt(moments[0] * moments[2]), 1e-10)
    expected = case("survey_api_linearised", "dstrat/svyranktest/median")
    found = s.rank_test("api00", "comp_imp", test="median")
    np.testing.assert_allclose(abs(found.statistic), abs(expected["stat"]), 1e-6)
