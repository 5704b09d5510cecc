"""Firth's penalised logit equals brglm2's, with and without separation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.goldens import case, compare, data

from netralstat import Survey
from netralstat.explain.model_data import model_data
from netralstat.explain.penalised import penalised_fit
from netralstat.explain.regression import Model

GOLDEN = "penalised_logit"
# brglm2 stops where its adjusted score is small; along a separated direction the likelihood is flat.
RTOL, RTOL_OF_VARIANCE = 1e-7, 1e-6

pytestmark = pytest.mark.golden


def civil_servants() -> pd.DataFrame:
    people = data("asn_open")
    violations = people.filter(regex="^v_").fillna(0).sum(axis=1)
    unit = people["prov"] + " " + people["kab"].astype(str)
    people = people.assign(any=(violations > 0).astype(int), decades=people["age"] / 10, one=1.0, unit=unit)
    return people[people["tekanan"].notna()]


def few_provinces() -> pd.DataFrame:
    few = civil_servants()
    few = few[few["prov"].astype(int) <= 12]
    return few.assign(
        never=np.where(few["gol"] == "IV", 0, few["any"]),
        always=np.where((few["gol"] == "II") & (few["sex"] == "L"), 1, few["any"]),
    )


def schools(name: str) -> pd.DataFrame:
    frame = data(name)
    return frame.assign(
        wide=(frame["sch_wide"] == "Yes").astype(int),
        top=((frame["api00"] > 800) & (frame["stype"] != "H")).astype(int),
        line=(frame["ell"] + frame["meals"] > 60).astype(int),
    )


def compared(survey: Survey, formula: str, name: str) -> Model:
    expected = case(GOLDEN, name)
    model = survey.regress(formula, penalty="firth")
    compare(model.coefficients.to_numpy(), expected["coef"].to_numpy(), RTOL, name)
    found = model_data(survey.frame, survey.design, formula)
    fit, _ = penalised_fit(found, formula)
    scale = found.w[found.used].sum() / found.cells.n[found.used].sum() / found.mean_weight
    inverse = np.linalg.inv(fit.information) * scale
    compare(inverse, expected["vcov"].to_numpy(), RTOL_OF_VARIANCE, f"{name}, (X'WX)^-1")
    return model


@pytest.mark.parametrize(("name", "weight"), [("asn/plain", "one"), ("asn/weighted", "w")])
def test_drivers(name: str, weight: str) -> None:
    survey = Survey(civil_servants(), weight=weight, psu="unit")
    model = compared(survey, "any ~ tekanan + incumbent + sex + gol + decades", name)
    assert "separated" not in model.provenance
    assert (model.table["flag"] == "").all()
    # 1,000 respondents and more: the penalty, of half a respondent a coefficient, hardly moves anything.
    plain = survey.regress("any ~ tekanan + incumbent + sex + gol + decades", tolerance=1e-14)
    compare(np.sqrt(np.diag(model.covariance)), np.sqrt(np.diag(plain.covariance)), 0.01, "standard errors")


def test_a_level_that_never_has_the_outcome() -> None:
    model = compared(
        Survey(few_provinces(), weight="w", psu="unit"), "never ~ tekanan + gol + sex", "asn/never"
    )
    flags = model.table.set_index("term")["flag"]
    assert flags[flags != ""].to_dict() == {"gol[IV]": "separated"}
    assert model.provenance["separated"] == ("gol[IV]",)
    assert "Separated, and finite by the penalty alone: gol[IV]." in repr(model)


def test_a_cell_of_a_product_that_always_has_it() -> None:
    model = compared(Survey(few_provinces(), weight="w", psu="unit"), "always ~ gol * sex", "asn/always")
    assert set(model.provenance["separated"]) >= {"gol[III]", "gol[IV]", "sex[P]"}
    assert np.isfinite(model.covariance).all()


def test_schools() -> None:
    strat = Survey(schools("apistrat"), weight="pw", stratum="stype", fpc="fpc")
    compared(strat, "wide ~ ell + meals + stype", "dstrat/wide")
    model = compared(strat, "top ~ meals + stype", "dstrat/top")
    assert model.provenance["separated"] == ("stype[H]",)
    clus = Survey(schools("apiclus1"), weight="pw", psu="dnum", fpc="fpc")
    model = compared(clus, "line ~ ell + meals", "dclus1/line")
    assert model.provenance["separated"] == ("ell", "meals")
