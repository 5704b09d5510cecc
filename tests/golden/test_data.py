"""The goldens themselves: their data are those they were made from, and the comparison names what is off."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd
import pytest
from golden import goldens

FILES = sorted(path.stem for path in goldens.FOLDER.glob("*.json"))
# What stands beside R in files of other packages, or made with what survey has long had (svyglm).
OLDER = {"package": "survey", "version": "4.1.1"}
MADE_WITH = {
    "case_ratios": OLDER,
    "cluster_tests": {"package": "clubSandwich", "version": "0.5.8"},
    "curves": OLDER,
    "factor_edges": {"package": "lavaan", "version": "0.6.14"},
    "factor_models": {"package": "lavaan", "version": "0.6.14"},
    "few_clusters": {"package": "clubSandwich", "version": "0.6.0"},
    "hidden_causes": {"package": "sensemakr", "version": "0.1.6"},
    "imputation": OLDER,
    "mediation": OLDER,
    "model_steps": OLDER,
    "negative_binomial": OLDER,
    "penalised_logit": {"package": "brglm2", "version": "0.9"},
    "psychometrics": {"package": "psych", "version": "2.2.9"},
    "suppression_tables": {"package": "GaussSuppression", "version": "1.0.0"},
}


@pytest.mark.parametrize("file", FILES)
def test_data_hashes(file: str) -> None:
    golden = json.loads((goldens.FOLDER / f"{file}.json").read_text(encoding="utf-8"))
    for table in golden["data"].values():
        assert hashlib.sha256((goldens.FOLDER / table["file"]).read_bytes()).hexdigest() == table["sha256"]
    assert (goldens.FOLDER / f"{file}.R").exists()
    assert golden["made_with"][1] == MADE_WITH.get(file, {"package": "survey", "version": "4.5"})


def test_number_of_cases() -> None:
    counted = {file: len(goldens.names(file)) for file in FILES}
    assert counted == {
        "asn_open": 76,
        "case_ratios": 8,
        "cluster_tests": 16,
        "curves": 42,
        "factor_edges": 3,
        "factor_models": 11,
        "few_clusters": 14,
        "hidden_causes": 8,
        "imputation": 9,
        "mediation": 11,
        "model_diagnostics": 30,
        "model_steps": 59,
        "negative_binomial": 4,
        "penalised_logit": 7,
        "psychometrics": 4,
        "suppression_tables": 3,
        "survey_api_linearised": 579,
        "survey_api_models": 36,
        "survey_calibration": 40,
        "survey_lonely_psu": 20,
        "survey_replicates": 13,
        "wave_change": 2,
    }


def test_the_readme_counts_them() -> None:
    total = sum(len(goldens.names(file)) for file in FILES)
    assert f"{total:,} cases" in (goldens.FOLDER / "README.md").read_text(encoding="utf-8").replace("\n", " ")


def test_a_mean_by_hand() -> None:
    schools = goldens.data("apistrat")
    mean = np.average(schools["api00"], weights=schools["pw"])
    expected = goldens.case("survey_api_linearised", "dstrat/svymean")["estimate"]["api00"]
    goldens.compare(mean, expected, 1e-12, "api00")


def test_raked_weights_reach_the_margins() -> None:
    rows = goldens.data("asn_open").merge(goldens.data("asn_open_raked"), on="id")
    for item, totals in goldens.margins("asn_open").items():
        goldens.compare(rows.groupby(item)["w_raked"].sum(), totals, 1e-6, item)


def test_matrix_table_and_missing_are_decoded() -> None:
    covariance = goldens.case("survey_api_linearised", "dstrat/svymean")["vcov"]
    assert covariance.loc["sch.wideNo", "api00"] == -0.0395284511412496
    table = goldens.case("survey_api_linearised", "dstrat/svyby_mean")["table"]
    assert list(table["stype"]) == ["E", "H", "M", "E", "H", "M"]
    assert table["api00"].tolist()[0] == 626.777777777778
    assert np.isnan(goldens._decode("x", [1, None])[1])


def test_an_unknown_case_is_named() -> None:
    with pytest.raises(KeyError, match="has no case"):
        goldens.case("survey_api_linearised", "dstrat/svymaen")


def test_compare_ignores_order_and_names_what_is_off() -> None:
    goldens.compare(pd.Series({"b": 2.0, "a": 1.0}), {"a": 1.0, "b": 2.0}, 0, "order")
    goldens.compare([1.0, np.nan], [1.0, np.nan], 0, "missing")
    told = r"means: 1 of 2 differ by more than 1e-08\n  b: 2\.1, R says 2\.0 \(relative 0\.05\)"
    with pytest.raises(AssertionError, match=told):
        goldens.compare({"a": 1.0, "b": 2.1}, {"a": 1.0, "b": 2.0}, 1e-8, "means")
    with pytest.raises(AssertionError, match=r"missing \['b'\], unexpected \['c'\]"):
        goldens.compare({"a": 1.0, "c": 2.0}, {"a": 1.0, "b": 2.0}, 1e-8, "means")
    with pytest.raises(AssertionError, match="1 of 1"):
        goldens.compare(np.nan, 1.0, 1e-8, "missing on one side")
