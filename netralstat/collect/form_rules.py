"""The rules that a form implies for each item: asked or not, required, range, constraint, choices offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netralstat.ask.instrument import Choice, Item
from netralstat.ask.logic import Evaluator, NotEvaluated, references
from netralstat.collect.findings import Findings, Origin
from netralstat.collect.text_table import TextColumn
from netralstat.collect.values import ANSWERED, NO_ANSWER, NOT_ASKED, REASONS, Values, blanked

Rows = NDArray[np.bool_]
NOT_APPLICABLE = REASONS.index("not_applicable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the rules of one item are checked against.

    Attributes
    ----------
    evaluator : Evaluator
        Every item as the form saw it.
    columns : Mapping[str, TextColumn]
        Every item as it was read.
    absent : Mapping[str, array of bool]
        Rows whose source does not have an item: what refers to it is not known there.
    origin : Origin
        Where each row came from.
    findings : Findings
        Takes what is found.
    """

    evaluator: Evaluator
    columns: Mapping[str, TextColumn]
    absent: Mapping[str, Rows]
    origin: Origin
    findings: Findings

    def decided(
        self,
        item: Item,
        expression: str,
        result: Rows | NotEvaluated,
        note: str,
        *,
        unknown: bool = True,
    ) -> Rows | None:
        """The rows of a result; None, and a finding, where it was not evaluated.

        It is `unknown` in rows whose source does not have an item that the expression refers to.
        """
        source = str(self.origin.source[0])
        if isinstance(result, NotEvaluated):
            self.findings.add_header(source, item.name, "not-evaluated", note.format(result.reason))
            return None
        for name in references(expression):
            if name in self.absent and self.absent[name].any():
                reason = f'it refers to "{name}", which {int(self.absent[name].sum()):,} rows do not have'
                self.findings.add_header(source, item.name, "not-evaluated", note.format(reason))
                result = np.where(self.absent[name], unknown, result)
        return result

    def broken(self, item: Item, values: Values, rows: Rows, rule: str, note: str) -> Values:
        """Record answers that break a rule and make them missing."""
        self.findings.add(self.origin, rows, item.name, rule, "error", f"{note}: set to missing")
        return blanked(values, rows, NO_ANSWER)


def apply_form(item: Item, values: Values, form: Form) -> Values:
    """Apply the item's relevance, requirement, range, constraint and choice filter.

    Empty and not relevant becomes "not_asked"; an answer that breaks a rule becomes missing. The values come
    back with reasons settled.
    """
    if item.name in form.absent and form.absent[item.name].all():
        return values
    values = _apply_relevance(item, values, form)
    values = _apply_range(item, values, form)
    if item.constraint:
        result = form.evaluator.holds(item.constraint, item.name)
        held = form.decided(item, item.constraint, result, "its constraint is not checked: {}")
        if held is not None:
            broken = ~held & (values.reason == ANSWERED)
            values = form.broken(item, values, broken, "constraint", "breaks the form's constraint")
    if item.choice_filter and item.choices:
        values = _apply_filter(item, values, form)
    return values


def _apply_relevance(item: Item, values: Values, form: Form) -> Values:
    asked: Rows = np.ones(len(values.reason), dtype=bool)
    if item.relevant:
        note = "when it is asked is not known: {}; empty cells count as no answer"
        relevant = form.decided(item, item.relevant, form.evaluator.holds(item.relevant), note)
        asked = asked if relevant is None else relevant
    empty = (values.reason == NO_ANSWER) & ~values.bad
    nothing = empty
    if item.kind == "select_multiple":  # split columns of zeros where nothing was asked
        nothing = empty | form.columns[item.name].test(str.isspace)
    values = blanked(values, nothing & ~asked, NOT_ASKED)
    said = (values.reason != NOT_ASKED) & (values.reason != NOT_APPLICABLE)
    note = "answered though it was not to be asked: kept"
    form.findings.add(form.origin, ~asked & said, item.name, "skip", "warning", note)
    required: Rows | None = np.full(len(asked), item.required)
    if item.required_if and not item.required:
        note = "when it is required is not known: {}"
        result = form.evaluator.holds(item.required_if, item.name)
        required = form.decided(item, item.required_if, result, note, unknown=False)
    if required is not None:
        here = ~form.absent.get(item.name, np.zeros(len(asked), dtype=bool))
        lacking = empty & asked & required & here
        form.findings.add(form.origin, lacking, item.name, "required", "warning", "required, but empty")
    return values


def _apply_range(item: Item, values: Values, form: Form) -> Values:
    """The ends of a `range`, which the form's slider cannot leave."""
    if (item.minimum is None and item.maximum is None) or item.kind not in ("integer", "decimal"):
        return values
    numbers: NDArray[np.float64] = np.asarray(values.columns[item.name], dtype=np.float64)
    low = -np.inf if item.minimum is None else item.minimum
    high = np.inf if item.maximum is None else item.maximum
    outside = (values.reason == ANSWERED) & ((numbers < low) | (numbers > high))
    return form.broken(item, values, outside, "range", "outside the range of the form")


def _apply_filter(item: Item, values: Values, form: Form) -> Values:
    """Every chosen choice must be one that the form offered after the answers before it."""
    expression, answered = str(item.choice_filter), values.reason == ANSWERED
    names = ["name", *dict.fromkeys(name for choice in item.choices for name in choice.columns)]
    if item.kind == "select_one":
        column, by_code = form.columns[item.name], {choice.name: choice for choice in item.choices}
        attributes = {name: _by_level(column, by_code, name) for name in names}
        result = form.evaluator.holds_for(expression, attributes)
    else:
        result = _all_offered(item, names, form)
    offered = form.decided(item, expression, result, "which choices were offered is not known: {}")
    if offered is None:
        return values
    note = "not offered by the form after these answers"
    return form.broken(item, values, answered & ~offered, "choice-filter", note)


def _all_offered(item: Item, names: Sequence[str], form: Form) -> Rows | NotEvaluated:
    """Rows in which every one of several chosen choices was offered."""
    column = form.columns[item.name]
    chosen = [frozenset(level.split()) for level in column.levels]
    offered: Rows = np.ones(len(column.codes), dtype=bool)
    for choice in item.choices:
        named = np.array([choice.name in codes for codes in chosen] or [False])[column.codes]
        if not named.any():
            continue
        attributes = {name: _attribute(choice, name) for name in names}
        result = form.evaluator.holds_for(str(item.choice_filter), attributes)
        if isinstance(result, NotEvaluated):
            return result
        offered &= ~named | result
    return offered


def _by_level(column: TextColumn, by_code: Mapping[str, Choice], name: str) -> TextColumn:
    """A column of the choices sheet, looked up by the chosen code."""
    levels = (_attribute(by_code[code], name) if code in by_code else "" for code in column.levels)
    return TextColumn(levels=tuple(levels), codes=column.codes)


def _attribute(choice: Choice, name: str) -> str:
    return choice.name if name == "name" else choice.columns.get(name, "")
