"""Estimates: the one result type. A tidy table, the covariance of its rows, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.errors import EstimationError, did_you_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from netralstat.estimate.changes import Between
    from netralstat.estimate.contrasts import Scale
    from netralstat.estimate.domain_tests import WaldTest, WaldTests
    from netralstat.estimate.multiplicity import Adjustment
    from netralstat.estimate.plot import PlotKind
    from netralstat.estimate.ranks import RankAdjustment, RankMethod, Ranks
    from netralstat.estimate.trend import Scores, Trend
    from netralstat.maps.geojson import Source

Floats = NDArray[np.float64]
Statistic = Literal[
    "prevalence",
    "mean",
    "total",
    "ratio",
    "quantile",
    "covariance",
    "correlation",
    "difference",
    "prevalence_ratio",
    "adjusted",
    "marginal_effect",
    "ascertainment",
    "share",
]

NUMBERS = ("estimate", "std_error", "conf_low", "conf_high", "df", "n", "n_yes", "n_eff", "deff")
TESTS = ("statistic", "p_value", "p_adjusted")
COUNTS = ("df", "df_num", "df_den", "n", "n_yes", "n_eff")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """Statistics by item, level and domain with their design-based covariance.

    Parameters
    ----------
    table : DataFrame, k rows: item, level, one column a domain item, then `estimate` (proportions in
        [0, 1]), `std_error`, `conf_low`, `conf_high`, `df`, `n` (respondents who answered, unweighted),
        `n_yes` (those among them with the level), `n_eff` (n over the with-replacement design effect),
        `deff` (against simple random sampling without replacement), `flag` ("" or what is particular
        about the row).
    covariance : ndarray, shape (k, k), in the order of the rows.
    statistic : what `estimate` is.
    by : domain items. A row of the whole population among domains has None there.
    level : confidence level. interval : its method.
    provenance : design, weights, calibration and version that made the numbers.
    """

    table: pd.DataFrame
    covariance: Floats
    statistic: Statistic
    by: tuple[str, ...] = ()
    level: float = 0.95
    interval: str = "logit"
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        k = len(self.table)
        if self.covariance.shape != (k, k):
            raise EstimationError(f"{k} estimates came with a covariance of shape {self.covariance.shape}")

    def __len__(self) -> int:
        return len(self.table)

    @property
    def items(self) -> tuple[str, ...]:
        """Items in the order of the rows; none where `contrast` combined rows of several."""
        return tuple(dict.fromkeys(self.table["item"])) if "item" in self.table else ()

    def to_frame(self) -> pd.DataFrame:
        """The tidy table; every print, CSV and report table is made from it."""
        return self.table.copy()

    def replace_table(self, table: pd.DataFrame, covariance: Floats, **provenance: Any) -> Estimates:
        """The same estimates with other numbers, row by row (suppression uses this)."""
        told = {**self.provenance, **provenance}
        return replace(self, table=table, covariance=covariance, provenance=told)

    def select(self, **levels: Any) -> Estimates:
        """Rows whose columns equal the given values, with their part of the covariance.

        Example: ``e.select(item="politicking", province="bali")``.
        """
        return self.take(self.rows(**levels))

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Estimates:
        """Rows by position, in the order given, with their part of the covariance."""
        positions = np.asarray(rows, dtype=np.int64)
        table = self.table.iloc[positions].reset_index(drop=True)
        return replace(self, table=table, covariance=self.covariance[np.ix_(positions, positions)])

    def rows(self, **levels: Any) -> NDArray[np.int64]:
        """Positions of the rows whose columns equal the given values; None matches the whole population."""
        keep = np.ones(len(self.table), dtype=bool)
        for column, value in levels.items():
            if column not in self.table:
                raise EstimationError(
                    f'estimates have no column "{column}"',
                    where=f"column {column}",
                    do=f"they have {', '.join(self.table.columns)}."
                    + did_you_mean(column, self.table.columns),
                )
            values = self.table[column]
            keep &= (values.isna() if value is None else values == value).to_numpy(dtype=bool)
        rows = np.flatnonzero(keep)
        if not len(rows):
            told = ", ".join(f"{column} = {value}" for column, value in levels.items())
            raise EstimationError(
                f"no estimate has {told}",
                where=f"the {len(self)} rows of these estimates",
                do="look at .to_frame() for the levels there are",
            )
        return rows

    def difference(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> Estimates:
        """`first` minus `second` with the covariance between them.

        Example: ``e.difference({"province": "bali"}, {"province": "jawa_timur"})``: one row an item and
        level (and level of the other domains); ``{"province": None}`` is the whole population (estimate with
        ``overall=True``).
        """
        from netralstat.estimate.contrasts import difference

        return difference(self, first, second)

    def ratio(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> Estimates:
        """`first` over `second` (a prevalence ratio), its test and interval on the log scale.

        Rows are matched as in `difference`.
        """
        from netralstat.estimate.contrasts import difference

        return difference(self, first, second, scale="log")

    def contrast(self, matrix: Floats, labels: list[str], *, scale: Scale = "linear") -> Estimates:
        """Linear combinations L·θ of the rows, `matrix` L of shape (m, k); exp(L·log θ) with scale="log"."""
        from netralstat.estimate.contrasts import contrast

        return contrast(self, matrix, labels, scale=scale)

    def versus_overall(self, *, adjust: Adjustment = "holm", scale: Scale = "linear") -> Estimates:
        """Each domain minus (scale="log": over) the whole population, of which it is a part.

        Estimate with ``overall=True``. `adjust` is "holm" | "bh" | "none", within an item and level.
        """
        from netralstat.estimate.contrasts import versus_overall

        return versus_overall(self, adjust=adjust, scale=scale)

    def comparisons(
        self,
        over: str | None = None,
        *,
        reference: Any = None,
        adjust: Adjustment = "holm",
        scale: Scale = "linear",
    ) -> Estimates:
        """The levels of a domain compared in pairs, or each with `reference`; p-values adjusted.

        Example: ``e.comparisons("province", reference="bali", adjust="bh")``.
        """
        from netralstat.estimate.comparisons import comparisons

        return comparisons(self, over, reference=reference, adjust=adjust, scale=scale)

    def equality(self, over: str | None = None, *, test: WaldTest = "adj_wald") -> WaldTests:
        """F test that all levels of a domain are equal, one an item and level."""
        from netralstat.estimate.domain_tests import equality

        return equality(self, over, test=test)

    def trend(
        self, over: str | None = None, *, scores: Scores | None = None, test: WaldTest = "adj_wald"
    ) -> Trend:
        """Slope over the levels of an ordered domain, and the F test that they lie on a straight line.

        `scores` are the numbers of the levels: 1, 2, 3 … in the order of the table if not given.
        """
        from netralstat.estimate.trend import trend

        return trend(self, over, scores=scores, test=test)

    def standardised(self, over: str, shares: Mapping[Any, float]) -> Estimates:
        """What each domain would show if the levels of `over` had the `shares` of a standard population.

        Example: ``survey.prevalence("asked", by=["province", "grade"]).standardised("grade", {"III": 0.6,
        "IV": 0.4})``.
        """
        from netralstat.estimate.standardisation import standardised

        return standardised(self, over, shares)

    def change_from(self, earlier: Estimates, *, covariance: Between | Floats | None = None) -> Estimates:
        """These minus the same estimates of an earlier round; see `estimate.changes.change`."""
        from netralstat.estimate.changes import change

        return change(earlier, self, covariance=covariance)

    def composition(self) -> Estimates:
        """Each row as a share of the sum of all; see `estimate.composition`.

        Example: ``survey.prevalence(["asked/f01", "asked/f02", "asked/f03"]).composition()``.
        """
        from netralstat.estimate.composition import composition

        return composition(self)

    def ascertainment(self, cases: Mapping[Any, float], population: Mapping[Any, float]) -> Estimates:
        """Cases of a register for each person that a prevalence stands for; see `estimate.ascertainment`.

        Example: ``survey.prevalence("politicking").ascertainment({None: 2_007}, {None: 1_600_000})``.
        """
        from netralstat.estimate.ascertainment import ascertainment

        return ascertainment(self, cases, population)

    def ranks(
        self,
        over: str | None = None,
        *,
        level: float | None = None,
        method: RankMethod = "kww",
        adjust: RankAdjustment = "independence",
        highest_first: bool = True,
    ) -> Ranks:
        """The place of each domain, and the places that the sampling error leaves open to it.

        Example: ``survey.prevalence("asked", by="province").ranks("province", method="csranks")``.
        """
        from netralstat.estimate.ranks import ranks

        return ranks(self, over, level=level, method=method, adjust=adjust, highest_first=highest_first)

    def plot(
        self, kind: PlotKind = "dots", *, geojson: Source | None = None, key: str = "", scheme: str = "slug"
    ) -> Figure:
        """A picture for a notebook: "dots", "ranking" (one item by a domain), "likert" or "map".

        "dots" puts dots and intervals, one row an estimate; "ranking" the places open to each domain;
        "likert" the levels of items about their middle; "map" the provinces as tiles, or in the shapes of
        `geojson`, a file of your own whose property `key` tells the province by its slug, name or code
        (`scheme`: "slug", "name", "bps", "kemendagri" or "iso").
        """
        from netralstat.estimate.plot import plot

        return plot(self, kind, geojson=geojson, key=key, scheme=scheme)

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self._rounded().to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._headline())}</p>{self._rounded().to_html(index=False, escape=True)}"

    def _headline(self) -> str:
        kind = self.statistic.replace("_", " ").capitalize()
        return f"{kind}, {100 * self.level:g} % intervals ({self.interval}), {len(self)} rows"

    def _rounded(self) -> pd.DataFrame:
        return rounded(self.table)


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """A tidy table as it is shown on screen: four digits, whole counts, empty cells for what is missing."""
    shown = table.copy()
    for column in shown.columns:
        if column in COUNTS:
            shown[column] = shown[column].round().map(lambda x: f"{x:.0f}", na_action="ignore")
        elif column in ("p_value", "p_adjusted"):
            shown[column] = shown[column].map(
                lambda p: f"{p:.4f}" if p >= 0.00005 else "<0.0001", na_action="ignore"
            )
        elif pd.api.types.is_float_dtype(shown[column]):
            digits = 2 if column == "deff" else 4
            shown[column] = shown[column].map(lambda x, d=digits: f"{x:.{d}f}", na_action="ignore")
    return shown.astype(object).where(shown.notna(), "")
