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
from netralstat.report.figures.picture import Picture
from netralstat.report.figures.theme import (
    EDGE,
    HATCH,
    INK,
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
_SIGN = 12.5  # room of a triangle beside the number
_LEGEND_ROW = 34.0
_SWATCH = (84.0, 24.0)


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
    keys = _keys(drawn, text)
    inputs.words(text, ("legend_title",), "tile_map")

    foot = max(tile.box.bottom for tile in drawn)
    places, lines = _flow(keys, 5 * _SWATCH[0] + 28 if known else 0.0)
    labels = place_labels(tiles, {tile.slug: tile.box for tile in drawn}, WIDTH)
    canvas = Canvas(WIDTH, foot + 26 + 22 + lines * _LEGEND_ROW)
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
    top = foot + 26
    canvas.text(0, top + 8, text["legend_title"], size=SMALL_SIZE, weight=SEMIBOLD, colour=MUTED)
    if known:
        _draw_classes(canvas, top + 20, classes, percent)
    for key, (x, line) in zip(keys, places, strict=True):
        _draw_key(canvas, key, x, top + 20 + line * _LEGEND_ROW)
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
            tile.box.width - 5 - (_SIGN if tile.direction else 0),
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
        _draw_blank(canvas, box, outside=tile.outside)
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
    wide = width_of(number, look.size, SEMIBOLD) + (_SIGN if tile.direction else 0)
    baseline = box.top + box.height * 0.80
    canvas.text(centre - wide / 2, baseline, number, size=look.size, weight=SEMIBOLD, colour=colour)
    if tile.direction:
        _draw_sign(canvas, tile.direction, centre + wide / 2 - 4.5, baseline - look.size * 0.36, colour)


def _draw_blank(canvas: Canvas, box: Box, *, outside: bool) -> None:
    if outside:
        canvas.rectangle(
            box.left + 0.6, box.top + 0.6, box.width - 1.2, box.height - 1.2,
            stroke=EDGE, line=1.1, radius=_RADIUS, dash=(3, 3),
        )  # fmt: skip
        return
    canvas.rectangle(box.left, box.top, box.width, box.height, fill=QUIET, radius=_RADIUS)
    canvas.hatch(box.left + 1.5, box.top + 1.5, box.width - 3, box.height - 3, colour=HATCH)
    canvas.rectangle(
        box.left + 0.5, box.top + 0.5, box.width - 1, box.height - 1, stroke=HATCH, line=1, radius=_RADIUS
    )


def _draw_sign(canvas: Canvas, direction: str, x: float, y: float, colour: str) -> None:
    canvas.marker("up" if direction == "higher" else "down", x, y, 4.6, fill=colour, stroke=None, line=0)


def _draw_classes(
    canvas: Canvas, top: float, limits: tuple[float, ...], percent: Callable[[float], str]
) -> None:
    wide, high = _SWATCH
    printed = [percent(limit) for limit in limits]
    labels = [f"< {printed[0]}"]
    labels += [f"{low} – < {high_}" for low, high_ in pairwise(printed)]
    labels.append(f"≥ {printed[-1]}")
    size = min(fitted(label, wide - 12, SMALL_SIZE) for label in labels)
    for step, label in enumerate(labels):
        left = step * wide
        canvas.rectangle(left, top, wide - 4, high, fill=PLUM[step], radius=4)
        canvas.text(
            left + (wide - 4) / 2,
            top + high / 2 + 4.5,
            label,
            size=size,
            colour=ON_PLUM[step],
            align="center",
        )


def _keys(drawn: list[_Tile], text: Mapping[str, str]) -> list[tuple[str, str]]:
    blank = [tile for tile in drawn if tile.estimate is None]
    present = {
        "not_shown": any(not tile.outside for tile in blank),
        "outside": any(tile.outside for tile in blank),
        "higher": any(tile.direction == "higher" for tile in drawn),
        "lower": any(tile.direction == "lower" for tile in drawn),
    }
    wanted = [key for key, there in present.items() if there]
    inputs.words(text, wanted, "tile_map")
    return [(key, text[key]) for key in wanted]


def _flow(keys: list[tuple[str, str]], start: float) -> tuple[list[tuple[float, int]], int]:
    """Place the keys after the classes, and on further lines when they do not fit."""
    places: list[tuple[float, int]] = []
    x, line = start, 0
    for key, words in keys:
        wide = (34 if key in ("not_shown", "outside") else 18) + width_of(words, SMALL_SIZE)
        if x > 0 and x + wide > WIDTH:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += wide + 24
    return places, line + 1


def _draw_key(canvas: Canvas, key: tuple[str, str], x: float, top: float) -> None:
    name, words = key
    middle = top + _SWATCH[1] / 2
    if name in ("not_shown", "outside"):
        _draw_blank(canvas, Box(left=x, top=middle - 10, width=26, height=20), outside=name == "outside")
        x += 34
    else:
        _draw_sign(canvas, name, x + 5, middle, INK)
        x += 18
    canvas.text(x, middle + 4.5, words, size=SMALL_SIZE)
