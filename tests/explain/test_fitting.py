"""The fit: digits that near-collinear covariates leave, and the fits that do not end."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.regression.linear_model import WLS
from statsmodels.tools.tools import add_constant

from netralstat import Survey
from netralstat.errors import EstimationError
from netralstat.explain import fitting

DRAW = np.random.default_rng(3)
N = 400
FRAME = pd.DataFrame({"w": DRAW.uniform(1, 4, N), "x": DRAW.normal(size=N), "c": np.arange(N) % 40})
FRAME["near"] = FRAME["x"] + 1e-5 * DRAW.normal(size=N)
FRAME["z"] = DRAW.normal(size=N)
FRAME["y"] = (DRAW.random(N) < 1 / (1 + np.exp(-FRAME["z"]))).astype(float)
FRAME["u"] = FRAME["z"] + DRAW.normal(size=N)


@pytest.mark.parametrize("psu", [None, "c"])
@pytest.mark.parametrize("terms", [["z"], ["x", "z"], ["x", "near", "z"]])
def test_coefficients_are_those_of_statsmodels(terms: list[str], psu: str | None) -> None:
    """With a covariate and its double but for 1e-5 the normal equations are left for a QR decomposition."""
    model = Survey(FRAME, weight="w", psu=psu).regress(f"u ~ {' + '.join(terms)}", "linear")
    expected = WLS(FRAME["u"], add_constant(FRAME[terms]), weights=FRAME["w"]).fit().params
    tolerance = 1e-6 if "near" in terms else 1e-12
    np.testing.assert_allclose(model.coefficients.to_numpy(), expected.to_numpy(), tolerance)
    logit = Survey(FRAME, weight="w", psu=psu).regress(f"y ~ {' + '.join(terms)}", tolerance=1e-14)
    glm = GLM(FRAME["y"], add_constant(FRAME[terms]), families.Binomial(), freq_weights=FRAME["w"])
    np.testing.assert_allclose(
        logit.coefficients.to_numpy(), glm.fit(tol=1e-14).params.to_numpy(), 1e3 * tolerance
    )


LINKS = {"probit": families.links.Probit(), "cloglog": families.links.CLogLog()}


@pytest.mark.parametrize("family", LINKS)
def test_other_links_are_those_of_statsmodels(family: str) -> None:
    """Coefficients, and the sandwich of PSUs, which statsmodels has without n/(n - 1)."""
    model = Survey(FRAME, weight="w", psu="c").regress("y ~ x + z", family, tolerance=1e-14)
    binomial = families.Binomial(LINKS[family])
    glm = GLM(FRAME["y"], add_constant(FRAME[["x", "z"]]), binomial, freq_weights=FRAME["w"])
    fit = glm.fit(tol=1e-14)
    np.testing.assert_allclose(model.coefficients.to_numpy(), fit.params.to_numpy(), 1e-8, 1e-8)
    bread = np.linalg.inv(-glm.hessian(fit.params, observed=False))
    scores = glm.exog * (glm.score_factor(fit.params))[:, None]
    by_psu = pd.DataFrame(scores).groupby(FRAME["c"]).sum().to_numpy() @ bread
    np.testing.assert_allclose(model.covariance, 40 / 39 * by_psu.T @ by_psu, 1e-6)


@pytest.mark.parametrize("family", ["linear", "logit", "probit", "cloglog", "poisson"])
def test_an_offset_takes_its_share_of_a_coefficient(family: str) -> None:
    people = Survey(FRAME.assign(half=FRAME["z"] / 2), weight="w", psu="c")
    plain = people.regress("y ~ z", family, tolerance=1e-14)
    offset = people.regress("y ~ z + offset(half)", family, tolerance=1e-14)
    np.testing.assert_allclose(offset.coefficients["z"], plain.coefficients["z"] - 0.5, 1e-6)
    np.testing.assert_allclose(offset.covariance, plain.covariance, 1e-5)
    replicated = people.replicates("JK1")
    again = replicated.regress("y ~ z + offset(half)", family, tolerance=1e-14)
    np.testing.assert_allclose(again.covariance, replicated.regress("y ~ z", family).covariance, 1e-5)


def test_a_fit_that_does_not_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "MAX_PASSES", 1)
    with pytest.raises(EstimationError, match=r"did not settle in 1 passes \(deviance") as told:
        Survey(FRAME, weight="w").regress("y ~ z")
    assert told.value.where == "formula y ~ z"
    assert "merge them" in str(told.value.do)


@pytest.mark.parametrize("family", ["logit", "probit", "cloglog"])
@pytest.mark.parametrize("tolerance", [1e-8, 1e-15])
def test_a_separated_outcome_by_either_sign(tolerance: float, family: str) -> None:
    """At the usual tolerance the predictor is still on its way; at a tight one it passes ±25."""
    frame = FRAME.assign(y=(FRAME["z"] > 0).astype(float), high=(FRAME["z"] > 0).astype(float))
    with pytest.raises(EstimationError, match="the outcome is separated") as told:
        Survey(frame, weight="w").regress("y ~ high", family, tolerance=tolerance)
    assert told.value.where == "formula y ~ high"


def test_means_of_counts_below_what_digits_hold() -> None:
    """A mean of exp(-829) is 0: as R's glm does, it is held at 2e-16, and the fit goes on to its maximum.

    Twin: glm(y ~ x, poisson, control = list(epsilon = 1e-12)) of R 4.2.2, and svyglm's standard errors.
    """
    x = np.repeat([-100.0, -50, 0, 40, 41, 42], 4)
    y = np.repeat([0, 0, 0, 1, 400, 150_000], 4) + np.tile([0, 0, 0, 1], 6) * np.repeat(
        [0, 0, 0, 2, 9, 1000], 4
    )
    counts = Survey(pd.DataFrame({"x": x, "y": y}))
    table = counts.regress("y ~ x", "poisson", tolerance=1e-12).table
    np.testing.assert_allclose(table["estimate"], [-236.757752427907, 5.920900130815], rtol=1e-10)
    np.testing.assert_allclose(table["std_error"], [0.24070156436011, 0.00573986025099], rtol=1e-8)
