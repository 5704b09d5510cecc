"""Codes that mean a missing answer: whose they are, which declaration comes first, what contradicts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.collect.missing_codes import missing_codes, seen_by_form
from netralstat.collect.responses import read_responses
from netralstat.collect.text_table import TextColumn
from netralstat.errors import PlanError

HEADER = "consent;age;done;own;share;day;start;remark;pw"


def lines(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


SOURCE = (
    '[[collect.sources]]\npath = "export.csv"\nkind = "table"\ndelimiter = ";"\nselect_multiple = "joined"\n'
)


def only(text: str) -> str:
    return f'{SOURCE}[collect.missing]\ncodes = {{ "-9" = "refused" }}\n{text}'


def with_scale(instrument: Instrument) -> Instrument:
    choices = tuple(Choice(name=str(score), score=float(score)) for score in range(1, 6))
    items = tuple(
        Item(name=f"s{number}", kind="select_one", choices=choices, tags={"scale": "trust"})
        for number in (1, 2)
    )
    return replace(instrument, items=(*instrument.items, *items))


def test_codes_of_a_kind_keep_their_reasons_and_no_rule_fires(wave, instrument):
    text = only('[[collect.missing.only]]\nkind = "integer"\ncodes = { 98 = "dont_know", 99 = "refused" }')
    rows = ("yes;98;none;;98;;;98;1", "yes;99.0;none;;;;;;1", "yes;099;none;;;;;;1", "yes;97;none;;;;;;1")
    read = read_responses(wave(lines(*rows), source=text), instrument)
    assert list(read.missing["age"]) == ["dont_know", "no_answer", "refused", "no_answer"]
    assert read.frame["age"].isna().all()
    assert (read.missing["share"][0], read.frame["share"][0], read.frame["remark"][0]) == ("", 98, "98")
    found = read.findings[read.findings["column"] == "age"]
    assert found[["row", "rule"]].values.tolist() == [[3, "type"], [5, "constraint"]]


def test_a_number_is_the_code_however_it_is_written(wave, instrument):
    text = only('[[collect.missing.only]]\nitems = ["share"]\ncodes = { 98 = "dont_know" }')
    rows = (
        "yes;40;none;;98.0;;;;1",
        "yes;40;none;;9.8e1;;;;1",
        "yes;40;none;;98.5;;;;1",
        "yes;40;none;;-9.00;;;;1",
    )
    read = read_responses(wave(lines(*rows), source=text), instrument)
    assert list(read.missing["share"]) == ["dont_know", "dont_know", "", "refused"]


def test_the_narrower_declaration_comes_first(wave, instrument):
    text = only(
        """[[collect.missing.only]]
kind = "integer"
codes = { 99 = "refused", 98 = "not_applicable", 97 = "no_answer" }
[[collect.missing.only]]
items = ["age"]
codes = { 98 = "dont_know", "-9" = "not_applicable" }
answers = ["97"]
[[collect.missing.only]]
kind = "select_one"
codes = { 9 = "refused" }
[[collect.missing.only]]
scale = "trust"
codes = { 9 = "dont_know" }"""
    )
    codes = missing_codes(wave(source=text), with_scale(instrument))
    assert codes["age"] == {"98": "dont_know", "-9": "not_applicable", "99": "refused"}
    assert codes["s1"] == codes["s2"] == {"9": "dont_know", "-9": "refused"}
    assert codes["own"] == {"9": "refused", "-9": "refused"}
    assert codes["remark"] == {"-9": "refused"}


def test_a_choice_of_the_form_is_an_answer_against_codes_of_all_and_of_a_kind(wave, instrument):
    text = only(
        '[[collect.missing.only]]\nkind = "select_one"\ncodes = { no = "refused", NA = "not_applicable" }'
    )
    read = read_responses(
        wave(lines("no;40;banner;no;;;;;1", "yes;40;banner;NA;;;;;1"), source=text), instrument
    )
    assert list(read.missing["consent"]) == ["", ""]
    assert list(read.missing["own"]) == ["", "not_applicable"]


def test_all_five_reasons_stay_apart(wave, instrument):
    text = only(
        '[[collect.missing.only]]\nitems = ["share"]\ncodes = { a = "refused", b = "dont_know", '
        'c = "not_applicable", d = "not_asked", e = "no_answer" }'
    )
    rows = [f"yes;40;none;;{cell};;;;1" for cell in ("a", "b", "c", "d", "e", "", "5")]
    read = read_responses(wave(lines(*rows), source=text), instrument)
    reasons = ["refused", "dont_know", "not_applicable", "not_asked", "no_answer", "no_answer", ""]
    assert list(read.missing["share"]) == reasons
    counts = read.summary().set_index("item").loc["share"]
    assert counts.to_dict() == {
        "answered": 1, "refused": 1, "dont_know": 1, "not_applicable": 1, "not_asked": 1, "no_answer": 2,
    }  # fmt: skip


def test_declared_codes_among_several_chosen(wave, instrument):
    text = only('[[collect.missing.only]]\nitems = ["done"]\ncodes = { 98 = "dont_know" }')
    rows = ("yes;40;98;;;;;;1", "yes;40;banner 98;yes;;;;;1", "yes;40;98 -9;;;;;;1")
    read = read_responses(wave(lines(*rows), source=text), instrument)
    assert list(read.missing["done"]) == ["dont_know", "", "dont_know"]
    assert read.frame["done/banner"].fillna(-1).tolist() == [-1, 1, -1]
    found = read.findings[read.findings["column"] == "done"]
    assert found[["row", "rule"]].values.tolist() == [[3, "contradiction"]]


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        (
            '[[collect.missing.only]]\nitems = ["age"]\ncodes = { 98 = "refused" }\n'
            '[[collect.missing.only]]\nitems = ["age", "share"]\ncodes = { 98 = "dont_know" }',
            r'"98" of "age" is "refused" in only\[1\].items and "dont_know" in only\[2\].items',
        ),
        (
            '[[collect.missing.only]]\nitems = ["own"]\ncodes = { no = "refused" }',
            r'"no" of "own" is "refused" in only\[1\].items, and its choice list says an answer',
        ),
        (
            '[[collect.missing.only]]\nitems = ["own"]\ncodes = { refused = "dont_know" }',
            r'"refused" of "own" is "dont_know" in only\[1\].items, and its choice list says "refused"',
        ),
        (
            '[[collect.missing.only]]\nscale = "trust"\ncodes = { 5 = "dont_know" }',
            r'"5" of "s1" is "dont_know" in only\[1\].scale, and its choice list',
        ),
        (
            '[[collect.missing.only]]\nitems = ["agee"]\ncodes = { 5 = "dont_know" }',
            r'names "agee", no item with an answer. Did you mean "age"',
        ),
        (
            '[[collect.missing.only]]\nitems = ["intro"]\ncodes = { 5 = "dont_know" }',
            'names "intro", no item with an answer',
        ),
        (
            '[[collect.missing.only]]\nscale = "trusty"\ncodes = { 5 = "dont_know" }',
            r'names "trusty", which is no scale. Did you mean "trust"',
        ),
        (
            '[[collect.missing.only]]\nkind = "calculate"\ncodes = { 5 = "dont_know" }',
            "is for kind calculate, and the form has no such item",
        ),
    ],
)
def test_contradictions_and_unknown_names_are_errors_of_the_plan(wave, instrument, tables, words):
    with pytest.raises(PlanError, match=words) as caught:
        missing_codes(wave(source=only(tables)), with_scale(instrument))
    assert caught.value.where == "wave.toml, collect.missing"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('codes = { 5 = "dont_know" }', '"items", "scale" and "kind"'),
        ('items = ["age"]\nkind = "integer"\ncodes = { 5 = "dont_know" }', '"items", "scale" and "kind"'),
        ('items = ["age"]', 'needs "codes" or "answers"'),
        ('items = ["age"]\ncodes = { 5 = "dont_know" }\nanswers = ["5"]', "names twice: 5"),
        ('items = ["age"]\ncodes = { 5 = "dontknow" }', 'Did you mean "dont_know"'),
        ('kind = "note"\ncodes = { 5 = "dont_know" }', "note"),
    ],
)
def test_what_a_table_cannot_say(wave, table, words):
    with pytest.raises(PlanError, match=words):
        wave(source=only("[[collect.missing.only]]\n" + table))


def test_skip_logic_sees_what_was_typed_in(wave, instrument):
    items = [
        replace(item, relevant="${age} > 90") if item.name == "own" else item for item in instrument.items
    ]
    text = only(
        '[[collect.missing.only]]\nitems = ["age"]\ncodes = { 98 = "dont_know", 99 = "not_applicable" }'
    )
    rows = ("yes;98;none;;;;;;1", "yes;99;none;;;;;;1")
    read = read_responses(wave(lines(*rows), source=text), replace(instrument, items=tuple(items)))
    assert list(read.missing["own"]) == ["no_answer", "not_asked"]


def test_the_column_is_kept_where_nothing_is_hidden():
    column = TextColumn(levels=("1", "98", "99"), codes=np.array([0, 1, 2], dtype=np.int32))
    assert seen_by_form(column, {"98": "refused"}) is column
    assert seen_by_form(column, {"98": "refused", "99": "not_asked"}).levels == ("1", "98", "")
