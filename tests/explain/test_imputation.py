"""Imputed answers: what is drawn, for whom, from what; what is refused; the same draws from the same seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from netralstat import Survey
from netralstat.errors import DesignError, EstimationError, NetralstatError, UsageError
from netralstat.explain.imputation.conditional_models import nearest_donors
from netralstat.explain.imputation.draws import Draws
from netralstat.explain.imputation.rubin import joint_test, pool
from netralstat.imputed import Imputed

ROOT = Path(__file__).parents[2]


def make_people(n: int = 600, seed: int = 5) -> pd.DataFrame:
    """Pressure leads to an item on its source; motive and income go with the act; all have holes."""
    draw = np.random.default_rng(seed)
    age = np.round(draw.uniform(22, 58, n))
    motive = np.clip(np.round(3 + (age - 40) / 20 + draw.normal(size=n)), 1, 5)
    pressed = (draw.random(n) < 1 / (1 + np.exp(1 - 0.5 * (motive - 3)))).astype(float)
    source = np.array(["boss", "mayor", "party"])[draw.integers(0, 3, n)]
    act = (draw.random(n) < 1 / (1 + np.exp(2 - 0.6 * motive - 0.8 * pressed))).astype(float)
    grade = pd.Categorical.from_codes(draw.integers(0, 3, n), ["II", "III", "IV"], ordered=True)
    people = pd.DataFrame(
        {
            "age": age,
            "motive": motive,
            "pressed": pressed,
            "source": pd.Series(np.where(pressed == 1, source, None), dtype="str"),
            "income": np.round(20 + 3 * motive + draw.normal(size=n), 1),
            "act": act,
            "grade": grade,
            "h": draw.integers(0, 4, n),
            "c": draw.integers(0, 80, n),
            "w": draw.uniform(5, 20, n),
            "copy": age * 2,
            "district": draw.integers(0, 300, n).astype(str),
            "nobody": np.nan,
            "same": 1.0,
        }
    )
    for column in ("motive", "pressed", "income", "grade"):
        people.loc[draw.random(n) < 1 / (1 + np.exp(2.2 - act)), column] = np.nan
    people.loc[people["pressed"].isna(), "source"] = None
    people.loc[(people["pressed"] == 1) & (draw.random(n) < 0.2), "source"] = None
    people["asked"] = (people["pressed"] == 1).astype(int)
    return people


PEOPLE = make_people()
ITEMS = ["motive", "pressed", "source", "income", "grade"]


def survey(frame: Any = PEOPLE) -> Survey:
    return Survey(frame, weight="w", stratum="h", psu="c")


@pytest.fixture(scope="module")
def imputed() -> Imputed:
    return survey().impute(
        ITEMS, with_=["age", "act"], n=6, passes=5, seed=1, where={"source": {"pressed": 1}}
    )


def digest(done: Imputed) -> str:
    text = "".join(frame.to_csv(index=False) for frame in done.frames())
    return hashlib.sha256(text.encode()).hexdigest()


# ---------------------------------------------------------------------- what is drawn
def test_only_holes_are_filled_and_types_stay(imputed: Imputed) -> None:
    for frame in imputed.frames():
        assert (frame.dtypes == PEOPLE.dtypes).all()
        assert list(frame.columns) == list(PEOPLE.columns)
        for column in PEOPLE:
            known = PEOPLE[column].notna()
            pd.testing.assert_series_equal(frame.loc[known, column], PEOPLE.loc[known, column])
        assert frame[["motive", "pressed", "income", "grade"]].notna().all(axis=None)


def test_matching_keeps_the_values_that_there_are(imputed: Imputed) -> None:
    for column in ("motive", "income", "grade", "source"):
        held = set(PEOPLE[column].dropna())
        assert all(set(frame[column].dropna()) <= held for frame in imputed.frames())


def test_who_was_not_asked_stays_without_an_answer(imputed: Imputed) -> None:
    """Whoever is drawn as not pressed has no source, and whoever is drawn as pressed has one."""
    unknown = PEOPLE["pressed"].isna()
    seen = set()
    for frame in imputed.frames():
        assert (frame["source"].notna() == (frame["pressed"] == 1)).all()
        seen |= set(frame.loc[unknown, "pressed"])
    assert seen == {0.0, 1.0}
    table = imputed.diagnostics().to_frame().set_index("variable")
    assert (table.loc["source", "n_not_asked"] > 0).all()


def test_a_column_may_say_who_was_asked() -> None:
    frame = PEOPLE[PEOPLE["pressed"].notna()].reset_index(drop=True)
    done = survey(frame).impute(
        "source", with_=["age", "act"], n=2, passes=2, seed=1, where={"source": "asked"}
    )
    for completed in done.frames():
        assert (completed["source"].notna() == (frame["asked"] == 1)).all()


def test_the_same_seed_the_same_draws(imputed: Imputed) -> None:
    names = ["motive", "income"]
    one, again = (survey().impute(names, with_=["age", "act"], n=3, passes=2, seed=4) for _ in range(2))
    more = survey().impute(names, with_=["age", "act"], n=5, passes=2, seed=4)
    other = survey().impute(names, with_=["age", "act"], n=3, passes=2, seed=5)
    assert digest(one) == digest(again) != digest(other)
    for k in (1, 2, 3):
        pd.testing.assert_frame_equal(one.completed(k), more.completed(k))


def large() -> Imputed:
    """Enough respondents for products to call up threads, if they did."""
    names = ["motive", "pressed", "income", "grade"]
    return Survey(make_people(4000), weight="w").impute(names, with_=["age", "act"], n=2, passes=2, seed=3)


@pytest.mark.long
def test_draws_do_not_depend_on_threads() -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": path}
    code = "from explain.test_imputation import digest, large; print(digest(large()))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert run.stdout.strip() == digest(large())


def test_the_stream_of_draws_is_that_of_pcg64() -> None:
    """The words of PCG64 seeded with SeedSequence(1).spawn: they are fixed, so the uniforms are."""
    child = np.random.SeedSequence(1).spawn(3)[2]
    words = np.random.PCG64(child).random_raw(4)
    assert Draws(1, 2).uniform(4).tolist() == [(int(word) // 4096 + 0.5) / 2**52 for word in words]


def test_a_donor_is_one_of_the_nearest() -> None:
    observed = np.array([0.0, 1.0, 1.0, 1.0, 5.0, 9.0])
    wanted = np.full(4000, 1.0)
    donors = nearest_donors(observed, wanted, 2, Draws(1, 0))
    counts = np.bincount(donors, minlength=6)
    assert counts[[0, 4, 5]].tolist() == [0, 0, 0]
    assert (np.abs(counts[[1, 2, 3]] - 4000 / 3) < 150).all()  # of three that are equal none is preferred
    assert set(nearest_donors(observed, np.array([6.0, 8.0]), 1, Draws(1, 1))) == {4, 5}
    assert set(nearest_donors(observed, np.full(500, 4.0), 9, Draws(1, 2))) == set(range(6))


# ---------------------------------------------------------------------- pooling
def test_an_analysis_of_complete_variables_is_the_plain_one(imputed: Imputed) -> None:
    plain, pooled = survey().regress("act ~ age"), imputed.regress("act ~ age")
    pd.testing.assert_frame_equal(pooled.table[plain.table.columns], plain.table, check_exact=True)
    assert (pooled.covariance == plain.covariance).all()
    assert pooled.wald_test("age")[:3] == pytest.approx(plain.wald_test("age")[:3], rel=1e-12)
    assert (pooled.table.loc[~pooled.table["reference"], "fmi"] == 0).all()
    for before, after in (
        (survey().mean("age", by="act"), imputed.mean("age", by="act")),
        (survey().prevalence("act"), imputed.prevalence("act")),
    ):
        pd.testing.assert_frame_equal(after.table[before.table.columns], before.table, check_exact=True)
        assert (after.covariance == before.covariance).all()


def test_rubins_rules_by_hand() -> None:
    pooled = pool(
        np.array([[1.0], [2.0], [3.0]]), np.array([[[1.0]], [[2.0]], [[3.0]]]), np.full((3, 1), 20.0)
    )
    assert (pooled.estimate[0], pooled.within[0, 0], pooled.between[0, 0]) == (2, 2, 1)
    assert pooled.total[0, 0] == pytest.approx(2 + 4 / 3)
    share = (4 / 3) / (10 / 3)
    df = 1 / (share**2 / 2 + 23 / (21 * 20 * (1 - share)))
    assert pooled.df[0] == pytest.approx(df)
    assert pooled.fmi[0] == pytest.approx((2 / 3 + 2 / (df + 3)) / (5 / 3))
    assert pooled.simulation_error[0] == pytest.approx(np.sqrt(1 / 3))


def test_a_joint_test_needs_imputations_and_degrees_of_freedom() -> None:
    with pytest.raises(EstimationError, match="needs more than 3 imputations; there are 3"):
        joint_test(np.ones(2), np.eye(2), np.eye(2), 3, 50, "here")
    with pytest.raises(EstimationError, match="3 degrees of freedom are too few"):
        joint_test(np.ones(2), np.eye(2), np.eye(2), 20, 3, "here")


def test_models_of_every_kind_are_pooled(imputed: Imputed) -> None:
    for formula, family in (
        ("act ~ motive + grade", "logit"),
        ("income ~ motive", "linear"),
        ("grade ~ motive", "ordered_logit"),
        ("source ~ motive", "multinomial"),
    ):
        model = imputed.regress(formula, family)  # type: ignore[arg-type]
        rows = model.table[~model.table["reference"]]
        assert (rows["fmi"].between(0, 1, inclusive="left")).all()
        assert (rows["df"] <= model.df).all()
        assert np.allclose(rows["std_error"], np.sqrt(np.diag(model.covariance)))
    assert "associations, not effects" in repr(imputed.regress("act ~ motive"))


def test_counts_are_means_over_the_imputations(imputed: Imputed) -> None:
    table = imputed.regress("pressed ~ act").table
    found = [frame["pressed"].sum() for frame in imputed.frames()]
    assert np.ptp(found) > 0
    assert table["n_yes"].tolist() == pytest.approx([np.mean(found)] * 2)


def test_the_dispersion_is_pooled_and_has_no_test(imputed: Imputed) -> None:
    counts = imputed.derive(lambda frame: frame.assign(times=np.round((frame["income"] - 18) ** 2 / 20)))
    model = counts.regress("times ~ act", "negative_binomial")
    alpha = model.table.iloc[-1]
    assert model.between[-1, -1] > 0
    assert alpha[["statistic", "p_value"]].isna().all()
    assert alpha[["std_error", "conf_low", "conf_high"]].notna().all()
    assert model.provenance["alpha"] == pytest.approx(np.exp(alpha["estimate"]))
    assert model.provenance["theta"] == pytest.approx(np.exp(-alpha["estimate"]))


def test_effective_respondents_of_pooled_shares_are_those_of_the_design_effect(imputed: Imputed) -> None:
    """n_eff times deff is what it is in each completed survey, for all have the same weights."""
    pooled, one = imputed.prevalence("grade").table, imputed.surveys[0].prevalence("grade").table
    assert (pooled["deff"] > 0).all()
    np.testing.assert_allclose(pooled["n_eff"] * pooled["deff"], one["n_eff"] * one["deff"], rtol=1e-10)


def test_strata_of_few_answers_share_an_effect() -> None:
    people = PEOPLE.assign(h=np.where(np.arange(len(PEOPLE)) % 75 < 2, 9 + PEOPLE["h"] % 2, PEOPLE["h"]))
    notes = Survey(people, weight="w", stratum="h").impute("motive", with_="age", n=2, passes=1, seed=1)
    told = " ".join(notes.diagnostics().notes)
    assert "5 of 6 strata have main effects, 2 of them together" in told


def test_the_chains_are_compared_by_gelman_and_rubin(imputed: Imputed) -> None:
    """The potential scale reduction by hand: passes 3 to 5 of six chains."""
    check = imputed.diagnostics()
    trace = check.trace[(check.trace["variable"] == "motive") & (check.trace["pass"] > 2)]
    chains = [own["mean"].to_numpy() for _, own in trace.groupby("imputation")]
    within = np.mean([np.var(one, ddof=1) for one in chains])
    between = 3 * np.var([one.mean() for one in chains], ddof=1)
    expected = np.sqrt((2 / 3 * within + between / 3) / within)
    found = check.table.set_index("variable").loc["motive", "rhat"]
    assert found == pytest.approx(expected, rel=1e-12)


def test_several_terms_are_tested_together(imputed: Imputed) -> None:
    model = imputed.regress("act ~ motive * grade")
    assert model.wald_test("motive : grade") == model.wald_test(["motive:grade"])
    assert model.wald_test(["motive", "grade"])[1] == 3
    with pytest.raises(EstimationError, match='no term "motif"'):
        model.wald_test("motif")


def test_complete_cases_beside_imputed(imputed: Imputed) -> None:
    both = imputed.compare("act ~ motive + income")
    table = both.to_frame()
    assert table["term"].tolist() == ["(Intercept)", "motive", "income"]
    assert both.complete.n < both.imputed.n == len(PEOPLE)
    expected = (table["estimate_imputed"] - table["estimate_complete"]) / table["std_error_complete"]
    assert np.allclose(table["change"], expected)
    assert "complete cases beside" in repr(both)
    assert "<table" in both._repr_html_()


def test_diagnostics(imputed: Imputed) -> None:
    check = imputed.diagnostics()
    table = check.to_frame().set_index("variable")
    motive = PEOPLE["motive"]
    answered = PEOPLE.loc[motive.notna(), "w"]
    assert table.loc["motive", "n_missing"] == motive.isna().sum()
    assert table.loc["motive", "share_missing"] == pytest.approx(1 - answered.sum() / PEOPLE["w"].sum())
    assert table.loc["motive", "observed"] == pytest.approx(np.average(motive.dropna(), weights=answered))
    drawn = [np.average(f["motive"][motive.isna()], weights=f["w"][motive.isna()]) for f in imputed.frames()]
    assert table.loc["motive", "imputed"] == pytest.approx(np.mean(drawn))
    assert table.loc["grade", ["observed", "imputed"]].sum().tolist() == pytest.approx([1, 1])
    assert (table["rhat"] > 0).all()
    assert len(check.trace) == 6 * 5 * (1 + 2 + 3 + 1 + 3)
    assert any("logarithm of the weight" in note for note in check.notes)
    assert "logarithm" in repr(check)
    assert "<table" in check._repr_html_()


def test_derived_columns_and_products(imputed: Imputed) -> None:
    made = imputed.derive(lambda frame: frame.assign(high=(frame["motive"] > 3).astype(float)))
    assert made.prevalence("high").table["fmi"][0] > 0
    assert "no product motive:age" in repr(made.regress("act ~ motive * age"))


def test_a_second_frame_library_and_completed_data_from_elsewhere(imputed: Imputed) -> None:
    columns = ["age", "act", "motive", "income", "w", "h", "c"]
    pandas, polars = (
        survey(frame).impute(["motive", "income"], with_=["age", "act"], n=2, passes=2, seed=1)
        for frame in (PEOPLE[columns], pl.from_pandas(PEOPLE[columns]))
    )
    assert polars.completed(1)["motive"].to_list() == pandas.completed(1)["motive"].tolist()
    again = Imputed.of([survey(frame) for frame in imputed.frames()])
    assert (again.mean("income").table["std_error"] == imputed.mean("income").table["std_error"]).all()
    with pytest.raises(UsageError, match="made elsewhere"):
        again.diagnostics()


def test_bias_of_complete_cases_is_removed() -> None:
    """Income is missing where the act happened: its mean among complete cases is too low."""
    draw = np.random.default_rng(11)
    n = 3000
    cause = draw.normal(size=n)
    people = pd.DataFrame({"cause": cause, "income": 10 + cause + draw.normal(size=n), "w": 3.0})
    holes = people.assign(income=people["income"].mask(draw.random(n) < 1 / (1 + np.exp(-2 * cause))))
    truth, complete = (Survey(f, weight="w").mean("income").table.iloc[0] for f in (people, holes))
    done = Survey(holes, weight="w").impute("income", with_="cause", n=10, passes=1, seed=1)
    found = done.mean("income").table.iloc[0]
    assert complete["conf_high"] < truth["estimate"] - 0.2
    assert abs(found["estimate"] - truth["estimate"]) < 3 * found["std_error"]
    assert found["std_error"] > truth["std_error"]


def test_a_separated_level_is_drawn_without_leaving_the_scale() -> None:
    """Where everybody of a group answered yes, most draws say yes and the fit stays finite."""
    frame = pd.DataFrame({"g": np.repeat(["a", "b"], 100), "y": np.r_[np.tile([0.0, 1.0], 50), np.ones(100)]})
    frame.loc[::4, "y"] = np.nan
    done = Survey(frame).impute("y", with_="g", n=20, passes=1, seed=1)
    drawn = np.mean(
        [completed["y"][(frame["g"] == "b") & frame["y"].isna()].mean() for completed in done.frames()]
    )
    assert 0.9 < drawn <= 1


# ---------------------------------------------------------------------- refusals
REFUSALS = [
    (DesignError, {"variables": "motiv"}, 'no column "motiv"', 'Did you mean "motive"'),
    (EstimationError, {"variables": "age", "with_": "act"}, "nothing is missing in age", "nothing to impute"),
    (EstimationError, {"variables": "nobody"}, '"nobody" is missing for all 600', "nothing to learn"),
    (EstimationError, {"with_": "income"}, 'predictor "income" is missing for', "variables to be imputed"),
    (
        EstimationError,
        {"with_": ["age", "copy"]},
        "1 predictors are determined by the others (copy)",
        "leave out",
    ),
    (EstimationError, {"with_": "same"}, '"same" is the same for all', "leave it out"),
    (EstimationError, {"with_": "district"}, "levels; an imputation model takes 50", "group its levels"),
    (UsageError, {"variables": "w"}, '"w" belongs to the sampling design', "must be known"),
    (UsageError, {"variables": ["motive", "motive"], "with_": "motive"}, "named more than once", "once"),
    (UsageError, {"n": 1}, "n = 1 is less than 2", "20 or more"),
    (UsageError, {"passes": 0}, "passes = 0", "10 or more"),
    (UsageError, {"seed": -1}, "seed = -1", "0 or more"),
    (UsageError, {"methods": {"motive": "mean"}}, '"mean" is not known', "pmm"),
    (UsageError, {"methods": {"motive": "multinomial"}}, "holds numbers", "choose pmm or linear"),
    (UsageError, {"methods": {"act": "pmm"}}, '"act" is not among', "name one of"),
    (UsageError, {"where": {"motive": "h"}}, "does not say by 0 and 1", "0/1 column"),
    (UsageError, {"where": {"motive": {"act": 2}}}, 'nobody has the level "2"', "its levels are"),
    (UsageError, {"where": {"motive": {"motive": 3}}}, "cannot lead to itself", "name the item"),
    (
        EstimationError,
        {"where": {"motive": {"act": 1}}},
        "though they were not asked",
        "correct the condition",
    ),
    (EstimationError, {"where": {"motive": {"income": 26.0}}}, '"income" says who was asked', "fill it"),
]


@pytest.mark.parametrize(("kind", "arguments", "fact", "do"), REFUSALS)
def test_refusals(kind: type[NetralstatError], arguments: dict[str, Any], fact: str, do: str) -> None:
    asked = {"variables": "motive", "with_": ["age"], "n": 2, "passes": 1, "seed": 1, **arguments}
    with pytest.raises(NetralstatError) as told:
        survey().impute(asked.pop("variables"), **asked)
    problem = told.value
    assert type(problem) is kind
    assert fact in problem.fact
    assert problem.where is not None
    assert do in str(problem.do)


def test_more_refusals(imputed: Imputed, monkeypatch: pytest.MonkeyPatch) -> None:
    few = PEOPLE.assign(motive=PEOPLE["motive"].where(PEOPLE.index < 9))
    with pytest.raises(EstimationError, match=r'"motive" has \d answers for a model of \d'):
        Survey(few).impute("motive", with_=["age", "act"], n=2, seed=1)
    with pytest.raises(EstimationError, match='did not know "copy"'):
        imputed.regress("act ~ motive + copy")
    with pytest.raises(EstimationError, match='did not know "c"'):
        imputed.mean("income", by="c")
    assert len(imputed.mean("income", by="h").table) == 4  # the strata are known
    with pytest.raises(UsageError, match="no imputation 7"):
        imputed.completed(7)
    with pytest.raises(UsageError, match="1 completed surveys"):
        Imputed.of(imputed.surveys[:1])
    with pytest.raises(UsageError, match="2 sampling designs"):
        Imputed.of([imputed.surveys[0], Survey(PEOPLE)])
    with pytest.raises(UsageError, match="is a query"):
        Survey(pl.from_pandas(PEOPLE[["age", "motive"]]).lazy()).impute("motive", with_="age", n=2, seed=1)
    circle = PEOPLE[["motive", "grade"]].assign(
        a=np.where(PEOPLE["age"] < 40, np.nan, 1.0), b=np.where(PEOPLE["age"] < 40, np.nan, 1.0)
    )
    circle.loc[:4, ["a", "b"]] = 0.0
    with pytest.raises(NetralstatError, match=r"in a circle|though they were not asked"):
        Survey(circle).impute(["a", "b"], n=2, seed=1, where={"a": {"b": [0, 1]}, "b": {"a": [0, 1]}})
    monkeypatch.setattr("netralstat.explain.imputation.imputations.MOST_NUMBERS", 1000)
    with pytest.raises(EstimationError, match="1,000 is the limit"):
        survey().impute(ITEMS[:1], with_="age", n=20, seed=1)
