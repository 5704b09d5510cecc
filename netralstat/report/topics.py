"""What an item of the questionnaire is about, so that it is printed in one chapter only.

The tag ``nst_role`` says it: ``actor``, ``initiative`` and ``influencer`` (who initiates and who influences),
``cause``, ``exposure`` (a strategy that reached the respondent), ``sanction``. Items of the standard
questionnaire that share the tag ``opinion`` are known by their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netralstat.ask.indicator_checks import members

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument, Item
    from netralstat.ask.plan import Plan

INITIATORS, CAUSES, STRATEGIES, SANCTIONS = "initiators", "causes", "strategies", "sanctions"
BY_ROLE = {
    "actor": INITIATORS,
    "initiative": INITIATORS,
    "influencer": INITIATORS,
    "cause": CAUSES,
    "exposure": STRATEGIES,
    "sanction": SANCTIONS,
}
OPINION = "opinion"
BY_NAME = {"influencer": INITIATORS, "causes": CAUSES, "sanction_deters": SANCTIONS}
REPORTING = "reporting_willingness"
"""The scale of willingness to report as the recipes call it; ``explain.names`` may say otherwise."""


def topic(item: Item) -> str:
    """The chapter that an item belongs to; empty for none of its own."""
    role = item.tags.get("role", "")
    return BY_NAME.get(item.name, "") if role == OPINION else BY_ROLE.get(role, "")


def names_of(instrument: Instrument, wanted: str) -> list[str]:
    """Items of one topic, in the order of the form."""
    return [item.name for item in instrument.items if topic(item) == wanted]


def reporting_scale(plan: Plan) -> str:
    """Name of the scale of willingness to report in this wave, whether it has one or not."""
    return plan.explain.names.get(REPORTING, REPORTING)


def reporting_statements(plan: Plan, instrument: Instrument) -> list[str]:
    """The statements of that scale."""
    name = reporting_scale(plan)
    scale = plan.ask.scales.get(name)
    if scale is not None and scale.items is not None:
        return [item for item in scale.items if item in instrument]
    return [item.name for item in instrument.scales.get(name, ())]


def scale_statements(plan: Plan, instrument: Instrument) -> dict[str, str]:
    """The statements of every scale of the wave file, each with the first scale that counts it."""
    found: dict[str, str] = {}
    for scale in plan.ask.scales:
        for name in members(scale, plan.ask.scales, instrument):
            if name in instrument:
                found.setdefault(name, scale)
    return found


def reporting_indicators(plan: Plan) -> list[str]:
    """Indicators of who would report: a cut of that scale (`score_at_least`)."""
    wanted = reporting_scale(plan)
    return [
        name
        for name, indicator in plan.ask.indicators.items()
        if indicator.score_at_least is not None and indicator.score_at_least.scale == wanted
    ]
