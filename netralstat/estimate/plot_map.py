"""A map of estimates in the shapes of the user's own GeoJSON, for notebooks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from netralstat.estimate.plot import NotebookFigure
from netralstat.estimate.plot_kinds import INK, province_values
from netralstat.maps.borders import generalised
from netralstat.maps.geojson import Floats, Polygon, Source
from netralstat.maps.province_map import read_province_map
from netralstat.maps.rings import area_of, deepest_point, inside

if TYPE_CHECKING:
    from matplotlib.path import Path

    from netralstat.estimate.estimates import Estimates

# Of the map's longer side: the grid of corners, how far a corner may lie off a line, and the box of a number.
GRID, TOLERANCE, LABEL = 1e-4, 5e-4, 0.012
MOST_POINTS = 20_000
EDGE = "#8C94A3"


def true_map_plot(estimates: Estimates, geojson: Source, *, key: str, scheme: str = "slug") -> NotebookFigure:
    """Every province in its own shape, darker where the estimate is higher; light grey where none is shown.

    A number stands in its province where it fits. Features of one province are one area, and a map of 38
    provinces serves estimates of 34.

    Parameters
    ----------
    geojson, key, scheme
        See `netralstat.maps.province_map.read_province_map`.

    Raises
    ------
    EstimationError
        There is not one row a province.
    ReportError
        The file cannot be used, or lacks a province of the estimates.
    """
    from matplotlib.patches import PathPatch

    provinces = province_values(estimates)
    areas = read_province_map(
        geojson, key=key, scheme=scheme, vintage=provinces.vintage, dissolve=True, needed=provinces.shown
    )
    every = np.concatenate([ring for parts in areas.values() for part in parts for ring in part.rings])
    low, high = every.min(axis=0), every.max(axis=0)
    shrink = math.cos(math.radians(float(low[1] + high[1]) / 2))
    side = float(max((high[0] - low[0]) * shrink, high[1] - low[1]))
    flat = {
        slug: [Polygon(rings=tuple(ring * (shrink, 1.0) for ring in part.rings)) for part in parts]
        for slug, parts in areas.items()
    }
    rings = generalised(flat, grid=GRID * side, tolerance=TOLERANCE * side, most_points=MOST_POINTS)
    tall = float(high[1] - low[1]) / float((high[0] - low[0]) * shrink)
    figure = NotebookFigure(figsize=(9, min(max(9 * tall, 3), 9) + 0.5), layout="constrained")
    axes = figure.subplots()
    for slug, found in rings.items():
        colour, ink, words = provinces.look(slug)
        if not found:  # too small for the grid
            axes.plot(*flat[slug][0].rings[0].mean(axis=0), "o", color=colour, markeredgecolor=EDGE)
            continue
        edge = "white" if words else EDGE
        axes.add_patch(PathPatch(_path(found), facecolor=colour, edgecolor=edge, linewidth=0.5))
        largest = max(found, key=area_of)
        x, y = deepest_point(largest)
        box = np.array([(x + i * LABEL * side, y + j * LABEL * side * 0.7) for i in (-1, 1) for j in (-1, 1)])
        if words and inside(largest, box).all():
            axes.text(x, y, words, ha="center", va="center", size=8, color=ink, weight="bold")
    axes.set_xlim(low[0] * shrink, high[0] * shrink)
    axes.set_ylim(low[1], high[1])
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_title(provinces.title, fontsize=10, loc="left", color=INK)
    return figure


def _path(rings: tuple[Floats, ...]) -> Path:
    """All rings of an area as one path; holes run the other way."""
    from matplotlib.path import Path

    parts = [Path(ring, closed=True) for ring in rings]
    return Path.make_compound_path(*parts)
