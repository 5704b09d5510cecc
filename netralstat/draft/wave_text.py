"""The text of a proposed wave file, section by section, each key below the evidence for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netralstat.ask.instrument import Instrument, Item
from netralstat.draft.exports import Export
from netralstat.draft.notations import Body, notation
from netralstat.draft.options import Option, comment, quoted, toml
from netralstat.draft.roles import (
    absent_items,
    exclusions,
    fieldwork,
    province_items,
    unique_keys,
    unread_columns,
    weight_columns,
)

FILL_IN = "FILL IN"
_LANGUAGES = ("id", "en")
_LISTED = 8
_RULE = "# " + "-" * 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One export with its path as the wave file writes it."""

    path: str
    export: Export
    body: Body


def wave_text(wave_id: str, instrument: Instrument, instrument_path: str, sources: Sequence[Source]) -> str:
    """Write the proposal.

    Parameters
    ----------
    wave_id : str
        Name of the wave.
    instrument : Instrument
        What was asked.
    instrument_path : str
        Its file, from the wave folder.
    sources : sequence of Source
        The exports, in the order given.
    """
    bodies = [source.body for source in sources]
    lines = [
        *comment(
            "Proposed by `netralstat new` from the form and a first look at the exports. The comment above a "
            f"key is its evidence: please confirm. A key below {FILL_IN} is to be written, and "
            "`netralstat check` names those that are missing. Where evidence was mixed a key is left out and "
            "its possibilities are listed. Every key: docs/wave-file.md."
        ),
        'schema = "netralstat.wave/1"',
        f"id = {quoted(wave_id)}",
        "# synthetic = true   # where the responses are simulated",
        "",
        *_title(instrument),
        *_ask(instrument, instrument_path),
        *_collect(bodies, instrument),
    ]
    for source in sources:
        lines += _source(source, instrument)
    lines += [*_regions(instrument), *_design(bodies, instrument), *_estimate(instrument), *_report()]
    return "\n".join(lines) + "\n"


def _head(number: int, words: str) -> list[str]:
    return ["", f"{_RULE} {number} {words}"]


def _words(title: str, texts: Mapping[str, str], why: str) -> list[str]:
    lines = comment(why) if any(language not in texts for language in _LANGUAGES) else []
    return [
        *lines,
        title,
        *(
            f"{language} = {quoted(texts[language])}"
            if language in texts
            else f'# {language} = "…"   # {FILL_IN}'
            for language in _LANGUAGES
        ),
    ]


def _title(instrument: Instrument) -> list[str]:
    return _words(
        "[title]", instrument.titles, f"{FILL_IN}: the form does not give the title in both languages"
    )


def _ask(instrument: Instrument, path: str) -> list[str]:
    n_choices = sum(bool(item.choices) for item in instrument.items)
    languages = ", ".join(instrument.languages)
    lines = [*_head(1, "what was asked"), "[ask]"]
    lines += comment(
        f"form {instrument.id}: {len(instrument.items)} items, {n_choices} of them with choices; "
        f"languages: {languages}"
    )
    lines.append(f"instrument = {quoted(path)}")
    if instrument.version:
        lines.append(f"version = {quoted(instrument.version)}")
    else:
        lines += comment(f"{FILL_IN}: the form states no version; write one into its settings, and here")
        lines.append('# version = "…"')
    for name, items in instrument.scales.items():
        slug = _slug(name)
        lines += ["", f"[ask.scales.{slug}]"]
        lines += comment(
            f"{len(items)} items are tagged with this scale; {FILL_IN} the words that tables print"
        )
        lines.append(f"label = {{ id = {quoted(name)}, en = {quoted(name)} }}")
        if slug != name:
            lines.append(f"items = {toml([item.name for item in items])}")
    return lines + _constructs(instrument)


def _constructs(instrument: Instrument) -> list[str]:
    """Scales that the tags of a form suggest without naming them so, as comments."""
    found: dict[str, list[Item]] = {}
    for item in instrument.items:
        if item.tags.get("role") == "scale" and "construct" in item.tags and "scale" not in item.tags:
            found.setdefault(item.tags["construct"], []).append(item)
    lines = [""] if found else []
    for name, items in found.items():
        lines += comment(f'{len(items)} items are tagged with the construct "{name}": a scale?')
        lines.append(f"# [ask.scales.{_slug(name)}]")
        lines.append(f"# label = {{ id = {quoted(name)}, en = {quoted(name)} }}")
        lines.append(f"# items = {toml([item.name for item in items])}")
        if turned := [item.name for item in items if item.reverse]:
            lines.append(f"# reverse = {toml(turned)}")
    return lines


def _slug(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return slug if slug[:1].isalpha() else f"scale_{slug}"


def _collect(bodies: Sequence[Body], instrument: Instrument) -> list[str]:
    lines = [*_head(2, "what came back"), "[collect]"]
    lines += fieldwork(bodies, instrument).lines()
    key = unique_keys(bodies)
    lines += key.lines()
    lines += comment("rows with the same key: an error until it is decided which of them counts")
    lines.append('duplicates = "error"   # or "keep_first", "keep_last", "drop_all"; needs unique')
    lines += comment(
        "answers that the form does not allow: an error until it is decided that they are missing"
    )
    lines.append('invalid = "error"   # or "missing"')
    if rules := exclusions(bodies, instrument):
        lines += rules.lines()
    if unread := list(dict.fromkeys(name for body in bodies for name in unread_columns(body, instrument))):
        lines += comment(
            f"{len(unread)} columns are neither in the form nor the tool's own: which are no answers?"
        )
        lines.append(f"# ignore = {toml(unread[:60])}")
    lines += comment("codes that mean a missing answer wherever the choice list does not have them")
    lines.append('# missing = { codes = { "-9" = "refused", "-8" = "dont_know" } }')
    return lines


def _source(source: Source, instrument: Instrument) -> list[str]:
    export, body = source.export, source.body
    header, columns = body.header, body.columns
    lines = ["", "[[collect.sources]]"]
    found = len(header.place)
    n_items = len(instrument.answerable)
    told = f"{columns.n_rows:,} rows, {len(header.names)} columns; {found} of {n_items} items have a column"
    lines += comment(told)
    if columns.n_ragged:
        lines += comment(
            f"{columns.n_ragged:,} of {columns.n_rows:,} rows have another number of cells than the header"
        )
    lines.append(f"path = {quoted(source.path)}")
    for option in (*header.options[:1], *export.options, *header.options[1:], *notation(body, instrument)):
        lines += option.lines()
    lines += _not_found(body, instrument)
    lines += _structure(header.kind)
    lines += comment(
        "the file and its rows as they are now; `netralstat lock` writes both anew when it changes"
    )
    lines += [f'sha256 = "{export.sha256}"', f"rows = {columns.n_rows}"]
    return lines


def _not_found(body: Body, instrument: Instrument) -> list[str]:
    """Items without a column: absent where most items have one, else perhaps under other headers."""
    missing = absent_items(body, instrument)
    if not missing:
        return []
    told = f"{len(missing)} of {len(instrument.answerable)} items are not in the header"
    if len(missing) * 2 < len(instrument.answerable):
        why = f"{told}: does the export lack them? `columns` translates headers that differ from the form"
        return Option(key="absent", value=missing, why=why).lines()
    more = f" and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
    return comment(
        f"{told}: {', '.join(missing[:_LISTED])}{more}; `columns` translates headers that are not the form's"
    )


def _structure(kind: str | None) -> list[str]:
    told = {
        "limesurvey": ("the survey structure (.lss) tells which code is which item and choice", "survey.lss"),
        "redcap": ("the data dictionary tells the choices behind the codes", "dictionary.csv"),
    }
    if kind not in told:
        return []
    return [*comment(told[kind][0]), f'# structure = "data/{told[kind][1]}"']


def _regions(instrument: Instrument) -> list[str]:
    found = province_items(instrument)
    if not found:
        told = "no choice list holds provinces; with the item that does, the report has a map"
        return ["", *comment(told), "# [collect.regions]", '# item = "province"', '# scheme = "slug"']
    lines = [""]
    mark = "" if len(found) == 1 else "# "
    for one in found:
        told = f'{one.n_known} of {len(one.item.valid_codes)} choices of "{one.item.name}" name provinces'
        lines += comment(f"{told} ({'34 provinces' if one.vintage < 2022 else '38, with those of 2022'})")
        lines += [f"{mark}[collect.regions]", f"{mark}item = {quoted(one.item.name)}"]
        lines += [f"{mark}scheme = {quoted(one.scheme)}", f"{mark}vintage = {one.vintage}"]
        if one.unknown:
            lines.append(f"{mark}no_province = {toml(one.unknown)}")
    lines.append('# groups = "kasn2021"   # or "bps": makes the column island_group')
    return lines


def _design(bodies: Sequence[Body], instrument: Instrument) -> list[str]:
    lines = [*_head(3, "whom each answer stands for"), "[design]"]
    weights = weight_columns(bodies, instrument)
    chosen = [option for option in weights if option.value is not None]
    if len(chosen) == 1:
        lines += chosen[0].lines()
    else:
        lines += comment(f"{FILL_IN} a column of weights, or a sampling frame (below)")
        for option in weights:
            lines += Option(key="weight", why=option.why, possible=option.possible or (option.value,)).lines()
        if not weights:
            lines.append('# weight = "…"')
    lines += [
        '# stratum = ["…"]   # columns that name the stratum',
        '# psu = "…"   # column of the primary sampling unit, where there were any',
        '# fpc = "…"   # column of the population count of PSUs, or of persons',
        '# frame = { path = "frame.csv", keys = ["…"], population = "population", selected = "selected" }',
        '# population = { id = "…", en = "…" }   # whom the survey speaks of',
    ]
    return lines


def _estimate(instrument: Instrument) -> list[str]:
    domains = [item.name for item in instrument.items if item.tags.get("role") in ("domain", "demographic")]
    domains = [name for name in domains if instrument.item(name).kind == "select_one"]
    scales = [_slug(name) for name in instrument.scales]
    return [
        *_head(4, "how much"),
        "[estimate]",
        f"# domains = {toml(domains or ['province'])}",
        '# headline = ["…"]   # indicators under [ask.indicators], or 0/1 items',
        *([f"means = {toml(scales)}"] if scales else ['# means = ["…"]   # scales and numbers']),
    ]


def _report() -> list[str]:
    return [
        *_head(6, "what to tell"),
        "[report]",
        *comment(f"{FILL_IN}: whose report it is"),
        '# institution = { id = "…", en = "…" }',
        'languages = ["id", "en"]',
        'version = "1.0"',
        *comment(f"{FILL_IN}: the day of release, not before fieldwork ends"),
        "# date = 2026-01-31",
        "min_respondents = 10",
    ]
