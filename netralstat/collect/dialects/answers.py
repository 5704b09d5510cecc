"""Answers: the columns of a source by what they answer, still as text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

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
    """

    whole: Mapping[str, TextColumn]
    split: Mapping[str, Mapping[str, TextColumn]]
    extra: Mapping[str, TextColumn]
    unknown: tuple[str, ...]
    n_rows: int


def arrange(
    table: TextTable,
    header: tuple[str, ...],
    declared: Declared,
    places: Callable[[Item], Sequence[str]],
    known: Callable[[str], bool] = lambda name: False,
) -> Answers:
    """Give every item its column, or raise one ResponseError that lists what is absent.

    Parameters
    ----------
    table : TextTable
        The source as text.
    declared : Declared
        The wave file and the instrument about it.
    header : tuple of str
        The names of the columns of `table`, translated.
    places : callable
        The headers that an item may stand under.
    known : callable
        Whether a header belongs to the tool that exported it and is no answer.
    """
    source, instrument, named = declared.source, declared.instrument, declared.named
    separator = source.choice_separator or source.group_separator or "/"
    column_of = dict(zip(header, table.columns, strict=True))
    where = f"{table.path}, row 1"
    all_places = {name for item in instrument.items for name in places(item)}
    whole: dict[str, TextColumn] = {}
    split: dict[str, dict[str, TextColumn]] = {}
    used: set[str] = set()
    absent = [name for name in named if name not in column_of]
    for item in instrument.items:
        found = [name for name in places(item) if name in column_of]
        _refuse_two(f'item "{item.name}"', found, where)
        used.update(found)
        if item.kind == "select_multiple":
            choices = _choices(item, places(item), set(header) - all_places, separator, where)
            used.update(choices.values())
            if source.select_multiple != "joined":
                split[item.name] = {choice: column_of[name] for choice, name in choices.items()}
                lost = [choice.name for choice in item.choices if choice.name not in choices]
                absent += [f"{item.name}/{choice}" for choice in lost]
            if source.select_multiple == "split":
                continue
        if item.kind != "note" and found:
            whole[item.name] = column_of[found[0]]
        elif item.kind != "note":
            absent.append(places(item)[0])
    extra = {name: column_of[name] for name in named if name in column_of}
    rest = [name for name in header if name not in used and name not in extra]
    if absent:
        raise _absent(absent, rest, len(instrument.items), where)
    notes = {name for item in instrument.items if item.kind == "note" for name in places(item)}
    filled = [name for name in header if name in notes and any(column_of[name].levels)]
    unknown = [name for name in rest if not known(name)] + filled
    return Answers(whole=whole, split=split, extra=extra, unknown=tuple(unknown), n_rows=table.n_rows)


def _choices(
    item: Item, places: Sequence[str], headers: set[str], separator: str, where: str
) -> dict[str, str]:
    """The header of every column that splits an item, by choice."""
    found: dict[str, str] = {}
    for start in dict.fromkeys(place + mark for place in places for mark in (separator, "/")):
        for name in sorted(headers):
            if name.startswith(start):
                choice = name[len(start) :]
                _refuse_two(f'choice "{choice}" of "{item.name}"', [found.get(choice, name), name], where)
                found[choice] = name
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


def refuse_labels(source: Source) -> None:
    """Raise a PlanError when the headers are declared to be labels."""
    if source.headers == "labels":
        raise PlanError(
            'headers = "labels" is not supported: labels of different questions can be equal.',
            where=f"collect.sources, {source.path}",
            do='export with XML values and headers, and declare headers = "names"',
        )


def listed(names: Sequence[str]) -> str:
    """Return at most eight names for an error sentence."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(name[:60] for name in names[:_LISTED]) + more
