"""The PDF: accessible, dated by the document, every cell of the page in it, markup only text."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import unescape
from itertools import combinations
from pathlib import Path

import pytest
from report.small_wave import estimates

from netralstat.errors import ReportError
from netralstat.estimate.estimates import Estimates
from netralstat.report.blocks import (
    Box,
    Cell,
    Chapter,
    Column,
    Figure,
    Finding,
    FindingGrid,
    Heading,
    Missing,
    Note,
    Paragraph,
    Preformatted,
    Row,
    Table,
)
from netralstat.report.build import build
from netralstat.report.document import Document
from netralstat.report.html import render
from netralstat.report.material import Material
from netralstat.report.numbers import Numbers
from netralstat.report.pdf.columns import LANDSCAPE, PORTRAIT, breakable, layout
from netralstat.report.pdf.render import render_pdf
from netralstat.report.printed_table import Printed, heads, printed_row
from netralstat.report.publish import write_report
from netralstat.report.suppression import suppress_wave
from netralstat.report.words import Words

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 80"><text x="9" y="40">n</text></svg>'
HOSTILE = (
    *("#let x = 1", "$x^2$", "@ref <label>", "*bold* _it_ `raw`", "<b>tag</b>", "=1+1", "// c /* d */ \\"),
    *("-- --- ... -> 100x200", "Ж Ω ﬁ", "x" * 200, "nama " * 40, "[[table-none]]"),
)
FIGURE = Figure(id="figure-a", number=1, title="Peta", svg=SVG, alt="Sebuah huruf", source="s")


def document(*blocks: object, **changes: object) -> Document:
    made = Document(
        id="x",
        title="Survei #1 $ _dan_ *lain*",
        subtitle="Laporan",
        language="id",
        institution="Lembaga & <b> #set",
        contact="",
        date=date(2021, 12, 16),
        version="1.0",
        synthetic=True,
        chapters=(Chapter(id="c", title="Bab #x", blocks=blocks),),  # type: ignore[arg-type]
        references={"table-a": "Tabel 1", "figure-a": "Gambar 1"},
    )
    return replace(made, **changes)


def names_table(labels: tuple[str, ...]) -> Table:
    columns = (Column(key="a", label="Nama #", kind="text"), Column(key="n", label="$n$", kind="count"))
    rows = tuple(Row(cells=(Cell(value=label), Cell(value=1000 + i))) for i, label in enumerate(labels))
    return Table(id="table-a", number=1, title="T #let @x", columns=columns, rows=rows, notes=labels)


def text_of(pdf: bytes) -> str:
    """All that stands in a PDF, in reading order, without any white space."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (Debian package poppler-utils) reads the text of a PDF; it is not installed")
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return squeezed(done.stdout.decode())


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b\u00ad]+", "", text)


@pytest.fixture(scope="module")
def indonesian(built: Callable[[str], Document]) -> Document:
    return built("id")


@pytest.fixture(scope="module")
def pdf(indonesian: Document) -> bytes:
    return render_pdf(indonesian, version="0.1.0")


@pytest.fixture(scope="module")
def text(pdf: bytes) -> str:
    return text_of(pdf)


def test_it_says_what_it_conforms_to(pdf: bytes) -> None:
    assert pdf.startswith(b"%PDF-1.7")
    assert re.search(rb"<pdfuaid:part>\s*1\s*<", pdf)
    assert re.search(rb"<pdfaid:part>\s*2\s*<", pdf)
    assert re.search(rb"<pdfaid:conformance>\s*A\s*<", pdf)
    assert b"/Lang(id)" in pdf
    assert pdf.count(b"/S/Figure") >= 3


@pytest.mark.long
def test_same_document_same_bytes_dated_by_the_document(indonesian: Document, pdf: bytes) -> None:
    assert render_pdf(indonesian, version="0.1.0") == pdf
    assert b"D:20211216" in pdf
    assert render_pdf(replace(indonesian, date=date(2022, 1, 1)), version="0.1.0") != pdf


def test_every_cell_of_the_page_is_in_the_pdf_row_by_row(indonesian: Document, text: str) -> None:
    page = render(indonesian)
    page = re.sub(r'<span class="said">.*?</span>', "", page)
    rows = re.findall(r"<tr class=\"[a-z]+\">(.*?)</tr>", page, flags=re.DOTALL)
    assert len(rows) == sum(len(table.rows) for table in indonesian.tables)
    for row in rows:
        assert squeezed(unescape(re.sub(r"<[^>]+>", "", row))) in text
    for table in indonesian.tables:
        assert squeezed(f"{indonesian.references[table.id]} {table.title}") in text
        for line in heads(table):
            assert all(squeezed(head.label) in text for head in line)


def test_a_table_without_rows_is_its_head_and_notes() -> None:
    table = replace(names_table(()), notes=("Kosong.",))
    assert "NamaKosong." in text_of(render_pdf(document(table))).replace("#", "").replace("$n$", "")


def overlaps(pdf: bytes) -> list[tuple[str, str]]:
    """Pairs of words of a page of which one is printed over the other."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (Debian package poppler-utils) tells where words stand; it is not installed")
    done = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True)
    found = []
    for page in done.stdout.decode().split("<page ")[1:]:
        told = re.findall(r'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', page)
        words = [(float(a), float(b), float(c), float(d), word) for a, b, c, d, word in told]
        for (left, top, right, bottom, word), (left2, top2, right2, bottom2, other) in combinations(words, 2):
            wide, high = min(right, right2) - max(left, left2), min(bottom, bottom2) - max(top, top2)
            if wide > 1 and high > min(bottom - top, bottom2 - top2) / 2:
                found.append((word, other))
    return found


@pytest.mark.long
def test_no_text_is_printed_over_another(pdf: bytes) -> None:
    columns = tuple(Column(key=f"c{i}", label=f"Kolom {i}", kind="text") for i in range(4))
    rows = tuple(
        Row(cells=(Cell(value=text), *(Cell(value="nama " * n) for n in (1, 3, 9)))) for text in HOSTILE
    )
    table = Table(id="table-a", number=1, title="T", columns=columns, rows=rows * 6, notes=("Catatan.",) * 9)
    assert overlaps(pdf) == []
    assert overlaps(render_pdf(document(table))) == []


def test_every_text_of_the_document_is_in_the_pdf(indonesian: Document, text: str) -> None:
    for block in indonesian.blocks:
        said = [block.text] if isinstance(block, Paragraph | Note | Heading | Preformatted) else []
        if isinstance(block, FindingGrid):
            said = [part for one in block.findings for part in (one.value, one.interval, one.title)]
        if isinstance(block, Box):
            said = [block.title, *(term for term, _ in block.entries)]
        if isinstance(block, Table | Figure):
            said = [*block.notes, block.source]
        for part in said:
            told = re.sub(r"\[\[([a-z0-9-]+)\]\]", lambda name: indonesian.references[name[1]], part)
            assert squeezed(told) in text


def test_synthetic_is_said_on_every_page(text: str, pdf: bytes) -> None:
    pages = len(re.findall(rb"/Type/Page\b(?!s)", pdf))
    assert text.count("DATASINTETIS") >= pages > 4
    assert f"Halaman{pages}dari{pages}" in text


def test_bookmarks_are_the_chapters(indonesian: Document, pdf: bytes, tmp_path: Path) -> None:
    if shutil.which("pdftohtml") is None:
        pytest.skip("pdftohtml (Debian package poppler-utils) reads bookmarks; it is not installed")
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf)
    command = ["pdftohtml", "-xml", "-i", "-stdout", str(path)]
    told = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    found = re.search(r"<outline>.*</outline>", told, flags=re.DOTALL)
    assert found is not None
    outline = ET.fromstring(found[0])
    assert [item.text for item in outline.findall("item")] == [one.title for one in indonesian.chapters]
    inner = [item.text for item in outline.findall("outline/item")]
    assert inner == [block.text for block in indonesian.blocks if isinstance(block, Heading)]


def test_names_are_text_whatever_they_hold() -> None:
    findings = tuple(Finding(value="1", interval=h, title=h, sentence=h, pointer="table-a") for h in HOSTILE)
    blocks = (
        *(Paragraph(text=h) for h in HOSTILE),
        Note(text=HOSTILE[0]),
        Missing(reason=HOSTILE[1]),
        FindingGrid(findings=findings),
        Box(id="b", title=HOSTILE[2], entries=tuple((h, h) for h in HOSTILE)),
        Preformatted(id="p", text="\n".join(HOSTILE)),
        Heading(id="h", text=HOSTILE[3]),
        names_table(HOSTILE),
        FIGURE,
    )
    told = text_of(render_pdf(document(*blocks)))
    for i, name in enumerate(HOSTILE):
        assert squeezed(f"{name}{Numbers('id').count(1000 + i)}") in told
    assert squeezed("Survei #1 $ _dan_ *lain*") in told


@pytest.mark.parametrize(
    ("block", "where", "why"),
    [
        (replace(FIGURE, alt=""), r"Gambar 1 \(figure-a\)", "missing alt text"),
        (replace(FIGURE, svg=SVG[:-12]), r"Gambar 1 \(figure-a\)", "failed to parse SVG"),
        (replace(FIGURE, svg="<svg></svg>"), 'figure "figure-a"', "does not state its size"),
        (Paragraph(text="senang 😀"), "of the kind Paragraph", "could not be displayed"),
        (names_table(("\ue000",)), r"Tabel 1 \(table-a\)", "codepoint"),
    ],
)
def test_what_cannot_be_set_is_named(block: object, where: str, why: str) -> None:
    with pytest.raises(ReportError, match=why) as told:
        render_pdf(document(Paragraph(text="baik"), block))
    assert re.search(where, str(told.value.where))


def test_a_failing_pdf_leaves_the_old_report(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.id.pdf").write_text("old", encoding="utf-8")
    plan = material.plan.model_copy(update={"title": material.plan.title.model_copy(update={"id": "😀"})})
    with pytest.raises(ReportError, match=r"PDF in the language \"id\"[\s\S]*could not be displayed") as told:
        write_report(replace(material, plan=plan), tmp_path, ["id"], ["html", "pdf"])
    assert told.value.where == "title, subtitle, institution, contact or logo"
    assert [path.name for path in tmp_path.iterdir()] == ["report.id.pdf"]
    assert (tmp_path / "report.id.pdf").read_text(encoding="utf-8") == "old"


@pytest.mark.long
def test_a_bare_wave_and_a_hidden_one_are_reports(
    material: Material, bare: Material, raw: dict[str, Estimates]
) -> None:
    assert "tidaktersedia" in text_of(render_pdf(build(bare, "id")))
    report = material.plan.report.model_copy(update={"min_respondents": 100_000})
    strict = material.plan.model_copy(update={"report": report})
    hidden = replace(material, plan=strict, estimates=suppress_wave(raw, strict))
    told = text_of(render_pdf(build(hidden, "id")))
    assert "Politisasibirokrasi1.000–*–" in told
    assert "17,6" not in told


@pytest.mark.long
def test_a_wave_of_one_province(material: Material, raw: dict[str, Estimates]) -> None:
    rows = raw["headline_by_province"].to_frame().query("province == 'bali'").to_dict("records")
    alone = {**raw, "headline_by_province": estimates(rows, by="province")}
    del alone["headline_vs_national_province"]
    one = replace(material, estimates=suppress_wave(alone, material.plan))
    told = text_of(render_pdf(build(one, "id")))
    assert "51Bali25015,0" in told


def wide(columns: int, rows: int) -> Table:
    heads = [Column(key="a", label="Provinsi", kind="text")]
    heads += [
        Column(key=f"c{i}", label="SK 95%", kind="interval", group=f"Kelompok {i // 2}")
        for i in range(columns)
    ]
    body = [
        Row(cells=(Cell(value=f"Provinsi {row}"), *(Cell(value=(0.1, 0.235)) for _ in range(columns))))
        for row in range(rows)
    ]
    return Table(id="table-a", number=1, title="Lebar", columns=tuple(heads), rows=tuple(body))


def printed(table: Table) -> list[list[Printed]]:
    return [printed_row(table, row, Numbers("id"), Words("id")) for row in table.rows]


def test_columns_fill_the_page_and_wide_tables_turn() -> None:
    narrow, dense, turned = (wide(count, 38) for count in (4, 12, 20))
    made = [layout(table, printed(table)) for table in (narrow, dense, turned)]
    assert [one.landscape for one in made] == [False, True, True]
    assert made[0].size == 8.5
    for one in made:
        assert sum(one.widths) == pytest.approx(LANDSCAPE if one.landscape else PORTRAIT, abs=0.2)
        assert min(one.widths) > 2 * one.size
    assert text_of(render_pdf(document(turned))).count("10,0–23,5") == 38 * 20


@pytest.mark.long
def test_a_table_of_five_hundred_rows_repeats_its_head() -> None:
    pdf = render_pdf(document(wide(4, 500)))
    pages = len(re.findall(rb"/Type/Page\b(?!s)", pdf))
    assert text_of(pdf).count("Kelompok0Kelompok1") == pages - 2


# ----------------------------------------------------------------------------- pages
def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, without any white space."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (Debian package poppler-utils) reads the text of a PDF; it is not installed")
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return [squeezed(page) for page in done.stdout.decode().split("\f")]


def page_with(pages: list[str], text: str) -> int:
    (found,) = (number for number, page in enumerate(pages) if squeezed(text) in page and number > 1)
    return found


def lines(name: str, count: int) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(text=f"{name}{number} berdiri di sini.") for number in range(count))


def test_text_goes_on_before_a_figure_without_room() -> None:
    tall = replace(FIGURE, svg=SVG.replace("880 80", "880 800"))
    pages = pages_of(render_pdf(document(*lines("Awal", 20), tall, *lines("Lanjut", 4))))
    first = page_with(pages, "Awal0 berdiri")
    assert page_with(pages, "Lanjut3 berdiri") == first
    assert page_with(pages, "Gambar 1 Peta") == first + 1
    short = pages_of(render_pdf(document(*lines("Awal", 20), FIGURE, *lines("Lanjut", 4))))
    (page,) = (page for page in short if "Awal0berdiri" in page)
    assert page.index("Awal19berdiri") < page.index("Gambar1Peta") < page.index("Lanjut0berdiri")


def test_a_picture_leaves_room_for_its_caption_and_notes() -> None:
    tall = replace(FIGURE, svg=SVG.replace("880 80", "880 2000"), title="judul yang panjang " * 17)
    wordy = [
        replace(tall, id=f"figure-{name}", notes=("catatan yang panjang sekali " * 50,) * 2) for name in "ab"
    ]
    pages = pages_of(render_pdf(document(*lines("Awal", 20), *wordy, *lines("Lanjut", 4))))
    assert page_with(pages, "Lanjut3 berdiri")
    assert sum("Gambar1" in page for page in pages) >= 1


@pytest.mark.parametrize("above", range(0, 40, 13))
def test_notes_stand_with_the_last_row(above: int) -> None:
    table = replace(
        wide(1, 60 + above), notes=tuple(f"Catatan {number}." for number in range(6)), source="Asal."
    )
    pages = pages_of(render_pdf(document(table, references={"table-a": "Tabel 1"})))
    last = page_with(pages, f"Provinsi {59 + above}")
    assert all(page_with(pages, f"Catatan {number}.") == last for number in range(6))
    assert page_with(pages, "Asal.") == last


def test_long_text_has_the_wider_column() -> None:
    columns = tuple(Column(key=name, label=name, kind="text") for name in ("Label", "Jenis", "Nilai"))
    cells = ("Pertanyaan yang pendek", "pilihan", "1 = ya; 2 = tidak; " * 30)
    table = Table(
        id="table-a",
        number=1,
        title="Kode",
        columns=columns,
        rows=tuple(Row(cells=tuple(Cell(value=cell) for cell in cells)) for _ in range(5)),
    )
    made = layout(table, printed(table))
    assert sum(made.widths) == pytest.approx(PORTRAIT, abs=0.2)
    assert made.widths[2] > 0.6 * PORTRAIT
    assert made.widths[1] > 7 * 0.4 * made.size


def test_codes_break_after_an_underscore() -> None:
    assert breakable("politicking_witnessed", 60, 8) == "politicking_\u200bwitnessed"
    assert breakable("politicking", 60, 8) == "politicking"
    assert breakable("politicking", 20, 8).count("\u200b") == len("politicking") - 1


def test_the_cover_names_issn_and_doi() -> None:
    cover, *_ = pages_of(render_pdf(document(issn="2460-1233", doi="10.1234/asn.2025")))
    assert "ISSN2460-1233" in cover
    assert "DOI10.1234/asn.2025" in cover
    assert "ISSN" not in pages_of(render_pdf(document()))[0]
