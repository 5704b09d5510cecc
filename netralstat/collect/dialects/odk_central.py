"""ODK Central: headers group-item, select_multiple joined and perhaps split, geopoints in four columns."""

from __future__ import annotations

import re

import numpy as np

from netralstat.ask.instrument import Item
from netralstat.collect.dialects.answers import Answers, Declared, arrange
from netralstat.collect.dialects.kobo import long_and_short
from netralstat.collect.dialects.wording import coded, named_header
from netralstat.collect.text_table import TextColumn, TextTable, combine
from netralstat.errors import PlanError, ResponseError

META = frozenset(
    {
        "SubmissionDate",
        "KEY",
        "PARENT_KEY",
        "SubmitterID",
        "SubmitterName",
        "AttachmentsPresent",
        "AttachmentsExpected",
        "Status",
        "ReviewState",
        "DeviceID",
        "Edits",
        "FormVersion",
    }
)
"""Columns that ODK Central adds to an export; none is an answer."""

GEOPOINT_PARTS = ("Latitude", "Longitude", "Altitude", "Accuracy")
_IN_META = re.compile(
    r"(?:meta\W)?(?:instanceID|instanceName|deprecatedID|audit)|meta\Wentity.*|generated_.*_note_\d+"
)


def read_odk_central(table: TextTable, declared: Declared) -> Answers:
    """Arrange the main CSV file of an ODK Central export by item.

    Parameters
    ----------
    table : TextTable
        The file <form>.csv of the archive; repeats have files of their own.
    declared : Declared
        The wave file (`group_separator`, "-" unless declared) and the form.

    Raises
    ------
    PlanError
        Labels or split columns alone are declared: Central writes codes, and always the joined ones.
    ResponseError
        An item or a named column is absent or stands under two headers, or rows were not decrypted.

    Notes
    -----
    "Split select multiples" adds columns item/choice for the choices that somebody chose; they are 0 also
    where nothing was answered, and so the joined column is read. "Remove group names" shortens the headers.

    Source
    ------
    getodk/central-backend, lib/data/briefcase.js (headers, geopoints, zeros, Status) and
    lib/model/query/submissions.js (getSelectMultipleValuesForExport).
    """
    source = declared.source
    _refuse_undone(declared)
    separator = source.group_separator or "-"
    header = named_header(table, declared, separator=separator)
    table, header = _with_geopoints(table, header, declared, separator)

    def places(item: Item) -> tuple[str, ...]:
        return long_and_short(item, separator)

    mark = source.choice_separator or "/"
    answers = arrange(table, header, declared, places, is_meta, marks=(mark,), every_choice=False)
    _refuse_undecrypted(table, declared)
    return coded(answers, table, header, declared)


def is_meta(header: str) -> bool:
    """Whether ODK Central adds this column by itself."""
    return header in META or _IN_META.fullmatch(header) is not None


def _refuse_undone(declared: Declared) -> None:
    source = declared.source
    for key, value in (("headers", source.headers), ("answers", source.answers)):
        if value == "labels":
            raise PlanError(
                f'{key} = "labels" cannot be: ODK Central exports names and codes.',
                where=f"collect.sources, {source.path}",
                do=f"take {key} out of the wave file",
            )
    if source.select_multiple == "split":
        raise PlanError(
            'select_multiple = "split" cannot be: ODK Central always writes the joined column too.',
            where=f"collect.sources, {source.path}",
            do='declare "joined" or "both"',
        )


def _refuse_undecrypted(table: TextTable, declared: Declared) -> None:
    """Raise a ResponseError for rows of an encrypted form that hold no answers, unless Status decides."""
    if "Status" not in table.header or "Status" in declared.named:
        return
    rows = np.flatnonzero(table.column("Status").test(bool)) + table.first_row
    if len(rows):
        first = ", ".join(map(str, rows[:5])) + (", …" if len(rows) > 5 else "")
        raise ResponseError(
            f"{len(rows):,} of {table.n_rows:,} rows are encrypted: their answers are not in the file.",
            where=f"{table.path}, row {first}",
            do='export with the passphrase, or leave them out: collect.exclude with item = "Status"',
        )


def _with_geopoints(
    table: TextTable, header: tuple[str, ...], declared: Declared, separator: str
) -> tuple[TextTable, tuple[str, ...]]:
    """The table with one column a geopoint, its parts joined by spaces as on the telephone."""
    columns = dict(zip(header, table.columns, strict=True))
    written = dict(zip(header, table.header, strict=True))
    for item in declared.instrument.items:
        for place in long_and_short(item, separator) if item.kind == "geopoint" else ():
            parts = [f"{place}-{part}" for part in GEOPOINT_PARTS]
            if place not in columns and all(part in columns for part in parts):
                columns[place] = _point([columns.pop(part) for part in parts])
                written[place] = place
    changed = TextTable(
        path=table.path,
        sha256=table.sha256,
        header=tuple(written[name] for name in columns),
        columns=tuple(columns.values()),
        n_rows=table.n_rows,
        first_row=table.first_row,
    )
    return changed, tuple(columns)


def _point(parts: list[TextColumn]) -> TextColumn:
    first, inverse = combine(parts)
    texts = [part.take(first).text() for part in parts]
    levels = tuple(" ".join(filter(None, cells)) for cells in zip(*texts, strict=True))
    return TextColumn(levels=levels, codes=inverse.astype(np.int32))
