"""Answers: the columns of a source by what they answer, still as text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.plan_collect import Source
from netralstat.collect.text_table import TextColumn, TextTable
from netralstat.errors import PlanError, ResponseError, did_you_mean

_LISTED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What is known of a source before it is read.

    Attributes
    ----------
    source : Source
        Its table of the wave file.
    instrument : Instrument
        What was asked.
    named : collection of str
        Columns beside the items that the wave file names (a key, a weight); each has to be there.
    structure : bytes, optional
        The file that describes the export, where its kind has one.
    """

    source: Source
    instrument: Instrument
    named: Collection[str] = ()
    structure: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The columns of a source by what they answer, still as text.

    Attributes
    ----------
    whole : Mapping[str, TextColumn]
        By item. For a select_multiple the joined codes, absent where only split columns are read.
    split : Mapping[str, Mapping[str, TextColumn]]
        By select_multiple item and choice ("1", "0" or ""), choices unknown to the form among them.
    extra : Mapping[str, TextColumn]
        Columns that are no item but that the wave file names: keys of a row, weights, strata.
    unknown : tuple of str
        Headers that neither the instrument nor the wave file knows.
    n_rows : int
        Rows of every column.
    absent : Mapping[str, array of bool]
        By item that a source is declared not to have, its rows; the item stands in `whole` as empty cells.
    not_asked : Mapping[str, array of bool]
        By item, the rows in which the tool says that it was not asked.
    unknown_choices : tuple of str
        Headers, as in the file, of choices that the form does not have: they stand in `split`.
    unsplit : Mapping[str, array of bool]
        By select_multiple, the rows of sources that do not split it, where other sources do.
    """

    whole: Mapping[str, TextColumn]
    split: Mapping[str, Mapping[str, TextColumn]]
    extra: Mapping[str, TextColumn]
    unknown: tuple[str, ...]
    n_rows: int
    absent: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    not_asked: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    unknown_choices: tuple[str, ...] = ()
    unsplit: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


def arrange(
    table: TextTable,
    header: tuple[str, ...],
    declared: Declared,
    places: Callable[[Item], Sequence[str]],
    known: Callable[[str], bool] = lambda name: False,
    *,
    marks: Sequence[str] | None = None,
    every_choice: bool = True,
) -> Answers:
    """Give every item its column, or raise one ResponseError that lists what is absent.

    Parameters
    ----------
    table, header
        The source as text, and the names of its columns, translated.
    declared : Declared
        The wave file and the instrument about it.
    places : callable
        The headers that an item may stand under.
    known : callable
        Whether a header belongs to the tool that exported it and is no answer.
    marks : sequence of str, optional
        What may stand between an item and its choice; the declared separators by default.
    every_choice : bool
        Whether each choice has a column where a select_multiple is split, also one that nobody chose.
    """
    source, instrument, named = declared.source, declared.instrument, declared.named
    if marks is None:
        marks = (source.choice_separator or source.group_separator or "/", "/")
    column_of = dict(zip(header, table.columns, strict=True))
    where = f"{table.path}, row {source.title_rows + 1}"
    lacking = _lacking(source, instrument, header, places)
    items = [item for item in instrument.items if item.repeat is None and item.name not in lacking]
    split_by = _choices(items, places, header, marks, where)
    whole = {name: _empty_column(table.n_rows) for name in lacking}
    found = _places_found(items, places, header, where)
    multiple = [item for item in items if item.kind == "select_multiple"]
    parted = [item for item in multiple if source.select_multiple != "joined"]
    split = {
        item.name: {choice: column_of[name] for choice, name in split_by[item.name].items()}
        for item in parted
        if item.name in split_by
    }
    only_split = [item.name for item in multiple if source.select_multiple == "split"]
    answered = [item for item in items if item.kind != "note" and item.name not in only_split]
    whole |= {item.name: column_of[found[item.name][0]] for item in answered if found[item.name]}
    absent = [name for name in named if name not in column_of]
    absent += [places(item)[0] for item in answered if not found[item.name]]
    absent += _lost_choices(parted, split) if every_choice else []
    used = {name for headers in found.values() for name in headers}
    used |= {name for choices in split_by.values() for name in choices.values()}
    rest = [name for name in header if name not in used and name not in named]
    if absent:
        raise _absent(absent, rest, len(instrument.items), where)
    notes = {name for item in items if item.kind == "note" for name in found[item.name]}
    filled = [name for name in header if name in notes and any(column_of[name].levels)]
    return Answers(
        whole=whole,
        split=split,
        extra={name: column_of[name] for name in named},
        unknown=(*(name for name in rest if not known(name)), *filled),
        n_rows=table.n_rows,
        absent={name: np.ones(table.n_rows, dtype=bool) for name in lacking},
        unknown_choices=_unknown_choices(parted, split_by, dict(zip(header, table.header, strict=True))),
    )


def _places_found(
    items: Sequence[Item], places: Callable[[Item], Sequence[str]], header: Sequence[str], where: str
) -> dict[str, list[str]]:
    """By item the headers that it stands under: none, or one; a ResponseError where there are two."""
    there = set(header)
    found = {item.name: [name for name in places(item) if name in there] for item in items}
    for name, headers in found.items():
        _refuse_two(f'item "{name}"', headers, where)
    return found


def _lost_choices(items: Sequence[Item], split: Mapping[str, Mapping[str, TextColumn]]) -> list[str]:
    """Choices of the form without a column of their own, as item/choice."""
    choices = [(item.name, choice.name) for item in items for choice in item.choices]
    return [f"{item}/{choice}" for item, choice in choices if choice not in split.get(item, {})]


def _empty_column(n_rows: int) -> TextColumn:
    return TextColumn(levels=("",), codes=np.zeros(n_rows, dtype=np.int32))


def _unknown_choices(
    items: Sequence[Item], split_by: Mapping[str, Mapping[str, str]], written: Mapping[str, str]
) -> tuple[str, ...]:
    """Headers, as in the file, of choices that the form does not have."""
    known = {(item.name, choice.name) for item in items for choice in item.choices}
    return tuple(
        written[name]
        for item in items
        for choice, name in split_by.get(item.name, {}).items()
        if (item.name, choice) not in known
    )


def _lacking(
    source: Source, instrument: Instrument, header: Sequence[str], places: Callable[[Item], Sequence[str]]
) -> frozenset[str]:
    """The items that are declared absent; PlanError when the form has no such item or the file has it."""
    where = f"collect.sources, absent of {source.path}"
    if strange := [name for name in source.absent if name not in instrument]:
        raise PlanError(
            f"{len(strange)} of {len(source.absent)} absent items are not in the form: {listed(strange)}."
            f"{did_you_mean(strange[0], instrument.names)}",
            where=where,
            do="name items of the instrument",
        )
    here = [
        name
        for name in source.absent
        if any(
            place in header or any(column.startswith(f"{place}/") for column in header)
            for place in places(instrument.item(name))
        )
    ]
    if here:
        raise PlanError(
            f"{len(here)} items declared absent are in the file: {listed(here)}.",
            where=where,
            do="take them out of absent",
        )
    return frozenset(source.absent)


def _choices(
    items: Sequence[Item],
    places: Callable[[Item], Sequence[str]],
    header: Sequence[str],
    marks: Sequence[str],
    where: str,
) -> dict[str, dict[str, str]]:
    """By item, the header of every column that splits it, by choice; the longest name of an item counts."""
    starts = {
        place + mark: item.name
        for mark in marks
        for item in items
        if item.kind == "select_multiple"
        for place in places(item)
    }
    whole = {place for item in items for place in places(item)}
    by_length = sorted(starts, key=len, reverse=True)
    found: dict[str, dict[str, str]] = {}
    for name in sorted(set(header) - whole):
        start = next((start for start in by_length if name.startswith(start)), None)
        if start is not None:
            choices, choice = found.setdefault(starts[start], {}), name[len(start) :]
            _refuse_two(f'choice "{choice}" of "{starts[start]}"', [choices.get(choice, name), name], where)
            choices[choice] = name
    return found


def _refuse_two(subject: str, found: Sequence[str], where: str) -> None:
    if len(set(found)) > 1:
        raise ResponseError(
            f"the {subject} stands under {len(set(found))} headers: {listed(sorted(set(found)))}.",
            where=where,
            do="keep one of these columns",
        )


def _absent(absent: list[str], rest: list[str], n_items: int, where: str) -> ResponseError:
    hint = did_you_mean(absent[0], rest)
    count = "1 column is" if len(absent) == 1 else f"{len(absent)} columns are"
    split = any("/" in name for name in absent)
    return ResponseError(
        f"{count} absent that the wave asks for ({n_items} items): {listed(absent)}.{hint}",
        where=where,
        do="export all columns with XML headers, or correct the names in wave.toml or the instrument"
        + ("; select_multiple in collect.sources says which columns a choice list has" if split else ""),
    )


def listed(names: Sequence[str]) -> str:
    """Return at most eight names for an error sentence."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(name[:60] for name in names[:_LISTED]) + more
