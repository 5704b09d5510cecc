"""Replicate weights of a data producer: scales and hidden causes count them as replicates made here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey

ITEMS = ["a", "b", "c", "d"]


@cache
def surveys() -> tuple[Survey, Survey, Survey]:
    """A sample of 16 PSUs that share much: linearised, its jackknife, and the same jackknife as columns."""
    rng = np.random.default_rng(4)
    stratum, psu = np.repeat([0, 1], 80), np.repeat(np.arange(16), 10)
    common = rng.normal(size=160) + rng.normal(0, 0.8, 16)[psu]
    answers = np.clip(np.round(3 + common[:, None] + rng.normal(size=(160, 5))), 1, 5)
    frame = pd.DataFrame(answers, columns=[*ITEMS, "mark"]).assign(h=stratum, u=psu, w=rng.uniform(1, 4, 160))
    frame["x"] = (common + rng.normal(size=160) > 0).astype(int)
    frame["y"] = (common + frame["x"] + rng.normal(size=160) > 0.5).astype(int)
    lifted = {
        f"r{left}": frame["w"] * np.where(psu == left, 0, np.where(stratum == left // 8, 8 / 7, 1))
        for left in range(16)
    }
    own = Survey(frame, weight="w", stratum="h", psu="u")
    given = Survey(frame.assign(**lifted), weight="w")
    columns = given.replicates("given", columns=list(lifted), rscales=[7 / 8] * 16, scale=1, df=14)
    return own, own.replicates("JKn"), columns


ASKED: dict[str, Callable[[Survey], list[float]]] = {
    "marker": lambda s: s.marker_check(ITEMS, "mark").table[["std_error", "df"]].to_numpy().ravel().tolist(),
    "reliability": lambda s: (
        s.reliability(ITEMS).coefficients[["std_error", "df"]].to_numpy().ravel().tolist()
    ),
    "numbers": lambda s: [*s.factor_model({"f": ITEMS}).table["std_error"], s.factor_model({"f": ITEMS}).df],
    "ordered": lambda s: [
        *s.factor_model({"f": ITEMS}, ordinal=True).table["std_error"],
        s.factor_model({"f": ITEMS}, ordinal=True).df,
    ],
    "hidden_causes": lambda s: (
        s.sensitivity(s.regress("y ~ x + a", "linear"), "x").table["e_value_limit"].tolist()
    ),
    "mediation": lambda s: s.mediation("y", "x", "a").table[["std_error", "df"]].to_numpy().ravel().tolist(),
}


@pytest.mark.parametrize("name", ASKED)
def test_columns_count_as_the_jackknife_that_they_are(name: str) -> None:
    _, made, given = surveys()
    np.testing.assert_allclose(ASKED[name](given), ASKED[name](made), rtol=1e-8)


@pytest.mark.parametrize("name", ["marker", "hidden_causes"])
def test_a_jackknife_is_near_the_linearised_variance_and_not_equal_to_it(name: str) -> None:
    linear, made, _ = (np.array(ASKED[name](s)) for s in surveys())
    assert (linear != made).any()
    np.testing.assert_allclose(made, linear, rtol=0.2)
