"""The workbook's last sheet: every estimate under one head, for pivot tables and programs.

Tens of thousands of cells: XlsxWriter makes the sheet with its head, filter and column formats, and the
rows are then set into the file as they stand in its format (ECMA-376, SpreadsheetML), eight times as fast.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from netralstat.errors import ReportError
from netralstat.report.workbook.sheet import require_fits
from netralstat.report.workbook.styles import width_of

if TYPE_CHECKING:
    from netralstat.report.estimate_table import EstimateTable, Value
    from netralstat.report.workbook.sheet import Sheet

FORMATS = {
    "estimate": "0.0000",
    "std_error": "0.00000",
    "conf_low": "0.0000",
    "conf_high": "0.0000",
    "df": "#,##0",
    "n": "#,##0",
    "n_yes": "#,##0",
    "n_eff": "#,##0.0",
    "deff": "0.000",
    "statistic": "0.000",
    "p_value": "0.0000",
    "p_adjusted": "0.0000",
}
ROOM = (10.0, 44.0)
COLUMN = re.compile(r'<col min="(\d+)" max="(\d+)"[^>]* style="(\d+)"')
EXTENT = re.compile(r'<dimension ref="[^"]*"/>')
NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""Characters that a sheet writes by their number, and an underscore that would be taken for such a number."""


def write_records(sheet: Sheet, table: EstimateTable) -> str:
    """Make the sheet of all estimates, still without its rows; tells the range that they will fill."""
    from xlsxwriter.utility import xl_range, xl_range_abs

    page, style = sheet.page, sheet.styles.part("record_head")
    for index, name in enumerate(table.head):
        texts = {name, *(value for row in table.rows if isinstance(value := row[index], str))}
        page.set_column(index, index, width_of(texts, *ROOM), sheet.styles.column(FORMATS.get(name)))
        sheet.text(0, index, name, style)
    extent = (0, 0, len(table.rows), len(table.head) - 1)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    if table.rows:
        page.autofilter(*extent)
    page.ignore_errors({"number_stored_as_text": xl_range(*extent)})
    return str(xl_range_abs(*extent))


def with_rows(book: bytes, number: int, table: EstimateTable) -> bytes:
    """The workbook with the estimates as the rows of its sheet `number` (counted from 1).

    A hidden value is no cell; `flag` names the reason in its row.
    """
    from xlsxwriter.utility import xl_range

    target = io.BytesIO()
    name = f"xl/worksheets/sheet{number}.xml"
    extent = xl_range(0, 0, len(table.rows), len(table.head) - 1)
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == name:
                data = _filled(data.decode(), table, extent).encode()
            kept = zipfile.ZipInfo(entry.filename, entry.date_time)
            kept.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(kept, data)
    return target.getvalue()


def _filled(xml: str, table: EstimateTable, extent: str) -> str:
    if xml.count("</sheetData>") != 1 or len(EXTENT.findall(xml)) != 1:
        raise ReportError(
            "The sheet of all estimates is not built as expected, so its rows cannot be set in.",
            where="netralstat/report/workbook/records.py",
            do="use the version of XlsxWriter that constraints.txt names.",
        )
    styles = {
        column: f' s="{style}"'
        for first, last, style in COLUMN.findall(xml)
        for column in range(int(first) - 1, int(last))
    }
    xml = EXTENT.sub(f'<dimension ref="{extent}"/>', xml)
    return xml.replace("</sheetData>", f"{''.join(_rows(table, styles))}</sheetData>")


def _rows(table: EstimateTable, styles: Mapping[int, str]) -> list[str]:
    from xlsxwriter.utility import xl_col_to_name

    columns = [(xl_col_to_name(index), styles.get(index, "")) for index in range(len(table.head))]
    made = []
    for at, row in enumerate(table.rows, start=2):
        cells = [
            _cell(f"{letters}{at}", value, style)
            for (letters, style), value in zip(columns, row, strict=True)
            if value is not None and value != ""
        ]
        made.append(f'<row r="{at}">{"".join(cells)}</row>')
    return made


def _cell(name: str, value: Value, style: str) -> str:
    if isinstance(value, str):
        return f'<c r="{name}"{style} t="inlineStr"><is>{_text(value)}</is></c>'
    number = float(value or 0)
    if not math.isfinite(number):
        return f'<c r="{name}"{style} t="inlineStr"><is>{_text(str(number))}</is></c>'
    return f'<c r="{name}"{style}><v>{value!r}</v></c>'


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    """A text of a cell in XML; it cannot be a formula, whatever it begins with."""
    require_fits(text)
    coded = NOT_XML.sub(lambda found: f"_x{ord(found.group()):04X}_", text)
    space = ' xml:space="preserve"' if text != text.strip() else ""
    return f"<t{space}>{escape(coded)}</t>"
