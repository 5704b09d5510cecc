"""Means, shares, totals and ratios equal R's, with their covariance, df and design effects."""

from __future__ import annotations

import numpy as np
import pytest
from golden.designs import DESIGNS, survey
from golden.goldens import case, compare, rtol

FILE = "survey_api_linearised"
CLOSED_FORM = 1e-10

pytestmark = [pytest.mark.golden, pytest.mark.parametrize("design", DESIGNS)]


def test_degrees_of_freedom(design):
    expected = case(FILE, f"{design}/degf")
    estimates = survey(design).mean("api00")
    assert estimates.table["df"][0] == expected["degf"]
    assert estimates.table["n"][0] == expected["nobs"]
    compare(survey(design).weights().total, expected["sum_weights"], CLOSED_FORM, "sum of weights")


def test_means_and_their_covariance(design):
    expected = case(FILE, f"{design}/svymean")
    items = ["api00", "enroll"]
    estimates = survey(design).mean(items, where={"known": 1})  # na.rm = TRUE drops a row from every item
    compare(
        estimates.table["estimate"].to_numpy(), expected["estimate"][items].to_numpy(), CLOSED_FORM, "mean"
    )
    wanted = expected["vcov"].loc[items, items].to_numpy()
    scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    compare(estimates.covariance / scale, wanted / scale, CLOSED_FORM, "covariance", atol=1e-12)
    compare(estimates.table["deff"].to_numpy(), expected["deff"][:2], CLOSED_FORM, "deff")


def test_interval_with_design_df(design):
    expected = case(FILE, f"{design}/svymean")["ci90_tdf"].loc["api00"].to_numpy()
    row = survey(design).mean("api00", where={"known": 1}, level=0.9).table.iloc[0]
    compare([row["conf_low"], row["conf_high"]], expected, CLOSED_FORM, "90 % interval")


def test_shares_and_their_covariance(design):
    expected = case(FILE, f"{design}/svymean")
    estimates = survey(design).prevalence(["stype", "sch_wide"], where={"known": 1})
    names = ["stypeE", "stypeH", "stypeM", "sch.wideNo", "sch.wideYes"]
    wanted = expected["vcov"].loc[names, names].to_numpy()
    compare(
        estimates.table["estimate"].to_numpy(), expected["estimate"][names].to_numpy(), CLOSED_FORM, "shares"
    )
    compare(estimates.covariance, wanted, CLOSED_FORM, "covariance", atol=1e-15)


def test_means_by_crossed_domains(design):
    expected = case(FILE, f"{design}/svyby_mean")
    estimates = survey(design).mean("api00", by=["sch_wide", "stype"])
    table = expected["table"]
    # R's rows vary stype fastest, as ours do with sch_wide first.
    assert list(estimates.table["stype"]) == list(table["stype"])
    assert list(estimates.table["sch_wide"]) == list(table["sch.wide"])
    compare(estimates.table["estimate"].to_numpy(), table["api00"].to_numpy(), CLOSED_FORM, "domain means")
    compare(estimates.table["std_error"].to_numpy(), table["se"].to_numpy(), CLOSED_FORM, "standard errors")
    compare(estimates.table["deff"].to_numpy(), table["DEff.api00"].to_numpy(), CLOSED_FORM, "deff")
    scale = np.abs(expected["vcov"].to_numpy()).max()
    compare(
        estimates.covariance / scale, expected["vcov"].to_numpy() / scale, CLOSED_FORM, "vcov", atol=1e-13
    )


def test_totals(design):
    expected = case(FILE, f"{design}/svytotal")
    estimates = survey(design).total(["enroll", "stype"], where={"known": 1})
    compare(estimates.table["estimate"].to_numpy(), expected["estimate"].to_numpy(), CLOSED_FORM, "totals")
    scale = np.abs(expected["vcov"].to_numpy()).max()
    compare(
        estimates.covariance / scale, expected["vcov"].to_numpy() / scale, CLOSED_FORM, "vcov", atol=1e-13
    )
    compare(estimates.table["deff"].to_numpy(), expected["deff"], CLOSED_FORM, "deff", atol=1e-12)


def test_ratio(design):
    expected = case(FILE, f"{design}/svyratio")
    row = survey(design).ratio("api_stu", "enroll").table.iloc[0]
    compare([row["estimate"], row["std_error"]], [expected["estimate"], expected["se"]], CLOSED_FORM, "ratio")


def test_where_is_a_domain(design):
    expected = case(FILE, f"{design}/subset_mean")
    row = (
        survey(design)
        .mean("api00", where={"comp_imp": "Yes", "stype": ["E", "M"]}, df="domain")
        .table.iloc[0]
    )
    compare(row["estimate"], expected["estimate"]["api00"], CLOSED_FORM, "mean of the subset")
    compare(row["std_error"], expected["se"], CLOSED_FORM, "its standard error")
    assert row["df"] == expected["degf"]


@pytest.mark.parametrize("level", [0.95, 0.9])
@pytest.mark.parametrize(
    ("interval", "r_name"),
    [
        ("logit", "logit"),
        ("logit", "xlogit"),
        ("asin", "asin"),
        ("beta", "beta"),
        ("wald", "mean"),
        ("wilson", "wilson"),
    ],
)
def test_proportion_intervals(design, interval, r_name, level):
    name = f"{design}/svyciprop/{r_name}/{level}"
    expected = case(FILE, name)
    row = survey(design).prevalence("award", interval=interval, level=level).table.iloc[0]
    compare(
        [row["estimate"], row["conf_low"], row["conf_high"]],
        [expected["p"], *expected["ci"]],
        rtol(FILE, name),
        name,
    )


@pytest.mark.parametrize("interval", ["logit", "asin", "beta", "wilson"])
def test_intervals_of_a_rare_outcome(design, interval):
    name = f"{design}/svyciprop_rare/{interval}"
    expected = case(FILE, name)
    row = survey(design).prevalence("rare", interval=interval).table.iloc[0]
    if row["n_yes"] == 0:  # R has NaN, or a point, where nobody is below 450: docs/deviations.md
        assert np.nanmax([*expected["ci"], 0.0]) <= 1e-3
        assert (row["flag"], row["conf_low"]) == ("boundary", 0.0)
        assert 0.01 < row["conf_high"] < 0.06
        return
    compare([row["conf_low"], row["conf_high"]], expected["ci"], rtol(FILE, name), name)


def test_intervals_by_domain_with_its_own_df(design):
    table = case(FILE, f"{design}/svyby_ciprop")["table"]
    estimates = survey(design).prevalence("wide", by="stype", df="domain", interval="logit").table
    # R fits the share as a logit, by iteration, and stops at a relative change of the deviance of 1e-8.
    compare(estimates["estimate"].to_numpy(), table["p"].to_numpy(), 1e-7, "shares")
    compare(
        estimates[["conf_low", "conf_high"]].to_numpy().T.ravel(),
        [*table["ci_l"], *table["ci_u"]],
        1e-7,
        "ci",
    )


def test_contrast(design):
    expected = case(FILE, f"{design}/svycontrast")
    difference = (
        survey(design).mean(["api00", "api99"]).contrast(np.array([[1.0, -1.0]]), ["growth"]).table.iloc[0]
    )
    compare(difference["estimate"], expected["lin"]["diff"], CLOSED_FORM, "difference")
    compare(difference["std_error"], expected["lin_se"], CLOSED_FORM, "its standard error")
