"""Variances, covariances, correlations and rank tests equal R's svyvar, svycontrast and svyranktest."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from golden.designs import DESIGNS
from golden.designs import survey as read
from golden.goldens import case, compare, rtol
from golden.test_asn import asn_survey

from netralstat import Survey
from netralstat.estimate.correlation import correlation, covariances
from netralstat.estimate.domains import Question
from netralstat.estimate.rank_tests import rank_test

FILE = "survey_api_linearised"
CLOSED_FORM = 1e-10
SCORES = {"wilcoxon": "wilcoxon", "vanderWaerden": "van_der_waerden", "median": "median"}
EQUAL_WEIGHTS = ("dclus1", "dclus1_nofpc", "dsrs")

pytestmark = pytest.mark.golden
survey = cache(read)
asn = cache(asn_survey)


@pytest.mark.parametrize("design", DESIGNS)
def test_variances_and_covariance(design: str) -> None:
    expected = case(FILE, f"{design}/svyvar")
    s = survey(design)
    found = covariances(s.frame, s.design, ["api00", "api99"], Question())
    assert found.table["item"].tolist() == ["api00", "api00 × api99", "api99"]
    matrix, errors = expected["var"].to_numpy(), expected["se"]
    compare(found.table["estimate"].to_numpy(), matrix[[0, 0, 1], [0, 1, 1]], CLOSED_FORM, "moments")
    compare(found.table["std_error"].to_numpy(), errors[[0, 1, 3]], CLOSED_FORM, "standard errors")


@pytest.mark.parametrize("design", DESIGNS)
def test_correlation_is_the_delta_method_on_the_covariances(design: str) -> None:
    """R: svycontrast(svyvar(~api00 + api99, d), quote(cov / sqrt(var1 * var2)))."""
    s = survey(design)
    moments = covariances(s.frame, s.design, ["api00", "api99"], Question())
    xx, xy, yy = moments.table["estimate"]
    r = xy / np.sqrt(xx * yy)
    gradient = np.array([-r / (2 * xx), r / xy, -r / (2 * yy)])
    row = correlation(s.frame, s.design, ["api00", "api99"], Question()).table.iloc[0]
    compare(
        [row["estimate"], row["std_error"]],
        [r, np.sqrt(gradient @ moments.covariance @ gradient)],
        CLOSED_FORM,
        "correlation",
    )


def test_covariances_of_items_with_missing_answers() -> None:
    """R leaves out who lacks any of the five; a row here uses who answered both of its items."""
    items = ["lik1", "lik2", "lik3", "lik4", "lik5"]
    frame = asn().frame
    complete = frame.assign(all=frame[items].notna().all(axis=1).astype(int))
    found = covariances(complete, asn().design, items, Question(where={"all": [1]}))
    matrix = case("asn_open", "base/likert_cov")["cov"].to_numpy()
    compare(found.table["estimate"].to_numpy(), matrix[np.triu_indices(5)], CLOSED_FORM, "covariances")


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("score", SCORES)
def test_rank_tests(design: str, score: str) -> None:
    """Ties of unequal weights have in R a rank that depends on the order of the rows (methods.md)."""
    name = f"{design}/svyranktest/{score}"
    expected, s = case(FILE, name), survey(design)
    found = rank_test(s.frame, s.design, "api00", "comp_imp", Question(), test=SCORES[score])
    tied = design not in EQUAL_WEIGHTS and score != "median"
    compare(
        [found.estimate, found.statistic, found.p_value],
        [expected["est"], expected["stat"], expected["p"]],
        0.03 if tied else rtol(FILE, name),
        name,
    )
    assert found.df == (1, expected["param"])
    assert found.groups == ("No", "Yes")


@pytest.mark.parametrize("design", DESIGNS)
def test_two_groups_of_kruskal_and_wallis_are_wilcoxons(design: str) -> None:
    expected = case(FILE, f"{design}/svyranktest/KruskalWallis")
    assert expected["stat"] == case(FILE, f"{design}/svyranktest/wilcoxon")["stat"]


@pytest.mark.parametrize("design", ["dstrat", "dstrat_nofpc", "dclus2", "dclus2_wr"])
def test_ties_of_unequal_weights_are_all_that_parts_rank_tests_from_r(design: str) -> None:
    """With R's ranks (ties averaged row by row, in the order of the file) the difference is R's."""
    expected, s = case(FILE, f"{design}/svyranktest/wilcoxon"), survey(design)
    frame = s.frame.reset_index(drop=True)
    if design == "dclus2":
        persons = frame.groupby("dnum")["snum"].transform("size")
        w = frame["fpc1"] / frame["dnum"].nunique() * frame["fpc2"] / persons
    else:
        w = frame["pw"]
    order = np.argsort(frame["api00"].to_numpy(), kind="stable")
    middle = np.cumsum(w.to_numpy()[order]) - w.to_numpy()[order] / 2
    rank = pd.Series(middle).groupby(frame["api00"].to_numpy()[order]).transform("mean")
    ranked = frame.assign(rank=0.0)
    ranked.loc[order, "rank"] = rank.to_numpy() / w.sum()
    d = s.design
    ours = Survey(ranked, d.weight, d.stratum, d.psu, d.fpc or None, ssu=d.ssu or None)
    row = ours.mean("rank", by="comp_imp").difference({"comp_imp": "Yes"}, {"comp_imp": "No"}).table.iloc[0]
    compare(
        [row["estimate"], row["statistic"]], [expected["est"], expected["stat"]], CLOSED_FORM, "R's ranks"
    )
