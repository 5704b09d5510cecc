"""Which indicators lead the report, and how the two modalities hang together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netralstat.ask.plan_ask import Condition, Indicator

if TYPE_CHECKING:
    from netralstat.ask.plan import Plan

MODALITIES = ("politicization", "politicking")
OWN_BASES = (None, "experienced", "done")
AT_MOST = 2


def of_modality(plan: Plan, modality: str, basis: tuple[str | None, ...] = OWN_BASES) -> list[str]:
    """Names of the indicators that measure a modality, in the order of the wave file."""
    return [
        name
        for name, indicator in plan.ask.indicators.items()
        if indicator.modality == modality and indicator.basis in basis
    ]


def leading(plan: Plan, available: list[str]) -> list[str]:
    """The one or two items that maps and comparisons show: each modality, else the first headline items."""
    found = [
        name
        for modality in MODALITIES
        for name in [one for one in of_modality(plan, modality) if one in available][:1]
    ]
    return found or available[:AT_MOST]


def joint(plan: Plan, pair: list[str]) -> tuple[str | None, str | None]:
    """The indicators "either of `pair`" and "both of `pair`", where the wave file defines them."""
    return _over(plan.ask.indicators, pair, "any_of"), _over(plan.ask.indicators, pair, "all_of")


def identities(plan: Plan) -> list[frozenset[str]]:
    """Sets of four indicators tied by A + B = either + both, which disclosure control must know."""
    ties = []
    for indicator in plan.ask.indicators.values():
        pair = _pair(indicator, "any_of")
        if pair:
            either, both = joint(plan, pair)
            if either and both:
                ties.append(frozenset({*pair, either, both}))
    return ties


def _pair(indicator: Indicator, rule: str) -> list[str]:
    """The two indicators that a rule joins; empty when it joins anything else."""
    conditions: tuple[Condition, ...] = getattr(indicator, rule) or ()
    names = [one.indicator for one in conditions if one.indicator is not None and one.in_ is None]
    return [str(name) for name in names] if len(names) == len(conditions) == AT_MOST else []


def _over(indicators: Mapping[str, Indicator], pair: list[str], rule: str) -> str | None:
    for name, indicator in indicators.items():
        if _pair(indicator, rule) and set(_pair(indicator, rule)) == set(pair):
            return name
    return None
