"""What a model says of everybody at one value: as things are, changed, and the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netralstat.report.blocks import Cell, Column, Row, Table
from netralstat.report.context import Context
from netralstat.report.tables import records

if TYPE_CHECKING:
    from netralstat.report.material import WhatIf


def what_if_table(context: Context, name: str, outcome: str, told: WhatIf) -> Table:
    """The numbered table `name`: the population first, then each domain."""
    w, f = context.w, context.f
    changes = f.listing(
        [
            w("what_if.set", variable=context.labels.item(variable), value=_value(context, variable, value))
            for variable, value in told.changes.items()
        ]
    )
    columns = (
        Column(key="domain", label=context.labels.item(told.by) if told.by else "", kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
        Column(key="as_is", label=w("what_if.as_is"), kind="percent"),
        Column(key="changed", label=w("what_if.changed"), kind="percent"),
        Column(key="interval", label=context.ci, kind="interval"),
        Column(key="difference", label=w("what_if.difference"), kind="points"),
        Column(key="p", label=w("drivers.p"), kind="p_value"),
    )
    rows = sorted(records(told.table), key=lambda row: isinstance(row["level"], str))
    return context.table(
        name,
        w("what_if.table", outcome=outcome, changes=changes),
        columns,
        [_row(context, told, row) for row in rows],
        notes=[w("what_if.note", changes=changes)],
    )


def _row(context: Context, told: WhatIf, row: dict[str, object]) -> Row:
    level = row["level"]
    whole = not isinstance(level, str)
    label = context.w("what_if.national") if whole else context.labels.level(told.by, level)
    kind = "total" if whole else "body"
    if row["flag"]:
        hidden = Cell(flag=str(row["flag"]))
        return Row(cells=(Cell(value=label), hidden, hidden, hidden, Cell(), Cell(), Cell()), kind=kind)
    numbers = {key: float(row[key]) for key in ("as_is", "changed", "low", "high", "difference", "p_value")}  # type: ignore[arg-type]
    cells = (
        Cell(value=label),
        Cell(value=int(row["n"])),  # type: ignore[call-overload]
        Cell(value=numbers["as_is"]),
        Cell(value=numbers["changed"]),
        Cell(value=(numbers["low"], numbers["high"])),
        Cell(value=numbers["difference"]),
        Cell(value=numbers["p_value"]),
    )
    return Row(cells=cells, kind=kind)


def _value(context: Context, variable: str, value: object) -> str:
    if isinstance(value, (int, float)):
        return context.f.number(float(value), 0 if float(value).is_integer() else 2)
    return context.labels.level(variable, value)
