"""Adjusted means and average marginal effects: R's, and the influence of each PSU by moving its weight."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.designs import survey
from golden.goldens import case, compare, data

from netralstat import Survey
from netralstat.errors import EstimationError, UsageError
from netralstat.estimate.estimates import Estimates

pytestmark = pytest.mark.golden

DRIVERS = "any ~ tekanan + incumbent + sex + gol + decades + mode"


def of_drivers() -> Survey:
    people = data("asn_open")
    forms = [column for column in people if column.startswith("v_")]
    people = people.assign(any=(people[forms].sum(axis=1) > 0).astype(int), decades=people["age"] / 10)
    return Survey(people, weight="w", stratum="prov", psu="kab", lonely_psu="adjust")


@pytest.mark.parametrize("design", ["dstrat", "dclus1", "dclus2"])
def test_adjusted_means(design: str) -> None:
    """R adds the variances of coefficients and of the mean prediction, as if these were independent."""
    expected = case("survey_api_models", f"{design}/svypredmeans")
    people = survey(design)
    model = people.regress("api00 ~ ell + stype", "linear")
    levels = list(expected["est"].index)
    fixed = people.adjusted(model, "stype", levels, covariates="fixed")
    compare(fixed.table["estimate"].to_numpy(), expected["est"].to_numpy(), 1e-10, "adjusted means")
    b = model.coefficients
    predicted = {
        level: b["(Intercept)"] + b["ell"] * people.frame["ell"] + b.get(f"stype[{level}]", 0.0)
        for level in levels
    }
    of_predictions = people.with_frame(people.frame.assign(**predicted)).mean(levels).covariance
    compare(fixed.covariance + of_predictions, expected["vcov"].to_numpy(), 1e-8, "covariance")


@pytest.mark.parametrize("variable", ["tekanan", "incumbent"])
def test_difference_of_adjusted_prevalences(variable: str) -> None:
    expected = case("asn_open", "base/ame_tekanan")[variable]
    people = of_drivers()
    both = people.adjusted(people.regress(DRIVERS), variable, [0, 1], covariates="fixed")
    found = both.difference({variable: 1}, {variable: 0}).table.iloc[0]
    compare([found["estimate"], found["std_error"]], [expected["est"], expected["se"]], 1e-5, variable)


@pytest.mark.long
def test_influence_is_the_derivative_by_the_weight() -> None:
    """Of each PSU (one stratum): its covariance is that of the effects, whatever the formula."""
    people = survey("dclus1")
    frame = people.frame.assign(shift=people.frame["mobility"] / 50)

    def ask(weights: np.ndarray) -> list[Estimates]:
        moved = people.with_frame(frame.assign(pw=frame["pw"] * weights))
        model = moved.regress("wide ~ ell * meals + stype + offset(shift)", tolerance=1e-14)
        return [
            moved.adjusted(model, "stype"),
            moved.marginal_effects(model),
            moved.adjusted(model, ["stype", "ell"], {"ell": [10, 30]}, by="awards"),
            moved.marginal_effects(model, "ell", by="stype", overall=True),
            moved.what_if(model, {"ell": 10}, by="awards", overall=True),
        ]

    derivatives, step = [], 1e-4
    for psu in frame["dnum"].unique():
        here = (frame["dnum"] == psu).to_numpy()
        sides = [
            np.concatenate([found.table["estimate"] for found in ask(np.where(here, 1 + h, 1.0))])
            for h in (step, -step)
        ]
        derivatives.append((sides[0] - sides[1]) / (2 * step))
    u = np.asarray(derivatives) - np.mean(derivatives, axis=0)
    n, population = len(u), float(frame["fpc"].iloc[0])
    expected = (1 - n / population) * n / (n - 1) * u.T @ u
    first = 0
    for number, found in enumerate(ask(np.ones(len(frame)))):
        rows = slice(first, first := first + len(found))
        scale = np.sqrt(np.outer(np.diag(found.covariance), np.diag(found.covariance)))
        compare(expected[rows, rows] / scale, found.covariance / scale, 1e-4, f"question {number}", 1e-4)
    assert first == len(expected)


def test_marginal_effects_of_a_linear_model_are_its_coefficients() -> None:
    people = survey("dstrat")
    model = people.regress("api00 ~ ell + stype", "linear")
    effects = people.marginal_effects(model)
    rows = effects.table
    assert rows["variable"].tolist() == ["ell", "stype", "stype"]
    assert rows["contrast"].tolist() == ["per unit", "H - E", "M - E"]
    compare(rows["estimate"].to_numpy(), model.coefficients.to_numpy()[1:], 1e-10, "estimates")
    compare(effects.covariance, model.covariance[1:, 1:], 1e-8, "covariance")


def test_an_effect_is_the_difference_of_adjusted_prevalences() -> None:
    people = survey("dclus1")
    model = people.regress("wide ~ ell + stype")
    effect = people.marginal_effects(model, "stype")
    levels = people.adjusted(model, "stype")
    for contrast, row in effect.table.set_index("contrast").iterrows():
        level, reference = str(contrast).split(" - ")
        found = levels.difference({"stype": level}, {"stype": reference}).table.iloc[0]
        compare(
            row[["estimate", "std_error"]].to_dict(), found[["estimate", "std_error"]].to_dict(), 1e-9, level
        )


def test_what_if_of_a_linear_model() -> None:
    """b times the distance from the mean of the domain, whatever else is in the model."""
    people = survey("dclus1")
    model = people.regress("api00 ~ ell + meals + stype", "linear")
    found = people.what_if(model, {"ell": 10}, by="awards", overall=True)
    assert found.by == ("awards", "scenario")
    change = found.difference({"scenario": "changed"}, {"scenario": "as_is"}).table
    means = people.mean("ell", by="awards", overall=True).table
    b = model.coefficients["ell"]
    compare(change["estimate"].to_numpy(), b * (10 - means["estimate"].to_numpy()), 1e-9, "change")
    whole = found.select(awards=None, scenario="changed").table.iloc[0]
    alone = people.adjusted(model, "ell", [10]).table.iloc[0]
    for column in ("estimate", "std_error", "n"):
        assert whole[column] == pytest.approx(alone[column], rel=1e-9)


def test_as_it_is_is_the_prevalence() -> None:
    """A logit with an intercept and the domain among its terms reproduces each domain's prevalence."""
    people = survey("dstrat")
    model = people.regress("wide ~ ell + stype", tolerance=1e-14)
    as_is = people.what_if(model, {"ell": 0}, by="stype", overall=True).select(scenario="as_is").table
    direct = people.mean("wide", by="stype", overall=True).table
    merged = as_is.merge(direct, on="stype", how="left")
    compare(merged["estimate_x"].to_numpy(), merged["estimate_y"].to_numpy(), 1e-9, "prevalence")


def test_a_surface_has_every_combination() -> None:
    people = survey("dclus1")
    model = people.regress("wide ~ ell * stype")
    surface = people.adjusted(model, ["ell", "stype"], {"ell": [0, 50]})
    assert surface.by == ("ell", "stype")
    assert len(surface) == 6
    cross = surface.difference({"ell": 50}, {"ell": 0})
    levels = list(cross.table["stype"])
    of_cross = cross.contrast(np.array([[1.0, -1.0, 0.0]]), ["slope"]).table.iloc[0]
    assert levels == ["E", "H", "M"]
    assert of_cross["std_error"] > 0
    one = people.adjusted(model, "stype", ["H"]).table.iloc[0]
    assert one["n"] == surface.table["n"].iloc[0]


def test_effects_by_domain_average_to_the_whole() -> None:
    people = survey("dclus1")
    model = people.regress("wide ~ ell + meals + stype")
    found = people.marginal_effects(model, ["ell", "stype"], by="awards", overall=True).table
    share = people.frame.groupby("awards", observed=True)["pw"].sum() / people.frame["pw"].sum()
    assert set(found["awards"].dropna()) == set(share.index)
    for contrast, rows in found.groupby("contrast"):
        parts = rows[rows["awards"].notna()].set_index("awards")["estimate"]
        whole = rows[rows["awards"].isna()]["estimate"].iloc[0]
        assert float((parts * share[parts.index]).sum()) == pytest.approx(whole, rel=1e-9), contrast


def test_refusals_of_what_if() -> None:
    people = survey("dclus1")
    model = people.regress("wide ~ ell + stype")
    with pytest.raises(UsageError, match="nothing was changed"):
        people.what_if(model, {})
    with pytest.raises(EstimationError, match='no variable "meals"'):
        people.what_if(model, {"meals": 1})
    with pytest.raises(EstimationError, match='no level "X"'):
        people.what_if(model, {"stype": "X"})
    with pytest.raises(UsageError, match='"stype" is asked for twice'):
        people.adjusted(model, "stype", by="stype")
    with pytest.raises(UsageError, match='values are given for "meals"'):
        people.adjusted(model, ["ell", "stype"], {"meals": [1]})
    with pytest.raises(UsageError, match="2 variables need values by name"):
        people.adjusted(model, ["ell", "stype"], [1])
    with pytest.raises(UsageError, match="adjusted means were asked for"):
        people.adjusted(model, "ell", list(range(150)), by="dnum")


def test_refusals() -> None:
    people = survey("dclus1")
    model = people.regress("wide ~ ell + stype")
    with pytest.raises(EstimationError, match='no variable "stpye"') as told:
        people.adjusted(model, "stpye")
    assert "stype" in str(told.value.do)
    with pytest.raises(EstimationError, match='no level "X"'):
        people.adjusted(model, "stype", ["X"])
    with pytest.raises(UsageError, match="is not known"):
        people.adjusted(model, "stype", covariates="random")  # type: ignore[arg-type]
    replicated = people.replicates("JK1")
    of_replicates = replicated.regress("wide ~ ell + stype")
    with pytest.raises(UsageError, match="hold the other variables fixed"):
        replicated.adjusted(of_replicates, "stype")
    fixed = replicated.adjusted(of_replicates, "stype", covariates="fixed")
    assert (fixed.table["std_error"] > 0).all()
    wide = Survey(pd.DataFrame({"x": np.arange(300.0), "y": np.arange(300) % 2}))
    with pytest.raises(UsageError, match='"x" has 300 values'):
        wide.adjusted(wide.regress("y ~ x"), "x")
