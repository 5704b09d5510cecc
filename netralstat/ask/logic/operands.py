"""Operands: the values of a part of an expression, once for every different answer, and their coercions.

An operand is computed over the levels of a column (its different texts), not over its rows, for as long as
only one column takes part; where two columns meet it is spread over the rows, as numbers or truth values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netralstat.ask.logic.program import UnsupportedError
from netralstat.ask.numerals import plain_dates, plain_numbers

TIME_MARK = "T"


class Operand:
    """Values of one kind: "text", "number", "boolean" or "date" (days since 1970-01-01).

    Parameters
    ----------
    kind : str
        What `data` holds.
    data : numpy.ndarray
        Without dimension: one value for all rows. Else one value a level where there are `codes`, one value
        a row where there are none.
    codes : numpy.ndarray of integers, optional
        For each row the place of its value in `data`.
    levels : sequence of str, optional
        The texts of a column, of which `data` is only made when it is needed.
    """

    __slots__ = ("_data", "_levels", "_numbers", "codes", "kind")

    def __init__(
        self,
        kind: str,
        data: NDArray[Any] | None,
        codes: NDArray[Any] | None = None,
        levels: Sequence[str] = (),
    ) -> None:
        self.kind = kind
        self.codes = codes
        self._data = data
        self._levels = levels
        self._numbers: NDArray[np.float64] | None = None

    @property
    def data(self) -> NDArray[Any]:
        """The values."""
        if self._data is None:
            self._data = np.array(["", *self._levels], dtype=object)[1:]
        return self._data

    @property
    def is_constant(self) -> bool:
        """Whether it is one value for all rows."""
        return self._data is not None and self._data.ndim == 0

    def numbers(self) -> NDArray[np.float64]:
        """XPath's number(): of a text its number or date, else NaN; kept, for columns are asked often."""
        if self._numbers is None:
            if self._data is None:
                self._numbers = read_numbers(self._levels)
            elif self.kind == "text":
                self._numbers = read_numbers(np.atleast_1d(self.data).tolist()).reshape(self.data.shape)
            else:
                self._numbers = self.data.astype(np.float64)
        return self._numbers

    def booleans(self) -> NDArray[np.bool_]:
        """True for a true boolean, a number other than zero, and a text that is not empty."""
        if self.kind == "boolean":
            return self.data
        if self.kind == "text":
            return np.asarray(self.data != "", dtype=bool)
        present = ~np.isnan(self.data)
        return np.asarray(present if self.kind == "date" else present & (np.abs(self.data) > 1e-12))

    def texts(self) -> NDArray[np.object_]:
        """XPath's string()."""
        if self.kind == "text":
            return self.data
        if self.kind == "boolean":
            return np.where(self.data, "true", "false").astype(object)
        write = date_text if self.kind == "date" else number_text
        return each(self.data, write, object)


def constant(kind: str, value: object) -> Operand:
    """One value for all rows."""
    dtype = {"text": object, "boolean": np.bool_}.get(kind, np.float64)
    return Operand(kind, np.array(value, dtype=dtype))


def spread(operand: Operand, data: NDArray[Any]) -> NDArray[Any]:
    """Values that belong to an operand, one a row; a constant stays one value."""
    return data if operand.codes is None else data[operand.codes]


def together(
    operands: Sequence[Operand], values: Callable[[Operand], NDArray[Any]]
) -> tuple[list[NDArray[Any]], NDArray[Any] | None]:
    """Values of several operands that can be computed with each other, and the codes of the result.

    They stay over levels while all that vary do so over the same column, else they are spread over the rows.
    """
    varying = [operand for operand in operands if not operand.is_constant]
    if not varying or all(operand.codes is varying[0].codes for operand in varying):
        return [values(operand) for operand in operands], varying[0].codes if varying else None
    return [spread(operand, values(operand)) for operand in operands], None


def numeric(compute: Callable[..., NDArray[Any]], *operands: Operand, kind: str = "number") -> Operand:
    """Apply an array function to the operands as numbers."""
    values, codes = together(operands, Operand.numbers)
    with np.errstate(all="ignore"):
        return Operand(kind, np.asarray(compute(*values)), codes)


def textual(compute: Callable[..., object], *operands: Operand, kind: str = "text") -> Operand:
    """Apply a function of texts to the operands, once for every different combination of their texts."""
    values, codes = together(operands, Operand.texts)
    dtype = {"text": object, "boolean": np.bool_}.get(kind, np.float64)
    if all(value.ndim == 0 for value in values):
        return Operand(kind, np.array(compute(*(value.item() for value in values)), dtype=dtype))
    columns = np.broadcast_arrays(*values)
    results: dict[tuple[str, ...], object] = {}
    found: NDArray[Any] = np.empty(columns[0].shape, dtype=dtype)
    for place, texts in enumerate(zip(*columns, strict=True)):
        if texts not in results:
            results[texts] = compute(*texts)
        found[place] = results[texts]
    return Operand(kind, found, codes)


def each(data: NDArray[Any], function: Callable[[Any], object], dtype: Any) -> NDArray[Any]:
    """Apply a function to every value."""
    results = np.empty(data.size, dtype=dtype)
    for place, value in enumerate(data.ravel().tolist()):
        results[place] = function(value)
    return results.reshape(data.shape)


def read_numbers(written: Sequence[str]) -> NDArray[np.float64]:
    """Numbers of texts; a date counts as days since 1970-01-01, everything else is NaN.

    Raises UnsupportedError at a time of day: ODK Collect compares times by their day, Enketo by the second.
    """
    values, read = plain_numbers(written)
    for place in np.flatnonzero(~read).tolist():
        text = written[place].strip()
        if not text:
            continue
        if _is_number(text):
            values[place] = float(text)
        elif len(text) > 10 and text[10] == TIME_MARK and plain_dates([text[:10]])[1][0]:
            raise UnsupportedError("it compares times of day, which is not supported")
    left = np.flatnonzero(~read & np.isnan(values))
    days, dated = plain_dates([written[place] for place in left.tolist()])
    values[left[dated]] = days[dated]
    return values


def _is_number(text: str) -> bool:
    """Whether a text is a number of XPath: digits, one optional minus and point, no exponent, no plus."""
    bare = text.removeprefix("-")
    whole, _, decimals = bare.partition(".")
    return bool(whole or decimals) and all(not part or _digits(part) for part in (whole, decimals))


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def number_text(number: float) -> str:
    """A number as XPath writes it: without a point where it is whole, never with an exponent."""
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    if abs(number) < 1e-12:
        return "0"
    if number == int(number):
        return str(int(number))
    return np.format_float_positional(number, trim="-")


def date_text(days: float) -> str:
    """A date as YYYY-MM-DD; empty where there is none."""
    return "" if days != days else str(np.datetime64(int(days), "D"))
