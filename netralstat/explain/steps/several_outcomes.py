"""Several outcomes: the same terms on each of them, with one covariance of all coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.design.replicates.cells import replicate_cells
from netralstat.design.replicates.variance import covariance_of
from netralstat.design.variance import covariance
from netralstat.errors import UsageError, did_you_mean
from netralstat.estimate.estimates import rounded
from netralstat.estimate.multiplicity import Adjustment, adjusted_within, require_adjustment
from netralstat.explain.families import Family
from netralstat.explain.fitting import TOLERANCE, Fit
from netralstat.explain.model_data import ModelData
from netralstat.explain.regression import Model, fitted_model, require_level, require_tolerance
from netralstat.explain.replicate_fits import refit, replicate_patterns
from netralstat.explain.steps.change_tests import distinct, joint_wald
from netralstat.explain.steps.shared_data import require_glm, side_by_side, terms_of

Floats = NDArray[np.float64]

# The row that tests a term in all outcomes together.
JOINT = "(all outcomes)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeveralOutcomes:
    """Models of the same terms on several outcomes, each on those who answered it.

    Attributes
    ----------
    table : the tables of the models under each other, with `outcome` before them and `p_adjusted` at the
        end: adjusted over the outcomes, for each coefficient by itself.
    tests : a row a term and outcome: `variable`, `outcome`, `statistic` (Wald's F that all its coefficients
        are zero), `df_num`, `df_den`, `p_value`, `p_adjusted` (over the outcomes of a term), `flag`. The
        outcome "(all outcomes)" is the joint test, from the covariance across the models; `flag` is "few_df"
        or "singular" where it cannot be made.
    models : outcome -> Model.
    names, covariance : of all coefficients, "outcome: coefficient", and across the models, (P, P).
    """

    table: pd.DataFrame
    tests: pd.DataFrame
    models: Mapping[str, Model]
    names: tuple[str, ...]
    covariance: Floats
    family: Family
    adjust: Adjustment

    def __getitem__(self, outcome: str) -> Model:
        """The model of an outcome, such as ``several["politicking"]``."""
        if outcome not in self.models:
            raise UsageError(
                f'there is no outcome "{outcome}"',
                where="outcome",
                do=f"choose one of {', '.join(self.models)}.{did_you_mean(outcome, self.models)}",
            )
        return self.models[outcome]

    @property
    def coefficients(self) -> pd.Series:
        """Estimates by name, in the order of `covariance`."""
        found = [model.coefficients.to_numpy() for model in self.models.values()]
        return pd.Series(np.concatenate(found), index=list(self.names))

    def to_frame(self) -> pd.DataFrame:
        """The tidy table of all models."""
        return self.table.copy()

    def __repr__(self) -> str:
        tests = rounded(self.tests).to_string(index=False)
        return f"{self._headline()}\n{self._shown().to_string(index=False)}\n{tests}"

    def _repr_html_(self) -> str:
        tests = rounded(self.tests).to_html(index=False, escape=True)
        return f"<p>{escape(self._headline())}</p>{self._shown().to_html(index=False, escape=True)}{tests}"

    def _headline(self) -> str:
        how = "not adjusted" if self.adjust == "none" else f"adjusted by {self.adjust} for that number"
        return (
            f"{len(self.models)} outcomes on the same terms ({self.family}); p_adjusted is p_value {how} of "
            "tests. Association, not effect."
        )

    def _shown(self) -> pd.DataFrame:
        columns = ["outcome", "variable", "level", "estimate", "std_error", "conf_low", "conf_high"]
        shown = self.table[[*columns, "p_value", "p_adjusted", "n"]]
        level = shown["level"].where(~self.table["reference"], shown["level"] + " (reference)")
        return rounded(shown.assign(level=level))


def regress_each(
    frame: Any,
    design: Design,
    outcomes: Sequence[str],
    terms: Sequence[str],
    *,
    family: Family = "logit",
    adjust: Adjustment = "holm",
    level: float = 0.95,
    tolerance: float = TOLERANCE,
    calibration: Calibration | None = None,
) -> SeveralOutcomes:
    """Which terms go with each of several outcomes, allowing for how many were looked at.

    Parameters
    ----------
    outcomes : columns. `terms` : of a formula, the same for all.
    family, level, tolerance : as for `regress`.
    adjust : "holm", "bh" or "none", over the outcomes, of each coefficient and of each term.

    Raises
    ------
    UsageError
        Fewer than two outcomes, one named twice, no term, a word that is not known.
    EstimationError
        As `regress`, of any of the outcomes.

    Formula      V_ab = design covariance of the influences u_a, u_b of two models, from one call
                 (methods.md "Several outcomes")
    Source       Binder (1983); Holm (1979). Twins: svyglm, p.adjust, svyrecvar of all influences.
    """
    require_glm(family, "several outcomes at once")
    require_level(level)
    require_tolerance(tolerance)
    require_adjustment(adjust)
    formulas = _formulas(outcomes, terms)
    data = dict(zip(formulas, side_by_side(frame, design, list(formulas.values()), calibration), strict=True))
    models: dict[str, Model] = {}
    fits: dict[str, Fit] = {}
    for outcome, formula in formulas.items():
        models[outcome], fits[outcome] = fitted_model(
            data[outcome], design, formula, family, level=level, tolerance=tolerance, calibration=calibration
        )
    pairs = [(data[outcome], fits[outcome]) for outcome in formulas]
    if design.replicates is None:
        matrix = _linearised(pairs)
    else:
        matrix = _replicated(pairs, family, f"{len(formulas)} outcomes")
    table = pd.concat(
        [model.table.assign(outcome=outcome) for outcome, model in models.items()], ignore_index=True
    )
    table = table[["outcome", *(column for column in table if column != "outcome")]]
    return SeveralOutcomes(
        table=table.assign(p_adjusted=adjusted_within(table, ["term"], adjust)),
        tests=_tests(models, matrix, adjust),
        models=models,
        names=tuple(f"{outcome}: {name}" for outcome, model in models.items() for name in model.names),
        covariance=matrix,
        family=family,
        adjust=adjust,
    )


def _formulas(outcomes: Sequence[str], terms: Sequence[str]) -> dict[str, str]:
    """The formula of each outcome."""
    named = [outcomes] if isinstance(outcomes, str) else list(outcomes)
    if len(named) < 2:
        raise UsageError(
            f"{len(named)} outcome is no several", where="outcomes", do="name two or more, or use regress"
        )
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise UsageError(
            f'the outcome "{twice[0]}" is named more than once', where="outcomes", do="name each once"
        )
    pieces = [terms] if isinstance(terms, str) else list(terms)
    if not pieces:
        raise UsageError("no term was named", where="terms", do="name at least one column")
    covariates = {variable.name for piece in pieces for term in terms_of(piece, "terms") for variable in term}
    if both := [name for name in named if name in covariates]:
        raise UsageError(
            f'"{both[0]}" is an outcome and a term',
            where="outcomes, terms",
            do="leave it out of one of them",
        )
    return {name: f"{name} ~ {' + '.join(pieces)}" for name in named}


def _linearised(pairs: Sequence[tuple[ModelData, Fit]]) -> Floats:
    """The covariance of all coefficients from their influences beside each other."""
    parts = [
        data.part((data.x * fit.residual[:, None]) @ np.linalg.inv(fit.information) / data.mean_weight)
        for data, fit in pairs
    ]
    respondents = pairs[0][0].respondents
    return covariance(parts, respondents.units, respondents.calibrated).matrix


def _replicated(pairs: Sequence[tuple[ModelData, Fit]], family: Family, where: str) -> Floats:
    """The covariance of all coefficients over the same replicates."""
    respondents = pairs[0][0].respondents
    plan = respondents.units.design.replicates
    assert plan is not None
    made = replicate_cells(respondents.units, plan, respondents.calibrated)
    every, full = [], []
    for data, fit in pairs:
        patterns = replicate_patterns(respondents, made, data.used)
        x, y = data.x[patterns.first], data.y[patterns.first]
        given = None if data.offset is None else data.offset[patterns.first]
        weights = patterns.weights[None, :]
        own = refit(x, y, lambda a, b, w=weights: w, 1, fit.beta, family, where, given)[0]  # type: ignore[misc]
        every.append(refit(x, y, patterns.of_replicates, made.replicates.n, own, family, where, given))
        full.append(own)
    return covariance_of(np.hstack(every), np.concatenate(full), made.replicates)


def _tests(models: Mapping[str, Model], matrix: Floats, adjust: Adjustment) -> pd.DataFrame:
    """F of each term in each outcome, and in all together."""
    rows = []
    estimated = {
        outcome: model.table[~model.table["reference"]]["variable"].to_numpy()
        for outcome, model in models.items()
    }
    b = np.concatenate([model.coefficients.to_numpy() for model in models.values()])
    starts = np.cumsum([0, *(len(variables) for variables in estimated.values())])
    terms = dict.fromkeys(name for variables in estimated.values() for name in variables)
    for term in (name for name in terms if name != "(Intercept)"):
        at = [
            start + np.flatnonzero(variables == term)
            for start, variables in zip(starts[:-1], estimated.values(), strict=True)
        ]
        for (outcome, model), own in zip(models.items(), at, strict=True):
            if len(own):
                rows.append({"variable": term, "outcome": outcome} | _tested(b, matrix, own, model.df))
        df = min(model.df for model in models.values())
        rows.append({"variable": term, "outcome": JOINT} | _tested(b, matrix, np.concatenate(at), df))
    table = pd.DataFrame(rows)
    single = table["outcome"] != JOINT
    table["p_adjusted"] = np.nan
    table.loc[single, "p_adjusted"] = adjusted_within(table[single], ["variable"], adjust)
    return table[[*(column for column in table if column != "flag"), "flag"]]


def _tested(b: Floats, matrix: Floats, at: NDArray[np.int64], df: int) -> dict[str, Any]:
    """F of some coefficients, or why there is none."""
    v = matrix[np.ix_(at, at)]
    none = {"statistic": np.nan, "df_num": len(at), "df_den": df, "p_value": np.nan}
    if len(at) > df:
        return {**none, "flag": "few_df"}
    if not distinct(v):
        return {**none, "flag": "singular"}
    test = joint_wald(b[at], v, df, "outcomes")
    return {**none, "statistic": test.statistic, "p_value": test.p_value, "flag": ""}
