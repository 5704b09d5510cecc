"""Google Forms: questions as headers, grids, answers as labels, boxes joined by commas labels contain."""

from __future__ import annotations

from dataclasses import replace

from netralstat.collect.dialects.answers import Answers, Declared, arrange
from netralstat.collect.dialects.grid_headers import OPEN, without_grids
from netralstat.collect.dialects.wording import coded, named_header
from netralstat.collect.labels import language_of
from netralstat.collect.text_table import TextTable

META = frozenset(
    {
        "Timestamp",
        "Username",
        "Email Address",
        "Email address",
        "Score",
        "Stempel waktu",
        "Cap waktu",
        "Nama pengguna",
        "Alamat Email",
        "Alamat email",
        "Skor",
    }
)
"""Columns that Google Forms adds to an export in English and Indonesian; none is an answer."""


def read_google_forms(table: TextTable, declared: Declared) -> Answers:
    """Arrange the responses of a Google Form by item.

    Parameters
    ----------
    table : TextTable
        The CSV that the form or its sheet gives.
    declared : Declared
        `language` is that of the questions; `columns` gives the time of submission an item
        (Timestamp = "end"), or a question that is worded otherwise than in the instrument; `date_order` and
        `timezone` say how its times are written; `absent` lists what Google Forms cannot record.

    Raises
    ------
    PlanError
        `columns` names an absent header, a label does not tell which column is which item, or two choices of
        an item have the same label.
    ResponseError
        An item or a named column is absent, or stands under two headers.

    Notes
    -----
    Questions of equal wording are taken in the order of the form. A part of a grid stands under
    "Question [Row]". An answer in own words ("Other") is no label of the form and is reported as an answer
    that the form does not know. A question that was skipped is as empty as one that was not asked: the skip
    logic of the instrument decides.

    Source
    ------
    Google Docs Editors Help, "View & manage form responses": download as CSV; its columns are the questions.
    """
    source, instrument = declared.source, declared.instrument
    own = {"headers": "labels", "answers": "labels"}
    own = {key: value for key, value in own.items() if key not in source.model_fields_set}
    source = source.model_copy(update={**own, "select_multiple": "joined"})
    declared = replace(declared, source=source)
    if source.headers == "labels":
        language = language_of(instrument, source.language, f"collect.sources, {table.path}")
        grids = without_grids(instrument, table.header, language)
        header = (old if old in source.columns else new for old, new in zip(table.header, grids, strict=True))
        table = replace(table, header=tuple(header))
    header_of_items = named_header(table, declared, separator=OPEN)
    answers = arrange(table, header_of_items, declared, lambda item: (item.name,), META.__contains__)
    return coded(answers, table, header_of_items, declared, separator=", ")
