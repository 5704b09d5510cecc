"""Methods: how a number of this report comes about, in words, with the versions that made it."""

from __future__ import annotations

from netralstat.report.blocks import Block, Box, Cell, Column, Row
from netralstat.report.chapters.about import INTERVALS
from netralstat.report.context import Context

LONELY = {
    "error": "methods.lonely_error",
    "collapse": "methods.lonely_collapse",
    "adjust": "methods.lonely_adjust",
    "average": "methods.lonely_average",
    "certainty": "methods.lonely_certainty",
    "remove": "methods.lonely_remove",
}
HIDDEN = {"nchs": "methods.hidden_text", "bps": "methods.hidden_text_bps"}


def write(context: Context) -> tuple[str, list[Block]]:
    """One definition list, then the software."""
    w, plan, weighting = context.w, context.material.plan, context.material.weighting
    level = context.f.percent(context.level, 0)
    entries = [
        (w("methods.estimate"), w("methods.estimate_text")),
        (w("methods.missing"), w("methods.missing_text")),
        (w("methods.variance"), f"{w('methods.variance_text')} {w(LONELY[weighting.lonely_psu])}"),
        (
            w("methods.interval"),
            w(
                "methods.interval_text",
                level=level,
                interval=w(INTERVALS[plan.estimate.interval]),
                df=context.f.degrees(weighting.df),
            ),
        ),
        (w("methods.deff"), w("methods.deff_text")),
        (
            w("methods.weights"),
            w("methods.weights_calibrated" if plan.design.margins else "methods.weights_plain"),
        ),
        (
            w("methods.tests"),
            w("methods.tests_text", level=level, alpha=context.f.number(1 - context.level, 2)),
        ),
        (w("methods.hidden"), w(HIDDEN[plan.report.reliability], n=plan.report.min_respondents)),
    ]
    if context.material.models:
        entries.append((w("methods.models"), w("methods.models_text")))
    if not context.material.scales.empty:
        entries.append((w("methods.scales"), w("methods.scales_text")))
    blocks: list[Block] = [
        context.paragraph("methods.opening"),
        Box(id="box-methods", title=w("methods.box"), entries=tuple(entries)),
    ]
    return w("methods.title"), [*blocks, _software(context)]


def _software(context: Context) -> Block:
    w = context.w
    columns = (
        Column(key="name", label=w("methods.software"), kind="text"),
        Column(key="version", label=w("methods.version"), kind="code"),
    )
    versions = {"netralstat": context.material.version, **context.material.software}
    body = [Row(cells=(Cell(value=name), Cell(value=version))) for name, version in versions.items()]
    return context.table("table-software", w("methods.table"), columns, body)
