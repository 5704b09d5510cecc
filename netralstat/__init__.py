"""netralstat: from a questionnaire to a published report on the neutrality of civil servants.

Six stages, one folder each: ask, collect, design, estimate, explain, report. Start with
`netralstat.open_wave(folder)`, or with `netralstat.Survey(frame, weight=...)` for anybody's data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netralstat.design.calibration.margins import Margin
    from netralstat.errors import NetralstatError
    from netralstat.estimate.estimates import Estimates
    from netralstat.explain.causes.e_values import e_value, e_value_of_difference
    from netralstat.explain.regression import Model
    from netralstat.report.models.figure import model_figure
    from netralstat.report.models.table.table import model_table
    from netralstat.report.models.text import model_text
    from netralstat.survey import Survey
    from netralstat.wave import Wave, open_wave

__version__ = "0.1.0"

_HOMES = {
    "Estimates": "netralstat.estimate.estimates",
    "Margin": "netralstat.design.calibration.margins",
    "Model": "netralstat.explain.regression",
    "NetralstatError": "netralstat.errors",
    "Survey": "netralstat.survey",
    "Wave": "netralstat.wave",
    "e_value": "netralstat.explain.causes.e_values",
    "e_value_of_difference": "netralstat.explain.causes.e_values",
    "model_figure": "netralstat.report.models.figure",
    "model_table": "netralstat.report.models.table.table",
    "model_text": "netralstat.report.models.text",
    "open_wave": "netralstat.wave",
}

__all__ = [
    "Estimates",
    "Margin",
    "Model",
    "NetralstatError",
    "Survey",
    "Wave",
    "e_value",
    "e_value_of_difference",
    "model_figure",
    "model_table",
    "model_text",
    "open_wave",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import netralstat` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'netralstat' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
