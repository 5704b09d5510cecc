"""A table of the report as a CSV to download: ``;`` and a BOM, as an Indonesian Excel expects."""

from __future__ import annotations

import csv
import io

from netralstat.report.blocks import Column, Table
from netralstat.report.numbers import Numbers
from netralstat.report.words import Words

BOM = "\ufeff"
INTERVALS = ("interval", "interval_number")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def table_csv(table: Table, language: str) -> str:
    """The printed numbers of a table, each interval in two columns, a hidden value empty."""
    numbers, words = Numbers(language), Words(language)
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow([name for column in table.columns for name in _heads(column, words)])
    for row in table.rows:
        line: list[str] = []
        for column, cell in zip(table.columns, row.cells, strict=True):
            if column.kind in INTERVALS:
                line += _bounds(cell.value, column.kind, numbers)
            elif cell.value is None:
                line.append("")
            elif isinstance(cell.value, str):
                line.append(harmless(cell.value))
            else:
                line.append(_bare(numbers.cell(cell.value, column.kind), numbers))
        writer.writerow(line)
    return BOM + target.getvalue()


def _heads(column: Column, words: Words) -> list[str]:
    head = harmless(f"{column.group}: {column.label}" if column.group else column.label)
    if column.kind in INTERVALS:
        return [words("page.low_bound", head=head), words("page.high_bound", head=head)]
    return [head]


def _bounds(value: object, kind: str, numbers: Numbers) -> list[str]:
    if not isinstance(value, tuple):
        return ["", ""]
    scale, digits = (1.0, 2) if kind == "interval_number" else (100.0, 1)
    return [_bare(numbers.number(bound * scale, digits), numbers) for bound in value]


def _bare(number: str, numbers: Numbers) -> str:
    """A printed number as a spreadsheet reads it: an ASCII minus, no grouping."""
    return number.replace("\N{MINUS SIGN}", "-").replace(numbers.grouping, "")


def harmless(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
