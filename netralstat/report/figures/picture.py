"""A picture of the report: shapes and lines of text on a sheet measured in pixels, before any file format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "center", "right"]
Cap = Literal["butt", "round"]
Dash = tuple[float, float]
Segment = tuple[Literal["M", "L", "Q", "C", "z"], tuple[float, ...]]
"""A step of a path as SVG writes it: the command and its absolute coordinates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A path with its fill and stroke; `line` is the stroke's width in px, `dash` a multiple of it."""

    path: tuple[Segment, ...]
    fill: str | None = None
    stroke: str | None = None
    line: float = 1.0
    cap: Cap = "butt"
    dash: Dash | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line of text; `x` is the end that `align` names, `y` the baseline."""

    x: float
    y: float
    text: str
    size: float
    weight: int
    colour: str
    align: Align
    tabular: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A sheet of `width` by `height` px, the origin at the top left; words stand over all shapes."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    words: tuple[Words, ...]

    def png(self) -> bytes:
        """The picture as PNG, two dots a page pixel."""
        from netralstat.report.figures.png import to_png

        return to_png(self)

    def _repr_png_(self) -> tuple[bytes, dict[str, float]]:
        """What a notebook shows: as sharp as on the page."""
        return self.png(), {"width": self.width, "height": self.height}
