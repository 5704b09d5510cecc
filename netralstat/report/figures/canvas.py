"""A sheet measured in pixels, and the few shapes that figures are made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from netralstat.report.figures.picture import Align, Cap, Dash, Picture, Segment, Shape, Words
from netralstat.report.figures.theme import INK, LABEL_SIZE, REGULAR

_BEND = 0.2652031  # from an end of an eighth of the unit circle to its control point (as matplotlib draws it)
Point = tuple[float, float]
HATCH_WIDTH = 1.2


class Canvas:
    """A sheet of `width` by `height` px, the origin at the top left.

    Text is placed by its baseline; strokes are given in px.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = float(math.ceil(height))
        self._shapes: list[Shape] = []
        self._words: list[Words] = []

    @property
    def picture(self) -> Picture:
        """All that was drawn so far."""
        return Picture(
            width=self.width, height=self.height, shapes=tuple(self._shapes), words=tuple(self._words)
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = LABEL_SIZE,
        weight: int = REGULAR,
        colour: str = INK,
        align: Align = "left",
        tabular: bool = False,
    ) -> None:
        """One line of text; `align` says which end of it stands at `x`, `tabular` gives digits one width."""
        if not words:
            return
        one = Words(
            x=x, y=y, text=words, size=size, weight=weight, colour=colour, align=align, tabular=tabular
        )
        self._words.append(one)

    def line(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        *,
        colour: str = INK,
        width: float = 1.0,
        cap: Cap = "butt",
        dash: Dash | None = None,
    ) -> None:
        """A straight stroke."""
        path = _straight([(x0, y0), (x1, y1)])
        self._shapes.append(Shape(path=path, stroke=colour, line=width, cap=cap, dash=dash))

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str | None = None,
        stroke: str | None = None,
        line: float = 1.0,
        radius: float = 0.0,
        dash: Dash | None = None,
    ) -> None:
        """A rectangle, its corners rounded by `radius`."""
        right, bottom = x + width, y + height
        if radius:
            path = _rounded(x, y, right, bottom, radius)
        else:
            path = (*_straight([(x, y), (right, y), (right, bottom), (x, bottom)]), ("z", ()))
        self._shapes.append(Shape(path=path, fill=fill, stroke=stroke, line=line, dash=dash))

    def polygon(self, corners: Sequence[Point], *, fill: str, stroke: str | None, line: float = 0.0) -> None:
        """A filled polygon."""
        path = (*_straight(corners), ("z", ()))
        self._shapes.append(Shape(path=path, fill=fill, stroke=stroke, line=line))

    def area(
        self,
        rings: Sequence[Sequence[Point]],
        *,
        fill: str,
        stroke: str | None,
        line: float = 0.0,
        dash: Dash | None = None,
    ) -> None:
        """Several closed rings as one filled shape; a ring that runs the other way round is a hole."""
        path = tuple(step for ring in rings for step in (*_straight(ring), ("z", ())))
        self._shapes.append(Shape(path=path, fill=fill, stroke=stroke, line=line, dash=dash))

    def disc(
        self, x: float, y: float, radius: float, *, fill: str, stroke: str | None, line: float = 0.0
    ) -> None:
        """A filled circle."""
        self._shapes.append(Shape(path=_circle(x, y, radius), fill=fill, stroke=stroke, line=line))

    def marker(
        self, shape: str, x: float, y: float, radius: float, *, fill: str, stroke: str | None, line: float
    ) -> None:
        """A ``circle``, ``square``, ``diamond``, ``up`` or ``down`` of about one area."""
        if shape == "circle":
            self.disc(x, y, radius, fill=fill, stroke=stroke, line=line)
            return
        side, wide = radius * 0.9, radius * 1.27
        corners = {
            "square": [
                (x - side, y - side),
                (x + side, y - side),
                (x + side, y + side),
                (x - side, y + side),
            ],
            "diamond": [(x, y - wide), (x + wide, y), (x, y + wide), (x - wide, y)],
            "up": [(x - radius, y + radius * 0.85), (x + radius, y + radius * 0.85), (x, y - radius * 0.85)],
            "down": [
                (x - radius, y - radius * 0.85),
                (x + radius, y - radius * 0.85),
                (x, y + radius * 0.85),
            ],
        }
        self.polygon(corners[shape], fill=fill, stroke=stroke, line=line)

    def strokes(self, lines: Iterable[tuple[Point, Point]], *, colour: str, width: float) -> None:
        """Straight strokes of one look as one shape."""
        path = [step for line in lines for step in _straight(line)]
        if path:
            self._shapes.append(Shape(path=tuple(path), stroke=colour, line=width))

    def hatch(
        self, x: float, y: float, width: float, height: float, *, colour: str, step: float = 7.0
    ) -> None:
        """Rising diagonal strokes inside a rectangle."""
        reach = width + height
        lines: list[tuple[Point, Point]] = []
        offset = step
        while offset < reach:
            low = (x + max(0.0, offset - height), y + min(offset, height))
            high = (x + min(offset, width), y + max(0.0, offset - width))
            lines.append((low, high))
            offset += step
        self.strokes(lines, colour=colour, width=HATCH_WIDTH)


def _straight(points: Iterable[Point]) -> tuple[Segment, ...]:
    """A path from point to point."""
    first, *rest = points
    return (("M", first), *(("L", point) for point in rest))


def _rounded(left: float, top: float, right: float, bottom: float, radius: float) -> tuple[Segment, ...]:
    """A rectangle whose corners are quadratic curves of `radius`."""
    return (
        ("M", (left + radius, top)),
        ("L", (right - radius, top)),
        ("Q", (right, top, right, top + radius)),
        ("L", (right, bottom - radius)),
        ("Q", (right, bottom, right - radius, bottom)),
        ("L", (left + radius, bottom)),
        ("Q", (left, bottom, left, bottom - radius)),
        ("L", (left, top + radius)),
        ("Q", (left, top, left + radius, top)),
        ("z", ()),
    )


def _circle(x: float, y: float, radius: float) -> tuple[Segment, ...]:
    """Eight cubic curves clockwise from the top, off the circle by less than 3e-6 of the radius."""
    slant = math.sqrt(0.5)
    bend, slanted = _BEND, math.sqrt(0.5) * _BEND
    eighths = [  # two control points and the end: from the top to the upper right, from there to the right
        ((bend, -1.0), (slant - slanted, -slant - slanted), (slant, -slant)),
        ((slant + slanted, -slant + slanted), (1.0, -bend), (1.0, 0.0)),
    ]
    path: list[Segment] = [("M", (x, y - radius))]
    for _ in range(4):
        for points in eighths:
            path.append(("C", tuple(at for u, v in points for at in (x + radius * u, y + radius * v))))
        eighths = [_turned(points) for points in eighths]
    return (*path, ("z", ()))


def _turned(points: tuple[Point, Point, Point]) -> tuple[Point, Point, Point]:
    """Points turned by a right angle, clockwise on a sheet whose y grows downwards."""
    first, second, third = ((-v, u) for u, v in points)
    return first, second, third
