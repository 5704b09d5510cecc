"""Survey: the pandas-like face of the numbers. Methods arrange; nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from netralstat.design.bias_reduction import require_plain
from netralstat.drivers import Drivers
from netralstat.errors import UsageError
from netralstat.estimate import prevalence as estimators
from netralstat.estimate.complements import versus_rest
from netralstat.estimate.correlation import correlation, covariances
from netralstat.estimate.crosstab import Crosstab, crosstab
from netralstat.estimate.distributions import Rule
from netralstat.estimate.domains import DegreesOfFreedom
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.independence import Test
from netralstat.estimate.intervals import Interval
from netralstat.estimate.multiplicity import Adjustment
from netralstat.estimate.quantile_intervals import QuantileInterval
from netralstat.estimate.quantiles import QUARTILES, quantile
from netralstat.estimate.questions import question_of
from netralstat.estimate.rank_tests import RankScore, RankTest, rank_test
from netralstat.sample import Names, items_of


class Survey(Drivers):
    """Respondents together with the way they were sampled.

    Parameters
    ----------
    frame : pandas or polars DataFrame, DuckDB relation or Spark DataFrame; one row a respondent.
    weight : column of design weights. Without it: N_h / n_h from `fpc`, or every respondent counts once.
    stratum, psu : column, or several columns that together name it. PSUs are read within strata.
    fpc : column with the stratum's population count of PSUs (of persons without `psu`) or the sampling
        fraction; with `ssu` a second column with the PSU's population count of second-stage units.
    ssu : column, or several, that name the second-stage unit, read within PSUs.
    lonely_psu : "error" | "collapse" | "adjust" | "average" | "certainty" | "remove", for strata with a
        single PSU; with `adjust_domain_lonely` "adjust" and "average" also serve strata of which a domain
        reaches one PSU.
    calibration : made by `calibrate`; weights are then design weights times g.

    A pandas frame is kept as it is when the survey is made: make another survey after changing the data.
    Standard errors are linearised; those of `replicates` come from replicate weights.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"w": [10.0, 10, 20, 20], "h": [1, 1, 2, 2], "asked": [1, 0, 0, 1]})
    >>> Survey(people, weight="w", stratum="h").prevalence("asked").to_frame()["estimate"].tolist()
    [0.5]
    """

    __slots__ = ()

    def prevalence(
        self,
        items: Names,
        by: Names | None = None,
        where: Mapping[str, Any] | None = None,
        *,
        levels: Mapping[str, Sequence[Any]] | None = None,
        overall: bool = False,
        interval: Interval | None = None,
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
        few_clusters: Literal["CR2"] | None = None,
    ) -> Estimates:
        """Weighted share at each level of `items`, by the crossing of the domains in `by`.

        `levels` names the levels wanted of an item (all of them otherwise). `where` maps items to a level
        or a list of levels and makes a domain, never a filter; `overall` adds the whole population to the
        domains, with the covariance between the two. `interval` is "logit" for the whole population and
        "pooled" by domain unless it is named. `few_clusters="CR2"` gives bias-reduced standard errors with
        Satterthwaite degrees of freedom; PSUs are then independent, strata are not used.
        """
        question = question_of(
            self.design,
            by,
            where,
            overall=overall,
            interval=interval,
            level=level,
            df=df,
            levels=levels,
            few_clusters=self._few(few_clusters),
        )
        return estimators.prevalence(self._table, self.design, items_of(items), question, self.calibration)

    def tabulate(
        self,
        items: Names,
        domains: Sequence[str],
        *,
        statistic: Literal["prevalence", "mean"] = "prevalence",
        levels: Mapping[str, Sequence[Any]] | None = None,
        overall: bool = False,
        interval: Interval | None = None,
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> dict[str | None, Estimates]:
        """`prevalence` (or `mean`) of the whole population (key None) and by each of `domains`.

        One pass over the rows serves all domains. A domain that is itself among the items is tabulated
        with the others' answers in it.
        """
        if statistic not in ("prevalence", "mean"):
            raise UsageError(f'statistic = "{statistic}" is not known', do='choose "prevalence" or "mean"')
        questions = {
            domain: question_of(
                self.design,
                domain,
                overall=overall and domain is not None,
                interval=interval,
                level=level,
                df=df,
                levels=levels,
            )
            for domain in (None, *domains)
        }
        found = estimators.tabulate(
            self._table, self.design, items_of(items), list(questions.values()), self.calibration, statistic
        )
        return dict(zip(questions, found, strict=True))

    def mean(
        self,
        items: Names,
        by: Names | None = None,
        where: Mapping[str, Any] | None = None,
        *,
        overall: bool = False,
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
        few_clusters: Literal["CR2"] | None = None,
    ) -> Estimates:
        """Weighted mean of numeric items by domain; `few_clusters` as for `prevalence`."""
        question = question_of(
            self.design,
            by,
            where,
            overall=overall,
            level=level,
            df=df,
            few_clusters=self._few(few_clusters),
        )
        return estimators.mean(self._table, self.design, items_of(items), question, self.calibration)

    def total(
        self,
        items: Names,
        by: Names | None = None,
        where: Mapping[str, Any] | None = None,
        *,
        overall: bool = False,
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> Estimates:
        """Population total of numeric items, or of persons at each level of the others, by domain."""
        question = question_of(self.design, by, where, overall=overall, level=level, df=df)
        return estimators.total(self._table, self.design, items_of(items), question, self.calibration)

    def ratio(
        self,
        numerator: str,
        denominator: str,
        by: Names | None = None,
        where: Mapping[str, Any] | None = None,
        *,
        overall: bool = False,
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> Estimates:
        """Ratio of the population totals of two numeric items by domain."""
        question = question_of(self.design, by, where, overall=overall, level=level, df=df)
        return estimators.ratio(self._table, self.design, numerator, denominator, question, self.calibration)

    def count(
        self,
        by: Names | None = None,
        where: Mapping[str, Any] | None = None,
        *,
        overall: bool = False,
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> Estimates:
        """Size of the population by domain, in persons."""
        question = question_of(self.design, by, where, overall=overall, level=level, df=df)
        return estimators.count(self._table, self.design, question, self.calibration)

    def versus_rest(
        self,
        items: Names,
        by: Names,
        where: Mapping[str, Any] | None = None,
        *,
        statistic: Literal["prevalence", "mean"] = "prevalence",
        adjust: Adjustment = "holm",
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> Estimates:
        """How each domain differs from all others together; p-values adjusted by "holm" | "bh" | "none"."""
        question = question_of(self.design, by, where, level=level, df=df)
        return versus_rest(
            self._table,
            self.design,
            items_of(items),
            question,
            self.calibration,
            statistic=statistic,
            adjust=adjust,
        )

    def correlation(
        self,
        items: Sequence[str],
        by: Names | None = None,
        where: Mapping[str, Any] | None = None,
        *,
        overall: bool = False,
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> Estimates:
        """Pearson's correlation of each pair of numeric items by domain, with Fisher's interval."""
        question = question_of(self.design, by, where, overall=overall, level=level, df=df)
        return correlation(self._table, self.design, items_of(items), question, self.calibration)

    def covariances(
        self,
        items: Names,
        by: Names | None = None,
        where: Mapping[str, Any] | None = None,
        *,
        overall: bool = False,
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> Estimates:
        """Population variance of each numeric item and covariance of each pair, by domain."""
        question = question_of(self.design, by, where, overall=overall, level=level, df=df)
        return covariances(self._table, self.design, items_of(items), question, self.calibration)

    def rank_test(
        self,
        item: str,
        group: str,
        where: Mapping[str, Any] | None = None,
        *,
        test: RankScore = "wilcoxon",
        df: DegreesOfFreedom = "design",
    ) -> RankTest:
        """Whether answers to an ordered item lie higher in one group than in another.

        `test` is "wilcoxon" (Kruskal–Wallis for several groups) | "van_der_waerden" | "median".
        """
        question = question_of(self.design, None, where, df=df)
        return rank_test(self._table, self.design, item, group, question, self.calibration, test=test)

    def crosstab(
        self,
        a: str,
        b: str,
        where: Mapping[str, Any] | None = None,
        *,
        test: Test = "F",
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> Crosstab:
        """Share of the population at each level of `a` by each of `b`, and a test of their independence.

        `test` is "F" (Rao & Scott's second order) | "chisq" | "wald" | "adj_wald" | "lincom" | "saddlepoint".
        Who did not answer both items leaves the table, and its `n` says so.
        """
        question = question_of(self.design, None, where, level=level, df=df)
        return crosstab(self._table, self.design, (a, b), question, self.calibration, test=test)

    def quantile(
        self,
        items: Names,
        probs: Sequence[float] | float = QUARTILES,
        by: Names | None = None,
        where: Mapping[str, Any] | None = None,
        *,
        overall: bool = False,
        rule: Rule = "math",
        interval: QuantileInterval = "mean",
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> Estimates:
        """Quantiles of numeric items by domain; the column `level` holds the share at or below each.

        `rule` is "math", "school", "shahvaish" or "hf1" to "hf9"; `interval` is "mean", "beta" or "xlogit".
        """
        question = question_of(self.design, by, where, overall=overall, level=level, df=df)
        return quantile(
            self._table,
            self.design,
            items_of(items),
            probs,
            question,
            self.calibration,
            rule=rule,
            interval=interval,
        )

    def _few(self, few_clusters: Literal["CR2"] | None) -> Literal["CR2"] | None:
        if few_clusters is not None:
            require_plain(self.design, self.calibration)
        return few_clusters
