"""Ranks: what holds for every ranking, what suppression and zero variances do, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.errors import EstimationError, UsageError
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.rank_pairs import pairs_apart
from netralstat.estimate.ranks import critical_value, kww_bounds, ranks


def made(values, std_error, covariance=None, **columns) -> Estimates:
    k = len(values)
    error = np.broadcast_to(np.asarray(std_error, dtype=float), (k,))
    table = pd.DataFrame(
        {
            "item": "asked",
            "level": "1",
            "area": [f"a{place}" for place in range(k)],
            **columns,
            "estimate": np.asarray(values, dtype=float),
            "std_error": error,
            "df": np.inf,
            "flag": "",
        }
    )
    return Estimates(
        table=table,
        covariance=np.diag(error**2) if covariance is None else covariance,
        statistic="prevalence",
        by=("area",),
    )


def test_places_far_apart_are_certain_and_equal_ones_open():
    found = ranks(made([0.1, 0.3, 0.2], 1e-4)).to_frame()
    assert found["area"].tolist() == ["a1", "a2", "a0"]
    assert found[["rank", "rank_low", "rank_high"]].to_numpy().tolist() == [[1] * 3, [2] * 3, [3] * 3]
    same = ranks(made([0.2, 0.2, 0.2], 0.01)).to_frame()
    assert same["rank"].tolist() == [1, 1, 1]
    assert same["rank_low"].tolist() == [1, 1, 1]
    assert same["rank_high"].tolist() == [3, 3, 3]


def test_lowest_first_turns_the_places_round():
    values = [0.1, 0.3, 0.2, 0.25]
    down, up = (ranks(made(values, 0.02), highest_first=first).to_frame() for first in (True, False))
    turned = up.set_index("area").loc[down["area"]]
    assert (5 - turned["rank"]).tolist() == down["rank"].tolist()
    assert (5 - turned["rank_high"]).tolist() == down["rank_low"].tolist()


@pytest.mark.parametrize("method", ["kww", "csranks"])
def test_sets_hold_their_rank_and_widen_with_the_level(method):
    values = np.linspace(0.1, 0.4, 12)
    narrow, wide = (ranks(made(values, 0.03), level=level, method=method).to_frame() for level in (0.5, 0.99))
    for table in (narrow, wide):
        assert (table["rank_low"] <= table["rank"]).all()
        assert (table["rank"] <= table["rank_high"]).all()
    assert (wide["rank_low"] <= narrow["rank_low"]).all()
    assert (wide["rank_high"] >= narrow["rank_high"]).all()


def test_all_ranks_are_covered_together_as_often_as_the_level_says():
    """400 draws of twelve areas: the joint set covers in 95 % of them, to within its Monte-Carlo error."""
    random = np.random.default_rng(7)
    truth, error = np.linspace(0.1, 0.3, 12), 0.02
    critical = critical_value(12, 0.95, np.inf, "independence")
    covered = 0
    for values in truth + error * random.standard_normal((400, 12)):
        low, high = kww_bounds(values, np.full(12, error), critical)
        covered += bool(((low <= np.arange(1, 13)) & (high >= np.arange(1, 13))).all())
    assert covered / 400 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 400)


def test_pairs_use_the_covariance():
    """Two estimates that move together differ surely although each is uncertain."""
    error = 0.02
    together = error**2 * np.array([[1, 0.999, 0], [0.999, 1, 0], [0, 0, 1.0]])
    values = [0.20, 0.21, 0.5]
    apart = ranks(made(values, error, together), method="csranks").to_frame()
    alone = ranks(made(values, error), method="csranks").to_frame()
    assert apart["rank_high"].tolist() == [1, 2, 3]
    assert alone["rank_high"].tolist() == [1, 3, 3]
    order = pairs_apart(np.array(values), together, level=0.95, df=np.inf, joint=True, draws=4000, seed=1)
    assert (order == -order.T).all()


def test_few_degrees_of_freedom_leave_more_places_open():
    values = np.linspace(0.1, 0.4, 8)
    for method in ("kww", "csranks"):
        many, few = (made(values, 0.03), made(values, 0.03))
        few.table["df"] = 3.0
        spans = [
            (table["rank_high"] - table["rank_low"]).sum()
            for table in (ranks(many, method=method).to_frame(), ranks(few, method=method).to_frame())
        ]
        assert spans[1] > spans[0]


def test_a_hidden_domain_is_not_ranked_and_one_without_variance_may_be_anywhere():
    found = ranks(made([0.1, np.nan, 0.0, 0.4], [0.01, np.nan, 0.0, 0.01])).to_frame().set_index("area")
    assert pd.isna(found.loc["a1", "rank"])
    assert found["flag"].to_dict() == {"a3": "", "a0": "", "a2": "no_variance", "a1": "not_ranked"}
    assert found["n_ranked"].tolist() == [3] * 4
    assert found.loc["a2", ["rank_low", "rank_high"]].tolist() == [1, 3]
    assert found.loc["a3", ["rank_low", "rank_high"]].tolist() == [1, 2]
    paired = ranks(made([0.1, 0.0, 0.4], [0.01, 0.0, 0.01]), method="csranks").to_frame().set_index("area")
    assert paired.loc["a2", ["rank_low", "rank_high"]].tolist() == [1, 2]


def test_one_ranking_for_each_item_of_a_survey():
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"area": random.choice(list("abcd"), 800)})
    frame["x"] = (random.random(800) < frame["area"].map({"a": 0.1, "b": 0.3, "c": 0.5, "d": 0.7})).astype(
        int
    )
    frame["y"] = 1 - frame["x"]
    found = Survey(frame).prevalence(["x", "y"], by="area").ranks("area")
    table = found.to_frame()
    assert table.groupby("item")["rank"].apply(list).to_dict() == {"x": [1, 2, 3, 4], "y": [1, 2, 3, 4]}
    assert table.loc[table["item"] == "x", "area"].tolist() == ["d", "c", "b", "a"]
    assert "Ranks by area (1 = highest), 95 % simultaneous sets (kww)" in repr(found)
    assert "<table" in found._repr_html_()
    with pytest.raises(EstimationError, match="these are 2 rankings"):
        found.plot()


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"method": "kwww"}, UsageError, r'"kwww" is not known.*Did you mean "kww"'),
        ({"adjust": "bonferoni"}, UsageError, r'Did you mean "bonferroni"'),
        ({"level": 1.0}, UsageError, "not between 0 and 1"),
        ({"method": "csranks", "draws": 10}, UsageError, "10 draws cannot tell"),
        ({"over": "province"}, UsageError, 'no domain "province"'),
    ],
)
def test_wrong_questions_are_named(asked, error, said):
    with pytest.raises(error, match=r"(?s)" + said):
        ranks(made([0.1, 0.2], 0.01), **asked)


def test_too_few_and_too_many_domains_are_named():
    with pytest.raises(EstimationError, match="1 of 2 levels of area have an estimate"):
        ranks(made([0.1, np.nan], 0.01))
    with pytest.raises(EstimationError, match="201 domains make 20,100 pairs"):
        ranks(made(np.linspace(0.1, 0.2, 201), 0.01), method="csranks")
