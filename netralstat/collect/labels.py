"""Labels in an export become the names and codes of the form, by exact match and never by likeness.

A text that is no label stays an answer that the form does not know. Where it happens to be written like a
code, it is set apart from that code by a mark, so that the rules report it instead of believing it.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np

from netralstat.ask.instrument import Instrument, Item
from netralstat.collect.text_table import TextColumn
from netralstat.errors import PlanError, did_you_mean

NO_CODE = "\N{REPLACEMENT CHARACTER}"
"""Starts a text that is written like a code of the item and is none: no form can have such a code."""

TWO_READINGS = NO_CODE * 2
"""Starts a joined cell that can be taken apart in two ways."""

_MOST_STATES = 20_000  # of one cell: beyond it, it is said to have two readings
_LISTED = 8


def plain(text: str) -> str:
    """Return a label as it is compared: composed letters (NFC), trimmed, one space for each white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def set_apart(text: str) -> str:
    """Return the text as one word that is no code of any form."""
    return text if text.startswith(NO_CODE) else NO_CODE + "_".join(text.split())


def language_of(instrument: Instrument, language: str | None, where: str) -> str:
    """Return the declared language of labels, or the form's own; a PlanError if the form has no such."""
    if language is None:
        return instrument.default_language
    if language not in instrument.languages:
        raise PlanError(
            f'the form has no labels in "{language}".{did_you_mean(language, instrument.languages)}',
            where=where,
            do=f"declare language as one of: {', '.join(instrument.languages)}",
        )
    return language


def choice_labels(item: Item, language: str, where: str) -> dict[str, str]:
    """Return the code of every choice by its label; a choice without one in `language` by its code.

    Raises PlanError when two choices have the same label, for then a cell cannot tell which was chosen.
    """
    codes: dict[str, list[str]] = defaultdict(list)
    for choice in item.choices:
        codes[plain(choice.labels.get(language) or choice.name)].append(choice.name)
    if twice := [names for names in codes.values() if len(names) > 1]:
        told = "; ".join(" = ".join(names) for names in twice[:_LISTED])
        raise PlanError(
            f'{sum(map(len, twice))} choices of "{item.name}" share labels in "{language}": {told}.',
            where=where,
            do='export codes instead of labels and declare answers = "codes", or word the choices apart',
        )
    found = {label: names[0] for label, names in codes.items()}
    if found.get("Other") == "other":  # "or other" of old forms: exporters know no label of it
        found.setdefault("other", "other")
    return found


def codes_of_labels(
    item: Item,
    column: TextColumn,
    language: str,
    *,
    separator: str = " ",
    more: Mapping[str, str] | None = None,
    where: str,
) -> TextColumn:
    """Translate the labels in the cells of a choice item into codes, once per distinct text.

    Parameters
    ----------
    item : Item
        A select_one or select_multiple.
    column : TextColumn
        Its labels; for a select_multiple joined by `separator`, which labels may contain: the cell is taken
        apart against the whole choice list.
    language : str
        Code of the language of the labels.
    separator : str
        Between the labels of a select_multiple.
    more : Mapping[str, str], optional
        Codes by label of choices that the form does not have, but of which the export tells.
    where : str
        Source and place for error messages.

    Returns
    -------
    TextColumn
        Codes, joined by a space. An empty cell stays empty. A text that is no label stays as it is; it starts
        with `NO_CODE` if it was written like a code, and with `TWO_READINGS` if it can be taken apart in two
        ways.

    Raises
    ------
    PlanError
        Two choices have the same label.
    """
    codes = {**(more or {}), **choice_labels(item, language, where)}
    multiple = item.kind == "select_multiple"
    cell = _Joined(codes, plain_separator(separator)) if multiple else None
    names = {choice.name for choice in item.choices}

    def translate(text: str) -> str:
        label = plain(text)
        if not label:
            return text
        if cell is None:
            return codes[label] if label in codes else _no_label(text, names)
        found = cell.readings(label)
        if len(found) > 1:
            return TWO_READINGS + "_".join(text.split())
        return " ".join(found[0]) if found else _no_label(text, names)

    return relabelled(column, translate)


def readings_of(
    item: Item, text: str, language: str, separator: str, where: str, more: Mapping[str, str] | None = None
) -> list[frozenset[str]]:
    """Return the sets of codes that a joined cell can stand for, at most 64 of them."""
    cell = _Joined({**(more or {}), **choice_labels(item, language, where)}, plain_separator(separator))
    return [frozenset(codes) for codes in cell.readings(plain(text), most=64)]


def relabelled(column: TextColumn, translate: Callable[[str], str]) -> TextColumn:
    """Return the column with each distinct text translated, and equal ones made one level."""
    levels = [translate(level) for level in column.levels]
    index = {level: place for place, level in enumerate(dict.fromkeys(levels))}
    if tuple(index) == column.levels:
        return column
    places = np.array([index[level] for level in levels] or [0], dtype=np.int32)
    return TextColumn(levels=tuple(index), codes=places[column.codes])


def plain_separator(separator: str) -> str:
    """Return the separator as it stands in a text with single spaces."""
    return plain(f"a{separator}a")[1:-1]


def _no_label(text: str, codes: set[str]) -> str:
    return set_apart(text) if text in codes or not codes.isdisjoint(text.split()) else text


class _Joined:
    """Takes joined labels apart; no choice stands twice in a cell."""

    def __init__(self, codes: Mapping[str, str], separator: str) -> None:
        self.separator = separator
        self.by_first: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for label, code in codes.items():
            self.by_first[label.split(separator, 1)[0]].append((label, code))

    def readings(self, text: str, most: int = 2) -> list[tuple[str, ...]]:
        """The first ways to read the cell that differ in what was chosen."""
        found: dict[frozenset[str], tuple[str, ...]] = {}
        waiting: list[tuple[int, tuple[str, ...]]] = [(0, ())]
        seen: set[tuple[int, frozenset[str]]] = set()
        while waiting and len(found) < most:
            start, chosen = waiting.pop()
            for end, code in self._labels_at(text, start):
                taken = frozenset((*chosen, code))
                if code in chosen or (end, taken) in seen:
                    continue
                seen.add((end, taken))
                if end == len(text):
                    found.setdefault(taken, (*chosen, code))
                elif text.startswith(self.separator, end):
                    waiting.append((end + len(self.separator), (*chosen, code)))
            if len(seen) > _MOST_STATES:
                return [(), ()]
        return list(found.values())

    def _labels_at(self, text: str, start: int) -> Iterator[tuple[int, str]]:
        cut = text.find(self.separator, start)
        for label, code in self.by_first.get(text[start:] if cut < 0 else text[start:cut], ()):
            if text.startswith(label, start):
                yield start + len(label), code


def headers_of_labels(
    instrument: Instrument,
    header: Sequence[str],
    language: str,
    *,
    separator: str = "/",
    choices_under: Literal["label", "name"] = "label",
    where: str,
) -> tuple[str, ...]:
    """Translate headers that are labels of questions into names of items.

    Parameters
    ----------
    instrument : Instrument
        What was asked.
    header : sequence of str
        Headers of the export, some of them perhaps equal.
    language : str
        Code of the language of the labels; a question without a label in it stands under its name.
    separator : str
        Behind the labels of groups, where the export has them ("Group/Question"), and between a question and
        its choice where it splits a select_multiple ("Question/Choice").
    choices_under : "label" or "name"
        What of the question stands before its choice.
    where : str
        Source and place for error messages.

    Returns
    -------
    tuple of str
        For each header the item, or item/choice; a header that is no label stays as it is. A choice that the
        form does not know is item/`NO_CODE`….

    Raises
    ------
    PlanError
        A label stands over another number of columns than the form has questions of that label (where the
        numbers agree, they are taken in the order of the form), or headers are names though labels are
        declared.
    """
    flat = _Headings(instrument, language, separator, choices_under, grouped=False)
    grouped = _Headings(instrument, language, separator, choices_under, grouped=True)
    labels = [plain(name) for name in header]
    in_groups = any(label in grouped.names and label not in flat.names for label in labels)
    headings = grouped if in_groups else flat
    places: dict[str, list[int]] = defaultdict(list)
    for place, label in enumerate(labels):
        places[label].append(place)
    known = headings.items_of({label: len(found) for label, found in places.items()}, where)
    names = list(header)
    for label, found in places.items():
        unknown = headings.unknown_choice(label)
        for number, place in enumerate(found):
            names[place] = known[label][number] if label in known else unknown or header[place]
    unread = [header[place] for label, found in places.items() if label not in known for place in found]
    _refuse_names(instrument, unread, language, where)
    return tuple(names)


class _Headings:
    """The header that a label export writes over each item and choice, in the order of the form."""

    def __init__(
        self, instrument: Instrument, language: str, separator: str, choices_under: str, *, grouped: bool
    ) -> None:
        self.instrument = instrument
        self.names: dict[str, list[str]] = defaultdict(list)
        self.splits: dict[str, str] = {}
        self.aliases: dict[str, str] = {}  # of the choice that "or other" adds to a question
        groups = {group.path: group.labels.get(language) or group.path[-1] for group in instrument.groups}
        for item in instrument.items:
            if item.repeat is not None:
                continue
            paths = [item.group[: depth + 1] for depth in range(len(item.group))] if grouped else []
            prefix = "".join(f"{groups.get(path, path[-1])}{separator}" for path in paths)
            label = item.labels.get(language) or item.name
            # formpack writes the point itself without its groups, and its four parts with them
            heading = label if item.kind == "geopoint" else prefix + label
            self.names[plain(heading)].append(item.name)
            if item.kind == "select_multiple":
                start = item.name if choices_under == "name" else prefix + label
                self.splits[plain(f"{start}{separator}.")[:-1]] = item.name
                for choice in item.choices:
                    text = f"{start}{separator}{choice.labels.get(language) or choice.name}"
                    self.names[plain(text)].append(f"{item.name}/{choice.name}")
                    if choice.name == "other" and choice.labels.get(language) == "Other":
                        self.aliases[plain(f"{start}{separator}other")] = f"{item.name}/other"

    def items_of(self, counts: Mapping[str, int], where: str) -> dict[str, list[str]]:
        """By label the items of its columns, in their order; a PlanError where the numbers differ."""
        items: dict[str, list[str]] = {}
        unclear = []
        for label, wanted in self.names.items():
            number = counts.get(label, 0)
            # Many tools export no column for a note.
            for some in (wanted, [name for name in wanted if not self._is_note(name)]):
                if number and len(some) == number:
                    items.setdefault(label, some)
            if number and label not in items:
                unclear.append(f"{' and '.join(wanted[:_LISTED])} ({number} columns)")
        if unclear:
            raise PlanError(
                f"{len(unclear)} labels do not tell which column is which item: "
                f"{'; '.join(unclear[:_LISTED])}.",
                where=where,
                do='export names instead of labels and declare headers = "names", or export all questions',
            )
        return items

    def _is_note(self, name: str) -> bool:
        return name in self.instrument and self.instrument.item(name).kind == "note"

    def unknown_choice(self, label: str) -> str | None:
        """The name of a column that splits an item by a choice of which the form has no such label."""
        if label in self.aliases:
            return self.aliases[label]
        fits = [start for start in self.splits if label.startswith(start)]
        if not fits:
            return None
        start = max(fits, key=len)
        return f"{self.splits[start]}/{set_apart(label[len(start) :])}"


def _refuse_names(instrument: Instrument, unknown: Sequence[str], language: str, where: str) -> None:
    if taken := [name for name in unknown if name in instrument]:
        more = f" and {len(taken) - _LISTED} more" if len(taken) > _LISTED else ""
        raise PlanError(
            f'{len(taken)} headers are names of items and not their labels in "{language}": '
            f"{', '.join(taken[:_LISTED])}{more}.",
            where=where,
            do='declare headers = "names", or the language that the labels are in',
        )
