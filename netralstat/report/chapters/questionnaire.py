"""The questionnaire: every question with its answers and, in words, to whom it was put."""

from __future__ import annotations

from typing import Any

from netralstat.ask.documents.questionnaire import questionnaire_sections
from netralstat.report.blocks import Block, Cell, Column, Row
from netralstat.report.context import Context
from netralstat.report.tables import group_row

BATTERY = "battery"


def write(context: Context) -> tuple[str, list[Block]]:
    """One table: a heading a section, a row a question; a battery tells its answers once."""
    w, instrument = context.w, context.material.instrument
    columns = (
        Column(key="number", label=w("wording.number"), kind="code"),
        Column(key="question", label=w("wording.question"), kind="text"),
        Column(key="answers", label=w("wording.answers"), kind="text"),
    )
    body: list[Row] = []
    asked = 0
    for section in questionnaire_sections(instrument, context.language):
        heading = section["heading"]
        if heading is not None:
            condition = _condition(section["condition"])
            body.append(group_row(f"{heading}. {condition}" if condition else heading, len(columns)))
        for block in section["blocks"]:
            rows = _rows(context, block)
            asked += sum(item["number"] is not None for item in block["items"])
            body += rows
    title = w("wording.title")
    if not asked:
        return title, [context.missing("wording.missing")]
    return title, [
        context.paragraph(
            "wording.opening",
            n=asked,
            form=instrument.id,
            version=instrument.version,
            languages=_languages(context),
        ),
        context.table(
            "table-questionnaire",
            w("wording.table"),
            columns,
            body,
            notes=[w("wording.note")],
        ),
    ]


def _languages(context: Context) -> str:
    return context.f.listing([context.language_name(code) for code in context.material.instrument.languages])


def _rows(context: Context, block: dict[str, Any]) -> list[Row]:
    """The rows of one question, note or battery."""
    rows: list[Row] = []
    first = ""
    for item in block["items"]:
        if item["number"] is None:
            told = (Cell(value=""), Cell(value=context.w("wording.text")), Cell(value=item["label"]))
            rows.append(Row(cells=told))
            continue
        question = _sentences(item["label"], item["hint"], _condition(block["condition"]))
        number = str(item["number"])
        if block["kind"] == BATTERY and first:
            answers = context.w("wording.same", number=first)
        else:
            answers = _answers(context, item)
        first = first or number
        rows.append(Row(cells=(Cell(value=number), Cell(value=question), Cell(value=answers))))
    return rows


def _answers(context: Context, item: dict[str, Any]) -> str:
    """How it is answered: the choices with their codes, or the kind of answer and its limits."""
    if not item["choices"]:
        return _sentences(item["how"], item["constraint"])
    choices = "; ".join(
        f"{choice['label']} [{choice['code']}]{'°' if choice['missing'] else ''}"
        for choice in item["choices"]
    )
    return f"{item['how']}: {choices}"


def _sentences(*parts: str) -> str:
    """Texts after each other; one that does not end a sentence gets a full stop before the next."""
    kept = [part.strip() for part in parts if part.strip()]
    ended = [part if part.endswith((".", "?", "!", ":", "”")) else f"{part}." for part in kept[:-1]]
    return " ".join([*ended, *kept[-1:]])


def _condition(condition: dict[str, str] | None) -> str:
    return "" if condition is None else f"{condition['before']}{condition['code']}{condition['after']}"
