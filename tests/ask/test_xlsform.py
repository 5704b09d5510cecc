"""XLSForms in all their spellings become Instruments, or are refused with a sentence."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from openpyxl import Workbook

from netralstat.ask.xlsform import read_xlsform
from netralstat.errors import InstrumentError

FORM = {
    "survey": [
        ["type", "name", "label::Bahasa Indonesia (id)", "label::English (en)", "relevant", "nst_scale"],
        ["start", "start", "", "", "", ""],
        ["select_one yn", "consent", "Bersedia?", "Willing?", "", ""],
        ["begin_group", "main", "Utama", "Main", "${consent} = 'yes'", ""],
        ["integer", "age", "Umur", "Age", "", ""],
        ["begin_group", "inner", "", "", "${age} > 20", ""],
        ["select_multiple yn", "both", "Yang mana?", "Which?", "${age} < 60", "trust"],
        ["end_group", "", "", "", "", ""],
        ["end_group", "", "", "", "", ""],
        ["note", "thanks", "Terima kasih", "Thank you", "", ""],
    ],
    "choices": [
        [
            "list_name",
            "name",
            "label::Bahasa Indonesia (id)",
            "label::English (en)",
            "nst_score",
            "nst_missing",
        ],
        ["yn", "yes", "Ya", "Yes", "1", ""],
        ["yn", "no", "Tidak", "No", "0.5", ""],
        ["yn", "refused", "Menolak", "Refused", "", "refused"],
    ],
    "settings": [
        ["form_title", "form_id", "version", "default_language", "nst_title_en"],
        ["Contoh", "demo", "7", "Bahasa Indonesia (id)", "Example"],
    ],
}


def as_xlsx(folder: Path, sheets: dict[str, list[list[str]]]) -> Path:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append([cell or None for cell in row])
    path = folder / "form.xlsx"
    workbook.save(path)
    return path


def as_markdown(folder: Path, *rows: str) -> Path:
    path = folder / "form.md"
    path.write_text("\n".join(["| survey |", *rows]), encoding="utf-8")
    return path


def changed(sheet: str, row: int, column: int, value: str) -> dict[str, list[list[str]]]:
    copy = {name: [list(cells) for cells in rows] for name, rows in FORM.items()}
    copy[sheet][row][column] = value
    return copy


def refusal(path: Path) -> InstrumentError:
    with pytest.raises(InstrumentError) as caught:
        read_xlsform(path)
    assert str(path) in str(caught.value.where)
    assert caught.value.do
    return caught.value


def test_a_workbook_is_read_whole(tmp_path: Path) -> None:
    form = read_xlsform(as_xlsx(tmp_path, FORM))
    assert (form.id, form.version) == ("demo", "7")
    assert form.titles == {"id": "Contoh", "en": "Example"}
    assert (form.languages, form.default_language) == (("id", "en"), "id")
    assert [(item.name, item.kind) for item in form.items] == [
        ("start", "datetime"),
        ("consent", "select_one"),
        ("age", "integer"),
        ("both", "select_multiple"),
        ("thanks", "note"),
    ]
    assert form.item("consent").labels == {"id": "Bersedia?", "en": "Willing?"}
    assert form.item("consent").relevant is None
    assert form.item("age").relevant == "(${consent} = 'yes')"
    both = form.item("both")
    assert both.group == ("main", "inner")
    assert both.relevant == "(${consent} = 'yes') and (${age} > 20) and (${age} < 60)"
    assert both.tags == {"scale": "trust"}
    assert both.valid_codes == ("yes", "no")
    assert both.missing_codes == {"refused": "refused"}
    assert [choice.score for choice in both.choices] == [1.0, 0.5, None]
    assert both.choice("no").label("en") == "No"
    assert both.choice("no").label("fr") == "Tidak"
    assert form.warnings == ()


def test_markdown_with_legacy_types_and_one_wording_is_read_as_undetermined(tmp_path: Path) -> None:
    path = as_markdown(
        tmp_path,
        "|  | type | name | label | required |",
        "|  | select one from sizes or specify other | size | Size? | yes |",
        "|  | begin group | people | People | |",
        "|  | add integer prompt | pupils | How many? | yes |",
        "|  | add date prompt | opened | When? | no |",
        "|  | q decimal | share | Share? | ${pupils} > 0 |",
        "|  | get device id | device | | |",
        "|  | geopoint | place | Where? | |",
        "|  | end group | people | | |",
        "| choices |",
        "|  | list name | name | label |",
        "|  | sizes | small | Small |",
        "|  | sizes | large | Large |",
    )
    form = read_xlsform(path)
    assert form.id == "form"
    assert form.version == ""
    assert (form.languages, form.default_language) == (("und",), "und")
    assert {item.name: item.kind for item in form.items} == {
        "size": "select_one",
        "size_other": "text",
        "pupils": "integer",
        "opened": "date",
        "share": "decimal",
        "device": "hidden",
        "place": "geopoint",
    }
    assert form.item("size").valid_codes == ("small", "large", "other")
    assert form.item("size").label("en") == "Size?"
    assert form.item("size_other").relevant == "(selected(${size}, 'other'))"
    assert {item.name: item.required for item in form.items if item.required} == {
        "size": True,
        "pupils": True,
    }


def test_a_csv_form_is_read(tmp_path: Path) -> None:
    path = tmp_path / "form.csv"
    path.write_text(
        "survey,,,\n,type,name,label\n,text,remark,Remark\n"
        "settings,,,\n,form_id,default_language,\n,notes,English (en),\n",
        encoding="utf-8",
    )
    form = read_xlsform(path)
    assert (form.id, form.languages, form.item("remark").labels) == ("notes", ("en",), {"en": "Remark"})


def test_an_old_xls_form_is_read(tmp_path: Path) -> None:
    path = tmp_path / "form.xls"
    path.write_bytes(
        biff5(
            {"survey": [["type", "name", "label"], ["integer", "age", "Age"], ["text", "note_1", "Remark"]]}
        )
    )
    assert [(item.name, item.kind) for item in read_xlsform(path).items] == [
        ("age", "integer"),
        ("note_1", "text"),
    ]


def biff5(sheets: dict[str, list[list[str]]]) -> bytes:
    """A workbook in Excel 5's binary records: no library that still writes .xls is needed for three cells."""

    def record(code: int, body: bytes) -> bytes:
        return struct.pack("<HH", code, len(body)) + body

    end = record(0x000A, b"")
    bodies = []
    for rows in sheets.values():
        cells = [
            record(0x0204, struct.pack("<HHHH", r, c, 0, len(text)) + text.encode("cp1252"))
            for r, row in enumerate(rows)
            for c, text in enumerate(row)
        ]
        bodies.append(record(0x0809, struct.pack("<HHHH", 0x0500, 0x0010, 0, 1995)) + b"".join(cells) + end)
    opening = record(0x0809, struct.pack("<HHHH", 0x0500, 0x0005, 0, 1995)) + record(
        0x0042, struct.pack("<H", 1252)
    )
    offset = len(opening) + sum(11 + len(name) for name in sheets) + len(end)
    listing = b""
    for name, body in zip(sheets, bodies, strict=True):
        listing += record(0x0085, struct.pack("<IHB", offset, 0, len(name)) + name.encode("cp1252"))
        offset += len(body)
    return opening + listing + end + b"".join(bodies)


def test_a_language_without_a_code_is_known_by_its_name(tmp_path: Path) -> None:
    path = as_markdown(
        tmp_path,
        "|  | type | name | label::Bahasa Indonesia | label::English | label::Basa Jawa |",
        "|  | text | remark | Catatan | Remark | Cathetan |",
    )
    form = read_xlsform(path)
    assert form.languages == ("id", "en", "Basa Jawa")
    assert form.item("remark").labels == {"id": "Catatan", "en": "Remark", "Basa Jawa": "Cathetan"}


def test_what_pyxform_finds_odd_is_kept(tmp_path: Path) -> None:
    path = as_markdown(
        tmp_path,
        "|  | type | name | label::English (en) | hint::Bahasa Indonesia (id) |",
        "|  | text | remark | Remark | Catatan |",
    )
    form = read_xlsform(path)
    assert len(form.warnings) == 1
    assert "label" in form.warnings[0]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            [
                *("|  | begin loop over l | r | R |", "|  | integer | age | Age |", "|  | end loop | | |"),
                *("| choices |", "|  | list_name | name | label |", "|  | l | a | A |"),
            ],
            'asks "r" in a loop over a choice list',
        ),
        (
            ["|  | text | a | A |", "|  | text | a | A |"],
            "[row : 3] On the 'survey' sheet, the 'name' value 'a'",
        ),
        (["|  | begin group | g | G |", "|  | text | a | A |"], "[row : 2] Unmatched 'begin_group'"),
        (["|  | select_one nowhere | a | A |"], "There should be a choices sheet"),
        (["|  | select_one_from_file towns.csv | town | Town |"], 'they come from "towns.csv"'),
        (
            ["|  | intger | a | A |"],
            'of the type "intger", which is unknown or names no list. Did you mean "integer"?',
        ),
    ],
)
def test_a_faulty_form_is_refused(tmp_path: Path, rows: list[str], words: str) -> None:
    error = refusal(as_markdown(tmp_path, "|  | type | name | label |", *rows))
    assert words in error.fact


def test_one_name_in_two_groups_is_refused(tmp_path: Path) -> None:
    path = as_markdown(
        tmp_path,
        "|  | type | name | label |",
        "|  | text | a | A |",
        "|  | begin group | g | G |",
        "|  | text | a | A |",
        "|  | end group | | |",
    )
    with pytest.raises(InstrumentError, match='Two items are named "a"') as caught:
        read_xlsform(path)
    assert "a and g/a" in str(caught.value.where)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (
            ("survey", 4, 4, "${consnt} = 'yes'"),
            "[row : 5] On the 'survey' sheet, the 'relevant' value is invalid",
        ),
        (("choices", 1, 4, "1,5"), '"yes" has no number in nst_score'),
        (("choices", 3, 5, "refuse"), 'unknown reason in nst_missing. Did you mean "refused"?'),
        (("choices", 2, 4, ""), 'scale item "both" have no score: no'),
        (
            ("choices", 1, 1, "yes please"),
            "Choice names with spaces cannot be added to multiple choice selects",
        ),
        (("settings", 1, 3, "Deutsch (de)"), 'default language "Deutsch (de)" has no column of labels'),
        (("survey", 0, 3, "label::Indonesia (id)"), "2 languages have the same code"),
    ],
)
def test_one_wrong_cell_is_named(tmp_path: Path, cell: tuple[str, int, int, str], words: str) -> None:
    path = as_xlsx(tmp_path, changed(*cell))
    with pytest.raises(InstrumentError) as caught:
        read_xlsform(path)
    assert words in caught.value.fact
    assert caught.value.where
    assert caught.value.do


def test_a_missing_file_a_foreign_ending_and_a_damaged_workbook_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.xlsx").fact == "The questionnaire is not there."
    foreign = tmp_path / "form.docx"
    foreign.write_bytes(b"")
    assert 'cannot be read from a ".docx" file' in refusal(foreign).fact
    damaged = tmp_path / "form.xlsx"
    damaged.write_bytes(b"PK not a workbook")
    assert "does not hold what its ending .xlsx promises" in refusal(damaged).fact
    empty = tmp_path / "form.csv"
    empty.write_text("", encoding="utf-8")
    assert "is no XLSForm" in refusal(empty).fact


def test_an_export_taken_for_a_form_is_not_echoed(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text("name,answer\nSiti,secret\n", encoding="utf-8")
    assert "secret" not in str(refusal(export))
    rows = ["|  | type | name | label |", "|  | text | a | A |", "|  |  | Siti | secret |"]
    assert "secret" not in str(refusal(as_markdown(tmp_path, *rows)))
