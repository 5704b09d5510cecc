"""Registers published for the same elections, each as it stood on a day."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd

from netralstat.ask.plan_register import Register
from netralstat.reference import case_statistics, source
from netralstat.report.blocks import Block, Cell, Column, Heading, Row
from netralstat.report.context import Context
from netralstat.report.register.terms import PUBLISHED_UNITS, REACHED
from netralstat.report.tables import records


def published_blocks(context: Context, declared: Register) -> list[Block]:
    """Snapshots of registers that were published for the same elections."""
    if declared.scope is None:
        return []
    w = context.w
    frame = case_statistics()
    rows = records(frame.loc[frame["scope"] == declared.scope].sort_values("as_of", kind="stable"))
    numbers = {
        key: number for number, key in enumerate(dict.fromkeys(str(row["source"]) for row in rows), start=1)
    }
    columns = (
        Column(key="as_of", label=w("register.day"), kind="text"),
        Column(key="publisher", label=w("register.publisher"), kind="text"),
        Column(key="unit", label=w("register.unit"), kind="text"),
        *(Column(key=name, label=w(word), kind="count") for name, word in REACHED.items()),
        Column(key="source", label=w("comparison.source"), kind="code"),
    )
    body = [
        Row(
            cells=(
                Cell(value=_day(context, str(row["as_of"]))),
                Cell(value=str(row["publisher"])),
                Cell(value=w(PUBLISHED_UNITS[str(row["unit"])])),
                *(
                    Cell(value=None if pd.isna(row[name]) else int(row[name]))
                    for name in ("reported", "proven_or_recommended", "sanctioned")
                ),
                Cell(value=f"[{numbers[str(row['source'])]}]"),
            )
        )
        for row in rows
    ]
    return [
        Heading(id="register-published", text=w("register.published")),
        context.paragraph("register.published_opening", scope=declared.scope),
        context.table(
            "table-register-published",
            w("register.published_table", scope=declared.scope),
            columns,
            body,
            source=w("report.source", title=w("register.sources_below")),
            notes=[
                w("register.published_note"),
                *(
                    w("comparison.source_note", number=number, source="; ".join(source(key)))
                    for key, number in numbers.items()
                ),
            ],
        ),
    ]


def _day(context: Context, text: str) -> str:
    """A date in the words of the report; one that is not known to the day as the source has it."""
    return context.f.day(date.fromisoformat(text)) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text
