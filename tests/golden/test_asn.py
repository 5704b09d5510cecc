"""A synthetic civil-servant survey from end to end: provinces, modalities, raking, reliability."""

from __future__ import annotations

import numpy as np
import pytest
from golden.goldens import case, compare, data, margins

from netralstat import Survey
from netralstat.estimate.contrasts import versus_overall

FILE = "asn_open"
ITEMS = ["v_medsos", "v_kampanye", "v_simbol", "v_mobilisasi", "v_fasilitas"]

pytestmark = pytest.mark.golden


def asn_survey() -> Survey:
    frame = data("asn_open")
    acts = frame[ITEMS]
    frame = frame.assign(
        any=(acts.fillna(0).sum(axis=1) > 0).astype(int),
        acts=acts.sum(axis=1, skipna=False),
        decades=frame["age"] / 10,
    )
    return Survey(frame, weight="w", stratum="prov", psu="kab", lonely_psu="adjust")


@pytest.fixture(scope="module")
def asn() -> Survey:
    return asn_survey()


@pytest.fixture(scope="module")
def raked(asn) -> Survey:
    return asn.calibrate({name: target.to_dict() for name, target in margins(FILE).items()})


def test_design(asn):
    expected = case(FILE, "design")
    assert asn.mean("age").table["df"][0] == expected["degf"]
    compare(asn.weights().deff_kish, expected["deff_kish"], 1e-10, "Kish's deff")


def test_raked_weights(raked):
    expected = case(FILE, "design")
    summary = raked.weights()
    # R stops raking at 1e-7 of a margin.
    compare(summary.deff_kish, expected["deff_kish_raked"], 1e-6, "Kish's deff")
    compare(raked.calibration.to_frame()["gap"].abs().max(), 0.0, 0.0, "largest gap", atol=1e-10)


@pytest.mark.parametrize("item", ITEMS)
def test_prevalence_by_province(asn, item):
    expected = case(FILE, f"base/{item}/prov")
    table = asn.prevalence(item, by="prov", overall=True).table
    whole, provinces = table[table["prov"].isna()].iloc[0], table[table["prov"].notna()]
    compare(
        [whole["estimate"], whole["std_error"], whole["deff"]],
        [expected["nat"], expected["nat_se"], expected["nat_deff"]],
        1e-10,
        "national",
    )
    assert list(provinces["prov"]) == expected["prov"]
    compare(provinces["estimate"].to_numpy(), expected["p"], 1e-10, "provinces")
    compare(provinces["std_error"].to_numpy(), expected["se"], 1e-10, "standard errors", atol=1e-12)
    assert list(provinces["n"]) == list(expected["nresp"])


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("interval", ["logit", "beta", "wilson"])
def test_national_interval(asn, item, interval):
    expected = case(FILE, f"base/{item}/nat_ci/{interval}")["ci"]
    row = asn.prevalence(item, interval=interval).table.iloc[0]
    # R's "beta" counts respondents without an answer in the t quantile of n - 1 (docs/deviations.md).
    compare([row["conf_low"], row["conf_high"]], expected, 1e-5 if interval == "beta" else 1e-7, interval)


@pytest.mark.parametrize("item", ITEMS)
def test_raked_prevalence(raked, item):
    expected = case(FILE, f"raked/{item}/prov")
    table = raked.prevalence(item, by="prov", overall=True).table
    # R stops raking at 1e-7 of a margin; its standard errors follow another projection.
    compare(table[table["prov"].notna()]["estimate"].to_numpy(), expected["p"], 1e-6, "provinces")
    compare(table[table["prov"].isna()]["estimate"].to_numpy(), [expected["nat"]], 1e-6, "national")


def test_covariance_between_domains_and_their_difference(asn):
    expected, contrast = case(FILE, "base/medsos_sex_gol"), case(FILE, "base/contrast")
    estimates = asn.prevalence("v_medsos", by=["gol", "sex"])
    compare(estimates.covariance, expected["vcov"].to_numpy(), 1e-10, "covariance", atol=1e-14)
    difference = estimates.difference({"sex": "P", "gol": "III"}, {"sex": "L", "gol": "III"}).table.iloc[0]
    compare(
        [difference["estimate"], difference["std_error"]],
        [contrast["est"], contrast["se"]],
        1e-10,
        "difference",
    )


def test_domain_against_the_whole_keeps_the_overlap(asn):
    """Difference from the whole = share of the rest × difference from the rest."""
    estimates = asn.prevalence("v_medsos", by="sex", overall=True)
    against_whole = versus_overall(estimates, adjust="none").table
    against_rest = estimates.difference({"sex": "L"}, {"sex": "P"}).table.iloc[0]
    frame = asn.frame.dropna(subset=["v_medsos"])
    share = frame.loc[frame["sex"] == "P", "w"].sum() / frame["w"].sum()
    row = against_whole[against_whole["sex"] == "L"].iloc[0]
    compare(row["estimate"], share * against_rest["estimate"], 1e-10, "estimate")


def test_alpha(asn):
    items = ["lik1", "lik2", "lik3", "lik4", "lik5"]
    compare(asn.reliability(items).alpha, case(FILE, "base/alpha")["alpha"], 1e-10, "alpha")
    wanted = case(FILE, "base/likert_cov")["cov"].to_numpy()
    compare(asn.reliability(items).covariance, wanted, 1e-10, "weighted covariance")


def test_alpha_without_weights_is_pingouins():
    import pingouin

    frame = data("asn_open")[["lik1", "lik2", "lik3", "lik4", "lik5"]].dropna()
    compare(Survey(frame).reliability(list(frame)).alpha, pingouin.cronbach_alpha(frame)[0], 1e-10, "alpha")


def test_unit_weights_reproduce_textbook_standard_error():
    """Without weights, strata or PSUs the standard error of a share is √(p(1-p)/(n-1))."""
    frame = data("asn_open").dropna(subset=["v_medsos"])
    row = Survey(frame).prevalence("v_medsos").table.iloc[0]
    p, n = frame["v_medsos"].mean(), len(frame)
    compare([row["estimate"], row["std_error"]], [p, np.sqrt(p * (1 - p) / (n - 1))], 1e-12, "textbook")
