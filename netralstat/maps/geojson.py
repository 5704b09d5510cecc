"""Polygons of a GeoJSON file, read strictly: names, coordinates and sizes are checked before any drawing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from netralstat.errors import ReportError, did_you_mean

Floats = NDArray[np.float64]
MOST_BYTES = 40_000_000
MOST_POINTS = 2_000_000
_LEAST_CORNERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Polygon:
    """One polygon: its rings as longitude and latitude, shape (m, 2) each, the first the outer one."""

    rings: tuple[Floats, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature: its place in the file (from 1), the value of the property that names it, its polygons."""

    place: int
    name: str
    polygons: tuple[Polygon, ...]


Areas = Mapping[str, tuple[Polygon, ...]]
Source = str | Path | Mapping[str, Any]


def read_geojson(source: Source, *, key: str) -> dict[str, tuple[Polygon, ...]]:
    """The polygons of each area: features with the same value of the property `key` are one.

    Parameters and errors are those of `read_features`.
    """
    found: dict[str, list[Polygon]] = {}
    for feature in read_features(source, key=key):
        found.setdefault(feature.name, []).extend(feature.polygons)
    return {name: tuple(polygons) for name, polygons in found.items()}


def read_features(source: Source, *, key: str) -> list[Feature]:
    """The features of a GeoJSON file in its order.

    Parameters
    ----------
    source : path of a file, or its content as Python has read it
        A FeatureCollection of Polygon and MultiPolygon features in longitude and latitude (WGS 84).
    key : str
        The property that names an area.

    Raises
    ------
    ReportError
        The file is not there, is larger than 40 MB or holds more than 2,000,000 points, is no JSON or no such
        FeatureCollection; a feature lacks the property, is of another geometry, or has coordinates that are
        not degrees.
    """
    where = name_of(source)
    content = _parsed(Path(source), where) if isinstance(source, str | Path) else source
    if not isinstance(content, Mapping) or content.get("type") != "FeatureCollection":
        _refuse("is no FeatureCollection", where, "export the layer as a GeoJSON FeatureCollection in WGS 84")
    features = content.get("features")
    if not isinstance(features, list) or not features:
        _refuse("has no features", where, "export the layer of the provinces")
    found: list[Feature] = []
    points = 0
    for place, feature in enumerate(features, start=1):
        name, polygons = _feature(feature, key, f"{where}, feature {place}")
        points += sum(len(ring) for polygon in polygons for ring in polygon.rings)
        if points > MOST_POINTS:
            _refuse(
                f"has more than {MOST_POINTS:,} points",
                where,
                "simplify the layer first (a map of the report needs some ten thousand)",
            )
        found.append(Feature(place=place, name=name, polygons=tuple(polygons)))
    return found


def name_of(source: Source) -> str:
    """What a map file is called in messages."""
    return Path(source).name if isinstance(source, str | Path) else "geojson"


def _parsed(path: Path, where: str) -> Any:
    if not path.is_file():
        _refuse("is not there", str(path), "name a file that exists")
    if path.stat().st_size > MOST_BYTES:
        _refuse(
            f"has {path.stat().st_size / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}",
            where,
            "simplify the layer first",
        )
    try:
        return json.loads(path.read_bytes(), parse_constant=lambda name: _refuse(f"holds {name}", where, ""))
    except (ValueError, RecursionError) as problem:
        raise ReportError(
            "The map file is no JSON.",
            where=where,
            do="export the layer as GeoJSON, encoded in UTF-8.",
        ) from problem


def _feature(feature: Any, key: str, where: str) -> tuple[str, list[Polygon]]:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    if not isinstance(properties, Mapping) or not isinstance(geometry, Mapping):
        _refuse("has a feature without properties or geometry", where, "export the layer again")
    name = properties.get(key)
    if isinstance(name, bool) or not isinstance(name, str | int) or name == "":
        known = [str(one) for one in properties]
        _refuse(
            f'has a feature whose property "{key}" is no text or whole number',
            where,
            f"name one of its properties: {', '.join(known[:12])}.{did_you_mean(key, known)}",
        )
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        _refuse(f"has a feature of the geometry {kind}", where, "keep Polygon and MultiPolygon only")
    parts = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts:
        _refuse("has a feature without coordinates", where, "export the layer again")
    return str(name), [_polygon(part, where) for part in parts]


def _polygon(part: Any, where: str) -> Polygon:
    if not isinstance(part, list) or not part:
        _refuse("has a polygon without rings", where, "export the layer again")
    return Polygon(rings=tuple(_ring(ring, where) for ring in part))


def _ring(ring: Any, where: str) -> Floats:
    """Corners of a ring; a third number of each, its height, is left out."""
    try:
        told = np.array([corner[:2] for corner in ring])
        corners = told.astype(np.float64) if told.dtype.kind in "iuf" else np.empty((0, 2))
    except (TypeError, ValueError, KeyError):
        corners = np.empty((0, 2))
    if corners.ndim != 2 or corners.shape[1:] != (2,) or len(corners) < _LEAST_CORNERS:
        _refuse(
            f"has a ring that is not a list of {_LEAST_CORNERS} or more pairs of numbers",
            where,
            "export the layer again",
        )
    if not (np.isfinite(corners).all() and (np.abs(corners) <= (180.0, 90.0)).all()):
        _refuse("has coordinates that are no degrees", where, "export the layer in WGS 84 (EPSG:4326)")
    if (corners[0] != corners[-1]).any():
        _refuse("has a ring that does not close", where, "export the layer again")
    return corners


def _refuse(fact: str, where: str, do: str) -> NoReturn:
    raise ReportError(
        f"The map file {fact}.", where=where, do=f"{do or 'export the layer again'}.".replace("..", ".")
    )
