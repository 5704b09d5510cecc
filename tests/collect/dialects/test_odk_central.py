"""ODK Central: what briefcase.js writes, with and without group names and split select_multiple."""

from __future__ import annotations

import pytest
from collect.dialects.exported import cells, read, split

from netralstat.collect.dialects.odk_central import is_meta
from netralstat.errors import PlanError, ResponseError

META = (
    "KEY,SubmitterID,SubmitterName,AttachmentsPresent,AttachmentsExpected,Status,ReviewState,DeviceID,Edits,"
    "FormVersion"
)
POINT = "a-place-Latitude,a-place-Longitude,a-place-Altitude,a-place-Accuracy"
HEADER = f"SubmissionDate,start,intro,a-who,a-b-own,a-b-own2,{POINT},a-photo,share,meta-instanceID,{META}"
SENT = "2024-12-15T00:00:00.000Z"
ROWS = f"""
{SENT},2024-12-15T06:51:00.000+07:00,,tim rt,1,2,-6.1,106.8,0,4,p.jpg,1.5,uuid:1,uuid:1,5,Enu,1,1,,,d,0,1
{SENT},2024-12-15T06:51:00.000+07:00,,,,,,,,,,,uuid:2,uuid:2,5,Enu,0,0,,,d,0,1
"""
SPLIT = HEADER.replace("a-who,", "a-who,a-who/rt,a-who/tim,")
SPLIT_ROWS = ROWS.replace("tim rt,", "tim rt,1,1,").replace("+07:00,,,", "+07:00,,,0,0,")


def test_group_names_in_headers():
    answers = read("odk_central", HEADER + ROWS, "KEY")
    assert cells(answers.whole["who"]) == ["tim rt", ""]
    assert cells(answers.whole["own2"]) == ["2", ""]
    assert cells(answers.whole["place"]) == ["-6.1 106.8 0 4", ""]
    assert cells(answers.extra["KEY"]) == ["uuid:1", "uuid:2"]
    assert (answers.split, answers.unknown, answers.unknown_choices) == ({}, (), ())


def test_without_group_names():
    header = HEADER.replace("a-b-", "").replace("a-", "", 1).replace(",a-", ",").replace("meta-", "")
    assert "-place" not in header
    answers = read("odk_central", header + ROWS)
    assert cells(answers.whole["place"]) == ["-6.1 106.8 0 4", ""]
    assert answers.unknown == ()


def test_split_columns_are_zeros_where_nothing_was_answered():
    answers = read("odk_central", SPLIT + SPLIT_ROWS)
    assert split(answers) == {"rt": ["1", "0"], "tim": ["1", "0"]}
    assert cells(answers.whole["who"]) == ["tim rt", ""]


def test_a_choice_that_nobody_chose_has_no_column():
    header, rows = (
        SPLIT.replace("a-who/rt,", ""),
        SPLIT_ROWS.replace("rt,1,1,", "rt,1,").replace(",0,0,", ",0,", 1),
    )
    assert split(read("odk_central", header + rows)) == {"tim": ["1", "0"]}


@pytest.mark.parametrize("key", ["headers", "answers"])
def test_labels_cannot_be(key):
    with pytest.raises(PlanError, match=f'{key} = "labels" cannot be'):
        read("odk_central", HEADER + ROWS, **{key: "labels"})


def test_split_columns_alone_cannot_be():
    with pytest.raises(PlanError, match="always writes the joined column"):
        read("odk_central", HEADER + ROWS, select_multiple="split")


def test_rows_that_were_not_decrypted():
    rows = ROWS.replace("0,0,,,d", "0,0,not decrypted,,d")
    with pytest.raises(ResponseError) as caught:
        read("odk_central", HEADER + rows)
    assert caught.value.fact == "1 of 2 rows are encrypted: their answers are not in the file."
    assert caught.value.where == "e.csv, row 3"
    assert cells(read("odk_central", HEADER + rows, "Status").extra["Status"]) == ["", "not decrypted"]


def test_columns_of_the_tool():
    assert all(map(is_meta, ["KEY", "meta-instanceName", "instanceID", "meta-entity-label"]))
    assert not any(map(is_meta, ["key", "metainstance", "status"]))
