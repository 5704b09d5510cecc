"""Every argument of every public method changes the result, and a result says what was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract.conftest import make_people

from netralstat import Survey

PEOPLE = make_people()
DESIGN: dict[str, Any] = {"weight": "w", "stratum": "stratum", "psu": "psu", "fpc": "population"}
LONELY = PEOPLE.assign(psu=PEOPLE["psu"].mask(PEOPLE["stratum"] == 2, 1))


def survey(**changed: Any) -> Survey:
    return Survey(PEOPLE, **{**DESIGN, **changed})


def row(estimates: Any, *columns: str) -> list[float]:
    return estimates.table.iloc[0][list(columns)].astype(float).tolist()


@pytest.mark.parametrize(
    ("changed", "estimate_changes"),
    [
        ({"weight": None}, True),
        ({"stratum": None}, False),
        ({"psu": None, "fpc": None}, False),
        ({"fpc": None}, False),
    ],
    ids=lambda value: str(value),
)
def test_each_part_of_the_design(changed: dict[str, Any], estimate_changes: bool) -> None:
    before, after = survey().mean("score"), survey(**changed).mean("score")
    (first, first_se), (second, second_se) = (row(e, "estimate", "std_error") for e in (before, after))
    assert first_se != pytest.approx(second_se, rel=1e-6)
    assert (first != pytest.approx(second, rel=1e-6)) == estimate_changes


def test_each_rule_for_lonely_psus() -> None:
    errors = {
        rule: row(Survey(LONELY, **DESIGN, lonely_psu=rule).mean("score"), "std_error")[0]
        for rule in ("adjust", "average", "certainty", "remove")
    }
    assert (
        errors["certainty"] == errors["remove"]
    )  # both leave such strata out; the words differ for the reader
    assert len({round(error, 9) for error in errors.values()}) == 3
    assert errors["certainty"] < min(errors["adjust"], errors["average"])


ASKED: dict[str, tuple[Callable[[Survey], Any], dict[str, Any]]] = {
    "prevalence": (
        lambda s: s.prevalence,
        {
            "by": "sex",
            "where": {"sex": "male"},
            "levels": {"colour": ["green"]},
            "interval": "wilson",
            "level": 0.9,
        },
    ),
    "mean": (lambda s: s.mean, {"by": "sex", "where": {"sex": "male"}, "level": 0.9}),
    "total": (lambda s: s.total, {"by": "sex", "where": {"sex": "male"}, "level": 0.9}),
    "ratio": (lambda s: s.ratio, {"by": "sex", "where": {"sex": "male"}, "level": 0.9}),
}
ITEMS: dict[str, tuple[str, ...]] = {
    "prevalence": ("colour",),
    "mean": ("score",),
    "total": ("score",),
    "ratio": ("score", "rank"),
}


@pytest.mark.parametrize(("method", "argument"), [(m, a) for m, (_, given) in ASKED.items() for a in given])
def test_each_argument_of_each_estimator(method: str, argument: str) -> None:
    call, given = ASKED[method]
    plain = call(survey())(*ITEMS[method]).table
    changed = call(survey())(*ITEMS[method], **{argument: given[argument]}).table
    assert not plain.equals(changed)
    assert plain["conf_low"].tolist() != changed["conf_low"].tolist()


@pytest.mark.parametrize("method", ASKED)
def test_df_and_overall_of_each_estimator(method: str) -> None:
    few = PEOPLE.assign(sex=PEOPLE["sex"].mask(PEOPLE["stratum"] == 1, "male"))
    call, items = ASKED[method][0](Survey(few, **DESIGN)), ITEMS[method]
    design, domain = (
        call(*items, by="sex", df=df).select(sex="female").table.iloc[0] for df in ("design", "domain")
    )
    reached = few[few["sex"] == "female"]
    units = reached.groupby("stratum")["psu"].nunique()
    assert design["df"] == 18 - 3
    assert domain["df"] == units.sum() - len(units) < design["df"]
    assert design["conf_high"] < domain["conf_high"]
    both = call(*items, by="sex", overall=True)
    assert both.table["sex"].tolist()[:3] == ["female", "male", None]
    np.testing.assert_allclose(
        row(both.select(sex=None), "estimate", "std_error"), row(call(*items), "estimate", "std_error"), 1e-12
    )


def test_levels_wanted_are_those_returned() -> None:
    everything = survey().prevalence(["colour", "word"], by="sex")
    wanted = survey().prevalence(["colour", "word"], by="sex", levels={"colour": "green", "word": ["yes"]})
    assert wanted.table["level"].tolist() == ["green", "green", "yes", "yes"]
    kept = np.concatenate([everything.rows(level="green"), everything.rows(level="yes")])
    np.testing.assert_allclose(wanted.covariance, everything.take(kept).covariance, 1e-12)
    assert wanted.items == ("colour", "word")


@pytest.mark.parametrize(
    "wanted", [["red", "green"], ("red", "green"), {"red", "green"}, np.array(["red", "green"])]
)
def test_levels_of_where_may_be_any_collection(wanted: Any) -> None:
    expected = survey().mean("score", where={"colour": ["red", "green"]})
    assert survey().mean("score", where={"colour": wanted}).table.equals(expected.table)
    assert expected.provenance["where"] == {"colour": "red, green"}


def test_an_item_or_domain_named_twice_counts_once() -> None:
    assert survey().mean(["score", "score"]).table.equals(survey().mean("score").table)
    once = survey().mean("score", by="sex")
    assert survey().mean("score", by=["sex", "sex"]).table.equals(once.table)
    assert once.by == ("sex",)


def test_arguments_of_calibrate() -> None:
    target = {
        "sex": {"female": 150.0, "male": 350.0},
        "colour": {"red": 250.0, "amber": 50.0, "green": 200.0},
    }
    raked, linear = (survey().calibrate(target, method=method) for method in ("raking", "linear"))
    assert raked.weights().largest != pytest.approx(linear.weights().largest, rel=1e-4)
    rough = survey().calibrate(target, tolerance=0.05)
    gaps = [np.abs(s.calibration.to_frame()["gap"]).max() for s in (raked, rough)]
    assert gaps[0] <= 1e-10 < gaps[1] <= 0.05
    only_sex = survey().calibrate({"sex": target["sex"]})
    assert row(only_sex.mean("score"), "estimate") != row(raked.mean("score"), "estimate")


def test_arguments_of_regress() -> None:
    plain = survey().regress("binary ~ score")
    assert survey().regress("binary ~ score", level=0.9).table["conf_low"][1] > plain.table["conf_low"][1]
    linear = survey().regress("binary ~ score", "linear")
    assert "odds_ratio" not in linear.table
    assert linear.coefficients["score"] != pytest.approx(plain.coefficients["score"], rel=0.01)
    poisson = survey().regress("binary ~ score", family="poisson")
    assert {"prevalence_ratio", "pr_low", "pr_high"} <= set(poisson.table)
    exact = survey().regress("binary ~ score", tolerance=1e-15)
    assert exact.passes > plain.passes
    np.testing.assert_allclose(exact.coefficients, plain.coefficients, 1e-6)
    assert survey().regress("binary ~ rank").n == len(PEOPLE)
    assert (plain.n, plain.n_incomplete) == (
        int(PEOPLE["score"].notna().sum()),
        int(PEOPLE["score"].isna().sum()),
    )


def test_a_count_of_each_level_stands_beside_its_coefficient() -> None:
    table = survey().regress("binary ~ colour").table.set_index("level")
    counts = PEOPLE["colour"].value_counts()
    assert table.loc[["red", "amber", "green"], "n"].to_dict() == counts.to_dict()


def test_without_weights_fpc_makes_them() -> None:
    table = pd.DataFrame({"h": [1, 1, 1, 2, 2], "N": [30, 30, 30, 8, 8], "y": [1, 0, 0, 1, 1]})
    made = Survey(table, stratum="h", fpc="N").total("y").table.iloc[0]
    assert made["estimate"] == pytest.approx(30 / 3 + 8 / 2 * 2, rel=1e-14)
    fraction = (
        Survey(table.assign(N=table["N"].map({30: 0.1, 8: 0.25})), stratum="h", fpc="N")
        .total("y")
        .table.iloc[0]
    )
    assert fraction["estimate"] == pytest.approx(made["estimate"], rel=1e-14)
    assert fraction["std_error"] == pytest.approx(made["std_error"], rel=1e-12)


def test_a_census_has_no_sampling_error() -> None:
    whole = PEOPLE.assign(population=PEOPLE.groupby("stratum")["w"].transform("size"))
    table = Survey(whole, stratum="stratum", fpc="population").mean("score").table.iloc[0]
    assert table["std_error"] == 0.0
    assert table["conf_low"] == table["conf_high"] == table["estimate"]


def test_estimates_select_take_and_print() -> None:
    estimates = survey().prevalence("colour", by="sex", level=0.9)
    assert len(estimates) == 6
    part = estimates.select(sex="male", level="green")
    at = estimates.rows(sex="male", level="green")[0]
    assert part.covariance[0, 0] == estimates.covariance[at, at]
    assert estimates.take([5, 0]).table["sex"].tolist() == ["male", "female"]
    assert repr(estimates).splitlines()[0] == "Prevalence, 90 % intervals (pooled), 6 rows"
    assert f"{estimates.table.loc[0, 'estimate']:.4f}" in repr(estimates)
    assert f"<td>{estimates.table.loc[0, 'estimate']:.4f}</td>" in estimates._repr_html_()
    copy = estimates.to_frame()
    copy["estimate"] = 0.0
    assert estimates.table["estimate"].iloc[0] > 0


def test_text_in_the_data_is_escaped_in_notebooks() -> None:
    marked = PEOPLE.assign(word=PEOPLE["word"].fillna("<script>alert(1)</script>"))
    survey_of_it = Survey(marked, weight="w")
    for shown in (survey_of_it.prevalence("word"), survey_of_it.regress("binary ~ word", "linear")):
        assert "<script>" not in shown._repr_html_()
        assert "&lt;script&gt;" in shown._repr_html_()
