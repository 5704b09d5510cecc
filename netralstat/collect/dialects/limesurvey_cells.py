"""The cells of a LimeSurvey export: escapes of VV files, marks of multiple choices, numbers, codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from netralstat.ask.instrument import Item
from netralstat.ask.plan_collect import Source
from netralstat.collect.dialects.answers import Answers, Declared
from netralstat.collect.dialects.code_map import CodeMap
from netralstat.collect.dialects.split_choices import blanks_not_chosen
from netralstat.collect.labels import codes_of_labels, language_of, relabelled, set_apart
from netralstat.collect.text_table import TextColumn

NOT_SHOWN = "{question_not_shown}"
"""The cell of a VV file whose question was not asked."""

_ESCAPES = (("{tab}", "\t"), ("{cr}", "\r"), ("{newline}", "\n"), ("{lbrace}", "{"))  # the brace comes last
_DECIMALS = re.compile(r"([+-]?\d*)\.(\d*?)0*", re.ASCII)
_NOT_SHOWN_TEXT = "N/A"


def decoded(text: str) -> str:
    """A cell of a VV file as it was typed; the mark of a question that was not asked stays."""
    if text == NOT_SHOWN or "{" not in text:
        return text
    if text.startswith("{quote}"):
        text = '"' + text.removeprefix("{quote}")
    for written, meant in _ESCAPES:
        text = text.replace(written, meant)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What stands in a column that splits a multiple choice.

    Attributes
    ----------
    chosen, not_chosen, not_shown : frozenset of str
        The cells by what they mean.
    blank_is_not_chosen : bool
        Whether an empty cell was shown and not chosen (VV files); else it is so only beside filled ones.
    """

    chosen: frozenset[str]
    not_chosen: frozenset[str]
    not_shown: frozenset[str]
    blank_is_not_chosen: bool

    @classmethod
    def of(cls, source: Source) -> Marks:
        """The marks of an export: Y and N, or as texts Yes, No and N/A unless the wave file names others."""
        labels = source.answers == "labels"
        chosen = frozenset(source.chosen or (("Yes",) if labels else ("Y",)))
        not_chosen = frozenset(source.not_chosen or (("No",) if labels else ("N",)))
        not_shown = frozenset({_NOT_SHOWN_TEXT} if labels else {NOT_SHOWN})
        return cls(
            chosen=chosen,
            not_chosen=not_chosen,
            not_shown=not_shown - chosen - not_chosen,
            blank_is_not_chosen=bool(source.title_rows),
        )

    def read(self, split: Mapping[str, TextColumn]) -> tuple[dict[str, TextColumn], NDArray[np.bool_]]:
        """The cells of a multiple choice as "1", "0" and "", and the rows in which it was not shown."""
        marked = {choice: relabelled(column, self._mark) for choice, column in split.items()}
        hidden = {choice: column.test(self.not_shown.__contains__) for choice, column in split.items()}
        read = blanks_not_chosen(marked, hidden, everywhere=self.blank_is_not_chosen)
        return read, np.logical_and.reduce(list(hidden.values()))

    def _mark(self, text: str) -> str:
        if text in self.chosen:
            return "1"
        if text in self.not_chosen:
            return "0"
        if text in self.not_shown:
            return ""
        return set_apart(text) if text in ("0", "1") else text


def in_codes(answers: Answers, declared: Declared, codes: CodeMap) -> Answers:
    """Write the cells in codes of the form, and tell which items were not asked where the file says so.

    Parameters
    ----------
    answers : Answers
        As `arrange` gives them, in the cells of LimeSurvey.
    declared : Declared
        The wave file (`answers`, `language`, `chosen`, `not_chosen`) and the form.
    codes : CodeMap
        The structure file, or nothing.

    Notes
    -----
    LimeSurvey writes an apostrophe before a text that starts with "=" into a CSV (Writer.php,
    csvMaskEquations); it is taken off again.
    """
    source, instrument = declared.source, declared.instrument
    marks = Marks.of(source)
    whole, split = dict(answers.whole), {}
    not_asked: dict[str, NDArray[np.bool_]] = {}
    for name, cells in answers.split.items():
        split[name], hidden = marks.read(cells)
        if hidden.any():
            not_asked[name] = hidden
    for name, column in answers.whole.items():
        if name in answers.absent:
            continue
        hidden = column.test(lambda text: text == NOT_SHOWN)
        if hidden.any():
            not_asked[name] = hidden
        shown = relabelled(column, lambda text: "" if text == NOT_SHOWN else text)
        whole[name] = _in_codes(instrument.item(name), shown, declared, codes)
    return replace(answers, whole=whole, split=split, not_asked=not_asked)


def _in_codes(item: Item, column: TextColumn, declared: Declared, codes: CodeMap) -> TextColumn:
    source = declared.source
    if item.kind == "select_one" and source.answers == "labels":
        where = f"collect.sources, {source.path}"
        language = language_of(declared.instrument, source.language, where)
        return codes_of_labels(item, column, language, where=where)
    if item.kind == "select_one":
        return relabelled(column, lambda text: codes.choice(item, text) if text else text)
    if item.kind in ("integer", "decimal"):
        return relabelled(column, _number)
    if item.kind == "text" and not source.title_rows:
        return relabelled(column, lambda text: text[1:] if text.startswith("'=") else text)
    return column


def _number(text: str) -> str:
    """A number without the zeros that the database puts behind it: "37.0000000000" is 37."""
    match = _DECIMALS.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        return text
    return f"{match[1]}.{match[2]}" if match[2] else match[1]
