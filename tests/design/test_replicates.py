"""Replicate factors: what they are, what they do not depend on, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from design.replicate_samples import BOOTSTRAP, JKN, columns, factors, given, units
from golden.goldens import compare, data
from scipy import sparse
from scipy.linalg import hadamard

from netralstat import Survey
from netralstat.design.cells import compress
from netralstat.design.design import Design
from netralstat.design.influence import dense
from netralstat.design.replicates import factors as replicate_factors
from netralstat.design.replicates import multistage as replicate_stages
from netralstat.design.replicates.cells import ReplicatedCells, replicate_cells
from netralstat.design.replicates.columns import columns_df
from netralstat.design.replicates.plan import ReplicatePlan
from netralstat.design.replicates.replicates import given_replicates, make_replicates, weight_rank
from netralstat.design.replicates.variance import covariance_of, replicate_covariance
from netralstat.frames import open_table


# --------------------------------------------------------------------------------------- what they are
def test_the_jackknife_leaves_out_one_psu_at_a_time() -> None:
    made = make_replicates(units(3, 2), JKN)
    expected = [
        [0, 1.5, 1.5, 1, 1],
        [1.5, 0, 1.5, 1, 1],
        [1.5, 1.5, 0, 1, 1],
        [1, 1, 1, 0, 2],
        [1, 1, 1, 2, 0],
    ]
    np.testing.assert_allclose(factors(made, 5), expected, 0, 1e-15)
    np.testing.assert_allclose(made.rscales, [2 / 3] * 3 + [1 / 2] * 2, 1e-15)
    assert (made.scale, made.df, made.n) == (1.0, 3, 5)


def test_jk1_keeps_the_correction_in_its_scale_and_jkn_in_its_rscales() -> None:
    one = make_replicates(units(4, fpc=10), ReplicatePlan(kind="JK1"))
    many = make_replicates(units(4, fpc=10), JKN)
    assert one.scale == pytest.approx(0.6 * 3 / 4, rel=1e-15)
    np.testing.assert_array_equal(one.rscales, np.ones(4))
    np.testing.assert_allclose(many.rscales, 0.6 * 3 / 4, 1e-15)
    np.testing.assert_array_equal(factors(one, 4), factors(many, 4))


@pytest.mark.parametrize("fpc", [np.inf, 12.0])
def test_the_bootstrap_draws_one_psu_less_than_there_are(fpc: float) -> None:
    sample = units(4, 7, fpc=fpc)
    made = factors(make_replicates(sample, BOOTSTRAP), 11)
    for block, n in ((slice(0, 4), 4), (slice(4, 11), 7)):
        spread = np.sqrt(1 - n / fpc)
        drawn = ((made[:, block] - 1) / spread + 1) * (n - 1) / n
        np.testing.assert_allclose(drawn, drawn.round(), 0, 1e-12)
        np.testing.assert_allclose(drawn.sum(axis=1), n - 1, 1e-12)
        np.testing.assert_allclose(made[:, block].sum(axis=1), n, 1e-12)
    assert made.min() >= 0


def test_half_samples_are_balanced_by_sylvesters_matrix() -> None:
    made = make_replicates(units(2, 2, 2), ReplicatePlan(kind="Fay", rho=0.3))
    whole = factors(made, 6)
    np.testing.assert_allclose(whole[:, ::2], 1 + 0.7 * hadamard(4)[:, 1:], 1e-15)
    np.testing.assert_allclose(whole[:, 1::2], 1 - 0.7 * hadamard(4)[:, 1:], 1e-15)
    assert (made.n, made.df, made.scale) == (4, 3, 1 / (4 * 0.7**2))


@pytest.mark.parametrize(("strata", "order"), [(1, 2), (3, 4), (4, 8), (7, 8), (8, 16), (100, 128)])
def test_replicates_of_half_samples_are_fully_balanced(strata: int, order: int) -> None:
    made = make_replicates(units(*[2] * strata), ReplicatePlan(kind="BRR"))
    signs = factors(made, 2 * strata)[:, ::2] - 1
    assert made.n == order
    np.testing.assert_array_equal(signs.T @ signs, order * np.eye(strata))
    np.testing.assert_array_equal(signs.sum(axis=0), np.zeros(strata))


def test_multistage_factors_of_one_stage_are_rescaled_half_samples() -> None:
    # Preston (2009), eq. 2: 1 + λ (n/m k - 1), λ² = m (1 - f)/(n - m), with m = 3 of n = 7 of N = 14.
    plan = ReplicatePlan(kind="multistage", n=40, seed=5)
    made = factors(make_replicates(units(7, fpc=14), plan), 7)
    spread = np.sqrt(3 / 4 * 0.5)
    values = np.array([1 - spread, 1 + spread * (7 / 3 - 1)])
    np.testing.assert_allclose(np.unique(made.round(12)), values, 1e-11)
    np.testing.assert_array_equal((made > 1).sum(axis=1), np.full(40, 3))


def test_persons_who_are_alike_share_a_unit() -> None:
    # Ten persons, six of them alike: the same jackknife, the six with one replicate counted six times.
    apart, together = units(10), units(10, size=[6, 1, 1, 1, 1])
    whole, alike = make_replicates(apart, JKN), make_replicates(together, JKN)
    t = np.array([3.0] * 6 + [1.0, 7.0, 2.0, 5.0])[:, None]
    of_groups = np.concatenate([[t[:6].sum()], t[6:, 0]])[:, None]
    assert alike.counts.tolist() == [6, 1, 1, 1, 1]
    one, other = whole.totals(t), alike.totals(of_groups)
    np.testing.assert_allclose(one[[0, 6, 7, 8, 9]], other, 1e-14)
    full = t.sum(axis=0)
    np.testing.assert_allclose(covariance_of(one, full, whole), covariance_of(other, full, alike), 1e-13)


@pytest.mark.parametrize("persons", [(6, 1, 1, 1, 1), (400, 100, 300)])
def test_the_bootstrap_of_persons_who_are_alike_has_the_variance_of_persons(persons: tuple[int, ...]) -> None:
    # V of a total is n/(n - 1) Σ (t - t̄)²; 20,000 replicates know a variance to 1 % (two of them: 3 %).
    n = sum(persons)
    value = np.arange(len(persons)) + 1.0
    made = make_replicates(units(n, size=list(persons)), ReplicatePlan(kind="bootstrap", n=20_000, seed=8))
    found = made.totals((value * persons)[:, None])[:, 0].var(ddof=1)
    each = np.repeat(value, persons)
    assert found == pytest.approx(n * each.var(ddof=1), rel=0.03)


# -------------------------------------------------------------------------- what they do not depend on
@pytest.mark.parametrize("kind", ["bootstrap", "multistage"])
def test_factors_do_not_depend_on_block_sizes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = units(5, 1, 40, 2, 3, fpc=1000)
    plan = ReplicatePlan(kind=kind, n=37, seed=11)  # type: ignore[arg-type]
    made = make_replicates(sample, plan, lonely_psu="certainty")
    whole = factors(made, 51)
    parts = [made.factors.changes(sparse.csr_array(sparse.eye_array(51)), a, a + 1) for a in range(37)]
    np.testing.assert_array_equal(1 + np.concatenate(parts), whole)
    for block, cache in ((8 * 40, 64), (8 * 37 * 45, 1000)):
        monkeypatch.setattr(replicate_factors, "BLOCK_BYTES", block)
        monkeypatch.setattr(replicate_factors, "CACHE_BYTES", cache)
        monkeypatch.setattr(replicate_stages, "BLOCK_BYTES", block)
        np.testing.assert_array_equal(factors(made, 51), whole)


@pytest.mark.parametrize("psu", [("psu",), ()])
@pytest.mark.parametrize("kind", ["JKn", "bootstrap"])
def test_factors_do_not_depend_on_the_order_of_rows(kind: str, psu: tuple[str, ...]) -> None:
    rows = data("apistrat").assign(psu=lambda f: f.index % 9, y=lambda f: f["awards"] == "Yes")
    plan = ReplicatePlan(kind=kind, **({"n": 30, "seed": 2} if kind == "bootstrap" else {}))  # type: ignore[arg-type]
    design = Design(weight="pw", stratum=("stype",), psu=psu)

    def replicated(frame: pd.DataFrame) -> np.ndarray:
        cells = compress(frame, design, keys=["y", "comp_imp", "pw"])
        made = replicate_cells(cells, plan)
        yes = cells.w_sum * (cells.key("y").codes == cells.key("y").levels.index(True))
        changes = made.changes(sparse.csr_array(yes[:, None]), 0, made.replicates.n)[:, 0]
        return np.sort(changes) if kind == "JKn" else changes

    np.testing.assert_allclose(replicated(rows.sample(frac=1, random_state=1)), replicated(rows), 1e-9, 1e-9)


def test_another_seed_draws_others() -> None:
    one, other = (make_replicates(units(9), ReplicatePlan(kind="bootstrap", n=5, seed=s)) for s in (1, 2))
    assert not np.array_equal(factors(one, 9), factors(other, 9))


# -------------------------------------------------------------------------- lonely and complete strata
LONELY = {
    # SE of the means of y and x and of the total of y; df; number of replicates; scale.
    # as.svrepdesign(svydesign(~psu, strata = ~h, weights = ~w, data = lonely), "JKn"), R 4.2.2, survey 4.1-1.
    "remove": ([0.0530231950738085, 1.3631176214190552, 55.1390611696161130], 14, 20, 1.0),
    "certainty": ([0.0530231950738085, 1.3631176214190552, 55.1390611696161130], 14, 20, 1.0),
    "adjust": ([0.05325323093062, 1.36317788804990, 72.65366826741463], 16, 22, 1.0),
    "average": ([0.0556111961516623, 1.4296498224409562, 57.8303352344886008], 14, 20, 1.1),
}


@pytest.mark.golden
@pytest.mark.parametrize("rule", LONELY)
def test_a_jackknife_with_lonely_psus_is_rs(rule: str) -> None:
    expected, df, n, scale = LONELY[rule]
    survey = Survey(data("lonely"), "w", "h", "psu", lonely_psu=rule).replicates("JKn")  # type: ignore[arg-type]
    means, total = survey.mean(["y", "x"]), survey.total("y")
    found = [*means.table["std_error"], *total.table["std_error"]]
    compare(found, expected, 1e-10, rule)
    told = means.provenance["replicates"]
    assert (told["df"], told["n"]) == (df, n)
    assert told["scale"] == pytest.approx(scale, rel=1e-15)


def test_a_certainty_psu_is_not_lonely_under_average() -> None:
    # With fpc = ~N stratum 8 is complete. R counts its PSU among those to be made up for: 52.7776 (4.1-1).
    total = Survey(data("lonely"), "w", "h", "psu", "N", "average").replicates("JKn").total("y")
    found = total.table["std_error"][0]
    assert total.provenance["replicates"]["scale"] == pytest.approx(22 / 21, rel=1e-15)
    compare(found, 51.5057, 1e-6, "standard error")
    compare(found * np.sqrt(21 / 20), 52.7775943502543612, 1e-10, "R's")


def test_a_complete_stratum_is_not_replicated() -> None:
    # as.svrepdesign("JKn") of apistrat with fpc = 50 in H: 150 replicates, 148 df, SE 9.231097 (4.1-1).
    rows = data("apistrat").assign(N=lambda f: f["fpc"].where(f["stype"] != "H", 50))
    mean = Survey(rows, "pw", "stype", None, "N").replicates("JKn").mean("api00")
    compare(mean.table["std_error"][0], 9.231097, 1e-6, "standard error")
    told = mean.provenance["replicates"]
    assert (told["df"], told["n"]) == (148, 150)


@pytest.mark.golden
def test_a_share_that_one_replicate_has_not() -> None:
    rows = data("apiclus1").assign(high=lambda f: ((f["dnum"] == 637) & (f["api00"] > 600)).astype(int))
    share = Survey(rows, "pw", None, "dnum").replicates("JK1").prevalence("high").table.iloc[0]
    compare(share[["estimate", "std_error"]].tolist(), [10 / 183, 0.056930978], 1e-8, "R's share")
    compare(share[["conf_low", "conf_high"]].tolist(), [0.0054, 0.3806], 2e-3, "interval")
    assert share["flag"] == "boundary_replicates"


def test_collapsed_strata_are_left_out_and_drawn_as_one() -> None:
    survey = Survey(data("lonely"), "w", "h", "psu", lonely_psu="collapse")
    told = survey.replicates("JKn").mean("y").provenance["replicates"]
    assert (told["n"], told["df"]) == (22, 15)  # strata 7 and 8 have become one of two PSUs


# ------------------------------------------------------------------------------------------ two stages
def test_multistage_replicates_have_the_variance_of_both_stages() -> None:
    # Totals are linear; a mean over half-samples of districts, whose weights vary, is not. 4,000: 1.1 %.
    survey = Survey(data("apiclus2"), "pw", None, "dnum", ("fpc1", "fpc2"), ssu="snum")
    total = survey.replicates("multistage", n=4000, seed=1).total("api00")
    expected = survey.total("api00").table["std_error"][0]
    assert total.table["std_error"][0] == pytest.approx(expected, rel=0.033)
    told = total.provenance["replicates"]
    assert (told["df"], told["n"]) == (39, 4000)
    cells = compress(survey.frame, survey.design, keys=["api00"])
    made = replicate_cells(cells, ReplicatePlan(kind="multistage", n=4000, seed=1))
    whole = 1 + made.changes(sparse.csr_array(sparse.eye_array(cells.n_cells)), 0, 4000)
    assert whole.min() == pytest.approx(0.026778626683772, rel=1e-12)  # R's smallest factor, too


# --------------------------------------------------------------------------------------------- columns
def test_weights_and_factors_in_columns_are_the_same_replicates() -> None:
    frame = columns()
    w = frame["w"].to_numpy()
    weights = frame.filter(like="f").to_numpy() * w[:, None]
    made = given_replicates(weights, w, given(combined=True), 5)
    np.testing.assert_allclose(factors(made, 12), frame.filter(like="f").to_numpy().T, 1e-14)
    assert columns_df(open_table(frame), given()) == 5
    assert weight_rank(weights) == 6


@pytest.mark.parametrize(
    ("kind", "more", "scale"),
    [
        ("BRR", {}, 1 / 6),
        ("Fay", {"rho": 0.5}, 4 / 6),
        ("bootstrap", {}, 1 / 5),
        ("bootstrap", {"scale": 0.1}, 0.1),
        ("ACS", {}, 4 / 6),
        ("JK2", {}, 1.0),
        ("JK1", {"scale": 0.5}, 0.5),
        ("JKn", {"rscales": (0.9,) * 6}, 1.0),
        ("given", {"scale": 2.0}, 2.0),
    ],
)
def test_each_kind_of_columns_has_its_scale(kind: str, more: dict, scale: float) -> None:
    plan = ReplicatePlan(kind=kind, columns=tuple("abcdef"), **more)  # type: ignore[arg-type]
    made = given_replicates(np.ones((3, 6)), np.ones(3), plan, 5)
    assert made.scale == pytest.approx(scale, rel=1e-15)
    np.testing.assert_array_equal(made.rscales, more.get("rscales", (1.0,) * 6))


def test_a_replicate_without_anybody_is_counted_and_adds_nothing() -> None:
    made = make_replicates(units(4), ReplicatePlan(kind="JK1"))
    cells = ReplicatedCells(replicates=made, unit=np.arange(4), n_units=4)
    x = np.array([[1.0, 0.5], [0.0, 0.5], [0.0, 0.0], [0.0, 0.0]])
    y = np.array([[0.0, 0.1], [0.0, -0.1], [0.0, 0.0], [0.0, 0.0]])
    found = replicate_covariance([dense(y)], cells, [dense(x)], share=np.array([1.0, 0.6]))
    assert found.undefined.tolist() == [1.0, 0.0]
    assert found.matrix[0].tolist() == [0.0, 0.0]
    assert found.matrix[1, 1] > 0
    assert found.logit_error is not None
    assert found.logit_error[1] > 0


def test_replicates_say_what_they_are() -> None:
    assert repr(make_replicates(units(3, 2), JKN)) == (
        "Replicates(JKn(): 5 replicates about their mean, scale 1, rscales 0.5 to 0.666667, 3 df)"
    )
    assert repr(make_replicates(units(9), ReplicatePlan(kind="bootstrap", n=50, seed=4, mse=True))) == (
        "Replicates(bootstrap(n=50, seed=4, mse=True): 50 replicates about the full sample, scale 0.0204082, "
        "rscales 1, 8 df)"
    )
    assert repr(given()) == "given(scale=0.5, columns=6)"
