"""A form with a repeat: the main export has no column of its questions, and nothing may count on one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.plan import Plan
from netralstat.collect.responses import read_responses
from netralstat.errors import PlanError


@pytest.fixture
def repeated(instrument: Instrument) -> Instrument:
    child = Item(name="child_age", kind="integer", group=("child",), repeat="child", required=True)
    sex = Item(name="child_sex", kind="select_one", choices=(Choice(name="f"),), repeat="child")
    later = Item(name="grown", kind="integer", relevant="${child_age} > 17")
    items = (*instrument.items[:-1], child, sex, later, instrument.items[-1])
    return dataclasses.replace(instrument, items=items)


HEADER = "consent;age;done;own;share;day;start;grown;remark;pw"
ROW = "yes;40;none;;1.5;2021-07-02;2021-07-02T08:00:00.000+07:00;2;;2.5"


def test_the_main_export_is_read_without_the_columns_of_the_repeat(
    repeated: Instrument, wave: Callable[..., Plan]
) -> None:
    responses = read_responses(wave(f"{HEADER}\n{ROW}\n"), repeated)
    assert "child_age" not in responses.frame
    assert responses.frame["grown"].tolist() == [2.0]
    notes = responses.findings.loc[responses.findings["column"] == "grown", ["rule", "note"]]
    assert notes["rule"].tolist() == ["not-evaluated"]
    assert "child_age" in notes["note"].iloc[0]


def test_an_exclusion_by_a_repeated_question_is_refused(
    repeated: Instrument, wave: Callable[..., Plan]
) -> None:
    collect = 'exclude = [{ item = "child_sex", in = ["f"], reason = "child" }]'
    with pytest.raises(PlanError, match='"child_sex" is asked in the repeat "child": a row has no answer'):
        read_responses(wave(f"{HEADER}\n{ROW}\n", collect=collect), repeated)
