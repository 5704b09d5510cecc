"""What `instrument check` finds in a form, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

from ask.forms import demo, rows

from netralstat.ask.instrument_check import check_instrument
from netralstat.ask.xlsform import read_xlsform

SURVEYS = Path(__file__).parents[2] / "surveys"


def told(instrument) -> list[tuple[str, str, str]]:
    return [(remark.severity, remark.rule, remark.subject) for remark in check_instrument(instrument)]


def test_the_forms_in_use_are_without_faults(tmp_path: Path) -> None:
    assert told(read_xlsform(SURVEYS / "instrument" / "netrality.xlsx")) == []
    assert told(demo(tmp_path)) == []


def test_what_is_not_translated_is_counted_by_language(tmp_path: Path) -> None:
    form = demo(tmp_path, ("Umur | Age", "Umur |"), ("Tidak tahu | Don't know", "Tidak tahu |"))
    remarks = {
        remark.subject: remark.text for remark in check_instrument(form) if remark.rule == "translation"
    }
    assert remarks == {
        "age": "It has no label in en.",
        "list agree": "1 of 4 choices have no label in en: 9.",
    }


def test_several_gaps_are_one_remark(tmp_path: Path) -> None:
    form = demo(tmp_path, ("Umur | Age", "Umur |"), ("Saya percaya | I trust", "Saya percaya |"))
    (remark,) = check_instrument(form)
    assert (remark.subject, remark.text) == ("", "2 of 5 labels are missing in en: age, trust_1.")


def test_lists_nobody_uses_and_codes_that_mean_no_answer(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | select_one used | a | A |",
        "| choices |",
        "|  | list_name | name | label | nst_score |",
        "|  | used | 1 | Good | 1 |",
        "|  | used | 2 | Bad | |",
        "|  | used | 99 | Else | |",
        "|  | used | dk | ? | |",
        "|  | used | 5 | Tidak tahu/tidak menjawab | |",
        "|  | used | 6 | Good | |",
        "|  | free | x | X | |",
    )
    remarks = {(remark.rule, remark.subject): remark.text for remark in check_instrument(form)}
    assert remarks[("unused-list", "list free")] == "No question uses this choice list."
    assert remarks[("missing-code", "list used")].endswith("have no nst_missing: 99, dk, 5.")
    assert remarks[("score", "list used")] == "5 of 6 answers have no nst_score: 2, 99, dk, 5, 6."
    assert remarks[("twin-labels", "list used")] == '2 choices have the label "Good" in und: 1, 6.'
    assert remarks[("version", "")].startswith("The settings state no version")


def test_a_real_code_99_is_no_missing_code(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | select_one town | a | A |",
        "| choices |",
        "|  | list_name | name | label |",
        *(f"|  | town | {code} | Town {code} |" for code in range(90, 100)),
    )
    assert "missing-code" not in {rule for _, rule, _ in told(form)}


def test_rules_that_cannot_be_checked_and_questions_asked_later(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | date | day | Day | | . <= today() |",
        "|  | text | first | First | ${last} = 1 | |",
        "|  | integer | last | Last | | |",
        header="type | name | label | relevant | constraint",
    )
    remarks = {remark.rule: remark for remark in check_instrument(form)}
    assert "it calls today()" in remarks["not-evaluated"].text
    assert (remarks["order"].severity, remarks["order"].subject) == ("error", "first")
    assert remarks["order"].text == "Its relevant names what is asked only later: last."
    assert check_instrument(form)[0].severity == "error"


def test_names_that_statistical_packages_cannot_hold(tmp_path: Path) -> None:
    long, longer = "a" * 33, "b" * 65
    form = rows(
        tmp_path,
        f"|  | text | {long} | A |",
        f"|  | text | {longer} | B |",
        "|  | text | with-dash | C |",
        "|  | text | Age | D |",
        "|  | begin group | g | G |",
        "|  | text | age | E |",
        "|  | end group | | |",
        f"|  | select_multiple l | {'c' * 30} | F |",
        "| choices |",
        "|  | list_name | name | label |",
        "|  | l | x | X |",
        "|  | l | yes | Yes |",
    )
    remarks = {(remark.rule, remark.subject): remark.text for remark in check_instrument(form)}
    assert remarks[("name-length", long)] == "Its name has 33 characters, more than Stata (32) can hold."
    assert remarks[("name-length", longer)].endswith("more than Stata (32) and SPSS (64) can hold.")
    assert remarks[("name-length", "c" * 30)].startswith("1 of its columns by choice")
    assert ("name", "with-dash") in remarks
    assert remarks[("name-case", "Age")].endswith("takes for one name: Age, age.")
