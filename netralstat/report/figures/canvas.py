"""A sheet measured in pixels: the few shapes that figures are made of, drawn with matplotlib."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from netralstat.estimate.plot import NotebookFigure
from netralstat.report.figures.theme import INK, LABEL_SIZE, PAPER, REGULAR
from netralstat.report.figures.typeface import TABULAR, font

_DPI = 72  # one point is one pixel, so that line widths and sizes are pixels too
Align = Literal["left", "center", "right"]
Dash = tuple[float, float]


class Picture(NotebookFigure):
    """A figure of the report, shown in a notebook as sharp as on the page."""

    def png(self) -> bytes:
        """The picture as the report draws it."""
        return to_png(self)


def to_png(figure: Figure, scale: float = 2.0) -> bytes:
    """The figure as PNG, `scale` dots a page pixel; the same figure gives the same bytes."""
    target = io.BytesIO()
    with rc_context({"text.hinting": "no_hinting"}):
        figure.savefig(target, format="png", dpi=scale * _DPI, metadata={"Software": None})
    return target.getvalue()


class Canvas:
    """A sheet of `width` by `height` px, the origin at the top left.

    Text is placed by its baseline; strokes are given in px.
    """

    def __init__(self, width: float, height: float) -> None:
        height = float(math.ceil(height))
        self.width = width
        self.height = height
        self.figure = Picture(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=PAPER)
        FigureCanvasAgg(self.figure)
        self._pixels = Affine2D().scale(1 / width, -1 / height).translate(0, 1) + self.figure.transFigure

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
        self.figure.add_artist(
            Text(
                x=x,
                y=y,
                text=words,
                fontproperties=font(weight, size, tabular),
                color=colour,
                horizontalalignment=align,
                verticalalignment="baseline",
                transform=self._pixels,
                parse_math=False,
                gid=TABULAR if tabular else None,
            )
        )

    def line(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        *,
        colour: str = INK,
        width: float = 1.0,
        cap: str = "butt",
        dash: Dash | None = None,
    ) -> None:
        """A straight stroke."""
        path = Path(np.array([(x0, y0), (x1, y1)]))
        self._add(PathPatch(path, facecolor="none", edgecolor=colour, linewidth=width, capstyle=cap), dash)

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
        look = {
            "facecolor": fill or "none",
            "edgecolor": stroke or "none",
            "linewidth": line if stroke else 0.0,
        }
        if radius:
            style = f"round,pad=0,rounding_size={radius}"
            self._add(FancyBboxPatch((x, y), width, height, boxstyle=style, **look), dash)  # type: ignore[arg-type]
        else:
            self._add(Rectangle((x, y), width, height, **look), dash)  # type: ignore[arg-type]

    def polygon(
        self, corners: Sequence[tuple[float, float]], *, fill: str, stroke: str, line: float = 0.0
    ) -> None:
        """A filled polygon."""
        self._add(
            Polygon(np.array(corners), facecolor=fill, edgecolor=stroke, linewidth=line, joinstyle="miter")
        )

    def disc(self, x: float, y: float, radius: float, *, fill: str, stroke: str, line: float = 0.0) -> None:
        """A filled circle."""
        self._add(Circle((x, y), radius, facecolor=fill, edgecolor=stroke, linewidth=line))

    def marker(
        self, shape: str, x: float, y: float, radius: float, *, fill: str, stroke: str, line: float
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

    def hatch(
        self, x: float, y: float, width: float, height: float, *, colour: str, step: float = 7.0
    ) -> None:
        """Rising diagonal strokes inside a rectangle."""
        reach = width + height
        strokes: list[tuple[float, float]] = []
        offset = step
        while offset < reach:
            strokes.append((x + max(0.0, offset - height), y + min(offset, height)))
            strokes.append((x + min(offset, width), y + max(0.0, offset - width)))
            offset += step
        codes = [Path.MOVETO, Path.LINETO] * (len(strokes) // 2)
        self._add(
            PathPatch(Path(np.array(strokes), codes), facecolor="none", edgecolor=colour, linewidth=1.2)
        )

    def _add(
        self, patch: PathPatch | Rectangle | FancyBboxPatch | Polygon | Circle, dash: Dash | None = None
    ) -> None:
        patch.set_transform(self._pixels)
        if dash is not None:
            patch.set_linestyle((0, dash))
        self.figure.add_artist(patch)
