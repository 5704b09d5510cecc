"""Collapsed strata: who is joined to whom, and that the result is the variance of the joined strata."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden.goldens import data

from netralstat import Survey
from netralstat.errors import DesignError


def lonely(rule: str, **changed: object) -> Survey:
    frame = data("lonely").assign(**changed)
    return Survey(frame, weight="w", stratum="h", psu="psu", lonely_psu=rule)


def test_it_is_the_variance_of_strata_joined_by_hand() -> None:
    # 7 and 8 have one PSU each: 7 goes to 8, which is thereby served.
    joined = data("lonely")["h"].replace({8: 7})
    by_hand = Survey(data("lonely").assign(g=joined), weight="w", stratum="g", psu=["h", "psu"])
    expected, found = by_hand.mean(["y", "x"], by="dom"), lonely("collapse").mean(["y", "x"], by="dom")
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-12)
    assert found.table["df"].unique() == expected.table["df"].unique() == 22 - 7
    assert found.provenance["n_collapsed_strata"] == 1
    assert found.provenance["n_strata"] == 7


def test_it_widens_what_certainty_leaves_out() -> None:
    narrow = lonely("certainty").total("x").table["std_error"][0]
    assert lonely("collapse").total("x").table["std_error"][0] > narrow


def people(strata: list[tuple[str, int, int]]) -> pd.DataFrame:
    """Two persons in each PSU; strata as (island, region, number of PSUs)."""
    rows = [
        {"island": island, "region": region, "psu": psu, "w": 5.0, "n_psu": 40.0, "y": (psu * person) % 3}
        for island, region, n_psu in strata
        for psu in range(n_psu)
        for person in (1, 2)
    ]
    return pd.DataFrame(rows)


def test_the_neighbour_shares_the_leading_column() -> None:
    frame = people([("jawa", 1, 2), ("jawa", 2, 1), ("sumatera", 3, 2), ("sumatera", 4, 1)])
    survey = Survey(frame, weight="w", stratum=["island", "region"], psu="psu", lonely_psu="collapse")
    by_island = Survey(frame, weight="w", stratum="island", psu=["region", "psu"])
    np.testing.assert_allclose(survey.mean("y").covariance, by_island.mean("y").covariance, rtol=1e-12)


def test_population_counts_add_up() -> None:
    frame = people([("jawa", 1, 2), ("jawa", 2, 1)])
    joined = Survey(
        frame, weight="w", stratum=["island", "region"], psu="psu", fpc="n_psu", lonely_psu="collapse"
    )
    whole = Survey(frame.assign(n_psu=80.0), weight="w", psu=["region", "psu"], fpc="n_psu")
    np.testing.assert_allclose(joined.mean("y").covariance, whole.mean("y").covariance, rtol=1e-12)


def test_a_stratum_taken_completely_stays() -> None:
    frame = people([("jawa", 1, 2), ("jawa", 2, 1)])
    frame["n_psu"] = frame["region"].map({1: 40.0, 2: 1.0})
    survey = Survey(
        frame, weight="w", stratum=["island", "region"], psu="psu", fpc="n_psu", lonely_psu="collapse"
    )
    assert survey.mean("y").provenance["n_collapsed_strata"] == 0


def test_one_psu_in_all_has_no_neighbour() -> None:
    with pytest.raises(DesignError, match="1 of 1 strata have a single PSU"):
        Survey(people([("jawa", 1, 1)]), weight="w", stratum="region", psu="psu", lonely_psu="collapse").mean(
            "y"
        )
