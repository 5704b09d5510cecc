"""Each rule for a stratum with a single PSU equals R's, with and without a finite population correction."""

from __future__ import annotations

import numpy as np
import pytest
from golden.goldens import case, compare, data, rtol

from netralstat import Survey
from netralstat.errors import DesignError

FILE = "survey_lonely_psu"

pytestmark = pytest.mark.golden


def lonely(rule: str, fpc: bool) -> Survey:
    frame = data("lonely")
    return Survey(frame, weight="w", stratum="h", psu="psu", fpc="N" if fpc else None, lonely_psu=rule)


@pytest.mark.parametrize("fpc", [False, True])
@pytest.mark.parametrize("rule", ["remove", "certainty", "adjust", "average"])
def test_against_r(rule, fpc):
    name = f"lonely/{rule}/fpc={'TRUE' if fpc else 'FALSE'}/adjust.domain=FALSE"
    expected, tolerance = case(FILE, name), rtol(FILE, name)
    survey = lonely(rule, fpc)
    means = survey.mean(["y", "x"]).table
    compare(means["estimate"].to_numpy(), expected["mean"].to_numpy(), tolerance, "means")
    compare(means["std_error"].to_numpy(), expected["se"], tolerance, "standard errors")
    compare(survey.total("y").table["std_error"][0], expected["total_se"], tolerance, "total")
    assert means["df"][0] == expected["degf"]
    if rule != "average":  # R averages over the strata that a domain reaches, we over all: docs/deviations.md
        by = survey.mean("y", by="dom").table
        compare(by["std_error"].to_numpy(), expected["by_se"], tolerance, "by domain")
        model = survey.regress("y ~ x", family="logit")
        compare(np.sqrt(np.diag(model.covariance)), expected["glm_se"], 1e-7, "logit")


def test_error_names_the_stratum():
    with pytest.raises(DesignError, match="2 of 8 strata have a single PSU") as caught:
        lonely("error", fpc=False).mean("y")
    assert "stratum 7; 8" in str(caught.value)
    assert "lonely_psu" in str(caught.value)
