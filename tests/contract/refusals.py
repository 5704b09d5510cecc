"""What a refusal has to say, and surveys to provoke it with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract.conftest import make_people

from netralstat import Survey
from netralstat.errors import NetralstatError, UsageError

PEOPLE = make_people().assign(
    twice=lambda f: f["score"] * 2 + 1,
    one="same",
    zero=0,
    never=lambda f: np.where(f["colour"] == "green", 0, f["binary"]),
    count=lambda f: f["rank"] - 3,
    flat=3.0,
    nobody=np.nan,
)
N = len(PEOPLE)
W = PEOPLE["w"].sum()
SEX = {"female": W / 2, "male": W / 2}
COLOUR = {"red": W * 0.5, "amber": W * 0.2, "green": W * 0.3}


def survey(**changed: Any) -> Survey:
    return Survey(PEOPLE.assign(**changed), weight="w", stratum="stratum")


def clustered(**changed: Any) -> Survey:
    return Survey(PEOPLE.assign(**changed), weight="w", stratum="stratum", psu="psu", fpc="population")


def at(rows: list[int], value: Any, column: str = "w") -> pd.Series:
    """A column with `value` in some rows."""
    return PEOPLE[column].astype(float).mask(PEOPLE.index.isin(rows), value)


Refusal = tuple[type[NetralstatError], Callable[[], Any], str, str, str]


def wide(psu: str | None = None) -> Survey:
    """250 respondents with a number of their own."""
    return Survey(
        pd.DataFrame({"id": np.arange(250), "w": 1.0, "psu": np.arange(250) % 25}), weight="w", psu=psu
    )


def assert_refusal(refusal: Refusal) -> None:
    """The call raises just this error, with the fact, a place and a remedy."""
    kind, call, fact, where, do = refusal
    with pytest.raises(NetralstatError) as told:
        call()
    problem = told.value
    assert type(problem) is kind
    assert fact in problem.fact
    assert problem.where is not None
    assert where in problem.where
    assert problem.do is not None
    assert do in problem.do
    assert str(problem) == f"{problem.fact}\n  Where: {problem.where}\n  Do: {problem.do}"
    assert problem.exit_code == (2 if kind is UsageError else 1)
