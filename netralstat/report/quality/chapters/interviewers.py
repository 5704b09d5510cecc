"""Interviewers: what each brought back, and the measures that they sway most."""

from __future__ import annotations

from netralstat.collect.quality.interviewers import Interviewers
from netralstat.report.blocks import Block, Column
from netralstat.report.quality.desk import QualityDesk, cells

MOST_MEASURES = 15
SMALL_P = 0.01


def write(desk: QualityDesk) -> tuple[str, list[Block]]:
    """Two tables where an interviewer is declared."""
    w, f, team = desk.w, desk.f, desk.quality.interviewers
    title = w("field.interviewers")
    if team is None:
        return title, [desk.missing("field.no_interviewer")]
    blocks: list[Block] = []
    if len(team.loads):
        sizes = team.loads["n"]
        blocks.append(
            desk.paragraph(
                "field.interviewers_opening",
                n=f.count(len(sizes)),
                smallest=f.count(sizes.min()),
                largest=f.count(sizes.max()),
            )
        )
    blocks += _effects(desk, team)
    if len(team.loads):
        blocks.append(_loads(desk, team))
    return title, blocks


def measure_label(desk: QualityDesk, measure: str) -> str:
    """What a measure is called: an item, the answer of a multiple choice, the length or the gaps."""
    if measure == "minutes":
        return desk.w("field.measure_minutes")
    if measure == "missing_share":
        return desk.w("field.measure_missing")
    item, slash, _ = measure.partition("/")
    return f"{desk.labels.item(measure)} ({item})" if slash else desk.item(measure)


def _effects(desk: QualityDesk, team: Interviewers) -> list[Block]:
    w, f, effects = desk.w, desk.f, team.effects
    if effects.empty:
        return [desk.missing("field.effects_none")]
    within = ""
    if team.within:
        within = w("field.within", area=desk.item(team.within).lower())
    opening = desk.paragraph(
        "field.effects_opening",
        within=within,
        p_small=f.count((effects["p"] < SMALL_P).sum()),
        n=f.count(len(effects)),
        expected=f.count(len(effects) * SMALL_P),
    )
    columns = (
        Column(key="measure", label=w("field.measure"), kind="text"),
        Column(key="n", label=w("term.n"), kind="count"),
        Column(key="icc", label=w("field.icc_column"), kind="percent"),
        Column(key="f", label=w("field.f_column"), kind="number"),
        Column(key="p", label=w("field.p_column"), kind="p_value"),
        Column(key="deff", label=w("field.deff_column"), kind="number"),
    )
    shown = effects.head(MOST_MEASURES)
    rows = [
        cells(
            (
                measure_label(desk, line["measure"]),
                int(line["n"]),
                *(float(line[key]) for key in ("icc", "f", "p", "deff")),
            )
        )
        for line in shown.to_dict("records")
    ]
    note = w("field.effects_note", shown=f.count(len(rows)), all=f.count(len(effects)))
    return [opening, desk.table("table-effects", w("field.effects_table"), columns, rows, notes=[note])]


def _loads(desk: QualityDesk, team: Interviewers) -> Block:
    w, f = desk.w, desk.f
    columns = (
        Column(key="interviewer", label=w("field.interviewer"), kind="text"),
        Column(key="n", label=w("field.n_interviews"), kind="count"),
        Column(key="minutes", label=w("field.median_minutes"), kind="number"),
        Column(key="missing", label=w("field.missing_share"), kind="percent"),
        Column(key="refused", label=w("field.refused_share"), kind="percent"),
        Column(key="dont_know", label=w("field.dont_know_share"), kind="percent"),
        Column(key="flagged", label=w("field.flagged_share"), kind="percent"),
    )
    ordered = team.loads.sort_values("flagged", ascending=False, kind="stable", na_position="last")
    keys = ("median_minutes", "missing", "refused", "dont_know", "flagged")
    rows = [
        cells((line["interviewer"], int(line["n"]), *(float(line[key]) for key in keys)))
        for line in ordered.to_dict("records")
    ]
    notes = [w("field.loads_note")]
    least = desk.material.plan.collect.quality.min_group
    if (team.loads["n"] < least).any():
        notes.append(w("field.small_note", n=least))
    if team.n_unknown:
        notes.append(w("field.unknown_interviewer", n=f.count(team.n_unknown)))
    return desk.table("table-loads", w("field.loads_table"), columns, rows, notes=notes, search=True)
