"""How long an interview took: too short, too long, or with an end before its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.collect.quality.answer_codes import named_column
from netralstat.collect.quality.flags import Flagged, found
from netralstat.errors import PlanError

if TYPE_CHECKING:
    from netralstat.ask.plan_quality import Quality
    from netralstat.collect.responses import Responses

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
WHERE = "collect.quality"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Length of the interviews.

    Attributes
    ----------
    minutes : numpy.ndarray of float, (n,)
        Length of each interview; NaN where a time is missing.
    median : float
        Of the lengths of 0 minutes and more; NaN when there are none.
    threshold : float
        Below it an interview is a speeder: the larger of `min_minutes` and `median_share` · median.
    n_unknown : int
        Rows without a length.
    flagged : tuple of Flagged
        speeder, too_long, negative_length.
    """

    minutes: NDArray[np.float64]
    median: float
    threshold: float
    n_unknown: int
    flagged: tuple[Flagged, ...]

    def quantiles(self) -> pd.DataFrame:
        """Share of the interviews (of known length, not negative) and the minutes that they took at most."""
        known = self.minutes[self.minutes >= 0]
        values = np.quantile(known, QUANTILES) if len(known) else np.full(len(QUANTILES), np.nan)
        return pd.DataFrame({"share": QUANTILES, "minutes": values})


def timing(responses: Responses, quality: Quality) -> Timing | None:
    """Measure the interviews; None when the wave file names no times.

    Raises
    ------
    PlanError
        A named column holds no times (or, for `duration`, no numbers).

    Source
    ------
    The share of the median: Greszki, Meyer & Schoen (2015), Public Opinion Quarterly 79.
    """
    minutes = _minutes(responses, quality)
    if minutes is None:
        return None
    known = ~np.isnan(minutes)
    proper = minutes[known & (minutes >= 0)]
    median = float(np.median(proper)) if len(proper) else np.nan
    threshold = max(quality.min_minutes or 0.0, quality.median_share * median if len(proper) else 0.0)
    flagged = [
        found("speeder", known & (minutes >= 0) & (minutes < threshold), minutes),
        found("negative_length", known & (minutes < 0), minutes),
    ]
    if quality.max_minutes is not None:
        flagged.append(found("too_long", known & (minutes > quality.max_minutes), minutes))
    return Timing(
        minutes=minutes,
        median=median,
        threshold=threshold,
        n_unknown=int((~known).sum()),
        flagged=tuple(flagged),
    )


def _minutes(responses: Responses, quality: Quality) -> NDArray[np.float64] | None:
    if quality.duration is not None:
        column = named_column(quality.duration, responses, f"{WHERE}.duration")
        if not pd.api.types.is_numeric_dtype(column):
            raise _no_times(quality.duration, "numbers", "duration")
        unit = 60.0 if quality.duration_unit == "seconds" else 1.0
        return np.asarray(column, dtype=np.float64) / unit
    if quality.start is None or quality.end is None:
        return None
    ends = []
    for key, name in (("start", quality.start), ("end", quality.end)):
        column = named_column(name, responses, f"{WHERE}.{key}")
        if not isinstance(column.dtype, pd.DatetimeTZDtype):
            raise _no_times(name, "times with a clock", key)
        ends.append(column)
    length = (ends[1] - ends[0]).dt.total_seconds()
    return np.asarray(length, dtype=np.float64) / 60


def _no_times(name: str, wanted: str, key: str) -> PlanError:
    return PlanError(
        f'"{name}" holds no {wanted}.',
        where=f"wave.toml, {WHERE}.{key}",
        do="name an item of the kind datetime (for duration: a number), or a column of the export",
    )
