"""Correlations, rank tests and domains against the rest are the same from every backend."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract.conftest import in_turn, make_people

from netralstat import Survey
from netralstat.estimate.complements import versus_rest
from netralstat.estimate.correlation import correlation, covariances
from netralstat.estimate.domains import Question
from netralstat.estimate.rank_tests import rank_test

DESIGNS: dict[str, dict[str, Any]] = {
    "persons": {"weight": "w", "stratum": "stratum"},
    "clusters": {"weight": "w", "stratum": "stratum", "psu": "psu", "fpc": "population"},
}
NUMBERS = ["score", "rank", "share", "truth"]
BY_SEX = Question(by=("sex",), overall=True)
ASKED: dict[str, Callable[[Any, Any], Any]] = {
    "correlation": lambda frame, design: correlation(frame, design, NUMBERS, BY_SEX),
    "covariances": lambda frame, design: covariances(frame, design, NUMBERS, BY_SEX),
    "rest": lambda frame, design: versus_rest(frame, design, ["binary", "word"], Question(by=("colour",))),
}


@cache
def of_pandas(design: str, asked: str) -> Any:
    people = make_people()
    return ASKED[asked](people, Survey(people, **DESIGNS[design]).design)


@pytest.mark.parametrize(("frame", "design", "asked"), in_turn(DESIGNS, ASKED), indirect=["frame"])
def test_tables(people: pd.DataFrame, frame: Callable[[pd.DataFrame], Any], design: str, asked: str) -> None:
    made = frame(people)
    wanted = of_pandas(design, asked)
    found = ASKED[asked](made, Survey(made, **DESIGNS[design]).design)
    labels = [name for name in ("item", "level", *wanted.by) if name in wanted.table]
    key = [str(row) for row in wanted.table[labels].to_numpy().tolist()]
    own = [str(row) for row in found.table[labels].to_numpy().tolist()]
    order = [own.index(row) for row in key]  # Spark declares no order of levels
    found = found.take(order)
    for column in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
        if column in wanted.table:
            np.testing.assert_allclose(found.table[column], wanted.table[column], 1e-8, 1e-12, err_msg=column)
    if "n" in wanted.table:
        assert found.table["n"].tolist() == wanted.table["n"].tolist()
    np.testing.assert_allclose(found.covariance, wanted.covariance, 1e-8, 1e-10)


@pytest.mark.parametrize("design", DESIGNS)
def test_ranks(people: pd.DataFrame, frame: Callable[[pd.DataFrame], Any], design: str) -> None:
    made = frame(people)
    wanted = rank_test(people, Survey(people, **DESIGNS[design]).design, "score", "sex", Question())
    found = rank_test(made, Survey(made, **DESIGNS[design]).design, "score", "sex", Question())
    assert (found.groups, found.n, found.df) == (wanted.groups, wanted.n, wanted.df)
    assert found.statistic == pytest.approx(wanted.statistic, rel=1e-10)
