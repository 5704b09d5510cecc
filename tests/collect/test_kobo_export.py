"""An export of KoboToolbox's own exporter equals the answers it was made from."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import read_plan
from netralstat.ask.xlsform import read_xlsform
from netralstat.collect.responses import read_responses
from netralstat.errors import ResponseError

SHARED = Path(__file__).parents[3] / "shared"
pytestmark = pytest.mark.skipif(
    not (SHARED / "exports").is_dir(), reason="the example exports of KoboToolbox are not on this machine"
)
WAVE = """
schema = "netralstat.wave/1"
id = "kobo"
title = {{ id = "Kobo", en = "Kobo" }}
[ask]
instrument = "form.xlsx"
version = "2024112801"
[collect]
timezone = "Asia/Jakarta"
unique = ["_uuid"]
duplicates = "{duplicates}"
[[collect.sources]]
path = "export.csv"
kind = "kobo"
delimiter = ";"
[design]
frame = {{ path = "frame.csv", keys = ["prov"] }}
[report]
institution = {{ id = "L", en = "O" }}
version = "1"
date = 2024-12-31
"""
REASONS = {"dk": "dont_know", "rf": "refused", "na": "not_applicable"}


@pytest.fixture(scope="module")
def form(tmp_path_factory) -> Instrument:
    """The form of the export, its abbreviated reasons written out and its shuffling of choices left out."""
    book = load_workbook(SHARED / "instrument" / "netral_asn_v1.xlsx")
    header, *rows = book["choices"].iter_rows()
    place = [cell.value for cell in header].index("nst_missing")
    for row in rows:
        row[place].value = REASONS.get(row[place].value)
    header, *rows = book["survey"].iter_rows()
    place = [cell.value for cell in header].index("parameters")
    for row in rows:
        row[place].value = None
    path = tmp_path_factory.mktemp("form") / "form.xlsx"
    book.save(path)
    return read_xlsform(path)


def plan_of(tmp_path: Path, export: str, duplicates: str = "keep_first"):
    folder = tmp_path / "surveys" / "kobo"
    folder.mkdir(parents=True)
    (folder / "wave.toml").write_text(WAVE.format(duplicates=duplicates), encoding="utf-8")
    (folder / "export.csv").write_bytes((SHARED / "exports" / export).read_bytes())
    return read_plan(folder)


def as_text(item, frame, row: int):
    """The answer as canonical.jsonl writes it."""
    if item.kind == "select_multiple":
        codes = [code for code in item.valid_codes if frame[f"{item.name}/{code}"][row] == 1]
        return sorted(codes)
    value = frame[item.name][row]
    if item.kind == "integer":
        return str(int(value))
    if item.kind == "date":
        return value.date().isoformat()
    if item.kind == "datetime":
        return value.tz_convert("UTC")
    return value


def test_every_answer_equals_the_truth(tmp_path, form):
    read = read_responses(plan_of(tmp_path, "xml_both_nogroups.csv"), form)
    with (SHARED / "exports" / "canonical.jsonl").open(encoding="utf-8") as lines:
        truth = [json.loads(line) for line in lines]
    assert (read.n_read, read.rejected_by_rule) == (402, {"duplicate": 1})
    compared = 0
    for place, row in enumerate(read.rows["row"]):
        answers = truth[row - 2]
        for item in form.answerable:
            told, reason = answers.get(item.name), read.missing[item.name][place]
            if told is None:
                assert reason in ("not_asked", "no_answer")
            elif reason:
                codes = told if isinstance(told, list) else [told]
                assert [item.missing_codes[code] for code in codes] == [reason]
            else:
                if item.kind == "datetime":
                    told = pd.Timestamp(told).tz_convert("UTC")
                told = sorted(told) if isinstance(told, list) else told
                assert as_text(item, read.frame, place) == told, (row, item.name)
            compared += 1
    assert compared == 401 * len(form.answerable)
    assert read.findings_by_rule.keys() <= {"duplicate", "not-evaluated"}


def test_planted_duplicates_are_an_error_unless_decided(tmp_path, form):
    with pytest.raises(ResponseError, match=r"rows share \d keys \(_uuid\)"):
        read_responses(plan_of(tmp_path, "xml_both_nogroups.csv", "error"), form)


def test_the_exporters_own_ragged_rows(tmp_path, form):
    with pytest.raises(ResponseError) as caught:
        read_responses(plan_of(tmp_path, "retired_choice_ragged.csv"), form)
    assert caught.value.fact == (
        "38 of 40 rows do not fit the header: row 4 has 144 cells where 143 are expected."
    )
    assert "row 4, 5, 6, 7, 8, …" in caught.value.where
    assert "all versions of the form" in caught.value.do


def test_labels_with_equal_headers(tmp_path, form):
    with pytest.raises(ResponseError, match="column names stand more than once"):
        read_responses(plan_of(tmp_path, "label_id_both.csv"), form)
