"""REDCap: raw or labelled CSV, checkboxes as field___code, events and repeats, the data dictionary."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from netralstat.ask.instrument import Instrument, Item
from netralstat.collect.dialects.answers import Answers, Declared, arrange, listed
from netralstat.collect.dialects.code_map import (
    PART,
    CodeMap,
    ToolChoice,
    declared_choices,
    match_choices,
    plain_text,
    refuse_absent_columns,
    told,
)
from netralstat.collect.dialects.grid_headers import OPEN, without_grids
from netralstat.collect.dialects.wording import coded, named_header
from netralstat.collect.labels import language_of, relabelled
from netralstat.collect.text_table import TextTable, combine
from netralstat.errors import PlanError, ResponseError

META = frozenset(
    {
        "record_id",
        "redcap_event_name",
        "redcap_repeat_instrument",
        "redcap_repeat_instance",
        "redcap_data_access_group",
        "redcap_survey_identifier",
        "Record ID",
        "Event Name",
        "Repeat Instrument",
        "Repeat Instance",
        "Data Access Group",
        "Survey Identifier",
        "Survey Timestamp",
        "Complete?",
    }
)
"""Columns that REDCap adds to an export; none is an answer."""

_ROW = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
_ROW_LABELS = ("Event Name", "Repeat Instrument", "Repeat Instance")
_STATES = frozenset({"", "0", "1", "2", "Incomplete", "Unverified", "Complete"})
_STAMP = re.compile(r"(?:\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?|\[not completed\])?")
_NAME = ("Variable / Field Name", "field_name")
_TYPE = ("Field Type", "field_type")
_CHOICES = ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations")
_WITH_CHOICES = ("radio", "dropdown", "checkbox")
_FIXED = {"yesno": "1, Yes | 0, No", "truefalse": "1, True | 0, False"}


def read_redcap(table: TextTable, declared: Declared) -> Answers:
    """Arrange an export of REDCap by item.

    Parameters
    ----------
    table : TextTable
        The CSV, raw or with labels.
    declared : Declared
        `headers` and `answers` are names and codes (raw) or labels; `structure` is the data dictionary, which
        translates codes; `columns` names the item of a field, or the choice of a code ("field[code]").

    Raises
    ------
    PlanError
        The dictionary does not fit the instrument; `columns` names an absent header.
    ResponseError
        A record stands in several rows (events, repeats) and no key or exclusion of the wave file tells them
        apart; the dictionary is broken; an item or a choice column is absent.

    Notes
    -----
    Field names have small letters, digits and underscores only. A checkbox is split into field___code, the
    code in small letters, its minus and point as underscores, other signs left out; where two codes become
    one, they cannot be told apart. Checkboxes hold 0 also where they were not asked: the skip logic decides.

    Source
    ------
    REDCap, Project::getExtendedCheckboxCodeFormatted, DataExport; REDCap help, "Data dictionary".
    """
    source, instrument = declared.source, declared.instrument
    _refuse_several_rows(table, declared)
    refuse_absent_columns(source, table.header)
    codes = CodeMap(declared=declared_choices(source))
    if declared.structure is not None:
        codes = _read_dictionary(declared, declared.structure)
    columns = {
        name: meant
        for name, meant in source.columns.items()
        if name in table.header or not ("/" in meant and PART.fullmatch(name))
    }
    if source.headers == "labels":
        table = _without_choice_marks(table, declared, columns)
    else:
        columns = {**_named(table.header, instrument, codes), **columns}
    declared = replace(
        declared, source=source.model_copy(update={"columns": columns, "select_multiple": "split"})
    )
    header, added = named_header(table, declared, separator=OPEN), _added(table)
    answers = arrange(table, header, declared, lambda item: (item.name,), added.__contains__, marks=("/",))
    if source.answers == "codes":
        whole = dict(answers.whole)
        for name, column in answers.whole.items():
            if instrument.item(name).kind == "select_one":
                whole[name] = relabelled(column, partial(_coded, codes, instrument.item(name)))
        answers = replace(answers, whole=whole)
    return coded(answers, table, header, declared, chosen=("1", "Checked"), not_chosen=("0", "Unchecked"))


def _coded(codes: CodeMap, item: Item, text: str) -> str:
    return codes.choice(item, text) if text else text


def _added(table: TextTable) -> frozenset[str]:
    """The columns that REDCap adds: for each form its state and, of a survey, when it was completed."""
    found = set(META)
    for name, column in zip(table.header, table.columns, strict=True):
        state = name.endswith("_complete") and _STATES.issuperset(column.levels)
        stamp = name.endswith("_timestamp") and all(_STAMP.fullmatch(level) for level in column.levels)
        if state or stamp:
            found.add(name)
    return frozenset(found)


def _refuse_several_rows(table: TextTable, declared: Declared) -> None:
    """Refuse a record in several rows, unless the wave file names what tells its rows apart."""
    record = table.columns[0]
    n_records = len(np.unique(record.codes))
    if n_records == table.n_rows:
        return
    names = _ROW_LABELS if declared.source.headers == "labels" else _ROW
    present = [name for name in names if name in table.header and len(table.column(name).levels) > 1]
    if set(present) & set(declared.named):
        return
    first, _ = combine([record, *(table.column(name) for name in present)])
    by = f" by {listed(present)}" if present and len(first) == table.n_rows else ""
    if not present and table.header[0] in declared.named:
        return  # the key of a row: its duplicates are decided in section collect
    raise ResponseError(
        f"{table.n_rows:,} rows hold {n_records:,} records: some stand in several rows{by}.",
        where=f"{table.path}, column {table.header[0]}",
        do="export one event and one instrument, or name these columns in unique or exclude of collect",
    )


def field_name(name: str) -> str:
    """The name of an item as REDCap can write it."""
    return re.sub(r"[^a-z0-9_]", "", re.sub(r"[-. ]", "_", name.lower()))


def checkbox_code(code: str) -> str:
    """The code of a choice as it stands in the header of a checkbox."""
    return re.sub(r"[^a-z0-9_]", "", re.sub(r"[-.]", "_", code.lower()))


def _named(header: Sequence[str], instrument: Instrument, codes: CodeMap) -> dict[str, str]:
    """The item, or item/choice, of every field that has one."""
    spelled = Counter(field_name(item.name) for item in instrument.items)
    items = {field_name(item.name): item for item in instrument.items if spelled[field_name(item.name)] == 1}
    items |= {item.name: item for item in instrument.items}
    items |= {field: instrument.item(name) for field, name in codes.items.items()}
    found = {}
    for name in header:
        field, split, code = name.partition("___")
        if name in items:
            found[name] = items[name].name
        elif split and field in items and items[field].kind == "select_multiple":
            found[name] = f"{items[field].name}/{_choice_of(items[field], code, codes)}"
    return found


def _choice_of(item: Item, code: str, codes: CodeMap) -> str:
    """The one choice whose code stands so in a header; else the code, which no choice has."""
    own = codes.choices.get(item.name) or {choice.name: choice.name for choice in item.choices}
    known = {**own, **codes.declared.get(item.name, {})}
    found = {choice for tool_code, choice in known.items() if checkbox_code(tool_code) == code}
    return found.pop() if len(found) == 1 else f"___{code}"


def _without_choice_marks(table: TextTable, declared: Declared, columns: Mapping[str, str]) -> TextTable:
    """Write "Field (choice=Label)" as labels of the form are written."""
    where = f"collect.sources, {table.path}"
    language = language_of(declared.instrument, declared.source.language, where)
    header = without_grids(declared.instrument, table.header, language, opened="(choice=", closed=")")
    kept = (old if old in columns else new for old, new in zip(table.header, header, strict=True))
    return replace(table, header=tuple(kept))


def _read_dictionary(declared: Declared, raw: bytes) -> CodeMap:
    source, instrument = declared.source, declared.instrument
    where = str(source.structure)
    language = language_of(instrument, source.language, f"collect.sources, {source.path}")
    items: dict[str, str] = {}
    choices: dict[str, dict[str, str]] = {}
    translated = declared_choices(source)
    problems: list[str] = []
    spelled = {field_name(item.name): item for item in instrument.items}
    for field, kind, listing in _fields(raw, where):
        meant = source.columns.get(field, field)
        item = instrument.item(meant) if meant in instrument else spelled.get(field)
        if item is None or item.kind == "note":
            continue
        items[field] = item.name
        offered = _offered(_FIXED.get(kind, listing), language) if kind in (*_WITH_CHOICES, *_FIXED) else []
        wanted = "select_multiple" if kind == "checkbox" else "select_one"
        if offered and item.kind != wanted:
            problems.append(f"field {field} is a {kind}, item {item.name} is {item.kind}")
        elif offered:
            found, lost = match_choices(item, offered, language)
            choices[item.name] = found
            problems += [
                f"code {code} of field {field} is no choice of {item.name}, or not it alone"
                for code in lost
                if code not in translated.get(item.name, {})
            ]
    if problems:
        raise PlanError(
            f"the data dictionary does not fit the instrument:\n{told(problems)}",
            where=f"collect.sources, structure {where}",
            do='say in columns what each code stands for, as "field[code]" = "item/choice", '
            "or name the right dictionary",
        )
    return CodeMap(items=items, choices=choices, declared=translated)


def _fields(raw: bytes, where: str) -> list[tuple[str, str, str]]:
    """Name, type and choices of every field of a data dictionary."""
    try:
        text = raw.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise _broken(f"is no CSV in UTF-8 ({type(problem).__name__})", where) from problem
    header = lines[0] if lines else []
    places = [
        next((header.index(name) for name in names if name in header), -1)
        for names in (_NAME, _TYPE, _CHOICES)
    ]
    if -1 in places:
        raise _broken(f"has no columns {_NAME[0]}, {_TYPE[0]} and {_CHOICES[0]}", where)
    if ragged := [number for number, line in enumerate(lines, start=1) if line and len(line) != len(header)]:
        raise _broken(f"has {len(ragged)} rows of another width than its header (row {ragged[0]})", where)
    return [(line[places[0]], line[places[1]], line[places[2]]) for line in lines[1:] if line]


def _offered(listing: str, language: str) -> list[ToolChoice]:
    """The choices of "1, Yes | 2, No"."""
    choices = []
    for part in listing.split("|"):
        code, _, label = part.partition(",")
        if code.strip():
            choices.append(ToolChoice(code=code.strip(), labels={language: plain_text(label)}))
    return choices


def _broken(what: str, where: str) -> ResponseError:
    do = "download the data dictionary again in REDCap, as CSV"
    return ResponseError(f"the data dictionary {what}.", where=where, do=do)
