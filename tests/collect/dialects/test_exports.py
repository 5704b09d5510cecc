"""Exports of one set of answers give the same responses, cell by cell, as the truth they were made from."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.plan import Plan, read_plan
from netralstat.ask.plan_collect import Source
from netralstat.ask.xlsform import read_xlsform
from netralstat.collect.responses import DIALECTS, Responses, read_responses
from netralstat.errors import ResponseError

EXPORTS = Path(__file__).parents[2] / "exports"
WAVE = """
schema = "netralstat.wave/1"
id = "exports"
title = {{ id = "Ekspor", en = "Exports" }}
[ask]
instrument = "form.xlsx"
version = "2024112801"
[collect]
timezone = "WIB"
unique = ["_uuid"]
duplicates = "{duplicates}"
{sources}
[design]
frame = {{ path = "frame.csv", keys = ["prov"] }}
[report]
institution = {{ id = "L", en = "O" }}
version = "1"
date = 2024-12-31
"""
LABELS = 'delimiter = ";"\nheaders = "labels"\nanswers = "labels"\nlanguage = "id"'
WIB = "Asia/Jakarta"
N_ROWS, N_TWINS, N_OTHER_ZONES = 402, 1, 276
UNCHECKED = {"duplicate", "not-evaluated"}


@pytest.fixture(scope="module")
def form() -> Instrument:
    return read_xlsform(EXPORTS / "netral_asn_v1.xlsx")


@pytest.fixture(scope="module")
def truth() -> list[dict[str, Any]]:
    with (EXPORTS / "canonical.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., Plan]:
    """Lay exports into a wave folder; each is (name in tests/exports, keys of its source)."""

    def lay(*exports: tuple[str, str], duplicates: str = "keep_first") -> Plan:
        folder = tmp_path / "surveys" / "exports"
        folder.mkdir(parents=True, exist_ok=True)
        sources = []
        for name, keys in exports:
            (folder / name).write_bytes((EXPORTS / name).read_bytes())
            sources.append(f'[[collect.sources]]\npath = "{name}"\nkind = "kobo"\n{keys}')
        text = WAVE.format(duplicates=duplicates, sources="\n".join(sources))
        (folder / "wave.toml").write_text(text, encoding="utf-8")
        return read_plan(folder)

    return lay


def as_truth(item: Item, read: Responses) -> list[object]:
    """The answers to an item as canonical.jsonl writes them; of a missing one its reason, in brackets."""
    if item.kind == "select_multiple":
        marks = read.frame[[f"{item.name}/{code}" for code in item.valid_codes]].to_numpy()
        values = [
            sorted(code for code, mark in zip(item.valid_codes, row, strict=True) if mark == 1)
            for row in marks
        ]
    else:
        column = read.frame[item.name]
        write = {
            "integer": lambda value: str(int(value)),
            "date": lambda value: value.date().isoformat(),
            "datetime": lambda value: value.tz_convert("UTC"),
        }.get(item.kind, lambda value: value)
        values = [
            None if missing else write(value) for value, missing in zip(column, column.isna(), strict=True)
        ]
    return [f"({why})" if why else value for value, why in zip(values, read.missing[item.name], strict=True)]


def expected(item: Item, told: Any, offset_lost: bool) -> set[object]:
    """What may be read where the truth is `told`; of a time without its offset the clock, as in WIB."""
    if told is None:
        return {"(not_asked)", "(no_answer)"}
    codes = told if isinstance(told, list) else [told]
    if reasons := {item.missing_codes[code] for code in codes if code in item.missing_codes}:
        return {f"({reason})" for reason in reasons}
    if item.kind == "datetime":
        time = pd.Timestamp(told)
        told = (time.tz_localize(None).tz_localize(WIB) if offset_lost else time).tz_convert("UTC")
    return {told}


def compare(
    read: Responses, form: Instrument, truth: list[dict[str, Any]], *, offset_lost: bool = False
) -> int:
    """Hold every cell against the truth; return how many were compared."""
    compared = 0
    for item in form.answerable:
        for row, value in zip(read.rows["row"], as_truth(item, read), strict=True):
            told = truth[row - 2].get(item.name)
            if isinstance(told, list) and not isinstance(value, str):
                assert value == sorted(told), (row, item.name)
            else:
                assert value in expected(item, told, offset_lost), (row, item.name)
            compared += 1
    return compared


@pytest.mark.parametrize(
    ("export", "keys"),
    [
        ("xml_both_nogroups.csv", 'delimiter = ";"'),
        ("label_id_both.csv", LABELS + '\nselect_multiple = "joined"'),
        *(
            pytest.param(export, keys, marks=pytest.mark.long)
            for export, keys in [
                ("xml_both_nogroups.csv", 'delimiter = ";"\nselect_multiple = "joined"'),
                ("xml_both_nogroups.csv", 'delimiter = ";"\nselect_multiple = "split"'),
                ("label_id_both.csv", LABELS),
                ("label_id_both.csv", LABELS + '\nselect_multiple = "split"'),
            ]
        ),
    ],
)
def test_every_answer_equals_the_truth(plan, form, truth, export, keys):
    read = read_responses(plan((export, keys)), form)
    assert (read.n_read, read.rejected_by_rule) == (N_ROWS, {"duplicate": N_TWINS})
    assert compare(read, form, truth) == (N_ROWS - N_TWINS) * len(form.answerable)
    assert read.findings_by_rule.keys() <= UNCHECKED


def test_typed_cells_equal_the_truth_but_for_the_offset_that_the_exporter_drops(plan, form, truth):
    # formpack writes XLSX with remove_timezone: 01:51+08:00 becomes 01:51, and the wave file says it is WIB.
    read = read_responses(plan(("xml_both_typed.xlsx", "")), form)
    assert (read.n_read, read.rejected_by_rule) == (N_ROWS, {"duplicate": N_TWINS})
    assert compare(read, form, truth, offset_lost=True) == (N_ROWS - N_TWINS) * len(form.answerable)
    assert read.findings_by_rule.keys() <= UNCHECKED
    assert sum(not row["start"].endswith("+07:00") for row in truth) == N_OTHER_ZONES


def test_the_blocks_of_the_page_are_sources():
    page = (EXPORTS.parents[1] / "docs" / "exports.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 6
    for block in blocks:
        for source in tomllib.loads(block)["collect"]["sources"]:
            assert Source.model_validate(source).kind in DIALECTS


def test_labels_and_names_of_one_wave_stack(plan, form, truth):
    exports = (
        ("xml_both_nogroups.csv", 'delimiter = ";"\nselect_multiple = "split"\n'),
        ("label_id_both.csv", LABELS + '\nselect_multiple = "joined"\n'),
    )
    read = read_responses(plan(*exports, duplicates="keep_last"), form)
    assert (read.n_read, read.rejected_by_rule) == (2 * N_ROWS, {"duplicate": N_ROWS + N_TWINS})
    assert set(read.rows["source"]) == {"label_id_both.csv"}
    assert compare(read, form, truth) == (N_ROWS - N_TWINS) * len(form.answerable)


def test_planted_duplicates_are_an_error_unless_decided(plan, form):
    wave = plan(("xml_both_nogroups.csv", 'delimiter = ";"'), duplicates="error")
    with pytest.raises(ResponseError, match=r"rows share \d keys \(_uuid\)"):
        read_responses(wave, form)


def test_the_exporters_own_ragged_rows(plan, form):
    with pytest.raises(ResponseError) as caught:
        read_responses(plan(("retired_choice_ragged.csv", 'delimiter = ";"')), form)
    assert caught.value.fact.startswith("38 of 40 rows do not fit the header: row 4 has 144 cells")
    assert "all versions of the form" in caught.value.do


def test_labels_declared_as_names(plan, form):
    with pytest.raises(ResponseError, match="column names stand more than once"):
        read_responses(plan(("label_id_both.csv", 'delimiter = ";"')), form)


def test_the_answers_in_labels_but_not_declared_so_are_told(plan, form):
    keys = 'delimiter = ";"\nheaders = "labels"\nlanguage = "id"'
    read = read_responses(plan(("label_id_both.csv", keys)), form)
    told = read.findings[(read.findings["rule"] == "choice") & (read.findings["column"] == "setuju")]
    assert len(told) == read.n_accepted
    assert read.frame["setuju"].isna().all()
