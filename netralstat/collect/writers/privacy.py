"""What a clean file leaves out unless it is asked for: free text, places, devices and keys of rows."""

from __future__ import annotations

import re
from collections.abc import Collection

from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

from netralstat.ask.instrument import Instrument
from netralstat.collect.responses import Responses
from netralstat.errors import UsageError, did_you_mean

TEXTS = {
    "text": "free text",
    "hidden": "filled in by the device",
    "barcode": "read by the device",
    "file": "a file",
    "geopoint": "a place",
    "geotrace": "a place",
    "geoshape": "a place",
}
"""Kinds of items that can tell who answered, with what they are called."""

KEY = "a key of rows"
DERIVED = "computed from what is left out, or from the device"
BESIDE = "text that is no item"

_REFERENCE = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
_OF_DEVICE = re.compile(r"\b(uuid|property|pulldata|deviceid|username|phonenumber|email|instanceID)\b")


def left_out(
    responses: Responses,
    instrument: Instrument,
    *,
    text: bool,
    keep: Collection[str],
    keys: Collection[str],
) -> dict[str, str]:
    """Return the columns that are not written, each with what it is.

    Parameters
    ----------
    responses : Responses
        Whose columns may be text though they are no items.
    instrument : Instrument
        The kinds of the items.
    text : bool
        Whether text is written.
    keep : collection of str
        Columns that are written whatever they are.
    keys : collection of str
        Columns that tell one row from all others.

    Raises
    ------
    UsageError
        `keep` names a column that the responses do not have.
    """
    others = [str(name) for name in responses.frame.columns if str(name).split("/")[0] not in instrument]
    known = [item.name for item in instrument.answerable] + others
    if strange := [name for name in keep if name not in known]:
        raise UsageError(
            f'the responses have no column "{strange[0]}".{did_you_mean(strange[0], known)}',
            where=f"{len(known)} columns",
            do="name items of the form, or columns that the wave file names",
        )
    out = {name: KEY for name in known if name in keys and name not in keep}
    if text:
        return out
    for item in instrument.answerable:
        if item.kind in TEXTS and item.name not in keep:
            out.setdefault(item.name, TEXTS[item.kind])
    for name in others:
        column = responses.frame[name]
        number_or_time = is_numeric_dtype(column) or is_datetime64_any_dtype(column)
        if not number_or_time and name not in keep:
            out.setdefault(name, BESIDE)
    out |= _derived(instrument, out, keep)
    return {name: out[name] for name in known if name in out}


def _derived(instrument: Instrument, out: Collection[str], keep: Collection[str]) -> dict[str, str]:
    """Calculations over what is left out, in whichever order they stand."""
    found: dict[str, str] = {}
    while True:
        more = {
            item.name: DERIVED
            for item in instrument.answerable
            if item.calculation
            and item.kind == "calculate"
            and item.name not in {*out, *found, *keep}
            and (
                _OF_DEVICE.search(item.calculation)
                or any(name in out or name in found for name in _REFERENCE.findall(item.calculation))
            )
        }
        if not more:
            return found
        found |= more
