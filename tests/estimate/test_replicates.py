"""Estimates from replicates: what each argument changes, what is flagged, what a result says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contract.conftest import make_people
from scipy import special, stats

from netralstat import Survey
from netralstat.estimate.complements import versus_rest
from netralstat.estimate.correlation import covariances
from netralstat.estimate.domains import Question
from netralstat.estimate.rank_tests import rank_test

PEOPLE = make_people()
CLUSTERS: dict[str, Any] = {"weight": "w", "stratum": "stratum", "psu": "psu"}


def survey(**changed: Any) -> Survey:
    return Survey(PEOPLE, **{**CLUSTERS, **changed})


def factors(n: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    drawn = rng.choice([0.25, 0.75, 1.5], (len(PEOPLE), n))
    return pd.concat([PEOPLE, pd.DataFrame(drawn, columns=[f"f{i}" for i in range(n)])], axis=1)


def read(**changed: Any) -> Survey:
    asked = {"columns": [f"f{i}" for i in range(12)], "combined": False, "scale": 0.1}
    return Survey(factors(), weight="w").replicates("given", **{**asked, **changed})


def error(of: Survey) -> float:
    return float(of.mean("score").table["std_error"][0])


def test_estimates_are_those_without_replicates() -> None:
    plain, replicated = survey(), survey().replicates("bootstrap", n=30, seed=1)
    same = ["estimate", "n", "n_yes"]
    for found, expected in zip(
        (replicated.prevalence(["word", "colour"], by="sex"), replicated.quantile("score", by="sex")),
        (plain.prevalence(["word", "colour"], by="sex"), plain.quantile("score", by="sex")),
        strict=True,
    ):
        pd.testing.assert_frame_equal(found.table[same], expected.table[same])
        assert not np.allclose(found.covariance, expected.covariance, 1e-3)
    crossed, expected_table = replicated.crosstab("word", "sex"), plain.crosstab("word", "sex")
    pd.testing.assert_frame_equal(crossed.counts, expected_table.counts)
    assert crossed.test.statistic != pytest.approx(expected_table.test.statistic, rel=1e-3)
    models = [one.regress("binary ~ score + sex") for one in (replicated, plain)]
    assert models[0].coefficients.tolist() == models[1].coefficients.tolist()
    assert not np.allclose(models[0].covariance, models[1].covariance, 1e-3)
    assert repr(replicated.weights()) == repr(plain.weights())


@pytest.mark.parametrize(
    "changed",
    [
        {"n": 41},
        {"seed": 2},
        {"mse": True},
        {"kind": "multistage"},
        {"kind": "JKn", "n": None, "seed": None},
    ],
    ids=str,
)
def test_each_argument_of_made_replicates(changed: dict[str, Any]) -> None:
    asked = {"kind": "bootstrap", "n": 40, "seed": 1}
    found = error(survey().replicates(**{**asked, **changed}))
    assert found != pytest.approx(error(survey().replicates(**asked)), rel=1e-9)
    assert found == pytest.approx(error(survey()), rel=0.5)


def test_rho_of_fay() -> None:
    rows = PEOPLE.assign(psu=PEOPLE["psu"] % 2)
    half = [error(Survey(rows, **CLUSTERS).replicates("Fay", rho=rho)) for rho in (0.0, 0.5)]
    assert half[0] == error(Survey(rows, **CLUSTERS).replicates("BRR"))
    assert half[0] != pytest.approx(half[1], rel=1e-9)


def test_each_argument_of_columns() -> None:
    plain = read().mean("score").table.iloc[0]
    assert plain["df"] == 11  # the rank of twelve columns minus 1
    assert error(read(scale=0.4)) == pytest.approx(2 * plain["std_error"], rel=1e-12)
    assert error(read(rscales=[4.0] * 12)) == pytest.approx(2 * plain["std_error"], rel=1e-12)
    assert error(read(mse=True)) > plain["std_error"]
    assert error(read(columns=["f0", "f1", "f2"])) != pytest.approx(plain["std_error"], rel=1e-6)
    assert error(read(combined=True)) != pytest.approx(plain["std_error"], rel=1e-6)
    told = read(df=30).mean("score").table.iloc[0]
    assert (told["df"], told["std_error"]) == (30, plain["std_error"])
    assert told["conf_high"] < plain["conf_high"]
    brr = Survey(factors(), weight="w").replicates(
        "BRR", columns=[f"f{i}" for i in range(12)], combined=False
    )
    assert error(brr) == pytest.approx(plain["std_error"] / np.sqrt(1.2), rel=1e-12)


def test_columns_are_all_that_is_read_of_the_design() -> None:
    rows = factors()
    designs: list[dict[str, Any]] = [{}, {"stratum": "stratum", "psu": "psu", "fpc": "population"}]
    columns = [f"f{i}" for i in range(12)]
    found = [
        Survey(rows, weight="w", **design).replicates("given", columns=columns, combined=False, scale=0.1)
        for design in designs
    ]
    assert [one.design for one in found] == [found[0].design] * 2
    assert error(found[0]) == error(found[1])


def test_the_survey_without_replicates_stays_as_it_is() -> None:
    plain = survey()
    before = plain.mean("score")
    replicated = plain.replicates("JKn")
    assert plain.design.replicates is None
    assert "replicates" not in before.provenance
    pd.testing.assert_frame_equal(plain.mean("score").table, before.table)
    assert repr(plain) == "Survey(weight=w, stratum=stratum, psu=psu, lonely_psu=error)"
    assert (
        repr(replicated) == "Survey(weight=w, stratum=stratum, psu=psu, replicates=JKn(), lonely_psu=error)"
    )


def test_a_result_says_which_replicates_made_it() -> None:
    expected = {
        "kind": "bootstrap",
        "n": 30,
        "seed": 7,
        "rho": None,
        "mse": False,
        "columns": 0,
        "scale": 1 / 29,
        "rscales": [1.0, 1.0],
        "df": 15,
    }
    replicated = survey().replicates("bootstrap", n=30, seed=7)
    for found in (
        replicated.prevalence("word"),
        replicated.quantile("score"),
        replicated.crosstab("word", "sex"),
        replicated.regress("binary ~ sex"),
    ):
        assert found.provenance["replicates"] == expected
    told = read().mean("score").provenance
    assert (told["replicates"]["kind"], told["replicates"]["columns"]) == ("given", 12)
    assert (told["stratum"], told["psu"], told["weight"]) == ("", "", "w")


def test_degrees_of_freedom() -> None:
    few = survey().replicates("bootstrap", n=6, seed=1)
    assert few.mean("score").table["df"].tolist() == [5]
    assert few.regress("binary ~ sex").df == 5 + 1 - 2
    design, domain = (
        survey().replicates("JKn").mean("score", by="colour", df=df) for df in ("design", "domain")
    )
    assert design.table["df"].tolist() == [15, 15, 15]
    assert (
        domain.table["df"].tolist() == survey().mean("score", by="colour", df="domain").table["df"].tolist()
    )
    assert few.mean("score", by="colour", df="domain").table["df"].tolist() == [5, 5, 5]
    tests = [
        few.crosstab("word", "sex", test="wald").test,
        rank_test(few.frame, few.design, "score", "sex", Question()),
    ]
    assert [one.df[1] for one in tests] == [5, 4]


def test_the_logit_interval_has_the_standard_error_of_the_log_odds() -> None:
    rows = PEOPLE.assign(unit=PEOPLE.index % 9)
    found = Survey(rows, weight="w", psu="unit").replicates("JK1").prevalence("truth").table.iloc[0]
    gone = [rows[rows["unit"] != unit] for unit in range(9)]
    log_odds = special.logit([(one["w"] * one["truth"]).sum() / one["w"].sum() for one in gone])
    s = np.sqrt(8 / 9 * ((log_odds - log_odds.mean()) ** 2).sum())
    limits = special.expit(special.logit(found["estimate"]) + stats.t.ppf([0.025, 0.975], 8) * s)
    np.testing.assert_allclose(found[["conf_low", "conf_high"]].astype(float), limits, 1e-10)
    delta = found["std_error"] / (found["estimate"] * (1 - found["estimate"]))
    assert s != pytest.approx(delta, rel=1e-4)


def test_domains_that_replicates_leave_empty_are_flagged() -> None:
    few = (PEOPLE["psu"] == 1) & (PEOPLE["stratum"] < 3)
    rows = PEOPLE.assign(where=np.where(few, "two PSUs", "elsewhere"))
    jackknife = Survey(rows, **CLUSTERS).replicates("JKn")
    bootstrap = Survey(rows, **CLUSTERS).replicates("bootstrap", n=60, seed=1)
    by = Question(by=("where",))
    asked: list[Callable[[Survey], Any]] = [
        lambda s: s.mean("score", by="where"),
        lambda s: s.quantile("score", 0.5, by="where"),
        lambda s: covariances(s.frame, s.design, ["score"], by),
        lambda s: versus_rest(s.frame, s.design, ["score"], by, statistic="mean").select(where="two PSUs"),
    ]
    for of in asked:  # the bootstrap leaves out both PSUs now and then, the jackknife never
        assert set(of(jackknife).table["flag"]) == {""}
        assert of(bootstrap).select(where="two PSUs").table["flag"].tolist() == ["empty_replicates"]
    assert bootstrap.mean("score", by="where").table["flag"].tolist() == ["", "empty_replicates"]
    assert set(bootstrap.total("rank", by="where").table["flag"]) == {""}  # such a total is 0


def test_shares_that_are_at_an_edge_in_some_replicate_are_flagged() -> None:
    one = (PEOPLE["stratum"] == 1) & (PEOPLE["psu"] == 1)
    rows = PEOPLE.assign(rare=(one & (PEOPLE.index % 2 == 0)).astype(int))
    replicated = Survey(rows, **CLUSTERS).replicates("JKn")
    whole = replicated.prevalence("rare").table.iloc[0]
    assert whole["flag"] == "boundary_replicates"  # nobody said yes outside that PSU
    p, s = whole["estimate"], whole["std_error"]
    limits = special.expit(special.logit(p) + stats.t.ppf([0.025, 0.975], 15) * s / (p * (1 - p)))
    np.testing.assert_allclose(whole[["conf_low", "conf_high"]].astype(float), limits, 1e-10)
    beside = replicated.prevalence("rare", by="sex", overall=True).select(sex=None)
    assert beside.table["flag"].tolist() == ["boundary_replicates"]  # that row alone has a logit interval
    assert replicated.prevalence("rare", interval="wilson").table["flag"].tolist() == [""]


def test_contrasts_take_the_covariance_of_the_replicates() -> None:
    found = survey().replicates("JKn").mean("score", by="sex", overall=True)
    V = found.covariance
    difference = found.difference({"sex": "female"}, {"sex": "male"}).table.iloc[0]
    assert difference["std_error"] == pytest.approx(np.sqrt(V[0, 0] + V[1, 1] - 2 * V[0, 1]), rel=1e-12)
    assert difference["df"] == 15
    assert V[0, 1] != 0


@pytest.mark.parametrize("rule", ["certainty", "remove", "average", "adjust", "collapse"])
def test_rules_for_lonely_psus(rule: str) -> None:
    rows = PEOPLE.assign(psu=PEOPLE["psu"].mask(PEOPLE["stratum"] == 2, 1))
    plain = Survey(rows, **CLUSTERS, lonely_psu=rule)  # type: ignore[arg-type]
    replicated = plain.replicates("JKn").total("rank")
    linear = plain.total("rank")
    assert replicated.table["df"][0] == (11 if rule in ("adjust", "collapse") else 10)
    assert replicated.provenance["n_lonely_strata"] == linear.provenance["n_lonely_strata"]
    assert replicated.provenance["n_collapsed_strata"] == (1 if rule == "collapse" else 0)
    if rule in ("certainty", "remove", "collapse"):
        np.testing.assert_allclose(replicated.covariance, linear.covariance, 1e-10)
    else:
        assert (
            replicated.covariance[0, 0]
            > Survey(rows, **CLUSTERS, lonely_psu="remove").total("rank").covariance
        )


def test_two_stages() -> None:
    rows = PEOPLE.assign(ssu=PEOPLE.groupby(["stratum", "psu"]).cumcount() % 3, units=40)
    columns = {**CLUSTERS, "ssu": "ssu", "fpc": ("population", "units")}
    two = Survey(rows, **columns, lonely_psu="certainty")
    found = two.replicates("multistage", n=4000, seed=1).mean("score").table["std_error"][0]
    assert found == pytest.approx(two.mean("score").table["std_error"][0], rel=0.06)


def test_trimmed_weights_are_kept_in_every_replicate() -> None:
    trimmed = survey().calibrate({"sex": {"female": 250.0, "male": 210.0}}).trim(upper=8)
    found = trimmed.replicates("JKn").mean("score").table.iloc[0]
    plain = trimmed.mean("score").table.iloc[0]
    assert found["estimate"] == pytest.approx(plain["estimate"], rel=1e-12)
    assert found["std_error"] == pytest.approx(plain["std_error"], rel=0.25)


def test_a_rank_test_is_that_of_linear_totals() -> None:
    # survey:::svyranktest.svyrep.design adds up the influence, which over a jackknife is linearisation.
    replicated = survey().replicates("JKn")
    found, plain = (
        rank_test(PEOPLE, one.design, "score", "sex", Question()) for one in (replicated, survey())
    )
    assert found.statistic == pytest.approx(plain.statistic, rel=1e-10)
    assert found.df == plain.df
