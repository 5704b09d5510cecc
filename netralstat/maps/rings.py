"""One ring of a map: its area, its corners made fewer, what lies inside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netralstat.maps.geojson import Floats

WIDER_THAN_TALL = 1.6
"""How much room a label needs across, for what it needs up and down."""


def area_of(ring: Floats) -> float:
    """Area of a closed ring, its sign telling which way round it goes."""
    x, y = (ring - ring[0]).T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def simplified(line: Floats, tolerance: float) -> Floats:
    """The line without corners that lie within `tolerance` of the line between those kept.

    A closed line keeps its first corner and the one farthest from it.

    Source       Douglas & Peucker (1973).
    """
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    waiting = [(0, len(line) - 1)]
    if (line[0] == line[-1]).all():
        far = int(np.argmax(np.hypot(*(line - line[0]).T)))
        keep[far] = True
        waiting = [(0, far), (far, len(line) - 1)]
    while waiting:
        start, end = waiting.pop()
        if end - start < 2:
            continue
        between = line[start + 1 : end] - line[start]
        along = line[end] - line[start]
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
    return line[keep]


def inside(ring: Floats, points: Floats) -> NDArray[np.bool_]:
    """Which points, shape (k, 2), lie in a closed ring.

    A ray to the right of such a point crosses the ring an odd number of times.
    """
    x, y = points[:, :1], points[:, 1:]
    (x0, y0), (x1, y1) = ring[:-1].T, ring[1:].T
    crosses = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    odd: NDArray[np.bool_] = np.count_nonzero(crosses & (at > x), axis=1) % 2 == 1
    return odd


def deepest_point(ring: Floats) -> tuple[float, float]:
    """The point of a few across and down that lies deepest inside: where a label has most room."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    shares = np.linspace(0.1, 0.9, 17)
    x, y = (grid.ravel() for grid in np.meshgrid(*(low + np.outer(shares, high - low)).T, indexing="ij"))
    points = np.column_stack([x, y])
    points = points[inside(ring, points)]
    if not len(points):
        return float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2
    across = (1 / WIDER_THAN_TALL, 1.0)
    start, along = ring[:-1] * across, np.diff(ring * across, axis=0)
    away = (points * across)[:, None, :] - start
    length = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    share = np.clip((away * along).sum(axis=2) / length, 0.0, 1.0)
    depth = ((away - share[:, :, None] * along) ** 2).sum(axis=2).min(axis=1)
    deep = points[depth >= 0.95 * depth.max()]  # among points nearly as deep the one in the middle
    best = deep[int(np.argmin(((deep - (low + high) / 2) ** 2).sum(axis=1)))]
    return float(best[0]), float(best[1])
