"""An expression of a form becomes a program: its steps in the order in which they are computed.

XPath 1.0 by precedence climbing. The steps stand in postfix order, so a long expression is a long list and
never a deep recursion; length and nesting are limited, for the text comes from a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MAX_EXPRESSION = 10_000
MAX_DEPTH = 50

TOKEN = re.compile(
    r"""\s*(?:
        (?P<reference>\$\{\s*[^}\s]+\s*\})
      | (?P<text>'[^']*'|"[^"]*")
      | (?P<number>\d+(?:\.\d*)?|\.\d+)
      | (?P<self>\.(?![.\w]))
      | (?P<symbol><=|>=|!=|[<>=+*(),-])
      | (?P<name>[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)
    )""",
    re.VERBOSE | re.ASCII,
)
PRECEDENCE = {
    "or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "div": 6, "mod": 6,
}  # fmt: skip


class UnsupportedError(Exception):
    """Carries the reason why an expression is not computed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: push a "text", "number", "reference", "self" or "name", or apply an "operator",
    "negation" or "call" to what was pushed last (`n_operands` of them).
    """

    kind: str
    word: str
    n_operands: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The steps of an expression and the names of the items that it refers to."""

    steps: tuple[Step, ...]
    references: tuple[str, ...]


@lru_cache(maxsize=4096)
def parse(expression: str) -> Program:
    """Read an expression; UnsupportedError where it is too long, too deep or outside the subset."""
    if len(expression) > MAX_EXPRESSION:
        raise UnsupportedError(f"it is longer than {MAX_EXPRESSION:,} characters")
    steps = _Parser(list(_tokens(expression))).whole()
    named = dict.fromkeys(step.word for step in steps if step.kind == "reference")
    return Program(steps=tuple(steps), references=tuple(named))


def references(expression: str) -> tuple[str, ...]:
    """Names of the items that an expression refers to, in order; none where it cannot be read."""
    try:
        return parse(expression).references
    except UnsupportedError:
        return ()


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    """The words of an expression, each with its kind."""
    position, end = 0, len(expression.rstrip())
    while position < end:
        match = TOKEN.match(expression, position)
        if match is None or match.lastgroup is None:
            at = end - len(expression[position:end].lstrip()) + 1
            raise UnsupportedError(
                f"it cannot be read at character {at}; paths and filters are not supported"
            )
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


class _Parser:
    """Reads the words from left to right and writes the steps as soon as their operands are complete."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0
        self.steps: list[Step] = []

    def whole(self) -> list[Step]:
        self.expression(1)
        if self.position < len(self.tokens):
            raise UnsupportedError(
                f'it has a part too many at word {self.position + 1}, "{self.tokens[self.position][1]}"'
            )
        return self.steps

    def peek(self) -> str:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> tuple[str, str]:
        if self.position == len(self.tokens):
            raise UnsupportedError("it ends too early")
        token = self.tokens[self.position]
        if wanted is not None and token[1] != wanted:
            raise UnsupportedError(
                f'it has "{token[1]}" at word {self.position + 1} where "{wanted}" should be'
            )
        self.position += 1
        return token

    def expression(self, lowest: int) -> None:
        self.operand()
        while (rank := PRECEDENCE.get(self.peek(), 0)) >= lowest:
            operator = self.take()[1]
            self.expression(rank + 1)
            self.steps.append(Step("operator", operator, 2))

    def operand(self) -> None:
        signs = 0
        while self.peek() == "-":
            self.take()
            signs += 1
        self.primary()
        if signs:  # two signs make a number of a text, as one does
            self.steps += [Step("negation", "-", 1)] * (2 - signs % 2)

    def primary(self) -> None:
        kind, word = self.take()
        if word == "(":
            self.nested()
            self.take(")")
        elif kind == "reference":
            self.steps.append(Step("reference", word[2:-1].strip()))
        elif kind == "text":
            self.steps.append(Step("text", word[1:-1]))
        elif kind in ("self", "number"):
            self.steps.append(Step(kind, word))
        elif kind == "name" and self.peek() == "(":
            self.call(word)
        elif kind == "name":
            self.steps.append(Step("name", word))
        else:
            raise UnsupportedError(f'it has "{word}" at word {self.position} where a value should be')

    def nested(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnsupportedError(f"it is nested more than {MAX_DEPTH} levels deep")
        self.expression(1)
        self.depth -= 1

    def call(self, name: str) -> None:
        self.take("(")
        count = 0
        while self.peek() != ")":
            if count:
                self.take(",")
            self.nested()
            count += 1
        self.take(")")
        self.steps.append(Step("call", name, count))
