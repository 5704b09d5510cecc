"""Times, ways of answering, missing answers and quotas, on rows made for each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from collect.quality.conftest import GRID, rows
from scipy.special import chdtrc

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.plan import Plan
from netralstat.collect.quality.missingness import missingness
from netralstat.collect.quality.quotas import quota_progress
from netralstat.collect.quality.response_styles import grids, longest_run, mahalanobis, response_styles
from netralstat.collect.quality.timing import timing
from netralstat.collect.responses import Responses, read_responses
from netralstat.errors import PlanError

Write = Callable[..., Plan]
TIMES = '[collect.quality]\nstart = "start"\nend = "end"\n'


def read(plan: Plan, form: Instrument) -> Responses:
    return read_responses(plan, form)


def rows_of(flagged: tuple[object, ...], flag: str) -> list[int]:
    return sorted({int(row) for one in flagged if one.flag == flag for row in one.rows})  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------------ times
def test_lengths(write: Write, form: Instrument) -> None:
    answers = rows(30)
    for place, end in ((3, "08:09:59"), (5, "08:11:00"), (7, "07:50:00"), (9, "10:30:00")):
        answers[place]["end"] = f"2021-07-02T{end}+07:00"
    answers[11]["end"] = ""
    plan = write(answers, TIMES + "min_minutes = 6\nmax_minutes = 120\n")
    found = timing(read(plan, form), plan.collect.quality)
    assert found is not None
    assert (found.median, found.threshold, found.n_unknown) == (21.0, 10.5, 1)
    assert rows_of(found.flagged, "speeder") == [3]
    assert rows_of(found.flagged, "negative_length") == [7]
    assert rows_of(found.flagged, "too_long") == [9]
    quantiles = found.quantiles().set_index("share")["minutes"]
    assert quantiles[0.5] == 21.0
    strict = write(answers, TIMES + "min_minutes = 12\n")
    found = timing(read(strict, form), strict.collect.quality)
    assert found is not None
    assert (found.threshold, rows_of(found.flagged, "speeder")) == (12.0, [3, 5])


def test_a_declared_duration_in_seconds(write: Write, form: Instrument) -> None:
    plan = write(collect='[collect.quality]\nduration = "age"\nduration_unit = "minutes"\n')
    found = timing(read(plan, form), plan.collect.quality)
    assert found is not None
    np.testing.assert_array_equal(found.minutes, [float(row["age"]) for row in rows()])
    seconds = write(collect='[collect.quality]\nduration = "pw"\n')
    found = timing(read(seconds, form), seconds.collect.quality)
    assert found is not None
    assert found.median == 1 / 60


def test_times_that_are_none(write: Write, form: Instrument) -> None:
    plan = write()
    assert timing(read(plan, form), plan.collect.quality) is None
    plan = write(collect='[collect.quality]\nstart = "age"\nend = "end"\n')
    with pytest.raises(PlanError, match='"age" holds no times'):
        timing(read(plan, form), plan.collect.quality)


def test_an_extra_column_that_holds_no_time_is_a_warning(write: Write, form: Instrument) -> None:
    items = tuple(item for item in form.items if item.name != "end")
    short = Instrument(
        id="field", version="1", titles={}, languages=("en",), default_language="en", items=items
    )
    answers = rows(12)
    answers[4]["end"] = "soon"
    responses = read(write(answers, TIMES), short)
    told = responses.findings[responses.findings["column"] == "end"]
    assert told[["row", "rule", "severity"]].to_numpy().tolist() == [[6, "not-evaluated", "warning"]]
    assert "soon" not in told.to_string()
    assert responses.invalid.empty


# ------------------------------------------------------------------------------------- ways of answering
def test_runs_spread_and_straightlining(write: Write, form: Instrument) -> None:
    answers = rows(80)
    patterns = {2: "333333", 3: "333334", 4: "3339  ", 5: "33 333", 6: "      "}
    for row, pattern in patterns.items():
        for name, code in zip(GRID, pattern, strict=True):
            answers[row][name] = {" ": "", "9": "99"}.get(code, code)
    answers[10]["attention"], answers[11]["attention"] = "4", "99"
    plan = write(answers, "[collect.quality]\nlong_run = 5\nlow_irv = 0.5\n")
    found = response_styles(read(plan, form), form, plan.collect.quality)
    block = found.blocks[0]
    assert (block.id, block.items, block.declared) == ("grid", GRID, False)
    assert block.longest_run[2:7].tolist() == [6, 5, 3, 3, 0]
    assert rows_of(found.flagged, "straightliner") == [2, 4, 5]
    assert rows_of(found.flagged, "long_run") == [2, 3]
    assert block.irv[3] == pytest.approx(np.std([3, 3, 3, 3, 3, 4], ddof=1))
    assert rows_of(found.flagged, "low_irv") == [2, 3, 4, 5]
    assert np.isnan(block.irv[6])
    assert rows_of(found.flagged, "attention") == [10]
    assert found.attention.to_numpy().tolist() == [["attention", 79, 1]]
    line = found.table().iloc[0]
    assert (line["n"], line["straight"], line["n_complete"], line["rank"]) == (79, 3, 77, 6)


def test_longest_run() -> None:
    nan = np.nan
    values = np.array([[1, 1, 2, 2, 2], [1, nan, 1, 1, 1], [1, 2, 1, 2, 1], [nan] * 5])
    assert longest_run(values).tolist() == [3, 3, 1, 0]


def test_mahalanobis_by_the_inverse() -> None:
    x = np.random.default_rng(1).normal(size=(200, 4)) @ np.random.default_rng(2).normal(size=(4, 4))
    x[5, 2] = np.nan
    d2, p, rank = mahalanobis(x)
    full = np.delete(x, 5, axis=0)
    centred = full - full.mean(axis=0)
    expected = np.einsum("ij,jk,ik->i", centred, np.linalg.inv(np.cov(full.T)), centred)
    np.testing.assert_allclose(np.delete(d2, 5), expected, rtol=1e-9)
    np.testing.assert_allclose(np.delete(p, 5), chdtrc(4, expected), rtol=1e-7)
    assert (np.isnan(d2[5]), rank) == (True, 4)
    assert np.nansum(d2) == pytest.approx(4 * 198)  # the trace: k (n - 1)


def test_mahalanobis_where_items_follow_from_others() -> None:
    x = np.random.default_rng(3).normal(size=(100, 3))
    whole, _, rank = mahalanobis(np.column_stack([x, x[:, 0] + x[:, 1], np.full(100, 2.0)]))
    assert rank == 3
    np.testing.assert_allclose(whole, mahalanobis(x)[0], rtol=1e-8)
    for values in (np.full((50, 4), 3.0), x[:4]):
        d2, p, rank = mahalanobis(values)
        assert (rank, np.isnan(d2).all(), np.isnan(p).all()) == (0, True, True)


def test_grids_are_neighbours_with_the_same_three_answers_or_more() -> None:
    def select(name: str, codes: str, *group: str) -> Item:
        return Item(
            name=name, kind="select_one", choices=tuple(Choice(name=code) for code in codes), group=group
        )

    items = (
        *(select(f"a{n}", "123", "x") for n in range(5)),
        *(select(f"b{n}", "yn", "x") for n in range(9)),
        *(select(f"c{n}", "123", "x") for n in range(4)),
        Item(name="break", kind="integer", group=("x",)),
        *(select(f"d{n}", "1234", "x") for n in range(6)),
    )
    made = Instrument(id="i", version="1", titles={}, languages=(), default_language="en", items=items)
    assert [(block.id, len(block.items)) for block in grids(made)] == [("x:a0", 5), ("x:d0", 6)]


@pytest.mark.parametrize(
    ("collect", "fact"),
    [
        ('[[collect.quality.blocks]]\nid = "b"\nitems = ["g1", "g2", "gg3"]', 'Did you mean "g3"'),
        ('[[collect.quality.blocks]]\nid = "b"\nitems = ["g1", "g2", "done"]', "of the kind select_multiple"),
        ('[[collect.quality.attention]]\nitem = "g1"\ncorrect = ["7"]', '"g1" has no choice 7'),
    ],
)
def test_blocks_that_cannot_be(write: Write, form: Instrument, collect: str, fact: str) -> None:
    plan = write(collect=collect)
    with pytest.raises(PlanError, match=fact):
        response_styles(read(plan, form), form, plan.collect.quality)


# --------------------------------------------------------------------------------------- missing answers
def test_missing_by_item_row_and_group(write: Write, form: Instrument) -> None:
    answers = rows(40)
    for row in range(4):
        answers[row]["g1"] = "99"
    answers[7]["done"], answers[8]["age"] = "88", ""
    answers[9] |= dict.fromkeys(("g1", "g2", "g3", "g4"), "")
    for row in range(35):
        answers[row]["sex"] = "m"
    for row in range(35, 40):
        answers[row]["sex"] = "f"
    plan = write(answers, '[collect.quality]\ngroups = ["sex"]\n')
    found = missingness(read(plan, form), ("age", *GRID, "done"), plan.collect.quality)
    item = found.items.set_index("item")
    assert item.loc["g1", ["asked", "refused", "no_answer", "missing"]].tolist() == [40, 0.1, 0.025, 0.125]
    assert item.loc["done", "dont_know"] == item.loc["age", "no_answer"] == 0.025
    assert found.flagged[0].rows.tolist() == [9]
    assert found.share[9] == 0.5
    assert found.total()["missing"] == pytest.approx(10 / 320)
    male, female = found.groups.to_dict("records")
    assert (male["level"], male["n"], male["missing"]) == ("m", 35, 10 / 280)
    assert (female["n"], np.isnan(female["missing"])) == (5, True)


# ------------------------------------------------------------------------------------------------ quotas
def test_quotas(write: Write, form: Instrument) -> None:
    answers = rows(60)
    answers[0]["sex"] = ""
    by_file = '[[collect.quotas]]\nitems = ["area", "sex"]\npath = "targets.csv"\n'
    collect = '[[collect.quotas]]\nitems = ["sex"]\nlevels = { m = 100, f = 0 }\n' + by_file
    targets = "area,sex,office,target\nnorth,m,1,4\nnorth,m,2,5\nsouth,f,1,60\n"
    plan = write(answers, collect, targets=targets)
    responses = read(plan, form)
    first, second = (
        quota_progress(responses, form, plan, quota, n)
        for n, quota in enumerate(plan.collect.quotas, start=1)
    )
    male = sum(row["sex"] == "m" for row in answers)
    assert first.table.iloc[0].tolist() == ["m", 100, male, 100 - male, male / 100]
    assert first.table.loc[1, "accepted"] == 59 - male
    assert np.isnan(first.table.loc[1, "share"])
    assert first.n_without == 1
    assert (second.table["level"].tolist(), second.target) == (["north × m", "south × f"], 69)
    north = sum(row["sex"] == "m" and row["area"] == "north" for row in answers)
    assert second.table.loc[0, ["target", "accepted", "remaining"]].tolist() == [9, north, max(9 - north, 0)]


@pytest.mark.parametrize(
    ("collect", "fact"),
    [
        ('items = ["sex"]\nlevels = { x = 1 }', '"sex" has no choice "x"'),
        ('items = ["sexx"]\nlevels = { m = 1 }', '1 column is absent|"sexx"'),
        ('items = ["sex"]\npath = "targets.csv"\ntarget = "wanted"', 'no column "wanted"'),
        ('items = ["sex"]\npath = "targets.csv"', "1 targets are no whole numbers"),
        ('items = ["done"]\nlevels = { yes = 1 }', '"done" is no column of single answers'),
    ],
)
def test_quotas_that_cannot_be(write: Write, form: Instrument, collect: str, fact: str) -> None:
    from netralstat.errors import NetralstatError

    plan = write(collect=f"[[collect.quotas]]\n{collect}\n", targets="sex,target\nm,ten\n")
    with pytest.raises(NetralstatError, match=fact):
        quota_progress(read(plan, form), form, plan, plan.collect.quotas[0], 1)
