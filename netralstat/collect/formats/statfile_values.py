"""Numbers of SPSS and Stata files as text: whole numbers, dates, times and durations by their format."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime, timedelta

SPSS_START = datetime(1582, 10, 14)
STATA_START = datetime(1960, 1, 1)
EXACT = 2**53
"""Whole numbers from here on are not all told apart by a float64."""

_DAY_MS = 86_400_000
_SPSS = re.compile(r"([A-Z]+)[\d.]*")
_SPSS_DATES = frozenset({"DATE", "ADATE", "EDATE", "SDATE", "JDATE", "MOYR", "QYR", "WKYR"})
_SPSS_TIMES = frozenset({"DATETIME", "YMDHMS"})
_SPSS_DURATIONS = frozenset({"TIME", "DTIME", "MTIME"})
_STATA = re.compile(r"%-?0?(t[cCdwmqhyb]|d)(.*)")
_CLOCK_ONLY = re.compile(r"(?:HH|Hh|hH|hh|MM|mm|SS|ss|\.s{1,3}|[:._ ]|AM|am|A\.M\.|a\.m\.)+")
_PERIODS = {"tw": ("w", 52), "tm": ("m", 12), "tq": ("q", 4), "th": ("h", 2)}

# Days whose last minute had a 61st second (IERS, Bulletin C); Stata's %tC counts these seconds.
_JUNE = (1972, 1981, 1982, 1983, 1985, 1992, 1993, 1994, 1997, 2012, 2015)
_DECEMBER = (*range(1972, 1980), 1987, 1989, 1990, 1995, 1998, 2005, 2008, 2016)
_LEAPS = sorted([date(year, 7, 1) for year in _JUNE] + [date(year + 1, 1, 1) for year in _DECEMBER])
_AFTER_LEAP = [
    (datetime(day.year, day.month, day.day) - STATA_START) // timedelta(seconds=1) + counted
    for counted, day in enumerate(_LEAPS, start=1)
]


class FormatError(Exception):
    """A display format whose numbers have no meaning without another file."""


def number_text(value: float) -> str:
    """Return a number as text: whole ones without a point, others in their shortest form."""
    if value == value // 1 and abs(value) < EXACT:
        return str(int(value))
    return repr(float(value))


def spss_text(spss_format: str | None) -> Callable[[float], str]:
    """Return how a number of an SPSS variable with this print format is written.

    Dates are seconds since 14 October 1582. A DATE that holds a time of day too is written with it.
    """
    found = _SPSS.match(spss_format or "")
    name = found[1] if found else ""
    if name in _SPSS_DATES:
        return lambda value: _moment(SPSS_START, value, clock=False) or number_text(value)
    if name in _SPSS_TIMES:
        return lambda value: _moment(SPSS_START, value, clock=True) or number_text(value)
    return _duration if name in _SPSS_DURATIONS else number_text


def stata_text(stata_format: str | None) -> Callable[[float], str]:
    """Return how a number of a Stata variable with this display format is written.

    %td is a date, %tc and %tC a time (of day, if the format shows no more and the number is less than a
    day); %tw, %tm, %tq and %th are written as Stata shows them ("2024w45", "2024m11").

    Raises
    ------
    FormatError
        A business calendar (%tb), which another file defines.
    """
    found = _STATA.fullmatch(stata_format or "")
    if not found:
        return number_text
    unit, shown = found.groups()
    if unit in ("td", "d"):
        return lambda value: _moment(STATA_START, value * 86_400, clock=False) or number_text(value)
    if unit in ("tc", "tC"):
        seconds = _without_leaps if unit == "tC" else lambda value: value / 1000
        of_day = _CLOCK_ONLY.fullmatch(shown) is not None
        return lambda value: (
            _duration(value / 1000)
            if of_day and 0 <= value < _DAY_MS
            else _moment(STATA_START, seconds(value), clock=True) or number_text(value)
        )
    if unit == "tb":
        raise FormatError(stata_format)
    return (lambda value: _period(value, *_PERIODS[unit])) if unit in _PERIODS else number_text


def _moment(start: datetime, seconds: float, *, clock: bool) -> str | None:
    """ISO date, with the time of day if asked or if there is one; None outside the years 1 to 9999."""
    try:
        # A float64 of seconds since 1582 holds some microseconds less than it shows.
        moment = start + timedelta(milliseconds=round(seconds * 1000))
    except (OverflowError, ValueError):
        return None
    if not clock and moment.time() == datetime.min.time():
        return moment.date().isoformat()
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def _duration(seconds: float) -> str:
    """Hours, minutes and seconds; hours go beyond 24."""
    if not abs(seconds) < EXACT / 1000:
        return number_text(seconds)
    milliseconds = round(abs(seconds) * 1000)
    whole, rest = divmod(milliseconds, 1000)
    sign = "-" if seconds < 0 and milliseconds else ""
    clock = f"{sign}{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{clock}.{rest:03d}" if rest else clock


def _without_leaps(milliseconds: float) -> float:
    seconds = milliseconds / 1000
    return seconds - bisect_right(_AFTER_LEAP, seconds)


def _period(value: float, letter: str, in_a_year: int) -> str:
    if value != value // 1 or not abs(value) < EXACT:
        return number_text(value)
    years, rest = divmod(int(value), in_a_year)
    return f"{1960 + years}{letter}{rest + 1}"
