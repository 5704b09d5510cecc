"""Recommendations: the institution's own words from the wave file; none are generated."""

from __future__ import annotations

from netralstat.report.blocks import Block, Box
from netralstat.report.context import Context


def write(context: Context) -> tuple[str, list[Block]]:
    """A numbered list."""
    w, plan = context.w, context.material.plan
    title = w("recommendations.title")
    given = plan.report.recommendations
    if not given:
        return title, [context.missing("recommendations.missing")]
    entries = tuple((str(number), text[context.language]) for number, text in enumerate(given, start=1))
    institution = plan.report.institution[context.language]
    return title, [
        context.paragraph("recommendations.opening", institution=institution),
        Box(id="box-recommendations", title=w("recommendations.box"), entries=entries),
    ]
