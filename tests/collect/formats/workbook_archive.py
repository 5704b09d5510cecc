"""Workbooks made by hand, so that a test can make them wrong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"""
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def relations(*targets: tuple[str, str]) -> str:
    inner = "".join(
        f'<Relationship Id="r{number}" Type="{RELATED}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'


def sheet(rows: str, *, dimension: str = "") -> str:
    told = f'<dimension ref="{dimension}"/>' if dimension else ""
    return f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">{told}<sheetData>{rows}</sheetData></worksheet>'


def inline(row: int, *texts: str) -> str:
    """A row of texts from column A on."""
    cells = "".join(
        f'<c r="{chr(65 + at)}{row}" t="inlineStr"><is><t>{text}</t></is></c>'
        for at, text in enumerate(texts)
    )
    return f'<row r="{row}">{cells}</row>'


def workbook(
    *sheets: str, parts: Mapping[str, str | bytes] | None = None, book: str = "", names: tuple[str, ...] = ()
) -> bytes:
    """An .xlsx of the XML of its sheets; `parts` are members instead or beside, `book` is in the workbook."""
    names = names or tuple(f"S{number}" for number in range(1, len(sheets) + 1))
    listed = "".join(f'<sheet name="{name}" r:id="r{at}"/>' for at, name in enumerate(names, start=1))
    pages = f"<sheets>{listed}</sheets>"
    targets = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)]
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATED}">{pages}{book}</workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            *targets, ("styles", "styles.xml"), ("sharedStrings", "/xl/sharedStrings.xml")
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"/>',
    }
    members |= {f"xl/worksheets/sheet{at}.xml": xml for at, xml in enumerate(sheets, start=1)}
    members |= parts or {}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()
