"""Provinces with codes and groups, violation lists, populations, published figures: each with its source."""

from netralstat.reference.crosswalks import crosswalk, province_of_regency, successors
from netralstat.reference.province_names import by_name, closest_name, find_name, names
from netralstat.reference.provinces import by_code, groups, provinces, read_groups, tiles
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
    "closest_name",
    "crosswalk",
    "elections",
    "find_name",
    "groups",
    "kasn_survey_2021",
    "names",
    "province_of_regency",
    "provinces",
    "read_groups",
    "source",
    "sources",
    "successors",
    "tiles",
    "violations",
]
