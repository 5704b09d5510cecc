"""The row of names above the answers, whatever the format: width, empty names, HXL tags, look-alikes."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from netralstat.errors import ResponseError

MAX_COLUMNS = 16_384
"""Columns of a source: as many as an Excel sheet has."""

MAX_CELLS = 250_000_000
"""Rows times columns of a source, at four bytes each: 1.7 million rows of 140 columns."""

_LISTED = 5
# Characters that nobody sees: format and control characters, separators of lines, and letters drawn blank.
_INVISIBLE = ("Cf", "Cc", "Zl", "Zp")
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"


def check_header(header: Sequence[str], where: str) -> None:
    """Raise a ResponseError for a header that is too wide or has columns without a name."""
    check_size(0, len(header), where)
    if empty := [number for number, name in enumerate(header, start=1) if not _seen(name).strip()]:
        raise ResponseError(
            f"{len(empty)} of {len(header)} columns have no name.",
            where=f"{where}, column {', '.join(map(str, empty[:_LISTED]))}",
            do="name the columns in the export, or remove them; "
            "title_rows in collect.sources counts the rows above the header",
        )


def check_size(n_rows: int, n_columns: int, where: str) -> None:
    """Raise a ResponseError when a source is larger than one wave can be."""
    if n_columns > MAX_COLUMNS:
        raise ResponseError(
            f"the header has {n_columns:,} columns; {MAX_COLUMNS:,} can be read.",
            where=where,
            do="export fewer columns, or several files",
        )
    if n_rows * n_columns > MAX_CELLS:
        raise ResponseError(
            f"the file has {n_rows:,} rows of {n_columns:,} columns; {MAX_CELLS:,} cells can be read.",
            where=where,
            do="export fewer columns, or declare several files in collect.sources",
        )


def check_tags(cells: Sequence[str], header: Sequence[str], where: str) -> None:
    """Raise a ResponseError when the row below the header is not one of HXL tags."""
    filled = [cell for cell in cells if cell.strip()]
    strange = sum(not cell.lstrip().startswith("#") for cell in filled)
    if strange or not filled or len(cells) != len(header):
        raise ResponseError(
            f"hxl = true, but {strange} of {len(filled)} filled cells below the header are no HXL tags "
            f"({len(cells)} cells under {len(header)} names).",
            where=where,
            do="take hxl out of collect.sources, or export with HXL tags directly below the header",
        )


def check_names(header: Sequence[str], where: str) -> None:
    """Raise a ResponseError when names cannot be told apart, or hold characters that nobody sees.

    Labels may repeat and are told apart by their order; for them this is not asked.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(header, start=1):
        places[name].append(number)
    if twice := {name: at for name, at in places.items() if len(at) > 1}:
        listed = list(twice.items())[:_LISTED]
        told = "; ".join(f'"{name[:60]}" in columns {" and ".join(map(str, at))}' for name, at in listed)
        raise ResponseError(
            f"{len(twice)} of {len(places)} column names stand more than once: {told}.",
            where=where,
            do="export with XML names and groups in the headers, or rename the columns",
        )
    looks: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(header, start=1):
        looks[unicodedata.normalize("NFKC", _seen(name)).casefold().strip()].append(number)
    alike = [at for at in looks.values() if len(at) > 1]
    if alike:
        told = "; ".join(
            " and ".join(f"{_shown(header[at - 1])} in column {at}" for at in group)
            for group in alike[:_LISTED]
        )
        raise ResponseError(
            f"{len(alike)} column names look like another one: {told}.",
            where=where,
            do="rename the columns, so that they differ in more than case or invisible characters",
        )
    if hidden := [at for at, name in enumerate(header, start=1) if _seen(name) != name]:
        told = "; ".join(f"{_shown(header[at - 1])} in column {at}" for at in hidden[:_LISTED])
        raise ResponseError(
            f"{len(hidden)} of {len(header)} column names hold characters that cannot be seen: {told}.",
            where=where,
            do="take them out of the header of the export",
        )


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE or character in _BLANK


def _seen(name: str) -> str:
    """The name without what nobody sees; a line break or a tab inside a name is seen."""
    if name.isascii() and name.isprintable():
        return name
    return "".join(character for character in name if character in "\n\r\t" or not _hidden(character))


def _shown(name: str) -> str:
    """The name with its invisible characters written out."""
    told = "".join(f"<U+{ord(one):04X}>" if _hidden(one) else one for one in name[:60])
    return f'"{told}"'
