"""Bias-reduced standard errors and their degrees of freedom equal R's survey and clubSandwich."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.designs import survey
from golden.goldens import case, compare, data
from scipy import linalg

from netralstat import Survey

MODELS = "survey_api_models"
KINDS = {"bell_mccaffrey": "Bell-McCaffrey", "bell_mccaffrey_2": "Bell-McCaffrey-2"}

pytestmark = pytest.mark.golden


@pytest.fixture(scope="module")
def provinces() -> pd.DataFrame:
    people = data("asn_open")
    people = people[people["prov"].astype(int) <= 10]
    violations = people[["v_kampanye", "v_mobilisasi", "v_fasilitas"]].sum(axis=1, skipna=False)
    return people.assign(
        one=1.0,
        sc=people["lik1"] + people["lik2"],
        decades=people["age"] / 10,
        any=(violations > 0).astype(int),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("design", ["dstrat", "dclus1"])
def test_linear(design: str, kind: str) -> None:
    expected = case(MODELS, f"{design}/BM_gaussian/{KINDS[kind]}")
    model = survey(design).regress("api00 ~ ell + meals + mobility", "linear", few_clusters=kind)
    table = model.to_frame()
    compare(table["estimate"].to_numpy(), expected["coef"].to_numpy(), 1e-10, "coefficients")
    compare(model.covariance, expected["vcov"].to_numpy(), 1e-8, "covariance")
    compare(table["df"].to_numpy(), expected["df_coef"], 1e-8, "degrees of freedom")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("design", ["dstrat", "dclus1"])
def test_logit(design: str, kind: str) -> None:
    expected = case(MODELS, f"{design}/BM_logit/{KINDS[kind]}")
    table = survey(design).regress("wide ~ ell + meals", few_clusters=kind).to_frame()
    summary = expected["summary"]
    compare(table["std_error"].to_numpy(), expected["se"].to_numpy(), 1e-8, "standard errors")
    compare(table["statistic"].to_numpy(), summary["t value"].to_numpy(), 1e-8, "t")


@pytest.mark.parametrize("weighted", ["FALSE", "TRUE"])
def test_linear_as_clubsandwich(provinces: pd.DataFrame, weighted: str) -> None:
    expected = case("few_clusters", f"clubsandwich/CR2/weighted={weighted}")
    people = Survey(provinces, weight="w" if weighted == "TRUE" else "one", psu="prov")
    model = people.regress("sc ~ incumbent + C(sex) + decades", "linear", few_clusters="CR2")
    table = model.to_frame()
    table = table[~table["reference"]]
    for ours, theirs in (("estimate", "beta"), ("std_error", "se"), ("df", "df"), ("p_value", "p")):
        compare(table[ours].to_numpy(), expected[theirs], 1e-9, ours)


def test_mean_is_the_model_of_a_constant(provinces: pd.DataFrame) -> None:
    """A saturated model of groups of provinces has the standard errors of the groups' means."""
    frame = provinces.assign(east=(provinces["prov"].astype(int) > 4).astype(int))
    people = Survey(frame, weight="w", psu="prov")
    means = people.mean("sc", by="east", few_clusters="CR2")
    model = people.regress("sc ~ east", "linear", few_clusters="CR2").to_frame()
    of_west = means.table.loc[0]
    for column in ("estimate", "std_error", "df"):
        compare(of_west[column], model.loc[0, column], 1e-9, column)
    gap = means.contrast([[-1.0, 1.0]], ["east - west"]).table
    compare(gap["std_error"][0], model.loc[1, "std_error"], 1e-9, "difference")


def test_a_domain_of_one_psu_has_no_variance(provinces: pd.DataFrame) -> None:
    frame = provinces.assign(first=(provinces["prov"] == "01").astype(int))
    found = Survey(frame, weight="w", psu="prov").prevalence("any", by="first", few_clusters="CR2")
    assert found.table["flag"].tolist() == ["", "unknown_variance"]
    assert np.isnan(found.covariance[1]).all()
    assert found.provenance["few_clusters"] == "CR2"


def test_clubsandwich_takes_another_root_of_a_logit(provinces: pd.DataFrame) -> None:
    """Both make the expected covariance right under the working model; the root is not unique."""
    people = Survey(provinces, weight="one", psu="prov")
    model = people.regress("any ~ incumbent + C(sex)", few_clusters="CR2", tolerance=1e-14).to_frame()
    table = model[~model["reference"]]
    expected = case("few_clusters", "clubsandwich/logit/CR2")
    x = np.column_stack([np.ones(len(provinces)), provinces["incumbent"], provinces["sex"] == "P"])
    mu = 1 / (1 + np.exp(-x @ table["estimate"].to_numpy()))
    ours, theirs = (_logit_cr2(x, provinces, mu, whitened) for whitened in (True, False))
    compare(table["std_error"].to_numpy(), ours, 1e-8, "netralstat: scaled by the standard deviation")
    compare(expected["se"], theirs, 1e-5, "clubSandwich: scaled by its inverse")


def _logit_cr2(x: np.ndarray, people: pd.DataFrame, mu: np.ndarray, whitened: bool) -> np.ndarray:
    """Standard errors by matrices with a row for every person, as the definitions have them."""
    v = mu * (1 - mu)
    bread = np.linalg.inv((x * v[:, None]).T @ x)
    residual = people["any"].to_numpy() - mu
    scores = []
    for _, rows in people.reset_index().groupby("prov").indices.items():
        xs, root = x[rows] * v[rows, None], np.sqrt(v[rows])
        left = np.diag(v[rows]) - xs @ bread @ xs.T  # covariance of the residuals under the model
        scale = 1 / root if whitened else root
        middle = np.linalg.pinv(linalg.sqrtm(scale[:, None] * left * scale).real, rcond=1e-9)
        a = root[:, None] * middle * scale if whitened else scale[:, None] * middle * root
        scores.append(x[rows].T @ a @ residual[rows])
    total = np.asarray(scores) @ bread
    return np.sqrt(np.diag(total.T @ total))


@pytest.mark.parametrize("kind", KINDS)
def test_r_adjusts_other_psus_of_two_stages(kind: str) -> None:
    """R takes as many rows of PSU and unit as there are PSUs: some PSUs are adjusted anew, most never."""
    expected = case(MODELS, f"dclus2/BM_gaussian/{KINDS[kind]}")
    people = survey("dclus2")
    frame = people.frame
    x = np.column_stack([np.ones(len(frame)), frame[["ell", "meals", "mobility"]]])
    w, y = frame["pw"].to_numpy(), frame["api00"].to_numpy(dtype=float)
    beta = np.linalg.solve((x * w[:, None]).T @ x, x.T @ (w * y))
    inverse = np.linalg.inv(x.T @ x)
    clusters = frame["dnum"].to_numpy()
    pairs = frame.drop_duplicates(["dnum", "snum"])["dnum"].to_numpy()

    def adjusted(chosen: np.ndarray) -> np.ndarray:
        residual = y - x @ beta
        for cluster in chosen:
            rows = np.flatnonzero(clusters == cluster)
            values, vectors = np.linalg.eigh(np.eye(len(rows)) - x[rows] @ inverse @ x[rows].T)
            residual[rows] = vectors @ (vectors.T @ residual[rows] / np.sqrt(values))
        return residual

    def covariance(residual: np.ndarray) -> np.ndarray:
        """The design's variance of the scores, as of totals."""
        bread = np.linalg.inv((x * w[:, None]).T @ x)
        scores = pd.DataFrame(x * residual[:, None] @ bread, columns=list("abcd"))
        scored = people.with_frame(pd.concat([frame.reset_index(drop=True), scores], axis=1))
        return scored.total(list("abcd")).covariance

    model = people.regress("api00 ~ ell + meals + mobility", "linear", few_clusters=kind)
    as_r = covariance(adjusted(pairs[: len(np.unique(clusters))]))
    compare(as_r, expected["vcov"].to_numpy(), 1e-7, "R's choice of PSUs")
    compare(model.covariance, covariance(adjusted(np.unique(clusters))), 1e-7, "every PSU, once")


@pytest.mark.parametrize("weighted", ["FALSE", "TRUE"])
def test_other_corrections_are_multiples_of_what_the_design_gives(
    provinces: pd.DataFrame, weighted: str
) -> None:
    """CR0, CR1 and CR1S scale the linearised variance of PSUs without strata, CR3 the jackknife's."""
    people = Survey(provinces, weight="w" if weighted == "TRUE" else "one", psu="prov")
    formula, m, n, p = "sc ~ incumbent + C(sex) + decades", 10, len(provinces), 4
    linearised = people.regress(formula, "linear").covariance
    jackknife = people.replicates("JK1", mse=True).regress(formula, "linear").covariance
    of = {
        "CR0": (m - 1) / m * linearised,
        "CR1": linearised,
        "CR1S": (n - 1) / (n - p) * linearised,
        "CR3": m / (m - 1) * jackknife,
    }
    for kind, matrix in of.items():
        expected = case("few_clusters", f"clubsandwich/{kind}/weighted={weighted}")
        compare(np.sqrt(np.diag(matrix)), expected["se"], 1e-8, kind)
