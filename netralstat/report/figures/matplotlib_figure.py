"""A picture as a figure of matplotlib, which draws it in the formats that it knows."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from netralstat.estimate.plot import NotebookFigure
from netralstat.report.figures.picture import Picture, Shape, Words
from netralstat.report.figures.theme import PAPER
from netralstat.report.figures.typeface import face_file

DPI = 72  # one point is one pixel, so that line widths and sizes are pixels too
_CODES = {
    "M": [Path.MOVETO],
    "L": [Path.LINETO],
    "Q": [Path.CURVE3] * 2,
    "C": [Path.CURVE4] * 3,
    "z": [Path.CLOSEPOLY],
}


def to_matplotlib(picture: Picture) -> Figure:
    """The picture with an artist for each shape and line of text."""
    figure = Figure(figsize=(picture.width / DPI, picture.height / DPI), dpi=DPI, facecolor=PAPER)
    return _drawn(figure, picture)


def to_notebook(picture: Picture) -> NotebookFigure:
    """The same as a figure that a notebook shows by itself."""
    size = (picture.width / DPI, picture.height / DPI)
    figure = NotebookFigure(figsize=size, dpi=DPI, facecolor=PAPER)
    _drawn(figure, picture)
    return figure


def _drawn(figure: Figure, picture: Picture) -> Figure:
    width, height = picture.width, picture.height
    FigureCanvasAgg(figure)
    pixels = Affine2D().scale(1 / width, -1 / height).translate(0, 1) + figure.transFigure
    for shape in picture.shapes:
        figure.add_artist(_patch(shape, pixels))
    for words in picture.words:
        figure.add_artist(_text(words, pixels))
    return figure


def _patch(shape: Shape, pixels: Transform) -> PathPatch:
    codes = [code for command, _ in shape.path for code in _CODES[command]]
    places = [
        at
        for command, numbers in shape.path
        for at in ([(0.0, 0.0)] if command == "z" else zip(numbers[::2], numbers[1::2], strict=True))
    ]
    patch = PathPatch(
        Path(np.array(places), codes),
        facecolor=shape.fill or "none",
        edgecolor=shape.stroke or "none",
        linewidth=shape.line if shape.stroke else 0.0,
        capstyle=shape.cap,
        joinstyle="miter",
    )
    patch.set_transform(pixels)
    if shape.dash is not None:
        patch.set_linestyle((0, shape.dash))
    return patch


def _text(words: Words, pixels: Transform) -> Text:
    face = face_file(words.weight, words.tabular)
    return Text(
        x=words.x,
        y=words.y,
        text=words.text,
        fontproperties=FontProperties(fname=face, size=words.size, weight=words.weight),
        color=words.colour,
        horizontalalignment=words.align,
        verticalalignment="baseline",
        transform=pixels,
        parse_math=False,
    )
