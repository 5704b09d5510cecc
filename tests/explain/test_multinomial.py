"""Multinomial models: statsmodels' coefficients, two levels, another reference, replicates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.discrete_model import MNLogit

from netralstat import Model, Survey
from netralstat.errors import EstimationError

DRAW = np.random.default_rng(12)
N = 500
FRAME = pd.DataFrame(
    {
        "w": DRAW.uniform(1, 4, N),
        "x": DRAW.normal(size=N),
        "g": DRAW.choice(["a", "b"], N),
        "psu": np.arange(N) % 25,
    }
)
UTILITY = np.column_stack([np.zeros(N), 0.8 * FRAME["x"], (FRAME["g"] == "b") - 0.5 * FRAME["x"]])
FRAME["y"] = np.array(["bus", "foot", "car"])[np.argmax(UTILITY + DRAW.gumbel(size=(N, 3)), axis=1)]
FORMULA = "y ~ x + g"


def people(frame: pd.DataFrame = FRAME) -> Survey:
    return Survey(frame, weight="w", psu="psu")


def test_coefficients_are_those_of_statsmodels() -> None:
    model = Survey(FRAME).regress(FORMULA, "multinomial")
    x = np.column_stack([np.ones(N), FRAME["x"], FRAME["g"] == "b"]).astype(float)
    theirs = MNLogit(FRAME["y"].map({"bus": 0, "car": 1, "foot": 2}), x)
    params = np.asarray(theirs.fit(method="newton", tol=1e-12, disp=False).params)
    np.testing.assert_allclose(model.coefficients, params.T.ravel(), 1e-8)
    assert model.names[:2] == ("car: (Intercept)", "car: x")
    assert model.provenance["reference"] == "bus"


@pytest.mark.long
def test_influence_is_the_derivative_by_the_weight() -> None:
    step, derivatives = 1e-4, []

    def ask(weights: np.ndarray) -> Model:
        frame = FRAME.assign(w=FRAME["w"] * weights, psu=FRAME["psu"] % 10)
        return people(frame).regress("y ~ x * g", "multinomial")

    for psu in range(10):
        here = (FRAME["psu"] % 10 == psu).to_numpy()
        sides = [ask(np.where(here, 1 + move, 1.0)).coefficients for move in (step, -step)]
        derivatives.append(((sides[0] - sides[1]) / (2 * step)).to_numpy())
    u = np.asarray(derivatives) - np.mean(derivatives, axis=0)
    model = ask(np.ones(N))
    scale = np.sqrt(np.outer(np.diag(model.covariance), np.diag(model.covariance)))
    np.testing.assert_allclose(model.covariance / scale, 10 / 9 * u.T @ u / scale, atol=1e-6)


def test_two_levels_are_a_logit() -> None:
    frame = FRAME.assign(foot=(FRAME["y"] == "foot").astype(int), y=FRAME["y"].replace("bus", "car"))
    model = people(frame).regress(FORMULA, "multinomial", reference="car")
    expected = people(frame).regress("foot ~ x + g", tolerance=1e-15)
    np.testing.assert_allclose(model.coefficients, expected.coefficients, 1e-9)
    np.testing.assert_allclose(model.covariance, expected.covariance, 1e-8, 1e-15)
    assert model.df == expected.df
    np.testing.assert_allclose(model.wald_test("g"), expected.wald_test("g"), 1e-7)


def test_another_reference_is_a_difference_of_equations() -> None:
    """β_car and β_foot against the bus become β_bus and β_foot against the car."""
    model = people().regress(FORMULA, "multinomial")
    other = people().regress(FORMULA, "multinomial", reference="car")
    assert other.names[0] == "bus: (Intercept)"
    move = np.kron([[-1.0, 0.0], [-1.0, 1.0]], np.eye(3))
    np.testing.assert_allclose(other.coefficients, move @ model.coefficients, 1e-8, 1e-12)
    np.testing.assert_allclose(other.covariance, move @ model.covariance @ move.T, 1e-7, 1e-15)
    np.testing.assert_allclose(other.wald_test("x"), model.wald_test("x"), 1e-7)


@pytest.mark.parametrize("calibrated", [False, True])
def test_intercepts_alone_are_ratios_of_shares(calibrated: bool) -> None:
    """Their logarithms, with the delta method's standard errors; the reference is a number."""
    frame = FRAME.assign(**{name: (FRAME["y"] == name).astype(int) for name in ("bus", "car", "foot")})
    frame["y"] = FRAME["y"].map({"bus": 1.0, "car": 2.0, "foot": 3.0})
    total = float(FRAME["w"].sum())
    asked = people(frame)
    if calibrated:
        asked = asked.calibrate({"g": {"a": total * 0.55, "b": total * 0.45}}, "raking")
    model = asked.regress("y ~ 1", "multinomial", reference=3)
    assert model.names == ("1: (Intercept)", "2: (Intercept)")
    assert model.provenance["calibration"] == ("raking" if calibrated else "none")
    shares = asked.mean(["bus", "car", "foot"])
    p = shares.table["estimate"].to_numpy()
    np.testing.assert_allclose(model.coefficients, np.log(p[:2] / p[2]), 1e-10)
    slope = np.array([[1 / p[0], 0, -1 / p[2]], [0, 1 / p[1], -1 / p[2]]])
    np.testing.assert_allclose(model.covariance, slope @ shares.covariance @ slope.T, 1e-9)


@pytest.mark.long
def test_replicates_fit_again_in_each() -> None:
    frame = FRAME.assign(psu=FRAME["psu"] % 10)
    every = np.array(
        [people(frame[frame["psu"] != psu]).regress(FORMULA, "multinomial").coefficients for psu in range(10)]
    )
    apart = every - every.mean(axis=0)
    expected = 9 / 10 * apart.T @ apart
    model = people(frame).replicates("JK1").regress(FORMULA, "multinomial")
    np.testing.assert_allclose(model.covariance, expected, 1e-7, 1e-12)


def test_the_table() -> None:
    model = people().regress(FORMULA, "multinomial", reference="foot")
    table = model.to_frame()
    assert table["outcome_level"].tolist() == ["bus"] * 4 + ["car"] * 4
    assert table["term"].tolist() == ["(Intercept)", "x", "g[a]", "g[b]"] * 2
    estimated = table[~table["reference"]]
    np.testing.assert_allclose(estimated["odds_ratio"], np.exp(estimated["estimate"]), 1e-12)
    assert "outcome_level" in repr(model)
    assert 'against "foot"' in repr(model)
    assert model.wald_test("g")[1] == 2


def test_a_separated_outcome() -> None:
    frame = FRAME.assign(y=FRAME["y"].where(FRAME["g"] != "b", "car"))
    with pytest.raises(EstimationError, match="the outcome is separated"):
        people(frame).regress(FORMULA, "multinomial")


def test_more_coefficients_of_a_term_than_degrees_of_freedom() -> None:
    """Six PSUs tell a model of three coefficients in each equation, but not six of them from each other."""
    frame = FRAME.assign(psu=np.arange(N) % 6, z=DRAW.choice(["p", "q", "r", "s"], N))
    model = people(frame).regress("y ~ z", "multinomial")
    assert model.df == 2
    with pytest.raises(EstimationError, match='the 6 coefficients of "z"'):
        model.wald_test("z")
