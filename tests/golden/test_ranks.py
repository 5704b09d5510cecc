"""Ranks and their confidence sets: the published rules on travel times (ACS 2011), and R's csranks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from golden.goldens import compare

from netralstat.estimate.estimates import Estimates
from netralstat.estimate.ranks import critical_value, kww_bounds, ranks

SHARED = Path(__file__).parents[3] / "shared" / "golden"
ADJUST = {"none": "none", "bonf": "bonferroni", "indep": "independence"}


def shared(name: str) -> dict[str, Any]:
    """A case of the reference numbers; their data came with a GPL package and are not copied here."""
    file = SHARED / "ranks.json"
    if not file.is_file():
        pytest.skip("the reference numbers ../shared/golden/ranks.json are not on this machine")
    cases = {one["name"]: one for one in json.loads(file.read_text(encoding="utf-8"))["cases"]}
    return cases[name]["expect"]


@pytest.fixture(scope="module")
def travel() -> Estimates:
    file = SHARED / "data" / "traveltime2011.csv"
    if not file.is_file():
        pytest.skip("the travel times ../shared/golden/data/traveltime2011.csv (GPL) are not on this machine")
    table = pd.read_csv(file)
    values, std_error = table["Estimate.2dec"].to_numpy(), table["SE.2dec"].to_numpy()
    return Estimates(
        table=pd.DataFrame(
            {
                "item": "minutes",
                "state": table["State"],
                "estimate": values,
                "std_error": std_error,
                "df": np.inf,
                "flag": "",
            }
        ),
        covariance=np.diag(std_error**2),
        statistic="mean",
        by=("state",),
    )


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize("adjust", list(ADJUST))
def test_kww_sets_are_those_of_the_published_rule(travel: Estimates, adjust: str, level: float) -> None:
    expected = shared(f"kww/{adjust}/{level:g}")
    critical = critical_value(51, level, np.inf, ADJUST[adjust])
    compare({"z": critical}, {"z": expected["z"]}, 1e-10, "critical value")
    low, high = kww_bounds(
        travel.table["estimate"].to_numpy(), travel.table["std_error"].to_numpy(), critical
    )
    assert low.tolist() == expected["lower"]
    assert high.tolist() == expected["upper"]
    found = ranks(travel, level=level, adjust=ADJUST[adjust], highest_first=False).to_frame()
    found = found.set_index("state").loc[travel.table["state"]]
    assert found["rank"].tolist() == expected["rank"]
    assert found["rank_low"].tolist() == expected["lower"]
    assert found["rank_high"].tolist() == expected["upper"]


@pytest.mark.parametrize("level", [pytest.param(0.9, marks=pytest.mark.long), 0.95])
@pytest.mark.parametrize(("kind", "adjust"), [("simul", "independence"), ("marg", "none")])
def test_csranks_sets_differ_by_the_draws_only(
    travel: Estimates, kind: str, adjust: str, level: float
) -> None:
    """R draws other numbers: 20,000 of them leave a place or two of 102 bounds off by one."""
    expected = shared(f"csranks/{kind}/{level:g}")
    found = ranks(travel, level=level, method="csranks", adjust=adjust).to_frame()
    found = found.set_index("state").loc[travel.table["state"]]
    assert found["rank"].tolist() == expected["rank"]
    off = np.concatenate(
        [
            found["rank_low"].to_numpy(dtype=float) - expected["L"],
            found["rank_high"].to_numpy(dtype=float) - expected["U"],
        ]
    )
    assert np.abs(off).max() <= 1
    assert np.mean(off == 0) >= 0.97
