"""The foot of a regression table: what was modelled, on whom, how surely, and what the model explains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netralstat.report.models.reading import FAMILIES, ModelReading

if TYPE_CHECKING:
    from netralstat.explain.checks.diagnosis import Diagnosis

MEASURES = {
    "r_squared": "R²",
    "mcfadden": "McFadden R²",
    "nagelkerke": "Nagelkerke R²",
    "tjur": "Tjur R²",
    "deviance_r_squared": "model_table.deviance_r_squared",
    "auc": "AUC",
}
CALIBRATIONS = {
    "raking": "model_table.by_raking",
    "linear": "model_table.by_linear",
    "logit": "model_table.by_logit",
    "poststratification": "model_table.by_poststratification",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Foot:
    """A line of the foot: its label and the text of each model."""

    label: str
    texts: tuple[str, ...]


def foot(readings: Sequence[ModelReading], diagnoses: Sequence[Diagnosis | None]) -> list[Foot]:
    """The lines of the foot; measures of fit only where a diagnosis was given."""
    w = readings[0].w
    told: dict[str, Callable[[ModelReading], str]] = {
        "model_table.outcome": lambda one: one.names.item(one.model.outcome),
        "model_table.method": lambda one: w(FAMILIES[one.model.family][1]),
        "model_table.n": lambda one: one.f.count(one.model.n),
        "model_table.left_out": lambda one: one.f.count(one.model.n_incomplete),
        "model_table.df": lambda one: one.f.degrees(one.model.df),
    }
    lines = [Foot(label=w(key), texts=tuple(map(tell, readings))) for key, tell in told.items()]
    known = [
        dict(zip(one.measures["measure"], one.measures["estimate"], strict=True)) if one else {}
        for one in diagnoses
    ]
    for measure, name in MEASURES.items():
        if any(measure in one for one in known):
            texts = tuple(
                reading.f.number(one[measure], 3) if measure in one else ""
                for reading, one in zip(readings, known, strict=True)
            )
            lines.append(Foot(label=w(name) if "." in name else name, texts=texts))
    errors = tuple(map(variance, readings))
    if len(set(errors)) > 1:
        lines.append(Foot(label=w("model_table.variance"), texts=errors))
    if any(_calibration(one) for one in readings):
        lines.append(Foot(label=w("model_table.calibration"), texts=tuple(map(_calibration, readings))))
    return lines


def variance(reading: ModelReading) -> str:
    """Where the standard errors come from."""
    provenance, w = reading.model.provenance, reading.w
    if "few_clusters" in provenance:
        return w("model_table.few_clusters", kind=provenance["few_clusters"])
    if "replicates" in provenance:
        return w("model_table.replicates", kind=provenance["replicates"].get("kind", ""))
    if provenance.get("penalty"):
        return w("model_table.penalised")
    return w("model_table.linearised")


def _calibration(reading: ModelReading) -> str:
    method = str(reading.model.provenance.get("calibration", "none"))
    return reading.w(CALIBRATIONS[method]) if method in CALIBRATIONS else ""
