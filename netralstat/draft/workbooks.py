"""Which sheet of a workbook holds the responses, and in which row its header stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from netralstat.ask.plan_collect import Source
from netralstat.collect.formats.workbook_parts import WorkbookError, open_workbook
from netralstat.collect.sources import FORMATS
from netralstat.collect.text_table import TextTable
from netralstat.draft.options import Option
from netralstat.errors import ResponseError

MOST_TITLES = 8
"""Rows that may stand above a header."""

Score = Callable[[Sequence[str]], int]


def look_at_workbook(
    raw: bytes, name: str, digest: str, score: Score
) -> tuple[TextTable, tuple[Option, ...]]:
    """Read the sheet whose header has most names that are known.

    Parameters
    ----------
    raw : bytes
        The file.
    name : str
        Its name.
    digest : str
        Its hash.
    score : callable
        How many cells of a row are names or labels of the form, or columns of a tool.

    Raises
    ------
    ResponseError
        The file is no workbook, or no sheet can be read.
    """
    try:
        sheets = [sheet.name for sheet in open_workbook(raw).sheets]
    except WorkbookError as bad:
        fact, do, place = bad.args
        raise ResponseError(fact, where=", ".join(filter(None, (name, place))), do=do) from bad
    found: list[tuple[int, str, int, TextTable]] = []
    problem: ResponseError | None = None
    for sheet in sheets:
        try:
            found.append(_sheet(raw, name, digest, sheet, score))
        except ResponseError as error:
            problem = problem or error
    if not found:
        raise problem or ResponseError("the workbook has no sheet.", where=name, do="export it again")
    best = max(one[0] for one in found)
    likely = [one for one in found if one[0] == best]
    _, sheet, titles, table = likely[0]
    options = []
    if len(sheets) > 1:
        told = f"{best} names of its header are the form's or a tool's; the file has {len(sheets)} sheets"
        options.append(
            Option(key="sheet", value=sheet, why=told)
            if len(likely) == 1
            else Option(
                key="sheet",
                why=f"{len(likely)} sheets have headers alike; which is it?",
                possible=tuple(one[1] for one in likely),
            )
        )
    if titles:
        told = f"row {titles + 1} is the first that names items or the tool's columns"
        options.append(Option(key="title_rows", value=titles, why=told))
    return table, tuple(options)


def _sheet(raw: bytes, name: str, digest: str, sheet: str, score: Score) -> tuple[int, str, int, TextTable]:
    """A sheet with the best of its first rows as header."""
    found: list[tuple[int, int, TextTable]] = []
    problem: ResponseError | None = None
    for titles in range(MOST_TITLES + 1):
        keys = {"path": name, "kind": "table", "sheet": sheet, "title_rows": titles}
        try:
            table = FORMATS["xlsx"](raw, Source.model_validate(keys), digest)
        except ResponseError as error:
            problem = problem or error
            continue
        found.append((score(table.header), titles, table))
        if found[-1][0] > len(table.header) / 4:
            break
    if not found:
        raise problem or ResponseError("the sheet cannot be read.", where=name, do="export it again")
    best, titles, table = max(found, key=lambda one: (one[0], -one[1]))
    return best, sheet, titles, table
