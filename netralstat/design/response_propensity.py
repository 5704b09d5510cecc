"""Response propensity: the chance that a person selected responds, by a weighted logit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.calibration.multipliers import independent_columns
from netralstat.errors import DesignError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

MAX_PASSES = 50
TOLERANCE = 1e-12
# A fitted logit beyond ±25 is a chance within 1e-11 of 0 or 1: the likelihood has no maximum.
SEPARATED = 25.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Propensity:
    """`propensity` (n,) of each person of the sample file, in (0, 1), and the `coefficients` by name.

    `auc` is the share of pairs of a respondent and a nonrespondent that the model puts in order, weighted:
    0.5 says that the covariates tell nothing, near 1 that the weights will vary much.
    """

    propensity: Floats
    coefficients: pd.Series[float]
    auc: float
    passes: int


def fit_propensity(
    sample: pd.DataFrame, covariates: Sequence[str], w: Floats, answered: NDArray[np.bool_]
) -> Propensity:
    """Fit logit p = x'β to who responded, by weighted maximum likelihood on patterns of the covariates.

    Parameters
    ----------
    sample : one row a person; `covariates` its columns: numbers as they are, others a 0/1 column for each
        level but the first.
    w, answered : weight and response of each person, shape (n,).

    Raises
    ------
    DesignError
        Everybody responded, covariates determine each other, or they separate who responded from who did
        not.

    Notes
    -----
    Σ w_i x_i (r_i - p_i) = 0 by Newton's method.  Docs: methods.md "Nonresponse".
    """
    if answered.all():
        raise DesignError(
            f"all {len(answered):,} persons selected responded",
            where="nonresponse",
            do="nothing needs to be adjusted",
        )
    grouped = sample[list(covariates)].groupby(list(covariates), sort=True, observed=True)
    code = grouped.ngroup().to_numpy()
    first = np.unique(code, return_index=True)[1]
    x, names = _model_matrix(sample.iloc[first], sample, covariates)
    total = np.bincount(code, weights=w).astype(float)
    yes = np.bincount(code, weights=w * answered).astype(float)
    scale = np.abs(x).max(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    _require_independent(x / scale, total, names)
    beta, passes = _newton(x / scale, total, yes)
    chance = 1 / (1 + np.exp(-(x / scale) @ beta))
    return Propensity(
        propensity=chance[code],
        coefficients=pd.Series(beta / scale, index=names),
        auc=_concordance(chance, yes, total - yes),
        passes=passes,
    )


def _model_matrix(
    patterns: pd.DataFrame, sample: pd.DataFrame, covariates: Sequence[str]
) -> tuple[Floats, list[str]]:
    """Intercept, numbers, and a 0/1 column for each further level of the other covariates."""
    columns, names = [np.ones(len(patterns))], ["(intercept)"]
    for covariate in covariates:
        values = patterns[covariate]
        if pd.api.types.is_numeric_dtype(values):
            columns.append(values.to_numpy(dtype=float))
            names.append(covariate)
            continue
        levels = pd.Categorical(sample[covariate]).remove_unused_categories().categories
        for level in levels[1:]:
            columns.append((values == level).to_numpy(dtype=float))
            names.append(f"{covariate}: {level}")
    x = np.column_stack(columns)
    infinite = ~np.isfinite(x).all(axis=0)
    if infinite.any():
        raise DesignError(
            f'covariate "{names[int(np.argmax(infinite))]}" has infinite values',
            where="nonresponse, covariates",
            do="correct them",
        )
    return x, names


def _require_independent(x: Floats, total: Floats, names: list[str]) -> None:
    kept = independent_columns((x * total[:, None]).T @ x)
    extra = [names[j] for j in sorted(set(range(len(names))) - set(kept.tolist()))]
    if extra:
        raise DesignError(
            f"{len(extra)} coefficients are determined by the others ({', '.join(extra[:5])})",
            where="nonresponse, covariates",
            do="leave out a covariate that does not vary, or that others determine",
        )


def _newton(x: Floats, total: Floats, yes: Floats) -> tuple[Floats, int]:
    """Maximise Σ yes·η - total·log(1 + e^η) over β, η = xβ, halving steps that go down."""

    def likelihood(beta: Floats) -> float:
        eta = x @ beta
        return float(yes @ eta - total @ np.logaddexp(0, eta))

    beta = np.zeros(x.shape[1])
    value = likelihood(beta)
    for passed in range(1, MAX_PASSES + 1):
        eta = x @ beta
        if np.abs(eta).max() > SEPARATED:
            break
        chance = 1 / (1 + np.exp(-eta))
        information = (x * (total * chance * (1 - chance))[:, None]).T @ x
        try:
            step = np.linalg.solve(information, x.T @ (yes - total * chance))
        except np.linalg.LinAlgError:  # chances of 0 and 1 leave no information
            break
        size = 1.0
        while (tried := likelihood(beta + size * step)) < value - 1e-12 * abs(value) and size > 1e-9:
            size /= 2
        beta, value = beta + size * step, tried
        if np.abs(x @ step).max() < TOLERANCE:
            return beta, passed
    raise DesignError(
        "the covariates separate who responded from who did not: some levels always, or never, respond",
        where="nonresponse, covariates",
        do="merge those levels with others, or leave the covariate out",
    )


def _concordance(chance: Floats, yes: Floats, no: Floats) -> float:
    """Area under the curve: weighted share of pairs in order, ties counting half."""
    order = np.argsort(chance)
    distinct, code = np.unique(chance[order], return_inverse=True)
    y = np.bincount(code.reshape(-1), weights=yes[order], minlength=len(distinct))
    n = np.bincount(code.reshape(-1), weights=no[order], minlength=len(distinct))
    below = np.cumsum(n) - n
    return float(y @ (below + n / 2) / (yes.sum() * no.sum()))
