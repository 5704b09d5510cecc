"""The file around the text of a Word document: styles, settings, properties, and the same bytes twice."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from netralstat.report.figures.theme import LIGHT
from netralstat.report.numbers import Numbers
from netralstat.report.word.characters import plain

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

LANGUAGES = {"id": "id-ID", "en": "en-GB"}
ZIP_DATE = (2000, 1, 1, 0, 0, 0)
LONGEST_PROPERTY = 255
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PARTS = {"document": f"{_TYPE}.document.main+xml"} | {
    name: f"{_TYPE}.{name}+xml" for name in ("styles", "settings", "fontTable")
}


def blank(language: str, accent: str = "") -> WordDocument:
    """An empty document of python-docx with the report's styles; no theme, whose fonts would override them.

    Parameters
    ----------
    language : str
        ``"id"`` or ``"en"``: that of its text, for spelling and for screen readers.
    accent : str
        The institution's colour (``#1F4E79``) for titles, in place of the report's own.
    """
    from docx import Document

    return Document(io.BytesIO(_skeleton(language, accent)))


def finished(
    document: WordDocument,
    *,
    title: str,
    language: str,
    day: date,
    author: str = "",
    about: str = "",
    made: str,
) -> bytes:
    """The file of a document, its properties told; the same document gives the same bytes.

    Parameters
    ----------
    day : date
        That of the document, in place of the clock.
    about : str
        Its subject.
    made : str
        What it was made with.
    """
    properties = document.core_properties
    properties.title, properties.author = _property(title), _property(author)
    properties.subject, properties.comments = _property(about), _property(made)
    properties.last_modified_by, properties.revision = _property(author), 1
    properties.created = properties.modified = datetime.combine(day, time())
    properties.language = LANGUAGES[language]
    target = io.BytesIO()
    document.save(target)
    return fixed_dates(target.getvalue())


def fixed_dates(file: bytes) -> bytes:
    """The parts of an office file zipped again in their order, all with one date."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as source, zipfile.ZipFile(target, "w") as made:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, date_time=ZIP_DATE)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            made.writestr(entry, source.read(name))
    return target.getvalue()


def _property(text: str) -> str:
    return plain(text).replace("\n", " ")[:LONGEST_PROPERTY]


@cache
def _skeleton(language: str, accent: str) -> bytes:
    """The parts that every document begins with, zipped."""
    grouping = Numbers(language).grouping
    fills = {name.removeprefix("--").replace("-", ""): colour[1:] for name, colour in LIGHT.items()}
    fills |= {
        "language": LANGUAGES[language],
        "decimal": "," if grouping == "." else ".",
        "list": ";" if grouping == "." else ",",
    } | ({"accent": accent.removeprefix("#")} if accent else {})
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{kind}"/>' for name, kind in _PARTS.items()
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
        "_rels/.rels": _relations({"officeDocument": "word/document.xml"}),
        "word/document.xml": f'<w:document xmlns:w="{_MAIN}"><w:body><w:sectPr/></w:body></w:document>',
        "word/_rels/document.xml.rels": _relations(
            {name: f"{name}.xml" for name in _PARTS if name != "document"}
        ),
    }
    for name in _PARTS:
        if name != "document":
            path = files("netralstat.report").joinpath("templates", "word", f"{name}.xml")
            parts[f"word/{name}.xml"] = Template(path.read_text(encoding="utf-8")).substitute(fills)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return target.getvalue()


def _relations(targets: dict[str, str]) -> str:
    inside = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets.items(), start=1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{inside}</Relationships>'
