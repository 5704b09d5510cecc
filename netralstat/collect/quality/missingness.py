"""Where answers are missing and why: by item, by row, by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.collect.quality.answer_codes import named_column
from netralstat.collect.quality.flags import Flagged, found

if TYPE_CHECKING:
    from netralstat.ask.plan_quality import Quality
    from netralstat.collect.responses import Responses

REASONS = ("refused", "dont_know", "not_applicable", "no_answer")
"""Why an item that was asked has no answer; what was not asked is not missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missingness:
    """The map of missing answers.

    Attributes
    ----------
    items : pandas.DataFrame
        item, rows, asked, and the share of each of `REASONS` and of `missing` among the rows asked.
    groups : pandas.DataFrame
        by, level, n, and those shares among all answers asked for in the group; NaN below `min_group` rows.
    asked : numpy.ndarray of int, (n,)
        Items that each row was asked.
    counts : numpy.ndarray of int, (n, reasons)
        Items without an answer in each row, by `REASONS`.
    threshold : float
        From this share on a row has much missing.
    flagged : tuple of Flagged
        much_missing.
    """

    items: pd.DataFrame
    groups: pd.DataFrame
    asked: NDArray[np.int64]
    counts: NDArray[np.int64]
    threshold: float
    flagged: tuple[Flagged, ...]

    @property
    def share(self) -> NDArray[np.float64]:
        """Share of the items asked that each row left without an answer; NaN where nothing was asked."""
        with np.errstate(invalid="ignore"):
            return np.where(self.asked > 0, self.counts.sum(axis=1) / self.asked, np.nan)

    def total(self) -> dict[str, float]:
        """Share of each reason, and of `missing`, among all answers that were asked for."""
        return _shares(self.asked, self.counts)


def missingness(responses: Responses, items: Sequence[str], quality: Quality) -> Missingness:
    """Count the missing answers to `items` by reason.

    Parameters
    ----------
    responses : Responses
    items : sequence of str
        The questions that count (`substantive_items`); optional text questions are no part of the row's
        share.
    quality : Quality
        `missing_share`, `groups`, `min_group`.
    """
    asked = np.zeros(responses.n_accepted, dtype=np.int64)
    counts = np.zeros((responses.n_accepted, len(REASONS)), dtype=np.int64)
    lines = []
    for name in items:
        reason = responses.missing[name].to_numpy()
        was_asked = reason != "not_asked"
        hits = [reason == one for one in REASONS]
        n = int(was_asked.sum())
        shares = {one: _ratio(int(hit.sum()), n) for one, hit in zip(REASONS, hits, strict=True)}
        total = _ratio(int(sum(hit.sum() for hit in hits)), n)
        lines.append({"item": name, "rows": len(reason), "asked": n, **shares, "missing": total})
        asked += was_asked
        for place, hit in enumerate(hits):
            counts[:, place] += hit
    share = np.divide(counts.sum(axis=1), asked, out=np.full(len(asked), np.nan), where=asked > 0)
    groups = [
        line
        for by in quality.groups
        for line in _by_group(
            by, named_column(by, responses, "collect.quality.groups"), asked, counts, quality
        )
    ]
    return Missingness(
        items=pd.DataFrame(lines, columns=["item", "rows", "asked", *REASONS, "missing"]),
        groups=pd.DataFrame(groups, columns=["by", "level", "n", *REASONS, "missing"]),
        asked=asked,
        counts=counts,
        threshold=quality.missing_share,
        flagged=(found("much_missing", share >= quality.missing_share, share),),
    )


def level_masks(column: pd.Series) -> list[tuple[str, NDArray[np.bool_]]]:
    """Each level of a column, in the form's or the alphabet's order, with its rows; empty cells have none."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels = [str(level) for level in column.cat.categories]
        return [
            (level, (column == level).to_numpy(dtype=bool)) for level in levels if (column == level).any()
        ]
    texts = column.astype("str")
    known = column.notna().to_numpy()
    return [
        (str(level), (texts == level).to_numpy(dtype=bool) & known)
        for level in sorted(texts[known].unique().tolist())
    ]


def _by_group(
    by: str, column: pd.Series, asked: NDArray[np.int64], counts: NDArray[np.int64], quality: Quality
) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    for level, rows in level_masks(column):
        n = int(rows.sum())
        shares = _shares(asked[rows], counts[rows])
        if n < quality.min_group:
            shares = dict.fromkeys(shares, np.nan)
        lines.append({"by": by, "level": level, "n": n, **shares})
    return lines


def _shares(asked: NDArray[np.int64], counts: NDArray[np.int64]) -> dict[str, float]:
    whole = int(asked.sum())
    shares = {reason: _ratio(int(counts[:, place].sum()), whole) for place, reason in enumerate(REASONS)}
    return {**shares, "missing": _ratio(int(counts.sum()), whole)}


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
