"""The operators of XPath, coerced as XPath 1.0 coerces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.ask.logic.operands import Operand, numeric, together

Function = Callable[..., NDArray[Any]]
NUMERIC: dict[str, Function] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "div": np.divide, "mod": np.fmod,
}  # fmt: skip
COMPARISONS: dict[str, Function] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip
LOGICAL: dict[str, Function] = {"and": np.logical_and, "or": np.logical_or}
CLOSE = 1e-12  # equal numbers, as JavaRosa has it (XPathEqExpr)


def operate(operator: str, left: Operand, right: Operand) -> Operand:
    """The value of `left operator right`.

    An empty answer is not a number: every comparison of it with a number is false, except `!=`. `mod` has
    the sign of the dividend.
    """
    if operator in NUMERIC:
        return numeric(NUMERIC[operator], left, right)
    if operator in COMPARISONS:
        return numeric(COMPARISONS[operator], left, right, kind="boolean")
    if operator in LOGICAL:
        (a, b), codes = together([left, right], Operand.booleans)
        return Operand("boolean", np.asarray(LOGICAL[operator](a, b)), codes)
    equal = _equal(left, right)
    return equal if operator == "=" else Operand("boolean", np.asarray(~equal.data), equal.codes)


def negate(operand: Operand) -> Operand:
    """The number of an operand with the other sign."""
    return numeric(np.negative, operand)


def _equal(left: Operand, right: Operand) -> Operand:
    """Compared as truth values where one is one, as numbers where one is one, else as texts."""
    kinds = {left.kind, right.kind}
    if "boolean" in kinds:
        (a, b), codes = together([left, right], Operand.booleans)
        return Operand("boolean", np.asarray(a == b), codes)
    if "number" in kinds or kinds == {"date"}:
        return numeric(_same_number, left, right, kind="boolean")
    (a, b), codes = together([left, right], Operand.texts)
    return Operand("boolean", np.asarray(a == b, dtype=bool), codes)


def _same_number(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((a == b) | (np.abs(a - b) < CLOSE))
