"""What is asked of the data, and the domains it is asked about: shared by the estimators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from netralstat.design.calibration import CalibratedCells, Calibration
from netralstat.design.cells import Cells, Measure, compress
from netralstat.design.design import Design
from netralstat.errors import EstimationError, did_you_mean
from netralstat.estimate.intervals import Interval

DegreesOfFreedom = Literal["design", "domain"]

MAX_LEVELS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the data, apart from the data: shared by every estimator.

    `levels` names the levels wanted of an item; every level of items that it does not name. `where` maps
    items to the levels that make the domain.
    """

    by: tuple[str, ...] = ()
    where: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    overall: bool = False
    interval: Interval = "logit"
    level: float = 0.95
    df: DegreesOfFreedom = "design"
    levels: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def keyed_cells(
    frame: Any,
    design: Design,
    keys: Sequence[str],
    measures: Sequence[Measure],
    calibration: Calibration | None,
) -> Cells:
    """Cells keyed by the domains and by the margins of the calibration."""
    margins = calibration.items if calibration is not None else ()
    return compress(frame, design, keys=[*keys, *margins], measures=measures)


def unknown_level(item: str, level: Any, levels: Sequence[Any], where: str) -> EstimationError:
    """The error for a level that an item does not have, with those it has."""
    names = [str(known) for known in levels]
    return EstimationError(
        f'item "{item}" has no level "{level}"',
        where=where,
        do=f"its levels are {', '.join(names[:20])}.{did_you_mean(str(level), names)}",
    )


def domain_matrix(cells: Cells, question: Question) -> tuple[sparse.csr_array, list[tuple[Any, ...]]]:
    """0/1 matrix (n_cells, n_domains) and the levels of each domain; the population last if asked for."""
    inside = np.ones(cells.n_cells, dtype=bool)
    for item, wanted in question.where.items():
        key = cells.key(item)
        unknown = [level for level in wanted if level not in key.levels]
        if unknown:
            raise unknown_level(item, unknown[0], key.levels, f"where, item {item}")
        inside &= np.isin(key.codes, [key.levels.index(level) for level in wanted])
    rows = np.flatnonzero(inside)
    if not len(rows):
        raise EstimationError("the domain has no respondents", where="where", do="widen the condition")
    blocks, names = [], []
    if question.by:
        keys = [cells.key(item) for item in question.by]
        known = inside & np.all([key.codes >= 0 for key in keys], axis=0)
        members = np.flatnonzero(known)
        combined = np.zeros(len(members), dtype=np.int64)
        for key in keys:
            combined = combined * len(key.levels) + key.codes[members]
        distinct, first, code = np.unique(combined, return_index=True, return_inverse=True)
        names = [tuple(key.levels[key.codes[members[i]]] for key in keys) for i in first]
        shape = (cells.n_cells, len(distinct))
        blocks.append(sparse.csr_array((np.ones(len(members)), (members, code.reshape(-1))), shape=shape))
    if question.overall or not question.by:
        shape = (cells.n_cells, 1)
        blocks.append(sparse.csr_array((np.ones(len(rows)), (rows, np.zeros(len(rows), int))), shape=shape))
        names.append((None,) * len(question.by))
    return sparse.csr_array(sparse.hstack(blocks)), names


def row_labels(
    labels: Sequence[tuple[str, Any]], names: Sequence[tuple[Any, ...]], by: tuple[str, ...]
) -> pd.DataFrame:
    """The labels of the rows: each item and level by each domain, domains fastest."""
    items = np.repeat(np.array([item for item, _ in labels], dtype=object), len(names))
    levels = np.empty(len(items), dtype=object)
    for i, (_, level) in enumerate(labels):
        levels[i * len(names) : (i + 1) * len(names)] = level
    table = pd.DataFrame({"item": pd.Series(items, dtype=object), "level": pd.Series(levels, dtype=object)})
    for j, domain in enumerate(by):
        table[domain] = pd.Series([name[j] for name in names] * len(labels), dtype=object)
    return table


def provenance(
    cells: Cells, calibrated: CalibratedCells | None, lonely: int, question: Question
) -> dict[str, Any]:
    """How the numbers were made: design, calibration, degrees of freedom, domain."""
    design = cells.design
    calibration = calibrated.calibration if calibrated is not None else None
    return {
        "stratum": " × ".join(design.stratum),
        "psu": " × ".join(design.psu),
        "weight": design.weight or "",
        "fpc": design.fpc or "",
        "lonely_psu": design.lonely_psu,
        "n_lonely_strata": lonely,
        "n_strata": cells.n_strata,
        "n_psu": int(cells.n_psu.sum()),
        "calibration": calibration.method if calibration is not None else "none",
        "margins": [margin.name for margin in calibration.margins] if calibration is not None else [],
        "df": question.df,
        "where": {item: ", ".join(map(str, levels)) for item, levels in question.where.items()},
        "deff_reference": "srs_wor",
    }
