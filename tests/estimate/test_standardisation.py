"""Direct standardisation is a fixed mixture of a domain's groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.estimate.intervals import pooled, proportion_interval

SHARES = {"I": 0.2, "II": 0.3, "III": 0.5}


@pytest.fixture(scope="module")
def survey() -> Survey:
    rng = np.random.default_rng(31)
    n = 1200
    cluster = np.repeat(np.arange(60), 20)
    frame = pd.DataFrame(
        {
            "w": rng.uniform(1, 4, n),
            "h": cluster // 20,
            "cluster": cluster,
            "province": rng.choice(["aceh", "bali", "maluku"], n, p=[0.5, 0.3, 0.2]),
            "word": rng.choice(["a", "b", "c"], n),
        }
    )
    young = np.where(frame["province"] == "aceh", 0.7, 0.2)
    frame["grade"] = np.where(rng.random(n) < young, "I", rng.choice(["II", "III"], n))
    frame["asked"] = (rng.random(n) < np.where(frame["grade"] == "I", 0.5, 0.1)).astype(int)
    frame["score"] = rng.normal(50, 10, n)
    return Survey(frame, weight="w", stratum="h", psu="cluster")


def test_a_fixed_mixture_with_its_covariance(survey: Survey) -> None:
    shares = survey.prevalence(["asked", "word"], by=["province", "grade"])
    found = shares.standardised("grade", SHARES)
    assert found.statistic == "prevalence"
    assert found.by == ("province",)
    assert found.provenance["standardised"] == {"over": "grade", "shares": SHARES}
    L = np.kron(np.eye(12), [0.2, 0.3, 0.5])  # rows run over items, levels and provinces, grades fastest
    assert found.table["estimate"].to_numpy() == pytest.approx(L @ shares.table["estimate"], rel=1e-13)
    assert found.covariance == pytest.approx(L @ shares.covariance @ L.T, rel=1e-9, abs=1e-18)
    assert found.table["n"].to_numpy() == pytest.approx(
        shares.table["n"].to_numpy().reshape(12, 3).sum(axis=1)
    )
    # The levels of an item still add to one, and their errors to none.
    words = found.select(item="word", province="bali")
    assert words.table["estimate"].sum() == pytest.approx(1, rel=1e-13)
    assert np.ones(3) @ words.covariance @ np.ones(3) == pytest.approx(0, abs=1e-18)


def test_a_domain_with_the_standards_make_up_stays_as_it_is(survey: Survey) -> None:
    """Standardised to its own weighted shares, a domain has its own prevalence."""
    frame = survey.frame
    of_bali = frame[frame["province"] == "bali"].groupby("grade")["w"].sum()
    found = survey.prevalence("asked", by=["province", "grade"]).standardised("grade", of_bali.to_dict())
    plain = survey.prevalence("asked", by="province").select(province="bali").table["estimate"][0]
    assert found.select(province="bali").table["estimate"][0] == pytest.approx(plain, rel=1e-12)


def test_the_make_up_is_taken_out_of_a_difference(survey: Survey) -> None:
    """Aceh asks more only because it has more of the grade that is asked."""
    plain = survey.prevalence("asked", by="province")
    adjusted = survey.prevalence("asked", by=["province", "grade"]).standardised("grade", SHARES)
    pair = ({"province": "aceh"}, {"province": "bali"})
    assert plain.difference(*pair).table["estimate"][0] > 0.1
    row = adjusted.difference(*pair).table.iloc[0]
    assert abs(row["estimate"]) < 0.07
    V = adjusted.covariance
    assert row["std_error"] == pytest.approx(np.sqrt(V[0, 0] + V[1, 1] - 2 * V[0, 1]), rel=1e-12)


def test_shares_may_be_counts_and_zero_leaves_a_level_out(survey: Survey) -> None:
    shares = survey.prevalence("asked", by=["province", "grade"])
    counts = shares.standardised("grade", {"I": 20, "II": 30, "III": 50}).table
    assert counts["estimate"].tolist() == pytest.approx(
        shares.standardised("grade", SHARES).table["estimate"].tolist(), rel=1e-14
    )
    two = shares.standardised("grade", {"I": 1, "II": 3, "III": 0})
    rows = [shares.rows(province="maluku", grade=grade)[0] for grade in ("I", "II")]
    wanted = np.array([0.25, 0.75]) @ shares.table["estimate"].to_numpy()[rows]
    assert two.select(province="maluku").table["estimate"][0] == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize("interval", ["logit", "beta", "likelihood"])
def test_the_interval_is_that_of_a_share(survey: Survey, interval: str) -> None:
    found = survey.prevalence("asked", by=["province", "grade"], interval=interval).standardised(  # type: ignore[arg-type]
        "grade", SHARES
    )
    table = found.table
    columns = (table[name].to_numpy() for name in ("estimate", "std_error", "n", "df"))
    wanted = proportion_interval(*columns, method=interval)  # type: ignore[arg-type]
    assert found.interval == interval
    assert table["conf_low"].to_numpy() == pytest.approx(wanted.low, rel=1e-13)
    assert table["conf_high"].to_numpy() == pytest.approx(wanted.high, rel=1e-13)
    p, se = table["estimate"].to_numpy(), table["std_error"].to_numpy()
    assert table["n_eff"].to_numpy() == pytest.approx(p * (1 - p) / se**2, rel=1e-12)


def test_means_are_standardised_too(survey: Survey) -> None:
    means = survey.mean("score", by=["province", "grade"])
    found = means.standardised("grade", SHARES)
    assert (found.statistic, found.interval) == ("mean", "wald")
    assert found.table["estimate"][0] == pytest.approx(
        np.array([0.2, 0.3, 0.5]) @ means.table["estimate"][:3], rel=1e-13
    )


def test_over_the_only_domain_one_row_is_left(survey: Survey) -> None:
    shares = survey.prevalence("asked", by="grade")
    found = shares.standardised("grade", SHARES)
    assert (len(found), found.by) == (1, ())
    assert found.table["estimate"][0] == pytest.approx(
        np.array([0.2, 0.3, 0.5]) @ shares.table["estimate"], rel=1e-13
    )


def test_nobody_anywhere_is_on_the_boundary() -> None:
    frame = pd.DataFrame(
        {"g": ["a", "b"] * 50, "d": ["x"] * 60 + ["y"] * 40, "w": 1.0, "c": np.arange(100) % 10}
    )
    frame["no"] = 0
    found = (
        Survey(frame, weight="w", psu="c").prevalence("no", by=["d", "g"]).standardised("g", {"a": 1, "b": 1})
    )
    assert found.table["flag"].tolist() == ["boundary", "boundary"]
    assert found.table["conf_low"].tolist() == [0.0, 0.0]
    assert (found.table["conf_high"] > 0.03).all()


def test_the_pooled_interval_has_the_mixtures_variance(survey: Survey) -> None:
    """Its design effect is set against the Σ π² p(1 - p)/n of a simple random sample."""
    shares = replace(survey.prevalence("asked", by=["province", "grade"]), interval="pooled")
    table = shares.standardised("grade", SHARES).table
    p, n = (shares.table[name].to_numpy().reshape(3, 3) for name in ("estimate", "n"))
    srs = (np.array([0.2, 0.3, 0.5]) ** 2 * p * (1 - p) / n).sum(axis=1)
    wanted = pooled(
        *(table[name].to_numpy() for name in ("estimate", "std_error", "n", "df")),
        np.zeros(3, dtype=int),
        srs_variance=srs,
    )
    assert table["conf_low"].to_numpy() == pytest.approx(wanted.low, rel=1e-12)
    assert table["conf_high"].to_numpy() == pytest.approx(wanted.high, rel=1e-12)
