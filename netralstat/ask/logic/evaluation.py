"""An expression evaluated over columns of answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from netralstat.ask.logic.functions import call
from netralstat.ask.logic.operands import Operand, constant, spread
from netralstat.ask.logic.operators import negate, operate
from netralstat.ask.logic.program import Step, UnsupportedError, parse

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluated:
    """An expression that was not computed, and why. It is neither true nor false."""

    reason: str


class Coded(Protocol):
    """A column of texts: each different text once, and for every row the place of its text."""

    @property
    def levels(self) -> Sequence[str]:
        """The different texts; "" is no answer."""
        ...

    @property
    def codes(self) -> NDArray[Any]:
        """Places in `levels`, one a row."""
        ...


class Evaluator:
    """Evaluates the expressions of a form over the same columns; what was computed is kept.

    Parameters
    ----------
    columns : Mapping[str, Coded]
        Answers as text by item name: codes as exported, several codes parted by spaces, "" for no answer.
    n_rows : int
        Rows of every column.
    """

    def __init__(self, columns: Mapping[str, Coded], n_rows: int) -> None:
        self.columns = columns
        self.n_rows = n_rows
        self._operands: dict[str, Operand] = {}
        self._known: dict[tuple[str, str], Rows | NotEvaluated] = {}

    def holds(self, expression: str, self_name: str = "") -> Rows | NotEvaluated:
        """Tell in which rows an expression is true; `self_name` is the item that "." stands for."""
        key = (expression, self_name)
        if key not in self._known:
            self._known[key] = self._evaluated(expression, self_name, {})
        return self._known[key]

    def holds_for(self, expression: str, attributes: Mapping[str, str | Coded]) -> Rows | NotEvaluated:
        """Tell in which rows a choice filter is true.

        `attributes` are the columns of the choices sheet: of one choice, or of the choice of each row.
        """
        return self._evaluated(expression, "", attributes)

    def _evaluated(
        self, expression: str, self_name: str, attributes: Mapping[str, str | Coded]
    ) -> Rows | NotEvaluated:
        try:
            program = parse(expression)
            stack: list[Operand] = []
            for step in program.steps:
                if step.n_operands or step.kind == "call":
                    self._apply(step, stack, self_name)
                else:
                    stack.append(self._pushed(step, self_name, attributes))
            result = stack.pop()
            truth = spread(result, result.booleans())
        except UnsupportedError as reason:
            return NotEvaluated(reason=str(reason))
        return np.broadcast_to(truth, (self.n_rows,))

    def _pushed(self, step: Step, self_name: str, attributes: Mapping[str, str | Coded]) -> Operand:
        if step.kind == "text":
            return constant("text", step.word)
        if step.kind == "number":
            return constant("number", float(step.word))
        if step.kind == "reference":
            return self._column(step.word)
        if step.kind == "self":
            return self._own(self_name)
        if step.word in attributes:
            attribute = attributes[step.word]
            return constant("text", attribute) if isinstance(attribute, str) else _operand(attribute)
        raise UnsupportedError(f'it uses the path "{step.word}", which is not supported')

    def _apply(self, step: Step, stack: list[Operand], self_name: str) -> None:
        arguments = stack[len(stack) - step.n_operands :]
        del stack[len(stack) - step.n_operands :]
        if step.kind == "negation":
            stack.append(negate(arguments[0]))
        elif step.kind == "operator":
            stack.append(operate(step.word, *arguments))
        elif step.word == "once" and len(arguments) == 1:  # what stands there already, else the argument
            stack.append(call("coalesce", [self._own(self_name), arguments[0]]))
        elif step.word == "string-length" and not arguments:
            stack.append(call(step.word, [self._own(self_name)]))
        else:
            stack.append(call(step.word, arguments))

    def _own(self, self_name: str) -> Operand:
        if not self_name:
            raise UnsupportedError('it uses "." outside a constraint')
        return self._column(self_name)

    def _column(self, name: str) -> Operand:
        if name not in self._operands:
            if name not in self.columns:
                raise UnsupportedError(f'it refers to "{name}", which is not among the columns')
            self._operands[name] = _operand(self.columns[name])
        return self._operands[name]


def _operand(column: Coded) -> Operand:
    return Operand("text", None, column.codes, column.levels)


@dataclass(frozen=True, slots=True)
class _Levels:
    levels: Sequence[str]
    codes: NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Factorised(Mapping[str, _Levels]):
    """Columns of text, each coded when an expression refers to it."""

    columns: Mapping[str, pd.Series]

    def __getitem__(self, name: str) -> _Levels:
        codes, levels = pd.factorize(self.columns[name].astype(object), use_na_sentinel=True)
        return _Levels(["", *map(str, levels)], codes + 1)

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


def evaluate(
    expression: str, columns: Mapping[str, pd.Series], *, self_name: str | None = None
) -> pd.Series[bool] | NotEvaluated:
    """Tell in which rows an expression of the form is true.

    Parameters
    ----------
    expression : str
        A `relevant` or `constraint`, as `Item` holds it.
    columns : Mapping[str, pandas.Series]
        Answers as text by item name, all with one index: codes as exported, several codes parted by spaces,
        "" for no answer.
    self_name : str, optional
        The item that `.` stands for in a constraint.

    Returns
    -------
    pandas.Series of bool, or NotEvaluated
        With the index of the columns. An empty answer is not a number: every comparison of it with one is
        false, except `!=`. A form checks a constraint only where there is an answer, and so must the caller.

    Notes
    -----
    Supported: operators, parentheses, numbers, 'texts', `${item}`, `.`, and the functions of
    `functions.FUNCTIONS` with `once()`. A date (2021-07-01) counts as days since 1970-01-01 where a number is
    needed, as in ODK.
    """
    index = next(iter(columns.values())).index if columns else pd.RangeIndex(0)
    result = Evaluator(_Factorised(columns), len(index)).holds(expression, self_name or "")
    return result if isinstance(result, NotEvaluated) else pd.Series(result, index=index, dtype=bool)
