"""A cell of a workbook is the text that was typed or shown, whatever program wrote it."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
import xlsxwriter
from collect.formats.workbook_archive import MAIN, inline, sheet, workbook
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from netralstat.ask.plan_collect import Source
from netralstat.collect.formats.delimited import read_delimited
from netralstat.collect.formats.workbook import read_workbook
from netralstat.collect.formats.workbook_process import Answered, Orders, read

EXPORTS = Path(__file__).parents[2] / "exports"


def answered(raw: bytes, **orders: object) -> Answered:
    return read(raw, Orders(**{"sheet": None, "title_rows": 0, "hxl": False, "comma": False, **orders}))


def rows(found: Answered) -> list[list[str]]:
    columns = [
        [texts[code] for code in codes] for texts, codes in zip(found.levels, found.codes, strict=True)
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def cells(*xml: str, **made: object) -> list[str]:
    """The texts of one row of cells, each without its address."""
    names = inline(1, *(f"q{number}" for number in range(len(xml))))
    row = "".join(f'<c r="{chr(65 + at)}2"{one}' for at, one in enumerate(xml))
    return rows(answered(workbook(sheet(f'{names}<row r="2">{row}</row>'), **made)))[0]


def test_through_its_own_process():
    raw = workbook(sheet(inline(1, "a", "b") + inline(2, "x", "007") + inline(3, "y", "007")))
    table = read_workbook(raw, Source(path="e.xlsx", kind="table"), "hash")
    assert (table.path, table.sha256, table.header) == ("e.xlsx", "hash", ("a", "b"))
    assert (table.n_rows, table.first_row) == (2, 2)
    assert [list(column.text()) for column in table.columns] == [["x", "y"], ["007", "007"]]
    assert table.columns[1].levels == ("007",)


def written_by_xlsxwriter() -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        page = book.add_worksheet("Data")
        formats = {
            name: book.add_format({"num_format": name}) for name in ("yyyy-mm-dd", "hh:mm", "0.0%", "[h]:mm")
        }
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        page.write_row(
            0, 0, ["day", "moment", "clock", "share", "flag", "n", "x", "long", "text", "typed", "sum"]
        )
        page.write_datetime(1, 0, dt.date(2024, 12, 15), formats["yyyy-mm-dd"])
        page.write_datetime(1, 1, dt.datetime(2024, 12, 15, 6, 51, 0, 497000), moment)
        page.write_datetime(1, 2, dt.time(7, 30), formats["hh:mm"])
        page.write_number(1, 3, 0.125, formats["0.0%"])
        page.write_boolean(1, 4, True)
        page.write_number(1, 5, 37)
        page.write_number(1, 6, 1e-7)
        page.write_datetime(1, 7, dt.timedelta(hours=30, minutes=5), formats["[h]:mm"])
        page.write_string(1, 8, " 007 \n& <b>\t_x0041_ \x01é 😀")
        page.write_formula(1, 9, '=HYPERLINK("x","y")')
        page.write_formula(1, 10, "=1+1", None, 2)
        page.write_datetime(2, 1, dt.datetime(2024, 12, 15), moment)
        page.write_boolean(2, 4, False)
        page.write_formula(2, 9, "{=SUM(A1:A2)}")
        page.write_formula(2, 10, '="a"&"b"', None, "ab")
        page.write_string(3, 8, "=1")
        page.write_dynamic_array_formula("J4", "=UNIQUE(A1:A2)")
        page.write_number(3, 6, 1 / 3)
    return made.getvalue()


def test_what_xlsxwriter_writes():
    assert rows(answered(written_by_xlsxwriter())) == [
        ["2024-12-15", "2024-12-15T06:51:00.497", "07:30:00", "0.125", "1", "37", "1e-07", "30:05:00",
         " 007 \n& <b>\t_x0041_ \x01é 😀", '=HYPERLINK("x","y")', "2"],
        ["", "2024-12-15T00:00:00", "", "", "0", "", "", "", "", "{=SUM(A1:A2)}", "ab"],
        ["", "", "", "", "", "", "0.3333333333333333", "", "=1", "=UNIQUE(A1:A2)", ""],
    ]  # fmt: skip


def test_what_openpyxl_writes():
    book = Workbook()
    page = book.active
    page.append(["a", "b", "c"])
    page.append(["=1+1", dt.datetime(2024, 1, 1, 8), True])
    page.append([dt.date(2024, 2, 29), dt.time(1, 2, 3), 2.5])
    page.append(["#N/A", "-5", -5])
    made = io.BytesIO()
    book.save(made)
    assert rows(answered(made.getvalue())) == [
        ["=1+1", "2024-01-01T08:00:00", "1"],
        ["2024-02-29", "01:02:03", "2.5"],
        ["#N/A", "-5", "-5"],
    ]


def test_decimal_comma_is_that_of_the_texts_of_the_source():
    raw = workbook(sheet(inline(1, "a") + '<row r="2"><c r="A2"><v>1.5</v></c></row>'))
    assert rows(answered(raw, comma=True)) == [["1,5"]]


STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="[$-421]d\\ mmmm\\ yyyy;@"/>'
    '<numFmt numFmtId="165" formatCode="0&quot; days&quot;"/><numFmt numFmtId="166" formatCode="mm:ss.0"/>'
    '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="20"/>'
    '<xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs></styleSheet>'
)
DAYS = {
    (1, "45641"): "2024-12-15",
    (1, "45641.5"): "2024-12-15T12:00:00",
    (2, "45641"): "2024-12-15T00:00:00",
    (2, "45641.28542241898"): "2024-12-15T06:51:00.497",
    (3, "0.25"): "06:00:00",
    (4, "45641"): "2024-12-15",
    (5, "45641"): "45641",
    (6, "0.000011574074"): "00:00:01",
    (1, "1"): "1900-01-01",
    (1, "59"): "1900-02-28",
    (1, "60"): "60",
    (1, "61"): "1900-03-01",
    (1, "-1"): "-1",
    (1, "2958465"): "9999-12-31",
    (1, "2958466"): "2958466",
    (0, "45641"): "45641",
}


@pytest.mark.parametrize(("style", "value"), DAYS)
def test_days_and_times(style, value):
    assert cells(f' s="{style}"><v>{value}</v></c>', parts={"xl/styles.xml": STYLES}) == [DAYS[style, value]]


def test_days_since_1904():
    book = '<workbookPr date1904="1"/>'
    made = {"parts": {"xl/styles.xml": STYLES}, "book": book}
    assert cells(' s="1"><v>0</v></c>', ' s="1"><v>44179</v></c>', **made) == ["1904-01-01", "2024-12-15"]


RUNS = "<r><t>a</t></r><r><rPr><b/></rPr><t>b</t></r>"
STRINGS = "<si><t>x</t></si><si><t>kedua</t></si><si><r><t>tebal </t></r><r><t>biasa</t></r></si>"
CELLS = {
    '><v>37</v></c>': "37",
    '><v>37.0</v></c>': "37",
    '><v>-0</v></c>': "0",
    ' t="b"><v>1</v></c>': "1",
    ' t="e"><v>#DIV/0!</v></c>': "#DIV/0!",
    ' t="s"><v>1</v></c>': "kedua",
    ' t="s"><v>2</v></c>': "tebal biasa",
    ' t="str"><f>A1</f><v></v></c>': "",
    "><f>A1</f></c>": "=A1",
    "><f>A1</f><v/></c>": "=A1",
    "><f>A1</f><v>0</v></c>": "0",
    '><f>"a"&amp;B1</f></c>': '="a"&B1',
    ' t="str"><f>A1</f><v>a &amp; b</v></c>': "a & b",
    ' t="inlineStr"><is><t xml:space="preserve"> x </t></is></c>': " x ",
    f' t="inlineStr"><is>{RUNS}<rPh sb="0" eb="1"><t>z</t></rPh></is></c>': "ab",
    ' t="inlineStr"><is><t>a_x000D_b _xD83D__xDE00_ _x0000_ _xD83D_</t></is></c>': "a\rb 😀 _x0000_ _xD83D_",
    ' t="inlineStr"><is><t><![CDATA[a<b]]></t></is></c>': "a<b",
    ' s="0"/>': "",
    "></c>": "",
    ' t="s" s="0" cm="1" vm="1"><v>1</v></c>': "kedua",
}  # fmt: skip


@pytest.mark.parametrize("xml", CELLS)
def test_cells(xml):
    strings = f'<sst xmlns="{MAIN}">{STRINGS}</sst>'
    assert cells(xml, "><v>1</v></c>", parts={"xl/sharedStrings.xml": strings}) == [CELLS[xml], "1"]


def test_a_formula_of_0_that_waits_for_calculation_was_typed():
    book = '<calcPr fullCalcOnLoad="1"/>'
    assert cells("><f>A1</f><v>0</v></c>", "><f>A1</f><v>3</v></c>", book=book) == ["=A1", "3"]


def test_other_ways_of_writing_the_same_xml():
    plain = sheet(inline(1, "a", "b") + '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>2</v></c></row>')
    prefixed = (
        plain.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?").replace("xmlns=", "xmlns:x=")
    )
    no_addresses = sheet(
        '<row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row><row><c><v>1</v></c><c><v>2</v></c></row>'
    )
    spaced = plain.replace("><", ">\n <")
    turned = plain.replace(' r="A2"', ' s="0" r="A2"').replace(" t=", "  t=")
    for xml in (plain, prefixed, no_addresses, spaced, turned):
        assert rows(answered(workbook(xml))) == [["1", "2"]]


def test_styles_of_other_numbers_than_their_row():
    row = "".join(
        f'<row r="{number}"><c r="A{number}" s="{number}"><v>{number}</v></c></row>'
        for number in range(2, 40)
    )
    assert rows(answered(workbook(sheet(inline(1, "a") + row)))) == [[str(number)] for number in range(2, 40)]


def test_gaps_in_rows_and_trailing_formats():
    xml = (
        inline(1, "a", "b", "c")
        + '<row r="2"><c r="C2"><v>3</v></c></row><row r="3"><c r="A3" s="0"/><c r="B3"><v>2</v></c></row>'
        + '<row r="4"/><row r="5"><c r="A5" s="0"/></row><row r="6" ht="3"/>'
    )
    assert rows(answered(workbook(sheet(xml)))) == [["", "", "3"], ["", "2", ""]]


def test_declared_dimension_is_not_believed():
    xml = sheet(inline(1, "a") + inline(2, "x"), dimension="A1:XFD1048576")
    assert rows(answered(workbook(xml))) == [["x"]]


def test_title_rows_and_tags():
    xml = sheet(inline(1, "Laporan") + inline(3, "a", "b") + inline(4, "#adm1", "") + inline(5, "x", "y"))
    found = answered(workbook(xml), title_rows=2, hxl=True)
    assert (found.header, found.first_row, rows(found)) == (["a", "b"], 5, [["x", "y"]])


def test_sheets():
    full, empty = sheet(inline(1, "a") + inline(2, "x")), sheet("")
    assert rows(answered(workbook(empty, full))) == [["x"]]
    assert rows(answered(workbook(full, full, names=("Baca", "Isi")), sheet="Isi")) == [["x"]]


def test_more_rows_than_a_chunk():
    body = "".join(inline(number, str(number % 5), str(number)) for number in range(2, 1200))
    found = answered(workbook(sheet(inline(1, "a", "b") + body)))
    assert rows(found) == [[str(number % 5), str(number)] for number in range(2, 1200)]
    assert len(found.levels[0]) == 5


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1
)
# What XlsxWriter itself changes: characters that XML cannot have, and formulas and links, are left out.
PLAIN = TEXTS.filter(lambda text: all(one >= " " and one not in "\ufffe\uffff" for one in text))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(PLAIN, st.floats(-1e15, 1e15), st.integers(-(10**15), 10**15)), min_size=1, max_size=5)
)
def test_texts_and_numbers_come_back(lines):
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["text", "float", "whole"])
        for number, (text, decimal, whole) in enumerate(lines, start=1):
            page.write_string(number, 0, text)
            page.write_number(number, 1, decimal)
            page.write_number(number, 2, whole)
    raw = made.getvalue()
    found = rows(answered(raw))
    assert [row[0] for row in found] == [text for text, _, _ in lines]
    assert [int(row[2]) for row in found] == [whole for _, _, whole in lines]
    other = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()[1:]
    assert [float(row[1]) for row in found] == [float(row[1]) for row in other]


def test_kobotoolbox_typed_export_holds_the_same_as_its_csv():
    """Cell by cell; the exporter loses the time zone of start and end, and all milliseconds that are 000."""
    typed = (EXPORTS / "xml_both_typed.xlsx").read_bytes()
    plain = (EXPORTS / "xml_both_nogroups.csv").read_bytes()
    book = read_workbook(typed, Source(path="e.xlsx", kind="kobo"), "")
    table = read_delimited(plain, Source(path="e.csv", kind="kobo", delimiter=";"), "")
    assert book.header == table.header
    for name, one, other in zip(table.header, book.columns, table.columns, strict=True):
        texts = [text[:-6].removesuffix(".000") for text in other.text()]
        assert list(one.text()) == (texts if name in ("start", "end") else list(other.text())), name
    assert '=HYPERLINK("x","y")' in book.column("saran").levels
