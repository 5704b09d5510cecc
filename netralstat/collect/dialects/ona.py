"""ONA: headers group/item, split select_multiple with True and False, n/a where nothing was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from netralstat.ask.instrument import Item
from netralstat.collect.dialects.answers import Answers, Declared, arrange
from netralstat.collect.dialects.kobo import in_utc, long_and_short, of_tool
from netralstat.collect.dialects.kobo import is_meta as is_kobo_meta
from netralstat.collect.dialects.wording import coded, named_header
from netralstat.collect.labels import choice_labels, language_of, plain, relabelled
from netralstat.collect.text_table import TextColumn, TextTable
from netralstat.errors import ResponseError

NOT_SENT = "n/a"
"""What ONA writes where a submission has no value: not asked, or left empty."""

META = frozenset(
    {
        "_version",
        "_duration",
        "_date_modified",
        "_last_edited_by",
        "_last_edited",
        "_edited",
        "_total_media",
        "_media_count",
        "_media_all_received",
        "_review_status",
        "_review_comment",
        "_review_date",
        "_bamboo_dataset_id",
        "_deleted_at",
        "_decryption_error",
    }
)
"""Columns that ONA adds to an export beside those it has in common with KoboToolbox."""

CHOSEN, NOT_CHOSEN = ("True", "TRUE", "1"), ("False", "FALSE", "0")


def read_ona(table: TextTable, declared: Declared) -> Answers:
    """Arrange an ONA export by item.

    Parameters
    ----------
    table : TextTable
        The export as text.
    declared : Declared
        The wave file (`group_separator` "/" or ".", `select_multiple`, `answers`) and the form.

    Raises
    ------
    PlanError
        Labels do not tell columns or choices apart: see `headers_of_labels` and `choice_labels`.
    ResponseError
        An item, a choice column or a named column is absent, or stands under two headers; a choice of the
        form has the code "n/a".

    Notes
    -----
    A CSV export that splits a select_multiple has no joined column: declare `select_multiple = "split"`. A
    split cell is True or False, 1 or 0, or the code itself. Under "show choice labels" the header of a split
    column ends with the label, and under labels only it starts with the name of the question all the same.
    An answer that was typed as "n/a" cannot be told from none. `_submission_time` is in UTC.

    Source
    ------
    onaio/onadata, onadata/libs/utils/csv_builder.py (write_to_csv, _split_select_multiples,
    get_labels_from_columns), export_builder.py and common_tags.py (NA_REP).
    """
    source = declared.source
    separator = source.group_separator or "/"
    table = _without_not_sent(table, declared)
    header = named_header(table, declared, separator=separator, choices_under="name")
    if source.answers == "labels" and source.headers == "names":
        header = _choices_by_code(header, declared, separator)
    known = of_tool(table.header, header, declared.instrument, separator)

    def places(item: Item) -> tuple[str, ...]:
        return long_and_short(item, separator)

    answers = arrange(table, header, declared, places, lambda name: name in META or known(name))
    answers = _marked_by_value(answers, declared)
    return in_utc(coded(answers, table, header, declared, chosen=CHOSEN, not_chosen=NOT_CHOSEN))


def is_meta(header: str) -> bool:
    """Whether ONA adds this column by itself."""
    return header in META or is_kobo_meta(header)


def _without_not_sent(table: TextTable, declared: Declared) -> TextTable:
    items = declared.instrument.items
    if named := [item.name for item in items if NOT_SENT in {choice.name for choice in item.choices}]:
        raise ResponseError(
            f'{len(named)} items have a choice "{NOT_SENT}", which ONA writes where there is no answer: '
            f"{', '.join(named[:8])}.",
            where=table.path,
            do='give the choice another code, or read the file as kind = "table"',
        )
    columns = (relabelled(column, lambda text: "" if text == NOT_SENT else text) for column in table.columns)
    return replace(table, columns=tuple(columns))


def _choices_by_code(header: tuple[str, ...], declared: Declared, separator: str) -> tuple[str, ...]:
    """The header with the labels of choices, which "show choice labels" writes there, as codes."""
    source, instrument = declared.source, declared.instrument
    where = f"collect.sources, {source.path}"
    language = language_of(instrument, source.language, where)
    codes: dict[str, str] = {}
    for item in instrument.items:
        if item.kind == "select_multiple":
            for label, code in choice_labels(item, language, where).items():
                for place in long_and_short(item, separator):
                    written = label.replace("/", separator)
                    codes[plain(f"{place}{separator}{written}")] = f"{place}{separator}{code}"
    return tuple(codes.get(plain(name), name) for name in header)


def _marked_by_value(answers: Answers, declared: Declared) -> Answers:
    """Split columns whose cells repeat the choice as "1" where chosen, "0" beside a chosen one."""
    split: dict[str, Mapping[str, TextColumn]] = {}
    for name, columns in answers.split.items():
        item = declared.instrument.item(name)
        texts = {choice.name: {choice.name, *choice.labels.values()} for choice in item.choices}
        own = {choice: texts.get(choice, {choice}) for choice in columns}
        cells = {level for column in columns.values() for level in column.levels} - {""}
        marks = {*CHOSEN, *NOT_CHOSEN, *(declared.source.chosen or ()), *(declared.source.not_chosen or ())}
        if not cells or not cells.isdisjoint(marks):
            split[name] = columns
            continue
        filled = np.logical_or.reduce([column.test(bool) for column in columns.values()])
        split[name] = {choice: _marked(column, own[choice], filled) for choice, column in columns.items()}
    return replace(answers, split=split)


def _marked(column: TextColumn, texts: set[str], filled: np.ndarray) -> TextColumn:
    levels = tuple("1" if level in texts else level for level in column.levels)
    marked = relabelled(TextColumn(levels=levels, codes=column.codes), lambda text: text)
    empty = marked.test(lambda text: not text) & filled
    codes = np.where(empty, len(marked.levels), marked.codes).astype(np.int32)
    return TextColumn(levels=(*marked.levels, "0"), codes=codes)
