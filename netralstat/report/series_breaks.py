"""Where a series of waves is broken: what differs between an earlier wave and this one, by indicator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

from netralstat.ask.changes import Change, Severity
from netralstat.ask.indicator_checks import members
from netralstat.ask.instrument_diff import InstrumentDiff, diff_instruments
from netralstat.ask.trends import items_behind
from netralstat.reference import names as province_list

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument
    from netralstat.ask.plan import Plan
    from netralstat.ask.plan_ask import Ask, Words

Kind = Literal[
    "definition",
    "question",
    "base",
    "choices",
    "wording",
    "order",
    "provinces",
    "coverage",
    "mode",
    "declared",
]

# What `ask.changes.Change.what` means to a reader of a report; all else is another question.
KINDS: Mapping[str, Kind] = {
    "wording": "wording",
    "hint": "wording",
    "heading": "wording",
    "relevant": "base",
    "repeat": "base",
    "moved": "order",
    "randomize": "order",
}


class Wave(Protocol):
    """What two waves are compared by: the plan and the instrument of each."""

    @property
    def plan(self) -> Plan:
        """The wave file."""

    @property
    def instrument(self) -> Instrument:
        """The questionnaire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The wording of an item (or of the heading over it) in both waves, by the language of the form."""

    subject: str
    language: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One difference between an earlier wave and this one.

    Attributes
    ----------
    kind : str
        What differs; "declared" is the institution's own.
    severity : str
        "breaks": there is no change to tell; "caution": it may be the question's, not the world's.
    since : str
        Id of the earlier wave.
    indicators : tuple of str
        Headline indicators that it concerns.
    items : tuple of str
        Items of the questionnaire that differ; none where it is no matter of an item.
    before, after : Mapping[str, str]
        Both sides by language of the report, such as the number of provinces; empty where there are none.
    wordings : tuple of Wording
        Old and new wordings.
    day : date or None
        Day of a declared break.
    """

    kind: Kind
    severity: Severity
    since: str
    indicators: tuple[str, ...]
    items: tuple[str, ...] = ()
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    wordings: tuple[Wording, ...] = ()
    day: date | None = None


def find_breaks(earlier: Wave, later: Wave, indicators: Sequence[str]) -> tuple[Break, ...]:
    """What differs between two waves that a change of these indicators may come from.

    Parameters
    ----------
    earlier, later : Wave
        Plan and instrument of each.
    indicators : sequence of str
        Headline indicators, or items, that both waves have.

    Returns
    -------
    tuple of Break
        Definitions first, then what changed in the questionnaire, then provinces and mode. Breaks that the
        institution declares are `declared`'s.
    """
    diff = diff_instruments(earlier.instrument, later.instrument)
    return (
        *_definitions(earlier, later, indicators, diff),
        *_questions(earlier, later, indicators, diff),
        *_regions(earlier, later, tuple(indicators)),
        *_modes(earlier, later, tuple(indicators)),
    )


def declared(
    later: Wave, since: str, days: tuple[date, date], indicators: Sequence[str]
) -> tuple[Break, ...]:
    """The institution's own breaks after the day of an earlier wave and not after that of this one."""
    first, last = days
    return tuple(
        Break(
            kind="declared",
            severity="caution",
            since=since,
            indicators=tuple(indicators),
            after=_both(one.label),
            day=one.date,
        )
        for one in later.plan.report.breaks
        if first < one.date <= last
    )


def _both(words: Words) -> dict[str, str]:
    return {"id": words.id, "en": words.en}


# ------------------------------------------------------------------------------------------- definitions
def _definitions(
    earlier: Wave, later: Wave, indicators: Sequence[str], diff: InstrumentDiff
) -> tuple[Break, ...]:
    """Indicators that are derived by another rule; a renamed item is the same item."""
    different = tuple(
        name
        for name in indicators
        if _rule(name, earlier, diff.renamed, frozenset()) != _rule(name, later, {}, frozenset())
    )
    if not different:
        return ()
    return (Break(kind="definition", severity="breaks", since=earlier.plan.id, indicators=different),)


def _rule(name: str, wave: Wave, renamed: Mapping[str, str], above: frozenset[str]) -> Any:
    """An indicator's rule down to the items, with those of the scales and indicators that it names."""
    ask = wave.plan.ask
    if name not in ask.indicators or name in above:
        return renamed.get(name, name)
    written = ask.indicators[name].model_dump(
        exclude={"label", "definition", "modality", "basis"}, exclude_none=True
    )
    return _settled(written, wave, renamed, above | {name})


def _settled(part: Any, wave: Wave, renamed: Mapping[str, str], above: frozenset[str]) -> Any:
    if isinstance(part, Mapping):
        found = {key: _settled(value, wave, renamed, above) for key, value in part.items()}
        if "item" in part:
            found["item"] = renamed.get(part["item"], part["item"])
        if "items" in part:
            found["items"] = sorted(renamed.get(item, item) for item in part["items"])
        if "indicator" in part:
            found["indicator"] = _rule(part["indicator"], wave, renamed, above)
        if "scale" in part:
            found["scale"] = _scale(part["scale"], wave, renamed)
        if "in_" in part:
            found["in_"] = sorted(part["in_"])
        return found
    if isinstance(part, list | tuple):
        return [_settled(one, wave, renamed, above) for one in part]
    return part


def _scale(name: str, wave: Wave, renamed: Mapping[str, str]) -> Any:
    ask: Ask = wave.plan.ask
    items = sorted(renamed.get(item, item) for item in members(name, ask.scales, wave.instrument))
    scale = ask.scales.get(name)
    if scale is None:
        return [items]
    return [items, sorted(renamed.get(item, item) for item in scale.reverse), scale.min_answered]


# ------------------------------------------------------------------------------------------- questionnaire
def _questions(
    earlier: Wave, later: Wave, indicators: Sequence[str], diff: InstrumentDiff
) -> tuple[Break, ...]:
    """Changes of the items behind the indicators, one break a kind and severity."""
    behind = {name: _behind(name, earlier, later, diff) for name in indicators}
    gathered: dict[tuple[Kind, Severity], list[tuple[Change, tuple[str, ...]]]] = {}
    for change in diff.changes:
        severity: Severity = "breaks" if change.what == "added" else change.severity
        touched = tuple(item for item in change.items if any(item in items for items in behind.values()))
        if touched and severity != "keeps":
            gathered.setdefault((_kind(change.what), severity), []).append((change, touched))
    made = []
    for (kind, severity), changes in gathered.items():
        items = tuple(dict.fromkeys(item for _, touched in changes for item in touched))
        made.append(
            Break(
                kind=kind,
                severity=severity,
                since=earlier.plan.id,
                indicators=tuple(name for name, its in behind.items() if its & set(items)),
                items=items,
                wordings=tuple(_wording(change) for change, _ in changes if change.language),
            )
        )
    order = get_args(Kind)
    return tuple(sorted(made, key=lambda one: (order.index(one.kind), one.severity)))


def _kind(what: str) -> Kind:
    return "choices" if what.startswith("choice") else KINDS.get(what, "question")


def _wording(change: Change) -> Wording:
    return Wording(subject=change.subject, language=change.language, before=change.before, after=change.after)


def _behind(name: str, earlier: Wave, later: Wave, diff: InstrumentDiff) -> set[str]:
    """The items behind an indicator in either wave, by their later names; an item stands for itself."""
    found: set[str] = set()
    for ask in (earlier.plan.ask, later.plan.ask):
        if name in ask.indicators:
            old, new = earlier.instrument, later.instrument
            found |= set(items_behind(name, ask.indicators, ask.scales, old, new))
        else:
            found.add(name.partition("/")[0])
    return {diff.renamed.get(item, item) for item in found}


# ------------------------------------------------------------------------------------------- the field
def _regions(earlier: Wave, later: Wave, indicators: tuple[str, ...]) -> tuple[Break, ...]:
    """Another list of provinces, and provinces that only one of the waves leaves out."""
    before, after = earlier.plan.collect.regions, later.plan.collect.regions
    if before is None or after is None:
        return ()
    made = []
    lists = [len(province_list("id", regions.list_vintage)) for regions in (before, after)]
    if before.list_vintage != after.list_vintage and lists[0] != lists[1]:
        was, now = (dict.fromkeys(("id", "en"), str(count)) for count in lists)
        made.append(_of_the_field("provinces", earlier, indicators, was, now))
    if set(before.outside) != set(after.outside):
        was, now = (
            {language: _named(regions.outside, regions.list_vintage, language) for language in ("id", "en")}
            for regions in (before, after)
        )
        made.append(_of_the_field("coverage", earlier, indicators, was, now))
    return tuple(made)


def _named(slugs: Sequence[str], vintage: int, language: str) -> str:
    known = province_list(language, vintage)
    return ", ".join(known.get(slug, slug) for slug in slugs) or "–"


def _modes(earlier: Wave, later: Wave, indicators: tuple[str, ...]) -> tuple[Break, ...]:
    before, after = earlier.plan.report.mode, later.plan.report.mode
    if before is None or after is None or before == after:
        return ()
    return (_of_the_field("mode", earlier, indicators, _both(before), _both(after)),)


def _of_the_field(
    kind: Kind, earlier: Wave, indicators: tuple[str, ...], before: dict[str, str], after: dict[str, str]
) -> Break:
    return Break(
        kind=kind,
        severity="caution",
        since=earlier.plan.id,
        indicators=indicators,
        before=before,
        after=after,
    )
