"""Ways of answering: one line a block of items, and the attention checks."""

from __future__ import annotations

from netralstat.report.blocks import Block, Column
from netralstat.report.quality.desk import QualityDesk, cells


def write(desk: QualityDesk) -> tuple[str, list[Block]]:
    """Straightlining, runs, variability and outliers by block."""
    w, styles = desk.w, desk.quality.styles
    blocks: list[Block] = []
    if styles.blocks:
        blocks += [desk.paragraph("field.styles_opening"), _runs(desk), _spread(desk)]
    else:
        blocks.append(desk.missing("field.no_blocks"))
    if len(styles.attention):
        blocks.append(_attention(desk))
    return w("field.styles"), blocks


def _runs(desk: QualityDesk) -> Block:
    w = desk.w
    columns = (
        Column(key="block", label=w("field.block"), kind="text"),
        Column(key="items", label=w("field.items"), kind="count"),
        Column(key="n", label=w("field.rows"), kind="count"),
        Column(key="straight", label=w("field.straight"), kind="count"),
        Column(key="straight_share", label=w("field.share_plain"), kind="percent"),
        Column(key="run_median", label=w("field.run_median"), kind="count"),
        Column(key="run_p95", label=w("field.run_p95"), kind="count"),
    )
    rows = []
    for line in desk.quality.styles.table().to_dict("records"):
        n, straight = int(line["n"]), int(line["straight"])
        runs = (line["run_median"], line["run_p95"])
        rows.append(
            cells((line["block"], int(line["items"]), n, straight, straight / n if n else None, *runs))
        )
    return desk.table("table-runs", w("field.runs_table"), columns, rows)


def _spread(desk: QualityDesk) -> Block:
    w, f = desk.w, desk.f
    p = desk.material.plan.collect.quality.outlier_p
    columns = (
        Column(key="block", label=w("field.block"), kind="text"),
        Column(key="irv_mean", label=w("field.irv_mean"), kind="number"),
        Column(key="irv_p05", label=w("field.irv_p05"), kind="number"),
        Column(key="complete", label=w("field.complete"), kind="count"),
        Column(key="outliers", label=w("field.outliers"), kind="count"),
        Column(key="expected", label=w("field.outlier_expected"), kind="count"),
    )
    rows, notes = [], [w("field.styles_note", p=f.number(p, 3))]
    for line in desk.quality.styles.table().to_dict("records"):
        k, rank, n = int(line["items"]), int(line["rank"]), int(line["n_complete"])
        counts = (n, int(line["outliers"]), n * p) if rank else (None, None, None)
        rows.append(cells((line["block"], line["irv_mean"], line["irv_p05"], *counts)))
        if not rank:
            notes.append(w("field.rank_zero", block=line["block"]))
        elif rank < k:
            notes.append(w("field.rank_note", block=line["block"], items=f.count(k), rank=f.count(rank)))
    return desk.table("table-spread", w("field.spread_table"), columns, rows, notes=notes)


def _attention(desk: QualityDesk) -> Block:
    w = desk.w
    columns = (
        Column(key="item", label=w("field.attention_item"), kind="text"),
        Column(key="n", label=w("field.answered"), kind="count"),
        Column(key="failed", label=w("field.failed"), kind="count"),
        Column(key="share", label=w("field.share_plain"), kind="percent"),
    )
    rows = [
        cells((desk.item(item), int(n), int(failed), failed / n if n else None))
        for item, n, failed in desk.quality.styles.attention.itertuples(index=False)
    ]
    return desk.table("table-attention", w("field.attention_table"), columns, rows)
