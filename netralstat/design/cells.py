"""The core: rows become cells. Every number that netralstat prints is a function of these sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.design.design import Design
from netralstat.errors import DesignError, EstimationError, did_you_mean
from netralstat.frames import (
    Term,
    count_bad_weights,
    count_missing,
    declared_levels,
    encode,
    first_bad_weights,
    first_missing_rows,
    group_sums,
    nobody_answered,
    numeric_columns,
    only,
    require_columns,
)

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
    additive: Mapping[Measure, MeasureSums]

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self.n)

    @property
    def n_strata(self) -> int:
        """Number of strata."""
        return len(self.n_psu)

    @property
    def df(self) -> int:
        """Design degrees of freedom: PSUs minus strata."""
        return int(self.n_psu.sum()) - self.n_strata

    def key(self, name: str) -> Key:
        """Codes and levels of a column that tells cells apart."""
        return self.keys[name]

    def sums(self, measure: Measure) -> MeasureSums:
        """Sums of a measure: added up in the group-by, or read off the key where its item is one."""
        found = self.additive.get(measure)
        return found if found is not None else _from_pattern(measure, self.keys, self.n, self.w_sum)


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
    frame = only(frame, [*design.columns, *keys, *items])
    _require_design_numbers(frame, design)
    _require_design_values(frame, design)
    _require_numbers(frame, measures)
    pattern = list(dict.fromkeys([*keys, *items])) if design.samples_elements else keys
    group_by = list(dict.fromkeys([*design.stratum, *design.psu, *pattern]))
    group_keys, sums = group_sums(
        frame, group_by, _terms(design, () if design.samples_elements else measures)
    )
    if not sums["n"].sum():
        raise DesignError("the data have no rows", where="data", do="give one row a respondent")
    stratum, stratum_names = _tuples(group_keys, design.stratum, len(sums["n"]))
    psu = None
    if not design.samples_elements:
        psu, _ = _tuples(group_keys, (*design.stratum, *design.psu), len(sums["n"]))
    coded = {}
    for name in pattern:
        codes, levels = encode(group_keys[name], declared_levels(frame, name))
        _require_finite(name, [level for level in levels if isinstance(level, float)])
        coded[name] = Key(codes=codes, levels=tuple(levels))
    n_psu, fpc = _first_stage(design, stratum, stratum_names, psu, sums)
    scale = np.ones(len(sums["n"]))
    if design.weight is None and design.fpc is not None:
        scale = (fpc / n_psu)[stratum]
    w_sum = sums["w"] * scale
    if w_sum.sum() <= 0:
        raise DesignError(
            f'all weights in "{design.weight}" are zero',
            where=f"design, column {design.weight}",
            do="give each respondent the number of persons that he or she stands for",
        )
    additive = {} if design.samples_elements else _additive(measures, sums, scale)
    for measure, found in additive.items():
        _require_finite(measure.item, found.wyy_sum)
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
        additive=additive,
    )


def _require_design_numbers(frame: Any, design: Design) -> None:
    added = [column for column in (design.weight, design.fpc) if column]
    for column in sorted(set(added) - set(numeric_columns(frame, added))):
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


def _require_design_values(frame: Any, design: Design) -> None:
    if not design.columns:
        return
    empty = {column: count for column, count in count_missing(frame, design.columns).items() if count}
    for column, count in empty.items():
        raise DesignError(
            f'{count:,} rows have no value in the design column "{column}"'
            f"{_first_rows(first_missing_rows(frame, column))}",
            where=f"design, column {column}",
            do="give every respondent a weight, stratum, PSU and fpc, or leave those rows out beforehand",
        )
    if design.weight and (n_bad := count_bad_weights(frame, design.weight)):
        raise DesignError(
            f'{n_bad:,} rows have a negative or infinite weight in "{design.weight}"'
            f"{_first_rows(first_bad_weights(frame, design.weight))}",
            where=f"design, column {design.weight}",
            do="correct those weights; a respondent stands for at least zero persons",
        )


def _first_rows(rows: Sequence[int]) -> str:
    return f" (first: rows {', '.join(map(str, rows))})" if rows else ""


def _require_numbers(frame: Any, measures: Sequence[Measure]) -> None:
    """A measure without a level adds up values, so its item must hold numbers."""
    added = list(dict.fromkeys(measure.item for measure in measures if measure.level is None))
    text = set(added) - set(numeric_columns(frame, added))
    text -= {item for item in text if declared_levels(frame, item) is None and nobody_answered(frame, item)}
    if text:
        raise EstimationError(
            f'item "{sorted(text)[0]}" holds text or categories, so its values cannot be added up',
            where=f"item {sorted(text)[0]}",
            do="ask for the prevalence of its levels, or give a numeric item",
        )


def _terms(design: Design, measures: Sequence[Measure]) -> dict[str, Term]:
    """What the group-by adds up: counts, weights, squares, fpc, and each measure where PSUs were drawn."""
    w = design.weight
    terms = {"n": Term(), "w": Term(weight=w, weight_power=1), "w2": Term(weight=w, weight_power=2)}
    if design.fpc:
        terms["fpc"] = Term(weight=design.fpc, weight_power=1)
        terms["fpc2"] = Term(weight=design.fpc, weight_power=2)
    for i, measure in enumerate(measures):
        of = {"item": measure.item, "level": measure.level, "given": measure.given}
        terms[f"n{i}"] = Term(**of)
        terms[f"ny{i}"] = Term(**of, value_power=1)
        for power, name in enumerate(("w", "wy", "wyy")):
            terms[f"{name}{i}"] = Term(**of, weight=w, weight_power=1, value_power=power)
    return terms


def _tuples(keys: Mapping[str, Any], columns: Sequence[str], n_cells: int) -> tuple[Codes, tuple[str, ...]]:
    """One code per distinct combination of `columns`, with a readable name for each."""
    if not columns:
        return np.zeros(n_cells, dtype=np.int64), ("all",)
    parts = [encode(keys[column]) for column in columns]
    combined = np.zeros(n_cells, dtype=np.int64)
    for codes, levels in parts:
        combined = combined * len(levels) + codes
    _, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
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
    rows: Floats = np.bincount(stratum, weights=sums["n"], minlength=n_strata).astype(float)
    if psu is None:
        n_psu = rows
    else:
        first = np.unique(psu, return_index=True)[1]
        n_psu = np.bincount(stratum[first], minlength=n_strata).astype(float)
    if design.fpc is None:
        return n_psu, np.full(n_strata, np.inf)
    mean = np.bincount(stratum, weights=sums["fpc"], minlength=n_strata) / rows
    unusable = np.flatnonzero(~((mean > 0) & np.isfinite(mean)))
    if len(unusable):
        raise DesignError(
            f'the fpc "{design.fpc}" is no positive number in {len(unusable):,} strata',
            where=f"stratum {stratum_names[unusable[0]]}",
            do="give the population count of PSUs (of persons where there is no psu), or leave fpc out",
        )
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
        value = np.asarray([*key.levels, 0.0], dtype=float)[key.codes]
    w_observed = w_sum * observed
    return MeasureSums(
        n=n * observed,
        n_y=n * observed * value,
        w_sum=w_observed,
        wy_sum=w_observed * value,
        wyy_sum=w_observed * value**2,
    )
