"""Figures: a tidy frame and translated words become a picture, and that inline SVG or PNG."""

from netralstat.report.figures.dumbbell import dumbbell
from netralstat.report.figures.flow import flow
from netralstat.report.figures.forest import forest
from netralstat.report.figures.intervals import intervals
from netralstat.report.figures.likert import likert
from netralstat.report.figures.png import to_png
from netralstat.report.figures.ranking import ranking
from netralstat.report.figures.svg import to_svg
from netralstat.report.figures.svg_reading import read_svg
from netralstat.report.figures.theme import css_variables
from netralstat.report.figures.tile_map import tile_map
from netralstat.report.figures.trend import trend
from netralstat.report.figures.true_map import area_map, true_map

__all__ = [
    "area_map",
    "css_variables",
    "dumbbell",
    "flow",
    "forest",
    "intervals",
    "likert",
    "ranking",
    "read_svg",
    "tile_map",
    "to_png",
    "to_svg",
    "trend",
    "true_map",
]
