"""What the header of an export shows: its row, the tool that wrote it, names or labels, groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from netralstat.ask.instrument import Instrument, Item
from netralstat.ask.plan_collect import OF_KINDS
from netralstat.draft.exports import Export
from netralstat.draft.options import Option
from netralstat.draft.tools import FEW, IMPORT_ID, MARKS, ONA_ALONE

_SEPARATORS = ("/", "-", ".", ":", "_")
_HXL = re.compile(r"#[A-Za-z][\w-]*( ?\+[\w-]+)*\s*")
_REDCAP = re.compile(r".+___\w+|\w+_complete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of an export, and what it tells.

    Attributes
    ----------
    names : tuple of str
        As written in the file.
    n_above, n_below : int
        Rows above it, and rows below it that are no responses.
    options : tuple of Option
        kind, title_rows, hxl, header_rows, headers, language, group_separator.
    place : Mapping[str, int]
        By item, the number of the column it stands under.
    kind : str or None
        The tool, where the marks are clear.
    labelled : str or None
        The language of the labels that stand as headers.
    """

    names: tuple[str, ...]
    n_above: int
    n_below: int
    options: tuple[Option, ...]
    place: Mapping[str, int]
    kind: str | None
    labelled: str | None


def look_at_header(export: Export, instrument: Instrument) -> Header:
    """Find the header row, and compare it with the form and with what each tool writes."""
    at = _header_row(export.top, instrument) if export.format == "csv" else 0  # others have found it
    names = tuple(export.top[at]) if export.top else ()
    kind = _kind(names, export)
    known = kind.value if isinstance(kind.value, str) else None
    below, hxl = _below(export.top[at + 1 :], known)
    options = [kind]
    if at and export.format == "csv":
        told = f"row {at + 1} is the first that names items or the tool's columns"
        options.append(Option(key="title_rows", value=at, why=told))
    if hxl:
        allowed = known in OF_KINDS["hxl"]
        told = f"row {at + 2} holds HXL tags"
        options.append(
            Option(key="hxl", value=True, why=told)
            if allowed
            else Option(
                key="hxl", why=f"{told}; {' and '.join(OF_KINDS['hxl'])} have this key", possible=(True,)
            )
        )
    if known == "qualtrics":
        told = "the third row holds ImportId" if below == 2 else "no third row holds ImportId"
        options.append(Option(key="header_rows", value=below + 1, why=told))
    wording, language, place = _wording(names, instrument, known)
    options += wording
    if known in OF_KINDS["group_separator"]:
        options += _groups(names, instrument, language)
    return Header(
        names=names,
        n_above=at,
        n_below=below,
        options=tuple(options),
        place=place,
        kind=known,
        labelled=language,
    )


def header_score(instrument: Instrument) -> Callable[[Sequence[str]], int]:
    """How many cells of a row are names or labels of the form, or columns that a tool adds."""
    known = {plain(name) for item in instrument.items for name in (item.name, *item.labels.values())}
    known |= {plain(name) for marks in MARKS.values() for name in marks}

    def score(row: Sequence[str]) -> int:
        return sum(plain(cell) in known or plain(last_part(cell)) in known for cell in row if cell.strip())

    return score


def _header_row(top: Sequence[Sequence[str]], instrument: Instrument) -> int:
    """The row with the most names that are known; the first of equal ones."""
    score = header_score(instrument)
    best, at = 0, 0
    for number, row in enumerate(top):
        if score(row) > best * 1.5:  # the labels below Qualtrics' names match too
            best, at = score(row), number
    return at


def plain(text: str) -> str:
    """A header or label without the spaces at its ends and between its words; marks of width nothing go."""
    return " ".join(text.replace("\u200b", "").replace("\ufeff", "").replace("\xa0", " ").split())


def last_part(header: str) -> str:
    """A header without the groups before the last "/"."""
    return header.rpartition("/")[2]


def _kind(names: Sequence[str], export: Export) -> Option:
    headers = {plain(name) for name in names}
    found = {kind: sorted(headers & marks) for kind, marks in MARKS.items()}
    if export.format not in ("csv", "xlsx"):
        return Option(key="kind", value="table", why=f"a .{export.format} file is a table: a column an item")
    found["redcap"] += [name for name in sorted(headers) if _REDCAP.fullmatch(name) and "___" in name][:3]
    if any(cell.startswith(IMPORT_ID) for row in export.top[:4] for cell in row):
        found["qualtrics"] = [*found["qualtrics"], IMPORT_ID, IMPORT_ID]
    if ONA_ALONE & headers:
        found["kobo"] = []
    ranked = sorted(
        (kind for kind in found if len(found[kind]) >= FEW.get(kind, 2)), key=lambda k: -len(found[k])
    )
    told = {kind: f"{', '.join(dict.fromkeys(found[kind][:6]))} stand in the header" for kind in ranked}
    if not ranked:
        return Option(
            key="kind",
            value="table",
            why=f"no column that a tool adds stands in the header ({', '.join(MARKS)}); please confirm",
        )
    if len(ranked) > 1 and len(found[ranked[0]]) == len(found[ranked[1]]):
        both = "; ".join(f"{kind}: {told[kind]}" for kind in ranked)
        return Option(key="kind", why=f"{both}. Which tool wrote it?", possible=tuple(ranked))
    return Option(key="kind", value=ranked[0], why=f"{told[ranked[0]]}")


def _below(rows: Sequence[Sequence[str]], kind: str | None) -> tuple[int, bool]:
    """Rows below the header that are no responses, and whether the first holds HXL tags."""
    if kind == "qualtrics":
        second = len(rows) > 1 and any(cell.startswith(IMPORT_ID) for cell in rows[1])
        return (2 if second else 1), False
    filled = [cell for cell in rows[0] if cell.strip()] if rows else []
    hxl = len(filled) > 0 and all(_HXL.fullmatch(cell) for cell in filled)
    return int(hxl), hxl


def _wording(
    names: Sequence[str], instrument: Instrument, kind: str | None
) -> tuple[list[Option], str | None, dict[str, int]]:
    """Whether items stand under their names or under their labels, and where each stands."""
    by_name = _places(names, instrument, lambda item: item.name)
    if kind == "limesurvey":  # its codes have no underscores
        by_name = {**_places(names, instrument, lambda item: item.name.replace("_", "")), **by_name}
    by_label = {
        language: _places(names, instrument, lambda item, lang=language: item.labels.get(lang, ""))  # type: ignore[misc]
        for language in instrument.languages
    }
    total = len(instrument.answerable)
    best = max(by_label, key=lambda language: len(by_label[language]), default=None)
    n_labels = len(by_label[best]) if best else 0
    others = ", ".join(f"{len(by_label[lang])} by label ({lang})" for lang in by_label)
    told = f"the header has {len(by_name)} of {total} items by name, {others or 'the form has no labels'}"
    if best is None or len(by_name) > n_labels:
        return [Option(key="headers", value="names", why=told)], None, by_name
    if n_labels == len(by_name):
        option = Option(key="headers", why=f"{told}; which is it?", possible=("names", "labels"))
        return [option], None, by_name
    options = [Option(key="headers", value="labels", why=told)]
    tied = [lang for lang in by_label if len(by_label[lang]) == n_labels]
    if len(tied) > 1:
        told = "labels of several languages match alike; which is it?"
        options.append(Option(key="language", why=told, possible=tuple(tied)))
    else:
        options.append(Option(key="language", value=best))
    return options, best, {**by_name, **by_label[best]}


def _places(names: Sequence[str], instrument: Instrument, word: Callable[[Item], str]) -> dict[str, int]:
    """By item, the first column whose header is its word, alone or behind its groups."""
    whole: dict[str, int] = {}
    ends: dict[str, int] = {}
    for number, name in enumerate(names):
        whole.setdefault(plain(name), number)
        for mark in _SEPARATORS:
            if mark in name:
                ends.setdefault(f"{mark}{plain(name.rpartition(mark)[2])}", number)
    found: dict[str, int] = {}
    for item in instrument.answerable:
        wanted = plain(word(item))
        if not wanted:
            continue
        if wanted in whole:
            found[item.name] = whole[wanted]
            continue
        for mark in _SEPARATORS:
            long = mark.join((*item.group, wanted))
            if item.group and long in whole:
                found[item.name] = whole[long]
                break
        else:
            if f"/{wanted}" in ends and names[ends[f"/{wanted}"]] not in instrument:
                found[item.name] = ends[f"/{wanted}"]
    return found


def _groups(names: Sequence[str], instrument: Instrument, language: str | None) -> list[Option]:
    """Whether headers carry groups, and what stands between them."""
    grouped = [item for item in instrument.answerable if item.group]
    if not grouped:
        return []
    headers = {plain(name) for name in names}
    if language is not None:
        return [
            Option(key="group_separator", why="labels are headers: groups cannot be told", possible=("/",))
        ]
    bare = sum(item.name in headers for item in grouped)
    long = {
        mark: sum(mark.join((*item.group, item.name)) in headers for item in grouped) for mark in _SEPARATORS
    }
    mark = max(long, key=lambda one: long[one])
    if long[mark] > bare:
        told = f'{long[mark]} of {len(grouped)} items in groups stand behind their groups and "{mark}"'
        return [Option(key="group_separator", value=mark, why=told)]
    if bare:
        told = f"{bare} of {len(grouped)} items in groups stand without them: no key is needed"
        return [Option(key="group_separator", why=told)]
    return [
        Option(
            key="group_separator",
            why="no item stands behind its groups; what parts them?",
            possible=("/", "."),
        )
    ]
