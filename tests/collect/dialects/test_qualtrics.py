"""Qualtrics: two or three header rows, codes or texts, split or joined choices, previews, time zones."""

from __future__ import annotations

import pytest
from collect.dialects.survey_tools import cells, read, split

from netralstat.errors import PlanError, ResponseError

NAMES = (
    "StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,"
    "setuju,done_b_banner,done_b_rally,done_other,done_-9,done_other_TEXT,done_lain,lihat_01,lihat_02,umur,"
    "bagian,hari,saran"
)
TEXTS = (
    "Start Date,End Date,Response Type,IP Address,Progress,Duration (in seconds),Finished,Recorded Date,"
    'Response ID,Consent?,"What have you done? - Selected Choice - Banner, billboard",'
    "What have you done? - Selected Choice - Rally,What have you done? - Selected Choice - Something else,"
    "What have you done? - Selected Choice - Refused,What have you done? - Something else - Text,Which?,"
    "Seen? - Appeals,Seen? - Gifts,Age,Share,Which day?,Remarks"
)
TIMES = ("StartDate", "EndDate", "RecordedDate")
ZONE = ',""timeZone"":""Asia/Jakarta""'
IDS = ",".join(f'"{{""ImportId"":""{name}""{ZONE if name in TIMES else ""}}}"' for name in NAMES.split(","))
META = "2024-12-15 06:51:00,2024-12-15 07:19:10,{status},10.0.0.1,100,1690,1,2024-12-15 07:19:11,R_{n}"
CODES = (
    META.format(status="0", n=1) + ",ya,1,,,,,kata,ya,tidak,37,1.5,2024-11-01,a",
    META.format(status="0", n=2) + ",tidak,b_banner,,,0,,,,,,,,",
    META.format(status="0", n=3) + ",,,,,,,,,,,,,",
)
LABELS = (
    META.format(status="IP Address", n=1) + ',Yes,"Banner, billboard",,,,,kata,Yes,No,37,1.5,2024-11-01,a',
    META.format(status="IP Address", n=2) + ',No,"Banner, billboard",,,,,,,,,,,',
    META.format(status="IP Address", n=3) + ",,,,,,,,,,,,,",
)
KEYS = {"columns": {"EndDate": "end"}, "absent": ["urut"], "timezone": "WIB"}


def qualtrics(*lines: str, **keys: object):
    return read("qualtrics", "\n".join(lines) + "\n", **{**KEYS, **keys})


def check(answers) -> None:
    assert cells(answers.whole["setuju"]) == ["ya", "tidak", ""]
    assert split(answers) == {
        "b_banner": ["1", "1", ""],
        "b_rally": ["0", "0", ""],
        "other": ["0", "0", ""],
        "-9": ["0", "0", ""],
    }
    assert cells(answers.whole["lihat_02"]) == ["tidak", "", ""]
    assert cells(answers.whole["umur"]) == ["37", "", ""]
    assert cells(answers.whole["done_lain"]) == ["kata", "", ""]
    assert cells(answers.whole["end"]) == ["2024-12-15 07:19:10"] * 3
    assert answers.n_rows == 3


def test_three_header_rows_and_codes():
    answers = qualtrics(NAMES, TEXTS, IDS, *CODES)
    check(answers)
    assert answers.unknown == ("done_other_TEXT",)


def test_two_header_rows():
    check(qualtrics(NAMES, TEXTS, *CODES, header_rows=2))


def test_choice_texts():
    check(qualtrics(NAMES, TEXTS, IDS, *LABELS, answers="labels", language="en"))


def test_questions_as_headers():
    keys = {"headers": "labels", "answers": "labels", "language": "en"}
    answers = qualtrics(NAMES, TEXTS, IDS, *LABELS, **keys)
    check(answers)
    assert answers.unknown == ("What have you done? - Something else - Text",)


def test_names_of_qualtrics():
    names = NAMES.replace("setuju", "Q1").replace("done_b_banner", "Q2_1").replace("done_b_rally", "Q2_4")
    columns = {"EndDate": "end", "Q1": "setuju", "Q2_1": "done/b_banner", "Q2_4": "done/b_rally"}
    check(qualtrics(names, TEXTS, IDS, *CODES, columns=columns))


@pytest.mark.parametrize(
    ("cell", "keys"),
    [("b_banner,-9", {}), ("Banner, billboard,Refused", {"answers": "labels", "language": "en"})],
)
def test_joined_choices(cell, keys):
    names = "EndDate,setuju,done,done_lain,lihat_01,lihat_02,umur,bagian,hari,saran"
    ids = ",".join('"{""ImportId"":""x""}"' for _ in names.split(","))
    answers = qualtrics(names, names, ids, f'2024-12-15 07:19:10,,"{cell}",,,,,,,', **keys)
    assert cells(answers.whole["done"]) == ["b_banner -9"]


def test_a_cell_that_is_no_mark_stays_to_be_reported():
    answers = qualtrics(NAMES, TEXTS, IDS, CODES[0].replace(",ya,1,,", ",ya,1,-99,"))
    assert split(answers)["b_rally"] == ["-99"]
    answers = qualtrics(NAMES, TEXTS, IDS, CODES[0].replace(",ya,1,,", ",ya,1,-99,"), not_chosen=["-99"])
    assert split(answers)["b_rally"] == ["0"]


@pytest.mark.parametrize(
    ("lines", "keys", "fact"),
    [
        ((NAMES, TEXTS, *CODES), {}, "22 of 22 cells of the third header row are no import ids"),
        ((NAMES, TEXTS, IDS, *CODES), {"header_rows": 2}, "row 3 holds import ids"),
        ((NAMES, TEXTS, IDS), {}, "the file has a header and no responses"),
        ((NAMES, TEXTS, IDS, *CODES), {"timezone": "WITA"}, "in Asia/Jakarta, declared is Asia/Makassar"),
        ((NAMES, TEXTS, IDS, *CODES), {"timezone": None}, "declared is no timezone for this file"),
        (
            (NAMES, TEXTS, IDS, *CODES, META.format(status="1", n=4) + "," * 13),
            {},
            "1 of 4 rows are previews or tests",
        ),
        ((NAMES.replace("umur", "Q9"), TEXTS, IDS, *CODES), {}, r"1 column is absent .*: umur"),
        (
            (NAMES, TEXTS, IDS, *CODES),
            {"columns": {"Q1": "setuju"}},
            "1 of 1 headers to translate are absent",
        ),
    ],
)
def test_what_is_not_as_declared(lines, keys, fact):
    with pytest.raises((PlanError, ResponseError), match=fact):
        qualtrics(*lines, **keys)


def test_previews_that_the_wave_file_excludes():
    text = "\n".join((NAMES, TEXTS, IDS, *CODES, META.format(status="1", n=4) + "," * 13)) + "\n"
    answers = read("qualtrics", text, "Status", **KEYS)
    assert cells(answers.extra["Status"]) == ["0", "0", "0", "1"]
