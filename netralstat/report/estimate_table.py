"""Every estimate of a report under one head: what `estimates.csv` and the workbook's last sheet hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netralstat.report.material import Material
from netralstat.report.suppression import published_flag, require_suppressed

if TYPE_CHECKING:
    import pandas as pd

Value = str | float | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateTable:
    """All tables of estimates under each other.

    Parameters
    ----------
    head : tuple of str
        ``table, data, measure, item, level, <domains>, estimate, …, flag``.
    rows : tuple of tuple
        Raw values in the order of `head`; None where there is none, or where it is hidden (`flag` says why).
    """

    head: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def estimate_table(material: Material) -> EstimateTable:
    """Every table of estimates under one head.

    Raises
    ------
    DisclosureError
        A table has not passed disclosure control.
    """
    require_suppressed(material.estimates)
    parts: list[pd.DataFrame] = []
    domains: list[str] = []
    for name, table in material.estimates.items():
        frame = table.to_frame()
        frame.insert(0, "table", name)
        frame.insert(1, "data", "synthetic" if material.synthetic else "survey")
        frame.insert(2, "measure", table.statistic)
        frame["flag"] = [published_flag(flag) for flag in frame["flag"].fillna("").astype(str)]
        parts.append(frame)
        domains += [domain for domain in table.by if domain not in domains]
    if not parts:
        return EstimateTable(head=("table",), rows=())
    first = ["table", "data", "measure", "item", "level", *domains]
    head = tuple(dict.fromkeys([*first, *(str(column) for part in parts for column in part)]))
    rows: list[tuple[Value, ...]] = []
    for part in parts:
        nothing: list[Value] = [None] * len(part)
        columns = [_values(part[column]) if column in part else nothing for column in head]
        rows += zip(*columns, strict=True)
    return EstimateTable(head=head, rows=tuple(rows))


def _values(column: pd.Series) -> list[Value]:
    """Numbers as numbers, everything else as text, None where there is nothing."""
    missing = column.isna().tolist()
    return [
        None if gone else value if type(value) in (int, float) else str(value)
        for value, gone in zip(column.tolist(), missing, strict=True)
    ]
