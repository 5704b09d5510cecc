"""The table of a driver model: a row a coefficient, under its factor, with the reference levels."""

from __future__ import annotations

from typing import Any

from netralstat.report.blocks import Cell, Column, Row, Table
from netralstat.report.context import Context
from netralstat.report.models.reading import ModelReading, is_ancillary, is_curve
from netralstat.report.models.suppression import few_respondents
from netralstat.report.tables import group_row, records

Record = dict[str, Any]
WIDTH = 5


def driver_table(
    context: Context, name: str, label: str, reading: ModelReading, *, notes: list[str], figure: str
) -> Table:
    """The numbered table `name` of a model.

    Parameters
    ----------
    label : what the model is called. notes : under the table, after those that every model has.
    figure : id of the picture with the same numbers; empty where there is none.
    """
    w, model = context.w, reading.model
    effect, short = reading.effect_words
    columns = (
        Column(key="term", label=w("drivers.term"), kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
        Column(key="effect", label=f"{effect} ({short})" if reading.is_ratio else effect, kind="number"),
        Column(key="interval", label=context.ci, kind="interval_number"),
        Column(key="p", label=w("drivers.p"), kind="p_value"),
    )
    bent = {} if "outcome_level" in model.table else reading.bent()
    said = [
        w("drivers.note_ratio", short=short) if reading.is_ratio else w("drivers.note_coefficient"),
        w("drivers.sizes", n=context.f.count(model.n), df=context.f.degrees(model.df)),
        *(
            w("drivers.note_curve", variable=reading.variable(term), p=context.f.p_phrase(p))
            for term, p in bent.items()
        ),
    ]
    return context.table(
        name,
        w("drivers.table", effect=effect, label=label),
        columns,
        _rows(reading),
        notes=[*said, *notes],
        figure=figure,
    )


def _rows(reading: ModelReading) -> list[Row]:
    """Numbers first, then each factor with its levels; of a multinomial outcome, a part for each level."""
    rows = [row for row in records(reading.model.to_frame()) if not is_ancillary(str(row["variable"]))]
    body: list[Row] = []
    for outcome in dict.fromkeys(row.get("outcome_level") for row in rows):
        own = [row for row in rows if row.get("outcome_level") == outcome]
        seen = ""
        for row in sorted(own, key=lambda row: bool(row["level"])):
            group = _group(reading, row, outcome)
            if group != seen:
                body.append(group_row(group, WIDTH))
            seen = group
            body.append(_row(reading, row))
    return body


def _group(reading: ModelReading, row: Record, outcome: Any) -> str:
    """The heading that a row stands under: its factor, or that it is told by the unit."""
    factor = reading.variable(str(row["variable"])) if row["level"] else reading.w("drivers.per_unit")
    if outcome is None:
        return factor
    return f"{reading.names.level(reading.model.outcome, outcome)}: {factor}"


def _row(reading: ModelReading, row: Record) -> Row:
    label = Cell(value=reading.level(row) if row["level"] else reading.variable(str(row["variable"])))
    flag = few_respondents(row, reading.least)
    if flag:
        size = Cell(flag=flag) if flag == "suppressed_n" else Cell(value=int(row["n"]))
        return Row(cells=(label, size, Cell(flag=flag), Cell(), Cell()))
    size = Cell(value=int(row["n"]))
    if row["reference"]:
        said = Cell(value=reading.w("drivers.reference"))
        return Row(cells=(label, size, said, Cell(value=""), Cell(value="")), kind="reference")
    p = Cell(value=float(row["p_value"]))
    if is_curve(str(row["variable"])):
        return Row(cells=(label, size, Cell(value=""), Cell(value=""), p))
    effect, low, high = (float(row[column]) for column in reading.effect)
    return Row(cells=(label, size, Cell(value=effect), Cell(value=(low, high)), p))
