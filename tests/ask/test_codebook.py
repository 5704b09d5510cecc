"""The codebook as a page and as a table: every code, every reason, nothing that could run or disclose."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from ask.forms import demo, rows
from lxml import html

from netralstat.ask.documents.codebook import BOM, codebook_csv, codebook_html
from netralstat.ask.xlsform import read_xlsform

SURVEYS = Path(__file__).parents[2] / "surveys"


def table(text: str) -> list[dict[str, str]]:
    assert text.startswith(BOM)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=";", strict=True))


def test_the_table_has_a_row_an_item_and_a_row_a_code(tmp_path: Path) -> None:
    lines = table(codebook_csv(demo(tmp_path)))
    assert [(line["item"], line["code"]) for line in lines] == [
        ("start", ""), ("consent", ""), ("consent", "yes"), ("consent", "no"), ("age", ""),
        ("trust_1", ""), ("trust_1", "1"), ("trust_1", "2"), ("trust_1", "3"), ("trust_1", "9"),
        ("trust_2", ""), ("trust_2", "1"), ("trust_2", "2"), ("trust_2", "3"), ("trust_2", "9"),
        ("both", ""), ("both", "yes"), ("both", "no"),
    ]  # fmt: skip
    age = next(line for line in lines if line["item"] == "age")
    assert (age["kind"], age["group"], age["label_id"], age["label_en"]) == ("integer", "main", "Umur", "Age")
    assert (age["relevant"], age["constraint"]) == ("(${consent} = 'yes')", ". >= 18")
    turned = next(line for line in lines if line["item"] == "trust_2")
    assert (turned["scale"], turned["reverse"], turned["list"]) == ("trust", "yes", "agree")
    unknown = next(line for line in lines if line["item"] == "trust_2" and line["code"] == "9")
    assert (unknown["missing"], unknown["code_label_en"], unknown["score"]) == ("dont_know", "Don't know", "")
    assert next(line for line in lines if line["code"] == "3")["score"] == "3"
    assert (lines[0]["automatic"], lines[1]["required"]) == ("yes", "yes")


def test_every_code_of_the_standard_form_is_there_in_both_languages() -> None:
    form = read_xlsform(SURVEYS / "instrument" / "netrality.xlsx")
    told = {(line["item"], line["code"]): line for line in table(codebook_csv(form)) if line["code"]}
    wanted = {(item.name, choice.name): choice for item in form.items for choice in item.choices}
    assert told.keys() == wanted.keys()
    for place, choice in wanted.items():
        assert told[place]["code_label_id"] == choice.labels["id"]
        assert told[place]["code_label_en"] == choice.labels["en"]
        assert told[place]["missing"] == (choice.missing or "")


def test_no_cell_becomes_a_formula_and_numbers_keep_their_sign(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | select_one l | a | =HYPERLINK(1) |",
        "|  | calculate | b | | -1 + 2 |",
        "| choices |",
        "|  | list_name | name | label |",
        "|  | l | -99 | @cmd |",
        "|  | l | 1 | +6281 |",
        header="type | name | label | calculation",
    )
    lines = table(codebook_csv(form))
    assert lines[0]["label_und"] == "'=HYPERLINK(1)"
    assert [(line["code"], line["code_label_und"]) for line in lines[1:3]] == [
        ("-99", "'@cmd"),
        ("1", "+6281"),
    ]
    assert lines[3]["calculation"] == "'-1 + 2"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("id", ["Buku kode", "Bukan jawaban: tidak tahu", "pertanyaan 1 dijawab “Ya”", "skala", "dibalik"]),
        ("en", ["Codebook", "No answer: don't know", "question 1 is answered “Yes”", "trust (reversed)"]),
    ],
)
def test_the_page_tells_rules_in_words_and_as_they_stand(
    tmp_path: Path, language: str, words: list[str]
) -> None:
    form = demo(tmp_path)
    page = codebook_html(form, language)
    assert page == codebook_html(form, language)
    tree = html.fromstring(page.encode())
    shown = " ".join(tree.text_content().split())
    for word in words:
        assert word.casefold() in shown.casefold()
    assert "(${consent} = 'yes')" in shown
    assert [article.get("id") for article in tree.xpath("//article")] == [
        f"v-{item.name}" for item in form.items if item.kind != "note"
    ]
    assert tree.xpath("//script | //link | //img") == []


def test_repeats_ranges_and_hints_have_their_place(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | begin repeat | child | Child | | |",
        "|  | range | mark | <i>Mark</i> | Move it | start=0 end=5 step=1 |",
        "|  | end repeat | | | | |",
        header="type | name | label | hint | parameters",
    )
    page = codebook_html(form, "en")
    assert "<i>Mark" not in page
    shown = " ".join(html.fromstring(page.encode()).text_content().split())
    assert "Repeated inchild" in shown
    assert "Rangefrom 0 to 5" in shown
    assert "Move it" in shown
