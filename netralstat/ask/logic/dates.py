"""Dates and times of day in expressions: ISO texts, days since 1970-01-01, and their written forms."""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np

from netralstat.ask.logic.operands import Operand, textual
from netralstat.ask.logic.program import UnsupportedError
from netralstat.ask.numerals import plain_dates

DAY = 86_400
TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
DATE_PARTS = ("%Y", "%y", "%m", "%n", "%d", "%e")
TIME_PARTS = ("%H", "%h", "%M", "%S")


def as_date(value: Operand) -> Operand:
    """`date()`: the date in a text, or that many days after 1970-01-01; of a time its day as written."""
    if value.kind == "date":
        return value
    if value.kind in ("number", "boolean"):
        return Operand("date", np.trunc(value.numbers()), value.codes)
    written = [_day_part(text) for text in np.atleast_1d(value.data).tolist()]
    days, read = plain_dates(written)
    return Operand("date", np.where(read, days, np.nan).reshape(value.data.shape), value.codes)


def decimal_date_time(value: Operand) -> Operand:
    """Days since 1970-01-01T00:00Z with the time of day as a fraction."""
    if value.kind != "text":
        return Operand("number", value.numbers(), value.codes)
    return textual(_decimal_day, value, kind="number")


def format_date(value: Operand, pattern: Operand) -> Operand:
    """`format-date()`: a date by %Y %y %m %n %d %e, a time as written also by %H %h %M %S."""
    if not pattern.is_constant:
        raise UnsupportedError("it takes the pattern of format-date() from the answers")
    written = str(pattern.texts().item())
    if strange := [part for part in re.findall(r"%.?", written) if part not in DATE_PARTS + TIME_PARTS]:
        raise UnsupportedError(f'it writes dates with "{strange[0]}", which is not supported')
    dated = as_date(value) if value.kind != "text" else value
    return textual(lambda text: _formatted(text, written), dated)


def _day_part(text: str) -> str:
    return text[:10] if TIME.fullmatch(text) else text


def _decimal_day(text: str) -> float:
    if plain_dates([text])[1][0]:
        raise UnsupportedError("it takes the time of a date, which depends on the time zone of the phone")
    if not TIME.fullmatch(text):
        return float("nan")
    try:
        time = datetime.fromisoformat(text)
    except ValueError:  # a month 13, an hour 25
        return float("nan")
    if time.tzinfo is None:
        raise UnsupportedError("it takes a time that bears no offset from UTC")
    return time.timestamp() / DAY


def _formatted(text: str, pattern: str) -> str:
    """A date or time in another spelling; empty where the text is neither."""
    match = TIME.fullmatch(text)
    date = match[1] if match else text
    if not plain_dates([date])[1][0]:
        return ""
    year, month, day = date.split("-")
    hour, minute, second = (match[2], match[3], match[4] or "00") if match else ("00", "00", "00")
    parts = {
        "%Y": year, "%y": year[2:], "%m": month, "%n": month.lstrip("0"), "%d": day, "%e": day.lstrip("0"),
        "%H": hour, "%h": str(int(hour)), "%M": minute, "%S": second,
    }  # fmt: skip
    return re.sub(r"%.", lambda found: parts[found[0]], pattern)
