"""Marker: what is left of correlations once what a marker shares with them is taken for a common method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.design.calibration.calibration import Calibration, apply_calibration
from netralstat.design.cells import compress
from netralstat.design.design import Design
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.estimates import rounded
from netralstat.explain.regression import require_level
from netralstat.explain.scales.item_answers import correlations, item_answers, require_varied
from netralstat.explain.scales.one_factor import effective_n, require_items

Floats = NDArray[np.float64]
Which = Literal["second_smallest", "smallest", "largest"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarkerCheck:
    """Correlations of items with and without what a marker shares, over the n who answered everything.

    Attributes
    ----------
    table : a row a pair: `first`, `second`, `correlation` and its `p_value_before`, `estimate` (without
        what the marker shares), `std_error`, `conf_low`, `conf_high`, `statistic`, `df`, `p_value` (of the
        design), `z` (Lindell and Whitney's, with Kish's `n_eff` persons for n), and `flag`: "common_method"
        where the correlation is significant before and, with its sign, not after.
    with_marker : item -> its correlation with the marker.
    method : the correlation taken out of all, 0 where no item goes with the marker.
    """

    table: pd.DataFrame
    with_marker: pd.Series
    marker: str
    method: float
    which: Which
    n: int
    n_eff: float
    level: float

    def to_frame(self) -> pd.DataFrame:
        """The tidy table of pairs."""
        return self.table.copy()

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self._shown().to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._headline())}</p>{self._shown().to_html(index=False, escape=True)}"

    def _shown(self) -> pd.DataFrame:
        before = self.table[["p_value_before"]].rename(columns={"p_value_before": "p_value"})
        return rounded(self.table).assign(p_value_before=rounded(before)["p_value"])

    def _headline(self) -> str:
        flagged = int((self.table["flag"] == "common_method").sum())
        return (
            f'marker "{self.marker}", n = {self.n:,}: {self.method:.4f} ({self.which} positive correlation) '
            f"is taken out of {len(self.table)} correlations; {flagged} significant before and not after"
        )


def marker_check(
    frame: Any,
    design: Design,
    items: Sequence[str],
    marker: str,
    *,
    which: Which = "second_smallest",
    level: float = 0.95,
    calibration: Calibration | None = None,
) -> MarkerCheck:
    """Whether items go together beyond what they share with a marker that should go with none of them.

    Standard errors are linearised, or from each replicate's correlations where the design has replicates.

    Parameters
    ----------
    items : two or more items or scale scores. `marker` : a column of numbers that theory relates to none of
        them, asked in the same way.
    which : of the positive correlations of the marker with the items the one that stands for the method:
        the second smallest (or the only one), the smallest, or the largest.

    Raises
    ------
    UsageError
        The marker is one of the items, or a word is not known.
    EstimationError
        Text, a constant item, fewer than two items, or an item that is the marker in other numbers.

    Formula      r_A = (r - r_M)/(1 - r_M);  z = r_A/√((1 - r_A²)/(n_eff - 3));  the standard error from the
                 influence of r and r_M.      (methods.md "Marker")
    Source       Lindell & Whitney (2001); Williams, Hartman & Cavazotte (2010).
    """
    where = f"items {', '.join(items) or 'none'}; marker {marker}"
    require_level(level)
    _require_words(items, marker, which)
    require_items(frame, [*items, marker], where=where)
    if len(items) < 2:
        raise EstimationError("one item has no correlation", where=where, do="give at least two items")
    margins = calibration.items if calibration is not None else ()
    cells = compress(frame, design, keys=[*items, marker, *margins], squares=True)
    answers = item_answers(cells, apply_calibration(calibration, cells), [*items, marker], where=where)
    require_varied(answers, where=where)
    k = len(items)
    r = answers.correlation
    chosen = _chosen(r[k, :k], which)
    if chosen is not None and r[k, chosen] > 1 - 1e-9:
        raise EstimationError(
            f'"{items[chosen]}" is the marker in other numbers', where=where, do="choose another marker"
        )
    first, second = np.triu_indices(k, 1)

    def statistic(s: Floats) -> Floats:
        one = correlations(s)
        plain = one[:, first, second]
        method = np.zeros((len(s), 1)) if chosen is None else one[:, k, chosen][:, None]
        return np.asarray(np.hstack([plain, (plain - method) / (1 - method)]))

    std_error, df = answers.variance(statistic)
    n_eff = effective_n(answers)
    if n_eff <= 3 or df < 1:
        raise EstimationError(
            f"{n_eff:.1f} effective respondents on {df} degrees of freedom tell nothing of a correlation",
            where=where,
            do="leave out items that few answered",
        )
    both = statistic(answers.s[None])[0]
    pairs = [(items[int(i)], items[int(j)]) for i, j in zip(first, second, strict=True)]
    return MarkerCheck(
        table=_table(pairs, both, std_error, df, n_eff, level),
        with_marker=pd.Series(r[k, :k], index=list(items)),
        marker=marker,
        method=0.0 if chosen is None else float(r[k, chosen]),
        which=which,
        n=answers.n,
        n_eff=n_eff,
        level=level,
    )


def _table(
    pairs: Sequence[tuple[str, str]], both: Floats, std_error: Floats, df: int, n_eff: float, level: float
) -> pd.DataFrame:
    """A row a pair; `both` are the correlations before and after, with their standard errors."""
    m, alpha = len(pairs), 1 - level
    plain, left = both[:m], both[m:]
    p_values = 2 * special.stdtr(df, -np.abs(_ratio(both, std_error)))
    reach = -special.stdtrit(df, alpha / 2) * std_error[m:]
    stays = (p_values[m:] < alpha) & (np.sign(left) == np.sign(plain))
    table = pd.DataFrame(pairs, columns=["first", "second"])
    return table.assign(
        correlation=plain,
        p_value_before=p_values[:m],
        estimate=left,
        std_error=std_error[m:],
        conf_low=left - reach,
        conf_high=left + reach,
        statistic=_ratio(left, std_error[m:]),
        df=df,
        p_value=p_values[m:],
        z=_ratio(left, np.sqrt(np.maximum(1 - left**2, 0.0) / (n_eff - 3))),
        flag=np.where((p_values[:m] < alpha) & ~stays, "common_method", ""),
    )


def _chosen(with_marker: Floats, which: Which) -> int | None:
    """The item whose correlation with the marker stands for the method; None if none is positive."""
    order = [int(i) for i in np.argsort(with_marker, kind="stable") if with_marker[i] > 0]
    if not order:
        return None
    return {"smallest": order[0], "second_smallest": order[min(1, len(order) - 1)], "largest": order[-1]}[
        which
    ]


def _ratio(estimate: Floats, error: Floats) -> Floats:
    """Estimate over its error; infinite where items are the same and nothing varies."""
    with np.errstate(divide="ignore"):
        return np.asarray(estimate / error)


def _require_words(items: Sequence[str], marker: str, which: str) -> None:
    if marker in items:
        raise UsageError(
            f'the marker "{marker}" is one of the items', where="marker", do="leave it out of the items"
        )
    if which not in get_args(Which):
        raise UsageError(
            f'which = "{which}" is not known',
            where="which",
            do=f"choose one of {', '.join(get_args(Which))}.{did_you_mean(which, get_args(Which))}",
        )
