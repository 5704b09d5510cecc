"""Penalised logit: Firth's estimates, finite where an outcome is separated, with the design's covariance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

from netralstat.design.calibration.calibration import Calibration
from netralstat.design.design import Design
from netralstat.design.variance import Covariance
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.explain.coefficients import coefficient_name, coefficient_table
from netralstat.explain.fitting import TOLERANCE, Fit, fitted
from netralstat.explain.model_data import ModelData, model_data, require_respondents
from netralstat.explain.normal_equations import gram
from netralstat.explain.regression import Model, require_df, require_level, require_outcome
from netralstat.explain.replicate_fits import covariance_of_refits
from netralstat.explain.respondents import require_numbers
from netralstat.explain.separation import infinite_terms, separation

Floats = NDArray[np.float64]
Penalty = Literal["firth"]

MAX_PASSES = 500
MAX_HALVINGS = 40
# The fit ends with the step that is shorter than this, in standard errors of a sample of persons.
SETTLED = 1e-10
# Rounding of a sum of log-likelihoods, relative to it.
ROUNDING = 1e-12
# Share of its full weight below which a pattern has none in a replicate: PSUs left out leave it by rounding.
ROUNDED = 1e-9
# Elements of the largest array of a block of patterns.
BLOCK = 4_000_000
SEPARATED = "separated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalised:
    """β (p,) where the penalised likelihood is largest, and the information X'WX (p, p) there."""

    beta: Floats
    information: Floats
    passes: int


def penalised_model(
    frame: Any,
    design: Design,
    formula: str,
    *,
    level: float = 0.95,
    calibration: Calibration | None = None,
) -> Model:
    """Which covariates go with a 0/1 outcome that is rare, or that some level never or always has.

    Parameters
    ----------
    frame : one row a respondent. `formula` : as for `regress`.
    level : confidence level of the intervals, t with the residual df.

    Returns
    -------
    Model
        A logit whose column `flag` is "separated" where the coefficient is finite by the penalty alone.

    Raises
    ------
    UsageError
        The formula cannot be read.
    EstimationError
        The outcome is not 0/1 or does not vary, terms are collinear.

    Formula      Σ w̃ x (y - μ) + Σ h x (½ - μ) = 0, w̃ of mean one, h_i = w̃ v x'(X'WX)⁻¹x;
                 u the derivative of β by the weight     (methods.md "Penalised logit")
    Source       Firth (1993); Heinze & Schemper (2002). Twins: brglm2::brglmFit(type = "AS_mean"); logistf.
    """
    require_level(level)
    where = f"formula {formula}"
    data = model_data(frame, design, formula, calibration)
    require_numbers(data.formula.outcome, data.numeric, where)
    require_outcome(data.formula, "logit", data.y[data.used])
    require_respondents(data)
    fit, scale = _fit(data, where)
    result, terms = _covariance(data, design, fit, scale, where)
    p = len(fit.beta)
    df = result.df - p + 1
    require_df(df, p, result.df, where)
    table = coefficient_table(
        data.formula, data.matrix, data.cells, data.used, fit.beta, result.matrix, df, level, "logit"
    )
    table["flag"] = np.where(table["term"].isin(terms), SEPARATED, "")
    return Model(
        outcome=data.formula.outcome,
        formula=formula,
        family="logit",
        table=table,
        names=tuple(coefficient_name(coefficient) for coefficient in data.matrix.coefficients),
        covariance=result.matrix,
        n=data.n,
        n_incomplete=data.n_incomplete,
        df=df,
        level=level,
        passes=fit.passes,
        tolerance=SETTLED,
        empty_levels=data.empty_levels,
        provenance={
            "calibration": calibration.method if calibration is not None else "none",
            "penalty": "firth",
            **({SEPARATED: tuple(terms)} if terms else {}),
            **({"replicates": dict(result.replicates)} if result.replicates is not None else {}),
        },
    )


def require_penalty(penalty: str, family: str, tolerance: float, few_clusters: Any) -> None:
    """Refuse a penalty that is not known, and what it does not go with."""
    if penalty != "firth":
        raise UsageError(
            f'penalty = "{penalty}" is not known',
            where="penalty",
            do=f'write penalty="firth", or leave it out.{did_you_mean(penalty, ["firth"])}',
        )
    if family != "logit":
        raise UsageError(
            f'penalty = "firth" is for family = "logit", not for "{family}"',
            where="penalty",
            do='ask of a 0/1 indicator with family="logit", or leave penalty out',
        )
    if few_clusters is not None:
        raise UsageError(
            'few_clusters= is not offered beside penalty = "firth"',
            where="few_clusters",
            do="leave one of the two out",
        )
    if tolerance != TOLERANCE:
        raise UsageError(
            'tolerance= is not used beside penalty = "firth": the model is fitted to its maximum',
            where="tolerance",
            do="leave it out",
        )


def firth(
    x: Floats, y: Floats, w: Floats, offset: Floats, where: str, start: Floats | None = None
) -> Penalised:
    """Maximise Σ w ℓ(β) + ½ log|X'WX| over patterns of answers, W = w μ(1 - μ).

    Each step solves Σ (w + h) μ(1 - μ) xx' for the score, as if the penalty were half an answer of each kind
    shared out by h: exact in a saturated model. It is halved until the penalised likelihood does not fall.

    Parameters
    ----------
    x : (m, p). y, w, offset : (m,), w Σ of the weights of the pattern, of mean one over respondents.
    where : what an error names. start : (p,), zeros if None.

    Raises
    ------
    EstimationError
        Some coefficient is determined by others, or the fit does not settle.
    """
    beta = np.zeros(x.shape[1]) if start is None else start
    value, information = _value(x, y, w, offset, beta, where)
    for passed in range(1, MAX_PASSES + 1):
        mu = special.expit(x @ beta + offset)
        v = mu * special.expit(-(x @ beta + offset))
        h = w * v * _lengths(x, np.linalg.inv(information))
        gradient = (w * (y - mu) + h * (0.5 - mu)) @ x
        step = np.linalg.solve(gram(x, (w + h) * v), gradient)
        last = float(gradient @ step) <= SETTLED**2
        for halved in range(MAX_HALVINGS):
            moved = beta + step / 2.0**halved
            found, information = _value(x, y, w, offset, moved, where)
            if last or found >= value - ROUNDING * abs(value):
                break
        else:
            break
        beta, value = moved, found
        if last:
            return Penalised(beta=beta, information=information, passes=passed)
    raise EstimationError(
        f"the penalised model did not settle in {passed} passes (log-likelihood {value:.6g})",
        where=where,
        do="look for covariates of very large values and scale them",
    )


def per_weight(x: Floats, y: Floats, w: Floats, offset: Floats, fit: Penalised) -> Floats:
    """∂β/∂w of each pattern per unit of its weight, shape (m, p): the influence on penalised coefficients.

    Formula      J⁻¹ [x(y - μ) + v x'Kx (½ - μ) x - v T(Kx, Kx)],  K = (X'WX)⁻¹,  T = Σ w v (½ - μ) x⊗x⊗x,
                 J = Σ (w + h) v xx' - 2 Σ h (½ - μ)² xx' + 2 T(K, K)T     (methods.md "Penalised logit")
    """
    p = len(fit.beta)
    eta = x @ fit.beta + offset
    mu, v = special.expit(eta), special.expit(eta) * special.expit(-eta)
    inverse = np.linalg.inv(fit.information)
    length = _lengths(x, inverse)
    h, half = w * v * length, 0.5 - mu
    third = np.zeros((p * p, p))
    for rows, pairs in _pairs(x):
        third += pairs.T @ (x[rows] * (w * v * half)[rows, None])
    turned = x @ inverse
    score = x * ((y - mu) + v * length * half)[:, None]
    for rows, pairs in _pairs(turned):
        score[rows] -= v[rows, None] * (pairs @ third)
    bent = np.einsum("ac,cdr,db->abr", inverse, third.reshape(p, p, p), inverse).reshape(p * p, p)
    jacobian = gram(x, (w + h) * v) - 2 * gram(x, h * half**2) + 2 * third.T @ bent
    return np.asarray(np.linalg.solve(jacobian, score.T).T)


def penalised_fit(data: ModelData, where: str) -> tuple[Fit, Floats]:
    """The fit as that of an unpenalised model, and the influence per unit of weight, shape (n_cells, p)."""
    fit, scale = _fit(data, where)
    x, y, w, offset = _in_use(data, scale)
    influence, residual, working = np.zeros_like(data.x), np.zeros(len(data.used)), np.zeros(len(data.used))
    influence[data.used] = per_weight(x, y, w, offset, fit) / scale
    mu = special.expit(x @ fit.beta + offset)
    residual[data.used], working[data.used] = y - mu, mu * (1 - mu)
    information = fit.information * scale / data.mean_weight
    made = Fit(beta=fit.beta, information=information, residual=residual, working=working, passes=fit.passes)
    return made, influence


def _fit(data: ModelData, where: str) -> tuple[Penalised, float]:
    """The fit, and the mean weight of the respondents of the model, by which weights are divided."""
    scale = float(data.w[data.used].sum() / data.cells.n[data.used].sum())
    return firth(*_in_use(data, scale), where), scale


def _in_use(data: ModelData, scale: float) -> tuple[Floats, Floats, Floats, Floats]:
    offset = np.zeros(len(data.used)) if data.offset is None else data.offset
    used = data.used
    return data.x[used], data.y[used], data.w[used] / scale, offset[used]


def _covariance(
    data: ModelData, design: Design, fit: Penalised, scale: float, where: str
) -> tuple[Covariance, list[str]]:
    """Covariance of the coefficients, and the terms that separate the outcome.

    Under separation the sample varies too little along some coefficients: no design effect counts less than
    one then.
    """
    x, y, w, offset = _in_use(data, scale)
    if design.replicates is None:
        influence = np.zeros_like(data.x)
        influence[data.used] = per_weight(x, y, w, offset, fit) / scale
        result = replace(data.covariance(influence), df=data.df())
    else:
        shift = np.zeros(len(data.used)) if data.offset is None else data.offset

        def refit(rows: NDArray[np.int64], of_rows: Floats, replicate: int) -> Floats:
            there = of_rows > ROUNDED * data.w[rows]
            kept, told = rows[there], f"{where}, replicate {replicate + 1:,}"
            return firth(
                data.x[kept], data.y[kept], of_rows[there] / scale, shift[kept], told, start=fit.beta
            ).beta

        result = covariance_of_refits(data.respondents, data.used, fit.beta, refit)
    terms = _separating(data, where)
    return (replace(result, matrix=_at_least(result.matrix, fit.information)) if terms else result), terms


def _separating(data: ModelData, where: str) -> list[str]:
    """Coefficients without a finite estimate but for the penalty; asked only where the plain fit fails."""
    try:
        fitted(data.x, data.y, data.each, data.cells.n, data.used, "logit", TOLERANCE, where, data.offset)
    except EstimationError:
        found = separation(data, "logit")
        return infinite_terms(found, data, "logit") if found is not None else []
    return []


def _at_least(v: Floats, information: Floats) -> Floats:
    """V with each of its generalised design effects, the eigenvalues of V·X'WX, at least one.

    Source: Rao & Scott (1984) for the design effects; Heinze & Schemper (2002) for (X'WX)⁻¹.
    """
    effects, vectors = linalg.eigh(v, np.linalg.inv(information))
    raised = np.linalg.inv(vectors)  # V = raised' diag(effects) raised
    return np.asarray((raised.T * np.maximum(effects, 1.0)) @ raised)


def _value(x: Floats, y: Floats, w: Floats, offset: Floats, beta: Floats, where: str) -> tuple[float, Floats]:
    """The penalised log-likelihood and the information, where it is positive definite."""
    eta = x @ beta + offset
    information = gram(x, w * special.expit(eta) * special.expit(-eta))
    sign, log_determinant = np.linalg.slogdet(information)
    if sign <= 0 or not np.isfinite(log_determinant):
        raise EstimationError(
            "the respondents do not determine every coefficient",
            where=where,
            do="merge levels that few respondents, or few PSUs, have",
        )
    likelihood = float(w @ (y * eta - np.logaddexp(0.0, eta)))
    return likelihood + log_determinant / 2, information


def _lengths(x: Floats, inverse: NDArray[Any]) -> Floats:
    """Of each pattern x'Kx, shape (m,)."""
    return np.asarray(np.einsum("ij,ij->i", x @ inverse, x))


def _pairs(x: Floats) -> Iterator[tuple[slice, Floats]]:
    """Products of each two columns, shape (rows, p²), a block of rows at a time."""
    p = x.shape[1]
    rows = max(BLOCK // (p * p), 1)
    for start in range(0, len(x), rows):
        block = slice(start, min(start + rows, len(x)))
        yield block, (x[block, :, None] * x[block, None, :]).reshape(-1, p * p)
