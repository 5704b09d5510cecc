"""Blocks: terms that enter a model in steps, and a test of what each step changes."""

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
from netralstat.errors import UsageError, did_you_mean
from netralstat.estimate.estimates import rounded
from netralstat.estimate.multiplicity import Adjustment, adjusted, require_adjustment
from netralstat.explain.checks.fit_statistics import explained
from netralstat.explain.families import DISTRIBUTIONS, Family
from netralstat.explain.fitting import TOLERANCE, Fit, fitted
from netralstat.explain.model_data import ModelData
from netralstat.explain.refitting import Refitted
from netralstat.explain.regression import Model, fitted_model, require_level, require_tolerance
from netralstat.explain.steps.change_tests import (
    Approximation,
    LikelihoodRatioTest,
    WaldTest,
    joint_wald,
    require_approximation,
    working_likelihood_ratio,
)
from netralstat.explain.steps.shared_data import nested_data, require_glm, term_name, terms_of

Floats = NDArray[np.float64]

# Changes of fit that are shown beside the measures; a residual standard deviation is none.
NO_SHARE = ("residual_std_dev",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """A model that grows by a block of terms a step, all steps on the same respondents.

    Attributes
    ----------
    table : a row a step: `step`, `block`, `terms` added, `n`, `df_design`, the measures of fit and the change
        of each; of the change `statistic`, `df_num`, `df_den`, `p_value` (Wald's F), `lr_statistic`,
        `lr_p_value` (Rao and Scott's working likelihood ratio), and `p_adjusted`: the latter, over the steps.
    models : block -> the model with it and those before it.
    wald, likelihood_ratio : block -> its test; the latter has the eigenvalues.
    """

    table: pd.DataFrame
    models: Mapping[str, Model]
    wald: Mapping[str, WaldTest]
    likelihood_ratio: Mapping[str, LikelihoodRatioTest]
    outcome: str
    family: Family
    n: int
    n_incomplete: int
    adjust: Adjustment
    approximation: Approximation

    def __getitem__(self, block: str) -> Model:
        """The model of a step, such as ``steps["motives"]``."""
        if block not in self.models:
            raise UsageError(
                f'there is no block "{block}"',
                where="block",
                do=f"choose one of {', '.join(self.models)}.{did_you_mean(block, self.models)}",
            )
        return self.models[block]

    def to_frame(self) -> pd.DataFrame:
        """The tidy table of steps."""
        return self.table.copy()

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self._shown().to_string(index=False)}\n{self._note()}"

    def _repr_html_(self) -> str:
        table = self._shown().to_html(index=False, escape=True)
        return f"<p>{escape(self._headline())}</p>{table}<p>{escape(self._note())}</p>"

    def _headline(self) -> str:
        return (
            f"{self.outcome} ({self.family}), {len(self.table)} steps on the same {self.n:,} respondents; "
            f"{self.n_incomplete:,} lack an answer"
        )

    def _note(self) -> str:
        family = "1 test" if len(self.table) == 1 else f"{len(self.table)} tests"
        how = "not adjusted" if self.adjust == "none" else f"adjusted for them by {self.adjust}"
        return f"Association, not effect. {family} of change; p_adjusted is lr_p_value {how}."

    def _shown(self) -> pd.DataFrame:
        """Of several measures Nagelkerke's, or the one there is."""
        measures = [name for name in ("nagelkerke", "r_squared") if name in self.table]
        fit = [column for name in measures for column in (name, f"{name}_change")]
        tests = ["statistic", "df_num", "df_den", "p_value", "lr_statistic", "lr_p_value", "p_adjusted"]
        shown = rounded(self.table[["step", "block", "terms", "n", *fit, *tests]])
        p_value = self.table[["lr_p_value"]].rename(columns={"lr_p_value": "p_value"})
        return shown.assign(lr_p_value=rounded(p_value)["p_value"])


def blocks(
    frame: Any,
    design: Design,
    outcome: str,
    terms: Mapping[str, Sequence[str]],
    *,
    family: Family = "logit",
    level: float = 0.95,
    tolerance: float = TOLERANCE,
    approximation: Approximation = "saddlepoint",
    adjust: Adjustment = "holm",
    calibration: Calibration | None = None,
) -> Steps:
    """What each block of terms adds to those before it.

    Parameters
    ----------
    outcome : of the models. `terms` : block -> terms of a formula, in the order of entry; the first block is
        held against the intercept alone.
    family, level, tolerance : as for `regress`.
    approximation : of the tail of the likelihood ratio: "saddlepoint", "satterthwaite" or "exact".
    adjust : how `p_adjusted` allows for the number of steps.

    Raises
    ------
    UsageError
        No block, a block without a new term, a family or another word that is not known.
    EstimationError
        As `regress`; or the design has too few degrees of freedom to test a block.

    Formulas are in methods.md "Blocks in steps". Twins: survey::regTermTest, anova.svyglm.
    """
    require_glm(family, "blocks in steps")
    require_level(level)
    require_tolerance(tolerance)
    require_approximation(approximation)
    require_adjustment(adjust)
    added, formulas = _formulas(outcome, terms)
    grown = nested_data(frame, design, formulas, calibration)
    data = dict(zip(terms, grown, strict=True))
    models: dict[str, Model] = {}
    wald: dict[str, WaldTest] = {}
    ratio: dict[str, LikelihoodRatioTest] = {}
    rows, deviance, n_before = [], None, 1
    for (block, own), formula in zip(data.items(), formulas, strict=True):
        model, fit = fitted_model(
            own, design, formula, family, level=level, tolerance=tolerance, calibration=calibration
        )
        at = [
            j
            for j, coefficient in enumerate(own.matrix.coefficients)
            if coefficient.term != "(Intercept)" and coefficient.term in added[block]
        ]
        _require_new(len(at), len(model.names) - n_before, block, formula)
        n_before = len(model.names)
        before = _null_deviance(own, family, tolerance) if deviance is None else deviance
        deviance = _deviance(own, fit, family)
        models[block] = model
        wald[block] = joint_wald(fit.beta[at], model.covariance[np.ix_(at, at)], model.df, f"block {block}")
        ratio[block] = working_likelihood_ratio(
            before - deviance, fit.information, model.covariance, at, model.df, approximation
        )
        rows.append(explained(Refitted(data=own, fit=fit, family=family)))
    return Steps(
        table=_table(added, models, rows, wald, ratio, adjust),
        models=models,
        wald=wald,
        likelihood_ratio=ratio,
        outcome=outcome,
        family=family,
        n=grown[-1].n,
        n_incomplete=grown[-1].n_incomplete,
        adjust=adjust,
        approximation=approximation,
    )


def _formulas(
    outcome: str, terms: Mapping[str, Sequence[str]]
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Names of the terms that each block adds, and the formula with it."""
    if not terms:
        raise UsageError("no block was named", where="blocks", do='give {"name": ["term", …], …}')
    known: set[frozenset[str]] = set()
    written: list[str] = []
    added: dict[str, tuple[str, ...]] = {}
    formulas = []
    for block, own in terms.items():
        pieces = [own] if isinstance(own, str) else list(own)
        if not pieces:
            raise UsageError(
                f'block "{block}" has no terms', where=f"blocks, {block}", do="name at least one"
            )
        new: dict[str, None] = {}
        for piece in pieces:
            for term in terms_of(piece, f"blocks, {block}"):
                names = frozenset(variable.name for variable in term)
                if names not in known:
                    known.add(names)
                    new[term_name(term)] = None
        if not new:
            raise UsageError(
                f'block "{block}" adds no term to those before it',
                where=f"blocks, {block}",
                do="leave it out, or name new terms",
            )
        written += pieces
        added[str(block)] = tuple(new)
        formulas.append(f"{outcome} ~ {' + '.join(written)}")
    return added, formulas


def _require_new(named: int, grown: int, block: str, formula: str) -> None:
    """Refuse a block by whose terms the model does not grow: x:g says all that x + x:g does."""
    if named == 0 or named != grown:
        raise UsageError(
            f'block "{block}" has {named} coefficients, and the model grows by {grown}',
            where=f"formula {formula}",
            do="enter the parts of an interaction before it, or with it",
        )


def _deviance(data: ModelData, fit: Fit, family: Family) -> float:
    """Σ of unit deviances over weights whose mean is one."""
    used = data.used
    eta = data.x[used] @ fit.beta + (0.0 if data.offset is None else data.offset[used])
    distribution = DISTRIBUTIONS[family]
    unit = distribution.deviance(data.y[used], distribution.inverse(eta))
    return float((data.each * data.cells.n)[used] @ unit)


def _null_deviance(data: ModelData, family: Family, tolerance: float) -> float:
    """The deviance of the intercept and the offset."""
    where = f"outcome {data.formula.outcome}, without terms"
    ones = data.used.astype(float)[:, None]
    null = fitted(ones, data.y, data.each, data.cells.n, data.used, family, tolerance, where, data.offset)
    eta = null.beta[0] + (np.zeros(len(data.y)) if data.offset is None else data.offset)
    distribution = DISTRIBUTIONS[family]
    unit = distribution.deviance(data.y[data.used], distribution.inverse(eta[data.used]))
    return float((data.each * data.cells.n)[data.used] @ unit)


def _table(
    added: Mapping[str, Sequence[str]],
    models: Mapping[str, Model],
    measures: Sequence[Mapping[str, float]],
    wald: Mapping[str, WaldTest],
    ratio: Mapping[str, LikelihoodRatioTest],
    adjust: Adjustment,
) -> pd.DataFrame:
    """A row a step."""
    rows = []
    for step, (block, model) in enumerate(models.items()):
        before = measures[step - 1] if step else dict.fromkeys(measures[0], 0.0)
        now = measures[step]
        row: dict[str, Any] = {
            "step": step + 1,
            "block": block,
            "terms": " + ".join(added[block]),
            "n": model.n,
            "df_design": model.df + len(model.names) - 1,
        }
        for name, value in now.items():
            row[name] = value
            if name not in NO_SHARE:
                row[f"{name}_change"] = value - before[name]
        test, lr = wald[block], ratio[block]
        row |= {"statistic": test.statistic, "df_num": test.df_num, "df_den": test.df_den}
        row |= {"p_value": test.p_value, "lr_statistic": lr.statistic, "lr_p_value": lr.p_value}
        rows.append(row)
    table = pd.DataFrame(rows)
    return table.assign(p_adjusted=adjusted(table["lr_p_value"].to_numpy(dtype=float), adjust))
