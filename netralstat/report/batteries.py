"""Which items are tabulated together, at which levels and by which domains: what the chapters will print.

headline   the plan's indicators, by every domain and against the whole population
forms      witnessed, asked and done, found by tag, by every domain
items      the plan's items with all levels, by the domains of published figures
topics     items that a chapter of their own prints though the plan does not list them, the statements of
           scales among them, with all levels
remedies   strategies, sanctions and who would report, the affirmative answer, by every domain and against
           the whole population
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netralstat.report import topics

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument
    from netralstat.ask.plan import Plan

HEADLINE = "headline"
FORM_ROLES = ("witnessed", "asked", "done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """Columns tabulated in one pass.

    Parameters
    ----------
    levels : Mapping[str, Sequence[str]]
        Of some items the levels to keep; all of the others.
    domains : tuple of str
        Domains besides the whole population.
    compared : bool
        Whether each domain is held against the whole population.
    """

    name: str
    items: tuple[str, ...]
    levels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    compared: bool = False


def batteries(
    plan: Plan, instrument: Instrument, answered: Collection[str], published: Collection[str] = ()
) -> list[Battery]:
    """What a wave's report tabulates.

    Parameters
    ----------
    answered : collection of str
        Columns of the responses that hold at least one answer: items found by tag stay out without.
    published : collection of str
        Domains of figures published elsewhere.
    """
    listed, domains = plan.estimate.items, plan.estimate.domains

    def found(names: Sequence[str]) -> tuple[str, ...]:
        listable = [name for name in names if name not in instrument or instrument.item(name).choices]
        columns = [column for name in listable for column in columns_of(name, instrument)]
        return tuple(column for column in columns if column in answered)

    headline = plan.estimate.headline
    forms = tuple(item for item in form_items(instrument) if item in answered)
    further = [
        name
        for topic in (topics.INITIATORS, topics.CAUSES, topics.STRATEGIES, topics.SANCTIONS)
        for name in topics.names_of(instrument, topic)
    ]
    further += topics.reporting_statements(plan, instrument)
    further += [name for name in topics.scale_statements(plan, instrument) if name not in further]
    asked = [
        *topics.names_of(instrument, topics.STRATEGIES),
        *topics.names_of(instrument, topics.SANCTIONS),
    ]
    levels = affirmative_levels([*headline, *forms, *asked], instrument)
    remedies = [
        *(name for name in asked if name in levels),
        *(name for name in topics.reporting_indicators(plan) if name not in headline),
    ]
    made = [
        Battery(name=HEADLINE, items=headline, levels=levels, domains=domains, compared=True),
        Battery(name="forms", items=forms, levels=levels, domains=domains),
        Battery(
            name="items",
            items=tuple(column for name in listed for column in columns_of(name, instrument)),
            domains=tuple(domain for domain in domains if domain in published),
        ),
        Battery(name="topics", items=found([name for name in further if name not in listed])),
        Battery(name="remedies", items=found(remedies), levels=levels, domains=domains, compared=True),
    ]
    return [battery for battery in made if battery.items]


def form_items(instrument: Instrument) -> list[str]:
    """Columns about the forms of violation, found by the tags `role` and `form` of the instrument."""
    named = []
    for item in instrument.items:
        if item.tags.get("role") not in FORM_ROLES:
            continue
        if item.kind == "select_multiple":
            named += [f"{item.name}/{choice.name}" for choice in item.choices if choice.tags.get("form")]
        elif item.tags.get("form"):
            named.append(item.name)
    return named


def columns_of(item: str, instrument: Instrument) -> list[str]:
    """The columns that hold an item: one for each choice of a select_multiple."""
    if item not in instrument or instrument.item(item).kind != "select_multiple":
        return [item]
    return [f"{item}/{choice.name}" for choice in instrument.item(item).choices if choice.missing is None]


def affirmative_levels(items: Sequence[str], instrument: Instrument) -> dict[str, list[str]]:
    """Of items scored 0 and 1 the level scored 1: "no" is the complement and says nothing new."""
    wanted = {}
    for item in items:
        if item in instrument:
            scored = {c.name: c.score for c in instrument.item(item).choices if c.missing is None}
            if set(scored.values()) == {0.0, 1.0}:
                wanted[item] = [name for name, score in scored.items() if score == 1.0]
    return wanted
