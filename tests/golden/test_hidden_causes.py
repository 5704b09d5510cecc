"""Sensitivity to hidden causes equals sensemakr's and EValue's; the bounds are where they say they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from golden.designs import survey
from golden.goldens import case, compare, data, rtol
from scipy import optimize, special

import netralstat as ns
from netralstat import Survey
from netralstat.errors import EstimationError, UsageError
from netralstat.explain.causes.benchmarks import bound
from netralstat.explain.causes.e_values import EValue, smallest_ratio
from netralstat.explain.causes.omitted_variables import LinearCoefficient
from netralstat.explain.causes.sensitivity import Sensitivity

FILE = "hidden_causes"
DARFUR = Path(__file__).parents[3] / "shared" / "golden" / "data" / "darfur.csv"
NUMBERS = ["directlyharmed", "age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur", "female"]
FORMULA = f"peacefactor ~ {' + '.join(NUMBERS)}"

pytestmark = pytest.mark.golden


def read_darfur() -> pd.DataFrame:
    if not DARFUR.is_file():
        pytest.skip("darfur.csv comes out of a GPL package and is not beside this checkout")
    return pd.read_csv(DARFUR)


@pytest.fixture(scope="module")
def darfur() -> tuple[Sensitivity, LinearCoefficient]:
    """The survey's answer, and the coefficient with the errors that R's lm prints.

    The means of the 486 villages are taken out, which leaves the other coefficients and their partial R² what
    they are beside a coefficient for each village (Frisch, Waugh & Lovell).
    """
    people = read_darfur()
    columns = ["peacefactor", *NUMBERS]
    within = people[columns] - people.groupby("village")[columns].transform("mean")
    sample = Survey(within)
    found = sample.sensitivity(sample.regress(FORMULA, "linear"), "directlyharmed", benchmarks="female")
    own = found.coefficients["directlyharmed"]
    df = len(people) - people["village"].nunique() - len(NUMBERS)
    return found, LinearCoefficient.of_least_squares(own.estimate, own.scale / np.sqrt(df), df)


def evalue(name: str, value: EValue) -> None:
    expected = case(FILE, name)
    point = [value.risk_ratio, value.risk_ratio_low, value.risk_ratio_high]
    compare(point, expected["point"], rtol(FILE, name), f"{name}: risk ratios")
    compare(value.point, expected["evalue"][0], rtol(FILE, name), f"{name}: estimate")
    limits = expected["evalue"][1:]
    compare(value.limit, limits[~np.isnan(limits)][0], rtol(FILE, name), f"{name}: limit")


def test_e_values_of_ratios() -> None:
    evalue("evalue/RR", ns.e_value(2.3, 1.4, 3.8))
    evalue("evalue/RR_protect", ns.e_value(0.6, 0.4, 0.9, measure="prevalence_ratio"))
    evalue("evalue/RR_cross", ns.e_value(1.3, 0.9, 1.9))
    common = ns.e_value(1.8, 1.2, 2.7, measure="odds_ratio", prevalence=0.15)
    rare = ns.e_value(1.8, 1.2, 2.7, measure="odds_ratio", prevalence=0.149)
    evalue("evalue/OR_common", common)
    evalue("evalue/OR_rare", rare)
    assert (common.conversion, rare.conversion) == ("square_root", "rare_outcome")


def test_e_value_of_a_difference_of_risks() -> None:
    expected = case(FILE, "evalue/RD")
    variances = [0.3 * 0.7 / 200, 0.15 * 0.85 / 200, 0.25 / 400]
    found = ns.e_value_of_difference(0.3, 0.15, 0.5, np.diag(variances))
    compare(found.point, expected["est"], 1e-12, "estimate")
    compare(found.limit, expected["lower"], rtol(FILE, "evalue/RD"), "limit")
    turned = ns.e_value_of_difference(0.15, 0.3, 0.5, np.diag([variances[1], variances[0], variances[2]]))
    compare([turned.point, turned.limit], [found.point, found.limit], 1e-12, "groups change places")
    crosses = ns.e_value_of_difference(0.3, 0.29, 0.5, np.diag(variances))
    assert crosses.limit == 1.0


def test_the_limit_of_a_difference_is_where_the_interval_reaches_zero() -> None:
    v = np.array([[9e-4, 1e-4, 2e-4], [1e-4, 6e-4, -1e-4], [2e-4, -1e-4, 5e-4]])
    found = ns.e_value_of_difference(0.4, 0.2, 0.3, v, df=20)
    bias = optimize.brentq(lambda b: smallest_ratio(b) - found.limit, 1.0, 2.0, xtol=1e-14)

    def standardised(p: np.ndarray) -> float:
        return float((p[0] - p[1] * bias) * (p[2] + (1 - p[2]) / bias))

    at, step = np.array([0.4, 0.2, 0.3]), 1e-6
    gradient = [(standardised(at + step * e) - standardised(at - step * e)) / (2 * step) for e in np.eye(3)]
    error = np.sqrt(np.array(gradient) @ v @ gradient)
    compare(standardised(at), special.stdtrit(20, 0.975) * error, 1e-7, "lower limit")


def test_e_value_of_a_standardised_difference() -> None:
    found = ns.e_value(0.5, 0.3, 0.7, measure="standardised_difference")
    compare(found.point, smallest_ratio(np.exp(0.91 * 0.5)), 1e-12, "exp(0.91 d)")
    mirrored = ns.e_value(-0.5, -0.7, -0.3, measure="standardised_difference")
    compare([mirrored.point, mirrored.limit], [found.point, found.limit], 1e-12, "sign")


def test_explained_away_to_another_null() -> None:
    # EValue: evalues.RR(2.3, 1.4, 3.8, true = 1.2) is that of the ratios over 1.2.
    compare(ns.e_value(2.3, 1.4, 3.8, null=1.2).point, ns.e_value(2.3 / 1.2).point, 1e-12, "null")


@pytest.mark.parametrize("ratio", [0.05, 0.6, 1.0, 1.7, 12.0])
def test_an_e_value_is_the_equal_strength_whose_bias_is_the_ratio(ratio: float) -> None:
    """Ding & VanderWeele's bias factor RR_EU RR_UD / (RR_EU + RR_UD - 1) of two equal risk ratios."""
    strength = smallest_ratio(ratio)
    compare(strength**2 / (2 * strength - 1), max(ratio, 1 / ratio), 1e-12, "bias factor")


def test_summary_numbers() -> None:
    expected = case(FILE, "adjusted")
    one = LinearCoefficient.of_least_squares(0.097, 0.023, 783)
    found = one.adjusted(0.1, 0.2)
    printed = LinearCoefficient.of_least_squares(4.18, 1.0, 783)
    actual = {
        "adj": float(found.estimate),
        "adj_se": float(found.std_error),
        "rv": printed.robustness_value(),
        "rv_a": printed.robustness_value(level=0.95),
        "pr2": printed.partial_r2,
    }
    compare(actual, expected, rtol(FILE, "adjusted"), "summary")


def test_darfur(darfur: tuple[Sensitivity, LinearCoefficient]) -> None:
    found, classical = darfur
    expected, tolerance = case(FILE, "darfur/sensemakr"), rtol(FILE, "darfur/sensemakr")
    row = found.table.iloc[0]
    assert classical.df == expected["dof"]
    compare(row["estimate"], expected["est"], tolerance, "estimate")
    compare(
        [row["partial_r2"], row["robustness_value"]], [expected["r2yd_x"], expected["rv"]], tolerance, "RV"
    )
    compare(classical.std_error, expected["se"], tolerance, "standard error of lm")
    compare(classical.robustness_value(level=0.95), expected["rv_a"], tolerance, "RV of the interval")
    compare(classical.partial_f**2, expected["f2"], tolerance, "f²")


def test_darfur_bounds(darfur: tuple[Sensitivity, LinearCoefficient]) -> None:
    found, classical = darfur
    expected, tolerance = case(FILE, "darfur/sensemakr")["bounds"], rtol(FILE, "darfur/sensemakr")
    of_treatment, of_outcome = (found.bounds[name].to_numpy() for name in ("r2_treatment", "r2_outcome"))
    compare(of_treatment, expected["r2dz.x"], tolerance, "with the treatment")
    compare(of_outcome, expected["r2yz.dx"], tolerance, "with the outcome")
    compare(found.bounds["estimate"].to_numpy(), expected["adjusted_estimate"], tolerance, "estimate")
    adjusted = classical.adjusted(of_treatment, of_outcome)
    compare(adjusted.std_error, expected["adjusted_se"], tolerance, "standard error")
    compare(adjusted.statistic, expected["adjusted_t"], tolerance, "t")
    compare(adjusted.conf_low, expected["adjusted_lower_CI"], tolerance, "lower")
    compare(adjusted.conf_high, expected["adjusted_upper_CI"], tolerance, "upper")


@pytest.mark.long
def test_darfur_with_a_coefficient_for_each_village() -> None:
    people = Survey(read_darfur())
    found = people.sensitivity(
        people.regress(f"{FORMULA} + village", "linear"), "directlyharmed", benchmarks="female"
    )
    expected, tolerance = case(FILE, "darfur/sensemakr"), rtol(FILE, "darfur/sensemakr")
    row = found.table.iloc[0]
    compare([row["estimate"], row["robustness_value"]], [expected["est"], expected["rv"]], tolerance, "RV")
    for ours, theirs in (
        ("r2_treatment", "r2dz.x"),
        ("r2_outcome", "r2yz.dx"),
        ("estimate", "adjusted_estimate"),
    ):
        compare(found.bounds[ours].to_numpy(), expected["bounds"][theirs], tolerance, ours)


@pytest.mark.parametrize("q", [0.5, 1.0])
def test_a_confounder_of_the_robustness_value_takes_the_share_away(q: float) -> None:
    people = survey("dclus1")
    one = people.sensitivity(people.regress("api00 ~ ell + mobility", "linear"), "ell").coefficients["ell"]
    rv = one.robustness_value(q)
    compare(float(one.adjusted(rv, rv).estimate), (1 - q) * one.estimate, 1e-10, "estimate")
    rv = one.robustness_value(q, 0.95)
    found = one.adjusted(rv, rv)
    critical = special.stdtrit(one.df - 1, 0.975)
    compare(float(abs(found.estimate - (1 - q) * one.estimate) / found.std_error), critical, 1e-9, "t")


def test_a_strong_association_of_few_degrees_of_freedom() -> None:
    """Where the worst confounder explains less of the outcome than the robustness value: a search."""
    one = LinearCoefficient(estimate=5.0, std_error=1.2, df=6, scale=2.0)
    rv = one.robustness_value(level=0.95)
    assert one.partial_f * one._critical(0.95) > 1

    def smallest(limit: float) -> float:
        return float(np.min(np.abs(one.adjusted(limit, np.linspace(0, limit, 200_001)).statistic)))

    compare(smallest(rv), special.stdtrit(5, 0.975), 1e-6, "smallest t at the robustness value")


def test_one_degree_of_freedom_leaves_none_beside_a_confounder() -> None:
    one = LinearCoefficient(estimate=5.0, std_error=1.2, df=1, scale=2.0)
    assert one.robustness_value(level=0.95) == 0
    found = one.adjusted([0.0, 0.1], [0.0, 0.1])
    assert np.isinf(found.std_error).all()
    assert np.isinf(found.conf_low).all()
    assert (found.estimate > 0).all()


@pytest.mark.parametrize("benchmark", ["meals", "stype"])
def test_partial_r2_are_those_of_residuals(benchmark: str) -> None:
    """Two weighted regressions of residual sums, by numpy, for a number and for a factor."""
    people = survey("dstrat")
    model = people.regress("api00 ~ ell + meals + stype", "linear")
    row = people.sensitivity(model, "ell", benchmarks=benchmark, strengths=[1]).bounds.iloc[0]
    frame, w = people.frame, people.frame["pw"].to_numpy()
    one, ell, meals = np.ones(len(frame)), frame["ell"], frame["meals"]
    types = [frame["stype"] == "H", frame["stype"] == "M"]
    blocks = {"meals": [meals], "stype": types}
    others = [one, *(column for name, block in blocks.items() if name != benchmark for column in block)]

    def left(y: pd.Series, columns: list) -> float:
        x = np.column_stack(columns).astype(float) * np.sqrt(w)[:, None]
        target = y.to_numpy() * np.sqrt(w)
        return float(np.sum((target - x @ np.linalg.lstsq(x, target, rcond=None)[0]) ** 2))

    of_treatment = 1 - left(ell, [*others, *blocks[benchmark]]) / left(ell, others)
    full = left(frame["api00"], [*others, ell, *blocks[benchmark]])
    of_outcome = 1 - full / left(frame["api00"], [*others, ell])
    expected = bound(1.0, of_treatment, of_outcome)
    compare(
        [row["r2_treatment"], row["r2_outcome"]], [expected.r2_treatment, expected.r2_outcome], 1e-9, "R²"
    )


def test_t_is_no_partial_r2_of_a_cluster_sample() -> None:
    people = survey("dclus1")
    model = people.regress("api00 ~ ell + mobility", "linear")
    t = float(model.to_frame().set_index("term").loc["ell", "statistic"])
    found = people.sensitivity(model, "ell").table["partial_r2"].iloc[0]
    told = Path(__file__).parents[2].joinpath("docs", "deviations.md").read_text(encoding="utf-8")
    section = told.partition("### Partial R² with a design")[2].partition("###")[0]
    for number in (f"{t**2 / (t**2 + model.df):.3f}", f"{found:.3f}", f"on {model.df} degrees"):
        assert number in section, number


def test_an_observed_confounder_is_as_strong_as_the_formula_says() -> None:
    """Leaving a covariate out moves the estimate by just the bias of its partial R²."""
    people = survey("dstrat")
    short = people.regress("api00 ~ ell + stype", "linear")
    long = people.regress("api00 ~ ell + stype + meals", "linear")
    one = people.sensitivity(short, "ell").coefficients["ell"]
    of_ell = people.regress("ell ~ stype", "linear")
    both = people.sensitivity(people.regress("ell ~ meals + stype", "linear"), "meals")
    of_treatment = both.table["partial_r2"].iloc[0]
    of_outcome = people.sensitivity(long, "meals").table["partial_r2"].iloc[0]
    assert of_ell.n == short.n
    gap = abs(short.coefficients["ell"] - long.coefficients["ell"])
    compare(float(one.bias(of_treatment, of_outcome)), gap, 1e-9, "bias")


def test_logit_and_poisson() -> None:
    people = survey("dclus1")
    logit = people.regress("wide ~ ell + stype")
    row = logit.to_frame().set_index("term").loc["ell"]
    share = people.prevalence("wide", levels={"wide": [1]}).table["estimate"].iloc[0]
    found = people.sensitivity(logit, "ell", contrast=10)
    b = 10 * row[["estimate", "conf_low", "conf_high"]].astype(float)
    expected = ns.e_value(*np.exp(b), measure="odds_ratio", prevalence=share)
    assert found.table["conversion"].tolist() == ["square_root"]
    compare(found.table["e_value"].iloc[0], expected.point, 1e-12, "odds ratio")
    assert not len(found.bounds)
    assert "square root of the odds ratio" in repr(found)
    assert "Association" in repr(found)
    poisson = people.regress("wide ~ ell + stype", "poisson")
    rows = poisson.to_frame().set_index("term")
    found = people.sensitivity(poisson, "stype")
    assert found.table["term"].tolist() == ["stype[H]", "stype[M]"]
    ratio = rows.loc["stype[H]", ["prevalence_ratio", "pr_low", "pr_high"]].astype(float)
    compare(found.table["e_value"].iloc[0], ns.e_value(*ratio).point, 1e-12, "prevalence ratio")


def test_rare_outcome_of_a_logit_is_taken_as_it_is() -> None:
    people = survey("dstrat")
    found = people.sensitivity(people.regress("rare ~ ell"), "ell")
    assert found.table["conversion"].tolist() == ["rare_outcome"]


def test_a_linear_probability_has_the_e_value_of_its_risks() -> None:
    """Of a single 0/1 covariate: the two shares and their covariance by domain."""
    people = survey("dclus1")
    model = people.regress("wide ~ comp_imp", "linear")
    found = people.sensitivity(model, "comp_imp").table.iloc[0]
    shares = people.prevalence("wide", by="comp_imp", levels={"wide": [1]})
    control, treated = shares.select(comp_imp="No"), shares.select(comp_imp="Yes")
    yes, no = treated.table["estimate"].iloc[0], control.table["estimate"].iloc[0]
    order = [shares.table["comp_imp"].tolist().index(level) for level in ("Yes", "No")]
    share = people.prevalence("comp_imp").select(level="Yes").table["estimate"].iloc[0]
    v = shares.covariance[np.ix_(order, order)]
    expected = ns.e_value_of_difference(yes, no, share, v, df=model.df)
    assert found["conversion"] == "risks"
    compare([found["e_value"], found["e_value_limit"]], [expected.point, expected.limit], 1e-8, "risks")
    by_number = people.sensitivity(people.regress("wide ~ ell", "linear"), "ell").table.iloc[0]
    assert by_number["flag"] == "no_risk_ratio"


def test_weights_scale_nothing_and_contours_hold_the_estimate() -> None:
    people = survey("dstrat")
    found = people.sensitivity(people.regress("api00 ~ ell + meals", "linear"), "ell")
    heavy = people.with_frame(people.frame.assign(pw=people.frame["pw"] * 7))
    again = heavy.sensitivity(heavy.regress("api00 ~ ell + meals", "linear"), "ell")
    compare(again.table["robustness_value"].iloc[0], found.table["robustness_value"].iloc[0], 1e-9, "scale")
    grid = found.contours(limit=0.3, n=4)
    assert len(grid) == 16
    assert grid["r2_treatment"].max() == 0.3
    first = grid.iloc[0]
    compare(first["estimate"], found.table["estimate"].iloc[0], 1e-12, "no confounder")
    last = found.coefficients["ell"].adjusted(0.3, 0.3)
    compare(grid.iloc[-1]["statistic"], float(last.statistic), 1e-12, "corner")


def test_bounds_that_no_confounder_can_reach() -> None:
    frame = data("apiclus1")
    frame["near"] = frame["ell"] + np.tile([0.0, 6.0, -6.0], len(frame))[: len(frame)]
    people = Survey(frame, weight="pw", psu="dnum")
    found = people.sensitivity(people.regress("api00 ~ ell + near + meals", "linear"), "ell")
    flags = found.bounds.set_index(["benchmark", "strength"])["flag"]
    assert flags.loc["near", 3.0] == "impossible"
    assert found.bounds.loc[found.bounds["flag"] == "impossible", "estimate"].isna().all()
    assert bound(3.0, 0.01, 0.6).flag == "capped"
    assert bound(3.0, 0.01, 0.6).r2_outcome == 1.0


@pytest.mark.parametrize(
    ("given", "fact"),
    [
        ({"estimate": -1.0}, "is no positive number"),
        ({"estimate": np.nan}, "is no positive number"),
        ({"estimate": 2.0, "conf_low": 1.0}, "one limit of the interval"),
        ({"estimate": 2.0, "conf_low": 3.0, "conf_high": 4.0}, "does not hold the estimate"),
        ({"estimate": 2.0, "measure": "hazard_ratio"}, "is not known"),
        ({"estimate": 2.0, "measure": "odds_ratio"}, "its prevalence is not told"),
        ({"estimate": 2.0, "prevalence": 0.2}, "has no use for the prevalence"),
        ({"estimate": 2.0, "measure": "odds_ratio", "prevalence": 20}, r"outside \[0, 1\]"),
    ],
)
def test_refused_e_values(given: dict, fact: str) -> None:
    with pytest.raises(UsageError, match=fact) as told:
        ns.e_value(**given)
    assert told.value.where is not None
    assert told.value.do is not None


def test_refused_differences() -> None:
    v = np.eye(2) * 1e-3
    with pytest.raises(UsageError, match="outside its range"):
        ns.e_value_of_difference(30, 15, 0.5, v)
    with pytest.raises(UsageError, match=r"shape \(3,\)"):
        ns.e_value_of_difference(0.3, 0.2, 0.5, np.ones(3))
    with pytest.raises(UsageError, match="not symmetric"):
        ns.e_value_of_difference(0.3, 0.2, 0.5, [[1e-3, 1e-4], [0, 1e-3]])
    with pytest.raises(EstimationError, match="nobody with the outcome"):
        ns.e_value_of_difference(0.3, 0.0, 0.5, v)


def test_refused_sensitivity() -> None:
    people = survey("dclus1")
    linear = people.regress("api00 ~ ell + meals", "linear")
    with pytest.raises(EstimationError, match='no term "el"') as told:
        people.sensitivity(linear, "el")
    assert "ell" in str(told.value.do)
    with pytest.raises(EstimationError, match="is not another term"):
        people.sensitivity(linear, "ell", benchmarks="ell")
    with pytest.raises(UsageError, match="q holds no value"):
        people.sensitivity(linear, "ell", q=0)
    with pytest.raises(UsageError, match="strengths holds no value"):
        people.sensitivity(linear, "ell", strengths=[])
    with pytest.raises(EstimationError, match="not one number"):
        people.sensitivity(people.regress("api00 ~ ell * meals", "linear"), "ell")
    with pytest.raises(UsageError, match="not defined for a probit"):
        people.sensitivity(people.regress("wide ~ ell", "probit"), "ell")
    logit = people.regress("wide ~ ell + meals")
    with pytest.raises(UsageError, match="of a linear model"):
        people.sensitivity(logit, "ell", benchmarks="meals")
    with pytest.raises(UsageError, match="has levels, not units"):
        people.sensitivity(people.regress("api00 ~ stype", "linear"), "stype", contrast=10)
    with pytest.raises(UsageError, match="the E-value of two risks"):
        people.sensitivity(people.regress("wide ~ ell", "linear"), "ell", contrast=10)
    with pytest.raises(UsageError, match="no contours"):
        people.sensitivity(logit, "ell").contours()
    found = people.sensitivity(linear, "ell")
    with pytest.raises(UsageError, match="not a coefficient"):
        found.contours("meals")
    with pytest.raises(UsageError, match="outside"):
        found.contours(limit=1.0)
    with pytest.raises(UsageError, match="with the treatment"):
        found.coefficients["ell"].adjusted(1.0, 0.1)
    with pytest.raises(UsageError, match="with the outcome"):
        found.coefficients["ell"].adjusted(0.1, 1.1)
    with pytest.raises(UsageError, match="no positive number"):
        LinearCoefficient.of_least_squares(1.0, 0.0, 10)
    doubled = people.with_frame(people.frame.assign(double=people.frame["ell"] * 2 + people.frame["meals"]))
    with pytest.raises(EstimationError, match="without error"):
        doubled.sensitivity(doubled.regress("double ~ ell + meals", "linear"), "ell")
