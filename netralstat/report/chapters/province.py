"""Provinces: the maps and the table of both modalities against the national figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from netralstat.reference import provinces as province_list
from netralstat.report import drawings
from netralstat.report.blocks import Block, Cell, Column, Note, Row
from netralstat.report.chapters.prevalence import definitions
from netralstat.report.context import Context, slug
from netralstat.report.modalities import leading
from netralstat.report.tables import (
    HIGHER,
    LOWER,
    by_item,
    is_hidden,
    records,
    short_cells,
    short_columns,
    signs,
)

if TYPE_CHECKING:
    from netralstat.ask.plan_collect import Regions

# Fewer provinces than this need no picture of their places.
FEWEST_RANKED = 4


def write(context: Context) -> tuple[str, list[Block]]:
    """Maps first, then the full table in code order."""
    title = context.w("province.title")
    regions = context.material.plan.collect.regions
    if regions is None:
        return title, [context.missing("province.no_item")]
    frame = context.frame(f"headline_by_{regions.column}")
    if frame is None:
        return title, [context.missing("province.no_table", item=regions.column)]
    items = leading(context.material.plan, list(dict.fromkeys(frame["item"].astype(str))))
    rows = by_item(frame.loc[frame[regions.column].notna()], items, regions.column)
    marks = signs(context, f"headline_vs_national_{regions.column}", regions.column)
    blocks: list[Block] = [
        context.paragraph("province.opening_map" if context.material.boundaries else "province.opening")
    ]
    for item in items:
        blocks += _map(context, regions, item, rows[item], marks)
        blocks += _ranking(context, regions, item)
    outside = [context.labels.level(regions.column, slug) for slug in regions.outside]
    if outside:
        blocks.append(Note(text=context.w("province.outside", named=context.f.listing(outside))))
    blocks.append(_table(context, regions, items, rows, marks))
    return title, blocks


def _map(
    context: Context,
    regions: Regions,
    item: str,
    rows: dict[str, dict[str, Any]],
    marks: dict[tuple[str, str], str],
) -> list[Block]:
    label = context.labels.item(item)
    direction = {slug: sign for (name, slug), sign in marks.items() if name == item}
    values = pd.DataFrame(
        [
            {
                "slug": slug,
                "estimate": row["estimate"],
                "flag": row["flag"] if is_hidden(row) else "",
                "direction": {HIGHER: "higher", LOWER: "lower"}.get(direction.get(slug, ""), ""),
            }
            for slug, row in rows.items()
        ]
    )
    sentence = _reading(context, regions, item, rows, direction)
    name, boundaries = f"figure-map-{slug(item)}", context.material.boundaries
    notes = [context.w("province.map_note", level=context.f.percent(context.level, 0))]
    if boundaries is not None and boundaries.source is not None:
        notes.append(context.w("province.boundaries", source=boundaries.source[context.language]))
    return [
        context.paragraph("province.sentence", figure=f"[[{name}]]", reading=sentence),
        context.figure(
            name,
            context.w("province.figure", label=label),
            drawings.provinces(context, regions, values),
            context.w(
                "province.alt" if boundaries is None else "province.alt_map", label=label, reading=sentence
            ),
            notes=notes,
            table="table-province",
        ),
    ]


def _ranking(context: Context, regions: Regions, item: str) -> list[Block]:
    """The places that the sampling error leaves open to each province; nothing where few are shown."""
    table = context.material.estimates[f"headline_by_{regions.column}"].select(item=item)
    shown = [row for row, estimate in enumerate(table.table["estimate"]) if estimate == estimate]
    if len(shown) < FEWEST_RANKED:
        return []
    ranks = table.take(shown).ranks(regions.column)
    places = ranks.to_frame()
    first = int((places["rank_low"] == 1).sum())
    label, w = context.labels.item(item), context.w
    reading = w.plural("province.first", first)
    return [
        context.paragraph("province.ranks", label=label, reading=reading),
        context.figure(
            f"figure-ranks-{slug(item)}",
            w("province.ranks_figure", label=label),
            drawings.ranking(context, ranks),
            w("province.ranks_alt", label=label, reading=reading),
            notes=[w("province.ranks_note", level=context.f.percent(ranks.level, 0))],
            table="table-province",
        ),
    ]


def _reading(
    context: Context, regions: Regions, item: str, rows: dict[str, dict[str, Any]], direction: dict[str, str]
) -> str:
    shown = [(slug, row) for slug, row in rows.items() if not is_hidden(row)]
    if not shown:
        return context.w("province.all_hidden")
    shown.sort(key=lambda pair: float(pair[1]["estimate"]))
    highest, lowest = (context.labels.level(regions.column, shown[place][0]) for place in (-1, 0))
    high, low = (context.f.percent(shown[place][1]["estimate"]) for place in (-1, 0))
    if len(shown) == 1:
        told = [context.w("province.only", name=highest, value=high)]
    else:
        told = [context.w("province.extremes", highest=highest, high=high, lowest=lowest, low=low)]
    if direction:
        higher = sum(sign == HIGHER for sign in direction.values())
        lower = sum(sign == LOWER for sign in direction.values())
        key = "province.differ" if higher or lower else "province.differ_none"
        told.append(
            context.w(
                key,
                higher=context.number_word(higher),
                lower=context.number_word(lower),
                n=len(direction),
            )
        )
    return " ".join(told)


def _table(
    context: Context,
    regions: Regions,
    items: list[str],
    rows: dict[str, dict[str, dict[str, Any]]],
    marks: dict[tuple[str, str], str],
) -> Block:
    w = context.w
    columns = [
        Column(key="code", label=w("province.code"), kind="code"),
        Column(key="label", label=w("term.province"), kind="text"),
    ]
    for item in items:
        columns += short_columns(context, item, context.labels.item(item), versus=bool(marks))
    body = [_whole(context, items, bool(marks))]
    for place in province_list(regions.list_vintage).to_dict("records"):
        slug = str(place["slug"])
        cells = [Cell(value=str(place["bps_code"])), Cell(value=str(place[f"name_{context.language}"]))]
        if slug in regions.outside:
            width = len(columns) - 3
            outside = [Cell(value=w("province.outside_cell")), *(Cell(value="") for _ in range(width))]
            body.append(Row(cells=(*cells, *outside), kind="outside"))
            continue
        for item in items:
            sign = marks.get((item, slug), "") if marks else None
            cells += short_cells(rows[item].get(slug), sign=sign)
        body.append(Row(cells=tuple(cells)))
    notes = [w("province.signs", level=context.f.percent(context.level, 0))] if marks else []
    return context.table(
        "table-province",
        w("province.table", label=context.pair(items)),
        columns,
        body,
        notes=[*notes, w("note.short_columns", ci=context.ci), *definitions(context, items)],
        search=True,
    )


def _whole(context: Context, items: list[str], versus: bool) -> Row:
    national = context.frame("headline")
    found = {} if national is None else {str(row["item"]): row for row in records(national)}
    cells = [Cell(value=""), Cell(value=context.w("term.whole_row"))]
    for item in items:
        cells += short_cells(found.get(item), sign="" if versus else None)
    return Row(cells=tuple(cells), kind="total")
