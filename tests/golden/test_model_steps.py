"""Blocks in steps, importance, several outcomes and the marker, beside R's survey."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.designs import survey
from golden.goldens import case, compare, data

from netralstat import Survey

FILE = "model_steps"
SCHOOLS = {"one": ["ell"], "two": ["meals", "stype"], "three": ["mobility"]}
PEOPLE = {
    "one": ["sex", "age"],
    "two": ["tekanan", "incumbent"],
    "three": ["gol"],
    "four": ["tekanan:incumbent"],
}
OUTCOMES = {
    ("dstrat", "logit"): "wide",
    ("dstrat", "probit"): "wide",
    ("dstrat", "cloglog"): "wide",
    ("dstrat", "linear"): "api00",
    ("dstrat", "poisson"): "enroll",
    ("dclus1", "logit"): "wide",
    ("dclus1", "probit"): "wide",
    ("dclus1", "cloglog"): "wide",
    ("dclus1", "linear"): "api00",
    ("dclus1", "poisson"): "api00",
    ("asn", "logit"): "any",
    ("asn", "probit"): "any",
    ("asn", "cloglog"): "any",
    ("asn", "poisson"): "forms",
}
DIVIDED = [
    ("dstrat", "wide", "ell + meals + stype", "logit", "nagelkerke", 1e-9),
    # R's fit stops where the deviance does, and Tjur's coefficient moves with the coefficients themselves.
    ("dstrat", "wide", "ell + meals + stype", "probit", "tjur", 1e-6),
    ("dstrat", "wide", "ell + meals + stype", "cloglog", "mcfadden", 1e-9),
    ("dclus1", "api00", "ell + meals + stype + mobility", "linear", "r2", 1e-10),
    ("dstrat", "enroll", "ell + meals + stype", "poisson", "r2", 1e-9),
    ("asn", "any", "tekanan + incumbent + sex + gol + age", "logit", "mcfadden", 1e-9),
    ("asn", "any", "tekanan + incumbent + sex + gol + age", "logit", "tjur", 1e-9),
    ("asn", "forms", "tekanan + incumbent + sex + gol", "poisson", "cox_snell", 1e-9),
]


def people(name: str) -> Survey:
    """The designs of the R script."""
    if name != "asn":
        return survey(name)
    frame = data("asn_open")
    forms = [column for column in frame if column.startswith("v_")]
    frame = frame.assign(
        any=(frame[forms].sum(axis=1) > 0).astype(int),
        forms=frame[forms].sum(axis=1),
        seen=(frame["lik1"] >= 4).astype(int),
    )
    needed = ["tekanan", "incumbent", "sex", "gol", "age", "lik1", "lik2", "lik3"]
    return Survey(frame.dropna(subset=needed), weight="w", psu=["prov", "kab"])


@pytest.mark.golden
@pytest.mark.parametrize(("name", "family"), OUTCOMES)
def test_changes_of_steps(name: str, family: str) -> None:
    """Wald's F, and the working likelihood ratio with its eigenvalues and saddlepoint p-value."""
    blocks = PEOPLE if name == "asn" else SCHOOLS
    found = people(name).blocks(OUTCOMES[name, family], blocks, family, tolerance=1e-14)  # type: ignore[arg-type]
    for row in found.table.to_dict("records"):
        expected, block = case(FILE, f"steps/{name}/{family}/{row['step']}"), str(row["block"])
        what = f"step {row['step']}"
        assert (row["df_num"], row["df_den"]) == (expected["df"], expected["ddf"])
        compare(row["statistic"], expected["F"], 1e-6, f"F, {what}")
        compare(row["p_value"], expected["p"], 1e-6, f"p of F, {what}")
        compare(row["lr_statistic"], expected["chisq"], 1e-7, f"likelihood ratio, {what}")
        compare(row["lr_p_value"], expected["p_lrt"], 1e-6, f"p, {what}", atol=1e-12)
        compare(row["lr_p_value"], expected["anova_p"], 1e-6, f"anova.svyglm, {what}", atol=1e-12)
        eigenvalues = np.atleast_1d(expected["lambda"])
        compare(found.likelihood_ratio[block].eigenvalues, eigenvalues, 1e-6, f"λ, {what}")
        if family != "linear":
            compare(row["cox_snell"], expected["cox_snell"], 1e-8, f"Cox-Snell, {what}")
            compare(row["nagelkerke"], expected["nagelkerke"], 1e-8, f"Nagelkerke, {what}")


@pytest.mark.golden
@pytest.mark.parametrize("name", ["dstrat", "dclus1"])
def test_satterthwaite_approximation_of_a_step(name: str) -> None:
    found = people(name).blocks("wide", SCHOOLS, tolerance=1e-14, approximation="satterthwaite")
    for step, p_value in enumerate(found.table["lr_p_value"], start=1):
        expected = case(FILE, f"steps/{name}/logit/{step}")["p_satterthwaite"]
        compare(p_value, expected, 1e-6, f"step {step}")


@pytest.mark.golden
@pytest.mark.parametrize(("name", "outcome", "terms", "family", "measure", "rtol"), DIVIDED)
def test_general_dominance(
    name: str, outcome: str, terms: str, family: str, measure: str, rtol: float
) -> None:
    """R fits every subset and averages the gains over every order of entry."""
    found = people(name).importance(
        f"{outcome} ~ {terms}",
        family,  # type: ignore[arg-type]
        measure=measure,  # type: ignore[arg-type]
        intervals="none",
    )
    expected = case(FILE, f"importance/{name}/{family}/{measure}")
    table = found.table.set_index("term")
    compare(table["share"], expected["share"], rtol, "shares")
    compare(table["alone"], expected["alone"], rtol, "alone", atol=1e-12)
    compare(found.explained, expected["full"], rtol, "full model")
    compare(found.conditional.set_index("term"), expected["conditional"], rtol, "conditional", atol=1e-12)


@pytest.mark.golden
@pytest.mark.parametrize(
    ("name", "outcomes", "terms", "family", "tested"),
    [
        ("dstrat", ["wide", "award"], ["ell", "meals", "stype"], "logit", "stype"),
        ("dclus1", ["api00", "api99", "enroll"], ["ell", "meals"], "linear", "ell"),
        ("asn", ["any", "seen"], ["tekanan", "incumbent", "sex"], "logit", "tekanan"),
    ],
)
def test_several_outcomes(name: str, outcomes: list[str], terms: list[str], family: str, tested: str) -> None:
    """R puts the influences of the models beside each other, and adjusts with p.adjust."""
    s, expected = people(name), case(FILE, f"outcomes/{name}/{family}")
    for adjust, of_r in (("holm", "holm"), ("bh", "bh")):
        found = s.regress_each(outcomes, terms, family, adjust=adjust, tolerance=1e-14)  # type: ignore[arg-type]
        table = found.table[~found.table["reference"]]
        for column, matrix in (("p_value", expected["p"]), ("p_adjusted", expected[of_r])):
            wide = table[column].to_numpy().reshape(len(outcomes), -1).T
            compare(wide, matrix.to_numpy(), 1e-6, f"{adjust}, {column}")
    compare(found.coefficients.to_numpy(), expected["coef"].to_numpy(), 1e-7, "coefficients")
    compare(found.covariance, expected["covariance"].to_numpy(), 1e-6, "covariance", atol=1e-12)
    joint = found.tests[found.tests["outcome"] == "(all outcomes)"].set_index("variable").loc[tested]
    assert (joint["df_num"], joint["df_den"]) == (expected["df"], expected["ddf"])
    compare(joint["statistic"], expected["F"], 1e-6, "joint F")
    compare(joint["p_value"], expected["joint_p"], 1e-6, "p of the joint F")


@pytest.mark.golden
def test_marker() -> None:
    """The marker of the reference numbers: r 0.4825, 0.0301 of the method, 0.4665 left, z 24.77."""
    likert = [f"lik{i}" for i in range(1, 7)]
    frame: pd.DataFrame = data("asn_open").dropna(subset=[*likert, "age"])
    for items in (likert[:2], likert[:5]):
        found, expected = Survey(frame).marker_check(items, "age"), case(FILE, f"marker/{len(items)}")
        assert found.n == expected["size"]
        compare(found.method, expected["rm"], 1e-10, "method")
        for column, of_r in (("correlation", "r"), ("estimate", "adj"), ("z", "z")):
            compare(found.table[column].to_numpy(), np.atleast_1d(expected[of_r]), 1e-9, column)
    row = Survey(frame).marker_check(likert[:2], "age").table.iloc[0]
    compare(
        row[["correlation", "estimate", "z"]].to_numpy(dtype=float),
        [0.482522083648505, 0.466454610715719, 24.7736819964343],
        1e-8,
        "cmv_marker",
    )
