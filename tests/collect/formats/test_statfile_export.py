"""The SPSS export of tests/exports gives the true answers, cell by cell; what it does not hold is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netralstat.ask.instrument import Instrument
from netralstat.ask.plan_collect import Source
from netralstat.ask.xlsform import read_xlsform
from netralstat.collect.dialects.answers import Answers, Declared
from netralstat.collect.dialects.tables import read_table
from netralstat.collect.formats.statfiles import read_statfile

EXPORTS = Path(__file__).parents[2] / "exports"
DESTROYED = ("start", "end", "today", "le_u", "layak")
"""Items of the form that the SPSS file has no variable for."""

MULTIPLE = ("diminta", "diminta_oleh", "pernah", "solusi")


@pytest.fixture(scope="module")
def form() -> Instrument:
    return read_xlsform(EXPORTS / "netral_asn_v1.xlsx")


@pytest.fixture(scope="module")
def truth() -> list[dict[str, object]]:
    with (EXPORTS / "canonical.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def answers(form: Instrument) -> Answers:
    # SPSS allows no "/" in a name: the wave file says which variable is which choice.
    choices = {
        f"{name}_{choice.name}": f"{name}/{choice.name}"
        for name in MULTIPLE
        for choice in form.item(name).choices
    }
    source = Source.model_validate(
        {
            "path": "spss.sav",
            "kind": "table",
            "answers": "labels",
            "language": "id",
            "select_multiple": "split",
            "chosen": ("Dipilih",),
            "not_chosen": ("Tidak dipilih",),
            "absent": DESTROYED,
            "columns": {"id": "_id", **choices},
        }
    )
    table = read_statfile((EXPORTS / "spss.sav").read_bytes(), source, "0" * 64)
    return read_table(table, Declared(source=source, instrument=form, named=("_id",)))


def test_every_row_is_there(answers: Answers, truth: list[dict[str, object]]) -> None:
    assert answers.n_rows == len(truth) == 402
    assert list(answers.extra["_id"].text()) == [str(row["_id"]) for row in truth]
    assert answers.unknown == ()


def test_every_cell_is_the_true_answer(
    answers: Answers, form: Instrument, truth: list[dict[str, object]]
) -> None:
    names = [item.name for item in form.answerable if item.name not in (*DESTROYED, *MULTIPLE)]
    wrong = {
        name: sum(
            cell != (row[name] or "") for cell, row in zip(answers.whole[name].text(), truth, strict=True)
        )
        for name in names
    }
    assert len(names) == 65
    assert {name: count for name, count in wrong.items() if count} == {}


def test_every_choice_is_the_true_answer(answers: Answers, truth: list[dict[str, object]]) -> None:
    for name in MULTIPLE:
        split = {choice: column.text() for choice, column in answers.split[name].items()}
        for number, row in enumerate(truth):
            cells = {choice: column[number] for choice, column in split.items()}
            chosen = row[name]
            if chosen is None:
                assert set(cells.values()) == {""}, (name, number)
            else:
                assert {choice for choice, cell in cells.items() if cell == "1"} == set(chosen)
                assert set(cells.values()) <= {"0", "1"}, (name, number)


def test_what_the_file_does_not_hold(answers: Answers) -> None:
    assert sorted(answers.absent) == sorted(DESTROYED)
    assert all(answers.whole[name].levels == ("",) for name in DESTROYED)
