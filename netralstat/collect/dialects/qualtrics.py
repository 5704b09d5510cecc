"""Qualtrics: two or three header rows, numeric codes or choice texts, split or joined choices."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from netralstat.ask.instrument import Item
from netralstat.ask.plan_collect import Source
from netralstat.collect.dialects.answers import Answers, Declared, arrange
from netralstat.collect.dialects.code_map import refuse_absent_columns
from netralstat.collect.dialects.grid_headers import OPEN, without_grids
from netralstat.collect.dialects.split_choices import blanks_not_chosen
from netralstat.collect.dialects.wording import coded, named_header
from netralstat.collect.labels import language_of, plain, relabelled, set_apart
from netralstat.collect.text_table import TextColumn, TextTable
from netralstat.errors import PlanError, ResponseError

META = frozenset(
    {
        "StartDate",
        "EndDate",
        "Status",
        "IPAddress",
        "Progress",
        "Duration (in seconds)",
        "Finished",
        "RecordedDate",
        "ResponseId",
        "ResponseID",
        "ResponseSet",
        "RecipientLastName",
        "RecipientFirstName",
        "RecipientEmail",
        "ExternalReference",
        "ExternalDataReference",
        "LocationLatitude",
        "LocationLongitude",
        "LocationAccuracy",
        "DistributionChannel",
        "UserLanguage",
        "Name",
        "EmailAddress",
    }
)
"""Columns that Qualtrics adds to an export; none is an answer."""

PREVIEWS = ("1", "2", "17", "Survey Preview", "Survey Test", "Offline Preview")
"""Cells of the column Status in rows that no respondent gave."""

_LEGACY = re.compile(r"V\d+")
_RECODE = re.compile(r"-?\d+")
_SELECTED = " - Selected Choice"


def read_qualtrics(table: TextTable, declared: Declared) -> Answers:
    """Arrange an export of Qualtrics by item.

    Parameters
    ----------
    table : TextTable
        The CSV; the rows between its names and its answers stand in `below_header`.
    declared : Declared
        `header_rows` is 3 (names, texts, import ids) or 2 (the legacy exporter); `headers = "labels"` takes
        the texts; `columns` names the item, or item/choice, of a name such as Q5_1; `answers` are numeric
        codes or choice texts.

    Raises
    ------
    PlanError
        Rows are previews and no exclusion names Status; times are in another zone than declared; `columns`
        names an absent header.
    ResponseError
        Row 3 holds no import ids; an item, a choice column or a named column is absent.

    Notes
    -----
    A split choice stands under name_code; its cell is 1, its own code or its text where it was chosen, 0 or
    blank where not. A blank beside a chosen one was not chosen; where all are blank the skip logic decides
    whether it was asked. Codes for questions seen and not answered (-99) are declared in collect.missing.

    Source
    ------
    Qualtrics support, "Understanding Your Data Set": file format basics (three header rows in CSV and TSV),
    response type (Status), and "Export Options": recode seen but unanswered questions, split multi-value
    fields into columns.
    """
    source = declared.source
    _check_header_rows(table, source)
    _refuse_previews(table, declared)
    refuse_absent_columns(source, table.header)
    table = _headed(table, declared)
    if source.headers == "labels":
        header = named_header(table, declared, separator=OPEN)
    else:
        names = {**_split_names(table.header, declared), **source.columns}
        listing = source.model_copy(update={"columns": names})
        header = named_header(table, replace(declared, source=listing))
    _check_zone(table, header, declared)
    if "select_multiple" not in source.model_fields_set:
        joined = any(
            item.kind == "select_multiple" and item.name in header for item in declared.instrument.items
        )
        source = source.model_copy(update={"select_multiple": "joined" if joined else "split"})
        declared = replace(declared, source=source)
    answers = arrange(table, header, declared, lambda item: (item.name,), _is_added, marks=("/",))
    split = {
        name: blanks_not_chosen(
            {choice: _marked(declared, name, choice, column) for choice, column in cells.items()}
        )
        for name, cells in answers.split.items()
    }
    return replace(coded(replace(answers, split={}), table, header, declared, separator=","), split=split)


def _is_added(header: str) -> bool:
    return header in META or _LEGACY.fullmatch(header) is not None


def _check_header_rows(table: TextTable, source: Source) -> None:
    where = f"{table.path}, row {table.first_row - 1}"
    if table.n_rows == 0:
        raise ResponseError("the file has a header and no responses.", where=where, do="export it again")
    if source.header_rows == 2:
        first = [column.levels[column.codes[0]] for column in table.columns]
        if any(_import_id(text) is not None for text in first):
            raise PlanError(
                f"row {table.first_row} holds import ids: the file has three header rows.",
                where=f"collect.sources, {table.path}",
                do="declare header_rows = 3, or leave it out",
            )
        return
    ids = table.below_header[-1]
    if strange := sum(_import_id(text) is None for text in ids):
        raise ResponseError(
            f"{strange} of {len(ids)} cells of the third header row are no import ids.",
            where=where,
            do="export CSV from Qualtrics anew without changing its three header rows; "
            "the legacy exporter writes two: declare header_rows = 2",
        )


def _import_id(text: str) -> dict[str, str] | None:
    """What a cell of the third header row says, or None if it is no such cell."""
    if not text.startswith("{"):
        return None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return {str(key): str(value) for key, value in told.items()} if "ImportId" in told else None


def _refuse_previews(table: TextTable, declared: Declared) -> None:
    if "Status" not in table.header or "Status" in declared.named:
        return
    n_rows = int(table.column("Status").test(PREVIEWS.__contains__).sum())
    if n_rows:
        raise PlanError(
            f"{n_rows:,} of {table.n_rows:,} rows are previews or tests of the survey, by their Status.",
            where=f"collect.sources, {table.path}",
            do="leave them out in section collect: "
            'exclude = [{ item = "Status", in = ["1", "Survey Preview"], reason = "preview" }]',
        )


def _headed(table: TextTable, declared: Declared) -> TextTable:
    """The table under its texts where headers are labels; what `columns` names keeps its name."""
    source, instrument = declared.source, declared.instrument
    if source.headers != "labels":
        return table
    language = language_of(instrument, source.language, f"collect.sources, {table.path}")
    texts = [text.replace(_SELECTED, "") for text in table.below_header[0]]
    grids = without_grids(instrument, texts, language, opened=" - ", closed="")
    keep = source.columns.keys() | META | set(declared.named)
    header = (name if name in keep else text for name, text in zip(table.header, grids, strict=True))
    return replace(table, header=tuple(header))


def _split_names(header: Sequence[str], declared: Declared) -> dict[str, str]:
    """Item/choice of every name_code; what only looks like one (name_5_TEXT, name_DO) stays as it is."""
    mark = declared.source.choice_separator or "_"
    multiple = sorted(
        (item for item in declared.instrument.items if item.kind == "select_multiple"),
        key=lambda item: len(item.name),
        reverse=True,
    )
    found = {}
    for name in header:
        if name in declared.instrument:
            continue
        owner = next((item for item in multiple if name.startswith(item.name + mark)), None)
        if owner is not None:
            code = name[len(owner.name + mark) :]
            if code in {choice.name for choice in owner.choices} or _RECODE.fullmatch(code):
                found[name] = f"{owner.name}/{code}"
    return found


def _check_zone(table: TextTable, header: Sequence[str], declared: Declared) -> None:
    """Refuse times in another zone than the declared one; the third header row tells theirs."""
    source = declared.source
    if source.header_rows == 2:
        return
    zones = set()
    for name, text in zip(header, table.below_header[-1], strict=True):
        zone = (_import_id(text) or {}).get("timeZone")
        if zone and name in declared.instrument and declared.instrument.item(name).kind == "datetime":
            zones.add("UTC" if zone == "Z" else zone)
    if strange := sorted(zones - {source.timezone}):
        raise PlanError(
            f"the times of the file are in {' and '.join(strange)}, declared is "
            f"{source.timezone or 'no timezone for this file'}.",
            where=f"collect.sources, {table.path}",
            do=f'declare timezone = "{strange[0]}" for this file, or export in the zone that is declared',
        )


def _marked(declared: Declared, name: str, choice: str, column: TextColumn) -> TextColumn:
    """A split column as "1", "0" and ""."""
    source, item = declared.source, declared.instrument.item(name)
    chosen = set(source.chosen or ("1", choice, *_label(item, choice, declared)))
    not_chosen = set(source.not_chosen or ("0",))
    both = chosen & not_chosen

    def mark(text: str) -> str:
        if text in both:
            return set_apart(text)
        if text in chosen or plain(text) in chosen:
            return "1"
        if text in not_chosen:
            return "0"
        return set_apart(text) if text in ("0", "1") else text

    return relabelled(column, mark)


def _label(item: Item, choice: str, declared: Declared) -> tuple[str, ...]:
    language = declared.source.language or declared.instrument.default_language
    return tuple(
        plain(option.labels[language])
        for option in item.choices
        if option.name == choice and language in option.labels
    )
