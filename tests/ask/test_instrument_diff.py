"""What differs between two versions of a form, and whether a trend survives it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ask.forms import demo

from netralstat.ask.changes import plain
from netralstat.ask.instrument_diff import InstrumentDiff, diff_instruments
from netralstat.ask.plan_ask import Indicator, Scale
from netralstat.ask.trends import trends


def compared(folder: Path, *changes: tuple[str, str]) -> InstrumentDiff:
    return diff_instruments(demo(folder), demo(folder, *changes, version="2"))


def brief(diff: InstrumentDiff) -> list[tuple[str, str, str]]:
    return [(change.subject, change.what, change.severity) for change in diff.changes]


def test_one_version_does_not_differ_from_itself(tmp_path: Path) -> None:
    diff = compared(tmp_path)
    assert (diff.changes, diff.severity) == ((), "keeps")
    assert set(diff.items.values()) == {"keeps"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("Umur | Age", "Usia | Age"), [("age", "wording", "caution")]),
        (("Umur | Age", "umur? | Age"), [("age", "wording", "keeps")]),
        (("Umur | Age", "Umur | "), [("age", "wording", "caution")]),
        (("integer | age", "decimal | age"), [("age", "kind", "breaks")]),
        ((". >= 18", ". >= 17"), [("age", "constraint", "caution")]),
        ((". >= 18", ".>=18"), []),
        (("${age} > 20", "${age} > 25"), [("both", "relevant", "breaks")]),
        (("| yes | | |\n|  | begin", "| no | | |\n|  | begin"), [("consent", "required", "caution")]),
        (("| trust | yes |", "| trust | |"), [("trust_2", "reverse", "breaks")]),
        (("| trust | yes |", "| other | yes |"), [("trust_2", "scale", "breaks")]),
        (
            ("|  | agree | 2 | Netral | Neutral | 2 | |\n", ""),
            [("trust_1", "choice-removed", "breaks"), ("trust_2", "choice-removed", "breaks")],
        ),
        (
            ("|  | agree | 9 |", "|  | agree | 4 | Sangat | Very | 4 | |\n|  | agree | 9 |"),
            [("trust_1", "choice-added", "breaks"), ("trust_2", "choice-added", "breaks")],
        ),
        (
            ("Netral | Neutral | 2 |", "Netral | Neutral | 2.5 |"),
            [("trust_1", "score", "breaks"), ("trust_2", "score", "breaks")],
        ),
        (
            ("Netral | Neutral", "Ragu | Neutral"),
            [("trust_1", "choice-wording", "caution"), ("trust_2", "choice-wording", "caution")],
        ),
        (
            ("|  | agree | 9 | Tidak tahu | Don't know | | dont_know |\n", ""),
            [("trust_1", "missing-code-removed", "caution"), ("trust_2", "missing-code-removed", "caution")],
        ),
        (
            ("| | dont_know |", "| | refused |"),
            [("trust_1", "missing-code", "caution"), ("trust_2", "missing-code", "caution")],
        ),
        (
            ("|  | agree | 3 | Setuju", "|  | agree | 5 | Setuju"),
            [("trust_1", "choice-recoded", "breaks"), ("trust_2", "choice-recoded", "breaks")],
        ),
        (("Utama | Main", "Inti | Main"), [("group main", "heading", "caution")]),
    ],
)
def test_each_change_has_its_name_and_weight(
    tmp_path: Path, change: tuple[str, str], expected: list[tuple[str, str, str]]
) -> None:
    assert brief(compared(tmp_path, change)) == expected


def test_a_heading_touches_the_questions_below_it(tmp_path: Path) -> None:
    diff = compared(tmp_path, ("Utama | Main", "Inti | Main"))
    assert diff.changes[0].items == ("age", "trust_1", "trust_2", "both")
    assert diff.items["age"] == "caution"
    assert diff.items["consent"] == "keeps"


def test_added_removed_and_moved_questions(tmp_path: Path) -> None:
    trust = "|  | select_one agree | trust_1 | Saya percaya | I trust | | | | trust | |\n"
    age = "|  | integer | age | Umur | Age | | . >= 18 | | | |\n"
    diff = compared(tmp_path, (age + trust, trust + age))
    assert brief(diff) == [("age", "moved", "caution")]
    diff = compared(tmp_path, (trust, "|  | text | why | Mengapa? | Why? | | | | | |\n"))
    assert brief(diff) == [("why", "added", "keeps"), ("trust_1", "removed", "breaks")]
    assert (diff.severity, diff.renamed) == ("breaks", {})


def test_a_renamed_question_is_recognised_and_its_references_follow(tmp_path: Path) -> None:
    diff = compared(tmp_path, ("| age |", "| umur |"), ("${age} > 20", "${umur} > 20"))
    assert diff.renamed == {"age": "umur"}
    assert brief(diff) == [("umur", "renamed", "caution")]
    assert (diff.changes[0].before, diff.changes[0].after) == ("age", "umur")


def test_what_a_listener_does_not_hear_is_no_change() -> None:
    assert plain("Apakah <b>Anda</b>, PNS ?") == plain("apakah anda PNS")
    assert plain("Rp1,5 juta") != plain("Rp15 juta")
    assert plain("10–15") == plain("10 - 15") != plain("1015")
    assert plain("< 5") != plain("> 5")


ITEM = {"item": "trust_1", "in": ["3"]}
WORDS = {"label": {"id": "x", "en": "x"}, "definition": {"id": "x", "en": "x"}}


def test_indicators_and_scales_are_as_good_as_their_items(tmp_path: Path) -> None:
    old = demo(tmp_path)
    new = demo(tmp_path, ("Saya percaya", "Saya yakin"), ("integer | age", "decimal | age"), version="2")
    diff = diff_instruments(old, new)
    indicators = {
        "trusting": Indicator.model_validate({"any_of": [ITEM], **WORDS}),
        "both": Indicator.model_validate({"not": {"indicator": "trusting"}, **WORDS}),
        "old_age": Indicator.model_validate({"all_of": [{"item": "age", "at_least": 60}], **WORDS}),
        "willing": Indicator.model_validate({"any_of": [{"item": "consent", "in": ["yes"]}], **WORDS}),
        "gone": Indicator.model_validate({"any_of": [{"item": "nowhere", "in": ["yes"]}], **WORDS}),
    }
    scales = {"trust": Scale.model_validate({"label": {"id": "x", "en": "x"}})}
    judged = {trend.name: trend for trend in trends(indicators, scales, old, new, diff)}
    assert {name: trend.severity for name, trend in judged.items()} == {
        "trust": "caution",
        "trusting": "caution",
        "both": "caution",
        "old_age": "breaks",
        "willing": "keeps",
        "gone": "breaks",
    }
    assert judged["old_age"].reasons == ("age: kind: answers are of another kind",)
    assert judged["gone"].reasons == ("nowhere: neither version has this item",)
    assert judged["willing"].reasons == ()


def test_a_scale_of_other_items_is_another_scale(tmp_path: Path) -> None:
    old, new = demo(tmp_path), demo(tmp_path, ("| trust | yes |", "| | |"), version="2")
    (trend,) = trends({}, {}, old, new, diff_instruments(old, new))
    assert (trend.name, trend.severity) == ("trust", "breaks")
    assert trend.reasons[0] == "it has 1 items, before 2, not all of them the same"
