"""Change between rounds: independent samples from two tables, shared PSUs from stacked rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from netralstat import Survey
from netralstat.design.design import Design
from netralstat.estimate.changes import change, stack

DESIGN = Design(weight="w", stratum=("h",), psu=("cluster",))


def round_of(seed: int, n_clusters: int = 24) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_clusters), 12)
    lasting = np.random.default_rng(99).normal(0, 0.15, n_clusters)[cluster]  # the same in every round
    n = len(cluster)
    frame = pd.DataFrame({"cluster": cluster, "h": cluster % 3, "w": rng.uniform(1, 2, n)})
    frame["asked"] = (rng.random(n) < np.clip(0.4 + lasting + 0.02 * seed, 0.02, 0.98)).astype(int)
    frame["word"] = rng.choice(["a", "b"], n)
    frame["sex"] = rng.choice(["f", "m"], n)
    return frame


def survey(frame: pd.DataFrame, design: Design = DESIGN) -> Survey:
    return Survey(frame, design.weight, design.stratum, design.psu)


@pytest.fixture(scope="module")
def rounds() -> dict[str, pd.DataFrame]:
    return {"2021": round_of(1), "2023": round_of(2)}


def test_two_independent_rounds_by_hand(rounds) -> None:
    earlier, later = (survey(frame).prevalence(["asked", "word"], by="sex") for frame in rounds.values())
    found = later.change_from(earlier, covariance="independent")
    table = found.table
    assert table[["item", "level", "sex"]].equals(earlier.table[["item", "level", "sex"]])
    assert table["estimate"].to_numpy() == pytest.approx(
        later.table["estimate"].to_numpy() - earlier.table["estimate"].to_numpy(), rel=1e-13
    )
    assert found.covariance == pytest.approx(earlier.covariance + later.covariance, rel=1e-12)
    assert (table["df"] == 42).all()  # 24 clusters in 3 strata, twice
    row = table.iloc[0]
    t = row["estimate"] / row["std_error"]
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(t), 42), rel=1e-10)
    assert found.provenance["covariance"] == "independent"
    assert found.provenance["earlier"]["n_psu"] == 24


def test_two_tables_say_what_the_stacked_rows_say(rounds) -> None:
    stacked = stack(rounds, DESIGN, independent=True)
    assert stacked.design.stratum == ("wave", "h")
    together = survey(stacked.frame, stacked.design).prevalence(["asked", "word"], by=["wave", "sex"])
    wanted = together.difference({"wave": "2023"}, {"wave": "2021"})
    earlier, later = (survey(frame).prevalence(["asked", "word"], by="sex") for frame in rounds.values())
    found = change(earlier, later, covariance="independent")
    assert found.covariance == pytest.approx(wanted.covariance, rel=1e-9, abs=1e-16)
    for column in ("estimate", "std_error", "df", "p_value"):
        assert found.table[column].to_numpy() == pytest.approx(wanted.table[column].to_numpy(), rel=1e-9)


def test_rows_are_matched_whatever_their_order(rounds) -> None:
    earlier, later = (survey(frame).prevalence(["asked", "word"], by="sex") for frame in rounds.values())
    order = [5, 0, 3, 1, 4, 2]
    one, other = (change(earlier, table, covariance="independent") for table in (later, later.take(order)))
    assert one.table["estimate"].tolist() == other.table["estimate"].tolist()


def test_shared_psus_make_the_change_more_certain(rounds) -> None:
    """What lasts in a PSU cancels: its variance is not in the change."""
    shared = stack(rounds, DESIGN, independent=False)
    assert shared.design.stratum == ("h",)
    found = survey(shared.frame, shared.design).prevalence("asked", by="wave")
    assert found.covariance[0, 1] > 0
    together = found.difference({"wave": "2023"}, {"wave": "2021"}).table.iloc[0]
    earlier, later = (survey(frame).prevalence("asked") for frame in rounds.values())
    apart = change(earlier, later, covariance="independent").table.iloc[0]
    assert together["estimate"] == pytest.approx(apart["estimate"], rel=1e-12)
    assert together["std_error"] < 0.8 * apart["std_error"]
    assert together["df"] == 21


def test_rounds_that_share_a_part_of_their_psus() -> None:
    first, second = round_of(1), round_of(2)
    second["cluster"] = np.where(second["cluster"] < 12, second["cluster"], second["cluster"] + 100)
    shared = stack({"a": first, "b": second}, DESIGN, independent=False)
    row = survey(shared.frame, shared.design).prevalence("asked", by="wave").table.iloc[0]
    assert row["df"] == 36 - 3


def test_a_covariance_that_is_given(rounds) -> None:
    earlier, later = (survey(frame).prevalence("asked", by="sex") for frame in rounds.values())
    between = 0.3 * np.sqrt(np.outer(np.diag(earlier.covariance), np.diag(later.covariance)))
    found = change(earlier, later, covariance=between)
    wanted = earlier.covariance + later.covariance - between - between.T
    assert found.covariance == pytest.approx(wanted, rel=1e-12)
    assert (found.table["df"] == 21).all()
    assert found.provenance["covariance"] == "given"


def test_changes_may_be_compared_and_tested_further(rounds) -> None:
    earlier, later = (survey(frame).prevalence("asked", by="sex") for frame in rounds.values())
    found = change(earlier, later, covariance="independent")
    gap = found.difference({"sex": "m"}, {"sex": "f"}).table.iloc[0]
    V = found.covariance
    assert gap["std_error"] == pytest.approx(np.sqrt(V[0, 0] + V[1, 1] - 2 * V[0, 1]), rel=1e-12)
    assert found.equality().table["p_value"][0] == pytest.approx(gap["p_value"], rel=1e-10)


def test_more_than_two_rounds_and_no_strata() -> None:
    rounds = {year: round_of(i).drop(columns="h") for i, year in enumerate((2019, 2021, 2023))}
    stacked = stack(rounds, Design(weight="w", psu=("cluster",)), independent=True, wave="year")
    assert stacked.design.stratum == ("year",)
    shares = survey(stacked.frame, stacked.design).prevalence("asked", by="year")
    assert shares.table["year"].tolist() == [2019, 2021, 2023]
    assert np.count_nonzero(shares.covariance) == 3
    assert shares.trend(scores=[2019, 2021, 2023]).slope.table["df"][0] == 72 - 3
