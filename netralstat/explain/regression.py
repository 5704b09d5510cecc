"""Generalised linear models on cells, with the design-based covariance of their coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.design.bias_reduction import require_plain
from netralstat.design.calibration.calibration import Calibration
from netralstat.design.cells import Cells
from netralstat.design.design import Design
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.estimates import rounded
from netralstat.explain.categorical import CategoricalFamily
from netralstat.explain.cluster_robust import FewClusters, cluster_robust
from netralstat.explain.coefficients import coefficient_name, coefficient_table
from netralstat.explain.families import BINARY, Family
from netralstat.explain.fitting import LOOSEST, TOLERANCE, fitted
from netralstat.explain.formula import Formula
from netralstat.explain.model_data import model_data, require_respondents
from netralstat.explain.replicate_fits import replicated
from netralstat.explain.terms import ModelMatrix

Floats = NDArray[np.float64]

# Smallest eigenvalue of the correlations of coefficients that can be tested together.
SINGULAR = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A fitted model.

    `table` has one row a coefficient and one a reference level; `covariance` (p × p) follows `names`, the
    estimated coefficients in order. `df` are residual degrees of freedom: PSUs - strata
    that complete respondents reach, - p + 1. A column `df` of the table has those of each coefficient.
    """

    outcome: str
    formula: str
    family: Family | CategoricalFamily
    table: pd.DataFrame
    names: tuple[str, ...]
    covariance: Floats
    n: int
    n_incomplete: int
    df: int
    level: float
    passes: int
    tolerance: float = TOLERANCE
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The tidy table: term, variable, level, estimate, intervals and (where they exist) ratios."""
        return self.table.copy()

    @property
    def coefficients(self) -> pd.Series:
        """Estimates by name, in the order of `covariance`."""
        rows = self.table[~self.table["reference"]]
        return pd.Series(rows["estimate"].to_numpy(dtype=float), index=list(self.names))

    def wald_test(self, term: str) -> tuple[float, int, int, float]:
        """F, numerator df, denominator df and p-value that all coefficients of a term are zero.

        F = b'V⁻¹b / q on (q, df).  Twin: survey::regTermTest(method = "Wald").
        """
        estimated = self.table[~self.table["reference"]].reset_index(drop=True)
        rows = np.flatnonzero(estimated["variable"] == term)
        if not len(rows):
            terms = list(dict.fromkeys(estimated["variable"]))
            raise EstimationError(
                f'the model has no term "{term}"',
                where=f"formula {self.formula}",
                do=f"its terms are {', '.join(terms)}.{did_you_mean(term, terms)}",
            )
        b = estimated["estimate"].to_numpy(dtype=float)[rows]
        v = self.covariance[np.ix_(rows, rows)]
        scale = 1 / np.sqrt(np.diag(v))
        if np.linalg.eigvalsh(v * np.outer(scale, scale))[0] < SINGULAR:
            raise EstimationError(
                f'the {len(rows)} coefficients of "{term}" have a covariance that does not tell them apart',
                where=f"formula {self.formula}",
                do="test fewer: no more of them than the design has degrees of freedom",
            )
        statistic = float(b @ np.linalg.solve(v, b)) / len(rows)
        return statistic, len(rows), self.df, float(special.fdtrc(len(rows), self.df, statistic))

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self._shown().to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._headline())}</p>{self._shown().to_html(index=False, escape=True)}"

    def _headline(self) -> str:
        against = f' against "{self.provenance["reference"]}"' if "reference" in self.provenance else ""
        return f"{self.formula} ({self.family}{against}), n = {self.n:,}, df = {self.df}"

    def _shown(self) -> pd.DataFrame:
        """The table without what its other columns say already."""
        ratios = [
            column
            for column in map(str, self.table.columns)
            if column.endswith("_ratio") or column[:3] in ("or_", "pr_")
        ]
        numbers = ["estimate", "std_error", *(ratios or ["conf_low", "conf_high"]), "p_value", "n"]
        first = ["outcome_level"] if "outcome_level" in self.table else []
        shown = self.table[[*first, "variable", "level", *numbers]]
        return rounded(
            shown.assign(
                level=shown["level"].where(~self.table["reference"], shown["level"] + " (reference)")
            )
        )


def regress(
    frame: Any,
    design: Design,
    formula: str,
    *,
    family: Family = "logit",
    level: float = 0.95,
    tolerance: float = TOLERANCE,
    calibration: Calibration | None = None,
    few_clusters: FewClusters | None = None,
) -> Model:
    """Which covariates go with the outcome, and how surely, under the sampling design.

    Parameters
    ----------
    frame : one row a respondent. `formula` : parsed, never evaluated; see `netralstat.explain.formula`.
    family : "logit", "probit" or "cloglog" (outcome 0/1), "linear", or "poisson" (prevalence ratios, counts).
    level : confidence level of the intervals, t with the residual df.
    tolerance : relative change of the deviance at which the fit stops; 1e-8 gives R's digits, 1e-15 the
        maximum to machine precision.
    few_clusters : standard errors and degrees of freedom for a sample of few PSUs, of weights that are not
        calibrated: "CR2" (PSUs independent, strata not used), or R's "bell_mccaffrey" and "bell_mccaffrey_2".

    Raises
    ------
    UsageError
        The formula or the family is not known.
    EstimationError
        A variable is absent, the outcome does not vary, terms are collinear, or the outcome is separated.

    Notes
    -----
    Pseudo-maximum likelihood: Σ w_i x_i (y_i - μ_i) / (V(μ_i) g'(μ_i)) = 0 by Fisher scoring on cells;
    influence of a cell A⁻¹ Σ w x (y - μ)/(V g'), A = Σ w x x' / (V g'²), expected information.
    Respondents with a missing value leave the sums, their PSUs stay in the variance.
    Source: Binder (1983); Lumley & Scott (2017). Twin: survey::svyglm.  (methods.md "Regression")
    """
    if family not in get_args(Family):
        allowed = (*get_args(Family), *get_args(CategoricalFamily))
        raise UsageError(
            f'family = "{family}" is not known',
            where="family",
            do=f"choose one of {', '.join(allowed)}.{did_you_mean(family, allowed)}",
        )
    require_level(level)
    if not 0 < tolerance <= LOOSEST:
        raise UsageError(
            f"tolerance = {tolerance} is outside (0, {LOOSEST:g}]",
            where="tolerance",
            do=f"leave it at {TOLERANCE:g}, which gives R's digits",
        )
    if few_clusters is not None:
        _require_known(few_clusters)
        require_plain(design, calibration)
    where = f"formula {formula}"
    data = model_data(frame, design, formula, calibration, squares=few_clusters is not None)
    if data.formula.outcome not in data.numeric:
        raise EstimationError(
            f'the outcome "{data.formula.outcome}" holds text or categories',
            where=where,
            do="make it a 0/1 indicator first",
        )
    cells, used, x, y = data.cells, data.used, data.x, data.y
    _require_outcome(data.formula, family, y[used])
    require_respondents(data)
    fit = fitted(x, y, data.each, cells.n, used, family, tolerance, where, data.offset)
    of_terms = None
    if few_clusters is not None:
        assert isinstance(cells, Cells)
        result, of_terms = cluster_robust(cells, used, x, fit, few_clusters)
        _require_clusters(of_terms, data.matrix, formula)
    elif design.replicates is None:
        bread = np.linalg.inv(fit.information) / data.mean_weight
        result = replace(data.covariance_of_scores(fit.residual, bread), df=data.df())
    else:
        result = replicated(data.respondents, used, x, y, fit.beta, family, where, data.offset)
    p = len(fit.beta)
    df = result.df - p + 1
    require_df(df, p, result.df, where)
    return Model(
        outcome=data.formula.outcome,
        formula=formula,
        family=family,
        table=coefficient_table(
            data.formula,
            data.matrix,
            cells,
            used,
            fit.beta,
            result.matrix,
            df if of_terms is None else of_terms,
            level,
            family,
        ),
        names=tuple(coefficient_name(coefficient) for coefficient in data.matrix.coefficients),
        covariance=result.matrix,
        n=data.n,
        n_incomplete=data.n_incomplete,
        df=df,
        level=level,
        passes=fit.passes,
        tolerance=tolerance,
        provenance={
            "calibration": calibration.method if calibration is not None else "none",
            **({"few_clusters": few_clusters} if few_clusters is not None else {}),
            **({"replicates": dict(result.replicates)} if result.replicates is not None else {}),
        },
    )


def require_level(level: float) -> None:
    """Refuse a confidence level that is none."""
    if not 0 < level < 1:
        raise UsageError(
            f"level = {level} is outside (0, 1)", where="level", do="give a confidence level such as 0.95"
        )


def require_df(df: int, p: int, of_design: int, where: str) -> None:
    """Refuse a model of more coefficients than the design has degrees of freedom."""
    if df <= 0:
        raise EstimationError(
            f"the model has {p} coefficients and the design only {of_design} degrees of freedom",
            where=where,
            do="use fewer terms",
        )


def _require_known(few_clusters: str) -> None:
    if few_clusters not in get_args(FewClusters):
        allowed = get_args(FewClusters)
        raise UsageError(
            f'few_clusters = "{few_clusters}" is not known',
            where="few_clusters",
            do=f"choose one of {', '.join(allowed)}.{did_you_mean(few_clusters, allowed)}",
        )


def _require_clusters(df: Floats, matrix: ModelMatrix, formula: str) -> None:
    """What one cluster alone tells about a coefficient leaves residuals of zero, whatever the outcome."""
    pairs = zip(matrix.coefficients, np.isnan(df), strict=True)
    alone = [coefficient_name(coefficient) for coefficient, unknown in pairs if unknown]
    if alone:
        raise EstimationError(
            f"{len(alone)} of {len(df)} coefficients rest on a single cluster: {', '.join(alone[:5])}",
            where=f"formula {formula}",
            do="leave out these terms or merge their levels; few_clusters= needs two clusters for each",
        )


def _require_outcome(formula: Formula, family: Family, y: Floats) -> None:
    where = f"outcome {formula.outcome}"
    if not len(y):
        return  # told with the terms
    if family in BINARY and not np.isin(y, (0, 1)).all():
        raise EstimationError(
            f"a {family} model needs an outcome of 0 and 1", where=where, do='use family="linear"'
        )
    if family == "poisson" and (y < 0).any():
        raise EstimationError(
            "a Poisson model needs an outcome of counts, none negative", where=where, do='use family="linear"'
        )
    if np.ptp(y) == 0:
        raise EstimationError(
            f"the outcome is {y[0]:g} for every respondent of the model",
            where=where,
            do="choose another outcome",
        )
