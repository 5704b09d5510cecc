"""Weights from a sampling frame: what they are, and what keeps them from being."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.design.weights import FPC, STRATUM, WEIGHT, base_weights
from netralstat.errors import DesignError

FRAME = pd.DataFrame(
    {
        "district": ["1101", "1101", "1102"],
        "grade": ["iii", "iv", "iii"],
        "N": [1000, 300, 400],
        "m": [10, 5, 8],
    }
)
RESPONDENTS = pd.DataFrame(
    {"district": ["1101"] * 6 + ["1102"] * 4, "grade": ["iii"] * 4 + ["iv"] * 2 + ["iii"] * 4},
    index=range(5, 15),
)


def weighted(
    respondents: pd.DataFrame = RESPONDENTS, frame: pd.DataFrame = FRAME, **changed: str
) -> pd.DataFrame:
    return base_weights(
        respondents, frame, keys=["district", "grade"], population="N", selected="m", **changed
    )


def test_respondents_of_a_stratum_stand_for_all_in_it() -> None:
    made = weighted()
    assert made.index.tolist() == list(range(5, 15))
    assert made[WEIGHT].tolist() == [250.0] * 4 + [150.0] * 2 + [100.0] * 4
    assert made[FPC].tolist() == [1000.0] * 4 + [300.0] * 2 + [400.0] * 4
    assert made[STRATUM].unique().tolist() == ["1101 × iii", "1101 × iv", "1102 × iii"]
    assert made[WEIGHT].sum() == FRAME["N"].sum()


def test_without_adjustment_nonrespondents_are_lost() -> None:
    made = weighted(nonresponse="none")
    assert made[WEIGHT].tolist() == [100.0] * 4 + [60.0] * 2 + [50.0] * 4


def test_keys_may_be_numbers_or_categories() -> None:
    numbers = weighted(RESPONDENTS.astype({"district": int, "grade": "category"}))
    assert numbers[WEIGHT].tolist() == weighted()[WEIGHT].tolist()


REFUSED = {
    "stratum twice": (
        RESPONDENTS,
        pd.concat([FRAME, FRAME.iloc[:1]]),
        "1 strata stand twice in the sampling frame",
        "stratum 1101 × iii",
    ),
    "respondent outside": (
        RESPONDENTS.assign(grade=["ii"] * 2 + ["iii"] * 2 + ["iv"] * 2 + ["iii"] * 4),
        FRAME,
        "2 respondents belong to 1 strata that the sampling frame does not have",
        "accepted row 1",
    ),
    "nobody in a stratum": (
        RESPONDENTS.iloc[:6],
        FRAME,
        "1 of 3 strata have a population but no respondents",
        "stratum 1102 × iii",
    ),
    "more than selected": (
        RESPONDENTS,
        FRAME.assign(m=[10, 1, 8]),
        "1 strata have more respondents than persons selected",
        "stratum 1101 × iv",
    ),
    "no key": (
        RESPONDENTS.assign(grade=[None, *RESPONDENTS["grade"].tolist()[1:]]),
        FRAME,
        '1 respondents have no "grade", so their stratum is unknown',
        "accepted row 1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal(name: str) -> None:
    respondents, frame, fact, where = REFUSED[name]
    with pytest.raises(DesignError) as told:
        weighted(respondents, frame)
    assert fact in told.value.fact
    assert where in str(told.value.where)
    assert told.value.do


def test_what_the_weights_look_like() -> None:
    w = np.array([1.0, 2, 3, 10])
    summary = Survey(pd.DataFrame({"w": w}), weight="w").weights()
    assert (summary.n, summary.total) == (4, 16.0)
    assert summary.deff_kish == pytest.approx(4 * (w**2).sum() / 256, rel=1e-14)
    assert (summary.smallest, summary.largest) == pytest.approx((0.25, 2.5), rel=1e-14)


def test_without_weights_everybody_counts_once() -> None:
    summary = Survey(pd.DataFrame({"y": [1, 0, 1]})).weights()
    assert (summary.n, summary.total, summary.deff_kish) == (3, 3.0, 1.0)
    assert (summary.smallest, summary.largest) == (1.0, 1.0)
