"""The look of every figure: colours by role, sizes in pixels of an 880 px page, and their CSS variables.

Plum, because red, yellow, green, orange and light blue each read as a party in Indonesia. Every role has a
colour value of its own (some differ by one unit, which no eye sees), so that an SVG's colours can be told
apart by role and become CSS variables with the printed colour as fallback: a page in dark mode sets the
variables, and the figure follows.
"""

from __future__ import annotations

from collections.abc import Mapping

from netralstat.errors import UsageError, did_you_mean

WIDTH = 880.0
LABEL_SIZE = 14.0
SMALL_SIZE = 12.5
REGULAR = 400
SEMIBOLD = 600
FONT_STACK = "Inter, system-ui, sans-serif"

INK = "#1B2430"
MUTED = "#55606E"
ACCENT = "#3F2B73"
LINE = "#D9DDE4"
SURFACE = "#F5F2FA"
PAPER = "#FFFFFF"
QUIET = "#F3F4F7"
HATCH = "#C6CCD6"
EDGE = "#8A94A3"
PLUM = ("#EFEAF6", "#CFC1E6", "#A88FCF", "#7C5BB0", "#4B2A86")
ON_PLUM = ("#1B2431", "#1B2432", "#1B2433", "#FFFFFE", "#FFFFFD")
SERIES = ("#7C5BB1", "#5B3A97", "#2E1A5E")
# Slate on one side of the middle and plum on the other: apart for every kind of colour vision, in grey print
# by the printed numbers; slate is no party's either.
DIVERGING = ("#55606F", "#AEB6C2", "#E6E8ED", "#B7A2DB", "#4B2A87")
ON_DIVERGING = ("#FFFFFC", "#1B2434", "#1B2435", "#1B2436", "#FFFFFB")

LIGHT: Mapping[str, str] = {
    "--ink": INK,
    "--muted": MUTED,
    "--accent": ACCENT,
    "--line": LINE,
    "--surface": SURFACE,
    "--paper": PAPER,
    "--quiet": QUIET,
    "--hatch": HATCH,
    "--edge": EDGE,
    **{f"--plum-{step}": colour for step, colour in enumerate(PLUM, start=1)},
    **{f"--on-plum-{step}": colour for step, colour in enumerate(ON_PLUM, start=1)},
    **{f"--series-{step}": colour for step, colour in enumerate(SERIES, start=1)},
    **{f"--diverging-{step}": colour for step, colour in enumerate(DIVERGING, start=1)},
    **{f"--on-diverging-{step}": colour for step, colour in enumerate(ON_DIVERGING, start=1)},
}
DARK: Mapping[str, str] = {
    "--ink": "#ECEAF3",
    "--muted": "#A9AFBC",
    "--accent": "#BBA6E6",
    "--line": "#363B4A",
    "--surface": "#221C34",
    "--paper": "#14111D",
    "--quiet": "#1D1B27",
    "--hatch": "#434957",
    "--edge": "#7C8494",
    "--plum-1": "#2A2140",
    "--plum-2": "#443268",
    "--plum-3": "#65489C",
    "--plum-4": "#A88FCF",
    "--plum-5": "#E4DAF5",
    "--on-plum-1": "#ECEAF3",
    "--on-plum-2": "#F4F1FA",
    "--on-plum-3": "#FFFFFF",
    "--on-plum-4": "#1B1430",
    "--on-plum-5": "#1B1430",
    "--series-1": "#A58CD0",
    "--series-2": "#C4B1EA",
    "--series-3": "#EFE9FA",
    "--diverging-1": "#AEB6C4",
    "--diverging-2": "#5A6272",
    "--diverging-3": "#2B2E3B",
    "--diverging-4": "#65489C",
    "--diverging-5": "#D3C3F2",
    "--on-diverging-1": "#14111D",
    "--on-diverging-2": "#F4F1FA",
    "--on-diverging-3": "#ECEAF3",
    "--on-diverging-4": "#FFFFFF",
    "--on-diverging-5": "#1B1430",
}
_MODES = {"light": LIGHT, "dark": DARK}


def css_variables(mode: str = "light") -> str:
    """The declarations a page puts into ``:root { … }`` for its figures.

    Parameters
    ----------
    mode : {"light", "dark"}
        In dark mode the plum steps run the other way: more is lighter.

    Raises
    ------
    UsageError
        Another mode.
    """
    if mode not in _MODES:
        raise UsageError(
            f'"{mode}" is no colour mode.' + did_you_mean(mode, _MODES),
            where="netralstat.report.figures.theme.css_variables",
            do=f"use one of: {', '.join(_MODES)}.",
        )
    return "".join(f"{name}:{colour};" for name, colour in _MODES[mode].items())


def adaptive_colours() -> dict[str, str]:
    """Each printed colour (lower case) and the CSS value that stands for it: ``var(--ink,#1B2430)``."""
    return {colour.lower(): f"var({name},{colour})" for name, colour in LIGHT.items()}
