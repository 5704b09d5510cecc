"""Points in time: texts with or without an offset from UTC become milliseconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from netralstat.ask.numerals import Points, calendar_days, characters, digits
from netralstat.errors import ResponseError

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 32
_SECONDS = (0, 3, 5, 6, 7, 8, 9, 10)  # "", ":SS", ":SS.f" to ":SS.ffffff"
_OFFSETS = (0, 1, 5, 6)  # "", "Z", "+HHMM", "+HH:MM"
_DAY = 86_400
_FIRST_DAY, _LAST_DAY = -719_000, 2_932_000  # of the years 1 to 9998: no offset leads out of the calendar
Milliseconds = NDArray[np.datetime64]


def read_times(texts: Sequence[str], name: str, zone: str | None) -> tuple[Milliseconds, NDArray[np.bool_]]:
    """Read times written YYYY-MM-DDTHH:MM[:SS[.ffffff]][offset].

    Parameters
    ----------
    texts : sequence of str
        Distinct texts of an item.
    name : str
        The item, for the error.
    zone : str, optional
        Time zone of times that bear no offset.

    Returns
    -------
    times : numpy.ndarray of datetime64[ms], (n,)
        In UTC, rounded to the nearest millisecond.
    bad : numpy.ndarray of bool, (n,)
        Texts that are no such time.

    Raises
    ------
    ResponseError
        A time bears no offset, and no zone is declared.
    """
    place = ZoneInfo(zone) if zone else None
    microseconds, read = _plain_times(texts, name, place)
    for level in np.flatnonzero(~read).tolist():
        value = _one_time(texts[level], name, place)
        if value is not None:
            microseconds[level], read[level] = value, True
    whole, rest = np.divmod(microseconds, 1000)
    whole += (rest > 500) | ((rest == 500) & (whole % 2 == 1))
    return np.where(read, whole, 0).astype("datetime64[ms]"), ~read


def _one_time(text: str, name: str, zone: ZoneInfo | None) -> int | None:
    """Microseconds since 1970 of one text; None where it is no time."""
    if not _TIME.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            time = time.replace(tzinfo=_declared(zone, name))
        return (time.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):  # 29 February of a short year; a time before the year 1
        return None


def _declared(zone: ZoneInfo | None, name: str) -> ZoneInfo:
    if zone is None:
        raise ResponseError(
            f'the times of "{name}" bear no offset from UTC.',
            where=f"column {name}",
            do='declare collect.timezone, for example "Asia/Jakarta"',
        )
    return zone


def _plain_times(
    texts: Sequence[str], name: str, zone: ZoneInfo | None
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds since 1970 of the texts in one of the plain spellings, and which those are."""
    points, lengths = characters(texts, _LONGEST)
    microseconds, read = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=bool)
    for length, seconds, offset in _spellings(set(lengths.tolist())):
        rows = np.flatnonzero((lengths == length) & ~read)
        some, fits = _spelled(points[:, rows], seconds, offset)
        if offset == 0 and fits.any():
            shift, known = _zone_shift(some // 1_000_000 // _DAY, fits, _declared(zone, name))
            some, fits = some - shift * 1_000_000, fits & known
        microseconds[rows[fits]], read[rows[fits]] = some[fits], True
    return microseconds, read


def _spellings(lengths: set[int]) -> Iterator[tuple[int, int, int]]:
    """Total length, length of the seconds and length of the offset of every plain spelling."""
    for seconds in _SECONDS:
        for offset in _OFFSETS:
            if 16 + seconds + offset in lengths:
                yield 16 + seconds + offset, seconds, offset


def _spelled(points: Points, seconds: int, offset: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds since 1970 (by the clock where there is no offset), and which texts are so spelled."""
    days, fits = calendar_days(points)
    fits &= (points[10] == ord("T")) | (points[10] == ord(" "))
    hour, minute, clock = _clock(points[11:16], colon=True)
    fits &= clock & (days > _FIRST_DAY) & (days < _LAST_DAY)
    value = ((days * 24 + hour) * 60 + minute) * 60
    fraction: NDArray[np.int64] = np.zeros(points.shape[1], dtype=np.int64)
    if seconds:
        second, spelled = digits(points[17:19])
        fits &= spelled & (points[16] == ord(":")) & (second < 60)
        value = value + second
    if seconds > 3:
        fraction, spelled = digits(points[20 : 16 + seconds])
        fits &= spelled & (points[19] == ord("."))
        fraction = fraction * 10 ** (10 - seconds)
    after = 16 + seconds
    if offset == 1:
        fits &= points[after] == ord("Z")
    elif offset:
        sign = np.where(points[after] == ord("-"), -1, 1)
        fits &= (points[after] == ord("+")) | (points[after] == ord("-"))
        hour, minute, clock = _clock(points[after + 1 : after + offset], colon=offset == 6)
        fits &= clock
        value = value - sign * (hour * 60 + minute) * 60
    return value * 1_000_000 + fraction, fits


def _clock(points: Points, *, colon: bool) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Hours and minutes in HH:MM or HHMM, and where they are those of a clock."""
    hour, hour_read = digits(points[0:2])
    minute, minute_read = digits(points[-2:])
    fits = hour_read & minute_read & (hour < 24) & (minute < 60)
    return hour, minute, fits & (points[2] == ord(":")) if colon else fits


def _zone_shift(
    days: NDArray[np.int64], wanted: NDArray[np.bool_], zone: ZoneInfo
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Seconds that the clocks of a zone were ahead of UTC, on days when they were not changed."""
    shift, known = np.zeros(len(days), dtype=np.int64), np.zeros(len(days), dtype=bool)
    distinct, place = np.unique(days[wanted], return_inverse=True)
    first, last = np.zeros(len(distinct), dtype=np.int64), np.zeros(len(distinct), dtype=np.int64)
    for number, day in enumerate(distinct.tolist()):
        midnight = datetime(1970, 1, 1, tzinfo=zone) + timedelta(days=day)
        first[number] = _seconds_ahead(midnight)
        last[number] = _seconds_ahead(midnight + timedelta(days=1))
    shift[wanted], known[wanted] = first[place], (first == last)[place]
    return shift, known


def _seconds_ahead(time: datetime) -> int:
    ahead = time.utcoffset()
    return 0 if ahead is None else ahead // timedelta(seconds=1)
