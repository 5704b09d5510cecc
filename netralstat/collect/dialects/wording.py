"""Headers and cells as a source words them become names and codes of the form, as the wave file declares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from netralstat.ask.instrument import Item
from netralstat.ask.plan_collect import Source
from netralstat.collect.dialects.answers import Answers, Declared, listed
from netralstat.collect.labels import (
    NO_CODE,
    TWO_READINGS,
    codes_of_labels,
    headers_of_labels,
    language_of,
    plain,
    readings_of,
    relabelled,
    set_apart,
)
from netralstat.collect.text_table import TextColumn, TextTable, combine
from netralstat.collect.values import join_choices
from netralstat.errors import PlanError, ResponseError, did_you_mean

CHOSEN, NOT_CHOSEN = ("1",), ("0",)
"""The cells of split columns in exports of XLSForm tools."""


def named_header(
    table: TextTable,
    declared: Declared,
    *,
    separator: str = "/",
    choices_under: Literal["label", "name"] = "label",
) -> tuple[str, ...]:
    """Name every column: by `columns` of the wave file, else by its label where headers are labels.

    Parameters
    ----------
    table : TextTable
        The source as text.
    declared : Declared
        The wave file and the instrument about it.
    separator, choices_under
        How headers of labels are put together: see `headers_of_labels`.

    Returns
    -------
    tuple of str
        For each column an item, item/choice, a column that the wave file names, or its header as it is.

    Raises
    ------
    PlanError
        `columns` translates a header that is absent, or onto one that is there; labels are not in the form's
        languages or do not tell the columns apart.
    ResponseError
        Two columns have one name.
    """
    source = declared.source
    _check_columns(source, table.header)
    header = list(table.header)
    if source.headers == "labels":
        where = f"{table.path}, row {source.title_rows + 1}"
        language = language_of(declared.instrument, source.language, f"collect.sources, {table.path}")
        rest = [place for place, name in enumerate(header) if name not in source.columns]
        texts = [header[place] for place in rest]
        names = headers_of_labels(
            declared.instrument,
            texts,
            language,
            separator=separator,
            choices_under=choices_under,
            where=where,
        )
        for place, name in zip(rest, names, strict=True):
            header[place] = name
    named = tuple(source.columns.get(name, header[place]) for place, name in enumerate(table.header))
    _check_named(table, declared, named)
    return named


def _check_columns(source: Source, header: Sequence[str]) -> None:
    where = f"collect.sources, columns of {source.path}"
    if absent := [name for name in source.columns if name not in header]:
        raise PlanError(
            f"{len(absent)} of {len(source.columns)} headers to translate are absent: {listed(absent)}.",
            where=where,
            do=f"write them as in the file.{did_you_mean(absent[0], header)}",
        )
    if several := [name for name in source.columns if header.count(name) > 1]:
        raise PlanError(
            f"{len(several)} headers to translate stand over more than one column: {listed(several)}.",
            where=where,
            do="rename all but one of them in the file",
        )


def _check_named(table: TextTable, declared: Declared, named: Sequence[str]) -> None:
    source, instrument = declared.source, declared.instrument
    twice = {name for name, number in Counter(named).items() if number > 1}
    if translated := sorted(twice.intersection(source.columns.values())):
        raise PlanError(
            f"{len(translated)} translated headers are also in the file as they are: {listed(translated)}.",
            where=f"collect.sources, columns of {table.path}",
            do="give each item one column",
        )
    read = {name for name in twice if name.partition("/")[0] in instrument or name in declared.named}
    if read:
        raise ResponseError(
            f"{len(read)} columns that are read stand there more than once: {listed(sorted(read))}.",
            where=f"{table.path}, row {source.title_rows + 1}",
            do="keep one column of each",
        )


def coded(
    answers: Answers,
    table: TextTable,
    header: Sequence[str],
    declared: Declared,
    *,
    separator: str = " ",
    chosen: Collection[str] = CHOSEN,
    not_chosen: Collection[str] = NOT_CHOSEN,
    as_codes: Collection[str] = (),
) -> Answers:
    """Write choices as codes joined by a space, and split cells as "1" and "0".

    Parameters
    ----------
    answers : Answers
        As `arrange` gives them.
    table, header
        The source, and the names of its columns.
    declared : Declared
        The wave file (`answers`, `language`, `multiple_separator`, `chosen`, `not_chosen`) and the form.
    separator : str
        What the tool writes between the choices of a cell, unless the wave file says otherwise.
    chosen, not_chosen : collection of str
        What the tool writes into a split cell, unless the wave file says otherwise.
    as_codes : collection of str
        Items whose cells are codes even in an export of labels.

    Notes
    -----
    A joined cell of labels that can be taken apart in two ways is read from the split columns of its row,
    where there are any and they agree with one of them. Otherwise it stays unread, and a rule reports it.
    """
    source, instrument = declared.source, declared.instrument
    between = source.multiple_separator or separator
    marked = {
        name: {choice: _marked(column, source, chosen, not_chosen) for choice, column in split.items()}
        for name, split in answers.split.items()
    }
    whole = dict(answers.whole)
    if source.answers == "labels":
        where = f"collect.sources, {table.path}"
        language = language_of(instrument, source.language, where)
        strange = _unknown_labels(table.header, header)
        for name, column in answers.whole.items():
            item = instrument.item(name)
            if item.kind in ("select_one", "select_multiple") and name not in as_codes:
                cells = _Labels(item, language, between, where, strange.get(name, {}))
                whole[name] = cells.codes(column, marked.get(name))
    elif between != " ":
        for name, column in answers.whole.items():
            if instrument.item(name).kind == "select_multiple":
                whole[name] = relabelled(column, lambda text: _spaced(text, between))
    return replace(answers, whole=whole, split=marked)


def _marked(
    column: TextColumn, source: Source, chosen: Collection[str], not_chosen: Collection[str]
) -> TextColumn:
    """A split column with "1", "0" and "" for chosen, not chosen and empty; other texts are none of these."""
    yes = source.chosen or (chosen if source.not_chosen is None else set(chosen) - set(source.not_chosen))
    no = source.not_chosen or (set(not_chosen) - set(yes))

    def mark(text: str) -> str:
        if text in yes:
            return "1"
        if text in no:
            return "0"
        return set_apart(text) if text in ("0", "1") else text

    return relabelled(column, mark)


def _spaced(text: str, separator: str) -> str:
    """Codes that another separator joins; a part with a space in it is no code."""
    parts = [part.strip() for part in text.split(separator)]
    if not any(parts):
        return text
    return " ".join(set_apart(part) if len(part.split()) > 1 else part for part in parts if part)


def _unknown_labels(written: Sequence[str], header: Sequence[str]) -> dict[str, dict[str, str]]:
    """By item, the labels of choices that only the headers know, each with the code that stands for it."""
    found: dict[str, dict[str, str]] = {}
    for label, name in zip(written, header, strict=True):
        item, slash, code = name.partition("/")
        if slash and code.startswith(NO_CODE):
            found.setdefault(item, {})[plain(label)[1 - len(code) :]] = code
    return found


class _Labels:
    """The cells of one item, from labels to codes."""

    def __init__(
        self, item: Item, language: str, separator: str, where: str, more: Mapping[str, str]
    ) -> None:
        self.item, self.language, self.separator, self.where = item, language, separator, where
        self.more = more

    def codes(self, column: TextColumn, split: Mapping[str, TextColumn] | None) -> TextColumn:
        codes = codes_of_labels(
            self.item, column, self.language, separator=self.separator, more=self.more, where=self.where
        )
        unclear = codes.test(lambda text: text.startswith(TWO_READINGS))
        if split is None or not unclear.any():
            return codes
        chosen = join_choices(split)
        first, inverse = combine([column, codes, chosen])
        parts = [part.take(first).text() for part in (column, codes, chosen)]
        levels = tuple(self._decided(*texts) for texts in zip(*parts, strict=True))
        return relabelled(TextColumn(levels=levels, codes=inverse.astype("int32")), lambda text: text)

    def _decided(self, labels: str, codes: str, chosen: str) -> str:
        if not codes.startswith(TWO_READINGS):
            return codes
        readings = readings_of(self.item, labels, self.language, self.separator, self.where, self.more)
        return chosen if frozenset(chosen.split()) in readings else codes
