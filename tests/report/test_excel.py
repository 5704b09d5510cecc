"""The workbook, read back: the document's numbers at their table numbers, and nothing that is hidden."""

import csv
import io
import json
import math
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from netralstat.errors import ReportError
from netralstat.estimate.estimates import Estimates
from netralstat.report.blocks import Cell, Chapter, Column, Row, Table
from netralstat.report.build import build
from netralstat.report.context import MARKS
from netralstat.report.document import Document
from netralstat.report.estimate_table import EstimateTable, estimate_table
from netralstat.report.html import render
from netralstat.report.manifest import estimates_csv
from netralstat.report.material import Material
from netralstat.report.publish import write_report, write_tables
from netralstat.report.suppression import suppress_wave
from netralstat.report.table_csv import table_csv
from netralstat.report.words import Words
from netralstat.report.workbook.workbook import range_name, render_workbook

NOTHING = EstimateTable(head=("table",), rows=())
INTERVALS = ("interval", "interval_number")
FORBIDDEN = set("[]:*?/\\")
HOSTILE = (
    "=1+1",
    "+62 811",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "{=A1}",
    "http://example.org",
    "<b>Bali</b> & 'Co' \"x\"",
    "_x0041_ is no letter",
    " spaces ",
    "007",
    "Ж" * 200,
)


def read(data: bytes) -> Workbook:
    return load_workbook(io.BytesIO(data))


@pytest.fixture(scope="module", params=["id", pytest.param("en", marks=pytest.mark.long)])
def document(request: pytest.FixtureRequest, built: Callable[[str], Document]) -> Document:
    return built(request.param)


@pytest.fixture(scope="module")
def book(document: Document, material: Material) -> Workbook:
    return read(render_workbook(document, estimate_table(material), version="0.1.0"))


def sheet_of(book: Workbook, document: Document, table: Table) -> Worksheet:
    return book[Words(document.language)("term.table", number=table.number)]


def extent(book: Workbook, table: Table) -> tuple[Worksheet, list[tuple]]:
    """The sheet and the cells (head first) behind a table's defined name."""
    ((sheet, cells),) = book.defined_names[range_name(table)].destinations
    return book[sheet], list(book[sheet][cells.replace("$", "")])


def expected(table: Table) -> list[list[object]]:
    """What the sheet must hold, said anew from the document: numbers raw, hidden ones as their mark."""
    rows = []
    for row in table.rows:
        line: list[object] = []
        for column, cell in zip(table.columns, row.cells, strict=True):
            value = cell.value
            if cell.flag in MARKS:
                assert value is None
                line += [MARKS[cell.flag]] * (2 if column.kind in INTERVALS else 1)
            elif column.kind in INTERVALS:
                line += list(value) if isinstance(value, tuple) else ["–" if value is None else value, value]
                line[-1] = "–" if value is None else "" if isinstance(value, str) else line[-1]
            elif value is None or value != value:
                line.append("–")
            else:
                line.append(value)
        rows.append(line)
    return rows


def one_table(
    columns: tuple[Column, ...], rows: tuple[Row, ...], like: Document, **fields: object
) -> Document:
    table = Table(id="table-one", number=1, title="One", columns=columns, rows=rows, source="S")
    chapter = Chapter(id="one", title="One", blocks=(replace(table, **fields),))
    return replace(like, chapters=(chapter,), references={"table-one": "Table 1"})


# ---------------------------------------------------------------------- the numbers


def test_every_number_is_the_documents(book: Workbook, document: Document) -> None:
    assert len(document.tables) >= 8
    compared = 0
    for table in document.tables:
        sheet, cells = extent(book, table)
        assert sheet.title == Words(document.language)("term.table", number=table.number)
        assert sheet["A1"].value == f"{sheet.title}  {table.title}"
        found = [[cell.value for cell in line] for line in cells[1:]]
        for line, wanted in zip(found, expected(table), strict=True):
            for value, raw in zip(line, wanted, strict=True):
                if isinstance(raw, str):
                    assert (value or "") == raw
                else:
                    assert value == pytest.approx(raw, rel=1e-15, abs=0)
                    compared += 1
    assert compared > 150


def test_numbers_are_those_of_the_page(book: Workbook, document: Document) -> None:
    page = render(document)
    for table in document.tables:
        start = page.index(f'<figure class="table" id="{table.id}"')
        printed = re.findall(r'data-v="([^"]+)"', page[start : page.index("</figure>", start)])
        _, cells = extent(book, table)
        kinds = [column.kind for column in table.columns for _ in range(1 + (column.kind in INTERVALS))]
        upper = {i for i in range(1, len(kinds)) if kinds[i] in INTERVALS and kinds[i - 1] == kinds[i]}
        held = [
            cell.value
            for line in cells[1:]
            for i, cell in enumerate(line)
            if i not in upper and isinstance(cell.value, int | float)
        ]
        assert held == pytest.approx([float(text) for text in printed], rel=1e-15, abs=0)


def test_a_hidden_value_is_a_symbol_and_in_no_cell(
    book: Workbook, document: Document, material: Material, raw: dict[str, Estimates]
) -> None:
    province = next(table for table in document.tables if table.id == "table-province")
    _, cells = extent(book, province)
    jambi = next(line for line in cells if line[1].value == "Jambi")
    assert [cell.value for cell in jambi].count("*") == 1
    frame = raw["headline_by_province"].to_frame()
    hidden = frame[(frame["item"] == "acted") & (frame["province"] == "jambi")].iloc[0]
    numbers = [
        cell.value
        for sheet in book
        for line in sheet.iter_rows()
        for cell in line
        if isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
    ]
    for column in ("estimate", "conf_low", "conf_high"):
        assert not any(math.isclose(number, hidden[column], rel_tol=1e-9) for number in numbers), column


def test_formats_show_what_the_page_shows(document: Document) -> None:
    kinds = ("percent", "se_percent", "points", "count", "number", "p_value", "df", "df")
    columns = tuple(Column(key=f"k{i}", label="x", kind=kind) for i, kind in enumerate(kinds))
    values = (0.1234, 0.00456, 0.0123, 12345, 1.5, 0.00001, 990.0, 12.5)
    zeros = (0.0, 0.0, -0.0001, 0, -0.001, 0.5, math.inf, float("nan"))
    rows = tuple(Row(cells=tuple(Cell(value=value) for value in line)) for line in (values, zeros))
    read_back = read(render_workbook(one_table(columns, rows, document), NOTHING))
    sheet, cells = extent(read_back, Table(id="table-one", number=1, title="", columns=(), rows=()))
    least = "0,001" if document.language == "id" else "0.001"
    assert [cell.number_format for cell in cells[1]] == [
        *("0.0%", "0.00%", "+0.0%;-0.0%;0.0%", "#,##0", "#,##0.00"),
        *(f'[<0.001]"< {least}";0.000', "#,##0", "#,##0.0"),
    ]
    assert [cell.value for cell in cells[1]] == list(values)
    assert (cells[2][2].number_format, cells[2][4].number_format) == ("0.0%;0.0%", "0.00;0.00")
    assert [cells[2][6].value, cells[2][7].value] == ["∞", "–"]
    assert sheet.auto_filter.ref == "A5:H7"


def test_a_kind_without_a_format_is_named(document: Document) -> None:
    odd = one_table((Column(key="a", label="a", kind="percnt"),), (Row(cells=(Cell(value=1.0),)),), document)
    with pytest.raises(ReportError, match=r'kind "percnt"[\s\S]*Did you mean "percent"'):
        render_workbook(odd, NOTHING)


# ---------------------------------------------------------------------- the sheets


def test_sheets_have_valid_and_unique_names(book: Workbook, document: Document) -> None:
    w = Words(document.language)
    names = book.sheetnames
    assert names[:3] == [w("excel.cover"), w("page.contents"), w("excel.notes")]
    assert names[3:-1] == [w("term.table", number=table.number) for table in document.tables]
    assert names[-1] == w("excel.estimates")
    assert len({name.lower() for name in names}) == len(names)
    assert all(
        0 < len(name) <= 31 and not FORBIDDEN & set(name) and name.strip("'") == name for name in names
    )


def test_cover_and_properties(book: Workbook, document: Document) -> None:
    texts = [cell.value for line in book.worksheets[0].iter_rows() for cell in line if cell.value]
    w = Words(document.language)
    assert {document.institution, document.title, document.version, "netralstat 0.1.0"} <= set(texts)
    assert w("report.synthetic_note") in texts
    assert any(w("report.synthetic") in text for text in texts)
    properties = book.properties
    assert (properties.title, properties.creator) == (document.title, document.institution)
    assert properties.created.replace(tzinfo=None) == datetime(2021, 12, 16)
    assert book.custom_doc_props["synthetic data"].value is True


def test_real_data_are_not_called_synthetic(document: Document) -> None:
    told = read(render_workbook(replace(document, synthetic=False), NOTHING))
    synthetic = Words(document.language)("report.synthetic")
    for sheet in told:
        assert all(synthetic not in str(cell.value) for line in sheet.iter_rows() for cell in line)
        assert synthetic not in str(sheet.oddHeader.right.text)


def test_contents_link_to_every_table(book: Workbook, document: Document) -> None:
    contents = book.worksheets[1]
    rows = [line for line in contents.iter_rows(min_row=5) if line[0].value]
    assert [(line[0].value, line[1].value) for line in rows] == [
        (Words(document.language)("term.table", number=table.number), table.title)
        for table in document.tables
    ]
    for line, table in zip(rows, document.tables, strict=True):
        assert line[0].hyperlink.location == f"'{line[0].value}'!A1"
        assert line[4].value == range_name(table)
        assert line[4].value in book.defined_names
    for sheet in book:
        for link in sheet._hyperlinks:
            assert link.location.rpartition("!")[0].strip("'") in book.sheetnames


def test_notes_explain_symbols_and_method(book: Workbook, document: Document) -> None:
    w = Words(document.language)
    told = {line[0].value: line[1].value for line in book.worksheets[2].iter_rows() if line[0].value}
    assert told["*"] == w("note.confidential", n=10)
    assert {"†", "▲", "▼", "–", "∞"} <= set(told)
    assert told[w("methods.variance")].startswith(w("methods.variance_text"))
    assert w("about.sample") in told
    assert told["n_eff"] == w("excel.column_n_eff")
    assert told["province, sex"] == w("excel.column_domain")
    texts = " ".join(str(text) for text in told.values())
    assert "[[" not in texts


def test_every_table_can_be_read_and_printed(book: Workbook, document: Document) -> None:
    for table in document.tables:
        sheet, cells = extent(book, table)
        head = cells[0][0].row
        frozen = re.fullmatch(r"([A-Z]+)(\d+)", sheet.freeze_panes)
        assert frozen is not None
        assert int(frozen[2]) == head + 1
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows.endswith(f"${head}")
        assert sheet.title in sheet.oddHeader.left.text
        grouped = any(row.kind == "group" for row in table.rows)
        assert (sheet.auto_filter.ref is None) == (grouped or not table.rows)
        texts = {cell.value for line in sheet.iter_rows(min_row=head) for cell in line}
        assert {note for note in table.notes if "[[" not in note} | {table.source} <= texts
        assert all(cell.value not in (None, "") for cell in cells[0])


def test_intervals_take_two_columns(book: Workbook, document: Document) -> None:
    w = Words(document.language)
    _, cells = extent(book, document.tables[0])
    heads = [cell.value for cell in cells[0]]
    ci = next(column.label for column in document.tables[0].columns if column.kind == "interval")
    assert heads[3:5] == [w("page.low_bound", head=ci), w("page.high_bound", head=ci)]
    assert all(line[3].value < line[2].value < line[4].value for line in cells[1:])


def test_all_estimates_are_those_of_the_csv(book: Workbook, material: Material) -> None:
    sheet = book.worksheets[-1]
    rows = list(csv.reader(io.StringIO(estimates_csv(estimate_table(material)))))
    found = list(sheet.iter_rows(values_only=True))
    assert len(found) == len(rows)
    for line, wanted in zip(found, rows, strict=True):
        for value, text in zip(line, wanted, strict=True):
            assert (float(text) == value) if isinstance(value, int | float) else ((value or "") == text)
    hidden = [dict(zip(rows[0], line, strict=True)) for line in found if "confidential" in line]
    assert len(hidden) == 4  # two provinces, each with its difference from the nation
    assert {line["estimate"] for line in hidden} == {None}
    assert sheet.freeze_panes == "A2"
    assert sheet.dimensions == sheet.auto_filter.ref
    assert sheet.cell(2, 1 + rows[0].index("estimate")).number_format == "0.0000"


@pytest.mark.long
def test_tables_alone_hold_the_workbook_of_the_report(material: Material, tmp_path: Path) -> None:
    report = {path.name: path for path in write_report(material, tmp_path / "report", ["id", "en"])}
    tables = {path.name: path for path in write_tables(material, tmp_path / "tables", ["id", "en"])}
    for language in ("id", "en"):
        book = report[f"report.{language}.xlsx"].read_bytes()
        assert tables[f"tables.{language}.xlsx"].read_bytes() == book
        for table in build(material, language).tables:
            written = tables[f"{table.id}.{language}.csv"].read_bytes().decode()
            assert written == table_csv(table, language)
    assert tables["estimates.csv"].read_bytes() == report["estimates.csv"].read_bytes()
    manifest = json.loads(tables["manifest.json"].read_text(encoding="utf-8"))
    assert set(manifest["outputs"]) == set(tables) - {"manifest.json"}
    assert len(manifest["suppressed"]) == 4


# ---------------------------------------------------------------------- bytes and bad input


def test_the_same_document_gives_the_same_bytes(document: Document, material: Material) -> None:
    first, second = (render_workbook(document, estimate_table(material)) for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r">(\d{4}-[^<]+)<", core)) == {"2021-12-16T00:00:00Z"}


def test_text_is_never_a_formula(document: Document) -> None:
    columns = (
        Column(key="code", label="=cmd|' /C calc'!A0", kind="code"),
        Column(key="name", label="@head", kind="text", group="+group"),
        Column(key="p", label="-p", kind="percent", group="+group"),
    )
    rows = tuple(
        Row(cells=(Cell(value=text), Cell(value=text), Cell(value=0.5)), kind=kind)
        for text, kind in zip(
            HOSTILE, ("body", "group", "total", "reference", "outside", *["body"] * 9), strict=False
        )
    )
    title = '=HYPERLINK("x") & R&Guru &P &[Picture] ' + "panjang " * 40
    made = one_table(columns, rows, document, title=title, notes=HOSTILE)
    made = replace(made, title=title, institution="@I&G", contact="=c", version="=v")
    records = EstimateTable(
        head=("table", *"bcdefghijklm"), rows=((*HOSTILE, 1.5), (*reversed(HOSTILE[:-1]), "\x07\ufffe", None))
    )
    data = render_workbook(made, records)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == 5
        assert all(b"<f>" not in archive.read(name) and b"<f " not in archive.read(name) for name in sheets)
        header = re.search(r"<oddHeader>(.*?)</oddHeader>", archive.read(sheets[3]).decode())
    assert header is not None
    assert "&amp;&amp;" in header[1]
    back = read(data)
    assert "_x0007__xFFFE_" in [cell.value for cell in back.worksheets[-1][3]]
    assert all(cell.data_type != "f" for sheet in back for line in sheet.iter_rows() for cell in line)
    _, cells = extent(back, made.tables[0])
    assert [line[1].value for line in cells[1:] if line[2].value == 0.5] == list(HOSTILE)
    held = list(next(back.worksheets[-1].iter_rows(min_row=2, values_only=True)))
    coded = "_x005F_x0041_ is no letter"  # as the format asks; openpyxl does not undo it in an inline text
    assert held == [coded if text.startswith("_x") else text for text in HOSTILE] + [1.5]


def test_long_labels_wrap_in_rows_high_enough(document: Document) -> None:
    columns = (Column(key="a", label="A", kind="text"), Column(key="n", label="n", kind="count"))
    rows = (Row(cells=(Cell(value="kata panjang " * 16), Cell(value=1))),)
    sheet = read(render_workbook(one_table(columns, rows, document), NOTHING))[
        "Tabel 1" if document.language == "id" else "Table 1"
    ]
    assert sheet["A6"].alignment.wrap_text
    assert sheet.column_dimensions["A"].width <= 60
    assert sheet.row_dimensions[6].height >= 4 * 15


def test_a_text_that_excel_would_cut_is_refused(document: Document) -> None:
    columns, long = (Column(key="a", label="A", kind="text"),), "x" * 32_768
    with pytest.raises(ReportError, match=r"32,768 characters is too long[\s\S]*32,767"):
        render_workbook(one_table(columns, (Row(cells=(Cell(value=long),)),), document), NOTHING)
    with pytest.raises(ReportError, match="too long for a cell"):
        render_workbook(document, EstimateTable(head=("table",), rows=((long,),)))


def test_a_wave_without_numbers_and_one_with_all_hidden(
    bare: Material, material: Material, raw: dict[str, Estimates]
) -> None:
    w = Words("en")
    empty = read(render_workbook(build(bare, "en"), estimate_table(bare)))
    notes = [cell.value for cell in empty[w("excel.notes")]["A"]]
    assert w("excel.missing") in notes
    strict = material.plan.model_copy(
        update={"report": material.plan.report.model_copy(update={"min_respondents": 5000})}
    )
    hidden = replace(material, plan=strict, estimates=suppress_wave(raw, strict))
    document = build(hidden, "en")
    book = read(render_workbook(document, estimate_table(hidden)))
    _, cells = extent(book, document.tables[0])
    assert {line[2].value for line in cells[1:]} == {"*"}
    records = list(book.worksheets[-1].iter_rows(values_only=True))
    where = records[0].index("estimate")
    assert {line[where] for line in records[1:]} == {None}


def test_a_document_without_tables(document: Document) -> None:
    none = replace(document, chapters=())
    contents = read(render_workbook(none, NOTHING)).worksheets[1]
    texts = [cell.value for line in contents.iter_rows() for cell in line]
    assert Words(document.language)("excel.no_tables") in texts
