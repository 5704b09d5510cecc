"""What mediation refuses, and replicates in which a model has no fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.errors import EstimationError, UsageError


def small(**changed: object) -> Survey:
    rng = np.random.default_rng(2)
    t = np.tile([0, 1], 60)
    m = np.round(0.5 * t + rng.normal(size=120), 2)
    frame = pd.DataFrame({"t": t, "m": m, "y": (rng.random(120) < 0.4).astype(int), "c": np.arange(120) % 12})
    return Survey(frame.assign(**changed), psu="c")


REFUSED = {
    "mediator is the treatment": (UsageError, {}, ("y", "t", "t"), {}, "is named as"),
    "mediator repeats the treatment": (
        EstimationError,
        {"m": np.tile([3.0, 5.0], 60)},
        ("y", "t", "m"),
        {},
        "determined by the others",
    ),
    "constant mediator": (EstimationError, {"m": 2.0}, ("y", "t", "m"), {}, "same for every respondent"),
    "constant outcome": (EstimationError, {"y": 1}, ("y", "t", "m"), {}, "same for every respondent"),
    "mediator in words": (EstimationError, {"m": ["a", "b"] * 60}, ("y", "t", "m"), {}, "text or categories"),
    "mediator is not 0/1": (
        EstimationError,
        {},
        ("y", "t", "m"),
        {"mediator_family": "logit"},
        "values of 0 and 1",
    ),
    "counts below 0": (
        EstimationError,
        {"y": -1.0 * (np.arange(120) % 3)},
        ("y", "t", "m"),
        {"outcome_family": "poisson"},
        "none negative",
    ),
    "nobody answered": (EstimationError, {"m": np.nan}, ("y", "t", "m"), {}, "no respondent has"),
    "nobody is treated": (EstimationError, {"t": 0.0}, ("y", "t", "m"), {}, "determined by the others"),
    "a treatment of many values": (UsageError, {"t": np.arange(120) % 5}, ("y", "t", "m"), {}, "which two"),
    "a treatment of many levels": (UsageError, {"t": ["a", "b", "c"] * 40}, ("y", "t", "m"), {}, "3 levels"),
    "beyond the answers": (EstimationError, {}, ("y", "t", "m"), {"treated": 7, "control": 0}, "beyond"),
    "an unknown level": (
        EstimationError,
        {"t": ["no", "yes"] * 60},
        ("y", "t", "m"),
        {"treated": "yse", "control": "no"},
        'no level "yse"',
    ),
    "no number": (UsageError, {}, ("y", "t", "m"), {"treated": "x", "control": 0}, "not a finite number"),
    "the same value twice": (UsageError, {}, ("y", "t", "m"), {"treated": 1, "control": 1}, "are the same"),
    "one value": (UsageError, {}, ("y", "t", "m"), {"treated": 1}, "without control"),
    "no column name": (UsageError, {}, ("y", "t + c", "m"), {}, "no name of one column"),
    "the mediator again": (UsageError, {}, ("y", "t", "m"), {"covariates": ["t:m"]}, "a part of its own"),
    "a curve of the mediator": (
        UsageError,
        {},
        ("y", "t", "m"),
        {"covariates": ["c:m"]},
        "a part of its own",
    ),
    "an offset": (UsageError, {}, ("y", "t", "m"), {"covariates": ["offset(c)"]}, "no offset"),
    "a family": (UsageError, {}, ("y", "t", "m"), {"mediator_family": "poisson"}, "is not offered"),
    "n without seed": (UsageError, {}, ("y", "t", "m"), {"n": 50}, "need a seed"),
    "percentiles of nothing": (
        UsageError,
        {},
        ("y", "t", "m"),
        {"interval": "percentile"},
        "are of a bootstrap",
    ),
    "an interval": (UsageError, {}, ("y", "t", "m"), {"interval": "wald"}, "is not known"),
    "too few PSUs": (EstimationError, {"c": np.arange(120) % 3}, ("y", "t", "m"), {}, "degrees of freedom"),
    "a separated outcome": (EstimationError, {"y": np.tile([0, 1], 60)}, ("y", "t", "m"), {}, "separated"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    kind, changed, columns, given, fact = REFUSED[name]
    with pytest.raises(kind) as told:
        small(**changed).mediation(*columns, **given)
    assert fact in f"{told.value.fact} {told.value.do}"
    assert told.value.where
    assert told.value.do


def test_replicates_twice_are_refused() -> None:
    with pytest.raises(UsageError, match="replicates already"):
        small().replicates("JK1").mediation("y", "t", "m", seed=1)


def test_replicates_without_a_fit_are_counted() -> None:
    """A level that two districts have: draws without them have no coefficient for it."""
    level = np.where(np.isin(np.arange(120) % 12, [0, 1, 2, 3]), "few", "most")
    sample = small(g=level)
    found = sample.mediation("y", "t", "m", "g", n=150, seed=1)
    assert 0 < found.n_failed <= 7
    assert f"{found.n_failed} of 150 replicates had no fit" in repr(found)
    assert np.isfinite(found.table["std_error"]).all()
    rare = small(g=np.where(np.arange(120) % 12 == 0, "one", "most"))
    with pytest.raises(EstimationError, match="no fit in") as told:
        rare.mediation("y", "t", "m", "g", n=30, seed=1)
    assert "separated" in told.value.fact
    with pytest.raises(EstimationError, match="no fit in 1 of 12 replicates"):
        rare.replicates("JK1").mediation("y", "t", "m", "g")


def test_replicate_weights_keep_their_scale_where_some_have_no_fit() -> None:
    rng = np.random.default_rng(1)
    frame = small(g=np.where(np.isin(np.arange(120) % 12, [0, 1, 2, 3]), "few", "most")).frame.assign(w=1.0)
    drawn = {f"r{i}": np.bincount(rng.integers(0, 12, 12), minlength=12)[frame["c"]] for i in range(60)}
    drawn["r0"] = np.where(frame["g"] == "few", 0, 1)
    sample = Survey(frame.assign(**drawn), weight="w")
    found = []
    for scale in (1 / 59, 4 / 59):
        of_columns = sample.replicates("bootstrap", columns=list(drawn), scale=scale)
        found.append(of_columns.mediation("y", "t", "m", "g"))
    assert 0 < found[0].n_failed == found[1].n_failed <= 3
    errors = [one.table["std_error"].to_numpy() for one in found]
    np.testing.assert_allclose(errors[1], 2 * errors[0], rtol=1e-12)


@pytest.mark.parametrize("weight", [None, "w"])
def test_rounding_is_nobody_in_a_replicate(weight: str | None) -> None:
    """Without the one PSU that has a level, a sum of weights is zero but for rounding: no coefficient."""
    frame = small(w=np.random.default_rng(5).uniform(1, 9, 120)).frame
    frame = frame.assign(g=np.where(frame["c"] == 0, "one", "most"))
    sample = Survey(frame, weight=weight, psu="c").replicates("JK1")
    with pytest.raises(EstimationError, match="1 of 12 replicates do not determine"):
        sample.regress("y ~ g")
