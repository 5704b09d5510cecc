"""Coefficients that rest on few respondents, or tell what all or none of a few did, are not printed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.report.models.suppression import few_respondents, suppress_coefficients


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Forty of a common grade, thirty of another, of whom three did it, and eight of a third."""
    grade = ["a"] * 40 + ["b"] * 30 + ["c"] * 8
    did = [1, 0] * 20 + [1] * 3 + [0] * 27 + [1, 0] * 4
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"grade": grade, "did": did, "age": rng.integers(20, 60, 78)})
    return Survey(frame).regress("did ~ grade + age").to_frame()


def test_counts_are_those_of_the_level(table: pd.DataFrame) -> None:
    by_level = table.set_index("term")[["n", "n_yes"]]
    assert by_level.loc["grade[a]"].tolist() == [40, 20]
    assert by_level.loc["grade[b]"].tolist() == [30, 3]
    assert by_level.loc["grade[c]"].tolist() == [8, 4]
    assert by_level.loc["age"].tolist() == [78, 27]


def test_what_is_hidden(table: pd.DataFrame) -> None:
    hidden = suppress_coefficients(table, 10).set_index("term")
    assert hidden["flag"].to_dict() == {
        "(Intercept)": "",
        "grade[a]": "",
        "grade[b]": "suppressed_numerator",
        "grade[c]": "suppressed_n",
        "age": "",
    }
    few = hidden.loc[["grade[b]", "grade[c]"], ["estimate", "odds_ratio", "n", "p_value"]]
    assert few.isna().to_numpy().all()
    assert "n_yes" not in hidden
    assert hidden.loc["age", "estimate"] == table.set_index("term").loc["age", "estimate"]


def test_a_product_counts_those_with_all_its_levels() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], 300), "grade": rng.choice(["a", "b"], 300)})
    frame["did"] = rng.integers(0, 2, 300)
    rows = Survey(frame).regress("did ~ sex * grade").to_frame().set_index("term")
    inside = frame[(frame["sex"] == "m") & (frame["grade"] == "b")]
    assert rows.loc["sex:grade[m:b]", ["n", "n_yes"]].tolist() == [len(inside), inside["did"].sum()]


def test_a_number_is_hidden_by_the_outcome_of_all() -> None:
    assert few_respondents({"n": 500.0, "n_yes": 9.0}, 10) == "suppressed_numerator"
    assert few_respondents({"n": 500.0, "n_yes": 491.0}, 10) == "suppressed_numerator"
    assert few_respondents({"n": 500.0}, 10) == ""
    assert few_respondents({"n": 9.0}, 10) == "suppressed_n"
