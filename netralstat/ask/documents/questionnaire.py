"""A printable questionnaire: numbered questions, codes, routing in words, groups as sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netralstat.ask.documents.pages import render
from netralstat.ask.documents.routing import Routing
from netralstat.ask.documents.sections import Block, Section, is_asked, numbered, own_relevant, sections
from netralstat.ask.documents.words import Words
from netralstat.ask.instrument import Choice, Group, Instrument, Item

LONG_LIST = 12
SHORT_LABEL = 24


def questionnaire_html(instrument: Instrument, language: str) -> str:
    """Print a questionnaire for paper or for reading.

    Parameters
    ----------
    instrument : Instrument
        The form. A wording that it lacks in `language` is shown in its default language.
    language : str
        "id" or "en": of the printed words, and of the wording where the form has it.

    Returns
    -------
    str
        One HTML page without anything from outside, laid out for A4.

    Raises
    ------
    InstrumentError
        There are no printed words in the language.
    """
    words = Words(language)
    filled = [item for item in instrument.items if not is_asked(item) and item.kind != "note"]
    return render(
        "questionnaire",
        words,
        language=language,
        title=instrument.label(language),
        form=instrument.id,
        version=instrument.version,
        n_questions=len(numbered(instrument)),
        sections=questionnaire_sections(instrument, language),
        filled=[
            {"name": item.name, "label": item.label(language), "rule": item.calculation} for item in filled
        ],
    )


def questionnaire_sections(instrument: Instrument, language: str) -> list[dict[str, Any]]:
    """The questions as they are printed, by section: number, wording, answers and skip conditions in words.

    Returns
    -------
    list of dict
        ``heading, depth, condition, repeat, blocks`` of each section; a block is ``kind, condition, items,
        choices, required``; an item ``number, name, kind, label, hint, how, choices, constraint``, …
    """
    words, numbers = Words(language), numbered(instrument)
    page = _Page(
        instrument=instrument,
        words=words,
        routing=Routing(instrument=instrument, numbers=numbers, words=words),
        numbers=numbers,
        groups={group.path: group for group in instrument.groups},
    )
    return [page.section(section) for section in sections(instrument)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What the blocks of a page are made with."""

    instrument: Instrument
    words: Words
    routing: Routing
    numbers: Mapping[str, int]
    groups: Mapping[tuple[str, ...], Group]

    def section(self, section: Section) -> dict[str, Any]:
        group = section.group
        return {
            "heading": None if group is None else group.label(self.words.language),
            "depth": section.depth,
            "condition": self.condition(group.relevant, "section_if") if group is not None else None,
            "repeat": group is not None and group.repeat,
            "blocks": [self.block(block) for block in section.blocks],
        }

    def block(self, block: Block) -> dict[str, Any]:
        first = block.items[0]
        return {
            "kind": block.kind,
            "condition": self.condition(own_relevant(first, self.groups), "asked_if"),
            "items": [self.item(item) for item in block.items],
            "choices": [self.choice(choice) for choice in first.choices],
            "required": first.required,
        }

    def condition(self, expression: str | None, key: str) -> dict[str, str] | None:
        """A condition in words, or the expression itself to be printed as code."""
        if expression is None:
            return None
        told = self.routing.told(expression)
        sentence = self.words(f"questionnaire.{key}", condition="\0" if told is None else told)
        before, _, after = sentence.partition("\0")
        return {"before": before, "code": "" if told is not None else expression, "after": after}

    def item(self, item: Item) -> dict[str, Any]:
        language = self.words.language
        choices = [self.choice(choice) for choice in item.choices]
        return {
            "number": self.numbers.get(item.name),
            "name": item.name,
            "kind": item.kind,
            "label": item.label(language),
            "hint": item.hints.get(language) or item.hints.get(item.default_language, ""),
            "how": self.how(item),
            "required": item.required,
            "choices": choices,
            "columns": _columns(choices),
            "filtered": item.choice_filter is not None,
            "constraint": self.constraint(item),
            "lines": 3 if "multiline" in (item.appearance or "") else 1,
        }

    def how(self, item: Item) -> str:
        """How the question is answered, in words; a note is not."""
        if item.kind == "note":
            return ""
        key = {"select_one": "one", "select_multiple": "many"}.get(item.kind, item.kind)
        told = self.words(f"questionnaire.{key}")
        if item.minimum is not None and item.maximum is not None:
            ends = self.words("questionnaire.range", low=f"{item.minimum:g}", high=f"{item.maximum:g}")
            told = f"{told}, {ends}"
        return told

    def constraint(self, item: Item) -> str:
        """What the form says to an answer it does not take, else its rule."""
        if item.constraint is None:
            return ""
        language = self.words.language
        message = item.constraint_messages.get(language) or item.constraint_messages.get(
            item.default_language
        )
        return message or self.words("questionnaire.constraint", rule=item.constraint)

    def choice(self, choice: Choice) -> dict[str, Any]:
        return {
            "code": choice.name,
            "label": choice.label(self.words.language),
            "missing": choice.missing,
        }


def _columns(choices: list[dict[str, Any]]) -> int:
    """In how many columns a list is printed: long lists of short labels in three."""
    if len(choices) <= LONG_LIST:
        return 1
    longest = max(len(choice["label"]) + len(choice["code"]) * 3 // 4 for choice in choices)
    return 3 if longest <= SHORT_LABEL else 2
