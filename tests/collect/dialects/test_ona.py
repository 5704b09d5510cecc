"""ONA: n/a where nothing was sent, split columns in three notations, labels of choices in headers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from collect.dialects import exported
from collect.dialects.exported import cells, read, split

from netralstat.ask.instrument import Choice
from netralstat.collect.dialects.ona import is_meta
from netralstat.errors import ResponseError

META = (
    "meta/instanceID,_id,_uuid,_submission_time,_date_modified,_tags,_notes,_version,_duration,_submitted_by"
)
POINT = "a/place,a/_place_latitude,a/_place_longitude,a/_place_altitude,a/_place_precision"
HEADER = f"start,a/who/tim,a/who/rt,a/b/own,a/b/own2,{POINT},a/photo,share,kids[1]/child,{META}"
START, SENT = "2024-12-15T06:51:00.000+07:00", "2024-12-15T00:00:00"
ROWS = f"""
{START},True,False,1,2,-6.1 106.8 0 4,-6.1,106.8,0,4,p.jpg,1.5,n/a,uuid:1,1,u1,{SENT},x,,,1,9,e
{START},n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,uuid:2,2,u2,{SENT},x,,,1,9,e
"""


def ona(text: str, *named: str, **keys: object):
    return read("ona", text, *named, **{"select_multiple": "split", **keys})


def check(answers) -> None:
    assert split(answers) == {"tim": ["1", ""], "rt": ["0", ""]}
    assert cells(answers.whole["own"]) == ["1", ""]
    assert cells(answers.whole["own2"]) == ["2", ""]
    assert cells(answers.whole["place"]) == ["-6.1 106.8 0 4", ""]
    assert cells(answers.whole["share"]) == ["1.5", ""]


def test_names_and_true_and_false():
    answers = ona(HEADER + ROWS, "_submission_time")
    check(answers)
    assert answers.unknown == ("kids[1]/child",)
    assert set(cells(answers.extra["_submission_time"])) == {"2024-12-15T00:00:00+00:00"}


def test_points_between_groups():
    check(ona(HEADER.replace("/", ".") + ROWS, group_separator="."))


def test_without_group_names():
    check(ona(HEADER.replace("a/b/", "").replace("a/", "") + ROWS))


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("TRUE", "FALSE"), ("tim", "")])
def test_other_marks_of_split_columns(yes, no):
    check(ona(HEADER + ROWS.replace("True,False", f"{yes},{no}")))


def test_choices_by_label():
    header = HEADER.replace("a/who/tim,a/who/rt", 'a/who/Tim/partai,"a/who/Ketua RT, RW"')
    rows = ROWS.replace(",1,2,", ",Ya,Tidak,")
    check(ona(header + rows, answers="labels", language="id"))
    check(ona(header.replace("/", ".") + rows, answers="labels", group_separator="."))
    check(ona(header + rows.replace("True,False", "Tim/partai,"), answers="labels"))


def test_headers_of_labels():
    point = "Tempat,_place_latitude,_place_longitude,_place_altitude,_place_precision"
    header = (
        f'start,who/Tim/partai,"who/Ketua RT, RW",Pernah?,Pernah?,{point},Foto,Bagian,kids[1]/child,{META}'
    )
    check(ona(header + ROWS, headers="labels", language="id"))


def test_joined():
    header, rows = HEADER.replace("a/who/tim,a/who/rt", "a/who"), ROWS.replace("True,False", "tim rt")
    answers = ona(header + rows.replace("n/a,n/a", "n/a", 1), select_multiple="joined")
    assert cells(answers.whole["who"]) == ["tim rt", ""]


def test_a_choice_that_looks_like_no_answer(monkeypatch):
    choices = (Choice(name="n/a"), Choice(name="1"))
    items = tuple(
        replace(item, choices=choices) if item.name == "own" else item for item in exported.FORM.items
    )
    monkeypatch.setattr(exported, "FORM", replace(exported.FORM, items=items))
    with pytest.raises(ResponseError, match=r'1 items have a choice "n/a"(.|\n)*: own'):
        ona(HEADER + ROWS)


def test_columns_of_the_tool():
    assert all(map(is_meta, ["_version", "_review_status", "meta/instanceID", "_id"]))
    assert not any(map(is_meta, ["version", "review"]))
