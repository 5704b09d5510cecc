"""The revision log: which edition changed what."""

from __future__ import annotations

from netralstat.report.blocks import Block, Cell, Column, Row
from netralstat.report.context import Context


def write(context: Context) -> tuple[str, list[Block]]:
    """One row an edition, the newest first."""
    w, report = context.w, context.material.plan.report
    title = w("revisions.title")
    if not report.revisions:
        return title, [context.missing("revisions.missing", version=report.version)]
    columns = (
        Column(key="version", label=w("revisions.version"), kind="code"),
        Column(key="date", label=w("revisions.date"), kind="text"),
        Column(key="text", label=w("revisions.text"), kind="text"),
    )
    body = [
        Row(
            cells=(
                Cell(value=one.version),
                Cell(value=context.f.day(one.date)),
                Cell(value=one.text[context.language]),
            )
        )
        for one in reversed(report.revisions)
    ]
    return title, [context.table("table-revisions", w("revisions.table"), columns, body)]
