"""The chapters of the report by id, in print order; each module writes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netralstat.report.blocks import Block
from netralstat.report.chapters import (
    about,
    causes,
    changes,
    citation,
    codebook,
    comparison,
    domains,
    drivers,
    forms,
    full_tables,
    glossary,
    initiators,
    key_findings,
    methods,
    opinions,
    prevalence,
    province,
    quality,
    questionnaire,
    recommendations,
    register,
    reporting,
    revisions,
    sanctions,
    scales,
    strategies,
)
from netralstat.report.context import Context
from netralstat.report.material import Material

CHAPTERS: Mapping[str, Callable[[Context], tuple[str, list[Block]]]] = {
    "key_findings": key_findings.write,
    "about": about.write,
    "prevalence": prevalence.write,
    "province": province.write,
    "domains": domains.write,
    "forms": forms.write,
    "initiators": initiators.write,
    "causes": causes.write,
    "drivers": drivers.write,
    "scales": scales.write,
    "strategies": strategies.write,
    "reporting": reporting.write,
    "sanctions": sanctions.write,
    "changes": changes.write,
    "opinions": opinions.write,
    "register": register.write,
    "comparison": comparison.write,
    "recommendations": recommendations.write,
    "quality": quality.write,
    "methods": methods.write,
    "questionnaire": questionnaire.write,
    "full_tables": full_tables.write,
    "codebook": codebook.write,
    "revisions": revisions.write,
    "glossary": glossary.write,
    "citation": citation.write,
}


def standard_chapters(material: Material) -> tuple[str, ...]:
    """The chapters of a wave that lists none: all, but a register's only where there is one."""
    return tuple(name for name in CHAPTERS if name != "register" or material.cases is not None)
