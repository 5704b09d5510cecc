"""The text of an item becomes typed values, and a reason where there is no answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.instrument import Item
from netralstat.ask.numerals import plain_dates, plain_numbers
from netralstat.collect.text_table import TextColumn, combine
from netralstat.collect.times import read_times

REASONS = ("", "refused", "dont_know", "not_applicable", "not_asked", "no_answer")
"""Why an answer is missing; "" where there is one. Their places are the codes kept while reading."""

ANSWERED, NOT_ASKED, NO_ANSWER = 0, REASONS.index("not_asked"), REASONS.index("no_answer")
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_CLOCK = re.compile(
    r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
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
    levels = column.levels or ("",)
    missing = {"": "no_answer", **declared, **item.missing_codes}
    typed: Any
    if item.kind in ("integer", "decimal"):
        numbers, bad = _numbers(levels, whole=item.kind == "integer")
        reason = _reasons(levels, missing, bad)
        _missing_numbers(numbers, reason, declared)
        typed = np.where(reason == ANSWERED, numbers, np.nan)[column.codes]
    elif item.kind == "date":
        days, read = plain_dates(levels)
        bad = ~read
        reason = _reasons(levels, missing, bad)
        dates = days.astype("datetime64[D]").astype("datetime64[s]")
        typed = np.where(reason == ANSWERED, dates, np.datetime64("NaT"))[column.codes]
    elif item.kind == "datetime":
        times, bad = read_times(levels, item.name, zone)
        reason = _reasons(levels, missing, bad)
        typed = np.where(reason == ANSWERED, times, np.datetime64("NaT"))[column.codes]
        typed = pd.DatetimeIndex(typed, tz="UTC").tz_convert(zone or "UTC")
    else:
        categories, places, bad = _texts(item, levels)
        reason = _reasons(levels, missing, bad)
        codes_of_rows = np.where(reason == ANSWERED, places, -1)[column.codes]
        if item.kind == "select_one":
            index = pd.Index(categories, dtype="str")
            typed = pd.Categorical.from_codes(codes_of_rows, categories=index)
        else:
            typed = pd.array(categories, dtype="str").take(codes_of_rows, allow_fill=True)
    n_rows = len(column.codes)
    return Values(
        columns={item.name: typed},
        reason=reason[column.codes],
        bad=bad[column.codes],
        mixed=np.zeros(n_rows, dtype=bool),
    )


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


def _reasons(levels: tuple[str, ...], missing: Mapping[str, str], bad: NDArray[np.bool_]) -> NDArray[np.int8]:
    """The reason of each distinct text; one that means a missing answer is taken out of `bad`."""
    reason = np.zeros(len(levels), dtype=np.int8)
    for place in [place for place, text in enumerate(levels) if text in missing]:
        reason[place], bad[place] = REASONS.index(missing[levels[place]]), False
    reason[bad] = NO_ANSWER
    return reason


def _missing_numbers(
    numbers: NDArray[np.float64], reason: NDArray[np.int8], declared: Mapping[str, str]
) -> None:
    """A declared code means what it means however its number is written: 98, 98.0 and 098 are one."""
    for text, why in declared.items():
        if _NUMBER.fullmatch(text):
            reason[(numbers == float(text)) & (reason == ANSWERED)] = REASONS.index(why)


def _read_multiple(item: Item, column: TextColumn, declared: Mapping[str, str]) -> Values:
    place = {code: number for number, code in enumerate(item.valid_codes)}
    whole = {"": "no_answer", **declared}
    missing = {**declared, **item.missing_codes}
    n_levels = max(len(column.levels), 1)
    chosen = np.zeros((n_levels, len(place)))
    reason = np.zeros(n_levels, dtype=np.int8)
    bad, mixed = np.zeros(n_levels, dtype=bool), np.zeros(n_levels, dtype=bool)
    for level, text in enumerate(column.levels):
        if text in whole:
            reason[level] = REASONS.index(whole[text])
            continue
        tokens = set(text.split())
        answers = tokens & place.keys()
        reasons = [why for code, why in missing.items() if code in tokens]
        bad[level] = bool(tokens - place.keys() - missing.keys())
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


def _numbers(levels: tuple[str, ...], *, whole: bool) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The numbers in texts, and which texts are none; the plain spellings at once, the others one by one."""
    numbers, read = plain_numbers(levels, decimals=not whole)
    pattern = _WHOLE if whole else _NUMBER
    for place in np.flatnonzero(~read):
        if pattern.fullmatch(levels[place]):
            numbers[place] = float(levels[place])
    return numbers, ~np.isfinite(numbers)


def _texts(
    item: Item, levels: tuple[str, ...]
) -> tuple[tuple[str, ...], NDArray[np.intp], NDArray[np.bool_]]:
    """The texts that stand for answers, which of them each level is, and which levels are none."""
    if item.kind == "select_one":
        known = {code: place for place, code in enumerate(item.valid_codes)}
        places = np.array([known.get(level, -1) for level in levels], dtype=np.intp)
        return item.valid_codes, places, places < 0
    places = np.arange(len(levels))
    if item.kind not in ("time", "acknowledge", "rank"):
        return levels, places, np.zeros(len(levels), dtype=bool)
    parse = _text_parser(item)
    parsed = [parse(level) for level in levels]
    bad = np.array([value is _BAD for value in parsed])
    return tuple("" if value is _BAD else value for value in parsed), places, bad


def _text_parser(item: Item) -> Callable[[str], Any]:
    """How the text of an item that stays text is checked and written."""
    if item.kind == "time":
        return _clock
    if item.kind == "acknowledge":
        return lambda text: text if text == "OK" else _BAD
    if item.kind == "rank":
        return _ranking(item)
    return lambda text: text


def _clock(text: str) -> Any:
    """A time of day as HH:MM:SS, by the clock of the place; an offset from UTC says nothing about it."""
    match = _CLOCK.fullmatch(text)
    return f"{match[1]}:{match[2]}:{match[3] or '00'}" if match else _BAD


def _ranking(item: Item) -> Callable[[str], Any]:
    known = {choice.name for choice in item.choices}

    def parse(text: str) -> Any:
        codes = text.split()
        return " ".join(codes) if len(set(codes)) == len(codes) and known.issuperset(codes) else _BAD

    return parse
