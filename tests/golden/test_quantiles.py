"""Quantiles equal R's under twelve rules and three intervals; the places where R has two answers are held."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from golden import designs
from golden.goldens import case, compare, data, margins, names

from netralstat import Survey
from netralstat.design import cells
from netralstat.estimate import domains

FILE = "survey_api_linearised"
CLOSED_FORM = 1e-10
PROBS = [0.1, 0.5, 0.9]
NUMBERS = ["estimate", "conf_low", "conf_high", "std_error"]
INTERVALS = ("mean", "beta", "xlogit")
STEPS = ("math", "school", "hf3")
ALIASES = {"hf1": "math", "hf2": "school"}
LINES = ("hf4", "hf5", "hf6", "hf7", "hf8", "hf9")

pytestmark = pytest.mark.golden


@cache
def survey(name: str) -> Survey:
    if name == "dclus2_wr":
        return Survey(data("apiclus2"), weight="pw", psu="dnum")
    if name.endswith("ties apart"):
        tied = survey(name.removesuffix(", ties apart"))
        rows = tied.frame.assign(api00=tied.frame["api00"] + 1e-9 * np.arange(len(tied.frame)))
        return Survey(rows, "pw", tied.design.stratum, tied.design.psu, tied.design.fpc)
    return designs.survey(name)


@pytest.fixture(autouse=True, scope="module")
def compress_each_design_once():
    """Many rules are asked of few designs; the cells are the same for all of them."""
    known = {}

    def compress(frame, design, *, keys=(), measures=(), squares=False):
        asked = (id(frame), design, tuple(keys), tuple(measures), squares)
        if asked not in known:  # the frame is kept, so that no other one gets its id
            known[asked] = frame, cells.compress(frame, design, keys=keys, measures=measures, squares=squares)
        return known[asked][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(domains, "compress", compress)
        yield


def numbers(survey: Survey, item: str = "api00", probs=PROBS, **asked) -> np.ndarray:
    return survey.quantile(item, probs, **asked).table[NUMBERS].to_numpy(dtype=float)


def in_r(design: str, rule: str, interval: str) -> np.ndarray:
    return case(FILE, f"{design}/svyquantile/{rule}/{interval}")["table"].to_numpy()


@pytest.mark.parametrize("rule", STEPS)
@pytest.mark.parametrize("design", ["dstrat", "dclus1", "dclus2", "dclus2_wr"])
def test_rules_that_step_from_answer_to_answer(design, rule):
    for interval in INTERVALS if not design.startswith("dclus2") else ["mean"]:
        got = numbers(survey(design), rule=rule, interval=interval)
        compare(got, in_r(design, rule, interval), CLOSED_FORM, f"{design}, {rule}, {interval}")


@pytest.mark.parametrize("design", ["dstrat_nofpc", "dclus1_nofpc"])
def test_two_rules_have_two_names(design):
    for alias, rule in ALIASES.items():
        for interval in INTERVALS:
            compare(
                in_r(design, alias, interval), in_r(design, rule, interval), 0.0, f"R's {alias} is {rule}"
            )
        compare(numbers(survey(design), rule=alias), in_r(design, alias, "mean"), CLOSED_FORM, alias)


@pytest.mark.parametrize("rule", LINES)
@pytest.mark.parametrize("design", ["dclus1", "dsrs"])
def test_rules_that_join_answers_by_lines(design, rule):
    for interval in INTERVALS if design != "dsrs" else ["mean"]:
        got = numbers(survey(design), rule=rule, interval=interval)
        compare(got, in_r(design, rule, interval), CLOSED_FORM, f"{design}, {rule}, {interval}")


@pytest.mark.parametrize("rule", LINES)
@pytest.mark.parametrize("design", ["dstrat"])
def test_ties_of_unequal_weights_are_all_that_parts_the_lines_from_r(design, rule):
    """R takes respondents with the same answer in the order of the file; here they share their mean weight.

    Answers moved apart by 1e-9 in the order of the file give R's points (1e-9 of it: the 200 steps).
    """
    expected = in_r(design, rule, "mean")[:, 0]
    apart, together = (numbers(survey(name), rule=rule)[:, 0] for name in (f"{design}, ties apart", design))
    compare(apart, expected, 1e-9, f"{design}, {rule}, ties apart")
    compare(together, expected, 4e-4, f"{design}, {rule}, ties together")


# Weights of `dsrs` are 30.97 each. Twenty of 200 are a tenth of the population, but R's sum of twenty
# weights is a tenth only up to rounding, and it goes on to the next answer. With weights of one its sums are
# exact: svydesign(id = ~1, weights = rep(1, 200), fpc = ~fpc, data = apisrs), R 4.2.2, survey 4.1-1.
EXACT_SUMS = {
    ("math", "mean"): [[479, 456, 500, 11.1564324600002], [818, 804, 878, 18.7630909554548]],
    ("math", "beta"): [[479, 460, 502, 10.6493218936365], [818, 802, 878, 19.2702015218185]],
    ("math", "xlogit"): [[479, 462, 502, 10.1422113272729], [818, 802, 868, 16.7346486900002]],
    ("school", "mean"): [[480.5, 456, 500, 11.1564324600002], [822.5, 804, 878, 18.7630909554548]],
    ("school", "beta"): [[480.5, 460, 502, 10.6493218936365], [822.5, 802, 878, 19.2702015218185]],
    ("school", "xlogit"): [[480.5, 462, 502, 10.1422113272729], [822.5, 802, 868, 16.7346486900002]],
    ("hf3", "mean"): [[482, 460, 502, 10.6493218936365], [818, 804, 878, 18.7630909554548]],
    ("hf3", "beta"): [[482, 462, 506, 11.1564324600002], [818, 802, 878, 19.2702015218185]],
    ("hf3", "xlogit"): [[482, 462, 506, 11.1564324600002], [818, 802, 868, 16.7346486900002]],
}


@pytest.mark.parametrize("rule", STEPS)
def test_a_share_that_is_reached_exactly(rule):
    for interval in INTERVALS:
        got = numbers(survey("dsrs"), rule=rule, interval=interval)
        compare(got[1], in_r("dsrs", rule, interval)[1], CLOSED_FORM, f"{rule}, {interval}, median")
        compare(got[[0, 2]], np.array(EXACT_SUMS[rule, interval]), CLOSED_FORM, f"{rule}, {interval}")


# R's rule adds half a weight to sums of weights that it has divided by their mean; with weights whose mean
# is one (weights = rep(1, n)) the two have one unit. R 4.2.2, survey 4.1-1.
MEAN_WEIGHT_ONE = {
    ("dsrs", "mean"): [
        [479, 453, 498, 11.4099877431820],
        [658, 631, 693, 15.7204275572730],
        [818, 804, 878, 18.7630909554548],
    ],
    ("dsrs", "beta"): [
        [479, 456, 502, 11.6635430263638],
        [658, 631, 693, 15.7204275572730],
        [818, 801, 878, 19.5237568050003],
    ],
    ("dsrs", "xlogit"): [
        [479, 460, 502, 10.6493218936365],
        [658, 631, 693, 15.7204275572730],
        [818, 801, 868, 16.9882039731821],
    ],
    ("dclus1", "mean"): [
        [496, 436, 528, 21.4473543029389],
        [652, 559, 714, 36.1341295321253],
        [781, 745, 836, 21.2142308866026],
    ],
    ("dclus1", "beta"): [
        [496, 465, 546, 18.8829967232397],
        [652, 554, 715, 37.5328700301431],
        [781, 733, 827, 21.9136011356115],
    ],
    ("dclus1", "xlogit"): [
        [496, 472, 547, 17.4842562252219],
        [652, 561, 711, 34.9685124504439],
        [781, 733, 825, 21.4473543029389],
    ],
}


@pytest.mark.parametrize(("design", "interval"), MEAN_WEIGHT_ONE)
def test_shah_and_vaish_with_weights_of_mean_one(design, interval):
    got = numbers(survey(design), rule="shahvaish", interval=interval)
    compare(got, np.array(MEAN_WEIGHT_ONE[design, interval]), CLOSED_FORM, f"{design}, {interval}")


# svyquantile(~api00, subset(dstrat, sch.wide == k), c(.25, .5), qrule = "math"), R 4.2.2, survey 4.1-1: first
# interval.type = "xlogit" with df = degf(dstrat), then "mean" with the df of the subset (45 and 149).
DOMAINS = {
    "design": [
        [509, 472, 556, 21.2973208885691],
        [588, 553, 617, 16.2265302008145],
        [585, 528, 666, 34.9884557455064],
        [671, 650, 713, 15.9729906664268],
    ],
    "domain": [
        [509, 467, 534, 16.6327112028815],
        [588, 552, 616, 16.1942239866142],
        [585, 528, 666, 34.2584200895171],
        [671, 650, 713, 15.9411892368234],
    ],
}


@pytest.mark.parametrize(("df", "interval"), [("design", "xlogit"), ("domain", "mean")])
def test_domains(df, interval):
    asked = {"probs": [0.25, 0.5], "df": df, "interval": interval}
    got = numbers(survey("dstrat"), by="sch_wide", **asked)
    compare(got, np.array(DOMAINS[df]), CLOSED_FORM, f"by school-wide target, {df}")
    for i, level in enumerate(["No", "Yes"]):
        one = numbers(survey("dstrat"), where={"sch_wide": level}, **asked)
        compare(one, np.array(DOMAINS[df])[i::2], CLOSED_FORM, f"where {level}, {df}")


def test_missing_answers():
    # x$api00[seq(1, 200, by = 7)] <- NA; svyquantile(…, na.rm = TRUE, df = degf(d)), survey 4.1-1.
    rows = data("apistrat")
    rows["api00"] = rows["api00"].astype(float).mask(np.arange(len(rows)) % 7 == 0)
    estimates = Survey(rows, weight="pw", stratum="stype", fpc="fpc").quantile("api00", [0.25, 0.5])
    expected = [[553, 531, 592, 15.4659115976514], [667, 635, 695, 15.2123720632636]]
    compare(
        estimates.table[NUMBERS].to_numpy(dtype=float), np.array(expected), CLOSED_FORM, "missing answers"
    )
    assert estimates.table["n"].tolist() == [171, 171]


@pytest.mark.parametrize("rule", ["math", "school"])
def test_calibrated_weights(rule):
    # calibrate(dstrat, ~stype + sch.wide, c(6194, 755, 1018, 5122), calfun = "raking"), survey 4.1-1.
    raked = survey("dstrat").calibrate(
        {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch_wide": {"No": 1072, "Yes": 5122}}
    )
    expected = [
        [565, 539, 597, 14.7052929944882],
        [668, 642, 694, 13.1840557881618],
        [756, 726, 778, 13.1840557881618],
    ]
    compare(numbers(raked, probs=[0.25, 0.5, 0.75], rule=rule), np.array(expected), CLOSED_FORM, rule)


@pytest.mark.parametrize("weights", ["base", "raked"])
def test_age_of_civil_servants(weights):
    asn = Survey(data("asn_open"), weight="w", stratum="prov", psu="kab", lonely_psu="adjust")
    if weights == "raked":
        asn = asn.calibrate({name: target.to_dict() for name, target in margins("asn_open").items()})
    expected = np.array(case("asn_open", f"{weights}/age_quartiles")["q"])
    compare(numbers(asn, "age", [0.25, 0.5, 0.75]), expected, CLOSED_FORM, weights)


def test_no_rule_of_the_goldens_is_left_out():
    assert {name.split("/")[2] for name in names(FILE) if "/svyquantile/" in name} == {
        *STEPS,
        *ALIASES,
        *LINES,
        "shahvaish",
    }
