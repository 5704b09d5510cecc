"""Which trends of a wave a new version of the form breaks: its indicators and scales, by their items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netralstat.ask.changes import SEVERITIES, Severity, gravest
from netralstat.ask.indicator_checks import members
from netralstat.ask.instrument import Instrument
from netralstat.ask.instrument_diff import InstrumentDiff
from netralstat.ask.plan_ask import Condition, Indicator, Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """An indicator or a scale across two versions.

    Attributes
    ----------
    name, kind : str
        Its name in the wave file; "indicator" or "scale".
    severity : str
        The gravest of its items.
    reasons : tuple of str
        The changes that make it so, each with its item; none where nothing changed.
    """

    name: str
    kind: str
    severity: Severity
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """All attributes, for JSON."""
        return {
            "name": self.name, "kind": self.kind, "severity": self.severity, "reasons": list(self.reasons)
        }  # fmt: skip


def trends(
    indicators: Mapping[str, Indicator],
    scales: Mapping[str, Scale],
    old: Instrument,
    new: Instrument,
    diff: InstrumentDiff,
) -> tuple[Trend, ...]:
    """Judge every indicator and scale of a wave file.

    Parameters
    ----------
    indicators, scales : Mapping
        [ask.indicators] and [ask.scales] of the wave file; scales tagged in the instruments count, too.
    old, new : Instrument
        The versions compared.
    diff : InstrumentDiff
        What changed between them.

    Returns
    -------
    tuple of Trend
        Scales first, then indicators, each in order.
    """
    found = []
    for name in dict.fromkeys((*scales, *old.scales, *new.scales)):
        before, after = (members(name, scales, instrument) for instrument in (old, new))
        severity, reasons = _judge((*before, *after), diff)
        followed = {diff.renamed.get(item, item) for item in before}
        if followed != set(after):
            severity = "breaks"
            reasons = (f"it has {len(after)} items, before {len(before)}, not all of them the same", *reasons)
        found.append(Trend(name=name, kind="scale", severity=severity, reasons=reasons))
    for name in indicators:
        items = items_behind(name, indicators, scales, old, new)
        severity, reasons = _judge(items, diff)
        found.append(Trend(name=name, kind="indicator", severity=severity, reasons=reasons))
    return tuple(found)


def _judge(items: tuple[str, ...], diff: InstrumentDiff) -> tuple[Severity, tuple[str, ...]]:
    """The gravest change of the items, and all changes that are more than cosmetic, gravest first."""
    names = dict.fromkeys(diff.renamed.get(item, item) for item in items)
    severities: list[Severity] = []
    told: list[tuple[int, str]] = []
    for name in names:
        if name not in diff.items:
            severities.append("breaks")
            told.append((0, f"{name}: neither version has this item"))
            continue
        severities.append(diff.items[name])
        for change in diff.changes:
            if name in change.items and (change.severity != "keeps" or change.what == "added"):
                where = f" ({change.language})" if change.language else ""
                told.append(
                    (SEVERITIES.index(change.severity), f"{name}: {change.what}{where}: {change.reason}")
                )
        if any(change.what == "added" and name in change.items for change in diff.changes):
            severities.append("breaks")
    return gravest(severities), tuple(text for _, text in sorted(told, key=lambda entry: entry[0]))


def items_behind(
    name: str,
    indicators: Mapping[str, Indicator],
    scales: Mapping[str, Scale],
    old: Instrument,
    new: Instrument,
    above: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """The items an indicator rests on, those of the indicators that it names among them.

    Parameters
    ----------
    name : str
        One of `indicators`.
    indicators, scales : Mapping
        [ask.indicators] and [ask.scales] of a wave file.
    old, new : Instrument
        Versions whose tags tell the items of a scale.
    above : frozenset of str
        Indicators that are being followed, so that a circle ends.
    """
    indicator, above = indicators[name], above | {name}
    conditions: list[Condition] = [*(indicator.any_of or ()), *(indicator.all_of or ())]
    if indicator.at_least is not None:
        conditions += indicator.at_least.of
    if indicator.not_ is not None:
        conditions.append(indicator.not_)
    names: list[str] = []
    for condition in conditions:
        if condition.item is not None:
            names.append(condition.item)
        elif (other := condition.indicator or "") in indicators and other not in above:
            names += items_behind(other, indicators, scales, old, new, above)
    score = indicator.mean_score or indicator.score_at_least
    if score is not None and score.scale is not None:
        names += [*members(score.scale, scales, old), *members(score.scale, scales, new)]
    elif score is not None:
        names += score.items or ()
    if indicator.recode is not None:
        names.append(indicator.recode.item)
    return tuple(dict.fromkeys(names))
