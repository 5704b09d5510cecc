"""Score limits by their definition, quantiles of replicates by leaving PSUs out by hand."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from netralstat import Survey
from netralstat.errors import UsageError

RNG = np.random.default_rng(5)
PEOPLE = pd.DataFrame(
    {
        "w": RNG.choice([1.5, 2.0, 7.25], 240),
        "c": np.repeat(np.arange(24), 10),
        "age": np.round(RNG.normal(40, 9, 240)),
        "sex": RNG.choice(["f", "m"], 240),
    }
).assign(age=lambda f: f["age"] + f["c"] % 5)
PLAIN = Survey(PEOPLE, weight="w", psu="c")


@cache
def shares_below(answer: float, sex: str | None) -> tuple[float, float]:
    """The share at or below an answer, and its standard error."""
    below = PLAIN.with_frame(PEOPLE.assign(below=(PEOPLE["age"] <= answer).astype(int)))
    row = below.mean("below", where=sex and {"sex": sex}).table.iloc[0]
    return row["estimate"], row["std_error"]


def accepted(p: float, where: dict[str, str] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Every answer, and whether the share at or below it differs from p by less than t standard errors."""
    answers = np.unique(PEOPLE["age"])
    t = stats.t.ppf(0.975, 23)
    shares = [shares_below(answer, (where or {}).get("sex")) for answer in answers]
    return answers, np.array([abs(share - p) < t * error for share, error in shares])


@pytest.mark.parametrize("where", [None, {"sex": "f"}])
@pytest.mark.parametrize("p", [0.25, 0.5, 0.9])
def test_score_limits_are_where_the_test_begins_to_reject(p: float, where: dict[str, str] | None) -> None:
    answers, kept = accepted(p, where)
    row = PLAIN.quantile("age", p, where=where, interval="score").table.iloc[0]
    assert row["conf_low"] == answers[kept][0]
    assert row["conf_high"] == answers[np.flatnonzero(kept)[-1] + 1]
    assert row["std_error"] == (row["conf_high"] - row["conf_low"]) / 2 / stats.t.ppf(0.975, 23)
    assert row["flag"] == ""


def test_score_limits_of_many_domains_are_those_of_each() -> None:
    both = PLAIN.quantile("age", [0.3, 0.6], by="sex", overall=True, interval="score").table
    for (p, sex), row in both.set_index(["level", "sex"]).iterrows():
        where = None if pd.isna(sex) else {"sex": sex}
        alone = PLAIN.quantile("age", p, where=where, interval="score").table.iloc[0]
        assert (row["conf_low"], row["conf_high"]) == (alone["conf_low"], alone["conf_high"])


def test_a_side_that_nothing_rejects_is_open() -> None:
    few = Survey(pd.DataFrame({"y": [1.0, 1, 2, 2, 3, 3], "c": [1, 2, 3, 1, 2, 3]}), psu="c")
    row = few.quantile("y", 0.5, interval="score").table.iloc[0]
    assert row["flag"] == "open_interval"
    assert np.isnan([row["conf_low"], row["conf_high"], row["std_error"]]).all()


def weighted_median(frame: pd.DataFrame) -> float:
    ordered = frame.groupby("age")["w"].sum().cumsum()
    return float(ordered.index[ordered >= ordered.iloc[-1] / 2 - 1e-9][0])


def test_jackknife_of_a_median_leaves_out_each_psu() -> None:
    without = np.array([weighted_median(PEOPLE[PEOPLE["c"] != c]) for c in range(24)])
    by_hand = 23 / 24 * ((without - without.mean()) ** 2).sum()
    found = PLAIN.replicates("JK1").quantile("age", 0.5, interval="replicates")
    row = found.table.iloc[0]
    np.testing.assert_allclose(found.covariance[0, 0], by_hand, 1e-10)
    np.testing.assert_allclose(row["std_error"] ** 2, by_hand, 1e-10)
    reach = stats.t.ppf(0.975, 23) * row["std_error"]
    np.testing.assert_allclose(
        [row["conf_low"], row["conf_high"]], [weighted_median(PEOPLE) + s * reach for s in (-1, 1)]
    )


def test_replicates_of_several_items_and_domains_are_those_of_each() -> None:
    replicated = PLAIN.with_frame(PEOPLE.assign(half=PEOPLE["age"] // 2)).replicates(
        "bootstrap", n=60, seed=3
    )
    both = replicated.quantile(["age", "half"], [0.3, 0.6], by="sex", overall=True, interval="replicates")
    for place, row in both.table.iterrows():
        where = None if pd.isna(row["sex"]) else {"sex": row["sex"]}
        alone = replicated.quantile(row["item"], row["level"], where=where, interval="replicates")
        np.testing.assert_allclose(both.covariance[place, place], alone.covariance[0, 0], 1e-10, 1e-12)
    ages = both.table.index[(both.table["item"] == "age") & both.table["sex"].isna()]
    assert both.covariance[ages[0], ages[1]] > 0  # the 30th and the 60th centile move together


@pytest.mark.parametrize(
    ("asked", "fact"),
    [
        ({"interval": "replicates"}, "needs a survey with replicates"),
        ({"interval": "replicates", "rule": "hf7"}, "cannot go with rule"),
        ({"interval": "median"}, "is not known"),
    ],
)
def test_refusals(asked: dict[str, str], fact: str) -> None:
    people = PLAIN.replicates("JK1") if "rule" in asked else PLAIN
    with pytest.raises(UsageError, match=fact):
        people.quantile("age", 0.5, **asked)
