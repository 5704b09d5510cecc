"""A made-up map: every province a rough square where its tile stands; no boundary of a real place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from netralstat.reference import provinces, tiles

CODES = {"bps": "bps_code", "kemendagri": "kemendagri_code", "iso": "iso", "name": "name_id", "slug": "slug"}
SIDE = 1.1


def squares(vintage: int = 2022, scheme: str = "bps", corners: int = 9) -> dict[str, Any]:
    """A FeatureCollection of the 34 or 38 provinces; neighbours share their borders, corner by corner."""
    random = np.random.default_rng(vintage)
    edges: dict[tuple[tuple[int, int], tuple[int, int]], list[list[float]]] = {}

    def edge(start: tuple[int, int], end: tuple[int, int]) -> list[list[float]]:
        if (end, start) in edges:
            return edges[end, start][::-1]
        if (start, end) not in edges:
            line = np.linspace(_place(start), _place(end), corners)
            walk = random.uniform(-1, 1, (corners, 2)).cumsum(axis=0)
            walk -= np.linspace(walk[0], walk[-1], corners)  # rough as a coast, its ends where they were
            line += 0.05 * walk / max(float(np.abs(walk).max()), 1.0)
            edges[start, end] = line.tolist()
        return edges[start, end]

    names = dict(zip(provinces(vintage)["slug"], provinces(vintage)[CODES[scheme]], strict=True))
    features = []
    for tile in tiles(vintage).to_dict("records"):
        x, y = int(tile["col"]), int(tile["row"])
        around = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)]
        ring = [point for i in range(4) for point in edge(around[i], around[i + 1])[:-1]]
        features.append(square(names[tile["slug"]], [[*ring, ring[0]]]))
    return collection(*features)


def square(name: Any, coordinates: Any, kind: str = "Polygon") -> dict[str, Any]:
    """A feature whose property `kode` names it."""
    return {
        "type": "Feature",
        "properties": {"kode": name, "luas": 1.5},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    """The features of a file."""
    return {"type": "FeatureCollection", "features": list(features)}


def written(content: Any, file: Path) -> Path:
    """The file with this content."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def _place(corner: tuple[int, int]) -> tuple[float, float]:
    return 95 + SIDE * corner[0], 5 - SIDE * corner[1]
