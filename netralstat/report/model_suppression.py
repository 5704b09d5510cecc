"""Which rows of a model's table rest on too few respondents to print."""

from __future__ import annotations

import pandas as pd

# What a row keeps: what it is about. Everything else is a number that the few respondents made.
KEPT = ("term", "variable", "level", "outcome_level", "reference")


def suppress_coefficients(table: pd.DataFrame, min_respondents: int) -> pd.DataFrame:
    """A model's table whose rows of fewer than `min_respondents` respondents hold no number.

    Parameters
    ----------
    table : DataFrame
        `Model.to_frame()`; `n` is the respondents that a row rests on.
    min_respondents : int
        Smallest number of respondents of a printed row.

    Returns
    -------
    DataFrame
        The same rows, with a column ``flag``: ``"suppressed_n"`` where numbers were blanked, else ``""``.
    """
    few = table["n"] < min_respondents
    numbers = [column for column in table.columns if column not in KEPT]
    hidden = table.copy()
    hidden[numbers] = hidden[numbers].mask(few)
    return hidden.assign(flag=few.map({True: "suppressed_n", False: ""}))
