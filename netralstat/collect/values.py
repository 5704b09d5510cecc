"""The text of an item becomes typed values, and a reason where there is no answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.instrument import Item
from netralstat.collect.text_table import TextColumn, combine
from netralstat.errors import ResponseError

REASONS = ("", "refused", "dont_know", "not_applicable", "not_asked", "no_answer")
"""Why an answer is missing; "" where there is one. Their places are the codes kept while reading."""

ANSWERED, NOT_ASKED, NO_ANSWER = 0, REASONS.index("not_asked"), REASONS.index("no_answer")
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_BAD = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """The typed answers to one item.

    Attributes
    ----------
    columns : Mapping[str, pandas array]
        By column of the frame: the item, or one item/choice each.
    reason : numpy.ndarray of int8, (n,)
        Place in `REASONS`; an empty cell is `NO_ANSWER` until skip logic is known.
    bad : numpy.ndarray of bool, (n,)
        Rows whose text is no value of the item, wholly or (select_multiple) in part.
    mixed : numpy.ndarray of bool, (n,)
        Rows of a select_multiple that name an answer and a reason for having none.
    """

    columns: Mapping[str, Any]
    reason: NDArray[np.int8]
    bad: NDArray[np.bool_]
    mixed: NDArray[np.bool_]


def read_values(item: Item, column: TextColumn, codes: Mapping[str, str], zone: str | None) -> Values:
    """Type the answers to an item.

    Parameters
    ----------
    item : Item
        Its kind and choices say what is a value.
    column : TextColumn
        The answers as text; for a select_multiple the codes joined by spaces.
    codes : Mapping[str, str]
        Texts that mean a missing answer, with the reason; choices of the item come first.
    zone : str, optional
        Time zone of times that bear no offset.

    Raises
    ------
    ResponseError
        Times without an offset, and no zone is declared.
    """
    own = {choice.name for choice in item.choices}
    declared = {code: reason for code, reason in codes.items() if code not in own}
    if item.kind == "select_multiple":
        return _read_multiple(item, column, declared)
    missing = {"": "no_answer", **declared, **item.missing_codes}
    if item.kind == "select_one":
        place = {code: number for number, code in enumerate(item.valid_codes)}
        values, reason, bad = _by_level(column, missing, lambda text: place.get(text, _BAD), -1, np.int32)
        typed: Any = pd.Categorical.from_codes(values, categories=pd.Index(item.valid_codes, dtype="str"))
    elif item.kind in ("integer", "decimal"):
        parse = _whole if item.kind == "integer" else _number
        typed, reason, bad = _by_level(column, missing, parse, np.nan, np.float64)
    elif item.kind == "date":
        typed, reason, bad = _by_level(column, missing, _date, np.datetime64("NaT"), "datetime64[s]")
    elif item.kind == "datetime":
        parse_time = _time_parser(item, ZoneInfo(zone) if zone else None)
        times, reason, bad = _by_level(column, missing, parse_time, np.datetime64("NaT"), "datetime64[ms]")
        typed = pd.DatetimeIndex(times, tz="UTC").tz_convert(zone or "UTC")
    else:
        texts, reason, bad = _by_level(column, missing, lambda text: text, None, object)
        typed = pd.array(texts, dtype="str")
    return Values(columns={item.name: typed}, reason=reason, bad=bad, mixed=np.zeros(len(bad), dtype=bool))


def read_number(name: str, column: TextColumn) -> Values:
    """Type a column of the design (a weight, a population count) that is no item."""
    return read_values(Item(name=name, kind="decimal"), column, {}, None)


def blanked(values: Values, rows: NDArray[np.bool_], reason: int) -> Values:
    """Return the values with the answers in `rows` made missing."""
    if not rows.any():
        return values
    columns = {name: pd.Series(column).mask(rows).array for name, column in values.columns.items()}
    return Values(
        columns=columns,
        reason=np.where(rows, np.int8(reason), values.reason),
        bad=values.bad,
        mixed=values.mixed,
    )


def join_choices(split: Mapping[str, TextColumn]) -> TextColumn:
    """Joined codes ("a c") out of split columns; "" where all of them are empty.

    Nothing chosen in columns of zeros gives a single space: an answer that names no choice.
    """
    columns = list(split.values())
    first, inverse = combine(columns)
    parts = [column.take(first).text() for column in columns]
    levels = []
    for cells in zip(*parts, strict=True):
        chosen = [choice for choice, cell in zip(split, cells, strict=True) if cell == "1"]
        levels.append(" ".join(chosen) if chosen else " " if any(cells) else "")
    return TextColumn(levels=tuple(levels), codes=inverse.astype(np.int32))


def _by_level(
    column: TextColumn, missing: Mapping[str, str], parse: Callable[[str], Any], empty: Any, dtype: Any
) -> tuple[NDArray[Any], NDArray[np.int8], NDArray[np.bool_]]:
    """Parse each distinct text once; give values, reasons and which rows hold no value."""
    n_levels = max(len(column.levels), 1)
    values = np.full(n_levels, empty, dtype=dtype)
    reason = np.zeros(n_levels, dtype=np.int8)
    bad = np.zeros(n_levels, dtype=bool)
    for place, text in enumerate(column.levels):
        if text in missing:
            reason[place] = REASONS.index(missing[text])
            continue
        value = parse(text)
        if value is _BAD:
            reason[place], bad[place] = NO_ANSWER, True
        else:
            values[place] = value
    return values[column.codes], reason[column.codes], bad[column.codes]


def _read_multiple(item: Item, column: TextColumn, declared: Mapping[str, str]) -> Values:
    place = {code: number for number, code in enumerate(item.valid_codes)}
    missing = {"": "no_answer", **declared}
    n_levels = max(len(column.levels), 1)
    chosen = np.zeros((n_levels, len(place)))
    reason = np.zeros(n_levels, dtype=np.int8)
    bad, mixed = np.zeros(n_levels, dtype=bool), np.zeros(n_levels, dtype=bool)
    for level, text in enumerate(column.levels):
        if text in missing:
            reason[level] = REASONS.index(missing[text])
            continue
        tokens = set(text.split())
        answers = tokens & place.keys()
        reasons = [why for code, why in item.missing_codes.items() if code in tokens]
        bad[level] = bool(tokens - place.keys() - item.missing_codes.keys())
        mixed[level] = bool(answers and reasons)
        if answers or not tokens:
            chosen[level, [place[code] for code in answers]] = 1.0
        else:
            reason[level] = REASONS.index(reasons[0]) if reasons else NO_ANSWER
    chosen[reason != ANSWERED] = np.nan
    matrix = chosen[column.codes]
    columns = {f"{item.name}/{code}": matrix[:, number] for code, number in place.items()}
    return Values(
        columns=columns, reason=reason[column.codes], bad=bad[column.codes], mixed=mixed[column.codes]
    )


def _whole(text: str) -> Any:
    return float(text) if _WHOLE.fullmatch(text) else _BAD


def _number(text: str) -> Any:
    value = float(text) if _NUMBER.fullmatch(text) else np.inf
    return value if np.isfinite(value) else _BAD


def _date(text: str) -> Any:
    if not _DATE.fullmatch(text):
        return _BAD
    try:
        return np.datetime64(date.fromisoformat(text))
    except ValueError:
        return _BAD


def _time_parser(item: Item, zone: ZoneInfo | None) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        if not _TIME.fullmatch(text):
            return _BAD
        try:
            time = datetime.fromisoformat(text)
            time.astimezone(UTC)
        except (ValueError, OverflowError):  # 29 February of a short year; a time before the year 1
            return _BAD
        if time.tzinfo is None:
            if zone is None:
                raise ResponseError(
                    f'the times of "{item.name}" bear no offset from UTC.',
                    where=f"column {item.name}",
                    do='declare collect.timezone, for example "Asia/Jakarta"',
                )
            time = time.replace(tzinfo=zone)
        return np.datetime64(round(time.timestamp() * 1000), "ms")

    return parse
