"""Answers of an item as blocks: a sentence, a picture and a table; items of few answers share a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netralstat.ask.documents.routing import Routing
from netralstat.ask.documents.sections import numbered, own_relevant
from netralstat.ask.documents.words import Words as FormWords
from netralstat.report import drawings, topics
from netralstat.report.blocks import Block, Cell, Column, Paragraph, Row, Table
from netralstat.report.context import Context, slug
from netralstat.report.tables import Record, count, error, group_row, interval, is_hidden, records, value

FEW = 2
TABLES = ("items", "topics")
SCALES, REPORTING, OPINIONS = "scales", "reporting", "opinions"
Rows = list[dict[str, Any]]


def asked(context: Context, names: Sequence[str] | None = None) -> dict[str, Rows]:
    """Rows of the tabulated items, in the order of the tables; or of `names` among them, in their order."""
    found: dict[str, Rows] = {}
    for table in TABLES:
        frame = context.frame(table)
        for row in records(frame) if frame is not None else ():
            name = str(row["item"]).partition("/")[0]
            if names is None or name in names:
                found.setdefault(name, []).append(row)
    return found if names is None else {name: found[name] for name in names if name in found}


def told_in(context: Context, chapter: str) -> dict[str, Rows]:
    """Rows of the items that a chapter prints: `opinions` those that no other chapter of the report does."""
    found, claims = asked(context), _claims(context)
    if chapter != OPINIONS:
        return {name: rows for name, rows in found.items() if claims.get(name) == chapter}
    return {
        name: rows for name, rows in found.items() if name not in claims or not context.prints(claims[name])
    }


def _claims(context: Context) -> dict[str, str]:
    """The chapter of their own that items belong to."""
    instrument, plan = context.material.instrument, context.material.plan
    found = {item.name: about for item in instrument.items if (about := topics.topic(item))}
    for name in topics.reporting_statements(plan, instrument):
        found.setdefault(name, REPORTING)
    for name in topics.scale_statements(plan, instrument):
        found.setdefault(name, SCALES)
    return found


def answer(context: Context, row: Record) -> str:
    """What a row counts: the choice of a multiple item, or the level of a single one."""
    item = str(row["item"])
    return context.labels.item(item) if "/" in item else context.labels.level(item, row["level"])


def item_blocks(context: Context, name: str, rows: Rows) -> list[Block]:
    """The sentence, picture and table of one item."""
    w, part = context.w, slug(name)
    label = context.labels.question(name)
    named = [(answer(context, row), row) for row in _ordered(context, name, rows)]
    shown = sorted(
        (pair for pair in named if not is_hidden(pair[1])), key=lambda pair: -float(pair[1]["estimate"])
    )
    blocks: list[Block] = []
    if shown:
        top = "opinions.top" if len(shown) == len(named) else "opinions.top_shown"
        text = w(top, label=label, answer=shown[0][0], estimate=context.estimate(shown[0][1]))
        if len(shown) > 1:
            share = context.f.percent(shown[1][1]["estimate"])
            text += " " + w("opinions.second", answer=shown[1][0], share=share)
        blocks.append(Paragraph(text=text))
        blocks.append(
            context.figure(
                f"figure-item-{part}",
                label,
                drawings.intervals(context, [(told, "", row) for told, row in named]),
                w("opinions.alt", label=label, reading=text),
                notes=[w("note.interval", ci=context.ci)],
                table=f"table-item-{part}",
            )
        )
    multiple = "/" in str(rows[0]["item"])
    blocks.append(
        context.table(
            f"table-item-{part}",
            label,
            columns(context, w("term.answer")),
            [row_of(told, row) for told, row in named],
            notes=[
                w("opinions.multiple" if multiple else "opinions.single"),
                *base_note(context, name),
            ],
            figure=f"figure-item-{part}" if shown else "",
        )
    )
    return blocks


def shared_table(context: Context, table_id: str, title: str, items: Mapping[str, Rows]) -> Table:
    """One table of several items, each under its wording."""
    head = columns(context, context.w("term.answer"))
    body: list[Row] = []
    for name, rows in items.items():
        if len(rows) == 1 and "/" not in str(rows[0]["item"]):
            body.append(row_of(context.labels.question(name), rows[0]))
            continue
        body.append(group_row(context.labels.question(name), len(head)))
        body += [row_of(answer(context, row), row) for row in rows]
    notes = [context.w("opinions.single"), *(note for name in items for note in base_note(context, name))]
    return context.table(table_id, title, head, body, notes=list(dict.fromkeys(notes)))


def base_note(context: Context, name: str) -> list[str]:
    """To whom an item was put, where that was not everybody."""
    instrument = context.material.instrument
    if name not in instrument:
        return []
    groups = {group.path: group for group in instrument.groups}
    condition = own_relevant(instrument.item(name), groups)
    if condition is None:
        return []
    words = FormWords(context.language)
    told = Routing(instrument=instrument, numbers=numbered(instrument), words=words).told(condition)
    if told is None:
        return [context.w("opinions.asked_of_some")]
    return [words("questionnaire.asked_if", condition=told)]


def columns(context: Context, stub: str) -> tuple[Column, ...]:
    """n, percentage, interval and standard error."""
    w = context.w
    return (
        Column(key="label", label=stub, kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
        Column(key="estimate", label=w("term.percent"), kind="percent"),
        Column(key="interval", label=context.ci, kind="interval"),
        Column(key="std_error", label=w("term.std_error"), kind="se_percent"),
    )


def row_of(label: str, row: Record) -> Row:
    """The row under `columns`."""
    return Row(cells=(Cell(value=label), count(row), value(row, "estimate"), interval(row), error(row)))


def _ordered(context: Context, name: str, rows: Sequence[dict[str, Any]]) -> Rows:
    """Scored answers keep the order of the form; others go from the most to the least frequent."""
    instrument = context.material.instrument
    scored = name in instrument and any(choice.score is not None for choice in instrument.item(name).choices)
    if scored:
        return list(rows)
    return sorted(rows, key=lambda row: 1.0 if is_hidden(row) else -float(row["estimate"]))
