"""The legend of a map: five classes of colour, and what its signs and blank areas mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from netralstat.report.figures import inputs
from netralstat.report.figures.canvas import Canvas
from netralstat.report.figures.map_labels import Box
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

SIGN = 12.5  # room of a triangle beside a number
_RADIUS = 5.0
_ROW = 34.0
_SWATCH = (84.0, 24.0)
Area = tuple[float | None, str, bool]
"""What is shown of an area: its estimate, its direction, and whether it lies outside the frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLegend:
    """The entries after the classes and their places, its title and its height."""

    title: str
    keys: tuple[tuple[str, str], ...]
    places: tuple[tuple[float, int], ...]
    height: float


def legend_of(areas: Sequence[Area], text: Mapping[str, str], figure: str) -> MapLegend:
    """The legend that a map of these areas needs; raises when a word for it is missing."""
    blank = [outside for estimate, _, outside in areas if estimate is None]
    present = {
        "not_shown": not all(blank),
        "outside": any(blank),
        "higher": any(direction == "higher" for _, direction, _ in areas),
        "lower": any(direction == "lower" for _, direction, _ in areas),
    }
    wanted = [key for key, there in present.items() if there]
    inputs.words(text, [*wanted, "legend_title"], figure)
    keys = [(key, text[key]) for key in wanted]
    places, lines = _flow(keys, 5 * _SWATCH[0] + 28 if len(blank) < len(areas) else 0.0)
    return MapLegend(
        title=text["legend_title"], keys=tuple(keys), places=tuple(places), height=22 + lines * _ROW
    )


def draw_legend(
    canvas: Canvas,
    legend: MapLegend,
    top: float,
    limits: Sequence[float],
    percent: Callable[[float], str],
) -> None:
    """Title, classes (when there are `limits`) and the other entries, from `top` down."""
    canvas.text(0, top + 8, legend.title, size=SMALL_SIZE, weight=SEMIBOLD, colour=MUTED)
    if limits:
        _draw_classes(canvas, top + 20, limits, percent)
    for key, (x, line) in zip(legend.keys, legend.places, strict=True):
        _draw_key(canvas, key, x, top + 20 + line * _ROW)


def draw_blank(canvas: Canvas, box: Box, *, outside: bool) -> None:
    """An area without a value: dashed when it lies outside the frame, else hatched."""
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


def draw_sign(canvas: Canvas, direction: str, x: float, y: float, colour: str) -> None:
    """A triangle up for "higher", down for "lower"."""
    canvas.marker("up" if direction == "higher" else "down", x, y, 4.6, fill=colour, stroke=None, line=0)


def _draw_classes(
    canvas: Canvas, top: float, limits: Sequence[float], percent: Callable[[float], str]
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
        draw_blank(canvas, Box(left=x, top=middle - 10, width=26, height=20), outside=name == "outside")
        x += 34
    else:
        draw_sign(canvas, name, x + 5, middle, INK)
        x += 18
    canvas.text(x, middle + 4.5, words, size=SMALL_SIZE)
