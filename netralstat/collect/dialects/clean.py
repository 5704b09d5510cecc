"""Clean files that netralstat wrote, read back by the codebook beside them."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np

from netralstat.ask.instrument import Item
from netralstat.collect.dialects.answers import Answers, Declared, listed
from netralstat.collect.labels import relabelled, set_apart
from netralstat.collect.text_table import TextColumn, TextTable, combine
from netralstat.collect.writers.codebook_file import ANSWER, COLUMNS, LEFT_OUT, MISSING, REASON, VALUE
from netralstat.collect.writers.formula_guard import unguarded
from netralstat.errors import PlanError, ResponseError

MAX_CELL = 131_072


@dataclass(slots=True, kw_only=True)
class _Variable:
    """What the codebook says of one column of the file."""

    item: str
    choice: str
    kind: str
    timezone: str
    guarded: bool
    codes: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Codebook:
    """The codebook: variables by name, the column of reasons by item, what the file does not have."""

    variables: dict[str, _Variable] = field(default_factory=dict)
    reasons_of: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def read_clean(table: TextTable, declared: Declared) -> Answers:
    """Arrange a file of `netralstat clean` by item.

    The codebook (`structure`) says which column is which item and which number which choice. A code for a
    missing answer becomes the item's own choice of that reason, and stays what it is where the item has none;
    [collect.missing] tells its reason then. A column of reasons (Parquet) gives ".refused" and so on.

    Parameters
    ----------
    table : TextTable
        The file as text.
    declared : Declared
        The wave file, the instrument and the codebook.

    Raises
    ------
    PlanError
        No codebook is declared.
    ResponseError
        The codebook is none, a column of it or an item of the form is absent, or the wave file names a column
        that the file does not have.
    """
    where = f"collect.sources, structure of {table.path}"
    if declared.structure is None:
        raise PlanError(
            "a clean file cannot be read without its codebook.",
            where=where,
            do='declare it: structure = "….codebook.csv", the file that was written beside it',
        )
    book = _read_codebook(declared.structure, where)
    column_of = dict(zip(table.header, table.columns, strict=True))
    _check_columns(book, column_of, declared, table.path)
    whole: dict[str, TextColumn] = {}
    extra: dict[str, TextColumn] = {}
    marks: dict[str, dict[str, str]] = defaultdict(dict)
    for name, variable in book.variables.items():
        if variable.item not in declared.instrument:
            if variable.item in declared.named:
                extra[variable.item] = _unguarded(column_of[name], variable)
        elif variable.choice:
            marks[variable.item][variable.choice] = name
        else:
            item = declared.instrument.item(variable.item)
            whole[variable.item] = relabelled(column_of[name], partial(_answer, item, variable))
    for name, columns in marks.items():
        item = declared.instrument.item(name)
        whole[name] = _joined(item, columns, book, column_of)
    for name, reasons in book.reasons_of.items():
        if name in whole:
            whole[name] = _with_reasons(
                declared.instrument.item(name), whole[name], column_of[reasons], table.path
            )
    blank = TextColumn(levels=("",), codes=np.zeros(table.n_rows, dtype=np.int32))
    absent = [name for name in book.left_out if name in declared.instrument]
    known = {*book.variables, *book.reasons_of.values()}
    unread = [name for name, variable in book.variables.items() if _unread(variable, declared)]
    return Answers(
        whole={**whole, **dict.fromkeys(absent, blank)},
        split={},
        extra=extra,
        unknown=(*unread, *(name for name in table.header if name not in known)),
        n_rows=table.n_rows,
        absent={name: np.ones(table.n_rows, dtype=bool) for name in absent},
    )


def _read_codebook(raw: bytes, where: str) -> _Codebook:
    previous = csv.field_size_limit(MAX_CELL)
    try:
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise _no_codebook("it is no CSV in UTF-8", where) from problem
    finally:
        csv.field_size_limit(previous)
    if not rows or not set(COLUMNS) <= rows[0].keys():
        raise _no_codebook(f"it has not the columns {', '.join(COLUMNS)}", where)
    if ragged := [line for line, row in enumerate(rows, start=2) if None in row or None in row.values()]:
        raise _no_codebook(f"row {ragged[0]} has not as many cells as the header", where)
    book = _Codebook()
    for line, row in enumerate(rows, start=2):
        cells = {name: unguarded(row[name]) for name in COLUMNS}
        name, about = cells["variable"], cells["row"]
        if about == ANSWER:
            book.variables[name] = _Variable(
                item=cells["item"],
                choice=cells["choice"],
                kind=cells["kind"],
                timezone=cells["timezone"],
                guarded=cells["guarded"] == "yes",
            )
        elif about == REASON:
            book.reasons_of[cells["item"]] = name
        elif about == LEFT_OUT:
            book.left_out.append(cells["item"])
        elif about in (VALUE, MISSING) and name in book.variables:
            variable = book.variables[name]
            of_row = variable.codes if about == VALUE else variable.reasons
            of_row[cells["value"]] = cells["code" if about == VALUE else "reason"]
        else:
            raise _no_codebook(f"row {line} is about nothing that it knows", where)
    return book


def _no_codebook(fact: str, where: str) -> ResponseError:
    return ResponseError(
        f"the codebook of the clean file is none: {fact}.",
        where=where,
        do="declare the file that `netralstat clean` wrote beside it, as it was written",
    )


def _check_columns(book: _Codebook, columns: Mapping[str, TextColumn], declared: Declared, path: str) -> None:
    """Raise for what the codebook has and not the file, or the form or wave file and not the codebook."""
    if absent := [name for name in (*book.variables, *book.reasons_of.values()) if name not in columns]:
        raise ResponseError(
            f"{len(absent)} of {len(book.variables)} columns of the codebook are absent: {listed(absent)}.",
            where=f"{path}, header",
            do="declare the codebook that was written with the file, and read the file as it was written",
        )
    held = {variable.item for variable in book.variables.values()}
    wanted = [item.name for item in declared.instrument.answerable if item.name not in book.left_out]
    if lost := [name for name in (*wanted, *declared.named) if name not in held]:
        raise ResponseError(
            f"{len(lost)} columns are absent that the wave asks for: {listed(lost)}.",
            where=f"{path}, codebook",
            do="write the clean file again with this form, and with --with for a column that was left out",
        )


def _unread(variable: _Variable, declared: Declared) -> bool:
    return variable.item not in declared.instrument and variable.item not in declared.named


def _unguarded(column: TextColumn, variable: _Variable) -> TextColumn:
    return relabelled(column, unguarded) if variable.guarded else column


def _answer(item: Item, variable: _Variable, text: str) -> str:
    """One cell as the form knows it; a text that is no value of the variable is set apart from its codes."""
    if not text:
        return text
    if text in variable.reasons:
        return _reason(item, variable.reasons[text], text)
    if variable.guarded:
        text = unguarded(text)
    if item.kind == "datetime":
        return _in_utc(text, variable.timezone)
    if item.kind == "select_one":
        known = {choice.name for choice in item.choices}
        return variable.codes.get(text) or (set_apart(text) if text in known else text)
    return text


def _reason(item: Item, reason: str, text: str) -> str:
    own = [code for code, why in item.missing_codes.items() if why == reason]
    return own[0] if own else text


def _in_utc(text: str, timezone: str) -> str:
    """A time with its offset; one without any is what the clocks of the zone showed."""
    try:
        time = datetime.fromisoformat(text)
        aware = time if time.tzinfo else time.replace(tzinfo=ZoneInfo(timezone))
        return aware.astimezone(UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, KeyError):
        return text


def _joined(
    item: Item, columns: Mapping[str, str], book: _Codebook, column_of: Mapping[str, TextColumn]
) -> TextColumn:
    """The chosen codes of a select_multiple, joined by spaces; a single space where none is chosen."""
    parts = [column_of[name] for name in columns.values()]
    reasons = book.variables[next(iter(columns.values()))].reasons
    first, inverse = combine(parts)
    levels = []
    for cells in zip(*(part.take(first).text() for part in parts), strict=True):
        if cells[0] in reasons:
            levels.append(_reason(item, reasons[cells[0]], cells[0]))
            continue
        chosen = [choice for choice, cell in zip(columns, cells, strict=True) if cell == "1"]
        strange = {cell for cell in cells if cell not in ("0", "1", "")}
        levels.append(" ".join([*chosen, *map(set_apart, sorted(strange))]) or (" " if any(cells) else ""))
    same: Callable[[str], str] = str
    return relabelled(TextColumn(levels=tuple(levels), codes=inverse.astype(np.int32)), same)


def _with_reasons(item: Item, answers: TextColumn, reasons: TextColumn, path: str) -> TextColumn:
    """The answers, with the reason where a column of reasons gives one."""
    words = {f".{reason}" for reason in reasons.levels if reason}
    if taken := words & set(answers.levels):
        raise ResponseError(
            f'{len(taken)} answers to "{item.name}" are written like a reason for having none.',
            where=f"{path}, column {item.name}",
            do="write the clean file as .csv, .sav or .dta, which choose codes that no answer is",
        )
    first, inverse = combine([answers, reasons])
    pairs = zip(answers.take(first).text(), reasons.take(first).text(), strict=True)
    levels = [_reason(item, why, f".{why}") if why else text for text, why in pairs]
    return relabelled(TextColumn(levels=tuple(levels), codes=inverse.astype(np.int32)), str)
