"""Consistency of a row's own answers: even with odd items of scales, and items that others answer alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def even_odd(values: Floats, sizes: Sequence[int]) -> Floats:
    """How far a row's means of the even items of scales go with those of the odd ones, shape (n,).

    Near 1 for attentive answers; careless ones scatter about 0. NaN where fewer than three scales are
    answered in both halves, or a half does not vary between them.

    Parameters
    ----------
    values : (n, k), NaN where unanswered; scales stand one after the other.
    sizes : items of each scale, of two or more.

    Formula      max(2r/(1 + r), -1), r over scales of the means of even and odd items
    Source       Johnson (2005); Meade & Craig (2012). Twin: careless::evenodd, which has the opposite sign.
    """
    ends = np.cumsum([0, *sizes])
    halves = [
        np.column_stack([_mean(values[:, start + first : end : 2]) for start, end in pairwise(ends)])
        for first in (0, 1)
    ]
    r = row_correlation(*halves)
    with np.errstate(divide="ignore"):
        return np.maximum(2 * r / (1 + r), -1.0)


def synonym_correlation(values: Floats, least: float = 0.6) -> tuple[Floats, int]:
    """How far a row answers alike the pairs of items that most answer alike, shape (n,), and their number.

    Parameters
    ----------
    values : (n, k), NaN where unanswered.
    least : correlation over rows above which two items are a pair.

    Source       Meade & Craig (2012). Twin: careless::psychsyn.
    """
    r = item_correlations(values)
    first, second = np.nonzero(np.tril(np.nan_to_num(r) > least, -1))
    return row_correlation(values[:, first], values[:, second]), len(first)


def average_run(values: Floats) -> Floats:
    """Mean length of the runs of the same number along each row, shape (n,); an unanswered item ends a run.

    NaN for rows without an answer. Twin: `avgstr` of careless::longstring.
    """
    known = ~np.isnan(values)
    starts = known.copy()
    starts[:, 1:] &= ~(known[:, :-1] & (values[:, 1:] == values[:, :-1]))
    runs = starts.sum(axis=1)
    return np.where(runs > 0, known.sum(axis=1) / np.maximum(runs, 1), np.nan)


def item_correlations(values: Floats) -> Floats:
    """Correlations of columns over the rows that answered both, (k, k); NaN where one does not vary."""
    known = ~np.isnan(values)
    x = np.where(known, values - np.nanmean(values, axis=0), 0.0)
    pairs = known.T.astype(float) @ known
    sums, squares, products = x.T @ known, (x**2).T @ known, x.T @ x
    with np.errstate(divide="ignore", invalid="ignore"):
        between = products - sums * sums.T / pairs
        own = squares - sums**2 / pairs
        return np.where((own > 0) & (own.T > 0), between / np.sqrt(own * own.T), np.nan)


def row_correlation(x: Floats, y: Floats) -> Floats:
    """Correlation of each row of x with that of y, over the columns where both are known; else NaN.

    NaN, too, with fewer than three such columns, and where a row does not vary.
    """
    both = ~(np.isnan(x) | np.isnan(y))
    n = both.sum(axis=1)
    size = np.maximum(n, 1)[:, None]
    x, y = np.where(both, x, 0.0), np.where(both, y, 0.0)
    dx = np.where(both, x - x.sum(axis=1, keepdims=True) / size, 0.0)
    dy = np.where(both, y - y.sum(axis=1, keepdims=True) / size, 0.0)
    scale = np.sum(dx**2, axis=1) * np.sum(dy**2, axis=1)
    enough = (n > 2) & (scale > 1e-24 * np.sum(x**2, axis=1) * np.sum(y**2, axis=1))
    return np.where(enough, np.sum(dx * dy, axis=1) / np.sqrt(np.where(enough, scale, 1.0)), np.nan)


def _mean(values: Floats) -> Floats:
    """Mean of what is known of each row; NaN where nothing is."""
    known = ~np.isnan(values)
    n = known.sum(axis=1)
    return np.where(n > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(n, 1), np.nan)
