"""Shares by group: for each domain of the plan a sentence and a table with n, interval and sign."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from netralstat.report.blocks import Block, Cell, Column, Heading, Paragraph, Row
from netralstat.report.context import Context, slug
from netralstat.report.tables import (
    HIGHER,
    LOWER,
    by_item,
    count,
    error,
    group_row,
    interval,
    records,
    signs,
    value,
)

SIDES = ((HIGHER, "domains.higher"), (LOWER, "domains.lower"))
MOST_BY_REGION = 2
"""Items that are printed by region; of more, the regions stand in estimates.csv alone."""

Marks = Mapping[tuple[str, str], str]


def group_tables(
    context: Context,
    battery: str,
    items: Sequence[str],
    *,
    part: str,
    title: str,
    named: Callable[[str], str],
) -> list[Block]:
    """The shares of `items` by every domain of the plan.

    Parameters
    ----------
    battery : str
        Name of the table of estimates: its ``_by_<domain>`` and ``_vs_national_<domain>`` are printed.
    part : str
        Of the ids: ``table-<part>-<domain>``.
    title : str
        What the items are called together.
    named : callable
        What each item is called.

    Returns
    -------
    list of Block
        A heading, a paragraph and a table a domain; the region comes last, and not at all where there are
        more than `MOST_BY_REGION` items.
    """
    blocks: list[Block] = []
    for domain in region_last(context, without=len(items) > MOST_BY_REGION):
        frame = context.frame(f"{battery}_by_{domain}")
        if frame is None:
            continue
        rows = by_item(frame, items, domain)
        if not any(rows.values()):
            continue
        levels = context.labels.in_order(domain, frame[domain].astype(str))
        marks = signs(context, f"{battery}_vs_national_{domain}", domain)
        inside = context.labels.within(domain)
        heading = context.w("domains.heading", domain=inside)
        blocks += [
            Heading(id=f"{part}-by-{slug(domain)}", text=f"{title} {heading[:1].lower()}{heading[1:]}"),
            Paragraph(text=_reading(context, domain, levels, marks, {item: named(item) for item in items})),
            context.table(
                f"table-{part}-{slug(domain)}",
                context.w("domains.table", label=title, domain=inside),
                _columns(context, domain),
                _body(context, domain, levels, rows, marks, {item: named(item) for item in items}),
                notes=[
                    context.w("domains.signs", level=context.f.percent(context.level, 0)),
                    context.w("note.short_columns", ci=context.ci),
                ],
            ),
        ]
    return blocks


def region_last(context: Context, *, without: bool = False) -> list[str]:
    """Domains of the plan; the region, which has the most levels, comes last, or is left out."""
    plan = context.material.plan
    region = plan.collect.regions.column if plan.collect.regions is not None else None
    chosen = [domain for domain in plan.estimate.domains if not (without and domain == region)]
    return sorted(chosen, key=lambda domain: domain == region)


def _columns(context: Context, domain: str) -> tuple[Column, ...]:
    w = context.w
    return (
        Column(key="label", label=context.labels.item(domain), kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
        Column(key="estimate", label=w("term.percent"), kind="percent"),
        Column(key="interval", label=context.ci, kind="interval"),
        Column(key="std_error", label=w("term.std_error"), kind="se_percent"),
        Column(key="sign", label=w("term.versus"), kind="sign"),
    )


def _body(
    context: Context,
    domain: str,
    levels: Sequence[str],
    rows: Mapping[str, Mapping[str, dict[str, Any]]],
    marks: Marks,
    names: Mapping[str, str],
) -> list[Row]:
    """The levels of the domain under each item; an only item needs no heading."""
    body: list[Row] = []
    for item, by_level in rows.items():
        if not by_level:
            continue
        if len(rows) > 1:
            body.append(group_row(names[item], 6))
        for level in levels:
            if level in by_level:
                row = by_level[level]
                sign = Cell(value=marks.get((item, level), ""))
                label = Cell(value=context.labels.level(domain, level))
                cells = (label, count(row), value(row, "estimate"), interval(row), error(row), sign)
                body.append(Row(cells=cells))
    return body


def _reading(
    context: Context, domain: str, levels: Sequence[str], marks: Marks, names: Mapping[str, str]
) -> str:
    """Which groups differ significantly from the whole, item by item; in words when none does."""
    told = []
    for item, name in names.items():
        found = []
        for sign, key in SIDES:
            differing = [
                context.labels.level(domain, level) for level in levels if marks.get((item, level)) == sign
            ]
            if differing:
                found.append(context.w(key, named=context.f.listing(differing)))
        if found:
            told.append(f"{name}. {' '.join(found)}" if len(names) > 1 else " ".join(found))
    return " ".join(told) or context.w("domains.none_differ")


def national(context: Context, tables: Sequence[str], items: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The row of the whole population of each item, from the first of `tables` that has it."""
    found: dict[str, dict[str, Any]] = {}
    for table in tables:
        frame = context.frame(table)
        for row in records(frame) if frame is not None else ():
            if row["item"] in items:
                found.setdefault(str(row["item"]), row)
    return {item: found[item] for item in items if item in found}
