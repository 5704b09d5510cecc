"""Adjustment for nonresponse: who bears whose weight, which classes are merged, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from netralstat.design.nonresponse import adjust_by_cells, adjust_by_propensity
from netralstat.errors import DesignError, NetralstatError, UsageError


def selected(n: int = 600, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "w": rng.uniform(1, 20, n),
            "region": rng.choice(["east", "west", "north"], n),
            "grade": rng.choice(["ii", "iii", "iv"], n, p=[0.1, 0.6, 0.3]),
            "age": rng.normal(40, 8, n),
        }
    )
    readiness = (
        0.4 * (frame["region"] == "west") - 0.8 * (frame["grade"] == "iv") + 0.05 * (frame["age"] - 40)
    )
    frame["answered"] = (rng.random(n) < 1 / (1 + np.exp(-readiness))).astype(int)
    return frame


SAMPLE = selected()


def cells(sample: pd.DataFrame = SAMPLE, **changed: Any) -> Any:
    given = {"responded": "answered", "cells": ["region", "grade"], "weight": "w", "fewest": 5} | changed
    return adjust_by_cells(sample, **given)


def propensity(sample: pd.DataFrame = SAMPLE, **changed: Any) -> Any:
    given = {"responded": "answered", "covariates": ["region", "age"], "weight": "w"} | changed
    return adjust_by_propensity(sample, **given)


def test_respondents_of_a_class_bear_the_weight_of_its_nonrespondents() -> None:
    found = cells()
    adjusted = SAMPLE.loc[SAMPLE["answered"] == 1].assign(a=found.weights)
    by = ["region", "grade"]
    np.testing.assert_allclose(adjusted.groupby(by)["a"].sum(), SAMPLE.groupby(by)["w"].sum(), 1e-12)
    assert found.factors.index.equals(found.weights.index)
    assert (found.n_sample, found.n_responded) == (600, int(SAMPLE["answered"].sum()))
    assert (found.smallest, found.largest) == (found.factors.min(), found.factors.max())
    assert found.smallest >= 1
    w = found.weights.to_numpy()
    assert found.deff_after == pytest.approx(len(w) * (w @ w) / w.sum() ** 2, rel=1e-14)
    assert found.propensity is None


def test_small_classes_join_the_class_of_the_nearest_rate() -> None:
    plain = cells().classes.set_index("label")
    found = cells(fewest=12)
    small = plain.index[plain["n_responded"] < 12]
    assert len(small)
    assert set(small) <= set(found.merged)
    assert found.classes["n_responded"].min() >= 12
    assert found.classes["n_sample"].sum() == 600
    first = small[plain.loc[small, "n_responded"].argmin()]
    distance = (plain["response_rate"] - plain.loc[first, "response_rate"]).abs().drop(first)
    joined = next(label for label in found.classes["label"] if first in label.split(" + "))
    assert distance.idxmin() in joined.split(" + ")


def test_large_factors_are_merged_away() -> None:
    found = cells(largest=2.5)
    assert cells().largest > 2.5 >= found.largest
    assert found.merged
    assert found.weights.sum() == pytest.approx(SAMPLE["w"].sum(), rel=1e-12)


def test_a_saturated_propensity_is_the_adjustment_by_cells() -> None:
    by_model = propensity(covariates=["region"], use="inverse")
    by_cells = cells(cells=["region"])
    np.testing.assert_allclose(by_model.factors, by_cells.factors, 1e-10)


@pytest.mark.parametrize("weight", ["w", None])
def test_the_propensity_is_that_of_statsmodels(weight: str | None) -> None:
    found = propensity(covariates=["grade", "region", "age"], weight=weight, use="inverse")
    x = pd.get_dummies(SAMPLE[["grade", "region"]], drop_first=True, dtype=float).assign(age=SAMPLE["age"])
    x.insert(0, "one", 1.0)
    w = SAMPLE["w"] if weight else np.ones(len(SAMPLE))
    fit = GLM(SAMPLE["answered"], x, family=families.Binomial(), freq_weights=w).fit(tol=1e-14, maxiter=100)
    np.testing.assert_allclose(found.propensity.coefficients, fit.params, 1e-8)
    np.testing.assert_allclose(found.propensity.propensity, fit.fittedvalues, 1e-9)
    answered = SAMPLE["answered"] == 1
    np.testing.assert_allclose(found.factors, 1 / fit.fittedvalues[answered], 1e-9)
    assert found.classes["label"].tolist() == ["all"]


def test_classes_of_the_propensity_are_of_equal_size_and_ordered() -> None:
    found = propensity()
    assert found.classes["n_sample"].tolist() == [120] * 5
    assert found.classes["response_rate"].is_monotonic_increasing
    four = propensity(classes=4)
    assert len(four.classes) == 4
    merged = propensity(fewest=60)
    assert merged.classes["n_responded"].min() >= 60
    assert merged.merged[:2] == ("class 1", "class 2")
    assert merged.weights.sum() == pytest.approx(SAMPLE["w"].sum(), rel=1e-12)


def test_the_bias_of_nonresponse_is_taken_away() -> None:
    big = selected(20_000)
    truth = np.average(big["age"], weights=big["w"])
    answered = big[big["answered"] == 1]
    plain = np.average(answered["age"], weights=answered["w"])
    assert abs(plain - truth) > 1
    left = {}
    for use in ("inverse", "classes"):
        a = propensity(big, covariates=["region", "grade", "age"], use=use).weights
        left[use] = abs(np.average(answered["age"], weights=a) - truth) / abs(plain - truth)
    assert left["inverse"] < 0.05
    assert left["classes"] < 0.15


def with_value(column: str, value: Any) -> pd.DataFrame:
    changed = SAMPLE.astype({column: object} if isinstance(value, str) else {}).copy()
    changed.loc[2, column] = value
    return changed


REFUSED: dict[str, tuple[type[NetralstatError], Callable[[], Any], str, str]] = {
    "absent column": (
        DesignError,
        lambda: cells(cells=["regio"]),
        'there is no column "regio"',
        "nonresponse",
    ),
    "no column": (UsageError, lambda: cells(cells=[]), "no column was named", "cells"),
    "no covariate": (UsageError, lambda: propensity(covariates=[]), "no covariate was named", "covariates"),
    "missing value": (
        DesignError,
        lambda: cells(with_value("region", None)),
        '1 rows of the sample file have no "region"',
        "first at row 3",
    ),
    "no weight": (DesignError, lambda: cells(with_value("w", 0.0)), "1 weights", "first at row 3"),
    "half a response": (
        DesignError,
        lambda: cells(with_value("answered", 2)),
        '1 values of "answered" are neither 0 nor 1',
        "first at row 3",
    ),
    "nobody": (
        DesignError,
        lambda: cells(SAMPLE.assign(answered=0)),
        "none of 600 persons selected responded",
        "column answered",
    ),
    "everybody": (
        DesignError,
        lambda: propensity(SAMPLE.assign(answered=1)),
        "all 600 persons selected responded",
        "nonresponse",
    ),
    "too few": (
        DesignError,
        lambda: cells(fewest=500),
        "of the whole sample responded, and a class needs 500",
        "fewest",
    ),
    "too large": (
        DesignError,
        lambda: cells(largest=1.5),
        "the whole sample needs a factor of",
        "largest",
    ),
    "no rule": (UsageError, lambda: cells(fewest=0), "fewest = 0 is below 1", "fewest"),
    "no factor": (UsageError, lambda: propensity(largest=1.0), "largest = 1 is no factor", "largest"),
    "unknown use": (UsageError, lambda: propensity(use="class"), 'use = "class" is not known', "use"),
    "one class": (UsageError, lambda: propensity(classes=1), "classes = 1 is below 2", "classes"),
    "collinear": (
        DesignError,
        lambda: propensity(SAMPLE.assign(area=SAMPLE["region"].str.upper()), covariates=["region", "area"]),
        "2 coefficients are determined by the others",
        "covariates",
    ),
    "separated": (
        DesignError,
        lambda: propensity(SAMPLE.assign(region=np.where(SAMPLE["answered"] == 1, "a", SAMPLE["region"]))),
        "the covariates separate who responded from who did not",
        "covariates",
    ),
    "infinite": (
        DesignError,
        lambda: propensity(with_value("age", np.inf)),
        'covariate "age" has infinite values',
        "covariates",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal(name: str) -> None:
    kind, call, fact, where = REFUSED[name]
    with pytest.raises(NetralstatError) as told:
        call()
    assert type(told.value) is kind
    assert fact in told.value.fact
    assert where in str(told.value.where)
    assert told.value.do
