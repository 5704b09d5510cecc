"""The core: rows become cells. Every number that netralstat prints is a function of these sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from netralstat.design.design import Design
from netralstat.errors import DesignError, EstimationError, did_you_mean
from netralstat.frames import count_missing, declared_levels, encode, group_sums, missing, open_frame, require_columns

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is added up in each cell: a numeric item, or the indicator that a categorical item has `level`.

    `given` names a second item that must be answered too (the other side of a ratio).
    """

    item: str
    level: Any = None
    given: str | None = None


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
class Key:
    """Codes of the cells for one column: position in `levels`, -1 for a missing value."""

    codes: Codes
    levels: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Groups of respondents alike in stratum, PSU and every key; arrays of shape (n_cells,).

    `n` counts respondents, `w_sum` is Σ w and `w2_sum` is Σ w² of the design weights. `n_psu` and
    `fpc` have shape (n_strata,): sampled PSUs (persons, when persons were drawn) and their population
    count (inf without a correction).
    """

    design: Design
    stratum: Codes
    stratum_names: tuple[str, ...]
    psu: Codes | None
    n: Floats
    w_sum: Floats
    w2_sum: Floats
    n_psu: Floats
    fpc: Floats
    keys: Mapping[str, Key]
    measures: Mapping[Measure, MeasureSums]

    @property
    def n_cells(self) -> int:
        return len(self.n)

    @property
    def n_strata(self) -> int:
        return len(self.n_psu)

    @property
    def df(self) -> int:
        """Design degrees of freedom: PSUs minus strata."""
        return int(self.n_psu.sum()) - self.n_strata

    def key(self, name: str) -> Key:
        return self.keys[name]


def compress(
    frame: Any, design: Design, *, keys: Sequence[str] = (), measures: Sequence[Measure] = ()
) -> Cells:
    """Group respondents into cells: the only pass over the rows.

    Parameters
    ----------
    frame : pandas, polars, DuckDB or Spark frame, one row a respondent.
    design : Design, columns of the frame.
    keys : columns whose values tell cells apart (domains, calibration margins, covariates).
    measures : what is added up in each cell. Where persons were drawn directly, the measured columns
        join the keys, so that a cell's respondents are alike and Σ w² keeps the variance exact.

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
    require_columns(frame, [*design.columns, *keys, *items], where="design, domains and items")
    _require_design_values(frame, design)
    pattern = list(dict.fromkeys([*keys, *items])) if design.samples_elements else keys
    group_by = list(dict.fromkeys([*design.stratum, *design.psu, *pattern]))
    expressions = _expressions(frame, design, () if design.samples_elements else measures)
    constant = [] if group_by else ["__all__"]
    source = open_frame(frame).with_columns(nw.lit(0).alias("__all__")) if constant else frame
    group_keys, sums = group_sums(source, group_by or constant, expressions)
    stratum, stratum_names = _tuples(group_keys, design.stratum, len(sums["n"]))
    psu = None
    if not design.samples_elements:
        psu, _ = _tuples(group_keys, (*design.stratum, *design.psu), len(sums["n"]))
    coded = {}
    for name in pattern:
        codes, levels = encode(group_keys[name], declared_levels(frame, name))
        coded[name] = Key(codes=codes, levels=tuple(levels))
    n_psu, fpc = _first_stage(design, stratum, stratum_names, psu, sums)
    scale = np.ones(len(sums["n"]))
    if design.weight is None and design.fpc is not None:
        scale = (fpc / n_psu)[stratum]
    w_sum = sums["w"] * scale
    if design.samples_elements:
        totals = {measure: _from_pattern(measure, coded, sums["n"], w_sum) for measure in measures}
    else:
        totals = {
            measure: MeasureSums(
                n=sums[f"n{i}"],
                n_y=sums[f"ny{i}"],
                w_sum=sums[f"w{i}"] * scale,
                wy_sum=sums[f"wy{i}"] * scale,
                wyy_sum=sums[f"wyy{i}"] * scale,
            )
            for i, measure in enumerate(measures)
        }
    return Cells(
        design=design,
        stratum=stratum,
        stratum_names=stratum_names,
        psu=psu,
        n=sums["n"],
        w_sum=w_sum,
        w2_sum=sums["w2"] * scale**2,
        n_psu=n_psu,
        fpc=fpc,
        keys=coded,
        measures=totals,
    )


def _require_design_values(frame: Any, design: Design) -> None:
    if not design.columns:
        return
    empty = {column: count for column, count in count_missing(frame, design.columns).items() if count}
    for column, count in empty.items():
        raise DesignError(
            f'{count:,} rows have no value in the design column "{column}"{_first_rows(frame, column)}',
            where=f"design, column {column}",
            do="give every respondent a weight, stratum, PSU and fpc, or leave those rows out beforehand",
        )
    if design.weight is None:
        return
    wrapped = open_frame(frame)
    weight = nw.col(design.weight)
    bad = wrapped.select(negative=(weight < 0).sum(), infinite=(~weight.is_finite()).sum())
    counted = bad.collect() if isinstance(bad, nw.LazyFrame) else bad
    n_bad = int(counted["negative"][0] or 0) + int(counted["infinite"][0] or 0)
    if n_bad:
        raise DesignError(
            f'{n_bad:,} rows have a negative or infinite weight in "{design.weight}"',
            where=f"design, column {design.weight}",
            do="correct those weights; a respondent stands for at least zero persons",
        )


def _first_rows(frame: Any, column: str) -> str:
    wrapped = open_frame(frame)
    if isinstance(wrapped, nw.LazyFrame):
        return ""
    absent = wrapped.select(missing(wrapped, column).alias("absent"))["absent"].to_numpy()
    rows = np.flatnonzero(np.asarray(absent, dtype=bool))[:5] + 1
    return f" (first: rows {', '.join(str(row) for row in rows)})"


def _expressions(frame: Any, design: Design, measures: Sequence[Measure]) -> dict[str, nw.Expr]:
    wrapped = open_frame(frame)
    schema = wrapped.collect_schema()
    one = nw.lit(1.0)
    weight = nw.col(design.weight).cast(nw.Float64) if design.weight else one
    named = {"n": one, "w": weight, "w2": weight * weight}
    if design.fpc:
        named["fpc"] = nw.col(design.fpc).cast(nw.Float64)
        named["fpc2"] = nw.col(design.fpc).cast(nw.Float64) ** 2
    for i, measure in enumerate(measures):
        answered = ~missing(wrapped, measure.item)
        if measure.given is not None:
            answered = answered & ~missing(wrapped, measure.given)
        observed = answered.cast(nw.Float64)
        column = nw.col(measure.item)
        if measure.level is not None:
            value = (column == measure.level).fill_null(False).cast(nw.Float64) * observed
        else:
            _require_numeric(measure.item, schema[measure.item])
            value = nw.when(answered).then(column.cast(nw.Float64)).otherwise(0.0)
        named |= {f"n{i}": observed, f"ny{i}": value, f"w{i}": weight * observed}
        named |= {f"wy{i}": weight * value, f"wyy{i}": weight * value * value}
    return named


def _require_numeric(item: str, dtype: Any) -> None:
    if not (dtype.is_numeric() or dtype == nw.Boolean):
        raise EstimationError(
            f'item "{item}" holds text or categories, so its values cannot be added up',
            where=f"item {item}",
            do="ask for the prevalence of its levels, or give a numeric item",
        )


def _tuples(keys: Mapping[str, Any], columns: Sequence[str], n_cells: int) -> tuple[Codes, tuple[str, ...]]:
    """One code per distinct combination of `columns`, with a readable name for each."""
    if not columns:
        return np.zeros(n_cells, dtype=np.int64), ("all",)
    parts = [encode(keys[column]) for column in columns]
    combined = np.zeros(n_cells, dtype=np.int64)
    for codes, levels in parts:
        combined = combined * len(levels) + codes
    distinct, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
    names = tuple(" × ".join(str(levels[codes[i]]) for codes, levels in parts) for i in first)
    return inverse.astype(np.int64).reshape(-1), names


def _first_stage(
    design: Design,
    stratum: Codes,
    stratum_names: tuple[str, ...],
    psu: Codes | None,
    sums: Mapping[str, Floats],
) -> tuple[Floats, Floats]:
    """Sampled PSUs and population PSUs of each stratum."""
    n_strata = len(stratum_names)
    rows = np.bincount(stratum, weights=sums["n"], minlength=n_strata)
    if psu is None:
        n_psu = rows
    else:
        first = np.unique(psu, return_index=True)[1]
        n_psu = np.bincount(stratum[first], minlength=n_strata).astype(float)
    if design.fpc is None:
        return n_psu, np.full(n_strata, np.inf)
    mean = np.bincount(stratum, weights=sums["fpc"], minlength=n_strata) / rows
    square = np.bincount(stratum, weights=sums["fpc2"], minlength=n_strata) / rows
    varies = np.flatnonzero(square - mean**2 > 1e-9 * np.maximum(mean**2, 1e-300))
    if len(varies):
        raise DesignError(
            f'the fpc "{design.fpc}" takes several values within {len(varies):,} strata',
            where=f"stratum {stratum_names[varies[0]]}",
            do="give each stratum one population count (or one sampling fraction)",
        )
    fpc = n_psu / mean if np.all(mean <= 1) else mean
    small = np.flatnonzero(fpc < n_psu * (1 - 1e-9))
    if len(small):
        h = small[0]
        raise DesignError(
            f'the fpc "{design.fpc}" is smaller than the sample in {len(small):,} strata '
            f"({fpc[h]:,.10g} against {n_psu[h]:,.0f} sampled)",
            where=f"stratum {stratum_names[h]}",
            do="give the population count of PSUs (of persons where there is no psu)",
        )
    return n_psu, fpc


def _from_pattern(measure: Measure, coded: Mapping[str, Key], n: Floats, w_sum: Floats) -> MeasureSums:
    """Sums of a measure whose column is itself a key: all respondents of a cell have one value."""
    key = coded[measure.item]
    answered = key.codes >= 0
    if measure.given is not None:
        answered = answered & (coded[measure.given].codes >= 0)
    observed = answered.astype(float)
    if measure.level is not None:
        if measure.level not in key.levels:
            raise EstimationError(
                f'item "{measure.item}" has no level "{measure.level}"',
                where=f"item {measure.item}",
                do=f"its levels are {', '.join(map(str, key.levels))}."
                f"{did_you_mean(str(measure.level), map(str, key.levels))}",
            )
        value = (key.codes == key.levels.index(measure.level)).astype(float)
    else:
        try:
            levels = np.asarray([*key.levels, 0.0], dtype=float)
        except ValueError as problem:
            raise EstimationError(
                f'item "{measure.item}" holds text or categories, so its values cannot be added up',
                where=f"item {measure.item}",
                do="ask for the prevalence of its levels, or give a numeric item",
            ) from problem
        value = levels[key.codes]
    w_observed = w_sum * observed
    return MeasureSums(
        n=n * observed,
        n_y=n * observed * value,
        w_sum=w_observed,
        wy_sum=w_observed * value,
        wyy_sum=w_observed * value**2,
    )
