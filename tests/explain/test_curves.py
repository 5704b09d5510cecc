"""Curves: what stands on whom, that the order of rows does not matter, slopes, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from netralstat import Model, Survey
from netralstat.errors import EstimationError, NetralstatError, UsageError
from netralstat.explain.curves import Basis, b_splines, basis, natural_spline
from netralstat.explain.formula import Variable, curve_named

DRAW = np.random.default_rng(8)
N = 500
FRAME = pd.DataFrame(
    {
        "w": DRAW.uniform(1, 4, N),
        "age": DRAW.integers(20, 60, N).astype(float),
        "tenure": DRAW.exponential(10, N),
        "sex": DRAW.choice(["f", "m"], N),
        "psu": np.arange(N) % 50,
    }
)
FRAME["y"] = (DRAW.random(N) < 1 / (1 + np.exp(-((FRAME["age"] - 40) ** 2) / 200))).astype(int)
CURVES = [("poly", 1), ("poly", 3), ("poly", 10), ("spline", 1), ("spline", 2), ("spline", 4), ("spline", 20)]


def people(frame: pd.DataFrame = FRAME, **design: Any) -> Survey:
    return Survey(frame, weight="w", **{"psu": "psu", **design})


def curve(kind: Any, columns: int, x: np.ndarray, n: np.ndarray | None = None) -> Basis:
    return basis(Variable(name="x", curve=kind, columns=columns), x, np.ones(len(x)) if n is None else n)


@pytest.mark.parametrize(("kind", "columns"), CURVES)
def test_a_number_that_n_respondents_have_counts_n_times(kind: Any, columns: int) -> None:
    x, n = np.unique(FRAME["age"], return_counts=True)
    at = np.linspace(15, 70, 40)
    rows = curve(kind, columns, FRAME["age"].to_numpy())
    np.testing.assert_allclose(curve(kind, columns, x, n).values(at), rows.values(at), 1e-9, 1e-9)
    shuffled = curve(kind, columns, x[::-1], n[::-1])
    np.testing.assert_allclose(shuffled.values(at), rows.values(at), 1e-9, 1e-9)


@pytest.mark.parametrize("degree", [1, 4, 10])
def test_polynomials_are_orthonormal_over_respondents(degree: int) -> None:
    x = 1e6 + 1e-3 * FRAME["tenure"].to_numpy()
    p = np.column_stack([np.full(N, N**-0.5), curve("poly", degree, x).values(x)])
    np.testing.assert_allclose(p.T @ p, np.eye(degree + 1), atol=1e-9)


@pytest.mark.parametrize(("kind", "columns"), CURVES)
def test_slopes_are_numerical_derivatives(kind: Any, columns: int) -> None:
    made, at, step = curve(kind, columns, FRAME["tenure"].to_numpy()), np.linspace(-5, 40, 91), 1e-4
    found = (made.values(at + step) - made.values(at - step)) / (2 * step)
    scale = np.abs(found).max(axis=0)
    np.testing.assert_allclose(made.slopes(at) / scale, found / scale, atol=1e-6)


@pytest.mark.parametrize("columns", [1, 2, 4, 20])
def test_a_spline_is_straight_beyond_its_ends(columns: int) -> None:
    x = np.sort(FRAME["tenure"].to_numpy())
    made = curve("spline", columns, x)
    for end, out in ((x[0], -7.0), (x[-1], 7.0)):
        at = np.array([end, end + out / 2, end + out])
        values = made.values(at)
        np.testing.assert_allclose(values[2] - values[1], values[1] - values[0], 1e-9, 1e-12)
        np.testing.assert_allclose(made.slopes(at), np.tile(made.slopes(at[:1]), (3, 1)), 1e-9)


def test_b_splines_add_to_one_and_their_derivatives_to_zero() -> None:
    knots = np.array([0.0] * 4 + [0.3, 0.3, 0.8] + [1.0] * 4)
    x = np.array([0.0, 0.1, 0.3, 0.5, 0.8, 1.0])
    np.testing.assert_allclose(b_splines(knots, x, 4).sum(axis=1), 1.0, 1e-12)
    for derivative in (1, 2):
        np.testing.assert_allclose(b_splines(knots, x, 4, derivative).sum(axis=1), 0.0, atol=1e-10)


def test_knots_are_quantiles_of_type_7() -> None:
    x, n = np.unique(FRAME["age"], return_counts=True)
    made = natural_spline(x, n.astype(float), Variable(name="age", curve="spline", columns=5))
    np.testing.assert_allclose(made.knots, np.quantile(FRAME["age"], [0.2, 0.4, 0.6, 0.8]), 1e-12)


def test_a_polynomial_of_degree_one_is_the_number() -> None:
    line = people().regress("y ~ age", tolerance=1e-14)
    for formula in ("y ~ poly(age, 1)", "y ~ spline(age, 1)"):
        model = people().regress(formula, tolerance=1e-14)
        term = model.to_frame()["variable"].iloc[1]
        np.testing.assert_allclose(model.wald_test(term)[0], line.wald_test("age")[0], 1e-9)
        for covariates in ("sampled", "fixed"):
            found, expected = (
                people().marginal_effects(one, "age", covariates=covariates).table for one in (model, line)
            )
            np.testing.assert_allclose(found["estimate"], expected["estimate"], 1e-9)
            np.testing.assert_allclose(found["std_error"], expected["std_error"], 1e-8)


def test_a_polynomial_is_that_of_raw_powers() -> None:
    """Another basis of the same curves: fitted values, effects, joint test of the terms."""
    powers = FRAME.assign(square=FRAME["age"] ** 2)
    raw = people(powers).regress("y ~ age + square + sex", tolerance=1e-14)
    model = people().regress("y ~ poly(age, 2) + sex", tolerance=1e-14)
    at = people().adjusted(model, "age", [25, 40]).table["estimate"]
    for value, found in zip((25, 40), at, strict=True):
        b = raw.coefficients
        eta = (
            b["(Intercept)"] + b["age"] * value + b["square"] * value**2 + (FRAME["sex"] == "m") * b["sex[m]"]
        )
        expected = np.average(1 / (1 + np.exp(-eta)), weights=FRAME["w"])
        np.testing.assert_allclose(found, expected, 1e-8)
    rows = [1, 2]
    b, v = raw.coefficients.to_numpy()[rows], raw.covariance[np.ix_(rows, rows)]
    statistic, q, df, _ = model.wald_test("poly(age, 2)")
    np.testing.assert_allclose([statistic, q, df], [b @ np.linalg.solve(v, b) / 2, 2, raw.df], 1e-5)


@pytest.mark.parametrize("formula", ["y ~ spline(age, 3):tenure + sex", "y ~ poly(age, 2) * sex + tenure"])
def test_average_slopes_are_derivatives_of_adjusted_means(formula: str) -> None:
    """Of everybody at one value, and of each at the own one by the chain rule on the columns."""
    survey, step = people(), 1e-4
    model = survey.regress(formula)
    sides = survey.adjusted(model, "age", [33 - step, 33 + step]).table["estimate"]
    np.testing.assert_allclose(
        np.diff(sides)[0] / (2 * step), _mean_slope(model, FRAME.assign(age=33.0)), 1e-6
    )
    found = survey.marginal_effects(model, "age").table["estimate"][0]
    np.testing.assert_allclose(found, _mean_slope(model, FRAME), 1e-9)


def _mean_slope(model: Model, frame: pd.DataFrame) -> float:
    """The mean of ∂μ/∂age over rows, from the basis that the formula asks for and the coefficients."""
    made = _bases(model)
    columns, slopes = [], []
    for name in model.names:
        column, slope = _column(name, frame, made)
        columns.append(column)
        slopes.append(slope)
    x, dx = np.column_stack(columns), np.column_stack(slopes)
    mu = 1 / (1 + np.exp(-x @ model.coefficients.to_numpy()))
    return float(np.average(mu * (1 - mu) * (dx @ model.coefficients.to_numpy()), weights=frame["w"]))


def _bases(model: Model) -> dict[str, Basis]:
    terms = {part for name in model.names for part in name.partition("[")[0].split(":")}
    found = {term: curve_named(term) for term in terms}
    return {
        term: basis(variable, FRAME[variable.name].to_numpy(), np.ones(N))
        for term, variable in found.items()
        if variable is not None
    }


def _column(name: str, frame: pd.DataFrame, made: dict[str, Basis]) -> tuple[np.ndarray, np.ndarray]:
    term, _, level = name.removesuffix("]").partition("[")
    levels = level.split(":")
    column, slope = np.ones(N), np.zeros(N)
    for part in term.split(":"):
        if part == "(Intercept)":
            continue
        if part in made:
            place = int(levels.pop(0)) - 1
            at = frame["age"].to_numpy()
            slope = column * made[part].slopes(at)[:, place]
            column = column * made[part].values(at)[:, place]
        else:
            own = frame[part].to_numpy() if part != "sex" else (frame["sex"] == levels.pop(0)).to_numpy()
            column, slope = column * own, slope * own
    return column, slope


def test_who_is_not_in_the_model_bends_no_curve() -> None:
    """Those without the outcome, without another covariate, or without weight, wherever their number is."""
    kept = FRAME.assign(tenure=FRAME["tenure"].round())
    extra = kept.head(30).assign(age=np.arange(30) + 500.0)
    extra.loc[extra.index[:10], "tenure"] = np.nan
    extra.loc[extra.index[10:20], "w"] = 0.0
    extra["y"] = extra["y"].astype(float)
    extra.loc[extra.index[20:], "y"] = np.nan
    frame = pd.concat([kept, extra], ignore_index=True)
    for formula in ("y ~ poly(age, 3) + tenure", "y ~ spline(age, 4) + tenure"):
        found, expected = people(frame).regress(formula), people(kept).regress(formula)
        np.testing.assert_allclose(found.coefficients, expected.coefficients, 1e-7)
        np.testing.assert_allclose(found.covariance, expected.covariance, 1e-6, 1e-9)
        assert found.n == N


@pytest.mark.parametrize("formula", ["y ~ poly(age, 2) + sex", "y ~ spline(tenure, 3):sex"])
def test_rows_in_another_order_and_patterns_apart_from_psus(formula: str) -> None:
    plain = people().regress(formula)
    shuffled = people(FRAME.sample(frac=1, random_state=1)).regress(formula)
    np.testing.assert_allclose(shuffled.coefficients, plain.coefficients, 1e-8, 1e-10)
    persons = people(psu=None).regress(formula)  # cells, not patterns beside PSUs
    np.testing.assert_allclose(persons.coefficients, plain.coefficients, 1e-7, 1e-9)
    replicated = people().replicates("JK1").regress(formula)
    np.testing.assert_allclose(replicated.coefficients, plain.coefficients, 1e-12)
    ratio = np.sqrt(np.diag(replicated.covariance) / np.diag(plain.covariance))
    assert ((ratio > 0.7) & (ratio < 1.6)).all()


def test_other_families_bend_too() -> None:
    frame = FRAME.assign(level=np.digitize(FRAME["age"] + 20 * DRAW.normal(size=N), [30, 50]))
    ordered = people(frame).regress("level ~ poly(age, 2) + sex", "ordered_logit")
    assert ordered.names[:2] == ("poly(age, 2)[1]", "poly(age, 2)[2]")
    nominal = people(frame).regress("level ~ spline(age, 2)", "multinomial")
    assert nominal.names[1] == "1: spline(age, 2)[1]"
    assert nominal.wald_test("spline(age, 2)")[1] == 4


def test_the_table_gives_no_ratio_for_a_column_of_a_curve() -> None:
    model = people().regress("y ~ poly(age,2)*sex")
    table = model.to_frame().set_index("term")
    bent = ["poly(age, 2)[1]", "poly(age, 2)[2]", "poly(age, 2):sex[1:m]", "poly(age, 2):sex[2:m]"]
    assert list(table.index) == ["(Intercept)", *bent[:2], "sex[f]", "sex[m]", *bent[2:]]
    assert table.loc[bent, ["odds_ratio", "or_low", "or_high"]].isna().all(axis=None)
    assert table.loc[["sex[f]", "sex[m]"], "odds_ratio"].notna().all()
    assert model.wald_test("poly(age,2)") == model.wald_test("poly(age, 2)")
    with pytest.raises(EstimationError, match='no term "poly\\(age, 3\\)"') as told:
        model.wald_test("poly(age, 3)")
    assert "poly(age, 2)" in str(told.value.do)


def test_effects_by_the_number_that_bends() -> None:
    survey = people()
    model = survey.regress("y ~ spline(age, 3) + sex")
    assert list(survey.marginal_effects(model).table["variable"]) == ["age", "sex"]
    assert len(survey.adjusted(model, "age").table) == FRAME["age"].nunique()
    for value in (np.nan, np.inf, "old", None):
        with pytest.raises(UsageError, match='a value of "age" is not a finite number'):
            survey.adjusted(model, "age", [30, value])


REFUSED = {
    "y ~ poly(sex, 2)": '"sex" holds text or categories',
    "y ~ spline(sex, 2)": '"sex" holds text or categories',
    "y ~ poly(two, 2)": "distinct values among respondents with complete answers; poly(two, 2) needs 3",
    "y ~ spline(two, 2)": '"two" has 2 distinct values',
    "y ~ poly(one, 1)": '"one" has 1 distinct values',
    "y ~ spline(lumped, 4)": "spline(lumped, 4) has 5 knots, of which 3 fall on another",
    "y ~ spline(endless, 4)": "infinite values",
    "y ~ poly(empty, 2)": '"empty"',
    "y ~ poly(age, 2) + years": "determined by the others",
    "y ~ poly(aeg, 2)": "aeg",
    "y ~ poly(age, 0)": "poly(age, 0) has a degree outside 1 to 10",
    "y ~ poly(age, 100)": "poly(age, 100) has a degree outside 1 to 10",
    "y ~ spline(age, 0)": "spline(age, 0) has columns outside 1 to 20",
    "y ~ spline(age, 9999999999999999)": "has columns outside 1 to 20",
    "y ~ poly(age, 2) + poly(age, 3)": 'writes the variable "age" in two ways',
    "y ~ age + spline(age, 3)": 'writes the variable "age" in two ways',
}


@pytest.mark.parametrize("formula", REFUSED)
def test_refusals(formula: str) -> None:
    frame = FRAME.assign(
        two=np.arange(N) % 2,
        one=1.0,
        lumped=np.where(np.arange(N) % 10 > 0, 0.0, np.arange(N)),
        endless=np.where(np.arange(N) == 3, np.inf, FRAME["tenure"]),
        empty=np.full(N, np.nan),
        years=FRAME["age"] + 1,
    )
    with pytest.raises(NetralstatError) as told:
        people(frame).regress(formula)
    assert REFUSED[formula] in str(told.value)
    assert told.value.where
    assert told.value.do
