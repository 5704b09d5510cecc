"""Negative binomial models: statsmodels' coefficients, derivatives, identities, effects and refusals."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.discrete.discrete_model import NegativeBinomial

from netralstat import Model, Survey
from netralstat.errors import EstimationError, UsageError
from netralstat.explain.negative_binomial import NegativeBinomialLikelihood

DRAW = np.random.default_rng(5)
N = 600
FRAME = pd.DataFrame(
    {
        "w": DRAW.uniform(1, 4, N),
        "x": DRAW.normal(size=N),
        "g": DRAW.choice(["a", "b", "c"], N),
        "psu": np.arange(N) % 40 // 8,
        "h": np.arange(N) % 2,
    }
)
MEAN = np.exp(0.5 + 0.4 * FRAME["x"] + 0.3 * (FRAME["g"] == "b"))
FRAME["y"] = DRAW.negative_binomial(1.5, 1.5 / (1.5 + MEAN))
FAMILY = "negative_binomial"


def people(frame: pd.DataFrame = FRAME) -> Survey:
    return Survey(frame, weight="w", stratum="h", psu="psu")


def fit(frame: pd.DataFrame = FRAME, formula: str = "y ~ x + g") -> Model:
    return people(frame).regress(formula, FAMILY)


def test_coefficients_and_dispersion_are_those_of_statsmodels() -> None:
    """Without weights, and with an offset."""
    exog = np.column_stack([np.ones(N), FRAME["x"], FRAME["g"] == "b", FRAME["g"] == "c"]).astype(float)
    for formula, offset in (("y ~ x + g", np.zeros(N)), ("y ~ x + g + offset(half)", FRAME["x"] / 2)):
        model = Survey(FRAME.assign(half=FRAME["x"] / 2)).regress(formula, FAMILY)
        theirs = NegativeBinomial(FRAME["y"], exog, offset=np.asarray(offset))
        found = theirs.fit(method="newton", maxiter=200, disp=False, start_params=[0.5, 0.4, 0.3, 0, 0.7])
        params = np.asarray(found.params)
        np.testing.assert_allclose(model.coefficients.to_numpy()[:-1], params[:-1], 1e-6, 1e-8)
        np.testing.assert_allclose(model.provenance["alpha"], params[-1], 1e-6)
        np.testing.assert_allclose(model.provenance["theta"] * model.provenance["alpha"], 1.0, 1e-12)


@pytest.mark.parametrize("log_alpha", [-18.0, -6.0, 0.3, 3.0])
def test_value_and_derivatives(log_alpha: float) -> None:
    """The value is SciPy's but for log y!; scores and information are its central differences."""
    rows = FRAME.head(50)
    likelihood = NegativeBinomialLikelihood(
        x=np.column_stack([np.ones(50), rows["x"]]),
        y=rows["y"].to_numpy(dtype=float),
        offset=0.1 * rows["x"].to_numpy(),
    )
    theta, w, step = np.array([0.7, -0.3, log_alpha]), rows["w"].to_numpy(), 1e-4
    if log_alpha > -10:
        mu = np.exp(likelihood.x @ theta[:2] + likelihood.offset)
        size = np.exp(-log_alpha)
        each = stats.nbinom.logpmf(rows["y"], size, size / (size + mu))
        factorial = stats.poisson.logpmf(rows["y"], 1.0) + 1.0
        np.testing.assert_allclose(likelihood.value(theta, w), w @ (each - factorial), 1e-9)
    moves = step * np.eye(3)
    slopes = [(likelihood.value(theta + m, w) - likelihood.value(theta - m, w)) / (2 * step) for m in moves]
    np.testing.assert_allclose(w @ likelihood.scores(theta), slopes, 1e-5, 1e-7)
    bends = np.array(
        [w @ (likelihood.scores(theta - m) - likelihood.scores(theta + m)) / (2 * step) for m in moves]
    )
    scale = np.sqrt(np.outer(np.abs(np.diag(bends)), np.abs(np.diag(bends))))
    np.testing.assert_allclose(likelihood.information(theta, w) / scale, bends / scale, 1e-6, 1e-6)
    assert np.linalg.eigvalsh(likelihood.expected(theta, w))[0] > 0


def test_steps_far_away_stay_numbers() -> None:
    likelihood = NegativeBinomialLikelihood(x=np.ones((2, 1)), y=np.array([0.0, 9.0]), offset=np.zeros(2))
    for theta in ([900.0, 900.0], [-900.0, 900.0], [900.0, -900.0], [-900.0, -900.0]):
        assert np.isfinite(likelihood.value(np.array(theta), np.ones(2)))
        assert np.isfinite(likelihood.scores(np.array(theta))).all()
        assert np.isfinite(likelihood.information(np.array(theta), np.ones(2))).all()


@pytest.mark.long
def test_influence_is_the_derivative_by_the_weight() -> None:
    """Of each PSU in two strata: its covariance is that of coefficients and dispersion together."""

    def ask(weights: np.ndarray) -> np.ndarray:
        return fit(FRAME.assign(w=FRAME["w"] * weights)).coefficients.to_numpy()

    expected: Any = 0.0
    for _, members in FRAME.groupby("h"):
        derivatives = []
        for psu in members["psu"].unique():
            here = ((FRAME["psu"] == psu) & (FRAME["h"] == members["h"].iloc[0])).to_numpy()
            sides = [ask(np.where(here, 1 + move, 1.0)) for move in (1e-4, -1e-4)]
            derivatives.append((sides[0] - sides[1]) / 2e-4)
        u = np.asarray(derivatives) - np.mean(derivatives, axis=0)
        expected = expected + len(u) / (len(u) - 1) * u.T @ u
    model = fit()
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(model.covariance / scale, expected / scale, atol=1e-6)


@pytest.mark.parametrize("calibrated", [False, True])
def test_a_mean_alone(calibrated: bool) -> None:
    """exp of the intercept is the weighted mean, with its standard error by the delta method."""
    survey = people()
    if calibrated:
        survey = survey.calibrate({"g": {"a": 500.0, "b": 480.0, "c": 520.0}})
    model, mean = survey.regress("y ~ 1", FAMILY), survey.mean("y").table.iloc[0]
    np.testing.assert_allclose(np.exp(model.coefficients["(Intercept)"]), mean["estimate"], 1e-10)
    error = np.sqrt(model.covariance[0, 0]) * mean["estimate"]
    np.testing.assert_allclose(error, mean["std_error"], 1e-9)
    assert model.df == mean["df"]


@pytest.mark.long
def test_replicates_fit_again_in_each() -> None:
    """JKn by hand: a PSU left out at a time, the others of its stratum weighing more."""
    plain, apart = fit(), []
    for _, members in FRAME.groupby("h"):
        psus = members["psu"].unique()
        for psu in psus:
            out = FRAME.index.isin(members.index[members["psu"] == psu])
            more = np.where(FRAME.index.isin(members.index), len(psus) / (len(psus) - 1), 1.0)
            found = fit(FRAME.assign(w=FRAME["w"] * more)[~out]).coefficients.to_numpy()
            apart.append(np.sqrt((len(psus) - 1) / len(psus)) * (found - plain.coefficients.to_numpy()))
    model = people().replicates("JKn", mse=True).regress("y ~ x + g", FAMILY)
    np.testing.assert_allclose(model.covariance, np.asarray(apart).T @ np.asarray(apart), 1e-7, 1e-12)
    assert "replicates" in model.provenance


def test_effects_are_derivatives_of_the_mean() -> None:
    model = fit()
    survey = people()
    at = survey.adjusted(model, "x", [0.5 - 1e-4, 0.5 + 1e-4], covariates="fixed").table["estimate"]
    eta = model.coefficients
    w, g = FRAME["w"] / FRAME["w"].sum(), FRAME["g"]
    own = eta["(Intercept)"] + (g == "b") * eta["g[b]"] + (g == "c") * eta["g[c]"]
    np.testing.assert_allclose(at.mean(), w @ np.exp(own + 0.5 * eta["x"]), 1e-7)
    np.testing.assert_allclose(np.diff(at)[0] / 2e-4, eta["x"] * at.mean(), 1e-7)
    effects = survey.marginal_effects(model).table.set_index(["variable", "contrast"])["estimate"]
    mean = w @ np.exp(own + FRAME["x"] * eta["x"])
    np.testing.assert_allclose(effects["x", "per unit"], eta["x"] * mean, 1e-9)
    levels = survey.adjusted(model, "g")
    found = levels.difference({"g": "b"}, {"g": "a"}).table.iloc[0]
    np.testing.assert_allclose(effects["g", "b - a"], found["estimate"], 1e-9)
    with pytest.raises(EstimationError, match="has other coefficients"):
        people(FRAME.head(400)).adjusted(model, "g")


def test_the_table() -> None:
    model = fit()
    table = model.to_frame()
    assert table["variable"].tolist() == ["(Intercept)", "x", "g", "g", "g", "(lnalpha)"]
    assert model.names[-1] == "(lnalpha)"
    last = table.iloc[-1]
    assert last[["statistic", "p_value", "rate_ratio", "rr_low", "rr_high"]].isna().all()
    assert last["conf_low"] < np.log(model.provenance["alpha"]) < last["conf_high"]
    slopes = table.iloc[:-1].query("not reference")
    np.testing.assert_allclose(slopes["rate_ratio"], np.exp(slopes["estimate"]), 1e-12)
    np.testing.assert_allclose(slopes["rr_low"], np.exp(slopes["conf_low"]), 1e-12)
    assert table.loc[table["reference"], "rate_ratio"].tolist() == [1.0]
    assert "rate_ratio" in repr(model)
    assert model.wald_test("g")[1:3] == (2, model.df)
    assert model.df == people().regress("y ~ x + g", "poisson").df


def test_counts_that_poisson_tells() -> None:
    steady = FRAME.assign(y=np.arange(N) % 3 + 1)
    with pytest.raises(EstimationError, match="vary no more than Poisson's") as told:
        fit(steady)
    assert told.value.do == 'use family="poisson"'
    assert told.value.where == "formula y ~ x + g"


def test_a_replicate_that_poisson_tells() -> None:
    """One PSU alone varies: the jackknife leaves it out once."""
    frame = FRAME.assign(y=np.arange(N) % 3 + 1)
    frame.loc[(frame["psu"] == 0) & (frame["h"] == 0), "y"] *= 20
    with pytest.raises(EstimationError, match="vary no more than Poisson's") as told:
        people(frame).replicates("JKn").regress("y ~ x", FAMILY)
    assert "replicate 1" in str(told.value.where)


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "text": ({"y": "often"}, "y ~ x", 'the outcome "y" holds text'),
    "negative": ({"y": FRAME["y"] - 1}, "y ~ x", "whole numbers, none negative"),
    "half": ({"y": FRAME["y"] / 2}, "y ~ x", "whole numbers, none negative"),
    "huge": ({"y": FRAME["y"] * 1_000_000}, "y ~ x", "is above 1,000,000"),
    "constant": ({"y": 0}, "y ~ x", "the outcome is 0 for every respondent"),
    "nobody": ({"y": np.nan}, "y ~ x", "no respondent has the outcome"),
    "separated": ({"y": FRAME["y"].where(FRAME["g"] != "c", 0)}, "y ~ x + g", "separated"),
    "collinear": ({"z": 2 * FRAME["x"]}, "y ~ x + z", "determined by the others"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_outcomes(name: str) -> None:
    columns, formula, fact = BAD[name]
    with pytest.raises(EstimationError, match=fact):
        fit(FRAME.assign(**columns), formula)


def test_what_is_not_offered() -> None:
    with pytest.raises(UsageError, match="few_clusters= is not offered") as told:
        people().regress("y ~ x", FAMILY, few_clusters="CR2")
    assert "poisson" in str(told.value.do)
    with pytest.raises(UsageError, match="tolerance= is not used"):
        people().regress("y ~ x", FAMILY, tolerance=1e-10)
    with pytest.raises(UsageError, match="has no diagnosis"):
        people().diagnose(fit())
    with pytest.raises(UsageError, match="level = 2"):
        people().regress("y ~ x", FAMILY, level=2)


def test_the_series_near_poisson_meets_the_function_it_stands_for() -> None:
    """log(1 + z)/z - 1/(1 + z) below z = 1e-3, where a difference loses digits, by thirty exact terms."""

    z = 9e-4
    likelihood = NegativeBinomialLikelihood(x=np.ones((1, 1)), y=np.zeros(1), offset=np.zeros(1))
    at = likelihood._at(np.array([0.0, np.log(z)]))
    exact = sum(Fraction(k, k + 1) * Fraction(float(at.z[0])) ** k * (-1) ** (k + 1) for k in range(1, 31))
    assert at.h[0] == pytest.approx(float(exact), rel=1e-14)
