"""Flags: how many interviews bear each, and which ones to look at first."""

from __future__ import annotations

import pandas as pd

from netralstat.report.blocks import Block, Column
from netralstat.report.quality.desk import QualityDesk, cells

MOST_ROWS = 25
LEAST_KINDS = 2
MEANINGS = {
    "duplicate_answers": "field.means_duplicate",
    "near_duplicate": "field.means_near",
    "speeder": "field.means_speeder",
    "too_long": "field.means_long",
    "negative_length": "field.means_negative",
    "straightliner": "field.means_straight",
    "long_run": "field.means_run",
    "low_irv": "field.means_irv",
    "outlier": "field.means_outlier",
    "attention": "field.means_attention",
    "much_missing": "field.means_missing",
    "list_range": "field.means_range",
}


def write(desk: QualityDesk) -> tuple[str, list[Block]]:
    """The count of each flag, then rows with several."""
    w, counts = desk.w, desk.quality.flag_counts()
    if counts.empty:
        return w("field.flags"), [desk.paragraph("field.flagged_none")]
    columns = (
        Column(key="flag", label=w("field.flag"), kind="text"),
        Column(key="meaning", label=w("field.meaning"), kind="text"),
        Column(key="rows", label=w("field.rows"), kind="count"),
        Column(key="share", label=w("field.share"), kind="percent"),
        Column(key="excluded", label=w("field.excluded"), kind="text"),
    )
    rows = [
        cells(
            (
                desk.flag(flag),
                w(MEANINGS[flag]),
                int(n),
                float(share),
                w("field.yes") if excluded else "–",
            )
        )
        for flag, n, share, excluded in counts.itertuples(index=False)
    ]
    blocks: list[Block] = [
        desk.paragraph("field.flags_opening"),
        desk.table("table-flags", w("field.flags_table"), columns, rows, notes=[w("field.source_rows")]),
    ]
    return w("field.flags"), [*blocks, *_first(desk)]


def several_flags(flags: pd.DataFrame) -> pd.DataFrame:
    """Rows with at least two kinds of flags: source, row, interviewer, kinds, n; most kinds first."""
    pairs = flags[["source", "row", "interviewer", "flag"]].drop_duplicates()
    gathered = (
        pairs.groupby(["source", "row", "interviewer"], sort=True)["flag"].agg(list).reset_index(name="kinds")
    )
    gathered["n"] = gathered["kinds"].map(len)
    several = gathered[gathered["n"] >= LEAST_KINDS]
    return several.sort_values(["n", "source", "row"], ascending=[False, True, True], kind="stable")


def _first(desk: QualityDesk) -> list[Block]:
    w, f = desk.w, desk.f
    several = several_flags(desk.quality.flags)
    if several.empty:
        return [desk.paragraph("field.first_none")]
    named = desk.quality.interviewers is not None
    columns = (
        Column(key="row", label=w("field.row"), kind="text"),
        *([Column(key="who", label=w("field.interviewer"), kind="code")] if named else []),
        Column(key="n", label=w("field.n_flags"), kind="count"),
        Column(key="found", label=w("field.found"), kind="text"),
    )
    order = list(MEANINGS)
    rows = [
        cells(
            (
                desk.row(source, number),
                *([who] if named else []),
                int(n),
                "; ".join(desk.flag(flag) for flag in sorted(kinds, key=order.index)),
            )
        )
        for source, number, who, kinds, n in several.head(MOST_ROWS).itertuples(index=False)
    ]
    note = w(
        "field.first_note",
        least=LEAST_KINDS,
        shown=f.count(len(rows)),
        all=f.count(len(several)),
    )
    return [desk.table("table-first", w("field.first_table"), columns, rows, notes=[note])]
