"""Curves in models equal R's poly and ns in svyglm; slopes are numerical derivatives of predictions."""

from __future__ import annotations

import numpy as np
import pytest
from golden.designs import survey
from golden.goldens import case, compare, data, names, rtol

from netralstat import Model, Survey
from netralstat.explain.curves import basis
from netralstat.explain.formula import Variable

FILE = "curves"
# Iteration starts at the mean weight of a pattern of answers, R's at each respondent's own; both go on.
CONVERGED = 1e-14

pytestmark = pytest.mark.golden

# Case -> formula, family and the terms of R's joint tests.
ON_API = {
    "poly_linear": ("api00 ~ poly(ell, 2) + meals", "linear", ["poly(ell, 2)"]),
    "spline_logit": ("wide ~ spline(ell, 4) + stype", "logit", ["spline(ell, 4)", "stype"]),
    "poly_poisson": ("mobility ~ poly(meals, 3)", "poisson", ["poly(meals, 3)"]),
    **{
        f"spline_{k}": (f"api00 ~ spline(meals, {k})", "linear", [f"spline(meals, {k})"]) for k in range(1, 7)
    },
    "by_type": ("api00 ~ poly(ell, 2) * stype", "linear", ["poly(ell, 2):stype"]),
    "within_type": ("api00 ~ stype + spline(ell, 3):stype", "linear", ["spline(ell, 3):stype"]),
    "by_number": ("api00 ~ poly(ell, 2) * meals", "linear", ["poly(ell, 2):meals"]),
}
ON_ASN = {
    "spline": ("any ~ spline(age, 4) + tekanan + gol", "logit", ["spline(age, 4)", "gol"]),
    "poly": ("any ~ poly(age, 3) + tekanan * sex", "logit", ["poly(age, 3)"]),
}
FITS = [name for name in names(FILE) if name.count("/") == 1]


def asked(name: str) -> tuple[Survey, Model, list[str]]:
    design, what = name.split("/")[:2]
    formula, family, terms = (ON_ASN if design == "asn" else ON_API)[what]
    people = asn() if design == "asn" else survey(design)
    return people, people.regress(formula, family, tolerance=CONVERGED), terms


def asn() -> Survey:
    people = data("asn_open")
    forms = [column for column in people if column.startswith("v_")]
    people = people.assign(any=(people[forms].sum(axis=1) > 0).astype(int))
    return Survey(people, weight="w", stratum="prov", psu="kab", lonely_psu="adjust")


def named_as_in_r(name: str) -> str:
    """Spelling of a coefficient of ours in R's summary of the same model."""
    if name.startswith("spline") and ":" in name:  # R writes this product with the factor first
        column, level = name.removesuffix("]").split("[")[1].split(":")
        return f"stype{level}:ns(ell, df = 3){column}"
    term, _, level = name.removesuffix("]").partition("[")
    parts, levels, told = term.split(":"), level.split(":"), []
    for part in parts:
        one_column = part.startswith("spline") and part.endswith(", 1)")
        has_level = part in ("stype", "sex", "gol") or "(" in part
        number = levels.pop(0) if has_level and levels != [""] else ""
        part = part.replace("spline(age, 4)", "curve").replace("poly(age, 3)", "bent")
        part = part.replace("spline(", "ns(").replace(", ", ", df = ") if "spline" in part else part
        told.append(part + ("" if one_column else number))
    return ":".join(told)


@pytest.mark.parametrize("name", FITS)
def test_coefficients_covariance_and_joint_tests(name: str) -> None:
    expected, tolerance = case(FILE, name), rtol(FILE, name)
    _, model, terms = asked(name)
    order = [
        "(Intercept)" if term == "(Intercept)" else named_as_in_r(str(term))
        for term in model.coefficients.index
    ]
    compare(dict(zip(order, model.coefficients, strict=True)), expected["coef"], tolerance, "coefficients")
    r = expected["vcov"].loc[order, order].to_numpy()
    scale = np.sqrt(np.outer(np.diag(r), np.diag(r)))
    compare(model.covariance / scale, r / scale, tolerance, "covariance", atol=tolerance)
    assert model.df == expected["df"]
    found = [number for term in terms for number in model.wald_test(term)]
    compare(found, expected["tests"], 1e-6, "joint tests", atol=1e-12)


@pytest.mark.parametrize("name", [name for name in names(FILE) if name.endswith("/predict")])
def test_predictions_along_and_beyond_a_curve(name: str) -> None:
    expected = case(FILE, name)
    people, model, _ = asked(name)
    found = people.adjusted(model, "meals", list(expected["at"]), covariates="fixed").table
    compare(found["estimate"].to_numpy(), expected["est"], rtol(FILE, name), "predictions")
    compare(found["std_error"].to_numpy(), expected["se"], rtol(FILE, name), "standard errors")


def test_predict_of_r_makes_the_curve_anew() -> None:
    """Coefficients of the model times the polynomials that are orthonormal over the new values."""
    expected = case(FILE, "dstrat/poly_poisson/predict")
    _, model, _ = asked("dstrat/poly_poisson")
    at = expected["at"]
    anew = basis(Variable(name="meals", curve="poly", columns=3), at, np.ones(len(at))).values(at)
    b = model.coefficients.to_numpy()
    compare(np.exp(b[0] + anew @ b[1:]), expected["naive"], 1e-7, "predictions of R")
    assert abs(expected["naive"][2] - 33.76) < 0.005
    assert abs(expected["est"][2] - 17.94) < 0.005


@pytest.mark.parametrize("name", [name for name in names(FILE) if name.endswith("/slope")])
def test_average_slopes(name: str) -> None:
    expected = case(FILE, name)
    people, model, _ = asked(name)
    variable = "meals" if "poisson" in name else "ell"
    row = people.marginal_effects(model, variable, covariates="fixed").table.iloc[0]
    compare(row[["estimate", "std_error"]].tolist(), [expected["effect"], expected["se"]], 1e-5, "slope")
