"""What quantiles must be whatever the data, what each flag means, and every refusal."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.errors import EstimationError, UsageError
from netralstat.estimate.distributions import Rule
from netralstat.estimate.estimates import Estimates

NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "df", "n", "n_eff"]  # deff knows N
RULES = get_args(Rule)
KINDS = ("math", "hf3", "hf7", "shahvaish")  # one rule of each way of reading the distribution


def people(n: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    return pd.DataFrame(
        {
            "w": rng.choice([1.5, 2.0, 7.25], n),
            "h": np.repeat([0, 1, 2], n // 3),
            "c": np.tile(np.arange(8), n // 8),
            "age": rng.integers(20, 60, n).astype(float),
            "asked": rng.integers(0, 2, n),
            "sex": rng.choice(["f", "m"], n),
        }
    )


PEOPLE = people()


def survey(frame: pd.DataFrame = PEOPLE) -> Survey:
    return Survey(frame, weight="w", stratum="h", psu="c")


def numbers(estimates: Estimates) -> np.ndarray:
    return estimates.table[NUMBERS].to_numpy(dtype=float)


def quantile(values: list[float], p: float, rule: Rule = "math", weights: list[float] | None = None) -> float:
    frame = pd.DataFrame({"x": values, "w": weights or [1.0] * len(values)})
    return float(Survey(frame, weight="w").quantile("x", p, rule=rule).table["estimate"][0])


@pytest.mark.parametrize("rule", KINDS)
def test_what_does_not_matter(rule: Rule) -> None:
    """Order of the rows, scale of the weights, a domain of everybody."""
    asked = survey().quantile("age", rule=rule)
    changed = PEOPLE.sample(frac=1, random_state=3).assign(w=lambda rows: rows["w"] * 9)
    other = survey(changed).quantile("age", where={"sex": ["f", "m"]}, rule=rule)
    assert other.table["flag"].tolist() == asked.table["flag"].tolist() == ["", "", ""]
    np.testing.assert_allclose(numbers(other), numbers(asked), 1e-9)
    np.testing.assert_allclose(other.covariance, asked.covariance, 1e-9)


@pytest.mark.parametrize("rule", KINDS)
def test_quantiles_rise_with_the_share_and_stay_within_the_answers(rule: Rule) -> None:
    found = survey().quantile("age", np.linspace(0, 1, 41), rule=rule).table["estimate"]
    assert (np.diff(found) >= 0).all()
    assert found.iloc[0] == PEOPLE["age"].min()
    assert found.iloc[-1] == PEOPLE["age"].max()


# Five and six people, one each: what each rule of Hyndman & Fan (1996, table 1) gives by hand.
BY_HAND = {
    "math": (20, 30, 30),
    "school": (20, 30, 35),
    "hf1": (20, 30, 30),
    "hf2": (20, 30, 35),
    "hf3": (20, 30, 40),
    "hf4": (12.5, 25, 30),
    "hf5": (17.5, 30, 35),
    "hf6": (15, 30, 35),
    "hf7": (20, 30, 35),
    "hf8": (20 - 10 / 3, 30, 35),
    "hf9": (16.875, 30, 35),
    "shahvaish": (10, 30, 30),
}


FIVE_AND_SIX = pd.DataFrame(
    {"x": [30, 10, 50, 20, 40, 60, 30, 10, 50, 20, 40], "d": ["five"] * 5 + ["six"] * 6}
)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_by_hand(rule: Rule) -> None:
    estimates = Survey(FIVE_AND_SIX).quantile("x", [0.25, 0.5], by="d", rule=rule).table["estimate"]
    assert (estimates[0], estimates[2], estimates[3]) == pytest.approx(BY_HAND[rule], rel=1e-12)


@pytest.mark.parametrize("rule", ["school", "hf5", "hf6", "hf7", "hf8", "hf9"])
def test_median_of_symmetric_answers_is_their_centre(rule: Rule) -> None:
    weights = [2.0, 5, 5, 2] if rule in ("school", "hf5") else None  # the others treat the last one apart
    assert quantile([-3.0, -1, 1, 3], 0.5, rule, weights) == pytest.approx(0, abs=1e-12)


def test_a_0_1_item_steps_where_its_prevalence_says() -> None:
    p = survey().prevalence("asked").table["estimate"][0]
    found = survey().quantile("asked", [1 - p - 1e-6, 1 - p + 1e-6]).table["estimate"]
    assert found.tolist() == [0, 1]
    assert survey(PEOPLE.assign(asked=PEOPLE["asked"] == 1)).quantile("asked", 0.9).table["estimate"][0] == 1


def test_weights_of_zero_do_not_place_anybody() -> None:
    for rule in KINDS:
        known = quantile([1, 2, 3, 4], 0.6, rule)
        assert quantile([1, 2, 2, 3, 3, 4, 9], 0.6, rule, [1, 1, 0, 1, 0, 1, 0]) == pytest.approx(known)


def test_covariance_holds_the_standard_errors_and_the_overlap() -> None:
    estimates = survey().quantile(["age", "asked"], [0.25, 0.75], by="sex", overall=True, rule="hf7")
    table = estimates.table
    assert list(table["item"]) == ["age"] * 6 + ["asked"] * 6
    assert list(table["level"][:6]) == [0.25] * 3 + [0.75] * 3
    assert list(table["sex"][:3]) == ["f", "m", None]
    known = table["std_error"].notna().to_numpy()
    diagonal = np.sqrt(np.diag(estimates.covariance))
    np.testing.assert_allclose(diagonal[known], table["std_error"][known], 1e-12)
    assert np.isnan(diagonal[~known]).all()
    whole = estimates.take(estimates.rows(item="age", sex=None))
    spread = whole.difference({"level": 0.75}, {"level": 0.25}).table.iloc[0]
    q, s, v = whole.table["estimate"], whole.table["std_error"], whole.covariance
    assert spread["estimate"] == pytest.approx(q[1] - q[0])
    assert spread["std_error"] == pytest.approx(np.sqrt(s[0] ** 2 + s[1] ** 2 - 2 * v[0, 1]), rel=1e-12)
    assert 0 < v[0, 1] < s[0] * s[1]
    assert estimates.statistic == "quantile"
    assert estimates.interval == "woodruff_mean"
    assert estimates.provenance["rule"] == "hf7"


def test_density_in_the_influence_is_the_one_that_the_interval_implies() -> None:
    """On a fine uniform scale the density is known: the covariance is that of the shares over f²."""
    n = 4000
    frame = pd.DataFrame({"x": np.random.default_rng(5).permutation(n) / n})
    covariance = Survey(frame).quantile("x", [0.25, 0.5], rule="hf7").covariance
    srs = np.array([[0.25 * 0.75, 0.25 * 0.5], [0.25 * 0.5, 0.25]]) / (n - 1)
    np.testing.assert_allclose(covariance, srs, 2e-3)


def test_calibrating_to_the_item_itself_leaves_nothing_uncertain() -> None:
    frame = PEOPLE.assign(group=(PEOPLE["age"] // 20 * 20).astype(int))
    raked = survey(frame).calibrate({"group": {20: 500.0, 40: 500.0}})
    row = raked.quantile("group", 0.25).table.iloc[0]
    assert [row["estimate"], row["std_error"], row["conf_low"], row["conf_high"]] == [20, 0, 20, 20]
    assert row["flag"] == "no_variance"


FLAGGED = pd.DataFrame(
    {
        "d": ["none"] * 3 + ["weightless"] * 2 + ["one"] + ["same"] * 4 + ["few"] * 3 + ["heaped"] * 40,
        "x": [np.nan] * 3
        + [5.0, 6]
        + [7.0]
        + [8.0] * 4
        + [1.0, 2, 3]
        + [1.0] * 5
        + [2.0] * 25
        + [3.0] * 9
        + [4.0],
        "w": [1.0] * 3 + [0.0] * 2 + [1.0] * 48,
    }
)


def test_each_flag() -> None:
    estimates = Survey(FLAGGED, weight="w").quantile("x", [0.5, 1.0], by="d")
    table = estimates.table.set_index(["level", "d"])
    medians = table.loc[0.5]
    assert medians["flag"].to_dict() == {
        "few": "open_interval",
        "heaped": "",
        "none": "no_respondents",
        "one": "one_respondent",
        "same": "one_value",
        "weightless": "no_respondents",
    }
    assert medians["n"].to_dict() == {"few": 3, "heaped": 40, "none": 0, "one": 1, "same": 4, "weightless": 0}
    shown = medians[["estimate", "std_error", "conf_low", "conf_high"]].astype(float)
    np.testing.assert_array_equal(shown.loc["same"], [8, 0, 8, 8])
    np.testing.assert_array_equal(shown.loc["heaped", ["estimate", "conf_low", "conf_high"]], [2, 2, 3])
    np.testing.assert_array_equal(shown.loc["one"], [7, np.nan, np.nan, np.nan])
    assert np.isnan(shown.loc[["none", "weightless"]].to_numpy()).all()
    assert shown.loc["few", "estimate"] == 2
    assert np.isnan(shown.loc["few", "std_error"])
    largest = table.loc[1.0]
    assert largest.loc["heaped", "flag"] == "extreme"
    assert largest.loc["heaped", "estimate"] == 4
    assert largest.loc["heaped", ["std_error", "conf_low", "conf_high"]].isna().all()
    assert largest.loc["same", "flag"] == "one_value"


@pytest.mark.parametrize("interval", ["mean", "beta", "xlogit"])
def test_at_the_largest_answer_the_interval_is_open_above(interval: str) -> None:
    row = (
        Survey(FLAGGED, weight="w")
        .quantile("x", 0.99, where={"d": "heaped"}, interval=interval)
        .table.iloc[0]
    )
    assert (row["estimate"], row["conf_low"], row["flag"]) == (4, 3, "open_interval")
    assert np.isnan([row["conf_high"], row["std_error"]]).all()


def test_a_domain_in_one_psu_has_no_interval_under_its_own_df() -> None:
    frame = PEOPLE.assign(d=np.where((PEOPLE["h"] == 0) & (PEOPLE["c"] == 3), "a", "b"))
    row = survey(frame).quantile("age", 0.5, where={"d": "a"}, df="domain").table.iloc[0]
    assert (row["df"], row["flag"]) == (0, "no_interval")
    assert np.isnan([row["std_error"], row["conf_low"], row["conf_high"]]).all()


@pytest.mark.parametrize(
    ("asked", "error", "fact", "where"),
    [
        ({"probs": 1.5}, UsageError, "1 of 1 probs are no share of the population", "probs"),
        ({"probs": [0.5, "half"]}, UsageError, "1 of 2 probs", "probs"),
        ({"probs": [0.5, float("nan"), True]}, UsageError, "2 of 3 probs", "probs"),
        ({"probs": "0.5"}, UsageError, "1 of 1 probs", "probs"),
        ({"probs": []}, UsageError, "0 of 0 probs", "probs"),
        ({"rule": "hf10"}, UsageError, 'rule = "hf10" is not known', "rule"),
        ({"interval": "logit"}, UsageError, 'interval = "logit" is not known', "interval"),
        ({"level": 1}, UsageError, "level = 1 is outside", "level"),
        ({"items": "sex"}, EstimationError, 'item "sex" holds text or categories', "item sex"),
        ({"where": {"sex": "x"}}, EstimationError, 'item "sex" has no level "x"', "where, item sex"),
    ],
)
def test_refusals(asked, error, fact, where) -> None:
    with pytest.raises(error) as caught:
        survey().quantile(**{"items": "age", **asked})
    assert fact in caught.value.fact
    assert caught.value.where == where
    assert caught.value.do


def test_negative_weights_of_a_linear_calibration_are_refused() -> None:
    frame = pd.DataFrame({"a": [0, 0, 1, 1] * 5, "b": [0, 1, 0, 1] * 5, "x": np.arange(20.0)})
    frame = pd.concat([frame, frame[frame["a"] == frame["b"]]])
    linear = Survey(frame).calibrate({"a": {0: 95.0, 1: 5.0}, "b": {0: 5.0, 1: 95.0}}, method="linear")
    with pytest.raises(EstimationError, match=r"\d+ respondents have a negative calibrated weight") as caught:
        linear.quantile("x")
    assert caught.value.where == "calibration"


def test_an_item_that_nobody_answered_has_a_row_that_says_so() -> None:
    row = survey(PEOPLE.assign(age=np.nan)).quantile("age", 0.5).table.iloc[0]
    assert (row["n"], row["flag"]) == (0, "no_respondents")
