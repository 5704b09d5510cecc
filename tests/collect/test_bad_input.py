"""Files that are damaged, wrong or hostile end as an error of their own, and rows are never lost."""

from __future__ import annotations

import io
import os
import pickle
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from netralstat.ask.instrument import Instrument
from netralstat.ask.plan import Plan
from netralstat.collect.responses import Responses, read_responses
from netralstat.errors import NetralstatError, PlanError, ResponseError

pytestmark = pytest.mark.long

HEADER = "consent;age;done;own;share;day;start;remark;pw"
ROW = "yes;40;none;;1.5;2021-07-02;2021-07-02T08:00:00.000+07:00;;2.5"
GOOD = f"{HEADER}\n{ROW}\n"
TABLE = 'kind = "table"\nselect_multiple = "joined"\n'
CSV = f'{TABLE}delimiter = ";"\n'
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CELLS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
GROWTH = 400 * 2**20  # of this process, while it refuses a bomb


@pytest.fixture
def read(wave: Callable[..., Plan], instrument: Instrument) -> Callable[..., Responses]:
    """Read a file as the only source of a wave."""

    def run(raw: bytes | str, name: str = "export.csv", keys: str = CSV, collect: str = "") -> Responses:
        plan = wave(source=f'[[collect.sources]]\npath = "{name}"\n{keys}', collect=collect)
        (plan.folder / name).write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        return read_responses(plan, instrument)

    return run


def workbook(rows: str, dtd: str = "", **parts: bytes) -> bytes:
    """A workbook of one sheet; `parts` are further members by name (with _ for /)."""
    declared = '<?xml version="1.0" encoding="UTF-8"?>'
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{declared}<Types xmlns="{TYPES}">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'{declared}<Relationships xmlns="{LINKS}"><Relationship Id="r" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{declared}<workbook xmlns="{CELLS}" xmlns:r="{OFFICE}">'
        '<sheets><sheet name="s" sheetId="1" r:id="r"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{declared}<Relationships xmlns="{LINKS}"><Relationship Id="r" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{declared}{dtd}<worksheet xmlns="{CELLS}"><sheetData>{rows}</sheetData>'
        "</worksheet>",
    }
    members |= {name.replace("_", "/"): content for name, content in parts.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def sheet_row(number: int, cells: list[str]) -> str:
    written = "".join(
        f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for place, cell in enumerate(cells)
    )
    return f'<row r="{number}">{written}</row>'


HEAD = sheet_row(1, HEADER.split(";"))
FIRST = sheet_row(2, ROW.split(";"))
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
LSS = '<?xml version="1.0"?>{dtd}<document><questions><rows>{row}</rows></questions></document>'
QUESTION = "<row><qid>1</qid><type>L</type><title>{title}</title></row>"


def test_the_good_files_are_read(read: Callable[..., Responses]) -> None:
    assert read(GOOD).n_read == 1
    assert read(workbook(HEAD + FIRST), "export.xlsx", TABLE).n_read == 1


# Each: file name, keys of the source, bytes (or what makes them), what is told, where, what to do.
CASES: dict[str, tuple[str, str, bytes | str | Callable[[], bytes], str, str, str]] = {
    "empty": ("a.csv", CSV, b"", "is empty", "a.csv", "export it again"),
    "header only": ("a.csv", CSV, f"{HEADER}\n", "a header and no responses", "a.csv", "export it again"),
    "truncated": ("a.csv", CSV, f'{GOOD}yes;40;"no', "is never closed", "line 3", "cut off"),
    "unclosed": ("a.csv", CSV, f'{HEADER}\n"{ROW}\n{ROW}\n', "is never closed", "line", "quotation mark"),
    "ragged": (
        "a.csv",
        CSV,
        f"{GOOD}{ROW};1\n",
        "1 of 2 rows do not fit the header",
        "row 3",
        "export again",
    ),
    "twice": ("a.csv", CSV, f"{HEADER};pw\n{ROW};1\n", '"pw"', "row 1", "rename"),
    "zero width": ("a.csv", CSV, f"{HEADER};pw\u200b\n{ROW};1\n", "pw", "row 1", ""),
    "nul": ("a.csv", CSV, GOOD.replace("none", "no\0ne"), "1 NUL characters", "line 2", "export it again"),
    "utf-16": ("a.csv", CSV, GOOD.encode("utf-16"), "is not utf-8", "byte 1", 'encoding = "utf-16"'),
    "utf-16 bare": ("a.csv", CSV, GOOD.encode("utf-16-le"), "NUL characters", "line 1", "utf-16"),
    "latin-1": ("a.csv", CSV, GOOD.replace("none", "né").encode("latin-1"), "not utf-8", "byte", "cp1252"),
    "pickle": ("a.csv", CSV, pickle.dumps({"a": 1}), "pickle", "a.csv", "CSV"),
    "pickle as sav": ("a.sav", TABLE, pickle.dumps({"a": 1}), "no SPSS file", "a.sav", "export it again"),
    "pickle as xlsx": ("a.xlsx", TABLE, pickle.dumps({"a": 1}), "no Excel workbook", "a.xlsx", "export it"),
    "pickle as parquet": ("a.parquet", TABLE, pickle.dumps([1]), "no Parquet file", "a.parquet", "export it"),
    "csv as xlsx": ("a.xlsx", TABLE, GOOD, "no Excel workbook", "a.xlsx", ""),
    "truncated sav": ("a.sav", TABLE, b"$FL2@(#) SPSS DATA FILE" + b"\0" * 40, "no SPSS file", "a.sav", ""),
    "dta of zeros": ("a.dta", TABLE, b"\x72" + b"\0" * 200, "no variables", "a.dta", ""),
    "far cell": ("a.xlsx", TABLE, workbook(HEAD + FIRST + FAR), "outside", "XFD1048576", "clear the cell"),
    "external entity": (
        "a.xlsx",
        TABLE,
        workbook(HEAD + FIRST.replace("none", "&e;"), EXTERNAL),
        "declares a document type",
        "sheet1.xml",
        "do not open",
    ),
    "laughs": (
        "a.xlsx",
        TABLE,
        workbook(HEAD + FIRST.replace("none", "&b;"), LAUGHS),
        "declares a document type",
        "sheet1.xml",
        "do not open",
    ),
    "zip bomb": (
        "a.xlsx",
        TABLE,
        lambda: workbook(HEAD + FIRST, xl_sharedStrings=b" " * 300_000_000),  # seconds: made when asked for
        "a zip bomb",
        "a.xlsx",
        "do not open this file",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_bad_file_has_its_own_error(read: Callable[..., Responses], case: str) -> None:
    name, keys, content, fact, where, do = CASES[case]
    raw = content() if callable(content) else content
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ResponseError) as caught:
        read(raw, name, keys)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < GROWTH
    assert fact in caught.value.fact
    assert where in str(caught.value.where)
    assert caught.value.do
    assert do in caught.value.do


STRUCTURES = {
    "no xml": ("pulau", "", "limesurvey"),
    "external entity": (LSS.format(dtd=EXTERNAL, row=QUESTION.format(title="&e;")), "", "limesurvey"),
    "laughs": (LSS.format(dtd=LAUGHS, row=QUESTION.format(title="&b;")), "", "limesurvey"),
    "deep": (LSS.format(dtd="", row="<a>" * 100_000 + "</a>" * 100_000), "", "limesurvey"),
    "no questions": (LSS.format(dtd="", row=""), "", "limesurvey"),
    "no dictionary": ("a,b\n1,2\n", "", "redcap"),
    "no codebook": ("a,b\n1,2\n", "", "netralstat"),
}


@pytest.mark.parametrize("case", STRUCTURES)
def test_structure_files_are_no_way_in(wave, instrument, case: str) -> None:
    text, _, kind = STRUCTURES[case]
    name = "s.lss" if kind == "limesurvey" else "s.csv"
    keys = f'kind = "{kind}"\ndelimiter = ";"\nstructure = "{name}"\n'
    plan = wave(source=f'[[collect.sources]]\npath = "export.csv"\n{keys}')
    (plan.folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(NetralstatError) as caught:
        read_responses(plan, instrument)
    assert caught.value.where
    assert caught.value.do
    assert "root:" not in str(caught.value)


def test_lines_that_end_in_a_carriage_return_are_rows(read: Callable[..., Responses]) -> None:
    assert read(f"{GOOD}{ROW}\n".replace("\n", "\r")).n_read == 2


def test_ten_thousand_columns_are_read_or_counted(read: Callable[..., Responses]) -> None:
    more = ";".join(f"c{number}" for number in range(10_000))
    responses = read(f"{HEADER};{more}\n{ROW}{';1' * 10_000}\n")
    assert responses.findings_by_rule["unknown-column"] == 10_000
    with pytest.raises(ResponseError, match="columns"):
        read(f"{HEADER};{';'.join(f'c{number}' for number in range(20_000))}\n{ROW}{';1' * 20_000}\n")


@pytest.mark.parametrize("path", ["../../../secret.csv", "/etc/passwd.csv", "link.csv", "loop.csv"])
def test_paths_stay_inside_the_surveys_folder(wave, instrument, tmp_path: Path, path: str) -> None:
    folder = tmp_path / "surveys" / "small"
    folder.mkdir(parents=True)
    (tmp_path / "secret.csv").write_text(GOOD, encoding="utf-8")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    with pytest.raises(PlanError, match=r"collect\.sources\[1\]\.path"):
        wave(source=f'[[collect.sources]]\npath = "{path}"\n{CSV}')


def test_a_pipe_a_folder_and_a_missing_file(wave, instrument) -> None:
    plan = wave(source=f'[[collect.sources]]\npath = "other.csv"\n{CSV}')
    told = set()
    for make in (lambda path: None, Path.mkdir, lambda path: (path.rmdir(), os.mkfifo(path))):
        make(plan.folder / "other.csv")
        with pytest.raises(ResponseError) as caught:
            read_responses(plan, instrument)
        told.add(caught.value.fact)
    assert len(told) == 3


def test_rows_are_accepted_or_rejected_and_none_is_lost(read: Callable[..., Responses]) -> None:
    rows = [
        ROW,
        ROW.replace("yes", "no", 1),
        "yes;x;zzz;;1,5;31/12/2021;later;=1+1;2",
        ROW.replace("40", "99"),
    ]
    collect = 'exclude = [{ item = "consent", not_in = ["yes"], reason = "no_consent" }]\ninvalid = "missing"'
    responses = read("\n".join([HEADER, *rows]) + "\n\n", collect=collect)
    assert (responses.n_read, responses.n_accepted, responses.n_rejected) == (4, 3, 1)
    assert dict(responses.rejected_by_rule) == {"no_consent": 1}
    assert list(responses.rows["row"]) == [2, 4, 5]
    counts = responses.summary().set_index("item").sum(axis=1)
    assert set(counts) == {3}
    assert responses.frame["remark"].iloc[1] == "=1+1"
    told = " ".join(responses.findings.astype(str).to_numpy().ravel())
    assert "zzz" not in told
    assert "31/12/2021" not in told
