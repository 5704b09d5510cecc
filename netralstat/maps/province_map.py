"""Provinces on a map of the user's own: which province each feature of a GeoJSON file is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from netralstat.errors import ReportError, UsageError, did_you_mean
from netralstat.maps.geojson import Feature, Polygon, Source, name_of, read_features
from netralstat.reference.crosswalks import crosswalk
from netralstat.reference.province_names import by_name, names
from netralstat.reference.provinces import SPLIT_YEAR, by_code, province_rows

MAP_SCHEMES = ("slug", "name", "bps", "kemendagri", "iso")
"""What the property of a map may hold: slugs, names, or codes of BPS, Kemendagri or ISO 3166-2."""
_MOST_TOLD = 5


def read_province_map(
    source: Source,
    *,
    key: str,
    scheme: str = "slug",
    vintage: int = SPLIT_YEAR,
    dissolve: bool = False,
    needed: Collection[str] = (),
) -> dict[str, tuple[Polygon, ...]]:
    """The shape of each province.

    Parameters
    ----------
    source : path of a GeoJSON file, or its content
        See `netralstat.maps.geojson.read_features`.
    key : str
        The property of its features that tells the province.
    scheme : str
        What it holds, one of `MAP_SCHEMES`.
    vintage : int
        The list of provinces that is wanted. A map of 38 provinces gives the 34 of an earlier list: the new
        ones are joined with those that they were cut from.
    dissolve : bool
        Whether several features may be one province (a map of regencies); otherwise a province that stands
        twice is an error.
    needed : collection of str
        Slugs of which each must be on the map.

    Returns
    -------
    dict of str to tuple of Polygon
        By slug, in the order of the list of provinces.

    Raises
    ------
    UsageError
        The scheme is unknown.
    ReportError
        The file cannot be used (see `read_features`), names an unknown province or one twice, or lacks one.
    """
    where = f'{name_of(source)}, property "{key}"'
    if scheme not in MAP_SCHEMES:
        raise UsageError(
            f'"{scheme}" is no way to name a province.' + did_you_mean(scheme, MAP_SCHEMES),
            where=where,
            do=f"use one of: {', '.join(MAP_SCHEMES)}.",
        )
    features = read_features(source, key=key)
    # The codes and names of 34 provinces are among those of 38, and mean the same.
    known = _known(features, scheme, where)
    if not dissolve:
        _require_each_once(features, known, where)
    walk = crosswalk(SPLIT_YEAR, vintage)
    found: dict[str, list[Polygon]] = {}
    for feature in features:
        found.setdefault(walk[known[feature.name]], []).extend(feature.polygons)
    lacking = [slug for slug in names("en", vintage) if slug in needed and slug not in found]
    if lacking:
        raise ReportError(
            f"The map file lacks {len(lacking)} of the {len(needed)} provinces that are to be drawn: "
            f"{', '.join(lacking)}.",
            where=where,
            do="take a map that holds them, or leave the map out: the report then draws one tile a province.",
        )
    order = [row["slug"] for row in province_rows(vintage)]
    return {slug: tuple(found[slug]) for slug in order if slug in found}


def _known(features: list[Feature], scheme: str, where: str) -> dict[str, str]:
    """The province of 38 that each name in the file means."""
    find: Mapping[str, Callable[[str], str]] = {
        "slug": _by_slug,
        "name": partial(by_name, vintage=SPLIT_YEAR),
        "bps": partial(by_code, system="bps", vintage=SPLIT_YEAR),
        "kemendagri": partial(by_code, system="kemendagri", vintage=SPLIT_YEAR),
        "iso": _by_iso,
    }
    known: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for feature in features:
        if feature.name in known or feature.name in unknown:
            continue
        try:
            known[feature.name] = find[scheme](feature.name)
        except UsageError as problem:
            unknown[feature.name] = f"feature {feature.place}: {problem.fact}"
    if unknown:
        told = list(unknown.values())
        more = f" And {len(told) - _MOST_TOLD} more." if len(told) > _MOST_TOLD else ""
        raise ReportError(
            f"The map file has {len(told)} names that are no province. {' '.join(told[:_MOST_TOLD])}{more}",
            where=f'{where}, scheme = "{scheme}"',
            do="correct them, take out features that are no province, or name another property or scheme "
            f"({', '.join(MAP_SCHEMES)}).",
        )
    return known


def _require_each_once(features: list[Feature], known: Mapping[str, str], where: str) -> None:
    first: dict[str, int] = {}
    for feature in features:
        slug = known[feature.name]
        if slug in first:
            raise ReportError(
                f"The map file has {slug} twice: features {first[slug]} and {feature.place}.",
                where=where,
                do="correct the code that is wrong; where the features are parts of a province, such as its "
                "regencies, say dissolve = true to join them.",
            )
        first[slug] = feature.place


def _by_slug(name: str) -> str:
    slugs = [row["slug"] for row in province_rows(SPLIT_YEAR)]
    if name in slugs:
        return name
    raise UsageError(f'"{name}" is no slug of a province.' + did_you_mean(name, slugs))


def _by_iso(name: str) -> str:
    codes = {row["iso"]: row["slug"] for row in province_rows(SPLIT_YEAR)}
    if name in codes:
        return codes[name]
    raise UsageError(f'"{name}" is no code of ISO 3166-2:ID.' + did_you_mean(name, codes))
