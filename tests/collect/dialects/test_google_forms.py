"""Google Forms: questions as headers, equal ones by order, grids, boxes joined by a comma."""

from __future__ import annotations

from pathlib import Path

import pytest
from collect.dialects.survey_tools import cells, read
from collect.dialects.test_exports import EXPORTS, compare, form, truth  # noqa: F401

from netralstat.ask.plan import read_plan
from netralstat.collect.responses import read_responses
from netralstat.errors import PlanError, ResponseError

HEADER = (
    "Timestamp,Email Address,Consent?,What have you done?,Which?,Seen? [Appeals],Seen? [Gifts],Age,Share,"
    "Which day?,Remarks"
)
ROWS = """
15/12/2024 7:19:10,a@b.c,Yes,"Banner, billboard, Rally",,Yes,No,37,1.5,01/11/2024,"a, b"
15/12/2024 7:20:10,a@b.c,No,"Rally, my own words",,,,,,,
15/12/2024 7:21:10,a@b.c,Maybe,,,,,,,,
"""
KEYS = {
    "language": "en",
    "date_order": "dmy",
    "columns": {"Timestamp": "end"},
    "absent": ["urut"],
}


def test_questions_boxes_and_grids():
    answers = read("google_forms", HEADER + ROWS, **KEYS)
    assert cells(answers.whole["setuju"]) == ["ya", "tidak", "Maybe"]
    assert cells(answers.whole["done"]) == ["b_banner b_rally", "Rally, my own words", ""]
    assert cells(answers.whole["lihat_01"]) == ["ya", "", ""]
    assert cells(answers.whole["lihat_02"]) == ["tidak", "", ""]
    assert cells(answers.whole["saran"]) == ["a, b", "", ""]
    assert answers.unknown == ()


def test_a_question_of_another_wording_is_declared():
    text = (HEADER + ROWS).replace("Age", "How old?").replace("Email Address", "Nickname")
    with pytest.raises(ResponseError, match=r"1 column is absent .*: umur"):
        read("google_forms", text, **KEYS)
    columns = {**KEYS["columns"], "How old?": "umur"}
    answers = read("google_forms", text, **{**KEYS, "columns": columns})
    assert cells(answers.whole["umur"]) == ["37", "", ""]
    assert answers.unknown == ("Nickname",)


@pytest.mark.parametrize(
    ("keys", "fact"),
    [
        ({"language": "fr"}, 'the form has no labels in "fr"'),
        ({"columns": {"Waktu": "end"}}, "1 of 1 headers to translate are absent: Waktu"),
        ({"absent": ["urut", "umur"]}, "1 items declared absent are in the file: umur"),
        ({"absent": ["urutan"]}, r"1 of 1 absent items are not in the form: urutan\. Did you mean \"urut\""),
    ],
)
def test_what_is_not_as_declared(keys, fact):
    with pytest.raises(PlanError, match=fact):
        read("google_forms", HEADER + ROWS, **{**KEYS, **keys})


def test_a_question_twice():
    text = (HEADER + ROWS).replace("Email Address", "Age")
    with pytest.raises(PlanError, match=r"labels do not tell which column is which item: umur \(2 columns\)"):
        read("google_forms", text, **KEYS)


WAVE = """
schema = "netralstat.wave/1"
id = "x"
title = { id = "L", en = "L" }
[ask]
instrument = "form.xlsx"
version = "2024112801"
[collect]
timezone = "WIB"
[[collect.sources]]
path = "google_forms.csv"
kind = "google_forms"
language = "id"
date_order = "dmy"
columns = { Timestamp = "end" }
absent = ["start", "today", "le_u", "le_arm", "pewawancara", "layak"]
[design]
frame = { path = "frame.csv", keys = ["prov"] }
[report]
institution = { id = "L", en = "O" }
version = "1"
date = 2024-12-31
"""
LOST = ("start", "today", "le_u", "le_arm", "pewawancara", "layak")
"""Columns that a form of XLSForm fills in by itself: Google Forms has no such thing."""


def test_the_example_export_equals_the_truth(tmp_path: Path, form, truth):  # noqa: F811
    """What the exporter destroyed: `LOST`; fractions of a second and the zone of the time of submission."""
    folder = tmp_path / "surveys" / "x"
    folder.mkdir(parents=True)
    (folder / "google_forms.csv").write_bytes((EXPORTS / "google_forms.csv").read_bytes())
    (folder / "wave.toml").write_text(WAVE, encoding="utf-8")
    read_ = read_responses(read_plan(folder), form)
    for answers in truth:
        answers["end"] = f"{answers['end'][:19]}+07:00"  # the clock of the place, declared to be that of WIB
        for name in LOST:
            answers[name] = None
    assert compare(read_, form, truth) == 402 * len(form.answerable)
    assert (read_.missing[list(LOST)] == "not_asked").all(axis=None)
    assert not read_.findings["severity"].eq("error").any()
    assert len(read_.findings[read_.findings["rule"] == "unknown-column"]) == 0
