"""Model formulas: names and operators, parsed, never evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, cast

from netralstat.errors import UsageError

NAME = r"[A-Za-z_][\w./]*"
TOKEN = re.compile(
    rf"""\s*(?:offset\(\s*(?P<offset>{NAME})\s*\)|(?P<factor>C\(\s*(?P<of>{NAME})\s*(?:,\s*ref\s*=\s*(?P<quote>["'])(?P<ref>.*?)(?P=quote)\s*)?\))
        |(?P<curve>poly|spline)\(\s*(?P<along>{NAME})\s*,\s*(?P<columns>[0-9]+)\s*\)
        |(?P<name>{NAME})|(?P<number>[01])(?![\w.])|(?P<operator>[-+:*]))""",
    re.VERBOSE,
)
GRAMMAR = 'names, "+", ":", "*", C(name, ref="level"), poly(name, 2), spline(name, 4), offset(name) and "- 1"'
MAX_LENGTH = 10_000
Curve = Literal["poly", "spline"]
# Columns of a curve: beyond these a polynomial swings between the answers, and a spline follows single ones.
MAX_COLUMNS: dict[Curve, int] = {"poly": 10, "spline": 20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable of a term; `factor` forces levels, `reference` is the level others are held against.

    A `curve` puts so many `columns` in place of a number: powers up to that degree, or a spline.
    """

    name: str
    factor: bool = False
    reference: str | None = None
    curve: Curve | None = None
    columns: int = 1

    @property
    def label(self) -> str:
        """What a term calls it: its name, or the curve along it, such as ``poly(age, 2)``."""
        return f"{self.curve}({self.name}, {self.columns})" if self.curve is not None else self.name


Term = tuple[Variable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A parsed model: outcome, terms (each a product of variables), whether it has an intercept.

    `offset` names a column of numbers that the linear predictor holds with the coefficient 1.
    """

    outcome: str
    terms: tuple[Term, ...]
    intercept: bool = True
    offset: str | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the covariates and the offset, each once."""
        names = [variable.name for term in self.terms for variable in term]
        return tuple(dict.fromkeys([*names, *([self.offset] if self.offset else [])]))


def curve_named(part: str) -> Variable | None:
    """The curve that a part of a term's name tells, such as ``poly(age, 2)``; None where it is no curve."""
    token = TOKEN.fullmatch(part)
    if token is None or not token["curve"]:
        return None
    return _along_curve(cast("Curve", token["curve"]), token["along"], token["columns"])


def parse(text: str) -> Formula:
    """Read ``outcome ~ a + C(b, ref="x") + poly(c, 2) + a:b + offset(d)``.

    Raises
    ------
    UsageError
        Anything outside the grammar, with the position where it stands. Nothing is ever evaluated.
    """
    if len(text) > MAX_LENGTH:
        raise UsageError(
            f"the formula has {len(text):,} characters; {MAX_LENGTH:,} is the limit",
            where=f"formula {text[:80]}",
            do="use fewer terms",
        )
    outcome, separator, _ = text.partition("~")
    if not separator or not re.fullmatch(rf"\s*{NAME}\s*", outcome):
        raise UsageError(
            f'formula "{text[:80]}" has no single outcome before "~"',
            where="formula",
            do="write outcome ~ term + term",
        )
    tokens = _Tokens(text, len(outcome) + 1)
    terms: list[Term] = []
    intercept, offset = True, None
    sign = tokens.take_operator("-") or "+"
    while True:
        number = tokens.take_number()
        if number is not None:
            if sign == "-" and number == "0":
                raise tokens.unexpected()
            intercept = number == "1" and sign == "+"
        elif sign == "-":
            raise tokens.unexpected()
        elif (named := tokens.take_offset(known=offset)) is not None:
            offset = named
        else:
            terms.extend(_product(tokens))
        if tokens.at_end():
            break
        found = tokens.take_operator("+-")
        if found is None:
            raise tokens.unexpected()
        sign = found
    _require_one_coding(terms, text)
    distinct: dict[frozenset[str], Term] = {}
    for term in terms:
        distinct.setdefault(frozenset(variable.name for variable in term), term)
    ordered = sorted(distinct.values(), key=len)
    return Formula(outcome=outcome.strip(), terms=tuple(ordered), intercept=intercept, offset=offset)


def _require_one_coding(terms: list[Term], text: str) -> None:
    """``g + C(g, ref="b")`` would be two models in one: each variable is written in one way."""
    known: dict[str, Variable] = {}
    for variable in (variable for term in terms for variable in term):
        if known.setdefault(variable.name, variable) != variable:
            raise UsageError(
                f'the formula writes the variable "{variable.name}" in two ways',
                where=f"formula {text[:80]}",
                do=f'write "{variable.name}", C({variable.name}, ref="level") or a curve such as '
                f"poly({variable.name}, 2) alike in every term",
            )


def _along_curve(curve: Curve, name: str, columns: str) -> Variable:
    most = MAX_COLUMNS[curve]
    if len(columns) > 9 or not 1 <= int(columns) <= most:
        of = "a degree" if curve == "poly" else "columns"
        raise UsageError(
            f"{curve}({name}, {columns[:10]}) has {of} outside 1 to {most}",
            where=f"term {curve}({name}, {columns[:10]})",
            do=f"write poly({name}, 2) for a bend, or spline({name}, 4) for a freer curve",
        )
    return Variable(name=name, curve=curve, columns=int(columns))


def _product(tokens: _Tokens) -> Iterator[Term]:
    """Expand ``a * b`` to a, b and a:b; a variable that a product names twice is in it once."""
    parts = [_interaction(tokens)]
    while tokens.take_operator("*"):
        parts.append(_interaction(tokens))
    for size in range(1, len(parts) + 1):
        for chosen in combinations(parts, size):
            yield tuple(dict.fromkeys(variable for part in chosen for variable in part))


def _interaction(tokens: _Tokens) -> Term:
    variables = [tokens.take_variable()]
    while tokens.take_operator(":"):
        variables.append(tokens.take_variable())
    return tuple(variables)


class _Tokens:
    """The formula read from left to right, one token ahead."""

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self._position = position

    def at_end(self) -> bool:
        return not self._text[self._position :].strip()

    def take_operator(self, wanted: str) -> str | None:
        token = TOKEN.match(self._text, self._position)
        if token is None or token["operator"] is None or token["operator"] not in wanted:
            return None
        self._position = token.end()
        return token["operator"]

    def take_number(self) -> str | None:
        token = TOKEN.match(self._text, self._position)
        if token is None or token["number"] is None:
            return None
        self._position = token.end()
        return token["number"]

    def take_offset(self, known: str | None) -> str | None:
        token = TOKEN.match(self._text, self._position)
        if token is None or token["offset"] is None:
            return None
        if known is not None:
            raise self.unexpected()
        self._position = token.end()
        return token["offset"]

    def take_variable(self) -> Variable:
        token = TOKEN.match(self._text, self._position)
        if token is None or not (token["factor"] or token["curve"] or token["name"]):
            raise self.unexpected()
        self._position = token.end()
        if token["curve"]:
            return _along_curve(cast("Curve", token["curve"]), token["along"], token["columns"])
        if token["factor"]:
            return Variable(name=token["of"], factor=True, reference=token["ref"])
        return Variable(name=token["name"])

    def unexpected(self) -> UsageError:
        rest = self._text[self._position : self._position + 30].strip() or "its end"
        return UsageError(
            f'the formula cannot be read at character {self._position + 1}: "{rest}"',
            where=f"formula {self._text[:80]}",
            do=f"use only {GRAMMAR}; make other terms as columns of the data first",
        )
