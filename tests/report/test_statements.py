"""Statements on one scale of answers: bars, their table, hidden answers, and the totals of a side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from report.small_wave import estimates

from netralstat import Survey
from netralstat.ask.instrument import Choice, Item
from netralstat.ask.plan_ask import Scale
from netralstat.estimate.estimates import Estimates
from netralstat.report.blocks import Chapter, Figure, Note, Table
from netralstat.report.build import build
from netralstat.report.context import Context
from netralstat.report.document import Document
from netralstat.report.material import Material
from netralstat.report.statements import printed
from netralstat.report.suppression import suppress_wave

SHARES = (0.1, 0.2, 0.3, 0.25, 0.15)
WORDS = ("Never", "Seldom", "At times", "Often", "Always")


def _words(text: str) -> dict[str, str]:
    return {"id": text, "en": text}


def _item(name: str, scores: Sequence[float], **tags: str) -> Item:
    """A statement whose answers stand in the form in the order of `scores`."""
    choices = [
        Choice(name=f"c{score:g}", labels=_words(WORDS[int(score) - 1]), score=float(score))
        for score in scores
    ]
    choices.append(Choice(name="dk", labels=_words("No idea"), missing="dont_know"))
    return Item(
        name=name,
        kind="select_one",
        labels=_words(f"Statement {name}."),
        choices=tuple(choices),
        tags={"role": "scale", **tags},
    )


def _rows(name: str, shares: Sequence[float], **more: Any) -> list[dict[str, Any]]:
    return [
        {"item": name, "level": f"c{place}", "estimate": share, **more}
        for place, share in enumerate(shares, start=1)
    ]


FIVE, FALLING = (1, 2, 3, 4, 5), (5, 4, 3, 2, 1)
ITEMS = (
    _item("motive_1", FIVE, scale="motive"),
    _item("motive_2", FIVE, scale="motive", reverse="yes"),
    _item("fear_1", FIVE, scale="fear"),
    _item("report_1", FALLING, scale="reporting_willingness"),
    _item("report_2", FALLING, scale="reporting_willingness"),
    _item("trust_1", FIVE[:4], role="opinion"),
    _item("trust_2", FIVE[:4], role="opinion"),
    _item("lone", FIVE[:3], role="opinion"),
)
TABLE = [
    *_rows("motive_1", SHARES),
    *_rows("motive_2", SHARES[::-1]),
    *_rows("fear_1", (0.3, 0.3, 0.2, 0.1, 0.1)),
    *_rows("report_1", SHARES),
    *_rows("report_2", (0.4, 0.3, 0.1, 0.1, 0.1)),
    *_rows("trust_1", (0.4, 0.3, 0.2, 0.1)),
    *_rows("trust_2", (0.1, 0.2, 0.3, 0.4)),
    *_rows("lone", (0.5, 0.3, 0.2)),
]


def _told(material: Material, rows: Sequence[dict[str, Any]] = TABLE, **report: Any) -> Material:
    scales = {
        name: Scale(label={"id": name, "en": name}) for name in ("motive", "fear", "reporting_willingness")
    }
    plan = material.plan
    plan = plan.model_copy(
        update={
            "ask": plan.ask.model_copy(update={"scales": scales}),
            "report": plan.report.model_copy(update=report),
        }
    )
    instrument = replace(material.instrument, items=(*material.instrument.items, *ITEMS))
    shown = suppress_wave({"topics": estimates(rows)}, plan)
    return replace(material, plan=plan, instrument=instrument, estimates={**material.estimates, **shown})


@pytest.fixture(scope="module")
def told(material: Material) -> Material:
    return _told(material)


@pytest.fixture(scope="module")
def english(told: Material) -> Document:
    return build(told, "en")


def _chapter(document: Document, name: str) -> Chapter:
    return next(one for one in document.chapters if one.id == name)


def _figure(document: Document, name: str) -> Figure:
    return next(one for one in document.figures if one.id == name)


def _table(document: Document, name: str) -> Table:
    return next(one for one in document.tables if one.id == name)


def _said(figure: Figure) -> list[str]:
    return re.findall(r">([^<>]+)</text>", figure.svg)


def test_each_chapter_tells_its_statements_once(english: Document) -> None:
    found = {
        chapter.id: [block.id for block in chapter.blocks if isinstance(block, Figure)]
        for chapter in english.chapters
    }
    assert found["scales"] == ["figure-statements-scales"]
    assert found["reporting"] == ["figure-statements-reporting"]
    assert [name for name in found["opinions"] if "causes" not in name] == [
        "figure-statements-opinions",
        "figure-item-lone",
    ]
    for part in ("scales", "reporting", "opinions"):
        figure = _figure(english, f"figure-statements-{part}")
        assert figure.table_id == f"table-statements-{part}"
        assert _table(english, figure.table_id).figure_id == figure.id


def test_the_bars_show_each_share_and_the_totals_of_both_sides(english: Document) -> None:
    figure = _figure(english, "figure-statements-scales")
    said = _said(figure)
    assert {"motive", "fear", *WORDS, "Seldom, total", "Often, total", "30", "40"} <= set(said)
    assert "No idea" not in said
    assert "from “Never” on the left to “Always” on the right" in figure.alt
    most = "“Often” and “Always” are most frequent for “Statement motive_1”: 40.0%"
    assert most in figure.alt
    assert "least frequent for “Statement fear_1”: 20.0%" in figure.alt


def test_statements_worded_the_other_way_round_are_marked_and_not_turned(english: Document) -> None:
    table = _table(english, "table-statements-scales")
    rows = {row.cells[0].value: row for row in table.rows if row.kind == "body"}
    assert list(rows) == ["Statement motive_1.", "Statement motive_2. (R)", "Statement fear_1."]
    shares = [cell.value for cell in rows["Statement motive_2. (R)"].cells[2:7]]
    assert shares == pytest.approx(SHARES[::-1])
    for block in (
        table,
        _figure(english, "figure-statements-scales"),
        _table(english, "table-full-statements"),
    ):
        assert any(note.startswith("(R) worded the other way round") for note in block.notes)
    assert not any("(R)" in note for note in _table(english, "table-statements-reporting").notes)


def test_answers_run_from_the_lowest_score_whatever_the_order_of_the_form(english: Document) -> None:
    table = _table(english, "table-statements-reporting")
    assert [column.group for column in table.columns[2:7]] == list(WORDS)
    assert [cell.value for cell in table.rows[0].cells[2:7]] == pytest.approx(SHARES)


def test_the_full_table_has_every_answer_with_its_interval(english: Document) -> None:
    table = _table(english, "table-full-statements")
    assert [row.cells[0].value for row in table.rows if row.kind == "group"][:2] == [
        "Statement motive_1.",
        "Statement motive_2. (R)",
    ]
    body = [row for row in table.rows if row.kind == "body"]
    assert len(body) == 5 * 5 + 2 * 4
    assert [cell.value for cell in body[0].cells[1:]] == [1000, 0.1, pytest.approx((0.08, 0.12)), 0.01]
    assert any(
        "[[table-full-statements]]" in note for note in _table(english, "table-statements-scales").notes
    )


def test_without_the_full_tables_the_precision_is_in_the_file(told: Material) -> None:
    report = told.plan.report.model_copy(update={"chapters": ("scales",)})
    document = build(replace(told, plan=told.plan.model_copy(update={"report": report})), "id")
    notes = _table(document, "table-statements-scales").notes
    assert "Ketelitian setiap jawaban ada di estimates.csv." in notes


def test_statements_of_a_chapter_that_is_left_out_stay_among_opinions(told: Material) -> None:
    report = told.plan.report.model_copy(update={"chapters": ("opinions",)})
    document = build(replace(told, plan=told.plan.model_copy(update={"report": report})), "en")
    labels = {str(row.cells[0].value) for table in document.tables for row in table.rows}
    assert {"Statement motive_1.", "Statement report_2.", "Statement trust_1."} <= labels
    assert "Statement lone." in {figure.title for figure in document.figures}


# --------------------------------------------------------------------------------------------- suppression
def _with_few(material: Material) -> Material:
    """Four persons chose the highest answer of motive_1."""
    few = [
        {**row, "estimate": 0.004, "n_yes": 4} if (row["item"], row["level"]) == ("motive_1", "c5") else row
        for row in TABLE
    ]
    return _told(material, few)


def test_a_bar_with_a_hidden_answer_is_not_drawn(material: Material) -> None:
    document = build(_with_few(material), "en")
    figure, table = _figure(document, "figure-statements-scales"), _table(document, "table-statements-scales")
    assert "Not shown" in _said(figure)
    assert figure.svg.count('fill="var(--diverging-1,#55606F)"') == 1 + 2  # the key, and two of three bars
    row = next(row for row in table.rows if row.cells[0].value == "Statement motive_1.")
    hidden = [cell.value is None for cell in row.cells[2:7]]
    assert hidden == [True, False, False, False, True]  # the smallest neighbour goes with it
    assert [cell.value for cell in row.cells[7:]] == [None] * 3
    assert row.cells[7].flag == "confidential"
    assert row.cells[8].flag == "confidential"
    assert "Where one answer is not shown, no bar is drawn." in figure.notes


def test_nothing_of_a_hidden_share_is_in_the_document(material: Material) -> None:
    text = build(_with_few(material), "en").to_json()
    assert "0.004" not in text
    context = Context.of(_with_few(material), "en")
    statement = printed(context)[0].statements[0]
    assert statement.shares is None
    assert statement.totals == (None, None)


def test_everything_hidden_has_a_table_and_no_figure(material: Material) -> None:
    document = build(_told(material, [{**row, "n": 5, "n_yes": 1} for row in TABLE]), "en")
    assert not any("statements" in figure.id for figure in document.figures)
    table = _table(document, "table-statements-scales")
    assert {cell.value for row in table.rows if row.kind == "body" for cell in row.cells[2:]} == {None}
    assert table.figure_id == ""
    assert not any(isinstance(block, Note) for block in _chapter(document, "scales").blocks)


# ------------------------------------------------------------------------------------------------- totals
def test_a_total_is_the_prevalence_of_its_answers_together(material: Material) -> None:
    random = np.random.default_rng(7)
    n = 600
    answers = random.choice([f"c{i}" for i in FIVE], n, p=SHARES)
    frame = pd.DataFrame({"motive_1": pd.Categorical(answers, categories=[f"c{i}" for i in FIVE])})
    frame["motive_2"] = frame["motive_1"].iloc[::-1].to_numpy()
    frame["h"], frame["psu"] = np.arange(n) // 200, np.arange(n) // 12
    frame["w"] = random.uniform(1, 3, n)
    frame["high"] = frame["motive_1"].isin(["c4", "c5"]).astype(int)
    survey = Survey(frame, "w", "h", "psu")
    found = survey.tabulate(["motive_1", "motive_2"], [])[None]
    wanted = survey.prevalence("high").table.iloc[0]
    told = _told(material)
    told = replace(told, estimates=suppress_wave({"topics": found}, told.plan))
    total = printed(Context.of(told, "en"))[0].statements[0].totals[1]
    assert total is not None
    assert total.share == pytest.approx(wanted["estimate"], rel=1e-12)
    assert (total.low, total.high) == pytest.approx((wanted["conf_low"], wanted["conf_high"]), rel=1e-10)


def test_many_statements_are_told_in_parts_that_keep_scales_together(material: Material) -> None:
    told = _told(material)
    scales = {f"s{i}": 5 for i in range(4)}
    items = [_item(f"{s}_{j}", FIVE, scale=s) for s, k in scales.items() for j in range(k)]
    ask = told.plan.ask.model_copy(update={"scales": {s: Scale(label={"id": s, "en": s}) for s in scales}})
    plan = told.plan.model_copy(update={"ask": ask})
    table: Estimates = suppress_wave(
        {"topics": estimates([r for i in items for r in _rows(i.name, SHARES)])}, plan
    )["topics"]
    instrument = replace(told.instrument, items=(*told.instrument.items, *items))
    told = replace(told, plan=plan, instrument=instrument, estimates={**told.estimates, "topics": table})
    batteries = [one for one in printed(Context.of(told, "en")) if one.part.startswith("scales")]
    assert [one.part for one in batteries] == ["scales", "scales-2"]
    assert [one.groups for one in batteries] == [("s0", "s1"), ("s2", "s3")]


def test_three_answers_have_no_totals_beside_them(material: Material) -> None:
    items = [_item(f"three_{i}", FIVE[:3], role="opinion") for i in (1, 2)]
    told = _told(material, [row for item in items for row in _rows(item.name, (0.5, 0.3, 0.2))])
    told = replace(told, instrument=replace(told.instrument, items=(*told.instrument.items, *items)))
    table = _table(build(told, "en"), "table-statements-opinions")
    assert [column.key for column in table.columns] == ["label", "n", "level_1", "level_2", "level_3"]
