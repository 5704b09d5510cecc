"""Excel workbooks (.xlsx), read in a process of their own."""

from __future__ import annotations

import json

from netralstat.ask.plan_collect import Source
from netralstat.collect.formats.child_process import table_in_child
from netralstat.collect.text_table import TextTable

_PROCESS = "netralstat.collect.formats.workbook_process"


def read_workbook(raw: bytes, source: Source, sha256: str) -> TextTable:
    """Read a sheet of an Excel workbook as the wave file declares it.

    A cell is the text that was typed: whole numbers without ".0", other numbers as the shortest text that
    gives them back, TRUE and FALSE as 1 and 0, dates and times as ISO by the number format of the cell, to
    the millisecond and without an offset. A formula is its calculated value; one that was never calculated
    is a text that began with "=", and is that text again. An error value is its name (#N/A), which no item
    but a free text takes for an answer.

    Parameters
    ----------
    raw : bytes
        The file.
    source : Source
        Its declaration: sheet, title_rows, hxl; `decimal`, which numbers are written with.
    sha256 : str
        Hash of the file.

    Returns
    -------
    TextTable

    Raises
    ------
    ResponseError
        The file is no workbook, is encrypted, damaged, a zip bomb or holds entities; several sheets are
        filled and none is declared; a row between others is blank, a filled column has no name, or a number
        has more digits than a spreadsheet keeps.
    """
    orders = {
        "sheet": source.sheet,
        "title_rows": source.title_rows,
        "hxl": source.hxl,
        "comma": source.decimal == ",",
    }
    return table_in_child(_PROCESS, [json.dumps(orders)], raw, source.path, sha256)
