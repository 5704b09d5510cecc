"""The series that ends with this wave: which waves, which of their tables, and where the series is broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from netralstat.report.series_breaks import Break


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One wave of the series.

    Attributes
    ----------
    id : str
    title : Mapping[str, str]
        By language.
    day : date
        The middle of its fieldwork; the date of its report where the wave file states no fieldwork.
    n : int
        Respondents analysed.
    min_respondents : int
        Smallest cell, numerator and complement of it that is shown.
    lacks : tuple of str
        Headline indicators of this report that the wave cannot tell.
    """

    id: str
    title: Mapping[str, str]
    day: date
    n: int
    min_respondents: int
    lacks: tuple[str, ...] = ()

    @property
    def levels(self) -> str:
        """Name of its table of prevalences among the estimates."""
        return f"headline_in_{self.id}"

    @property
    def change(self) -> str:
        """Name of the table of changes from it to this wave."""
        return f"headline_change_since_{self.id}"

    @property
    def time(self) -> float:
        """Its day as a year with decimals, for an axis."""
        return decimal_year(self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The series.

    Attributes
    ----------
    rounds : tuple of Round
        The earlier waves, the oldest first.
    now : Round
        This wave; its numbers are those of the table ``headline``.
    breaks : tuple of Break
        What each earlier wave differs in from this one, in the order of `rounds`.
    """

    rounds: tuple[Round, ...]
    now: Round
    breaks: tuple[Break, ...]

    def broken(self, since: str, item: str) -> bool:
        """Whether an indicator cannot be compared with an earlier wave at all."""
        return any(
            one.severity == "breaks" and one.since == since and item in one.indicators for one in self.breaks
        )


def decimal_year(day: date) -> float:
    """A day as a year with decimals: 1 July 2021 is 2021.496."""
    start, end = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + (day - start).days / (end - start).days
