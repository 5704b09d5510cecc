"""Tests of independence in two-way tables equal R's svychisq: statistic, degrees of freedom and p-value."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from golden.designs import DESIGNS
from golden.designs import survey as read
from golden.goldens import case, compare, margins, rtol
from golden.test_asn import asn_survey

from netralstat.estimate.quadratic_forms import exact_tail

FILE = "survey_api_linearised"
CLOSED_FORM = 1e-10
STYPE = {"stype": {"E": 4421, "H": 755, "M": 1018}}
WIDE = {"sch_wide": {"No": 1072, "Yes": 5122}}

pytestmark = pytest.mark.golden
survey = cache(read)
asn = cache(asn_survey)


def number(value) -> float:
    """R's Wald statistics are matrices of one number."""
    return float(np.asarray(value, dtype=float).ravel()[0])


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(
    ("r_name", "test"), [("F", "F"), ("Chisq", "chisq"), ("Wald", "wald"), ("adjWald", "adj_wald")]
)
def test_closed_forms(design, r_name, test):
    expected = case(FILE, f"{design}/svychisq/{r_name}")
    found = survey(design).crosstab("stype", "awards", test=test).test
    df = [found.df[0]] if test == "chisq" else list(found.df)
    compare(found.statistic, number(expected["statistic"]), CLOSED_FORM, "statistic")
    compare(df, np.atleast_1d(expected["parameter"]), CLOSED_FORM, "degrees of freedom")
    compare(found.p_value, expected["p"], CLOSED_FORM, "p-value")


@pytest.mark.parametrize("design", DESIGNS)
def test_saddlepoint(design):
    name = f"{design}/svychisq/saddlepoint"
    expected = case(FILE, name)
    found = survey(design).crosstab("stype", "awards", test="saddlepoint").test
    compare(found.statistic, expected["statistic"], CLOSED_FORM, "statistic")
    compare(found.p_value, expected["p"], rtol(FILE, name), "p-value")


@pytest.mark.parametrize("design", DESIGNS)
def test_exact_distribution(design):
    """R integrates to seven decimals (Davies, acc = 1e-7): a p-value of 4e-6 has four digits there."""
    name = f"{design}/svychisq/lincom"
    expected = case(FILE, name)
    found = survey(design).crosstab("stype", "awards", test="lincom").test
    compare(found.statistic, expected["statistic"], CLOSED_FORM, "statistic")
    compare(found.p_value, expected["p"], rtol(FILE, name), "p-value", atol=1e-8)


@pytest.mark.parametrize(("design", "excess"), [("dstrat", 0.012), ("dclus1", 0.157)])
def test_what_r_loses_with_the_fraction_of_the_degrees_of_freedom(design, excess):
    """The p-value of R's lincom over that of the distribution it stands for (methods.md, "Tables")."""
    found = survey(design).crosstab("stype", "awards", test="lincom").test
    without_loss = exact_tail(found.statistic, np.array(found.design_effects), found.df[1])
    assert found.p_value / without_loss - 1 == pytest.approx(excess, abs=5e-4)


@pytest.mark.parametrize("swapped", [False, True])
def test_stratified_clusters_with_missing_answers(swapped):
    expected = case("asn_open", "base/chisq")
    first, second = ("v_medsos", "mode"), ("gol", "tekanan")
    rao_scott = asn().crosstab(*(first[::-1] if swapped else first)).test
    compare(rao_scott.statistic, expected["F"], CLOSED_FORM, "F")
    compare(rao_scott.df, expected["par"], CLOSED_FORM, "degrees of freedom")
    compare(rao_scott.p_value, expected["p"], CLOSED_FORM, "p-value")
    wald = asn().crosstab(*(second[::-1] if swapped else second), test="adj_wald").test
    compare(wald.statistic, number(expected["W"]), CLOSED_FORM, "adjusted Wald")
    compare(wald.p_value, expected["Wp"], CLOSED_FORM, "its p-value")


def test_after_raking_with_equal_weights():
    """R's rake projects in unweighted sweeps (docs/deviations.md): the same as ours on `dclus1` only.

    `dstrat/svychisq_after_rake` and `raked/chisq` of asn_open have unequal weights and stay out.
    """
    expected = case("survey_calibration", "dclus1/svychisq_after_rake")
    found = survey("dclus1").calibrate(STYPE | WIDE).crosstab("comp_imp", "awards").test
    # R stops raking at 1e-9 of a margin.
    compare(found.statistic, expected["F"], 1e-6, "F")
    compare(found.df, expected["par"], CLOSED_FORM, "degrees of freedom")
    compare(found.p_value, expected["p"], 1e-6, "p-value")


def test_raking_in_unweighted_sweeps_is_another_test():
    """The reason why two goldens stay out: point estimates agree, and the F differ as their variances do."""
    expected = case("asn_open", "raked/chisq")
    raked = asn().calibrate({name: target.to_dict() for name, target in margins("asn_open").items()})
    found = raked.crosstab("v_medsos", "mode").test
    assert found.df == tuple(expected["par"])
    assert 1.05 < found.statistic / expected["F"] < 1.2
