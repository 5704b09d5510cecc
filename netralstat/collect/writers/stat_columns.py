"""What SPSS and Stata files have in common: numbers for all but text, labels of limited length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.collect.values import REASONS
from netralstat.collect.writers.clock_times import wall_clock
from netralstat.collect.writers.variable_names import file_names
from netralstat.collect.writers.variables import Variable
from netralstat.errors import ResponseError

LARGEST = 8.9e307
"""From here on a number is a missing value to Stata, and its negative to SPSS."""

MORE = "…"


@dataclass(slots=True, kw_only=True)
class Shortened:
    """Counts of what a format cannot hold as it is: labels and names cut, spaces lost at the end of texts."""

    labels: int = 0
    names: int = 0
    spaces: int = 0

    def label(self, text: str, *, characters: int | None = None, n_bytes: int) -> str:
        """The label cut to its limits, at a whole letter, with an ellipsis."""
        raw = text.replace("\0", " ")
        if len(raw.encode()) <= n_bytes and (characters is None or len(raw) <= characters):
            return raw
        self.labels += 1
        room = n_bytes - len(MORE.encode())
        cut = raw.encode()[:room].decode("utf-8", "ignore")
        return (cut if characters is None else cut[: characters - 1]).rstrip() + MORE


def named(variables: Sequence[Variable], longest: int, shortened: Shortened) -> list[Variable]:
    """The variables under names that the format allows."""
    names = file_names([variable.name for variable in variables], longest)
    found = []
    for variable, name in zip(variables, names, strict=True):
        shortened.names += name != variable.name
        found.append(variable.renamed(name))
    return found


def on_the_clock(variables: Sequence[Variable]) -> list[Variable]:
    """The variables with times as their clocks showed them."""
    found = []
    for variable in variables:
        if variable.sort == "time":
            values, zone = wall_clock(variable.values, variable.timezone)
            variable = replace(variable, values=values, timezone=zone)
        found.append(variable)
    return found


def as_numbers(
    variable: Variable, since: np.datetime64, date_unit: int, time_unit: int
) -> NDArray[np.float64]:
    """The values as float64: dates and times as counts of `date_unit` and `time_unit` ms since a day.

    Raises ResponseError for numbers that the formats take for missing ones.
    """
    values = variable.values
    if variable.sort in ("date", "time"):
        counts = (values - since).astype(np.int64).astype(np.float64)
        counts /= date_unit if variable.sort == "date" else time_unit
        return np.where(np.isnat(values), np.nan, counts)
    numbers: NDArray[np.float64] = values.astype(np.float64)
    if (beyond := np.abs(numbers) > LARGEST).any():
        raise ResponseError(
            f'{int(beyond.sum())} numbers of "{variable.item}" are too large for SPSS and Stata.',
            where=f"column {variable.item}",
            do="correct them in the export, or write .csv or .parquet",
        )
    return numbers


def as_texts(variable: Variable, codes: Mapping[str, str], longest: int) -> NDArray[Any]:
    """The texts, and the code of the reason where there is none.

    Raises ResponseError for a text that the format cannot hold.
    """
    taken = set(codes.values()) - {""}
    _refuse(variable.values, variable, taken.__contains__, "are written like a missing code")
    texts = variable.values.copy()
    for place, reason in enumerate(REASONS):
        if reason and variable.reasons:
            texts[variable.reason == place] = codes[reason]
    _refuse(texts, variable, lambda text: "\0" in text, "hold NUL characters")
    _refuse(
        texts,
        variable,
        lambda text: len(text.encode("utf-8")) > longest,
        f"are longer than {longest:,} bytes",
    )
    return texts


def _refuse(texts: NDArray[Any], variable: Variable, bad: Callable[[str], bool], fact: str) -> None:
    if n_bad := sum(map(bad, texts.tolist())):
        raise ResponseError(
            f'{n_bad} texts of "{variable.item}" {fact}.',
            where=f"column {variable.item}",
            do="leave the column out, or write .parquet",
        )
