"""The chapters of the quality page, one a file, in print order."""

from __future__ import annotations

from collections.abc import Callable

from netralstat.report.blocks import Block
from netralstat.report.quality.chapters import (
    flags,
    interviewers,
    list_experiments,
    missingness,
    quotas,
    reading,
    response_rates,
    response_styles,
    summary,
    timing,
    twins,
)
from netralstat.report.quality.desk import QualityDesk

Write = Callable[[QualityDesk], tuple[str, list[Block]]]

CHAPTERS: dict[str, Write] = {
    "summary": summary.write,
    "flags": flags.write,
    "rates": response_rates.write,
    "quotas": quotas.write,
    "timing": timing.write,
    "twins": twins.write,
    "styles": response_styles.write,
    "missing": missingness.write,
    "interviewers": interviewers.write,
    "lists": list_experiments.write,
    "reading": reading.write,
}
