"""Every way in which a workbook is damaged, hostile or not as declared is an error with place and remedy."""

from __future__ import annotations

import io
import pickle
import random
import stat
import zipfile

import pytest
from collect.formats.workbook_archive import MAIN, inline, relations, sheet, workbook

from netralstat.ask.plan_collect import Source
from netralstat.collect.formats import child_process, workbook_parts
from netralstat.collect.formats.workbook import read_workbook
from netralstat.collect.formats.workbook_parts import WorkbookError
from netralstat.collect.formats.workbook_process import Orders, read
from netralstat.errors import ResponseError

pytestmark = pytest.mark.long

GOOD = sheet(inline(1, "a", "b") + inline(2, "x", "y"))
DTD = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
BILLION = "<!DOCTYPE x [" + '<!ENTITY a "ha">' + '<!ENTITY b "&a;&a;&a;&a;">' + "]>"


def refused(raw: bytes, **orders: object) -> tuple[str, str, str]:
    """Fact, remedy and place of the error."""
    declared = Orders(**{"sheet": None, "title_rows": 0, "hxl": False, "comma": False, **orders})
    with pytest.raises((WorkbookError, ResponseError)) as caught:
        read(raw, declared)
    if isinstance(caught.value, ResponseError):
        return caught.value.fact, caught.value.do or "", caught.value.where or ""
    return caught.value.args


def with_member(name: str = "x.xml", *, mode: int = 0, flag: int = 0) -> bytes:
    """A good workbook with one member more."""
    made = io.BytesIO(workbook(GOOD))
    with zipfile.ZipFile(made, "a") as archive:
        told = zipfile.ZipInfo(name)
        told.external_attr = mode << 16
        archive.writestr(told, "<x/>")
    raw = made.getvalue()
    if flag:
        at = raw.rindex(b"PK\x01\x02")
        raw = raw[: at + 8] + bytes([flag]) + raw[at + 9 :]
    return raw


def row(*cells: str, number: int = 2, above: str = inline(1, "a", "b")) -> bytes:
    return workbook(sheet(f'{above}<row r="{number}">{"".join(cells)}</row>'))


CASES = {
    "text": (b"a;b\n1;2\n", "cannot be opened", "cut off", ""),
    "cut off": (workbook(GOOD)[:-30], "cannot be opened", "cut off", ""),
    "pickle": (pickle.dumps({"a": 1}), "cannot be opened", "cut off", ""),
    "old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Excel workbook", ".xlsx", ""),
    "password": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "protected by a password",
        "without a password",
        "",
    ),
    "other zip": (
        workbook(GOOD, parts={"_rels/.rels": relations()}),
        "and no Excel workbook",
        "save it as .xlsx",
        "",
    ),
    "entities in the sheet": (
        workbook(GOOD.replace("<worksheet", DTD + "<worksheet")),
        "document type",
        "who sent it",
        "sheet1.xml",
    ),
    "entities in strings": (
        workbook(
            GOOD, parts={"xl/sharedStrings.xml": f'{BILLION}<sst xmlns="{MAIN}"><si><t>&b;</t></si></sst>'}
        ),
        "document type",
        "who sent it",
        "xl/sharedStrings.xml",
    ),
    "entities in a part nobody reads": (
        workbook(GOOD, parts={"docProps/app.xml": DTD + "<x/>"}),
        "document type",
        "who sent it",
        "app.xml",
    ),
    "undeclared entity": (
        row('<c r="A2" t="inlineStr"><is><t>&e;</t></is></c>'),
        "a cell cannot be read",
        "damaged",
        "cell A2",
    ),
    "utf-16 part": (
        workbook(GOOD, parts={"xl/styles.xml": "<x/>".encode("utf-16")}),
        "not written in UTF-8",
        "save",
        "styles",
    ),
    "no xml": (
        workbook(GOOD, parts={"xl/styles.xml": "<a><b></a>"}),
        "no XML",
        "export it again",
        "styles.xml",
    ),
    "upward": (with_member("../evil.xml"), "a place outside", "who sent it", "member 8"),
    "absolute": (with_member("/etc/x.xml"), "a place outside", "who sent it", "member 8"),
    "windows": (with_member("C:\\x.xml"), "a place outside", "who sent it", "member 8"),
    "link": (with_member(mode=stat.S_IFLNK | 0o777), "a symbolic link", "who sent it", "member 8"),
    "encrypted": (with_member(flag=1), "encrypted", "without a password", "member 8"),
    "absent sheet": (
        workbook(GOOD, parts={"xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/z.xml"))}),
        'the sheet "S1" is absent',
        "cut off",
        "",
    ),
    "no worksheet": (workbook("<x><sheetData/></x>"), "no worksheet element", "cut off", 'sheet "S1"'),
    "no data": (workbook(f'<worksheet xmlns="{MAIN}"/>'), "no rows of data", "cut off", 'sheet "S1"'),
    "open sheet": (
        workbook(GOOD.partition("</sheetData>")[0]),
        "cut off after row 2",
        "export",
        'sheet "S1"',
    ),
    "no row": (workbook(sheet("<c>1</c></row>")), "no row", "export it again", 'sheet "S1"'),
    "far cell": (
        row('<c r="XFD1048576"><v>1</v></c>', number=1_048_576, above=""),
        "the next filled row is 1,048,576",
        "title_rows = 1048575",
        "row 1",
    ),
    "far cell below a table": (
        row('<c r="XFD1048576"><v>1</v></c>', number=1_048_576),
        "outside the 2 columns",
        "clear the cell",
        "cell XFD1048576",
    ),
    "far row": (
        row('<c r="A1048576"><v>1</v></c>', number=1_048_576),
        "1,048,574 of 1,048,575 rows are empty",
        "delete",
        "row 2 to 1,048,575",
    ),
    "beyond the last column": (
        row('<c r="XFE1"><v>1</v></c>', number=1, above=""),
        "16,385 columns",
        "fewer",
        "row 1",
    ),
    "beyond the last row": (
        row('<c r="A1048577"><v>1</v></c>', number=1_048_577),
        "is the last one",
        "cut off",
        "",
    ),
    "rows out of order": (
        workbook(sheet(inline(1, "a") + inline(3, "a") + inline(2, "b"))),
        "row 2 follows row 3",
        "cut off",
        "",
    ),
    "twice": (
        row('<c r="A2"><v>1</v></c><c r="A2"><v>2</v></c>'),
        "two cells at one address",
        "damaged",
        'sheet "S1"',
    ),
    "in another row": (row('<c r="A3"><v>1</v></c>'), "not in its row", "cut off", "row 2"),
    "no number": (row('<c r="A2"><v>x</v></c>'), "a cell cannot be read", "damaged", "cell A2"),
    "no string": (row('<c r="B2" t="s"><v>7</v></c>'), "a cell cannot be read", "damaged", "cell B2"),
    "nan": (row('<c r="B2"><v>NaN</v></c>'), "a cell cannot be read", "damaged", "cell B2"),
    "latin": (
        workbook("", parts={"xl/worksheets/sheet1.xml": GOOD.encode().replace(b"<t>y<", b"<t>\xe9<")}),
        "a cell cannot be read",
        "damaged",
        "cell B2",
    ),
    "nip": (
        row('<c r="A2"><v>1</v></c><c r="B2"><v>199001012015031001</v></c>'),
        "more than 15 digits",
        "identifiers (NIP, NIK) as text",
        'cell B2, column "b"',
    ),
    "formula without anything": (
        row('<c r="A2"><f t="shared" si="0"/></c>'),
        "neither a text",
        "calculate",
        "A2",
    ),
    "empty sheets": (workbook(sheet(""), sheet("")), "every sheet", "export it again", ""),
    "two sheets": (workbook(GOOD, GOOD), '2 sheets that are not empty: "S1", "S2"', "sheet of collect", ""),
    "header only": (workbook(sheet(inline(1, "a"))), "a header and no responses", "export it again", "S1"),
    "title rows": (
        workbook(sheet(inline(2, "a") + inline(3, "x"))),
        "next filled row is 2",
        "title_rows = 1",
        "row 1",
    ),
    "blank row": (
        workbook(sheet(inline(1, "a") + inline(2, "x") + '<row r="3"/>' + inline(4, "y"))),
        "1 of 3 rows are empty",
        "delete",
        "row 3",
    ),
    "nameless": (
        row('<c r="A2"><v>1</v></c><c r="B2"><v>1</v></c>', above=inline(1, "a", "", "c")),
        "1 of 3 columns have no name",
        "name the columns",
        "column 2",
    ),
    "beyond the header": (
        row('<c r="C2"><v>1</v></c>'),
        "outside the 2 columns",
        "name its column",
        "cell C2",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_errors_tell_place_and_remedy(case):
    raw, fact, do, place = CASES[case]
    told = refused(raw)
    assert fact in told[0]
    assert do in told[1]
    assert place in told[2]


def test_declared_sheet_and_tags():
    assert refused(workbook(GOOD), sheet="Z")[:2] == (
        'the workbook has no sheet "Z".',
        'declare one of its sheets: "S1"',
    )
    fact, do, place = refused(workbook(GOOD), hxl=True)
    assert "2 of 2 filled cells below the header are no HXL tags" in fact
    assert ("take hxl out" in do, place) == (True, 'sheet "S1", row 2')
    assert "next filled row" not in refused(workbook(GOOD), title_rows=5)[0]


def test_zip_bombs(monkeypatch):
    zeros = sheet(inline(1, "a") + "<!--" + " " * 20 * 2**20 + "-->")
    fact, do, place = refused(workbook(zeros))
    assert "times its size: a zip bomb" in fact
    assert ("who sent it" in do, place) == (True, "member 7 of the archive")
    monkeypatch.setattr(workbook_parts, "MAX_INFLATED", 1_000)
    assert "1,000 can be read" in refused(workbook(GOOD))[0]
    monkeypatch.setattr(workbook_parts, "MAX_MEMBERS", 3)
    assert "at most 3" in refused(workbook(GOOD))[0]
    monkeypatch.setattr(workbook_parts, "MAX_PART", 10)
    monkeypatch.setattr(workbook_parts, "MAX_MEMBERS", 99)
    monkeypatch.setattr(workbook_parts, "MAX_INFLATED", 10**6)
    assert "beside the sheets" in refused(workbook(GOOD))[0]


def test_a_member_that_lies_about_its_size():
    raw = workbook(GOOD)
    at = raw.rindex(b"PK\x01\x02", 0, raw.index(b"xl/worksheets/sheet1.xml", raw.index(b"PK\x01\x02")))
    assert "cannot be unpacked" in refused(raw[: at + 24] + (99).to_bytes(4, "little") + raw[at + 28 :])[0]


def test_two_members_of_one_name():
    made = io.BytesIO(workbook(GOOD))
    with zipfile.ZipFile(made, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/workbook.xml", "<x/>")
    assert "1 members of the archive have the name of another one" in refused(made.getvalue())[0]


def test_problems_cross_the_process_as_errors():
    source = Source(path="e.xlsx", kind="table")
    with pytest.raises(ResponseError, match=r"next filled row is 1,048,576(.|\n)*e\.xlsx, sheet .S1., row 1"):
        read_workbook(CASES["far cell"][0], source, "")
    with pytest.raises(ResponseError, match="2 of 2 filled cells below"):
        read_workbook(workbook(GOOD), Source(path="e.xlsx", kind="table", hxl=True), "")


def test_memory_is_bounded_and_this_process_lives(monkeypatch):
    long = f"{random.Random(1).getrandbits(4_000):x}" * 100
    raw = workbook(
        sheet(inline(1, "a") + "".join(inline(number, f"{number}{long}") for number in range(2, 500)))
    )
    monkeypatch.setattr(child_process, "MEMORY", 160 * 2**20)
    with pytest.raises(ResponseError, match=r"more than 0\.\d GB of memory|made its reader crash"):
        read_workbook(raw, Source(path="e.xlsx", kind="table"), "")


def test_damaged_bytes_give_errors_only():
    """Each byte flip or cut is read, or is one of the named errors; never another exception."""
    dice = random.Random(4)
    stored = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(GOOD))) as old, zipfile.ZipFile(stored, "w") as archive:
        for name in old.namelist():
            archive.writestr(name, old.read(name))
    for raw in (workbook(GOOD), stored.getvalue()):
        for _ in range(250):
            bad = bytearray(raw)
            for _ in range(dice.randint(1, 4)):
                bad[dice.randrange(len(bad))] = dice.randrange(256)
            cut = len(bad) if dice.random() < 0.8 else dice.randrange(len(bad))
            try:
                read(bytes(bad[:cut]), Orders(sheet=None, title_rows=0, hxl=False, comma=False))
            except (WorkbookError, ResponseError):
                continue


def test_damaged_xml_gives_errors_only():
    """The same inside a sheet whose archive is whole."""
    dice = random.Random(5)
    xml = bytearray(GOOD.encode())
    for _ in range(400):
        bad = bytearray(xml)
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(bad))
            bad[at : at + dice.randint(0, 6)] = dice.choice(
                [b"", b"<", b">", b"/>", b"<c", b"&", b"9", b"\0", b'"']
            )
        made = workbook("", parts={"xl/worksheets/sheet1.xml": bytes(bad)})
        try:
            read(made, Orders(sheet=None, title_rows=0, hxl=False, comma=False))
        except (WorkbookError, ResponseError):
            continue
