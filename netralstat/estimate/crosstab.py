"""Two-way tables: the share of the population in every cell, and design-based tests of independence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import CalibratedCells, Calibration, apply_calibration
from netralstat.design.cells import Cells, compress
from netralstat.design.design import Design
from netralstat.design.influence import Part
from netralstat.design.variance import Covariance, covariance, recomputed
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.domains import (
    MAX_LEVELS,
    Question,
    degrees_of_freedom,
    inside_of,
    replicate_flags,
)
from netralstat.estimate.estimates import NUMBERS, rounded
from netralstat.estimate.independence import TableTest, Test, rao_scott, wald
from netralstat.estimate.intervals import proportion_interval

Floats = NDArray[np.float64]

COLUMNS = (*NUMBERS, "row_share", "column_share", "flag")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crosstab:
    """Shares of the population by the levels of two items, with their covariance and a test.

    Parameters
    ----------
    table : DataFrame, a row for each level of the first item by each of the second (which runs faster), in
        columns named as the items, then `estimate` (share of the whole, in [0, 1]), `std_error`,
        `conf_low`, `conf_high` (logit), `df`, `n` (respondents who answered both items), `n_yes` (those of
        them in the cell), `n_eff`, `deff`, `row_share`, `column_share` (the cell as a share of its row
        and of its column) and `flag` ("", "boundary" at 0 or 1, "empty_margin" where nobody has
        the level).
    counts : DataFrame, weighted number of persons; first item down, second across.
    covariance : ndarray, shape (k, k), of `estimate` in the order of the rows.
    test : the test of independence that was asked for.
    n : respondents who answered both items. n_missing : those of the domain who did not, and left.
    """

    items: tuple[str, str]
    table: pd.DataFrame
    counts: pd.DataFrame
    covariance: Floats
    test: TableTest
    n: int
    n_missing: int
    level: float
    provenance: Mapping[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """The tidy table; every print is made from it."""
        return self.table.copy()

    def __repr__(self) -> str:
        return f"{self._headline()}\n{rounded(self.table).to_string(index=False)}\n{self.test}"

    def _repr_html_(self) -> str:
        table = rounded(self.table).to_html(index=False, escape=True)
        return f"<p>{escape(self._headline())}</p>{table}<p>{escape(str(self.test))}</p>"

    def _headline(self) -> str:
        left = f", {self.n_missing:,} left out without an answer to both" if self.n_missing else ""
        told = " by ".join(self.items)
        return f"{told}: share of the population, {100 * self.level:g} % intervals, n = {self.n:,}{left}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shares:
    """A table as numbers: `p` and `n` of shape (rows, columns), `weight` Σ g·w of all that it covers.

    `spread` is the covariance of p, `of_places` that of w·δ_ab / N, the persons in each place over the known
    size of the table, for Wald tests.
    """

    p: Floats
    n: Floats
    weight: float
    spread: Covariance
    of_places: Floats | None

    def covariance(self, values: Floats) -> Floats:
        """Covariance of the sums over the places of `values` (k, m) times the share of each."""
        assert self.of_places is not None
        return values.T @ self.of_places @ values


def crosstab(
    frame: Any,
    design: Design,
    items: tuple[str, str],
    question: Question,
    calibration: Calibration | None = None,
    *,
    test: Test = "F",
) -> Crosstab:
    """Which levels of two items go together in the population, and whether they do by more than chance.

    Respondents without an answer to one of the items leave the table; their PSUs stay in the variance.
    `question` gives `where`, the confidence `level` and the rule for `df`.

    Raises
    ------
    UsageError
        The test is unknown, the items are one, or bear the name of a column of the table.
    EstimationError
        An item has one level, nobody is in the domain, too many cells are empty, the table does not vary, or
        a Wald test has more contrasts than the design has degrees of freedom.

    Formula      p_ab = Σ w* δ_ab / N;   u_c = w_c (δ_ab - p_ab) / N      (methods.md "Tables")
    Source       Rao & Scott (1984); Thomas & Rao (1987). Twin: survey::svychisq.
    """
    _require_known(items, test)
    margins = calibration.items if calibration is not None else ()
    cells = compress(frame, design, keys=[*items, *question.where, *margins])
    for item in items:
        if len(cells.key(item).levels) > MAX_LEVELS:
            raise EstimationError(
                f'item "{item}" has {len(cells.key(item).levels):,} levels',
                where=f"item {item}",
                do="group it into levels first",
            )
    inside = inside_of(cells, question)
    shares = _shares(cells, items, inside, apply_calibration(calibration, cells), test)
    matrix = shares.spread.matrix
    df = float(degrees_of_freedom(cells, np.where(inside, 0, -1), 1, shares.spread, question)[0])
    if df < 1:
        raise EstimationError(
            f"{df:.0f} degrees of freedom are left for the table (PSUs minus strata)",
            where="df",
            do='name the PSUs and strata as they were drawn; with a where, take df="design"',
        )
    levels = [cells.key(item).levels for item in items]
    return Crosstab(
        items=items,
        table=_table(shares, items, levels, df, question.level),
        counts=_pivot(shares.p * shares.weight, items, levels),
        covariance=matrix,
        test=_tested(shares, matrix, items, df, test),
        n=int(shares.n.sum()),
        n_missing=int(cells.n[inside].sum() - shares.n.sum()),
        level=question.level,
        provenance={
            "lonely_psu": design.lonely_psu,
            "n_strata": cells.n_strata,
            "calibration": calibration.method if calibration is not None else "none",
            "df": question.df,
            "where": {item: ", ".join(map(str, wanted)) for item, wanted in question.where.items()},
            **({} if shares.spread.replicates is None else {"replicates": dict(shares.spread.replicates)}),
        },
    )


def _require_known(items: tuple[str, str], test: str) -> None:
    if test not in get_args(Test):
        raise UsageError(
            f'test = "{test}" is not known',
            where="test",
            do=f"choose one of {', '.join(get_args(Test))}.{did_you_mean(test, get_args(Test))}",
        )
    if not all(isinstance(item, str) for item in items):
        raise UsageError("a table has one item down and one across", where="a, b", do="name one column each")
    if items[0] == items[1]:
        raise UsageError(f'a table of "{items[0]}" by itself says nothing', do="name two different items")
    for item in set(items) & set(COLUMNS):
        raise UsageError(
            f'the item "{item}" has the name of a column that tables bear themselves',
            where=f"item {item}",
            do="rename that column of the data",
        )


def _shares(
    cells: Cells,
    items: tuple[str, str],
    inside: NDArray[np.bool_],
    calibrated: CalibratedCells | None,
    test: Test,
) -> _Shares:
    a, b = (cells.key(item) for item in items)
    member = np.flatnonzero(inside & (a.codes >= 0) & (b.codes >= 0))
    shape = (len(a.levels), len(b.levels))
    code = a.codes[member] * shape[1] + b.codes[member]
    w = cells.w_sum[member]
    total, n = (
        np.bincount(code, weights=values, minlength=shape[0] * shape[1]).astype(float).reshape(shape)
        for values in (w * calibrated.g[member] if calibrated is not None else w, cells.n[member])
    )
    if not total.sum() > 0:
        raise EstimationError(
            f'nobody in the domain answered both "{items[0]}" and "{items[1]}"',
            where="where" if not inside.all() else f"items {', '.join(items)}",
            do="widen the condition, or choose items that the same respondents were asked",
        )
    weight = float(total.sum())
    place = np.full(cells.n_cells, -1, dtype=np.int64)
    place[member] = code
    part = Part(values=cells.w_sum[:, None] / weight, domain=place, n_domains=total.size)
    p, of_places = total / weight, None
    if cells.design.replicates is None or test in ("wald", "adj_wald"):
        of_places = covariance([part], cells, calibrated)
    if cells.design.replicates is None:
        assert of_places is not None
        about = np.eye(p.size) - p.ravel()
        spread = replace(of_places, matrix=about.T @ of_places.matrix @ about)
    else:
        spread = recomputed([part], cells, calibrated, _adding_to_one, size=p.ravel(), share=True)
    return _Shares(
        p=p, n=n, weight=weight, spread=spread, of_places=None if of_places is None else of_places.matrix
    )


def _adding_to_one(totals: Floats) -> Floats:
    """Shares of the places, shape (n, k), from the sums (n, 1, k) of replicates."""
    shares: Floats = totals[:, 0] / totals[:, 0].sum(axis=1, keepdims=True)
    return shares


def _table(
    shares: _Shares,
    items: tuple[str, str],
    levels: list[tuple[Any, ...]],
    df: float,
    level: float,
) -> pd.DataFrame:
    p, k, spread = shares.p.ravel(), shares.p.size, shares.spread
    variance, n = np.diag(spread.matrix), np.full(k, shares.n.sum())
    bounds = proportion_interval(
        p, np.sqrt(variance), n, np.full(k, df), level=level, logit_error=spread.logit_error
    )
    rows, columns = shares.p.sum(axis=1, keepdims=True), shares.p.sum(axis=0, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        srs = np.where((p > 0) & (p < 1), p * (1 - p) / (n - 1), np.nan)
        deff = np.where(shares.weight > n, variance / (srs * (1 - n / shares.weight)), np.nan)
        n_eff = np.where(variance > 0, n * srs / variance, np.nan)
        row_share, column_share = shares.p / rows, shares.p / columns
    empty = ((rows == 0) | (columns == 0)).ravel()
    grid = [(first, second) for first in levels[0] for second in levels[1]]
    table = pd.DataFrame(
        {item: pd.Series([pair[i] for pair in grid], dtype=object) for i, item in enumerate(items)}
    )
    return table.assign(
        estimate=p,
        std_error=np.sqrt(variance),
        conf_low=bounds.low,
        conf_high=bounds.high,
        df=df,
        n=n,
        n_yes=shares.n.ravel(),
        n_eff=n_eff,
        deff=deff,
        row_share=row_share.ravel(),
        column_share=column_share.ravel(),
        flag=np.where(
            empty,
            "empty_margin",
            np.where(bounds.boundary, "boundary", replicate_flags(spread, on_logit=True)),
        ),
    )


def _pivot(values: Floats, items: tuple[str, str], levels: list[tuple[Any, ...]]) -> pd.DataFrame:
    rows, columns = (pd.Index(list(named), name=item) for item, named in zip(items, levels, strict=True))
    return pd.DataFrame(values, index=rows, columns=columns)


def _tested(shares: _Shares, matrix: Floats, items: tuple[str, str], df: float, test: Test) -> TableTest:
    """The test on the rows and columns that somebody is in."""
    kept = np.ix_(shares.p.sum(axis=1) > 0, shares.p.sum(axis=0) > 0)
    p = shares.p[kept]
    for item, count in zip(items, p.shape, strict=True):
        if count < 2:
            raise EstimationError(
                f'all {shares.n.sum():,.0f} respondents of the table have one level of "{item}", '
                "so there is nothing to test",
                where=f"item {item}",
                do="ask for the prevalence of the other item",
            )
    places = np.arange(shares.p.size).reshape(shares.p.shape)[kept].ravel()
    if test not in ("wald", "adj_wald"):
        return rao_scott(p, matrix[np.ix_(places, places)], float(shares.n.sum()), df, test)

    def covariance_of(values: Floats) -> Floats:
        spread = np.zeros((shares.p.size, values.shape[1]))
        spread[places] = values
        return shares.covariance(spread)

    return wald(p, covariance_of, df, test)
