"""The core: rows become cells. Every number that netralstat prints is a function of these sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.collapsing import collapsed
from netralstat.design.design import Design
from netralstat.design.replicates.columns import column_terms
from netralstat.design.stages import Stage, stages_of
from netralstat.errors import DesignError, EstimationError
from netralstat.frames import Key, Table, Term, open_table, require_columns

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is added up in each cell: a numeric item, or the indicator that a categorical item has `level`.

    `given` names a second item that must be answered too (the other side of a ratio); with `times` what
    is added up is the product of the two.
    """

    item: str
    level: Any = None
    given: str | None = None
    times: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureSums:
    """Sums of one measure y over the respondents of each cell who answered; arrays of shape (n_cells,).

    `n` respondents who answered (the item, and `given` where one is named), `n_y` Σ y without weights,
    `w_sum` Σ w, `wy_sum` Σ w·y and `wyy_sum` Σ w·y² over them.
    """

    n: Floats
    n_y: Floats
    w_sum: Floats
    wy_sum: Floats
    wyy_sum: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Groups of respondents alike in stratum, PSU and every key; arrays of shape (n_cells,).

    `n` counts respondents of positive weight, `w_sum` is Σ w and `w2_sum` is Σ w² of the design weights
    (None unless persons were drawn or it was asked for).
    `stages` tells which units were drawn from what; `df` is PSUs (persons, when persons were drawn) minus
    strata, of those with a positive weight; `n_collapsed` strata were joined to a neighbour.
    `replicate_weights` (n_cells, n) are sums of a data producer's replicate weights, where the design
    names them.
    """

    design: Design
    stages: tuple[Stage, ...]
    n: Floats
    w_sum: Floats
    w2_sum: Floats | None
    df: int
    n_collapsed: int
    keys: Mapping[str, Key]
    additive: Mapping[Measure, MeasureSums]
    replicate_weights: Floats | None = None

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self.n)

    @property
    def stratum(self) -> Codes:
        """Number of the stratum of each cell, shape (n_cells,)."""
        return self.stages[0].group

    @property
    def psu(self) -> Codes | None:
        """Number of the PSU of each cell, shape (n_cells,); None where persons were drawn."""
        return self.stages[0].unit

    @property
    def n_psu(self) -> Floats:
        """PSUs (persons, when persons were drawn) sampled in each stratum, shape (n_strata,)."""
        return self.stages[0].n

    @property
    def fpc(self) -> Floats:
        """Population count of PSUs in each stratum, shape (n_strata,); inf without a correction."""
        return self.stages[0].fpc

    @property
    def n_strata(self) -> int:
        """Number of strata."""
        return self.stages[0].n_groups

    def key(self, name: str) -> Key:
        """Codes and levels of a column that tells cells apart."""
        return self.keys[name]

    def sums(self, measure: Measure) -> MeasureSums:
        """Sums of a measure: added up in the group-by, or read off the key where its item is one."""
        found = self.additive.get(measure)
        return found if found is not None else _from_pattern(measure, self.keys, self.n, self.w_sum)


def compress(
    frame: Any,
    design: Design,
    *,
    keys: Sequence[str] = (),
    measures: Sequence[Measure] = (),
    squares: bool = False,
) -> Cells:
    """Group respondents into cells: the only pass over the rows.

    Parameters
    ----------
    frame : pandas, polars, DuckDB or Spark frame, one row a respondent, or a `Table` made of one.
    design : Design, columns of the frame.
    keys : columns whose values tell cells apart (domains, calibration margins, covariates).
    measures : what is added up in each cell. Where persons were drawn directly, the measured columns
        join the keys, so that a cell's respondents are alike and Σ w² keeps the variance exact. So does
        the weight where replicates leave persons out or draw them again.
    squares : whether Σ w² is wanted of a sample of PSUs, whose variance does not need it.

    Returns
    -------
    Cells

    Raises
    ------
    DesignError
        A column is absent, a design value is missing, a weight is not positive, the fpc varies within a
        stratum or is smaller than the sample.
    """
    keys = list(dict.fromkeys(keys))
    named = [name for measure in measures for name in (measure.item, measure.given) if name]
    items = list(dict.fromkeys(named))
    table = open_table(frame)
    require_columns(table, [*design.columns, *keys, *items], where="design, domains and items")
    _require_design_numbers(table, design)
    _require_design_values(table, design)
    _require_numbers(table, measures)
    pattern = list(dict.fromkeys([*keys, *items, *_weight_key(design)])) if design.samples_elements else keys
    units = [column for stage in design.stage_columns for column in stage]
    summed = () if design.samples_elements else measures
    columns = list(dict.fromkeys([*design.stratum, *units, *pattern]))
    groups = table.group(columns, _terms(design, summed, squares))
    sums, n_cells = groups.sums, len(groups.sums["n"])
    if not n_cells:
        raise DesignError("the data have no rows", where="data", do="give one row a respondent")
    for name in pattern:
        _require_finite(name, [level for level in groups.keys[name].levels if isinstance(level, float)])
    stages, n_collapsed = stages_of(design, groups.keys, sums, n_cells), 0
    if design.lonely_psu == "collapse":
        first, n_collapsed = collapsed(stages[0])
        stages = (first, *stages[1:])
    scale = np.ones(n_cells)
    if design.weight is None:
        for stage in stages[: len(design.fpc)]:
            scale = scale * (stage.fpc / stage.n)[stage.group]
    w_sum = sums["w"] * scale
    if w_sum.sum() <= 0:
        raise DesignError(
            f'all weights in "{design.weight}" are zero',
            where=f"design, column {design.weight}",
            do="give each respondent the number of persons that he or she stands for",
        )
    additive = _additive(summed, sums, scale)
    for measure, found in additive.items():
        _require_finite(measure.item, found.wyy_sum)
    return Cells(
        design=design,
        stages=stages,
        n=sums["n"],
        w_sum=w_sum,
        w2_sum=sums["w2"] * scale**2 if "w2" in sums else None,
        df=_df(stages[0], sums["n"]),
        n_collapsed=n_collapsed,
        keys={name: groups.keys[name] for name in pattern},
        additive=additive,
        replicate_weights=_replicate_weights(design, sums),
    )


def _weight_key(design: Design) -> tuple[str, ...]:
    """The column of the weight, where replicates leave persons out or draw them again."""
    made = design.replicates is not None and not design.replicate_columns
    return (design.weight,) if made and design.weight is not None else ()


def _replicate_weights(design: Design, sums: Mapping[str, Floats]) -> Floats | None:
    if design.replicates is None or not design.replicate_columns:
        return None
    return np.column_stack([sums[name] for name in column_terms(design.replicates, design.weight)])


def _df(first: Stage, n: Floats) -> int:
    """PSUs minus strata; units whose weights are all zero count in neither, as in survey::degf."""
    if n.all():
        return int(n.sum() if first.unit is None else first.n.sum()) - first.n_groups
    counted = n > 0
    units = n.sum() if first.unit is None else len(np.unique(first.unit[counted]))
    return int(units) - len(np.unique(first.group[counted]))


def _require_design_numbers(table: Table, design: Design) -> None:
    added = [column for column in (design.weight, *design.fpc) if column]
    for column in sorted(column for column in added if not table.is_numeric(column)):
        raise DesignError(
            f'the design column "{column}" holds text or categories, not numbers',
            where=f"design, column {column}",
            do="read it as numbers, or name another column",
        )


def _require_finite(item: str, values: Sequence[float] | Floats) -> None:
    if not np.isfinite(np.asarray(values, dtype=float)).all():
        raise EstimationError(
            f'item "{item}" has infinite values',
            where=f"item {item}",
            do="make them missing, or correct them",
        )


def _require_design_values(table: Table, design: Design) -> None:
    # Columns of replicate weights are looked at once, when they are named (`require_replicate_weights`).
    columns = design.linearised.columns
    empty = {column: count for column, count in table.count_missing(columns).items() if count}
    for column, count in empty.items():
        raise DesignError(
            f'{count:,} rows have no value in the design column "{column}"'
            f"{_first_rows(table.first_missing_rows(column))}",
            where=f"design, column {column}",
            do="give every respondent a weight, stratum, PSU and fpc, or leave those rows out beforehand",
        )
    if design.weight and (n_bad := table.count_bad_weights(design.weight)):
        raise DesignError(
            f'{n_bad:,} rows have a negative or infinite weight in "{design.weight}"'
            f"{_first_rows(table.first_bad_weights(design.weight))}",
            where=f"design, column {design.weight}",
            do="correct those weights; a respondent stands for at least zero persons",
        )


def _first_rows(rows: Sequence[int]) -> str:
    return f" (first: rows {', '.join(map(str, rows))})" if rows else ""


def _require_numbers(table: Table, measures: Sequence[Measure]) -> None:
    """A measure without a level adds up values, so its item must hold numbers."""
    added = dict.fromkeys(measure.item for measure in measures if measure.level is None)
    added |= dict.fromkeys(measure.given for measure in measures if measure.times and measure.given)
    text = {item for item in added if not table.is_numeric(item)}
    text -= {item for item in text if table.declared_levels(item) is None and table.nobody_answered(item)}
    if text:
        raise EstimationError(
            f'item "{sorted(text)[0]}" holds text or categories, so its values cannot be added up',
            where=f"item {sorted(text)[0]}",
            do="ask for the prevalence of its levels, or give a numeric item",
        )


def _terms(design: Design, measures: Sequence[Measure], squares: bool) -> dict[str, Term]:
    """What the group-by adds up: counts, weights, squares, fpc, and each measure where PSUs were drawn."""
    w = design.weight
    terms = {"n": Term(weight=w), "w": Term(weight=w, weight_power=1)}
    if squares or design.samples_elements:
        terms["w2"] = Term(weight=w, weight_power=2)
    if design.fpc or design.samples_elements:
        terms["rows"] = Term()
    for i, column in enumerate(design.fpc):
        terms[f"fpc {i}"] = Term(weight=column, weight_power=1)
        terms[f"fpc² {i}"] = Term(weight=column, weight_power=2)
    if design.replicates is not None and design.replicate_columns:
        terms |= column_terms(design.replicates, w)
    for i, measure in enumerate(measures):
        of: dict[str, Any] = {"item": measure.item, "level": measure.level}
        of |= {"given": measure.given, "times": measure.times, "weight": w}
        terms[f"n{i}"] = Term(**of)
        terms[f"ny{i}"] = Term(**of, value_power=1)
        for power, name in enumerate(("w", "wy", "wyy")):
            terms[f"{name}{i}"] = Term(**of, weight_power=1, value_power=power)
    return terms


def _additive(
    measures: Sequence[Measure], sums: Mapping[str, Floats], scale: Floats
) -> dict[Measure, MeasureSums]:
    return {
        measure: MeasureSums(
            n=sums[f"n{i}"],
            n_y=sums[f"ny{i}"],
            w_sum=sums[f"w{i}"] * scale,
            wy_sum=sums[f"wy{i}"] * scale,
            wyy_sum=sums[f"wyy{i}"] * scale,
        )
        for i, measure in enumerate(measures)
    }


def _from_pattern(measure: Measure, coded: Mapping[str, Key], n: Floats, w_sum: Floats) -> MeasureSums:
    """Sums of a measure whose column is itself a key: all respondents of a cell have one value."""
    key = coded[measure.item]
    answered = key.codes >= 0
    if measure.given is not None:
        answered = answered & (coded[measure.given].codes >= 0)
    observed = answered.astype(float)
    if measure.times and measure.given is not None:
        other = coded[measure.given]
        value = np.asarray([*key.levels, 0.0], dtype=float)[key.codes]
        value = value * np.asarray([*other.levels, 0.0], dtype=float)[other.codes]
    elif measure.level is not None:
        place = key.levels.index(measure.level) if measure.level in key.levels else None
        value = (key.codes == place).astype(float) if place is not None else np.zeros(len(n))
    else:
        value = np.asarray([*key.levels, 0.0], dtype=float)[key.codes]
    w_observed = w_sum * observed
    return MeasureSums(
        n=n * observed,
        n_y=n * observed * value,
        w_sum=w_observed,
        wy_sum=w_observed * value,
        wyy_sum=w_observed * value**2,
    )
