"""Prevalence, means, totals and ratios: sums of cells, by domain, with their influence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.calibration import CalibratedCells, Calibration, apply_calibration
from netralstat.design.cells import Cells, Measure
from netralstat.design.design import Design
from netralstat.design.variance import covariance, domain_df
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.domains import (
    MAX_LEVELS,
    Question,
    domain_matrix,
    keyed_cells,
    provenance,
    row_labels,
    unknown_level,
)
from netralstat.estimate.estimates import Estimates, Statistic
from netralstat.estimate.intervals import proportion_interval, wald
from netralstat.frames import declared_levels, distinct_values, numeric_columns, require_columns

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """Numerator and denominator of each statistic by cell; arrays of shape (n_cells,)."""

    label: tuple[str, Any]
    numerator: Floats
    denominator: Floats | None
    n: Floats
    n_yes: Floats
    weight: Floats
    square: Floats


def prevalence(
    frame: Any,
    design: Design,
    items: Sequence[str],
    question: Question,
    calibration: Calibration | None = None,
) -> Estimates:
    """Share of the population at each level of each item, by domain.

    An item coded 0/1 or true/false has one row, for 1; other items have a row for each level. A missing
    answer leaves the denominator, and `n` says how many are left.

    Formula      p_d = Σ w_c δ_dc y_c / N_d;   u_c = w_c δ_dc (y_c - p_d) / N_d     (methods.md "Prevalence")
    Source       Binder (1983). Twin: survey::svyby(~y, ~d, svymean); interval survey::svyciprop.
    """
    return tabulate(frame, design, items, [question], calibration)[0]


def tabulate(
    frame: Any,
    design: Design,
    items: Sequence[str],
    questions: Sequence[Question],
    calibration: Calibration | None = None,
    statistic: Literal["prevalence", "mean"] = "prevalence",
) -> list[Estimates]:
    """Several questions about the same items, answered from one pass over the rows.

    The questions share `levels`; that of the first counts.
    """
    keys = [key for question in questions for key in (*question.by, *question.where)]
    if statistic == "mean":
        measures = [Measure(item=item) for item in items]
        cells = keyed_cells(frame, design, keys, measures, calibration)
    else:
        cells, measures = _measured(frame, design, items, keys, questions[0].levels, calibration)
    of_one = 1 if statistic == "prevalence" else None  # a mean has no level
    sums = [_mean_sums(cells, measure, of_one) for measure in measures]
    calibrated = apply_calibration(calibration, cells)
    return [_estimate(cells, sums, question, calibrated, statistic) for question in questions]


def mean(
    frame: Any,
    design: Design,
    items: Sequence[str],
    question: Question,
    calibration: Calibration | None = None,
) -> Estimates:
    """Mean of each numeric item by domain: the prevalence formula with y as measured."""
    return tabulate(frame, design, items, [question], calibration, "mean")[0]


def total(
    frame: Any,
    design: Design,
    items: Sequence[str],
    question: Question,
    calibration: Calibration | None = None,
) -> Estimates:
    """Population total of each item by domain; of each level for items that are not numeric.

    Formula      T_d = Σ w_c δ_dc y_c;   u_c = w_c δ_dc y_c      (methods.md "Totals")
    """
    keys = [*question.by, *question.where]
    cells, measures = _measured(frame, design, items, keys, {}, calibration, numeric_as_value=True)
    sums = [_total_sums(cells, measure) for measure in measures]
    return _estimate(cells, sums, question, apply_calibration(calibration, cells), "total")


def ratio(
    frame: Any,
    design: Design,
    numerator: str,
    denominator: str,
    question: Question,
    calibration: Calibration | None = None,
) -> Estimates:
    """Ratio of two population totals over respondents who answered both.

    Formula      R = Σ w y / Σ w x;   u_c = w_c δ_dc (y_c - R x_c) / X_d      (methods.md "Ratios")
    Twin: survey::svyratio.
    """
    top, bottom = Measure(item=numerator, given=denominator), Measure(item=denominator, given=numerator)
    cells = keyed_cells(frame, design, [*question.by, *question.where], [top, bottom], calibration)
    y, x = cells.sums(top), cells.sums(bottom)
    sums = _Sums(
        label=(f"{numerator} / {denominator}", None),
        numerator=y.wy_sum,
        denominator=x.wy_sum,
        n=y.n,
        n_yes=np.full(cells.n_cells, np.nan),
        weight=y.w_sum,
        square=np.full(cells.n_cells, np.nan),
    )
    return _estimate(cells, [sums], question, apply_calibration(calibration, cells), "ratio")


def _measured(
    frame: Any,
    design: Design,
    items: Sequence[str],
    keys: Sequence[str],
    chosen: Mapping[str, Sequence[Any]],
    calibration: Calibration | None,
    *,
    numeric_as_value: bool = False,
) -> tuple[Cells, list[Measure]]:
    """Cells, and a measure for each level of each item (one for a 0/1 item, or for any number)."""
    require_columns(frame, items, where="items")
    strangers = [item for item in chosen if item not in items]
    if strangers:
        raise UsageError(
            f'levels= names "{strangers[0]}", which is not among the items',
            where="levels",
            do=f"the items are {', '.join(items)}.{did_you_mean(strangers[0], items)}",
        )
    numbers = numeric_columns(frame, items)

    def measures(item: str, levels: Sequence[Any]) -> list[Measure]:
        if len(levels) > MAX_LEVELS and not (numeric_as_value and item in numbers):
            raise EstimationError(
                f'item "{item}" has {len(levels):,} levels',
                where=f"item {item}",
                do="ask for its mean, or group it into levels first",
            )
        wanted = chosen.get(item)
        if wanted is not None:
            unknown = [level for level in wanted if level not in levels]
            if unknown:
                raise unknown_level(item, unknown[0], levels, f"levels, item {item}")
            return [Measure(item=item, level=level) for level in wanted]
        if not len(levels) or (numeric_as_value and item in numbers):
            return [Measure(item=item)]
        if not numeric_as_value and _is_binary(levels):  # a categorical of 0 and 1 holds no numbers to add up
            summed = design.samples_elements or item in numbers
            own = next((level for level in levels if level == 1), 1)  # a categorical compares with its own
            return [Measure(item=item, level=None if summed else own)]
        return [Measure(item=item, level=level) for level in levels]

    if design.samples_elements:  # items are keys of the cells, which therefore know the levels
        cells = keyed_cells(frame, design, [*keys, *items], (), calibration)
        return cells, [m for item in items for m in measures(item, cells.key(item).levels)]
    found = []
    for item in items:
        if numeric_as_value and item in numbers:
            found.append(Measure(item=item))
            continue
        levels = declared_levels(frame, item)
        found += measures(
            item, levels if levels is not None else distinct_values(frame, item, limit=MAX_LEVELS)
        )
    return keyed_cells(frame, design, keys, found, calibration), found


def _is_binary(levels: Sequence[Any]) -> bool:
    numeric = all(isinstance(level, int | float | np.number | np.bool_) for level in levels)
    return numeric and {float(level) for level in levels} <= {0.0, 1.0}


def _mean_sums(cells: Cells, measure: Measure, of_one: int | None) -> _Sums:
    """Sums of a share or a mean; `of_one` labels a measure without a level of its own."""
    s = cells.sums(measure)
    return _Sums(
        label=(measure.item, of_one if measure.level is None or measure.level is True else measure.level),
        numerator=s.wy_sum,
        denominator=s.w_sum,
        n=s.n,
        n_yes=s.n_y,
        weight=s.w_sum,
        square=s.wyy_sum,
    )


def _total_sums(cells: Cells, measure: Measure) -> _Sums:
    s = cells.sums(measure)
    return _Sums(
        label=(measure.item, measure.level),
        numerator=s.wy_sum,
        denominator=None,
        n=s.n,
        n_yes=s.n_y,
        weight=s.w_sum,
        square=s.wyy_sum,
    )


def _estimate(
    cells: Cells,
    statistics: Sequence[_Sums],
    question: Question,
    calibrated: CalibratedCells | None,
    statistic: Statistic,
) -> Estimates:
    delta, names = domain_matrix(cells, question)
    member = np.repeat(np.arange(cells.n_cells), np.diff(delta.indptr))
    domain = delta.indices
    g = calibrated.g if calibrated is not None else np.ones(cells.n_cells)

    def summed(values: Floats) -> Floats:
        return np.bincount(domain, weights=values[member], minlength=len(names)).astype(float)

    columns: dict[str, list[Floats]] = {name: [] for name in ("estimate", "n", "n_yes", "weight", "spread")}
    influence = []
    for sums in statistics:
        weight, top, n = summed(g * sums.weight), summed(g * sums.numerator), summed(sums.n)
        with np.errstate(invalid="ignore", divide="ignore"):
            if sums.denominator is None:
                value = np.where(n > 0, top, np.nan)
                u = sums.numerator[member]
            else:
                bottom = summed(g * sums.denominator)
                value = np.where(bottom != 0, top / bottom, np.nan)
                safe = np.where(bottom != 0, bottom, 1.0)
                u = (sums.numerator[member] - sums.denominator[member] * np.nan_to_num(value)[domain]) / safe[
                    domain
                ]
            spread = (summed(g * sums.square) / weight - (top / weight) ** 2) * n / (n - 1)
        n_yes = summed(sums.n_yes) if statistic == "prevalence" else np.full(len(names), np.nan)
        found = (value, n, n_yes, weight, np.where(n > 1, spread, np.nan))
        for name, values in zip(columns, found, strict=True):
            columns[name].append(values)
        influence.append(sparse.csr_array((u, domain, delta.indptr), shape=delta.shape))
    table = row_labels([sums.label for sums in statistics], names, question.by)
    table = table.assign(**{name: np.concatenate(values) for name, values in columns.items()})
    result = covariance(sparse.csr_array(sparse.hstack(influence)), cells, calibrated)
    reached = domain_df(cells, delta) if question.df == "domain" else np.full(len(names), float(result.df))
    df = np.tile(reached, len(statistics))
    table = _finish(table, result.matrix, df, question, statistic)
    return Estimates(
        table=table,
        covariance=result.matrix,
        statistic=statistic,
        by=question.by,
        level=question.level,
        interval=question.interval if statistic == "prevalence" else "wald",
        provenance=provenance(cells, calibrated, result.lonely, question),
    )


def _finish(
    table: pd.DataFrame, matrix: Floats, df: Floats, question: Question, statistic: Statistic
) -> pd.DataFrame:
    variance = np.diag(matrix)
    std_error = np.where(table["estimate"].isna(), np.nan, np.sqrt(variance))
    n, weight, spread = (table[column].to_numpy(dtype=float) for column in ("n", "weight", "spread"))
    scale = weight**2 if statistic == "total" else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        with_replacement = scale * spread / n
        # Weights that do not add to a population larger than the sample leave nothing to compare with.
        deff = np.where((spread > 0) & (weight > n), variance / (with_replacement * (1 - n / weight)), np.nan)
        n_eff = np.where((spread > 0) & (variance > 0), n * with_replacement / variance, np.nan)
    estimate = table["estimate"].to_numpy(dtype=float)
    if statistic == "prevalence":
        bounds = proportion_interval(
            estimate, std_error, n, df, method=question.interval, level=question.level
        )
    else:
        bounds = wald(estimate, std_error, df, question.level)
    table = table.drop(columns=["weight", "spread", "n", "n_yes"]).assign(
        std_error=std_error,
        conf_low=bounds.low,
        conf_high=bounds.high,
        df=df,
        n=n,
        n_yes=table["n_yes"],
        n_eff=n_eff,
        deff=deff,
    )
    flag = np.where(bounds.boundary, "boundary", "")
    absent = np.where(n > 0, "zero_denominator", "no_respondents")
    table["flag"] = np.where(np.isnan(estimate), absent, np.where((n == 1), "one_respondent", flag))
    return table
