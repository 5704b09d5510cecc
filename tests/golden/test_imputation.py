"""Rubin's rules as mitools, mice and mitml apply them, and draws beside those of mice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.goldens import case, compare, data

from netralstat import Survey
from netralstat.imputed import Imputed

pytestmark = pytest.mark.golden
FILE = "imputation"
# R names a coefficient by its column and level.
NAMES = {"size[medium]": "sizemedium", "size[small]": "sizesmall"}


def schools(frame: pd.DataFrame) -> Survey:
    return Survey(frame, weight="pw", stratum="stype", fpc="fpc")


@pytest.fixture(scope="module")
def completed() -> Imputed:
    """Six data sets that R's mice completed."""
    parts = data("apistrat_completed").groupby("imputation")
    return Imputed.of([schools(part.reset_index(drop=True)) for _, part in parts])


@pytest.mark.parametrize(
    ("name", "formula", "family", "term"),
    [
        ("linear", "api00 ~ meals + size + award", "linear", "size"),
        ("logit", "award ~ meals + ell + size", "logit", "size"),
    ],
)
def test_models(completed: Imputed, name: str, formula: str, family: str, term: str) -> None:
    expected, model = case(FILE, name), completed.regress(formula, family)
    table = model.to_frame()
    rows = table[~table["reference"]]
    names = [NAMES.get(one, one) for one in model.names]
    compare(pd.Series(rows["estimate"].to_numpy(), names), expected["coef"], 1e-7, "coefficients")
    compare(pd.Series(rows["std_error"].to_numpy(), names), expected["se"], 1e-7, "standard errors")
    compare(pd.DataFrame(model.covariance, names, names), expected["vcov"], 1e-7, "covariance")
    for column, of_r in (("df", "df"), ("fmi", "fmi"), ("increase", "riv")):
        compare(rows[column].to_numpy(), expected[of_r], 1e-6, column)
    assert model.df == expected["dfcom"]
    compare(model.wald_test(term), np.r_[expected["D1"]], 1e-6, "D1")


@pytest.mark.parametrize(
    ("name", "items", "by"),
    [
        ("mean", ["meals", "award"], None),
        ("mean/meals/stype", ["meals"], "stype"),
        ("mean/award/stype", ["award"], "stype"),
    ],
)
def test_means(completed: Imputed, name: str, items: list[str], by: str | None) -> None:
    expected, found = case(FILE, name), completed.mean(items, by=by)
    table = found.table
    compare(table["estimate"].to_numpy(), expected["coef"].to_numpy(), 1e-9, "means")
    compare(table["std_error"].to_numpy(), expected["se"].to_numpy(), 1e-9, "standard errors")
    compare(found.covariance, expected["vcov"].to_numpy(), 1e-9, "covariance", atol=1e-12)
    for column, of_r in (("df", "df"), ("fmi", "fmi"), ("increase", "riv")):
        compare(table[column].to_numpy(), expected[of_r], 1e-8, column)


def test_prevalence(completed: Imputed) -> None:
    expected, found = case(FILE, "prevalence/size"), completed.prevalence("size")
    compare(found.table["estimate"].to_numpy(), list(expected["coef"]), 1e-9, "shares")
    compare(found.covariance, expected["vcov"].to_numpy(), 1e-9, "covariance")
    compare(found.table["df"].to_numpy(), expected["df"], 1e-8, "df")


def test_nothing_missing_is_the_plain_fit(completed: Imputed) -> None:
    expected, model = case(FILE, "complete"), completed.regress("api00 ~ ell + api99", "linear")
    plain = completed.surveys[0].regress("api00 ~ ell + api99", "linear")
    compare(model.coefficients.to_numpy(), list(expected["coef"]), 1e-9, "coefficients")
    compare(model.covariance, expected["vcov"].to_numpy(), 1e-9, "covariance")
    pd.testing.assert_frame_equal(model.table[plain.table.columns], plain.table, check_exact=True)
    assert (model.covariance == plain.covariance).all()


@pytest.mark.long
@pytest.mark.parametrize("number", ["pmm", "norm"])
def test_draws_are_those_of_mice(number: str) -> None:
    """Means of drawn answers, and how far imputations lie apart: 30 of ours and 120 of mice."""
    holes = data("apistrat_holes").drop(columns=["fpc"])
    survey = Survey(holes, weight="pw", stratum="stype")
    method = {"meals": "linear" if number == "norm" else "pmm"}
    names = ["meals", "award", "size"]
    done = survey.impute(names, with_=["api99", "api00", "ell"], n=30, passes=6, seed=7, methods=method)
    expected = case(FILE, f"drawn/{number}")
    frames = [pd.DataFrame(frame) for frame in done.frames()]
    missing = {name: holes[name].isna() for name in names}
    drawn = pd.DataFrame(
        {
            "meals": [frame.loc[missing["meals"], "meals"].mean() for frame in frames],
            "award": [frame.loc[missing["award"], "award"].mean() for frame in frames],
            "small": [(frame.loc[missing["size"], "size"] == "small").mean() for frame in frames],
            "large": [(frame.loc[missing["size"], "size"] == "large").mean() for frame in frames],
        }
    )
    both = np.sqrt(1 / 30 + 1 / 120)
    for column in drawn:
        spread = expected["sd"][column]
        assert abs(drawn[column].mean() - expected["mean"][column]) < 4 * spread * both, column
        # mice's polyreg draws answers but no coefficients, so that its imputations lie closer together.
        widest = 1.5 if column in ("meals", "award") else 1.8
        assert 0.65 < drawn[column].std() / spread < widest, column
    models = [Survey(frame).regress("api00 ~ meals + size", "linear") for frame in frames]
    slopes = [model.coefficients["meals"] for model in models]
    assert abs(np.mean(slopes) - expected["slope"]) < 4 * expected["slope_sd"] * both
