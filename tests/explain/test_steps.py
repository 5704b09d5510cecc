"""Blocks, importance and several outcomes: identities, brute force, replicates, and what is refused."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from golden.designs import survey
from golden.goldens import compare, data

from netralstat import Survey
from netralstat.errors import EstimationError, NetralstatError, UsageError
from netralstat.explain.steps.dominance import (
    complete_dominance,
    conditional_dominance,
    general_dominance,
    general_shares,
    ranks,
)

BLOCKS = {"language": ["ell"], "poverty": ["meals", "stype"]}


@pytest.fixture(scope="module")
def clusters() -> Survey:
    return survey("dclus1")


@pytest.fixture(scope="module")
def workers() -> Survey:
    """Own synthetic civil servants, some answers missing, 60 clusters of them."""
    frame = data("asn_open")
    frame = frame.assign(unit=frame["prov"] + "-" + frame["kab"].astype(str))
    rng = np.random.default_rng(3)
    frame["lik2"] = frame["lik2"].where(rng.random(len(frame)) > 0.1)
    frame["rule"] = (frame["lik1"] + rng.integers(-1, 2, len(frame)) > 3).astype(int)
    return Survey(frame, weight="w", psu="unit")


# ------------------------------------------------------------------------------------------- blocks
def test_steps_are_models_of_the_same_respondents(workers: Survey) -> None:
    blocks = {"first": ["tekanan"], "second": ["lik2", "sex"]}
    found = workers.blocks("rule", blocks, tolerance=1e-14)
    assert found["first"].n == found["second"].n == found.n
    complete = workers.frame.dropna(subset=["tekanan", "lik2", "sex"])
    assert found.n == len(complete)
    alone = workers.regress("rule ~ tekanan + lik2 + sex", tolerance=1e-14)
    compare(found["second"].coefficients, alone.coefficients, 1e-12, "last step")
    compare(found["second"].covariance, alone.covariance, 1e-12, "its covariance")
    indicator = workers.frame.assign(
        here=workers.frame[["tekanan", "lik2", "sex"]].notna().all(axis=1).astype(int)
    )
    smaller = indicator.assign(tekanan=indicator["tekanan"].where(indicator["here"] == 1))
    first = workers.with_frame(smaller).regress("rule ~ tekanan", tolerance=1e-14)
    compare(found["first"].coefficients, first.coefficients, 1e-9, "first step")
    compare(found["first"].covariance, first.covariance, 1e-9, "its covariance: PSUs stay")


def test_changes_add_to_the_last_measure(clusters: Survey) -> None:
    table = clusters.blocks("wide", BLOCKS).table
    for measure in ("mcfadden", "cox_snell", "nagelkerke", "tjur"):
        compare(table[f"{measure}_change"].sum(), table[measure].iloc[-1], 1e-12, measure)
    model = clusters.regress("wide ~ ell + meals + stype")
    compare(table["nagelkerke"].iloc[-1], clusters.diagnose(model)["nagelkerke"], 1e-10, "diagnose")
    assert table["terms"].tolist() == ["ell", "meals + stype"]
    assert table["df_design"].tolist() == [14, 14]
    compare(table["p_adjusted"].min(), 2 * table["lr_p_value"].min(), 1e-12, "Holm")


def test_wald_of_a_step_of_one_term_is_that_of_the_model(clusters: Survey) -> None:
    found = clusters.blocks("api00", {"a": ["ell"], "b": ["stype"]}, "linear")
    statistic, q, df, p_value = clusters.regress("api00 ~ ell + stype", "linear").wald_test("stype")
    row = found.table.iloc[1][["statistic", "df_num", "df_den", "p_value"]]
    compare(row.to_numpy(float), [statistic, q, df, p_value], 1e-9, "F")


def test_one_added_coefficient_has_the_square_of_t_and_its_own_design_effect(clusters: Survey) -> None:
    found = clusters.blocks("wide", {"a": ["ell"], "b": ["meals"]}, tolerance=1e-14)
    row = found["b"].table.set_index("term").loc["meals"]
    compare(found.wald["b"].statistic, row["statistic"] ** 2, 1e-9, "F = t²")
    compare(found.wald["b"].p_value, row["p_value"], 1e-9, "p")
    assert len(found.likelihood_ratio["b"].eigenvalues) == 1


def test_approximations_agree_where_there_is_one_eigenvalue(clusters: Survey) -> None:
    """λ χ²_1 over χ²_ν/ν is λ F: Satterthwaite's and the exact tail are the same number."""
    exact, rough, near = (
        clusters.blocks("wide", {"a": ["ell"]}, approximation=one).table["lr_p_value"].iloc[0]
        for one in ("exact", "satterthwaite", "saddlepoint")
    )
    compare(exact, rough, 1e-10, "one eigenvalue")
    compare(near, exact, 0.05, "saddlepoint")


def test_blocks_with_replicates_and_an_offset(clusters: Survey) -> None:
    jackknife = clusters.replicates("JK1")
    found = jackknife.blocks("wide", BLOCKS)
    alone = jackknife.regress("wide ~ ell + meals + stype")
    compare(found["poverty"].covariance, alone.covariance, 1e-12, "covariance")
    frame = clusters.frame.assign(size=np.log(clusters.frame["enroll"]))
    with_size = clusters.with_frame(frame)
    with pytest.raises(UsageError, match="holds no term"):
        with_size.blocks("wide", {"a": ["offset(size)"]})


def test_steps_show_themselves(clusters: Survey) -> None:
    found = clusters.blocks("wide", BLOCKS)
    assert "2 steps on the same 183 respondents" in repr(found)
    assert "Association, not effect. 2 tests of change" in repr(found)
    assert "<table" in found._repr_html_()
    assert found.to_frame() is not found.table
    linear = clusters.blocks("api00", {"<b>": ["ell"]}, "linear", adjust="none")
    assert "1 test of change; p_adjusted is lr_p_value not adjusted" in repr(linear)
    assert "<b>:" not in linear._repr_html_()


@pytest.mark.parametrize(
    ("blocks", "options", "told"),
    [
        ({}, {}, "no block was named"),
        ({"a": []}, {}, 'block "a" has no terms'),
        ({"a": ["ell"], "b": ["ell"]}, {}, 'block "b" adds no term'),
        ({"a": ["ell - 1"]}, {}, "holds no term, or more than terms"),
        ({"a": ["1"]}, {}, "holds no term"),
        ({"a": ["__import__('os')"]}, {}, "cannot be read"),
        ({"a": ["ell"]}, {"family": "multinomial"}, "blocks in steps are not offered"),
        ({"a": ["ell"]}, {"family": "negative_binomial"}, "blocks in steps are not offered"),
        ({"a": ["ell"]}, {"family": "logic"}, 'family = "logic" is not known'),
        ({"a": ["ell"]}, {"approximation": "normal"}, "approximation"),
        ({"a": ["ell"]}, {"adjust": "bonferoni"}, "adjust"),
        ({"a": ["ell"]}, {"tolerance": 1.0}, "tolerance"),
        ({"a": ["ell"]}, {"level": 95}, "level"),
    ],
)
def test_blocks_that_are_refused(
    clusters: Survey, blocks: dict[str, list[str]], options: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told.replace("(", r"\(")):
        clusters.blocks("wide", blocks, **options)


def test_blocks_of_data_that_do_not_serve(clusters: Survey) -> None:
    with pytest.raises(NetralstatError, match="mealz"):
        clusters.blocks("wide", {"a": ["mealz"]})
    twice = clusters.with_frame(clusters.frame.assign(twice=2 * clusters.frame["ell"]))
    with pytest.raises(EstimationError, match="determined by the others"):
        twice.blocks("wide", {"a": ["ell"], "b": ["twice"]})
    with pytest.raises(UsageError, match='block "b" has 1 coefficients, and the model grows by 0'):
        clusters.blocks("api00", {"a": ["stype:ell"], "b": ["ell"]}, "linear")
    with pytest.raises(UsageError, match='there is no block "povert"'):
        clusters.blocks("wide", BLOCKS)["povert"]


# --------------------------------------------------------------------------------------- importance
def lmg(y: np.ndarray, columns: dict[str, np.ndarray], w: np.ndarray) -> dict[str, float]:
    """relaimpo's lmg: the gain in R² of each term, averaged over all orders of entry, by least squares."""
    root = np.sqrt(w)

    def r_squared(some: tuple[str, ...]) -> float:
        x = np.column_stack([np.ones(len(y)), *(columns[name] for name in some)])
        left = root * (y - x @ np.linalg.lstsq(x * root[:, None], y * root)[0])
        return 1 - left @ left / (w @ (y - np.average(y, weights=w)) ** 2)

    shares = dict.fromkeys(columns, 0.0)
    orders = list(permutations(columns))
    for order in orders:
        for place, name in enumerate(order):
            shares[name] += (r_squared(order[: place + 1]) - r_squared(order[:place])) / len(orders)
    return shares


def test_shares_of_a_linear_model_are_lmg(clusters: Survey) -> None:
    frame = clusters.frame
    columns = {name: frame[name].to_numpy(float) for name in ("ell", "meals", "mobility")}
    columns["stype"] = np.column_stack([frame["stype"] == "H", frame["stype"] == "M"]).astype(float)
    found = clusters.importance("api00 ~ ell + meals + mobility + stype", "linear", intervals="none")
    expected = lmg(frame["api00"].to_numpy(float), columns, frame["pw"].to_numpy(float))
    compare(found.table.set_index("term")["share"], expected, 1e-10, "lmg")
    model = clusters.regress("api00 ~ ell + meals + mobility + stype", "linear")
    compare(found.explained, clusters.diagnose(model)["r_squared"], 1e-12, "R²")


@pytest.mark.parametrize("measure", ["nagelkerke", "mcfadden", "cox_snell", "tjur"])
@pytest.mark.parametrize("family", ["logit", "probit", "cloglog"])
def test_shares_add_to_the_measure_of_the_model(clusters: Survey, family: str, measure: str) -> None:
    formula = "wide ~ ell + meals + mobility"
    found = clusters.importance(formula, family, measure=measure, intervals="none")  # type: ignore[arg-type]
    compare(found.table["share"].sum(), found.explained, 1e-13, "shares")
    compare(found.table["share_of_total"].sum(), 1.0, 1e-13, "shares of the total")
    model = clusters.regress(formula, family, tolerance=1e-14)  # type: ignore[arg-type]
    compare(found.explained, clusters.diagnose(model)[measure], 1e-7, "diagnose")


def test_groups_enter_together(clusters: Survey) -> None:
    """Of two players each share is the mean of what it has alone and what it adds."""
    found = clusters.importance(
        "wide ~ ell * meals + stype", groups={"poverty": ["ell", "meals", "ell:meals"]}, intervals="none"
    )
    assert set(found.table["term"]) == {"poverty", "stype"}
    table = found.table.set_index("term")
    compare(table["share"], (table["alone"] + table["last"]) / 2, 1e-12, "two players")
    model = clusters.regress("wide ~ ell * meals")
    compare(table.loc["poverty", "alone"], clusters.diagnose(model)["nagelkerke"], 1e-7, "alone")


@pytest.mark.parametrize("measure", ["nagelkerke", pytest.param("tjur", marks=pytest.mark.long)])
def test_each_replicate_is_the_sample_with_its_weights(workers: Survey, measure: str) -> None:
    """Shares found anew with the weights of every replicate, which are given as columns here."""
    frame, n = workers.frame, 20
    rng = np.random.default_rng(11)
    units, at = np.unique(frame["unit"], return_inverse=True)
    g = len(units)
    drawn = np.array([np.bincount(rng.integers(0, g, g - 1), minlength=g) * g / (g - 1) for _ in range(n)])
    columns = {f"r{r}": drawn[r][at] * frame["w"].to_numpy() for r in range(n)}
    s = Survey(frame.assign(**columns), weight="w")
    formula = "rule ~ tekanan + lik2 + sex"
    found = s.replicates("bootstrap", columns=list(columns)).importance(formula, measure=measure)  # type: ignore[arg-type]
    shares = []
    for name in columns:
        one = Survey(s.frame, weight=name).importance(formula, measure=measure, intervals="none")  # type: ignore[arg-type]
        shares.append(one.table.set_index("term")["share"])
    every, table = pd.concat(shares, axis=1), found.table.set_index("term")
    compare(table["std_error"], every.std(axis=1)[table.index], 1e-5, "standard errors")
    for column, tail in (("conf_low", 0.025), ("conf_high", 0.975)):
        compare(table[column], every.quantile(tail, axis=1)[table.index], 1e-5, column, atol=1e-8)
    ours = workers.importance(formula, n=200, seed=7)
    again = workers.replicates("bootstrap", n=200, seed=7).importance(formula)
    pd.testing.assert_frame_equal(ours.table, again.table)


def test_importance_has_a_seed(clusters: Survey) -> None:
    first = clusters.importance("wide ~ ell + meals", n=30, seed=1)
    again = clusters.importance("wide ~ ell + meals", n=30, seed=1)
    other = clusters.importance("wide ~ ell + meals", n=30, seed=2)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert (first.table["std_error"] != other.table["std_error"]).all()
    assert first.replicates is not None
    assert (first.replicates["n"], first.replicates["seed"]) == (30, 1)
    table = first.table
    assert (table["conf_low"] <= table["conf_high"]).all()
    assert (table["rank_low"] <= table["rank_high"]).all()
    assert first.dominance["reproducibility"].between(0, 1).all()


def test_order_of_terms_does_not_matter(clusters: Survey) -> None:
    one = clusters.importance("wide ~ ell + meals + stype", intervals="none").table.set_index("term")
    two = clusters.importance("wide ~ stype + meals + ell", intervals="none").table.set_index("term")
    compare(one["share"], two["share"], 1e-11, "shares")


def test_a_separated_replicate_still_has_a_likelihood() -> None:
    """Some replicates have nobody of the rare level, or nobody of it with the outcome."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"c": np.repeat(np.arange(15), 12), "x": rng.normal(size=180), "w": 1.0})
    frame["y"] = (frame["x"] + rng.normal(size=180) > 0).astype(int)
    frame["rare"] = np.where((frame["c"] < 2) & (frame.index % 12 < 3), "yes", "no")
    frame.loc[frame["rare"] == "yes", "y"] = [1, 1, 1, 1, 1, 0]
    found = Survey(frame, weight="w", psu="c").importance("y ~ x + rare", n=100, seed=1)
    assert np.isfinite(found.table.select_dtypes("number").to_numpy()).all()


def test_importance_shows_itself(clusters: Survey) -> None:
    found = clusters.importance("wide ~ ell + meals", n=20, seed=1)
    assert "nagelkerke" in repr(found)
    assert "20 bootstrap replicates. Association, not effect." in repr(found)
    assert "<table" in found._repr_html_()
    assert found.to_frame() is not found.table


FORMULA = "wide ~ ell + meals + stype"


@pytest.mark.parametrize(
    ("formula", "options", "told"),
    [
        (FORMULA, {}, "need a seed"),
        (FORMULA, {"seed": 1, "n": 1}, "n = 1"),
        (FORMULA, {"intervals": "none", "seed": 1}, "none are asked for"),
        (FORMULA, {"intervals": "boot", "seed": 1}, 'intervals = "boot" is not known'),
        (FORMULA, {"measure": "r2", "intervals": "none"}, 'no measure "r2"'),
        (FORMULA, {"measure": "nagelkerk", "intervals": "none"}, 'no measure "nagelkerk"'),
        (FORMULA, {"family": "ordered_logit", "intervals": "none"}, "not offered"),
        (FORMULA, {"groups": {"a": []}, "intervals": "none"}, 'group "a" has no terms'),
        (FORMULA, {"groups": {"a": ["mealz"]}, "intervals": "none"}, 'no term "mealz"'),
        (FORMULA, {"groups": {"a": ["ell"], "b": ["ell"]}, "intervals": "none"}, "in two groups"),
        (FORMULA, {"groups": {"ell": ["meals"]}, "intervals": "none"}, "name of a term outside it"),
        ("wide ~ ell - 1", {"intervals": "none"}, "without an intercept"),
        ("wide ~ 1", {"intervals": "none"}, "no term"),
        ("wide ~ ell * meals", {"intervals": "none"}, "without its part"),
        ("wide ~ ell + offset(meals)", {"measure": "tjur", "intervals": "none"}, "offset"),
    ],
)
def test_importance_that_is_refused(
    clusters: Survey, formula: str, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        clusters.importance(formula, **options)


def test_too_many_terms_are_told_to_form_groups(clusters: Survey) -> None:
    rng = np.random.default_rng(1)
    more = {f"x{i}": rng.normal(size=len(clusters.frame)) for i in range(13)}
    wide = clusters.with_frame(clusters.frame.assign(**more))
    with pytest.raises(UsageError, match="13 terms and groups have 8,192 subsets") as told:
        wide.importance(f"api00 ~ {' + '.join(more)}", "linear", intervals="none")
    assert "groups=" in str(told.value.do)
    with pytest.raises(UsageError, match="JK1 replicates are no interval"):
        clusters.replicates("JK1").importance(FORMULA)
    with pytest.raises(UsageError, match="replicates already"):
        clusters.replicates("bootstrap", n=20, seed=1).importance(FORMULA, seed=2)


# ---------------------------------------------------------------------------------------- dominance
def test_dominance_of_a_game() -> None:
    """Three players: a adds 3, b 1, c nothing but together with b."""
    worth = np.array([0.0, 3, 1, 4, 0, 3, 2, 5])  # none, a, b, ab, c, ac, bc, abc
    compare(general_shares(worth), [3.0, 1.5, 0.5], 1e-12, "Shapley")
    assert complete_dominance(worth)[0].tolist() == [0.5, 1, 1]
    assert complete_dominance(worth)[1].tolist() == [0, 0.5, 1]
    assert conditional_dominance(worth)[2].tolist() == [0, 0, 0.5]
    assert general_dominance(worth)[0].tolist() == [0.5, 1, 1]
    assert ranks(np.array([0.2, 0.5, 0.2])).tolist() == [2, 1, 2]
    level = np.array([0.0, 1, 1, 2])
    assert (complete_dominance(level) == 0.5).all()


def test_undecided_dominance() -> None:
    """a is better alone, b beside c: neither dominates completely."""
    worth = np.array([0.0, 2, 1, 2, 0, 2, 3, 3])
    assert complete_dominance(worth)[0, 1] == 0.5
    assert general_dominance(worth)[0, 1] in (0.0, 0.5, 1.0)


# ----------------------------------------------------------------------------------- several outcomes
def test_models_are_those_of_single_outcomes(workers: Survey) -> None:
    answered = workers.frame["lik2"].notna()
    frame = workers.frame.assign(high=(workers.frame["lik2"] >= 4).where(answered).astype(float))
    s = workers.with_frame(frame)
    found = s.regress_each(["rule", "high"], ["tekanan", "sex"], tolerance=1e-14)
    for outcome in ("rule", "high"):
        single = s.regress(f"{outcome} ~ tekanan + sex", tolerance=1e-14)
        compare(found[outcome].coefficients, single.coefficients, 1e-9, outcome)
        compare(found[outcome].covariance, single.covariance, 1e-9, outcome)
        assert (found[outcome].n, found[outcome].df) == (single.n, single.df)
    assert found["rule"].n > found["high"].n
    p = len(found["rule"].names)
    compare(found.covariance[:p, :p], found["rule"].covariance, 1e-9, "block of the covariance")
    compare(found.covariance, found.covariance.T, 1e-12, "symmetric")
    assert found.names[p] == "high: (Intercept)"


def test_the_covariance_across_linear_models_is_that_of_their_difference(clusters: Survey) -> None:
    """b(y1) - b(y2) = b(y1 - y2) of linear models, and so their variances."""
    s = clusters.with_frame(clusters.frame.assign(gain=clusters.frame["api00"] - clusters.frame["api99"]))
    both = s.regress_each(["api00", "api99"], ["ell", "meals"], "linear")
    one = s.regress("gain ~ ell + meals", "linear")
    p = len(one.names)
    contrast = np.hstack([np.eye(p), -np.eye(p)])
    compare(contrast @ both.coefficients.to_numpy(), one.coefficients.to_numpy(), 1e-8, "coefficients")
    compare(contrast @ both.covariance @ contrast.T, one.covariance, 1e-8, "covariance", atol=1e-9)
    jackknife = s.replicates("JK1")
    both, one = (
        jackknife.regress_each(["api00", "api99"], ["ell", "meals"], "linear"),
        jackknife.regress("gain ~ ell + meals", "linear"),
    )
    compare(contrast @ both.covariance @ contrast.T, one.covariance, 1e-8, "jackknife", atol=1e-9)


def test_joint_tests_say_when_there_is_none(clusters: Survey) -> None:
    s = clusters.with_frame(clusters.frame.assign(same=2 * clusters.frame["api00"]))
    tests = s.regress_each(["api00", "same"], ["ell"], "linear").tests.set_index("outcome")
    assert tests.loc["(all outcomes)", "flag"] == "singular"
    assert np.isnan(tests.loc["(all outcomes)", "p_value"])
    assert tests.loc["api00", "flag"] == ""
    many = s.with_frame(s.frame.assign(**{f"y{i}": s.frame["api00"] ** (i / 3) for i in range(1, 8)}))
    tests = many.regress_each([f"y{i}" for i in range(1, 8)], ["stype"], "linear").tests
    assert tests.set_index("outcome").loc["(all outcomes)", "flag"] == "few_df"


def test_several_outcomes_show_themselves(clusters: Survey) -> None:
    found = clusters.regress_each(["wide", "award"], ["ell", "stype"])
    assert "2 outcomes on the same terms (logit)" in repr(found)
    assert "Association, not effect." in repr(found)
    assert found._repr_html_().count("<table") == 2
    assert found.to_frame()["outcome"].unique().tolist() == ["wide", "award"]
    tests = found.tests[found.tests["outcome"] != "(all outcomes)"]
    smallest = tests.groupby("variable")["p_value"].min()
    adjusted = tests.groupby("variable")["p_adjusted"].min()
    compare(adjusted, np.minimum(2 * smallest, 1), 1e-12, "Holm of two")


@pytest.mark.parametrize(
    ("outcomes", "terms", "options", "told"),
    [
        ("wide", ["ell"], {}, "1 outcome is no several"),
        (["wide", "wide"], ["ell"], {}, "more than once"),
        (["wide", "award"], [], {}, "no term was named"),
        (["wide", "award"], ["award"], {}, "an outcome and a term"),
        (["wide", "award"], ["ell"], {"adjust": "holms"}, "adjust"),
        (["wide", "award"], ["ell"], {"family": "multinomial"}, "not offered"),
        (["wide", "award"], ["ell - 1"], {}, "holds no term"),
    ],
)
def test_several_outcomes_that_are_refused(
    clusters: Survey, outcomes: Any, terms: list[str], options: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        clusters.regress_each(outcomes, terms, **options)


def test_several_outcomes_of_data_that_do_not_serve(clusters: Survey) -> None:
    with pytest.raises(NetralstatError, match="awrd"):
        clusters.regress_each(["wide", "awrd"], ["ell"])
    with pytest.raises(EstimationError, match="outcome of 0 and 1"):
        clusters.regress_each(["wide", "api00"], ["ell"])
    with pytest.raises(UsageError, match='there is no outcome "wid"'):
        clusters.regress_each(["wide", "award"], ["ell"])["wid"]


# ------------------------------------------------------------------------------------------- marker
def test_a_marker_that_goes_with_nothing_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"a": rng.normal(size=400)})
    frame["b"] = frame["a"] + rng.normal(size=400)
    frame["m"] = rng.normal(size=400)
    frame["m"] -= frame[["a", "b"]].to_numpy() @ np.linalg.lstsq(frame[["a", "b"]], frame["m"])[0]
    frame["m"] -= 0.01 * (frame["a"] + frame["b"])
    found = Survey(frame).marker_check(["a", "b"], "m")
    assert found.method == 0
    compare(found.table["estimate"], found.table["correlation"], 1e-15, "as before")
    assert (found.with_marker < 0).all()


def test_a_common_method_is_told() -> None:
    rng = np.random.default_rng(2)
    style = rng.normal(size=500)
    frame = pd.DataFrame({name: style + rng.normal(size=500) for name in "abm"})
    frame["m"] += 0.2 * style
    found = Survey(frame).marker_check(["a", "b"], "m", which="largest")
    assert found.table["flag"].tolist() == ["common_method"]
    assert "1 significant before and not after" in repr(found)
    assert "<table" in found._repr_html_()
    assert found.to_frame() is not found.table
    smallest, second, largest = (
        Survey(frame).marker_check(["a", "b"], "m", which=which).method  # type: ignore[arg-type]
        for which in ("smallest", "second_smallest", "largest")
    )
    assert smallest < second == largest


def correlations(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    s = np.cov(x, rowvar=False, aweights=w)
    return s / np.sqrt(np.outer(np.diag(s), np.diag(s)))


def test_the_error_of_a_marked_correlation_is_that_of_replicates() -> None:
    frame = data("asn_open").dropna(subset=["lik1", "lik2", "age"])
    s = Survey(frame, weight="w", psu=["prov", "kab"])
    found = s.marker_check(["lik1", "lik2"], "age", which="largest")
    assert found.method == found.with_marker["lik2"]
    linear = found.table.iloc[0]
    units, values = frame["prov"] + frame["kab"].astype(str), []
    answers, w = frame[["lik1", "lik2", "age"]].to_numpy(float), frame["w"].to_numpy()
    for unit in units.unique():
        rest = (units != unit).to_numpy()
        r = correlations(answers[rest], w[rest])
        values.append((r[0, 1] - r[1, 2]) / (1 - r[1, 2]))
    g = len(values)
    jackknife = np.sqrt((g - 1) / g * np.sum((np.array(values) - np.mean(values)) ** 2))
    compare(linear["std_error"], jackknife, 0.05, "jackknife of PSUs")


@pytest.mark.parametrize(
    ("items", "marker", "options", "error", "told"),
    [
        (["lik1", "lik2"], "lik1", {}, UsageError, "is one of the items"),
        (["lik1", "lik2"], "age", {"which": "mean"}, UsageError, 'which = "mean" is not known'),
        (["lik1", "lik2"], "age", {"level": 2}, UsageError, "level"),
        (["lik1"], "age", {}, EstimationError, "one item has no correlation"),
        (["lik1", "lik1"], "age", {}, EstimationError, "more than once"),
        (["lik1", "lik2"], "prov", {}, EstimationError, "holds text"),
        (["lik1", "lik2"], "agee", {}, NetralstatError, "agee"),
        (["lik1", "lik2"], "one", {}, EstimationError, "same answer"),
        (["lik1", "lik2"], "twice", {"which": "largest"}, EstimationError, "marker in other numbers"),
    ],
)
def test_markers_that_are_refused(
    items: list[str], marker: str, options: dict[str, Any], error: type[Exception], told: str
) -> None:
    frame = data("asn_open").assign(one=1.0, twice=lambda people: 2 * people["lik1"])
    with pytest.raises(error, match=told):
        Survey(frame).marker_check(items, marker, **options)
