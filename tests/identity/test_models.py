"""Regressions that are tables: a model of 1 is a share, of a factor its domain means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from identity.samples import PROFILE, Sample, df_of, draw, samples, textbook_covariance


@PROFILE
@given(samples())
def test_a_logit_of_1_is_the_prevalence(sample: Sample) -> None:
    survey = sample.survey(sample.frame.assign(y=sample.frame["y"].fillna(0)))
    share = survey.prevalence("y").table.iloc[0]
    model = survey.regress("y ~ 1", tolerance=1e-15)
    p, beta, se = share["estimate"], *model.table.loc[0, ["estimate", "std_error"]]
    np.testing.assert_allclose(1 / (1 + np.exp(-beta)), p, 1e-10)
    np.testing.assert_allclose(se, share["std_error"] / (p * (1 - p)), 1e-7)  # d logit p / dp = 1 / p(1 - p)
    bounds = 1 / (1 + np.exp(-model.table.loc[0, ["conf_low", "conf_high"]].to_numpy(dtype=float)))
    np.testing.assert_allclose(bounds, share[["conf_low", "conf_high"]].to_numpy(dtype=float), 1e-6)
    assert (model.df, model.n) == (share["df"], share["n"])


@PROFILE
@given(samples())
def test_a_linear_model_of_1_is_the_mean(sample: Sample) -> None:
    survey = sample.survey()
    mean, model = survey.mean("x").table.iloc[0], survey.regress("x ~ 1", family="linear")
    np.testing.assert_allclose(
        model.table.loc[0, ["estimate", "std_error", "conf_low", "conf_high"]].to_numpy(dtype=float),
        mean[["estimate", "std_error", "conf_low", "conf_high"]].to_numpy(dtype=float),
        1e-9,
        1e-12,
    )


@PROFILE
@given(samples())
def test_a_poisson_model_of_1_is_the_logarithm_of_the_mean(sample: Sample) -> None:
    survey = sample.survey()
    mean = survey.mean("y").table.iloc[0]
    model = survey.regress("y ~ 1", family="poisson", tolerance=1e-15).table.iloc[0]
    np.testing.assert_allclose(np.exp(model["estimate"]), mean["estimate"], 1e-9)
    np.testing.assert_allclose(model["std_error"], mean["std_error"] / mean["estimate"], 1e-7)


@PROFILE
@given(samples())
def test_without_an_intercept_a_factor_has_the_mean_of_each_level(sample: Sample) -> None:
    survey = sample.survey()
    means = survey.mean("x", by="g")
    model = survey.regress("x ~ g - 1", family="linear")
    assert model.names == ("g[high]", "g[low]", "g[middle]")
    assert not model.table["reference"].any()
    np.testing.assert_allclose(model.coefficients, means.table["estimate"], 1e-9, 1e-12)
    np.testing.assert_allclose(model.covariance, means.covariance, 1e-9, 1e-13)


@PROFILE
@given(samples())
def test_a_coefficient_of_a_factor_is_a_difference_of_domains(sample: Sample) -> None:
    survey = sample.survey()
    difference = survey.mean("x", by="d").difference({"d": "south"}, {"d": "north"}).table.iloc[0]
    row = survey.regress("x ~ d", family="linear").table.set_index("term").loc["d[south]"]
    np.testing.assert_allclose(
        [row["estimate"], row["std_error"]], [difference["estimate"], difference["std_error"]], 1e-8, 1e-12
    )


@PROFILE
@given(samples())
def test_least_squares_and_its_sandwich_are_the_textbooks(sample: Sample) -> None:
    frame = sample.frame
    X = np.column_stack([np.ones(len(frame)), frame["z"].fillna(0), frame["d"] == "south"]).astype(float)
    w = frame["w"].to_numpy() * frame["z"].notna().to_numpy()
    bread = np.linalg.inv((X.T * w) @ X)
    beta = bread @ (X.T * w) @ frame["x"]
    u = (w * (frame["x"].to_numpy() - X @ beta))[:, None] * X @ bread
    v = textbook_covariance(sample, u)
    df = df_of(sample, frame[frame["z"].notna()]) - 2
    assume(df > 0)
    model = sample.survey().regress("x ~ z + d", family="linear")
    np.testing.assert_allclose(model.coefficients, beta, 1e-8, 1e-10)
    scale = np.sqrt(np.outer(np.diag(v), np.diag(v)))
    np.testing.assert_allclose(model.covariance / scale, v / scale, 1e-6, 1e-8)
    assert model.df == df


def test_slopes_within_levels_are_those_of_the_levels_alone() -> None:
    frame = draw("simple", fpc=False, missing=False, seed=21)
    model = frame.survey().regress("x ~ d + d:z", family="linear")
    assert model.names == ("(Intercept)", "d[south]", "d:z[north]", "d:z[south]")
    for level in ("north", "south"):
        inside = frame.frame[frame.frame["d"] == level]
        slope = np.polyfit(inside["z"], inside["x"], 1, w=np.sqrt(inside["w"]))[0]
        np.testing.assert_allclose(model.coefficients[f"d:z[{level}]"], slope, 1e-9)


def test_the_reference_changes_signs_and_nothing_else() -> None:
    survey = draw("stratified", fpc=True, missing=True, seed=22).survey()
    first = survey.regress("y ~ x + C(d, ref='north')").table.set_index("term")
    second = survey.regress("y ~ x + C(d, ref='south')").table.set_index("term")
    a, b = first.loc["d[south]"], second.loc["d[north]"]
    np.testing.assert_allclose(
        [a["estimate"], a["std_error"], a["conf_low"], a["odds_ratio"]],
        [-b["estimate"], b["std_error"], -b["conf_high"], 1 / b["odds_ratio"]],
        1e-9,
    )
    assert first.loc["d[north]", ["reference", "estimate", "odds_ratio"]].tolist() == [True, 0.0, 1.0]
    assert np.isnan(first.loc["d[north]", "std_error"])


def test_a_product_is_its_parts_and_their_interaction() -> None:
    survey = draw("simple", fpc=False, missing=False, seed=23).survey()
    product = survey.regress("x ~ z * d", family="linear")
    written = survey.regress("x ~ z + d + z:d", family="linear")
    assert product.names == written.names == ("(Intercept)", "z", "d[south]", "z:d[south]")
    np.testing.assert_array_equal(product.covariance, written.covariance)


def test_a_wald_test_of_one_coefficient_is_its_t_test_squared() -> None:
    model = draw("stratified", fpc=False, missing=False, seed=24).survey().regress("y ~ z + d")
    row = model.table.set_index("term").loc["z"]
    statistic, q, df, p_value = model.wald_test("z")
    assert (q, df) == (1, model.df)
    np.testing.assert_allclose([statistic, p_value], [row["statistic"] ** 2, row["p_value"]], 1e-9)


@pytest.mark.parametrize("kind", ["simple", "stratified clusters"])
def test_alpha_is_cronbachs(kind: str) -> None:
    sample = draw(kind, fpc=False, missing=True, seed=25)
    frame = sample.frame.assign(q=lambda f: f["x"] + f["z"], r=lambda f: f["x"] * 2 - f["z"])
    items = ["x", "q", "r"]
    rows = frame.dropna(subset=items)
    s = np.cov(rows[items].T, aweights=rows["w"])
    found = sample.survey(frame).reliability(items)
    assert found.n == len(rows)
    np.testing.assert_allclose(found.alpha, 3 / 2 * (1 - np.trace(s) / s.sum()), 1e-10)
