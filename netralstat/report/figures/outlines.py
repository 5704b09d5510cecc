"""Areas of the earth as outlines on a sheet: projected, their borders made simple, small ones kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netralstat.maps.borders import generalised
from netralstat.maps.geojson import Areas, Floats, Polygon
from netralstat.maps.rings import area_of, deepest_point, inside
from netralstat.report.figures.map_labels import Box

# How far in px a corner may lie off a line and yet be left out, and the grid on which corners lie. A page has
# room for some thousand corners a map: 14 bytes each.
TOLERANCE = 0.45
GRID = 0.1
MOST_POINTS = 4_000
TALLEST = 1.1  # of the width
_MARGIN = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The rings of an area in px, outer ones one way round and holes the other.

    `centre` lies in its largest polygon, `reach` is how far that goes across, from the longer side.
    """

    rings: tuple[Floats, ...]
    largest: Floats
    centre: tuple[float, float]
    reach: float

    def holds(self, box: Box) -> bool:
        """Whether a box lies inside the largest polygon."""
        across = np.linspace(box.left, box.right, 5)
        points = [(x, y) for x in across for y in (box.top, box.top + box.height / 2, box.bottom)]
        return bool(inside(self.largest, np.array(points)).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Every area drawn on a sheet, by its name, and the size of the sheet in px."""

    outlines: Mapping[str, Outline]
    width: float
    height: float


def outlined(areas: Areas, width: float) -> Sheet:
    """Outlines of all areas on a sheet of `width` px.

    Formula      x = λ cos φ₀, y = -φ (equirectangular, true at the middle latitude φ₀); borders made simple
                 once for both sides (`netralstat.maps.borders`)
    """
    every = np.concatenate([ring for polygons in areas.values() for one in polygons for ring in one.rings])
    low, high = every.min(axis=0), every.max(axis=0)
    shrink = math.cos(math.radians(float(low[1] + high[1]) / 2))
    across, tall = max(float(high[0] - low[0]) * shrink, 1e-9), max(float(high[1] - low[1]), 1e-9)
    room = width - 2 * _MARGIN
    scale = min(room / across, TALLEST * room / tall)
    left = _MARGIN + (room - scale * across) / 2

    def placed(ring: Floats) -> Floats:
        x = left + (ring[:, 0] - low[0]) * shrink * scale
        return np.column_stack([x, _MARGIN + (high[1] - ring[:, 1]) * scale])

    on_sheet = {
        name: tuple(Polygon(rings=tuple(map(placed, one.rings))) for one in polygons)
        for name, polygons in areas.items()
    }
    rings = generalised(on_sheet, grid=GRID, tolerance=TOLERANCE, most_points=MOST_POINTS)
    found = {name: _outline(on_sheet[name], rings[name]) for name in areas}
    return Sheet(outlines=found, width=width, height=tall * scale + 2 * _MARGIN)


def _outline(polygons: Sequence[Polygon], rings: tuple[Floats, ...]) -> Outline:
    """The drawn rings of an area; where none is left, its place by its largest polygon."""
    outer = [ring for ring in rings if area_of(ring) > 0] or [polygon.rings[0] for polygon in polygons]
    largest = max(outer, key=lambda ring: abs(area_of(ring)))
    reach = float(np.ptp(largest, axis=0).max())
    return Outline(
        rings=tuple(ring[:-1] for ring in rings), largest=largest, centre=deepest_point(largest), reach=reach
    )


def hatched(
    rings: Sequence[Floats], step: float = 7.0
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Rising diagonals inside an area: where each enters it and leaves it. Rings need not be closed."""
    starts = np.concatenate(rings)
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    first, last = starts.sum(axis=1), ends.sum(axis=1)  # x + y is the same all along a rising diagonal
    lines = []
    for level in np.arange(np.ceil(first.min() / step) * step, first.max(), step):
        crosses = (first > level) != (last > level)
        share = (level - first[crosses]) / (last[crosses] - first[crosses])
        x = np.sort(starts[crosses, 0] + share * (ends[crosses, 0] - starts[crosses, 0]))
        lines += [
            ((float(low), float(level - low)), (float(high), float(level - high)))
            for low, high in zip(x[::2], x[1::2], strict=True)
        ]
    return lines
