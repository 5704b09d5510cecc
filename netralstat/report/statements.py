"""Statements answered on one ordered scale: diverging bars and the table behind them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netralstat.ask.indicator_checks import reversed_members
from netralstat.estimate.intervals import proportion_interval
from netralstat.report import drawings, topics
from netralstat.report.answers import OPINIONS, REPORTING, SCALES, TABLES, Rows, base_note, told_in
from netralstat.report.blocks import Block, Cell, Column, Paragraph, Row
from netralstat.report.context import Context
from netralstat.report.tables import count, group_row, is_hidden, value

if TYPE_CHECKING:
    from netralstat.ask.instrument import Item
    from netralstat.estimate.estimates import Estimates

FEWEST_LEVELS, MOST_LEVELS = 3, 5
"""Answers of a scale that is drawn as diverging bars; shorter and longer ones have tables of their own."""
MOST_STATEMENTS = 10
"""Bars of a figure, so that it leaves room on its page."""
CHAPTERS = (SCALES, REPORTING, OPINIONS)
FULL = "table-full-statements"
Levels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The answers on one side of the middle together: their share and its confidence limits."""

    share: float
    low: float
    high: float


Totals = tuple[Total | None, Total | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement: its estimates from the lowest answer to the highest, and the total of either side.

    `group` is the scale that counts it, `reverse` whether it is worded the other way round; a total is None
    where one of its answers is hidden.
    """

    wording: str
    group: str
    reverse: bool
    rows: Rows
    totals: Totals
    notes: tuple[str, ...]

    def label(self, context: Context, *, quoted: bool = False) -> str:
        """Its wording, marked where it is worded the other way round; in quotes without its full stop."""
        text = self.wording.removesuffix(".") if quoted else self.wording
        return context.w("statements.marked", label=text) if self.reverse else text

    @property
    def shares(self) -> tuple[float, ...] | None:
        """The shares of a bar; None where one of them is hidden, for it would follow from the others."""
        if any(is_hidden(row) for row in self.rows):
            return None
        return tuple(float(row["estimate"]) for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """Statements with the same answers, from the lowest to the highest."""

    part: str
    levels: tuple[str, ...]
    statements: tuple[Statement, ...]

    @property
    def half(self) -> int:
        """Answers on either side of the middle."""
        return len(self.levels) // 2

    @property
    def sides(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The answers below the middle and above it, the nearest first."""
        return self.levels[: self.half][::-1], self.levels[-self.half :]

    @property
    def groups(self) -> tuple[str, ...]:
        """The scales, each once."""
        return tuple(dict.fromkeys(statement.group for statement in self.statements))


def split(context: Context, chapter: str, items: Mapping[str, Rows]) -> tuple[list[Battery], dict[str, Rows]]:
    """Batteries of two or more items that share ordered answers, and the rows of all other items."""
    found: dict[Levels, list[str]] = {}
    for name, rows in items.items():
        levels = _levels(context, name)
        if levels and {str(row["level"]) for row in rows} == {code for code, _ in levels}:
            found.setdefault(levels, []).append(name)
    together = {levels: names for levels, names in found.items() if len(names) > 1}
    batteries: list[Battery] = []
    for levels, names in together.items():
        statements = _statements(context, names, [code for code, _ in levels], items)
        for few in _pages(statements):
            part = f"{chapter}-{len(batteries) + 1}" if batteries else chapter
            batteries.append(Battery(part=part, levels=tuple(label for _, label in levels), statements=few))
    drawn = {name for names in together.values() for name in names}
    return batteries, {name: rows for name, rows in items.items() if name not in drawn}


def _pages(statements: Sequence[Statement]) -> list[tuple[Statement, ...]]:
    """Statements in parts of about one size that a page holds; a scale stays together unless it is longer."""
    runs: list[list[Statement]] = []
    for one in statements:
        if not runs or runs[-1][0].group != one.group or not one.group or len(runs[-1]) == MOST_STATEMENTS:
            runs.append([])
        runs[-1].append(one)
    size = len(statements) / math.ceil(len(statements) / MOST_STATEMENTS)
    parts: dict[int, list[Statement]] = {}
    before = 0
    for run in runs:
        parts.setdefault(int(before / size + 1e-9), []).extend(run)
        before += len(run)
    return [tuple(part) for part in parts.values()]


def printed(context: Context) -> list[Battery]:
    """The batteries of all chapters that the report has."""
    return [
        battery
        for chapter in CHAPTERS
        if context.prints(chapter)
        for battery in split(context, chapter, told_in(context, chapter))[0]
    ]


def battery_blocks(context: Context, battery: Battery) -> list[Block]:
    """The sentence, the bars and the table of a battery."""
    w, reading = context.w, _reading(context, battery)
    table, figure = f"table-statements-{battery.part}", f"figure-statements-{battery.part}"
    drawn = any(statement.shares is not None for statement in battery.statements)
    title, notes = _title(context, battery), _notes(context, battery)
    told = w("province.sentence", figure=f"[[{figure if drawn else table}]]", reading=reading)
    blocks: list[Block] = [Paragraph(text=told)]
    if drawn:
        low, high = (_side(context, side) for side in battery.sides)
        alt = w(
            "statements.alt",
            n=len(battery.statements),
            first=battery.levels[0],
            last=battery.levels[-1],
            reading=reading,
        )
        many = len(battery.groups) > 1
        bars = [(one.label(context), one.group if many else "", one.shares) for one in battery.statements]
        picture = drawings.likert(context, bars, battery.levels, low=low, high=high)
        blocks.append(context.figure(figure, title, picture, alt, notes=notes, table=table))
    where = (
        w("statements.precision", table=f"[[{FULL}]]")
        if context.prints("full_tables")
        else w("statements.precision_file")
    )
    blocks.append(
        context.table(
            table,
            title,
            _columns(context, battery),
            _body(context, battery),
            notes=[w("opinions.single"), *notes, where],
            figure=figure if drawn else "",
        )
    )
    return blocks


def _levels(context: Context, name: str) -> Levels:
    """Code and label of the answers of an item by their score; empty where they are no such scale."""
    instrument = context.material.instrument
    item: Item | None = instrument.item(name) if name in instrument else None
    if item is None or item.kind != "select_one":
        return ()
    scored = [(choice.score, choice.name) for choice in item.choices if choice.missing is None]
    scores = {score for score, _ in scored}
    if None in scores or len(scores) != len(scored) or not FEWEST_LEVELS <= len(scored) <= MOST_LEVELS:
        return ()
    order = sorted(scored, key=lambda pair: float(pair[0] or 0.0))
    return tuple((code, context.labels.level(name, code)) for _, code in order)


def _statements(
    context: Context, names: Sequence[str], codes: Sequence[str], items: Mapping[str, Rows]
) -> tuple[Statement, ...]:
    plan, instrument = context.material.plan, context.material.instrument
    scale_of = topics.scale_statements(plan, instrument)
    turned = {
        name for scale in plan.ask.scales for name in reversed_members(scale, plan.ask.scales, instrument)
    }
    order = {name: place for place, name in enumerate(scale_of)}
    totals = _totals(context, names, codes)
    made = []
    for name in sorted(names, key=lambda name: order.get(name, len(order))):
        by_code = {str(row["level"]): row for row in items[name]}
        label = context.labels.question(name)
        scale = scale_of.get(name)
        made.append(
            Statement(
                wording=label,
                group=context.labels.item(scale) if scale is not None else "",
                reverse=name in turned,
                rows=[by_code[code] for code in codes],
                totals=totals[name],
                notes=tuple(base_note(context, name)),
            )
        )
    return tuple(made)


def _totals(context: Context, names: Sequence[str], codes: Sequence[str]) -> dict[str, Totals]:
    """The share of either side of every statement with its interval.

    Formula      p = Σ p_l, s² = Σ V_lm over the answers l, m of the side; limits by the wave's interval
                 (methods.md "Answers together")
    """
    half, plan = len(codes) // 2, context.material.plan.estimate
    numbers = [
        _side_numbers(estimates, places, side)
        for estimates, places in _places(context, names)
        for side in (codes[:half], codes[-half:])
    ]
    share, variance, n, df = np.array(numbers, dtype=float).T
    bounds = proportion_interval(
        share,
        np.sqrt(np.maximum(variance, 0.0)),
        n,
        df,
        method=plan.interval or "logit",
        level=plan.level,
        group=np.full(len(share), -1),
    )
    made = [
        None if np.isnan(p) else Total(share=float(p), low=float(low), high=float(high))
        for p, low, high in zip(share, bounds.low, bounds.high, strict=True)
    ]
    return {name: (made[2 * place], made[2 * place + 1]) for place, name in enumerate(names)}


def _places(context: Context, names: Sequence[str]) -> list[tuple[Estimates, dict[str, int]]]:
    """For each item the table that holds it, and the row of each of its levels there."""
    found: dict[str, tuple[Estimates, dict[str, int]]] = {}
    for name in TABLES:
        estimates = context.material.estimates.get(name)
        if estimates is None:
            continue
        table = estimates.table
        for row, (item, level) in enumerate(zip(table["item"], table["level"], strict=True)):
            if item in names:
                found.setdefault(item, (estimates, {}))[1][str(level)] = row
    return [found[name] for name in names]


def _side_numbers(
    estimates: Estimates, places: Mapping[str, int], side: Sequence[str]
) -> tuple[float, float, float, float]:
    """Share, variance, n and degrees of freedom of some answers together; NaN where one is hidden."""
    rows = [places[code] for code in side]
    table = estimates.table
    return (
        float(table["estimate"].iloc[rows].sum(skipna=False)),
        float(estimates.covariance[np.ix_(rows, rows)].sum()),
        float(table["n"].iloc[rows[0]]),
        float(table["df"].iloc[rows[0]]),
    )


def _columns(context: Context, battery: Battery) -> list[Column]:
    w = context.w
    columns = [
        Column(key="label", label=w("statements.statement"), kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
    ]
    columns += [
        Column(key=f"level_{place}", label=w("term.percent"), kind="percent", group=level)
        for place, level in enumerate(battery.levels, start=1)
    ]
    if battery.half > 1:
        low, high = (_side(context, side) for side in battery.sides)
        columns += [
            Column(key="low", label=w("term.percent"), kind="percent", group=low),
            Column(key="high", label=w("term.percent"), kind="percent", group=high),
            Column(key="high_interval", label=context.ci, kind="interval", group=high),
        ]
    return columns


def _body(context: Context, battery: Battery) -> list[Row]:
    body: list[Row] = []
    width, half, group = len(_columns(context, battery)), battery.half, ""
    for one in battery.statements:
        if one.group != group and len(battery.groups) > 1:
            body.append(group_row(one.group, width))
        group = one.group
        cells = [
            Cell(value=one.label(context)),
            count(one.rows[0]),
            *(value(row, "estimate") for row in one.rows),
        ]
        if half > 1:
            low, high = one.totals
            cells += [_total(low, one.rows[:half]), _total(high, one.rows[-half:])]
            cells.append(Cell(value=(high.low, high.high)) if high and high.low == high.low else Cell())
        body.append(Row(cells=tuple(cells)))
    return body


def _total(total: Total | None, rows: Rows) -> Cell:
    """The share of a side; the mark of a hidden answer where there is one."""
    if total is None:
        return Cell(flag=next(str(row["flag"]) for row in rows if is_hidden(row)))
    return Cell(value=total.share)


def _reading(context: Context, battery: Battery) -> str:
    """For which statements the answers above the middle are the most and the least frequent."""
    w = context.w
    shown = sorted(
        (
            (one.totals[1], one.label(context, quoted=True))
            for one in battery.statements
            if one.totals[1] is not None
        ),
        key=lambda pair: -pair[0].share if pair[0] is not None else 0.0,
    )
    if not shown:
        return w("statements.all_hidden")

    def told(total: Total | None) -> str:
        return context.estimate(
            {"estimate": total.share, "conf_low": total.low, "conf_high": total.high} if total else {}
        )

    answers = context.f.listing([w("statements.quoted", answer=answer) for answer in battery.sides[1]])
    fields = {"answers": answers, "most": shown[0][1], "top": told(shown[0][0])}
    if len(shown) == 1:
        return w("statements.only", **fields)
    return w("statements.extremes", least=shown[-1][1], bottom=told(shown[-1][0]), **fields)


def _title(context: Context, battery: Battery) -> str:
    groups = [group for group in battery.groups if group]
    if groups:
        return context.w("statements.title", label=context.f.listing(groups))
    return context.w("statements.title_items", n=len(battery.statements))


def _side(context: Context, side: Sequence[str]) -> str:
    """What the answers of a side are called together: by the one nearest to the middle."""
    return context.w("statements.total", answer=side[0]) if len(side) > 1 else side[0]


def _notes(context: Context, battery: Battery) -> list[str]:
    w, listing = context.w, context.f.listing
    notes = []
    if battery.half > 1:
        low, high = (
            listing([w("statements.quoted", answer=answer) for answer in side]) for side in battery.sides
        )
        notes.append(w("statements.totals", low=low, high=high))
    if any(one.reverse for one in battery.statements):
        notes.append(w("statements.reversed"))
    if any(one.shares is None for one in battery.statements):
        notes.append(w("statements.hidden"))
    return list(dict.fromkeys([*notes, *(note for one in battery.statements for note in one.notes)]))
