"""The case register: how its cases went on, beside the survey's estimates, and registers published before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netralstat.report.blocks import Block, Cell, Column, Note, Row
from netralstat.report.context import Context
from netralstat.report.register.counts import CaseCounts
from netralstat.report.register.forms import form_blocks
from netralstat.report.register.provinces import THOUSAND, province_blocks
from netralstat.report.register.published import published_blocks
from netralstat.report.register.terms import STAGES, UNIT_HEADS, UNITS_COUNTED
from netralstat.report.tables import is_hidden, records

if TYPE_CHECKING:
    from netralstat.ask.plan_register import Register


def write(context: Context) -> tuple[str, list[Block]]:
    """What the register holds, then cases beside estimates by province and by form."""
    w, title = context.w, context.w("register.title")
    declared, cases = context.material.plan.collect.case_register, context.material.cases
    if declared is None or cases is None:
        return title, [context.missing("register.missing")]
    if cases.total is None:
        return title, [context.missing("register.too_few", n=cases.least)]
    unit = w(UNITS_COUNTED[cases.unit])
    blocks: list[Block] = [
        context.paragraph(
            "register.opening",
            date=context.f.day(cases.as_of),
            n=context.f.count(cases.total),
            unit=unit,
            source=declared.source[context.language],
        ),
        Note(text=w("register.caution")),
        *_stages(context, cases, declared),
        *_beside(context, declared),
        *province_blocks(context, cases, declared),
        *form_blocks(context, cases, declared),
        *published_blocks(context, declared),
    ]
    return title, blocks


def _stages(context: Context, cases: CaseCounts, declared: Register) -> list[Block]:
    """How cases went on, in a sentence and a table."""
    w, f = context.w, context.f
    if cases.stages is None or cases.total is None:
        return [context.missing("register.stages_hidden", n=cases.least)]
    stages, total = cases.stages, cases.total
    recommended = stages["proven"] + stages["sanctioned"]
    going_on = "register.went_on" if stages["sanctioned"] else "register.went_on_pending"
    told = context.paragraph(
        going_on if recommended else "register.went_on_none",
        recommended=f.count(recommended),
        recommended_share=f.percent(recommended / total),
        sanctioned=f.count(stages["sanctioned"]),
        sanctioned_share=f.percent(stages["sanctioned"] / max(recommended, 1)),
    )
    columns = (
        Column(key="stage", label=w("register.stage"), kind="text"),
        Column(key="n", label=w(UNIT_HEADS[cases.unit]), kind="count"),
        Column(key="share", label=w("register.of_reported"), kind="percent"),
    )
    body = [
        Row(cells=(Cell(value=w(STAGES[stage])), Cell(value=n), Cell(value=n / total)))
        for stage, n in stages.items()
    ]
    whole = (Cell(value=w("register.reported")), Cell(value=total), Cell(value=1.0))
    body.append(Row(cells=whole, kind="total"))
    return [
        told,
        context.table(
            "table-register-stages",
            w("register.stages_table"),
            columns,
            body,
            source=w("report.source", title=declared.source[context.language]),
        ),
    ]


def _beside(context: Context, declared: Register) -> list[Block]:
    """Cases for every thousand persons whom the survey estimates, in the whole population."""
    frame = context.frame("ascertainment")
    if frame is None or declared.indicator is None:
        return []
    row = records(frame)[0]
    if is_hidden(row):
        return []
    low, high = THOUSAND * float(row["conf_low"]), THOUSAND * float(row["conf_high"])
    return [
        context.paragraph(
            "register.ascertainment" if declared.regions is not None else "register.ascertainment_whole",
            label=context.labels.item(declared.indicator),
            value=context.f.number(THOUSAND * float(row["estimate"]), 1),
            ci=context.ci,
            interval=context.f.interval(low, high, scale=1, digits=1),
            cases=context.f.count(row["cases"]),
        )
    ]
