"""The share of the variation that is the interviewer's: published data, nesting, and what is not defined."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from netralstat.collect.quality.interviewers import clustering

# Shrout & Fleiss (1979), table 2: six targets, four ratings each; ICC(1,1) is 0.17, BMS 11.24, WMS 6.26.
RATINGS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)


def test_shrout_and_fleiss() -> None:
    found = clustering(RATINGS.ravel(), np.repeat(np.arange(6), 4))
    assert found is not None
    assert round(found.icc, 2) == 0.17
    assert (found.n, found.k, found.a, found.mean_size) == (24, 6, 1, 4.0)
    f, p = stats.f_oneway(*RATINGS)
    assert found.f == pytest.approx(f, rel=1e-12)
    assert found.p == pytest.approx(p, rel=1e-10)
    assert round(found.f, 3) == round(11.2417 / 6.2639, 3)


def test_unequal_loads_by_hand() -> None:
    y = np.array([1.0, 2, 3, 4, 6, 9])
    who = np.array([0, 0, 0, 1, 1, 2])
    found = clustering(y, who)
    assert found is not None
    within = (2 + 2) / 3
    between = (3 * (2 - 25 / 6) ** 2 + 2 * (5 - 25 / 6) ** 2 + (9 - 25 / 6) ** 2) / 2
    n0 = (6 - (9 + 4 + 1) / 6) / 2
    variance = (between - within) / n0
    assert found.icc == pytest.approx(variance / (variance + within), rel=1e-12)
    assert found.f == pytest.approx(between / within, rel=1e-12)


def test_areas_are_taken_away() -> None:
    draw = np.random.default_rng(3)
    who = np.arange(400) % 20
    area = who // 4
    y = draw.normal(size=400)
    alone, moved = clustering(y, who, area), clustering(y + 10.0 * area, who, area)
    assert alone is not None
    assert moved is not None
    assert moved.icc == pytest.approx(alone.icc, abs=1e-10)
    assert moved.p == pytest.approx(alone.p, rel=1e-6)
    plain = clustering(y + 10.0 * area, who)
    assert plain is not None
    assert plain.icc > 0.9 > alone.icc
    assert alone.a == 5


def test_a_binary_item_and_missing_ones() -> None:
    y = np.array([1.0, 1, 1, np.nan, 0, 0, 0, 1, 1])
    who = np.array([0, 0, 0, 0, 1, 1, 1, 1, -1])
    found = clustering(y, who)
    assert found is not None
    assert (found.n, found.k) == (7, 2)
    assert found.f == pytest.approx(stats.f_oneway([1, 1, 1], [0, 0, 0, 1])[0], rel=1e-12)


@pytest.mark.parametrize(
    ("y", "who"),
    [
        ([1.0, 2.0, 3.0], [0, 0, 0]),  # one interviewer
        ([1.0, 2.0, 3.0], [0, 1, 2]),  # one interview each
        ([1.0, 1.0, 1.0], [0, 0, 1]),  # nothing varies
        ([np.nan, np.nan], [0, 1]),
    ],
)
def test_where_it_is_not_defined(y: list[float], who: list[int]) -> None:
    assert clustering(np.array(y), np.array(who)) is None


def test_interviewers_who_never_differ_within() -> None:
    found = clustering(np.array([1.0, 1, 0, 0]), np.array([0, 0, 1, 1]))
    assert found is not None
    assert found.icc == 1.0
    assert np.isnan(found.p)
