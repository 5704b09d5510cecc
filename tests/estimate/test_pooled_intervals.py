"""The pooled interval: one design effect for the domains of a table, and what the edges do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from netralstat.errors import UsageError
from netralstat.estimate.intervals import design_effects, pooled, proportion_interval

P = np.array([0.1, 0.3, 0.25, 0.2])
N = np.array([50.0, 80.0, 40.0, 170.0])
SE = np.array([0.06, 0.05, 0.12, 0.035])
DF = np.full(4, 37.0)
GROUP = np.array([0, 0, 0, -1])  # three domains and the whole population


def wilson(p: float, n: float, t: float) -> tuple[float, float]:
    """Roots of n (p̂ - π)² = t² π (1 - π), a quadratic in π."""
    low, high = np.sort(np.roots([n + t**2, -(2 * n * p + t**2), n * p**2]))
    return float(low), float(high)


def test_wilson_with_the_design_effect_of_all_domains() -> None:
    found = pooled(P, SE, N, DF, GROUP)
    deff = (SE[:3] ** 2).sum() / (P[:3] * (1 - P[:3]) / N[:3]).sum()
    own = SE[3] ** 2 / (P[3] * (1 - P[3]) / N[3])
    assert found.deff is not None
    assert found.deff == pytest.approx([deff, deff, deff, own], rel=1e-13)
    t = stats.t.ppf(0.975, 37)
    for i, effect in enumerate([deff, deff, deff, own]):
        assert (found.low[i], found.high[i]) == pytest.approx(wilson(P[i], N[i] / effect, t), rel=1e-12)


def test_the_whole_population_leaves_the_domains_as_they_are() -> None:
    found = pooled(P, SE, N, DF, GROUP)
    changed = pooled(P, SE * [1, 1, 1, 3], N, DF, GROUP)
    assert (found.low[:3] == changed.low[:3]).all()
    assert changed.high[3] > found.high[3]


def test_a_group_of_one_is_wilson() -> None:
    found = pooled(P, SE, N, DF, np.arange(4))
    wanted = proportion_interval(P, SE, N, DF, method="wilson")
    assert found.low == pytest.approx(wanted.low, rel=1e-12)
    assert found.high == pytest.approx(wanted.high, rel=1e-12)


def test_items_and_levels_do_not_share_their_design_effects() -> None:
    both = pooled(*(np.tile(x, 2) for x in (P, SE, N, DF)), np.r_[GROUP, np.where(GROUP < 0, -1, 1)])
    once = pooled(P, SE, N, DF, GROUP)
    assert both.high == pytest.approx(np.tile(once.high, 2), rel=1e-14)


@pytest.mark.parametrize("edge", [0.0, 1.0])
def test_a_domain_at_the_edge_has_the_design_effect_of_the_others(edge: float) -> None:
    p, se = np.r_[P[:3], edge], np.r_[SE[:3], 0.0]
    found = pooled(p, se, N, DF, np.zeros(4, dtype=int))
    deff = (SE[:3] ** 2).sum() / (P[:3] * (1 - P[:3]) / N[:3]).sum()
    assert found.boundary.tolist() == [False, False, False, True]
    n_eff, t = N[3] / deff, stats.t.ppf(0.975, 37)
    reach = t**2 / (n_eff + t**2)
    wanted = (0.0, reach) if edge == 0 else (1 - reach, 1.0)
    assert (found.low[3], found.high[3]) == pytest.approx(wanted, rel=1e-12)


def test_a_table_of_nothing_but_edges_counts_respondents() -> None:
    found = pooled(np.array([0.0, 1.0]), np.zeros(2), np.array([60.0, 60.0]), DF[:2], np.zeros(2, dtype=int))
    t = stats.t.ppf(0.975, 37)
    assert found.deff == pytest.approx([1.0, 1.0])
    assert found.high[0] == pytest.approx(t**2 / (60 + t**2), rel=1e-12)
    assert found.low[1] == pytest.approx(60 / (60 + t**2), rel=1e-12)


def test_domains_without_respondents_stay_out_of_the_design_effect() -> None:
    p, se, n = np.r_[P[:3], np.nan], np.r_[SE[:3], np.nan], np.r_[N[:3], 0.0]
    found = pooled(p, se, n, DF, np.zeros(4, dtype=int))
    alone = pooled(P[:3], SE[:3], N[:3], DF[:3], np.zeros(3, dtype=int))
    assert found.high[:3] == pytest.approx(alone.high, rel=1e-14)
    assert np.isnan([found.low[3], found.high[3]]).all()


def test_a_variance_of_simple_random_sampling_of_ones_own() -> None:
    """A standardised share has another one than p(1 - p)/n: the effective n follows it."""
    own = 2 * P * (1 - P) / N
    found = pooled(P, SE, N, DF, GROUP, srs_variance=own)
    deff = (SE[:3] ** 2).sum() / own[:3].sum()
    t = stats.t.ppf(0.975, 37)
    assert (found.low[0], found.high[0]) == pytest.approx(wilson(P[0], N[0] / 2 / deff, t), rel=1e-12)


def test_design_effects_of_groups_and_rows() -> None:
    found = design_effects(
        np.array([1.0, 2.0, np.nan, 3.0, 5.0]),
        np.array([1.0, 1.0, 1.0, 2.0, 0.0]),
        np.array([0, 0, 0, -1, -1]),
    )
    assert found[:4] == pytest.approx([1.5, 1.5, 1.5, 1.5])
    assert np.isnan(found[4])


def test_pooled_needs_to_know_what_goes_together() -> None:
    with pytest.raises(UsageError, match="which rows share a design effect") as told:
        proportion_interval(P, SE, N, DF, method="pooled")
    assert told.value.where == "group"


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.floats(0.0, 0.2)), min_size=2, max_size=12),
    st.sampled_from([1.0, 4.0, 200.0]),
)
def test_limits_are_shares_that_hold_the_estimate(rows: list[tuple[int, float]], df: float) -> None:
    p = np.array([x / 60 for x, _ in rows])
    se = np.where((p > 0) & (p < 1), [s for _, s in rows], 0.0)
    k = len(p)
    found = pooled(p, se, np.full(k, 60.0), np.full(k, df), np.zeros(k, dtype=int))
    assert ((found.low >= 0) & (found.low <= p + 1e-15)).all()
    assert ((found.high >= p - 1e-15) & (found.high <= 1)).all()
    assert (found.high[p == 0] > 0).all()
    assert (found.low[p == 1] < 1).all()
    # What is said of those who did not is the mirror image.
    mirror = pooled(1 - p, se, np.full(k, 60.0), np.full(k, df), np.zeros(k, dtype=int))
    assert mirror.low == pytest.approx(1 - found.high, abs=1e-12)
