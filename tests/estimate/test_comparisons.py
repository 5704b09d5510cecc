"""Ratios, pairs of domains, adjusted p-values, and F tests of domains, against the textbook by rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from netralstat import Survey
from netralstat.estimate.complements import versus_rest
from netralstat.estimate.domains import Question
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.multiplicity import adjusted


@pytest.fixture(scope="module")
def survey() -> Survey:
    """Forty clusters in four strata; a domain that cuts across clusters and one that does not."""
    rng = np.random.default_rng(11)
    n = 600
    cluster = np.repeat(np.arange(40), 15)
    frame = pd.DataFrame(
        {
            "w": rng.uniform(1, 4, n),
            "h": cluster // 10,
            "cluster": cluster,
            "word": rng.choice(["a", "b", "c"], n),
            "grade": rng.choice(["I", "II", "III", "IV"], n),
            "region": np.array(["north", "south", "west"])[cluster % 3],
        }
    )
    risk = 0.2 + 0.05 * (frame["grade"] == "IV") + rng.normal(0, 0.1, 40)[cluster]
    frame["asked"] = (rng.random(n) < risk).astype(int)
    frame["score"] = rng.normal(50, 10, n) + frame["asked"]
    return Survey(frame, weight="w", stratum="h", psu="cluster")


@pytest.fixture(scope="module")
def grades(survey: Survey) -> Estimates:
    return survey.prevalence("asked", by="grade")


def test_a_ratio_by_the_delta_method(grades: Estimates) -> None:
    row = grades.ratio({"grade": "IV"}, {"grade": "I"}).table.iloc[0]
    p, V = grades.table["estimate"].to_numpy(), grades.covariance
    gradient = np.array([-1 / p[0], 0, 0, 1 / p[3]])
    error = np.sqrt(gradient @ V @ gradient)
    t = stats.t.ppf(0.975, 36)
    assert row["contrast"] == "IV / I"
    assert row["estimate"] == pytest.approx(p[3] / p[0], rel=1e-14)
    assert row["std_error"] == pytest.approx(p[3] / p[0] * error, rel=1e-12)
    limits = np.exp(np.log(p[3] / p[0]) + np.array([-t, t]) * error)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx(tuple(limits), rel=1e-12)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(np.log(p[3] / p[0])) / error, 36), rel=1e-10)


def test_a_ratio_turns_round(grades: Estimates) -> None:
    one = grades.ratio({"grade": "IV"}, {"grade": "I"}).table.iloc[0]
    other = grades.ratio({"grade": "I"}, {"grade": "IV"}).table.iloc[0]
    assert one["estimate"] * other["estimate"] == pytest.approx(1, rel=1e-14)
    assert one["conf_low"] * other["conf_high"] == pytest.approx(1, rel=1e-13)
    assert one["p_value"] == pytest.approx(other["p_value"], rel=1e-12)


def test_ratio_and_covariance_of_a_ratio_of_totals(survey: Survey) -> None:
    """The ratio of two means is the ratio of two totals, with its standard error."""
    means = survey.mean(["score", "asked"])
    ratio = means.ratio({"item": "asked"}, {"item": "score"}).table.iloc[0]
    direct = survey.ratio("asked", "score").table.iloc[0]
    assert ratio["estimate"] == pytest.approx(direct["estimate"], rel=1e-13)
    assert ratio["std_error"] == pytest.approx(direct["std_error"], rel=1e-10)


def test_a_ratio_to_nobody_is_flagged_and_leaves_the_others() -> None:
    frame = pd.DataFrame({"d": ["a", "b", "c", "d"] * 30, "y": [0, 1, 0, 1, 0, 0, 0, 1] * 15, "w": 3.0})
    shares = Survey(frame, weight="w").prevalence("y", by="d")
    found = shares.comparisons(reference="b", scale="log", adjust="none").table.set_index("contrast")
    for contrast, ratio in (("a / b", 0.0), ("c / b", 0.0)):
        row = found.loc[contrast]
        assert row["flag"] == "zero_estimate"
        assert np.isnan(row[["estimate", "std_error", "conf_low", "p_value"]].astype(float)).all(), ratio
    assert found.loc["d / b", "flag"] == "boundary"  # everybody in d said yes
    assert found.loc["d / b", "estimate"] == pytest.approx(2.0)
    differences = shares.comparisons(reference="b", adjust="none").table.set_index("contrast")
    assert differences["flag"].tolist() == ["boundary"] * 3
    assert np.isfinite(differences["estimate"]).all()


def test_all_pairs_and_those_with_a_reference(grades: Estimates) -> None:
    pairs = grades.comparisons(adjust="none").table
    assert pairs["contrast"].tolist() == [
        "II − I", "III − I", "IV − I", "III − II", "IV − II", "IV − III"
    ]  # fmt: skip
    assert (pairs["p_adjusted"] == pairs["p_value"]).all()
    for row in pairs.itertuples():
        first, second = row.contrast.split(" − ")
        one = grades.difference({"grade": first}, {"grade": second}).table.iloc[0]
        assert (row.estimate, row.std_error) == pytest.approx((one["estimate"], one["std_error"]), rel=1e-14)
    referred = grades.comparisons(reference="III", adjust="none").table
    assert referred["contrast"].tolist() == ["I − III", "II − III", "IV − III"]
    assert referred["p_value"][2] == pytest.approx(pairs["p_value"][5], rel=1e-14)


def test_comparisons_stay_within_items_and_other_domains(survey: Survey) -> None:
    shares = survey.prevalence(["asked", "word"], by=["region", "grade"], overall=True)
    found = shares.comparisons("region", reference="north", adjust="bh")
    assert found.by == ("grade",)
    table = found.table
    assert len(table) == 2 * 4 * 4  # regions but one, grades, and levels of the two items
    for _, family in table.groupby(["item", "level", "grade"], dropna=False):
        wanted = multipletests(family["p_value"], method="fdr_bh")[1]
        assert family["p_adjusted"].to_numpy() == pytest.approx(wanted, rel=1e-12)
    row = table[(table["item"] == "word") & (table["level"] == "b") & (table["grade"] == "II")].iloc[1]
    here = {"item": "word", "level": "b", "grade": "II"}
    one = shares.difference({"region": "west", **here}, {"region": "north", **here}).table.iloc[0]
    assert (row["estimate"], row["std_error"]) == pytest.approx(
        (one["estimate"], one["std_error"]), rel=1e-13
    )


@pytest.mark.parametrize(("adjust", "name"), [("holm", "holm"), ("bh", "fdr_bh"), ("fdr_bh", "fdr_bh")])
def test_adjustments_are_statsmodels(adjust: str, name: str) -> None:
    rng = np.random.default_rng(3)
    p_values = np.r_[rng.uniform(size=20) ** 3, np.nan, 1.0, 0.0, 0.01, 0.01]
    found = adjusted(p_values, adjust)  # type: ignore[arg-type]
    known = np.isfinite(p_values)
    assert found[known] == pytest.approx(multipletests(p_values[known], method=name)[1], rel=1e-13)
    assert np.isnan(found[~known]).all()


def test_versus_overall_on_either_scale(survey: Survey) -> None:
    shares = survey.prevalence("asked", by="grade", overall=True)
    differences = shares.versus_overall(adjust="bh").table
    ratios = shares.versus_overall(scale="log", adjust="none").table
    whole = shares.select(grade=None).table["estimate"][0]
    assert ratios["estimate"].to_numpy() * whole == pytest.approx(
        differences["estimate"].to_numpy() + whole, rel=1e-13
    )
    assert set(ratios["contrast"]) == {"domain / whole"}
    # A region's share over the whole's differs from 1 by what the region differs from the whole.
    assert (np.sign(ratios["statistic"]) == np.sign(differences["statistic"])).all()


def test_a_missing_row_leaves_the_other_comparisons(survey: Survey) -> None:
    frame = survey.frame.assign(asked=survey.frame["asked"].where(survey.frame["grade"] != "II"))
    shares = Survey(frame, weight="w", stratum="h", psu="cluster").prevalence(
        "asked", by="grade", overall=True
    )
    assert shares.table["flag"].tolist() == ["", "no_respondents", "", "", ""]
    table = shares.versus_overall().table.set_index("grade")
    assert table["estimate"].isna().tolist() == [False, True, False, False]
    assert table.loc["II", "flag"] == "no_std_error"
    assert np.isfinite(table.loc[["I", "III", "IV"], "p_adjusted"].astype(float)).all()


def test_wald_tests_by_hand(survey: Survey) -> None:
    shares = survey.prevalence("asked", by="grade", overall=True)
    inside = shares.table["grade"].notna().to_numpy()
    p, V = shares.table["estimate"].to_numpy()[inside], shares.covariance[np.ix_(inside, inside)]
    contrasts = np.array([[1, 0, 0, -1], [0, 1, 0, -1], [0, 0, 1, -1]], dtype=float)  # another basis
    wald = (contrasts @ p) @ np.linalg.solve(contrasts @ V @ contrasts.T, contrasts @ p)
    plain = shares.equality(test="wald").table.iloc[0]
    assert plain["statistic"] == pytest.approx(wald / 3, rel=1e-11)
    assert plain["p_value"] == pytest.approx(stats.f.sf(wald / 3, 3, 36), rel=1e-9)
    adjusted_wald = shares.equality().table.iloc[0]
    assert adjusted_wald["statistic"] == pytest.approx(wald * 34 / (3 * 36), rel=1e-11)
    assert (adjusted_wald["df_num"], adjusted_wald["df_den"]) == (3, 34)
    assert adjusted_wald["p_value"] == pytest.approx(stats.f.sf(wald * 34 / 108, 3, 34), rel=1e-9)
    assert adjusted_wald["hypothesis"] == "grade: all equal"


def test_wald_tests_for_each_item_and_other_domain(survey: Survey) -> None:
    shares = survey.prevalence(["asked", "word"], by=["region", "grade"])
    tests = shares.equality("grade")
    assert len(tests) == 3 * 4
    one = (
        survey.prevalence("word", by=["region", "grade"]).select(level="c", region="south").equality("grade")
    )
    row = tests.table[(tests.table["level"] == "c") & (tests.table["region"] == "south")].iloc[0]
    assert row["statistic"] == pytest.approx(one.table["statistic"][0], rel=1e-11)
    assert "Adjusted Wald F tests, 12 rows" in repr(tests)


def test_what_cannot_be_tested_is_flagged() -> None:
    frame = pd.DataFrame({"d": ["a", "b", "c"] * 40, "w": 2.0, "one": 1, "h": np.arange(120) % 4})
    frame["none"] = 0
    frame["some"] = np.where(frame["d"] == "a", 0, np.arange(120) // 3 % 2)
    frame["gap"] = np.where(frame["d"] == "b", np.nan, frame["some"])
    survey = Survey(frame, weight="w", stratum="h")
    tests = survey.prevalence(["none", "some", "gap"], by="d").equality().table.set_index("item")
    assert tests["flag"].to_dict() == {"none": "singular", "some": "boundary", "gap": "no_std_error"}
    assert np.isnan(tests.loc[["none", "gap"], ["statistic", "p_value"]].astype(float)).all(axis=None)
    assert np.isfinite(tests.loc["some", "p_value"])
    only = survey.prevalence("some", by="d").take([1]).equality().table.iloc[0]
    assert (only["flag"], only["df_num"]) == ("too_few", 0)


def test_a_domain_against_the_rest(survey: Survey) -> None:
    frame = survey.frame.assign(here=(survey.frame["grade"] == "III").astype(int))
    wanted = (
        Survey(frame, weight="w", stratum="h", psu="cluster")
        .prevalence(["asked", "word"], by="here")
        .difference({"here": 1}, {"here": 0})
        .table
    )
    found = versus_rest(frame, survey.design, ["asked", "word"], Question(by=("grade",)), adjust="bh")
    here = found.table[found.table["grade"] == "III"]
    for column in ("estimate", "std_error", "conf_low", "p_value", "df"):
        assert here[column].to_numpy() == pytest.approx(wanted[column].to_numpy(), rel=1e-9), column
    assert set(found.table["contrast"]) == {"domain − rest"}
    family = found.table[found.table["item"] == "asked"]
    assert family["p_adjusted"].to_numpy() == pytest.approx(
        multipletests(family["p_value"], method="fdr_bh")[1], rel=1e-12
    )
    means = versus_rest(frame, survey.design, ["score"], Question(by=("grade",)), statistic="mean")
    by_mean = Survey(frame, weight="w", stratum="h", psu="cluster").mean("score", by="here")
    row = by_mean.difference({"here": 1}, {"here": 0}).table.iloc[0]
    of_grade = means.table[means.table["grade"] == "III"].iloc[0]
    assert of_grade["std_error"] == pytest.approx(row["std_error"], rel=1e-9)
    assert (of_grade["item"], of_grade["level"]) == ("score", None)


def test_a_calibrated_domain_against_the_rest(survey: Survey) -> None:
    frame = survey.frame.assign(here=(survey.frame["grade"] == "II").astype(int))
    total = frame["w"].sum()
    margins = {"region": {"north": total * 0.5, "south": total * 0.3, "west": total * 0.2}}
    calibrated = Survey(frame, weight="w", stratum="h", psu="cluster").calibrate(margins)
    row = calibrated.prevalence("asked", by="here").difference({"here": 1}, {"here": 0}).table.iloc[0]
    found = versus_rest(frame, survey.design, ["asked"], Question(by=("grade",)), calibrated.calibration)
    here = found.table[found.table["grade"] == "II"].iloc[0]
    assert (here["estimate"], here["std_error"]) == pytest.approx(
        (row["estimate"], row["std_error"]), rel=1e-9
    )


def test_against_the_rest_and_the_whole_agree_where_nothing_differs() -> None:
    """Difference from the whole = (1 - N_d/N) times that from the rest; so are their errors, at zero."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"d": ["a"] * 60 + ["b"] * 100, "w": 2.0, "y": [0, 1] * 80})
    frame = frame.sample(frac=1, random_state=1).assign(h=rng.integers(0, 3, 160))
    survey = Survey(frame, weight="w")
    rest = versus_rest(frame, survey.design, ["y"], Question(by=("d",))).table.iloc[0]
    whole = survey.prevalence("y", by="d", overall=True).versus_overall().table.iloc[0]
    assert rest["estimate"] == pytest.approx(0, abs=1e-15)
    assert whole["std_error"] == pytest.approx(rest["std_error"] * 100 / 160, rel=1e-12)
