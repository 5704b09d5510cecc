"""Rows with the same answers, and rows with nearly the same: a trace of copied interviews."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.collect.quality.answer_codes import Codes
from netralstat.collect.quality.flags import NOBODY, Flagged

MOST_COMPARED = 20_000
"""Above so many rows only those of the same interviewer are compared with one another."""

LEAST_ITEMS = 10
_WORD = 64
Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """Rows that share their answers.

    Attributes
    ----------
    n_items : int
        Items that were compared.
    n_compared : int
        Rows with answers to at least half of them; the others are not compared.
    groups : int
        Sets of rows with the same answers throughout.
    best : numpy.ndarray of float, (n,)
        Share of the answers that each row has in common with the row most like it; NaN if not compared.
    twin : numpy.ndarray of intp, (n,)
        That row; -1 if not compared.
    threshold : float
        From this share on a row is a near-duplicate.
    rule : {"all", "within_interviewer", "too_many", "too_few_items"}
        What was compared with what; the last two say that near-duplicates were not looked for.
    flagged : tuple of Flagged
        duplicate_answers, near_duplicate.
    """

    n_items: int
    n_compared: int
    groups: int
    best: NDArray[np.float64]
    twin: NDArray[np.intp]
    threshold: float
    rule: str
    flagged: tuple[Flagged, ...]

    def distribution(self) -> pd.DataFrame:
        """Rows by the share that they have in common with their nearest: classes of 5 points from 50 %."""
        edges = np.arange(0.5, 1.0, 0.05)
        known = self.best[~np.isnan(self.best)]
        place = np.clip(np.floor((known - 0.5) / 0.05 + 1e-9).astype(int), -1, len(edges) - 1)
        count = np.array([(place == number).sum() for number in range(-1, len(edges))])
        low = np.concatenate([[0.0], edges])
        return pd.DataFrame({"from": np.round(low, 2), "rows": count})


def duplicates(
    codes: Codes, threshold: float, interviewer: NDArray[np.intp] | None = None, *, near: bool = True
) -> Duplicates:
    """Find rows with the same answers, and rows that share at least `threshold` of them.

    Parameters
    ----------
    codes : numpy.ndarray of int32, (n, items)
        From `answer_codes`; 0 is no answer.
    threshold : float
        Share of the answers in common from which a row is flagged.
    interviewer : numpy.ndarray of intp, (n,), optional
        Number of each row's interviewer (-1 unknown), used above `MOST_COMPARED` rows.
    near : bool
        Whether to look for near-duplicates (the long part).

    Formula
    -------
    match(a, b) = items that both answered alike / items that at least one of the two answered;
    a row's measure is its largest match (docs/quality.md).

    Source
    ------
    Kuriakose & Robbins (2016), Statistical Journal of the IAOS 32: maximum percent match.
    """
    n, k = codes.shape
    eligible = np.flatnonzero((codes > 0).sum(axis=1) * 2 >= max(k, 1)) if k else np.empty(0, np.intp)
    same, twins, groups = _exact(codes, eligible)
    best, twin = np.full(n, np.nan), np.full(n, NOBODY, dtype=np.intp)
    rule = "too_few_items" if k < LEAST_ITEMS else "all"
    if near and rule == "all":
        parts: list[NDArray[np.intp]] = [eligible]
        if len(eligible) > MOST_COMPARED:
            parts = [] if interviewer is None else _by_interviewer(eligible, interviewer)
            rule = "within_interviewer" if parts and max(map(len, parts)) <= MOST_COMPARED else "too_many"
        if rule != "too_many":
            for part in parts:
                best[part], nearest = _nearest(codes[part])
                twin[part] = np.where(nearest == NOBODY, NOBODY, part[nearest])
    close = np.flatnonzero((best >= threshold) & ~np.isin(np.arange(n), same))
    flagged = (
        Flagged(flag="duplicate_answers", rows=same, value=np.ones(len(same)), other=twins),
        Flagged(flag="near_duplicate", rows=close, value=best[close], other=twin[close]),
    )
    return Duplicates(
        n_items=k,
        n_compared=len(eligible),
        groups=groups,
        best=best,
        twin=twin,
        threshold=threshold,
        rule=rule,
        flagged=flagged,
    )


def _exact(codes: Codes, eligible: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Rows that share all their codes, for each the first other one, and how many sets they make."""
    if len(eligible) < 2:
        return np.empty(0, np.intp), np.empty(0, np.intp), 0
    whole = np.ascontiguousarray(codes[eligible])
    key = whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).ravel()
    group = pd.factorize(pd.Index([one.tobytes() for one in key]))[0]
    shared = np.bincount(group)[group] > 1
    rows, of = eligible[shared], group[shared]
    first: dict[int, int] = {}
    second: dict[int, int] = {}
    for row, number in zip(rows.tolist(), of.tolist(), strict=True):
        (second if number in first else first).setdefault(number, row)
    twins = [
        second[number] if first[number] == row else first[number]
        for row, number in zip(rows.tolist(), of.tolist(), strict=True)
    ]
    return rows, np.array(twins, dtype=np.intp), len(first)


def _by_interviewer(eligible: NDArray[np.intp], interviewer: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    who = interviewer[eligible]
    order = np.argsort(who, kind="stable")
    cuts = np.flatnonzero(np.diff(who[order])) + 1
    return [
        part for part in np.split(eligible[order], cuts) if len(part) > 1 and interviewer[part[0]] != NOBODY
    ]


def _nearest(codes: Codes) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Largest match of every row with another, and which that is; each pair is looked at once.

    Items are bits of 64-bit words: a code is spread over as many planes as it has bits, so that one
    exclusive or compares 64 items of a row with those of all rows below.
    """
    n = len(codes)
    best, nearest = np.full(n, -1.0), np.full(n, NOBODY, dtype=np.intp)
    planes, answered = _planes(codes)
    for row in range(n - 1):
        rest = slice(row + 1, n)
        alike = np.zeros(n - row - 1, dtype=np.uint16)
        union = np.zeros(n - row - 1, dtype=np.uint16)
        for word, bits in enumerate(planes):
            differs = bits[0][rest] ^ bits[0][row]
            for plane in bits[1:]:
                differs |= plane[rest] ^ plane[row]
            mine, theirs = answered[word][row], answered[word][rest]
            alike += np.bitwise_count(~differs & theirs & mine)
            union += np.bitwise_count(theirs | mine)
        match = alike / union
        top = int(match.argmax())
        if match[top] > best[row]:
            best[row], nearest[row] = match[top], row + 1 + top
        closer = match > best[rest]
        best[rest][closer] = match[closer]
        nearest[rest][closer] = row
    return np.where(best < 0, np.nan, best), nearest


def _planes(codes: Codes) -> tuple[list[list[Words]], list[Words]]:
    """By word of 64 items: the planes of the bits of their codes, and which items were answered."""
    widths = [int(column.max(initial=0)).bit_length() for column in codes.T]
    order = np.argsort(widths, kind="stable")  # items with few codes share words, which need few planes
    planes, answered = [], []
    for start in range(0, len(order), _WORD):
        items = order[start : start + _WORD]
        chunk = codes[:, items].astype(np.uint64)
        place = np.arange(len(items), dtype=np.uint64)
        width = max(max(widths[item] for item in items), 1)
        shifted = [(chunk >> np.uint64(bit)) & np.uint64(1) for bit in range(width)]
        planes.append([(bits << place).sum(axis=1, dtype=np.uint64) for bits in shifted])
        answered.append(((chunk > 0).astype(np.uint64) << place).sum(axis=1, dtype=np.uint64))
    return planes, answered
