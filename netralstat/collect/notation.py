"""Numbers, dates and times in the notation that a source is declared to use become the canonical one.

Canonical are a decimal point, dates YYYY-MM-DD, and times YYYY-MM-DDThh:mm:ss with their offset from UTC. A
text that is not in the declared notation is left as it is, and the rules report it; one that would then be
taken for another value is set apart from it. Nothing is guessed: under `date_order = "dmy"` 01/02/2024 is
1 February, and under `decimal = ","` 1.234 is no number at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from netralstat.ask.instrument import Instrument
from netralstat.ask.plan_collect import ZONES, Source
from netralstat.collect.dialects.answers import Answers
from netralstat.collect.labels import relabelled, set_apart
from netralstat.collect.text_table import TextColumn

_COMMA = re.compile(r"([+-]?\d*),(\d*(?:[eE][+-]?\d{1,3})?)", re.ASCII)
_POINT = re.compile(r"[+-]?[\d.]*\.[\d.]*(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DATE = r"(\d{1,4})([/.\-])(\d{1,2})\2(\d{1,4})"
_CLOCK = r"(\d{1,2})([:.])(\d{2})(?:\6(\d{2})(?:[.,](\d{1,6}))?)?(?:\s*([AaPp])\.?[Mm]\.?)?"
_OFFSET = r"(?:\s*(Z|UTC|GMT|WIB|WITA|WIT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?))?"
_ONLY_DATE = re.compile(_DATE, re.ASCII)
_TIME = re.compile(rf"{_DATE}(?:T|,?\s+){_CLOCK}{_OFFSET}", re.ASCII)
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0{1,6})?)?", re.ASCII)
_CANONICAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?[+-]\d{2}:\d{2}", re.ASCII)
_BARE_OFFSET = re.compile(r"[+-]\d{2}(?::?\d{2})?", re.ASCII)


def canonical(
    answers: Answers,
    source: Source,
    instrument: Instrument,
    zone: str | None,
    kinds: Mapping[str, str] | None = None,
) -> Answers:
    """Write the numbers, dates and times of a source in the canonical notation.

    Parameters
    ----------
    answers : Answers
        The columns of one source, as its dialect gives them.
    source : Source
        Its declared `decimal`, `date_order` and `timezone`.
    instrument : Instrument
        Tells which items are numbers, dates and times; all others are left alone.
    zone : str, optional
        Time zone of the wave, for a source that declares none. Without either, times without an offset stay
        so, and typing them raises.
    kinds : Mapping[str, str], optional
        Kinds of columns beside the items: weights and population counts ("decimal"), times of a tool.

    Returns
    -------
    Answers
        With the same columns and rows.
    """
    local = source.timezone or zone
    writers: dict[str, Callable[[str], str]] = {
        "date": partial(_date, order=source.date_order),
        "datetime": partial(
            _time,
            order=source.date_order,
            zone=ZoneInfo(local) if local else None,
            typed=source.format != "csv",
        ),
    }
    if source.decimal == ",":
        writers |= {"integer": _number, "decimal": _number}

    def written(kind: str, column: TextColumn) -> TextColumn:
        return relabelled(column, writers[kind]) if kind in writers else column

    extra = {name: written((kinds or {}).get(name, ""), column) for name, column in answers.extra.items()}
    whole = {name: written(instrument.item(name).kind, column) for name, column in answers.whole.items()}
    return replace(answers, whole=whole, extra=extra)


def _number(text: str) -> str:
    """A number with a decimal comma; one with a point may be a thousand or a fraction, and is none."""
    if match := _COMMA.fullmatch(text.strip()):
        return f"{match[1]}.{match[2]}"
    return set_apart(text) if _POINT.fullmatch(text.strip()) else text


def _date(text: str, order: str) -> str:
    """A date, or a time at midnight, which is how spreadsheets keep dates."""
    if match := _MIDNIGHT.fullmatch(text):
        return match[1]
    match = _ONLY_DATE.fullmatch(text.strip())
    return (_iso(match, order) if match else None) or text


def _time(text: str, order: str, zone: ZoneInfo | None, typed: bool) -> str:
    if _CANONICAL.fullmatch(text):
        return text
    if typed and _ONLY_DATE.fullmatch(text) and _iso_date(text):
        text = f"{text}T00:00:00"
    match = _TIME.fullmatch(text.strip())
    day = _iso(match, order) if match else None
    if match is None or day is None:
        return text
    hour, minute, second, fraction, half = match[5], match[7], match[8] or "00", match[9], match[10]
    number = int(hour)
    if half:
        if not 1 <= number <= 12:
            return text
        number = number % 12 + (12 if half in "Pp" else 0)
    if number > 23 or int(minute) > 59 or int(second) > 59:
        return text
    clock = f"{number:02}:{minute}:{second}" + (f".{fraction}" if fraction else "")
    offset = _offset(match[11], f"{day}T{clock}", zone)
    return set_apart(text) if offset is None else f"{day}T{clock}{offset}"


def _iso(match: re.Match[str], order: str) -> str | None:
    """The date of a match as YYYY-MM-DD, or None where it has no year of four digits or is no date."""
    first, middle, last = match[1], match[3], match[4]
    if len(first) == 4:  # a year in front leaves one reading, whatever the order of the others
        year, month, day = first, middle, last
        if match[2] != "-" and order != "ymd":
            return None
    elif order == "dmy":
        day, month, year = first, middle, last
    elif order == "mdy":
        month, day, year = first, middle, last
    else:
        return None
    if len(year) != 4 or len(day) > 2:
        return None
    return _iso_date(f"{year}-{int(month):02}-{int(day):02}")


def _iso_date(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _offset(written: str | None, local: str, zone: ZoneInfo | None) -> str | None:
    """The offset of a time: as written, else of the zone; None where the zone has two or none for it."""
    if written in ("Z", "UTC", "GMT"):
        return "+00:00"
    if written in ZONES:
        zone = ZoneInfo(ZONES[written])
    elif written:
        sign = max(written.find("+"), written.find("-"))
        digits = written[sign + 1 :].replace(":", "")
        hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
        named = sign > 0 or _BARE_OFFSET.fullmatch(written)
        return f"{written[sign]}{hours:02}:{minutes:02}" if named and hours < 24 and minutes < 60 else None
    if zone is None:
        return ""
    time = datetime.fromisoformat(local).replace(tzinfo=zone)
    offset, other = time.utcoffset(), time.replace(fold=1).utcoffset()
    if offset is None or offset != other:
        return None
    minutes = round(offset / timedelta(minutes=1))
    sign_of = "-" if minutes < 0 else "+"
    return f"{sign_of}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
