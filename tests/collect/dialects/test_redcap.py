"""REDCap: raw and labelled exports, checkboxes, the data dictionary, events and repeats."""

from __future__ import annotations

import pytest
from collect.dialects.survey_tools import cells, read, split

from netralstat.errors import PlanError, ResponseError

RAW = (
    "record_id,redcap_survey_identifier,form_timestamp,end,setuju,done___1,done___2,done___3,done____9,"
    "done_lain,lihat_01,lihat_02,umur,bagian,hari,saran,form_complete"
)
ROWS = """
1,,2024-12-15 07:19,2024-12-15 07:19:10,1,1,0,0,0,kata,1,2,37,1.5,2024-11-01,a,2
2,,,,2,0,0,0,1,,,,,,,,2
3,,,,,0,0,0,0,,,,,,,,0
"""
DICTIONARY = """\
"Variable / Field Name","Form Name","Field Type","Field Label","Choices, Calculations, OR Slider Labels"
record_id,form,text,Record ID,
setuju,form,radio,Consent?,"1, Yes | 2, No"
done,form,checkbox,Done?,"1, Banner, billboard | 2, <b>Rally</b> | 3, Something else | -9, Refused"
lihat_01,form,dropdown,Appeals,"1, Yes | 2, No"
lihat_02,form,dropdown,Gifts,"1, Yes | 2, No"
umur,form,text,Age,
"""
KEYS = {"language": "en", "absent": ["urut"]}


def redcap(text: str, *named: str, dictionary: str | bytes = DICTIONARY, **keys: object):
    raw = dictionary if isinstance(dictionary, bytes) else dictionary.encode()
    return read("redcap", text, *named, structure=("dictionary.csv", raw), **{**KEYS, **keys})


def check(answers) -> None:
    assert cells(answers.whole["setuju"]) == ["ya", "tidak", ""]
    assert split(answers) == {
        "b_banner": ["1", "0", "0"],
        "b_rally": ["0", "0", "0"],
        "other": ["0", "0", "0"],
        "-9": ["0", "1", "0"],
    }
    assert cells(answers.whole["lihat_02"]) == ["tidak", "", ""]
    assert cells(answers.whole["umur"]) == ["37", "", ""]
    assert answers.unknown == ()


def test_raw_with_a_dictionary():
    check(redcap(RAW + ROWS))


def test_raw_with_the_codes_of_the_form():
    header = RAW.replace("done___1,done___2,done___3", "done___b_banner,done___b_rally,done___other")
    rows = (
        ROWS.replace(":10,1,", ":10,ya,").replace("2,,,,2,", "2,,,,tidak,").replace(",1,2,37", ",ya,tidak,37")
    )
    check(read("redcap", header + rows, **KEYS))


def test_a_labelled_export():
    header = (
        "Record ID,Survey Identifier,Survey Timestamp,end,Consent?,"
        '"What have you done? (choice=Banner, billboard)",What have you done? (choice=Rally),'
        "What have you done? (choice=Something else),What have you done? (choice=Refused),"
        "Which?,Appeals,Gifts,Age,Share,Which day?,Remarks,Complete?"
    )
    rows = """
1,,,2024-12-15 07:19:10,Yes,Checked,Unchecked,Unchecked,Unchecked,kata,Yes,No,37,1.5,2024-11-01,a,x
2,,,,No,Unchecked,Unchecked,Unchecked,Checked,,,,,,,,x
3,,,,,Unchecked,Unchecked,Unchecked,Unchecked,,,,,,,,x
"""
    check(read("redcap", header + rows, headers="labels", answers="labels", **KEYS))


def test_a_code_that_no_choice_has():
    text = (RAW + ROWS).replace("saran,form_complete", "saran,done___unk").replace(",0\n", ",1\n")
    answers = redcap(text)
    assert answers.unknown_choices == ("done___unk",)
    assert split(answers)["___unk"] == ["2", "2", "1"]  # neither 1 nor 0: a rule reports the twos


def test_several_rows_of_a_record():
    text = (RAW + ROWS).replace("\n2,", "\n1,")
    with pytest.raises(ResponseError, match="3 rows hold 2 records: some stand in several rows"):
        redcap(text)
    check(redcap(text, "record_id"))  # it is the key of a row: section collect decides


def test_events():
    header = RAW.replace("record_id,", "record_id,redcap_event_name,")
    rows = (
        ROWS.replace("\n1,", "\n1,awal_arm_1,")
        .replace("\n2,", "\n1,akhir_arm_1,")
        .replace("\n3,", "\n3,awal_arm_1,")
    )
    with pytest.raises(ResponseError, match="in several rows by redcap_event_name"):
        redcap(header + rows, "record_id")
    check(redcap(header + rows, "record_id", "redcap_event_name"))


def test_what_cannot_be_matched_is_told_at_once():
    dictionary = DICTIONARY.replace('"1, Yes | 2, No"', '"1, Yes | 2, Never"', 1)
    dictionary += 'saran,form,checkbox,Remarks,"1, x"\n'
    with pytest.raises(PlanError) as caught:
        redcap(RAW + ROWS, dictionary=dictionary)
    assert caught.value.fact == (
        "the data dictionary does not fit the instrument:\n"
        "  code 2 of field setuju is no choice of setuju, or not it alone\n"
        "  field saran is a checkbox, item saran is text"
    )
    dictionary = DICTIONARY.replace('"1, Yes | 2, No"', '"1, Yes | 2, Never"', 1)
    check(redcap(RAW + ROWS, dictionary=dictionary, columns={"setuju[2]": "setuju/tidak"}))


@pytest.mark.parametrize(
    ("dictionary", "fact"),
    [
        ("", "has no columns Variable / Field Name, Field Type and Choices"),
        (b"\xff\xfe", "is no CSV in UTF-8"),
        (DICTIONARY + "umur,form\n", r"has 1 rows of another width than its header \(row 8\)"),
        (DICTIONARY + 'umur,"', r"is no CSV in UTF-8 \(Error\)"),
    ],
)
def test_broken_dictionaries(dictionary, fact):
    with pytest.raises(ResponseError, match=fact):
        redcap(RAW + ROWS, dictionary=dictionary)


def test_absent_columns():
    with pytest.raises(ResponseError, match=r"2 columns are absent .*: umur, done/b_rally"):
        redcap((RAW + ROWS).replace("done___2", "x").replace("umur", "usia"))
    with pytest.raises(PlanError, match="1 of 1 headers to translate are absent: usia"):
        redcap(RAW + ROWS, columns={"usia": "umur"})


def test_only_the_columns_of_redcap_itself_are_passed_over():
    answers = redcap((RAW + ROWS).replace("form_complete", "job_complete").replace(",a,2", ",a,often"))
    assert answers.unknown == ("job_complete",)
