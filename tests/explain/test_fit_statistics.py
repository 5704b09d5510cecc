"""What a referee asks of a model: R's numbers, brute force, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.designs import survey
from golden.goldens import case, compare, data
from scipy import stats

from netralstat import Survey
from netralstat.errors import EstimationError, UsageError
from netralstat.explain.checks.diagnosis import Diagnosis
from netralstat.explain.regression import Model

FILE = "model_diagnostics"
MODELS = {
    "dstrat": ("wide ~ ell + meals + stype", "api00 ~ ell + meals + mobility + stype"),
    "dclus1": ("wide ~ ell + meals + stype", "api00 ~ ell + meals + mobility + stype"),
    "asn": ("any ~ tekanan * incumbent + sex + gol + age + mode", "age ~ tekanan + sex + gol"),
}
GROUPS = {"dclus1": 5}


def people(name: str) -> Survey:
    if name != "asn":
        return survey(name)
    frame = data("asn_open")
    forms = [column for column in frame if column.startswith("v_")]
    frame = frame.assign(any=(frame[forms].sum(axis=1) > 0).astype(int))
    return Survey(frame, weight="w", psu=["prov", "kab"])


def asked(
    name: str, family: str = "logit", *, n_groups: int | None = None
) -> tuple[Survey, Model, Diagnosis]:
    of = people(name)
    formula = MODELS[name][family == "linear"]
    model = of.regress(formula, family, tolerance=1e-14)  # type: ignore[arg-type]
    return of, model, of.diagnose(model, n_groups=n_groups or GROUPS.get(name, 10))


def probabilities(of: Survey, model: Model) -> np.ndarray:
    """Fitted probabilities of the respondents, from the coefficients of a model of the schools."""
    b, frame = model.coefficients, of.frame
    eta = b["(Intercept)"] + b["ell"] * frame["ell"] + b["meals"] * frame["meals"]
    eta = eta + b["stype[H]"] * (frame["stype"] == "H") + b["stype[M]"] * (frame["stype"] == "M")
    return (1 / (1 + np.exp(-eta))).to_numpy()


@pytest.mark.golden
@pytest.mark.parametrize("family", ["logit", "probit", "cloglog"])
@pytest.mark.parametrize("name", MODELS)
def test_binary_models(name: str, family: str) -> None:
    _, _, found = asked(name, family)
    expected = case(FILE, f"{name}/{family}")
    for measure, of_r in (("tjur", "tjur"), ("mcfadden", "mcfadden"), ("cox_snell", "coxsnell")):
        compare(found[measure], expected[of_r], 1e-7, measure)
    compare(found["auc"], expected["auc"], 1e-10, "area under the curve")
    inflation = case(FILE, f"{name}/{family}/vif")
    table = found.collinearity
    assert table["term"].tolist() == inflation["terms"]
    compare(table["gvif"].to_numpy(), inflation["gvif"], 1e-6, "gvif")
    compare(table["df"].to_numpy(), inflation["df"], 0, "coefficients of a term")


@pytest.mark.golden
@pytest.mark.parametrize("family", ["logit", "probit", "cloglog"])
@pytest.mark.parametrize("name", MODELS)
def test_mean_residual_test(name: str, family: str) -> None:
    _, _, found = asked(name, family)
    expected, test = case(FILE, f"{name}/{family}/fit"), found.goodness_of_fit
    assert test is not None
    assert (test.df_num, test.df_den) == (expected["df_num"], expected["df_den"])
    for column, of_r in (
        ("n", "size"),
        ("observed", "observed"),
        ("expected", "expected"),
        ("std_error", "se"),
    ):
        compare(test.table[column].to_numpy(), expected[of_r], 1e-6, column)
    compare(test.table["residual"].to_numpy(), expected["residual"], 1e-5, "residual", 1e-8)
    compare(test.statistic, expected["F"], 1e-5, "F")
    compare(test.p_value, expected["p"], 1e-4, "p")


@pytest.mark.golden
@pytest.mark.parametrize("name", MODELS)
def test_linear_models(name: str) -> None:
    _, _, found = asked(name, "linear")
    expected = case(FILE, f"{name}/linear")
    compare(found["r_squared"], expected["r_squared"], 1e-10, "R²")
    compare(found["residual_std_dev"] ** 2, expected["dispersion"], 1e-10, "dispersion")
    compare(found.collinearity["gvif"].to_numpy(), expected["gvif"], 1e-8, "gvif")
    assert found.goodness_of_fit is None


def test_residual_standard_deviation_of_complete_answers() -> None:
    frame = data("apistrat").astype({"meals": float})
    frame.loc[::5, "meals"] = np.nan
    of = Survey(frame, weight="pw", stratum="stype", fpc="fpc")
    # R: svyglm(api00 ~ meals, subset(dstrat, !is.na(meals))); without subset() R says 74.34362860.
    found = of.diagnose(of.regress("api00 ~ meals", "linear"))
    compare(found["residual_std_dev"], 74.42267107, 1e-9, "residual standard deviation")


@pytest.mark.golden
@pytest.mark.parametrize("name", ["dstrat", "dclus1", "dclus2"])
def test_pseudo_r_squared_of_survey(name: str) -> None:
    expected = case("survey_api_linearised", f"{name}/svyglm_quasibinomial")
    of = survey(name)
    found = of.diagnose(of.regress("wide ~ ell + meals + stype"))
    compare(found["nagelkerke"], expected["nagelkerke"], 1e-6, "Nagelkerke")
    compare(found["cox_snell"], expected["coxsnell"], 1e-6, "Cox-Snell")


def by_pairs(score: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    """The area as the share of pairs, every pair looked at."""
    yes, no = y == 1, y == 0
    higher = np.sign(np.round(score[yes][:, None] - score[no][None, :], 12)) / 2 + 0.5
    return float(w[yes] @ higher @ w[no] / (w[yes].sum() * w[no].sum()))


def test_area_is_the_share_of_pairs_and_its_error_that_of_their_weights() -> None:
    """Of each PSU (one stratum) the influence is the derivative by its weight, with scores held."""
    of, model, found = asked("dclus1")
    frame, score = of.frame, probabilities(of, model)
    y, w = frame["wide"].to_numpy(), frame["pw"].to_numpy()
    compare(found["auc"], by_pairs(score, y, w), 1e-12, "area")
    derivatives, step = [], 1e-5
    for psu in frame["dnum"].unique():
        here = (frame["dnum"] == psu).to_numpy()
        up, down = (by_pairs(score, y, w * np.where(here, 1 + h, 1.0)) for h in (step, -step))
        derivatives.append((up - down) / (2 * step))
    u = np.array(derivatives) - np.mean(derivatives)
    n, population = len(u), float(frame["fpc"].iloc[0])
    row = found.measures.set_index("measure").loc["auc"]
    compare(row["std_error"], np.sqrt((1 - n / population) * n / (n - 1) * u @ u), 1e-6, "standard error")
    assert row["conf_low"] < row["estimate"] < row["conf_high"] < 1
    assert row["df"] == n - 1


def test_area_of_equal_weights_is_mann_whitneys_and_its_error_delongs() -> None:
    rng = np.random.default_rng(7)
    x = np.round(rng.normal(size=800), 1)
    y = (rng.random(800) < 1 / (1 + np.exp(-x))).astype(int)
    of = Survey(pd.DataFrame({"x": x, "y": y}))
    row = of.diagnose(of.regress("y ~ x")).measures.set_index("measure").loc["auc"]
    whitney = stats.mannwhitneyu(x[y == 1], x[y == 0]).statistic
    compare(row["estimate"], whitney / (y.sum() * (1 - y).sum()), 1e-12, "area")
    ahead = (np.sign(x[y == 1][:, None] - x[y == 0][None, :]) + 1) / 2
    delong = ahead.mean(axis=1).var(ddof=1) / y.sum() + ahead.mean(axis=0).var(ddof=1) / (1 - y).sum()
    compare(row["std_error"], np.sqrt(delong), 3e-3, "DeLong, whose divisors are n_1 - 1 and n_0 - 1")


def test_a_model_without_terms_explains_nothing() -> None:
    of = survey("dclus1")
    found = of.diagnose(of.regress("wide ~ 1"))
    values = found.measures.set_index("measure")["estimate"]
    compare(values[["mcfadden", "cox_snell", "nagelkerke", "tjur"]].to_numpy(), np.zeros(4), 0, "R²", 1e-12)
    assert values["auc"] == 0.5
    assert found.goodness_of_fit is not None
    assert found.goodness_of_fit.flag == "one_group"
    assert "one fitted probability" in repr(found)
    assert found.collinearity.empty


def test_a_null_model_keeps_the_offset() -> None:
    """An offset that is the whole truth leaves the terms nothing; the area is that of the offset alone."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"shift": rng.normal(size=600) * 2, "z": rng.normal(size=600)})
    frame["y"] = (rng.random(600) < 1 / (1 + np.exp(-frame["shift"]))).astype(int)
    of = Survey(frame)
    with_offset = of.diagnose(of.regress("y ~ z + offset(shift)"))
    assert abs(with_offset["mcfadden"]) < 0.01
    assert with_offset["auc"] > 0.8
    counts = of.with_frame(frame.assign(y=rng.poisson(np.exp(frame["shift"] / 4))))
    found = counts.diagnose(counts.regress("y ~ z", "poisson"))
    assert found.measures["measure"].tolist() == ["deviance_r_squared", "cox_snell", "nagelkerke"]
    assert found.goodness_of_fit is None


def test_a_linear_model_of_one_term_is_its_correlation() -> None:
    of = survey("dstrat")
    found = of.diagnose(of.regress("api00 ~ ell", "linear"))
    frame = of.frame
    s = np.cov(frame["api00"], frame["ell"], aweights=frame["pw"])
    compare(found["r_squared"], s[0, 1] ** 2 / (s[0, 0] * s[1, 1]), 1e-10, "R²")
    compare(found.collinearity["gvif"].to_numpy(), [1.0], 1e-10, "gvif of a single term")


def test_calibrated_weights_enter_and_replicates_come_near_linearisation() -> None:
    of = survey("dclus1")
    raked = of.calibrate({"stype": {"E": 4421, "H": 755, "M": 1018}}, "raking")
    model = raked.regress("wide ~ ell + meals")
    found = raked.diagnose(model, n_groups=4)
    assert found["auc"] != of.diagnose(of.regress("wide ~ ell + meals"), n_groups=4)["auc"]
    replicated = of.replicates("JK1")
    jackknife = replicated.diagnose(replicated.regress("wide ~ ell + meals"), n_groups=4)
    linear = of.diagnose(of.regress("wide ~ ell + meals"), n_groups=4)
    errors = [one.measures.set_index("measure").loc["auc", "std_error"] for one in (jackknife, linear)]
    compare(errors[0], errors[1], 1e-9, "replicates of the linearised variable")
    assert jackknife.goodness_of_fit is not None
    assert linear.goodness_of_fit is not None
    compare(jackknife.goodness_of_fit.statistic, linear.goodness_of_fit.statistic, 1e-7, "F")


def test_terms_that_say_nearly_the_same_are_flagged() -> None:
    rng = np.random.default_rng(11)
    x = rng.normal(size=500)
    frame = pd.DataFrame({"x": x, "near": x + rng.normal(size=500) / 10, "z": rng.normal(size=500)})
    frame["y"] = (rng.random(500) < 1 / (1 + np.exp(-x))).astype(int)
    of = Survey(frame)
    table = of.diagnose(of.regress("y ~ x + near + z")).collinearity.set_index("term")
    assert table["flag"].to_dict() == {"x": "collinear", "near": "collinear", "z": ""}


def test_everything_in_one_table() -> None:
    _, _, found = asked("asn")
    table = found.to_frame()
    assert table["aspect"].unique().tolist() == ["fit", "goodness_of_fit", "collinearity"]
    assert table.set_index("measure").loc["auc", "estimate"] == found["auc"]
    assert "Archer-Lemeshow F(9, 90)" in repr(found)
    assert "<table" in found._repr_html_()


@pytest.mark.long
def test_a_test_that_cannot_be_made_says_why() -> None:
    of = survey("dclus1")
    model = of.regress("wide ~ ell + meals + stype")
    test = of.diagnose(model, n_groups=15).goodness_of_fit
    assert test is not None
    assert (test.flag, test.df_design) == ("too_few_psu", 14)
    assert np.isnan(test.p_value)
    assert "15 groups need more than 14 design df" in repr(of.diagnose(model, n_groups=15))
    small = survey("dstrat")
    uniform = small.diagnose(small.regress("wide ~ ell + meals + stype"))
    assert uniform.goodness_of_fit is not None
    assert uniform.goodness_of_fit.flag == "uniform_group"
    assert "all, or none" in repr(uniform)


def test_refusals() -> None:
    of = survey("dclus1")
    model = of.regress("wide ~ ell + meals")
    with pytest.raises(UsageError, match="n_groups = 1 leaves nothing"):
        of.diagnose(model, n_groups=1)
    with pytest.raises(UsageError, match='no measure "nagelkerk"'):
        of.diagnose(model)["nagelkerk"]
    levels = of.regress("stype ~ ell", "multinomial")
    with pytest.raises(UsageError, match="a multinomial model has no diagnosis"):
        of.diagnose(levels)
    with pytest.raises(EstimationError, match="other coefficients on the respondents"):
        survey("dstrat").diagnose(model)
