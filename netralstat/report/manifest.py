"""Beside a report: `manifest.json` tells how it was made, `estimates.csv` holds every number of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping

from netralstat.report.estimate_table import EstimateTable
from netralstat.report.material import Material
from netralstat.report.suppression import hidden_cells

SCHEMA = "netralstat.manifest/1"


def manifest(material: Material, outputs: Mapping[str, str]) -> str:
    """The manifest as JSON; the same inputs give the same bytes.

    Parameters
    ----------
    material : Material
        What the report was made from.
    outputs : Mapping[str, str]
        sha256 of every file of the report, by its name.
    """
    plan, fieldwork = material.plan, material.fieldwork
    simulated = plan.collect.simulate
    content = {
        "schema": SCHEMA,
        "wave": plan.id,
        "title": {"id": plan.title.id, "en": plan.title.en},
        "date": material.generated.isoformat(),
        "report_version": plan.report.version,
        "synthetic": material.synthetic,
        "seed": simulated.seed if simulated is not None else None,
        "software": {"netralstat": material.version, **material.software},
        "earlier_waves": [
            {"wave": one.id, "day": one.day.isoformat(), "respondents": one.n, "lacks": list(one.lacks)}
            for one in (material.changes.rounds if material.changes is not None else ())
        ],
        "inputs": dict(material.inputs),
        "outputs": dict(outputs),
        "settings": {
            "level": plan.estimate.level,
            "interval": plan.estimate.interval or "logit; by domain pooled",
            "domains": list(plan.estimate.domains),
            "lonely_psu": material.weighting.lonely_psu,
            "nonresponse": material.weighting.nonresponse,
            "calibration": material.weighting.method,
            "min_respondents": plan.report.min_respondents,
            "reliability": plan.report.reliability,
            "languages": list(plan.report.languages),
        },
        "records": {
            "read": fieldwork.n_read,
            "accepted": fieldwork.n_accepted,
            "rejected": fieldwork.n_rejected,
            "rejected_by_rule": dict(sorted(fieldwork.rejected_by_rule.items())),
            "findings_by_rule": dict(sorted(fieldwork.findings_by_rule.items())),
        },
        "suppressed": [
            *hidden_cells(material.estimates),
            *(material.cases.hidden if material.cases is not None else ()),
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"


def estimates_csv(table: EstimateTable) -> str:
    """Every estimate under one head: ``table, data, measure, item, level, <domains>, …``."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(table.head)
    writer.writerows([_plain(value) for value in row] for row in table.rows)
    return target.getvalue()


def _plain(value: object) -> str:
    """All digits of a number, nothing for what is missing."""
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    return str(value)
