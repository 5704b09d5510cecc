"""Differences compare like with like: every label that the two sides do not name must agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.errors import EstimationError
from netralstat.estimate.contrasts import versus_overall
from netralstat.report.suppression import suppress


@pytest.fixture(scope="module")
def survey() -> Survey:
    rng = np.random.default_rng(7)
    n = 240
    frame = pd.DataFrame(
        {
            "w": rng.uniform(1, 4, n),
            "h": rng.integers(0, 4, n),
            "asked": rng.integers(0, 2, n),
            "done": rng.integers(0, 2, n),
            "word": rng.choice(["a", "b", "c"], n),
            "province": rng.choice(["aceh", "bali", "maluku"], n),
            "sex": rng.choice(["f", "m"], n),
        }
    )
    return Survey(frame, weight="w", stratum="h")


def at(estimates, **levels):
    return estimates.table.iloc[estimates.rows(**levels)[0]]["estimate"]


def test_domains_that_are_not_named_are_matched(survey: Survey) -> None:
    shares = survey.prevalence(["asked", "done"], by=["province", "sex"])
    difference = shares.difference({"province": "bali"}, {"province": "aceh"})
    assert difference.by == ("sex",)
    table = difference.table
    assert table[["item", "sex"]].to_numpy().tolist() == [
        ["asked", "f"], ["asked", "m"], ["done", "f"], ["done", "m"]
    ]  # fmt: skip
    for row in table.itertuples():
        there = {"item": row.item, "sex": row.sex}
        expected = at(shares, province="bali", **there) - at(shares, province="aceh", **there)
        assert row.estimate == pytest.approx(expected, abs=1e-14)
    assert set(table["contrast"]) == {"bali − aceh"}


def test_items_are_compared_within_domains(survey: Survey) -> None:
    shares = survey.prevalence(["asked", "done"], by="province")
    difference = shares.difference({"item": "asked"}, {"item": "done"})
    assert difference.table["province"].tolist() == ["aceh", "bali", "maluku"]
    for row in difference.table.itertuples():
        expected = at(shares, item="asked", province=row.province) - at(
            shares, item="done", province=row.province
        )
        assert row.estimate == pytest.approx(expected, abs=1e-14)


def test_levels_are_compared(survey: Survey) -> None:
    shares = survey.prevalence("word")
    difference = shares.difference({"level": "a"}, {"level": "b"}).table
    assert difference["estimate"].tolist() == pytest.approx(
        [at(shares, level="a") - at(shares, level="b")], abs=1e-14
    )


def test_a_difference_turns_round(survey: Survey) -> None:
    shares = survey.prevalence("asked", by="province")
    first = shares.difference({"province": "bali"}, {"province": "aceh"}).table.iloc[0]
    second = shares.difference({"province": "aceh"}, {"province": "bali"}).table.iloc[0]
    assert first["estimate"] == -second["estimate"]
    assert (first["std_error"], first["p_value"]) == (second["std_error"], second["p_value"])


def test_nothing_differs_from_itself(survey: Survey) -> None:
    same = survey.prevalence("asked", by="province").difference({"province": "bali"}, {"province": "bali"})
    row = same.table.iloc[0]
    assert (row["estimate"], row["std_error"], row["flag"]) == (0.0, 0.0, "no_variance")
    assert np.isnan(row["p_value"])


def test_one_row_against_one_row_needs_no_match(survey: Survey) -> None:
    shares = survey.prevalence(["asked", "word"])
    difference = shares.difference({"item": "asked"}, {"item": "word", "level": "a"})
    expected = at(shares, item="asked") - at(shares, item="word", level="a")
    assert difference.table["estimate"].tolist() == pytest.approx([expected], abs=1e-14)


def test_rows_that_could_match_twice_are_refused(survey: Survey) -> None:
    twice = survey.prevalence("word").take([0, 1, 2, 0, 1, 2])
    with pytest.raises(EstimationError, match="6 and 6 rows that do not match") as told:
        twice.difference({"item": "word"}, {"item": "word"})
    assert told.value.where == "matched by level"


def test_contrasts_may_be_compared_again(survey: Survey) -> None:
    shares = survey.prevalence("asked", by=["province", "sex"])
    gaps = shares.contrast(
        np.array([[1.0, -1, 0, 0, 0, 0], [0, 0, 1, -1, 0, 0]]), ["gap in aceh", "gap in bali"]
    )
    assert gaps.items == ()
    again = gaps.difference({"contrast": "gap in aceh"}, {"contrast": "gap in bali"}).table.iloc[0]
    direct = shares.contrast(np.array([[1.0, -1, -1, 1, 0, 0]]), ["both"]).table.iloc[0]
    assert again["estimate"] == pytest.approx(direct["estimate"], abs=1e-14)
    assert again["std_error"] == pytest.approx(direct["std_error"], rel=1e-10)


def test_each_domain_against_the_whole(survey: Survey) -> None:
    shares = survey.prevalence(["asked", "word"], by="province", overall=True)
    against = versus_overall(shares)
    assert len(against) == 12
    for row in against.table.itertuples():
        there = {"item": row.item, "level": row.level}
        expected = at(shares, province=row.province, **there) - at(shares, province=None, **there)
        assert row.estimate == pytest.approx(expected, abs=1e-14)
    # Σ N_d/N·(p_d - p) = 0: the weighted differences of all domains cancel, and so does their variance.
    frame = survey.frame
    share = frame.groupby("province")["w"].sum() / frame["w"].sum()
    mine = against.select(item="asked")
    assert share.to_numpy() @ mine.table["estimate"].to_numpy() == pytest.approx(0, abs=1e-14)


def test_holms_and_benjamini_hochbergs_adjustments(survey: Survey) -> None:
    shares = survey.prevalence("asked", by="province", overall=True)
    raw = versus_overall(shares, adjust="none").table["p_adjusted"].to_numpy()
    order = np.argsort(raw)
    p1, p2, p3 = raw[order]
    holm = versus_overall(shares, adjust="holm").table["p_adjusted"].to_numpy()[order]
    assert holm.tolist() == pytest.approx(
        [min(1, 3 * p1), min(1, max(3 * p1, 2 * p2)), min(1, max(3 * p1, 2 * p2, p3))]
    )
    fdr = versus_overall(shares, adjust="fdr_bh").table["p_adjusted"].to_numpy()[order]
    assert fdr.tolist() == pytest.approx([min(3 * p1, 1.5 * p2, p3), min(1.5 * p2, p3), p3])


def test_a_hidden_row_leaves_the_other_differences_as_they_are():
    """Suppression blanks the covariance of a hidden row; differences between shown rows keep theirs."""
    size = {"a": 300, "b": 400, "c": 3, "d": 500}
    domain = [level for level, n in size.items() for _ in range(n)]
    frame = pd.DataFrame({"d": domain, "y": ([0, 1, 1] * 401)[:1203], "w": 2.0})
    estimates = Survey(frame, weight="w").prevalence("y", by="d")
    suppressed = suppress(estimates)
    assert suppressed.table["flag"].tolist() == ["suppressed_secondary", "", "suppressed_n", ""]
    shown = suppressed.difference({"d": "b"}, {"d": "d"}).table.iloc[0]
    whole = estimates.difference({"d": "b"}, {"d": "d"}).table.iloc[0]
    assert shown["std_error"] == pytest.approx(whole["std_error"], rel=1e-14)
    assert shown["flag"] == ""
    hidden = suppressed.difference({"d": "c"}, {"d": "d"}).table.iloc[0]
    assert hidden["flag"] == "no_std_error"
    assert np.isnan([hidden["estimate"], hidden["std_error"], hidden["p_value"]]).all()
