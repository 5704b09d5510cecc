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


def test_influence_is_the_derivative_by_the_weight() -> None:
    """Of each PSU (one stratum): its covariance is that of the effects, whatever the formula."""
    people = survey("dclus1")
    frame = people.frame.assign(shift=people.frame["mobility"] / 50)

    def ask(weights: np.ndarray) -> list[Estimates]:
        moved = people.with_frame(frame.assign(pw=frame["pw"] * weights))
        model = moved.regress("wide ~ ell * meals + stype + offset(shift)", tolerance=1e-14)
        return [moved.adjusted(model, "stype"), moved.marginal_effects(model)]

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
    adjusted, effects = ask(np.ones(len(frame)))
    for found, rows in ((adjusted, slice(0, 3)), (effects, slice(3, None))):
        scale = np.sqrt(np.outer(np.diag(found.covariance), np.diag(found.covariance)))
        compare(expected[rows, rows] / scale, found.covariance / scale, 1e-4, found.statistic, 1e-4)


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
