"""The table of a model: a row for each coefficient and for each reference level."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from netralstat.design.cells import Cells
from netralstat.design.crossing import Patterns
from netralstat.explain.curves import Bend
from netralstat.explain.families import BINARY
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
    "negative_binomial": ("rate_ratio", "rr_low", "rr_high"),
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

    `used` (n_cells,) marks the cells of the model. The column `n` counts their respondents who have the level
    of the row (all levels of a product), and, of a binary outcome, `n_yes` those among them who have it.
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
        rows.loc[[c.bends for c in matrix.coefficients], [prefix, *bounds]] = np.nan
    counted = {"n": cells.n}
    if family in BINARY:
        outcome = cells.key(formula.outcome)
        counted["n_yes"] = cells.n * np.asarray([*outcome.levels, 0.0], dtype=float)[outcome.codes]
    counts = {name: _by_level(matrix, cells, np.where(used, each, 0.0)) for name, each in counted.items()}
    for name, by_level in counts.items():
        rows[name] = [by_level[c.term, c.level] for c in matrix.coefficients]
    return _with_references(rows, matrix, counts, family)


def _by_level(matrix: ModelMatrix, cells: Cells | Patterns, persons: Floats) -> dict[tuple[str, str], float]:
    """Persons whom each coefficient, and each reference level, is about: of a number, everybody."""
    counts: dict[tuple[str, str], float] = {}
    for name, levels in matrix.levels.items():
        key = cells.key(name)
        of_level = np.bincount(key.codes + 1, weights=persons, minlength=len(key.levels) + 1)[1:]
        found = {str(level): float(of_level[code]) for code, level in enumerate(key.levels)}
        counts |= {(name, level): found[level] for level in levels}
    everybody = float(persons.sum())
    for coefficient in matrix.coefficients:
        place = (coefficient.term, coefficient.level)
        if place not in counts:
            inside = _has_levels(coefficient, matrix, cells)
            counts[place] = everybody if inside is None else float(persons[inside].sum())
    return counts


def _has_levels(
    coefficient: Coefficient, matrix: ModelMatrix, cells: Cells | Patterns
) -> NDArray[np.bool_] | None:
    """Cells with all the levels that a coefficient of a product is about; None where it has none."""
    inside = None
    for name, level in coefficient.parts:
        if name in matrix.levels and level is not None and not isinstance(level, Bend):
            key = cells.key(name)
            here = key.codes == key.levels.index(level)
            inside = here if inside is None else inside & here
    return inside


def _with_references(
    rows: pd.DataFrame,
    matrix: ModelMatrix,
    counts: Mapping[str, Mapping[tuple[str, str], float]],
    family: str,
) -> pd.DataFrame:
    """Put each factor's reference level above its other levels: coefficient 0, ratio 1."""
    variables = [str(variable) for variable in dict.fromkeys(rows["variable"])]
    above: list[dict[str, object]] = []
    for variable in variables:
        reference = matrix.references.get(variable)
        if reference is not None:
            first: dict[str, object] = {"term": f"{variable}[{reference}]", "variable": variable}
            first |= {"level": reference, "estimate": 0.0, "reference": True}
            first |= {name: by_level[variable, reference] for name, by_level in counts.items()}
            if family in RATIOS:
                first[RATIOS[family][0]] = 1.0
            above.append(first)
    if not above:
        return rows
    references = pd.DataFrame(above, columns=rows.columns).astype(rows.dtypes.to_dict())
    together = pd.concat([references, rows], ignore_index=True)
    places = together["variable"].map(variables.index).to_numpy()
    return together.iloc[np.argsort(places, kind="stable")].reset_index(drop=True)
