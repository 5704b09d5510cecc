"""Rows and columns that several chapters share: estimates with their uncertainty, and signs of difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netralstat.report.blocks import Cell, Column, Row
from netralstat.report.context import Context
from netralstat.report.reliability import MARKED_FLAGS
from netralstat.report.suppression import HIDDEN_FLAGS

if TYPE_CHECKING:
    import pandas as pd

HIGHER, LOWER = "▲", "▼"
Record = Mapping[str, Any]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as dictionaries."""
    names = [str(column) for column in frame.columns]
    columns = [frame[column].tolist() for column in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def is_hidden(row: Record) -> bool:
    """Whether disclosure control or unreliability took the value away."""
    return row["flag"] in HIDDEN_FLAGS


def value(row: Record, column: str) -> Cell:
    """One number of an estimate; a hidden one bears its flag, and so does one to be read with care."""
    if is_hidden(row):
        return Cell(flag=str(row["flag"]))
    number = row[column]
    marked = column == "estimate" and row["flag"] in MARKED_FLAGS
    return Cell(value=None if number != number else float(number), flag=str(row["flag"]) if marked else "")


def interval(row: Record) -> Cell:
    """The confidence interval of an estimate."""
    if is_hidden(row) or row["conf_low"] != row["conf_low"]:
        return Cell()
    return Cell(value=(float(row["conf_low"]), float(row["conf_high"])))


def error(row: Record) -> Cell:
    """The standard error of an estimate; none where the estimate is hidden."""
    return Cell() if is_hidden(row) else value(row, "std_error")


def count(row: Record, column: str = "n") -> Cell:
    """A number of respondents."""
    return Cell(value=int(row[column]))


def full_columns(context: Context, stub: str, *, mean: bool = False) -> tuple[Column, ...]:
    """All that an estimate states: n, value, interval, standard error, df, effective n, design effect."""
    w = context.w
    return (
        Column(key="label", label=stub, kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
        Column(
            key="estimate",
            label=w("term.mean") if mean else w("term.percent"),
            kind="number" if mean else "percent",
        ),
        Column(key="interval", label=context.ci, kind="interval_number" if mean else "interval"),
        Column(key="std_error", label=w("term.std_error"), kind="number" if mean else "se_percent"),
        Column(key="df", label=w("term.df"), kind="df"),
        Column(key="n_eff", label=w("term.n_eff"), kind="count"),
        Column(key="deff", label=w("term.deff"), kind="number"),
    )


def full_row(row: Record, label: str, kind: str = "body") -> Row:
    """The row under `full_columns`."""
    rest = [
        Cell() if is_hidden(row) else value(row, column) for column in ("std_error", "df", "n_eff", "deff")
    ]
    cells = (Cell(value=label), count(row), value(row, "estimate"), interval(row), *rest)
    return Row(cells=cells, kind=kind)


def short_columns(
    context: Context, key: str, group: str, *, versus: bool, mean: bool = False
) -> tuple[Column, ...]:
    """n, value and interval of one item under its name; with `versus` also the sign of difference."""
    w = context.w
    columns = [
        Column(key=f"{key}_n", label=w("term.n"), kind="count", group=group),
        Column(
            key=f"{key}_estimate",
            label=w("term.mean") if mean else w("term.percent"),
            kind="number" if mean else "percent",
            group=group,
        ),
        Column(
            key=f"{key}_interval",
            label=context.ci,
            kind="interval_number" if mean else "interval",
            group=group,
        ),
    ]
    if versus:
        columns.append(Column(key=f"{key}_sign", label=w("term.versus"), kind="sign", group=group))
    return tuple(columns)


def short_cells(row: Record | None, *, sign: str | None = None) -> list[Cell]:
    """The cells under `short_columns`; all empty when there is no such row."""
    width = 3 if sign is None else 4
    if row is None:
        return [Cell() for _ in range(width)]
    cells = [count(row), value(row, "estimate"), interval(row)]
    return cells if sign is None else [*cells, Cell(value=sign)]


def group_row(label: str, width: int) -> Row:
    """A heading across the table."""
    return Row(cells=(Cell(value=label), *(Cell(value="") for _ in range(width - 1))), kind="group")


def signs(context: Context, name: str, domain: str) -> dict[tuple[str, str], str]:
    """▲, ▼ or "" by (item, domain level) of every tested difference that is shown (p after Holm)."""
    frame = context.frame(name)
    if frame is None:
        return {}
    alpha = 1 - context.level
    found = {}
    for row in records(frame):
        if is_hidden(row) or row["p_adjusted"] != row["p_adjusted"]:
            continue
        significant = row["p_adjusted"] < alpha
        sign = (HIGHER if row["estimate"] > 0 else LOWER) if significant else ""
        found[str(row["item"]), str(row[domain])] = sign
    return found


def by_item(frame: pd.DataFrame, items: Sequence[str], key: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Rows by item, then by the value of `key`."""
    table: dict[str, dict[str, dict[str, Any]]] = {item: {} for item in items}
    for row in records(frame):
        if row["item"] in table:
            table[str(row["item"])][str(row[key])] = row
    return table
