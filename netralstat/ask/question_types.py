"""The type column of an XLSForm, in all its spellings, becomes a kind of answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

from netralstat.errors import InstrumentError, did_you_mean

# Types that pyxform has already brought to one spelling.
NODE_KINDS = {
    "select one": "select_one",
    "select one external": "select_one",
    "select all that apply": "select_multiple",
    "rank": "rank",
    "hidden": "hidden",
    "osm": "file",
}
NOTE_TYPES = ("note", "add note prompt", "q note")
CALCULATE_TYPES = ("calculate", "q calculate", "add calculate prompt")
# Selects that only the oldest forms write, without the name of a list.
LISTLESS_SELECTS = ("q select", "q select1", "select one using", "select multiple using")
BIND_KINDS = {
    "int": "integer",
    "decimal": "decimal",
    "date": "date",
    "dateTime": "datetime",
    "time": "time",
    "geopoint": "geopoint",
    "geotrace": "geotrace",
    "geoshape": "geoshape",
    "barcode": "barcode",
    "binary": "file",
    "string": "text",
}


def bind_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a question stores and when it is asked: its type's own bind, overruled by its row."""
    stored = QUESTION_TYPE_DICT.get(raw["type"], {})
    return {**stored.get("bind", {}), **raw.get("bind", {})}


def is_automatic(raw: Mapping[str, Any]) -> bool:
    """Whether a form fills a question in by itself: its type has no control, or one that only acts."""
    stored = QUESTION_TYPE_DICT.get(raw["type"], {})
    written = raw["type"] in NODE_KINDS and raw["type"] != "hidden"
    tag = stored.get("control", {}).get("tag")
    return not written and (tag in (None, "action") or raw["type"] == "background-geopoint")


def kind_of(raw: Mapping[str, Any], where: str) -> str:
    """Tell the kind of answer behind a question type, by the type its answers are stored as.

    Parameters
    ----------
    raw : Mapping
        A row of the sheet survey, as pyxform read it.
    where : str
        Its file and sheet, for the error.

    Raises
    ------
    InstrumentError
        The type is unknown, or one that names no choice list.
    """
    written = str(raw["type"])
    if written in NODE_KINDS:
        return NODE_KINDS[written]
    if written in NOTE_TYPES:
        return "note"
    if written in CALCULATE_TYPES:
        return "calculate"
    stored = QUESTION_TYPE_DICT.get(written)
    bind = bind_of(raw)
    kind = BIND_KINDS.get(bind.get("type", "string"))
    if stored is None or kind is None or written in LISTLESS_SELECTS:
        raise InstrumentError(
            f'The question "{raw["name"]}" is of the type "{written}", which is unknown or names no list.'
            f"{did_you_mean(written, QUESTION_TYPE_DICT)}",
            where=f"{where}, item {raw['name']}",
            do='Write a type of xlsform.org, such as "select_one yes_no", integer, decimal, text or date.',
        )
    if bind.get("jr:preload") == "property":
        return "hidden"
    if stored.get("control", {}).get("tag") == "trigger" and kind == "text":
        return "acknowledge"
    return kind
