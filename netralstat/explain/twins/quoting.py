"""Names and texts of the data in scripts of R and Stata: quoted so that none of them can run as code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from netralstat.collect.writers.variable_names import file_names

STATA_LONGEST = 32
# What `import delimited` calls columns without a name.
_STATA_IMPORTED = re.compile(r"v[0-9]+", re.IGNORECASE)

_R_NAME = re.compile(r"(?:[A-Za-z]|\.(?![0-9]))[A-Za-z0-9._]*")
_R_RESERVED = frozenset(
    [
        *("if", "else", "repeat", "while", "function", "for", "next", "break", "in", "TRUE", "FALSE"),
        *("NULL", "Inf", "NaN", "NA", "NA_integer_", "NA_real_", "NA_complex_", "NA_character_"),
    ]
)
# What a comment may hold. Of Stata's neither a macro (` $) nor a sign that ends or continues it (/ \ *).
_R_COMMENT = re.compile(r"[^\x20-\x7e]")
_STATA_COMMENT = re.compile(r"[^A-Za-z0-9 _.,:;()=<>+~\[\]\"|-]")


def r_text(text: str) -> str:
    """A literal of R, in ASCII: quotes, backslashes and other signs are written as escapes."""
    return '"' + "".join(_r_character(sign) for sign in text) + '"'


def r_name(name: str) -> str:
    """A column as R's formulas name it: as it is, or between backticks."""
    if _R_NAME.fullmatch(name) and name not in _R_RESERVED:
        return name
    inside = "".join("\\`" if sign == "`" else _r_character(sign) for sign in name)
    return f"`{inside}`"


def r_comment(text: str) -> str:
    """A text that stays within its line of comment."""
    return _R_COMMENT.sub("?", text)


def r_vector(values: Iterable[object]) -> str:
    """``c("a", "b")`` or ``c(1, 2)``."""
    return f"c({', '.join(r_value(value) for value in values)})"


def r_value(value: object) -> str:
    """A text or a number as R reads it; a number with every digit."""
    return r_text(value) if isinstance(value, str) else number(value)


def number(value: object) -> str:
    """A number with every digit, as R and Stata read it: ``4421``, ``0.1``, ``1e-08``."""
    exact = float(value)  # type: ignore[arg-type]
    return str(int(exact)) if exact.is_integer() and abs(exact) < 1e15 else repr(exact)


def stata_text(text: str) -> str:
    """An expression of Stata that is this text; what begins a macro or a quote is written as its code."""
    parts: list[str] = []
    plain = ""
    for sign in text:
        if " " <= sign <= "~" and sign not in "\"'`$\\":
            plain += sign
            continue
        if plain:
            parts.append(f'"{plain}"')
        plain = ""
        parts.append(f"char({ord(sign)})" if ord(sign) < 128 else f"uchar({ord(sign)})")
    if plain or not parts:
        parts.append(f'"{plain}"')
    return " + ".join(parts)


def stata_comment(text: str) -> str:
    """A text that stays within its line of comment, or within a label in quotes."""
    return _STATA_COMMENT.sub("?", text)


def stata_label(text: str) -> str:
    """A text within the quotes of a label."""
    return stata_comment(text).replace('"', "?")[:80]


def stata_names(columns: Iterable[str], taken: Iterable[str] = ()) -> Mapping[str, str]:
    """A name that Stata allows for each column, different from each other and from those that are taken."""
    wanted, before = list(columns), list(taken)
    unlike = [f"{name}_" if _STATA_IMPORTED.fullmatch(name) else name for name in wanted]
    found = file_names([*before, *unlike], STATA_LONGEST)
    return dict(zip(wanted, found[len(before) :], strict=True))


def _r_character(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if " " <= sign <= "~":
        return sign
    code = ord(sign)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
