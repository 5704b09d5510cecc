"""Names that SPSS and Stata allow, unique whatever the case of their letters."""

from __future__ import annotations

import re
from collections.abc import Sequence

_OF_SPSS = ("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with")
_OF_STATA = ("byte", "double", "float", "if", "in", "int", "long", "strl", "using")  # the rest start with _
RESERVED = frozenset((*_OF_SPSS, *_OF_STATA))
_STORAGE = re.compile(r"str\d+")
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_]+")


def file_names(names: Sequence[str], longest: int) -> list[str]:
    """Return a name for each variable: letters, digits and _, a letter first, at most `longest` long.

    Names that are fine stay as they are; one that is changed into a name that is taken gets a number behind
    it ("done_2").
    """
    fits = [_allowed(name, longest) for name in names]
    fine = {name.lower() for name, fit in zip(names, fits, strict=True) if name == fit}
    taken: set[str] = set()
    found = []
    for name, fit in zip(names, fits, strict=True):
        if name != fit or name.lower() in taken:
            fit = _free(fit, taken | fine, longest)
        taken.add(fit.lower())
        found.append(fit)
    return found


def _allowed(name: str, longest: int) -> str:
    plain = _NOT_ALLOWED.sub("_", name)
    if not plain[:1].isalpha():
        plain = f"v{plain}"
    if plain.lower() in RESERVED or _STORAGE.fullmatch(plain.lower()):
        plain = f"{plain}_"
    return plain[:longest].rstrip("_") if len(plain) > longest else plain


def _free(name: str, taken: set[str], longest: int) -> str:
    number, candidate = 1, name
    while candidate.lower() in taken:
        number += 1
        end = f"_{number}"
        candidate = name[: longest - len(end)] + end
    return candidate
