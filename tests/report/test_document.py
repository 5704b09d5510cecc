"""The document: its chapters, numbers, sentences and what it says is missing."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from netralstat.errors import DisclosureError, ReportError
from netralstat.estimate.estimates import Estimates
from netralstat.report.blocks import Box, Figure, FindingGrid, Missing, Note, Paragraph, Table
from netralstat.report.build import build
from netralstat.report.chapters import CHAPTERS
from netralstat.report.document import Document
from netralstat.report.material import Material


@pytest.fixture(scope="module")
def indonesian(built: Callable[[str], Document]) -> Document:
    return built("id")


@pytest.fixture(scope="module")
def english(built: Callable[[str], Document]) -> Document:
    return built("en")


def _table(document: Document, name: str) -> Table:
    return next(table for table in document.tables if table.id == name)


def _texts(document: Document, chapter: str) -> list[str]:
    found = next(one for one in document.chapters if one.id == chapter)
    return [block.text for block in found.blocks if isinstance(block, Paragraph | Note)]


def test_same_tables_and_numbers_in_both_languages(indonesian: Document, english: Document) -> None:
    assert [(t.id, t.number) for t in indonesian.tables] == [(t.id, t.number) for t in english.tables]
    assert [(f.id, f.number) for f in indonesian.figures] == [(f.id, f.number) for f in english.figures]
    assert [t.number for t in indonesian.tables] == list(range(1, len(indonesian.tables) + 1))
    assert [f.number for f in indonesian.figures] == list(range(1, len(indonesian.figures) + 1))
    for one, other in zip(indonesian.tables, english.tables, strict=True):
        assert [[c.value for c in r.cells if not isinstance(c.value, str)] for r in one.rows] == [
            [c.value for c in r.cells if not isinstance(c.value, str)] for r in other.rows
        ]


def test_every_chapter_is_there_in_order(indonesian: Document) -> None:
    assert [chapter.id.replace("-", "_") for chapter in indonesian.chapters] == [
        name for name in CHAPTERS if name != "register"
    ]


def test_key_findings(indonesian: Document) -> None:
    grid = next(block for block in indonesian.blocks if isinstance(block, FindingGrid))
    assert [finding.value for finding in grid.findings] == ["17,6%", "8,7%", "3,0%", "1", "25,3%", "1,65×"]
    assert grid.findings[0].interval == "SK 95%: 15,6–19,6"
    assert grid.findings[0].sentence.startswith("Kira-kira 1 dari 6 anggota populasi sasaran.")
    assert "Lebih tinggi secara bermakna daripada angka nasional: Jambi;" in grid.findings[3].sentence
    assert "tidak ada yang lebih rendah" in grid.findings[3].sentence
    assert "bukan bukti sebab-akibat" in grid.findings[5].sentence
    assert all(finding.pointer in indonesian.references for finding in grid.findings)


def test_headline_table_states_precision(indonesian: Document) -> None:
    table = _table(indonesian, "table-headline")
    assert [column.key for column in table.columns] == [
        *("label", "n", "estimate", "interval", "std_error", "df", "n_eff", "deff")
    ]
    cells = [cell.value for cell in table.rows[0].cells]
    assert cells[:3] == ["Politisasi birokrasi", 1000, 0.176]
    assert cells[3] == pytest.approx((0.156, 0.196))
    assert cells[4:] == [0.01, 990.0, 800.0, 1.25]


def test_margin_of_error_comes_from_the_design(indonesian: Document) -> None:
    box = next(block for block in indonesian.blocks if isinstance(block, Box) and block.id == "box-about")
    entries = dict(box.entries)
    # t(990) = 1.96237; sqrt(1.25 * 0.25 / 1000) = 0.0176777
    assert entries["Ketelitian"].startswith("±3,5 poin persen untuk angka 50%")
    assert "efek rancangan 1,25" in entries["Ketelitian"]
    assert "Tingkat respons 80,0%" in entries["Responden"]
    assert entries["Waktu lapangan"] == "1–30 Juli 2021"


def test_province_table_has_codes_signs_and_the_outside(indonesian: Document) -> None:
    table = _table(indonesian, "table-province")
    rows = {str(row.cells[1].value): row for row in table.rows}
    assert len(table.rows) == 35
    assert [str(row.cells[0].value) for row in table.rows[1:]] == sorted(
        str(r.cells[0].value) for r in table.rows[1:]
    )
    assert rows["Aceh"].kind == "outside"
    assert rows["Jambi"].cells[5].value == "▲"
    assert rows["Bali"].cells[5].value == ""
    assert rows["Jambi"].cells[7].value is None
    assert rows["Jambi"].cells[7].flag == "confidential"
    assert rows["Seluruh populasi"].cells[3].value == 0.176
    assert any(note.startswith("* Tidak ditampilkan demi kerahasiaan") for note in table.notes)


def test_hidden_numbers_are_nowhere(english: Document, raw: dict[str, Estimates]) -> None:
    secret = raw["headline_by_province"].to_frame().query("item == 'acted' and province == 'jambi'").iloc[0]
    text = english.to_json()
    assert secret["estimate"] == 0.1437
    assert "0.1437" not in text
    assert "14.4%" not in text


def test_forms_follow_the_tags(indonesian: Document) -> None:
    table = _table(indonesian, "table-forms")
    assert [[row.cells[0].value, row.cells[1].value, row.cells[2].value] for row in table.rows] == [
        ["1", "Bentuk 1", 0.253],
        ["2", "Bentuk 2", 0.121],
    ]


def test_levels_stand_in_the_order_of_the_instrument(english: Document) -> None:
    table = _table(english, "table-headline-sex")
    assert [row.cells[0].value for row in table.rows] == ["Whole population", "Male", "Female"]
    assert table.title == "Both modalities by sex"


def test_drivers_show_references_and_say_association(english: Document) -> None:
    table = _table(english, "table-model-pressed-model")
    assert [(row.kind, row.cells[0].value) for row in table.rows] == [
        ("group", "Per unit"),
        ("body", "Career motive"),
        ("group", "Sex"),
        ("reference", "Male"),
        ("body", "Female"),
    ]
    texts = " ".join(_texts(english, "drivers"))
    assert (
        "Associated with higher odds: Career motive. 1 other factor or category is not significantly" in texts
    )
    assert "associations, not causes" in texts


def test_comparison_counts_what_has_no_twin(english: Document) -> None:
    table = _table(english, "table-comparison")
    values = [cell.value for cell in table.rows[1].cells]
    assert values[0] == "Kinship"
    assert values[2:4] == [0.508, 0.51]
    assert values[5] == pytest.approx(0.002)
    assert "Published figures without a twin in this survey: 1." in table.notes
    assert any("replay" in text for text in _texts(english, "comparison"))


def test_forms_that_are_all_hidden_have_no_figure(material: Material) -> None:
    forms = material.estimates["forms"]
    table = forms.to_frame().assign(flag="suppressed_n", estimate=float("nan"))
    hidden = replace(
        material, estimates={**material.estimates, "forms": forms.replace_table(table, forms.covariance)}
    )
    document = build(hidden, "en")
    chapter = next(one for one in document.chapters if one.id == "forms")
    assert [block.id for block in chapter.blocks if isinstance(block, Figure)] == []
    assert _table(document, "table-forms").figure_id == ""
    assert "All of them are in" in " ".join(b.text for b in chapter.blocks if isinstance(b, Paragraph))


def test_missing_material_is_said(bare: Material) -> None:
    document = build(bare, "en")
    missing = {
        chapter.id for chapter in document.chapters for block in chapter.blocks if isinstance(block, Missing)
    }
    assert missing == {
        *("key-findings", "prevalence", "province", "domains", "forms", "initiators", "causes", "drivers"),
        *("scales", "strategies", "reporting", "sanctions", "changes", "opinions", "comparison"),
        *("recommendations", "full-tables", "revisions"),
    }
    assert [table.id for table in document.tables] == [
        *("table-rejected", "table-remarks", "table-software", "table-questionnaire", "table-codebook")
    ]


def test_references_lead_somewhere(indonesian: Document) -> None:
    marks = set(re.findall(r"\[\[([a-z0-9-]+)\]\]", indonesian.to_json()))
    assert marks <= set(indonesian.references)
    assert indonesian.references["table-headline"] == "Tabel 1"


def test_json_is_complete(english: Document) -> None:
    data = json.loads(english.to_json())
    assert data["block"] == "document"
    assert data["date"] == "2021-12-16"
    tables = [b for chapter in data["chapters"] for b in chapter["blocks"] if b["block"] == "table"]
    assert len(tables) == len(english.tables)


def test_left_out_chapters_leave_no_pointer(material: Material) -> None:
    report = material.plan.report.model_copy(update={"chapters": ("key_findings",)})
    short = replace(material, plan=material.plan.model_copy(update={"report": report}))
    document = build(short, "id")
    grid = next(block for block in document.blocks if isinstance(block, FindingGrid))
    assert {finding.pointer for finding in grid.findings} == {""}


def test_unsuppressed_estimates_are_refused(material: Material, raw: dict[str, Estimates]) -> None:
    with pytest.raises(DisclosureError, match="without disclosure control: headline,"):
        build(replace(material, estimates=raw), "id")


def test_unknown_chapter(material: Material) -> None:
    report = material.plan.report.model_copy(update={"chapters": ("provinces",)})
    wrong = replace(material, plan=material.plan.model_copy(update={"report": report}))
    with pytest.raises(ReportError, match=r'no chapter "provinces". Did you mean "province"'):
        build(wrong, "id")
