"""Question types in their old and new spellings, repeats, filters, ranges and lists from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from ask.forms import rows, written

from netralstat.ask.xlsform import read_xlsform
from netralstat.errors import InstrumentError

LIST = ("| choices |", "|  | list_name | name | label |", "|  | l | a | A |", "|  | l | b | B |")


@pytest.mark.parametrize(
    ("written_type", "kind"),
    [
        ("select_one l", "select_one"),
        ("select one from l", "select_one"),
        ("select1 l", "select_one"),
        ("add select one prompt using l", "select_one"),
        ("select_multiple l", "select_multiple"),
        ("select all that apply from l", "select_multiple"),
        ("select all that apply l", "select_multiple"),
        ("add select multiple prompt using l", "select_multiple"),
        ("rank l", "rank"),
        ("int", "integer"),
        ("add integer prompt", "integer"),
        ("range", "integer"),
        ("percentage", "integer"),
        ("q decimal", "decimal"),
        ("string", "text"),
        ("q string", "text"),
        ("add text prompt", "text"),
        ("dateTime", "datetime"),
        ("date time", "datetime"),
        ("get today", "date"),
        ("today", "date"),
        ("start time", "datetime"),
        ("end", "datetime"),
        ("time", "time"),
        ("geopoint", "geopoint"),
        ("gps", "geopoint"),
        ("add location prompt", "geopoint"),
        ("geotrace", "geotrace"),
        ("q geoshape", "geoshape"),
        ("barcode", "barcode"),
        ("acknowledge", "acknowledge"),
        ("q acknowledge", "acknowledge"),
        ("trigger", "acknowledge"),
        ("q picture", "file"),
        ("audio", "file"),
        ("video", "file"),
        ("file", "file"),
        ("deviceid", "hidden"),
        ("imei", "hidden"),
        ("get phone number", "hidden"),
        ("username", "hidden"),
        ("hidden", "hidden"),
        ("q note", "note"),
    ],
)
def test_every_spelling_has_its_kind(tmp_path: Path, written_type: str, kind: str) -> None:
    form = rows(tmp_path, f"|  | {written_type} | asked | Asked |", *LIST)
    assert [(item.name, item.kind) for item in form.items] == [("asked", kind)]
    automatic = written_type in (
        "get today", "today", "start time", "end", "deviceid", "imei", "get phone number", "username",
        "hidden",
    )  # fmt: skip
    assert form.item("asked").automatic is automatic


def test_a_photograph_asks_for_a_file_and_audit_and_files_of_data_ask_nothing(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | photo | face | Photo | max-pixels=1000 |",
        "|  | audit | | | |",
        "|  | xml-external | towns | | |",
        "|  | csv-external | posts | | |",
        header="type | name | label | parameters",
    )
    assert [(item.name, item.kind) for item in form.items] == [("face", "file")]
    assert form.item("face").parameters == {"max-pixels": "1000"}


def test_items_in_repeats_are_named_and_are_no_columns_of_the_main_export(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | integer | n | How many? | | |",
        "|  | begin lgroup | child | Child | ${n} > 0 | ${n} + 1 |",
        "|  | text | name_c | Name | | |",
        "|  | begin_group | school | School | | |",
        "|  | begin repeat | visit | Visit | | |",
        "|  | date | day | Day | | |",
        "|  | end_repeat | | | | |",
        "|  | end group | | | | |",
        "|  | note | thanks | Thanks | | |",
        "|  | end lgroup | | | | |",
        "|  | text | last | Last | | |",
        header="type | name | label | relevant | repeat_count",
    )
    assert form.names == ("n", "name_c", "day", "thanks", "last")
    assert [item.repeat for item in form.items] == [None, "child", "visit", "child", None]
    assert form.item("day").group == ("child", "school", "visit")
    assert form.item("day").relevant == "(${n} > 0)"
    assert [item.name for item in form.answerable] == ["n", "last"]
    assert {name: [item.name for item in items] for name, items in form.in_repeats.items()} == {
        "child": ["name_c"],
        "visit": ["day"],
    }
    assert [(group.path, group.repeat, group.relevant) for group in form.groups] == [
        (("child",), True, "${n} > 0"),
        (("child", "school"), False, None),
        (("child", "school", "visit"), True, None),
    ]


def test_ranges_rules_and_defaults_are_kept(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | range | mark | Mark | start=10 end=0 step=0.5 | . != 3 | Not three | | | 5 |",
        "|  | text | shown | Shown | | | | ${mark} > 1 | yes | |",
        header="type | name | label | parameters | constraint | constraint_message | required | read_only | "
        "default",
    )
    mark, shown = form.items
    assert (mark.kind, mark.minimum, mark.maximum, mark.parameters["step"]) == ("decimal", 0.0, 10.0, "0.5")
    assert (mark.constraint, mark.constraint_messages, mark.default) == (". != 3", {"und": "Not three"}, "5")
    assert (shown.required, shown.required_if, shown.read_only) == (False, "${mark} > 1", True)


def test_the_rules_of_a_type_are_its_items_rules(tmp_path: Path) -> None:
    assert (
        rows(tmp_path, "|  | percentage | share | Share |").item("share").constraint == "0 <= . and . <= 100"
    )


def test_cascades_keep_their_filter_their_columns_and_one_choice_a_code(tmp_path: Path) -> None:
    form = read_xlsform(
        written(
            tmp_path,
            """
            | survey |
            |  | type | name | label | choice_filter |
            |  | select_one island | isle | Island | |
            |  | select_one town | town | Town | isle=${isle} |
            |  | select_multiple mixed | mixed | Mixed | |
            | choices |
            |  | list_name | name | label | isle |
            |  | island | java | Java | |
            |  | town | solo | Solo | java |
            |  | town | port | Port | java |
            |  | town | port | Port of Bali | bali |
            |  | mixed | x | X | |
            |  | unused | y | Y | |
            | settings |
            |  | allow_choice_duplicates |
            |  | yes |
            """.replace("            |", "|"),
        )
    )
    town = form.item("town")
    assert (town.list_name, town.choice_filter) == ("town", "isle=${isle}")
    assert [(choice.name, choice.label("en"), choice.columns) for choice in town.choices] == [
        ("solo", "Solo", {"isle": "java"}),
        ("port", "Port", {"isle": "java"}),
    ]
    assert (
        'The list "town" has 1 codes on several rows (port); the wording of the first row is used.'
        in form.warnings
    )
    assert set(form.lists) == {"island", "town", "mixed", "unused"}


def test_a_list_that_is_shuffled_is_still_a_list(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | select_one l | a | A | randomize=true |",
        *LIST,
        header="type | name | label | parameters",
    )
    assert form.item("a").valid_codes == ("a", "b")
    assert form.item("a").parameters == {"randomize": "true"}


def test_external_choices_are_read_from_their_sheet(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | text | state | State | |",
        "|  | select_one_external cities | city | City | state=${state} |",
        "| external_choices |",
        "|  | list_name | name | label | state |",
        "|  | cities | bdg | Bandung | jabar |",
        "|  | cities | smg | Semarang | jateng |",
        header="type | name | label | choice_filter",
    )
    assert form.item("city").kind == "select_one"
    assert [(c.name, c.label("id"), c.columns["state"]) for c in form.item("city").choices] == [
        ("bdg", "Bandung", "jabar"),
        ("smg", "Semarang", "jateng"),
    ]


def test_choices_of_a_csv_beside_the_form_are_read_by_its_columns(tmp_path: Path) -> None:
    (tmp_path / "towns.csv").write_text(
        "kode,nama,prov\n3273,Bandung,jabar\n3374,Semarang,jateng\n", "utf-8-sig"
    )
    form = rows(
        tmp_path,
        "|  | select_one_from_file towns.csv | town | Town | value=kode label=nama |",
        header="type | name | label | parameters",
    )
    assert form.item("town").valid_codes == ("3273", "3374")
    assert form.item("town").choice("3374").label("id") == "Semarang"
    assert form.item("town").choice("3273").columns == {"prov": "jabar"}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("towns.csv", None, 'they come from "towns.csv"'),
        ("towns.xml", "<root/>", "only CSV files of choices are read"),
        ("towns.csv", "kode,nama\n1,a\n", 'needs the columns "name" and "label"'),
        ("towns.csv", "name,label\n", "and 0 rows"),
        ("towns.csv", 'name,label\n1,"a\n', "is no CSV in UTF-8"),
    ],
)
def test_choices_that_cannot_be_had_are_told(
    tmp_path: Path, name: str, content: str | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InstrumentError) as caught:
        rows(tmp_path, f"|  | select_one_from_file {name} | town | Town |")
    assert words in caught.value.fact
    assert caught.value.do


def test_choices_among_earlier_answers_are_text_with_a_warning(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | begin repeat | child | Child |",
        "|  | text | name_c | Name |",
        "|  | end repeat | | |",
        "|  | select_one ${name_c} | eldest | Eldest |",
    )
    assert form.item("eldest").kind == "text"
    assert any('The choices of "eldest" are answers given earlier' in warning for warning in form.warnings)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("label::Bahasa Indonesia (id)", "id"),
        ("label:id", "id"),
        ("label::Indonesian ( ID )", "id"),
        ("label::Indonesia (in)", "id"),
        ("label::EN", "en"),
        ("label::Bahasa Inggris", "en"),
        ("label::Basa Jawa (jv)", "jv"),
        ("label::Basa Sunda", "Basa Sunda"),
        ("label", "und"),
    ],
)
def test_languages_in_all_their_headers(tmp_path: Path, header: str, code: str) -> None:
    form = rows(tmp_path, "|  | text | a | Apa? |", header=f"type | name | {header}")
    assert form.item("a").labels == {code: "Apa?"}
    assert form.languages == (code,)
