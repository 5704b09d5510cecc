"""The true map: areas in their own shapes, from the user's GeoJSON, coloured as the tile map is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from netralstat.errors import ReportError, did_you_mean
from netralstat.maps.geojson import Areas, Source, read_geojson
from netralstat.report.figures import inputs
from netralstat.report.figures.canvas import HATCH_WIDTH, Canvas, Point
from netralstat.report.figures.classes import class_of, printed_digits, round_limits
from netralstat.report.figures.map_labels import Box
from netralstat.report.figures.map_legend import SIGN, draw_legend, draw_sign, legend_of
from netralstat.report.figures.outlines import Outline, Sheet, hatched, outlined
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.theme import (
    EDGE,
    HATCH,
    INK,
    LINE,
    ON_PLUM,
    PAPER,
    PLUM,
    QUIET,
    SEMIBOLD,
    WIDTH,
)
from netralstat.report.figures.tile_map import DIRECTIONS, VALUE_COLUMNS
from netralstat.report.figures.typeface import width_of

_SIZE = 12.5
_SMALLEST = 3.6  # radius of the disc that stands for an area too small to see
_SEEN = 5.0  # px across from which an area is seen by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class _Area:
    outline: Outline
    estimate: float | None
    direction: str
    outside: bool


def true_map(
    values: pd.DataFrame,
    geojson: Source,
    *,
    key: str,
    percent: Callable[[float], str],
    text: Mapping[str, str],
    slug_of: Callable[[str], str] = str,
    outside: Collection[str] = frozenset(),
    limits: tuple[float, float, float, float] | None = None,
    width: float = WIDTH,
) -> Picture:
    """How high a percentage is in each province, on a map of the user's own.

    Parameters
    ----------
    values : pandas.DataFrame
        ``slug estimate flag direction`` as for `tile_map`. An area without a row is drawn as not shown.
    geojson : path, or the content as Python has read it
        See `netralstat.maps.geojson.read_features`. Features of one slug are one area.
    key : str
        The property of its features that holds the slug or a code.
    percent, text, limits
        As for `tile_map`.
    slug_of : callable
        The slug that a value of `key` means, where it is none itself: ``lambda code: reference.by_code(code,
        "bps", 2022)``.
    outside : collection of str
        Slugs outside the sampling frame.
    width : float
        Width of the sheet in px.

    Raises
    ------
    ReportError
        The file cannot be used, a slug of the values is not on the map or has two rows, a column or a word is
        missing, or the limits do not rise.
    """
    sheet = outlined(_by_slug(read_geojson(geojson, key=key), slug_of), width)
    return area_map(values, sheet, percent=percent, text=text, outside=outside, limits=limits)


def area_map(
    values: pd.DataFrame,
    sheet: Sheet,
    *,
    percent: Callable[[float], str],
    text: Mapping[str, str],
    outside: Collection[str] = frozenset(),
    limits: tuple[float, float, float, float] | None = None,
) -> Picture:
    """The true map on outlines that are at hand (`netralstat.report.figures.outlines.outlined`).

    Parameters and errors are those of `true_map`; a slug outside the frame need not be on the map.
    """
    inputs.columns(values, VALUE_COLUMNS, "true_map")
    inputs.one_of([str(value) for value in values["direction"]], DIRECTIONS, "direction", "true_map")
    if limits is not None and not all(low < high for low, high in pairwise(limits)):
        raise ReportError(
            "The limits of the map classes do not rise.",
            where="netralstat.report.figures.true_map, limits",
            do="give four rising proportions.",
        )
    _check_slugs(values, sheet.outlines)
    height = sheet.height
    areas = _areas(values, sheet.outlines, frozenset(outside))
    known = [area.estimate for area in areas if area.estimate is not None]
    classes = limits or (round_limits(known, percent) if known else ())
    legend = legend_of([(area.estimate, area.direction, area.outside) for area in areas], text, "true_map")

    canvas = Canvas(sheet.width, height + 30 + legend.height)
    digits = printed_digits(percent)
    steps = [None if area.estimate is None else class_of(area.estimate, classes, digits) for area in areas]
    for area, step in zip(areas, steps, strict=True):
        _draw_area(canvas, area, step)
    taken: list[Box] = []
    for area, step in sorted(zip(areas, steps, strict=True), key=lambda pair: -pair[0].outline.reach):
        if area.estimate is not None and step is not None:
            _draw_value(canvas, area, percent(area.estimate), ON_PLUM[step], taken)
    draw_legend(canvas, legend, height + 30, classes, percent)
    return canvas.picture


def _by_slug(areas: Areas, slug_of: Callable[[str], str]) -> Areas:
    found: dict[str, tuple[Any, ...]] = {}
    for name, polygons in areas.items():
        slug = slug_of(name)
        found[slug] = (*found.get(slug, ()), *polygons)
    return found


def _check_slugs(values: pd.DataFrame, outlines: Mapping[str, Outline]) -> None:
    for slug in values["slug"]:
        if slug not in outlines:
            raise ReportError(
                f'The map file has no area "{slug}" among its {len(outlines)}.'
                + did_you_mean(str(slug), outlines),
                where="netralstat.report.figures.true_map, key",
                do="name the property that holds the slug, or give slug_of= to make slugs of codes.",
            )
    twice = sorted(set(values["slug"][values["slug"].duplicated()]))
    if twice:
        raise ReportError(
            f"The map got more than one row for {', '.join(twice)}.",
            where="netralstat.report.figures.true_map",
            do="give one row a province: one item, one level.",
        )


def _areas(values: pd.DataFrame, outlines: Mapping[str, Outline], outside: frozenset[str]) -> list[_Area]:
    rows = {
        str(slug): (float(estimate), str(direction))
        for slug, estimate, direction in zip(
            values["slug"], values["estimate"], values["direction"], strict=True
        )
        if not pd.isna(estimate) and slug not in outside
    }
    return [
        _Area(
            outline=outline,
            estimate=rows[slug][0] if slug in rows else None,
            direction=rows[slug][1] if slug in rows else "",
            outside=slug in outside,
        )
        for slug, outline in outlines.items()
    ]


def _draw_area(canvas: Canvas, area: _Area, step: int | None) -> None:
    outline = area.outline
    fill = PLUM[step] if step is not None else PAPER if area.outside else QUIET
    stroke = LINE if step == 0 else PAPER if step is not None else EDGE
    dash = (3.0, 3.0) if area.outside else None
    line = 0.8 if step else 0.9
    rings = [[(float(x), float(y)) for x, y in ring] for ring in outline.rings]
    if rings:
        canvas.area(rings, fill=fill, stroke=stroke, line=line, dash=dash)
        if step is None and not area.outside:
            canvas.strokes(hatched(outline.rings), colour=HATCH, width=HATCH_WIDTH)
    if outline.reach < _SEEN or not rings:
        x, y = outline.centre
        canvas.disc(x, y, _SMALLEST, fill=fill, stroke=EDGE, line=0.9)


def _draw_value(canvas: Canvas, area: _Area, words: str, colour: str, taken: list[Box]) -> None:
    """The value inside its area where it fits there; else only the sign of a difference, beside the area."""
    outline = area.outline
    x, y = outline.centre
    wide = width_of(words, _SIZE, SEMIBOLD) + (SIGN if area.direction else 0)
    box = Box(left=x - wide / 2, top=y - 7, width=wide, height=14)
    if outline.holds(box) and not any(box.meets(other, 2.0) for other in taken):
        taken.append(box)
        canvas.text(box.left, y + _SIZE * 0.36, words, size=_SIZE, weight=SEMIBOLD, colour=colour)
        if area.direction:
            draw_sign(canvas, area.direction, box.right - 4.5, y, colour)
        return
    if not area.direction:
        return
    at: Point = (x, y)
    own = Box(left=x - 6, top=y - 6, width=12, height=12)
    if outline.holds(own):
        draw_sign(canvas, area.direction, *at, colour)
    else:
        draw_sign(canvas, area.direction, min(x + outline.reach / 2 + 9, canvas.width - 6), y, INK)
