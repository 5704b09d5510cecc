"""Imputations: what was missing, drawn several times over, and how the draws were made."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.design.design import Design
from netralstat.errors import EstimationError, UsageError, did_you_mean
from netralstat.explain.imputation.chained_equations import Chain, chain
from netralstat.explain.imputation.draws import Draws
from netralstat.explain.imputation.systems import Setup, system_of
from netralstat.explain.imputation.variables import Asked, Method, ModelVariable
from netralstat.frames import require_columns
from netralstat.frames.rows import with_values

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

# Numbers that drawn answers of all imputations may take together, and the columns of the models: 0.8 GB each.
MOST_NUMBERS = 100_000_000
# Chains that run at once, each with columns of its own; their draws do not depend on it.
MOST_THREADS = 8
# Numbers in the columns of the models from which on a second thread saves time.
WORTH_A_THREAD = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Imputations:
    """Drawn answers of `n` imputations, and what they were drawn from.

    `drawn` has for each variable by imputation and missing row, (n, n_missing), the row whose answer is
    taken, or the number drawn. `modelled` are the columns that the models know; `notes` say what the design
    brought and what was left out. `trace` has a row an imputation, pass, variable and level.
    """

    variables: tuple[ModelVariable, ...]
    predictors: tuple[str, ...]
    modelled: frozenset[str]
    drawn: Mapping[str, Rows | Floats]
    trace: pd.DataFrame
    notes: tuple[str, ...]
    n: int
    passes: int
    seed: int
    donors: int

    def completed(self, frame: Any, k: int) -> Any:
        """The frame with the answers of imputation `k` (from 0) in the places of missing ones."""
        taken: dict[str, Rows] = {}
        numbers: dict[str, Floats] = {}
        for variable in self.variables:
            missing = np.flatnonzero(variable.missing)
            found = self.drawn[variable.name][k]
            if variable.method == "linear":
                values = variable.values.copy()
                values[missing] = found
                numbers[variable.name] = values
            elif len(missing):
                rows = np.arange(len(variable.values))
                rows[missing] = found
                taken[variable.name] = rows
        return with_values(frame, taken, numbers)


def impute(
    frame: Any,
    design: Design,
    variables: Sequence[str],
    predictors: Sequence[str] = (),
    *,
    n: int = 20,
    passes: int = 10,
    seed: int,
    methods: Mapping[str, Method] | None = None,
    where: Mapping[str, Asked] | None = None,
    donors: int = 5,
) -> Imputations:
    """Draw missing answers of several variables by chained equations.

    Parameters
    ----------
    frame : pandas or polars DataFrame, one row a respondent. design : whose weight and strata are predictors.
    variables : columns to be imputed; each is a predictor of the others. predictors : columns without a
        missing answer.
    n : imputations. passes : visits of each variable before its draw is kept. seed : what draws start from.
    methods : variable -> "pmm", "linear", "logit" or "multinomial"; by its kind where it is not named.
    where : variable -> who was asked it: a 0/1 column, or item -> level or levels that lead to it. The others
        stay without an answer.
    donors : nearest respondents among whom "pmm" takes one.

    Raises
    ------
    UsageError
        An argument is out of its range, a variable is named twice or belongs to the design.
    DesignError
        There is no such column.
    EstimationError
        Nothing, or everything, is missing; a predictor is missing and not imputed; too few answers, too many
        levels, collinear predictors, more numbers than memory is planned for.

    Notes
    -----
    θ* ~ p(θ | y_obs, x), y* ~ p(y | x, θ*), variable by variable; formulas in methods.md
    "Multiple imputation". Source: van Buuren & Groothuis-Oudshoorn (2011); Rubin (1987). Twin: mice::mice.
    """
    _require_arguments(variables, predictors, n, passes, seed, donors)
    chosen = dict(methods or {})
    for argument, named in (("methods", chosen), ("where", where or {})):
        for name in named:
            if name not in variables:
                raise UsageError(
                    f'"{name}" is not among the {len(variables)} variables to be imputed',
                    where=argument,
                    do=f"name one of {', '.join(variables)}.{did_you_mean(name, variables)}",
                )
    require_columns(frame, [*variables, *predictors], where="impute")
    setup = system_of(frame, design, variables, predictors, chosen, where or {}, donors)
    _require_memory(setup, n)
    threads = min(os.cpu_count() or 1, n, MOST_THREADS) if setup.system.z.size > WORTH_A_THREAD else 1
    with ThreadPoolExecutor(threads) as pool:
        chains = list(pool.map(lambda k: chain(setup.system, passes, Draws(seed, k)), range(n)))
    drawn: dict[str, Rows | Floats] = {}
    for variable in setup.variables:
        drawn[variable.name] = np.array([one.drawn[variable.name] for one in chains])
    return Imputations(
        variables=setup.variables,
        predictors=tuple(predictors),
        modelled=setup.modelled,
        drawn=drawn,
        trace=_trace(setup.variables, chains),
        notes=setup.notes,
        n=n,
        passes=passes,
        seed=seed,
        donors=donors,
    )


def _require_arguments(
    variables: Sequence[str], predictors: Sequence[str], n: int, passes: int, seed: int, donors: int
) -> None:
    for name, value, least in (("n", n, 2), ("passes", passes, 1), ("seed", seed, 0), ("donors", donors, 1)):
        if value < least:
            raise UsageError(
                f"{name} = {value} is less than {least}",
                where=name,
                do={"n": "give 20 or more", "passes": "give 10 or more"}.get(name, f"give {least} or more"),
            )
    if not variables:
        raise UsageError("no variable was named", where="impute", do="name the columns to be imputed")
    named = [*variables, *predictors]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise UsageError(
            f'"{twice[0]}" is named more than once',
            where="impute",
            do="name a column once: to be imputed, or among the predictors (with_)",
        )


def _require_memory(setup: Setup, n: int) -> None:
    missing = sum(int(variable.missing.sum()) for variable in setup.variables)
    p, rows = setup.system.z.shape
    for count, what in (
        (n * missing, f"{missing:,} missing answers in {n} imputations"),
        (p * rows, f"{p:,} columns of the models for {rows:,} respondents"),
    ):
        if count > MOST_NUMBERS:
            raise EstimationError(
                f"{what} are {count:,} numbers; {MOST_NUMBERS:,} is the limit",
                where="impute",
                do="impute fewer variables at once, or use fewer predictors, imputations or respondents",
            )


def _trace(variables: Sequence[ModelVariable], chains: Sequence[Chain]) -> pd.DataFrame:
    """Mean and standard deviation of drawn answers: a row an imputation, pass, variable and level."""
    parts = []
    for variable in variables:
        levels = [str(level) for level in variable.levels] or [""]
        for k, one in enumerate(chains):
            means, spreads = one.means[variable.name], one.spreads[variable.name]
            passes = len(means)
            parts.append(
                pd.DataFrame(
                    {
                        "imputation": k + 1,
                        "pass": np.repeat(np.arange(1, passes + 1), len(levels)),
                        "variable": variable.name,
                        "level": levels * passes,
                        "mean": means.ravel(),
                        "sd": spreads.ravel(),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
