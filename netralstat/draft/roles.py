"""Which columns and items have a part in the wave: keys, weights, the province, consent, scales, days."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from netralstat.ask.instrument import Instrument, Item
from netralstat.draft.exports import Column
from netralstat.draft.headers import plain
from netralstat.draft.notations import Body
from netralstat.draft.options import Option
from netralstat.draft.tools import MARKS

_KEYS = (
    "_uuid",
    "meta/instanceID",
    "meta-instanceID",
    "KEY",
    "ResponseId",
    "record_id",
    "Response ID",
    "id",
    "_id",
)
_WEIGHTS = re.compile(
    r"(?:^|_)(?:weight|weights|wt|wgt|pw|bobot|penimbang|pembobot|w)(?:_?(?:final|design|akhir|dasar))?$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+([.,]\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAYS = (
    "today",
    "start",
    "end",
    "_submission_time",
    "SubmissionDate",
    "StartDate",
    "startdate",
    "submitdate",
)
_NEW_PROVINCES = {"papua_selatan", "papua_tengah", "papua_pegunungan", "papua_barat_daya"}


def unique_keys(bodies: Sequence[Body]) -> Option:
    """The column that identifies a row: one that the tool writes, filled in each row of every source."""
    for name in _KEYS:
        columns = [column for body in bodies for column in body.columns.by_place if column.name == name]
        if len(columns) != len(bodies):
            continue
        n_rows = sum(body.columns.n_rows for body in bodies)
        filled = sum(column.n_filled for column in columns)
        distinct = sum(column.n_distinct for column in columns)
        told = f'column "{name}" is filled in {filled:,} of {n_rows:,} rows, {distinct:,} of them different'
        if filled < n_rows:
            continue
        if distinct < filled:
            told += f': {filled - distinct:,} rows repeat a key, see "duplicates"'
        return Option(key="unique", value=[name], why=told)
    return Option(
        key="unique", why="no column is known to identify a row; which does?", possible=(["_uuid"],)
    )


def weight_columns(bodies: Sequence[Body], instrument: Instrument) -> list[Option]:
    """Columns whose names say that they weigh, and whose cells are numbers."""
    options = []
    for name in _shared_names(bodies):
        columns = [column for body in bodies for column in body.columns.by_place if column.name == name]
        if name in instrument and instrument.item(name).kind not in (
            "decimal",
            "integer",
            "calculate",
            "hidden",
        ):
            continue
        if not _WEIGHTS.search(name):
            continue
        good = sum(
            n for column in columns for text, n in column.texts.items() if _NUMBER.fullmatch(text.strip())
        )
        n_rows = sum(body.columns.n_rows for body in bodies)
        told = f'column "{name}" is named like a weight and holds a number in {good:,} of {n_rows:,} rows'
        complete = good == n_rows
        options.append(
            Option(key="weight", value=name, why=f"{told}; please confirm")
            if complete
            else Option(key="weight", why=told, possible=(name,))
        )
    return options


def _shared_names(bodies: Sequence[Body]) -> list[str]:
    """Names of columns that all sources have, in the order of the first."""
    first, *others = ([column.name for column in body.columns.by_place] for body in bodies)
    return [name for name in dict.fromkeys(first) if all(name in other for other in others)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvinceItem:
    """An item whose choices mean provinces: how, of which list, how many, and which choices mean none."""

    item: Item
    scheme: str
    vintage: int
    n_known: int
    unknown: tuple[str, ...]


def province_items(instrument: Instrument) -> list[ProvinceItem]:
    """Items most of whose choices name provinces, the one with most of them first."""
    from netralstat.reference import find_name, provinces

    slugs = set(provinces(2022)["slug"])
    found = []
    for item in instrument.items:
        if item.kind != "select_one":
            continue
        codes = item.valid_codes
        meant = {
            choice.name: {find_name(text, 2022) for text in (choice.name, *choice.labels.values())} - {None}
            for choice in item.choices
            if choice.missing is None
        }
        bare = all(code in slugs for code in codes)
        known = [code for code in codes if code in slugs or len(meant[code]) == 1]
        if len(known) < max(2, len(codes) * 0.8):
            continue
        new = any(_NEW_PROVINCES & ({code} | meant[code]) for code in codes)
        found.append(
            ProvinceItem(
                item=item,
                scheme="slug" if bare else "name",
                vintage=2022 if new else 2021,
                n_known=len(known),
                unknown=tuple(code for code in codes if code not in known),
            )
        )
    return sorted(found, key=lambda one: -one.n_known)


def exclusions(bodies: Sequence[Body], instrument: Instrument) -> Option | None:
    """Rules that leave rows out, to choose from: consent refused, submissions not approved."""
    rules: list[object] = []
    told = []
    for item in instrument.items:
        if item.tags.get("role") == "consent" or item.name.lower() in ("consent", "setuju", "persetujuan"):
            agreed = [name for name in item.valid_codes if name.lower() in ("yes", "ya", "1", "y", "setuju")]
            if agreed:
                rules.append({"item": item.name, "not_in": agreed, "reason": "no_consent"})
                told.append(f'"{item.name}" asks for consent')
    column = next(
        (c for body in bodies for c in body.columns.by_place if c.name == "_validation_status"), None
    )
    refused = "validation_status_not_approved"
    if column is not None and refused in column.texts:
        rules.append({"item": column.name, "in": [refused], "reason": "not_approved"})
        told.append(f"{column.texts[refused]:,} submissions were not approved")
    if not rules:
        return None
    return Option(key="exclude", why=f"{'; '.join(told)}: leave these rows out?", possible=(rules,))


def fieldwork(bodies: Sequence[Body], instrument: Instrument) -> Option:
    """First and last day of fieldwork as the export has them, to be confirmed."""
    for name in _DAYS:
        texts = [text[:10] for column in _named(bodies, name) for text in column.texts]
        if days := [text for text in texts if _is_day(text)]:
            told = f'the days in column "{name}" run from {min(days)} to {max(days)}; when was fieldwork?'
            return Option(key="fieldwork", why=told, possible=(_between(min(days), max(days)),))
    why = "the export has no column of days; when was fieldwork?"
    return Option(key="fieldwork", why=why, possible=(_between("2025-03-01", "2025-03-30"),))


def _between(start: str, end: str) -> dict[str, date]:
    return {"start": date.fromisoformat(start), "end": date.fromisoformat(end)}


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and date.fromisoformat(text).year > 1990
    except ValueError:
        return False


def _named(bodies: Sequence[Body], name: str) -> Iterable[Column]:
    return (column for body in bodies for column in body.columns.by_place if column.name == name)


def unread_columns(body: Body, instrument: Instrument) -> list[str]:
    """Columns that stand under no item, split no item, and are not the tool's own."""
    tool = MARKS.get(body.header.kind or "", frozenset())
    labels = {plain(label): item for item in instrument.items for label in item.labels.values() if label}
    used = {body.columns.by_place[place].name for place in body.header.place.values()}
    known = {item.name for item in instrument.items} | labels.keys()
    return [
        name
        for name in body.header.names
        if name not in used and name not in tool and not _named_after(plain(name), known)
    ]


def _named_after(name: str, known: Collection[str]) -> bool:
    """Whether a header is an item, or an item and a choice, behind any groups."""
    if name in known or any(name.startswith(f"{word}{mark}") for word in known for mark in "/[.:"):
        return True
    parts = [name.split(mark) for mark in "/-.:" if mark in name]
    return any(part in known for cut in parts for part in cut[-2:])


def absent_items(body: Body, instrument: Instrument) -> list[str]:
    """Items that stand under no column; a select_multiple may be split."""
    return [
        item.name
        for item in instrument.answerable
        if item.name not in body.header.place
        and not (item.kind == "select_multiple" and any(_starts(name, item) for name in body.header.names))
    ]


def _starts(header: str, item: Item) -> bool:
    """Whether a header may be a choice of the item."""
    words = (item.name, item.name.replace("_", ""), *item.labels.values())
    return any(f"{word}{mark}" in header for word in words if word for mark in "/[.:_-")
