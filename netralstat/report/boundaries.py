"""The boundaries that an institution gives for its maps, read before anything is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netralstat.errors import ReportError

if TYPE_CHECKING:
    from netralstat.ask.plan import Plan
    from netralstat.ask.plan_ask import Words
    from netralstat.report.figures.outlines import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundaries:
    """Outlines of the wave's provinces by slug, and whose boundaries they are."""

    sheet: Sheet
    source: Words | None


def read_boundaries(plan: Plan) -> Boundaries | None:
    """The map that `report.map` names, or None without one.

    Every province of the wave's list must be on it, except those outside the frame.

    Raises
    ------
    ReportError
        The file cannot be used: see `netralstat.maps.province_map.read_province_map`.
    """
    from netralstat.maps.province_map import read_province_map
    from netralstat.reference.provinces import province_rows
    from netralstat.report.figures.outlines import outlined
    from netralstat.report.figures.theme import WIDTH

    told, regions = plan.report.map, plan.collect.regions
    if told is None or regions is None:  # a plan with a map has regions
        return None
    where = f"{plan.path.name}, report.map"
    frame = [row["slug"] for row in province_rows(regions.list_vintage) if row["slug"] not in regions.outside]
    try:
        areas = read_province_map(
            plan.resolve(told.path),
            key=told.property,
            scheme=told.scheme,
            vintage=regions.list_vintage,
            dissolve=told.dissolve,
            needed=frame,
        )
    except ReportError as problem:
        raise ReportError(problem.fact, where=f"{where}, {problem.where}", do=problem.do) from problem
    return Boundaries(sheet=outlined(areas, WIDTH), source=told.source)
