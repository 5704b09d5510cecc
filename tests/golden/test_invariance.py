"""Invariance between groups: lavaan's four models, their scaled differences, and what a verdict says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from golden.goldens import case, compare, data
from golden.test_factor_model import FILE, HOLZINGER, ITEMS, MODELS, pupils, shared

from netralstat import Survey
from netralstat.errors import EstimationError, NetralstatError, UsageError
from netralstat.explain.scales.factor_verdicts import of_step
from netralstat.explain.scales.invariance import Invariance

LEVELS = ["configural", "metric", "scalar", "strict"]
__all__ = ["pupils"]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    people = data("asn_open").assign(lik6r=lambda people: 6 - people["lik6"])
    return people.assign(
        island=np.select([people["prov"] <= "13", people["prov"] <= "26"], ["a_west", "b_middle"], "c_east")
    )


def compare_levels(found: Invariance, expected: dict[str, Any], rtol: float) -> None:
    table = found.table.set_index("model")
    assert table.index.tolist() == LEVELS
    for model in LEVELS:
        numbers = table.loc[model, ["chi2", "df", "cfi", "rmsea", "srmr", "bic"]].to_numpy(dtype=float)
        compare(numbers, expected[model], rtol, model, 1e-6)
    changes = table.iloc[1:]
    compare(changes["chi2_change"].to_numpy(), expected["lrt_chisq"][1:], rtol, "difference")
    compare(changes["df_change"].to_numpy(), expected["lrt_df"][1:], 0, "df")
    compare(changes["p_change"].to_numpy(), expected["lrt_p"][1:], 1e-5, "p")


@pytest.mark.golden
def test_pupils_of_two_schools(pupils: Survey) -> None:
    """lavaan's first group is Pasteur, whose means are 0: ours is the first of the alphabet."""
    expected = shared("hs/invariance")
    found = pupils.invariance(HOLZINGER, by="school", errors="normal")
    compare_levels(found, expected, 1e-6)
    of_r = expected["latent_mean_scalar"]
    assert found.means["factor"].tolist() == of_r["lhs"]
    compare(-found.means["estimate"].to_numpy(), of_r["est"], 1e-4, "means")
    compare(found.means["std_error"].to_numpy(), of_r["se"], 1e-5, "errors of means")
    assert found.reached == "metric"
    assert found.table["verdict"].tolist() == ["holds", "holds", "fails", "not reached"]
    assert set(found.means["flag"]) == {"not_comparable"}
    assert "means may not" in found.verdict
    assert "scalar fails: CFI falls by 0.038, more than 0.010" in repr(found)


@pytest.mark.golden
def test_islands_of_the_reference_numbers(frame: pd.DataFrame) -> None:
    expected = shared("asn/invariance")
    found = Survey(frame.dropna(subset=["lik6"])).invariance({"F": ITEMS}, by="island", errors="normal")
    compare_levels(found, expected, 1e-6)
    compare(found.means["estimate"][0], expected["latent_mean_scalar"]["est"], 1e-3, "mean")
    compare(found.means["std_error"][0], expected["latent_mean_scalar"]["se"], 1e-5, "error of the mean")
    assert found.reached == "strict"
    assert set(found.means["flag"]) == {""}


@pytest.mark.golden
def test_scaled_differences(frame: pd.DataFrame) -> None:
    """Satorra and Bentler's of 2010, whose scale is always positive."""
    expected = case(FILE, "one/invariance")
    found = Survey(frame).invariance(MODELS["one"], by="island", errors="robust")
    table = found.table.set_index("model")
    for model in LEVELS:
        of_r = expected["fit"][model]
        row = table.loc[model]
        compare(row["chi2_plain"], of_r["chisq"], 1e-6, f"{model}, plain")
        compare(row["chi2"], of_r["chisq.scaled"], 1e-5, f"{model}, scaled")
        named = {"cfi": "cfi.robust", "tli": "tli.robust", "rmsea": "rmsea.robust"}
        named |= {name: name for name in ("srmr", "aic", "bic")}
        compare(
            {own: row[own] for own in named}, {own: of_r[name] for own, name in named.items()}, 1e-5, model
        )
    for model, of_r in zip(LEVELS[1:], expected["difference"], strict=True):
        row = table.loc[model, ["chi2_change", "df_change", "p_change"]].to_numpy(dtype=float)
        compare(row, list(of_r.values()), 2e-4, f"{model}, difference")


def test_one_group_of_all_is_the_factor_model(frame: pd.DataFrame) -> None:
    """Two groups with the same answers: χ² is twice, and nothing differs between them."""
    half = frame[["w", "kab", *ITEMS]].dropna()
    twice = pd.concat([half.assign(g=1), half.assign(g=2)])
    found = Survey(twice, weight="w").invariance(MODELS["two"], by="g", errors="normal")
    one = Survey(half, weight="w").factor_model(MODELS["two"], errors="normal").fit.iloc[0]
    row = found.table.iloc[0]
    compare(row["chi2"], 2 * one["chi2"], 1e-8, "chi-squared")
    compare([row["df"], row["cfi"]], [2 * one["df"], one["cfi"]], 1e-9, "df, CFI")
    compare(found.table["chi2"].to_numpy(), np.full(4, row["chi2"]), 1e-8, "nothing is lost")
    compare(found.means["estimate"].to_numpy(), np.zeros(2), 0, "means", 1e-8)
    assert found.groups["n"].tolist() == [len(half)] * 2


def test_groups_that_share_psus(frame: pd.DataFrame) -> None:
    """Means of men and women vary together where the same districts are drawn: the covariance counts."""
    survey = Survey(frame, weight="w", stratum="prov", psu="kab", lonely_psu="average")
    found = survey.invariance(MODELS["one"], by="sex")
    assert found.reached in ("scalar", "strict")
    assert (found.errors, found.df) == ("design", survey.factor_model(MODELS["one"]).df)
    flat = survey.invariance(MODELS["one"], by="sex", errors="robust")
    compare(found.means["estimate"].to_numpy(), flat.means["estimate"].to_numpy(), 1e-12, "estimate")
    assert found.means["std_error"][0] != flat.means["std_error"][0]
    assert (found.table["scale_change"].iloc[1:] > 0).all()
    assert found._repr_html_().count("<table") == 1
    assert found.to_frame().equals(found.table)


def test_a_group_that_reads_an_item_otherwise(frame: pd.DataFrame) -> None:
    easier = frame.assign(lik2=frame["lik2"] + 1.5 * (frame["sex"] == "L"))
    found = Survey(easier, weight="w", psu="kab").invariance(MODELS["one"], by="sex")
    assert found.reached == "metric"
    assert found.table.set_index("model")["verdict"]["scalar"] == "fails"
    rng = np.random.default_rng(3)
    unlike = frame.assign(lik2=np.where(frame["sex"] == "L", rng.permutation(frame["lik2"]), frame["lik2"]))
    found = Survey(unlike, weight="w", psu="kab").invariance(MODELS["one"], by="sex")
    assert found.reached == "configural"
    assert "neither slopes nor means" in repr(found)


def test_limits_of_change() -> None:
    assert of_step(0.010, 0.014, 1000) == ("holds", [])
    assert of_step(0.011, 0.0, 1000) == ("fails", ["CFI falls by 0.011, more than 0.010"])
    assert of_step(0.0, 0.015, 1000) == ("doubtful", ["RMSEA rises by 0.015, 0.015 or more"])
    assert of_step(0.006, 0.0, 300) == ("fails", ["CFI falls by 0.006, more than 0.005"])


REFUSALS: dict[str, tuple[type[NetralstatError], str, dict[str, Any]]] = {
    "absent": (NetralstatError, "nowhere", {"by": "nowhere"}),
    "an item": (UsageError, '"lik1" is an item of the scales', {"by": "lik1"}),
    "one group": (UsageError, '"all" has 1 group', {"by": "all"}),
    "a small group": (EstimationError, "1 of 2 groups have fewer than 8 respondents", {"by": "few"}),
    "errors": (UsageError, 'errors = "none" is not known', {"by": "sex", "errors": "none"}),
    "level": (UsageError, "level = 0 is outside", {"by": "sex", "level": 0}),
    "constant in a group": (
        EstimationError, "have the same answer from all", {"by": "sex", "scales": {"F": [*ITEMS[:2], "flat"]}}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(frame: pd.DataFrame, name: str) -> None:
    kind, fact, arguments = REFUSALS[name]
    wider = frame.assign(
        all=1, few=(frame.index < 6).astype(int), flat=frame["lik3"].where(frame["sex"] == "P", 3.0)
    )
    with pytest.raises(kind, match=fact):
        Survey(wider, weight="w").invariance(**{"scales": {"F": ITEMS}, **arguments})
