"""Skip logic and constraints, evaluated over whole columns of answers.

Forms write them in XPath 1.0. The subset that forms use is read here by precedence climbing and computed as
it is read; nothing is ever handed to `eval`. What lies outside the subset is `NotEvaluated` with its reason:
a rule which could not be checked is never mistaken for one that holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

MAX_EXPRESSION = 10_000
MAX_DEPTH = 50
MAX_PATTERN = 300
MAX_MATCHED = 1_000

TOKEN = re.compile(
    r"""\s*(?:
        (?P<reference>\$\{\s*[^}\s]+\s*\})
      | (?P<text>'[^']*'|"[^"]*")
      | (?P<number>\d+(?:\.\d*)?|\.\d+)
      | (?P<self>\.(?![.\w]))
      | (?P<symbol><=|>=|!=|[<>=+*(),-])
      | (?P<name>[A-Za-z_][\w.-]*)
    )""",
    re.VERBOSE,
)
PRECEDENCE = {
    "or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "div": 6, "mod": 6,
}  # fmt: skip
NUMBER = re.compile(r"\s*-?(?:\d+(?:\.\d*)?|\.\d+)\s*")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T.*")
CLOCKS = ("today", "now", "random", "once")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluated:
    """An expression that was not computed, and why. It is neither true nor false."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """An operand: "text", "number" or "boolean", one per row, or a single one for all rows."""

    kind: str
    data: np.ndarray


class _UnsupportedError(Exception):
    """Carries the reason out of the recursion."""


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
    Supported: `or and not() = != < <= > >= + - * div mod`, parentheses, numbers, 'texts', `${item}`, `.`,
    `selected() count-selected() string-length() regex() coalesce() if() number() true() false()`. A date
    (2021-07-01) counts as days since 1970-01-01 where a number is needed, as in ODK. `regex` finds the
    pattern anywhere unless it is anchored: Enketo does so while Collect wants the whole answer, and an answer
    that one of them accepted is no error.
    """
    if len(expression) > MAX_EXPRESSION:
        return NotEvaluated(reason=f"it is longer than {MAX_EXPRESSION:,} characters")
    index = next(iter(columns.values())).index if columns else pd.RangeIndex(0)
    try:
        tokens = list(_tokens(expression))
        names = {word[2:-1].strip() for kind, word in tokens if kind == "reference"} | {self_name}
        used = {name: column for name, column in columns.items() if name in names}
        first, pattern = _patterns(used, len(index))
        answers = {name: _as_text(column.iloc[first]) for name, column in used.items()}
        result = np.broadcast_to(_boolean(_Parser(tokens, answers, self_name).whole()), (len(first),))
    except _UnsupportedError as reason:
        return NotEvaluated(reason=str(reason))
    return pd.Series(result[pattern], index=index, dtype=bool)


def _patterns(columns: Mapping[str, pd.Series], n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The first row of every different combination of answers, and the combination of every row.

    Thousands of respondents share a few combinations, so an expression is computed once for each of those.
    """
    pattern: np.ndarray = np.zeros(n_rows, dtype=np.int64)
    for column in columns.values():
        codes, levels = pd.factorize(column, use_na_sentinel=False)
        pattern = pd.factorize(pattern * len(levels) + codes)[0]
    first: np.ndarray = np.zeros(pattern.max(initial=-1) + 1, dtype=np.int64)
    first[pattern[::-1]] = np.arange(n_rows)[::-1]
    return first, pattern


def _as_text(column: pd.Series) -> np.ndarray:
    answers = column.astype(object)
    return answers.where(answers.notna(), "").map(str).to_numpy(dtype=object)


class _Parser:
    """Reads an expression from left to right and computes each part as soon as it is complete."""

    def __init__(
        self, tokens: list[tuple[str, str]], columns: Mapping[str, np.ndarray], self_name: str | None
    ) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0
        self.columns = columns
        self.self_name = self_name

    def whole(self) -> _Value:
        value = self.expression(1)
        if self.position < len(self.tokens):
            raise _UnsupportedError(
                f'it has a part too many at word {self.position + 1}, "{self.tokens[self.position][1]}"'
            )
        return value

    def peek(self) -> str:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> tuple[str, str]:
        if self.position == len(self.tokens):
            raise _UnsupportedError("it ends too early")
        token = self.tokens[self.position]
        if wanted is not None and token[1] != wanted:
            raise _UnsupportedError(
                f'it has "{token[1]}" at word {self.position + 1} where "{wanted}" should be'
            )
        self.position += 1
        return token

    def expression(self, lowest: int) -> _Value:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _UnsupportedError(f"it is nested more than {MAX_DEPTH} levels deep")
        left = self.operand()
        while (rank := PRECEDENCE.get(self.peek(), 0)) >= lowest:
            operator = self.take()[1]
            left = _operate(operator, left, self.expression(rank + 1))
        self.depth -= 1
        return left

    def operand(self) -> _Value:
        negative = False
        while self.peek() == "-":
            self.take()
            negative = not negative
        value = self.primary()
        return _Value(kind="number", data=-_number(value)) if negative else value

    def primary(self) -> _Value:
        kind, word = self.take()
        if word == "(":
            value = self.expression(1)
            self.take(")")
            return value
        match kind:
            case "reference":
                return self.column(word[2:-1].strip())
            case "self" if self.self_name is not None:
                return self.column(self.self_name)
            case "self":
                raise _UnsupportedError('it uses "." outside a constraint')
            case "text":
                return _constant("text", word[1:-1])
            case "number":
                return _constant("number", float(word))
            case "name" if self.peek() == "(":
                return self.call(word)
            case "name":
                raise _UnsupportedError(f'it uses the path "{word}", which is not supported')
        raise _UnsupportedError(f'it has "{word}" at word {self.position} where a value should be')

    def column(self, name: str) -> _Value:
        if name not in self.columns:
            raise _UnsupportedError(f'it refers to "{name}", which is not among the columns')
        return _Value(kind="text", data=self.columns[name])

    def call(self, name: str) -> _Value:
        if name in CLOCKS:
            raise _UnsupportedError(
                f"it calls {name}(), whose value when the form was filled in is not known"
            )
        if name not in FUNCTIONS:
            raise _UnsupportedError(f"it calls {name}(), which is not supported")
        self.take("(")
        arguments: list[_Value] = []
        while self.peek() != ")":
            if arguments:
                self.take(",")
            arguments.append(self.expression(1))
        self.take(")")
        count, function = FUNCTIONS[name]
        if len(arguments) != count:
            raise _UnsupportedError(f"it gives {name}() {len(arguments)} arguments where {count} are needed")
        return function(*arguments)


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    """The words of an expression, each with its kind."""
    position, end = 0, len(expression.rstrip())
    while position < end:
        match = TOKEN.match(expression, position)
        if match is None or match.lastgroup is None:
            at = end - len(expression[position:end].lstrip()) + 1
            raise _UnsupportedError(
                f"it cannot be read at character {at}; paths and filters are not supported"
            )
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


def _constant(kind: str, value: object) -> _Value:
    return _Value(kind=kind, data=np.array(value, dtype=object if kind == "text" else None))


def _operate(operator: str, left: _Value, right: _Value) -> _Value:
    """The value of `left operator right`, coerced as XPath 1.0 coerces."""
    if operator in ("and", "or"):
        both = np.logical_and if operator == "and" else np.logical_or
        return _Value(kind="boolean", data=both(_boolean(left), _boolean(right)))
    if operator in ("=", "!="):
        equal = _equal(left, right)
        return _Value(kind="boolean", data=equal if operator == "=" else ~equal)
    a, b = _number(left), _number(right)
    if operator in COMPARISONS:
        return _Value(kind="boolean", data=COMPARISONS[operator](a, b))
    with np.errstate(divide="ignore", invalid="ignore"):
        return _Value(kind="number", data=ARITHMETIC[operator](a, b))


COMPARISONS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip
ARITHMETIC: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "div": np.divide, "mod": np.fmod,
}  # fmt: skip


def _equal(left: _Value, right: _Value) -> np.ndarray:
    kinds = {left.kind, right.kind}
    if "boolean" in kinds:
        return np.asarray(_boolean(left) == _boolean(right))
    if "number" in kinds:
        # The tolerance is JavaRosa's (XPathEqExpr).
        return np.asarray(np.abs(_number(left) - _number(right)) < 1e-12)
    return np.asarray(left.data == right.data, dtype=bool)


def _boolean(value: _Value) -> np.ndarray:
    """True for a true boolean, a number other than zero, and a text that is not empty."""
    if value.kind == "number":
        return np.asarray((value.data != 0) & ~np.isnan(value.data))
    return np.asarray(value.data != "", dtype=bool) if value.kind == "text" else value.data


def _number(value: _Value) -> np.ndarray:
    return value.data.astype(float) if value.kind != "text" else _each(value.data, _parse_number, float)


def _text(value: _Value) -> np.ndarray:
    if value.kind == "text":
        return value.data
    if value.kind == "boolean":
        return np.where(value.data, "true", "false").astype(object)
    return _each(value.data, lambda number: f"{number:.15g}" if number == number else "NaN", object)


def _each(data: np.ndarray, function: Callable[[object], object], dtype: type) -> np.ndarray:
    """Apply a function once to every different value."""
    codes, values = pd.factorize(data.ravel(), use_na_sentinel=False)
    results: np.ndarray = np.empty(len(values), dtype=dtype)
    for position, value in enumerate(values):
        results[position] = function(value)
    return results[codes].reshape(data.shape)


def _parse_number(text: object) -> float:
    """XPath's number(): digits, an optional minus and point; a date as days since 1970; else not a number."""
    text = str(text)
    if NUMBER.fullmatch(text):
        return float(text)
    if ISO_DATE.fullmatch(text):
        try:
            return float((date.fromisoformat(text) - date(1970, 1, 1)).days)
        except ValueError:
            return float("nan")
    if ISO_TIME.fullmatch(text):
        raise _UnsupportedError("it compares times of day, which is not supported")
    return float("nan")


def _count_selected(codes: _Value) -> _Value:
    counts = _each(_text(codes), lambda text: len(str(text).split()), float)
    return _Value(kind="number", data=counts)


def _selected(codes: _Value, code: _Value) -> _Value:
    wanted = _each(_text(code), lambda text: str(text).strip(), object)
    lists = _each(_text(codes), lambda text: frozenset(str(text).split()), object)
    found = np.frompyfunc(lambda chosen, one: one in chosen, 2, 1)(lists, wanted)
    return _Value(kind="boolean", data=np.asarray(found, dtype=bool))


def _string_length(text: _Value) -> _Value:
    return _Value(kind="number", data=_each(_text(text), lambda answer: len(str(answer)), float))


def _regex(text: _Value, pattern: _Value) -> _Value:
    if pattern.data.ndim or pattern.kind != "text":
        raise _UnsupportedError("it takes a regular expression from the answers")
    written = str(pattern.data.item())
    if len(written) > MAX_PATTERN or _explodes(written):
        raise _UnsupportedError("its regular expression could take unbounded time")
    try:
        search = re.compile(written).search
    except re.error as error:
        raise _UnsupportedError(f"its regular expression cannot be read ({error.msg})") from error
    answers = _text(text)
    if np.any(_each(answers, lambda answer: len(str(answer)) > MAX_MATCHED, bool)):
        raise _UnsupportedError(f"an answer is longer than the {MAX_MATCHED:,} characters it is matched with")
    return _Value(kind="boolean", data=_each(answers, lambda answer: search(str(answer)) is not None, bool))


def _explodes(pattern: str) -> bool:
    """Whether a repeated group repeats or chooses inside, the shape that makes matching time exponential."""
    bare = re.sub(r"\[\^?\]?(?:\\.|[^\]\\])*\]", "x", re.sub(r"\\[^\[\]]", "x", pattern))
    branching: list[bool] = []
    for position, character in enumerate(bare):
        repeated = bare[position + 1 : position + 2] in ("*", "+", "{")
        if character == "(":
            branching.append(False)
        elif character == ")" and branching:
            inside = branching.pop()
            if inside and repeated:
                return True
            if branching:
                branching[-1] |= inside or repeated
        elif character in "*+{|" and branching:
            branching[-1] = True
    return False


def _coalesce(first: _Value, second: _Value) -> _Value:
    a, b = _text(first), _text(second)
    return _Value(kind="text", data=np.where(np.asarray(a != "", dtype=bool), a, b))


def _if(condition: _Value, then: _Value, otherwise: _Value) -> _Value:
    test = _boolean(condition)
    if then.kind == otherwise.kind:
        return _Value(kind=then.kind, data=np.where(test, then.data, otherwise.data))
    return _Value(kind="text", data=np.where(test, _text(then), _text(otherwise)))


FUNCTIONS: dict[str, tuple[int, Callable[..., _Value]]] = {
    "not": (1, lambda value: _Value(kind="boolean", data=np.logical_not(_boolean(value)))),
    "number": (1, lambda value: _Value(kind="number", data=_number(value))),
    "true": (0, lambda: _constant("boolean", True)),
    "false": (0, lambda: _constant("boolean", False)),
    "selected": (2, _selected),
    "count-selected": (1, _count_selected),
    "string-length": (1, _string_length),
    "regex": (2, _regex),
    "coalesce": (2, _coalesce),
    "if": (3, _if),
}
