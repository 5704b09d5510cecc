"""Where the names of the island groups stand on the tile map: beside their tiles, on nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from netralstat.report.figures.theme import SEMIBOLD, SMALL_SIZE
from netralstat.report.figures.typeface import width_of

_HEIGHT = SMALL_SIZE * 1.1
_AWAY = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle in px."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    def meets(self, other: Box, margin: float = 0.0) -> bool:
        """Whether two rectangles come nearer than `margin`."""
        return (
            self.left < other.right + margin
            and other.left < self.right + margin
            and self.top < other.bottom + margin
            and other.top < self.bottom + margin
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A group's name and the baseline point of its first letter."""

    text: str
    x: float
    y: float


def place_labels(tiles: pd.DataFrame, boxes: Mapping[str, Box], width: float) -> list[Label]:
    """Give each group of tiles a free place: over its uppermost tiles, under its lowest, or at their sides.

    A group for which no place is free (a very long name) stays without a label on the map; its tiles still
    say which province they are.
    """
    taken = list(boxes.values())
    labels: list[Label] = []
    for name, members in tiles.groupby("group", sort=False):
        del name
        words = str(members["group_label"].iloc[0])
        own = [boxes[str(slug)] for slug in members["slug"]]
        size = (width_of(words, SMALL_SIZE, SEMIBOLD), _HEIGHT)
        for spot in _spots(own, *size):
            inside = spot.left >= 0 and spot.right <= width and spot.top >= 0
            if inside and not any(spot.meets(other, 2.0) for other in taken):
                taken.append(spot)
                labels.append(Label(text=words, x=spot.left, y=spot.bottom - _HEIGHT * 0.22))
                break
    return labels


def _spots(own: list[Box], wide: float, high: float) -> Iterator[Box]:
    """Candidate places, best first: over a tile, under one, beside one; left-aligned before right-aligned."""
    falling = sorted(own, key=lambda box: (box.top, box.left))
    rising = sorted(own, key=lambda box: (-box.top, box.left))
    for box in falling:
        for left in (box.left, box.right - wide, box.left + (box.width - wide) / 2):
            yield Box(left=left, top=box.top - high - _AWAY + 2, width=wide, height=high)
    for box in rising:
        for left in (box.left, box.right - wide):
            yield Box(left=left, top=box.bottom + _AWAY, width=wide, height=high)
    for box in falling:
        middle = box.top + (box.height - high) / 2
        yield Box(left=box.left - wide - _AWAY, top=middle, width=wide, height=high)
        yield Box(left=box.right + _AWAY, top=middle, width=wide, height=high)
