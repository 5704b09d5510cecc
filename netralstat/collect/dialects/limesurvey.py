"""LimeSurvey: CSV with codes or texts, and VV files; headers, and the columns that it adds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.plan_collect import Source
from netralstat.collect.dialects.answers import Answers, Declared, arrange, listed
from netralstat.collect.dialects.code_map import (
    OTHER,
    PART,
    CodeMap,
    declared_choices,
    named_item,
    refuse_absent_columns,
)
from netralstat.collect.dialects.grid_headers import OPEN, without_grids
from netralstat.collect.dialects.limesurvey_cells import NOT_SHOWN, Marks, decoded, in_codes
from netralstat.collect.dialects.limesurvey_codes import read_codes
from netralstat.collect.dialects.wording import named_header
from netralstat.collect.labels import headers_of_labels, language_of, relabelled
from netralstat.collect.text_table import TextColumn, TextTable, combine
from netralstat.errors import PlanError, ResponseError

META = frozenset(
    {
        "id",
        "submitdate",
        "lastpage",
        "startlanguage",
        "seed",
        "startdate",
        "datestamp",
        "token",
        "ipaddr",
        "refurl",
        "interviewtime",
    }
)
"""Columns that LimeSurvey adds to an export; none is an answer."""

_NO_DATE = ("1980-01-01 00:00:00", "1980-01-01 00:00")
_ADDED = re.compile(r"(?:groupTime|questionTime)\d+|attribute_\d+")
_DATABASE_NAME = re.compile(r"\d+X\d+X\d+.*")


def read_limesurvey(table: TextTable, declared: Declared) -> Answers:
    """Arrange an export of LimeSurvey by item.

    Parameters
    ----------
    table : TextTable
        A CSV with question codes (`headers = "names"`) or texts, or a VV file (`title_rows = 1`, for it has a
        row of texts above the row of codes).
    declared : Declared
        `columns` names the item of a header that is not its code; `structure` translates codes; `chosen` and
        `not_chosen` are the words of a multiple choice exported as text in another language than English.

    Raises
    ------
    PlanError
        The file is a VV file and is not declared as one, or the other way round; `columns` names an absent
        header; the structure does not fit the instrument.
    ResponseError
        An item, a choice column or a named column is absent, or stands under two headers.

    Notes
    -----
    Question codes have no underscores: "lihat_01" stands under "lihat01", or in an array under "lihat[01]".
    An empty cell was not answered or not asked, and only a VV file ({question_not_shown}) and the words N/A
    of multiple choices exported as text say which. A blank beside a chosen answer of a multiple choice was
    not chosen. A survey that keeps no dates has 1980-01-01 as its submitdate: read as empty.

    Source
    ------
    LimeSurvey 6: application/helpers/viewHelper.php (getFieldCode), application/helpers/admin/export/
    Writer.php and SurveyObj.php, application/controllers/admin/export.php (vvexport).
    """
    source, instrument = declared.source, declared.instrument
    _refuse_other_shape(table, source)
    refuse_absent_columns(source, table.header)
    codes = CodeMap(declared=declared_choices(source))
    if declared.structure is not None:
        codes = read_codes(declared.structure, source, instrument)
    columns = [
        relabelled(column, lambda text: "" if text in _NO_DATE else text) if name == "submitdate" else column
        for name, column in zip(table.header, table.columns, strict=True)
    ]
    if source.title_rows:
        columns = [relabelled(column, decoded) for column in columns]
    table = replace(table, columns=tuple(columns))
    names = _by_text(table, declared) if source.headers == "labels" else _by_code(table, declared, codes)
    own = {"columns": names, "headers": "names", "select_multiple": "split", "choice_separator": "/"}
    declared = replace(declared, source=source.model_copy(update=own))
    table = _with_rankings(_with_other(table, declared, codes), declared, codes)
    answers = arrange(table, table.header, declared, lambda item: (item.name,), _is_added)
    return in_codes(answers, declared, codes)


def _is_added(header: str) -> bool:
    return header in META or _ADDED.fullmatch(header) is not None


def _refuse_other_shape(table: TextTable, source: Source) -> None:
    where = f"collect.sources, {table.path}"
    first = {column.levels[column.codes[0]] for column in table.columns if len(column.codes)}
    if source.title_rows == 0 and {"id", "submitdate"} <= first:
        raise PlanError(
            "the file has two header rows, texts above codes: it is a VV file.",
            where=where,
            do='declare title_rows = 1 and delimiter = "\\t"',
        )
    labels = "labels" in (source.headers, source.answers)
    if source.title_rows and ("id" not in table.header or labels):
        raise PlanError(
            f"row {table.first_row - 1} is not the row of codes of a VV file, which has a column id, "
            "and codes in its cells.",
            where=where,
            do='declare title_rows = 1, headers = "names" and answers = "codes" for a VV file; '
            "a CSV has no title_rows",
        )
    if database := [name for name in table.header if _DATABASE_NAME.fullmatch(name)]:
        raise ResponseError(
            f"{len(database)} columns are headed by numbers of the database: {listed(database)}.",
            where=f"{table.path}, row {table.first_row - 1}",
            do="export VV in its present version, or CSV with question codes",
        )


def _by_code(table: TextTable, declared: Declared, codes: CodeMap) -> dict[str, str]:
    """The item, or item/choice, of every header of codes that has one."""
    source, instrument = declared.source, declared.instrument
    found = {name: meant for name, meant in source.columns.items() if name in table.header}
    for header in table.header:
        if header in found or header in META:
            continue
        question, part = _question_and_part(header)
        named = _item_of(codes.items.get(header), instrument)
        owner = named_item(instrument, question) if question not in codes.items else None
        owner = owner or _item_of(codes.items.get(question), instrument)
        if named is None and not part:
            named = owner
        elif named is None and owner is not None and owner.kind == "rank":
            found[header] = f"{owner.name}/{part}"
        elif named is None and owner is not None and owner.kind == "select_multiple":
            if part != "other" and not part.endswith("comment"):
                found[header] = f"{owner.name}/{codes.choice(owner, part)}"
        elif named is None:
            named = named_item(instrument, question + part)
        if named is not None:
            found[header] = named.name
    return found


def _question_and_part(header: str) -> tuple[str, str]:
    """A header "question[part]", or "question_part" as VV files write it: codes have no underscores."""
    if match := PART.fullmatch(header):
        return match[1], match[2]
    question, _, part = header.partition("_")
    return question, part


def _item_of(name: str | None, instrument: Instrument) -> Item | None:
    return instrument.item(name) if name is not None and name in instrument else None


def _by_text(table: TextTable, declared: Declared) -> dict[str, str]:
    """The item, or item/choice, of every header of texts: "Question" or "Question [Part]"."""
    source, instrument = declared.source, declared.instrument
    where = f"{table.path}, row {table.first_row - 1}"
    language = language_of(instrument, source.language, f"collect.sources, {table.path}")
    rest = [name for name in table.header if name not in source.columns and not _is_added(name)]
    texts = without_grids(instrument, rest, language)
    names = headers_of_labels(instrument, texts, language, separator=OPEN, where=where)
    found = dict(zip(rest, names, strict=True))
    return {**found, **{name: meant for name, meant in source.columns.items() if name in table.header}}


def _with_other(table: TextTable, declared: Declared, codes: CodeMap) -> TextTable:
    """The table under names of items, with a column for each choice "other" out of what was typed there."""
    source = declared.source
    header = named_header(table, declared)
    places = dict(zip(table.header, range(len(header)), strict=True))
    more: dict[str, TextColumn] = {}
    for item in declared.instrument.items:
        if item.kind != "select_multiple":
            continue
        questions = {
            _question_and_part(raw)[0]
            for raw, name in source.columns.items()
            if name.startswith(f"{item.name}/")
        }
        for question in questions:
            typed = next(
                (name for name in (f"{question}[other]", f"{question}_other") if name in places), None
            )
            choice = codes.known_choice(item, OTHER)
            if typed is not None and choice is not None and f"{item.name}/{choice}" not in header:
                more[f"{item.name}/{choice}"] = _chosen_where_typed(table.columns[places[typed]], source)
    return replace(table, header=(*header, *more), columns=(*table.columns, *more.values()))


def _chosen_where_typed(column: TextColumn, source: Source) -> TextColumn:
    chosen = min(Marks.of(source).chosen)
    return relabelled(column, lambda text: chosen if text not in ("", NOT_SHOWN) else text)


def _with_rankings(table: TextTable, declared: Declared, codes: CodeMap) -> TextTable:
    """The table with one column for each ranking, the choices from first to last, in place of one a rank."""
    header, columns = list(table.header), list(table.columns)
    for item in declared.instrument.items:
        start = f"{item.name}/"
        ranks = [name for name in header if name.startswith(start) and name.removeprefix(start).isdigit()]
        if item.kind != "rank" or not ranks:
            continue
        ranks.sort(key=lambda name: int(name.partition("/")[2]))
        parts = [columns[header.index(name)] for name in ranks]
        first, inverse = combine(parts)
        cells = zip(*(part.take(first).text() for part in parts), strict=True)
        levels = tuple(_ranked(item, row, declared, codes) for row in cells)
        joined = TextColumn(levels=levels, codes=inverse.astype(np.int32))
        for name in ranks:
            del columns[header.index(name)]
            header.remove(name)
        header.append(item.name)
        columns.append(relabelled(joined, lambda text: text))
    return replace(table, header=tuple(header), columns=tuple(columns))


def _ranked(item: Item, row: Sequence[str], declared: Declared, codes: CodeMap) -> str:
    if all(text == NOT_SHOWN for text in row):
        return NOT_SHOWN
    return " ".join(codes.choice(item, text) for text in row if text not in ("", NOT_SHOWN))
