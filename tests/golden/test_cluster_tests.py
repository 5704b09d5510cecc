"""Tests of several coefficients of few clusters equal clubSandwich's HTZ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.goldens import case, compare, data

from netralstat import Survey
from netralstat.errors import EstimationError

TERMS = {"gol": "gol", "region": "region", "sex": "sex", "all": ["gol", "age", "sex", "region"]}

pytestmark = pytest.mark.golden


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    found = data("asn_open")
    region = np.array(["west", "middle", "east"])[found["prov"].astype(int) % 3]
    return found.assign(one=1.0, sc=found["lik1"] + found["lik2"], region=region, decades=found["age"] / 10)


def clustered(people: pd.DataFrame, clusters: int, weighted: str) -> Survey:
    few = people[people["prov"].astype(int) <= clusters]
    return Survey(few, weight="w" if weighted == "TRUE" else "one", psu="prov")


@pytest.mark.parametrize("weighted", ["FALSE", "TRUE"])
@pytest.mark.parametrize("clusters", [8, 20])
def test_terms(people: pd.DataFrame, clusters: int, weighted: str) -> None:
    survey = clustered(people, clusters, weighted)
    model = survey.regress("sc ~ gol + age + sex + region", "linear", few_clusters="CR2")
    for name, terms in TERMS.items():
        expected = case("cluster_tests", f"htz/{clusters}/weighted={weighted}/{name}")
        if expected["df_denom"] <= 0:
            with pytest.raises(EstimationError, match=r"the 6 coefficients .* degrees of freedom") as told:
                model.wald_test(terms)
            assert "more clusters" in str(told.value.do)
            continue
        found = dict(zip(("F", "df_num", "df_denom", "p"), model.wald_test(terms), strict=True))
        compare(found, {key: expected[key] for key in found}, 1e-8, name)


@pytest.mark.parametrize("weighted", ["FALSE", "TRUE"])
def test_two_terms_together(people: pd.DataFrame, weighted: str) -> None:
    model = clustered(people, 10, weighted).regress(
        "sc ~ incumbent + C(sex) + decades", "linear", few_clusters="CR2"
    )
    expected = case("few_clusters", f"clubsandwich/HTZ/weighted={weighted}")
    found = dict(zip(("F", "df_num", "df_denom", "p"), model.wald_test(["incumbent", "sex"]), strict=True))
    compare(found, {key: expected[key] for key in found}, 1e-8, "HTZ")


@pytest.mark.parametrize("family", ["linear", "logit"])
def test_of_one_coefficient_it_is_the_t_test_squared(people: pd.DataFrame, family: str) -> None:
    survey = clustered(people.assign(high=(people["sc"] > 6).astype(int)), 10, "TRUE")
    outcome = "sc" if family == "linear" else "high"
    model = survey.regress(f"{outcome} ~ gol + sex", family, few_clusters="CR2")
    row = model.table.set_index("term").loc["sex[P]"]
    statistic, q, df, p_value = model.wald_test("sex")
    assert q == 1
    compare([statistic, df, p_value], [row["statistic"] ** 2, row["df"], row["p_value"]], 1e-9, "t²")


def test_persons_alike_are_as_many_clusters(people: pd.DataFrame) -> None:
    """Where persons were drawn a cell stands for each of them: as clusters of one person each."""
    frame = people.head(300).assign(number=np.arange(300), w=people["w"].round(-1))
    formula = "sc ~ gol + sex"
    cells = Survey(frame, weight="w").regress(formula, "linear", few_clusters="CR2")
    persons = Survey(frame, weight="w", psu="number").regress(formula, "linear", few_clusters="CR2")
    compare(list(cells.wald_test("gol")), list(persons.wald_test("gol")), 1e-9, "gol")


def test_of_many_clusters_it_is_the_test_of_the_model(people: pd.DataFrame) -> None:
    frame = people.assign(number=np.arange(len(people)))
    formula = "sc ~ gol + sex"
    few = Survey(frame, weight="one", psu="number").regress(formula, "linear", few_clusters="CR2")
    plain = Survey(frame, weight="one", psu="number").regress(formula, "linear")
    compare(few.wald_test("gol")[0], plain.wald_test("gol")[0], 0.01, "F")
    assert few.wald_test("gol")[2] > 400
