"""Generalised linear models on cells, with the design-based covariance of their coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import linalg, sparse, special

from netralstat.design.bias_reduction import require_plain
from netralstat.design.calibration.calibration import Calibration
from netralstat.design.cells import Cells
from netralstat.design.crossing import Patterns
from netralstat.design.design import Design
from netralstat.design.influence import Part
from netralstat.design.variance import Covariance, covariance, domain_df
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.estimates import rounded
from netralstat.explain.cluster_robust import FewClusters, cluster_robust
from netralstat.explain.coefficients import coefficient_name, coefficient_table
from netralstat.explain.families import BINARY, Family
from netralstat.explain.fitting import LOOSEST, TOLERANCE, fitted
from netralstat.explain.formula import Formula, parse
from netralstat.explain.model_cells import ModelCells, model_cells
from netralstat.explain.normal_equations import WELL_CONDITIONED, correlations, gram
from netralstat.explain.replicate_fits import replicated
from netralstat.explain.terms import ModelMatrix, model_matrix
from netralstat.frames import numeric_columns, require_columns

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A fitted model.

    `table` has one row a coefficient and one a reference level; `covariance` (p × p) follows `names`, the
    estimated coefficients in order. `df` are residual degrees of freedom: PSUs - strata
    that complete respondents reach, - p + 1. A column `df` of the table has those of each coefficient.
    """

    outcome: str
    formula: str
    family: Family
    table: pd.DataFrame
    names: tuple[str, ...]
    covariance: Floats
    n: int
    n_incomplete: int
    df: int
    level: float
    passes: int
    tolerance: float
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
        statistic = float(b @ np.linalg.solve(v, b)) / len(rows)
        return statistic, len(rows), self.df, float(special.fdtrc(len(rows), self.df, statistic))

    def __repr__(self) -> str:
        return f"{self._headline()}\n{self._shown().to_string(index=False)}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._headline())}</p>{self._shown().to_html(index=False, escape=True)}"

    def _headline(self) -> str:
        return f"{self.formula} ({self.family}), n = {self.n:,}, df = {self.df}"

    def _shown(self) -> pd.DataFrame:
        """The table without what its other columns say already."""
        ratios = [
            column
            for column in map(str, self.table.columns)
            if column.endswith("_ratio") or column[:3] in ("or_", "pr_")
        ]
        numbers = ["estimate", "std_error", *(ratios or ["conf_low", "conf_high"]), "p_value", "n"]
        shown = self.table[["variable", "level", *numbers]]
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
        allowed = get_args(Family)
        raise UsageError(
            f'family = "{family}" is not known',
            where="family",
            do=f"choose one of {', '.join(allowed)}.{did_you_mean(family, allowed)}",
        )
    if not 0 < level < 1:
        raise UsageError(
            f"level = {level} is outside (0, 1)", where="level", do="give a confidence level such as 0.95"
        )
    if not 0 < tolerance <= LOOSEST:
        raise UsageError(
            f"tolerance = {tolerance} is outside (0, {LOOSEST:g}]",
            where="tolerance",
            do=f"leave it at {TOLERANCE:g}, which gives R's digits",
        )
    if few_clusters is not None:
        _require_known(few_clusters)
        require_plain(design, calibration)
    parsed = parse(formula)
    variables = [parsed.outcome, *parsed.variables]
    require_columns(frame, variables, where=f"formula {formula}")
    numeric = numeric_columns(frame, variables)
    if parsed.outcome not in numeric:
        raise EstimationError(
            f'the outcome "{parsed.outcome}" holds text or categories',
            where=f"formula {formula}",
            do="make it a 0/1 indicator first",
        )
    respondents = model_cells(frame, design, variables, calibration, squares=few_clusters is not None)
    cells = respondents.cells
    matrix = model_matrix(cells, parsed, numeric)
    offset = _offset(cells, parsed, numeric)
    outcome = cells.key(parsed.outcome)
    used = matrix.complete & (outcome.codes >= 0) & (cells.w_sum > 0)
    y = np.asarray([*outcome.levels, 0.0], dtype=float)[outcome.codes]
    _require_outcome(parsed, family, y[used])
    weights = respondents.weights
    x = matrix.x if used.all() else matrix.x * used[:, None]
    _require_full_rank(x, weights, matrix)
    mean_weight = float(weights.sum() / cells.n.sum())
    each = weights / np.where(cells.n > 0, cells.n, 1.0) / mean_weight
    fit = fitted(x, y, each, cells.n, used, family, tolerance, f"formula {formula}", offset)
    of_terms = None
    if few_clusters is not None:
        assert isinstance(cells, Cells)
        result, of_terms = cluster_robust(cells, used, x, fit, few_clusters)
        _require_clusters(of_terms, matrix, formula)
    elif design.replicates is None:
        bread = np.linalg.inv(fit.information) / mean_weight
        result = _linearised(respondents, fit.residual, x, bread, used)
    else:
        result = replicated(respondents, used, x, y, fit.beta, family, f"formula {formula}", offset)
    p = len(fit.beta)
    df = result.df - p + 1
    if df <= 0:
        raise EstimationError(
            f"the model has {p} coefficients and the design only {result.df} degrees of freedom",
            where=f"formula {formula}",
            do="use fewer terms",
        )
    names = tuple(coefficient_name(coefficient) for coefficient in matrix.coefficients)
    n = int(cells.n[used].sum())
    return Model(
        outcome=parsed.outcome,
        formula=formula,
        family=family,
        table=coefficient_table(
            parsed,
            matrix,
            cells,
            used,
            fit.beta,
            result.matrix,
            df if of_terms is None else of_terms,
            level,
            family,
        ),
        names=names,
        covariance=result.matrix,
        n=n,
        n_incomplete=int(cells.n.sum()) - n,
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


def _linearised(
    respondents: ModelCells, residual: Floats, x: Floats, bread: NDArray[Any], used: NDArray[np.bool_]
) -> Covariance:
    """Covariance from scores x·residual per unit of weight; `df` over who has complete answers."""
    crossing, units = respondents.crossing, respondents.units
    if crossing is None:
        inside, influence = np.where(used, 0, -1), (x * (units.w_sum * residual)[:, None]) @ bread
    else:
        inside = np.where(crossing.spread @ used.astype(float) > 0, 0, -1)
        spread = crossing.spread
        of_pairs = spread.data * residual[spread.indices]
        influence = (sparse.csr_array((of_pairs, spread.indices, spread.indptr), spread.shape) @ x) @ bread
    part = Part(values=influence, domain=inside, n_domains=1)
    found = covariance([part], units, respondents.calibrated)
    return replace(found, df=int(domain_df(units, inside, 1)[0]))


def _offset(cells: Cells | Patterns, formula: Formula, numeric: Sequence[str]) -> Floats | None:
    """The offset of each cell; 0 where it is missing, for such cells are not used."""
    if formula.offset is None:
        return None
    if formula.offset not in numeric:
        raise EstimationError(
            f'the offset "{formula.offset}" holds text or categories',
            where=f"outcome {formula.outcome}",
            do="name a column of numbers, such as the logarithm of the persons at risk",
        )
    key = cells.key(formula.offset)
    return np.asarray([*key.levels, 0.0], dtype=float)[key.codes]


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
        raise EstimationError(
            "no respondent has the outcome and every covariate", where=where, do="look at the missing answers"
        )
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


def _require_full_rank(x: Floats, w: Floats, matrix: ModelMatrix) -> None:
    information = gram(x, w)
    smallest = np.linalg.eigvalsh(correlations(information)[0])[0]
    if (np.diag(information) > 0).all() and smallest > WELL_CONDITIONED:
        return
    scaled = x * np.sqrt(w)[:, None]
    norms = np.linalg.norm(scaled, axis=0)
    _, r, pivot = linalg.qr(scaled / np.where(norms > 0, norms, 1), mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(r))
    rank = int(np.sum(diagonal > 1e-9 * max(diagonal[0], 1e-300)))
    if rank < x.shape[1]:
        extra = [coefficient_name(matrix.coefficients[j]) for j in pivot[rank:]]
        raise EstimationError(
            f"{len(extra)} coefficients are determined by the others ({', '.join(extra[:5])})",
            where=f"term {matrix.coefficients[pivot[rank]].term}",
            do="leave out one of the terms that say the same",
        )
