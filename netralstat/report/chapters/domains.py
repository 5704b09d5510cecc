"""Groups of the population: every domain of the plan except the province, as interval plots and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from netralstat.report import drawings
from netralstat.report.blocks import Block, Cell, Column, Heading, Paragraph, Row
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
    value,
)

FEW = 2
SIDES = ((HIGHER, "domains.higher"), (LOWER, "domains.lower"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """The rows of one table by item and level of a domain, and how each differs from the whole."""

    kind: str
    domain: str
    items: tuple[str, ...]
    levels: tuple[str, ...]
    rows: dict[str, dict[str, dict[str, Any]]]
    marks: dict[tuple[str, str], str]

    @property
    def mean(self) -> bool:
        """Whether the estimates are means, not shares."""
        return self.kind == "means"

    @property
    def slug(self) -> str:
        """The domain in an id."""
        return slug(self.domain)


def write(context: Context) -> tuple[str, list[Block]]:
    """One section a domain."""
    plan = context.material.plan
    region = plan.collect.regions.column if plan.collect.regions is not None else None
    blocks: list[Block] = []
    for domain in plan.estimate.domains:
        if domain == region:
            continue
        parts = _shares(context, domain) + _means(context, domain)
        if parts:
            text = context.w("domains.heading", domain=context.labels.within(domain))
            blocks += [Heading(id=f"domain-{slug(domain)}", text=text), *parts]
    return context.w("domains.title"), blocks or [context.missing("domains.missing")]


def _shares(context: Context, domain: str) -> list[Block]:
    battery = _battery(context, "headline", domain)
    if battery is None:
        return []
    return _section(context, battery)


def _means(context: Context, domain: str) -> list[Block]:
    battery = _battery(context, "means", domain)
    if battery is None:
        return []
    return _section(context, battery) if len(battery.items) <= FEW else _matrix(context, battery)


def _battery(context: Context, kind: str, domain: str) -> Battery | None:
    frame = context.frame(f"{kind}_by_{domain}")
    if frame is None:
        return None
    frame = frame.loc[frame[domain].notna()]
    names = list(dict.fromkeys(frame["item"].astype(str)))
    items = leading(context.material.plan, names) if kind == "headline" else names
    return Battery(
        kind=kind,
        domain=domain,
        items=tuple(items),
        levels=tuple(context.labels.in_order(domain, frame[domain].astype(str))),
        rows=by_item(frame, items, domain),
        marks=signs(context, f"{kind}_vs_national_{domain}", domain),
    )


def _section(context: Context, battery: Battery) -> list[Block]:
    """A sentence, the picture and the table of one or two items."""
    w, part, domain = context.w, battery.slug, battery.domain
    table_id, figure_id = f"table-{battery.kind}-{part}", f"figure-{battery.kind}-{part}"
    reading = " ".join(_reading(context, battery, item) for item in battery.items)
    blocks: list[Block] = [Paragraph(text=reading)]
    named = [
        (context.labels.level(domain, level), context.labels.item(item), battery.rows[item][level])
        for item in battery.items
        for level in battery.levels
        if level in battery.rows[item]
    ]
    comparable = not battery.mean or len(battery.items) == 1  # means may have different units
    drawn = comparable and any(not is_hidden(row) for _, _, row in named)
    fields = {"label": context.pair(battery.items), "domain": context.labels.within(domain)}
    if drawn:
        blocks.append(
            context.figure(
                figure_id,
                w("domains.figure", **fields),
                drawings.intervals(context, named, mean=battery.mean, reference=_reference(context, battery)),
                w("domains.alt", reading=reading, **fields),
                notes=[w("note.interval", ci=context.ci)],
                table=table_id,
            )
        )
    columns = [Column(key="label", label=context.labels.item(domain), kind="text")]
    for item in battery.items:
        label = context.labels.item(item)
        columns += short_columns(context, item, label, versus=bool(battery.marks), mean=battery.mean)
    notes = [w("domains.signs", level=context.f.percent(context.level, 0))] if battery.marks else []
    blocks.append(
        context.table(
            table_id,
            w("domains.table", **fields),
            columns,
            [_whole(context, battery), *(_row(context, battery, level) for level in battery.levels)],
            notes=[*notes, w("note.short_columns", ci=context.ci)],
            figure=figure_id if drawn else "",
        )
    )
    return blocks


def _matrix(context: Context, battery: Battery) -> list[Block]:
    """Many means at once: a column pair an item, its mean and standard error."""
    w, table_id = context.w, f"table-means-{battery.slug}"
    domain = context.labels.within(battery.domain)
    columns = [
        Column(key="label", label=context.labels.item(battery.domain), kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
    ]
    for item in battery.items:
        group = context.labels.item(item)
        columns.append(Column(key=f"{item}_mean", label=w("term.mean_short"), kind="number", group=group))
        columns.append(Column(key=f"{item}_se", label=w("term.std_error_short"), kind="number", group=group))
    whole = _national(context, battery.kind)
    body = [_matrix_row(w("term.whole_row"), [whole.get(item) for item in battery.items], "total")]
    for level in battery.levels:
        rows = [battery.rows[item].get(level) for item in battery.items]
        body.append(_matrix_row(context.labels.level(battery.domain, level), rows, "body"))
    return [
        context.paragraph("domains.many", domain=domain, table=table_id),
        context.table(
            table_id, w("domains.many_title", domain=domain), columns, body, notes=[w("domains.many_note")]
        ),
    ]


def _matrix_row(label: str, rows: Sequence[dict[str, Any] | None], kind: str) -> Row:
    known = [row for row in rows if row is not None]
    cells = [Cell(value=label), Cell(value=min((int(row["n"]) for row in known), default=0))]
    for row in rows:
        if row is None:
            cells += [Cell(), Cell()]
        else:
            cells += [value(row, "estimate"), Cell() if is_hidden(row) else value(row, "std_error")]
    return Row(cells=tuple(cells), kind=kind)


def _national(context: Context, kind: str) -> dict[str, dict[str, Any]]:
    frame = context.frame(kind)
    return {} if frame is None else {str(row["item"]): row for row in records(frame)}


def _reference(context: Context, battery: Battery) -> float | None:
    """The national figure as a line, when the picture shows a single item."""
    if len(battery.items) != 1:
        return None
    row = _national(context, battery.kind).get(battery.items[0])
    return float(row["estimate"]) if row is not None and not is_hidden(row) else None


def _whole(context: Context, battery: Battery) -> Row:
    found = _national(context, battery.kind)
    cells = [Cell(value=context.w("term.whole_row"))]
    for item in battery.items:
        cells += short_cells(found.get(item), sign="" if battery.marks else None)
    return Row(cells=tuple(cells), kind="total")


def _row(context: Context, battery: Battery, level: str) -> Row:
    cells = [Cell(value=context.labels.level(battery.domain, level))]
    for item in battery.items:
        sign = battery.marks.get((item, level), "") if battery.marks else None
        cells += short_cells(battery.rows[item].get(level), sign=sign)
    return Row(cells=tuple(cells))


def _reading(context: Context, battery: Battery, item: str) -> str:
    """Highest and lowest group, and which groups differ significantly from the whole."""
    label, rows = context.labels.item(item), battery.rows[item]
    shown = sorted(
        (level for level in rows if not is_hidden(rows[level])), key=lambda x: float(rows[x]["estimate"])
    )
    if len(shown) < FEW:
        return context.w("domains.hidden", label=label)

    def told(level: str) -> str:
        number = float(rows[level]["estimate"])
        return context.f.number(number, 1) if battery.mean else context.f.percent(number)

    name = context.labels.level
    sentence = context.w(
        "domains.extremes" if len(shown) == len(rows) else "domains.extremes_shown",
        label=label,
        highest=name(battery.domain, shown[-1]),
        high=told(shown[-1]),
        lowest=name(battery.domain, shown[0]),
        low=told(shown[0]),
    )
    if not battery.marks:
        return sentence
    extra = []
    for sign, key in SIDES:
        levels = [
            name(battery.domain, level)
            for level in battery.levels
            if battery.marks.get((item, level)) == sign
        ]
        if levels:
            extra.append(context.w(key, named=context.f.listing(levels)))
    return " ".join([sentence, *(extra or [context.w("domains.none_differ")])])
