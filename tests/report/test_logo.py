"""A logo is judged by its bytes: whole, small and harmless, or a named error; and where it is printed."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from netralstat.ask.plan import Plan
from netralstat.errors import ReportError
from netralstat.report.build import build
from netralstat.report.document import Document
from netralstat.report.html import render
from netralstat.report.logo import LARGEST, logo_of, read_logo
from netralstat.report.material import Material
from netralstat.report.pdf.pages import pages
from netralstat.report.words import Words

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4">{}</svg>'


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int = 2, height: int = 2, colour: int = 2, interlaced: int = 0, pixels: bytes = b"\xff" * 6
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, interlaced)
    rows = zlib.compress((b"\0" + pixels) * 2)
    chunks = _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def sized(attributes: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}><path d="M0 0h4v4z"/></svg>'.encode()


@pytest.mark.parametrize(
    "attributes",
    [
        'width="9" height="5"',
        'width="100%" viewBox="0,0,9,5"',
        'width="3cm" height="400px" viewBox="0 0 9 50"',
    ],
)
def test_sizes_that_can_be_drawn(attributes: str) -> None:
    assert logo_of(sized(attributes), name="a.svg", where="b").media_type == "image/svg+xml"


def test_pictures_are_taken() -> None:
    assert logo_of(png(), name="a", where="b").media_type == "image/png"
    assert logo_of(png(width=1, interlaced=1, pixels=b"\xff" * 3), name="a", where="b").uri
    plain = SVG.format('<path d="M0 0h4" fill="url(#a)"/><use href="#a"/>').encode()
    made = logo_of(b"\xef\xbb\xbf" + plain, name="a.png", where="b")
    assert made.uri.startswith("data:image/svg+xml;base64,")


BAD = {
    "text": (b"hello", "neither a PNG nor an SVG"),
    "empty": (b"", "neither a PNG nor an SVG"),
    "jpeg": (b"\xff\xd8\xff\xe0", "neither a PNG nor an SVG"),
    "html": (b"<html></html>", "neither a PNG nor an SVG"),
    "cut": (png()[:-6], "damaged PNG"),
    "changed": (png().replace(b"IDAT", b"IDAX"), "damaged PNG"),
    "appended": (png() + b"<script>", "damaged PNG"),
    "fewer pixels than told": (png(height=3), "damaged PNG"),
    "more pixels than told": (png(height=1), "damaged PNG"),
    "no such colours": (png(colour=5), "damaged PNG"),
    "no palette": (png(colour=3, pixels=b"\0" * 2), "damaged PNG"),
    "pixels of noise": (
        png().replace(_chunk(b"IDAT", zlib.compress((b"\0" + b"\xff" * 6) * 2)), _chunk(b"IDAT", b"noise")),
        "damaged PNG",
    ),
    "huge": (png(width=5000), "5000 × 2 pixels"),
    "a strip of pixels": (png(width=50), "50 × 2 pixels; a side may be at most 20 times the other"),
    "no size": (sized(""), "without a size"),
    "half a size": (sized('width="9" height="50%"'), "without a size"),
    "no width": (sized('viewBox="0 0 0 9"'), "no positive length"),
    "negative": (sized('width="-9" height="9" viewBox="0 0 9 9"'), "no positive length"),
    "no number": (sized('viewBox="0 0 nan 9"'), "no positive length"),
    "a strip": (sized('viewBox="0 0 900 9"'), "one side more than 20 times the other"),
    "a long strip": (sized('width="1000000000" height="9"'), "one side more than 20 times the other"),
    "script": (SVG.format("<script>x()</script>").encode(), "an element <script>"),
    "foreign": (SVG.format("<foreignObject/>").encode(), "an element <foreignObject>"),
    "animate": (SVG.format('<animate attributeName="href"/>').encode(), "an element <animate>"),
    "handler": (SVG.format('<path onload="x()"/>').encode(), "an event handler"),
    "image": (SVG.format('<image href="https://example.org/x.png"/>').encode(), "something outside"),
    "style": (SVG.format("<style>@import 'x'</style>").encode(), "something outside"),
    "hidden import": (SVG.format("<style>@\\69mport 'x'</style>").encode(), "a backslash in its styles"),
    "hidden fill": (SVG.format('<path fill="u\\72l(http://x/#a)"/>').encode(), "a backslash in fill"),
    "fill": (SVG.format('<path fill="url(http://x/#a)"/>').encode(), "something outside"),
    "entity": (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;").encode(), "document type"),
    "sheet": (b'<?xml-stylesheet href="x"?>' + SVG.format("").encode(), "document type"),
}


@pytest.mark.parametrize("case", BAD)
def test_other_files_are_refused(case: str) -> None:
    content, fact = BAD[case]
    with pytest.raises(ReportError, match=fact) as told:
        logo_of(content, name="logo.png", where="wave.toml, report.logo")
    assert told.value.where == "wave.toml, report.logo"
    assert "logo.png" in told.value.fact


def test_a_file_that_is_absent_or_too_large(plan: Plan, tmp_path: Path) -> None:
    def with_logo(name: str) -> Plan:
        report = plan.report.model_copy(update={"logo": name})
        return plan.model_copy(update={"report": report})

    assert read_logo(plan) is None
    with pytest.raises(ReportError, match=r"there is no file logo\.svg"):
        read_logo(with_logo("logo.svg"))
    (plan.folder / "large.png").write_bytes(b"x" * (LARGEST + 1))
    with pytest.raises(ReportError, match="has 262,145 bytes"):
        read_logo(with_logo("large.png"))
    (plan.folder / "good.png").write_bytes(png())
    assert read_logo(with_logo("good.png")) is not None


@pytest.fixture(scope="module")
def embargoed(material: Material) -> Material:
    until = datetime(2021, 12, 16, 10, 0, tzinfo=timezone(timedelta(hours=7)))
    report = material.plan.report.model_copy(
        update={"embargo": until, "accent": "#0B4F6C", "chapters": ("glossary",)}
    )
    logo = logo_of(png(), name="a.png", where="b")
    return replace(material, plan=material.plan.model_copy(update={"report": report}), logo=logo)


def test_page_and_pdf_bear_logo_embargo_and_colour(embargoed: Material) -> None:
    document = build(embargoed, "id")
    assert document.embargo == "EMBARGO sampai 16 Desember 2021 pukul 10.00 WIB"
    page = render(document)
    assert document.embargo in page
    assert 'src="data:image/png;base64,' in page
    assert "#0B4F6C" in page
    assert Document.from_json(document.to_json()) == document
    data = pages(document)
    assert data["band"][0] == f"{document.embargo} · DATA SINTETIS"
    assert bytes(data["logo"]["bytes"]) == png()
    assert data["colours"]["accent"] == "#0B4F6C"


def test_embargo_of_real_data_and_of_a_day(embargoed: Material) -> None:
    report = embargoed.plan.report.model_copy(update={"embargo": date(2021, 12, 17)})
    real = replace(
        embargoed, synthetic=False, plan=embargoed.plan.model_copy(update={"report": report}), logo=None
    )
    document = build(real, "en")
    assert document.band(Words("en")) == (
        "EMBARGO until 17 December 2021",
        "Not to be published, quoted or passed on before then",
    )
    assert pages(document)["logo"] is None
    assert build(replace(real, plan=embargoed.plan), "en").embargo.endswith("10:00 WIB")


def test_no_band_without_embargo(material: Material) -> None:
    short = material.plan.report.model_copy(update={"chapters": ("glossary",)})
    plan = material.plan.model_copy(update={"report": short})
    document = build(replace(material, synthetic=False, plan=plan), "en")
    assert document.band(Words("en")) == ()
    page = render(document)
    assert "masthead" not in page
    assert "band embargo" not in page
