"""The report's forest plot of one model, for a notebook or a paper, in Indonesian or English."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from netralstat.errors import ReportError
from netralstat.report.figures.forest import forest
from netralstat.report.figures.picture import Picture
from netralstat.report.models.reading import ModelReading, Names, is_ancillary, is_curve, names_of
from netralstat.report.models.suppression import few_respondents
from netralstat.report.numbers import Numbers
from netralstat.report.tables import records
from netralstat.report.words import Words

if TYPE_CHECKING:
    from netralstat.estimate.plot import NotebookFigure
    from netralstat.explain.regression import Model


def model_figure(
    model: Model,
    language: str = "id",
    labels: Mapping[str, str] | Names | None = None,
    *,
    min_respondents: int = 0,
) -> NotebookFigure:
    """The forest plot of a model with ratios, as the report draws it.

    Parameters
    ----------
    language : "id" or "en". labels : names of items and levels, as for `model_text`.
    min_respondents : coefficients of fewer respondents are not shown.

    Returns
    -------
    NotebookFigure
        A figure of matplotlib that a notebook shows; `png()` gives its bytes.

    Raises
    ------
    ReportError
        The model has no ratios, or the language is not known.

    Example: ``netralstat.model_figure(model, "en").savefig("odds.svg")``.
    """
    from netralstat.report.figures.matplotlib_figure import to_notebook

    reading = ModelReading(
        model=model,
        w=Words(language),
        f=Numbers(language),
        names=names_of(labels),
        least=min_respondents,
    )
    return to_notebook(picture(reading))


def has_picture(reading: ModelReading) -> bool:
    """Whether a model has ratios, of terms that may be told."""
    return reading.is_ratio and bool(reading.told())


def picture(reading: ModelReading) -> Picture:
    """The forest plot before it is a file."""
    if not reading.is_ratio:
        raise ReportError(
            f"a {reading.model.family} model has no ratios to draw on the report's scale",
            where=f"formula {reading.model.formula}",
            do="use model.plot(), which draws coefficients",
        )
    drawn = [row for row in records(reading.model.to_frame()) if _is_drawn(row)]
    rows = sorted(drawn, key=lambda row: _place(row, drawn))
    if not rows:
        raise ReportError(
            "the model has no coefficient but constants and curves, which a forest plot does not show",
            where=f"formula {reading.model.formula}",
            do="look at its table",
        )
    long, short = reading.effect_words
    w = reading.w
    text = {
        "axis_title": w("figure.axis_ratio", ratio=long, ci=reading.ci),
        "less": w("figure.lower_ratio", ratio=short),
        "more": w("figure.higher_ratio", ratio=short),
        "column_title": f"{short} ({reading.ci})",
        "reference": w("drivers.reference"),
        "significant": w("figure.significant"),
        "not_significant": w("figure.not_significant"),
        "not_shown": w("figure.not_shown"),
    }
    return forest(
        pd.DataFrame([_row(reading, row) for row in rows]),
        number=reading.f.number,
        text=text,
        interval=partial(reading.f.interval, scale=1, digits=2),
        alpha=1 - reading.model.level,
    )


def _is_drawn(row: dict[str, Any]) -> bool:
    return not is_ancillary(str(row["variable"])) and not is_curve(str(row["variable"]))


def _place(row: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[int, bool]:
    """Rows as in the table: those of one outcome together, numbers before factors."""
    outcomes = list(dict.fromkeys(str(one.get("outcome_level")) for one in rows))
    return outcomes.index(str(row.get("outcome_level"))), bool(row["level"])


def _row(reading: ModelReading, row: dict[str, Any]) -> dict[str, Any]:
    effect, low, high = reading.effect
    reference = bool(row["reference"])
    hidden = bool(few_respondents(row, reading.least))
    name = reading.variable(str(row["variable"]))
    group = name if row["level"] else reading.w("drivers.per_unit")
    if "outcome_level" in row:
        outcome = reading.names.level(reading.model.outcome, row["outcome_level"])
        group = f"{outcome}: {group}"
    numbers = (math.nan,) * 4
    if not reference and not hidden:
        numbers = (float(row[effect]), float(row[low]), float(row[high]), float(row["p_value"]))
    return {
        "group": group,
        "row_label": reading.level(row) if row["level"] else name,
        **dict(zip(("odds_ratio", "or_low", "or_high", "p_value"), numbers, strict=True)),
        "reference": reference,
    }
