"""`netralstat new` proposes what a file shows, with the evidence, and leaves out what it does not show."""

from __future__ import annotations

import tomllib
from io import BytesIO
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from typer.testing import CliRunner

from netralstat.ask.plan import read_plan
from netralstat.ask.xlsform import read_xlsform
from netralstat.cli import app
from netralstat.collect.responses import read_responses
from netralstat.draft.new_wave import new_wave
from netralstat.draft.options import comment, toml
from netralstat.errors import NetralstatError, PlanError, ResponseError, UsageError

pytestmark = pytest.mark.long

EXPORTS = Path(__file__).parent / "exports"
FORM = EXPORTS / "netral_asn_v1.xlsx"
SMALL = """
| survey | | | | |
| | type | name | label::Bahasa Indonesia (id) | label::English (en) |
| | select_one yn | consent | Bersedia? | Willing? |
| | begin_group | main | Utama | Main |
| | select_one prov | province | Provinsi? | Province? |
| | select_multiple acts | done | Yang mana? | Which? |
| | end_group | | | |
| | decimal | share | Bagian | Share |
| | date | day | Hari | Day |
| choices | | | | |
| | list_name | name | label::Bahasa Indonesia (id) | label::English (en) |
| | yn | yes | Ya | Yes |
| | yn | no | Tidak | No |
| | prov | aceh | Aceh | Aceh |
| | acts | banner | Spanduk, baliho | Banner, sign |
| | acts | rally | Kampanye | Rally |
| settings | | | | |
| | form_title | form_id | version | default_language |
| | Contoh | demo | 7 | Bahasa Indonesia (id) |
"""
NAMES = "consent,province,done,done/banner,done/rally,share,day"
ROW = "yes,aceh,banner rally,1,1,0.5,2025-03-31"


def filled(path: Path, weight: str = "share") -> Path:
    """Write what a person would below each FILL IN."""
    text = path.read_text(encoding="utf-8")
    for old, new in {
        '# id = "…"': 'id = "Judul"',
        '# en = "…"': 'en = "Title"',
        '# weight = "…"': f'weight = "{weight}"',
        "# institution = {": "institution = {",
        "# date = 2026-01-31": "date = 2026-01-31",
    }.items():
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def propose(tmp_path: Path):
    """Put files beside the small form, propose a wave, and give the text of its source."""

    def run(raw: str | bytes, name: str = "export.csv") -> tuple[dict, str]:
        (tmp_path / "form.md").write_text(SMALL, encoding="utf-8")
        export = tmp_path / name
        export.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        path = new_wave(tmp_path / "surveys" / "small-2025", tmp_path / "form.md", [export]).path
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text)["collect"]["sources"][0], text

    return run


# --------------------------------------------------------------------------- the exports as they come
SOURCES = {
    "xml_both_nogroups.csv": {
        "kind": "kobo",
        "encoding": "utf-8",
        "delimiter": ";",
        "headers": "names",
        "answers": "codes",
        "select_multiple": "both",
        "multiple_separator": " ",
        "date_order": "ymd",
        "rows": 402,
    },
    "label_id_both.csv": {
        "kind": "kobo",
        "encoding": "utf-8",
        "delimiter": ";",
        "headers": "labels",
        "language": "id",
        "answers": "labels",
        "select_multiple": "both",
        "multiple_separator": " ",
        "date_order": "ymd",
        "rows": 402,
    },
    "google_forms.csv": {
        "kind": "google_forms",
        "encoding": "utf-8",
        "delimiter": ",",
        "headers": "labels",
        "language": "id",
        "answers": "labels",
        "multiple_separator": ", ",
        "date_order": "dmy",
        "absent": ["start", "end", "today", "le_u", "le_arm", "pewawancara", "layak"],
        "rows": 402,
    },
    "limesurvey_code.csv": {
        "kind": "limesurvey",
        "encoding": "utf-8-sig",
        "delimiter": ";",
        "headers": "names",
        "answers": "codes",
        "date_order": "ymd",
        "absent": ["start", "end", "today", "le_u", "layak"],
        "rows": 402,
    },
    "spss.sav": {
        "kind": "table",
        "headers": "names",
        "answers": "labels",
        "language": "id",
        "select_multiple": "split",
        "choice_separator": "_",
        "chosen": ["Dipilih"],
        "not_chosen": ["Tidak dipilih"],
        "date_order": "ymd",
        "absent": ["start", "end", "today", "le_u", "layak"],
        "rows": 402,
    },
    "xml_both_typed.xlsx": {
        "kind": "kobo",
        "headers": "names",
        "answers": "codes",
        "select_multiple": "both",
        "multiple_separator": " ",
        "date_order": "ymd",
        "rows": 402,
    },
    "retired_choice_ragged.csv": {
        "kind": "kobo",
        "encoding": "utf-8",
        "delimiter": ";",
        "headers": "names",
        "answers": "codes",
        "select_multiple": "both",
        "multiple_separator": " ",
        "date_order": "ymd",
        "rows": 40,
    },
}


@pytest.mark.parametrize("name", SOURCES)
def test_what_each_export_shows(tmp_path: Path, name: str) -> None:
    written = new_wave(tmp_path / "surveys" / "asn-2024", FORM, [EXPORTS / name])
    data = tomllib.loads(written.path.read_text(encoding="utf-8"))
    (source,) = data["collect"]["sources"]
    assert source.pop("sha256")
    assert source.pop("path") == f"data/{name}"
    assert source == SOURCES[name]
    assert data["ask"] == {"instrument": "netral_asn_v1.xlsx", "version": "2024112801"}
    assert data["collect"]["regions"] == {"item": "prov", "scheme": "name", "vintage": 2022}
    plan = read_plan(filled(written.path, weight="umur"))
    assert plan.collect.sources[0].rows == SOURCES[name]["rows"]


@pytest.mark.parametrize(
    "name", ["xml_both_nogroups.csv", "label_id_both.csv", "google_forms.csv", "spss.sav"]
)
def test_the_proposal_reads_the_responses(tmp_path: Path, name: str) -> None:
    written = new_wave(tmp_path / "surveys" / "asn-2024", FORM, [EXPORTS / name])
    text = filled(written.path, weight="umur").read_text(encoding="utf-8")
    text = (
        text.replace('duplicates = "error"', 'duplicates = "keep_first"') if "\nunique = " in text else text
    )
    if name in ("google_forms.csv", "xml_both_typed.xlsx"):  # their times have no offset
        text = text.replace("[collect]\n", '[collect]\ntimezone = "WIB"\n', 1)
    written.path.write_text(text, encoding="utf-8")
    plan = read_plan(written.path)
    responses = read_responses(plan, read_xlsform(FORM))
    assert responses.n_read == 402 == responses.n_accepted + responses.n_rejected
    answered = responses.summary().set_index("item")["answered"]
    assert answered["status"] > 300
    assert answered["diminta"] > 200


def test_the_evidence_stands_above_each_key(tmp_path: Path) -> None:
    path = new_wave(tmp_path / "surveys" / "asn-2024", FORM, [EXPORTS / "xml_both_nogroups.csv"]).path
    text = path.read_text(encoding="utf-8")
    for told in (
        "# the header has 74 of 74 items by name, 0 by label (id), 0 by label (en)\nheaders =",
        "# of 56 select_one columns 56 hold codes\nanswers =",
        "# of 4 select_multiple 4 stand joined in one column and 4 split in a column a choice\nselect_",
        '# the days in column "today" run from 2024-12-02 to 2024-12-16; when was fieldwork?\n# fieldwork =',
        '# column "_uuid" is filled in 402 of 402 rows, 401 of them different: 1 rows repeat a key, see',
    ):
        assert told in text
    assert all(len(line) <= 110 for line in text.split("\n") if " = " not in line and "----" not in line)


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    files = [EXPORTS / "google_forms.csv", EXPORTS / "retired_choice_ragged.csv"]
    texts = [new_wave(tmp_path / name / "asn-2024", FORM, files).path.read_bytes() for name in "ab"]
    assert texts[0] == texts[1]


# ------------------------------------------------------------------------- marks of the other tools
TOOLS = {
    "odk_central": "SubmissionDate,consent,main-province,main-done,share,day,meta-instanceID,KEY\n"
    "2025-03-01T08:00:00Z,yes,aceh,banner rally,0.5,2025-03-31,uuid:1,uuid:1\n",
    "ona": "consent,main/province,main/done/banner,main/done/rally,share,day,_id,_uuid,_version,"
    "_media_count,_xform_id\n"
    "yes,aceh,True,False,0.5,2025-03-31,1,u1,v,0,9\n",
    "qualtrics": "StartDate,Progress,ResponseId,consent,province,done,share,day\nStart,P,R,Willing?,a,b,c,d\n"
    '"{""ImportId"":""startDate""}","{""ImportId"":""p""}","{""ImportId"":""_recordId""}",a,b,c,d,e\n'
    '2025-03-01 08:00:00,100,R_1,yes,aceh,"banner,rally",0.5,2025-03-31\n',
    "redcap": "record_id,consent,province,done___banner,done___rally,share,day,form_complete\n"
    "1,yes,aceh,1,0,0.5,2025-03-31,2\n",
    "limesurvey": 'id;submitdate;lastpage;"consent";"province";"done[banner]";"done[rally]";"share";"day"\n'
    '"1";"2025-03-01 08:00:00";"3";"yes";"aceh";"Y";"";"0.5";"2025-03-31 00:00:00"\n',
}


@pytest.mark.parametrize("kind", TOOLS)
def test_tools_are_known_by_their_own_columns(propose, kind: str) -> None:
    source, text = propose(TOOLS[kind])
    assert (source["kind"], source["rows"], source["headers"]) == (kind, 1, "names")
    assert "absent" not in source
    assert (source["answers"], source["date_order"]) == ("codes", "ymd")
    extras = {
        key: source[key]
        for key in ("header_rows", "group_separator", "chosen", "not_chosen")
        if key in source
    }
    assert (
        extras
        == {
            "odk_central": {"group_separator": "-"},
            "ona": {"group_separator": "/", "chosen": ["True"], "not_chosen": ["False"]},
            "qualtrics": {"header_rows": 3},
            "redcap": {},
            "limesurvey": {},
        }[kind]
    )
    assert ("# structure =" in text) == (kind in ("redcap", "limesurvey"))


def test_title_rows_and_tags_below_the_header(propose) -> None:
    source, text = propose(f"Survei netralitas,,,,,,\n,,,,,,\n{NAMES}\n#a,#b +c,#d,#e,#f,#g,#h\n{ROW}\n")
    assert (source["title_rows"], source["hxl"], source["rows"], source["kind"]) == (2, True, 1, "table")
    assert "# row 3 is the first that names items" in text
    assert "# row 4 holds HXL tags\nhxl = true" in text


def test_a_weight_column_is_proposed(propose, tmp_path: Path) -> None:
    _, text = propose(f"{NAMES},bobot\n{ROW},2.5\n")
    assert (
        '# column "bobot" is named like a weight and holds a number in 1 of 1 rows; please confirm\n' in text
    )
    assert '\nweight = "bobot"\n' in text
    assert read_plan(filled(tmp_path / "surveys" / "small-2025" / "wave.toml")).design.weight == "bobot"


def test_the_sheet_and_the_header_row_of_a_workbook(propose) -> None:
    book = Workbook()
    book.active.append(["Catatan", "penting"])
    sheet = book.create_sheet("Jawaban")
    sheet.append(["Survei netralitas"])
    sheet.append([])
    for line in (NAMES, ROW):
        sheet.append(line.split(","))
    stream = BytesIO()
    book.save(stream)
    source, text = propose(stream.getvalue(), "export.xlsx")
    assert (source["sheet"], source["title_rows"], source["rows"]) == ("Jawaban", 2, 1)
    assert "# row 3 is the first that names items" in text


def test_an_old_stata_file_does_not_tell_its_encoding(propose, tmp_path: Path) -> None:
    frame = pd.DataFrame({"consent": ["yes"], "province": ["aceh"], "remark": ["kafé"]})
    pyreadstat.write_dta(frame, str(tmp_path / "old.dta"), version=13)
    source, text = propose((tmp_path / "old.dta").read_bytes(), "export.dta")
    assert (source["encoding"], source["kind"], source["rows"]) == ("cp1252", "table", 1)
    assert "# the file does not tell its encoding" in text


# -------------------------------------------------------------------- where the evidence is mixed
MIXED = {
    "delimiter": ("a;b,c\n1;2,3\n", "delimiter", [",", ";"]),
    "encoding": (
        NAMES.encode() + b"\nyes,aceh,banner,1,0,0.5,2025-03-31\n" + b"\x81\x8d,,,,,,\n",
        "encoding",
        ["latin-1", "utf-8", "utf-16"],
    ),
    "headers": ("consent,Provinsi?,x,y\nyes,aceh,1,2\n", "headers", ["names", "labels"]),
    "labels and codes": ("consent,province\nYa,aceh\nTidak,aceh\n", "answers", ["codes", "labels"]),
    "decimal": (f"{NAMES}\n{ROW}\n{ROW.replace('0.5', chr(34) + '0,5' + chr(34))}\n", "decimal", [".", ","]),
    "thousands": (f"{NAMES}\n{ROW.replace('0.5', '1.234')}\n", "decimal", [".", ","]),
    "dates": (f"{NAMES}\n{ROW.replace('2025-03-31', '03/04/2025')}\n", "date_order", ["dmy", "mdy", "ymd"]),
    "kind": ("_index,__version__,KEY,SubmissionDate,consent\n1,2,3,4,yes\n", "kind", ["kobo", "odk_central"]),
}


@pytest.mark.parametrize("case", MIXED)
def test_mixed_evidence_leaves_the_key_out(propose, case: str) -> None:
    raw, key, possible = MIXED[case]
    source, text = propose(raw)
    assert key not in source
    assert [line for line in text.split("\n") if line.startswith(f"# {key} = ")] == [
        f'# {key} = "{value}"' for value in possible
    ]
    assert "which" in text


def test_a_missing_kind_is_told_by_its_key(propose, tmp_path: Path) -> None:
    propose(MIXED["kind"][0])
    with pytest.raises(PlanError, match=r"collect\.sources\[1\]\.kind: this key is missing"):
        read_plan(tmp_path / "surveys" / "small-2025")


ENCODINGS = {
    "cp1252": ("—café".encode("cp1252"), "cp1252", "1 bytes are printed by cp1252 and not by latin-1"),
    "either": ("café".encode("latin-1"), "cp1252", "cp1252 and latin-1 read this file alike"),
    "utf-8": ("café".encode(), "utf-8", "every letter outside ASCII is valid UTF-8"),
    "ascii": (b"cafe", "utf-8", "every byte is ASCII"),
}


@pytest.mark.parametrize("case", ENCODINGS)
def test_encodings_by_their_bytes(propose, case: str) -> None:
    word, encoding, told = ENCODINGS[case]
    source, text = propose(NAMES.encode() + b",note\n" + ROW.encode() + b"," + word + b"\n")
    assert source["encoding"] == encoding
    assert told in " ".join(text.replace("\n# ", " ").split())


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8-sig", ";"), ("utf-16", "\t")])
def test_byte_order_marks_and_delimiters(propose, encoding: str, mark: str) -> None:
    source, _ = propose(f"{NAMES}\n{ROW}\n".replace(",", mark).encode(encoding))
    assert (source["encoding"], source["delimiter"], source["rows"]) == (encoding, mark, 1)


# ---------------------------------------------------------------------------------- files and errors
def test_files_inside_the_surveys_folder_are_referred_to(tmp_path: Path) -> None:
    surveys = tmp_path / "surveys"
    (surveys / "forms").mkdir(parents=True)
    (surveys / "forms" / "form.md").write_text(SMALL, encoding="utf-8")
    (surveys / "raw.csv").write_text(f"{NAMES}\n{ROW}\n", encoding="utf-8")
    written = new_wave(surveys / "w", surveys / "forms" / "form.md", [surveys / "raw.csv"], "asn-2026")
    plan = read_plan(filled(written.path))
    assert (plan.id, plan.ask.instrument) == ("asn-2026", "../forms/form.md")
    assert plan.collect.sources[0].path == "../raw.csv"
    assert written.copied == ()
    assert sorted(path.name for path in (surveys / "w").iterdir()) == ["wave.toml"]


def test_files_outside_are_copied_and_kept_out_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "form.md").write_text(SMALL, encoding="utf-8")
    (tmp_path / "export.csv").write_text(f"{NAMES}\n{ROW}\n", encoding="utf-8")
    folder = tmp_path / "surveys" / "w"
    written = new_wave(folder, tmp_path / "form.md", [tmp_path / "export.csv"])
    assert [path.relative_to(folder).as_posix() for path in written.copied] == ["form.md", "data/export.csv"]
    assert (folder / "data" / "export.csv").read_bytes() == (tmp_path / "export.csv").read_bytes()
    assert "/data/" in (folder / ".gitignore").read_text(encoding="utf-8")
    assert not [path for path in folder.rglob("*") if path.name.startswith((".wave", ".form", ".export"))]


REFUSED = {
    "there": ("wave.toml", "x", UsageError, "has a wave.toml: nothing was written"),
    "other file": ("data/export.csv", "x", UsageError, "has another file of this name"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_is_overwritten(propose, tmp_path: Path, case: str) -> None:
    name, content, kind, told = REFUSED[case]
    there = tmp_path / "surveys" / "small-2025" / name
    there.parent.mkdir(parents=True)
    there.write_text(content, encoding="utf-8")
    with pytest.raises(kind, match=told):
        propose(f"{NAMES}\n{ROW}\n")
    assert there.read_text(encoding="utf-8") == content
    assert case == "there" or not (there.parent.parent / "wave.toml").exists()


FILES = {
    "empty": ("export.csv", b"", ResponseError, "the export is empty"),
    "nul": ("export.csv", b"a,b\n\0,1\n", ResponseError, "it is no CSV"),
    "suffix": ("export.doc", b"a", ResponseError, "none of the suffixes"),
    "damaged": ("export.sav", b"$FL2" + b"x" * 40, ResponseError, "export.sav|damaged|cannot|read"),
}


@pytest.mark.parametrize("case", FILES)
def test_files_that_cannot_be_looked_at(propose, tmp_path: Path, case: str) -> None:
    name, raw, kind, told = FILES[case]
    with pytest.raises(kind, match=told):
        propose(raw, name)
    assert not (tmp_path / "surveys").exists()


def test_names_of_waves_and_twins(tmp_path: Path) -> None:
    (tmp_path / "form.md").write_text(SMALL, encoding="utf-8")
    export = tmp_path / "export.csv"
    export.write_text(f"{NAMES}\n{ROW}\n", encoding="utf-8")
    with pytest.raises(UsageError, match='"A wave" is no name of a wave'):
        new_wave(tmp_path / "s" / "A wave", tmp_path / "form.md", [export])
    with pytest.raises(UsageError, match=r"2 files would be data/export\.csv"):
        new_wave(tmp_path / "s" / "w", tmp_path / "form.md", [export, export])


def test_the_command_says_what_to_do_next(tmp_path: Path) -> None:
    folder = tmp_path / "surveys" / "asn-2024"
    export = str(EXPORTS / "xml_both_nogroups.csv")
    done = CliRunner().invoke(app, ["new", str(folder), "-i", str(FORM), "-e", export])
    assert done.exit_code == 0
    assert done.stdout == f"{folder / 'wave.toml'}\n"
    assert 'design: needs "weight" (a column of the responses) or "frame"' in done.stderr
    assert "report.institution: this key is missing" in done.stderr
    assert f"Then: netralstat check {folder}" in done.stderr
    checked = CliRunner().invoke(app, ["check", str(folder)])
    assert isinstance(checked.exception, NetralstatError)
    assert "title.en: this key is missing" in str(checked.exception)


# ---------------------------------------------------------------------------------------------- TOML
@given(st.text(max_size=30))
def test_any_text_survives_as_toml(text: str) -> None:
    assert tomllib.loads(f"a = {toml(text)}")["a"] == text
    assert tomllib.loads(f"a = {toml({text: [text, True, 3]})}")["a"] == {text: [text, True, 3]}


@given(st.text(max_size=300))
def test_no_text_leaves_its_comment(text: str) -> None:
    assert tomllib.loads("\n".join(comment(text))) == {}
