"""The page: self-contained, escaped, accessible in its bones."""

import base64
import hashlib
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser

import pytest

from netralstat.report.blocks import Block, Cell, Chapter, Column, Figure, Heading, Paragraph, Row, Table
from netralstat.report.build import build
from netralstat.report.document import Document
from netralstat.report.html import render
from netralstat.report.material import Material
from netralstat.report.switches import Switch, switches
from netralstat.report.table_csv import table_csv


@pytest.fixture(scope="module")
def page(built: Callable[[str], Document]) -> str:
    return render(built("id"), alternates={"en": "report.en.html"}, version="0.1.0")


class Outline(HTMLParser):
    """Ids, links and sources of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.anchors.append(str(given.get("href")))
        elif tag != "meta":
            self.loads += [
                str(given[key]) for key in ("src", "href", "xlink:href", "srcset") if given.get(key)
            ]


@pytest.fixture(scope="module")
def outline(page: str) -> Outline:
    reader = Outline()
    reader.feed(page)
    return reader


def test_nothing_is_loaded(page: str, outline: Outline) -> None:
    assert [load for load in outline.loads if not load.startswith("#")] == []
    assert not re.findall(r"url\((?!data:|#)", page)
    assert "@import" not in page
    assert "default-src 'none'" in unescape(page)
    assert "connect-src" not in page


def test_script_has_the_hash_that_the_policy_allows(page: str) -> None:
    script = page.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in unescape(page)


def test_ids_are_unique_and_links_lead_to_them(outline: Outline) -> None:
    assert len(outline.ids) == len(set(outline.ids))
    inner = [anchor[1:] for anchor in outline.anchors if anchor.startswith("#")]
    assert set(inner) <= set(outline.ids)
    assert {anchor for anchor in outline.anchors if not anchor.startswith("#")} == {"report.en.html"}


def test_names_from_the_wave_are_escaped(page: str) -> None:
    assert "<h1>Survei &lt;Kecil&gt;</h1>" in page
    assert "Lembaga &amp; Co" in page
    assert "<b>debt</b>" not in page
    assert "&lt;b&gt;debt&lt;/b&gt;" in page


def test_synthetic_is_said_on_screen_and_in_print(page: str) -> None:
    assert '<p class="band" role="note"><strong>DATA SINTETIS</strong>' in page
    assert '@top-right { content: "DATA SINTETIS"' in page


def test_language_and_landmarks(page: str, outline: Outline) -> None:
    assert '<html lang="id">' in page
    assert 'lang="en" hreflang="en">Read in English</a>' in page
    assert page.count("<main") == page.count("<nav") == page.count("<h1") == 1
    labels = re.findall(r'role="region"[^>]*aria-label="([^"]+)"', page)
    assert len(labels) == len(set(labels)) > 10
    assert page.count("<svg") == page.count('role="img"')


def test_each_figure_has_words(page: str) -> None:
    assert len(re.findall(r"<title id=", page)) == page.count("<svg")
    assert len(re.findall(r"<desc id=", page)) == page.count("<svg")


def test_hidden_cells_say_why(page: str) -> None:
    assert '–<sup>*</sup></span><span class="said">tidak ditampilkan demi kerahasiaan</span>' in page


def test_same_material_same_bytes(material: Material, page: str) -> None:
    assert render(build(material, "id"), alternates={"en": "report.en.html"}, version="0.1.0") == page


def test_small(page: str) -> None:
    assert len(page.encode()) < 700_000


def test_csv_prints_numbers_for_excel() -> None:
    table = Table(
        id="table-x",
        number=1,
        title="X",
        columns=(
            Column(key="label", label="Nama", kind="text"),
            Column(key="p", label="%", kind="percent", group="Politisasi"),
            Column(key="ci", label="SK 95%", kind="interval", group="Politisasi"),
            Column(key="d", label="Selisih", kind="points"),
            Column(key="n", label="n", kind="count"),
        ),
        rows=(
            Row(
                cells=(
                    Cell(value='=1+1;"x"'),
                    Cell(value=0.1764),
                    Cell(value=(0.1, 0.25)),
                    Cell(value=-0.013),
                    Cell(value=10617),
                )
            ),
            Row(cells=(Cell(value="Bali"), Cell(flag="suppressed_n"), Cell(), Cell(), Cell())),
        ),
    )
    assert table_csv(table, "id") == (
        "\ufeffNama;Politisasi: %;Politisasi: SK 95%, batas bawah;"
        "Politisasi: SK 95%, batas atas;Selisih;n\r\n"
        '"\'=1+1;""x""";17,6;10,0;25,0;-1,3;10617\r\n'
        "Bali;;;;;\r\n"
    )


def chapter(*blocks: Block) -> Chapter:
    return Chapter(id="x", title="X", blocks=blocks)


def drawing(name: str, table: str = "") -> Figure:
    return Figure(id=name, number=1, title="F", svg="<svg/>", alt="F", table_id=table)


def numbers(name: str, figure: str = "") -> Table:
    return Table(id=name, number=1, title="T", columns=(), rows=(), figure_id=figure)


def test_charts_and_their_table_take_turns() -> None:
    text, heading = Paragraph(text="and"), Heading(id="h", text="H")
    one = chapter(drawing("figure-a", "table-a"), numbers("table-a", "figure-a"))
    assert switches(one) == {"figure-a": Switch(figures=("figure-a",), table="table-a")}
    two = chapter(drawing("figure-a", "table-a"), text, drawing("figure-b", "table-a"), numbers("table-a"))
    assert switches(two) == {"figure-a": Switch(figures=("figure-a", "figure-b"), table="table-a")}
    before = chapter(numbers("table-a", "figure-a"), drawing("figure-a"))
    assert switches(before) == {"table-a": Switch(figures=("figure-a",), table="table-a")}
    apart = chapter(drawing("figure-a", "table-a"), heading, numbers("table-a"))
    assert switches(apart) == switches(chapter(numbers("table-a"))) == {}


def test_a_switch_is_two_buttons_that_wait_for_the_script(page: str, outline: Outline) -> None:
    pairs = re.findall(r'<div class="switch" role="group"[^>]*hidden[^>]*>(.*?)</div>', page, re.S)
    assert pairs
    for pair in pairs:
        assert re.findall(r'aria-pressed="(\w+)"', pair) == ["true", "false"]
        controlled = " ".join(re.findall(r'aria-controls="([^"]+)"', pair)).split()
        assert set(controlled) <= set(outline.ids)
    assert not re.search(r"<figure[^>]*hidden", page)


def test_buttons_are_named_by_what_they_say(page: str) -> None:
    named = re.findall(r'class="download"[^>]*aria-label="([^"]+)">([^<]+)</button>', page)
    assert named
    assert all(name.startswith(f"{said}: ") for name, said in named)


def test_dark_colours_are_a_choice_on_screen_and_never_in_print(page: str) -> None:
    assert '@media screen and (prefers-color-scheme: dark) {\n  :root:not([data-mode="light"])' in page
    assert '@media screen {\n  :root[data-mode="dark"]' in page
    assert '<button type="button" class="mode" aria-pressed="false" hidden>Tampilan gelap</button>' in page
    assert not re.search(r"(local|session)Storage|document\.cookie|indexedDB", page)
