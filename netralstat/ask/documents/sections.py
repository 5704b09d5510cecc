"""The order of a printed questionnaire: sections, numbered questions, batteries, notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from netralstat.ask.instrument import Group, Instrument, Item

BATTERY = 3
WIDEST_BATTERY = 7


def is_asked(item: Item) -> bool:
    """Whether an item is put to a person: a note, a start time, a device or a computed value is not."""
    computed = item.calculation is not None and not item.labels
    return not (item.kind == "note" or item.automatic or item.read_only or computed)


def numbered(instrument: Instrument) -> dict[str, int]:
    """The printed number of every question that is asked, from 1 in the order of the form."""
    asked = [item.name for item in instrument.items if is_asked(item)]
    return {name: number for number, name in enumerate(asked, start=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Items that are printed together: one question, one note, or a battery over one list of answers."""

    kind: str
    items: tuple[Item, ...]


@dataclass(slots=True, kw_only=True)
class Section:
    """A group of the form with its own blocks; `group` is None for what stands outside all groups."""

    group: Group | None
    depth: int
    blocks: list[Block] = field(default_factory=list)


def sections(instrument: Instrument) -> list[Section]:
    """The sections of a questionnaire in order; groups without a heading, condition or repeat join the last.

    A group that goes on after an inner one gets a section without heading, so that nothing seems to stand
    under the inner heading.
    """
    groups = {group.path: group for group in instrument.groups}
    found: list[Section] = [Section(group=None, depth=0)]
    opened: set[tuple[str, ...]] = set()
    printed = [item for item in instrument.items if item.kind == "note" or is_asked(item)]
    for path, run in groupby(printed, key=lambda item: item.group):
        for length in range(1, len(path) + 1):
            group = groups.get(path[:length])
            if group is None or group.path in opened:
                continue
            opened.add(group.path)
            if _has_heading(group):
                found.append(Section(group=group, depth=length))
        around = [groups[path[:length]] for length in range(1, len(path) + 1) if path[:length] in groups]
        holder = next((group for group in reversed(around) if _has_heading(group)), None)
        if found[-1].group is not holder:
            found.append(Section(group=None, depth=len(path)))
        found[-1].blocks += _blocks(list(run), instrument)
    return [section for section in found if section.blocks or section.group is not None]


def _has_heading(group: Group) -> bool:
    return bool(group.labels or group.relevant or group.repeat)


def own_relevant(item: Item, groups: Mapping[tuple[str, ...], Group]) -> str | None:
    """An item's own condition, without those of the groups that hold it."""
    if item.relevant is None:
        return None
    rest = item.relevant
    for length in range(1, len(item.group) + 1):
        group = groups.get(item.group[:length])
        if group is not None and group.relevant is not None:
            rest = rest.removeprefix(f"({group.relevant})").removeprefix(" and ")
    return rest[1:-1] if rest else None


def _blocks(items: list[Item], instrument: Instrument) -> list[Block]:
    groups = {group.path: group for group in instrument.groups}
    found: list[Block] = []
    for _, run in groupby(enumerate(items), key=lambda entry: _battery_key(entry[0], entry[1], groups)):
        alike = [item for _, item in run]
        if len(alike) >= BATTERY:
            found.append(Block(kind="battery", items=tuple(alike)))
        else:
            found += [
                Block(kind="note" if item.kind == "note" else "question", items=(item,)) for item in alike
            ]
    return found


def _battery_key(place: int, item: Item, groups: Mapping[tuple[str, ...], Group]) -> tuple[object, ...]:
    """Equal for neighbours that fit into one table; a place of its own for all others."""
    fits = item.kind == "select_one" and len(item.choices) <= WIDEST_BATTERY and item.choice_filter is None
    if not fits or item.hints or any("\n" in label for label in item.labels.values()):
        return (place,)
    return (item.list_name, own_relevant(item, groups), item.required)
