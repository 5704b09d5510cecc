"""Every interval of R's svyciprop under its name here: nationally, for a rare outcome, and by domain."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from golden.designs import DESIGNS
from golden.designs import survey as read
from golden.goldens import case, compare, names, rtol
from golden.test_asn import ITEMS, asn_survey

FILE = "survey_api_linearised"
# R's name of a method -> ours (docs/methods.md, "Intervals").
METHODS = {
    "logit": "logit",
    "xlogit": "logit",
    "likelihood": "likelihood",
    "asin": "asin",
    "beta": "beta",
    "mean": "wald",
    "wilson": "wilson",
}
# R reads the likelihood's limits off straight lines between the knots of a spline through its profile: up to
# 1.1e-5 off for a common outcome and 1.3e-4 for a rare one. R's own deviance, solved by its uniroot (whose
# digits end at 1e-7), is what we are held to.
INTERPOLATED = {"svyciprop": 1.2e-5, "svyciprop_rare": 1.5e-4}
SOLVED = {
    "dstrat/award/0.95": (0.569395187838, 0.704784105638),
    "dstrat/award/0.9": (0.580826948769, 0.694447132435),
    "dstrat/rare/0.95": (0.015283528498, 0.0698206334336),
    "dstrat_nofpc/award/0.95": (0.568384649497, 0.70568902724),
    "dstrat_nofpc/award/0.9": (0.579983618221, 0.695216018408),
    "dstrat_nofpc/rare/0.95": (0.0150564497272, 0.0704326480705),
    "dclus1/award/0.95": (0.636350809021, 0.777590902783),
    "dclus1/award/0.9": (0.649978223442, 0.766173938015),
    "dclus1/rare/0.95": (0.00365612821216, 0.0441923828823),
    "dclus1_nofpc/award/0.95": (0.635580080518, 0.778224760029),
    "dclus1_nofpc/award/0.9": (0.649351954439, 0.76670744139),
    "dclus1_nofpc/rare/0.95": (0.00358791017409, 0.0445582584853),
    "dclus2/award/0.95": (0.506735898075, 0.759844975213),
    "dclus2/award/0.9": (0.529296755749, 0.741240843885),
    "dclus2_wr/award/0.95": (0.507619034513, 0.759129215567),
    "dclus2_wr/award/0.9": (0.530032144792, 0.740623153607),
    "dsrs/award/0.95": (0.551881975067, 0.685094687161),
    "dsrs/award/0.9": (0.563042198322, 0.674830922782),
    "dsrs/rare/0.95": (0.0254750768328, 0.0858224073433),
}

pytestmark = pytest.mark.golden
survey = cache(read)
asn = cache(asn_survey)


def of_designs(kind: str) -> list[str]:
    return [name for design in DESIGNS for name in names(FILE, f"{design}/{kind}/")]


def test_every_method_of_r_is_there() -> None:
    assert {name.split("/")[2] for name in names(FILE) if "/svyciprop/" in name} == METHODS.keys()


@pytest.mark.parametrize("name", of_designs("svyciprop"))
def test_proportions(name: str) -> None:
    design, _, method, level = name.split("/")
    expected = case(FILE, name)
    found = survey(design).prevalence("award", interval=METHODS[method], level=float(level))
    row = found.table.iloc[0]
    tolerance = INTERPOLATED["svyciprop"] if method == "likelihood" else rtol(FILE, name)
    compare(
        [row["estimate"], row["conf_low"], row["conf_high"]],
        [expected["p"], *expected["ci"]],
        tolerance,
        name,
    )


@pytest.mark.parametrize("name", of_designs("svyciprop_rare"))
def test_a_rare_outcome(name: str) -> None:
    """The angle of "asin" is cut at zero here; where nobody is found R has a point or NaN (deviations.md)."""
    design, _, method = name.split("/")
    expected = case(FILE, name)
    row = survey(design).prevalence("rare", interval=METHODS[method]).table.iloc[0]
    wanted = np.array(expected["ci"], dtype=float)
    if expected["p"] < 1e-9:
        assert row["flag"] == "boundary"
        assert row["conf_low"] == 0.0 < row["conf_high"] < 1.0
        return
    if method == "asin" and row["conf_low"] == 0.0:
        angle = 2 * np.arcsin(np.sqrt(row["estimate"])) - np.arcsin(np.sqrt(row["conf_high"]))
        assert angle < 0
        wanted[0] = 0.0
    tolerance = INTERPOLATED["svyciprop_rare"] if method == "likelihood" else rtol(FILE, name)
    compare([row["conf_low"], row["conf_high"]], wanted, tolerance, name)


@pytest.mark.parametrize("name", SOLVED)
def test_likelihood_is_rs_own_deviance_solved(name: str) -> None:
    design, item, level = name.split("/")
    row = survey(design).prevalence(item, interval="likelihood", level=float(level)).table.iloc[0]
    compare([row["conf_low"], row["conf_high"]], SOLVED[name], 1e-7, name)


@pytest.mark.parametrize("design", DESIGNS)
def test_domains_with_their_own_degrees_of_freedom(design: str) -> None:
    table = case(FILE, f"{design}/svyby_ciprop")["table"]
    found = survey(design).prevalence("wide", by="stype", df="domain", interval="logit").table
    # R fits the share as a logit, by iteration, and stops at a relative change of the deviance of 1e-8.
    compare(found["estimate"].to_numpy(), table["p"].to_numpy(), 1e-7, "shares")
    limits = found[["conf_low", "conf_high"]].to_numpy().T.ravel()
    compare(limits, [*table["ci_l"], *table["ci_u"]], 1e-7, "limits")


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("method", ["logit", "xlogit", "beta", "wilson"])
def test_national_share_of_stratified_clusters(item: str, method: str) -> None:
    name = f"base/{item}/nat_ci/{method}"
    row = asn().prevalence(item, interval=METHODS[method]).table.iloc[0]
    # R's "beta" counts respondents without an answer in the t quantile of n - 1 (docs/deviations.md).
    compare([row["conf_low"], row["conf_high"]], case("asn_open", name)["ci"], rtol("asn_open", name), name)
