"""What is hidden, for which reason, and that it cannot be had by subtraction."""

import math

import numpy as np
import pytest
from report.small_wave import estimates

from netralstat.ask.plan import Plan
from netralstat.errors import DisclosureError
from netralstat.estimate.estimates import Estimates
from netralstat.report.suppression import (
    hidden_cells,
    require_suppressed,
    suppress,
    suppress_all,
    suppress_wave,
)


def _flags(table: Estimates) -> list[str]:
    return table.to_frame()["flag"].tolist()


def _by(*rows: tuple[str, float, int, int]) -> Estimates:
    made = [
        {"item": "x", "place": place, "estimate": p, "n": n, "n_yes": yes, "std_error": 0.01}
        for place, p, n, yes in rows
    ]
    return estimates(made, by="place")


@pytest.mark.parametrize(
    ("row", "flag"),
    [
        ({"estimate": 0.5, "n": 9, "n_yes": 5}, "suppressed_n"),
        ({"estimate": 0.5, "n": 100, "n_yes": 9}, "suppressed_numerator"),
        ({"estimate": 0.5, "n": 100, "n_yes": 91}, "suppressed_numerator"),
        ({"estimate": 0.0, "n": 100, "n_yes": 0}, "suppressed_numerator"),
        ({"estimate": 0.5, "n": 100, "n_yes": 10}, ""),
        ({"estimate": 0.5, "n": 100, "n_yes": 90}, ""),
        ({"estimate": 0.5, "n": 29, "n_yes": 14}, "unreliable"),
        ({"estimate": 0.5, "n": 100, "n_yes": 50, "conf_low": np.nan, "conf_high": np.nan}, "unreliable"),
        ({"estimate": 0.5, "n": 100, "n_yes": 50, "n_eff": 29.9}, "unreliable"),
        ({"estimate": 0.5, "n": 100, "n_yes": 50, "conf_low": 0.35, "conf_high": 0.65}, "unreliable"),
        ({"estimate": 0.5, "n": 100, "n_yes": 50, "conf_low": 0.36, "conf_high": 0.65}, ""),
        ({"estimate": 0.04, "n": 500, "n_yes": 20, "conf_low": 0.02, "conf_high": 0.0721}, "unreliable"),
        ({"estimate": 0.04, "n": 500, "n_yes": 20, "conf_low": 0.02, "conf_high": 0.069}, ""),
        ({"estimate": 0.02, "n": 900, "n_yes": 18, "conf_low": 0.0, "conf_high": 0.05}, ""),
    ],
)
def test_primary_rules(row: dict, flag: str) -> None:
    assert _flags(suppress(estimates([{"item": "x", **row}]))) == [flag]


def test_hidden_rows_lose_their_numbers_and_keep_n() -> None:
    frame = suppress(estimates([{"item": "x", "estimate": 0.5, "n": 100, "n_yes": 4}])).to_frame()
    hidden = frame.loc[0, ["estimate", "std_error", "conf_low", "conf_high", "n_yes", "n_eff", "deff"]]
    assert np.isnan(hidden.to_numpy(dtype=float)).all()
    assert frame.loc[0, "n"] == 100


def test_setting_changes_the_result() -> None:
    table = estimates([{"item": "x", "estimate": 0.5, "n": 100, "n_yes": 12}])
    assert _flags(suppress(table, 10)) == [""]
    assert _flags(suppress(table, 13)) == ["suppressed_numerator"]


def test_means_are_hidden_by_n_alone() -> None:
    rows = [{"item": item, "estimate": 40.0, "n": n} for item, n in (("age", 9), ("tenure", 10))]
    assert _flags(suppress(estimates(rows, statistic="mean"))) == ["suppressed_n", ""]


def test_a_single_hidden_domain_hides_the_next_smallest() -> None:
    table = _by(("a", 0.1, 200, 20), ("b", 0.02, 200, 4), ("c", 0.08, 200, 16), ("d", 0.4, 200, 80))
    assert _flags(suppress(table)) == ["", "suppressed_numerator", "suppressed_secondary", ""]


def test_two_hidden_domains_need_no_third() -> None:
    table = _by(("a", 0.02, 200, 4), ("b", 0.02, 200, 4), ("c", 0.08, 200, 16))
    assert _flags(suppress(table)) == ["suppressed_numerator", "suppressed_numerator", ""]


def test_the_row_of_the_whole_is_no_neighbour() -> None:
    table = _by(("a", 0.02, 200, 4), ("b", 0.4, 200, 80))
    rows = [
        {**row, "place": place} for row, place in zip(table.to_frame().to_dict("records"), "ab", strict=True)
    ]
    whole = {"item": "x", "place": None, "estimate": 0.3, "n": 400, "n_yes": 84}
    assert _flags(suppress(estimates([*rows, whole], by="place"))) == [
        "suppressed_numerator",
        "suppressed_secondary",
        "",
    ]


def test_levels_of_one_item_add_up_to_one() -> None:
    shares = (("a", 0.02, 4), ("b", 0.3, 60), ("c", 0.68, 136))
    rows = [{"item": "x", "level": level, "estimate": p, "n": 200, "n_yes": yes} for level, p, yes in shares]
    assert _flags(suppress(estimates(rows))) == ["suppressed_numerator", "suppressed_secondary", ""]


def test_identities_protect_the_four() -> None:
    counts = {"a": 60, "b": 40, "either": 95, "both": 5}
    rows = [{"item": item, "estimate": yes / 500, "n": 500, "n_yes": yes} for item, yes in counts.items()]
    alone = suppress_all({"t": estimates(rows)})
    tied = suppress_all({"t": estimates(rows)}, identities=[frozenset(counts)])
    assert _flags(alone["t"]) == ["", "", "", "suppressed_numerator"]
    assert _flags(tied["t"]) == ["", "suppressed_secondary", "", "suppressed_numerator"]


def test_an_identity_with_an_absent_member_hides_nothing() -> None:
    rows = [
        {"item": item, "estimate": yes / 500, "n": 500, "n_yes": yes} for item, yes in (("a", 60), ("b", 5))
    ]
    tied = suppress_all({"t": estimates(rows)}, identities=[frozenset({"a", "b", "either", "both"})])
    assert _flags(tied["t"]) == ["", "suppressed_numerator"]


def test_nesting_protects_within_the_larger_region() -> None:
    rows = (("a", 0.02, 200, 4), ("b", 0.02, 200, 4), ("c", 0.3, 200, 60), ("d", 0.2, 200, 40))
    nesting = {"place": {"a": "west", "c": "west", "b": "east", "d": "east"}}
    assert _flags(suppress_all({"t": _by(*rows)})["t"])[2:] == ["", ""]
    assert _flags(suppress_all({"t": _by(*rows)}, nesting=nesting)["t"])[2:] == ["suppressed_secondary"] * 2


def test_differences_follow_their_base(plan: Plan, raw: dict[str, Estimates]) -> None:
    passed = suppress_wave(raw, plan)
    base = passed["headline_by_province"].to_frame().set_index(["item", "province"])["flag"]
    assert base["acted", "jambi"] == "suppressed_numerator"
    assert base["acted", "bali"] == "suppressed_secondary"
    versus = passed["headline_vs_national_province"].to_frame().set_index(["item", "province"])
    assert versus["flag"].to_dict() == base.to_dict()
    assert math.isnan(versus.loc[("acted", "jambi"), "p_adjusted"])
    assert versus.loc[("pressed", "jambi"), "p_adjusted"] == 0.004


def test_differences_are_refused_without_their_base(raw: dict[str, Estimates]) -> None:
    name = "headline_vs_national_province"
    with pytest.raises(DisclosureError, match="without the table it was computed from"):
        suppress(raw[name])
    with pytest.raises(DisclosureError, match="are not beside it"):
        suppress_all({name: raw[name]})


def test_the_gate(plan: Plan, raw: dict[str, Estimates]) -> None:
    with pytest.raises(DisclosureError, match=r"7 of 7 tables[\s\S]*suppress_all"):
        require_suppressed(raw)
    require_suppressed(suppress_wave(raw, plan))


def test_hidden_cells_name_reasons_not_numbers(plan: Plan, raw: dict[str, Estimates]) -> None:
    cells = hidden_cells(suppress_wave(raw, plan))
    assert {
        "table": "headline_by_province",
        "row": "item=acted, level=1, province=jambi",
        "reason": "confidential",
    } in cells
    assert len(cells) == 4
