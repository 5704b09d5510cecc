"""The table of a model: a row for each coefficient and for each reference level."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.design.cells import Cells
from netralstat.design.crossing import Patterns
from netralstat.explain.formula import Formula
from netralstat.explain.terms import Coefficient, ModelMatrix

Floats = NDArray[np.float64]

# What exponentiated coefficients are, where they are something: column, and its limits.
ODDS = ("odds_ratio", "or_low", "or_high")
RATIOS = {
    "logit": ODDS,
    "ordered_logit": ODDS,
    "multinomial": ODDS,
    "poisson": ("prevalence_ratio", "pr_low", "pr_high"),
}


def coefficient_name(coefficient: Coefficient) -> str:
    """The name that a coefficient bears: its term, and its level in brackets."""
    return f"{coefficient.term}[{coefficient.level}]" if coefficient.level else coefficient.term


def coefficient_table(
    formula: Formula,
    matrix: ModelMatrix,
    cells: Cells | Patterns,
    used: NDArray[np.bool_],
    beta: Floats,
    v: Floats,
    df: Floats | int,
    level: float,
    family: str,
) -> pd.DataFrame:
    """The tidy table of a fit with coefficients `beta` (p,), covariance `v` (p, p) and `df`, one or (p,).

    `used` (n_cells,) marks the cells of the model, whose respondents the column `n` counts by level.
    """
    std_error = np.sqrt(np.diag(v))
    statistic = beta / std_error
    reach = -special.stdtrit(df, (1 - level) / 2) * std_error
    rows = pd.DataFrame(
        {
            "term": [coefficient_name(c) for c in matrix.coefficients],
            "variable": [c.term for c in matrix.coefficients],
            "level": [c.level for c in matrix.coefficients],
            "estimate": beta,
            "std_error": std_error,
            "statistic": statistic,
            "df": np.full(len(beta), df, dtype=float) if isinstance(df, int) else df,
            "p_value": 2 * special.stdtr(df, -np.abs(statistic)),
            "conf_low": beta - reach,
            "conf_high": beta + reach,
            "reference": False,
        }
    )
    if family in RATIOS:
        prefix, *bounds = RATIOS[family]
        with np.errstate(over="ignore"):  # a coefficient without bounds has an infinite ratio
            rows[prefix] = np.exp(rows["estimate"])
            rows[bounds[0]], rows[bounds[1]] = np.exp(rows["conf_low"]), np.exp(rows["conf_high"])
    n_used = float(cells.n[used].sum())
    counts = _level_counts(matrix, cells, used)
    rows["n"] = [counts.get((c.term, c.level), n_used) for c in matrix.coefficients]
    return _with_references(rows, matrix, counts, family)


def _level_counts(
    matrix: ModelMatrix, cells: Cells | Patterns, used: NDArray[np.bool_]
) -> dict[tuple[str, str], float]:
    counts = {}
    for name in matrix.levels:
        key = cells.key(name)
        for code, level in enumerate(key.levels):
            counts[(name, str(level))] = float(cells.n[used & (key.codes == code)].sum())
    return counts


def _with_references(
    rows: pd.DataFrame, matrix: ModelMatrix, counts: Mapping[tuple[str, str], float], family: str
) -> pd.DataFrame:
    """Put each factor's reference level above its other levels: coefficient 0, ratio 1."""
    parts = []
    for variable, block in rows.groupby("variable", sort=False):
        reference = matrix.references.get(str(variable))
        if reference is not None:
            first: dict[str, object] = dict.fromkeys(rows.columns, np.nan)
            first |= {"term": f"{variable}[{reference}]", "variable": variable, "level": reference}
            first |= {"estimate": 0.0, "reference": True, "n": counts[(str(variable), reference)]}
            if family in RATIOS:
                first[RATIOS[family][0]] = 1.0
            parts.append(pd.DataFrame([first])[list(rows.columns)].astype(rows.dtypes.to_dict()))
        parts.append(block)
    return pd.concat(parts, ignore_index=True)
