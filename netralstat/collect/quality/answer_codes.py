"""The answers of every row as small whole numbers, for checks that compare rows or runs of items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.errors import PlanError, did_you_mean

if TYPE_CHECKING:
    from netralstat.ask.instrument import Instrument, Item
    from netralstat.ask.plan_collect import Collect
    from netralstat.collect.responses import Responses

COMPARED = ("select_one", "select_multiple", "integer", "decimal", "text")
NOT_SUBSTANTIVE = ("paradata", "design", "experiment", "consent", "screening", "info")
Codes = NDArray[np.int32]


def named_item(name: str, instrument: Instrument, where: str, kinds: Sequence[str] = ()) -> Item:
    """Return the item that the wave file names; a PlanError if there is none such, or of another kind."""
    if name not in instrument:
        raise PlanError(
            f'"{name}" is no item of the instrument.{did_you_mean(name, instrument.names)}',
            where=f"wave.toml, {where}",
            do="correct the name",
        )
    item = instrument.item(name)
    if item.repeat is not None:
        raise PlanError(
            f'"{name}" is asked in the repeat "{item.repeat}": a response can have several answers to it.',
            where=f"wave.toml, {where}",
            do="name an item outside all repeats",
        )
    if item.kind == "note" or (kinds and item.kind not in kinds):
        raise PlanError(
            f'"{name}" is of the kind {item.kind}, and the check reads {" or ".join(kinds) or "answers"}.',
            where=f"wave.toml, {where}",
            do="name another item",
        )
    return item


def named_column(name: str, responses: Responses, where: str) -> pd.Series:
    """Return the column of the responses that the wave file names; a PlanError if there is none such."""
    if name in responses.frame.columns:
        return responses.frame[name]
    raise PlanError(
        f'"{name}" is no column of single answers.{did_you_mean(name, responses.frame.columns)}',
        where=f"wave.toml, {where}",
        do="name an item with one answer (a select_multiple has several), or a column of the export",
    )


def substantive_items(collect: Collect, instrument: Instrument) -> tuple[str, ...]:
    """Items whose answers tell two persons apart: what `substantive` names, else all questions.

    Left out are what the form fills in by itself (times, calculations, hidden items), the key of a row, the
    interviewer, and items tagged with a role of `NOT_SUBSTANTIVE`.
    """
    quality = collect.quality
    if quality.substantive:
        for name in quality.substantive:
            named_item(name, instrument, "collect.quality.substantive", COMPARED)
        return quality.substantive
    aside = {*collect.unique, quality.start, quality.end, quality.duration, quality.interviewer}
    return tuple(
        item.name
        for item in instrument.answerable
        if item.kind in COMPARED
        and item.name not in aside
        and item.tags.get("role") not in NOT_SUBSTANTIVE
        and item.calculation is None
    )


def answer_codes(responses: Responses, instrument: Instrument, items: Sequence[str]) -> Codes:
    """Each answer as a number that equal answers share.

    Returns
    -------
    numpy.ndarray of int32, (n, items)
        0 where there is no answer, else 1, 2, … in no meaningful order across items.
    """
    codes = np.zeros((responses.n_accepted, len(items)), dtype=np.int32)
    for place, name in enumerate(items):
        item = instrument.item(name)
        answered = (responses.missing[name] == "").to_numpy()
        codes[:, place] = np.where(answered, _codes(item, responses.frame) + 1, 0)
    return codes


def _codes(item: Item, frame: pd.DataFrame) -> NDArray[np.intp]:
    if item.kind != "select_multiple":
        column = frame[item.name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            return np.asarray(column.cat.codes, dtype=np.intp)
        return np.asarray(pd.factorize(column)[0], dtype=np.intp)
    key = np.zeros(len(frame), dtype=np.intp)
    for code in item.valid_codes:
        chosen = frame[f"{item.name}/{code}"].to_numpy() == 1
        key = key * 2 + chosen
        if key.max(initial=0) > 2**60:
            key = pd.factorize(key)[0].astype(np.intp)
    return np.asarray(pd.factorize(key)[0], dtype=np.intp)
