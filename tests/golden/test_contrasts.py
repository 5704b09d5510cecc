"""Differences, ratios, tests of domains and standardised means equal R's."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from golden.designs import DESIGNS
from golden.designs import survey as read
from golden.goldens import case, compare, names, rtol

from netralstat.estimate.complements import versus_rest
from netralstat.estimate.domains import Question

FILE = "survey_api_linearised"
CLOSED_FORM = 1e-10

# What R survey 4.1-1 says of apistrat (stratified schools) and apiclus1 (clusters), `y` a column of them:
#   b <- svyby(~y, ~stype, design, svymean, covmat = TRUE)
#   F          regTermTest(svyglm(y ~ stype, design), ~stype)$Ftest, on 2 df
#   slope, se  svycontrast(b, c(E = -.5, H = 0, M = .5))
#   bend       (svycontrast(b, c(E = 1, H = -2, M = 1)) / SE)^2
#   log_ratio  svycontrast(b, quote(log(H / E))) and its SE
#   holm       p.adjust(., "holm") of H - E, M - E, M - H, t with df = degf(design)
BY_TYPE = {
    ("dstrat", "api00"): {
        "F": 3.5979729975279526,
        "slope": (-18.9150000000000, 10.2010114564269),
        "bend": 2.69514385763506,
        "log_ratio": (-0.0748050998675651, 0.0301126619451258),
        "holm": (0.0391252201928509, 0.1304026643581764, 0.6254045018827692),
    },
    ("dstrat", "award"): {
        "F": 14.9443701737184,
        "slope": (-0.125, 0.0411994028744019),
        "bend": 13.898601113852685,
        "log_ratio": (-0.824723538348665, 0.210111450669670),
        "holm": (1.16144975986647e-06, 5.47699849506394e-03, 9.30999878013910e-02),
    },
    ("dclus1", "api00"): {
        "F": 1.278200742517776,
        "slope": (-8.71402777777774, 7.16869511710838),
        "bend": 0.483476627654431,
        "log_ratio": (-0.0478167198650337, 0.0486278064879515),
        "holm": (0.73275348713993, 0.73275348713993, 0.73275348713993),
    },
    ("dclus1", "award"): {
        "F": 6.316360462711185,
        "slope": (-0.1254166666666666, 0.0651809784522703),
        "bend": 1.892710701535007,
        "log_ratio": (-0.587014762123537, 0.320977164324080),
        "holm": (0.0642190006091344, 0.1498180810377445, 0.6574158317464640),
    },
}

pytestmark = pytest.mark.golden
survey = cache(read)


def by_type(design: str, item: str):
    s = survey(design)
    return s.prevalence(item, by="stype") if item == "award" else s.mean(item, by="stype")


@pytest.mark.parametrize("design", DESIGNS)
def test_difference_and_ratio_of_two_means(design: str) -> None:
    name = f"{design}/svycontrast"
    expected = case(FILE, name)
    means = survey(design).mean(["api00", "api99"])
    linear = means.difference({"item": "api00"}, {"item": "api99"}).table.iloc[0]
    compare(
        [linear["estimate"], linear["std_error"]],
        [expected["lin"]["diff"], expected["lin_se"]],
        rtol(FILE, name),
        "difference",
    )
    ratio = means.ratio({"item": "api00"}, {"item": "api99"}).table.iloc[0]
    compare(
        [np.log(ratio["estimate"]), ratio["std_error"] / ratio["estimate"]],
        [expected["non"], expected["non_se"]],
        rtol(FILE, name),
        "log ratio",
    )


@pytest.mark.parametrize("design", DESIGNS)
def test_two_groups_are_rs_t_test(design: str) -> None:
    """R's svyttest counts the coefficients of its model: one degree of freedom fewer."""
    expected = case(FILE, f"{design}/svyttest")
    means = survey(design).mean("api00", by="comp_imp")
    row = means.difference({"comp_imp": "Yes"}, {"comp_imp": "No"}).table.iloc[0]
    compare([row["estimate"], row["statistic"]], [expected["est"], expected["t"]], 1e-9, "t")
    assert row["df"] == expected["df"] + 1
    test = means.equality().table.iloc[0]
    compare(test["statistic"], row["statistic"] ** 2, CLOSED_FORM, "F of two groups")
    compare(test["p_value"], row["p_value"], 1e-9, "its p-value")


@pytest.mark.parametrize(("design", "item"), BY_TYPE)
def test_equality_of_domains(design: str, item: str) -> None:
    expected, estimates = BY_TYPE[design, item], by_type(design, item)
    wald = estimates.equality(test="wald").table.iloc[0]
    compare(wald["statistic"], expected["F"], 1e-9, "Wald F")
    assert (wald["df_num"], wald["df_den"]) == (2, estimates.table["df"][0])
    adjusted = estimates.equality().table.iloc[0]
    nu = wald["df_den"]
    compare(adjusted["statistic"], expected["F"] * (nu - 1) / nu, 1e-9, "adjusted Wald F")
    assert (adjusted["df_num"], adjusted["df_den"]) == (2, nu - 1)


@pytest.mark.parametrize(("design", "item"), BY_TYPE)
def test_trend_over_ordered_domains(design: str, item: str) -> None:
    expected = BY_TYPE[design, item]
    found = by_type(design, item).trend()
    slope, bend = found.slope.table.iloc[0], found.deviation.table.iloc[0]
    compare([slope["estimate"], slope["std_error"]], expected["slope"], 1e-9, "slope")
    compare(bend["statistic"], expected["bend"], 1e-9, "deviation from a line")
    assert dict(found.scores) == {"E": 1.0, "H": 2.0, "M": 3.0}


@pytest.mark.parametrize(("design", "item"), BY_TYPE)
def test_ratios_and_pairs_of_domains(design: str, item: str) -> None:
    expected, estimates = BY_TYPE[design, item], by_type(design, item)
    ratio = estimates.comparisons(reference="E", scale="log", adjust="none").table.iloc[0]
    assert ratio["contrast"] == "H / E"
    compare(
        [np.log(ratio["estimate"]), ratio["std_error"] / ratio["estimate"]],
        expected["log_ratio"],
        1e-9,
        "log ratio",
    )
    pairs = estimates.comparisons().table
    assert list(pairs["contrast"]) == ["H − E", "M − E", "M − H"]
    compare(pairs["p_adjusted"].to_numpy(), expected["holm"], 1e-8, "Holm")


# R survey 4.1-1: svyby(~award, ~I(stype == "E"), design, svymean, covmat = TRUE), svycontrast of the two
REST = {
    "dstrat": (0.3181331075425631, 0.0655333990881478),
    "dclus1": (0.2836538461538461, 0.0872178396748758),
}


@pytest.mark.parametrize("design", REST)
def test_a_domain_against_the_rest(design: str) -> None:
    s = survey(design)
    row = versus_rest(s.frame, s.design, ["award"], Question(by=("stype",))).table.iloc[0]
    assert row["stype"] == "E"
    compare([row["estimate"], row["std_error"]], REST[design], 1e-9, "elementary schools and others")


@pytest.mark.parametrize("name", [name for name in names("survey_api_models") if "svystandardize" in name])
def test_directly_standardised_means(name: str) -> None:
    expected = case("survey_api_models", name)["table"]
    means = survey(name.split("/")[0]).mean("api00", by=["sch_wide", "stype"])
    found = means.standardised("stype", {"E": 0.5, "H": 0.3, "M": 0.2}).table
    assert list(found["sch_wide"]) == list(expected["sch.wide"])
    tolerance = rtol("survey_api_models", name)
    compare(found["estimate"].to_numpy(), expected["api00"].to_numpy(), tolerance, "standardised means")
    compare(found["std_error"].to_numpy(), expected["se"].to_numpy(), tolerance, "standard errors")
