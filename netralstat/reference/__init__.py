"""Provinces with codes and groups, violation lists, populations, published figures: each with its source."""

from netralstat.reference.provinces import (
    by_code,
    by_name,
    crosswalk,
    groups,
    names,
    provinces,
    read_groups,
    tiles,
)
from netralstat.reference.published import (
    asn_population,
    case_statistics,
    elections,
    kasn_survey_2021,
    source,
    sources,
    violations,
)

__all__ = [
    "asn_population",
    "by_code",
    "by_name",
    "case_statistics",
    "crosswalk",
    "elections",
    "groups",
    "kasn_survey_2021",
    "names",
    "provinces",
    "read_groups",
    "source",
    "sources",
    "tiles",
    "violations",
]
