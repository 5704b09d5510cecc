"""Areas of the earth as outlines on a sheet: projected, made simple, small ones kept."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.report.figures.geojson import Areas
from netralstat.report.figures.map_labels import Box

Floats = NDArray[np.float64]
# How far in px a point may lie off a line and yet be left out, and how small a ring is not drawn.
TOLERANCE = 0.45
SMALLEST_RING = 0.8
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
        x = np.linspace(box.left, box.right, 5)
        edge = [(at, y) for at in x for y in (box.top, box.top + box.height / 2, box.bottom)]
        return all(inside(self.largest, at) for at in edge)


def outlined(areas: Areas, width: float) -> tuple[dict[str, Outline], float]:
    """Outlines of all areas on a sheet of `width` px, and the height that they take.

    Formula      x = λ cos φ₀, y = -φ (equirectangular, true at the middle latitude φ₀); lines made simple by
                 Douglas & Peucker (1973)
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

    found = {}
    for name, polygons in areas.items():
        rings = [(placed(ring), place == 0) for one in polygons for place, ring in enumerate(one.rings)]
        found[name] = _outline(rings)
    return found, tall * scale + 2 * _MARGIN


def _outline(rings: list[tuple[Floats, bool]]) -> Outline:
    outer = [ring for ring, first in rings if first]
    largest = simplified(max(outer, key=lambda ring: abs(area_of(ring))), TOLERANCE)
    size = largest.max(axis=0) - largest.min(axis=0)
    kept = []
    for ring, first in rings:
        if float((ring.max(axis=0) - ring.min(axis=0)).max()) < SMALLEST_RING:
            continue
        drawn = simplified(ring, TOLERANCE)
        if len(drawn) >= 4:
            kept.append(drawn[:-1] if (area_of(drawn) > 0) == first else drawn[-1:0:-1])
    return Outline(rings=tuple(kept), largest=largest, centre=_centre(largest), reach=float(size.max()))


def area_of(ring: Floats) -> float:
    """Area of a closed ring, its sign telling which way round it goes."""
    x, y = (ring - ring[0]).T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def inside(ring: Floats, point: tuple[float, float]) -> bool:
    """Whether a point lies in a closed ring (a ray to the right crosses it an odd number of times)."""
    x, y = point
    x0, y0, x1, y1 = ring[:-1, 0], ring[:-1, 1], ring[1:, 0], ring[1:, 1]
    crosses = (y0 > y) != (y1 > y)
    if not crosses.any():
        return False
    rise = y1[crosses] - y0[crosses]
    at = x0[crosses] + (y - y0[crosses]) / rise * (x1[crosses] - x0[crosses])
    return bool(np.count_nonzero(at > x) % 2)


def simplified(ring: Floats, tolerance: float) -> Floats:
    """The ring without points that lie within `tolerance` of the line between those kept.

    Source       Douglas & Peucker (1973).
    """
    keep = np.zeros(len(ring), dtype=bool)
    far = int(np.argmax(np.hypot(*(ring - ring[0]).T)))
    keep[[0, far, -1]] = True
    waiting = [(0, far), (far, len(ring) - 1)]
    while waiting:
        start, end = waiting.pop()
        if end - start < 2:
            continue
        between = ring[start + 1 : end] - ring[start]
        along = ring[end] - ring[start]
        length = float(np.hypot(*along))
        off = (
            np.abs(between[:, 0] * along[1] - between[:, 1] * along[0]) / length
            if length > 0
            else np.hypot(*between.T)
        )
        most = int(np.argmax(off))
        if off[most] > tolerance:
            middle = start + 1 + most
            keep[middle] = True
            waiting += [(start, middle), (middle, end)]
    return ring[keep]


def _centre(ring: Floats) -> tuple[float, float]:
    """The point of a few across and down that lies deepest inside: where a label has most room."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    best, deepest = (float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2), -1.0
    for share_x in np.linspace(0.1, 0.9, 17):
        for share_y in np.linspace(0.1, 0.9, 17):
            point = (
                float(low[0] + share_x * (high[0] - low[0])),
                float(low[1] + share_y * (high[1] - low[1])),
            )
            if inside(ring, point):
                gap = np.abs(ring - point) / (1.6, 1.0)  # labels are wider than tall
                depth = float(gap.max(axis=1).min())
                if depth > deepest:
                    best, deepest = point, depth
    return best
