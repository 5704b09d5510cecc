"""The sheets before the tables: cover, contents, and notes that explain every symbol and number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from netralstat.report.blocks import Box, Missing, Paragraph, Preformatted, Table
from netralstat.report.context import CAREFUL, CONFIDENTIAL, FEW_CASES, NOT_RELIABLE
from netralstat.report.numbers import INFINITY, NOTHING, Numbers
from netralstat.report.tables import HIGHER, LOWER
from netralstat.report.workbook.sheet import Sheet
from netralstat.report.workbook.styles import height_of, lines_of

if TYPE_CHECKING:
    from netralstat.report.document import Document

SYMBOLS = {
    CONFIDENTIAL: "page.hidden_confidential",
    NOT_RELIABLE: "page.hidden_unreliable",
    CAREFUL: "page.with_care",
    FEW_CASES: "page.hidden_cases",
    HIGHER: "page.higher",
    LOWER: "page.lower",
    NOTHING: "excel.symbol_none",
    INFINITY: "excel.symbol_unlimited",
}
EXPLAINED = (CONFIDENTIAL, NOT_RELIABLE, CAREFUL, FEW_CASES)
"""Symbols that a table explains under itself, with the limits of its wave."""

NUMBERS = {
    "excel.percent_term": "excel.percent_text",
    "excel.points_term": "excel.points_text",
    "excel.interval_term": "excel.interval_text",
    "excel.p_term": "excel.p_text",
    "excel.digits_term": "excel.digits_text",
}
RECORDS = {
    "table": "excel.column_table",
    "data": "excel.column_data",
    "measure": "excel.column_measure",
    "item": "excel.column_item",
    "level": "excel.column_level",
    "estimate": "excel.column_estimate",
    "std_error": "excel.column_std_error",
    "conf_low": "excel.column_conf_low",
    "conf_high": "excel.column_conf_high",
    "df": "excel.column_df",
    "n": "excel.column_n",
    "n_yes": "excel.column_n_yes",
    "n_eff": "excel.column_n_eff",
    "deff": "excel.column_deff",
    "flag": "excel.column_flag",
    "contrast": "excel.column_contrast",
    "statistic": "excel.column_statistic",
    "p_value": "excel.column_p_value",
    "p_adjusted": "excel.column_p_adjusted",
}
FLAGS = {
    "confidential": "excel.flag_confidential",
    "unreliable": "excel.flag_unreliable",
    "caution": "excel.flag_caution",
    "few_df": "excel.flag_few_df",
    "suppressed_cases": "excel.flag_cases",
    "open_interval": "excel.flag_open_interval",
    "zero_estimate": "excel.flag_zero_estimate",
}
COVER = (3.0, 24.0, 96.0)
CONTENTS = (13.0, 74.0, 34.0, 9.0, 36.0)
NOTES = (30.0, 110.0)


def write_cover(sheet: Sheet, document: Document, parts: Mapping[str, str], version: str) -> None:
    """Institution, title, synthetic notice, date and version, and what the sheets hold.

    Parameters
    ----------
    parts : Mapping[str, str]
        What each named sheet holds.
    version : str
        Of netralstat.
    """
    w, room = sheet.words, COVER[1] + COVER[2]
    for column, width in enumerate(COVER):
        sheet.page.set_column(column, column, width)
    sheet.across(1, 2, document.institution, "cover_kicker", room, first=1)
    sheet.across(2, 2, document.title, "cover_title", room / 2.3, first=1)
    sheet.across(3, 2, w("excel.kicker", subtitle=document.subtitle), "cover_kicker", room, first=1)
    row = 5
    if band := document.band(w):
        sheet.across(row, 2, f"{'. '.join(band)}.", "cover_band", room, first=1)
        note = w("report.synthetic_note") if document.synthetic else w("imprint.embargo_note")
        sheet.across(row + 1, 2, note, "cover_band_note", room, first=1)
        sheet.page.set_row(row, 24)
        row += 3
    told = {
        "excel.institution": document.institution,
        "excel.wave": document.id,
        "excel.date": Numbers(document.language).day(document.date),
        "excel.version": document.version,
        "excel.contact": document.contact,
        "imprint.issn_term": document.issn,
        "imprint.doi_term": document.doi,
        "excel.software": f"netralstat {version}" if version else "",
    }
    for key, text in told.items():
        if text:
            row = _entry(sheet, row, w(key), text, first=1)
    row = _section(sheet, row + 1, w("excel.inside"), 1, 2)
    for name, text in parts.items():
        sheet.link(row, 1, name, name)
        sheet.text(row, 2, text, sheet.styles.part("told"))
        row += 1
    sheet.across(row + 1, 2, w("excel.about"), "note", room, first=1)


def write_contents(sheet: Sheet, document: Document, names: Mapping[str, tuple[str, str]]) -> None:
    """Every table with its sheet, title, chapter, rows and name for formulas.

    Parameters
    ----------
    names : Mapping[str, tuple of (str, str)]
        Sheet and defined name of each table, by its id.
    """
    w = sheet.words
    for column, width in enumerate(CONTENTS):
        sheet.page.set_column(column, column, width)
    last = len(CONTENTS) - 1
    sheet.across(0, last, w("page.contents"), "title", sum(CONTENTS))
    sheet.across(1, last, document.title, "subtitle", sum(CONTENTS))
    head = 3
    keys = ("excel.sheet", "excel.table_title", "excel.chapter", "excel.rows", "excel.range_name")
    for column, key in enumerate(keys):
        style = "head" if key == "excel.rows" else "head_text"
        sheet.text(head, column, w(key), sheet.styles.part(style))
    row = head
    for chapter in document.chapters:
        for block in chapter.blocks:
            if not isinstance(block, Table):
                continue
            row += 1
            target, name = names[block.id]
            sheet.link(row, 0, target, target)
            sheet.text(row, 1, block.title, sheet.styles.part("told"))
            sheet.text(row, 2, chapter.title, sheet.styles.part("told"))
            rows = sum(line.kind != "group" for line in block.rows)
            sheet.page.write_number(row, 3, rows, sheet.styles.part("whole"))
            sheet.text(row, 4, name, sheet.styles.part("code_told"))
            lines = max(lines_of(block.title, CONTENTS[1]), lines_of(chapter.title, CONTENTS[2]))
            sheet.page.set_row(row, height_of(lines))
    if row == head:
        sheet.across(row + 2, last, w("excel.no_tables"), "note", sum(CONTENTS))
    else:
        sheet.page.autofilter(head, 0, row, last)
    sheet.page.freeze_panes(head + 1, 1)
    sheet.page.repeat_rows(head)


def write_notes(sheet: Sheet, document: Document, columns: Sequence[str], records: str) -> None:
    """Symbols, number formats, the method as the report tells it, and the columns of the last sheet.

    Parameters
    ----------
    columns : sequence of str
        Columns of the sheet of all estimates.
    records : str
        Name of that sheet.
    """
    w = sheet.words
    for column, width in enumerate(NOTES):
        sheet.page.set_column(column, column, width)
    sheet.across(0, 1, w("excel.notes"), "title", sum(NOTES))
    sheet.across(1, 1, document.title, "subtitle", sum(NOTES))
    row = _entries(sheet, 3, w("excel.symbols"), _symbols(sheet, document), part="symbol")
    row = _entries(sheet, row, w("excel.numbers"), {w(term): w(text) for term, text in NUMBERS.items()})
    for chapter in document.chapters:
        for block in chapter.blocks:
            if isinstance(block, Box):
                row = _entries(sheet, row, block.title, dict(block.entries))
        if any(isinstance(block, Preformatted) for block in chapter.blocks):
            row = _running(sheet, row, chapter.title, chapter.blocks)
    missing = {
        chapter.title: block.reason
        for chapter in document.chapters
        for block in chapter.blocks
        if isinstance(block, Missing)
    }
    if missing:
        row = _entries(sheet, row, w("excel.missing"), missing)
    told = {name: w(RECORDS[name]) for name in columns if name in RECORDS}
    if "flag" in told:
        told |= {f"flag = {flag}": w(key) for flag, key in FLAGS.items()}
    domains = [name for name in columns if name not in RECORDS]
    if domains:
        told[", ".join(domains)] = w("excel.column_domain")
    _entries(sheet, row, w("excel.columns", sheet=records), told)


def _symbols(sheet: Sheet, document: Document) -> dict[str, str]:
    """Each symbol in words; a hidden value with the limits that the tables tell."""
    told = {symbol: sheet.words(key) for symbol, key in SYMBOLS.items()}
    for table in document.tables:
        for note in table.notes:
            symbol, _, text = note.partition(" ")
            if symbol in EXPLAINED:
                told[symbol] = text
    return told


def _section(sheet: Sheet, row: int, title: str, first: int, last: int) -> int:
    style = sheet.styles.part("section")
    sheet.text(row, first, title, style)
    for column in range(first + 1, last + 1):
        sheet.text(row, column, "", style)
    sheet.page.set_row(row, 21)
    return row + 1


def _entries(sheet: Sheet, row: int, title: str, told: Mapping[str, str], *, part: str = "term") -> int:
    """A section of terms and their explanation; tells the row after it and an empty one."""
    row = _section(sheet, row, title, 0, 1)
    for term, text in told.items():
        row = _entry(sheet, row, term, sheet.plain(text), part=part)
    return row + 1


def _entry(sheet: Sheet, row: int, term: str, text: str, *, first: int = 0, part: str = "term") -> int:
    widths = COVER[1:] if first else NOTES
    sheet.text(row, first, term, sheet.styles.part(part))
    sheet.text(row, first + 1, text, sheet.styles.part("told"))
    lines = max(lines_of(term, widths[0]), lines_of(text, widths[1]))
    sheet.page.set_row(row, height_of(lines))
    return row + 1


def _running(sheet: Sheet, row: int, title: str, blocks: Sequence[object]) -> int:
    """Paragraphs and preformatted lines, such as how to cite."""
    row = _section(sheet, row, title, 0, 1)
    for block in blocks:
        if isinstance(block, Paragraph):
            row = _entry(sheet, row, "", sheet.plain(block.text))
        elif isinstance(block, Preformatted):
            for line in block.text.split("\n"):
                sheet.text(row, 1, line, sheet.styles.part("code_told"))
                row += 1
    return row + 1
