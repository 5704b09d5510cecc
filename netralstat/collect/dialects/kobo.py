"""KoboToolbox: names or labels, with or without groups, select_multiple joined and split, own columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from netralstat.ask.instrument import Instrument, Item
from netralstat.collect.dialects.answers import Answers, Declared, arrange
from netralstat.collect.dialects.wording import coded, named_header
from netralstat.collect.labels import relabelled
from netralstat.collect.text_table import TextColumn, TextTable

META = frozenset(
    {
        "_id",
        "_uuid",
        "_submission_time",
        "_validation_status",
        "_notes",
        "_status",
        "_submitted_by",
        "_tags",
        "_index",
        "_attachments",
        "_geolocation",
        "_xform_id_string",
        "_xform_id",
        "_parent_index",
        "_parent_table_name",
        "formhub/uuid",
        "meta/instanceID",
        "meta/instanceName",
        "meta/deprecatedID",
        "meta/rootUuid",
        "meta/audit",
    }
)
"""Columns that KoboToolbox adds to an export; none is an answer."""

GEOPOINT_PARTS = ("latitude", "longitude", "altitude", "precision")
_VERSION = re.compile(r"_{1,2}version_{1,2}(\d{3})?")
_IN_META = re.compile(r"(?:(?:meta|formhub)\W{1,3})?(?:instanceID|instanceName|deprecatedID|rootUuid)")
_WITHOUT_OFFSET = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?", re.ASCII)


def read_kobo(table: TextTable, declared: Declared) -> Answers:
    """Arrange a KoboToolbox export by item.

    Parameters
    ----------
    table : TextTable
        The export as text; from XLSX its sheet of submissions, not that of a repeat.
    declared : Declared
        The wave file (`headers`, `answers`, `language`, `group_separator`, `select_multiple`) and the form,
        whose groups tell the long headers ("main/background/province", or their labels).

    Raises
    ------
    PlanError
        Labels do not tell columns or choices apart: see `headers_of_labels` and `choice_labels`.
    ResponseError
        An item, a choice column or a named column is absent, or stands under two headers.

    Notes
    -----
    A split column stands under "question/choice" with the separator of the groups, or "/" where there is
    none; a question or choice without a label stands there by its name. The labels of a select_multiple are
    joined by a space. An export of all versions of a form has the columns of retired questions (reported as
    unknown) and of retired choices (read, and reported as choices that the form does not know).
    `_submission_time` is written in UTC without saying so.

    Source
    ------
    kobotoolbox/formpack 3.0, src/formpack/reporting/export.py and src/formpack/schema/fields.py
    (FormField._get_label, FormChoiceFieldWithMultipleSelect, FormGPSField, MediaField).
    """
    source = declared.source
    separator = source.group_separator or "/"
    header = named_header(table, declared, separator=separator)
    known = of_tool(table.header, header, declared.instrument, separator)
    answers = arrange(table, header, declared, lambda item: long_and_short(item, separator), known)
    return in_utc(coded(answers, table, header, declared))


def long_and_short(item: Item, separator: str) -> tuple[str, ...]:
    """The headers of an item without and with its groups."""
    return tuple(dict.fromkeys((item.name, separator.join((*item.group, item.name)))))


def of_tool(
    written: tuple[str, ...], header: tuple[str, ...], instrument: Instrument, separator: str
) -> Callable[[str], bool]:
    """Tell columns that the exporter adds: its own, the parts of a geopoint, the address of a file."""
    heading: Mapping[str, str] = dict(zip(header, written, strict=True))
    added: set[str] = set()
    parts: list[str] = []
    for item in instrument.items:
        places = [heading[place] for place in long_and_short(item, separator) if place in heading]
        if item.kind == "file":
            added |= {f"{place}_URL" for place in places}
        elif item.kind == "geopoint":
            parts += [f"_{name}_{part}" for name in (item.name, *places) for part in GEOPOINT_PARTS]
    ends = tuple(f"{separator}{part}" for part in parts)
    return lambda name: name in added or name in parts or name.endswith(ends) or is_meta(name)


def is_meta(header: str) -> bool:
    """Whether KoboToolbox adds this column by itself."""
    return any((header in META, _VERSION.fullmatch(header), _IN_META.fullmatch(header)))


def in_utc(answers: Answers) -> Answers:
    """Give `_submission_time` the offset that exporters of this family leave out."""
    if "_submission_time" not in answers.extra:
        return answers
    column: TextColumn = answers.extra["_submission_time"]
    told = relabelled(column, lambda text: f"{text}+00:00" if _WITHOUT_OFFSET.fullmatch(text) else text)
    return replace(answers, extra={**answers.extra, "_submission_time": told})
