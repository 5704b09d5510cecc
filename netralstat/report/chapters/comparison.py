"""Comparison with figures published elsewhere: the same question and group, the difference in points."""

from __future__ import annotations

from typing import Any

from netralstat.report.blocks import Block, Cell, Column, Note, Row
from netralstat.report.context import Context
from netralstat.report.tables import group_row, is_hidden, records

TABLES = ("items", "headline", "forms", "topics", "remedies")
Pair = tuple[dict[str, Any], dict[str, Any]]
Answers = dict[tuple[str, str, str], dict[str, Any]]


def write(context: Context) -> tuple[str, list[Block]]:
    """Every published figure that has a twin among the estimates; the others are counted."""
    title, published = context.w("comparison.title"), context.material.published
    if published is None or published.empty:
        return title, [context.missing("comparison.missing")]
    rows = records(published.fillna(""))
    answers = {domain: _answers(context, domain) for domain in {str(row["domain_item"]) for row in rows}}
    pairs = [(row, _twin(row, answers[str(row["domain_item"])])) for row in rows]
    found = [(row, twin) for row, twin in pairs if twin is not None]
    if not found:
        return title, [context.missing("comparison.no_twin", n=len(pairs))]
    gaps = [abs(float(t["estimate"]) - float(row["percent"]) / 100) for row, t in found if not is_hidden(t)]
    blocks: list[Block] = []
    if context.material.synthetic:
        blocks.append(Note(text=context.w("comparison.replay")))
    if gaps:
        blocks.append(
            context.paragraph(
                "comparison.opening", n=len(gaps), largest=context.f.share(max(gaps)), inside=_inside(found)
            )
        )
    return title, [*blocks, _table(context, found, len(pairs) - len(found))]


def _answers(context: Context, domain: str) -> list[Answers]:
    """The estimates by item, level and level of the domain ("" for the whole), a mapping a table."""
    tables = []
    for name in TABLES:
        frame = context.frame(f"{name}_by_{domain}" if domain else name)
        table: Answers = {}
        for row in records(frame) if frame is not None else ():
            table.setdefault((str(row["item"]), str(row["level"]), str(row[domain]) if domain else ""), row)
        tables.append(table)
    return tables


def _twin(row: dict[str, Any], tables: list[Answers]) -> dict[str, Any] | None:
    """The estimate of the same answer in the same group; None when this survey has none."""
    item, answer = str(row["item"]), str(row["level"])
    group = str(row["domain_level"]) if row["domain_item"] else ""
    for table in tables:
        for wanted in ((item, answer, group), (f"{item}/{answer}", "1", group)):
            if wanted in table:
                return table[wanted]
    return None


def _inside(found: list[Pair]) -> int:
    """How many published figures lie in the interval of their estimate."""
    return sum(
        float(twin["conf_low"]) <= float(row["percent"]) / 100 <= float(twin["conf_high"])
        for row, twin in found
        if not is_hidden(twin)
    )


def _table(context: Context, found: list[Pair], alone: int) -> Block:
    w = context.w
    columns = (
        Column(key="answer", label=w("comparison.answer"), kind="text"),
        Column(key="group", label=w("comparison.group"), kind="text"),
        Column(key="published", label=w("comparison.published"), kind="percent"),
        Column(key="estimate", label=w("comparison.estimate"), kind="percent"),
        Column(key="interval", label=context.ci, kind="interval"),
        Column(key="difference", label=w("comparison.difference"), kind="points"),
        Column(key="source", label=w("comparison.source"), kind="code"),
    )
    sources = list(dict.fromkeys(_source(row) for row, _ in found))
    asked: dict[str, list[Pair]] = {}
    for row, twin in found:
        asked.setdefault(str(twin["item"]).partition("/")[0], []).append((row, twin))
    body: list[Row] = []
    for item, pairs in asked.items():
        body.append(group_row(context.labels.question(item), len(columns)))
        body += [_row(context, row, twin, sources.index(_source(row)) + 1) for row, twin in pairs]
    notes = [w("comparison.note")]
    if alone:
        notes.append(w("comparison.alone", n=alone))
    notes += [w("comparison.source_note", number=i, source=text) for i, text in enumerate(sources, start=1)]
    return context.table("table-comparison", w("comparison.table"), columns, body, notes=notes)


def _source(row: dict[str, Any]) -> str:
    return "; ".join(text for text in (str(row["source"]), str(row["note"])) if text)


def _row(context: Context, row: dict[str, Any], twin: dict[str, Any], source: int) -> Row:
    domain, item = str(row["domain_item"]), str(twin["item"])
    group = context.labels.level(domain, row["domain_level"]) if domain else context.w("term.whole_row")
    label = context.labels.item(item) if "/" in item else context.labels.level(item, twin["level"])
    published = float(row["percent"]) / 100
    if is_hidden(twin):
        rest = (Cell(flag=str(twin["flag"])), Cell(), Cell())
    else:
        estimate = float(twin["estimate"])
        bounds = (float(twin["conf_low"]), float(twin["conf_high"]))
        rest = (Cell(value=estimate), Cell(value=bounds), Cell(value=estimate - published))
    number = Cell(value=f"[{source}]")
    return Row(cells=(Cell(value=label), Cell(value=group), Cell(value=published), *rest, number))
