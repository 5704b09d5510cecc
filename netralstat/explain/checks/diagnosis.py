"""Diagnosis: what a referee asks of a model: what it explains, whether it fits, which terms overlap."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.errors import UsageError
from netralstat.estimate.estimates import rounded
from netralstat.explain.checks.collinearity import inflation
from netralstat.explain.checks.fit_statistics import concordance, explained
from netralstat.explain.checks.goodness_of_fit import GoodnessOfFit, archer_lemeshow
from netralstat.explain.families import BINARY, DISTRIBUTIONS
from netralstat.explain.refitting import Refitted, refitted
from netralstat.explain.regression import Model

Floats = NDArray[np.float64]

N_GROUPS = 10
MEASURES = ["measure", "estimate", "std_error", "conf_low", "conf_high", "df"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnosis:
    """What a model explains, whether it fits, and which of its terms overlap.

    Attributes
    ----------
    measures : a row a measure: `measure`, `estimate`, `std_error`, `conf_low`, `conf_high`, `df`. Measures
        are `auc` (of an outcome 0/1; the only one with a standard error) and those of
        `netralstat.explain.checks.fit_statistics.explained`.
    goodness_of_fit : Archer and Lemeshow's test with its groups, of binary models; else None.
    collinearity : a row a term: `term`, `df`, `gvif`, `inflation`, `flag`.
    n : respondents of the model. level : confidence level.
    """

    formula: str
    family: str
    n: int
    level: float
    measures: pd.DataFrame
    goodness_of_fit: GoodnessOfFit | None
    collinearity: pd.DataFrame

    def __getitem__(self, measure: str) -> float:
        """The estimate of a measure, such as ``diagnosis["nagelkerke"]``."""
        found = self.measures.loc[self.measures["measure"] == measure, "estimate"]
        if found.empty:
            allowed = ", ".join(self.measures["measure"])
            raise UsageError(
                f'a {self.family} model has no measure "{measure}"',
                where="measure",
                do=f"choose one of {allowed}",
            )
        return float(found.iloc[0])

    def to_frame(self) -> pd.DataFrame:
        """Everything in one tidy table: `aspect`, `measure` and `term` say what a row is."""
        parts = [self.measures.assign(aspect="fit")]
        if self.goodness_of_fit is not None:
            test = self.goodness_of_fit
            row = {"aspect": "goodness_of_fit", "measure": "archer_lemeshow", "estimate": test.statistic}
            row |= {"df_num": test.df_num, "df_den": test.df_den, "p_value": test.p_value, "flag": test.flag}
            parts.append(pd.DataFrame([row]))
        if len(self.collinearity):
            terms = self.collinearity.rename(columns={"gvif": "estimate"})
            parts.append(terms.assign(aspect="collinearity", measure="gvif"))
        table = pd.concat(parts, ignore_index=True)
        columns = ["aspect", "measure", "term", *MEASURES[1:], "inflation", "df_num", "df_den", "p_value"]
        table = table.reindex(columns=[*columns, "flag"])
        words = table[["term", "flag"]].astype(object)
        return table.assign(**words.where(words.notna(), ""))

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self._shown().to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._headline())}</p>{self._shown().to_html(index=False, escape=True)}"

    def _headline(self) -> str:
        return f"{self.formula} ({self.family}), n = {self.n:,}{self._fit_in_words()}"

    def _fit_in_words(self) -> str:
        test = self.goodness_of_fit
        if test is None:
            return ""
        if test.flag == "one_group":
            return "; no test of fit: all have one fitted probability"
        if test.flag == "too_few_psu":
            return f"; no test of fit: {len(test.table)} groups need more than {test.df_design} design df"
        told = f"F({test.df_num}, {test.df_den}) = {test.statistic:.3f}, p = {test.p_value:.4f}"
        uniform = "; in some group all, or none, have the outcome" if test.flag else ""
        return f"; Archer-Lemeshow {told}{uniform}"

    def _shown(self) -> pd.DataFrame:
        shown = self.to_frame().dropna(axis="columns", how="all")
        return rounded(shown[[column for column in shown if (shown[column] != "").any()]])


def diagnose(
    frame: Any,
    design: Design,
    model: Model,
    *,
    n_groups: int = N_GROUPS,
    calibration: Calibration | None = None,
) -> Diagnosis:
    """What a model explains, whether it fits, and which of its terms overlap.

    Parameters
    ----------
    frame, design, calibration : those that the model was fitted with.
    model : Model of one outcome.
    n_groups : groups of like fitted probability in the test of fit; fewer where PSUs are few.

    Raises
    ------
    UsageError
        The model is of a family whose fit is not measured here, or `n_groups` is less than 2.
    EstimationError
        The model is of other respondents, or the covariance of its coefficients has no inverse.

    Formulas are in methods.md "Fit of a model".
    """
    if model.family not in DISTRIBUTIONS:
        raise UsageError(
            f"a {model.family} model has no diagnosis",
            where=f"formula {model.formula}",
            do=f"it is there for {', '.join(DISTRIBUTIONS)}",
        )
    if n_groups < 2:
        raise UsageError(
            f"n_groups = {n_groups} leaves nothing to compare",
            where="n_groups",
            do="give 2 or more, 10 by custom",
        )
    again = refitted(frame, design, model, calibration)
    rows = [(name, value, *[np.nan] * 4) for name, value in explained(again).items()]
    if np.isin(again.data.y[again.data.used], (0, 1)).all():
        rows.append(_area(again, model.level))
    return Diagnosis(
        formula=model.formula,
        family=model.family,
        n=again.data.n,
        level=model.level,
        measures=pd.DataFrame(rows, columns=MEASURES),
        goodness_of_fit=archer_lemeshow(again, n_groups) if model.family in BINARY else None,
        collinearity=inflation(model),
    )


def _area(model: Refitted, level: float) -> tuple[Any, ...]:
    """The row of the area under the ROC curve, its interval on the scale of log-odds."""
    data, used = model.data, model.data.used
    found = concordance(model.predictor[used], data.y[used], model.weight[used])
    per_weight = np.zeros((len(used), 1))
    per_weight[used, 0] = found.per_weight
    v = data.covariance(per_weight)
    df = data.df() if v.replicates is None else v.df
    std_error, area = float(np.sqrt(v.matrix[0, 0])), found.area
    reach = -special.stdtrit(df, (1 - level) / 2) * std_error / (area * (1 - area))
    low, high = special.expit(special.logit(area) + np.array([-reach, reach]))
    return "auc", area, std_error, float(low), float(high), float(df)
