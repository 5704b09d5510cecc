"""Headline facts of the fieldwork: what a director reads first."""

from __future__ import annotations

import math

import numpy as np

from netralstat.report.blocks import Block, Finding, FindingGrid, Note
from netralstat.report.quality.chapters.interviewers import measure_label
from netralstat.report.quality.chapters.list_experiments import balance_reading
from netralstat.report.quality.desk import QualityDesk


def write(desk: QualityDesk) -> tuple[str, list[Block]]:
    """Up to eight facts, then what became of the flags."""
    w, f, quality = desk.w, desk.f, desk.quality
    facts = [_accepted(desk), _rate(desk), _flagged(desk), _length(desk), _missing(desk), _twins(desk)]
    facts += [_icc(desk), _list(desk)]
    blocks: list[Block] = []
    if desk.material.synthetic:
        blocks.append(Note(text=w("report.synthetic_note")))
    blocks.append(FindingGrid(findings=tuple(fact for fact in facts if fact is not None)))
    excluded = quality.n_checked - quality.n_accepted
    if excluded:
        flags = desk.material.plan.collect.quality.exclude_flags
        named = f.listing([desk.flag(flag).lower() for flag in flags])
        blocks.append(Note(text=w("field.exclusion", n=f.count(excluded), named=named)))
    else:
        blocks.append(Note(text=w("field.no_exclusion")))
    return w("field.summary"), blocks


def _accepted(desk: QualityDesk) -> Finding:
    w, f, quality, selected = desk.w, desk.f, desk.quality, desk.material.n_selected
    rejected = f.count(quality.n_rejected)
    if selected:
        share = f.percent(quality.n_accepted / selected)
        told = w("field.accepted_selected", rejected=rejected, share=share, selected=f.count(selected))
    else:
        told = w("field.accepted", rejected=rejected)
    return Finding(
        value=f.count(quality.n_accepted),
        interval=w("field.accepted_value", read=f.count(quality.n_read)),
        title=w("field.accepted_title"),
        sentence=told,
        pointer="chapter-rates",
    )


def _rate(desk: QualityDesk) -> Finding | None:
    log = desk.quality.contact_log
    if log is None:
        return None
    told = {"coop": "COOP2", "ref": "REF1", "con": "CON1"}
    return Finding(
        value=desk.share(log.rate("RR2")),
        interval=desk.w("field.rate_value"),
        title=desk.w("field.rate_title"),
        sentence=desk.w(
            "field.rate",
            n=desk.f.count(log.n),
            **{key: desk.share(log.rate(name)) for key, name in told.items()},
        ),
        pointer="chapter-rates",
    )


def _flagged(desk: QualityDesk) -> Finding:
    w, f, quality = desk.w, desk.f, desk.quality
    counts = quality.flag_counts().sort_values("rows", ascending=False, kind="stable")
    if counts.empty:
        told = w("field.flagged_none")
    else:
        first = counts.iloc[0]
        told = w("field.flagged", flag=desk.flag(first["flag"]).lower(), n=f.count(first["rows"]))
    return Finding(
        value=desk.share(quality.n_flagged / quality.n_checked),
        interval=w("field.flagged_value", n=f.count(quality.n_flagged), all=f.count(quality.n_checked)),
        title=w("field.flagged_title"),
        sentence=told,
        pointer="chapter-flags",
    )


def _length(desk: QualityDesk) -> Finding | None:
    clock = desk.quality.timing
    if clock is None or math.isnan(clock.median):
        return None
    short = sum(len(one.rows) for one in clock.flagged if one.flag == "speeder")
    return Finding(
        value=desk.f.number(clock.median, 1),
        interval=desk.w("field.length_value"),
        title=desk.w("field.length_title"),
        sentence=desk.w("field.length", n=desk.f.count(short), threshold=desk.f.number(clock.threshold, 1)),
        pointer="chapter-timing",
    )


def _missing(desk: QualityDesk) -> Finding | None:
    missing = desk.quality.missingness
    total = missing.total()
    if missing.items.empty or math.isnan(total["missing"]):
        return None
    worst = missing.items.sort_values("missing", ascending=False, kind="stable").iloc[0]
    return Finding(
        value=desk.share(total["missing"]),
        interval=desk.w("field.missing_value"),
        title=desk.w("field.missing_title"),
        sentence=desk.w(
            "field.missing",
            item=desk.item(worst["item"]),
            share=desk.share(worst["missing"]),
            refused=desk.share(total["refused"]),
            dont_know=desk.share(total["dont_know"]),
        ),
        pointer="chapter-missing",
    )


def _twins(desk: QualityDesk) -> Finding:
    w, f, twins = desk.w, desk.f, desk.quality.duplicates
    found = sum(len(one.rows) for one in twins.flagged)
    searched = twins.rule in ("all", "within_interviewer")
    told = w("field.twins", share=f.percent(twins.threshold, 0), items=f.count(twins.n_items))
    return Finding(
        value=f.count(found),
        interval=w("field.twins_value", n=f.count(twins.n_compared)),
        title=w("field.twins_title"),
        sentence=told if searched else w("field.twins_skipped"),
        pointer="chapter-twins",
    )


def _icc(desk: QualityDesk) -> Finding | None:
    team = desk.quality.interviewers
    if team is None or team.effects.empty:
        return None
    largest = team.effects.iloc[0]
    median = float(np.median(team.effects["icc"].to_numpy()))
    return Finding(
        value=desk.f.number(largest["icc"], 3),
        interval=desk.w("field.icc_value", n=desk.f.count(len(team.loads))),
        title=desk.w("field.icc_title"),
        sentence=desk.w(
            "field.icc",
            measure=measure_label(desk, str(largest["measure"])),
            n_measures=desk.f.count(len(team.effects)),
            median=desk.f.number(median, 3),
        ),
        pointer="chapter-interviewers",
    )


def _list(desk: QualityDesk) -> Finding | None:
    lists = [one for one in desk.quality.lists if not math.isnan(one.design_p)]
    if not lists:
        return None
    one = min(lists, key=lambda check: check.design_p)
    wrong = int(one.arms["out_of_range"].sum())
    return Finding(
        value=desk.f.p_phrase(one.design_p),
        interval=desk.w("field.list_value"),
        title=desk.w("field.list_title"),
        sentence=desk.w("field.list", reading=balance_reading(desk, one), n=desk.f.count(wrong)),
        pointer="chapter-lists",
    )
