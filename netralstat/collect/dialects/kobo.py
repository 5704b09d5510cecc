"""KoboToolbox: headers with or without groups, select_multiple joined and split, and its own columns."""

from __future__ import annotations

import re

from netralstat.ask.instrument import Item
from netralstat.collect.dialects.answers import Answers, Declared, arrange, refuse_labels
from netralstat.collect.text_table import TextTable

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
        "formhub/uuid",
        "meta/instanceID",
        "meta/instanceName",
        "meta/deprecatedID",
        "meta/rootUuid",
        "meta/audit",
    }
)
"""Columns that KoboToolbox adds to an export; none is an answer."""

_VERSION = re.compile(r"_{1,2}version_{1,2}(\d{3})?")


def read_kobo(table: TextTable, declared: Declared) -> Answers:
    """Arrange a KoboToolbox CSV export (XML values and headers) by item.

    Parameters
    ----------
    table : TextTable
        The export as text.
    declared : Declared
        The wave file (`group_separator`, `select_multiple`) and the form, whose groups tell the long headers
        ("main/background/province").

    Raises
    ------
    PlanError
        `headers = "labels"`.
    ResponseError
        An item, a choice column or a named column is absent, or stands under two headers.

    Source
    ------
    KoboToolbox formpack 3 (export options: group_sep, multiple_select "both", "summary", "details").
    """
    source = declared.source
    refuse_labels(source)

    def places(item: Item) -> tuple[str, ...]:
        long = (source.group_separator or "/").join((*item.group, item.name))
        return tuple(dict.fromkeys((item.name, long)))

    return arrange(table, table.header, declared, places, is_meta)


def is_meta(header: str) -> bool:
    """Whether KoboToolbox adds this column by itself."""
    return header in META or _VERSION.fullmatch(header) is not None
