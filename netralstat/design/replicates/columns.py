"""Replicate weights in columns, as a data producer gives them: checked, added up, and their rank."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from netralstat.design.replicates.plan import ReplicatePlan
from netralstat.design.replicates.replicates import gram_rank
from netralstat.errors import DesignError, UsageError
from netralstat.frames import Table, Term, require_columns

Floats = NDArray[np.float64]


def checked_columns(table: Table, plan: ReplicatePlan, weight: str | None) -> ReplicatePlan:
    """The plan with its degrees of freedom, once its columns are known to be replicate weights.

    Raises
    ------
    UsageError, DesignError
        As `require_replicate_weights` and `columns_df`.
    """
    require_replicate_weights(table, plan, weight)
    return plan if plan.df is not None else replace(plan, df=columns_df(table, plan))


def require_replicate_weights(table: Table, plan: ReplicatePlan, weight: str | None) -> None:
    """Refuse columns of replicate weights that are no weights.

    Raises
    ------
    UsageError
        The survey has no weight column, which replicate weights belong to.
    DesignError
        A column is absent, holds text, has missing, negative or infinite values, or is all zero.
    """
    if weight is None:
        raise UsageError(
            "replicate weights are read, and the survey has no weight",
            where="weight",
            do="name the column of the weights that the replicate weights belong to",
        )
    require_columns(table, plan.columns, where="replicates")
    text = [column for column in plan.columns if not table.is_numeric(column)]
    if text:
        raise DesignError(
            f"{len(text):,} columns of replicate weights hold text or categories, not numbers",
            where=f"replicates, column {text[0]}",
            do="read them as numbers, or name other columns",
        )
    empty = {column: count for column, count in table.count_missing(plan.columns).items() if count}
    for column, count in empty.items():
        raise DesignError(
            f"{len(empty):,} columns of replicate weights have rows without a value; {count:,} rows in the "
            f"first{_rows(table.first_missing_rows(column))}",
            where=f"replicates, column {column}",
            do="give every respondent every replicate weight; 0 where a replicate leaves him or her out",
        )
    for column in plan.columns:
        if count := table.count_bad_weights(column):
            raise DesignError(
                f"{count:,} rows have a negative or infinite replicate weight"
                f"{_rows(table.first_bad_weights(column))}",
                where=f"replicates, column {column}",
                do="correct them, or leave the column out and tell the scale that belongs to the others",
            )


def column_terms(plan: ReplicatePlan, weight: str | None) -> dict[str, Term]:
    """What a group-by adds up of replicate weights: Σ w_r, or Σ w·f_r where the columns are factors."""
    if plan.combined:
        return {f"replicate {i}": Term(weight=c, weight_power=1) for i, c in enumerate(plan.columns)}
    return {
        f"replicate {i}": Term(weight=weight, weight_power=1, item=column, value_power=1)
        for i, column in enumerate(plan.columns)
    }


def columns_df(table: Table, plan: ReplicatePlan) -> int:
    """Degrees of freedom of replicate weights: the rank of all rows, minus 1. One look at the whole data.

    Twin: survey::degf of a svyrep.design.
    """
    gram = table.cross_products(plan.columns)
    zero = [column for column, size in zip(plan.columns, np.diag(gram), strict=True) if size == 0]
    if zero:
        raise DesignError(
            f"{len(zero):,} columns of replicate weights are zero throughout",
            where=f"replicates, column {zero[0]}",
            do="leave such columns out, and tell the scale that belongs to the others",
        )
    df = gram_rank(gram) - 1
    if df < 1:
        raise DesignError(
            f"the {len(plan.columns):,} columns of replicate weights are one and the same up to a factor",
            where=f"replicates, column {plan.columns[0]}",
            do="name the columns that the data producer gives for the variance",
        )
    return df


def _rows(rows: list[int]) -> str:
    return f" (first: rows {', '.join(map(str, rows))})" if rows else ""
