"""What an item, a level or a region is called in print: the instrument's and the wave's own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from netralstat.reference import groups as region_groups
from netralstat.reference import names
from netralstat.report.words import Words

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument
    from netralstat.ask.plan import Plan

ISLAND_GROUP = "island_group"
YES = "1"


class Wave(Protocol):
    """What names are looked up in: the plan and the instrument of a wave, and whether it is simulated."""

    @property
    def plan(self) -> Plan:
        """The wave file."""

    @property
    def instrument(self) -> Instrument:
        """The questionnaire."""

    @property
    def synthetic(self) -> bool:
        """Whether the responses are simulated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Names in one language, looked up where they were declared; nothing is made up.

    Parameters
    ----------
    material : Wave
        Holds the plan (indicators, scales, models) and the instrument (items, choices).
    language : str
        ``"id"`` or ``"en"``.
    """

    material: Wave
    language: str

    def item(self, name: str) -> str:
        """What an item, ``item/choice``, indicator, scale or derived domain is called."""
        ask = self.material.plan.ask
        if name in ask.indicators:
            return ask.indicators[name].label[self.language]
        if name in ask.scales:
            return ask.scales[name].label[self.language]
        instrument = self.material.instrument
        parent, slash, choice = name.partition("/")
        if slash and parent in instrument:
            return self._text(instrument.item(parent).choice(choice).labels, choice)
        if name in instrument:
            return instrument.item(name).tags.get(f"short_{self.language}") or self.question(name)
        if name == ISLAND_GROUP:
            return Words(self.language)("term.island_group")
        regions = self.material.plan.collect.regions
        if regions is not None and name == regions.column != regions.item:
            return self.item(regions.item)
        return name

    def question(self, name: str) -> str:
        """The whole wording of an item; its name where the instrument did not ask it."""
        instrument = self.material.instrument
        return self._text(instrument.item(name).labels, name) if name in instrument else self.item(name)

    def within(self, name: str) -> str:
        """An item in the middle of a sentence: a name in small letters, a question in quotes."""
        label = self.item(name)
        if label.endswith(("?", ".")):
            return f"“{label}”"
        return label if label[1:2].isupper() else label[:1].lower() + label[1:]

    def in_order(self, item: str, levels: Iterable[str]) -> list[str]:
        """Levels as the instrument, the wave or the region groups list them; unknown ones last."""
        found, declared = list(dict.fromkeys(levels)), self._declared(item)
        return [level for level in declared if level in found] + [x for x in found if x not in declared]

    def _declared(self, item: str) -> list[str]:
        plan, instrument = self.material.plan, self.material.instrument
        if item == ISLAND_GROUP:
            return list(island_groups(plan, self.language))
        if provinces := province_names(plan, self.language, item):
            return list(provinces)
        indicator = plan.ask.indicators.get(item)
        if indicator is not None and indicator.recode is not None:
            return list(indicator.recode.names)
        return [choice.name for choice in instrument.item(item).choices] if item in instrument else []

    def level(self, item: str, level: object) -> str:
        """What one level of an item or domain is called; a code without a label stands for itself."""
        code = str(level)
        plan, instrument = self.material.plan, self.material.instrument
        if item == ISLAND_GROUP:
            return island_groups(plan, self.language).get(code, code)
        if provinces := province_names(plan, self.language, item):
            return provinces.get(code, code)
        indicator = plan.ask.indicators.get(item)
        if indicator is not None and indicator.recode is not None and indicator.recode.bands:
            return code.replace("-", "\N{EN DASH}")
        if indicator is not None and indicator.recode is not None:
            source = indicator.recode.item
            return " / ".join(self.level(source, one) for one in indicator.recode.levels.get(code, (code,)))
        if item in instrument:
            for choice in instrument.item(item).choices:
                if choice.name == code:
                    return self._text(choice.labels, code)
        if code in ("1", "0", "1.0", "0.0"):
            return Words(self.language)("term.yes" if code.startswith(YES) else "term.no")
        return code

    def definition(self, name: str) -> str:
        """The printed definition of an indicator or scale; empty when it is an item of the instrument."""
        ask = self.material.plan.ask
        if name in ask.indicators:
            return ask.indicators[name].definition[self.language]
        scale = ask.scales.get(name)
        return scale.definition[self.language] if scale is not None and scale.definition is not None else ""

    def _text(self, labels: Mapping[str, str], fallback: str) -> str:
        """The label in the report's language; an instrument in another language keeps its own words."""
        return labels.get(self.language) or next((text for text in labels.values() if text), fallback)


def island_groups(plan: Plan, language: str) -> dict[str, str]:
    """Names of the region groups of the wave, by slug, in print order."""
    regions = plan.collect.regions
    if regions is None or regions.groups is None:
        return {}
    return dict(_groups(regions.groups, regions.list_vintage, language))


def province_names(plan: Plan, language: str, column: str) -> dict[str, str]:
    """Names of the provinces by slug, where `column` was made of an item that names or codes them."""
    regions = plan.collect.regions
    if regions is None or column != regions.column or column == regions.item:
        return {}
    return names(language, regions.list_vintage)


@cache
def _groups(scheme: str, vintage: int, language: str) -> tuple[tuple[str, str], ...]:
    frame = region_groups(scheme, vintage)
    return tuple(dict(zip(frame["group"], frame[f"label_{language}"], strict=True)).items())
