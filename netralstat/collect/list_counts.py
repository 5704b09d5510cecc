"""The counts of a list experiment: whole numbers from 0 to the items shown, in one arm only."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

import numpy as np
from numpy.typing import NDArray

from netralstat.ask.plan_quality import ListExperiment
from netralstat.collect.findings import Findings, Origin
from netralstat.collect.text_table import TextColumn
from netralstat.collect.values import REASONS

RULE = "list-count"


def check_list_counts(
    experiment: ListExperiment,
    columns: Mapping[str, TextColumn],
    frame: MutableMapping[str, object],
    reasons: MutableMapping[str, NDArray[np.object_]],
    origin: Origin,
    findings: Findings,
) -> None:
    """Make missing the counts of an experiment that cannot be; each becomes a finding.

    A control count is a whole number from 0 to `n_items`, a treatment count goes to `n_items` + 1. Somebody
    in both arms keeps the count of the declared arm, or none where the arm is not known.

    Parameters
    ----------
    experiment : ListExperiment
        One table [[collect.list_experiments]].
    columns : Mapping[str, TextColumn]
        The texts of the items; where the arm is none of them it is not known.
    frame, reasons : MutableMapping
        Typed columns, and the reasons of missing answers, by item; changed in place.
    """
    control, treatment = experiment.counts
    arm = _arm(experiment, columns, len(origin.row))
    for name in dict.fromkeys((control, treatment)):
        if name not in frame:
            continue
        counts: NDArray[np.float64] = np.asarray(frame[name], dtype=np.float64)
        most = np.full(len(counts), experiment.n_items + (name == treatment))
        if control == treatment:
            most[arm == experiment.control] = experiment.n_items
        wrong = np.isfinite(counts) & ((counts < 0) | (counts > most) | (counts != np.floor(counts)))
        note = f"no whole number from 0 to {int(most.max())}, the items that were shown: set to missing"
        findings.add(origin, wrong, name, RULE, "error", note)
        _blank(name, wrong, frame, reasons)
    if control != treatment and control in frame and treatment in frame:
        both = np.isfinite(np.asarray(frame[control], dtype=np.float64))
        both &= np.isfinite(np.asarray(frame[treatment], dtype=np.float64))
        for name, own in ((control, experiment.control), (treatment, experiment.treatment)):
            stray = both & (arm != own)
            findings.add(origin, stray, name, RULE, "error", "counted in both arms: set to missing")
            _blank(name, stray, frame, reasons)


def _arm(experiment: ListExperiment, columns: Mapping[str, TextColumn], n_rows: int) -> NDArray[np.object_]:
    if experiment.arm in columns:
        return columns[experiment.arm].text()
    return np.full(n_rows, "", dtype=object)


def _blank(
    name: str,
    rows: NDArray[np.bool_],
    frame: MutableMapping[str, object],
    reasons: MutableMapping[str, NDArray[np.object_]],
) -> None:
    if rows.any():
        frame[name] = np.where(rows, np.nan, np.asarray(frame[name], dtype=np.float64))
        if name in reasons:
            reasons[name] = np.where(rows, REASONS[-1], reasons[name])
