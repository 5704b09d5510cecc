"""Scales: how reliably the items of each measure one thing, and the answers to every statement."""

from __future__ import annotations

from netralstat.report.answers import FEW, SCALES, item_blocks, shared_table, told_in
from netralstat.report.blocks import Block, Cell, Column, Heading, Row
from netralstat.report.context import Context
from netralstat.report.statements import battery_blocks, split
from netralstat.report.tables import is_hidden, records, value

ACCEPTABLE = 0.7
DOUBTFUL = 0.6


def write(context: Context) -> tuple[str, list[Block]]:
    """One row a scale; then the statements, those with the same answers together."""
    w, frame = context.w, context.material.scales
    title = w("scales.title")
    if frame.empty:
        return title, [context.missing("scales.missing")]
    columns = (
        Column(key="label", label=w("scales.scale"), kind="text"),
        Column(key="n_items", label=w("scales.n_items"), kind="count"),
        Column(key="alpha", label=w("scales.alpha"), kind="number"),
        Column(key="mean", label=w("term.mean"), kind="number"),
        Column(key="std_error", label=w("term.std_error_plain"), kind="number"),
        Column(key="n", label=w("term.n"), kind="count"),
    )
    body, notes, weak, told = [], [w("scales.note")], list[str](), list[float]()
    for row in records(frame):
        name = str(row["scale"])
        label, definition = context.labels.item(name), context.labels.definition(name)
        cells = [Cell(value=label), Cell(value=int(row["n_items"]))]
        cells += [value(row, key) for key in ("alpha", "mean", "std_error")]
        body.append(Row(cells=(*cells, Cell(value=int(row["n"])))))
        if not is_hidden(row):
            told.append(float(row["alpha"]))
            weak += [label] if told[-1] < DOUBTFUL else []
        if definition:
            notes.append(w("note.definition", label=label, definition=definition.rstrip(".")))
    key = "scales.some_weak" if weak else "scales.none_weak"
    opening = context.paragraph(
        key,
        n=len(told),
        acceptable=sum(alpha >= ACCEPTABLE for alpha in told),
        named=context.f.listing(weak),
        doubtful=context.f.number(DOUBTFUL, 1),
        threshold=context.f.number(ACCEPTABLE, 1),
    )
    table = context.table("table-scales", w("scales.table"), columns, body, notes=notes)
    return title, [*([opening] if told else []), table, *_statements(context)]


def _statements(context: Context) -> list[Block]:
    batteries, others = split(context, SCALES, told_in(context, SCALES))
    blocks = [block for battery in batteries for block in battery_blocks(context, battery)]
    for name, rows in others.items():
        if len(rows) > FEW:
            blocks += item_blocks(context, name, rows)
    short = {name: rows for name, rows in others.items() if len(rows) <= FEW}
    if short:
        blocks.append(shared_table(context, "table-scales-short", context.w("reporting.statements"), short))
    if not blocks:
        return []
    return [Heading(id="scales-statements", text=context.w("reporting.statements")), *blocks]
