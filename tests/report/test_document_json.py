"""The saved document: an equal one comes back, and anything else is refused by its place."""

import json
import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from netralstat.errors import ReportError
from netralstat.report.blocks import Cell, Column, Row, Table
from netralstat.report.build import build
from netralstat.report.document import Document
from netralstat.report.material import Material


@pytest.fixture(scope="module")
def document(built: Callable[[str], Document]) -> Document:
    return built("en")


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_document_read_back_equals_the_one_written(
    built: Callable[[str], Document], language: str
) -> None:
    made = built(language)
    text = made.to_json()
    assert Document.from_json(text) == made
    assert Document.from_json(text.encode()).to_json() == text


def test_a_wave_without_numbers_comes_back(bare: Material) -> None:
    made = build(bare, "id")
    assert Document.from_json(made.to_json()) == made


def test_every_kind_of_value_comes_back_as_its_type(document: Document) -> None:
    values = ("x", 0.1 + 0.2, 3.0, 3, (0.1, 1), (-math.inf, math.inf), math.inf, -math.inf, None, math.nan)
    column = Column(key="a", label="a", kind="df")
    rows = tuple(Row(cells=(Cell(value=value),)) for value in values)  # type: ignore[arg-type]
    table = Table(id="table-v", number=1, title="v", columns=(column,), rows=rows)
    chapter = replace(document.chapters[0], blocks=(table,))
    made = replace(document, chapters=(chapter,))
    back = Document.from_json(made.to_json())
    assert back == made
    found = [row.cells[0].value for row in back.tables[0].rows]
    assert [type(value) for value in found[:4]] == [str, float, float, int]
    assert found[4:] == [(0.1, 1), (-math.inf, math.inf), math.inf, -math.inf, None, None]


def test_the_schema_stands_first(document: Document) -> None:
    data = json.loads(document.to_json())
    assert list(data)[:2] == ["schema", "block"]
    assert data["schema"] == "netralstat.report/1"


def _changed(document: Document, change: object) -> str:
    data = json.loads(document.to_json())
    change(data)  # type: ignore[operator]
    return json.dumps(data)


@pytest.mark.parametrize(
    ("change", "fact", "where"),
    [
        (
            lambda data: data.update(schema="netralstat.report/2"),
            "this version reads netralstat.report/1",
            "f",
        ),
        (lambda data: data.update(titel="x"), 'no part "titel". Did you mean "title"', "f"),
        (lambda data: data.pop("title"), "lacks title", "f"),
        (lambda data: data.update(title=3), "A str is expected, not a number", "f, title"),
        (lambda data: data.update(synthetic=1), "A bool is expected", "f, synthetic"),
        (lambda data: data.update(date="16-12-2021"), "A date such as", "f, date"),
        (lambda data: data.update(chapters={}), "A list is expected, not an object", "f, chapters"),
        (lambda data: data.update(references=[]), "An object is expected, not a list", "f, references"),
        (
            lambda data: data["chapters"][0]["blocks"].append({"block": "tabel"}),
            'no block "tabel". Did you mean "table"',
            "f, chapters[0], blocks[3]",
        ),
        (
            lambda data: data["chapters"][0]["blocks"].append(3),
            "A block is expected, not a number",
            "f, chapters[0], blocks[3]",
        ),
        (
            lambda data: data["chapters"].append({"block": "row", "cells": []}),
            'A "chapter" is expected, not a "row"',
            "f, chapters[25]",
        ),
    ],
)
def test_what_is_no_report_is_refused(document: Document, change: object, fact: str, where: str) -> None:
    with pytest.raises(ReportError) as told:
        Document.from_json(_changed(document, change), name="f")
    assert fact in str(told.value)
    assert told.value.where == where


@pytest.mark.parametrize(
    "value", [[1.0], [1.0, 2.0, 3.0], [1.0, "x"], {"number": "big"}, {"number": []}, True]
)
def test_a_cell_holds_a_value_or_nothing(document: Document, value: object) -> None:
    data = json.loads(document.to_json())
    table = next(b for c in data["chapters"] for b in c["blocks"] if b["block"] == "table")
    table["rows"][0]["cells"][0]["value"] = value
    with pytest.raises(ReportError, match="expected"):
        Document.from_json(json.dumps(data))


@pytest.mark.parametrize(
    "text", ["", "[", "NaN", '{"schema": Infinity}', "[]", "null", b"\xff", "[" * 100_000]
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ReportError):
        Document.from_json(text)
