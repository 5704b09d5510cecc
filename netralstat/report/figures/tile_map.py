"""The tile map: every province the same area, so that a small one reads as well as a large one."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from netralstat.errors import ReportError, did_you_mean
from netralstat.report.figures import inputs
from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.classes import class_of, printed_digits, round_limits
from netralstat.report.figures.map_labels import Box, place_labels
from netralstat.report.figures.map_legend import SIGN, draw_blank, draw_legend, draw_sign, legend_of
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.theme import (
    MUTED,
    ON_PLUM,
    PLUM,
    QUIET,
    SEMIBOLD,
    SMALL_SIZE,
    WIDTH,
)
from netralstat.report.figures.typeface import fitted, width_of

DIRECTIONS = ("higher", "lower", "")
VALUE_COLUMNS = ("slug", "estimate", "flag", "direction")
TILE_COLUMNS = ("slug", "abbr", "row", "col", "group", "group_label")
_GAP = 0.08  # share of the pitch
_RADIUS = 5.0
_NAME_SIZE = (
    10.0,
    11.5,
)  # one size for all names; only a name that is too long even for the smaller one shrinks
_VALUE_SIZE = 15.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tile:
    slug: str
    name: str
    box: Box
    estimate: float | None
    direction: str
    outside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Print:
    """How values are coloured and printed on the tiles: all in one size."""

    percent: Callable[[float], str]
    digits: int
    limits: tuple[float, ...]
    name_size: float
    size: float


def tile_map(
    values: pd.DataFrame,
    tiles: pd.DataFrame,
    *,
    outside: Collection[str] = frozenset(),
    percent: Callable[[float], str],
    text: Mapping[str, str],
    limits: tuple[float, float, float, float] | None = None,
) -> Picture:
    """How high a percentage is in each province, and where it differs from the nation.

    Parameters
    ----------
    values : pandas.DataFrame
        ``slug estimate flag direction``: estimate in [0, 1], NaN when suppressed; direction ``higher``,
        ``lower`` (significantly so, against the nation) or empty. A province without a row is drawn as not
        shown.
    tiles : pandas.DataFrame
        ``slug abbr row col group group_label``, from :func:`netralstat.reference.tiles`.
    outside : collection of str
        Slugs outside the sampling frame: dashed, without value.
    percent : callable
        Prints a proportion on a tile; whole percent reads best (``lambda p: numbers.share(p, 0)``).
    text : mapping
        ``legend_title``; ``not_shown``, ``outside``, ``higher`` and ``lower`` when they occur.
    limits : tuple of four float, optional
        Limits between the five classes; by default round ones that fill the classes evenly. Give them to
        compare two maps.

    Returns
    -------
    Picture

    Raises
    ------
    ReportError
        A column, a word or a slug is missing or unknown, a province has two rows, or the limits do not rise.
    """
    inputs.columns(values, VALUE_COLUMNS, "tile_map")
    inputs.columns(tiles, TILE_COLUMNS, "tile_map")
    _check_slugs(values, tiles, frozenset(outside))
    inputs.one_of([str(value) for value in values["direction"]], DIRECTIONS, "direction", "tile_map")
    if limits is not None and not all(low < high for low, high in pairwise(limits)):
        raise ReportError(
            "The limits of the map classes do not rise.",
            where="netralstat.report.figures.tile_map, limits",
            do="give four rising proportions.",
        )
    drawn = _tiles(values, tiles, frozenset(outside))
    known = [tile.estimate for tile in drawn if tile.estimate is not None]
    classes = limits or (round_limits(known, percent) if known else ())
    legend = legend_of([(tile.estimate, tile.direction, tile.outside) for tile in drawn], text, "tile_map")

    foot = max(tile.box.bottom for tile in drawn)
    labels = place_labels(tiles, {tile.slug: tile.box for tile in drawn}, WIDTH)
    canvas = Canvas(WIDTH, foot + 26 + legend.height)
    smallest, usual = _NAME_SIZE
    look = _Print(
        percent=percent,
        digits=printed_digits(percent),
        limits=classes,
        name_size=max(smallest, min(fitted(tile.name, tile.box.width - 5, usual) for tile in drawn)),
        size=_value_size(drawn, percent),
    )
    for tile in drawn:
        _draw_tile(canvas, tile, look)
    for label in labels:
        canvas.text(label.x, label.y, label.text, size=SMALL_SIZE, weight=SEMIBOLD, colour=MUTED)
    draw_legend(canvas, legend, foot + 26, classes, percent)
    return canvas.picture


def _check_slugs(values: pd.DataFrame, tiles: pd.DataFrame, outside: AbstractSet[str]) -> None:
    known = set(tiles["slug"])
    for slug in [*values["slug"], *sorted(outside)]:
        if slug not in known:
            raise ReportError(
                f'The map has no tile for "{slug}".' + did_you_mean(str(slug), known),
                where="netralstat.report.figures.tile_map",
                do=f"use the slugs of the {len(known)} tiles, or tiles of another vintage.",
            )
    twice = sorted(set(values["slug"][values["slug"].duplicated()]))
    if twice:
        raise ReportError(
            f"The map got more than one row for {', '.join(twice)}.",
            where="netralstat.report.figures.tile_map",
            do="give one row a province: one item, one level.",
        )


def _tiles(values: pd.DataFrame, tiles: pd.DataFrame, outside: AbstractSet[str]) -> list[_Tile]:
    n_columns = int(tiles["col"].max()) + 1
    pitch = WIDTH / (n_columns - _GAP)
    side = pitch * (1 - _GAP)
    rows = {str(row.slug): row for row in values.itertuples(index=False)}
    found = []
    for tile in tiles.itertuples(index=False):
        row = rows.get(str(tile.slug))
        shown = row is not None and not math.isnan(float(row.estimate)) and tile.slug not in outside  # type: ignore[arg-type]
        found.append(
            _Tile(
                slug=str(tile.slug),
                name=str(tile.abbr),
                box=Box(left=float(tile.col) * pitch, top=float(tile.row) * pitch, width=side, height=side),  # type: ignore[arg-type]
                estimate=float(row.estimate) if shown else None,  # type: ignore[union-attr, arg-type]
                direction=str(row.direction) if shown else "",  # type: ignore[union-attr]
                outside=tile.slug in outside,
            )
        )
    return found


def _value_size(drawn: list[_Tile], percent: Callable[[float], str]) -> float:
    sizes = [
        fitted(
            percent(tile.estimate),
            tile.box.width - 5 - (SIGN if tile.direction else 0),
            _VALUE_SIZE,
            SEMIBOLD,
        )
        for tile in drawn
        if tile.estimate is not None
    ]
    return min(sizes, default=_VALUE_SIZE)


def _draw_tile(canvas: Canvas, tile: _Tile, look: _Print) -> None:
    box = tile.box
    centre = box.left + box.width / 2
    size = fitted(tile.name, box.width - 5, look.name_size)
    if tile.estimate is None:
        draw_blank(canvas, box, outside=tile.outside)
        if not tile.outside:
            wide = min(width_of(tile.name, size) + 6, box.width - 3)
            canvas.rectangle(centre - wide / 2, box.top + box.height / 2 - 9, wide, 18, fill=QUIET, radius=3)
        canvas.text(centre, box.top + box.height / 2 + 4, tile.name, size=size, colour=MUTED, align="center")
        return
    step = class_of(tile.estimate, look.limits, look.digits)
    colour = ON_PLUM[step]
    canvas.rectangle(box.left, box.top, box.width, box.height, fill=PLUM[step], radius=_RADIUS)
    canvas.text(centre, box.top + box.height * 0.40, tile.name, size=size, colour=colour, align="center")
    number = look.percent(tile.estimate)
    wide = width_of(number, look.size, SEMIBOLD) + (SIGN if tile.direction else 0)
    baseline = box.top + box.height * 0.80
    canvas.text(centre - wide / 2, baseline, number, size=look.size, weight=SEMIBOLD, colour=colour)
    if tile.direction:
        draw_sign(canvas, tile.direction, centre + wide / 2 - 4.5, baseline - look.size * 0.36, colour)
