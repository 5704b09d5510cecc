"""The document as an Excel workbook: the tables of the page at their numbers, as raw numbers with formats."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from netralstat.report.blocks import Table
from netralstat.report.numbers import Numbers
from netralstat.report.words import Words
from netralstat.report.workbook.front import write_contents, write_cover, write_notes
from netralstat.report.workbook.records import with_rows, write_records
from netralstat.report.workbook.sheet import Sheet
from netralstat.report.workbook.styles import COVER_TAB, FRONT_TAB, TABLE_TAB, Styles
from netralstat.report.workbook.table import write_table

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

    from netralstat.report.document import Document
    from netralstat.report.estimate_table import EstimateTable

RECORDS = "estimates"
"""Defined name of the sheet of all estimates."""

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def render_workbook(document: Document, estimates: EstimateTable, *, version: str = "") -> bytes:
    """The workbook of one document.

    Parameters
    ----------
    document : Document
        In one language; each table becomes a sheet named by its number.
    estimates : EstimateTable
        Every estimate, already suppressed: the last sheet.
    version : str
        Of netralstat, for the cover.

    Returns
    -------
    bytes
        An .xlsx file without formulas or macros; the same document gives the same bytes.

    Raises
    ------
    ReportError
        A text is too long for a cell, or a column has no number format.
    """
    from xlsxwriter.workbook import Workbook

    target = io.BytesIO()
    workbook = Workbook(target, OPTIONS)
    _describe(workbook, document, version)
    words = Words(document.language)
    styles = Styles(workbook, Numbers(document.language))

    def sheet(name: str, title: str, tab: str) -> Sheet:
        made = Sheet(
            name=name,
            page=workbook.add_worksheet(name),
            styles=styles,
            words=words,
            references=document.references,
        )
        made.page.set_tab_color(tab)
        made.print_as(
            f"{name}  {title}" if title else name,
            band=(document.band(words) or ("",))[0],
            foot=f"{document.institution} · {document.title}",
        )
        return made

    cover, contents = sheet(words("excel.cover"), "", COVER_TAB), sheet(words("page.contents"), "", FRONT_TAB)
    notes = sheet(words("excel.notes"), "", FRONT_TAB)
    names: dict[str, tuple[str, str]] = {}
    for chapter in document.chapters:
        subtitle = f"{chapter.title} · {document.title}"
        for table in (block for block in chapter.blocks if isinstance(block, Table)):
            page = sheet(words("term.table", number=table.number), table.title, TABLE_TAB)
            extent = write_table(page, table, subtitle=subtitle, contents=contents.name)
            names[table.id] = (page.name, range_name(table))
            workbook.define_name(range_name(table), f"='{page.name}'!{extent}")
    records = sheet(words("excel.estimates"), "", FRONT_TAB)
    workbook.define_name(RECORDS, f"='{records.name}'!{write_records(records, estimates)}")
    write_notes(notes, document, estimates.head, records.name)
    write_contents(contents, document, names)
    write_cover(cover, document, _parts(words, len(names), contents, notes, records), version)
    workbook.close()
    return with_rows(target.getvalue(), len(workbook.worksheets()), estimates)


def range_name(table: Table) -> str:
    """The name of a table's range in formulas: the same in every language, whatever its number."""
    return re.sub(r"[^a-z0-9]+", "_", table.id.lower())


def _parts(words: Words, n_tables: int, contents: Sheet, notes: Sheet, records: Sheet) -> dict[str, str]:
    """What the named sheets hold, for the cover."""
    return {
        contents.name: words.plural("excel.holds_contents", n_tables),
        notes.name: words("excel.holds_notes"),
        records.name: words("excel.holds_records"),
    }


def _describe(workbook: Workbook, document: Document, version: str) -> None:
    """The properties of the file; its date is the report's, never the clock's."""
    words = Words(document.language)
    workbook.set_properties(
        {
            "title": document.title,
            "subject": document.subtitle,
            "author": document.institution,
            "company": document.institution,
            "comments": words("report.synthetic_note") if document.synthetic else "",
            "created": datetime.combine(document.date, time(), tzinfo=UTC),
        }
    )
    workbook.set_custom_property("wave", document.id, "text")
    workbook.set_custom_property("report version", document.version, "text")
    workbook.set_custom_property("language", document.language, "text")
    workbook.set_custom_property("synthetic data", document.synthetic, "bool")
    if version:
        workbook.set_custom_property("netralstat", version, "text")
