"""Two-way tables: identities, the textbook's sums row by row, edges, and every error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from identity.samples import KINDS, Sample, draw, textbook_covariance
from scipy import stats

from netralstat import Survey
from netralstat.errors import DesignError, EstimationError, UsageError
from netralstat.estimate.quadratic_forms import exact_tail, saddlepoint_tail, satterthwaite_tail


@pytest.fixture(scope="module")
def sample() -> Sample:
    return draw("stratified clusters", fpc=True, missing=True, seed=4)


def people(counts: list[list[int]]) -> pd.DataFrame:
    """One row a person, from the counts of a table."""
    cells = [(f"a{i}", f"b{j}") for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)]
    return pd.DataFrame(cells, columns=["a", "b"])


def textbook(sample: Sample, inside: np.ndarray) -> dict[str, float]:
    """F and Wald's F by rows, with the contrasts that leave out the first row and column of the table."""
    frame = sample.frame
    w = frame["w"].to_numpy() * inside * frame["g"].notna().to_numpy()
    rows, columns = sorted(frame["g"].dropna().unique()), sorted(frame["e"].unique())
    is_a = np.array([frame["g"] == a for a in rows], dtype=float).T
    is_b = np.array([frame["e"] == b for b in columns], dtype=float).T
    is_ab = np.array([x * y for x in is_a.T for y in is_b.T]).T
    p = w @ is_ab / w.sum()
    p_a, p_b, n = w @ is_a / w.sum(), w @ is_b / w.sum(), (w > 0).sum()
    e = np.outer(p_a, p_b).ravel()
    V = textbook_covariance(sample, w[:, None] * (is_ab - p) / w.sum())
    kept = [i * len(columns) + j for i in range(1, len(rows)) for j in range(1, len(columns))]
    design = np.array([np.concatenate([a, b]) for a in np.eye(len(rows)) for b in np.eye(len(columns))])
    C = np.eye(len(p))[:, kept]
    C = C - design @ np.linalg.lstsq(design, C, rcond=None)[0]
    D = np.diag(1 / p)
    delta = np.linalg.solve(C.T @ D @ C / n, C.T @ D @ V @ D @ C)
    at_a, at_b = np.repeat(np.arange(len(rows)), len(columns)), np.tile(np.arange(len(columns)), len(rows))
    u = is_ab - is_a[:, at_a] * p_b[at_b] - is_b[:, at_b] * p_a[at_a] + e
    Y, V_Y = (p - e)[kept], textbook_covariance(sample, w[:, None] * u / w.sum())[np.ix_(kept, kept)]
    return {
        "F": n * ((p - e) ** 2 / e).sum() / np.trace(delta),
        "d0": np.trace(delta) ** 2 / np.trace(delta @ delta),
        "wald": Y @ np.linalg.solve(V_Y, Y) / len(kept),
    }


@pytest.mark.parametrize(("kind", "where"), list(zip(KINDS, [None, {"d": "north"}] * 2, strict=True)))
def test_the_textbook_by_rows(kind, where):
    sample = draw(kind, fpc=True, missing=True, seed=11)
    inside = np.ones(len(sample.frame)) if where is None else (sample.frame["d"] == "north").to_numpy(float)
    expected = textbook(sample, inside)
    survey = sample.survey()
    rao_scott, wald = (survey.crosstab("g", "e", where, test=test).test for test in ("F", "wald"))
    nu = survey.mean("x").table["df"][0]
    assert rao_scott.statistic == pytest.approx(expected["F"], rel=1e-10)
    assert rao_scott.df == pytest.approx((expected["d0"], expected["d0"] * nu), rel=1e-10)
    assert wald.statistic == pytest.approx(expected["wald"], rel=1e-9)
    assert wald.df == (2, nu)


@pytest.mark.parametrize("counts", [[[12, 30], [25, 18]], [[5, 9, 20], [14, 7, 3], [8, 8, 8]]])
def test_first_order_is_pearson_in_a_simple_random_sample(counts):
    found = Survey(people(counts)).crosstab("a", "b", test="chisq").test
    pearson = stats.chi2_contingency(counts, correction=False)
    n = np.sum(counts)
    assert found.statistic == pytest.approx(pearson.statistic, rel=1e-12)
    corrected = found.statistic / np.mean(found.design_effects)
    assert corrected == pytest.approx(pearson.statistic * (n - 1) / n, rel=1e-12)
    assert found.p_value == pytest.approx(stats.chi2.sf(corrected, pearson.dof), rel=1e-12)
    assert found.df == (pearson.dof, np.inf)


def test_the_table_is_the_prevalence_of_the_crossed_item(sample):
    frame = sample.frame
    crossed = (frame["g"] + "/" + frame["e"]).where(frame["g"].notna())
    shares = sample.survey(frame.assign(both=crossed)).prevalence("both")
    table = sample.survey().crosstab("g", "e")
    columns = ["estimate", "std_error", "conf_low", "conf_high", "df", "n", "n_yes", "n_eff", "deff"]
    np.testing.assert_allclose(table.to_frame()[columns], shares.to_frame()[columns], rtol=1e-10)
    np.testing.assert_allclose(table.covariance, shares.covariance, rtol=1e-9, atol=1e-16)


def test_shares_add_to_one_and_their_covariance_to_zero(sample):
    table = sample.survey().crosstab("g", "e")
    assert table.to_frame()["estimate"].sum() == pytest.approx(1, abs=1e-14)
    np.testing.assert_allclose(table.covariance.sum(axis=0), 0, atol=1e-15)


def test_counts_and_shares(sample):
    frame = sample.frame.dropna(subset=["g"])
    table = sample.survey().crosstab("g", "e")
    expected = frame.pivot_table(index="g", columns="e", values="w", aggfunc="sum")
    pd.testing.assert_frame_equal(
        table.counts, expected, check_index_type=False, check_column_type=False, check_names=True
    )
    long = table.to_frame()
    np.testing.assert_allclose(
        long["row_share"], (expected.div(expected.sum(axis=1), axis=0)).to_numpy().ravel()
    )
    np.testing.assert_allclose(long["column_share"], (expected / expected.sum()).to_numpy().ravel())


@pytest.mark.parametrize("test", ["F", "adj_wald", "lincom"])
def test_what_does_not_matter(sample, test):
    plain = sample.survey().crosstab("g", "e", test=test)
    told = (plain.test.statistic, plain.test.p_value, *plain.test.df)
    swapped = sample.survey().crosstab("e", "g", test=test)
    heavier = sample.survey(sample.frame.assign(w=sample.frame["w"] * 37.5)).crosstab("g", "e", test=test)
    shuffled = sample.survey(sample.frame.sample(frac=1, random_state=3)).crosstab("g", "e", test=test)
    for other in (swapped, heavier, shuffled):
        assert (other.test.statistic, other.test.p_value, *other.test.df) == pytest.approx(told, rel=1e-9)
    np.testing.assert_allclose(heavier.counts, plain.counts * 37.5)
    np.testing.assert_allclose(swapped.counts.T, plain.counts)


def test_missing_answers_leave_and_are_counted(sample):
    table = sample.survey().crosstab("g", "e")
    answered = int(sample.frame["g"].notna().sum())
    assert 0 < table.n_missing == len(sample.frame) - answered
    assert table.n == answered
    assert (table.to_frame()["n"] == answered).all()
    assert table.to_frame()["n_yes"].sum() == answered
    assert f"n = {answered}, {table.n_missing} left out" in repr(table)


def test_degrees_of_freedom_of_the_domain(sample):
    first = sample.frame.groupby("stratum")["cluster"].transform("min")
    part = sample.frame.assign(part=np.where(sample.frame["cluster"] <= first + 1, "in", "out"))
    survey, where = sample.survey(part), {"part": "in"}
    reached = survey.mean("x", where=where, df="domain").table["df"][0]
    own = survey.crosstab("d", "e", where, df="domain")
    assert own.test.df == pytest.approx((1, reached))
    assert survey.crosstab("d", "e", where).test.df[1] > reached
    assert (own.to_frame()["df"] == reached).all()


def test_level_changes_the_interval_alone(sample):
    wide, narrow = (sample.survey().crosstab("g", "e", level=level) for level in (0.95, 0.8))
    assert (wide.to_frame()["conf_high"] > narrow.to_frame()["conf_high"]).all()
    assert wide.test == narrow.test


def test_an_empty_cell():
    """It has a share of 0 with a width, adds to Pearson's statistic, and takes no interaction away."""
    counts = [[11, 74, 15, 0], [3, 6, 19, 22], [1, 14, 32, 3]]
    table = Survey(people(counts)).crosstab("a", "b", test="chisq")
    row = table.to_frame().iloc[3]
    assert (row["estimate"], row["std_error"], row["n_yes"], row["flag"]) == (0, 0, 0, "boundary")
    assert 0 < row["conf_high"] < 0.03
    pearson = stats.chi2_contingency(counts, correction=False)
    assert table.test.statistic == pytest.approx(pearson.statistic, rel=1e-12)
    assert len(table.test.design_effects) == pearson.dof


@pytest.mark.parametrize("test", ["F", "wald"])
def test_a_level_that_nobody_has_is_shown_and_not_tested(test):
    frame = people([[12, 30], [25, 18]])
    declared = frame.assign(a=pd.Categorical(frame["a"], categories=["a0", "nobody", "a1"]))
    table = Survey(declared).crosstab("a", "b", test=test)
    assert table.counts.loc["nobody"].tolist() == [0, 0]
    empty = table.to_frame()[lambda t: t["a"] == "nobody"]
    assert (empty["flag"] == "empty_margin").all()
    assert empty["row_share"].isna().all()
    assert table.test == Survey(frame).crosstab("a", "b", test=test).test


def test_calibrated_to_both_margins_only_the_association_varies(sample):
    frame = sample.frame.dropna(subset=["g"])
    targets = {name: (frame.groupby(name)["w"].sum() * 2).to_dict() for name in ("d", "e")}
    table = sample.survey().calibrate(targets).crosstab("d", "e")
    np.testing.assert_allclose(table.counts.sum(axis=1), list(targets["d"].values()), rtol=1e-9)
    assert table.to_frame()["std_error"].to_numpy() == pytest.approx([table.to_frame()["std_error"][0]] * 4)


def test_print_and_html(sample):
    table = sample.survey().crosstab("g", "e")
    assert "Rao–Scott, second order" in repr(table)
    assert table._repr_html_().count("<tr") == 7
    copy = table.to_frame()
    copy.loc[0, "estimate"] = 9.0
    assert table.to_frame()["estimate"][0] < 1


@pytest.mark.parametrize("df", [1.0, 2.5, 14.0, 371.37])
@pytest.mark.parametrize("x", [1e-6, 0.5, 2.0, 30.0, 900.0])
def test_equal_weights_have_an_f_tail(x, df):
    weights = np.full(3, 1.7)
    expected = stats.f.sf(x / 5.1, 3, df)
    assert exact_tail(x, weights, df) == pytest.approx(expected, rel=1e-11)
    assert satterthwaite_tail(x, weights, df) == pytest.approx(expected, rel=1e-12)
    if df > 2:
        assert saddlepoint_tail(x, weights, df) == pytest.approx(expected, rel=0.12)


def test_unequal_weights_against_a_closed_form():
    """A pair of weights is an exponential, whose sums have a tail of exponentials; averaged over χ²_ν."""
    pairs, x, df = np.array([3.0, 1.0, 0.2]), 15.0, 9.0
    expected = sum(
        np.prod([own / (own - other) for other in pairs if other != own]) * (1 + x / (df * own)) ** (-df / 2)
        for own in pairs
    )
    weights = np.repeat(pairs, 2)
    assert exact_tail(x, weights, df) == pytest.approx(expected, rel=1e-12)
    assert saddlepoint_tail(x, weights, df) == pytest.approx(expected, rel=0.1)
    assert satterthwaite_tail(x, weights, df) == pytest.approx(expected, rel=0.1)


def test_saddlepoint_is_smooth_at_the_mean():
    weights = np.array([2.0, 1.0])
    below, at, above = (saddlepoint_tail(3.0 + step, weights, 20.0) for step in (-1e-4, 0, 1e-4))
    assert below > at > above
    assert at == pytest.approx((below + above) / 2, rel=1e-6)


@pytest.mark.parametrize("test", ["wald", "lincom", "saddlepoint"])
def test_independent_items_have_a_p_of_one(test):
    found = Survey(people([[10, 20], [20, 40]])).crosstab("a", "b", test=test).test
    assert found.statistic == pytest.approx(0, abs=1e-25)
    assert found.p_value == pytest.approx(1, abs=1e-9)


TABLE = people([[12, 30, 4], [25, 18, 9]])


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: Survey(TABLE).crosstab("a", "b", test="adjwald"), UsageError, 'Did you mean "adj_wald"'),
        (lambda: Survey(TABLE).crosstab("a", "a"), UsageError, 'a table of "a" by itself'),
        (lambda: Survey(TABLE).crosstab(["a"], "b"), UsageError, "one item down and one across"),
        (
            lambda: Survey(TABLE.assign(flag=1)).crosstab("a", "flag"),
            UsageError,
            "column that tables bear",
        ),
        (lambda: Survey(TABLE).crosstab("a", "b", level=95), UsageError, "outside"),
        (lambda: Survey(TABLE).crosstab("a", "c"), DesignError, 'no column "c"'),
        (lambda: Survey(TABLE).crosstab("a", "b", {"b": "b7"}), EstimationError, 'has no level "b7"'),
        (lambda: Survey(TABLE).crosstab("a", "b", {"b": "b1"}), EstimationError, 'one level of "b"'),
        (
            lambda: Survey(TABLE.assign(c=range(98))).crosstab("a", "b", {"c": []}),
            EstimationError,
            "no respondents",
        ),
        (lambda: Survey(TABLE.assign(c=np.nan)).crosstab("a", "c"), EstimationError, "nobody"),
        (
            lambda: Survey(TABLE.assign(c=1)).crosstab("a", "c"),
            EstimationError,
            "98 respondents of",
        ),
        (
            lambda: Survey(pd.DataFrame({"a": ["x", "y"] * 150, "id": range(300)})).crosstab("a", "id"),
            EstimationError,
            'item "id" has 300 levels',
        ),
        (
            lambda: Survey(people([[9, 0, 0], [0, 7, 0], [0, 0, 5], [3, 0, 0]])).crosstab("a", "b"),
            EstimationError,
            "8 of the 12 cells of the table are empty",
        ),
        (
            lambda: Survey(TABLE.assign(c=np.arange(98) // 49), psu="c").crosstab("a", "b", test="wald"),
            EstimationError,
            "has 2 contrasts, the design 1 degrees",
        ),
        (
            lambda: Survey(TABLE.assign(c=98), fpc="c").crosstab("a", "b"),
            EstimationError,
            "no sampling variance",
        ),
        (
            lambda: Survey(TABLE.assign(c=98), fpc="c").crosstab("a", "b", test="wald"),
            EstimationError,
            "has no inverse",
        ),
        (lambda: Survey(TABLE.assign(c=0), psu="c").crosstab("a", "b"), DesignError, "single PSU"),
        (
            lambda: Survey(TABLE.assign(c=0), psu="c", lonely_psu="remove").crosstab("a", "b"),
            EstimationError,
            "0 degrees of freedom",
        ),
    ],
)
def test_errors(call, error, told):
    with pytest.raises(error, match=told):
        call()
