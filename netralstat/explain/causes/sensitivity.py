"""Sensitivity of an association to hidden causes: E-values, robustness values, benchmarks and contours."""

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
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.estimate.estimates import rounded
from netralstat.explain.causes.benchmarks import LeastSquares, bound, columns_of
from netralstat.explain.causes.e_values import TOLD, EValue, e_value, e_value_of_difference
from netralstat.explain.causes.omitted_variables import LinearCoefficient
from netralstat.explain.effects.adjusted import adjusted
from netralstat.explain.effects.effect_table import Covariates
from netralstat.explain.normal_equations import correlations
from netralstat.explain.refitting import Refitted, refitted
from netralstat.explain.regression import Model

Floats = NDArray[np.float64]

FAMILIES = ("linear", "logit", "poisson")
# How many times as strong as a covariate the confounder may be, in the tables of Cinelli & Hazlett.
STRENGTHS = (1.0, 2.0, 3.0)
BOUNDS = ("term", "benchmark", "strength", "r2_treatment", "r2_outcome")
ADJUSTED = ("estimate", "std_error", "statistic", "conf_low", "conf_high")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sensitivity:
    """How strong a hidden cause must be to explain an association away.

    Attributes
    ----------
    table : a row a coefficient of the term: `term`, `estimate`, `std_error`, `conf_low`, `conf_high`, `df`,
        `conversion` (how it became a risk ratio), `e_value`, `e_value_limit` (1 where the interval holds
        the null), `flag` ("" or "no_risk_ratio": a risk ratio is not defined); of linear models also
        `partial_r2`, `robustness_value` (for the estimate), `robustness_value_limit` (for the interval).
    bounds : of linear models, the estimate beside a confounder `strength` times as strong as a `benchmark`:
        `r2_treatment` and `r2_outcome`, then the adjusted `estimate` … `conf_high`, `flag` (see
        `netralstat.explain.causes.benchmarks.Bound`). Without rows for other families.
    coefficients : of linear models, what any other confounder does to each: `adjusted(r2, r2)`.
    q : share of the estimate that the robustness values take away. contrast : units of a number that the
        E-value compares. level : confidence level.
    """

    formula: str
    family: str
    outcome: str
    n: int
    table: pd.DataFrame
    bounds: pd.DataFrame
    coefficients: Mapping[str, LinearCoefficient]
    q: float
    contrast: float
    level: float

    def to_frame(self) -> pd.DataFrame:
        """The table of the coefficients."""
        return self.table.copy()

    def contours(self, term: str | None = None, *, limit: float = 0.4, n: int = 41) -> pd.DataFrame:
        """The estimate over a grid of confounders, for a contour plot: n² rows.

        Parameters
        ----------
        term : a coefficient of `table`; the first if None.
        limit : largest partial R² on both axes, in (0, 1). n : points on each axis, from 2 to 1000.

        Returns
        -------
        DataFrame
            `r2_treatment`, `r2_outcome`, and the adjusted `estimate`, `std_error`, `statistic`, limits.
        """
        if not self.coefficients:
            raise UsageError(
                f"a {self.family} model has no contours of partial R²",
                where="contours",
                do='fit the outcome with family="linear", or read the E-value',
            )
        names = list(self.coefficients)
        chosen = names[0] if term is None else term
        if chosen not in self.coefficients:
            raise UsageError(
                f'"{chosen}" is not a coefficient of this table',
                where="term",
                do=f"choose one of {', '.join(names)}.{did_you_mean(chosen, names)}",
            )
        if not 0 < limit < 1 or isinstance(n, bool) or not 2 <= n <= 1000:
            raise UsageError(
                f"limit = {limit:g} is outside (0, 1), or n = {n} outside 2 to 1000",
                where="limit, n",
                do="leave them at 0.4 and 41",
            )
        axis = np.linspace(0.0, limit, int(n))
        of_treatment, of_outcome = (grid.ravel() for grid in np.meshgrid(axis, axis, indexing="ij"))
        found = self.coefficients[chosen].adjusted(of_treatment, of_outcome, self.level)
        columns = {name: getattr(found, name) for name in ADJUSTED}
        return pd.DataFrame({"r2_treatment": of_treatment, "r2_outcome": of_outcome, **columns})

    def __repr__(self) -> str:
        parts = [self._headline(), rounded(self.table).to_string(index=False)]
        if len(self.bounds):
            parts += [self._of_bounds(), rounded(self.bounds).to_string(index=False)]
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        html = f"<p>{escape(self._headline())}</p>{rounded(self.table).to_html(index=False, escape=True)}"
        if len(self.bounds):
            table = rounded(self.bounds).to_html(index=False, escape=True)
            html += f"<p>{escape(self._of_bounds())}</p>{table}"
        return html

    def _headline(self) -> str:
        conversions = "; ".join(dict.fromkeys(TOLD[c] for c in self.table["conversion"] if c))
        told = f" E-values: {conversions}." if conversions else ""
        return (
            f"Association with {self.outcome}, and what a hidden cause would need to explain it away "
            f"({self.formula}, {self.family}, n = {self.n:,}).{told}"
        )

    def _of_bounds(self) -> str:
        return "The association beside a hidden confounder so many times as strong as a covariate:"


def sensitivity(
    frame: Any,
    design: Design,
    model: Model,
    term: str,
    *,
    benchmarks: Sequence[str] | None = None,
    strengths: Sequence[float] = STRENGTHS,
    q: float = 1.0,
    contrast: float = 1.0,
    calibration: Calibration | None = None,
) -> Sensitivity:
    """How strong a hidden cause must be to explain the association of one term away.

    Parameters
    ----------
    frame, design, calibration : those that the model was fitted with.
    model : of family "linear", "logit" or "poisson".
    term : a variable of the model, or one of its coefficients such as "position[jpt]".
    benchmarks : terms that a hidden confounder is measured by; all other terms if None. Linear models.
    strengths : how many times as strong as a benchmark it is.
    q : share of the estimate to take away, for the robustness values.
    contrast : how many units of a number the E-value compares.

    Returns
    -------
    Sensitivity

    Raises
    ------
    UsageError
        Another family; a strength, q or contrast that is not positive; a contrast of levels, or of two risks.
    EstimationError
        The model has no such term, or has it in an interaction or a curve; a benchmark is not in the model;
        the model fits without error.

    Formula      E = RR + √(RR(RR - 1));  RV = ½(√(f⁴ + 4f²) - f²), f² = b²/(sd²(Y⊥)/sd²(D⊥)) from weighted
                 residuals, intervals from the design's standard error and df   (methods.md "Hidden causes")
    Source       VanderWeele & Ding (2017); Cinelli & Hazlett (2020). Twins: EValue::evalue,
                 sensemakr::sensemakr.
    """
    _require_family(model)
    _require_positive({"q": [q], "contrast": [contrast], "strengths": strengths})
    rows = _coefficients(model, term)
    variable = str(rows["variable"].iloc[0])
    again = refitted(frame, design.linearised, model, calibration)
    _require_alone(again, variable, rows)
    _require_units(again, model, variable, contrast)
    fit = _least_squares(again) if model.family == "linear" else None
    values = [
        _e_value(row, again, model, contrast, (frame, design, calibration)) for _, row in rows.iterrows()
    ]
    table = _table(rows, values)
    found: dict[str, LinearCoefficient] = {}
    bounds = pd.DataFrame(columns=[*BOUNDS, *ADJUSTED, "flag"])
    if fit is not None:
        found = {
            str(row["term"]): LinearCoefficient(
                estimate=float(row["estimate"]),
                std_error=float(row["std_error"]),
                df=float(row["df"]),
                scale=fit.scale(model.names.index(str(row["term"]))),
            )
            for _, row in rows.iterrows()
        }
        table["partial_r2"] = [one.partial_r2 for one in found.values()]
        table["robustness_value"] = [one.robustness_value(q) for one in found.values()]
        table["robustness_value_limit"] = [one.robustness_value(q, model.level) for one in found.values()]
        named = _benchmarks(model, variable, benchmarks)
        bounds = _bounds(model, fit, found, named, [float(k) for k in strengths])
    elif benchmarks is not None:
        raise UsageError(
            f"benchmarks bound the confounder of a linear model, and this one is {model.family}",
            where="benchmarks",
            do='leave them out, or fit the outcome with family="linear"',
        )
    return Sensitivity(
        formula=model.formula,
        family=model.family,
        outcome=model.outcome,
        n=model.n,
        table=table[[*(c for c in table.columns if c != "flag"), "flag"]],
        bounds=bounds,
        coefficients=found,
        q=q,
        contrast=contrast,
        level=model.level,
    )


def _table(rows: pd.DataFrame, values: Sequence[EValue | None]) -> pd.DataFrame:
    table = rows[["term", "estimate", "std_error", "conf_low", "conf_high", "df"]].reset_index(drop=True)
    return table.assign(
        conversion=["" if value is None else value.conversion for value in values],
        e_value=[np.nan if value is None else value.point for value in values],
        e_value_limit=[np.nan if value is None or value.limit is None else value.limit for value in values],
        flag=["no_risk_ratio" if value is None else "" for value in values],
    )


def _e_value(
    row: pd.Series, again: Refitted, model: Model, contrast: float, sample: tuple[Any, Design, Any]
) -> EValue | None:
    """The E-value of a coefficient; None where it is no difference of risks in [0, 1]."""
    b, low, high = (contrast * float(row[name]) for name in ("estimate", "conf_low", "conf_high"))
    data = again.data
    w = again.weight / again.weight.sum()
    if model.family == "linear":
        if np.isin(data.y[data.used], (0, 1)).all():
            return _of_risks(row, again, model, sample)
        squares = float(w @ (data.y - again.mean) ** 2)
        sd = np.sqrt(squares * data.n / max(data.n - len(model.names), 1))
        return e_value(b / sd, low / sd, high / sd, measure="standardised_difference")
    ratios = [float(np.exp(value)) for value in (b, low, high)]
    if not (np.isfinite(ratios[0]) and ratios[0] > 0):
        return None
    if model.family == "poisson":
        return e_value(*ratios, measure="prevalence_ratio")
    return e_value(*ratios, measure="odds_ratio", prevalence=float(np.clip(w @ data.y, 0.0, 1.0)))


def _of_risks(
    row: pd.Series, again: Refitted, model: Model, sample: tuple[Any, Design, Any]
) -> EValue | None:
    """Of a linear probability: the risks if everybody were at the level, and if at the reference.

    Of replicates the other variables are held fixed, as `adjusted` has it.
    """
    frame, design, calibration = sample
    variable, matrix, data = str(row["variable"]), again.data.matrix, again.data
    key = data.cells.key(variable)
    w = again.weight
    if variable in matrix.levels:
        levels: list[Any] = [matrix.references[variable], str(row["level"])]
        names = np.asarray([*map(str, key.levels), ""], dtype=object)[key.codes]
        sizes = [float(w[names == level].sum()) for level in levels]
    else:
        levels = [0.0, 1.0]
        own = np.asarray([*key.levels, np.nan], dtype=float)[key.codes]
        if not np.isin(own[data.used], (0, 1)).all():
            return None
        sizes = [float(w[own == level].sum()) for level in levels]
    held: Covariates = "sampled" if design.replicates is None else "fixed"
    means = adjusted(frame, design, model, variable, levels, covariates=held, calibration=calibration)
    control, treated = means.table["estimate"].to_numpy(dtype=float)
    if not (0 < control <= 1 and 0 < treated <= 1):
        return None
    return e_value_of_difference(
        treated,
        control,
        sizes[1] / sum(sizes),
        means.covariance[::-1, ::-1],
        df=float(row["df"]),
        level=model.level,
    )


def _least_squares(again: Refitted) -> LeastSquares:
    data, fit = again.data, again.fit
    scaled, scale = correlations(fit.information)
    residual_sum = float((data.cells.n * data.each) @ np.where(data.used, data.y - again.mean, 0.0) ** 2)
    spread = float((data.cells.n * data.each) @ np.where(data.used, data.y, 0.0) ** 2)
    if residual_sum <= 1e-24 * spread:
        raise EstimationError(
            "the model fits every respondent without error, and nothing is left for a hidden cause",
            where=f"formula {data.formula.outcome} ~ …",
            do="leave out the covariate that is the outcome in other words",
        )
    inverse = np.linalg.inv(scaled) * np.outer(scale, scale)
    return LeastSquares(beta=fit.beta, inverse=inverse, residual_sum=residual_sum)


def _bounds(
    model: Model,
    fit: LeastSquares,
    coefficients: Mapping[str, LinearCoefficient],
    benchmarks: Sequence[str],
    strengths: Sequence[float],
) -> pd.DataFrame:
    variables = model.table.loc[~model.table["reference"], "variable"].tolist()
    rows = []
    for term, coefficient in coefficients.items():
        treatment = model.names.index(term)
        for benchmark in benchmarks:
            places = columns_of(variables, benchmark)
            of_treatment, of_outcome = fit.with_treatment(places, treatment), fit.with_outcome(places)
            for k in strengths:
                limit = bound(k, of_treatment, of_outcome)
                row: list[Any] = [term, benchmark, k, limit.r2_treatment, limit.r2_outcome]
                if limit.flag == "impossible":
                    rows.append([*row, *[np.nan] * len(ADJUSTED), limit.flag])
                    continue
                found = coefficient.adjusted(limit.r2_treatment, limit.r2_outcome, model.level)
                rows.append([*row, *[float(getattr(found, name)) for name in ADJUSTED], limit.flag])
    return pd.DataFrame(rows, columns=[*BOUNDS, *ADJUSTED, "flag"])


def _coefficients(model: Model, term: str) -> pd.DataFrame:
    """The rows of a term: those of a variable, or the one of a coefficient."""
    rows = model.table[~model.table["reference"]]
    found = rows[(rows["variable"] == term) | (rows["term"] == term)]
    if found.empty or term == "(Intercept)":
        known = [name for name in dict.fromkeys(rows["variable"]) if name != "(Intercept)"]
        raise EstimationError(
            f'the model has no term "{term}"',
            where=f"formula {model.formula}",
            do=f"its terms are {', '.join(known)}.{did_you_mean(term, known)}",
        )
    return found


def _require_alone(again: Refitted, variable: str, rows: pd.DataFrame) -> None:
    """Refuse a term whose association is not one number: of an interaction, or of a curve."""
    coefficients = again.data.matrix.coefficients
    own = [c for c in coefficients if c.term == variable]
    names = {name for coefficient in own for name, _ in coefficient.parts}
    others = [c.term for c in coefficients if c.term != variable and names & {n for n, _ in c.parts}]
    if others or len(names) > 1 or any(coefficient.bends for coefficient in own):
        what = f"interaction {others[0]}" if others else "interaction or curve"
        raise EstimationError(
            f'the association of "{variable}" is not one number: the model has it in the {what}',
            where=f"term {variable}",
            do="fit the model without it, or separately in each group, and ask again",
        )


def _require_units(again: Refitted, model: Model, variable: str, contrast: float) -> None:
    """Refuse units of what has none: levels, and the two risks of a linear model of a 0/1 outcome."""
    if contrast == 1:
        return
    levels = variable in again.data.matrix.levels
    if levels or (model.family == "linear" and np.isin(again.data.y[again.data.used], (0, 1)).all()):
        raise UsageError(
            f'"{variable}" has levels, not units, to compare'
            if levels
            else "a linear model of a 0/1 outcome has the E-value of two risks, at 1 and at 0",
            where="contrast",
            do="leave contrast out",
        )


def _benchmarks(model: Model, variable: str, named: Sequence[str] | None) -> list[str]:
    terms = list(dict.fromkeys(model.table["variable"]))
    others = [term for term in terms if term not in ("(Intercept)", variable)]
    if named is None:
        return others
    chosen = [named] if isinstance(named, str) else list(dict.fromkeys(named))
    if unknown := [name for name in chosen if name not in others]:
        raise EstimationError(
            f'the benchmark "{unknown[0]}" is not another term of the model',
            where=f"formula {model.formula}",
            do=f"choose among {', '.join(others) or 'none'}.{did_you_mean(unknown[0], others)}",
        )
    return chosen


def _require_family(model: Model) -> None:
    if model.family not in FAMILIES:
        raise UsageError(
            f"sensitivity to hidden causes is not defined for a {model.family} model",
            where=f"formula {model.formula}",
            do=f'fit a 0/1 outcome with family="logit" or "poisson"; it is there for {", ".join(FAMILIES)}',
        )


def _require_positive(given: Mapping[str, Sequence[float]]) -> None:
    for name, values in given.items():
        if not len(values) or not all(np.isfinite(value) and value > 0 for value in values):
            raise UsageError(
                f"{name} holds no value, or one that is not positive",
                where=name,
                do="give positive numbers such as 1",
            )
