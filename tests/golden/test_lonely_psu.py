"""Each rule for a stratum with a single PSU equals R's, with and without a finite population correction."""

from __future__ import annotations

import numpy as np
import pytest
from golden.goldens import case, compare, data, rtol

from netralstat import Survey
from netralstat.errors import DesignError

FILE = "survey_lonely_psu"

pytestmark = pytest.mark.golden


def lonely(rule: str, fpc: bool, in_domains: bool = False) -> Survey:
    return Survey(
        data("lonely"),
        weight="w",
        stratum="h",
        psu="psu",
        fpc="N" if fpc else None,
        lonely_psu=rule,
        adjust_domain_lonely=in_domains,
    )


@pytest.mark.parametrize("in_domains", [False, True])
@pytest.mark.parametrize("fpc", [False, True])
@pytest.mark.parametrize("rule", ["remove", "certainty", "adjust", "average"])
def test_against_r(rule, fpc, in_domains):
    flags = [str(flag).upper() for flag in (fpc, in_domains)]
    name = f"lonely/{rule}/fpc={flags[0]}/adjust.domain={flags[1]}"
    expected, tolerance = case(FILE, name), rtol(FILE, name)
    survey = lonely(rule, fpc, in_domains)
    means = survey.mean(["y", "x"]).table
    compare(means["estimate"].to_numpy(), expected["mean"].to_numpy(), tolerance, "means")
    compare(means["std_error"].to_numpy(), expected["se"], tolerance, "standard errors")
    compare(survey.total("y").table["std_error"][0], expected["total_se"], tolerance, "total")
    assert means["df"][0] == expected["degf"]
    of_domain = survey.mean(["y", "x"], where={"dom": "a"}, df="domain").table
    compare(of_domain["estimate"].to_numpy(), expected["dom_mean"].to_numpy(), tolerance, "domain means")
    compare(of_domain["std_error"].to_numpy(), expected["dom_se"], tolerance, "their standard errors")
    assert of_domain["df"][0] == expected["dom_degf"]
    by = survey.mean("y", by="dom").table
    compare(by["std_error"].to_numpy(), expected["by_se"], tolerance, "by domain")
    model = survey.regress("y ~ x", family="logit")
    compare(np.sqrt(np.diag(model.covariance)), expected["glm_se"], 1e-7, "logit")


@pytest.mark.parametrize("in_domains", [False, True])
@pytest.mark.parametrize("fpc", [False, True])
def test_error_names_the_stratum(fpc, in_domains):
    name = f"lonely/fail/fpc={str(fpc).upper()}/adjust.domain={str(in_domains).upper()}"
    assert "only one PSU" in case(FILE, name)["error"]
    with pytest.raises(DesignError, match=f"{2 - fpc} of 8 strata have a single PSU") as caught:
        lonely("error", fpc, in_domains).mean("y")
    assert ("stratum 7\n" if fpc else "stratum 7; 8\n") in str(caught.value)  # 8 was taken completely
    assert "lonely_psu" in str(caught.value)
