"""The printed questionnaire: numbers, routing in words, batteries, and nothing that could run."""

from __future__ import annotations

from pathlib import Path

import pytest
from ask.forms import demo, rows
from lxml import html

from netralstat.ask.documents.questionnaire import questionnaire_html
from netralstat.ask.documents.routing import Routing
from netralstat.ask.documents.sections import numbered, own_relevant, sections
from netralstat.ask.documents.words import Words, templates
from netralstat.ask.instrument import KINDS, MISSING_REASONS, Instrument
from netralstat.ask.xlsform import read_xlsform
from netralstat.errors import InstrumentError

SURVEYS = Path(__file__).parents[2] / "surveys"


@pytest.fixture(scope="module")
def standard() -> Instrument:
    return read_xlsform(SURVEYS / "instrument" / "netrality.xlsx")


def text(page: str) -> str:
    return " ".join(html.fromstring(page.encode()).text_content().split())


def test_questions_are_numbered_and_what_the_form_fills_in_is_not(standard: Instrument) -> None:
    numbers = numbered(standard)
    assert list(numbers)[:3] == ["consent", "employment", "province"]
    assert len(numbers) == 72
    assert not {"start", "list_arm", "interviewer", "eligible", "intro"} & numbers.keys()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("id", ["72 pertanyaan", "Ditanyakan jika pertanyaan 1 dijawab “Ya”.", "Diisi oleh formulir"]),
        ("en", ["72 questions", "Asked if question 1 is answered “Yes”.", "Filled in by the form"]),
    ],
)
def test_the_standard_form_is_printed_in_both_languages(
    standard: Instrument, language: str, words: list[str]
) -> None:
    page = questionnaire_html(standard, language)
    assert page == questionnaire_html(standard, language)
    shown = text(page)
    assert standard.label(language) in shown
    for wanted in words:
        assert wanted in shown
    for item in standard.items:
        assert item.name in shown or item.kind == "note"
        if item.kind != "calculate":
            assert " ".join(item.label(language).split()) in shown, item.name
        for choice in item.choices:
            assert choice.label(language) in shown
            assert choice.name in shown
    tree = html.fromstring(page.encode())
    assert tree.xpath("//script | //link | //img | //@src | //@onclick") == []
    assert len(tree.xpath("//div[contains(@class, 'battery')]")) == 4
    assert len(tree.xpath("(//div[contains(@class, 'battery')])[1]//tbody/tr")) == 16


def test_what_a_form_says_is_text_and_never_markup(tmp_path: Path) -> None:
    page = questionnaire_html(rows(tmp_path, "|  | text | a | <script>alert(1)</script> |"), "en")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("${consent} = 'yes'", "question 1 is answered “Yes”"),
        ("((${consent} != 'yes'))", "question 1 is not answered “Yes”"),
        ("selected(${both}, 'no') and ${age} >= 18",
         "question 5 includes “No” and question 2 is at least 18"),
        ("not(selected(${both}, 'no'))", "question 5 does not include “No”"),
        ("${trust_1} = '1' or ${trust_1} = '2'", "question 3 is answered “Disagree” or “Neutral”"),
        ("count-selected(${both}) > 0", "question 5 is answered"),
        ("${age} = 30", "question 2 equals 30"),
        ("${age} = ''", "question 2 is not answered"),
        ("${start} = 'x'", "the value start equals x"),
        ("${age} < 18 or ${consent} = 'no'", "question 2 is below 18 or question 1 is answered “No”"),
        ("${age} > 20 and (${age} < 30 or ${consent} = 'no')", None),
        ("${age} + 1 > 20", None),
        ("${nowhere} = 1", None),
        ("if(${age} > 3, 1, 0) = 1", None),
    ],
)  # fmt: skip
def test_simple_conditions_are_told_in_words(tmp_path: Path, expression: str, told: str | None) -> None:
    form = demo(tmp_path)
    routing = Routing(instrument=form, numbers=numbered(form), words=Words("en"))
    assert routing.told(expression) == told


def test_other_conditions_are_printed_as_they_are(tmp_path: Path) -> None:
    form = rows(
        tmp_path, "|  | integer | a | A | |", "|  | text | b | B | ${a} + 1 > 2 |",
        header="type | name | label | relevant",
    )  # fmt: skip
    assert "Ditanyakan jika ${a} + 1 > 2." in text(questionnaire_html(form, "id"))


def test_sections_follow_the_groups_and_their_own_conditions(tmp_path: Path) -> None:
    form = rows(
        tmp_path,
        "|  | text | a | A | |",
        "|  | begin group | g | Outer | ${a} = '1' |",
        "|  | text | b | B | ${a} = '2' |",
        "|  | begin repeat | r | Inner | |",
        "|  | text | c | C | |",
        "|  | end repeat | | | |",
        "|  | text | d | D | |",
        "|  | end group | | | |",
        header="type | name | label | relevant",
    )
    found = sections(form)
    headings = [(s.group.path if s.group else None, [b.items[0].name for b in s.blocks]) for s in found]
    assert headings == [(None, ["a"]), (("g",), ["b"]), (("g", "r"), ["c"]), (None, ["d"])]
    groups = {group.path: group for group in form.groups}
    assert own_relevant(form.item("b"), groups) == "${a} = '2'"
    assert own_relevant(form.item("d"), groups) is None
    shown = text(questionnaire_html(form, "en"))
    assert "This section is asked if question 1 equals 1." in shown
    assert "This section is repeated" in shown


def test_every_kind_of_question_is_printed(tmp_path: Path) -> None:
    kinds = "rank l;acknowledge;integer;decimal;text;date;dateTime;time;geopoint;geotrace;geoshape;barcode"
    kinds += ";audio;range"
    form = rows(
        tmp_path,
        *(f"|  | {kind} | q{number} | Q{number} |" for number, kind in enumerate(kinds.split(";"))),
        "| choices |", "|  | list_name | name | label |", "|  | l | a | First |",
    )  # fmt: skip
    shown = text(questionnaire_html(form, "en"))
    for words in (
        "Rank: write 1",
        "Tick when done",
        "Date and time",
        "Location",
        "Whole number, from 1 to 10",
    ):
        assert words in shown


def test_both_languages_know_the_same_words_with_the_same_fields() -> None:
    import string

    def fields(template: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}

    indonesian, english = templates("id"), templates("en")
    assert indonesian.keys() == english.keys()
    assert {key: fields(text) for key, text in indonesian.items()} == {
        key: fields(text) for key, text in english.items()
    }
    with pytest.raises(InstrumentError, match='no printed words in the language "fr"'):
        templates("fr")


def test_every_word_is_used() -> None:
    folder = Path(__file__).parents[2] / "netralstat" / "ask" / "documents"
    code = "\n".join(
        path.read_text("utf-8") for path in [*folder.glob("*.py"), *folder.glob("templates/*.j2")]
    )
    by_name = {f"kind.{kind}" for kind in KINDS} | {f"missing.{reason}" for reason in MISSING_REASONS}
    by_name |= {f"questionnaire.{kind}" for kind in KINDS}
    unused = [
        key
        for key in templates("en")
        if key not in by_name and f'"{key}"' not in code and f'"{key.partition(".")[2]}"' not in code
    ]
    assert unused == []
