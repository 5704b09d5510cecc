"""Grouping in memory equals a group-by of pandas, whatever columns have as levels or miss."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netralstat import Survey
from netralstat.frames import Term, open_table

TERMS = {
    "n": Term(weight="w"),
    "w": Term(weight="w", weight_power=1),
    "w2": Term(weight="w", weight_power=2),
    "y": Term(weight="w", weight_power=1, item="y", value_power=1),
    "answered": Term(weight="w", item="y"),
}


def people(n: int, levels: tuple[int, int]) -> pd.DataFrame:
    draw = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "a": draw.integers(0, levels[0], n),
            "b": draw.integers(0, levels[1], n) * 7 - 3,
            "c": draw.choice(["x", "y", None], n),
            "w": draw.choice([0.0, 1.5, 2.0], n),
            "y": draw.choice([0.0, 1.0, np.nan], n),
        }
    )
    frame["nested"] = frame["a"] // 2
    return frame


@pytest.mark.parametrize("keys", [["a", "b"], ["b", "a", "nested"], ["c"], ["a", "c"], ["nested", "a"], []])
@pytest.mark.parametrize(
    "levels",
    [(5, 6), (700, 3), (2_000, 2_000)],
    ids=["few levels", "one column alone", "more combinations than a table holds"],
)
def test_sums_are_those_of_pandas(keys: list[str], levels: tuple[int, int]) -> None:
    frame = people(4_000, levels)
    found = open_table(frame).group(keys, TERMS)
    rows = frame.assign(
        n=(frame["w"] > 0).astype(float),
        w2=frame["w"] ** 2,
        wy=(frame["w"] * frame["y"]).fillna(0.0),
        answered=((frame["w"] > 0) & frame["y"].notna()).astype(float),
        everybody=0,
    )
    by = keys or ["everybody"]
    expected = rows.groupby(by, dropna=False)[["n", "w", "w2", "wy", "answered"]].sum()
    labels = pd.DataFrame(
        {
            key: [one.levels[code] if code >= 0 else None for code in one.codes]
            for key, one in found.keys.items()
        }
    )
    labels = labels if keys else pd.DataFrame({"everybody": [0]})
    sums = pd.DataFrame({name: found.sums[name] for name in ("n", "w", "w2", "y", "answered")})
    got = pd.concat([labels, sums], axis=1).set_index(by)
    got.index = pd.MultiIndex.from_frame(labels.astype(object).where(labels.notna(), "?"))
    wanted = expected.reset_index()
    wanted.index = pd.MultiIndex.from_frame(wanted[by].astype(object).where(wanted[by].notna(), "?"))
    assert len(got) == len(wanted)
    for ours, theirs in zip(("n", "w", "w2", "y", "answered"), expected.columns, strict=True):
        np.testing.assert_allclose(got[ours].reindex(wanted.index), wanted[theirs], 1e-12, err_msg=ours)


def test_crossing_is_the_group_by_of_both() -> None:
    frame = people(500, (20, 4))
    crossed = open_table(frame).cross(["a"], ["b", "c"], "w")
    spread = np.zeros((len(crossed.units["a"].codes), len(crossed.patterns.sums["n"])))
    np.add.at(spread, (crossed.unit, crossed.pattern), crossed.weights)
    assert spread.sum() == pytest.approx(frame["w"].sum(), rel=1e-12)
    by_unit = frame.groupby("a")["w"].sum()
    levels = [crossed.units["a"].levels[code] for code in crossed.units["a"].codes]
    np.testing.assert_allclose(spread.sum(axis=1), by_unit.loc[levels], 1e-12)
    np.testing.assert_allclose(spread.sum(axis=0), crossed.patterns.sums["w"], 1e-12)


@pytest.mark.parametrize("psu", [None, "psu"])
def test_an_item_of_many_levels_is_added_up_row_by_row(psu: str | None) -> None:
    draw = np.random.default_rng(6)
    frame = pd.DataFrame({"w": draw.uniform(1, 3, 600), "psu": np.arange(600) % 30})
    frame["language"] = [f"l{i:02d}" for i in draw.integers(0, 40, 600)]
    table = Survey(frame, weight="w", psu=psu).prevalence("language").table
    shares = frame.groupby("language")["w"].sum() / frame["w"].sum()
    np.testing.assert_allclose(table["estimate"], shares.loc[table["level"]], 1e-12)
    np.testing.assert_array_equal(table["n_yes"], frame["language"].value_counts().loc[table["level"]])


def test_truths_with_a_missing_one_are_numbers() -> None:
    frame = pd.DataFrame({"w": 1.0, "c": [1, 1, 2, 2], "yes": pd.array([True, False, None, True])})
    survey = Survey(frame.assign(x=[1.0, 2.0, 4.0, 8.0]), weight="w", psu="c")
    assert survey.ratio("yes", "x").table["estimate"][0] == pytest.approx(2 / 11, rel=1e-12)


def test_a_design_without_columns_asks_nothing() -> None:
    people_frame = people(50, (3, 3))
    polars = pytest.importorskip("polars", reason="polars is not installed")
    lazy = polars.DataFrame({"y": people_frame["y"].tolist()}).lazy()
    expected = Survey(people_frame[["y"]]).prevalence("y").table["estimate"][0]
    assert Survey(lazy).prevalence("y").table["estimate"][0] == pytest.approx(expected, rel=1e-12)
