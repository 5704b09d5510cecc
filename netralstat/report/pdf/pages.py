"""What the PDF's template reads: a document as plain data, each text printed, each width known.

Nothing here is typst markup: names and wordings travel as data, so a ``#`` or ``$`` in them stays a sign.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

from netralstat.errors import ReportError
from netralstat.report.blocks import (
    Block,
    Box,
    Chapter,
    Figure,
    Finding,
    FindingGrid,
    Heading,
    Missing,
    Note,
    Paragraph,
    Preformatted,
    Table,
)
from netralstat.report.document import REFERENCE, Document
from netralstat.report.figures.theme import LIGHT, REGULAR, SEMIBOLD
from netralstat.report.numbers import Numbers
from netralstat.report.pdf.columns import Layout, breakable, head_lines, laid_out, row_lines, soft, unbroken
from netralstat.report.printed_table import Head, Printed, heads, printed_rows
from netralstat.report.words import Words

TALLEST = 560.0
"""Height in points that a figure may take, so that its caption and notes stay on the page."""

LONGEST_TITLE, LONGEST_NAME = 100, 60
"""Characters of the title and of the institution in the running heads."""

COVER = "#3F2B73"
SHORT_WORD, LONG_WORD, LONG_CODE = 14, 24, 90
"""A word of more characters may be broken anywhere: in a key number, in text, in preformatted lines."""

SHORT_TERM = 4
"""Terms of a box of at most so many characters stand in a narrow column."""

SHORT_TABLE = 15
"""A table of rows with so many lines together at most stays on one page."""

LONGEST_ROW = 12
"""In a table with a row of more lines, rows are broken between pages."""

_VARIABLE = re.compile(r"var\(--[a-z0-9-]+,\s*(#[0-9A-Fa-f]{6})\)")
_VIEW_BOX = re.compile(r'<svg[^>]*\bviewBox="0 0 ([0-9.]+) ([0-9.]+)"')
Data = dict[str, Any]


def pages(document: Document, *, version: str = "") -> Data:
    """The document as the data of templates/report.typ.

    Parameters
    ----------
    document : Document
        In one language.
    version : str
        Of netralstat, for the imprint.

    Raises
    ------
    ReportError
        A figure does not state its size, or a table column has no number format.
    """
    words, numbers = Words(document.language), Numbers(document.language)
    desk = _Desk(document, words, numbers)
    day = document.date
    return {
        "language": document.language,
        "title": document.title,
        "cover-title": soft(document.title, LONG_WORD),
        "subtitle": document.subtitle,
        "institution": document.institution,
        "contact": document.contact,
        "numbers": catalogue_numbers(document, words),
        "date": numbers.day(day),
        "day": [day.year, day.month, day.day],
        "version": words("report.version", version=document.version),
        "made": words("page.made_with", version=version) if version else "",
        "band": list(document.band(words)),
        "logo": _logo(document, words),
        "head": cut(document.title, LONGEST_TITLE),
        "foot": cut(document.institution, LONGEST_NAME),
        "colours": {name.removeprefix("--"): colour for name, colour in LIGHT.items()}
        | {"cover": document.accent or COVER}
        | ({"accent": document.accent} if document.accent else {}),
        "words": {
            "contents": words("page.contents"),
            "tables": words("pdf.tables"),
            "figures": words("pdf.figures"),
            "note": words("page.note"),
            "page": words("excel.page_of", page="{page}", pages="{pages}"),
        },
        "chapters": [desk.chapter(chapter) for chapter in document.chapters],
    }


def _logo(document: Document, words: Words) -> Data | None:
    """The logo as numbers from 0 to 255, for JSON holds no bytes."""
    if document.logo is None:
        return None
    return {
        "format": "svg" if document.logo.media_type == "image/svg+xml" else "png",
        "bytes": list(base64.b64decode(document.logo.base64)),
        "alt": words("imprint.logo", institution=document.institution),
    }


class _Desk:
    """Writes each block of one document as data."""

    def __init__(self, document: Document, words: Words, numbers: Numbers) -> None:
        self.words, self.numbers = words, numbers
        self.references = document.references
        self.targets = {f"chapter-{chapter.id}" for chapter in document.chapters}
        self.targets |= {block.id for block in document.blocks if isinstance(block, Table | Figure)}
        self.writers = {
            Paragraph: self._paragraph,
            Heading: self._heading,
            Note: self._note,
            Missing: self._missing,
            FindingGrid: self._findings,
            Box: self._box,
            Preformatted: self._preformatted,
            Table: self._table,
            Figure: self._figure,
        }

    def chapter(self, chapter: Chapter) -> Data:
        return {
            "id": f"chapter-{chapter.id}",
            "title": soft(chapter.title, LONG_WORD),
            "blocks": [self._block(block) for block in chapter.blocks],
        }

    def _block(self, block: Block) -> Data:
        content: Data = self.writers[type(block)](block)  # type: ignore[operator]
        return {"kind": type(block).__name__.lower(), **content}

    def _runs(self, text: str) -> list[Data]:
        """A text in pieces; a piece that refers to a table, figure or chapter knows where it leads."""
        runs: list[Data] = []
        end = 0
        for match in REFERENCE.finditer(text):
            runs.append({"text": soft(text[end : match.start()], LONG_WORD), "to": ""})
            name = match.group(1)
            told = self.references.get(name, match.group())
            told = told if len(told) > LONG_WORD else told.replace(" ", "\u00a0")
            runs.append({"text": told, "to": name if name in self.targets else ""})
            end = match.end()
        runs.append({"text": soft(text[end:], LONG_WORD), "to": ""})
        return [run for run in runs if run["text"]]

    def _paragraph(self, block: Paragraph) -> Data:
        return {"runs": self._runs(block.text)}

    def _heading(self, block: Heading) -> Data:
        return {"text": soft(block.text, LONG_WORD)}

    def _note(self, block: Note) -> Data:
        return {"runs": self._runs(block.text)}

    def _missing(self, block: Missing) -> Data:
        return {"runs": self._runs(block.reason)}

    def _findings(self, block: FindingGrid) -> Data:
        return {"findings": [self._finding(finding) for finding in block.findings]}

    def _finding(self, finding: Finding) -> Data:
        return {
            "value": soft(finding.value, SHORT_WORD),
            "interval": soft(finding.interval, LONG_WORD),
            "title": soft(finding.title, LONG_WORD),
            "runs": self._runs(finding.sentence),
            "more": self._jump("page.more", "target", finding.pointer),
        }

    def _box(self, block: Box) -> Data:
        entries = [[soft(term, LONG_WORD), self._runs(text)] for term, text in block.entries]
        return {"title": soft(block.title, LONG_WORD), "entries": entries, "short": has_short_terms(block)}

    def _preformatted(self, block: Preformatted) -> Data:
        return {"text": soft(block.text, LONG_CODE)}

    def _figure(self, block: Figure) -> Data:
        svg, width, height = printable_svg(block)
        return {
            "id": block.id,
            "label": self.references.get(block.id, ""),
            "title": soft(block.title, LONG_WORD),
            "svg": svg,
            "wide": width / height,
            "tallest": TALLEST,
            "alt": block.alt,
            "notes": [self._runs(note) for note in block.notes],
            "source": soft(block.source, LONG_WORD),
            "jump": self._jump("page.to_table", "table", block.table_id),
        }

    def _table(self, block: Table) -> Data:
        rows = printed_rows(block, self.numbers, self.words)
        made = laid_out(block, self.numbers, self.words)
        lines = [row_lines(cells, made) for cells in rows]
        return {
            "id": block.id,
            "label": self.references.get(block.id, ""),
            "title": soft(block.title, LONG_WORD),
            "size": made.size,
            "inset": made.inset,
            "gap": made.gap,
            "widths": list(made.widths),
            "landscape": made.landscape,
            "whole": sum(lines) <= SHORT_TABLE,
            "head": _head_rows(heads(block), made),
            "head-lines": [head_lines(line, made) for line in heads(block)],
            "rows": [
                {"kind": row.kind, "cells": _cells(cells, made)}
                for row, cells in zip(block.rows, rows, strict=True)
            ],
            "row-lines": lines,
            "breakable": max(lines, default=0) > LONGEST_ROW,
            "notes": [self._runs(note) for note in block.notes],
            "source": soft(block.source, LONG_WORD),
            "jump": self._jump("page.to_figure", "figure", block.figure_id),
        }

    def _jump(self, key: str, field: str, name: str) -> Data | None:
        if name not in self.targets:
            return None
        return {"text": self.words(key, **{field: self.references[name]}), "to": name}


def catalogue_numbers(document: Document, words: Words) -> list[str]:
    """The numbers under which libraries keep the report, as the cover says them; none when it has none."""
    told = (("issn", document.issn), ("doi", document.doi))
    return [f"{words(f'imprint.{name}_term')} {number}" for name, number in told if number]


def has_short_terms(block: Box) -> bool:
    """Whether the terms of a box, such as numbers, need but a narrow column."""
    return max((len(term) for term, _ in block.entries), default=0) <= SHORT_TERM


def printable_svg(figure: Figure) -> tuple[str, float, float]:
    """The SVG with plain colours in place of a page's variables, and its width and height.

    Raises
    ------
    ReportError
        The SVG does not begin with a size (``viewBox="0 0 width height"``).
    """
    found = _VIEW_BOX.search(figure.svg)
    if found is None or not float(found[1]) or not float(found[2]):
        raise ReportError(
            "A figure does not state its size.",
            where=f'figure "{figure.id}"',
            do='give its <svg> an attribute viewBox="0 0 WIDTH HEIGHT".',
        )
    return _VARIABLE.sub(r"\1", figure.svg), float(found[1]), float(found[2])


def _head_rows(lines: Sequence[Sequence[Head]], made: Layout) -> list[list[Data]]:
    """Head cells, words broken where they are wider than their columns."""
    taken: dict[int, int] = {}
    written: list[list[Data]] = []
    for line in lines:
        cells, at = [], 0
        for head in line:
            while taken.get(at, 0) > len(written):
                at += 1
            first = head.first or head.style == "span"
            width = made.room(at, head.colspan, first)
            cells.append(
                {
                    "text": breakable(unbroken(head.label), width, made.size, SEMIBOLD),
                    "colspan": head.colspan,
                    "rowspan": head.rowspan,
                    "style": head.style,
                    "first": first,
                }
            )
            for column in range(at, at + head.colspan):
                taken[column] = len(written) + head.rowspan
            at += head.colspan
        written.append(cells)
    return written


def _cells(cells: Sequence[Printed], made: Layout) -> list[Data]:
    written, at = [], 0
    for cell in cells:
        width = made.room(at, cell.colspan, cell.first)
        text = cell.text if cell.style == "num" else breakable(cell.text, width, made.size, _weight(cell))
        written.append(
            {
                "text": text,
                "mark": cell.mark,
                "colspan": cell.colspan,
                "style": cell.style,
                "first": cell.first,
            }
        )
        at += cell.colspan
    return written


def _weight(cell: Printed) -> int:
    return SEMIBOLD if cell.style == "group" or cell.stub else REGULAR


def cut(text: str, longest: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
