"""Cases of the register by province, and what the survey estimates there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netralstat.collect.register import NO_PROVINCE, NOT_STATED
from netralstat.reference import names
from netralstat.report.blocks import Block, Cell, Column, Heading, Row, Table
from netralstat.report.context import Context
from netralstat.report.register.counts import CaseCounts
from netralstat.report.register.terms import REACHED
from netralstat.report.suppression import SUPPRESSED_CASES
from netralstat.report.tables import Record, interval, is_hidden, records, value

if TYPE_CHECKING:
    from netralstat.ask.plan_register import Register

THOUSAND = 1000


def province_blocks(context: Context, cases: CaseCounts, declared: Register) -> list[Block]:
    """Cases by province; then, beside an indicator of the same acts, what the survey estimates there."""
    if declared.regions is None or len(cases.regions) < 2:
        return []
    plan = context.material.plan
    region = plan.collect.regions.column if plan.collect.regions is not None else ""
    ratios = _by_level(context.frame(f"ascertainment_by_{region}"), region)
    absent = [code for code in ratios if code not in set(cases.regions["province"])]
    rows = [*records(cases.regions), *({"province": code, **dict.fromkeys(REACHED, 0.0)} for code in absent)]
    rows = _in_order(context, rows)
    heading = Heading(id="register-by-province", text=context.w("register.by_province"))
    blocks: list[Block] = [heading, _counts(context, cases, declared, rows)]
    if ratios and declared.indicator is not None:
        shares = _by_level(context.frame(f"headline_by_{region}"), region, item=declared.indicator)
        reported = {str(row["province"]): float(row["reported"]) for row in rows}
        blocks.append(_ratios(context, declared, declared.indicator, reported, ratios, shares))
    return blocks


def _counts(context: Context, cases: CaseCounts, declared: Register, rows: list[dict[str, Any]]) -> Table:
    w = context.w
    reached = [name for name in REACHED if name in cases.regions]
    columns = (
        Column(key="province", label=w("register.province"), kind="text"),
        *(Column(key=name, label=w(REACHED[name]), kind="count") for name in reached),
    )
    body = [
        Row(
            cells=(
                Cell(value=_province(context, str(row["province"]))),
                *(_cases(row[name]) for name in reached),
            )
        )
        for row in rows
    ]
    return context.table(
        "table-register-province",
        w("register.province_table"),
        columns,
        body,
        notes=[w("register.region_note")] if len(reached) > 1 else [],
        search=True,
        source=w("report.source", title=declared.source[context.language]),
    )


def _ratios(
    context: Context,
    declared: Register,
    indicator: str,
    reported: dict[str, float],
    ratios: dict[str, dict[str, Any]],
    shares: dict[str, dict[str, Any]],
) -> Table:
    """Cases a thousand civil servants, the prevalence, and cases a thousand persons whom it stands for."""
    w, label = context.w, context.labels.item(indicator)
    columns = (
        Column(key="province", label=w("register.province"), kind="text"),
        Column(key="rate", label=w("register.per_servants"), kind="number"),
        Column(key="estimate", label=w("term.percent"), kind="percent", group=label),
        Column(key="interval", label=context.ci, kind="interval", group=label),
        Column(key="ratio", label=w("register.ratio"), kind="number", group=w("register.per_estimated")),
        Column(
            key="ratio_interval",
            label=context.ci,
            kind="interval_number",
            group=w("register.per_estimated"),
        ),
    )
    body = [
        Row(
            cells=(
                Cell(value=_province(context, code)),
                *_survey_cells(reported[code], ratios[code], shares[code]),
            )
        )
        for code in reported
        if code in ratios and code in shares
    ]
    return context.table(
        "table-register-ratios",
        w("register.ratio_table"),
        columns,
        body,
        notes=[w("register.ratio_note", label=label)],
        search=True,
        source=both_sources(context, declared),
    )


def both_sources(context: Context, declared: Register) -> str:
    """The source line of a table that sets register and survey side by side."""
    own, survey = declared.source[context.language], context.material.plan.title[context.language]
    return context.w("report.source", title=context.w("register.source", register=own, survey=survey))


def _survey_cells(reported: float, ratio: Record, share: Record) -> list[Cell]:
    """The rate by civil servants, the survey's prevalence, and the ascertainment."""
    rate = _cases(reported, THOUSAND / float(ratio["population"]))
    bounds = (THOUSAND * float(ratio["conf_low"]), THOUSAND * float(ratio["conf_high"]))
    beside = value(ratio, "estimate") if is_hidden(ratio) else Cell(value=THOUSAND * float(ratio["estimate"]))
    limits = Cell() if is_hidden(ratio) or np.isnan(bounds).any() else Cell(value=bounds)
    return [rate, value(share, "estimate"), interval(share), beside, limits]


def _cases(number: float, scale: float = 1.0) -> Cell:
    if np.isnan(number):
        return Cell(flag=SUPPRESSED_CASES)
    return Cell(value=int(number) if scale == 1.0 else scale * float(number))


def _by_level(frame: pd.DataFrame | None, domain: str, item: str | None = None) -> dict[str, dict[str, Any]]:
    if frame is None:
        return {}
    return {str(row[domain]): row for row in records(frame) if item is None or row["item"] == item}


def _province(context: Context, code: str) -> str:
    if code == NO_PROVINCE:
        return context.w("register.no_province")
    if code == NOT_STATED:
        return context.w("register.not_stated")
    regions = context.material.plan.collect.regions
    vintage = regions.list_vintage if regions is not None else None
    return names(context.language, vintage).get(code, code) if vintage is not None else code


def _in_order(context: Context, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Provinces in the order of their codes; cases of no province, and of none stated, last."""
    regions = context.material.plan.collect.regions
    order = list(names(context.language, regions.list_vintage)) if regions is not None else []
    place = {code: at for at, code in enumerate([*order, NO_PROVINCE, NOT_STATED])}
    return sorted(rows, key=lambda row: place.get(str(row["province"]), len(order)))
