"""Texts of digits read as numbers and dates, a whole column at a time.

Only the plain spellings are read here, by arithmetic on the characters of all texts at once; what is not
plain is left to the caller, so nothing is accepted or refused because of its speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_DIGITS = 15  # a whole number of 15 digits and a power of ten up to 10^15 are exact in binary
_ZERO, _POINT, _MINUS = ord("0"), ord("."), ord("-")
Points = NDArray[Any]
_POWERS = 10.0 ** np.arange(MAX_DIGITS + 1)
_DAYS_BEFORE_1970 = 719_468  # from 1 March of the year 0


def characters(texts: Sequence[str], width: int) -> tuple[Points, NDArray[np.int64]]:
    """Code points of the first `width` characters of each text, and how long the texts are.

    Returns
    -------
    points : numpy.ndarray of unsigned integers, (width, n)
        0 where a text has ended.
    lengths : numpy.ndarray of int64, (n,)
    """
    n = len(texts)
    whole = "\0".join(texts)
    code, encoding = (np.uint8, "ascii") if whole.isascii() else (np.uint32, "utf-32-le")
    flat = np.frombuffer(whole.encode(encoding, "surrogatepass"), dtype=code)
    stops = np.append(np.flatnonzero(flat == 0), len(flat))
    if len(stops) != n:  # a text holds the separator itself
        stops = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=n) + 1) - 1
    starts = np.append(0, stops + 1)[:n]
    lengths = stops - starts
    points = np.zeros((width, n), dtype=code)
    for place in range(min(width, int(lengths.max(initial=0)))):
        points[place] = np.where(place < lengths, flat.take(starts + place, mode="clip"), 0)
    return points, lengths


def plain_numbers(
    texts: Sequence[str], *, decimals: bool = True
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Read numbers of at most 15 digits, with an optional minus and (where `decimals`) a decimal point.

    Returns
    -------
    values : numpy.ndarray of float64, (n,)
        Equal to `float(text)` to the last bit; NaN where the text was not read.
    read : numpy.ndarray of bool, (n,)
        Which texts were read.

    Source
    ------
    Clinger (1990), How to read floating point numbers accurately: one division of two exact numbers.
    """
    points, lengths = characters(texts, MAX_DIGITS + 2)
    n = len(lengths)
    whole, n_digits = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int8)
    n_points, n_decimals = np.zeros(n, dtype=np.int8), np.zeros(n, dtype=np.int8)
    negative = points[0] == _MINUS
    for row in points[: int(lengths.max(initial=0))]:
        digit = row - row.dtype.type(_ZERO)  # wraps round for smaller code points
        is_digit = digit <= 9
        whole *= np.where(is_digit, 10, 1)
        whole += np.where(is_digit, digit, 0)
        n_decimals += is_digit & (n_points > 0)
        n_digits += is_digit
        n_points += row == _POINT
    read = (n_digits >= 1) & (n_digits <= MAX_DIGITS) & (n_points <= int(decimals))
    read &= n_digits + n_points + negative == lengths
    values = np.full(n, np.nan)
    values[read] = whole[read] / _POWERS[n_decimals[read]]
    return np.where(negative, -values, values), read


def plain_dates(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Read dates written YYYY-MM-DD as days since 1970-01-01.

    Returns
    -------
    days : numpy.ndarray of int64, (n,)
        0 where the text is no such date.
    read : numpy.ndarray of bool, (n,)
        Which texts are dates of the calendar, from the year 1 on.
    """
    points, lengths = characters(texts, 10)
    days, read = calendar_days(points)
    read &= lengths == 10
    return np.where(read, days, 0), read


def calendar_days(points: Points) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days since 1970 of the dates in the first ten rows of `points`, and which of them are dates."""
    read = (points[4] == _MINUS) & (points[7] == _MINUS)
    year, year_read = digits(points[0:4])
    month, month_read = digits(points[5:7])
    day, day_read = digits(points[8:10])
    read &= year_read & month_read & day_read & (year >= 1) & (month >= 1) & (month <= 12)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    month_days = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    length = month_days[np.where(read, month, 0)] + (leap & (month == 2))
    read &= (day >= 1) & (day <= length)
    # Years that begin in March, so that the leap day is the last one of its year.
    shifted = year - (month <= 2)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days = shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + day_of_year - _DAYS_BEFORE_1970
    return days, read


def digits(points: Points) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The whole number that rows of digits spell, and where all of them are digits."""
    value = np.zeros(points.shape[1], dtype=np.int64)
    read = np.ones(points.shape[1], dtype=bool)
    for row in points:
        digit = row - row.dtype.type(_ZERO)
        read &= digit <= 9
        value = value * 10 + digit
    return value, read
