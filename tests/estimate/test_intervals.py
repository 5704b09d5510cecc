"""Intervals at the edges: nobody, everybody, one respondent or none, small domains of large designs."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from netralstat import Survey
from netralstat.estimate.intervals import Interval, pooled, proportion_interval

METHODS = get_args(Interval)
DESIGNS: dict[str, dict[str, Any]] = {
    "persons": {"weight": "w", "stratum": "h"},
    "clusters": {"weight": "w", "psu": "cluster"},
}


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """Sixty respondents: domains where nobody, everybody, one person, or two persons answered yes or no."""
    n = 60
    frame = pd.DataFrame({"h": np.arange(n) % 3, "cluster": np.arange(n) % 10, "w": 10.0 + np.arange(n) % 7})
    frame["domain"] = ["none"] * 20 + ["all"] * 20 + ["mixed"] * 15 + ["one"] + ["two"] * 2 + ["silent"] * 2
    frame["y"] = [0.0] * 20 + [1.0] * 20 + [1.0, 0.0, 0.0] * 5 + [1.0] + [0.0] * 2 + [np.nan] * 2
    return frame


def clopper_pearson(yes: float, n: float) -> tuple[float, float]:
    low = stats.beta.ppf(0.025, yes, n - yes + 1) if yes else 0.0
    high = stats.beta.ppf(0.975, yes + 1, n - yes) if yes < n else 1.0
    return low, high


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("method", METHODS)
def test_nobody_and_everybody_have_an_interval_inside_0_and_1(
    people: pd.DataFrame, design: str, method: Interval
) -> None:
    table = Survey(people, **DESIGNS[design]).prevalence("y", by="domain", interval=method).table
    table = table.set_index("domain")
    nobody, everybody = table.loc["none"], table.loc["all"]
    assert (nobody["estimate"], everybody["estimate"]) == (0.0, 1.0)
    assert (nobody["flag"], everybody["flag"]) == ("boundary", "boundary")
    assert nobody["conf_low"] == 0.0 < nobody["conf_high"] < 1.0
    assert 0.0 < everybody["conf_low"] < everybody["conf_high"] == 1.0
    assert everybody["conf_low"] == pytest.approx(1 - nobody["conf_high"], rel=1e-10)
    if method == "pooled":  # the design effect of the other domains: test_pooled_intervals.py
        return
    # Clopper-Pearson on 20 respondents, fewer where the design has fewer degrees of freedom.
    shrunk = 20 * min(1.0, (stats.t.ppf(0.975, 19) / stats.t.ppf(0.975, nobody["df"])) ** 2)
    assert nobody["conf_high"] == pytest.approx(clopper_pearson(0, shrunk)[1], rel=1e-10)


@pytest.mark.parametrize("design", DESIGNS)
def test_one_respondent_and_none(people: pd.DataFrame, design: str) -> None:
    estimates = Survey(people, **DESIGNS[design]).prevalence("y", by="domain", interval="logit")
    table = estimates.table.set_index("domain")
    one, silent = table.loc["one"], table.loc["silent"]
    assert (one["n"], one["estimate"], one["flag"]) == (1.0, 1.0, "one_respondent")
    assert (one["conf_low"], one["conf_high"]) == (0.0, 1.0)  # one answer tells nothing
    assert (silent["n"], silent["n_yes"], silent["flag"]) == (0.0, 0.0, "no_respondents")
    assert np.isnan(
        silent[["estimate", "std_error", "conf_low", "conf_high", "n_eff", "deff"]].astype(float)
    ).all()


def test_two_respondents_of_a_large_design_do_not_count_as_eighty(people: pd.DataFrame) -> None:
    # With the design's 57 degrees of freedom Korn and Graubard's factor would be (12.71 / 2.00)² = 40.
    survey = Survey(people, **DESIGNS["persons"])
    two = survey.prevalence("y", by="domain", interval="logit").select(domain="two").table.iloc[0]
    assert (two["conf_low"], two["conf_high"]) == pytest.approx(clopper_pearson(0, 2), rel=1e-10)
    answered = survey.prevalence("y", by="domain", interval="beta").select(domain="mixed").table.iloc[0]
    n_eff = answered["estimate"] * (1 - answered["estimate"]) / answered["std_error"] ** 2
    exact = clopper_pearson(n_eff * answered["estimate"], n_eff)
    assert answered["df"] == 57
    assert (answered["conf_low"], answered["conf_high"]) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_holds_its_estimate_and_widens_with_the_level(method: Interval) -> None:
    p, se = np.array([0.02, 0.3, 0.5, 0.97]), np.array([0.01, 0.05, 0.04, 0.01])
    n, df = np.full(4, 150.0), np.full(4, 40.0)
    narrow, wide = (
        proportion_interval(p, se, n, df, method=method, level=level, group=np.arange(4))
        for level in (0.8, 0.99)
    )
    assert (wide.low < narrow.low).all()
    assert (narrow.low < p).all()
    assert (p < narrow.high).all()
    assert (narrow.high < wide.high).all()
    assert not wide.boundary.any()
    if method != "wald":
        assert (wide.low >= 0).all()
        assert (wide.high <= 1).all()


def test_the_textbooks_values() -> None:
    p, se, n, df = (np.array([x]) for x in (0.25, 0.05, 75.0, 74.0))
    t = stats.t.ppf(0.975, 74)
    logit, reach = np.log(0.25 / 0.75), t * 0.05 / (0.25 * 0.75)
    expected = {
        "wald": (0.25 - t * 0.05, 0.25 + t * 0.05),
        "logit": tuple(1 / (1 + np.exp(-(logit + sign * reach))) for sign in (-1, 1)),
        "asin": tuple(
            np.sin(np.arcsin(0.5) + sign * t * 0.05 / (2 * np.sqrt(0.1875))) ** 2 for sign in (-1, 1)
        ),
        "beta": clopper_pearson(75 * 0.25, 75),
    }
    for method, limits in expected.items():
        found = proportion_interval(p, se, n, df, method=method)
        assert (found.low[0], found.high[0]) == pytest.approx(limits, rel=1e-10), method
    wilson = proportion_interval(p, se, n, df, method="wilson")
    for limit in (wilson.low[0], wilson.high[0]):  # the roots of |p̂ - p| = t·√(p(1 - p)/ñ)
        assert abs(0.25 - limit) == pytest.approx(t * np.sqrt(limit * (1 - limit) / 75), rel=1e-9)


# Newcombe (1998), table I: x of n, limits by Wilson's score method and by the likelihood.
NEWCOMBE = {
    (81, 263): ((0.2553, 0.3662), (0.2542, 0.3655)),
    (15, 148): ((0.0624, 0.1605), (0.0596, 0.1567)),
    (0, 20): ((0.0, 0.1611), None),  # at 0 Clopper and Pearson's is given here
    (1, 29): ((0.0061, 0.1718), (0.0020, 0.1432)),
}


@pytest.mark.parametrize(("x", "n"), NEWCOMBE)
def test_newcombes_table(x: int, n: int) -> None:
    score, likelihood = NEWCOMBE[x, n]
    p, size, infinite = np.array([x / n]), np.array([float(n)]), np.array([1e12])
    simple = np.sqrt(p * (1 - p) / n)
    found = pooled(p, simple, size, infinite, np.array([0]))
    assert (found.low[0], found.high[0]) == pytest.approx(score, abs=5e-5)
    # R's quasi-likelihood has n / (n - 1) for its dispersion, so that this is the binomial one.
    binomial = simple * np.sqrt((n - 1) / n)
    if likelihood is None:
        return
    found = proportion_interval(p, binomial, size, infinite, method="likelihood")
    assert (found.low[0], found.high[0]) == pytest.approx(likelihood, abs=5e-5)


@pytest.mark.parametrize("p", [1e-9, 1e-5, 0.003, 0.2, 0.5, 0.9, 0.99999])
@pytest.mark.parametrize("n_eff", [0.4, 3.0, 60.0, 1e6])
def test_likelihood_limits_lose_just_the_deviance(p: float, n_eff: float) -> None:
    se, n, df = (np.array([x]) for x in (np.sqrt(p * (1 - p) / n_eff), 50.0, 12.0))
    found = proportion_interval(np.array([p]), se, n, df, method="likelihood")
    for limit, other in ((found.low[0], 1 - found.low[0]), (found.high[0], 1 - found.high[0])):
        if min(limit, other) < 1e-12:
            continue  # so near 0 or 1 that a double does not hold the distance
        lost = 2 * n_eff * 49 / 50 * (p * np.log(p / limit) + (1 - p) * np.log((1 - p) / other))
        assert lost == pytest.approx(stats.t.ppf(0.975, 12) ** 2, rel=1e-6)


def test_the_likelihood_of_the_rare_goes_to_its_limit_without_a_jump() -> None:
    """As p goes to 0 with its variance, -2 n log(1 - limit) goes to t²: no failure, and no NaN on the way."""
    t = stats.t.ppf(0.975, 30)
    for p in (1e-4, 1e-8, 1e-13):
        found = proportion_interval(
            *(np.array([x]) for x in (p, np.sqrt(p * (1 - p) * 59) / 60, 60.0, 30.0)), method="likelihood"
        )
        assert found.high[0] == pytest.approx(1 - np.exp(-(t**2) / 120), rel=3e-2 if p > 1e-6 else 2e-5)
        assert 0 <= found.low[0] < p


def test_a_standard_error_of_almost_nothing_gives_limits_of_almost_the_estimate() -> None:
    """PSUs that happen to agree leave a standard error of 1e-17: no NaN, and no digits made up."""
    for se in (1e-5, 1e-9, 1e-17):
        for method in METHODS:
            found = proportion_interval(
                *(np.array([x]) for x in (0.2, se, 60.0, 100.0)), method=method, group=np.array([0])
            )
            reach = stats.t.ppf(0.975, 100) * se
            assert found.low[0] == pytest.approx(0.2 - reach, abs=0.02 * reach + 1e-15), method
            assert found.high[0] == pytest.approx(0.2 + reach, abs=0.02 * reach + 1e-15), method


def test_what_is_not_known_has_no_interval() -> None:
    p, se = np.array([0.3, np.nan, 0.3]), np.array([np.nan, np.nan, 0.05])
    n, df = np.array([50.0, 0.0, 50.0]), np.array([20.0, 20.0, 0.0])
    for method in METHODS:
        found = proportion_interval(p, se, n, df, method=method, group=np.array([0, 1, 2]))
        assert np.isnan([found.low[:2], found.high[:2]]).all(), method
        limits = (found.low[2], found.high[2])  # no degrees of freedom
        assert limits == (0.0, 1.0) if method == "beta" else np.isnan(limits).all(), method


def test_items_that_nobody_answered(people: pd.DataFrame) -> None:
    silent = people.assign(
        floats=np.nan, nones=None, words=pd.Categorical([None] * len(people), categories=["a", "b"])
    )
    for design in DESIGNS.values():
        table = Survey(silent, **design).prevalence(["floats", "nones", "words", "y"]).table
        assert table["level"].tolist() == [1, 1, "a", "b", 1]
        assert table["n"].tolist() == [0.0, 0.0, 0.0, 0.0, 58.0]
        assert table["flag"].tolist() == ["no_respondents"] * 4 + [""]
        assert table["estimate"].isna().tolist() == [True] * 4 + [False]
        total = Survey(silent, **design).total(["floats", "nones"]).table
        assert total["flag"].tolist() == ["no_respondents"] * 2


def test_a_ratio_to_nothing_is_flagged(people: pd.DataFrame) -> None:
    survey = Survey(people.assign(hours=np.where(people["domain"] == "none", 0, 8)), **DESIGNS["persons"])
    table = survey.ratio("y", "hours", by="domain").table.set_index("domain")
    assert table.loc["none", "flag"] == "zero_denominator"
    assert table.loc["silent", "flag"] == "no_respondents"
    assert table.loc["all", "estimate"] == pytest.approx(1 / 8, rel=1e-14)


def test_deff_needs_a_population_larger_than_the_sample(people: pd.DataFrame) -> None:
    for scale in (1.0, 0.5):  # weights that add to the sample size, or less, are not persons
        row = Survey(people.assign(w=scale), weight="w").prevalence("y").table.iloc[0]
        assert np.isnan(row["deff"])
        # A simple random sample, but for the two whose answer is missing and who count in its variance.
        assert row["n_eff"] == pytest.approx(58 * (58 / 57) / (60 / 59), rel=1e-12)
