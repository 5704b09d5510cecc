"""The functions that forms call, by name: how many arguments each takes, and what it gives.

Where ODK Collect (JavaRosa) and Enketo differ the choice is said beside the function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.ask.logic.dates import as_date, decimal_date_time, format_date
from netralstat.ask.logic.operands import Operand, constant, numeric, textual, together
from netralstat.ask.logic.patterns import compile_pattern
from netralstat.ask.logic.program import UnsupportedError

Numbers = NDArray[np.float64]
MANY = 1_000
MAX_MATCHED = 1_000
CLOCKS = ("today", "now", "random", "uuid")


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the subset and the smallest and largest number of its arguments."""

    compute: Callable[..., Operand]
    least: int
    most: int


def call(name: str, arguments: list[Operand]) -> Operand:
    """Apply a function; UnsupportedError where its name or number of arguments is not known."""
    if name in CLOCKS:
        raise UnsupportedError(f"it calls {name}(), whose value when the form was filled in is not known")
    function = FUNCTIONS.get(name)
    if function is None:
        raise UnsupportedError(f"it calls {name}(), which is not supported")
    if not function.least <= len(arguments) <= function.most:
        needed = f"{function.least}"
        if function.most != function.least:
            needed += " or more" if function.most == MANY else f" to {function.most}"
        raise UnsupportedError(f"it gives {name}() {len(arguments)} arguments where {needed} are needed")
    return function.compute(*arguments)


# ------------------------------------------------------------------------------------------ truth values
def _boolean(value: Operand) -> Operand:
    return Operand("boolean", value.booleans(), value.codes)


def _not(value: Operand) -> Operand:
    return Operand("boolean", np.asarray(~value.booleans()), value.codes)


def _if(condition: Operand, then: Operand, otherwise: Operand) -> Operand:
    kind = then.kind if then.kind == otherwise.kind else "text"
    test = Operand("boolean", condition.booleans(), condition.codes)
    values, codes = together(
        [test, then, otherwise],
        lambda one: one.data if one is test or one.kind == kind else one.texts(),
    )
    return Operand(kind, np.where(values[0], values[1], values[2]), codes)


def _coalesce(first: Operand, second: Operand) -> Operand:
    (a, b), codes = together([first, second], Operand.texts)
    return Operand("text", np.where(np.asarray((a != "") & (a != "NaN"), dtype=bool), a, b), codes)


def _checklist(least: Operand, most: Operand, *factors: Operand) -> Operand:
    truths = [Operand("number", factor.booleans().astype(np.float64), factor.codes) for factor in factors]

    def within(low: Numbers, high: Numbers, *counted: Numbers) -> NDArray[np.bool_]:
        count = sum(counted, np.float64(0))
        return np.asarray(((low < 0) | (count >= low)) & ((high < 0) | (count <= high)))

    return numeric(within, least, most, *truths, kind="boolean")


# ----------------------------------------------------------------------------------------------- numbers
def _number(value: Operand) -> Operand:
    return Operand("number", value.numbers(), value.codes)


def _round(value: Operand, places: Operand | None = None) -> Operand:
    """Half upwards, as XPath; with decimals as Excel."""
    if places is None:
        return numeric(lambda number: np.floor(number + 0.5), value)

    def rounded(number: Numbers, decimals: Numbers) -> Numbers:
        scale = 10.0 ** np.trunc(decimals)
        return np.asarray(np.floor(number * scale + 0.5) / scale)

    return numeric(rounded, value, places)


def _sum(*values: Operand) -> Operand:
    """What is no number counts as 0, as in JavaRosa."""

    def total(*numbers: Numbers) -> Numbers:
        return np.asarray(sum((np.where(np.isnan(one), 0.0, one) for one in numbers), np.float64(0)))

    return numeric(total, *values)


def _extreme(pick: Callable[..., Numbers]) -> Callable[..., Operand]:
    """The largest or smallest of the numbers; what is none is left out, as in JavaRosa."""

    def compute(*values: Operand) -> Operand:
        def reduce(*numbers: Numbers) -> Numbers:
            found = numbers[0]
            for other in numbers[1:]:
                found = pick(found, other)
            return found

        return numeric(reduce, *values)

    return compute


# ------------------------------------------------------------------------------------------------- texts
def _string(value: Operand) -> Operand:
    return Operand("text", value.texts(), value.codes)


def _before(text: str, mark: str) -> str:
    return text.partition(mark)[0] if mark and mark in text else ""


def _after(text: str, mark: str) -> str:
    return text.partition(mark)[2] if mark else text


def _substr(text: Operand, start: Operand, end: Operand | None = None) -> Operand:
    """From `start` up to but not with `end`; places count from 0, negative ones from the end."""
    if not start.is_constant or (end is not None and not end.is_constant):
        raise UnsupportedError("it takes the places of substr() from the answers")
    first = _place(start)
    last = None if end is None else _place(end)

    def cut(text: str) -> str:
        begin = max(0, first + len(text) if first < 0 else first)
        stop = len(text) if last is None else max(0, last + len(text) if last < 0 else last)
        return text[begin:stop]

    return textual(cut, text)


def _place(number: Operand) -> int:
    value = float(number.numbers())
    return int(value) if abs(value) < 1e9 else 0


def _translate(text: str, known: str, wanted: str) -> str:
    table: dict[int, str | None] = {}
    for place, character in enumerate(known):
        table.setdefault(ord(character), wanted[place] if place < len(wanted) else None)
    return text.translate(table)


def _texts(compute: Callable[..., object], kind: str = "text") -> Callable[..., Operand]:
    return lambda *values: textual(compute, *values, kind=kind)


def _regex(text: Operand, pattern: Operand) -> Operand:
    """Found anywhere, unless anchored: Enketo does so while Collect wants the whole answer, and an answer
    that one of them accepted is no error.
    """
    if not pattern.is_constant or pattern.kind != "text":
        raise UnsupportedError("it takes a regular expression from the answers")
    automaton = compile_pattern(str(pattern.data.item()))
    answers = text.texts()
    written = np.atleast_1d(answers).tolist()
    if max(map(len, written), default=0) > MAX_MATCHED:
        raise UnsupportedError(f"an answer is longer than the {MAX_MATCHED:,} characters it is matched with")
    return Operand("boolean", automaton.found_in(written).reshape(answers.shape), text.codes)


# --------------------------------------------------------------------------------------------- selections
def _selected(chosen: str, code: str) -> bool:
    return code.strip() in chosen.split()


def _selected_at(chosen: Operand, place: Operand) -> Operand:
    if not place.is_constant:
        raise UnsupportedError("it takes the place of selected-at() from the answers")
    wanted = _place(place)

    def pick(text: str) -> str:
        codes = text.split()
        return codes[wanted] if 0 <= wanted < len(codes) else ""

    return textual(pick, chosen)


def _of_numbers(compute: Callable[..., NDArray[Any]]) -> Callable[..., Operand]:
    return lambda *values: numeric(compute, *values)


FUNCTIONS: dict[str, Function] = {
    "true": Function(lambda: constant("boolean", True), 0, 0),
    "false": Function(lambda: constant("boolean", False), 0, 0),
    "boolean": Function(_boolean, 1, 1),
    "boolean-from-string": Function(
        _texts(lambda text: text.lower() == "true" or text == "1", "boolean"), 1, 1
    ),
    "not": Function(_not, 1, 1),
    "if": Function(_if, 3, 3),
    "coalesce": Function(_coalesce, 2, 2),
    "checklist": Function(_checklist, 3, MANY),
    "number": Function(_number, 1, 1),
    "int": Function(_of_numbers(np.trunc), 1, 1),
    "abs": Function(_of_numbers(np.abs), 1, 1),
    "pow": Function(_of_numbers(np.power), 2, 2),
    "sqrt": Function(_of_numbers(np.sqrt), 1, 1),
    "exp": Function(_of_numbers(np.exp), 1, 1),
    "log": Function(_of_numbers(np.log), 1, 1),
    "log10": Function(_of_numbers(np.log10), 1, 1),
    "round": Function(_round, 1, 2),
    "sum": Function(_sum, 1, MANY),
    "min": Function(_extreme(np.fmin), 1, MANY),
    "max": Function(_extreme(np.fmax), 1, MANY),
    "string": Function(_string, 1, 1),
    "concat": Function(_texts(lambda *texts: "".join(texts)), 1, MANY),
    "join": Function(_texts(lambda mark, *texts: mark.join(texts)), 2, MANY),
    "string-length": Function(_texts(len, "number"), 1, 1),
    "normalize-space": Function(_texts(lambda text: " ".join(text.split())), 1, 1),
    "contains": Function(_texts(lambda text, part: part in text, "boolean"), 2, 2),
    "starts-with": Function(_texts(str.startswith, "boolean"), 2, 2),
    "ends-with": Function(_texts(str.endswith, "boolean"), 2, 2),
    "substring-before": Function(_texts(_before), 2, 2),
    "substring-after": Function(_texts(_after), 2, 2),
    "substr": Function(_substr, 2, 3),
    "translate": Function(_texts(_translate), 3, 3),
    "regex": Function(_regex, 2, 2),
    "selected": Function(_texts(_selected, "boolean"), 2, 2),
    "is-selected": Function(_texts(_selected, "boolean"), 2, 2),
    "count-selected": Function(_texts(lambda chosen: len(chosen.split()), "number"), 1, 1),
    "selected-at": Function(_selected_at, 2, 2),
    "date": Function(as_date, 1, 1),
    "date-time": Function(as_date, 1, 1),
    "decimal-date-time": Function(decimal_date_time, 1, 1),
    "format-date": Function(format_date, 2, 2),
    "format-date-time": Function(format_date, 2, 2),
}
