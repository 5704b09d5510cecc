"""The codebook: every variable of the data file, with its label, type, values and missing codes."""

from __future__ import annotations

from typing import Any

from netralstat.ask.documents.codebook import codebook_entries
from netralstat.ask.documents.words import Words as FormWords
from netralstat.ask.plan_ask import Indicator
from netralstat.report.blocks import Block, Cell, Column, Row
from netralstat.report.context import Context
from netralstat.report.tables import group_row

MOST_CODES = 40
"""Codes of one variable that are listed here; longer lists stand in the questionnaire."""


def write(context: Context) -> tuple[str, list[Block]]:
    """The variables of the form, then those derived by the wave file."""
    w, material = context.w, context.material
    columns = (
        Column(key="name", label=w("variables.name"), kind="code"),
        Column(key="label", label=w("variables.label"), kind="text"),
        Column(key="type", label=w("variables.type"), kind="text"),
        Column(key="values", label=w("variables.values"), kind="text"),
        Column(key="missing", label=w("variables.missing_codes"), kind="text"),
    )
    entries = codebook_entries(material.instrument, context.language)
    body = [group_row(w("variables.asked"), len(columns)), *(_asked(context, entry) for entry in entries)]
    indicators = material.plan.ask.indicators
    if indicators:
        body.append(group_row(w("variables.derived"), len(columns)))
        body += [_derived(context, name, indicator) for name, indicator in indicators.items()]
    scales = material.plan.ask.scales
    fresh = [name for name in scales if name not in indicators]
    if fresh:
        body.append(group_row(w("variables.scales"), len(columns)))
        body += [_scale(context, name) for name in fresh]
    return w("variables.title"), [
        context.paragraph("variables.opening", n=len(entries), derived=len(indicators) + len(fresh)),
        context.table("table-codebook", w("variables.table"), columns, body, notes=[w("variables.note")]),
    ]


def _asked(context: Context, entry: dict[str, Any]) -> Row:
    codes, language = entry["codes"], context.language
    values = [_code(code, language) for code in codes if not code["missing"]]
    missing = [f"{code['code']} ({code['missing']})" for code in codes if code["missing"]]
    if len(values) > MOST_CODES:
        real = [code["code"] for code in codes if not code["missing"]]
        told = context.w("variables.many", n=len(values), first=real[0], last=real[-1])
    else:
        limits = [
            fact["text"] for fact in entry["facts"] if fact["text"] and fact["word"] in _limits(context)
        ]
        told = "; ".join(values or limits)
    label = entry["labels"][0][1] if entry["labels"] else ""
    return _row(entry["name"], label, entry["kind"], told, "; ".join(missing))


def _limits(context: Context) -> tuple[str, str]:
    """What the codebook calls the rules that limit an answer without choices."""
    words = FormWords(context.language)
    return words("codebook.range"), words("codebook.constraint_message")


def _code(code: dict[str, Any], language: str) -> str:
    label = code["labels"].get(language) or next((text for text in code["labels"].values() if text), "")
    score = f" ({code['score']})" if code["score"] else ""
    return f"{code['code']} = {label}{score}" if label else f"{code['code']}{score}"


def _derived(context: Context, name: str, indicator: Indicator) -> Row:
    w = context.w
    if indicator.recode is not None:
        values = "; ".join(
            f"{level} = {context.labels.level(name, level)}" for level in indicator.recode.names
        )
    else:
        values = w("variables.score" if indicator.kind == "score" else "variables.binary")
    definition = indicator.definition[context.language]
    label = f"{indicator.label[context.language]}. {definition}"
    return _row(name, label, w("variables.indicator"), values, "")


def _scale(context: Context, name: str) -> Row:
    label, definition = context.labels.item(name), context.labels.definition(name)
    told = f"{label}. {definition}" if definition else label
    return _row(name, told, context.w("variables.scale"), context.w("variables.score"), "")


def _row(name: str, label: str, kind: str, values: str, missing: str) -> Row:
    return Row(cells=tuple(Cell(value=text) for text in (name, label, kind, values, missing)))
