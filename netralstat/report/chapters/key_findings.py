"""Key findings: four to six numbers, each with its interval, a sentence and where to read on."""

from __future__ import annotations

from typing import Any

from netralstat.report.blocks import Block, Finding, FindingGrid, Note
from netralstat.report.chapters import drivers, forms
from netralstat.report.context import Context
from netralstat.report.modalities import joint, leading
from netralstat.report.tables import HIGHER, LOWER, is_hidden, records, signs

AT_MOST = 6
GENERIC = 3
MOST_NAMED = 4


def write(context: Context) -> tuple[str, list[Block]]:
    """The opening chapter."""
    w = context.w
    blocks: list[Block] = []
    if context.material.synthetic:
        blocks.append(Note(text=w("report.synthetic_note")))
    findings = [
        *_headline(context),
        *_means(context),
        *_provinces(context),
        *_most_seen_form(context),
        *_driver(context),
    ]
    if findings:
        blocks.append(FindingGrid(findings=tuple(findings[:AT_MOST])))
    else:
        blocks.append(context.missing("findings.missing"))
    plan = context.material.plan
    blocks.append(
        context.paragraph(
            "findings.reading",
            title=plan.title[context.language],
            ci=context.ci,
            level=context.f.percent(context.level, 0),
        )
    )
    return w("findings.title"), blocks


def one_in(context: Context, share: float) -> str:
    """``Kira-kira 1 dari 6``: a share in whole persons; at least one half is told out of ten."""
    if share >= 0.5:
        return context.w("findings.ten", n=min(9, round(10 * share)))
    if share < 0.01:
        return context.w("findings.rare")
    return context.w("findings.one_in", n=round(1 / share))


def _headline(context: Context) -> list[Finding]:
    frame = context.frame("headline")
    if frame is None:
        return []
    rows = {str(row["item"]): row for row in records(frame)}
    plan = context.material.plan
    first = leading(plan, list(rows))
    _, both = joint(plan, first)
    chosen = [*first, both] if both in rows else [*first, *[name for name in rows if name not in first][:1]]
    return [_share(context, rows[name]) for name in chosen[:GENERIC] if name is not None]


def _share(context: Context, row: dict[str, Any]) -> Finding:
    name = str(row["item"])
    label, definition = context.labels.item(name), context.labels.definition(name)
    if is_hidden(row):
        return Finding(
            value="–",
            interval="",
            title=label,
            sentence=context.w("findings.hidden"),
            pointer="table-headline",
        )
    share = float(row["estimate"])
    key = "findings.share_defined" if definition else "findings.share"
    return Finding(
        value=context.f.percent(share),
        interval=f"{context.ci}: {context.f.interval(row['conf_low'], row['conf_high'])}",
        title=label,
        sentence=context.w(key, one_in=one_in(context, share), definition=definition.rstrip(".")),
        pointer="table-headline",
    )


def _means(context: Context) -> list[Finding]:
    """Means lead only where the wave has no headline share."""
    frame = context.frame("means")
    if frame is None or context.frame("headline") is not None:
        return []
    findings = []
    for row in [row for row in records(frame) if not is_hidden(row)][:GENERIC]:
        bounds = context.f.interval(row["conf_low"], row["conf_high"], scale=1, digits=1)
        findings.append(
            Finding(
                value=context.f.number(row["estimate"], 1),
                interval=f"{context.ci}: {bounds}",
                title=context.labels.item(str(row["item"])),
                sentence=context.w("findings.mean", n=context.f.count(row["n"])),
                pointer="table-means",
            )
        )
    return findings


def _provinces(context: Context) -> list[Finding]:
    regions = context.material.plan.collect.regions
    frame = context.frame("headline")
    if regions is None or frame is None:
        return []
    items = leading(context.material.plan, list(frame["item"].astype(str)))
    found = signs(context, f"headline_vs_national_{regions.column}", regions.column)
    if not found or not items:
        return []
    item = items[0]
    tested = {level: sign for (name, level), sign in found.items() if name == item}
    higher = [level for level, sign in tested.items() if sign == HIGHER]
    lower = [level for level, sign in tested.items() if sign == LOWER]
    key = "findings.provinces_none"
    if higher:
        key = "findings.provinces" if len(higher) <= MOST_NAMED else "findings.provinces_many"
    named = context.f.listing([context.labels.level(regions.column, level) for level in higher])
    sentence = context.w(
        key, label=context.labels.item(item), named=named, lower=context.number_word(len(lower))
    )
    return [
        Finding(
            value=str(len(higher)),
            interval=context.w("findings.of_provinces", n=len(tested)),
            title=context.w("findings.provinces_title"),
            sentence=sentence,
            pointer="table-province",
        )
    ]


def _most_seen_form(context: Context) -> list[Finding]:
    seen = [row for row in forms.witnessed(context) if not is_hidden(row)]
    if not seen:
        return []
    top, least = max(seen, key=lambda r: float(r["estimate"])), min(seen, key=lambda r: float(r["estimate"]))
    return [
        Finding(
            value=context.f.percent(top["estimate"]),
            interval=f"{context.ci}: {context.f.interval(top['conf_low'], top['conf_high'])}",
            title=context.w("findings.form_title"),
            sentence=context.w(
                "findings.form" if len(seen) > 1 else "findings.form_only",
                form=str(top["label"]),
                least=str(least["label"]),
                share=context.f.percent(least["estimate"]),
            ),
            pointer="table-forms",
        )
    ]


def _driver(context: Context) -> list[Finding]:
    strongest = drivers.strongest(context)
    if strongest is None:
        return []
    return [strongest]
