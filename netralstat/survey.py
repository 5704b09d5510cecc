"""Survey: the pandas-like face of the numbers. Methods arrange; nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from netralstat.design.calibration.calibration import (
    Calibration,
    Compatibility,
    calibrate,
    trim_weights,
    weighting_design,
)
from netralstat.design.calibration.distances import Bounds, Method
from netralstat.design.calibration.margins import Margin, Targets, margin_columns, margins_given
from netralstat.design.cells import compress
from netralstat.design.design import Design, LonelyPsu, column_names
from netralstat.design.replicates.columns import checked_columns
from netralstat.design.replicates.plan import Kind, ReplicatePlan
from netralstat.design.weights import WeightSummary, summarise_weights
from netralstat.errors import CalibrationError, UsageError
from netralstat.estimate import prevalence as estimators
from netralstat.estimate.complements import versus_rest
from netralstat.estimate.correlation import correlation, covariances
from netralstat.estimate.crosstab import Crosstab, crosstab
from netralstat.estimate.domains import DegreesOfFreedom
from netralstat.estimate.estimates import Estimates
from netralstat.estimate.independence import Test
from netralstat.estimate.intervals import Interval
from netralstat.estimate.multiplicity import Adjustment
from netralstat.estimate.quantiles import QUARTILES, QuantileInterval, Rule, quantile
from netralstat.estimate.questions import question_of
from netralstat.estimate.rank_tests import RankScore, RankTest, rank_test
from netralstat.explain.fitting import TOLERANCE, Family
from netralstat.explain.regression import Model, regress
from netralstat.explain.scales import Reliability, reliability
from netralstat.frames import open_table
from netralstat.frames.derived import with_any

Names = str | Sequence[str]


class Survey:
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

    Standard errors are linearised; those of `replicates` come from replicate weights.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"w": [10.0, 10, 20, 20], "h": [1, 1, 2, 2], "asked": [1, 0, 0, 1]})
    >>> Survey(people, weight="w", stratum="h").prevalence("asked").to_frame()["estimate"].tolist()
    [0.5]
    """

    __slots__ = ("_table", "calibration", "design", "frame")

    def __init__(
        self,
        frame: Any,
        weight: str | None = None,
        stratum: Names | None = None,
        psu: Names | None = None,
        fpc: Names | None = None,
        lonely_psu: LonelyPsu = "error",
        *,
        ssu: Names | None = None,
        adjust_domain_lonely: bool = False,
        calibration: Calibration | None = None,
    ) -> None:
        self.frame = frame
        self._table = open_table(frame)
        self.design = Design(
            weight=weight,
            stratum=column_names(stratum),
            psu=column_names(psu),
            ssu=column_names(ssu),
            fpc=column_names(fpc),
            lonely_psu=lonely_psu,
            adjust_domain_lonely=adjust_domain_lonely,
        )
        self.calibration = calibration

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
    ) -> Estimates:
        """Weighted share at each level of `items`, by the crossing of the domains in `by`.

        `levels` names the levels wanted of an item (all of them otherwise). `where` maps items to a level
        or a list of levels and makes a domain, never a filter; `overall` adds the whole population to the
        domains, with the covariance between the two. `interval` is "logit" for the whole population and
        "pooled" by domain unless it is named.
        """
        question = question_of(
            self.design, by, where, overall=overall, interval=interval, level=level, df=df, levels=levels
        )
        return estimators.prevalence(self._table, self.design, _list(items), question, self.calibration)

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
            self._table, self.design, _list(items), list(questions.values()), self.calibration, statistic
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
    ) -> Estimates:
        """Weighted mean of numeric items by domain."""
        question = question_of(self.design, by, where, overall=overall, level=level, df=df)
        return estimators.mean(self._table, self.design, _list(items), question, self.calibration)

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
        return estimators.total(self._table, self.design, _list(items), question, self.calibration)

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

    def any_of(self, name: str, columns: Sequence[str]) -> Survey:
        """The survey with one more 0/1 item: any of `columns`, such as choices of a select_multiple.

        Who chose one is counted, whatever else is missing; who chose none and misses one is missing.
        """
        other = self._with()
        other.frame = with_any(self.frame, name, columns)
        other._table = open_table(other.frame)
        return other

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
            _list(items),
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
        return correlation(self._table, self.design, _list(items), question, self.calibration)

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
        return covariances(self._table, self.design, _list(items), question, self.calibration)

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
            _list(items),
            probs,
            question,
            self.calibration,
            rule=rule,
            interval=interval,
        )

    def calibrate(
        self,
        margins: Mapping[Any, Targets] | Sequence[Margin],
        method: Method = "raking",
        *,
        bounds: Bounds | None = None,
        tolerance: float = 1e-10,
        equal_within_psu: bool = False,
        compat: Compatibility | None = None,
    ) -> Survey:
        """The same respondents with weights that reach known population figures.

        Parameters
        ----------
        margins : item (or tuple of items) -> population count of each level (tuple of levels), numeric item
            -> its population total, or a list of `Margin`, which may also give totals within levels.
        method : "raking" | "linear" | "logit" | "poststratification".
        bounds : smallest and largest ratio of calibrated to design weight; "logit" needs them.
        tolerance : largest relative gap left at any target; `calibration.to_frame()` has the gaps.
        equal_within_psu : respondents of a PSU keep equal weights equal.
        compat : "R-rake" for the standard errors of R's `rake`.
        """
        done = self.calibration
        if done is not None and done.method != "none":
            raise CalibrationError(
                "the survey is calibrated already",
                where="calibrate",
                do="name all margins in one call on the uncalibrated survey",
            )
        given = margins_given(margins)
        design = weighting_design(self.design, equal_within_psu=equal_within_psu)
        keys = [*margin_columns(given), *(done.items if done is not None else ())]
        solved = calibrate(
            compress(self._table, design, keys=keys),
            given,
            method=method,
            bounds=bounds,
            tolerance=tolerance,
            equal_within_psu=equal_within_psu,
            compat=compat,
            trimmed=done,
        )
        return self._with(calibration=solved)

    def trim(self, lower: float | None = None, upper: float | None = None, *, strict: bool = False) -> Survey:
        """The same respondents with weights cut to bounds, and what is cut shared out among the others.

        Parameters
        ----------
        lower, upper : smallest and largest weight, in persons; `calibration.after` has what was cut.
        strict : also cut those whom a share lifts over a bound, until nobody is outside.
        """
        done = self.calibration
        design = weighting_design(self.design, equal_within_psu=done is not None and done.equal_within_psu)
        own = [design.weight] if design.weight is not None else []
        cells = compress(self._table, design, keys=[*(done.items if done is not None else ()), *own])
        return self._with(calibration=trim_weights(cells, done, lower=lower, upper=upper, strict=strict))

    def replicates(
        self,
        kind: Kind,
        *,
        n: int | None = None,
        seed: int | None = None,
        rho: float | None = None,
        mse: bool = False,
        columns: Names | None = None,
        combined: bool = True,
        scale: float | None = None,
        rscales: Sequence[float] | None = None,
        df: int | None = None,
    ) -> Survey:
        """The same respondents with standard errors from replicates; a calibrated survey calibrates each.

        Parameters
        ----------
        kind : made here from the design: "JK1", "JKn", "bootstrap", "multistage", "BRR" or "Fay"; read from
            `columns`: "JK1", "JKn", "bootstrap", "BRR", "Fay", "ACS", "JK2" or "given".
        n, seed : replicates of a bootstrap (500), and what its draws start from. Of `columns`, n is how many
            there must be.
        rho : Fay's, in [0, 1). mse : squares about the full sample's estimate, not the replicates' mean.
        columns : replicate weights that a data producer gives. They carry the design in themselves: stratum,
            psu and fpc of the survey are no longer read.
        combined : the columns are weights; False for factors that multiply the weight.
        scale, rscales, df : of `columns`, as the producer says; df is their rank minus 1 if it is not told.
        """
        if self.design.replicates is not None:
            raise UsageError(
                f"the survey has {self.design.replicates.kind} replicates already",
                where="replicates",
                do="ask for others from the survey that has none",
            )
        plan = ReplicatePlan(
            kind=kind,
            n=n,
            seed=seed,
            rho=rho,
            mse=mse,
            columns=column_names(columns),
            combined=combined,
            scale=scale,
            rscales=None if rscales is None else tuple(rscales),
            df=df,
        )
        if not plan.columns:
            return self._with(design=replace(self.design, replicates=plan))
        plan = checked_columns(self._table, plan, self.design.weight)
        return self._with(design=Design(weight=self.design.weight, replicates=plan))

    def regress(
        self, formula: str, family: Family = "logit", *, level: float = 0.95, tolerance: float = TOLERANCE
    ) -> Model:
        """Regression with the design-based covariance of its coefficients; "logit", "linear" or "poisson"."""
        return regress(
            self._table,
            self.design,
            formula,
            family=family,
            level=level,
            tolerance=tolerance,
            calibration=self.calibration,
        )

    def reliability(self, items: Sequence[str]) -> Reliability:
        """Cronbach's alpha of items that point the same way, under the weights."""
        return self.reliabilities({"scale": items})["scale"]

    def reliabilities(self, scales: Mapping[str, Sequence[str]]) -> dict[str, Reliability]:
        """Cronbach's alpha of several scales, name -> items, from one pass over the rows."""
        return reliability(self._table, self.design.linearised, scales, calibration=self.calibration)

    def weights(self) -> WeightSummary:
        """Kish's design effect and the extremes of the (calibrated) weights."""
        margins = self.calibration.items if self.calibration is not None else ()
        own = [self.design.weight] if self.design.weight else []
        cells = compress(self._table, self.design.linearised, keys=[*margins, *own], squares=True)
        g = self.calibration.at(cells).g if self.calibration is not None else 1.0
        assert cells.w2_sum is not None
        return summarise_weights(cells.n, cells.w_sum * g, cells.w2_sum * g**2)

    def __repr__(self) -> str:
        design = self.design
        parts = {
            "weight": design.weight,
            "stratum": " × ".join(design.stratum),
            "psu": " × ".join(design.psu),
            "ssu": " × ".join(design.ssu),
            "fpc": " × ".join(design.fpc),
            "calibration": self.calibration.method if self.calibration is not None else None,
            "replicates": design.replicates,
        }
        told = ", ".join(f"{name}={value}" for name, value in parts.items() if value)
        return f"Survey({told or 'every respondent counts once'}, lonely_psu={design.lonely_psu})"

    def _with(self, *, calibration: Calibration | None = None, design: Design | None = None) -> Survey:
        """The same respondents, calibrated or replicated otherwise."""
        other = object.__new__(Survey)
        other.frame, other._table = self.frame, self._table
        other.design = self.design if design is None else design
        other.calibration = self.calibration if calibration is None else calibration
        return other


def _list(items: Names) -> list[str]:
    named = list(dict.fromkeys(column_names(items)))
    if not named:
        raise UsageError("no item was named", where="items", do="name at least one column of the data")
    return named
