"""The document as one HTML page that asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context as TemplateContext
from markupsafe import Markup, escape

from netralstat.report.blocks import Block
from netralstat.report.document import REFERENCE, Document
from netralstat.report.figures import css_variables
from netralstat.report.fonts import font_faces
from netralstat.report.numbers import Numbers
from netralstat.report.printed_table import heads, is_dense, is_sortable, printed_rows
from netralstat.report.switches import switches
from netralstat.report.table_csv import table_csv
from netralstat.report.words import Words

POLICY = (
    "default-src 'none'; script-src '{script}'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)

DARK_PAGE = (
    "--cover:#241a41;--cover-ink:#f4f1fa;--band:#2a2140;--band-ink:#d9ccf1;--shade:rgb(0 0 0 / 60%);"
    "color-scheme:dark;"
)
"""What the page itself, beside its figures, looks like in the dark."""


def render(
    document: Document,
    *,
    alternates: Mapping[str, str] | None = None,
    version: str = "",
    template: str = "published.html.j2",
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
            printed=lambda table: zip(table.rows, printed_rows(table, numbers, words), strict=True),
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
    environment.globals.update(
        heads=heads, sortable=is_sortable, dense=is_dense, switches=switches, svg=Markup
    )
    return environment


def _packaged(name: str) -> str:
    return files("netralstat.report").joinpath("templates", name).read_text(encoding="utf-8")


def _style(document: Document, words: Words) -> str:
    """The style sheet with the colours of both modes and the running heads of print."""
    band = (document.band(words) or ("",))[0]
    fills = {
        "/*LIGHT*/": css_variables("light"),
        "/*DARK*/": css_variables("dark") + DARK_PAGE,
        "/*PRINT-TITLE*/": _css_text(document.title),
        "/*PRINT-BAND*/": _css_text(band),
    }
    style = _packaged("report.css")
    for mark, text in fills.items():
        style = style.replace(mark, text)
    return style + _published(document)


def _published(document: Document) -> str:
    """Rules for what only some reports have: a logo, a second band, a colour of the institution."""
    rules = ""
    if document.logo is not None:
        rules += (
            ".masthead{margin:0;padding:1rem 3.5rem;background:#fff}"
            ".masthead img{display:block;max-height:4.5rem;max-width:100%}"
        )
    if document.embargo:
        top = "1.85rem" if document.synthetic else "0"
        rules += f".band.embargo{{background:#7a1414;color:#fff;top:{top}}}"
    if document.accent:
        rules += (
            f":root:not([data-mode=dark]){{--cover:{document.accent}}}"
            "@media not all and (prefers-color-scheme:dark)"
            f"{{:root:not([data-mode=dark]){{--accent:{document.accent}}}}}"
        )
    return rules


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


def _visible(page: str) -> str:
    """The text of a page without tags, for the choice of glyphs."""
    return re.sub(r"<[^>]+>", " ", page)


def _kind_of(block: Block) -> str:
    """Name of the macro that writes a block."""
    return type(block).__name__.lower()
