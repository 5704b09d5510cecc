"""The families of models against statsmodels, where each was written independently."""

import numpy as np
import pytest
from statsmodels.genmod import families

from netralstat.explain.families import DISTRIBUTIONS

TWINS = {"logit": families.Binomial, "linear": families.Gaussian, "poisson": families.Poisson}
MEANS = {
    "logit": np.array([1e-9, 0.02, 0.3, 0.5, 0.977, 1 - 1e-9]),
    "linear": np.array([-4.0, 0.0, 0.5, 3.0, 10.0, 1e6]),
    "poisson": np.array([1e-9, 0.02, 0.5, 3.0, 10.0, 1e6]),
}


@pytest.mark.parametrize("family", TWINS)
def test_link_inverse_slope_and_variance(family: str) -> None:
    ours, theirs, mu = DISTRIBUTIONS[family], TWINS[family](), MEANS[family]
    eta = theirs.link(mu)
    np.testing.assert_allclose(ours.link(mu), eta, rtol=1e-13, err_msg="link")
    np.testing.assert_allclose(ours.inverse(eta), mu, rtol=1e-8, err_msg="inverse")
    np.testing.assert_allclose(ours.slope(mu), theirs.link.deriv(mu), rtol=1e-13, err_msg="slope")
    np.testing.assert_allclose(ours.variance(mu), theirs.variance(mu), rtol=1e-13, err_msg="variance")


@pytest.mark.parametrize("family", TWINS)
def test_deviance_also_where_the_outcome_is_zero_or_one(family: str) -> None:
    ours, theirs, mu = DISTRIBUTIONS[family], TWINS[family](), MEANS[family][1:5]
    for outcome in (0.0, 1.0):
        y = np.full(len(mu), outcome)
        expected = [theirs.deviance(y[[i]], mu[[i]]) for i in range(len(mu))]
        np.testing.assert_allclose(ours.deviance(y, mu), expected, rtol=1e-12, err_msg=f"y = {outcome}")


def test_a_logit_deviance_is_twice_the_lost_log_likelihood() -> None:
    mu = np.array([0.2, 0.9])
    deviance = DISTRIBUTIONS["logit"].deviance(np.array([1.0, 0.0]), mu)
    np.testing.assert_allclose(deviance, [-2 * np.log(0.2), -2 * np.log1p(-0.9)], rtol=1e-14)
