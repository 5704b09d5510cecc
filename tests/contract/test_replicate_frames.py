"""Replicates are the same from every backend, those made here and those of a data producer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey

pytestmark = pytest.mark.long

DESIGNS: dict[str, dict[str, Any]] = {
    "persons": {"weight": "w", "stratum": "stratum"},
    "clusters": {"weight": "w", "stratum": "stratum", "psu": "psu", "fpc": "population"},
}
ASKED: dict[str, dict[str, Any]] = {
    "jackknife": {"kind": "JKn"},
    "bootstrap": {"kind": "bootstrap", "n": 40, "seed": 3},
    "weights": {"kind": "bootstrap", "columns": [f"r{i}" for i in range(8)]},
    "factors": {"kind": "BRR", "columns": [f"f{i}" for i in range(8)], "combined": False, "mse": True},
}
NUMBERS: dict[str, Callable[[Survey], Any]] = {
    "shares": lambda s: s.prevalence(["binary", "truth", "word"], by="sex", overall=True),
    "means": lambda s: s.mean(["score", "share"], by="sex"),
    "totals": lambda s: s.total(["rank", "word"]),
    "ratio": lambda s: s.ratio("score", "rank", where={"sex": "male"}),
    "median": lambda s: s.quantile("score", 0.5, by="sex"),
    "table": lambda s: s.crosstab("word", "sex"),
    "model": lambda s: s.regress("binary ~ rank + sex"),
    "calibrated": lambda s: s.calibrate({"sex": {"female": 200.0, "male": 260.0}}).mean("score"),
}


def with_columns(people: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    factors = rng.choice([0.0, 0.5, 2.0], (len(people), 8), p=[0.2, 0.5, 0.3])
    drawn = {f"f{i}": column for i, column in enumerate(factors.T)}
    return people.assign(**drawn, **{f"r{i}": people["w"] * f for i, f in enumerate(factors.T)})


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_replicates(
    people: pd.DataFrame, frame: Callable[[pd.DataFrame], Any], design: str, asked: str
) -> None:
    rows = with_columns(people)
    expected, found = (
        Survey(given, **DESIGNS[design]).replicates(**ASKED[asked]) for given in (rows, frame(rows))
    )
    for name, of in NUMBERS.items():
        ours, theirs = of(found), of(expected)
        numbers = ["estimate", "std_error", "conf_low", "conf_high", "n"]
        tables = [one.to_frame()[numbers].astype(float) for one in (ours, theirs)]
        np.testing.assert_allclose(*tables, 1e-8, 1e-11, err_msg=name)
        np.testing.assert_allclose(ours.covariance, theirs.covariance, 1e-8, 1e-10, err_msg=name)
        told, wanted = (one.provenance["replicates"] for one in (ours, theirs))
        np.testing.assert_allclose(told.pop("scale"), wanted.pop("scale"), 1e-12)
        np.testing.assert_allclose(told.pop("rscales"), wanted.pop("rscales"), 1e-12)
        assert told == wanted
