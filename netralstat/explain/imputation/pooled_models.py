"""Models of completed data pooled: coefficients with Rubin's variance, and what missing answers cost each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.errors import EstimationError
from netralstat.explain.coefficients import RATIOS
from netralstat.explain.imputation.rubin import Pooled, average, joint_test, pool
from netralstat.explain.negative_binomial import DISPERSION
from netralstat.explain.regression import SINGULAR, Model

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PooledModel(Model):
    """A model pooled over imputations; `covariance` is Rubin's T, `df` that of complete data.

    Its table has Barnard and Rubin's `df` and three columns more: `fmi`, the fraction of missing information,
    `increase`, by how much (as a share) the missing answers raise the variance, and `simulation_error`, the
    standard error of the estimate over other draws of as many imputations.

    Attributes
    ----------
    within, between : ndarray, shape (p, p), U and B in the order of `names`.
    m : imputations. notes : what the imputation models did not know, in words.
    """

    within: Floats
    between: Floats
    m: int
    notes: tuple[str, ...] = ()
    pooled: Pooled = field(repr=False)

    def _tested(self, rows: NDArray[np.int64], named: str) -> tuple[float, int, float, float]:
        """D₁ of Li, Raghunathan and Rubin with Reiter's df; of one coefficient its t test, squared."""
        b, block = self.pooled.estimate[rows], np.ix_(rows, rows)
        if len(rows) == 1:
            statistic, df = float(b[0] ** 2 / self.covariance[block][0, 0]), float(self.pooled.df[rows[0]])
            return statistic, 1, df, float(special.fdtrc(1, df, statistic))
        u = self.within[block]
        scale = 1 / np.sqrt(np.diag(u))
        if np.linalg.eigvalsh(u * np.outer(scale, scale))[0] < SINGULAR:
            raise EstimationError(
                f"the {len(rows)} coefficients of {named} have a covariance that does not tell them apart",
                where=f"formula {self.formula}",
                do="test fewer: no more of them than the design has degrees of freedom",
            )
        where = f"formula {self.formula}, term {named}"
        return joint_test(b, u, self.between[block], self.m, float(self.df), where)

    def _headline(self) -> str:
        told = "".join(f"\nNote: {note}" for note in self.notes)
        return f"{Model._headline(self)}, {self.m} imputations; associations, not effects{told}"

    def _shown(self) -> pd.DataFrame:
        shown = Model._shown(self)
        return shown.assign(fmi=[f"{x:.2f}" if x == x else "" for x in self.table["fmi"]])


def pooled_model(models: Sequence[Model], notes: tuple[str, ...] = ()) -> PooledModel:
    """Pool the fits of one model to completed data sets.

    Parameters
    ----------
    models : at least two, of the same formula and family. notes : kept in the result.

    Raises
    ------
    EstimationError
        The models have other coefficients, such as a level that some imputations lack.
    """
    first = models[0]
    for k, model in enumerate(models):
        if model.names != first.names or model.formula != first.formula or model.family != first.family:
            raise EstimationError(
                f"imputation {k + 1} has other coefficients than the first ({len(model.names)} and "
                f"{len(first.names)})",
                where=f"formula {first.formula}",
                do="merge levels that few respondents have, or impute with other predictors",
            )
    rows = ~first.table["reference"].to_numpy(dtype=bool)
    tables = [model.table for model in models]
    df = np.array([table.loc[rows, "df"].to_numpy(dtype=float) for table in tables])
    pooled = pool(
        np.array([table.loc[rows, "estimate"].to_numpy(dtype=float) for table in tables]),
        np.array([model.covariance for model in models]),
        df,
    )
    given = {one.name: getattr(first, one.name) for one in fields(Model)}
    given |= {
        "table": _table(first, tables, rows, pooled),
        "covariance": pooled.total,
        "provenance": {**first.provenance, **_dispersion(first, pooled), "imputations": len(models)},
        "n": round(float(np.mean([model.n for model in models]))),
        "n_incomplete": round(float(np.mean([model.n_incomplete for model in models]))),
    }
    return PooledModel(
        **given, within=pooled.within, between=pooled.between, m=len(models), notes=notes, pooled=pooled
    )


def _dispersion(first: Model, pooled: Pooled) -> dict[str, float]:
    """α and θ of a negative binomial model, from the pooled logarithm of α."""
    if DISPERSION not in first.names:
        return {}
    alpha = float(np.exp(pooled.estimate[first.names.index(DISPERSION)]))
    return {"alpha": alpha, "theta": 1 / alpha}


def _table(
    first: Model, tables: Sequence[pd.DataFrame], rows: NDArray[np.bool_], pooled: Pooled
) -> pd.DataFrame:
    """The table of the first imputation with pooled numbers in it, in the order of its rows."""
    table = first.table.copy()
    for count in [column for column in ("n", "n_yes") if column in table]:
        table[count] = average(np.array([one[count].to_numpy(dtype=float) for one in tables]))
    if pooled.varies:
        reach = -special.stdtrit(pooled.df, (1 - first.level) / 2) * pooled.std_error
        statistic = np.where(np.isin(first.names, DISPERSION), np.nan, pooled.estimate / pooled.std_error)
        numbers: Mapping[str, Any] = {
            "estimate": pooled.estimate,
            "std_error": pooled.std_error,
            "statistic": statistic,
            "df": pooled.df,
            "p_value": 2 * special.stdtr(pooled.df, -np.abs(statistic)),
            "conf_low": pooled.estimate - reach,
            "conf_high": pooled.estimate + reach,
        }
        for column, values in numbers.items():
            table.loc[rows, column] = values
        if first.family in RATIOS:
            ratios = dict(zip(RATIOS[first.family], ("estimate", "conf_low", "conf_high"), strict=True))
            for ratio, column in ratios.items():
                if ratio in table:
                    known = rows & table[ratio].notna().to_numpy()
                    with np.errstate(over="ignore"):
                        table.loc[known, ratio] = np.exp(table.loc[known, column].to_numpy(dtype=float))
    for column, values in (
        ("fmi", pooled.fmi),
        ("increase", pooled.increase),
        ("simulation_error", pooled.simulation_error),
    ):
        table[column] = np.nan
        table.loc[rows, column] = values
    return table
