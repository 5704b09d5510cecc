"""KoboToolbox: headers with or without groups, select_multiple joined and split, and its own columns."""

from __future__ import annotations

import re
from collections.abc import Collection

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.plan_sections import Source
from netralstat.collect.sources import TextTable
from netralstat.collect.tables import Answers, arrange, refuse_labels

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


def read_kobo(table: TextTable, source: Source, instrument: Instrument, named: Collection[str]) -> Answers:
    """Arrange a KoboToolbox CSV export (XML values and headers) by item.

    Parameters
    ----------
    table : TextTable
        The export as text.
    source : Source
        Its declaration: `group_separator`, `select_multiple`.
    instrument : Instrument
        The form; its groups tell the long headers ("main/background/province").
    named : collection of str
        Columns beside the items that the wave file names (`_uuid`); each has to be there.

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
    refuse_labels(source)

    def places(item: Item) -> tuple[str, ...]:
        long = source.group_separator.join((*item.group, item.name))
        return tuple(dict.fromkeys((item.name, long)))

    return arrange(table, table.header, source, instrument, named, places, is_meta)


def is_meta(header: str) -> bool:
    """Whether KoboToolbox adds this column by itself."""
    return header in META or _VERSION.fullmatch(header) is not None
