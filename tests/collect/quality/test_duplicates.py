"""Same and nearly the same: against a comparison of all pairs one by one."""

from __future__ import annotations

import numpy as np
import pytest

from netralstat.collect.quality import duplicates as module
from netralstat.collect.quality.duplicates import duplicates


def one_by_one(codes: np.ndarray) -> np.ndarray:
    """The largest share of answers that each row has in common with another, pair by pair."""
    best = np.full(len(codes), np.nan)
    enough = (codes > 0).sum(axis=1) * 2 >= codes.shape[1]
    for a in np.flatnonzero(enough):
        for b in np.flatnonzero(enough):
            if a != b:
                either = (codes[a] > 0) | (codes[b] > 0)
                both = (codes[a] == codes[b]) & (codes[a] > 0)
                best[a] = np.nanmax([best[a], both.sum() / either.sum()])
    return best


@pytest.mark.parametrize("n_items", [10, 63, 64, 65, 130])
@pytest.mark.parametrize("levels", [2, 6, 700])
def test_the_largest_match_of_every_row(n_items: int, levels: int) -> None:
    draw = np.random.default_rng(n_items + levels)
    codes = draw.integers(0, levels, (40, n_items)).astype(np.int32)
    codes[7] = codes[3]
    codes[7, :2] = 1 + codes[3, :2]
    codes[11] = 0
    codes[12, : n_items // 2 + 1] = 0
    found = duplicates(codes, 0.85)
    np.testing.assert_allclose(found.best, one_by_one(codes), rtol=1e-15)
    known = ~np.isnan(found.best)
    assert (found.twin[~known] == -1).all()
    for row in np.flatnonzero(known):
        twin = codes[found.twin[row]]
        match = ((codes[row] == twin) & (twin > 0)).sum() / ((codes[row] > 0) | (twin > 0)).sum()
        assert match == found.best[row]


def test_rows_that_share_everything() -> None:
    codes = np.random.default_rng(1).integers(1, 5, (30, 20)).astype(np.int32)
    codes[[4, 9]] = codes[2]
    codes[20] = codes[10]
    codes[21] = codes[10]
    codes[21, 0] = codes[10, 0] % 4 + 1
    found = duplicates(codes, 0.9)
    same, near = found.flagged
    assert (found.groups, found.n_compared, found.rule) == (2, 30, "all")
    assert dict(zip(same.rows.tolist(), same.other.tolist(), strict=True)) == {
        2: 4,
        4: 2,
        9: 2,
        10: 20,
        20: 10,
    }
    assert (near.rows.tolist(), near.value.tolist()) == ([21], [0.95])
    assert near.other.tolist() == [10]
    assert found.distribution()["rows"].sum() == 30
    assert found.distribution()["rows"].iloc[-1] == 6


def test_above_the_cap_only_within_interviewers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COMPARED", 20)
    codes = np.random.default_rng(2).integers(1, 5, (30, 20)).astype(np.int32)
    codes[1] = codes[0]
    codes[1, 0] = codes[0, 0] % 4 + 1
    codes[16] = codes[0]
    codes[16, 1] = codes[0, 1] % 4 + 1
    who = np.arange(30) // 15
    found = duplicates(codes, 0.9, who)
    assert (found.rule, found.flagged[1].rows.tolist()) == ("within_interviewer", [0, 1])
    assert duplicates(codes, 0.9).rule == "too_many"
    assert np.isnan(duplicates(codes, 0.9).best).all()
    assert duplicates(codes, 0.9, np.zeros(30, dtype=np.intp)).rule == "too_many"


def test_few_items_and_no_rows() -> None:
    codes = np.ones((5, 9), dtype=np.int32)
    found = duplicates(codes, 0.85)
    assert (found.rule, found.groups, len(found.flagged[1].rows)) == ("too_few_items", 1, 0)
    for shape in ((0, 12), (1, 12), (4, 0)):
        assert duplicates(np.ones(shape, dtype=np.int32), 0.85).groups in (0, 1)


def test_order_of_rows_does_not_matter() -> None:
    draw = np.random.default_rng(5)
    codes = draw.integers(0, 4, (50, 30)).astype(np.int32)
    order = draw.permutation(50)
    np.testing.assert_array_equal(duplicates(codes, 0.8).best[order], duplicates(codes[order], 0.8).best)
