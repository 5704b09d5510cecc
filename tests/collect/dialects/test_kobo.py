"""KoboToolbox: the headers and cells that formpack writes under each of its options."""

from __future__ import annotations

from dataclasses import replace

import pytest
from collect.dialects import exported
from collect.dialects.exported import cells, read, split

from netralstat.ask.instrument import Choice
from netralstat.collect.dialects.kobo import is_meta
from netralstat.collect.labels import NO_CODE, TWO_READINGS
from netralstat.errors import PlanError, ResponseError

LABELS = {"headers": "labels", "answers": "labels", "language": "id"}
# Written by formpack 3.0.0 (lang = None, "Bahasa Indonesia (id)"; hierarchy_in_labels = False, True).
NAMES = (
    "start,intro,who,who/tim,who/rt,who/lama,own,own2,place,_place_latitude,_place_longitude,_place_altitude,"
    "_place_precision,photo,photo_URL,share,gone,_id,_uuid,_submission_time,__version__,_index"
)
GROUPS = (
    "start,intro,a/who,a/who/tim,a/who/rt,a/who/lama,a/b/own,a/b/own2,a/place,a/_place_latitude,"
    "a/_place_longitude,a/_place_altitude,a/_place_precision,a/photo,a/photo_URL,share,gone,_id,_uuid,"
    "_submission_time,__version__,_index"
)
LABEL = (
    'start,Halo,Siapa?,Siapa?/Tim/partai,"Siapa?/Ketua RT, RW",Siapa?/Yang lama,Pernah?,Pernah?,Tempat,'
    "_Tempat_latitude,_Tempat_longitude,_Tempat_altitude,_Tempat_precision,Foto,Foto_URL,Bagian,Hilang,_id,_uuid,"
    "_submission_time,__version__,_index"
)
LABEL_GROUPS = (
    'start,Halo,Bagian A/1/Siapa?,Bagian A/1/Siapa?/Tim/partai,"Bagian A/1/Siapa?/Ketua RT, RW",'
    "Bagian A/1/Siapa?/Yang lama,Bagian A/1/B/Pernah?,Bagian A/1/B/Pernah?,Tempat,"
    "Bagian A/1/_Tempat_latitude,Bagian A/1/_Tempat_longitude,"
    "Bagian A/1/_Tempat_altitude,Bagian A/1/_Tempat_precision,Bagian A/1/Foto,"
    "Bagian A/1/Foto_URL,Bagian,Hilang,_id,_uuid,_submission_time,__version__,_index"
)
START, SENT = "2024-12-15T06:51:00.000+07:00", "2024-12-15T00:00:00"
CODE_ROWS = f"""
{START},,tim rt,1,1,0,1,2,-6.1 106.8 0 4,-6.1,106.8,0,4,p.jpg,u/p.jpg,1.5,,1,u1,{SENT},v2,1
{START},,lama tim,1,0,1,2,,,,,,,,,2,x,2,u2,{SENT},v1,2
{START},,,,,,,,,,,,,,,,,3,u3,{SENT},v2,3
"""
LABEL_ROWS = CODE_ROWS.replace("tim rt,1,1,0,1,2,", '"Tim/partai Ketua RT, RW",1,1,0,Ya,Tidak,').replace(
    "lama tim,1,0,1,2,", "Yang lama Tim/partai,1,0,1,Tidak,"
)


def check(answers, lama: str) -> None:
    assert cells(answers.whole["who"]) == ["tim rt", f"{lama} tim", ""]
    assert split(answers) == {"tim": ["1", "1", ""], "rt": ["1", "0", ""], lama: ["0", "1", ""]}
    assert cells(answers.whole["own"]) == ["1", "2", ""]
    assert cells(answers.whole["own2"]) == ["2", "", ""]
    assert cells(answers.whole["place"]) == ["-6.1 106.8 0 4", "", ""]
    assert cells(answers.whole["photo"]) == ["p.jpg", "", ""]
    assert "child" not in answers.whole


@pytest.mark.parametrize("header", [NAMES, GROUPS])
def test_names_with_and_without_groups(header):
    answers = read("kobo", header + CODE_ROWS, "_uuid", "_submission_time")
    check(answers, "lama")
    assert answers.unknown == ("gone",)
    assert answers.unknown_choices == (header.split(",")[5],)
    assert cells(answers.extra["_uuid"]) == ["u1", "u2", "u3"]
    assert set(cells(answers.extra["_submission_time"])) == {"2024-12-15T00:00:00+00:00"}


@pytest.mark.parametrize("header", [LABEL, LABEL_GROUPS])
def test_labels_with_and_without_groups(header):
    answers = read("kobo", header + LABEL_ROWS, **LABELS)
    check(answers, f"{NO_CODE}Yang_lama")
    assert answers.unknown == ("Hilang",)
    assert len(answers.unknown_choices) == 1
    assert answers.unknown_choices[0].endswith("Siapa?/Yang lama")


@pytest.mark.parametrize("separator", [" - ", ".", ":"])
def test_another_group_separator(separator):
    header = GROUPS.replace("/", separator)
    check(read("kobo", header + CODE_ROWS, group_separator=separator), "lama")
    header = LABEL_GROUPS
    for part in ("Bagian A/1", "B/", "Siapa?"):
        header = header.replace(f"{part}/".replace("//", "/"), part.removesuffix("/") + separator)
    check(read("kobo", header + LABEL_ROWS, group_separator=separator, **LABELS), f"{NO_CODE}Yang_lama")


def test_joined_labels_without_split_columns_and_a_retired_choice():
    header = "start,Siapa?,Pernah?,Pernah?,Tempat,Foto,Bagian"
    text = f'{header}\n,"Ketua RT, RW Yang lama",,,,,\n,"Ketua RT, RW",,,,,\n'
    answers = read("kobo", text, select_multiple="joined", **LABELS)
    assert cells(answers.whole["who"]) == ["Ketua RT, RW Yang lama", "rt"]


def test_two_readings_are_decided_by_the_split_columns(monkeypatch):
    labels = {"a": "Tim", "b": "RT", "ab": "Tim RT"}
    choices = tuple(Choice(name=code, labels={"id": label}) for code, label in labels.items())
    items = tuple(
        replace(item, choices=choices) if item.name == "who" else item for item in exported.FORM.items
    )
    monkeypatch.setattr(exported, "FORM", replace(exported.FORM, items=items))
    header = "start,Siapa?,Siapa?/Tim,Siapa?/RT,Siapa?/Tim RT,Pernah?,Pernah?,Tempat,Foto,Bagian"
    text = f"{header}\n,Tim RT,1,1,0,,,,,\n,Tim RT,0,0,1,,,,,\n,Tim RT,1,0,0,,,,,\n"
    answers = read("kobo", text, **LABELS)
    assert cells(answers.whole["who"]) == ["a b", "ab", f"{TWO_READINGS}Tim_RT"]


def test_columns_name_what_the_export_calls_otherwise():
    header = NAMES.replace("share", "bagian").replace("who/lama", "who/baru")
    keys = {"columns": {"bagian": "share", "who/baru": "who/lama"}}
    check(read("kobo", header + CODE_ROWS, **keys), "lama")
    with pytest.raises(PlanError, match="1 of 1 headers to translate are absent: bagiam"):
        read("kobo", header + CODE_ROWS, columns={"bagiam": "share"})


def test_split_cells_as_declared():
    rows = CODE_ROWS.replace("tim rt,1,1,0,", "tim rt,ya,ya,0,").replace(
        "lama tim,1,0,1,", "lama tim,ya,tidak,x,"
    )
    answers = read("kobo", NAMES + rows, chosen=["ya"], not_chosen=["tidak"])
    assert split(answers) == {"tim": ["1", "1", ""], "rt": ["1", "0", ""], "lama": [f"{NO_CODE}0", "x", ""]}


def test_an_item_that_is_absent_is_named():
    with pytest.raises(ResponseError, match=r"1 column is absent(.|\n)*: share"):
        read("kobo", NAMES.replace("share,", "shore,") + CODE_ROWS)


def test_columns_of_the_tool():
    own = [
        "_id",
        "_uuid",
        "__version__",
        "_version_",
        "_version__001",
        "meta/rootUuid",
        "meta.instanceID",
        "instanceID",
    ]
    assert all(map(is_meta, own))
    assert not any(map(is_meta, ["_income", "version", "id", "metainstanceID"]))
