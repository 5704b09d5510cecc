"""List experiments: arms, balance, and the test of design effects."""

from __future__ import annotations

import math

from netralstat.collect.quality.list_experiment import ListCheck
from netralstat.report.blocks import Block, Column
from netralstat.report.context import slug
from netralstat.report.quality.desk import QualityDesk, cells

ALPHA = 0.05
TESTS = {"chi2": "field.chi2", "F": "field.f_test"}


def write(desk: QualityDesk) -> tuple[str, list[Block]]:
    """Every declared experiment."""
    w = desk.w
    if not desk.quality.lists:
        return w("field.lists"), [desk.missing("field.no_lists")]
    blocks: list[Block] = []
    for one in desk.quality.lists:
        blocks += _experiment(desk, one)
    return w("field.lists"), blocks


def balance_reading(desk: QualityDesk, one: ListCheck) -> str:
    """One sentence on the balance of the arms (p after Holm)."""
    if one.balance.empty:
        return desk.w("field.list_untested")
    off = one.balance[one.balance["p_adjusted"] < ALPHA]["covariate"]
    if off.empty:
        return desk.w("field.list_balanced")
    named = desk.f.listing([desk.labels.within(name) for name in off])
    return desk.w("field.list_unbalanced", named=named)


def _experiment(desk: QualityDesk, one: ListCheck) -> list[Block]:
    f = desk.f
    design = f.cell(None, "p_value") if math.isnan(one.design_p) else f.p_phrase(one.design_p)
    opening = desk.paragraph(
        "field.arms_opening",
        p=f.p_phrase(one.split_p),
        reading=balance_reading(desk, one),
        design=design,
    )
    blocks: list[Block] = [opening, _arms(desk, one)]
    if len(one.balance):
        blocks.append(_balance(desk, one))
    if len(one.design):
        blocks.append(_design(desk, one))
    return blocks


def _arms(desk: QualityDesk, one: ListCheck) -> Block:
    w = desk.w
    columns = (
        Column(key="arm", label=w("field.arm"), kind="text"),
        Column(key="rows", label=w("field.rows"), kind="count"),
        Column(key="floor", label=w("field.floor"), kind="percent"),
        Column(key="ceiling", label=w("field.ceiling"), kind="percent"),
        Column(key="out_of_range", label=w("field.out_of_range"), kind="count"),
        Column(key="unanswered", label=w("field.unanswered"), kind="count"),
    )
    names = {
        "control": w("field.arm_control", n=one.n_items),
        "treatment": w("field.arm_treatment", n=one.n_items + 1),
    }
    keys = ("rows", "floor", "ceiling", "out_of_range", "unanswered")
    least = desk.material.plan.collect.quality.min_group
    rows = []
    for line in one.arms.to_dict("records"):
        shown = [None if key in ("floor", "ceiling") and line["n"] < least else line[key] for key in keys]
        rows.append(cells((names[line["arm"]], *shown)))
    title = w("field.arms_table", id=one.id)
    return desk.table(f"table-arms-{slug(one.id)}", title, columns, rows, notes=[w("field.floor_note")])


def _balance(desk: QualityDesk, one: ListCheck) -> Block:
    w = desk.w
    columns = (
        Column(key="covariate", label=w("field.covariate"), kind="text"),
        Column(key="test", label=w("field.test"), kind="text"),
        Column(key="statistic", label=w("field.statistic"), kind="number"),
        Column(key="df", label=w("field.df"), kind="text"),
        Column(key="p", label=w("field.p_column"), kind="p_value"),
    )
    rows = []
    for line in one.balance.to_dict("records"):
        df = [desk.f.count(line[key]) for key in ("df1", "df2") if not math.isnan(line[key])]
        rows.append(
            cells(
                (
                    desk.item(line["covariate"]),
                    w(TESTS[line["test"]]),
                    line["statistic"],
                    "; ".join(df) or "–",
                    line["p"],
                )
            )
        )
    return desk.table(f"table-balance-{slug(one.id)}", w("field.balance_table", id=one.id), columns, rows)


def _design(desk: QualityDesk, one: ListCheck) -> Block:
    w, f = desk.w, desk.f
    columns = (
        Column(key="count", label=w("field.control_count"), kind="text"),
        Column(key="type0", label=w("field.type0"), kind="percent"),
        Column(key="type0_se", label=w("term.std_error"), kind="se_percent"),
        Column(key="type1", label=w("field.type1"), kind="percent"),
        Column(key="type1_se", label=w("term.std_error"), kind="se_percent"),
    )
    rows = [
        cells((f.count(line["count"]), *(line[key] for key in ("type0", "type0_se", "type1", "type1_se"))))
        for line in one.design.to_dict("records")
    ]
    title = w("field.design_table", id=one.id)
    return desk.table(f"table-design-{slug(one.id)}", title, columns, rows, notes=[w("field.design_note")])
