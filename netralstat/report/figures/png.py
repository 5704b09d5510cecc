"""A figure as PNG: for a README, a notebook or an office file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from netralstat.report.figures.picture import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def to_png(figure: Picture | Figure, scale: float = 2.0) -> bytes:
    """The figure as PNG, `scale` dots a page pixel; the same figure gives the same bytes.

    Parameters
    ----------
    figure : Picture or matplotlib.figure.Figure
        From one of this package's figure functions, or any figure of matplotlib.
    """
    from matplotlib import rc_context

    from netralstat.report.figures.matplotlib_figure import DPI, to_matplotlib

    drawn = to_matplotlib(figure) if isinstance(figure, Picture) else figure
    target = io.BytesIO()
    with rc_context({"text.hinting": "no_hinting"}):
        drawn.savefig(target, format="png", dpi=scale * DPI, metadata={"Software": None})
    return target.getvalue()
