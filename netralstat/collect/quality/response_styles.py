"""Careless answering in a block of items that are answered alike: four indices, and attention checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc

from netralstat.ask.plan_quality import AttentionCheck, Block
from netralstat.collect.quality.answer_codes import named_item
from netralstat.collect.quality.flags import Flagged, found
from netralstat.errors import PlanError

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument, Item
    from netralstat.ask.plan_quality import Quality
    from netralstat.collect.responses import Responses

SHORTEST_GRID = 5
FEWEST_CHOICES = 3
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockStyle:
    """How the rows answered one block.

    Attributes
    ----------
    id : str
        Name of the block.
    items : tuple of str
    declared : bool
        Whether the wave file names the block, or the form's grids gave it.
    n : int
        Rows that answered at least half of the items, and three.
    straight : numpy.ndarray of bool, (rows,)
        All their answers are the same.
    longest_run : numpy.ndarray of int, (rows,)
        Longest run of the same answer from item to item; an unanswered item ends a run.
    irv : numpy.ndarray of float, (rows,)
        Standard deviation of the row's own answers; NaN where too few.
    d2, p : numpy.ndarray of float, (rows,)
        Mahalanobis distance from the mean answer, and its p; NaN where an item is unanswered.
    rank : int
        Dimensions that D² was taken in; fewer than the items when some follow from others; 0: not taken.
    """

    id: str
    items: tuple[str, ...]
    declared: bool
    n: int
    straight: NDArray[np.bool_]
    longest_run: NDArray[np.int64]
    irv: Floats
    d2: Floats
    p: Floats
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseStyles:
    """Every block, every attention check, and the rows they flag.

    Attributes
    ----------
    blocks : tuple of BlockStyle
    attention : pandas.DataFrame
        item, n (rows that answered), failed.
    flagged : tuple of Flagged
        straightliner, long_run, low_irv, outlier, attention.
    """

    blocks: tuple[BlockStyle, ...]
    attention: pd.DataFrame
    flagged: tuple[Flagged, ...]

    def table(self) -> pd.DataFrame:
        """One line a block: items, n, straight, the distribution of runs and IRV, outliers."""
        outliers = {one.detail: len(one.rows) for one in self.flagged if one.flag == "outlier"}
        lines = []
        for block in self.blocks:
            irv = block.irv[~np.isnan(block.irv)]
            runs = block.longest_run[block.longest_run > 0]
            complete = int((~np.isnan(block.d2)).sum())
            lines.append(
                {
                    "block": block.id,
                    "items": len(block.items),
                    "n": block.n,
                    "straight": int(block.straight.sum()),
                    "run_median": float(np.median(runs)) if len(runs) else np.nan,
                    "run_p95": float(np.quantile(runs, 0.95)) if len(runs) else np.nan,
                    "irv_mean": float(irv.mean()) if len(irv) else np.nan,
                    "irv_p05": float(np.quantile(irv, 0.05)) if len(irv) else np.nan,
                    "n_complete": complete,
                    "rank": block.rank,
                    "outliers": outliers.get(block.id, 0),
                }
            )
        columns = "block items n straight run_median run_p95 irv_mean irv_p05 n_complete rank outliers"
        return pd.DataFrame(lines, columns=columns.split())


def response_styles(responses: Responses, instrument: Instrument, quality: Quality) -> ResponseStyles:
    """Measure each block and each attention check.

    Raises
    ------
    PlanError
        A named item is not there, cannot be put on a scale, or has no such code.
    """
    blocks = [_style(responses, instrument, block, True) for block in quality.blocks]
    if not quality.blocks:
        blocks = [_style(responses, instrument, block, False) for block in grids(instrument)]
    flagged: list[Flagged] = []
    for block in blocks:
        flagged.append(found("straightliner", block.straight, block.longest_run.astype(float), block.id))
        flagged.append(found("outlier", block.p < quality.outlier_p, block.d2, block.id))
        if quality.long_run is not None:
            run = block.longest_run
            flagged.append(found("long_run", run >= quality.long_run, run.astype(float), block.id))
        if quality.low_irv is not None:
            flagged.append(found("low_irv", block.irv < quality.low_irv, block.irv, block.id))
    lines = []
    for check in quality.attention or tagged_checks(instrument):
        answered, wrong = _attention(responses, instrument, check)
        flagged.append(found("attention", wrong, detail=check.item))
        lines.append({"item": check.item, "n": int(answered.sum()), "failed": int(wrong.sum())})
    table = pd.DataFrame(lines, columns=["item", "n", "failed"])
    return ResponseStyles(blocks=tuple(blocks), attention=table, flagged=tuple(flagged))


def grids(instrument: Instrument) -> tuple[Block, ...]:
    """The form's own blocks: neighbours in a group with the same choice list, at least five of them.

    The list has at least three answers: sixteen times "no" to yes/no questions can be the plain truth.
    """
    blocks = []

    def like(item: Item) -> tuple[object, ...]:
        return (item.group, tuple(choice.name for choice in item.choices), item.kind)

    for _, members in groupby(instrument.answerable, key=like):
        items = tuple(members)
        first = items[0]
        if (
            first.kind == "select_one"
            and len(items) >= SHORTEST_GRID
            and len(first.valid_codes) >= FEWEST_CHOICES
        ):
            name = first.group[-1] if first.group else first.name
            blocks.append((name, tuple(item.name for item in items)))
    names = [name for name, _ in blocks]
    return tuple(
        Block.model_construct(id=name if names.count(name) == 1 else f"{name}:{items[0]}", items=items)
        for name, items in blocks
    )


def tagged_checks(instrument: Instrument) -> tuple[AttentionCheck, ...]:
    """The form's own attention checks: items of the role "attention" whose tag `correct` names the codes."""
    return tuple(
        AttentionCheck(item=item.name, correct=tuple(item.tags["correct"].split()))
        for item in instrument.items
        if item.tags.get("role") == "attention" and item.tags.get("correct")
    )


def _style(responses: Responses, instrument: Instrument, block: Block, declared: bool) -> BlockStyle:
    where = f"collect.quality.blocks, {block.id}"
    items = [named_item(name, instrument, where, ("select_one", "integer")) for name in block.items]
    values = np.column_stack([item_scores(responses, item) for item in items])
    n_answered = (~np.isnan(values)).sum(axis=1)
    enough = (n_answered >= 3) & (2 * n_answered >= len(items))
    spread = np.where(enough, row_sd(values), np.nan)
    d2, p, rank = mahalanobis(values)
    return BlockStyle(
        id=block.id,
        items=block.items,
        declared=declared,
        n=int(enough.sum()),
        straight=enough & (spread == 0),
        longest_run=np.where(enough, longest_run(values), 0),
        irv=spread,
        d2=d2,
        p=p,
        rank=rank,
    )


def item_scores(responses: Responses, item: Item) -> Floats:
    """Answers as numbers: the scores of the form, else the places of the choices; NaN where unanswered."""
    column = responses.frame[item.name]
    if item.kind != "select_one":
        return np.asarray(column, dtype=np.float64)
    valid = [choice for choice in item.choices if choice.missing is None]
    scores = [choice.score for choice in valid]
    if any(score is None for score in scores):
        scores = [float(place) for place in range(1, len(valid) + 1)]
    values = np.array([*scores, np.nan], dtype=np.float64)
    return values[column.cat.codes.to_numpy()]


def row_sd(values: Floats) -> Floats:
    """Standard deviation of each row's answers; exactly 0 where they are all the same."""
    known = ~np.isnan(values)
    n = known.sum(axis=1)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=1) / np.maximum(n, 1)
    squares = np.where(known, (values - mean[:, None]) ** 2, 0.0).sum(axis=1)
    low = np.where(known, values, np.inf).min(axis=1)
    high = np.where(known, values, -np.inf).max(axis=1)
    sd = np.sqrt(squares / np.maximum(n - 1, 1))
    return np.where(n < 2, np.nan, np.where(low == high, 0.0, sd))


def longest_run(values: Floats) -> NDArray[np.int64]:
    """Longest run of the same number along each row; a NaN ends a run."""
    run = np.zeros(len(values), dtype=np.int64)
    longest = run.copy()
    last = np.full(len(values), np.nan)
    for column in values.T:
        run = np.where(np.isnan(column), 0, np.where(column == last, run + 1, 1))
        longest = np.maximum(longest, run)
        last = column
    return longest


def mahalanobis(values: Floats) -> tuple[Floats, Floats, int]:
    """Squared Mahalanobis distance of each complete row, its p, and the rank of the covariance.

    Parameters
    ----------
    values : numpy.ndarray of float, (n, k)
        NaN where unanswered; such rows get NaN.

    Formula
    -------
    D²_i = (x_i - x̄)' S⁺ (x_i - x̄), S the covariance of the complete rows with n - 1, S⁺ its
    pseudo-inverse of rank r; p = P(χ²_r > D²).

    Source
    ------
    Mahalanobis (1936); for careless answers Meade & Craig (2012), Psychological Methods 17.
    """
    n, k = values.shape
    d2, p = np.full(n, np.nan), np.full(n, np.nan)
    complete = ~np.isnan(values).any(axis=1)
    rows = values[complete]
    if len(rows) <= k + 1:
        return d2, p, 0
    centred = rows - rows.mean(axis=0)
    roots, vectors = np.linalg.eigh(centred.T @ centred / (len(rows) - 1))
    kept = roots > max(roots.max(), 0.0) * k * np.finfo(float).eps * 100
    rank = int(kept.sum())
    if rank == 0:
        return d2, p, 0
    d2[complete] = ((centred @ vectors[:, kept]) ** 2 / roots[kept]).sum(axis=1)
    p[complete] = chdtrc(rank, d2[complete])
    return d2, p, rank


def _attention(
    responses: Responses, instrument: Instrument, check: AttentionCheck
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    where = "collect.quality.attention"
    item = named_item(check.item, instrument, where, ("select_one",))
    strange: Sequence[str] = sorted(set(check.correct) - set(item.valid_codes))
    if strange:
        raise PlanError(
            f'"{check.item}" has no choice {", ".join(strange)}.',
            where=f"wave.toml, {where}, or the column nst_correct of the form",
            do=f"use the codes of the choice list: {', '.join(item.valid_codes)}",
        )
    column = responses.frame[check.item]
    answered = column.notna().to_numpy()
    return answered, answered & ~column.isin(list(check.correct)).to_numpy()
