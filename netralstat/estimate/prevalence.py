"""Prevalence, means, totals and ratios: sums of cells, by domain, with their influence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import CalibratedCells, Calibration, apply_calibration
from netralstat.design.cells import Cells, Measure
from netralstat.design.design import Design
from netralstat.design.influence import Part
from netralstat.design.variance import Covariance, covariance
from netralstat.estimate.cluster_robust import cluster_robust
from netralstat.estimate.domains import (
    Question,
    added_up,
    degrees_of_freedom,
    domains_of,
    keyed_cells,
    provenance,
    replicate_flags,
    row_labels,
)
from netralstat.estimate.estimates import Estimates, Statistic
from netralstat.estimate.intervals import Bounds, Interval, proportion_interval, wald
from netralstat.estimate.item_sums import ItemSums, measured, stacked

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


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
    few = any(question.few_clusters for question in questions)
    if few and design.samples_elements and design.weight is not None:
        keys.append(design.weight)
    if statistic == "mean":
        measures = [Measure(item=item) for item in items]
        cells = keyed_cells(
            frame, design, [*keys, *(items if few else ())], measures, calibration, squares=few
        )
    else:
        cells, measures = measured(frame, design, items, keys, questions[0].levels, calibration, keyed=few)
    of_one = 1 if statistic == "prevalence" else None  # a mean has no level
    labels = [(m.item, of_one if m.level is None or m.level is True else m.level) for m in measures]
    sums = stacked(labels, [cells.sums(measure) for measure in measures], of_total=False)
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
    cells, measures = measured(frame, design, items, keys, {}, calibration, numeric_as_value=True)
    labels = [(measure.item, measure.level) for measure in measures]
    sums = stacked(labels, [cells.sums(measure) for measure in measures], of_total=True)
    return _estimate(cells, sums, question, apply_calibration(calibration, cells), "total")


def count(
    frame: Any, design: Design, question: Question, calibration: Calibration | None = None
) -> Estimates:
    """Size of the population in each domain, in persons.

    Formula      N_d = Σ w_c δ_dc;   u_c = w_c δ_dc      (methods.md "Totals")
    Twin: survey::svytotal of a constant.
    """
    cells = keyed_cells(frame, design, [*question.by, *question.where], (), calibration)
    weight = cells.w_sum[:, None]
    sums = ItemSums(
        labels=(("persons", None),),
        numerator=weight,
        denominator=None,
        n=cells.n[:, None],
        n_yes=cells.n[:, None],
        weight=weight,
        square=weight,
    )
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
    unknown = np.full((cells.n_cells, 1), np.nan)
    sums = ItemSums(
        labels=((f"{numerator} / {denominator}", None),),
        numerator=y.wy_sum[:, None],
        denominator=x.wy_sum[:, None],
        n=y.n[:, None],
        n_yes=unknown,
        weight=y.w_sum[:, None],
        square=unknown,
    )
    return _estimate(cells, sums, question, apply_calibration(calibration, cells), "ratio")


def _estimate(
    cells: Cells,
    sums: ItemSums,
    question: Question,
    calibrated: CalibratedCells | None,
    statistic: Statistic,
) -> Estimates:
    domains = domains_of(cells, question)
    g = calibrated.g[:, None] if calibrated is not None else 1.0
    top, bottom = sums.numerator, sums.denominator
    blocks, parts, over = [], [], []
    for codes, size in zip(domains.codes, domains.sizes, strict=True):
        found = {
            "estimate": added_up(g * top, codes, size),
            "n": added_up(sums.n, codes, size),
            "n_yes": added_up(sums.n_yes, codes, size),
            "weight": added_up(g * sums.weight, codes, size),
            "square": added_up(g * sums.square, codes, size),
        }
        found["mean"] = found["estimate"]
        divisor = np.ones_like(found["n"])
        value = np.where(found["n"] > 0, found["estimate"], np.nan)
        if bottom is not None:
            divisor = found["weight"] if bottom is sums.weight else added_up(g * bottom, codes, size)
            with np.errstate(invalid="ignore", divide="ignore"):
                value = np.where(divisor != 0, found["estimate"] / divisor, np.nan)
            divisor = np.where(divisor != 0, divisor, 1.0)
        found["estimate"] = value
        parts.append(_influence(top, bottom, np.nan_to_num(value), divisor, codes, size))
        if bottom is not None and cells.design.replicates is not None:
            at = np.where(codes >= 0, codes, 0)
            over.append(Part(values=bottom / divisor.T[at], domain=codes, n_domains=size))
        blocks.append(found)
    shares = np.hstack([block["estimate"].ravel() for block in blocks]) if statistic == "prevalence" else None
    of_few = None
    if question.few_clusters:
        result, of_few = cluster_robust(cells, sums, domains)
    else:
        result = covariance(parts, cells, calibrated, denominator=over or None, share=shares)
    found = {
        name: np.hstack([block[name] for block in blocks]).ravel()
        for name in ("estimate", "n", "n_yes", "weight", "square", "mean")
    }
    if len(parts) > 1:
        order = domains.interleaved(len(sums.labels))
        result = result.take(order)
        of_few = None if of_few is None else of_few[order]
    df = [
        degrees_of_freedom(cells, codes, size, result, question)
        for codes, size in zip(domains.codes, domains.sizes, strict=True)
    ]
    labels = row_labels(sums.labels, domains.names, question.by)
    of_all = np.tile([name == (None,) * len(name) for name in domains.names], len(sums.labels))
    group = np.where(of_all, -1, np.repeat(np.arange(len(sums.labels)), len(domains.names)))
    of_rows = np.tile(np.hstack(df), len(sums.labels)) if of_few is None else of_few
    numbers = _numbers(found, result, of_rows, group, question, statistic)
    return Estimates(
        table=pd.DataFrame({**labels, **numbers}),
        covariance=result.matrix,
        statistic=statistic,
        by=question.by,
        level=question.level,
        interval=question.method if statistic == "prevalence" else "wald",
        provenance=provenance(cells, calibrated, result, question),
    )


def _influence(
    top: Floats, bottom: Floats | None, value: Floats, divisor: Floats, codes: Codes, size: int
) -> Part:
    """u_c = (top_c - value_d · bottom_c) / divisor_d for the domain d of each cell; totals have no bottom."""
    if bottom is None:
        return Part(values=top, domain=codes, n_domains=size)
    at = np.where(codes >= 0, codes, 0)
    u = (top - bottom * value.T[at]) / divisor.T[at]
    return Part(values=u, domain=codes, n_domains=size)


def _bounds(
    estimate: Floats,
    std_error: Floats,
    n: Floats,
    df: Floats,
    group: Codes,
    spread: Covariance,
    question: Question,
) -> Bounds:
    """Intervals of shares: of domains by the method of the question, of the population by its own."""

    def made(method: Interval) -> Bounds:
        return proportion_interval(
            estimate,
            std_error,
            n,
            df,
            method=method,
            level=question.level,
            group=group,
            logit_error=spread.logit_error,
        )

    bounds = made(question.method)
    whole = group < 0
    if question.interval is None and question.by and whole.any():
        of_whole = made("logit")
        return Bounds(
            low=np.where(whole, of_whole.low, bounds.low),
            high=np.where(whole, of_whole.high, bounds.high),
            boundary=bounds.boundary,
            deff=bounds.deff,
        )
    return bounds


def _numbers(
    found: Mapping[str, Floats],
    spread: Covariance,
    df: Floats,
    group: Codes,
    question: Question,
    statistic: Statistic,
) -> dict[str, Any]:
    """The columns of the table after its labels; `group` numbers item and level, -1 for everybody."""
    estimate, n, weight = found["estimate"], found["n"], found["weight"]
    variance = np.diag(spread.matrix)
    std_error = np.where(np.isnan(estimate), np.nan, np.sqrt(variance))
    scale = weight**2 if statistic == "total" else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        square = (found["square"] / weight - (found["mean"] / weight) ** 2) * n / (n - 1)
        square = np.where(n > 1, square, np.nan)
        with_replacement = scale * square / n
        # Weights that do not add to a population larger than the sample leave nothing to compare with.
        deff = np.where((square > 0) & (weight > n), variance / (with_replacement * (1 - n / weight)), np.nan)
        n_eff = np.where((square > 0) & (variance > 0), n * with_replacement / variance, np.nan)
    if statistic == "prevalence":
        bounds = _bounds(estimate, std_error, n, df, group, spread, question)
    else:
        bounds = wald(estimate, std_error, df, question.level)
    of_whole = (group < 0) & (question.interval is None) & bool(question.by)
    on_logit = (statistic == "prevalence") & (of_whole | (question.method == "logit"))
    flag = np.where(bounds.boundary, "boundary", replicate_flags(spread, on_logit=on_logit))
    if statistic == "prevalence":  # all PSUs agree: the linearised variance is zero, and says nothing
        flag = np.where((flag == "") & (std_error == 0), "no_variance", flag)
    flag = np.where((flag == "") & np.isnan(variance), "unknown_variance", flag)
    absent = np.where(n > 0, "zero_denominator", "no_respondents")
    return {
        "estimate": estimate,
        "std_error": std_error,
        "conf_low": bounds.low,
        "conf_high": bounds.high,
        "df": df,
        "n": n,
        "n_yes": found["n_yes"] if statistic == "prevalence" else np.full(len(n), np.nan),
        "n_eff": n_eff,
        "deff": deff,
        "flag": np.where(np.isnan(estimate), absent, np.where(n == 1, "one_respondent", flag)),
    }
