"""Responses as variables of a file: values, the reason where there is none, and the words for both."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.instrument import Choice, Instrument, Item, Labels
from netralstat.collect.values import REASONS

if TYPE_CHECKING:  # responses are read through a dialect that knows codebooks
    from netralstat.collect.responses import Responses

Sort = Literal["choice", "mark", "number", "date", "time", "text"]
OTHER = "other"
"""Kind of a column that is no item: a weight, a stratum."""

REASON_WORDS = {
    "refused": {"id": "Menolak menjawab", "en": "Refused"},
    "dont_know": {"id": "Tidak tahu", "en": "Don't know"},
    "not_applicable": {"id": "Tidak berlaku", "en": "Not applicable"},
    "not_asked": {"id": "Tidak ditanyakan", "en": "Not asked"},
    "no_answer": {"id": "Tidak menjawab", "en": "No answer"},
}
MARK_WORDS = {1.0: {"id": "Dipilih", "en": "Chosen"}, 0.0: {"id": "Tidak dipilih", "en": "Not chosen"}}

_SORTS: dict[str, Sort] = {
    "select_one": "choice",
    "select_multiple": "mark",
    "integer": "number",
    "decimal": "number",
    "date": "date",
    "datetime": "time",
}
_WHOLE = re.compile(r"0|-?[1-9]\d{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value of a variable: its number in the file, the code of the form, its wording by language."""

    number: float
    code: str
    labels: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One column of a file.

    Attributes
    ----------
    name : str
        Its name in the file.
    item, choice : str
        What it holds: an item, or a choice of a select_multiple.
    kind : str
        The item's kind; `OTHER` for a column that is no item.
    sort : str
        choice, mark and number: `values` are float64; date and time: datetime64[ms] (times in UTC);
        text: str. Where there is no answer they are NaN, NaT and "".
    values : numpy.ndarray, (n,)
        The answers.
    reason : numpy.ndarray of int8, (n,)
        Place in `REASONS` of why there is no answer; 0 where there is one.
    labels : Mapping[str, str]
        The question by language.
    answers : tuple of Value
        The values that have a wording.
    reasons : Mapping[str, Mapping[str, str]]
        The wording of each reason by language; empty where the file keeps none for the column.
    timezone : str
        The zone whose clock times are shown in.
    """

    name: str
    item: str
    choice: str = ""
    kind: str
    sort: Sort
    values: NDArray[Any]
    reason: NDArray[np.int8]
    labels: Labels
    answers: tuple[Value, ...] = ()
    reasons: dict[str, Labels] = field(default_factory=dict)
    timezone: str = ""

    def renamed(self, name: str) -> Variable:
        """The variable under another name."""
        return replace(self, name=name)


def variables_of(
    responses: Responses, instrument: Instrument, left_out: Collection[str]
) -> tuple[Variable, ...]:
    """The columns of a clean file, in the order of the form, then those that are no items.

    Parameters
    ----------
    responses : Responses
        What came back.
    instrument : Instrument
        The questionnaire behind it.
    left_out : collection of str
        Items and other columns that are not written.
    """
    frame = responses.frame
    found = [
        variable
        for item in instrument.answerable
        if item.name not in left_out
        for variable in _of_item(item, responses, instrument.languages)
    ]
    held = {variable.name for variable in found}
    of_items = {item.name for item in instrument.items}
    rest = [name for name in frame.columns if name not in held and str(name).split("/")[0] not in of_items]
    return (*found, *(_other(str(name), frame[name]) for name in rest if name not in left_out))


def _of_item(item: Item, responses: Responses, languages: Collection[str]) -> Iterator[Variable]:
    places = {reason: place for place, reason in enumerate(REASONS)}
    reason = responses.missing[item.name].map(places).to_numpy().astype(np.int8)
    words = {language: item.label(language) for language in languages}
    reasons = {why: _reason_words(item, why, languages) for why in REASONS if why}
    whole = Variable(
        name=item.name,
        item=item.name,
        kind=item.kind,
        sort=_SORTS.get(item.kind, "text"),
        values=np.empty(0),
        reason=reason,
        labels=words,
        reasons=reasons,
    )
    valid = [choice for choice in item.choices if choice.missing is None]
    if item.kind == "select_multiple":
        marks = tuple(Value(number=number, code="", labels=told) for number, told in MARK_WORDS.items())
        for choice in valid:
            name = f"{item.name}/{choice.name}"
            labels = {language: f"{choice.label(language)} · {words[language]}" for language in languages}
            values = responses.frame[name].to_numpy(dtype=np.float64)
            yield replace(whole, name=name, choice=choice.name, values=values, labels=labels, answers=marks)
        return
    column = responses.frame[item.name]
    if item.kind == "select_one":
        answers = _numbered(valid, languages)
        numbers = np.array([*(answer.number for answer in answers), np.nan])
        places_of = pd.Categorical(column.astype(object), categories=item.valid_codes).codes
        yield replace(whole, values=numbers[places_of], answers=answers)
        return
    values, zone = _plain(column, whole.sort)
    yield replace(whole, values=values, timezone=zone)


def _numbered(choices: list[Choice], languages: Collection[str]) -> tuple[Value, ...]:
    """Choices as numbers: their codes where all are whole numbers, else 1, 2, 3 in the order of the form."""
    as_coded = all(_WHOLE.fullmatch(choice.name) for choice in choices)
    return tuple(
        Value(
            number=float(choice.name) if as_coded else float(place),
            code=choice.name,
            labels={language: choice.label(language) for language in languages},
        )
        for place, choice in enumerate(choices, start=1)
    )


def _reason_words(item: Item, reason: str, languages: Collection[str]) -> Labels:
    """The wording of the item's own choices for a reason, else the general word for it."""
    own = [choice for choice in item.choices if choice.missing == reason]
    general = REASON_WORDS[reason]
    return {
        language: " / ".join(choice.label(language) for choice in own) or general.get(language, general["en"])
        for language in languages
    }


def _other(name: str, column: pd.Series[Any]) -> Variable:
    """A column that is no item, by its type."""
    if pd.api.types.is_numeric_dtype(column):
        sort: Sort = "number"
    elif isinstance(column.dtype, pd.DatetimeTZDtype):
        sort = "time"
    else:
        sort = "date" if pd.api.types.is_datetime64_dtype(column) else "text"
    values, zone = _plain(column, sort)
    reason = np.zeros(len(column), dtype=np.int8)
    return Variable(
        name=name, item=name, kind=OTHER, sort=sort, values=values, reason=reason, labels={}, timezone=zone
    )


def _plain(column: pd.Series[Any], sort: Sort) -> tuple[NDArray[Any], str]:
    """The values of a column as an array of numpy, and the time zone of times."""
    if sort == "number":
        return column.to_numpy(dtype=np.float64, na_value=np.nan), ""
    if sort == "date":
        return column.to_numpy().astype("datetime64[ms]"), ""
    if sort == "time":
        zone = str(column.dt.tz)
        return column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[ms]"), zone
    return column.astype(object).where(column.notna(), "").to_numpy(dtype=object), ""
