"""The checks that an instrument and a wave file imply; each names the rows and the rule, never an answer.

An `error` made an answer missing or rejected its row; a `warning` left it as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.logic import NotEvaluated, evaluate
from netralstat.ask.plan_collect import Collect, Exclude
from netralstat.collect.dialects.answers import listed
from netralstat.collect.text_table import TextColumn, combine
from netralstat.collect.values import ANSWERED, NO_ANSWER, NOT_ASKED, Values, blanked
from netralstat.errors import PlanError, ResponseError, did_you_mean

RULES = (
    "unknown-column",
    "choice",
    "type",
    "contradiction",
    "split",
    "constraint",
    "required",
    "skip",
    "not-evaluated",
    "duplicate",
    "empty-key",
)
_REFERENCE = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
Severity = Literal["error", "warning"]
Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where each row came from: the path of its source and its row in that file (the header is row 1)."""

    source: NDArray[np.object_]
    row: NDArray[np.int64]

    def take(self, rows: NDArray[np.intp]) -> Origin:
        """Return the origin of these rows only."""
        return Origin(source=self.source[rows], row=self.row[rows])


@dataclass(slots=True, kw_only=True)
class Findings:
    """Collects findings; `table` gives them sorted by source, row and column."""

    parts: list[pd.DataFrame] = field(default_factory=list)

    def add(
        self,
        origin: Origin,
        rows: Rows,
        column: str,
        rule: str,
        severity: Severity,
        note: str | Sequence[str],
    ) -> None:
        """Record a broken rule in every row that is True in `rows`."""
        if rows.any():
            found = {"source": origin.source[rows], "row": origin.row[rows], "column": column, "rule": rule}
            self.parts.append(pd.DataFrame({**found, "severity": severity, "note": note}))

    def add_header(self, source: str, column: str, rule: str, note: str) -> None:
        """Record something about a whole column; its row is the header's."""
        one = Origin(source=np.array([source], dtype=object), row=np.array([1]))
        self.add(one, np.array([True]), column, rule, "warning", note)

    def table(self) -> pd.DataFrame:
        """One row a finding: source, row, column, rule, severity, note."""
        names = ["source", "row", "column", "rule", "severity", "note"]
        if not self.parts:
            return pd.DataFrame(
                {name: pd.Series(dtype="int64" if name == "row" else "str") for name in names}
            )
        whole = pd.concat(self.parts, ignore_index=True)
        return whole.sort_values(["source", "row"], kind="stable", ignore_index=True)


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
        if item is not None and item.kind == "note":
            raise PlanError(
                f'"{rule.item}" is a note and has no answer.',
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
) -> None:
    """Compare the joined codes with the split columns of a select_multiple; the joined ones count."""
    chosen = [set(text.split()) for text in joined.levels]
    differs = np.array([bool(codes - split.keys()) for codes in chosen] or [False])[joined.codes]
    for choice, column in split.items():
        in_joined = np.array([choice in codes for codes in chosen] or [False])[joined.codes]
        differs |= in_joined != column.test(lambda text: text == "1")
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


class Logic:
    """Evaluates the expressions of a form once per distinct combination of the answers they name."""

    def __init__(self, columns: Mapping[str, TextColumn], n_rows: int) -> None:
        self.columns = columns
        self.n_rows = n_rows
        self.known: dict[tuple[str, str], Rows | NotEvaluated] = {}

    def holds(self, expression: str, self_name: str = "") -> Rows | NotEvaluated:
        """Tell in which rows an expression is true; `self_name` is the item that "." stands for."""
        key = (expression, self_name)
        if key not in self.known:
            self.known[key] = self._holds(expression, self_name)
        return self.known[key]

    def _holds(self, expression: str, self_name: str) -> Rows | NotEvaluated:
        names = [name for name in dict.fromkeys(_REFERENCE.findall(expression)) if name in self.columns]
        if self_name and self_name not in names:
            names.append(self_name)
        if not names:  # a constant: true() or 1 = 1
            names = [next(iter(self.columns))]
        first, inverse = combine([self.columns[name] for name in names])
        table = {name: pd.Series(self.columns[name].take(first).text(), dtype=object) for name in names}
        result = evaluate(expression, table, self_name=self_name or None)
        return result if isinstance(result, NotEvaluated) else result.to_numpy(dtype=bool)[inverse]


def apply_form(item: Item, values: Values, logic: Logic, origin: Origin, findings: Findings) -> Values:
    """Apply the item's relevance, requirement and constraint; the values come back with reasons settled.

    Empty and not relevant becomes "not_asked"; an answer that breaks the constraint becomes missing.
    """
    asked = np.ones(logic.n_rows, dtype=bool)
    source = str(origin.source[0])
    if item.relevant:
        relevant = logic.holds(item.relevant)
        if isinstance(relevant, NotEvaluated):
            note = f"when it is asked is not known: {relevant.reason}; empty cells count as no answer"
            findings.add_header(source, item.name, "not-evaluated", note)
        else:
            asked = relevant
    empty = (values.reason == NO_ANSWER) & ~values.bad
    no_choice = logic.columns[item.name].test(str.isspace)  # split columns of zeros where nothing was asked
    values = blanked(values, (empty | no_choice) & ~asked, NOT_ASKED)
    note = "answered though it was not to be asked: kept"
    findings.add(origin, ~asked & (values.reason != NOT_ASKED), item.name, "skip", "warning", note)
    if item.required:
        findings.add(origin, empty & asked, item.name, "required", "warning", "required, but empty")
    if item.constraint:
        held = logic.holds(item.constraint, item.name)
        if isinstance(held, NotEvaluated):
            note = f"its constraint is not checked: {held.reason}"
            findings.add_header(source, item.name, "not-evaluated", note)
        else:
            broken = ~held & (values.reason == ANSWERED)
            findings.add(
                origin,
                broken,
                item.name,
                "constraint",
                "error",
                "breaks the form's constraint: set to missing",
            )
            values = blanked(values, broken, NO_ANSWER)
    return values


def _n_rows(columns: Mapping[str, TextColumn]) -> int:
    return len(next(iter(columns.values())).codes)
