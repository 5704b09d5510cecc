"""Opinions and experiences: every item of the plan's list, with all its answers."""

from __future__ import annotations

from typing import Any

from netralstat.report import drawings
from netralstat.report.blocks import Block, Cell, Column, Heading, Paragraph, Row
from netralstat.report.context import Context, slug
from netralstat.report.tables import count, group_row, interval, is_hidden, records, value

FEW = 2
OPINION = "opinion"


def write(context: Context) -> tuple[str, list[Block]]:
    """Long items get a picture and a table each; items of one or two answers share a table."""
    title = context.w("opinions.title" if _asks_opinions(context) else "opinions.title_general")
    frame = context.frame("items")
    if frame is None:
        return title, [context.missing("opinions.missing")]
    asked: dict[str, list[dict[str, Any]]] = {}
    for row in records(frame):
        asked.setdefault(str(row["item"]).partition("/")[0], []).append(row)
    blocks: list[Block] = [context.paragraph("opinions.opening")]
    for name, rows in asked.items():
        if len(rows) > FEW:
            blocks += _item(context, name, rows)
    short = {name: rows for name, rows in asked.items() if len(rows) <= FEW}
    if short:
        blocks += _short(context, short)
    return title, blocks


def _asks_opinions(context: Context) -> bool:
    """Whether a listed item is tagged as an opinion; else the chapter has a plainer title."""
    instrument = context.material.instrument
    asked = [name for name in context.material.plan.estimate.items if name in instrument]
    return any(instrument.item(name).tags.get("role") == OPINION for name in asked)


def answer(context: Context, row: dict[str, Any], alone: bool) -> str:
    """What a row counts: the choice of a multiple item, the level of a single one, or the item itself."""
    item = str(row["item"])
    if "/" in item or alone:
        return context.labels.item(item)
    return context.labels.level(item, row["level"])


def _item(context: Context, name: str, rows: list[dict[str, Any]]) -> list[Block]:
    w, part = context.w, slug(name)
    label = context.labels.question(name)
    multiple = "/" in str(rows[0]["item"])
    ordered = _ordered(context, name, rows)
    named = [(answer(context, row, False), row) for row in ordered]
    shown = [(told, row) for told, row in named if not is_hidden(row)]
    blocks: list[Block] = []
    if shown:
        top, second = sorted(shown, key=lambda pair: -float(pair[1]["estimate"]))[0], None
        if len(shown) > 1:
            second = sorted(shown, key=lambda pair: -float(pair[1]["estimate"]))[1]
        text = w("opinions.top", label=label, answer=top[0], estimate=context.estimate(top[1]))
        if second is not None:
            text += " " + w(
                "opinions.second", answer=second[0], share=context.f.percent(second[1]["estimate"])
            )
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
    blocks.append(
        context.table(
            f"table-item-{part}",
            label,
            _columns(context, w("term.answer")),
            [_row(told, row) for told, row in named],
            notes=[w("opinions.multiple" if multiple else "opinions.single")],
            figure=f"figure-item-{part}" if shown else "",
        )
    )
    return blocks


def _short(context: Context, asked: dict[str, list[dict[str, Any]]]) -> list[Block]:
    columns = _columns(context, context.w("term.answer"))
    body: list[Row] = []
    for name, rows in asked.items():
        if len(rows) == 1 and "/" not in str(rows[0]["item"]):
            body.append(_row(context.labels.question(name), rows[0]))
            continue
        body.append(group_row(context.labels.question(name), len(columns)))
        body += [_row(answer(context, row, False), row) for row in rows]
    return [
        Heading(id="items-short", text=context.w("opinions.short")),
        context.table(
            "table-items", context.w("opinions.table"), columns, body, notes=[context.w("opinions.single")]
        ),
    ]


def _ordered(context: Context, name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Scored answers keep the order of the form; others go from the most to the least frequent."""
    instrument = context.material.instrument
    scored = name in instrument and any(choice.score is not None for choice in instrument.item(name).choices)
    if scored:
        return rows
    return sorted(rows, key=lambda row: 1.0 if is_hidden(row) else -float(row["estimate"]))


def _columns(context: Context, stub: str) -> tuple[Column, ...]:
    w = context.w
    return (
        Column(key="label", label=stub, kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
        Column(key="estimate", label=w("term.percent"), kind="percent"),
        Column(key="interval", label=context.ci, kind="interval"),
        Column(key="std_error", label=w("term.std_error"), kind="se_percent"),
    )


def _row(label: str, row: dict[str, Any]) -> Row:
    error = Cell() if is_hidden(row) else value(row, "std_error")
    return Row(cells=(Cell(value=label), count(row), value(row, "estimate"), interval(row), error))
