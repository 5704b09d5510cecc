"""What provinces are called: printed names, and the province that a written name means."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from netralstat.errors import UsageError, did_you_mean
from netralstat.reference.packaged import records
from netralstat.reference.provinces import LANGUAGES, SPLIT_YEAR, check_vintage, one_of, province_rows

_SPELLINGS = ("slug", "abbr", "short_id", "name_id", "name_en")
_BEFORE = re.compile(r"^(?:provinsi|propinsi|province of|prov\b\.?)\s*")
_AFTER = re.compile(r"\s*(?:province|provinsi)$")


def names(language: str, vintage: int = SPLIT_YEAR) -> dict[str, str]:
    """The printed name of every province, by slug.

    Parameters
    ----------
    language : str
        ``"id"`` or ``"en"``.
    """
    one_of(language, LANGUAGES, "language")
    return {row["slug"]: row[f"name_{language}"] for row in province_rows(vintage)}


def by_name(name: str, vintage: int = SPLIT_YEAR) -> str:
    """The province that a name, a short name, an abbreviation or a slug means.

    For names in settings; a name from a respondent's row should be looked up by :func:`find_name` and, when
    unknown, only be counted.

    Examples
    --------
    >>> by_name("Kep. Babel"), by_name("North Sumatra"), by_name("DIY")
    ('kepulauan_bangka_belitung', 'sumatera_utara', 'di_yogyakarta')

    Raises
    ------
    UsageError
        No province of this vintage bears the name.
    """
    found = find_name(name, vintage)
    if found is None:
        rows = province_rows(vintage)
        slugs = sorted(row["slug"] for row in rows)
        raise UsageError(
            f'"{name}" is no province of {vintage}.{_later(name, vintage)}' + closest_name(name, vintage),
            where=f"reference/provinces.csv and aliases.csv, {len(rows)} provinces of {vintage}",
            do=f"use one of the slugs: {', '.join(slugs)}.",
        )
    return found


def find_name(name: str, vintage: int) -> str | None:
    """The province that a written name means, or None; nothing is matched by likeness.

    Case, punctuation, spaces and a leading "Provinsi" do not matter; Sumatra is Sumatera. The usual short
    forms and older names are in aliases.csv.

    Examples
    --------
    >>> find_name("Prov. D.I. Yogyakarta", 2021), find_name("KEP RIAU", 2021), find_name("Papua Tengah", 2021)
    ('di_yogyakarta', 'kepulauan_riau', None)
    """
    return _known(check_vintage(vintage) >= SPLIT_YEAR).get(_folded(name))


def closest_name(name: str, vintage: int) -> str:
    """Return ``' Did you mean "x"?'`` with the slug whose spelling is closest, or an empty string."""
    known = _known(check_vintage(vintage) >= SPLIT_YEAR)
    hint = did_you_mean(_folded(name), known)
    for spelling in re.findall(r'"(.*)"', hint):
        return f' Did you mean "{known[spelling]}"?'
    return ""


@cache
def _known(new: bool) -> dict[str, str]:
    """The province of every folded spelling."""
    rows = province_rows(SPLIT_YEAR if new else SPLIT_YEAR - 1)
    slugs = {row["slug"] for row in rows}
    known = {_folded(row[column]): row["slug"] for row in rows for column in _SPELLINGS}
    return known | {_folded(row["alias"]): row["slug"] for row in records("aliases") if row["slug"] in slugs}


def _folded(name: str) -> str:
    """A name without case, punctuation, spaces and the word for province."""
    plain = unicodedata.normalize("NFKC", name).casefold().replace("_", " ").strip()
    plain = _AFTER.sub("", _BEFORE.sub("", plain))
    return re.sub(r"[^a-z0-9]+", "", plain.replace("sumatra", "sumatera"))


def _later(name: str, vintage: int) -> str:
    """Say where a name is that of a province of 2022, and the vintage is an earlier one."""
    if vintage >= SPLIT_YEAR or find_name(name, SPLIT_YEAR) is None:
        return ""
    return f" It was founded in {SPLIT_YEAR}."
