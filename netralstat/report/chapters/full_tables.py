"""Full tables: every headline indicator by every domain, and every answer to the statements, with all that is
known of their precision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from netralstat.report.answers import columns as answer_columns
from netralstat.report.answers import row_of
from netralstat.report.blocks import Block, Cell, Column, Row
from netralstat.report.context import Context, slug
from netralstat.report.reliability import relative_standard_error
from netralstat.report.statements import FULL, printed
from netralstat.report.tables import Record, full_columns, full_row, group_row, is_hidden, records


def write(context: Context) -> tuple[str, list[Block]]:
    """One table an indicator, the whole population and then each domain; one table of all statements."""
    w, title = context.w, context.w("full_tables.title")
    frame = context.frame("headline")
    if frame is None:
        return title, _statements(context) or [context.missing("full_tables.missing")]
    whole: dict[str, list[Record]] = {}
    for row in records(frame):
        whole.setdefault(str(row["item"]), []).append(row)
    groups = {
        domain: records(table)
        for domain in context.material.plan.estimate.domains
        if (table := context.frame(f"headline_by_{domain}")) is not None
    }
    columns = (
        *full_columns(context, w("reporting.group")),
        Column(key="rse", label=w("full_tables.rse"), kind="percent"),
    )
    blocks: list[Block] = [context.paragraph("full_tables.opening", n=len(whole))]
    for item, rows in whole.items():
        body = [_row(row, _label(context, row, len(rows) > 1, w("term.whole_row")), "total") for row in rows]
        body += _by_domain(context, groups, item, len(columns), len(rows) > 1)
        label = context.labels.item(item)
        blocks.append(
            context.table(
                f"table-full-{slug(item)}",
                w("full_tables.table", label=label),
                columns,
                body,
                notes=[w("note.columns"), w("full_tables.note")],
            )
        )
    return title, [*blocks, *_statements(context)]


def _statements(context: Context) -> list[Block]:
    """Every answer to the statements that chapters print as bars, with its interval and standard error."""
    w, batteries = context.w, printed(context)
    if not batteries:
        return []
    columns = answer_columns(context, w("term.answer"))
    body: list[Row] = []
    for battery in batteries:
        for one in battery.statements:
            body.append(group_row(one.label(context), len(columns)))
            body += [row_of(label, row) for label, row in zip(battery.levels, one.rows, strict=True)]
    marked = any(one.reverse for battery in batteries for one in battery.statements)
    notes = [w("opinions.single"), *([w("statements.reversed")] if marked else [])]
    return [context.table(FULL, w("statements.full"), columns, body, notes=notes)]


def _by_domain(
    context: Context, groups: Mapping[str, Sequence[Record]], item: str, width: int, several: bool
) -> list[Row]:
    body: list[Row] = []
    for domain, table in groups.items():
        of_item = [row for row in table if row["item"] == item]
        if not of_item:
            continue
        body.append(group_row(context.labels.item(domain), width))
        for answer in dict.fromkeys(str(row["level"]) for row in of_item):
            rows = {str(row[domain]): row for row in of_item if str(row["level"]) == answer}
            for level in context.labels.in_order(domain, rows):
                name = context.labels.level(domain, level)
                body.append(_row(rows[level], _label(context, rows[level], several, name)))
    return body


def _label(context: Context, row: Record, several: bool, name: str) -> str:
    """The group; of an item with several levels also the level."""
    return f"{name}: {context.labels.level(str(row['item']), row['level'])}" if several else name


def _row(row: Record, label: str, kind: str = "body") -> Row:
    made = full_row(row, label, kind)
    if is_hidden(row):
        return Row(cells=(*made.cells, Cell()), kind=kind)
    found = relative_standard_error(np.array([row["estimate"]], float), np.array([row["std_error"]], float))
    relative = float(found[0])
    return Row(cells=(*made.cells, Cell(value=relative if np.isfinite(relative) else None)), kind=kind)
