"""Numbers, dates and lists as a reader of Indonesian or English expects them printed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import get_decimal_symbol, get_group_symbol

from netralstat.errors import ReportError, did_you_mean

LOCALES = {"id": "id", "en": "en_GB"}
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
INFINITY = "\N{INFINITY}"
NOTHING = DASH
TO = {"id": "s.d.", "en": "to"}
JOINING = {"id": (", ", " dan "), "en": (", ", " and ")}
SMALLEST_P = 0.001
MOST_DIGITS = 9
MOST_RATIO_DIGITS = 6


@cache
def _signs(locale: str) -> dict[int, str]:
    """What stands in a locale for Python's signs: between thousands, before decimals, before a negative."""
    return {
        ord(","): get_group_symbol(locale),
        ord("."): get_decimal_symbol(locale),
        ord("-"): MINUS,
    }


def digits_of(std_error: float) -> int:
    """Decimals that show the second digit of a standard error; two at least."""
    if not (math.isfinite(std_error) and std_error > 0):
        return 2
    return min(max(1 - math.floor(math.log10(std_error)), 2), MOST_DIGITS)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Formats of one language; the only place where a proportion becomes a percentage.

    Parameters
    ----------
    language : str
        ``"id"`` or ``"en"``.

    Raises
    ------
    ReportError
        The language has no formats.
    """

    language: str

    def __post_init__(self) -> None:
        if self.language not in LOCALES:
            raise ReportError(
                f'There are no number formats for the language "{self.language}".'
                + did_you_mean(self.language, LOCALES),
                where="wave.toml, report.languages",
                do=f"use one of: {', '.join(LOCALES)}.",
            )

    @property
    def locale(self) -> str:
        """Babel's name of the language."""
        return LOCALES[self.language]

    @property
    def grouping(self) -> str:
        """The sign between thousands."""
        return _signs(self.locale)[ord(",")]

    def number(self, value: float, digits: int = 2) -> str:
        """``1.234,50``: grouped, with a fixed number of decimals and a real minus sign."""
        rounded = round(float(value), digits)
        if rounded == 0:
            rounded = 0.0
        return f"{rounded:,.{digits}f}".replace("inf", INFINITY).translate(_signs(self.locale))

    def count(self, value: float) -> str:
        """``10.617``: a whole number."""
        return self.number(value, 0)

    def share(self, proportion: float, digits: int = 1) -> str:
        """``17,6``: percent without its sign, for columns whose head carries it."""
        return self.number(100 * proportion, digits)

    def percent(self, proportion: float, digits: int = 1) -> str:
        """``17,6%``."""
        return self.share(proportion, digits) + "%"

    def points(self, difference: float, digits: int = 1) -> str:
        """``+1,3`` or ``−1,3``: a signed difference of proportions, in percentage points."""
        return self.signed(100 * difference, digits)

    def signed(self, value: float, digits: int = 2) -> str:
        """``+1,30`` or ``−1,30``; zero has no sign."""
        text = self.number(value, digits)
        return f"+{text}" if round(float(value), digits) > 0 else text

    def interval(self, low: float, high: float, *, scale: float = 100, digits: int = 1) -> str:
        """``16,7–18,5``; with a negative bound ``−1,3 s.d. 2,0``."""
        below, above = self.number(low * scale, digits), self.number(high * scale, digits)
        if MINUS in below + above:
            return f"{below} {TO[self.language]} {above}"
        return f"{below}{DASH}{above}"

    def times(self, ratio: float, digits: int = 2) -> str:
        """``3,41×``: a ratio."""
        return self.number(ratio, digits) + "\N{MULTIPLICATION SIGN}"

    def ratio(self, value: float, low: float, high: float) -> tuple[str, str]:
        """``1,52`` and ``1,10–2,10``: more decimals where two would print an interval beside 1 as 1."""
        digits = 2
        if low > 1 or high < 1:
            nearest = min(abs(low - 1), abs(high - 1), abs(value - 1))
            while digits < MOST_RATIO_DIGITS and nearest < 0.5 * 10.0**-digits:
                digits += 1
        least = 0.5 * 10.0**-digits
        text = self.number(value, digits) if value >= least else f"< {self.number(2 * least, digits)}"
        return text, self.interval(low, high, scale=1, digits=digits)

    def effect(self, value: float, std_error: float) -> str:
        """``−0,0021``: a coefficient, to the second digit of its standard error."""
        return self.number(value, digits_of(std_error))

    def effect_interval(self, low: float, high: float, std_error: float) -> str:
        """The bounds of a coefficient, to the same digit."""
        return self.interval(low, high, scale=1, digits=digits_of(std_error))

    def p_value(self, p: float) -> str:
        """``< 0,001`` or ``0,032``, for a column."""
        if p < SMALLEST_P:
            return f"< {self.number(SMALLEST_P, 3)}"
        return self.number(p, 3)

    def p_phrase(self, p: float) -> str:
        """``p < 0,001`` or ``p = 0,032``, for a sentence."""
        text = self.p_value(p)
        return f"p {text}" if text.startswith("<") else f"p = {text}"

    def degrees(self, df: float) -> str:
        """Degrees of freedom: whole when whole, ``∞`` when unlimited."""
        if math.isinf(df):
            return INFINITY
        return self.number(df, 0 if float(df).is_integer() else 1)

    def day(self, day: date) -> str:
        """``16 Desember 2021``."""
        return str(format_date(day, format="d MMMM y", locale=self.locale))

    def period(self, start: date, end: date) -> str:
        """``1–30 Juli 2021``, ``28 Juni – 3 Juli 2021``."""
        if start == end:
            return self.day(start)
        if (start.year, start.month) == (end.year, end.month):
            return f"{start.day}{DASH}{self.day(end)}"
        pattern = "d MMMM" if start.year == end.year else "d MMMM y"
        return f"{format_date(start, format=pattern, locale=self.locale)} {DASH} {self.day(end)}"

    def listing(self, parts: Sequence[str]) -> str:
        """``a, b, dan c`` / ``a, b and c``; ``a; b and c`` where a name holds a sign that joins names."""
        if len(parts) > 1 and any(sign in part for part in parts for sign in JOINING[self.language]):
            return "; ".join(parts)
        return str(format_list(list(parts), style="standard", locale=self.locale))

    def cell(self, value: object, kind: str) -> str:
        """Print one table cell by the kind of its column; nothing to show is a dash."""
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return NOTHING
        if isinstance(value, str):
            return value
        if isinstance(value, tuple):
            low, high = value
            scale, digits = (1.0, 2) if kind == "interval_number" else (100.0, 1)
            return self.interval(low, high, scale=scale, digits=digits)
        if kind not in _CELLS:
            raise ReportError(
                f'A table column of kind "{kind}" holds a number, but has no number format.',
                where="netralstat/report/numbers.py, Numbers.cell",
                do=f"use one of: {', '.join(sorted(_CELLS))}, interval, interval_number.",
            )
        return _CELLS[kind](self, float(value))  # type: ignore[arg-type]


_CELLS: dict[str, Callable[[Numbers, float], str]] = {
    "percent": Numbers.share,
    "points": Numbers.points,
    "se_percent": lambda numbers, value: numbers.number(100 * value, 2),
    "count": Numbers.count,
    "number": Numbers.number,
    "p_value": Numbers.p_value,
    "df": Numbers.degrees,
}
"""How the number in a table cell is printed, by the kind of its column."""
