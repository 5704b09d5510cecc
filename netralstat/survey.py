"""Survey: the pandas-like face of the numbers. Methods arrange; nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from netralstat.design.calibration import Calibration, Margin, Method, calibrate
from netralstat.design.cells import compress
from netralstat.design.design import Design, LonelyPsu, column_names
from netralstat.design.weights import WeightSummary, summarise_weights
from netralstat.errors import CalibrationError, UsageError
from netralstat.estimate import prevalence as estimators
from netralstat.estimate.crosstab import Crosstab, crosstab
from netralstat.estimate.domains import DegreesOfFreedom, Question
from netralstat.estimate.estimates import NUMBERS, TESTS, Estimates
from netralstat.estimate.independence import Test
from netralstat.estimate.intervals import Interval
from netralstat.estimate.quantiles import QUARTILES, QuantileInterval, Rule, quantile
from netralstat.explain.regression import TOLERANCE, Family, Model, regress
from netralstat.explain.scales import Reliability, reliability

Names = str | Sequence[str]
# Columns of an estimates table (and two that it is computed with): no domain may bear such a name.
RESERVED = frozenset({"item", "level", "contrast", "flag", "weight", "spread", *NUMBERS, *TESTS})
Targets = Mapping[Any, float] | pd.Series | Margin


class Survey:
    """Respondents together with the way they were sampled.

    Parameters
    ----------
    frame : pandas or polars DataFrame, DuckDB relation or Spark DataFrame; one row a respondent.
    weight : column of design weights. Without it: N_h / n_h from `fpc`, or every respondent counts once.
    stratum, psu : column, or several columns that together name it. PSUs are read within strata.
    fpc : column with the stratum's population count of PSUs (of persons without `psu`) or the sampling
        fraction.
    lonely_psu : "error" | "adjust" | "average" | "certainty" | "remove".
    calibration : made by `calibrate`; weights are then design weights times g.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"w": [10.0, 10, 20, 20], "h": [1, 1, 2, 2], "asked": [1, 0, 0, 1]})
    >>> Survey(people, weight="w", stratum="h").prevalence("asked").to_frame()["estimate"].tolist()
    [0.5]
    """

    __slots__ = ("calibration", "design", "frame")

    def __init__(
        self,
        frame: Any,
        weight: str | None = None,
        stratum: Names | None = None,
        psu: Names | None = None,
        fpc: str | None = None,
        lonely_psu: LonelyPsu = "error",
        *,
        calibration: Calibration | None = None,
    ) -> None:
        self.frame = frame
        self.design = Design(
            weight=weight,
            stratum=column_names(stratum),
            psu=column_names(psu),
            fpc=fpc,
            lonely_psu=lonely_psu,
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
        interval: Interval = "logit",
        level: float = 0.95,
        df: DegreesOfFreedom = "design",
    ) -> Estimates:
        """Weighted share at each level of `items`, by the crossing of the domains in `by`.

        `levels` names the levels wanted of an item (all of them otherwise). `where` maps items to a level
        or a list of levels and makes a domain, never a filter; `overall` adds the whole population to the
        domains, with the covariance between the two.
        """
        question = self._question(by, where, overall, interval, level, df, levels)
        return estimators.prevalence(self.frame, self.design, _list(items), question, self.calibration)

    def tabulate(
        self,
        items: Names,
        domains: Sequence[str],
        *,
        statistic: Literal["prevalence", "mean"] = "prevalence",
        levels: Mapping[str, Sequence[Any]] | None = None,
        overall: bool = False,
        interval: Interval = "logit",
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
            domain: self._question(domain, None, overall and domain is not None, interval, level, df, levels)
            for domain in (None, *domains)
        }
        found = estimators.tabulate(
            self.frame, self.design, _list(items), list(questions.values()), self.calibration, statistic
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
        question = self._question(by, where, overall, "logit", level, df)
        return estimators.mean(self.frame, self.design, _list(items), question, self.calibration)

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
        question = self._question(by, where, overall, "logit", level, df)
        return estimators.total(self.frame, self.design, _list(items), question, self.calibration)

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
        question = self._question(by, where, overall, "logit", level, df)
        return estimators.ratio(self.frame, self.design, numerator, denominator, question, self.calibration)

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
        question = self._question(None, where, False, "logit", level, df)
        return crosstab(self.frame, self.design, (a, b), question, self.calibration, test=test)

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
        question = self._question(by, where, overall, "logit", level, df)
        return quantile(
            self.frame,
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
        margins: Mapping[Names, Targets] | Sequence[Margin],
        method: Method = "raking",
        *,
        tolerance: float = 1e-10,
    ) -> Survey:
        """The same respondents with weights that reach known population margins.

        Parameters
        ----------
        margins : item (or tuple of items) -> population count of each level (tuple of levels), or a list
            of `Margin`.
        method : "raking" | "linear" | "poststratification".
        """
        if self.calibration is not None:
            raise CalibrationError(
                "the survey is calibrated already",
                where="calibrate",
                do="name all margins in one call on the uncalibrated survey",
            )
        given = (
            [_margin(items, targets) for items, targets in margins.items()]
            if isinstance(margins, Mapping)
            else list(margins)
        )
        items = [item for margin in given for item in margin.items]
        cells = compress(self.frame, self.design, keys=items)
        solved = calibrate(cells, given, method=method, tolerance=tolerance)
        design = self.design
        return Survey(
            self.frame,
            design.weight,
            design.stratum,
            design.psu,
            design.fpc,
            design.lonely_psu,
            calibration=solved,
        )

    def regress(
        self, formula: str, family: Family = "logit", *, level: float = 0.95, tolerance: float = TOLERANCE
    ) -> Model:
        """Regression with the design-based covariance of its coefficients; "logit", "linear" or "poisson"."""
        return regress(
            self.frame,
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
        return reliability(self.frame, self.design, scales, calibration=self.calibration)

    def weights(self) -> WeightSummary:
        """Kish's design effect and the extremes of the (calibrated) weights."""
        margins = self.calibration.items if self.calibration is not None else ()
        own = [self.design.weight] if self.design.weight else []
        cells = compress(self.frame, self.design, keys=[*margins, *own])
        g = self.calibration.at(cells).g if self.calibration is not None else 1.0
        return summarise_weights(cells.n, cells.w_sum * g, cells.w2_sum * g**2)

    def __repr__(self) -> str:
        design = self.design
        parts = {
            "weight": design.weight,
            "stratum": " × ".join(design.stratum),
            "psu": " × ".join(design.psu),
            "fpc": design.fpc,
            "calibration": self.calibration.method if self.calibration is not None else None,
        }
        told = ", ".join(f"{name}={value}" for name, value in parts.items() if value)
        return f"Survey({told or 'every respondent counts once'}, lonely_psu={design.lonely_psu})"

    def _question(
        self,
        by: Names | None,
        where: Mapping[str, Any] | None,
        overall: bool,
        interval: Interval,
        level: float,
        df: DegreesOfFreedom,
        levels: Mapping[str, Sequence[Any]] | None = None,
    ) -> Question:
        if isinstance(where, str) or not isinstance(where, Mapping | None):
            raise UsageError(
                "where= takes a mapping, not a condition in words",
                where="where",
                do='write where={"sex": "female"} or where={"position": ["jpt", "administrator"]}',
            )
        if df not in ("design", "domain"):
            raise UsageError(f'df = "{df}" is not known', where="df", do='choose "design" or "domain"')
        if not 0 < level < 1:
            raise UsageError(
                f"level = {level} is outside (0, 1)", where="level", do="give a confidence level such as 0.95"
            )
        domains = column_names(by)
        taken = [name for name in domains if name in RESERVED]
        if taken:
            raise UsageError(
                f'the domain "{taken[0]}" has the name of a column that estimates bear themselves',
                where="by",
                do="rename that column of the data",
            )
        return Question(
            by=tuple(dict.fromkeys(domains)),
            where={item: _levels(wanted) for item, wanted in (where or {}).items()},
            overall=overall,
            interval=interval,
            level=level,
            df=df,
            levels={item: _levels(wanted) for item, wanted in (levels or {}).items()},
        )


def _levels(wanted: Any) -> list[Any]:
    if isinstance(wanted, str) or not isinstance(wanted, Iterable):
        return [wanted]
    return list(wanted)


def _list(items: Names) -> list[str]:
    named = list(dict.fromkeys(column_names(items)))
    if not named:
        raise UsageError("no item was named", where="items", do="name at least one column of the data")
    return named


def _margin(items: Names, targets: Targets) -> Margin:
    if isinstance(targets, Margin):
        return targets
    named = column_names(items if isinstance(items, str) else tuple(items))
    where = f"margin {' × '.join(named)}"
    if not isinstance(targets, Mapping | pd.Series):
        raise UsageError(
            f"a {type(targets).__name__} is no margin", where=where, do="map each level to its population"
        )
    counts = {}
    for level, count in targets.items():
        try:
            counts[level if isinstance(level, tuple) else (level,)] = float(count)
        except (TypeError, ValueError) as problem:
            raise UsageError(
                "a population is no number", where=f"{where}, level {level}", do="give plain numbers"
            ) from problem
    return Margin(items=named, targets=counts)
