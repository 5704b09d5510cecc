"""The checks of rows and cells that an instrument and a wave file imply; none shows an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.plan_collect import Collect, Exclude
from netralstat.collect.dialects.answers import listed
from netralstat.collect.findings import Findings, Origin, Severity
from netralstat.collect.labels import TWO_READINGS
from netralstat.collect.text_table import TextColumn, combine
from netralstat.collect.values import ANSWERED, Values
from netralstat.errors import PlanError, ResponseError, did_you_mean

Rows = NDArray[np.bool_]


def excluded(
    declared: Sequence[Exclude], columns: Mapping[str, TextColumn], instrument: Instrument
) -> NDArray[np.object_]:
    """The reason of each row that [collect.exclude] leaves out, else ""; the first matching reason counts.

    Raises PlanError when a listed code is none of the item's.
    """
    reasons = np.full(_n_rows(columns), "", dtype=object)
    for number, rule in enumerate(declared, start=1):
        codes = set(rule.in_ or rule.not_in or ())
        item = instrument.item(rule.item) if rule.item in instrument else None
        if item is not None and (item.kind == "note" or item.repeat is not None):
            what = (
                "a note and has" if item.kind == "note" else f'asked in the repeat "{item.repeat}": a row has'
            )
            raise PlanError(
                f'"{rule.item}" is {what} no answer.',
                where=f"wave.toml, collect.exclude[{number}]",
                do="name an item that is answered, or a column of the export",
            )
        known = {choice.name for choice in item.choices} if item is not None else set()
        if known and (strange := sorted(codes - known)):
            raise PlanError(
                f'"{rule.item}" has no choice {listed(strange)}.{did_you_mean(strange[0], known)}',
                where=f"wave.toml, collect.exclude[{number}]",
                do=f"use the codes of the choice list: {listed(sorted(known))}",
            )
        multiple = item is not None and item.kind == "select_multiple"
        held = columns[rule.item].test(partial(_names_one, codes, multiple))
        hit = held if rule.in_ is not None else ~held
        reasons[hit & (reasons == "")] = rule.reason
    return reasons


def _names_one(codes: set[str], multiple: bool, text: str) -> bool:
    return not codes.isdisjoint(text.split()) if multiple else text in codes


def duplicated(
    collect: Collect, columns: Mapping[str, TextColumn], kept: Rows, origin: Origin, findings: Findings
) -> Rows:
    """Rows that the declared policy for duplicates rejects, among those still kept.

    Raises ResponseError with the rows when the policy is "error".
    """
    rejected = np.zeros(len(kept), dtype=bool)
    if not collect.unique:
        return rejected
    keys = [columns[name] for name in collect.unique]
    name = " + ".join(collect.unique)
    empty = np.logical_and.reduce([key.test(lambda text: not text) for key in keys])
    note = "the key is empty: not checked for duplicates"
    findings.add(origin, empty & kept, name, "empty-key", "warning", note)
    places = np.flatnonzero(kept & ~empty)
    if not len(places):
        return rejected
    _, combination = combine([key.take(places) for key in keys])
    shared = np.bincount(combination)[combination] > 1
    twins, group = places[shared], pd.Series(combination[shared])
    rows = pd.Series(
        [f"{path} row {row}" for path, row in zip(origin.source[twins], origin.row[twins], strict=True)]
    )
    if collect.duplicates == "error" and len(twins):
        raise ResponseError(
            f"{len(twins)} rows share {group.nunique()} keys ({name}).",
            where=listed(list(rows)),
            do='decide in section collect: duplicates = "keep_first", "keep_last" or "drop_all"',
        )
    rejected[twins] = _surplus(group, collect.duplicates)
    notes = np.full(len(kept), "", dtype=object)
    notes[twins] = "same key as " + rows.groupby(group).transform("first") + f": {collect.duplicates}"
    is_twin = np.zeros(len(kept), dtype=bool)
    is_twin[twins] = True
    for surplus, severity in ((True, "error"), (False, "warning")):
        held = is_twin & (rejected == surplus)
        findings.add(origin, held, name, "duplicate", cast(Severity, severity), notes[held])
    return rejected


def _surplus(group: pd.Series[int], policy: str) -> Rows:
    if policy == "drop_all":
        return np.ones(len(group), dtype=bool)
    return group.duplicated(keep="first" if policy == "keep_first" else "last").to_numpy()


def check_split(
    item: Item,
    joined: TextColumn,
    split: Mapping[str, TextColumn],
    origin: Origin,
    findings: Findings,
    unsplit: Rows | None = None,
) -> None:
    """Compare the joined codes with the split columns of a select_multiple; the joined ones count.

    Rows in `unsplit` come from sources without split columns.
    """
    chosen = [set(text.split()) for text in joined.levels]
    differs = np.array([bool(codes - split.keys()) for codes in chosen] or [False])[joined.codes]
    for choice, column in split.items():
        in_joined = np.array([choice in codes for codes in chosen] or [False])[joined.codes]
        differs |= in_joined != column.test(lambda text: text == "1")
    if unsplit is not None:
        differs &= ~unsplit
    findings.add(
        origin,
        differs,
        item.name,
        "split",
        "warning",
        "joined and split columns disagree; the joined one is used",
    )


def check_marks(item: Item, split: Mapping[str, TextColumn], origin: Origin, findings: Findings) -> None:
    """Find split columns that hold something else than 1 and 0, or are empty beside filled ones."""
    filled = np.logical_or.reduce([column.test(bool) for column in split.values()])
    for choice, column in split.items():
        name = f"{item.name}/{choice}"
        strange = column.test(lambda text: text not in ("", "0", "1"))
        findings.add(origin, strange, name, "type", "error", "neither 1 nor 0: read as not chosen")
        hollow = filled & column.test(lambda text: not text)
        findings.add(
            origin, hollow, name, "split", "warning", "empty beside filled choices: read as not chosen"
        )


def check_values(item: Item, values: Values, origin: Origin, findings: Findings) -> None:
    """Report codes that the form does not know, texts of a wrong type, and contradictions."""
    if item.kind in ("select_one", "select_multiple"):
        partly = values.bad & (values.reason == ANSWERED)
        note = "a code unknown to the form"
        findings.add(origin, partly, item.name, "choice", "error", f"{note}: left out")
        findings.add(origin, values.bad & ~partly, item.name, "choice", "error", f"{note}: set to missing")
    else:
        findings.add(origin, values.bad, item.name, "type", "error", f"no {item.kind}: set to missing")
    note = "an answer beside a reason for none: the answer is used"
    findings.add(origin, values.mixed, item.name, "contradiction", "warning", note)


def check_labels(item: Item, column: TextColumn, origin: Origin, findings: Findings) -> None:
    """Find joined cells whose labels can be taken apart in two ways."""
    if item.kind != "select_multiple":
        return
    twofold = column.test(lambda text: text.startswith(TWO_READINGS))
    note = "its labels can be read in two ways: export codes, or split columns too"
    findings.add(origin, twofold, item.name, "ambiguous", "warning", note)


def _n_rows(columns: Mapping[str, TextColumn]) -> int:
    return len(next(iter(columns.values())).codes)
