"""Weights from a sampling frame: what they are, and what keeps them from being."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.design.weights import FPC, STRATUM, WEIGHT, base_weights, stage_weights
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
    assert summary.ratio == pytest.approx(10, rel=1e-14)
    assert summary.cv == pytest.approx(w.std() / w.mean(), rel=1e-14)
    assert summary.n_eff == pytest.approx(256 / (w**2).sum(), rel=1e-14)


def test_a_negative_weight_has_no_ratio() -> None:
    frame = pd.DataFrame({"a": [0] * 9 + [1, 0] + [1] * 9, "b": [0] * 10 + [1] * 10, "w": 5.0})
    linear = Survey(frame, weight="w").calibrate({"a": {0: 95.0, 1: 5.0}, "b": {0: 5.0, 1: 95.0}}, "linear")
    assert linear.weights().smallest < 0
    assert linear.weights().ratio == np.inf


STAGES = pd.DataFrame({"f1": [0.1, 0.1, 0.5], "m": [3, 3, 8], "M": [12, 12, 8]}, index=list("abc"))


def test_weights_of_stages_are_products_of_inverse_fractions() -> None:
    made = stage_weights(STAGES, ["f1", ("m", "M")])
    assert made.to_dict() == {"a": 40.0, "b": 40.0, "c": 2.0}
    assert stage_weights(STAGES, ["f1"]).tolist() == [10.0, 10.0, 2.0]


STAGES_REFUSED = {
    "no stage": ([], STAGES, "no stage was named", "stages"),
    "absent": (["f2"], STAGES, 'there is no column "f2"', "stage 1"),
    "more than all": (
        ["f1", ("M", "m")],
        STAGES,
        "2 rows have a sampling fraction outside (0, 1] at stage 2",
        "stage 2, M over m, first at row 1",
    ),
    "percent": (["f1"], STAGES.assign(f1=[0.1, 10, 50]), "2 rows have a sampling fraction", "first at row 2"),
    "nobody there": ([("m", "M")], STAGES.assign(M=[12, 0, 8]), "1 rows have a sampling", "first at row 2"),
    "missing": (["f1"], STAGES.assign(f1=[0.1, None, 0.5]), '1 rows have no number in "f1"', "row 2"),
}


@pytest.mark.parametrize("name", STAGES_REFUSED)
def test_stages_refused(name: str) -> None:
    stages, frame, fact, where = STAGES_REFUSED[name]
    with pytest.raises(DesignError) as told:
        stage_weights(frame, stages)
    assert fact in told.value.fact
    assert where in str(told.value.where)
    assert told.value.do


def test_without_weights_everybody_counts_once() -> None:
    summary = Survey(pd.DataFrame({"y": [1, 0, 1]})).weights()
    assert (summary.n, summary.total, summary.deff_kish) == (3, 3.0, 1.0)
    assert (summary.smallest, summary.largest) == (1.0, 1.0)
