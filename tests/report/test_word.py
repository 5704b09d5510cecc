"""The Word file: cells as in print, live captions and references, valid order, the same bytes every time."""

import io
import re
import shutil
import subprocess
import zipfile
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from lxml import etree
from report.word_file import data_tables, instructions, require_valid, said, xml

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
    Logo,
    Missing,
    Note,
    Paragraph,
    Preformatted,
    Row,
    Table,
)
from netralstat.report.build import build
from netralstat.report.document import REFERENCE, Document
from netralstat.report.material import Material
from netralstat.report.numbers import Numbers
from netralstat.report.printed_table import heads, printed_row
from netralstat.report.suppression import suppress_wave
from netralstat.report.word.characters import plain
from netralstat.report.word.document import render_word
from netralstat.report.words import Words

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 80"><path d="M 0 0 L 9 9 z"/></svg>'
HOSTILE = (
    *(
        "#let x = 1",
        "$x^2$",
        "<b>tag</b> & \"'",
        "=1+1",
        "{{ jinja }}",
        "%s",
        "ctrl \x00\x07\x1b\x0b",
        "\ufffe\ud800",
    ),
    *("baris\nbaru", "\ttab", "Ж Ω ﬁ 😀", "x" * 200, "nama " * 40, "[[table-none]]", ""),
)
FIGURE = Figure(id="figure-a", number=1, title="Peta", svg=SVG, alt="Garis \x07 & <b>", source="s")


def document(*blocks: object, **changes: object) -> Document:
    made = Document(
        id="x",
        title="Survei <1> & \x07 lain",
        subtitle="Laporan",
        language="id",
        institution="Lembaga & <b>",
        contact="",
        date=date(2021, 12, 16),
        version="1.0",
        synthetic=True,
        chapters=(Chapter(id="c", title="Bab <x>", blocks=blocks),),  # type: ignore[arg-type]
        references={
            "table-a": "Tabel 1",
            "figure-a": "Gambar 1",
            "chapter-c": "Bab <x>",
            "table-z": "Tabel 9",
        },
    )
    return replace(made, **changes)


def names_table(labels: tuple[str, ...]) -> Table:
    columns = (Column(key="a", label="Nama <", kind="text"), Column(key="n", label="=n", kind="count"))
    rows = tuple(Row(cells=(Cell(value=label), Cell(value=1000 + i))) for i, label in enumerate(labels))
    return Table(id="table-a", number=1, title="T <&>", columns=columns, rows=rows, notes=labels)


def wide_table(columns: int) -> Table:
    made = [Column(key="a", label="Provinsi", kind="text")]
    made += [
        Column(key=f"c{i}", label="SK 95%", kind="interval", group=f"Kelompok {i // 2}")
        for i in range(columns)
    ]
    row = Row(cells=(Cell(value="Bali"), *(Cell(value=(0.1, 0.235)) for _ in range(columns))))
    return Table(id="table-a", number=1, title="Lebar", columns=tuple(made), rows=(row,) * 3)


@pytest.fixture(scope="module", params=["id", pytest.param("en", marks=pytest.mark.long)])
def made(request: pytest.FixtureRequest, built: Callable[[str], Document]) -> Document:
    return built(request.param)


@pytest.fixture(scope="module")
def file(made: Document) -> bytes:
    return render_word(made, version="0.1.0")


@pytest.fixture(scope="module")
def root(file: bytes) -> etree._Element:
    return xml(file)


def test_it_is_valid_and_python_docx_reads_it(made: Document, file: bytes) -> None:
    require_valid(file)
    word = docx.Document(io.BytesIO(file))
    styles = [paragraph.style.name for paragraph in word.paragraphs if paragraph.style is not None]
    assert styles.count("Heading 1") == len(made.chapters)
    assert styles.count("Heading 2") == sum(isinstance(block, Heading) for block in made.blocks)
    assert styles.count("Caption") == len(made.tables) + len(made.figures)
    assert {"Title", "Subtitle", "Body Text", "Note", "Table Note", "Source", "Code"} <= set(styles)


def test_every_cell_is_the_printed_one(made: Document, root: etree._Element) -> None:
    numbers, words = Numbers(made.language), Words(made.language)
    found = data_tables(root)
    assert len(found) == len(made.tables)
    for table, element in zip(made.tables, found, strict=True):
        lines = element.findall(qn("w:tr"))
        head = [line for line in lines if line.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None]
        body = lines[len(head) :]
        assert head == lines[: len(head)]
        for line, wanted in zip(head, heads(table), strict=True):
            told = [said(cell).replace("\u00a0", " ") for cell in line.findall(qn("w:tc")) if said(cell)]
            assert told == [cell.label for cell in wanted if cell.label]
        assert [[said(cell) for cell in line.findall(qn("w:tc"))] for line in body] == [
            [cell.text + cell.mark for cell in printed_row(table, row, numbers, words)] for row in table.rows
        ]
        assert all(line.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for line in lines)


def test_numbers_stand_right_and_marks_are_raised(made: Document, root: etree._Element) -> None:
    numbers, words = Numbers(made.language), Words(made.language)
    for table, element in zip(made.tables, data_tables(root), strict=True):
        body = element.findall(qn("w:tr"))[len(heads(table)) :]
        for line, row in zip(body, table.rows, strict=True):
            cells = zip(line.findall(qn("w:tc")), printed_row(table, row, numbers, words), strict=True)
            for cell, printed in cells:
                align = cell.find(f".//{qn('w:jc')}")
                assert (align is not None and align.get(qn("w:val")) == "right") == (printed.style == "num")
                raised = [one for one in cell.iter(qn("w:rStyle")) if one.get(qn("w:val")) == "FootnoteMark"]
                assert len(raised) == bool(printed.mark)


def test_widths_of_cells_are_those_of_columns(root: etree._Element) -> None:
    for table in root.iter(qn("w:tbl")):
        grid = [int(column.get(qn("w:w"), "0")) for column in table.iter(qn("w:gridCol"))]
        assert sum(grid) == int(table.find(f"{qn('w:tblPr')}/{qn('w:tblW')}").get(qn("w:w")))
        assert table.find(f"{qn('w:tblPr')}/{qn('w:tblLayout')}").get(qn("w:type")) == "fixed"
        for line in table.findall(qn("w:tr")):
            at = 0
            for cell in line.findall(qn("w:tc")):
                span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
                many = 1 if span is None else int(span.get(qn("w:val")))
                assert int(cell.find(f"{qn('w:tcPr')}/{qn('w:tcW')}").get(qn("w:w"))) == sum(
                    grid[at : at + many]
                )
                at += many
            assert at == len(grid)


def test_captions_count_and_references_repeat_them(made: Document, root: etree._Element) -> None:
    captions = [
        paragraph
        for paragraph in root.iter(qn("w:p"))
        if paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}") is not None
        and paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}").get(qn("w:val")) == "Caption"
    ]
    blocks = [block for block in made.blocks if isinstance(block, Table | Figure)]
    assert [said(caption) for caption in captions] == [
        f"{made.references[block.id]}\u2002{block.title}" for block in blocks
    ]
    counted: Counter[str] = Counter()
    for caption, block in zip(captions, blocks, strict=True):
        (code,) = instructions(caption)
        identifier = code.split()[1]
        counted[identifier] += 1
        assert code == f"SEQ {identifier} \\* ARABIC"
        assert counted[identifier] == block.number
    assert len(counted) == 2
    codes = instructions(root)
    assert sum(code.startswith('TOC \\h \\z \\c "') for code in codes) == 2
    assert {code.split('"')[1] for code in codes if "\\c" in code} == set(counted)
    pointers = " ".join(str(block) for block in made.blocks)
    for name in set(re.findall(r"\[\[((?:table|figure)-[a-z0-9-]+)\]\]", pointers)):
        assert made.references[name] in said(root)
    assert sum(code.startswith("REF ") for code in codes) >= 4
    assert all("\\h" in code for code in codes if code.startswith("REF "))
    assert not REFERENCE.search(said(root))


def test_every_picture_tells_its_message(made: Document, root: etree._Element, file: bytes) -> None:
    described = [one.get("descr") for one in root.iter(qn("wp:docPr"))]
    assert described == ["", *(figure.alt for figure in made.figures)]
    assert (
        len(list(root.iter("{http://schemas.microsoft.com/office/drawing/2017/decorative}decorative"))) == 1
    )
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        pictures = [parts.read(name) for name in parts.namelist() if name.endswith(".png")]
    assert len(pictures) == 1 + len(made.figures)
    widest = max(int.from_bytes(picture[16:20], "big") for picture in pictures[1:])
    assert widest == pytest.approx(482 / 72 * 220, abs=1)


def test_every_text_is_there_and_synthetic_is_said_on_every_page(
    made: Document, root: etree._Element, file: bytes
) -> None:
    text = said(root)
    for block in made.blocks:
        told: list[str] = []
        if isinstance(block, FindingGrid):
            told = [part for one in block.findings for part in (one.value, one.interval, one.title)]
        if isinstance(block, Box):
            told = [block.title, *(term for term, _ in block.entries)]
        if isinstance(block, Table | Figure):
            told = [block.source, *(note for note in block.notes if "[[" not in note)]
        if isinstance(block, Paragraph | Note | Heading) and "[[" not in block.text:
            told = [block.text]
        assert all(part in text for part in told)
    word = docx.Document(io.BytesIO(file))
    band = Words(made.language)("report.synthetic")
    assert band in said(root)
    for section in list(word.sections)[1:]:
        assert band in section.header.paragraphs[0].text
        assert made.title in section.header.paragraphs[1].text
        assert instructions(section.footer._element) == ["PAGE", "NUMPAGES"]


def test_language_fonts_and_no_question_at_opening(made: Document, file: bytes) -> None:
    tongue = {"id": "id-ID", "en": "en-GB"}[made.language]
    styles = xml(file, "word/styles.xml")
    assert {one.get(qn("w:val")) for one in styles.iter(qn("w:lang"))} == {tongue}
    assert styles.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}") is not None
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        names = parts.namelist()
        everything = b"".join(parts.read(name) for name in names if name.endswith(".xml"))
    assert b"heme=" not in everything.replace(b"w:themeFontLang", b"")
    assert b"updateFields" not in everything
    assert not any("theme" in name for name in names)
    fonts = xml(file, "word/fontTable.xml")
    assert {one.get(qn("w:name")) for one in fonts} >= {"Inter", "Plus Jakarta Sans"}
    assert all(one.find(qn("w:altName")) is not None for one in fonts)
    core = docx.Document(io.BytesIO(file)).core_properties
    assert (core.title, core.author, core.language) == (made.title, made.institution, tongue)
    assert core.created == core.modified
    assert core.created is not None
    assert core.created.date() == made.date


@pytest.mark.long
def test_same_document_same_bytes(made: Document, file: bytes) -> None:
    assert render_word(made, version="0.1.0") == file
    assert render_word(replace(made, date=date(2022, 1, 1)), version="0.1.0") != file
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(2000, 1, 1, 0, 0, 0)}


def test_names_are_text_whatever_they_hold() -> None:
    findings = tuple(Finding(value=h, interval=h, title=h, sentence=h, pointer="table-a") for h in HOSTILE)
    blocks = (
        *(Paragraph(text=h) for h in HOSTILE),
        Paragraph(text="[[table-a]], [[chapter-c]], [[table-z]]"),
        Note(text=HOSTILE[0]),
        Missing(reason=HOSTILE[6]),
        FindingGrid(findings=findings),
        FindingGrid(findings=()),
        Box(id="b", title=HOSTILE[2], entries=tuple((h, h) for h in HOSTILE)),
        Preformatted(id="p", text="\n".join(HOSTILE)),
        Heading(id="h", text=HOSTILE[6]),
        names_table(HOSTILE),
        FIGURE,
    )
    file = render_word(document(*blocks, title="x" * 300, institution=HOSTILE[6]), version="0.1.0")
    require_valid(file)
    root = xml(file)
    (table,) = data_tables(root)
    told = [said(line.find(qn("w:tc"))) for line in table.findall(qn("w:tr"))[1:]]
    assert told == [plain(name) for name in HOSTILE]
    assert plain("a\x00\ud800\ufffeb\n😀") == "a   b\n😀"
    references = [code for code in instructions(root) if code.startswith("REF ")]
    assert len(references) == 2 + len(HOSTILE)
    assert "Tabel 9" in said(root)
    assert docx.Document(io.BytesIO(file)).core_properties.title == "x" * 255


def orientations(file: bytes) -> list[bool]:
    return [one.orientation == WD_ORIENT.LANDSCAPE for one in docx.Document(io.BytesIO(file)).sections]


def test_wide_tables_lie_and_pages_stand_again() -> None:
    heading = Heading(id="h", text="Judul")
    turned = render_word(document(Paragraph(text="a"), heading, wide_table(22), Paragraph(text="b")))
    assert orientations(turned) == [False, False, False, True, False]
    require_valid(turned)
    paragraphs = [one.text for one in docx.Document(io.BytesIO(turned)).paragraphs]
    assert paragraphs[paragraphs.index("Judul") + 1] == "Tabel 1\u2002Lebar"
    ends = [
        said(one.getparent().getparent()) for one in xml(turned).iterfind(f".//{qn('w:p')}//{qn('w:sectPr')}")
    ]
    assert ends[2:] == ["a", ""]
    first = render_word(document(wide_table(22)))
    assert orientations(first) == [False, False, True]
    twice = replace(wide_table(22), id="table-b", number=2)
    chapters = (
        Chapter(id="c", title="Satu", blocks=(wide_table(22),)),
        Chapter(id="d", title="Dua", blocks=(twice,)),
    )
    both = render_word(document(chapters=chapters))
    assert orientations(both) == [False, False, True]
    assert orientations(render_word(document(names_table(("a",))))) == [False, False, False]


def test_logo_colour_and_embargo() -> None:
    logo = Logo(media_type="image/svg+xml", base64=b64encode(SVG.encode()).decode())
    made = document(FIGURE, logo=logo, accent="#1F4E79", embargo="EMBARGO <9.00>", synthetic=False)
    file = render_word(made)
    require_valid(file)
    described = [one.get("descr") for one in xml(file).iter(qn("wp:docPr"))]
    assert described == [Words("id")("imprint.logo", institution=made.institution), "", plain(FIGURE.alt)]
    for section in list(docx.Document(io.BytesIO(file)).sections)[1:]:
        assert section.header.paragraphs[0].text.startswith("EMBARGO <9.00>")
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        styles = parts.read("word/styles.xml")
    assert b"1F4E79" in styles
    assert b"3F2B73" not in styles
    released = render_word(replace(made, embargo="", logo=None))
    assert [len(one.header.paragraphs) for one in list(docx.Document(io.BytesIO(released)).sections)[1:]] == [
        1,
        1,
    ]


@pytest.mark.parametrize(
    ("figure", "why"),
    [
        (replace(FIGURE, alt=" "), "no text that tells its message"),
        (replace(FIGURE, svg=SVG[:-12]), "cannot be drawn for Word"),
        (replace(FIGURE, svg="<svg></svg>"), "does not state its size"),
    ],
)
def test_a_figure_that_cannot_be_written_is_named(figure: Figure, why: str) -> None:
    good = replace(FIGURE, id="figure-good", number=2)
    with pytest.raises(ReportError, match=why) as told:
        render_word(document(good, figure))
    assert "figure-a" in str(told.value.where)


def test_a_picture_over_which_typst_breaks_down_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    strip = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="1000000000" height="9"><path d="M0 0h9v9z"/></svg>'
    )
    logo = Logo(media_type="image/svg+xml", base64=b64encode(strip).decode())
    with pytest.raises(ReportError, match="typst broke down over it") as told:
        render_word(replace(document(FIGURE), logo=logo))
    assert "logo" in str(told.value.where)
    assert "panicked" in capfd.readouterr().err


@pytest.mark.long
def test_a_bare_wave_and_a_hidden_one_are_reports(
    material: Material, bare: Material, raw: dict[str, Estimates]
) -> None:
    file = render_word(build(bare, "id"))
    require_valid(file)
    assert "tidak tersedia" in said(xml(file))
    report = material.plan.report.model_copy(update={"min_respondents": 100_000})
    strict = material.plan.model_copy(update={"report": report})
    hidden = render_word(build(replace(material, plan=strict, estimates=suppress_wave(raw, strict)), "id"))
    require_valid(hidden)
    text = said(xml(hidden))
    assert "–*" in text
    assert "17,6" not in text


@pytest.mark.long
def test_libreoffice_opens_it(made: Document, file: bytes, tmp_path: Path) -> None:
    if shutil.which("soffice") is None or shutil.which("pdftotext") is None:
        pytest.skip("soffice (libreoffice-writer) or pdftotext (poppler-utils) is not installed")
    (tmp_path / "report.docx").write_bytes(file)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "report.docx")], capture_output=True, check=True, timeout=300)
    pdf = tmp_path / "report.pdf"
    if not pdf.is_file():
        pytest.skip("this LibreOffice has no Writer (Debian package libreoffice-writer)")
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True)
    text = done.stdout.decode()
    pages = text.count("\f")
    assert pages > 4
    assert text.count(Words(made.language)("report.synthetic")) >= pages
    assert Words(made.language)("excel.page_of", page=pages, pages=pages) in text
    for table in made.tables:
        assert made.references[table.id] in text


def test_a_long_chapter_begins_on_a_new_page() -> None:
    long = Chapter(id="c", title="Panjang", blocks=(names_table(("Bali",) * 60),))
    short = Chapter(id="b", title="Pendek", blocks=(Paragraph(text="Teks."),))
    file = render_word(document(chapters=(short, long, replace(short, id="d"))))
    require_valid(file)
    heads = xml(file).xpath("//w:p[w:pPr/w:pStyle/@w:val='Heading1']", namespaces={"w": qn("w:p")[1:-2]})
    assert [bool(head.findall(f".//{qn('w:pageBreakBefore')}")) for head in heads] == [False, True, False]
