"""Factor models: lavaan on the synthetic civil servants, on Holzinger's pupils, and identities beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from golden.goldens import case, compare, data

from netralstat import Survey
from netralstat.errors import EstimationError, NetralstatError, UsageError
from netralstat.explain.scales.factor_model import FactorModel
from netralstat.explain.scales.polychoric import bivariate_normal, polychoric

FILE = "factor_models"
SHARED = Path(__file__).parents[3] / "shared" / "golden"
ITEMS = ["lik1", "lik2", "lik3", "lik4", "lik5", "lik6r"]
MODELS = {"one": {"F": ITEMS}, "two": {"A": ITEMS[:3], "B": ITEMS[3:]}}
HOLZINGER = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}
PLAIN = {
    "chisq": "chi2", "df": "df", "pvalue": "p_value", "cfi": "cfi", "tli": "tli", "rmsea": "rmsea",
    "rmsea.ci.lower": "rmsea_low", "rmsea.ci.upper": "rmsea_high", "srmr": "srmr", "aic": "aic", "bic": "bic",
}  # fmt: skip
ROBUST = {
    "chisq.scaled": "chi2", "chisq.scaling.factor": "scale", "pvalue.scaled": "p_value", "cfi.robust": "cfi",
    "tli.robust": "tli", "rmsea.robust": "rmsea", "rmsea.ci.lower.robust": "rmsea_low",
    "rmsea.ci.upper.robust": "rmsea_high",
}  # fmt: skip


def shared(name: str) -> dict[str, Any]:
    """A case of the reference numbers, some of whose data may not be copied here."""
    file = SHARED / "psychometrics.json"
    if not file.is_file():
        pytest.skip("the reference numbers ../shared/golden/psychometrics.json are not on this machine")
    cases = {one["name"]: one for one in json.loads(file.read_text(encoding="utf-8"))["cases"]}
    return cases[name]["expect"]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return data("asn_open").assign(lik6r=lambda people: 6 - people["lik6"])


@pytest.fixture(scope="module")
def pupils() -> Survey:
    file = SHARED / "data" / "holzinger1939.csv"
    if not file.is_file():
        pytest.skip("the pupils' tests ../shared/golden/data/holzinger1939.csv (GPL) are not on this machine")
    return Survey(pd.read_csv(file))


def as_lavaan(found: FactorModel, column: str) -> dict[str, float]:
    """Numbers of the table by lavaan's names: "A=~lik1", "lik1~~lik1", "A~~B", "lik1~1", "lik1|t2"."""
    named, thresholds = {}, {}
    for row in found.table.to_dict("records"):
        kind, factor, item = row["kind"], row["factor"], row["item"]
        if kind == "threshold":
            own = item.partition(" ")[0]
            thresholds[own] = thresholds.get(own, 0) + 1
            item = f"{own}|t{thresholds[own]}"
        named |= {
            {
                "loading": f"{factor}=~{item}",
                "residual_variance": f"{item}~~{item}",
                "factor_variance": f"{factor}~~{factor}",
                "factor_covariance": factor.replace(" × ", "~~"),
                "intercept": f"{item}~1",
                "threshold": item,
            }[kind]: row[column]
        }
    return named


def agrees(found: dict[str, float], expected: pd.Series, rtol: float, what: str) -> None:
    compare({name: found[name] for name in expected.index}, expected, rtol, what, 1e-12)


@pytest.mark.golden
@pytest.mark.parametrize("model", ["one", "two"])
def test_maximum_likelihood(frame: pd.DataFrame, model: str) -> None:
    survey = Survey(frame)
    expected, found = case(FILE, f"{model}/ml"), survey.factor_model(MODELS[model], errors="normal")
    for column, of_r in (
        ("estimate", "est"),
        ("std_error", "se"),
        ("standardised", "std"),
        ("standardised_error", "std_se"),
    ):
        agrees(as_lavaan(found, column), expected[of_r], 1e-5, column)
    row = found.fit.iloc[0]
    compare({name: row[own] for name, own in PLAIN.items()}, expected["fit"], 1e-7, "fit", 1e-7)
    expected, found = (
        case(FILE, f"{model}/mlm"),
        survey.factor_model(MODELS[model], errors="robust", information="expected"),
    )
    agrees(as_lavaan(found, "std_error"), expected["se"], 1e-5, "robust")
    agrees(as_lavaan(found, "standardised_error"), expected["std_se"], 1e-5, "robust, standardised")
    row = found.fit.iloc[1]
    compare({name: row[own] for name, own in ROBUST.items()}, expected["fit"], 1e-6, "scaled fit", 1e-7)


@pytest.mark.golden
@pytest.mark.parametrize("model", ["one", "two"])
def test_weights_and_clusters(frame: pd.DataFrame, model: str) -> None:
    expected = case(FILE, f"{model}/weighted_clusters")
    found = Survey(frame, weight="w", psu="kab").factor_model(MODELS[model])
    agrees(as_lavaan(found, "estimate"), expected["est"], 1e-5, "estimate")
    agrees(as_lavaan(found, "std_error"), expected["se"], 1e-5, "design-based")
    of_slopes = expected["std_se"].drop([name for name in expected["std_se"].index if name.endswith("~1")])
    agrees(as_lavaan(found, "standardised_error"), of_slopes, 1e-5, "standardised")


@pytest.mark.golden
def test_strata_clusters_and_weights_are_lavaan_surveys(frame: pd.DataFrame) -> None:
    """lavaan.survey multiplies covariances by n/(n - 1) before it takes their variance."""
    expected = shared("asn/lavaan_survey")
    survey = Survey(frame, weight="w", stratum="prov", psu="kab", lonely_psu="adjust")
    everybody = survey.with_frame(frame.dropna(subset=["lik6"]))
    found = everybody.factor_model({"F": ITEMS[:5]}, scaling="variance", information="expected")
    kept = found.table
    compare(kept["estimate"].to_numpy()[:11], expected["est"][:11], 1e-6, "estimates")
    compare(kept["estimate"].to_numpy()[11:], expected["est"][11:16], 1e-10, "means")
    compare(kept["std_error"].to_numpy()[:10] * found.n / (found.n - 1), expected["se"][:10], 1e-6, "errors")
    compare(kept["std_error"].to_numpy()[11:], expected["se"][11:16], 1e-10, "errors of means")
    row = found.fit.iloc[1]
    assert row["df"] == expected["df"]
    compare(row["chi2"] / (found.n / (found.n - 1)) ** 2, expected["chisq_scaled"], 1e-6, "chi-squared")
    compare(row["chi2"], expected["chisq_scaled"], 1e-3, "chi-squared, as it states its tolerance")


@pytest.mark.golden
def test_one_factor_of_the_reference_numbers(frame: pd.DataFrame) -> None:
    expected = shared("asn6/cfa_ml")
    found = Survey(frame).factor_model({"F": ITEMS}, scaling="variance", errors="normal")
    loadings, row, own = found.loadings, found.fit.iloc[0], found.factors.iloc[0]
    compare(loadings["estimate"].to_numpy(), expected["loading"], 1e-6, "loadings")
    compare(loadings["std_error"].to_numpy(), expected["se"], 1e-6, "errors")
    compare(loadings["standardised"].to_numpy(), expected["std"], 1e-6, "standardised")
    compare(row["chi2"], expected["chisq"], 1e-8, "chi-squared")
    compare(
        [row["rmsea_low"], row["rmsea_high"]], [expected["rmsea_lo"], expected["rmsea_hi"]], 1e-6, "RMSEA"
    )
    compare([row["srmr"], row["bic"]], [expected["srmr"], expected["bic"]], 1e-6, "SRMR, BIC")
    compare(own["composite_reliability"], expected["omega_ml"], 1e-6, "omega")
    compare(own["ave_standardised"], expected["ave"], 1e-6, "variance extracted")
    assert (found.n, row["df"], row["cfi"], row["rmsea"]) == (expected["ntotal"], 9, 1, 0)
    expected = shared("asn6/cfa_mlm")
    found = Survey(frame).factor_model(
        {"F": ITEMS}, scaling="variance", errors="robust", information="expected"
    )
    compare(found.loadings["std_error"].to_numpy(), expected["se"], 1e-6, "robust errors")
    row = found.fit.iloc[1]
    compare([row["chi2"], row["scale"]], [expected["chisq_scaled"], expected["scale"]], 1e-6, "scaled")
    assert (row["cfi"], row["rmsea"]) == (expected["cfi_robust"], expected["rmsea_robust"])


@pytest.mark.golden
def test_holzingers_pupils(pupils: Survey) -> None:
    expected, found = shared("hs/cfa3"), pupils.factor_model(HOLZINGER, errors="normal")
    for column, of_r in (("estimate", "est"), ("std_error", "se"), ("standardised", "std")):
        named = {
            f"{left}{op}{right}": number
            for left, op, right, number in zip(
                expected["lhs"], expected["op"], expected["rhs"], expected[of_r], strict=True
            )
        }
        agrees(as_lavaan(found, column), pd.Series(named), 5e-6, column)
    row = found.fit.iloc[0]
    compare({name: row[PLAIN[name]] for name in expected["fit"]}, expected["fit"], 1e-6, "fit", 1e-12)
    compare(row["chi2"], 85.306, 1e-5, "chi-squared as lavaan's tutorial prints it")
    assert found.verdict == "fails"
    expected = shared("hs/reliability")
    by_factor = found.factors.set_index("factor")
    compare(by_factor["omega"], expected["omega"], 5e-6, "omega")
    compare(by_factor["ave"], expected["ave"], 5e-6, "variance extracted")
    compare(found.htmt.to_numpy(), expected["htmt"]["values"], 1e-6, "HTMT")
    compare(found.correlations.loc["textual", "visual"], 0.458509, 1e-6, "factor correlation")


@pytest.mark.golden
@pytest.mark.parametrize("model", ["one", "two", "one/weighted"])
def test_ordered_items(frame: pd.DataFrame, model: str) -> None:
    name, _, weighted = model.partition("/")
    survey = Survey(frame, weight="w") if weighted else Survey(frame)
    expected = case(FILE, f"{name}/ordered{'_weighted' * bool(weighted)}")
    found = survey.factor_model(
        MODELS[name], ordinal=True, scaling="variance", errors="robust", information="expected"
    )
    for column, of_r, rtol in (("estimate", "est", 1e-6), ("std_error", "se", 1e-5)):
        fixed = [f"{item}~~{item}" for item in ITEMS if of_r == "se"]  # lavaan has no errors of residuals
        of_tendencies = [one for one in expected[of_r].index if not one.endswith("~1") and one not in fixed]
        divisor = np.sqrt((found.n - 1) / found.n) if of_r == "se" else 1.0  # of lavaan's n - 1
        agrees(as_lavaan(found, column), expected[of_r][of_tendencies] * divisor, rtol, column)
    row, plain = found.fit.iloc[1], found.fit.iloc[0]
    compare(plain["chi2"] * (found.n - 1) / found.n, expected["fit"]["chisq"], 1e-6, "chi-squared")
    compare(row["chi2"], expected["fit"]["chisq.scaled"], 1e-3, "n for n - 1")
    compare(row["cfi"], expected["fit"]["cfi.scaled"], 1e-4, "CFI")
    compare(row["rmsea_high"], expected["fit"]["rmsea.ci.upper.scaled"], 2e-3, "RMSEA", 1e-6)


@pytest.mark.golden
def test_ordered_items_of_the_reference_numbers(frame: pd.DataFrame) -> None:
    expected = shared("asn6/ordinal")
    found = Survey(frame).factor_model({"F": ITEMS}, ordinal=True, scaling="variance", errors="robust")
    compare(found.loadings["estimate"].to_numpy(), expected["loading"], 1e-6, "loadings")
    own = found.factors.iloc[0]
    compare(own["alpha"], expected["alpha_ordinal"], 1e-5, "ordinal alpha")
    compare(own["omega"], expected["omega_green_yang"], 1e-6, "ordinal omega")
    levels = [frame[item].dropna() for item in ITEMS]
    complete = frame[ITEMS].dropna()
    assert all(set(level) == {1, 2, 3, 4, 5} for level in levels)
    codes = [complete[item].to_numpy(dtype=int) - 1 for item in ITEMS]
    made = polychoric(codes, [5] * 6, np.ones(len(complete)), names=ITEMS)
    compare(made.correlation, expected["poly"]["values"], 1e-6, "polychoric")
    compare(made.correlation, expected["poly_psych"]["values"], 5e-5, "polychoric of psych")


@pytest.mark.golden
def test_tetrachoric_correlations(frame: pd.DataFrame) -> None:
    expected = case(FILE, "tetrachoric")["r"].to_numpy()
    complete = frame[ITEMS].dropna()
    codes = [(complete[item] > 3).to_numpy(dtype=int) for item in ITEMS]
    compare(polychoric(codes, [2] * 6, np.ones(len(complete)), names=ITEMS).correlation, expected, 1e-6, "r")


def test_standard_errors_are_the_derivative_by_the_weight(frame: pd.DataFrame) -> None:
    """Of each PSU, all in one stratum: what parameters move by when its weights do."""
    few = frame[frame["prov"].isin(["01", "02"])]
    units = few["prov"] + few["kab"].astype(str)
    derivatives, step = [], 1e-4
    for unit in units.unique():
        weights = (few["w"] * np.where(units == unit, 1 + h, 1.0) for h in (step, -step))
        sides = [
            Survey(few.assign(w=w), weight="w").factor_model(MODELS["two"], errors="robust") for w in weights
        ]
        both = [one.table[["estimate", "standardised"]].to_numpy() for one in sides]
        derivatives.append((both[0] - both[1]) / (2 * step))
    u = np.array(derivatives) - np.mean(derivatives, axis=0)
    expected = np.sqrt(len(u) / (len(u) - 1) * (u**2).sum(axis=0))
    found = Survey(few.assign(unit=units), weight="w", psu="unit").factor_model(MODELS["two"]).table
    kept = found["kind"] != "intercept"
    compare(found["std_error"].to_numpy(), expected[:, 0], 1e-5, "marker", 1e-8)
    compare(found["standardised_error"][kept].to_numpy(), expected[kept, 1], 1e-5, "standardised", 1e-8)


def test_polychoric_influence_is_the_derivative_by_the_weight(frame: pd.DataFrame) -> None:
    complete = frame[ITEMS].dropna().head(300)
    codes = [complete[item].to_numpy(dtype=int) - 1 for item in ITEMS]
    row, column = np.triu_indices(6, 1)

    def ask(w: np.ndarray) -> np.ndarray:
        made = polychoric(codes, [5] * 6, w, names=ITEMS)
        return np.concatenate([*made.thresholds, made.correlation[row, column]])

    made, step = polychoric(codes, [5] * 6, np.ones(300), names=ITEMS), 1e-5
    for person in (0, 17, 250):
        more = np.ones(300)
        more[person] += 300 * step
        less = 2 - more
        compare(made.influence[person], (ask(more) - ask(less)) / (2 * step), 1e-5, "influence", 1e-6)
    compare(made.influence.sum(axis=0), np.zeros(24 + 15), 0, "sum", 1e-7)


def test_replicates_come_near_linearisation(frame: pd.DataFrame) -> None:
    survey = Survey(frame, weight="w", stratum="prov", psu="kab", lonely_psu="average")
    linear = survey.factor_model(MODELS["two"])
    bootstrap = survey.replicates("bootstrap", n=200, seed=5).factor_model(MODELS["two"])
    compare(bootstrap.table["estimate"].to_numpy(), linear.table["estimate"].to_numpy(), 1e-9, "estimates")
    free = linear.table["std_error"] > 0
    compare(
        bootstrap.table["std_error"][free].to_numpy(),
        linear.table["std_error"][free].to_numpy(),
        0.25,
        "errors",
    )


def test_scaling_order_and_units_change_nothing(frame: pd.DataFrame) -> None:
    survey = Survey(frame, weight="w", psu="kab")
    marker, unit = (survey.factor_model(MODELS["two"], scaling=scaling) for scaling in ("marker", "variance"))
    for column in ("standardised", "standardised_error"):
        compare(marker.table[column].to_numpy(), unit.table[column].to_numpy(), 1e-6, column, 1e-9)
    compare(marker.fit.iloc[:, 1:], unit.fit.iloc[:, 1:], 1e-8, "fit", 1e-8)
    other = frame.assign(lik1=frame["lik1"] * 1000 - 7, lik5=frame["lik5"] / 50)
    scaled = survey.with_frame(other).factor_model({"B": ITEMS[3:], "A": ITEMS[:3]}, scaling="variance")
    names = ["factor", "item"]
    compare(
        scaled.loadings.sort_values(names)["standardised"].to_numpy(),
        unit.loadings.sort_values(names)["standardised"].to_numpy(),
        1e-8,
        "units",
    )
    compare(scaled.fit["chi2"].to_numpy(), unit.fit["chi2"].to_numpy(), 1e-7, "chi-squared")


def test_a_model_that_is_the_truth_is_found() -> None:
    """Factors, items and residuals of exact covariances: no residual is left."""
    rng = np.random.default_rng(8)
    z = rng.normal(size=(400, 8))
    z = np.linalg.qr(z - z.mean(axis=0))[0] * np.sqrt(400)
    psi = np.linalg.cholesky(np.array([[1.0, 0.4], [0.4, 1.0]]))
    factors = z[:, :2] @ psi.T
    loading = np.array([0.9, 0.7, 0.5, 0.8, 0.6, 0.7])
    x = factors[:, [0, 0, 0, 1, 1, 1]] * loading + z[:, 2:] * np.sqrt(1 - loading**2)
    found = Survey(pd.DataFrame(x, columns=ITEMS)).factor_model(MODELS["two"], scaling="variance")
    compare(found.loadings["estimate"].to_numpy(), loading, 1e-8, "loadings")
    compare(found.correlations.loc["A", "B"], 0.4, 1e-8, "correlation")
    assert found.fit["chi2"].abs().max() < 1e-8
    three = Survey(pd.DataFrame(x, columns=ITEMS)).factor_model({"A": ITEMS[:3]})
    assert (three.verdict, three.fit.iloc[1]["df"]) == ("untested", 0)
    assert "no degrees of freedom" in repr(three)


def test_bivariate_normal_probabilities() -> None:
    x, rho = np.zeros(5), np.array([-0.98, -0.5, 0.0, 0.3, 0.95])
    compare(bivariate_normal(x, x, rho), 0.25 + np.arcsin(rho) / (2 * np.pi), 1e-12, "Sheppard's formula")
    from scipy.stats import multivariate_normal

    exact = [
        multivariate_normal.cdf([a, b], cov=[[1, r], [r, 1]], abseps=1e-13, releps=1e-13)
        for a, b, r in ((1.2, -0.4, 0.985), (-2.0, 0.3, 0.4), (0.1, 0.2, -0.93))
    ]
    found = bivariate_normal(
        np.array([1.2, -2.0, 0.1]), np.array([-0.4, 0.3, 0.2]), np.array([0.985, 0.4, -0.93])
    )
    compare(found, exact, 1e-9, "scipy")


def test_a_scale_that_fails_is_said_to(frame: pd.DataFrame) -> None:
    survey = Survey(frame, weight="w", psu="kab")
    good = survey.factor_model({"F": ITEMS})
    assert (good.verdict, good.reasons) == ("fits", ())
    assert ": fits" in repr(good)
    assert good._repr_html_().count("<table") == 2
    same = survey.factor_model(MODELS["two"])
    assert same.verdict == "fails"  # two factors of one scale
    assert (
        "of its variance with B" in same.reasons[0]
        or "goes" in same.reasons[0]
        or "go with" in same.reasons[0]
    )
    turned = survey.factor_model({"F": [*ITEMS[:5], "lik6"]})
    assert turned.loadings.set_index("item")["flag"]["lik6"] == "negative"
    assert "lik6 goes against the others" in turned.reasons[-1]
    rng = np.random.default_rng(4)
    x = rng.normal(size=(500, 6))
    x[:, 1] += x[:, 0]
    x[:, 2] += 2 * x[:, 0]
    x[:, 4] += x[:, 3]
    mixed = Survey(pd.DataFrame(x, columns=ITEMS)).factor_model({"F": ITEMS})
    assert mixed.verdict == "fails"
    assert mixed.reasons[0].startswith("CFI")


def test_a_heywood_case_is_named() -> None:
    rng = np.random.default_rng(0)
    r = np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])
    z = np.linalg.qr(rng.normal(size=(200, 4)) - 0.0)[0][:, :3]
    z = np.linalg.qr(z - z.mean(axis=0))[0] * np.sqrt(200)
    x = z @ np.linalg.cholesky(r).T
    found = Survey(pd.DataFrame(x, columns=["a", "b", "c"])).factor_model({"F": ["a", "b", "c"]})
    assert found.table.set_index(["kind", "item"])["flag"]["residual_variance", "a"] == "heywood"
    compare(found.loadings["standardised"][0] ** 2, 0.9 * 0.9 / 0.7, 1e-8, "loading")
    assert found.verdict == "fails"
    assert "a has a negative variance (a Heywood case)" in found.reasons[-1]


REFUSALS: dict[str, tuple[type[NetralstatError], str, dict[str, Any]]] = {
    "nothing": (UsageError, "no factor is named", {"scales": {}}),
    "two items": (EstimationError, "two items have one correlation", {"scales": {"F": ITEMS[:2]}}),
    "one item": (EstimationError, "a scale of 1 item", {"scales": {"F": ITEMS[:1]}}),
    "in two factors": (
        UsageError, '"lik1" is in two factors, A and B', {"scales": {"A": ITEMS[:3], "B": ["lik1", "lik5"]}}
    ),
    "twice": (EstimationError, '"lik1" is named more than once', {"scales": {"A": ["lik1", "lik1"]}}),
    "constant": (EstimationError, "have the same answer from all", {"scales": {"A": [*ITEMS[:2], "flat"]}}),
    "the sum of others": (
        EstimationError, "is not positive definite", {"scales": {"A": ["lik1", "lik2", "both"]}}
    ),
    "text": (EstimationError, "holds text", {"scales": {"A": ["lik1", "lik2", "gol"]}}),
    "absent": (NetralstatError, "lik9", {"scales": {"A": ["lik1", "lik2", "lik9"]}}),
    "scaling": (UsageError, 'scaling = "both" is not known', {"scaling": "both"}),
    "errors": (UsageError, 'errors = "bayes" is not known', {"errors": "bayes"}),
    "information": (UsageError, 'information = "all" is not known', {"information": "all"}),
    "level": (UsageError, "level = 1 is outside", {"level": 1}),
    "normal ordered": (UsageError, "ordered answers are not normal", {"ordinal": True, "errors": "normal"}),
    "many levels": (
        EstimationError, "more than 12 levels: age", {"scales": {"A": [*ITEMS[:2], "age"]}, "ordinal": True}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(frame: pd.DataFrame, name: str) -> None:
    kind, fact, arguments = REFUSALS[name]
    wider = frame.assign(flat=3.0, both=frame["lik1"] + frame["lik2"])
    with pytest.raises(kind, match=fact.replace("(", r"\(")):
        Survey(wider, weight="w").factor_model(**{"scales": {"F": ITEMS}, **arguments})


def test_factors_that_answers_do_not_determine(frame: pd.DataFrame) -> None:
    few = frame[ITEMS].dropna().head(5)
    with pytest.raises(
        EstimationError, match="5 respondents answered all 6 items, and a factor model needs at"
    ):
        Survey(few).factor_model({"F": ITEMS})
    z = np.linalg.qr(np.random.default_rng(1).normal(size=(300, 5)))[0]
    z = np.linalg.qr(z - z.mean(axis=0))[0]
    z[:, 1] += z[:, 0]
    z[:, 3] += z[:, 2]
    apart = Survey(pd.DataFrame(z[:, :4], columns=list("abcd")))
    with pytest.raises(EstimationError, match=r"not identified|did not converge"):
        apart.factor_model({"A": ["a", "b"], "B": ["c", "d"]})
    alike = Survey(frame.assign(again=frame["lik1"] + (frame.index == 7)).dropna(subset=ITEMS))
    with pytest.raises(EstimationError, match="polychoric correlation of lik1 and again is beyond"):
        alike.factor_model({"F": ["lik1", "again", "lik2"]}, ordinal=True)
