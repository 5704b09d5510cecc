"""Penalised logit: half an answer in each cell of a table, its influence, and what it is refused for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.errors import (
    ConstantOutcomeError,
    EstimationError,
    NetralstatError,
    SeparationError,
    UsageError,
)
from netralstat.explain.penalised import firth, per_weight

DRAW = np.random.default_rng(17)
N = 240
FRAME = pd.DataFrame(
    {
        "w": DRAW.uniform(1, 4, N),
        "one": 1.0,
        "psu": np.arange(N) % 24,
        "z": DRAW.normal(size=N),
        "half": DRAW.normal(size=N) / 2,
        "g": DRAW.choice(["a", "b", "c"], N),
        "h": DRAW.choice(["u", "v"], N),
        "y": DRAW.integers(0, 2, N),
    }
)
FRAME["never"] = np.where(FRAME["g"] == "b", 0, FRAME["y"])


def people(weight: str = "w", **changed: Any) -> Survey:
    return Survey(FRAME.assign(**changed), weight=weight, psu="psu")


@pytest.mark.parametrize("weight", ["one", "w"])
@pytest.mark.parametrize("outcome", ["y", "never"])
def test_a_saturated_model_adds_half_an_answer_to_each_cell(outcome: str, weight: str) -> None:
    """Of a table of outcome by factor, weights of mean one: log odds of (yes + ½)/(no + ½), exactly."""
    tilde = FRAME[weight] / FRAME[weight].mean()
    yes = (tilde * FRAME[outcome]).groupby(FRAME["g"]).sum() + 0.5
    no = (tilde * (1 - FRAME[outcome])).groupby(FRAME["g"]).sum() + 0.5
    odds = np.log(yes / no)
    found = people(weight).regress(f"{outcome} ~ g", penalty="firth").coefficients
    expected = [odds["a"], odds["b"] - odds["a"], odds["c"] - odds["a"]]
    np.testing.assert_allclose(found.to_numpy(), expected, 1e-11)


def test_a_two_by_two_table_by_hand() -> None:
    frame = pd.DataFrame({"w": 1.0, "x": ["a"] * 10 + ["b"] * 8, "y": [1] * 7 + [0] * 3 + [1] * 8})
    model = Survey(frame, weight="w").regress("y ~ x", penalty="firth")
    np.testing.assert_allclose(
        model.coefficients, [np.log(7.5 / 3.5), np.log(8.5 / 0.5) - np.log(7.5 / 3.5)], 1e-12
    )


def test_influence_is_the_derivative_by_the_weight() -> None:
    x = np.column_stack([np.ones(60), FRAME["z"][:60], FRAME["g"][:60] == "b"]).astype(float)
    y, w = FRAME["never"].to_numpy(float)[:60], FRAME["w"].to_numpy()[:60]
    offset = FRAME["half"].to_numpy()[:60]

    def solved(weights: np.ndarray) -> np.ndarray:
        return firth(x, y, weights, offset, "here").beta

    influence = per_weight(x, y, w, offset, firth(x, y, w, offset, "here"))
    for row in (0, 7, 31):
        step = 1e-5 * (np.arange(60) == row)
        np.testing.assert_allclose(influence[row], (solved(w + step) - solved(w - step)) / 2e-5, 1e-6, 1e-9)


def test_the_penalised_score_is_zero_and_the_likelihood_lower_elsewhere() -> None:
    x = np.column_stack([np.ones(N), FRAME["z"], FRAME["g"] == "b"]).astype(float)
    y, w = FRAME["never"].to_numpy(float), FRAME["w"].to_numpy()
    fit = firth(x, y, w, np.zeros(N), "here")

    def likelihood(beta: np.ndarray) -> float:
        eta = x @ beta
        v = np.exp(eta) / (1 + np.exp(eta)) ** 2
        return float(w @ (y * eta - np.log1p(np.exp(eta))) + np.linalg.slogdet((x.T * w * v) @ x)[1] / 2)

    for place in range(3):
        step = 1e-4 * np.eye(3)[place]
        gap = likelihood(fit.beta + step) - likelihood(fit.beta - step)
        assert abs(gap) < 1e-8
        assert max(likelihood(fit.beta + step), likelihood(fit.beta - step)) < likelihood(fit.beta)


def test_the_scale_of_the_weights_does_not_matter() -> None:
    one, other = (
        Survey(FRAME.assign(w=FRAME["w"] * c), weight="w", psu="psu").regress(
            "never ~ g + z", penalty="firth"
        )
        for c in (1.0, 1e4)
    )
    np.testing.assert_allclose(one.coefficients, other.coefficients, 1e-10)
    np.testing.assert_allclose(one.covariance, other.covariance, 1e-9)


def test_an_offset_takes_its_share_of_a_coefficient() -> None:
    survey = people(shift=FRAME["z"] / 2)
    plain = survey.regress("y ~ z + g", penalty="firth")
    shifted = survey.regress("y ~ z + g + offset(shift)", penalty="firth")
    np.testing.assert_allclose(shifted.coefficients["z"], plain.coefficients["z"] - 0.5, 1e-9)
    np.testing.assert_allclose(shifted.covariance, plain.covariance, 1e-8)


def test_of_many_respondents_it_is_the_plain_logit() -> None:
    many = pd.concat([FRAME] * 40, ignore_index=True)
    survey = Survey(many, weight="w", psu="psu")
    plain, penalised = (
        survey.regress("y ~ g + z", tolerance=1e-14),
        survey.regress("y ~ g + z", penalty="firth"),
    )
    np.testing.assert_allclose(penalised.coefficients, plain.coefficients, 0, 1e-3)
    np.testing.assert_allclose(penalised.covariance, plain.covariance, 2e-3)


def test_replicates_fit_again_in_each() -> None:
    """The jackknife of 24 PSUs is the linearised variance but for terms of the second order."""
    linearised = people().regress("y ~ g + z", penalty="firth")
    jackknife = people().replicates("JK1").regress("y ~ g + z", penalty="firth")
    np.testing.assert_allclose(
        np.sqrt(np.diag(jackknife.covariance)), np.sqrt(np.diag(linearised.covariance)), 0.1
    )
    assert jackknife.provenance["replicates"]["kind"] == "JK1"
    separated = people().replicates("JK1").regress("never ~ g + z", penalty="firth")
    assert separated.provenance["separated"] == ("g[b]",)


def test_no_design_effect_counts_less_than_one_under_separation() -> None:
    """A sandwich sees no variation in a level that never has the outcome: the likelihood's variance does."""
    model = people("one").regress("never ~ g", penalty="firth")
    n = int((FRAME["g"] == "b").sum())
    by_likelihood = (n + 1) ** 2 / (n * 0.5 * (n + 0.5))  # 1 / n mu (1 - mu), mu = 0.5 / (n + 1)
    row = model.table.set_index("term").loc["g[b]"]
    assert row["std_error"] ** 2 > by_likelihood
    assert row["flag"] == "separated"
    assert row["conf_low"] < row["estimate"] < row["conf_high"] < 0
    assert np.linalg.eigvalsh(model.covariance)[0] > 0


def test_complete_separation_has_finite_estimates() -> None:
    survey = people(told=(FRAME["z"] + (FRAME["g"] == "b") > 0.2).astype(int))
    with pytest.raises(SeparationError, match=r"for all 240 respondents") as told:
        survey.regress("told ~ z + g")
    assert 'penalty="firth"' in str(told.value.do)
    model = survey.regress("told ~ z + g", penalty="firth")
    assert np.isfinite(model.covariance).all()
    assert set(model.provenance["separated"]) >= {"z", "g[b]"}


def test_effects_of_a_penalised_model() -> None:
    survey = people()
    shares = survey.prevalence("y", by="g").table["estimate"].to_numpy()
    model = survey.regress("y ~ g", penalty="firth")
    found = survey.adjusted(model, "g")
    np.testing.assert_allclose(found.table["estimate"], shares, 0, 0.02)
    fixed = survey.adjusted(model, "g", covariates="fixed")
    np.testing.assert_allclose(found.table["std_error"], fixed.table["std_error"], 1e-8)  # g is all there is
    separated = survey.regress("never ~ g + z", penalty="firth")
    assert survey.adjusted(separated, "g", covariates="fixed").table["estimate"][1] < 0.02
    with pytest.raises(UsageError, match="separated outcome hold the other variables fixed"):
        survey.adjusted(separated, "g")
    assert 0.5 < survey.diagnose(separated)["auc"] < 1


REFUSED: dict[str, tuple[type[NetralstatError], Callable[[], Any], str, str]] = {
    "unknown": (
        UsageError,
        lambda: people().regress("y ~ g", penalty="fith"),  # type: ignore[arg-type]
        'penalty = "fith" is not known',
        'Did you mean "firth"?',
    ),
    "another family": (
        UsageError,
        lambda: people().regress("y ~ g", "probit", penalty="firth"),
        'penalty = "firth" is for family = "logit", not for "probit"',
        "0/1 indicator",
    ),
    "few clusters": (
        UsageError,
        lambda: people().regress("y ~ g", penalty="firth", few_clusters="CR2"),
        "few_clusters= is not offered beside penalty",
        "leave one of the two out",
    ),
    "tolerance": (
        UsageError,
        lambda: people().regress("y ~ g", penalty="firth", tolerance=1e-12),
        "tolerance= is not used beside penalty",
        "leave it out",
    ),
    "constant": (
        ConstantOutcomeError,
        lambda: people(zero=0).regress("zero ~ g", penalty="firth"),
        "the outcome is 0 for every respondent",
        "another outcome",
    ),
    "text": (
        EstimationError,
        lambda: people().regress("h ~ g", penalty="firth"),
        'the outcome "h" holds text',
        "0/1 indicator",
    ),
    "collinear": (
        EstimationError,
        lambda: people(twice=FRAME["z"] * 2).regress("y ~ z + twice", penalty="firth"),
        "determined by the others",
        "z, twice",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    kind, call, fact, do = REFUSED[name]
    with pytest.raises(NetralstatError) as told:
        call()
    assert type(told.value) is kind
    assert fact in told.value.fact
    assert do in str(told.value.do)


def test_a_level_that_a_replicate_leaves_out() -> None:
    """A level in a single PSU: the replicate without it does not determine its coefficient."""
    survey = people(first=np.where(FRAME["psu"] == 0, "yes", "no")).replicates("JK1")
    with pytest.raises(EstimationError, match="do not determine every coefficient") as told:
        survey.regress("y ~ first", penalty="firth")
    assert "replicate 1" in str(told.value.where)
