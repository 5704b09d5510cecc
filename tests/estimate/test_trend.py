"""Trends over ordered domains: the slope, its error, and the deviation from a straight line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from netralstat import Survey
from netralstat.estimate.estimates import Estimates


@pytest.fixture(scope="module")
def survey() -> Survey:
    rng = np.random.default_rng(23)
    n = 900
    frame = pd.DataFrame(
        {
            "w": rng.uniform(1, 3, n),
            "h": rng.integers(0, 6, n),
            "grade": pd.Categorical(
                rng.choice(["low", "middle", "high", "top"], n), ["low", "middle", "high", "top"]
            ),
            "sex": rng.choice(["f", "m"], n),
        }
    )
    frame["asked"] = (rng.random(n) < 0.15 + 0.06 * frame["grade"].cat.codes).astype(int)
    frame["score"] = rng.normal(0, 1, n)
    return Survey(frame, weight="w", stratum="h")


def by_hand(estimates: Estimates, scores: list[float]) -> tuple[float, float]:
    p, V, s = estimates.table["estimate"].to_numpy(), estimates.covariance, np.array(scores)
    c = (s - s.mean()) / ((s - s.mean()) ** 2).sum()
    return float(c @ p), float(np.sqrt(c @ V @ c))


def test_the_slope_is_the_least_squares_line_through_the_domains(survey: Survey) -> None:
    shares = survey.prevalence("asked", by="grade")
    row = shares.trend().slope.table.iloc[0]
    slope, error = by_hand(shares, [1, 2, 3, 4])
    assert row["estimate"] == pytest.approx(
        np.polyfit([1, 2, 3, 4], shares.table["estimate"], 1)[0], rel=1e-10
    )
    assert (row["estimate"], row["std_error"]) == pytest.approx((slope, error), rel=1e-12)
    assert row["contrast"] == "slope over grade"
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(slope / error), row["df"]), rel=1e-10)
    assert 0.02 < row["estimate"] < 0.10


@pytest.mark.parametrize(
    "scores", [{"low": 0, "middle": 1, "high": 5, "top": 20}, [0, 1, 5, 20], np.array([0.0, 1.0, 5.0, 20.0])]
)
def test_scores_of_ones_own(survey: Survey, scores) -> None:
    shares = survey.prevalence("asked", by="grade")
    found = shares.trend(scores=scores)
    assert found.slope.table["estimate"][0] == pytest.approx(by_hand(shares, [0, 1, 5, 20])[0], rel=1e-12)
    assert found.scores == {"low": 0, "middle": 1, "high": 5, "top": 20}


def test_the_unit_of_the_scores_does_not_matter_to_the_tests(survey: Survey) -> None:
    shares = survey.prevalence("asked", by="grade")
    one, other = shares.trend(scores=[1, 2, 3, 4]), shares.trend(scores=[10, 30, 50, 70])
    assert other.slope.table["estimate"][0] == pytest.approx(one.slope.table["estimate"][0] / 20, rel=1e-12)
    assert other.slope.table["p_value"][0] == pytest.approx(one.slope.table["p_value"][0], rel=1e-10)
    assert other.deviation.table["statistic"][0] == pytest.approx(
        one.deviation.table["statistic"][0], rel=1e-9
    )


def test_the_deviation_is_the_wald_test_of_second_differences(survey: Survey) -> None:
    """With equal steps the line is bent by exactly as much as p_1 - 2 p_2 + p_3 and its neighbour say."""
    shares = survey.prevalence("asked", by="grade")
    bends = np.array([[1.0, -2, 1, 0], [0, 1, -2, 1]])
    d, V = bends @ shares.table["estimate"].to_numpy(), bends @ shares.covariance @ bends.T
    wald, nu = d @ np.linalg.solve(V, d), shares.table["df"][0]
    plain = shares.trend(test="wald").deviation.table.iloc[0]
    assert plain["statistic"] == pytest.approx(wald / 2, rel=1e-10)
    assert (plain["df_num"], plain["df_den"]) == (2, nu)
    adjusted = shares.trend().deviation.table.iloc[0]
    assert adjusted["statistic"] == pytest.approx(wald * (nu - 1) / (2 * nu), rel=1e-10)
    assert adjusted["p_value"] == pytest.approx(stats.f.sf(adjusted["statistic"], 2, nu - 1), rel=1e-9)
    assert plain["hypothesis"] == "grade: straight line"


def test_on_a_straight_line_there_is_no_deviation(survey: Survey) -> None:
    shares = survey.prevalence("asked", by="grade")
    straight = shares.replace_table(shares.table.assign(estimate=[0.1, 0.2, 0.3, 0.4]), shares.covariance)
    found = straight.trend()
    assert found.slope.table["estimate"][0] == pytest.approx(0.1, rel=1e-13)
    assert found.deviation.table["statistic"][0] == pytest.approx(0, abs=1e-20)


def test_two_domains_have_a_slope_which_is_their_difference(survey: Survey) -> None:
    shares = survey.prevalence("asked", by="sex")
    found = shares.trend()
    row = shares.difference({"sex": "m"}, {"sex": "f"}).table.iloc[0]
    slope = found.slope.table.iloc[0]
    assert (slope["estimate"], slope["std_error"]) == pytest.approx(
        (row["estimate"], row["std_error"]), rel=1e-13
    )
    assert found.deviation.table["flag"].tolist() == ["too_few"]


def test_equal_and_straight_together_are_equal(survey: Survey) -> None:
    """Of two groups of contrasts that do not vary together the Wald statistics add up; here they need not."""
    shares = survey.prevalence("asked", by="grade")
    equal = shares.equality(test="wald").table["statistic"][0] * 3
    bent = shares.trend(test="wald").deviation.table["statistic"][0] * 2
    t = shares.trend().slope.table["statistic"][0]
    assert max(bent, t**2) <= equal + 1e-9


def test_each_item_and_other_domain_has_its_trend(survey: Survey) -> None:
    found = survey.mean(["asked", "score"], by=["sex", "grade"], overall=True).trend("grade")
    assert found.slope.table[["item", "sex"]].to_numpy().tolist() == [
        ["asked", "f"], ["asked", "m"], ["score", "f"], ["score", "m"]
    ]  # fmt: skip
    assert found.slope.by == ("sex",)
    assert len(found.deviation) == 4
    alone = survey.mean("score", by=["sex", "grade"]).select(sex="m").trend("grade")
    assert found.slope.table["std_error"][3] == pytest.approx(alone.slope.table["std_error"][0], rel=1e-12)
    # Slopes have a covariance: men's minus women's.
    gap = found.slope.difference({"sex": "m"}, {"sex": "f"}).table
    assert gap["item"].tolist() == ["asked", "score"]
    assert np.isfinite(gap["std_error"]).all()
    assert "slope over grade" in repr(found)
    assert "straight line" in repr(found)


def test_more_domains_than_degrees_of_freedom_still_have_a_slope() -> None:
    frame = pd.DataFrame({"d": np.arange(80) % 8, "c": np.arange(80) // 16, "w": 1.0, "y": np.arange(80) % 3})
    found = Survey(frame, weight="w", psu="c").mean("y", by="d").trend()
    assert np.isfinite(found.slope.table["std_error"][0])
    assert found.deviation.table["flag"].tolist() == ["few_df"]
    assert np.isnan(found.deviation.table["p_value"][0])
