"""Borders made simple: what two areas share is simplified once, so that no gap opens between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from netralstat.maps.geojson import Floats, Polygon
from netralstat.maps.rings import area_of, simplified

Ints = NDArray[np.int64]
Arc = Ints
"""Corners of a line between two junctions, shape (m, 2), in steps of the fine grid."""

FEWEST_CORNERS = 3
FINE = 1000
"""Steps of the fine grid, on which corners are compared, in one of the grid on which they are drawn."""
_WIDER = 1.2
"""How much the tolerance grows from one attempt to the next, at least."""


def generalised(
    areas: Mapping[str, Sequence[Polygon]], *, grid: float, tolerance: float, most_points: int
) -> dict[str, tuple[Floats, ...]]:
    """The rings of every area with as few corners as the eye needs.

    Parameters
    ----------
    areas : rings in plane coordinates, y upwards or downwards.
    grid : step to which the corners that are left are rounded.
    tolerance : how far a corner may lie off a line and yet be left out; rings of less than 1.8 times this in
        both directions are left out, too, except the largest ring of an area.
    most_points : corners of all rings together; the tolerance grows until they are no more (or until there is
        nothing left to take out).

    Returns
    -------
    dict of tuples of ndarray, shape (m, 2)
        Closed rings by area: outer ones have a positive area (`rings.area_of`), holes a negative one.
        Polygons of one area that share a border are joined. An area too small for the grid has no ring.

    Notes
    -----
    A corner where the neighbouring corners differ from ring to ring is a junction; rings are cut there into
    arcs, each arc is simplified in one direction whichever ring it belongs to, and rings are put together
    again. An arc that one area has in both directions lies inside it and falls out.

    Source       Douglas & Peucker (1973); arcs as in TopoJSON (Bostock).
    """
    fine = grid / FINE
    owners, rings = _on_fine_grid(areas, fine)
    widest = fine * max((float(np.ptp(ring, axis=0).max()) for ring in rings), default=0.0)
    while True:
        kept = _seen(owners, rings, 1.8 * tolerance / fine)
        made = _joined([owners[place] for place in kept], [rings[place] for place in kept], tolerance / fine)
        owners = [area for area, found in made.items() for _ in found]
        rings = [ring for found in made.values() for ring in found]
        points = sum(map(len, rings))
        if points <= most_points or tolerance > widest:
            break
        tolerance *= max(_WIDER, min(points / most_points, 4.0) ** 0.5)
    return {area: _drawn(made.get(area, ()), grid) for area in areas}


def _drawn(rings: Iterable[Ints], grid: float) -> tuple[Floats, ...]:
    """Rings rounded to the grid, without those that are no area there."""
    rounded = (_without_repeats(np.rint(ring / FINE).astype(np.int64)) for ring in rings)
    return tuple(ring.astype(np.float64) * grid for ring in rounded if len(ring) > FEWEST_CORNERS)


def _without_repeats(ring: Ints) -> Ints:
    moved = (ring[1:] != ring[:-1]).any(axis=1)
    kept: Ints = ring[np.concatenate([[True], moved])]
    return kept


def _on_fine_grid(areas: Mapping[str, Sequence[Polygon]], fine: float) -> tuple[list[str], list[Ints]]:
    """Rings in steps of the fine grid; outer ones positive, holes negative."""
    owners: list[str] = []
    rings: list[Ints] = []
    for area, polygons in areas.items():
        for polygon in polygons:
            for place, ring in enumerate(polygon.rings):
                corners = _without_repeats(np.rint(ring / fine).astype(np.int64))
                if len(corners) <= FEWEST_CORNERS:
                    continue
                if (area_of(corners.astype(float)) > 0) != (place == 0):
                    corners = corners[::-1]
                owners.append(area)
                rings.append(corners)
    return owners, rings


def _seen(owners: Sequence[str], rings: Sequence[Ints], least: float) -> list[int]:
    """Places of the rings of at least this extent, and of the largest of each area."""
    extent = [int(np.ptp(ring, axis=0).max()) for ring in rings]
    largest: dict[str, int] = {}
    for place, area in enumerate(owners):
        if area not in largest or extent[place] > extent[largest[area]]:
            largest[area] = place
    chosen = set(largest.values())
    return [place for place in range(len(rings)) if extent[place] >= least or place in chosen]


def _joined(owners: Sequence[str], rings: Sequence[Ints], tolerance: float) -> dict[str, list[Ints]]:
    """Simplified rings of each area, borders inside an area taken out."""
    if not rings:
        return {}
    made: dict[str, list[Arc]] = {}
    for area, ring, junctions in zip(owners, rings, _junctions(rings), strict=True):
        made.setdefault(area, []).extend(_arcs(ring, junctions))
    found: dict[str, list[Ints]] = {}
    for area, arcs in made.items():
        lines = [_simple(arc, tolerance) for arc in _outer(arcs)]
        found[area] = [line for line in _stitched(lines) if len(line) > FEWEST_CORNERS]
    return found


def _codes(corners: Ints) -> Ints:
    """One number a corner."""
    codes: Ints = (corners[:, 0] << 32) + corners[:, 1]
    return codes


def _junctions(rings: Sequence[Ints]) -> list[Ints]:
    """Places in each ring at which rings part: not all come from and go to the same two neighbours."""
    codes = [_codes(ring[:-1]) for ring in rings]
    before = np.concatenate([np.roll(one, 1) for one in codes])
    after = np.concatenate([np.roll(one, -1) for one in codes])
    here = np.concatenate(codes)
    order = np.argsort(here, kind="stable")
    begins = np.concatenate([[True], here[order][1:] != here[order][:-1]])
    group = np.cumsum(begins) - 1
    differs = np.zeros(len(here), dtype=bool)
    for way in (np.minimum(before, after)[order], np.maximum(before, after)[order]):
        differs |= way != way[np.flatnonzero(begins)][group]
    parted = np.zeros(len(here), dtype=bool)
    parted[order] = np.bincount(group, weights=differs)[group] > 0
    parts = np.split(parted, np.cumsum([len(one) for one in codes])[:-1])
    return [np.flatnonzero(part) for part in parts]


def _arcs(ring: Ints, junctions: Ints) -> list[Arc]:
    """A closed ring cut at its junctions; without any, the ring from its smallest corner on."""
    first = int(junctions[0]) if len(junctions) else int(np.argmin(_codes(ring[:-1])))
    turned = np.roll(ring[:-1], -first, axis=0)
    whole = np.concatenate([turned, turned[:1]])
    ends = [int(place) - first for place in junctions] if len(junctions) else [0]
    return [whole[start : end + 1] for start, end in pairwise([*ends, len(whole) - 1])]


def _simple(arc: Arc, tolerance: float) -> Arc:
    """The arc made simple in one direction, whichever it runs."""
    differs = np.flatnonzero((arc != arc[::-1]).any(axis=1))
    forward = not len(differs) or tuple(arc[differs[0]]) < tuple(arc[::-1][differs[0]])
    if forward:
        return simplified(arc.astype(float), tolerance).astype(np.int64)
    return simplified(arc[::-1].astype(float), tolerance).astype(np.int64)[::-1]


def _outer(arcs: Iterable[Arc]) -> list[Arc]:
    """The arcs that an area does not have in both directions."""
    waiting: dict[bytes, list[Arc]] = {}
    for arc in arcs:
        twins = waiting.get(np.ascontiguousarray(arc[::-1]).tobytes())
        if twins:
            twins.pop()
        else:
            waiting.setdefault(np.ascontiguousarray(arc).tobytes(), []).append(arc)
    return [arc for same in waiting.values() for arc in same]


def _stitched(arcs: Sequence[Arc]) -> list[Ints]:
    """Closed rings from arcs of which as many end in each corner as begin there."""
    starts: dict[tuple[int, int], list[int]] = {}
    for place, arc in enumerate(arcs):
        starts.setdefault((int(arc[0, 0]), int(arc[0, 1])), []).append(place)
    used = [False] * len(arcs)
    rings: list[Ints] = []
    for first in range(len(arcs)):
        if used[first]:
            continue
        parts, place = [], first
        home = (int(arcs[first][0, 0]), int(arcs[first][0, 1]))
        while True:
            used[place] = True
            parts.append(arcs[place][:-1])
            at = (int(arcs[place][-1, 0]), int(arcs[place][-1, 1]))
            if at == home:
                break
            place = next(candidate for candidate in starts[at] if not used[candidate])
        corners = np.concatenate(parts)
        rings.append(np.concatenate([corners, corners[:1]]))
    return rings
