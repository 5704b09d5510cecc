"""Ordered models: statsmodels' coefficients, what they are with two levels, turned round, and replicated."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import special
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.miscmodels.ordinal_model import OrderedModel

from netralstat import Model, Survey
from netralstat.errors import EstimationError, UsageError
from netralstat.explain import maximum
from netralstat.explain.ordered import CUMULATIVE, OrderedLikelihood

DRAW = np.random.default_rng(11)
N = 600
FRAME = pd.DataFrame(
    {
        "w": DRAW.uniform(1, 4, N),
        "x": DRAW.normal(size=N),
        "z": DRAW.integers(0, 3, N),
        "psu": np.arange(N) % 40,
        "h": np.arange(N) % 2,
    }
)
FRAME["g"] = FRAME["z"].map({0: "a", 1: "b", 2: "c"})
FRAME["y"] = np.digitize(FRAME["x"] + 0.5 * (FRAME["z"] == 1) + DRAW.logistic(size=N), [-1.5, 0, 1.5]) + 1
FAMILIES = list(CUMULATIVE)
SYMMETRIC = ["ordered_logit", "ordered_probit", "ordered_cauchit"]


def people(frame: pd.DataFrame = FRAME) -> Survey:
    return Survey(frame, weight="w", stratum="h", psu="psu")


def errors(model: Model) -> np.ndarray:
    return np.sqrt(np.diag(model.covariance))


@pytest.mark.parametrize("family", ["ordered_logit", "ordered_probit"])
def test_coefficients_are_those_of_statsmodels(family: str) -> None:
    """Without weights; its thresholds are a first one and logarithms of distances."""
    model = Survey(FRAME).regress("y ~ x + g", family)
    x = np.column_stack([FRAME["x"], FRAME["g"] == "b", FRAME["g"] == "c"]).astype(float)
    theirs = OrderedModel(FRAME["y"], x, distr=family.removeprefix("ordered_"))
    found = theirs.fit(method="bfgs", gtol=1e-9, disp=False)
    params = np.asarray(found.params)
    expected = np.concatenate([params[:3], theirs.transform_threshold_params(params)[1:-1]])
    np.testing.assert_allclose(model.coefficients.to_numpy(), expected, 1e-6, 1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_derivatives_are_those_of_the_likelihood(family: str) -> None:
    """Scores and information against central differences, expected information against scores."""
    rows = FRAME.head(40)
    likelihood = OrderedLikelihood(
        x=rows[["x", "z"]].to_numpy(dtype=float),
        codes=rows["y"].to_numpy() - 1,
        offset=0.1 * rows["x"].to_numpy(),
        n_levels=4,
        cumulative=CUMULATIVE[family],
    )
    theta, w, step = np.array([0.7, -0.3, -1.2, 0.1, 1.4]), rows["w"].to_numpy(), 1e-5
    moves = step * np.eye(len(theta))
    slopes = [(likelihood.value(theta + m, w) - likelihood.value(theta - m, w)) / (2 * step) for m in moves]
    np.testing.assert_allclose(w @ likelihood.scores(theta), slopes, 1e-6, 1e-6)
    bends = [(w @ (likelihood.scores(theta - m) - likelihood.scores(theta + m))) / (2 * step) for m in moves]
    np.testing.assert_allclose(likelihood.information(theta, w), bends, 1e-6, 1e-6)
    assert np.linalg.eigvalsh(likelihood.expected(theta, w))[0] > 0
    assert np.linalg.eigvalsh(likelihood.unit_information(w))[0] > 0


@pytest.mark.parametrize("family", FAMILIES)
def test_probabilities_of_extreme_answers_are_numbers(family: str) -> None:
    likelihood = OrderedLikelihood(
        x=np.array([[-60.0], [60.0]]),
        codes=np.array([0, 2]),
        offset=np.zeros(2),
        n_levels=3,
        cumulative=CUMULATIVE[family],
    )
    theta, w = np.array([20.0, -1.0, 1.0]), np.ones(2)
    assert np.isfinite(likelihood.scores(theta)).all()
    assert np.isfinite(likelihood.information(theta, w)).all()
    np.testing.assert_allclose(likelihood.value(theta, w), 0.0, atol=1e-3)
    assert likelihood.value(np.array([20.0, 1.0, -1.0]), w) == -np.inf


@pytest.mark.long
@pytest.mark.parametrize("family", ["ordered_cloglog", "ordered_cauchit"])
def test_influence_is_the_derivative_by_the_weight(family: str) -> None:
    """Of each PSU, in two strata: its covariance is that of the coefficients and thresholds."""
    frame = FRAME.assign(psu=FRAME["psu"] // 8, half=FRAME["x"] / 2)
    formula, step = "y ~ g + z:x + offset(half)", 1e-4

    def ask(weights: np.ndarray) -> Model:
        return people(frame.assign(w=frame["w"] * weights)).regress(formula, family)

    expected = 0.0
    for _, members in frame.groupby("h"):
        derivatives = []
        for psu in members["psu"].unique():
            here = ((frame["psu"] == psu) & (frame["h"] == members["h"].iloc[0])).to_numpy()
            sides = [ask(np.where(here, 1 + move, 1.0)).coefficients for move in (step, -step)]
            derivatives.append(((sides[0] - sides[1]) / (2 * step)).to_numpy())
        u = np.asarray(derivatives) - np.mean(derivatives, axis=0)
        expected = expected + len(u) / (len(u) - 1) * u.T @ u
    model = ask(np.ones(N))
    scale = np.outer(errors(model), errors(model))
    np.testing.assert_allclose(model.covariance / scale, expected / scale, atol=1e-6)


LINKS = {
    "ordered_logit": families.links.Logit(),
    "ordered_probit": families.links.Probit(),
    "ordered_cloglog": families.links.CLogLog(),
    "ordered_cauchit": families.links.Cauchy(),
}


@pytest.mark.parametrize("family", LINKS)
def test_two_levels_are_a_binary_model(family: str) -> None:
    """The threshold is its intercept with the sign turned; the information is observed."""
    frame = FRAME.assign(high=(FRAME["y"] > 2).astype(int))
    model = people(frame).regress("high ~ x + z", family)
    exog = np.column_stack([np.ones(N), FRAME["x"], FRAME["z"]])
    glm = GLM(frame["high"], exog, families.Binomial(LINKS[family]), freq_weights=FRAME["w"])
    params = np.asarray(glm.fit(method="newton", tol=1e-12, maxiter=100).params)
    turn = np.array([[0.0, 1, 0], [0, 0, 1], [-1, 0, 0]])
    np.testing.assert_allclose(model.coefficients, turn @ params, 1e-6)
    scores = glm.score_obs(params) / FRAME["w"].to_numpy()[:, None]
    influence = scores @ np.linalg.inv(-glm.hessian(params, observed=True)) @ turn.T
    names = ["u0", "u1", "u2"]
    totals = people(frame.assign(**dict(zip(names, influence.T, strict=True)))).total(names)
    np.testing.assert_allclose(model.covariance, totals.covariance, 1e-6, 1e-9)


def test_two_levels_are_the_binary_models_of_regress() -> None:
    frame = FRAME.assign(high=(FRAME["y"] > 2).astype(int))
    turn = np.array([[0.0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [-1, 0, 0, 0]])
    for binary in ("logit", "probit", "cloglog"):
        ordered = people(frame).regress("high ~ x + g", f"ordered_{binary}")
        expected = people(frame).regress("high ~ x + g", binary, tolerance=1e-15)
        np.testing.assert_allclose(ordered.coefficients, turn @ expected.coefficients, 1e-8)
        assert ordered.df == expected.df
        if binary == "logit":  # canonical: the expected information is the observed one
            np.testing.assert_allclose(ordered.covariance, turn @ expected.covariance @ turn.T, 1e-8, 1e-15)


@pytest.mark.parametrize("family", SYMMETRIC)
def test_the_order_turned_round_turns_the_signs(family: str) -> None:
    model = people().regress("y ~ x + g", family)
    turned = people(FRAME.assign(y=-FRAME["y"])).regress("y ~ x + g", family)
    order = [0, 1, 2, 5, 4, 3]
    np.testing.assert_allclose(turned.coefficients, -model.coefficients.to_numpy()[order], 1e-9)
    np.testing.assert_allclose(turned.covariance, model.covariance[np.ix_(order, order)], 1e-8, 1e-15)


def test_thresholds_alone_are_the_shares_below() -> None:
    """On the logit scale, with the standard errors of these shares by the delta method."""
    frame = FRAME.assign(**{f"to_{k}": (FRAME["y"] <= k).astype(int) for k in (1, 2, 3)})
    model = people(frame).regress("y ~ 1", "ordered_logit")
    shares = people(frame).mean(["to_1", "to_2", "to_3"])
    p = shares.table["estimate"].to_numpy()
    np.testing.assert_allclose(model.coefficients, special.logit(p), 1e-10)
    slope = np.diag(1 / (p * (1 - p)))
    np.testing.assert_allclose(model.covariance, slope @ shares.covariance @ slope, 1e-9)
    assert model.df == shares.table["df"][0]


@pytest.mark.parametrize("family", ["ordered_logit", pytest.param("ordered_cauchit", marks=pytest.mark.long)])
def test_replicates_fit_again_in_each(family: str) -> None:
    """JKn by hand: a PSU left out at a time, the others of its stratum weighing more."""
    frame = FRAME.assign(psu=FRAME["psu"] // 8)
    plain = people(frame).regress("y ~ x + z", family)
    apart = []
    for _, members in frame.groupby("h"):
        psus = members["psu"].unique()
        for psu in psus:
            out = frame.index.isin(members.index[members["psu"] == psu])
            more = np.where(frame.index.isin(members.index), len(psus) / (len(psus) - 1), 1.0)
            kept = frame.assign(w=frame["w"] * more)[~out]
            found = people(kept).regress("y ~ x + z", family).coefficients.to_numpy()
            apart.append(np.sqrt((len(psus) - 1) / len(psus)) * (found - plain.coefficients.to_numpy()))
    expected = np.asarray(apart).T @ np.asarray(apart)
    model = people(frame).replicates("JKn", mse=True).regress("y ~ x + z", family)
    np.testing.assert_allclose(model.coefficients, plain.coefficients, 1e-12)
    np.testing.assert_allclose(model.covariance, expected, 1e-7, 1e-12)
    assert "replicates" in model.provenance


def test_categories_with_an_order_are_numbers() -> None:
    names = ["never", "rarely", "often", "always"]
    words = FRAME["y"].map(dict(enumerate(names, start=1)))
    numbers = people().regress("y ~ x + g", "ordered_logit")
    ordered = people(FRAME.assign(y=pd.Categorical(words, names, ordered=True)))
    model = ordered.regress("y ~ x + g", "ordered_logit")
    np.testing.assert_array_equal(model.covariance, numbers.covariance)
    assert model.names[-3:] == tuple(
        f"(threshold)[{pair}]" for pair in ("never|rarely", "rarely|often", "often|always")
    )
    polars = pl.from_pandas(FRAME.drop(columns="y")).with_columns(
        pl.Series("y", words.to_list(), dtype=pl.Enum(names))
    )
    again = Survey(polars, weight="w", stratum="h", psu="psu").regress("y ~ x + g", "ordered_logit")
    np.testing.assert_allclose(again.covariance, numbers.covariance, 1e-12)
    assert again.names == model.names
    con = duckdb.connect()
    con.execute(f"CREATE TYPE often AS ENUM ({', '.join(repr(name) for name in names)})")
    rows = FRAME.assign(y=words)
    asked = con.sql("SELECT * REPLACE (y::often AS y) FROM rows")
    again = Survey(asked, weight="w", stratum="h", psu="psu").regress("y ~ x + g", "ordered_logit")
    np.testing.assert_allclose(again.covariance, numbers.covariance, 1e-12)
    assert len(rows) == again.n
    without = people(FRAME.assign(y=pd.Categorical(words, names)))
    with pytest.raises(EstimationError, match='levels of the outcome "y" have no order') as told:
        without.regress("y ~ x + g", "ordered_logit")
    assert "multinomial" in str(told.value.do)


def test_who_lacks_an_answer_leaves_the_sums_but_not_the_variance() -> None:
    """A domain, not a smaller sample: PSUs of which nobody is left count as zeros."""
    frame = FRAME.assign(y=FRAME["y"].where(FRAME["psu"] > 3).astype(float))
    model = people(frame).regress("y ~ x", "ordered_logit")
    assert model.n == (FRAME["psu"] > 3).sum()
    assert model.n_incomplete == (FRAME["psu"] <= 3).sum()
    assert model.df == 36 - 2 - 1
    assert model.names[-1] == "(threshold)[3|4]"


def test_the_table() -> None:
    model = people().regress("y ~ x + g", "ordered_logit", level=0.9)
    table = model.to_frame()
    assert table["variable"].tolist() == ["x", "g", "g", "g", *["(threshold)"] * 3]
    thresholds = table[table["variable"] == "(threshold)"]
    assert thresholds["level"].tolist() == ["1|2", "2|3", "3|4"]
    assert thresholds[["odds_ratio", "or_low", "or_high"]].isna().all(axis=None)
    slopes = table[(table["variable"] != "(threshold)") & ~table["reference"]]
    np.testing.assert_allclose(slopes["odds_ratio"], np.exp(slopes["estimate"]), 1e-12)
    assert table.loc[table["reference"], "odds_ratio"].tolist() == [1.0]
    assert "odds_ratio" not in people().regress("y ~ x", "ordered_probit").to_frame()
    assert "(threshold)" in repr(model)
    statistic, df1, df2, p_value = model.wald_test("g")
    rows = [1, 2]
    b = model.coefficients.to_numpy()[rows]
    expected = b @ np.linalg.inv(model.covariance[np.ix_(rows, rows)]) @ b / 2
    np.testing.assert_allclose([statistic, df1, df2], [expected, 2, model.df], 1e-10)
    assert 0 < p_value < 1


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("high", [1, 4])
def test_a_separated_outcome(family: str, high: int) -> None:
    """One group all choose the lowest, or the highest, level."""
    frame = FRAME.assign(y=FRAME["y"].where(FRAME["g"] != "c", high))
    with pytest.raises(EstimationError, match="the outcome is separated"):
        people(frame).regress("y ~ x + g", family)


def test_a_likelihood_that_falls_in_every_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maximum, "MAX_PASSES", 1)
    with pytest.raises(EstimationError, match="did not settle in 1 passes"):
        people().regress("y ~ x", "ordered_logit")
    monkeypatch.setattr(maximum, "MAX_PASSES", 100)
    monkeypatch.setattr(maximum, "MAX_HALVINGS", 0)
    with pytest.raises(EstimationError, match="no step of 0 halvings"):
        people().regress("y ~ x", "ordered_logit")


def test_effects_are_not_offered() -> None:
    model = people().regress("y ~ x + g", "ordered_logit")
    for ask in (lambda: people().adjusted(model, "g"), lambda: people().marginal_effects(model)):
        with pytest.raises(UsageError, match='family = "ordered_logit" are not offered'):
            ask()
