"""Numbers, dates and times of typed cells as canonical text, and what an Excel number format shows."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

LOST_DIGITS = 2.0**53
"""From here on not every whole number is a float64: an identifier kept as a number has lost digits."""

_DAYS = 86_400_000
_LAST_DAY = 2_958_466  # the day after 31 December 9999
_DATES = {*range(14, 18), *range(27, 32), *range(36, 37), *range(50, 55), 57, 58}
_TIMES = {*range(18, 22), *range(32, 36), 45, 47, 55, 56}
_BUILT_IN = {**dict.fromkeys(_DATES, "date"), **dict.fromkeys(_TIMES, "time"), 22: "datetime", 46: "duration"}
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKET = re.compile(r"\[([^\]]*)\]")
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)


def number_text(value: float) -> str:
    """A whole number without ".0", any other as its shortest text that gives it back."""
    return str(int(value)) if value.is_integer() else repr(value)


def shown_as(number: int, code: str | None) -> str:
    """What an Excel number format shows: a "number", "date", "time", "datetime" or "duration".

    Parameters
    ----------
    number : int
        The format's number; those below 164 are built in.
    code : str, optional
        The format as the workbook defines it ("yyyy/mm/dd").

    Source
    ------
    ECMA-376 Part 1, 18.8.30 and 18.8.31.
    """
    if code is None:
        return _BUILT_IN.get(number, "number")
    first = _QUOTED.sub("", code).split(";")[0]
    if _ELAPSED.search(first):
        return "duration"
    letters = set(_BRACKET.sub("", first).lower().replace("general", "").replace("am/pm", "h"))
    has_time = not letters.isdisjoint("hs")
    has_date = not letters.isdisjoint("yd") or ("m" in letters and not has_time)
    if has_date:
        return "datetime" if has_time else "date"
    return "time" if has_time else "number"


def serial_text(value: float, shown: str, *, since_1904: bool) -> str:
    """The date or time that Excel keeps as a number of days, to the millisecond; ISO, without an offset.

    A number that is no date (negative, 29 February 1900, after the year 9999) stays a number.

    Parameters
    ----------
    value : float
        Days since the workbook's epoch.
    shown : str
        See `shown_as`.
    since_1904 : bool
        The workbook counts from 1 January 1904 instead of 1900.
    """
    milliseconds = round(value * _DAYS)
    if not 0 <= milliseconds < _LAST_DAY * _DAYS:
        return number_text(value)
    day, clock = divmod(milliseconds, _DAYS)
    if shown == "duration":
        return f"{milliseconds // 3_600_000}:{_clock(clock)[3:]}"
    if day == 0 and shown == "time":
        return _clock(clock)
    if not since_1904 and day in (0, 60):
        return number_text(value)
    written = _iso_day(day, since_1904)
    if written is None:
        return number_text(value)
    return written if shown == "date" and clock == 0 else f"{written}T{_clock(clock)}"


@lru_cache(maxsize=4_096)
def _iso_day(day: int, since_1904: bool) -> str | None:
    """The day as ISO; None beyond the year 9999."""
    epoch = date(1904, 1, 1) if since_1904 else date(1899, 12, 31 if day < 60 else 30)
    return (epoch + timedelta(days=day)).isoformat() if day <= (date.max - epoch).days else None


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1_000)
    text = f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{rest:03}" if rest else text
