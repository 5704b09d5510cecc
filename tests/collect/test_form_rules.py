"""Range, requirement, choice filter and list counts: who breaks them, and what is not evaluated."""

from __future__ import annotations

import numpy as np
import pytest

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.collect.responses import read_responses

SOURCE = (
    '[[collect.sources]]\npath = "export.csv"\nkind = "table"\ndelimiter = ";"\nselect_multiple = "joined"\n'
)
EXPERIMENT = """[[collect.list_experiments]]
id = "acts"
arm = "arm"
control = "c"
treatment = "t"
n_items = 4
"""


def form(*items: Item) -> Instrument:
    return Instrument(
        id="f", version="1", titles={"en": "F"}, languages=("en",), default_language="en", items=items
    )


def read(wave, items: tuple[Item, ...], *rows: str, declared: str = ""):
    header = ";".join([*(item.name for item in items), "pw"])
    text = "\n".join([header, *(f"{row};1" for row in rows)]) + "\n"
    return read_responses(wave(text, source=SOURCE + declared), form(*items))


def found(responses) -> list[tuple[int, str, str, str]]:
    table = responses.findings
    return list(zip(table["row"], table["column"], table["rule"], table["severity"], strict=True))


REGENCIES = (
    *(Choice(name=code, columns={"province": code[:2]}) for code in ("3201", "3202", "3301", "3302")),
    Choice(name="none", missing="refused"),
)
PROVINCE = Item(name="province", kind="text")


def test_a_range_ends_where_its_slider_does(wave):
    items = (
        Item(name="share", kind="decimal", minimum=0, maximum=10),
        Item(name="least", kind="integer", minimum=1),
    )
    result = read(wave, items, "0;1", "10;99", "10.5;0", "-1;", ";x")
    assert found(result) == [
        (4, "share", "range", "error"),
        (4, "least", "range", "error"),
        (5, "share", "range", "error"),
        (6, "least", "type", "error"),
    ]
    assert result.frame["share"].isna().tolist() == [False, False, True, True, True]
    assert "10.5" not in " ".join(result.findings["note"])
    assert len(result.invalid) == 4


def test_a_requirement_that_depends(wave):
    items = (
        Item(name="a", kind="text"),
        Item(name="b", kind="text", required_if="${a} = 'x'"),
        Item(name="c", kind="text", required_if="today() > 1"),
    )
    result = read(wave, items, "x;;", "y;;", "x;z;")
    assert found(result) == [(1, "c", "not-evaluated", "warning"), (2, "b", "required", "warning")]


def test_a_choice_that_the_form_did_not_offer(wave):
    item = Item(name="regency", kind="select_one", choices=REGENCIES, choice_filter="province = ${province}")
    result = read(
        wave, (PROVINCE, item), "32;3201", "32;3301", "33;3302", ";3201", "32;none", "32;", "32;9999"
    )
    assert found(result) == [
        (3, "regency", "choice-filter", "error"),
        (5, "regency", "choice-filter", "error"),
        (8, "regency", "choice", "error"),
    ]
    reasons = ["", "no_answer", "", "no_answer", "refused", "no_answer", "no_answer"]
    assert list(result.missing["regency"]) == reasons


def test_several_choices_must_all_have_been_offered(wave):
    item = Item(
        name="regency",
        kind="select_multiple",
        choices=REGENCIES,
        choice_filter="province=${province} or name='3302'",
    )
    result = read(wave, (PROVINCE, item), "32;3201 3202", "32;3201 3302", "32;3201 3301", "33;", "33;3301")
    assert found(result) == [(4, "regency", "choice-filter", "error")]
    assert list(result.missing["regency"]) == ["", "", "no_answer", "no_answer", ""]


@pytest.mark.parametrize("kind", ["select_one", "select_multiple"])
def test_a_filter_outside_the_subset_is_told_once_and_nobody_is_judged(wave, kind):
    item = Item(name="regency", kind=kind, choices=REGENCIES, choice_filter="position(..) = level")
    result = read(wave, (PROVINCE, item), "32;3201", "32;3301")
    assert found(result) == [(1, "regency", "not-evaluated", "warning")]
    assert list(result.missing["regency"]) == ["", ""]


def test_nothing_is_asked_of_what_does_not_apply(wave):
    items = (
        Item(name="a", kind="text"),
        Item(name="b", kind="text", relevant="${a} = 'x'", required=True),
    )
    declared = '[collect.missing]\ncodes = { NA = "not_applicable", RF = "refused", EM = "no_answer" }\n'
    result = read(wave, items, "y;NA", "y;RF", "y;EM", "x;EM", "x;NA", declared=declared)
    assert list(result.missing["b"]) == [
        "not_applicable",
        "refused",
        "not_asked",
        "no_answer",
        "not_applicable",
    ]
    assert found(result) == [(3, "b", "skip", "warning"), (5, "b", "required", "warning")]


COUNTS = (
    Item(name="arm", kind="text"),
    Item(name="nc", kind="decimal"),
    Item(name="nt", kind="decimal"),
)


def test_counts_of_a_list_experiment(wave):
    declared = EXPERIMENT + 'count_control = "nc"\ncount_treatment = "nt"\n'
    rows = ("c;4;", "c;5;", "t;;5", "t;;6", "c;-1;", "c;2.5;", "c;2;3", "t;2;3", ";2;3", "t;;")
    result = read(wave, COUNTS, *rows, declared=declared)
    assert found(result) == [
        (3, "nc", "list-count", "error"),
        (5, "nt", "list-count", "error"),
        (6, "nc", "list-count", "error"),
        (7, "nc", "list-count", "error"),
        (8, "nt", "list-count", "error"),
        (9, "nc", "list-count", "error"),
        (10, "nc", "list-count", "error"),
        (10, "nt", "list-count", "error"),
    ]
    nan = np.nan
    np.testing.assert_array_equal(result.frame["nc"], [4, nan, nan, nan, nan, nan, 2, nan, nan, nan])
    np.testing.assert_array_equal(result.frame["nt"], [nan, nan, 5, nan, nan, nan, nan, 3, nan, nan])
    assert result.missing["nc"].eq("").sum() == 2
    assert result.n_read == result.n_accepted + result.n_rejected == 10


def test_one_column_of_counts_is_judged_by_the_arm(wave):
    declared = EXPERIMENT + 'count = "nc"\n'
    result = read(wave, COUNTS, "c;5;", "t;5;", ";5;", "t;6;", declared=declared)
    assert [(row, rule) for row, _, rule, _ in found(result)] == [(2, "list-count"), (5, "list-count")]


def test_what_refers_to_an_item_that_a_source_lacks_is_not_judged_there(wave, instrument):
    items = (Item(name="a", kind="text"), Item(name="b", kind="text", relevant="${a} = 'x'", required=True))
    items = (*items, Item(name="c", kind="integer", constraint=". > 5 and ${a} != 'z'"))
    plan = wave()
    (plan.folder / "more.csv").write_text("b;c;pw\n;1;1\ny;9;1\n")
    second = SOURCE.replace("export.csv", "more.csv") + 'absent = ["a"]\n'
    text = "a;b;c;pw\nx;;1;1\ny;;9;1\n"
    result = read_responses(wave(text, source=SOURCE + second), form(*items))
    assert list(result.missing["a"]) == ["", "", "not_asked", "not_asked"]
    assert list(result.missing["b"]) == ["no_answer", "not_asked", "no_answer", ""]
    told = result.findings[result.findings["source"] == "export.csv"]
    assert [
        (row, column, rule)
        for row, column, rule in zip(told["row"], told["column"], told["rule"], strict=True)
    ] == [
        (1, "b", "not-evaluated"),
        (1, "c", "not-evaluated"),
        (2, "b", "required"),
        (2, "c", "constraint"),
    ]
    assert 'refers to "a", which 2 rows do not have' in told["note"].iloc[0]
