"""What the figure functions check before they draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from netralstat.errors import ReportError, did_you_mean


def columns(frame: pd.DataFrame, needed: Sequence[str], figure: str) -> None:
    """Raise unless the frame has rows and the named columns."""
    absent = [name for name in needed if name not in frame.columns]
    if absent:
        raise ReportError(
            f"The {figure} figure lacks {len(absent)} of its {len(needed)} columns: {', '.join(absent)}.",
            where=f"netralstat.report.figures.{figure}",
            do=f"give a frame with the columns {', '.join(needed)}.",
        )
    if frame.empty:
        raise ReportError(
            f"The {figure} figure got a frame without rows.",
            where=f"netralstat.report.figures.{figure}",
            do="leave the figure out when there is nothing to show.",
        )


def words(text: Mapping[str, str], needed: Sequence[str], figure: str) -> None:
    """Raise unless the named words are there."""
    absent = [key for key in needed if not text.get(key)]
    if absent:
        raise ReportError(
            f"The {figure} figure lacks the words {', '.join(absent)}.",
            where=f"netralstat.report.figures.{figure}, text",
            do=f"give translated words for {', '.join(needed)}.",
        )


def one_of(found: Sequence[str], allowed: Sequence[str], what: str, figure: str) -> None:
    """Raise when a value is not among the allowed ones."""
    for value in found:
        if value not in allowed:
            shown = ", ".join(f'"{name}"' for name in allowed)
            raise ReportError(
                f'"{value}" is no {what}.' + did_you_mean(value, [name for name in allowed if name]),
                where=f"netralstat.report.figures.{figure}",
                do=f"use one of: {shown}.",
            )
