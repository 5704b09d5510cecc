"""Each domain against the rest of the population: two parts that do not overlap, and vary together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from netralstat.design.calibration.calibration import CalibratedCells, Calibration, apply_calibration
from netralstat.design.cells import Cells, Measure
from netralstat.design.design import Design
from netralstat.design.influence import Part
from netralstat.design.variance import Covariance, covariance, recomputed
from netralstat.errors import EstimationError
from netralstat.estimate.contrasts import SIGN, ZERO_SHARE, t_tests, with_adjustment
from netralstat.estimate.domains import (
    Question,
    added_up,
    degrees_of_freedom,
    domains_of,
    keyed_cells,
    replicate_flags,
    row_labels,
)
from netralstat.estimate.domains import provenance as provenance_of
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.item_sums import ItemSums, measured, stacked
from netralstat.estimate.multiplicity import Adjustment, require_adjustment

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """Shares of m statistics in each of D domains and in the rest, and what they are divided by: (m, D).

    `whole` (m, 1) is the share of both together, about which the influence is centred.
    """

    inside: Floats
    outside: Floats
    n_inside: Floats
    n_outside: Floats
    whole: Floats

    def influence_weights(self) -> sparse.csr_array:
        """What makes the influence of the difference out of that of sums, shape (m·D, 2·m·D + 2·m).

        The sums are Σ w (y - p) and Σ w of each domain, statistic by statistic, then those of everybody.
        """
        m, size = self.inside.shape
        row = np.arange(m * size).reshape(m, size)
        of_all = np.repeat(np.arange(m)[:, None], size, axis=1)
        away_in, away_out = self.inside - self.whole, self.outside - self.whole
        blocks = (
            (row, 1 / self.n_inside + 1 / self.n_outside),
            (m * size + row, -away_in / self.n_inside - away_out / self.n_outside),
            (2 * m * size + of_all, -1 / self.n_outside),
            (2 * m * size + m + of_all, away_out / self.n_outside),
        )
        columns = np.concatenate([column.ravel() for column, _ in blocks])
        values = np.nan_to_num(np.concatenate([value.ravel() for _, value in blocks]), posinf=0.0, neginf=0.0)
        shape = (m * size, 2 * m * size + 2 * m)
        return sparse.csr_array((values, (np.tile(row.ravel(), len(blocks)), columns)), shape=shape)


def versus_rest(
    frame: Any,
    design: Design,
    items: Sequence[str],
    question: Question,
    calibration: Calibration | None = None,
    *,
    statistic: Literal["prevalence", "mean"] = "prevalence",
    adjust: Adjustment = "holm",
) -> Estimates:
    """How each domain differs from all other domains together, and whether by more than chance.

    Parameters
    ----------
    items : items whose levels' shares (or, with "mean", whose means) are compared.
    question : names the domains in `by`; who is in none of them is not of the rest either.
    adjust : "holm" | "bh" | "none", within each item and level.

    Returns
    -------
    Estimates
        Domain minus rest, one row an item, level and domain. The rest's share varies with its own
        make-up too, so its standard error is not that of `versus_overall` over 1 - N_d/N; the t statistics
        of the two agree where there is no difference.

    Raises
    ------
    EstimationError
        There are no domains, or only one.

    Formula      u = u_d - u_r, u_r = (1 - δ_d) w (y - p_r)/N_r      (methods.md "Contrasts")
    Source       Binder (1983). Twin: svycontrast on svyby(~y, ~I(d == level), covmat = TRUE).
    """
    require_adjustment(adjust)
    cells, sums = _summed(frame, design, items, question, calibration, statistic)
    domains = domains_of(cells, question)
    if not question.by or domains.sizes[0] < 2:
        raise EstimationError(
            f"{domains.sizes[0] if question.by else 0} domains leave no rest to compare with",
            where="by",
            do="estimate by a domain with at least two levels",
        )
    calibrated = apply_calibration(calibration, cells)
    codes, size = domains.codes[0], domains.sizes[0]
    g = calibrated.g[:, None] if calibrated is not None else 1.0
    sides = _sides(added_up(g * sums.numerator, codes, size), added_up(g * sums.weight, codes, size))
    spread_of = _covariance if design.replicates is None else _of_replicates
    spread = spread_of(sides, sums, codes, cells, calibrated)
    df = np.tile(degrees_of_freedom(cells, codes, size, spread, question), len(sums.labels))
    labels = pd.DataFrame(row_labels(sums.labels, domains.names[:size], question.by))
    result = Estimates(
        table=labels.assign(**_numbers(sides, spread, df, question.level, statistic)),
        covariance=spread.matrix,
        statistic="difference",
        by=question.by,
        level=question.level,
        interval="wald",
        provenance={**provenance_of(cells, calibrated, spread, question), "of": statistic},
    )
    return with_adjustment(result, ["item", "level"], adjust)


def _covariance(
    sides: _Sides,
    sums: ItemSums,
    codes: NDArray[np.int64],
    cells: Cells,
    calibrated: CalibratedCells | None,
) -> Covariance:
    """Covariance of the differences, NaN where one is not known."""
    centred = np.hstack([sums.numerator - sums.weight * np.nan_to_num(sides.whole).T, sums.weight])
    everybody = np.where(codes >= 0, 0, -1)
    of_sums = covariance(
        [
            Part(values=centred, domain=codes, n_domains=sides.inside.shape[1]),
            Part(values=centred, domain=everybody, n_domains=1),
        ],
        cells,
        calibrated,
    )
    L = sides.influence_weights()
    matrix = np.asarray(L @ (L @ of_sums.matrix).T)
    flat = np.diag(matrix) <= ZERO_SHARE * (L.multiply(L) @ np.diag(of_sums.matrix))
    matrix[flat, :] = 0.0
    matrix[:, flat] = 0.0
    return replace(of_sums, matrix=_without_unknown(matrix, sides))


def _of_replicates(
    sides: _Sides,
    sums: ItemSums,
    codes: NDArray[np.int64],
    cells: Cells,
    calibrated: CalibratedCells | None,
) -> Covariance:
    """The same over replicates, each of which has its own shares of domain and rest."""
    centred = np.hstack([sums.numerator - sums.weight * np.nan_to_num(sides.whole).T, sums.weight])
    part = Part(values=centred, domain=codes, n_domains=sides.inside.shape[1])

    def statistic(totals: Floats) -> Floats:
        top, weight = np.split(totals, 2, axis=1)
        all_top, all_weight = top.sum(axis=2, keepdims=True), weight.sum(axis=2, keepdims=True)
        outside = np.where(all_weight - weight > ZERO_SHARE * all_weight, all_weight - weight, np.nan)
        inside = np.where(weight > ZERO_SHARE * all_weight, weight, np.nan)
        differences: Floats = top / inside - (all_top - top) / outside
        return differences.reshape(len(totals), -1)

    size = np.nan_to_num(np.abs(sides.inside) + np.abs(sides.outside)).ravel()
    found = recomputed([part], cells, calibrated, statistic, size=size)
    return replace(found, matrix=_without_unknown(found.matrix, sides))


def _without_unknown(matrix: Floats, sides: _Sides) -> Floats:
    """NaN in the rows and columns of differences that are not known."""
    unknown = np.isnan(sides.inside - sides.outside).ravel()
    matrix[unknown, :] = np.nan
    matrix[:, unknown] = np.nan
    return matrix


def _numbers(sides: _Sides, spread: Covariance, df: Floats, level: float, statistic: str) -> dict[str, Any]:
    """The columns of the table after its labels."""
    value, std_error = (sides.inside - sides.outside).ravel(), np.sqrt(np.diag(spread.matrix))
    edge = np.any([(share <= 0) | (share >= 1) for share in (sides.inside, sides.outside)], axis=0)
    cases = {
        "no_respondents": np.isnan(value),
        "no_variance": std_error == 0,
        "boundary": edge.ravel() & (statistic == "prevalence"),
        "empty_replicates": replicate_flags(spread) != "",
    }
    return {
        "contrast": f"domain {SIGN['linear']} rest",
        **t_tests(value, std_error, df, level, "linear"),
        "flag": np.select(list(cases.values()), list(cases), default=""),
    }


def _summed(
    frame: Any,
    design: Design,
    items: Sequence[str],
    question: Question,
    calibration: Calibration | None,
    statistic: Literal["prevalence", "mean"],
) -> tuple[Cells, ItemSums]:
    """The sums that a prevalence (or mean) is made of, by cell."""
    keys = [*question.by, *question.where]
    if statistic == "mean":
        measures = [Measure(item=item) for item in items]
        cells = keyed_cells(frame, design, keys, measures, calibration)
    else:
        cells, measures = measured(frame, design, items, keys, question.levels, calibration)
    of_one = 1 if statistic == "prevalence" else None
    labels = [(m.item, of_one if m.level is None or m.level is True else m.level) for m in measures]
    return cells, stacked(labels, [cells.sums(measure) for measure in measures], of_total=False)


def _sides(top: Floats, weight: Floats) -> _Sides:
    """From Σ w* y and Σ w* in each domain, shape (m, D)."""
    all_top, all_weight = top.sum(axis=1, keepdims=True), weight.sum(axis=1, keepdims=True)
    outside = all_weight - weight
    # What subtraction leaves of a rest without weight is rounding.
    outside = np.where(outside > ZERO_SHARE * all_weight, outside, np.nan)
    inside = np.where(weight > 0, weight, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _Sides(
            inside=top / inside,
            outside=(all_top - top) / outside,
            n_inside=inside,
            n_outside=outside,
            whole=all_top / np.where(all_weight > 0, all_weight, np.nan),
        )
