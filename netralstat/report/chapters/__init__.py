"""The chapters of the report by id, in print order; each module writes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netralstat.report.blocks import Block
from netralstat.report.chapters import (
    about,
    citation,
    comparison,
    domains,
    drivers,
    forms,
    key_findings,
    methods,
    opinions,
    prevalence,
    province,
    quality,
    scales,
)
from netralstat.report.context import Context

CHAPTERS: Mapping[str, Callable[[Context], tuple[str, list[Block]]]] = {
    "key_findings": key_findings.write,
    "about": about.write,
    "prevalence": prevalence.write,
    "province": province.write,
    "domains": domains.write,
    "forms": forms.write,
    "opinions": opinions.write,
    "drivers": drivers.write,
    "scales": scales.write,
    "comparison": comparison.write,
    "quality": quality.write,
    "methods": methods.write,
    "citation": citation.write,
}
