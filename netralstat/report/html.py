"""The document as one HTML page that asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context as TemplateContext
from markupsafe import Markup, escape

from netralstat.report.blocks import Block, Cell, Column, Row, Table
from netralstat.report.context import MARKS
from netralstat.report.document import REFERENCE, Document
from netralstat.report.figures import css_variables
from netralstat.report.fonts import font_faces
from netralstat.report.numbers import Numbers
from netralstat.report.suppression import DISCLOSURE_FLAGS
from netralstat.report.table_csv import table_csv
from netralstat.report.tables import HIGHER, LOWER
from netralstat.report.words import Words

POLICY = (
    "default-src 'none'; script-src '{script}'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
NUMERIC = ("percent", "se_percent", "points", "count", "number", "p_value", "df")
MOST_COLUMNS = 12
SIGN_WORDS = {HIGHER: "page.higher", LOWER: "page.lower"}


def render(
    document: Document,
    *,
    alternates: Mapping[str, str] | None = None,
    version: str = "",
    template: str = "report.html.j2",
) -> str:
    """The page of one document.

    Parameters
    ----------
    document : Document
        In one language.
    alternates : Mapping[str, str], optional
        File name of the same report in each other language.
    version : str
        Version of netralstat, for the foot of the page.
    template : str
        The page's file in templates/.

    Returns
    -------
    str
        HTML with its fonts, styles, script and figures inside.
    """
    words, numbers = Words(document.language), Numbers(document.language)
    script = _packaged("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = (
        _environment()
        .get_template(template)
        .render(
            document=document,
            w=words,
            cells=lambda table, row: _cells(table, row, numbers, words),
            alternates=_alternates(alternates or {}),
            policy=POLICY.format(script=f"sha256-{digest}"),
            date=numbers.day(document.date),
            year=document.date.year,
            version=version,
            style=Markup(_style(document, words)),
            script=Markup(script),
            data=_data(document, words),
        )
    )
    return page.replace("/*FONTS*/", font_faces(_visible(page)), 1)


@cache
def _environment() -> Environment:
    """The templates, compiled once for all languages; what differs between pages is given to `render`."""
    environment = Environment(
        loader=PackageLoader("netralstat.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["linked"] = _linked
    environment.filters["kind_of"] = _kind_of
    environment.globals.update(heads=_heads, sortable=_sortable, dense=_dense, svg=Markup)
    return environment


def _packaged(name: str) -> str:
    return files("netralstat.report").joinpath("templates", name).read_text(encoding="utf-8")


def _style(document: Document, words: Words) -> str:
    """The style sheet with the colours of both modes and the running heads of print."""
    band = words("report.synthetic") if document.synthetic else ""
    fills = {
        "/*LIGHT*/": css_variables("light"),
        "/*DARK*/": css_variables("dark"),
        "/*PRINT-TITLE*/": _css_text(document.title),
        "/*PRINT-BAND*/": _css_text(band),
    }
    style = _packaged("report.css")
    for mark, text in fills.items():
        style = style.replace(mark, text)
    return style


def _css_text(text: str) -> str:
    """A CSS string; every character outside plain text becomes an escape."""
    return '"' + re.sub(r"[^A-Za-z0-9 .,:()·–-]", lambda m: f"\\{ord(m.group()):x} ", text) + '"'


def _data(document: Document, words: Words) -> Markup:
    """CSV of every table and the words of the script, as JSON that cannot end its element."""
    content = {
        "csv": {table.id: table_csv(table, document.language) for table in document.tables},
        "file": f"{document.id}-{document.language}",
        "words": {
            "sort": words("page.sort"),
            "result": words("page.search_result", shown="{shown}", all="{all}"),
        },
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _alternates(names: Mapping[str, str]) -> list[dict[str, str]]:
    """Links to the other languages, each in its own words."""
    return [
        {"language": language, "href": name, "label": Words(language)("page.in_this_language")}
        for language, name in names.items()
    ]


@pass_context
def _linked(context: TemplateContext, text: str) -> Markup:
    """Escape a text and turn ``[[id]]`` into a link."""
    references: Mapping[str, str] = context["document"].references
    parts, end = [], 0
    for match in REFERENCE.finditer(text):
        parts.append(escape(text[end : match.start()]))
        name = match.group(1)
        if name in references:
            parts.append(Markup('<a href="#{}">{}</a>').format(name, references[name]))
        else:
            parts.append(escape(match.group()))
        end = match.end()
    parts.append(escape(text[end:]))
    return Markup("").join(parts)


def _sortable(table: Table) -> bool:
    return not any(row.kind == "group" for row in table.rows) and len(table.rows) > 2 and not _dense(table)


def _dense(table: Table) -> bool:
    """Whether a table has so many columns that it is set smaller."""
    return len(table.columns) > MOST_COLUMNS


def _heads(table: Table) -> list[list[dict[str, Any]]]:
    """Header cells in one row, or in two when columns stand in groups."""
    if not any(column.group for column in table.columns):
        return [[_head(column, 1) for column in table.columns]]
    upper: list[dict[str, Any]] = []
    lower: list[dict[str, Any]] = []
    last = ""
    for column in table.columns:
        if not column.group:
            upper.append(_head(column, 2))
        else:
            if column.group == last:
                upper[-1]["colspan"] += 1
            else:
                upper.append(
                    {"label": column.group, "colspan": 1, "rowspan": 1, "css": "span", "sort": False}
                )
            lower.append(_head(column, 1) | {"first": column.group != last})
        last = column.group
    return [upper, lower]


def _head(column: Column, rowspan: int) -> dict[str, Any]:
    return {"label": column.label, "colspan": 1, "rowspan": rowspan, "css": _css(column), "sort": True}


def _css(column: Column) -> str:
    if column.kind in NUMERIC or column.kind.startswith("interval"):
        return "num"
    return column.kind


def _cells(table: Table, row: Row, numbers: Numbers, words: Words) -> list[dict[str, Any]]:
    """What stands in each cell: printed text, raw sort value, mark, whether it heads the row."""
    stub = next((i for i, column in enumerate(table.columns) if column.kind == "text"), 0)
    if row.kind == "group":
        heading = _cell(table.columns[0], row.cells[0], numbers, words)
        return [heading | {"colspan": len(table.columns), "stub": True, "css": "group"}]
    made: list[dict[str, Any]] = []
    last = ""
    for index, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
        made.append(_cell(column, cell, numbers, words) | {"stub": index == stub, "colspan": 1})
        if column.group and column.group != last:
            made[-1]["css"] += " first"
        last = column.group
    if row.kind == "outside":
        said = next(i for i, cell in enumerate(made) if i > stub and cell["text"])
        made[said] |= {"colspan": len(made) - said, "css": "outside"}
        made = made[: said + 1]
    return made


def _cell(column: Column, cell: Cell, numbers: Numbers, words: Words) -> dict[str, Any]:
    made: dict[str, Any] = {
        "text": numbers.cell(cell.value, column.kind),
        "css": _css(column),
        "mark": MARKS.get(cell.flag, ""),
        "why": "",
        "sort": _sort_value(cell),
    }
    if made["mark"]:
        made["why"] = words(
            "page.hidden_confidential" if cell.flag in DISCLOSURE_FLAGS else "page.hidden_unreliable"
        )
    if column.kind == "sign" and cell.value in SIGN_WORDS:
        made["why"] = words(SIGN_WORDS[str(cell.value)])
    return made


def _sort_value(cell: Cell) -> str:
    value = cell.value[0] if isinstance(cell.value, tuple) else cell.value
    return "" if value is None or isinstance(value, str) else repr(float(value))


def _visible(page: str) -> str:
    """The text of a page without tags, for the choice of glyphs."""
    return re.sub(r"<[^>]+>", " ", page)


def _kind_of(block: Block) -> str:
    """Name of the macro that writes a block."""
    return type(block).__name__.lower()
