"""Interviews that are alike: how close each is to its nearest, and the closest pairs."""

from __future__ import annotations

from netralstat.collect.quality.duplicates import MOST_COMPARED, Duplicates
from netralstat.report.blocks import Block, Column, Note
from netralstat.report.quality.desk import QualityDesk, cells

MOST_PAIRS = 40


def write(desk: QualityDesk) -> tuple[str, list[Block]]:
    """What was compared, the distribution of the closest match, and the pairs above the threshold."""
    w, f, twins = desk.w, desk.f, desk.quality.duplicates
    most = f.count(MOST_COMPARED)
    near = next(len(one.rows) for one in twins.flagged if one.flag == "near_duplicate")
    blocks: list[Block] = []
    if twins.rule == "too_few_items":
        blocks.append(desk.missing("field.twins_few", items=f.count(twins.n_items)))
    elif twins.rule == "too_many":
        blocks.append(desk.missing("field.twins_many", most=most))
    else:
        blocks.append(
            desk.paragraph(
                "field.twins_opening",
                compared=f.count(twins.n_compared),
                items=f.count(twins.n_items),
                groups=f.count(twins.groups),
                near=f.count(near),
                share=f.percent(twins.threshold, 0),
            )
        )
        if twins.rule == "within_interviewer":
            blocks.append(desk.paragraph("field.twins_within", most=most))
        blocks.append(_distribution(desk, twins))
        blocks.append(Note(text=w("field.twins_caution")))
    return w("field.twins_chapter"), [*blocks, *_pairs(desk)]


def _distribution(desk: QualityDesk, twins: Duplicates) -> Block:
    w, f = desk.w, desk.f
    table = twins.distribution()
    starts = table["from"].tolist()
    rows = []
    for place, (start, n) in enumerate(table.itertuples(index=False)):
        if place == 0:
            label = w("field.match_below", end=f.percent(starts[1], 0))
        elif place == len(starts) - 1:
            label = w("field.match_last", start=f.percent(start, 0))
        else:
            end = f.percent(starts[place + 1], 0)
            label = w("field.match_range", start=f.percent(start, 0), end=end)
        rows.append(cells((label, int(n), n / twins.n_compared if twins.n_compared else None)))
    columns = (
        Column(key="match", label=w("field.match_from"), kind="text"),
        Column(key="rows", label=w("field.rows"), kind="count"),
        Column(key="share", label=w("field.share"), kind="percent"),
    )
    return desk.table("table-match", w("field.twins_table"), columns, rows)


def _pairs(desk: QualityDesk) -> list[Block]:
    """Each pair once, the closest first."""
    w, f, flags = desk.w, desk.f, desk.quality.flags
    twins = flags[flags["flag"].isin(("duplicate_answers", "near_duplicate"))]
    seen: set[frozenset[tuple[str, int]]] = set()
    rows = []
    ordered = twins.sort_values(["value", "source", "row"], ascending=[False, True, True], kind="stable")
    for line in ordered.to_dict("records"):
        here, there = (line["source"], line["row"]), (line["other_source"], line["other_row"])
        pair = frozenset((here, there))
        if pair not in seen:
            seen.add(pair)
            rows.append(cells((desk.row(*here), desk.row(*there), float(line["value"]))))
    if not rows:
        return []
    columns = (
        Column(key="row", label=w("field.row"), kind="text"),
        Column(key="other", label=w("field.other_row"), kind="text"),
        Column(key="match", label=w("field.match"), kind="percent"),
    )
    note = w("field.first_note", least=1, shown=f.count(min(len(rows), MOST_PAIRS)), all=f.count(len(rows)))
    return [desk.table("table-pairs", w("field.pairs_table"), columns, rows[:MOST_PAIRS], notes=[note])]
