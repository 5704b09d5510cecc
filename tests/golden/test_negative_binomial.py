"""Negative binomial models: R's MASS, with the design's covariance of coefficients and dispersion."""

from __future__ import annotations

import numpy as np
import pytest
from golden.designs import survey
from golden.goldens import case, compare, data, rtol

from netralstat import Model, Survey
from netralstat.errors import EstimationError

FILE = "negative_binomial"
# glm.nb alternates between coefficients and dispersion until both stand still.
ALTERNATED = 1e-7

pytestmark = pytest.mark.golden


def asn() -> Survey:
    people = data("asn_open")
    forms = [column for column in people if column.startswith("v_")]
    people = people.assign(years=people["age"] - 22, acts=people[forms].sum(axis=1))
    return Survey(people, weight="w", stratum="prov", psu="kab", lonely_psu="adjust")


def model_of(name: str) -> Model:
    if name == "asn/years":
        return asn().regress("years ~ tekanan * incumbent + gol", "negative_binomial")
    people = survey(name.split("/")[0])
    if name.endswith("students"):
        people = people.with_frame(people.frame.assign(log_enroll=lambda f: np.log(f["enroll"])))
        return people.regress("api_stu ~ ell + meals + offset(log_enroll)", "negative_binomial")
    return people.regress("mobility ~ ell + meals + stype", "negative_binomial")


@pytest.mark.parametrize("name", ["dstrat/mobility", "dclus1/mobility", "dclus2/students", "asn/years"])
def test_coefficients_dispersion_and_their_covariance(name: str) -> None:
    expected, model = case(FILE, name), model_of(name)
    compare(model.coefficients.to_numpy(), expected["coef"].to_numpy(), rtol(FILE, name), "coefficients")
    scale = np.sqrt(np.outer(np.diag(expected["vcov"]), np.diag(expected["vcov"])))
    compare(model.covariance / scale, expected["vcov"].to_numpy() / scale, 1e-6, "covariance", atol=1e-6)
    compare(model.provenance["theta"], expected["theta"], rtol(FILE, name), "theta")
    compare(model.coefficients.to_numpy()[:-1], expected["glm_nb"].to_numpy(), ALTERNATED, "glm.nb", 1e-9)
    compare(model.provenance["theta"], expected["glm_nb_theta"], ALTERNATED, "theta of glm.nb")


def test_counts_that_vary_less_than_poissons() -> None:
    with pytest.raises(EstimationError, match="vary no more than Poisson's") as told:
        asn().regress("acts ~ tekanan + gol", "negative_binomial")
    assert told.value.do == 'use family="poisson"'
