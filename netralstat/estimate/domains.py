"""What is asked of the data, and the domains it is asked about: shared by the estimators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.calibration.calibration import CalibratedCells, Calibration
from netralstat.design.cells import Cells, Measure, compress
from netralstat.design.design import Design
from netralstat.design.stages import numbered
from netralstat.design.variance import Covariance, domain_df
from netralstat.errors import EstimationError, did_you_mean
from netralstat.estimate.intervals import Interval
from netralstat.frames import Key

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

DegreesOfFreedom = Literal["design", "domain"]

MAX_LEVELS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the data, apart from the data: shared by every estimator.

    `levels` names the levels wanted of an item; every level of items that it does not name. `where` maps
    items to the levels that make the domain. `interval` None is "logit" for the whole population and "pooled"
    by domain. `few_clusters` asks for bias-reduced standard errors with Satterthwaite df.
    """

    by: tuple[str, ...] = ()
    where: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    overall: bool = False
    interval: Interval | None = None
    level: float = 0.95
    df: DegreesOfFreedom = "design"
    levels: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    few_clusters: bool = False

    @property
    def method(self) -> Interval:
        """How intervals of the domains' shares are made."""
        return self.interval or ("pooled" if self.by else "logit")


def keyed_cells(
    frame: Any,
    design: Design,
    keys: Sequence[str],
    measures: Sequence[Measure],
    calibration: Calibration | None,
    *,
    squares: bool = False,
) -> Cells:
    """Cells keyed by the domains and by the margins of the calibration."""
    margins = calibration.items if calibration is not None else ()
    return compress(frame, design, keys=[*keys, *margins], measures=measures, squares=squares)


def unknown_level(item: str, level: Any, levels: Sequence[Any], where: str) -> EstimationError:
    """The error for a level that an item does not have, with those it has."""
    names = [str(known) for known in levels]
    return EstimationError(
        f'item "{item}" has no level "{level}"',
        where=where,
        do=f"its levels are {', '.join(names[:20])}.{did_you_mean(str(level), names)}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Domains:
    """Who is in which domain: one partition of the cells for `by`, one for the whole population.

    `codes` has an array (n_cells,) for each partition, -1 where a cell lies in none of its `sizes` domains;
    `names` gives the levels of each domain, those of the first partition first.
    """

    codes: tuple[Codes, ...]
    sizes: tuple[int, ...]
    names: tuple[tuple[Any, ...], ...]

    def interleaved(self, n_statistics: int) -> Codes:
        """Order that puts all domains of a statistic together, of columns that go partition by partition."""
        starts = np.cumsum([0, *(n_statistics * size for size in self.sizes)])
        blocks = [
            start + np.arange(n_statistics * size).reshape(n_statistics, size)
            for start, size in zip(starts, self.sizes, strict=False)
        ]
        return np.hstack(blocks).ravel()


def domains_of(cells: Cells, question: Question) -> Domains:
    """The domains of a question; `where` narrows all of them, and the population comes last if asked for."""
    inside = inside_of(cells, question)
    codes, sizes, names = [], [], []
    if question.by:
        keys = [cells.key(item) for item in question.by]
        known = inside & np.all([key.codes >= 0 for key in keys], axis=0)
        members = np.flatnonzero(known)
        chosen = [Key(codes=key.codes[members], levels=key.levels) for key in keys]
        code, first = numbered(chosen, len(members))
        of_cell = np.full(cells.n_cells, -1, dtype=np.int64)
        of_cell[members] = code
        codes.append(of_cell)
        sizes.append(len(first))
        names += [tuple(key.levels[key.codes[i]] for key in chosen) for i in first]
    if question.overall or not question.by:
        codes.append(np.where(inside, 0, -1))
        sizes.append(1)
        names.append((None,) * len(question.by))
    return Domains(codes=tuple(codes), sizes=tuple(sizes), names=tuple(names))


def inside_of(cells: Cells, question: Question) -> NDArray[np.bool_]:
    """Cells that `where` keeps, shape (n_cells,)."""
    inside = np.ones(cells.n_cells, dtype=bool)
    for item, wanted in question.where.items():
        key = cells.key(item)
        unknown = [level for level in wanted if level not in key.levels]
        if unknown:
            raise unknown_level(item, unknown[0], key.levels, f"where, item {item}")
        inside &= np.isin(key.codes, [key.levels.index(level) for level in wanted])
    if not inside.any():
        raise EstimationError("the domain has no respondents", where="where", do="widen the condition")
    return inside


def added_up(values: Floats, codes: Codes, size: int) -> Floats:
    """Sums of the columns of `values` (n_cells, m) in each domain, shape (m, size)."""
    members = np.flatnonzero(codes >= 0)
    chosen = values if len(members) == len(codes) else values[members]
    where = codes if len(members) == len(codes) else codes[members]
    indptr = np.arange(len(members) + 1)
    sums = sparse.csc_array((np.ones(len(members)), where, indptr), shape=(size, len(members))) @ chosen
    return np.ascontiguousarray(sums.T)


def degrees_of_freedom(
    cells: Cells, codes: Codes, size: int, spread: Covariance, question: Question
) -> Floats:
    """Degrees of freedom of each of `size` domains: those of the design, or of what the domain reaches.

    A domain has no more of them than the replicates have.
    """
    if question.df == "design":
        return np.full(size, float(spread.df))
    reached = domain_df(cells, codes, size)
    return reached if spread.replicates is None else np.minimum(reached, float(spread.df))


def replicate_flags(spread: Covariance, *, on_logit: bool | NDArray[np.bool_] = False) -> NDArray[np.str_]:
    """What is particular about the replicates of each of k statistics, "" for nothing, shape (k,).

    `on_logit` (k,) marks shares whose interval is on the log-odds, which replicates at 0 or 1 do not have.
    """
    k = len(spread.matrix)
    if spread.undefined is None:
        return np.full(k, "")
    at_edge = np.zeros(k, dtype=bool)
    if spread.logit_error is not None:
        at_edge = on_logit & np.isnan(spread.logit_error)
    return np.where(spread.undefined > 0, "empty_replicates", np.where(at_edge, "boundary_replicates", ""))


def row_labels(
    labels: Sequence[tuple[str, Any]], names: Sequence[tuple[Any, ...]], by: tuple[str, ...]
) -> dict[str, Any]:
    """The labels of the rows, a column each: each item and level by each domain, domains fastest."""
    items = np.repeat(np.array([item for item, _ in labels], dtype=object), len(names))
    levels = np.empty(len(items), dtype=object)
    for i, (_, level) in enumerate(labels):
        levels[i * len(names) : (i + 1) * len(names)] = level
    columns = {"item": items, "level": levels}
    for j, domain in enumerate(by):
        of_domain = np.empty(len(names), dtype=object)
        of_domain[:] = [name[j] for name in names]
        columns[domain] = np.tile(of_domain, len(labels))
    return {name: pd.Series(values, dtype=object, copy=False) for name, values in columns.items()}


def provenance(
    cells: Cells, calibrated: CalibratedCells | None, spread: Covariance, question: Question
) -> dict[str, Any]:
    """How the numbers were made: design, replicates, calibration, degrees of freedom, domain."""
    design = cells.design
    calibration = calibrated.calibration if calibrated is not None else None
    told = {
        "stratum": " × ".join(design.stratum),
        "psu": " × ".join(design.psu),
        "ssu": " × ".join(design.ssu),
        "weight": design.weight or "",
        "fpc": " × ".join(design.fpc),
        "lonely_psu": design.lonely_psu,
        "adjust_domain_lonely": design.adjust_domain_lonely,
        "n_lonely_strata": spread.lonely,
        "n_collapsed_strata": cells.n_collapsed,
        "n_strata": cells.n_strata,
        "n_psu": int(cells.n_psu.sum()),
        "calibration": calibration.method if calibration is not None else "none",
        "margins": [margin.name for margin in calibration.margins] if calibration is not None else [],
        "df": "satterthwaite" if question.few_clusters else question.df,
        **({"few_clusters": "CR2"} if question.few_clusters else {}),
        "where": {item: ", ".join(map(str, levels)) for item, levels in question.where.items()},
        "deff_reference": "srs_wor",
    }
    return told if spread.replicates is None else {**told, "replicates": dict(spread.replicates)}
