"""One item out of several answers: the same on every backend, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.errors import DesignError, EstimationError, UsageError

ToFrame = Callable[[pd.DataFrame], Any]


def test_any_of_is_known_once_one_is_chosen(people: pd.DataFrame, frame: ToFrame) -> None:
    """1 where one is 1, missing where none is and one is missing, else 0."""
    chosen = pd.DataFrame(
        {
            "w": [1.0, 2.0, 4.0, 8.0, 16.0],
            "a": [1.0, 0.0, 0.0, np.nan, np.nan],
            "b": [0, 0, 1, 1, 0],
            "c": [np.nan, 0.0, 0.0, np.nan, 0.0],
        }
    )
    survey = Survey(frame(chosen), weight="w").any_of("act", ["a", "b", "c"])
    row = survey.prevalence("act").table.iloc[0]
    assert (row["n"], row["n_yes"]) == (4, 3)  # the last is open
    np.testing.assert_allclose(row["estimate"], (1 + 4 + 8) / (1 + 2 + 4 + 8), 1e-12)


def test_any_of_one_item_is_that_item(people: pd.DataFrame, frame: ToFrame) -> None:
    survey = Survey(frame(people), weight="w", stratum="stratum", psu="psu")
    both = survey.any_of("same", ["binary"]).prevalence(["binary", "same"], by="sex")
    half = len(both) // 2
    np.testing.assert_allclose(both.table["estimate"][:half], both.table["estimate"][half:], 1e-12)
    np.testing.assert_allclose(both.covariance[:half, :half], both.covariance[half:, half:], 1e-10)


def test_refusals(people: pd.DataFrame) -> None:
    survey = Survey(people, weight="w")
    with pytest.raises(EstimationError, match='"rank" holds more than 0 and 1'):
        survey.any_of("act", ["binary", "rank"])
    with pytest.raises(EstimationError, match='"word" holds more than 0 and 1'):
        survey.any_of("act", ["word"])
    with pytest.raises(DesignError, match='no column "bnary"'):
        survey.any_of("act", ["bnary"])
    with pytest.raises(UsageError, match="no column was named"):
        survey.any_of("act", [])
    with pytest.raises(UsageError, match='have a column "binary" already'):
        survey.any_of("binary", ["binary"])


def test_a_survey_keeps_the_data_as_they_were() -> None:
    frame = pd.DataFrame({"w": 1.0, "a": [1, 0, 0, 0], "b": [0, 0, 0, 1]})
    survey = Survey(frame, weight="w")
    frame["a"] = 1
    frame.loc[0, "w"] = 100.0
    assert survey.prevalence("a").table["estimate"][0] == 0.25
    assert survey.any_of("act", ["a", "b"]).prevalence("act").table["estimate"][0] == 0.5
