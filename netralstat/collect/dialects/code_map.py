"""Code maps: which item, and which of its choices, the codes of another tool stand for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape

from netralstat.ask.instrument import Instrument, Item, Labels
from netralstat.ask.plan_collect import Source
from netralstat.collect.dialects.answers import listed
from netralstat.collect.labels import plain, set_apart
from netralstat.errors import PlanError, did_you_mean

OTHER = "-oth-"
PART = re.compile(r"([^\[\]]+)\[(.*)\]", re.DOTALL)
"""A header "question[part]"."""

_TAG = re.compile(r"<[^<>]{0,2000}>")
_LISTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChoice:
    """An answer as the tool that collected it defines it: its code and its wording by language."""

    code: str
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMap:
    """What the codes of a tool are called in the form.

    Attributes
    ----------
    items : Mapping[str, str]
        By code of a question, or by header, the item that it is.
    choices : Mapping[str, Mapping[str, str]]
        By item, the choice that each code of the export stands for; an item that is absent has the codes of
        the form.
    declared : Mapping[str, Mapping[str, str]]
        The same as the wave file declares it, for single codes; it comes first.
    """

    items: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    declared: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def choice(self, item: Item, code: str) -> str:
        """The choice behind a code; a code that stands for none comes back as one that no form has."""
        found = self.known_choice(item, code)
        if found is not None:
            return found
        return set_apart(code) if any(choice.name == code for choice in item.choices) else code

    def known_choice(self, item: Item, code: str) -> str | None:
        """The choice behind a code, or None."""
        declared = self.declared.get(item.name, {})
        if code in declared:
            return declared[code]
        known = self.choices.get(item.name)
        return by_code(item, code) if known is None else known.get(code)


@lru_cache(maxsize=10_000)
def plain_text(label: str) -> str:
    """A label as it is compared: without HTML marks, its white space made single."""
    return plain(unescape(_TAG.sub(" ", label)))


def squeezed(name: str) -> str:
    """A name as tools without underscores in their codes write it."""
    return name.replace("_", "")


def named_item(instrument: Instrument, *codes: str) -> Item | None:
    """The one item with one of these names, or with one of them once underscores are left out."""
    exact = [instrument.item(code) for code in codes if code in instrument]
    found = exact or [item for item in instrument.items if squeezed(item.name) in codes]
    return found[0] if len(found) == 1 else None


def labelled_item(instrument: Instrument, labels: Labels, language: str | None) -> Item | None:
    """The one item that is worded so, in `language` or in any language that both have."""
    texts = {lang: plain_text(text) for lang, text in labels.items() if language in (None, lang)}
    found = [
        item
        for item in instrument.items
        if item.kind != "note"
        and any(text and plain_text(item.labels.get(lang, "")) == text for lang, text in texts.items())
    ]
    return found[0] if len(found) == 1 else None


def by_code(item: Item, code: str) -> str | None:
    """The choice with this code, or the only one that has it once underscores are left out.

    LimeSurvey's code for an answer in own words, "-oth-", is the choice "other".
    """
    names = [choice.name for choice in item.choices]
    code = "other" if code == OTHER else code
    near = [code] if code in names else [name for name in names if squeezed(name) == code]
    return near[0] if len(near) == 1 else None


def match_choices(
    item: Item, choices: Iterable[ToolChoice], language: str | None
) -> tuple[dict[str, str], list[str]]:
    """Find the choice of the form behind every code of a tool, by its label, else by the code itself.

    The label is what the respondent saw, so it decides where both would match. A code matches the choice of
    the same name, or of the same name without underscores. Nothing else is tried.

    Parameters
    ----------
    item : Item
        With its choices.
    choices : iterable of ToolChoice
        What the tool offered.
    language : str, optional
        The language of the labels to compare; None takes every language that both have.

    Returns
    -------
    found : dict of str to str
        Choice of the form by code.
    lost : list of str
        Codes that match no choice, or a choice that another code matches too.
    """
    found: dict[str, str] = {}
    lost: list[str] = []
    for choice in choices:
        name = _by_label(item, choice, language) or by_code(item, choice.code)
        if name is None:
            lost.append(choice.code)
        else:
            found[choice.code] = name
    twice = {name for name, count in Counter(found.values()).items() if count > 1}
    lost += [code for code, name in found.items() if name in twice]
    return {code: name for code, name in found.items() if name not in twice}, lost


def _by_label(item: Item, choice: ToolChoice, language: str | None) -> str | None:
    """The one choice whose label equals that of the tool in all languages compared."""
    own = {lang for option in item.choices for lang in option.labels}
    names: set[str] | None = None
    for lang in [language] if language is not None else sorted(own & choice.labels.keys()):
        wanted = plain_text(choice.labels.get(lang, ""))
        same = {option.name for option in item.choices if plain_text(option.labels.get(lang, "")) == wanted}
        if wanted and same:
            names = same if names is None else names & same
    return names.pop() if names is not None and len(names) == 1 else None


def declared_choices(source: Source) -> dict[str, dict[str, str]]:
    """By item, the codes of answers that the wave file translates: "question[answer]" = "item/choice"."""
    found: dict[str, dict[str, str]] = {}
    for header, name in source.columns.items():
        item, slash, choice = name.partition("/")
        if slash and (match := PART.fullmatch(header)):
            found.setdefault(item, {})[match[2]] = choice
    return found


def refuse_absent_columns(source: Source, header: Sequence[str]) -> None:
    """Raise a PlanError for headers of `columns` that are not there, codes of answers excepted."""
    absent = [
        name
        for name, meant in source.columns.items()
        if name not in header and not ("/" in meant and PART.fullmatch(name))
    ]
    if absent:
        raise PlanError(
            f"{len(absent)} of {len(source.columns)} headers to translate are absent: {listed(absent)}.",
            where=f"collect.sources, columns of {source.path}",
            do=f"write them as in the file.{did_you_mean(absent[0], header)}",
        )


def told(problems: Sequence[str]) -> str:
    """Problems one below the other, at most twenty of them."""
    more = [f"  and {len(problems) - _LISTED} more"] if len(problems) > _LISTED else []
    return "\n".join([*(f"  {problem}" for problem in problems[:_LISTED]), *more])
