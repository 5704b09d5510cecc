"""Which codes mean a missing answer of which item, out of the declarations of the wave file.

The narrower declaration counts: an answer of the item's own choice list, then codes of the item, of its
scale, of its kind, and last those of every item. Two equally narrow ones must agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.plan import Plan
from netralstat.ask.plan_collect import Missing, MissingOnly
from netralstat.collect.text_table import TextColumn
from netralstat.errors import PlanError, did_you_mean

Codes = Mapping[str, str]
ANSWER = ""
"""Stands for the reason where a code is declared to be an answer."""

TYPED_BY_RESPONDENTS = ("refused", "dont_know")
"""Reasons that were answers to the form: its skip logic saw their codes. The others stand for empty cells."""


@dataclass(slots=True, kw_only=True)
class _Declared:
    """What is declared of one item so far, the narrowest first, and what contradicts."""

    item: Item
    codes: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, tables: list[tuple[str, Codes]]) -> None:
        """Take tables of one narrowness; what a narrower one said stays."""
        level: dict[str, tuple[str, str]] = {}
        for place, codes in tables:
            for code, reason in codes.items():
                other_place, other = level.setdefault(code, (place, reason))
                if other != reason:
                    self.problems.append(
                        f'code "{code}" of "{self.item.name}" is {_called(other)} in {other_place} and '
                        f"{_called(reason)} in {place}"
                    )
        for code, (place, reason) in level.items():
            self._check_choice(code, reason, place)
            self.codes.setdefault(code, reason)

    def _check_choice(self, code: str, reason: str, place: str) -> None:
        """A table that names the item or its scale may not say of a choice what the form does not say."""
        if not place.startswith("only[") or ".kind" in place:
            return
        own = next((choice for choice in self.item.choices if choice.name == code), None)
        if own is not None and (own.missing or ANSWER) != reason:
            self.problems.append(
                f'code "{code}" of "{self.item.name}" is {_called(reason)} in {place}, and its choice '
                f"list says {_called(own.missing or ANSWER)}"
            )


def missing_codes(plan: Plan, instrument: Instrument) -> dict[str, Codes]:
    """The codes that mean a missing answer, with the reason, by item.

    Parameters
    ----------
    plan : Plan
        [collect.missing], and the scales that it may name.
    instrument : Instrument
        The items; a choice of an item is never among its codes.

    Returns
    -------
    dict of item to dict of code to reason
        For every answerable item.

    Raises
    ------
    PlanError
        A table names an item, scale or kind that is not there, or two declarations contradict each other;
        all of them are told.
    """
    missing = plan.collect.missing
    members, problems = _members(plan, instrument, missing)
    found: dict[str, Codes] = {}
    for item in instrument.answerable:
        declared = _Declared(item=item)
        tables = [
            (number, table) for number, table in enumerate(missing.only) if item.name in members[number]
        ]
        for sort in ("items", "scale", "kind"):
            declared.add([_table(n, table, sort) for n, table in tables if getattr(table, sort) is not None])
        declared.add([("codes", missing.codes)])
        problems += declared.problems
        own = {choice.name for choice in item.choices}
        found[item.name] = {
            code: reason for code, reason in declared.codes.items() if reason != ANSWER and code not in own
        }
    if problems:
        shown = "; ".join(dict.fromkeys(problems[:8]))
        more = f"; and {len(problems) - 8} more" if len(problems) > 8 else ""
        raise PlanError(
            f"the missing codes cannot be as declared: {shown}{more}.",
            where=f"{plan.path.name}, collect.missing",
            do="declare one meaning for each code of an item; the narrower table comes first",
        )
    return found


def seen_by_form(column: TextColumn, codes: Codes) -> TextColumn:
    """The texts that the form's own logic saw: codes for what was not asked or answered were empty then."""
    hidden = [code for code, reason in codes.items() if reason not in TYPED_BY_RESPONDENTS]
    places = [column.levels.index(code) for code in hidden if code in column.levels]
    if not places:
        return column
    levels = list(column.levels)
    for place in places:
        levels[place] = ""
    return TextColumn(levels=tuple(levels), codes=column.codes)


def _members(plan: Plan, instrument: Instrument, missing: Missing) -> tuple[list[frozenset[str]], list[str]]:
    """The items that each table is about, and what it names that is not there."""
    scales = {name: [item.name for item in items] for name, items in instrument.scales.items()}
    scales |= {name: list(scale.items) for name, scale in plan.ask.scales.items() if scale.items}
    answerable = [item.name for item in instrument.answerable]
    members, problems = [], []
    for number, table in enumerate(missing.only, start=1):
        if table.items is not None:
            names = list(table.items)
            strange = [name for name in names if name not in answerable]
            problems += [
                f'only[{number}] names "{name}", no item with an answer.{did_you_mean(name, answerable)}'
                for name in strange
            ]
        elif table.scale is not None:
            names = scales.get(table.scale, [])
            if not names:
                known = did_you_mean(table.scale, scales)
                problems.append(f'only[{number}] names "{table.scale}", which is no scale.{known}')
        else:
            names = [item.name for item in instrument.answerable if item.kind == table.kind]
            if not names:
                problems.append(f"only[{number}] is for kind {table.kind}, and the form has no such item")
        members.append(frozenset(names))
    return members, problems


def _table(number: int, table: MissingOnly, sort: str) -> tuple[str, Codes]:
    return f"only[{number + 1}].{sort}", {**table.codes, **dict.fromkeys(table.answers, ANSWER)}


def _called(reason: str) -> str:
    return f'"{reason}"' if reason else "an answer"
