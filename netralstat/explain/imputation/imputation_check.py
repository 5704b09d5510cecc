"""Checks of an imputation: what was missing, drawn answers beside given ones, whether the chains mixed."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.design import Design
from netralstat.estimate.estimates import rounded
from netralstat.explain.imputation.imputations import Imputations
from netralstat.explain.imputation.variables import ModelVariable
from netralstat.frames.rows import row_values

Floats = NDArray[np.float64]

# Gelman and Rubin's bound on the potential scale reduction.
LARGEST_RHAT = 1.2
# Passes that the comparison of chains needs, of which it reads the second half.
FEWEST_PASSES = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImputationCheck:
    """What was missing, and what was drawn in its place.

    Attributes
    ----------
    table : a row a variable (a level, where it has levels): `method`, `n_missing` (asked, without an answer),
        `n_not_asked`, both means over the imputations where these differ; `share_missing` of the population
        asked; `observed` and `imputed`, weighted means (shares of a level), with their standard deviations;
        `difference` in observed standard deviations; `rhat` of the chains; `flag` "not_mixed" where it
        exceeds 1.2, "few_passes" where there are fewer than 4 to compare.
    trace : imputation, pass, variable, level, mean, sd of the drawn answers.
    notes : what the design brought to the models.
    """

    table: pd.DataFrame
    trace: pd.DataFrame
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The tidy table."""
        return self.table.copy()

    def __repr__(self) -> str:
        return "\n".join([rounded(self.table).to_string(index=False), *self._told()])

    def _repr_html_(self) -> str:
        told = "".join(f"<p>{escape(line)}</p>" for line in self._told())
        return rounded(self.table).to_html(index=False, escape=True) + told

    def _told(self) -> list[str]:
        return [f"Note: {note}" for note in self.notes]


def check_imputations(frame: Any, design: Design, imputations: Imputations) -> ImputationCheck:
    """Put drawn answers beside given ones, weighted by the design weight (1 without).

    Notes
    -----
    Of the means x_kt of chain k over the L passes of its second half, W the mean of their variances and B/L
    that of the chains' means: R̂² = (L - 1)/L + B/(L W). Source: Gelman & Rubin (1992); van Buuren (2018),
    section 6.5. That drawn and given answers differ is no fault: who answers may differ from who does not.
    """
    n = len(imputations.variables[0].values)
    w = np.ones(n)
    if design.weight is not None:
        w = row_values(frame, [design.weight], where="weight")[design.weight].values
    parts = [_rows(variable, imputations, w) for variable in imputations.variables]
    return ImputationCheck(
        table=pd.concat(parts, ignore_index=True), trace=imputations.trace, notes=imputations.notes
    )


def _rows(variable: ModelVariable, imputations: Imputations, w: Floats) -> pd.DataFrame:
    """The rows of one variable."""
    missing = np.flatnonzero(variable.missing)
    found = imputations.drawn[variable.name]
    numbers = variable.method == "linear"
    drawn = found.astype(np.float64) if numbers else variable.values[found.astype(np.int64)]
    weight = np.broadcast_to(w[missing], drawn.shape)
    asked = ~np.isnan(drawn)
    answered = float(w[~variable.missing].sum())
    lacking = float((weight * asked).sum() / len(drawn))
    observed, observed_sd = _moments(variable, variable.values[None, :], w[None, :])
    imputed, imputed_sd = _moments(variable, drawn, weight)
    rhat, few = _rhat(variable, imputations)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = (imputed - observed) / observed_sd
    flag = np.where(rhat > LARGEST_RHAT, "not_mixed", "few_passes" if few else "")
    return pd.DataFrame(
        {
            "variable": variable.name,
            "level": [str(level) for level in variable.levels] or [""],
            "method": variable.method,
            "n_missing": asked.sum() / len(drawn),
            "n_not_asked": (~asked).sum() / len(drawn),
            "share_missing": lacking / (answered + lacking),
            "observed": observed,
            "observed_sd": observed_sd,
            "imputed": imputed,
            "imputed_sd": imputed_sd,
            "difference": difference,
            "rhat": rhat,
            "flag": flag if len(missing) else "complete",
        }
    )


def _moments(variable: ModelVariable, values: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Weighted mean and standard deviation of answers (m, r), of each level's indicator, averaged over m."""
    known = ~np.isnan(values)
    if not known.any():
        nothing = np.full(max(len(variable.levels), 1), np.nan)
        return nothing, nothing
    size = (w * known).sum(axis=1)
    held = [values == place for place in range(len(variable.levels))] or [np.nan_to_num(values)]
    means = np.array([(w * known * one).sum(axis=1) / size for one in held])
    squares = np.array(
        [
            (w * known * (one - mean[:, None]) ** 2).sum(axis=1) / size
            for one, mean in zip(held, means, strict=True)
        ]
    )
    return means.mean(axis=1), np.sqrt(squares.mean(axis=1))


def _rhat(variable: ModelVariable, imputations: Imputations) -> tuple[Floats, bool]:
    """Gelman and Rubin's R̂ of each level, and whether there are too few passes to have one."""
    n_levels = max(len(variable.levels), 1)
    own = imputations.trace[imputations.trace["variable"] == variable.name]
    means = own["mean"].to_numpy(dtype=float).reshape(imputations.n, imputations.passes, n_levels)
    if imputations.passes < FEWEST_PASSES:
        return np.full(n_levels, np.nan), True
    last = means[:, imputations.passes // 2 :]
    length = last.shape[1]
    within, between = last.var(axis=1, ddof=1).mean(axis=0), last.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(between > 0, between / within, 0.0)
    return np.sqrt((length - 1) / length + ratio), False
