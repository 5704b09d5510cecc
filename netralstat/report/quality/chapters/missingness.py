"""The map of missing answers: by item and reason, and by group."""

from __future__ import annotations

from functools import partial

from netralstat.collect.quality.missingness import REASONS, Missingness
from netralstat.report.blocks import Block, Column
from netralstat.report.context import slug
from netralstat.report.quality.desk import QualityDesk, cells

MOST_BARS = 20
NAMES = {
    "refused": "field.refused",
    "dont_know": "field.dont_know",
    "not_applicable": "field.not_applicable",
    "no_answer": "field.no_answer",
    "missing": "field.total",
}


def write(desk: QualityDesk) -> tuple[str, list[Block]]:
    """The total, the worst items, every item, then the declared groups."""
    w, f, missing = desk.w, desk.f, desk.quality.missingness
    total = missing.total()
    title = w("field.missing_chapter")
    if not total["missing"] > 0:
        return title, [desk.paragraph("field.missing_none")]
    much = sum(len(one.rows) for one in missing.flagged)
    blocks: list[Block] = [
        desk.paragraph(
            "field.missing_opening",
            share=f.percent(total["missing"]),
            refused=f.percent(total["refused"]),
            dont_know=f.percent(total["dont_know"]),
            no_answer=f.percent(total["no_answer"]),
            n=f.count(much),
            threshold=f.percent(missing.threshold, 0),
        ),
        _figure(desk, missing),
        _items(desk, missing),
    ]
    for by in dict.fromkeys(missing.groups["by"]):
        blocks.append(_groups(desk, missing, by))
    return title, blocks


def _shown(missing: Missingness) -> tuple[str, ...]:
    """Reasons that occur, and the total."""
    total = missing.total()
    return (*(reason for reason in REASONS if total[reason] > 0), "missing")


def _figure(desk: QualityDesk, missing: Missingness) -> Block:
    from netralstat.report.figures.bars import Bar, bars

    w, f = desk.w, desk.f
    worst = missing.items.sort_values("missing", ascending=False, kind="stable").head(MOST_BARS)
    worst = worst[worst["missing"] > 0]
    reasons = _shown(missing)[:-1]
    rows = [
        Bar(
            label=desk.item(line["item"]),
            parts=tuple(float(line[reason]) for reason in reasons),
            note=f.percent(line["missing"]),
        )
        for line in worst.to_dict("records")
    ]
    drawing = bars(
        rows,
        percent=partial(f.percent, digits=0 if worst["missing"].iloc[0] > 0.06 else 1),
        axis_title=w("field.missing_axis"),
        series=[w(NAMES[reason]) for reason in reasons],
    )
    first = worst.iloc[0]
    alt = w("field.missing_alt", item=desk.item(first["item"]), share=f.percent(first["missing"]))
    return desk.figure("figure-missing", w("field.missing_figure"), drawing, alt, table="table-missing")


def _columns(desk: QualityDesk, missing: Missingness) -> tuple[Column, ...]:
    return tuple(Column(key=key, label=desk.w(NAMES[key]), kind="percent") for key in _shown(missing))


def _items(desk: QualityDesk, missing: Missingness) -> Block:
    w = desk.w
    columns = (
        Column(key="code", label=w("quality.code"), kind="code"),
        Column(key="item", label=w("term.item"), kind="text"),
        Column(key="asked", label=w("field.asked"), kind="count"),
        *_columns(desk, missing),
    )
    rows = [
        cells(
            (
                line["item"],
                desk.item(line["item"], code=False),
                int(line["asked"]),
                *(line[key] for key in _shown(missing)),
            )
        )
        for line in missing.items.to_dict("records")
    ]
    return desk.table(
        "table-missing",
        w("field.missing_table"),
        columns,
        rows,
        notes=[w("field.missing_axis") + "."],
        search=True,
        figure="figure-missing",
    )


def _groups(desk: QualityDesk, missing: Missingness, by: str) -> Block:
    w = desk.w
    table = missing.groups[missing.groups["by"] == by]
    columns = (
        Column(key="level", label=desk.item(by), kind="text"),
        Column(key="n", label=w("field.rows"), kind="count"),
        *_columns(desk, missing),
    )
    rows = [
        cells((desk.labels.level(by, line["level"]), int(line["n"]), *(line[key] for key in _shown(missing))))
        for line in table.to_dict("records")
    ]
    least = desk.material.plan.collect.quality.min_group
    small = [w("field.small_note", n=least)] if (table["n"] < least).any() else []
    notes = [w("field.shares_note"), *small]
    title = w("field.missing_groups", by=desk.labels.within(by))
    return desk.table(f"table-missing-{slug(by)}", title, columns, rows, notes=notes, search=len(rows) > 20)
