"""Figures: a tidy frame and translated words become a picture, and that inline SVG or PNG."""

from netralstat.report.figures.dumbbell import dumbbell
from netralstat.report.figures.forest import forest
from netralstat.report.figures.intervals import intervals
from netralstat.report.figures.png import to_png
from netralstat.report.figures.svg import to_svg
from netralstat.report.figures.theme import css_variables
from netralstat.report.figures.tile_map import tile_map

__all__ = ["css_variables", "dumbbell", "forest", "intervals", "tile_map", "to_png", "to_svg"]
