"""Generalised linear models on cells, with the design-based covariance of their coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.design.bias_reduction import Reduced, require_plain, wishart_df
from netralstat.design.calibration.calibration import Calibration
from netralstat.design.cells import Cells
from netralstat.design.design import Design
from netralstat.errors import ConstantOutcomeError, EstimationError, UsageError, did_you_mean
from netralstat.estimate.estimates import rounded
from netralstat.explain.categorical import CategoricalFamily
from netralstat.explain.cluster_robust import FewClusters, cluster_robust
from netralstat.explain.coefficients import coefficient_name, coefficient_table
from netralstat.explain.families import BINARY, CountFamily, Family
from netralstat.explain.fitting import LOOSEST, TOLERANCE, Fit, fitted
from netralstat.explain.formula import Formula
from netralstat.explain.model_data import ModelData, model_data, require_respondents
from netralstat.explain.replicate_fits import replicated
from netralstat.explain.respondents import require_numbers, too_many_coefficients
from netralstat.explain.separation import separation_told
from netralstat.explain.terms import ModelMatrix

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

# Smallest eigenvalue of the correlations of coefficients that can be tested together.
SINGULAR = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A fitted model.

    `table` has one row a coefficient and one a reference level; `covariance` (p × p) follows `names`, the
    estimated coefficients in order. `df` are residual degrees of freedom: PSUs - strata
    that complete respondents reach, - p + 1. A column `df` of the table has those of each coefficient.
    `empty_levels` are the levels of each factor that nobody with every answer has: they have no row.
    `shares` of few clusters in the coefficients give the degrees of freedom of tests (few_clusters="CR2").
    """

    outcome: str
    formula: str
    family: Family | CategoricalFamily | CountFamily
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
    empty_levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shares: Reduced | None = None

    def to_frame(self) -> pd.DataFrame:
        """The tidy table: term, variable, level, estimate, intervals and (where they exist) ratios."""
        return self.table.copy()

    @property
    def coefficients(self) -> pd.Series:
        """Estimates by name, in the order of `covariance`."""
        rows = self.table[~self.table["reference"]]
        return pd.Series(rows["estimate"].to_numpy(dtype=float), index=list(self.names))

    def wald_test(self, terms: str | Sequence[str]) -> tuple[float, int, float, float]:
        """F, numerator df, denominator df and p-value that all coefficients of a term, or several, are zero.

        F = b'V⁻¹b / q on (q, df).  Twin: survey::regTermTest(method = "Wald"). Of few clusters ("CR2")
        F = (ν - q + 1)/(ν q) b'V⁻¹b on (q, ν - q + 1).  Twin: clubSandwich::Wald_test(test = "HTZ").
        """
        estimated = self.table[~self.table["reference"]].reset_index(drop=True)
        named = [terms] if isinstance(terms, str) else list(terms)
        spelt = estimated["variable"].str.replace(" ", "")
        for term in named:
            if "".join(term.split()) not in set(spelt):
                known = list(dict.fromkeys(estimated["variable"]))
                raise EstimationError(
                    f'the model has no term "{term}"',
                    where=f"formula {self.formula}",
                    do=f"its terms are {', '.join(known)}.{did_you_mean(term, known)}",
                )
        rows = np.flatnonzero(spelt.isin(["".join(term.split()) for term in named]))
        return self._tested(rows, " and ".join(f'"{term}"' for term in named))

    def _tested(self, rows: NDArray[np.int64], named: str) -> tuple[float, int, float, float]:
        """The test that the coefficients in these places are zero."""
        b = self.coefficients.to_numpy()[rows]
        v = self.covariance[np.ix_(rows, rows)]
        q, df, where = len(rows), float(self.df), f"formula {self.formula}"
        scale = 1 / np.sqrt(np.diag(v))
        if not q or np.linalg.eigvalsh(v * np.outer(scale, scale))[0] < SINGULAR:
            raise EstimationError(
                f"the {q} coefficients of {named} have a covariance that does not tell them apart",
                where=where,
                do="test fewer: no more of them than the design has degrees of freedom",
            )
        statistic = float(b @ np.linalg.solve(v, b)) / q
        if self.provenance.get("few_clusters") == "CR2":
            if self.shares is None:
                raise EstimationError(
                    f"the clusters are too many for Hotelling's T² of {len(self.names)} coefficients",
                    where=where,
                    do="test the model without few_clusters",
                )
            of_variance = wishart_df(self.shares, rows)
            df = of_variance - q + 1
            if df <= 0:
                raise EstimationError(
                    f"the variance of the {q} coefficients of {named} has {of_variance:.3g} degrees of "
                    "freedom",
                    where=where,
                    do=f"test fewer of them, or ask of more clusters: a test needs more than {q - 1}",
                )
            statistic *= df / of_variance
        return statistic, q, df, float(special.fdtrc(q, df, statistic))

    def plot(self) -> Figure:
        """A forest plot: a row a coefficient, on a logarithmic axis where it is a ratio."""
        from netralstat.explain.forest_plot import forest_plot

        return forest_plot(self)

    def __repr__(self) -> str:
        return "\n".join([self._headline(), self._shown().to_string(index=False), *self._notes()])

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        table = self._shown().to_html(index=False, escape=True)
        return f"<p>{escape(self._headline())}</p>{table}{notes}"

    def _headline(self) -> str:
        against = f' against "{self.provenance["reference"]}"' if "reference" in self.provenance else ""
        penalised = ", Firth's penalty" if self.provenance.get("penalty") == "firth" else ""
        return f"{self.formula} ({self.family}{against}{penalised}), n = {self.n:,}, df = {self.df}"

    def _notes(self) -> list[str]:
        """What the rows do not say: who has none, and which of them rest on a penalty."""
        told = [f"{name}[{level}]" for name, levels in self.empty_levels.items() for level in levels]
        notes = [f"No respondent of the model, and so no row: {', '.join(told)}."] if told else []
        if separated := self.provenance.get("separated"):
            notes.append(f"Separated, and finite by the penalty alone: {', '.join(separated)}.")
        return notes

    def _shown(self) -> pd.DataFrame:
        """The table without what its other columns say already."""
        ratios = [
            column
            for column in map(str, self.table.columns)
            if column.endswith("_ratio") or column[:3] in ("or_", "pr_", "rr_")
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
        allowed = (*get_args(Family), *get_args(CountFamily), *get_args(CategoricalFamily))
        raise UsageError(
            f'family = "{family}" is not known',
            where="family",
            do=f"choose one of {', '.join(allowed)}.{did_you_mean(family, allowed)}",
        )
    require_level(level)
    require_tolerance(tolerance)
    if few_clusters is not None:
        _require_known(few_clusters)
        require_plain(design, calibration)
    data = model_data(frame, design, formula, calibration, squares=few_clusters is not None)
    return fitted_model(
        data,
        design,
        formula,
        family,
        level=level,
        tolerance=tolerance,
        calibration=calibration,
        few_clusters=few_clusters,
    )[0]


def fitted_model(
    data: ModelData,
    design: Design,
    formula: str,
    family: Family,
    *,
    level: float,
    tolerance: float = TOLERANCE,
    calibration: Calibration | None = None,
    few_clusters: FewClusters | None = None,
) -> tuple[Model, Fit]:
    """The model of respondents who are grouped already, and its fit; arguments as for `regress`."""
    where = f"formula {formula}"
    require_numbers(data.formula.outcome, data.numeric, where)
    cells, used, x, y = data.cells, data.used, data.x, data.y
    require_outcome(data.formula, family, y[used])
    require_respondents(data)
    with separation_told(data, family, where):
        fit = fitted(x, y, data.each, cells.n, used, family, tolerance, where, data.offset)
    few = None
    if few_clusters is not None:
        assert isinstance(cells, Cells)
        few = cluster_robust(cells, used, x, fit, few_clusters)
        result = few.covariance
        _require_clusters(few.df, data.matrix, formula)
    elif design.replicates is None:
        bread = np.linalg.inv(fit.information) / data.mean_weight
        result = replace(data.covariance_of_scores(fit.residual, bread), df=data.df())
    else:
        result = replicated(data.respondents, used, x, y, fit.beta, family, where, data.offset)
    p = len(fit.beta)
    df = result.df - p + 1
    require_df(df, p, result.df, where)
    model = Model(
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
            df if few is None else few.df,
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
        empty_levels=data.empty_levels,
        shares=None if few is None else few.shares,
        provenance={
            "calibration": calibration.method if calibration is not None else "none",
            **({"few_clusters": few_clusters} if few_clusters is not None else {}),
            **({"replicates": dict(result.replicates)} if result.replicates is not None else {}),
        },
    )
    return model, fit


def require_level(level: float) -> None:
    """Refuse a confidence level that is none."""
    if not 0 < level < 1:
        raise UsageError(
            f"level = {level} is outside (0, 1)", where="level", do="give a confidence level such as 0.95"
        )


def require_tolerance(tolerance: float) -> None:
    """Refuse a tolerance that leaves no digits."""
    if not 0 < tolerance <= LOOSEST:
        raise UsageError(
            f"tolerance = {tolerance} is outside (0, {LOOSEST:g}]",
            where="tolerance",
            do=f"leave it at {TOLERANCE:g}, which gives R's digits",
        )


def require_df(df: int, p: int, of_design: int, where: str) -> None:
    """Refuse a model of more coefficients than the design has degrees of freedom."""
    if df <= 0:
        raise too_many_coefficients(p, of_design, where)


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


def require_outcome(formula: Formula, family: Family, y: Floats) -> None:
    """Refuse an outcome that the family has no likelihood for, or that does not vary."""
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
        raise ConstantOutcomeError(
            f"the outcome is {y[0]:g} for every respondent of the model",
            where=where,
            do="choose another outcome",
        )
