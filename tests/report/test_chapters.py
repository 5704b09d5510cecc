"""The chapters on initiators, causes, strategies, reporting and sanctions, and the appendices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from report.small_wave import PLACES, estimates

from netralstat.ask.instrument import Choice, Instrument, Item
from netralstat.ask.plan_ask import Indicator, Words
from netralstat.ask.plan_report import Revision
from netralstat.report.batteries import batteries
from netralstat.report.blocks import Box, Chapter, Heading, Missing, Paragraph, Table
from netralstat.report.build import build
from netralstat.report.document import Document
from netralstat.report.html import render
from netralstat.report.material import Material
from netralstat.report.suppression import suppress_wave

LONG = "Sosialisasi " + "yang panjang sekali " * 10
HOSTILE = '</script><img src=x onerror=alert(1)> =SUM(1;2) #set $x$ & "'
TAGGED = ("initiators", "causes", "strategies", "reporting", "sanctions")


def _words(text: str) -> dict[str, str]:
    return {"id": text, "en": text}


def _yes_no(name: str, role: str, label: str, **more: Any) -> Item:
    choices = (
        Choice(name="yes", labels={"id": "Ya", "en": "Yes"}, score=1.0),
        Choice(name="no", labels={"id": "Tidak", "en": "No"}, score=0.0),
        Choice(name="refused", labels={"id": "Menolak", "en": "Refused"}, missing="refused"),
    )
    return Item(
        name=name, kind="select_one", labels=_words(label), choices=choices, tags={"role": role}, **more
    )


def _instrument(small: Instrument) -> Instrument:
    """The small form with items of every topic: a battery of strategies, actors, sanctions, statements."""
    actors = tuple(
        Choice(name=name, labels=_words(name.title())) for name in ("superior", "candidate", "party")
    )
    five = tuple(Choice(name=str(i), labels=_words(f"Agree {i}"), score=float(i)) for i in range(1, 6))
    added = (
        Item(
            name="pressured_by",
            kind="select_multiple",
            labels=_words("Who did this?"),
            choices=actors,
            tags={"role": "actor"},
            relevant="(selected(${asked}, 'f1'))",
        ),
        _yes_no("exposure_pact", "exposure", LONG),
        _yes_no("exposure_own", "exposure", HOSTILE),
        _yes_no("penalty", "sanction", "Do sanctions deter?"),
        Item(
            name="report_1",
            kind="select_one",
            labels=_words("I would report."),
            choices=five,
            tags={"role": "scale", "scale": "reporting_willingness"},
        ),
    )
    return replace(small, items=(*small.items, *added))


def _by_sex(items: dict[str, float]) -> list[dict[str, Any]]:
    return [
        {"item": item, "level": "yes", "sex": sex, "estimate": p + gap, "n": 500}
        for item, p in items.items()
        for sex, gap in (("male", 0.05), ("female", -0.05))
    ]


@pytest.fixture(scope="module")
def wide(material: Material) -> Material:
    """The small wave with answers to those items."""
    shares = {"exposure_pact": 0.6, "exposure_own": 0.3, "penalty": 0.4, "would_report": 0.25}
    made = {
        "topics": estimates(
            [{"item": f"pressured_by/{n}", "estimate": p} for n, p in (("superior", 0.4), ("party", 0.2))]
            + [{"item": "report_1", "level": str(i), "estimate": 0.2} for i in range(1, 6)]
            + [{"item": "penalty", "level": a, "estimate": p} for a, p in (("yes", 0.4), ("no", 0.6))]
        ),
        "remedies": estimates([{"item": i, "level": "yes", "estimate": p} for i, p in shares.items()]),
        "remedies_by_sex": estimates(_by_sex(shares), by="sex"),
        "means": estimates([{"item": "reporting_willingness", "estimate": 2.95}], statistic="mean"),
    }
    indicator = Indicator.model_validate(
        {
            "label": {"id": "Bersedia", "en": "Willing"},
            "definition": {"id": "Skor 3,5.", "en": "Score 3.5."},
            "score_at_least": {"scale": "reporting_willingness", "cut": 3.5},
        }
    )
    ask = material.plan.ask.model_copy(
        update={"indicators": {**material.plan.ask.indicators, "would_report": indicator}}
    )
    plan = material.plan.model_copy(update={"ask": ask})
    return replace(
        material,
        plan=plan,
        instrument=_instrument(material.instrument),
        estimates={**material.estimates, **suppress_wave(made, plan)},
    )


@pytest.fixture(scope="module")
def english(wide: Material) -> Document:
    return build(wide, "en")


@pytest.fixture(scope="module")
def indonesian(wide: Material) -> Document:
    return build(wide, "id")


@pytest.fixture(scope="module")
def small(built: Callable[[str], Document]) -> Document:
    return built("en")


def _chapter(document: Document, name: str) -> Chapter:
    return next(one for one in document.chapters if one.id == name)


def _with_report(material: Material, **keys: object) -> Material:
    report = material.plan.report.model_copy(update=keys)
    return replace(material, plan=material.plan.model_copy(update={"report": report}))


def test_no_item_is_printed_twice(english: Document) -> None:
    ids = [table.id for table in english.tables]
    assert len(ids) == len(set(ids))
    assert "table-item-causes" in {t.id for t in _chapter(english, "causes").blocks if isinstance(t, Table)}
    opinions = [block for block in _chapter(english, "opinions").blocks if isinstance(block, Table)]
    assert [table.id for table in opinions] == ["table-items"]
    stubs = " ".join(str(row.cells[0].value) for table in opinions for row in table.rows)
    assert "Voting right removed." in stubs
    assert "deter" not in stubs


def test_an_item_stays_among_opinions_where_its_chapter_is_left_out(wide: Material) -> None:
    document = build(_with_report(wide, chapters=("opinions",)), "en")
    ids = {table.id for table in document.tables}
    assert {"table-item-causes", "table-item-report-1", "table-items"} == ids


def test_initiators_say_whom_was_asked(english: Document) -> None:
    table = next(t for t in english.tables if t.id == "table-item-pressured-by")
    assert [row.cells[0].value for row in table.rows] == ["Superior", "Party"]
    assert any("Asked if question" in note and "Form 1" in note for note in table.notes)


def test_strategies_by_group(english: Document) -> None:
    chapter = _chapter(english, "strategies")
    tables = [block for block in chapter.blocks if isinstance(block, Table)]
    assert [table.id for table in tables] == ["table-strategies", "table-strategies-sex"]
    assert [row.cells[0].value for row in tables[0].rows] == ["Integrity pact", HOSTILE]
    assert [row.kind for row in tables[1].rows] == ["group", "body", "body"] * 2
    assert [row.cells[0].value for row in tables[1].rows[:3]] == ["Integrity pact", "Male", "Female"]
    assert tables[1].rows[1].cells[2].value == pytest.approx(0.65)
    texts = " ".join(block.text for block in chapter.blocks if isinstance(block, Paragraph))
    assert "Integrity pact: 60.0%" in texts
    assert "No group differs significantly" in texts
    assert any(isinstance(b, Heading) and b.text == "Exposure to strategies by sex" for b in chapter.blocks)


def test_reporting_has_mean_share_and_statements(indonesian: Document) -> None:
    chapter = _chapter(indonesian, "reporting")
    ids = [block.id for block in chapter.blocks if isinstance(block, Table)]
    assert ids == ["table-reporting-mean", "table-reporting-remedies-sex", "table-item-report-1"]
    texts = " ".join(block.text for block in chapter.blocks if isinstance(block, Paragraph))
    assert "2,95 (SK 95%: 2,93–2,97)" in texts
    assert "“Bersedia” berlaku bagi 25,0%" in texts


def test_sanctions(english: Document) -> None:
    chapter = _chapter(english, "sanctions")
    ids = [block.id for block in chapter.blocks if isinstance(block, Table)]
    assert ids == ["table-sanctions", "table-sanctions-sex"]


def test_both_languages_have_the_same_numbers(indonesian: Document, english: Document) -> None:
    assert [t.id for t in indonesian.tables] == [t.id for t in english.tables]
    assert [c.id for c in indonesian.chapters] == [c.id for c in english.chapters]


def test_long_and_hostile_labels(english: Document) -> None:
    page = render(english)
    assert "<img src=x" not in page
    assert "</script><img" not in page


def test_everything_suppressed(wide: Material, plan: Any) -> None:
    tiny = {
        name: estimates(
            [
                {**row, "n": 4, "n_yes": 1}
                for row in table.to_frame()[["item", "level", *table.by, "estimate"]].to_dict("records")
            ],
            by=table.by[0] if table.by else "",
            statistic=table.statistic,
        )
        for name, table in wide.estimates.items()
        if "_vs_national_" not in name and not table.to_frame()["estimate"].isna().any()
    }
    hidden = replace(wide, estimates=suppress_wave(tiny, plan))
    document = build(_with_report(hidden, chapters=TAGGED), "en")
    for name in TAGGED:
        cells = [
            cell.value
            for block in _chapter(document, name).blocks
            if isinstance(block, Table)
            for row in block.rows
            for cell in row.cells[2:]
        ]
        assert set(cells) <= {None, ""}


def test_zero_violations(wide: Material, plan: Any) -> None:
    none = {"headline": estimates([{"item": "pressed", "estimate": 0.0, "std_error": 0.0, "n_yes": 0}])}
    lone = _with_report(wide, chapters=("prevalence", "full_tables"))
    document = build(replace(lone, estimates=suppress_wave(none, plan)), "en")
    table = next(t for t in document.tables if t.id == "table-full-pressed")
    assert table.rows[0].cells[1].value == 1000
    assert table.rows[0].cells[-1].value is None


def test_a_single_province(wide: Material, plan: Any) -> None:
    rows = [{"item": "exposure_pact", "level": "yes", "estimate": 0.6}]
    made = {
        "remedies": estimates(rows),
        "remedies_by_province": estimates([{**rows[0], "province": PLACES[0]}], by="province"),
    }
    lone = _with_report(wide, chapters=("strategies",))
    chapter = _chapter(build(replace(lone, estimates=suppress_wave(made, plan)), "en"), "strategies")
    assert [b.id for b in chapter.blocks if isinstance(b, Table)][-1] == "table-strategies-province"


def test_one_province_is_not_the_highest_and_the_lowest(wide: Material, plan: Any) -> None:
    lone = {
        "headline": estimates([{"item": "pressed", "estimate": 0.2}]),
        "headline_by_province": estimates(
            [{"item": "pressed", "estimate": 0.2, "province": PLACES[0]}], by="province"
        ),
    }
    made = replace(_with_report(wide, chapters=("province",)), estimates=suppress_wave(lone, plan))
    text = " ".join(
        b.text for b in _chapter(build(made, "en"), "province").blocks if isinstance(b, Paragraph)
    )
    assert "can be shown: 20.0%." in text
    assert "highest" not in text


def test_a_scale_of_few_respondents_has_no_numbers(wide: Material) -> None:
    shown, few = wide.scales.iloc[[0]], wide.scales.iloc[[0]]
    few = few.assign(alpha=float("nan"), mean=float("nan"), std_error=float("nan"), n=4, flag="suppressed_n")
    for scales, told in ((few, []), (pd.concat([shown, few]), ["of 1"])):
        lone = replace(_with_report(wide, chapters=("scales",)), scales=scales)
        chapter = _chapter(build(lone, "en"), "scales")
        table = next(b for b in chapter.blocks if isinstance(b, Table))
        assert [(cell.value, cell.flag) for cell in table.rows[-1].cells[2:5]] == [(None, "confidential")] * 3
        opening = [b.text for b in chapter.blocks if isinstance(b, Paragraph) and "alpha" in b.text]
        assert len(opening) == len(told)
        assert all(words in text for words, text in zip(told, opening, strict=True))


# ----------------------------------------------------------------------------- the institution's words
def test_missing_words_of_the_institution(small: Document) -> None:
    (reason,) = (b.reason for b in _chapter(small, "recommendations").blocks if isinstance(b, Missing))
    assert "key recommendations" in reason
    assert isinstance(_chapter(small, "revisions").blocks[0], Missing)
    entries = dict(next(b for b in small.blocks if isinstance(b, Box) and b.id == "box-about").entries)
    assert entries["Funded by"] == entries["Mode of data collection"] == "Not stated by the institution."
    assert "states no limitations" in entries["Limitations"]
    assert entries["Contact"] == "info@example.org"


def test_words_of_the_institution(material: Material) -> None:
    both = Words(id="Umumkan.", en="Announce.")
    log = (
        Revision(version="0.9", date=material.generated, text=Words(id="Awal", en="First")),
        Revision(version="1.0", date=material.generated, text=Words(id="Baru", en="New")),
    )
    told = _with_report(
        material,
        recommendations=(both,),
        limitations=(both,),
        mode=both,
        sponsor=both,
        revisions=log,
        issn="2460-1233",
        doi="10.1234/x",
    )
    document = build(told, "en")
    box = next(b for b in document.blocks if isinstance(b, Box) and b.id == "box-recommendations")
    assert box.entries == (("1", "Announce."),)
    table = next(t for t in document.tables if t.id == "table-revisions")
    assert [row.cells[0].value for row in table.rows] == ["1.0", "0.9"]
    entries = dict(next(b for b in document.blocks if isinstance(b, Box) and b.id == "box-about").entries)
    assert entries["Edition"].endswith("ISSN 2460-1233. https://doi.org/10.1234/x")
    assert entries["Limitations"].startswith("Announce. ")
    assert (document.issn, document.doi) == ("2460-1233", "10.1234/x")


def test_about_names_what_the_aapor_asks_for(small: Document, material: Material) -> None:
    box = next(b for b in small.blocks if isinstance(b, Box) and b.id == "box-about")
    assert [term for term, _ in box.entries] == [
        *("Conducted by", "Funded by", "Target population", "Sampling frame", "Sampling design"),
        *("Mode of data collection", "Questionnaire", "Fieldwork", "Respondents", "Data checks"),
        *("Weighting", "Precision", "Confidentiality", "Limitations", "Contact", "Edition"),
    ]
    left_out = build(_with_report(material, chapters=("about",)), "en")
    assert "[[chapter-questionnaire]]" not in left_out.to_json()


# ------------------------------------------------------------------------------------------------ appendices
def test_questionnaire_has_every_question_with_its_answers(wide: Material, english: Document) -> None:
    table = next(t for t in english.tables if t.id == "table-questionnaire")
    rows = [row for row in table.rows if row.kind == "body"]
    assert len(rows) == len(wide.instrument.items)
    told = {str(row.cells[1].value): str(row.cells[2].value) for row in rows}
    assert told[LONG.strip()] == "One answer: Yes [yes]; No [no]; Refused [refused]°"
    first = next(row.cells[0].value for row in rows if row.cells[1].value == LONG.strip())
    assert told["Do sanctions deter?"] == f"As question {first}"
    assert any("Who did this?" in key and "Asked if question" in key for key in told)


def test_codebook_has_every_variable(wide: Material, english: Document) -> None:
    table = next(t for t in english.tables if t.id == "table-codebook")
    rows = {str(row.cells[0].value): row for row in table.rows if row.kind == "body"}
    assert {item.name for item in wide.instrument.items} <= rows.keys()
    assert rows["penalty"].cells[3].value == "yes = Yes (1); no = No (0)"
    assert rows["penalty"].cells[4].value == "refused (refused)"
    assert rows["would_report"].cells[3].value == "1 = yes; 0 = no"


def test_full_tables_state_all_precision(small: Document) -> None:
    table = next(t for t in small.tables if t.id == "table-full-acted")
    assert [column.key for column in table.columns][-4:] == ["df", "n_eff", "deff", "rse"]
    whole = table.rows[0].cells
    assert whole[-1].value == pytest.approx(0.01 / 0.087)
    groups = [row.cells[0].value for row in table.rows if row.kind == "group"]
    assert groups == ["Province", "Sex"]
    jambi = next(row for row in table.rows if row.cells[0].value == "Jambi")
    assert {cell.value for cell in jambi.cells[3:]} == {None}


def test_glossary_has_the_same_terms_in_both_languages(indonesian: Document, english: Document) -> None:
    boxes = [
        [len(b.entries) for b in _chapter(document, "glossary").blocks if isinstance(b, Box)]
        for document in (indonesian, english)
    ]
    assert boxes[0] == boxes[1] == [9, 14]


# ------------------------------------------------------------------------------------------------- batteries
def test_batteries_find_items_by_their_tags(wide: Material) -> None:
    answered = {"exposure_pact", "penalty", "would_report", "pressured_by/party", "report_1"}
    found = {one.name: one for one in batteries(wide.plan, wide.instrument, answered)}
    assert found["topics"].items == ("pressured_by/party", "exposure_pact", "penalty", "report_1")
    assert found["remedies"].items == ("exposure_pact", "penalty", "would_report")
    assert found["remedies"].levels["penalty"] == ["yes"]
    assert found["remedies"].domains == wide.plan.estimate.domains
    assert found["remedies"].compared
    assert "forms" not in found


def test_batteries_never_tabulate_numbers_found_by_tag(wide: Material) -> None:
    number = Item(name="how_much", kind="integer", labels=_words("How much?"), tags={"role": "exposure"})
    instrument = replace(wide.instrument, items=(*wide.instrument.items, number))
    found = {one.name: one for one in batteries(wide.plan, instrument, {"how_much", "penalty"})}
    assert found["topics"].items == ("penalty",)
