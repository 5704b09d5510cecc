"""Rank tests: the ranks of a weighted population, more than two groups, and simple random samples."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from netralstat import Survey
from netralstat.estimate.domains import Question
from netralstat.estimate.rank_tests import rank_test


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(53)
    n = 300
    frame = pd.DataFrame(
        {
            "w": rng.uniform(1, 5, n),
            "h": rng.integers(0, 3, n),
            "cluster": rng.integers(0, 12, n),
            "g": rng.choice(["a", "b", "c"], n),
            "two": rng.choice(["no", "yes"], n),
        }
    )
    frame["y"] = rng.integers(1, 6, n) + (frame["g"] == "c")
    return frame


def mid_shares(frame: pd.DataFrame) -> np.ndarray:
    """Weight below an answer plus half the weight at it, over all."""
    y, w = frame["y"].to_numpy(), frame["w"].to_numpy()
    below = np.array([w[y < value].sum() for value in y])
    at = np.array([w[y == value].sum() for value in y])
    return (below + at / 2) / w.sum()


@pytest.mark.parametrize("psu", [None, "cluster"])
@pytest.mark.parametrize(
    ("test", "score"),
    [
        ("wilcoxon", lambda share: share),
        ("van_der_waerden", special.ndtri),
        ("median", lambda share: (share > 0.5).astype(float)),
    ],
)
def test_a_difference_of_mean_scores(frame: pd.DataFrame, psu, test, score) -> None:
    scored = frame.assign(score=score(mid_shares(frame)))
    means = Survey(scored, weight="w", stratum="h", psu=psu).mean("score", by="two")
    row = means.difference({"two": "yes"}, {"two": "no"}).table.iloc[0]
    design = Survey(frame, weight="w", stratum="h", psu=psu).design
    found = rank_test(frame, design, "y", "two", Question(), test=test)
    assert found.scores == pytest.approx(means.table["estimate"].tolist(), rel=1e-12)
    assert (found.estimate, found.statistic) == pytest.approx((row["estimate"], row["statistic"]), rel=1e-10)
    assert found.df == (1, row["df"] - 1)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(row["statistic"]), row["df"] - 1), rel=1e-9)
    assert sum(found.n) == len(frame)


def test_more_than_two_groups_are_a_wald_test_of_mean_scores(frame: pd.DataFrame) -> None:
    scored = frame.assign(score=mid_shares(frame))
    wald = Survey(scored, weight="w", stratum="h").mean("score", by="g").equality(test="wald").table.iloc[0]
    found = rank_test(frame, Survey(frame, weight="w", stratum="h").design, "y", "g", Question())
    assert found.statistic == pytest.approx(wald["statistic"], rel=1e-9)
    assert found.df == (2, 297 - 2)
    assert found.p_value == pytest.approx(stats.f.sf(wald["statistic"], 2, 295), rel=1e-8)
    assert np.isnan(found.estimate)
    assert found.groups == ("a", "b", "c")
    assert str(found).startswith("Wilcoxon (Kruskal–Wallis): F = ")


def test_only_the_order_counts(frame: pd.DataFrame) -> None:
    design = Survey(frame, weight="w", stratum="h").design
    one = rank_test(frame, design, "y", "two", Question())
    other = rank_test(frame.assign(y=np.exp(frame["y"])), design, "y", "two", Question())
    assert (one.statistic, one.p_value) == pytest.approx((other.statistic, other.p_value), rel=1e-12)


def test_a_simple_random_sample_is_nearly_scipys(frame: pd.DataFrame) -> None:
    """Mann–Whitney's U is the difference of mean ranks; its variance under the null is a little another."""
    simple = frame.drop(columns="w")
    found = rank_test(simple, Survey(simple).design, "y", "two", Question())
    yes, no = (simple.loc[simple["two"] == level, "y"] for level in ("yes", "no"))
    u = stats.mannwhitneyu(yes, no, use_continuity=False)
    assert found.estimate == pytest.approx((u.statistic / (len(yes) * len(no)) - 0.5), rel=1e-10)
    assert found.p_value == pytest.approx(u.pvalue, rel=0.05)


def test_a_domain_and_missing_answers(frame: pd.DataFrame) -> None:
    holed = frame.assign(y=frame["y"].where(frame.index % 7 > 0))
    survey = Survey(holed, weight="w", stratum="h")
    question = Question(where={"g": ["a", "b"]})
    found = rank_test(holed, survey.design, "y", "two", question)
    inside = holed["g"].isin(["a", "b"]) & holed["y"].notna()
    assert sum(found.n) == inside.sum()
    scored = holed.assign(score=np.nan)
    scored.loc[inside, "score"] = mid_shares(holed[inside])
    means = Survey(scored, weight="w", stratum="h").mean("score", by="two")
    row = means.difference({"two": "yes"}, {"two": "no"}).table.iloc[0]
    assert found.statistic == pytest.approx(row["statistic"], rel=1e-10)
    assert found.df[1] == 296
    own = rank_test(holed, survey.design, "y", "two", Question(where={"g": ["a", "b"]}, df="domain"))
    assert own.df[1] == inside.sum() - 3 - 1
