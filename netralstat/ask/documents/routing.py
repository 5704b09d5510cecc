"""Skip logic in words: "question 4 is answered “Yes”"; what is not simple stays the form's expression."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from netralstat.ask.documents.words import Words
from netralstat.ask.instrument import Instrument, Item

ITEM = r"\$\{\s*(?P<item>[^}\s]+)\s*\}"
VALUE = r"(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<number>-?\d+(?:\.\d+)?))"
COMPARED = re.compile(rf"{ITEM}\s*(?P<operator>!=|<=|>=|=|<|>)\s*{VALUE}")
SELECTED = re.compile(rf"(?P<negated>not\s*\(\s*)?selected\s*\(\s*{ITEM}\s*,\s*{VALUE}\s*\)(?(negated)\s*\))")
CHOSEN = re.compile(rf"count-selected\s*\(\s*{ITEM}\s*\)\s*(?:>\s*0|>=\s*1)")
JOINT = re.compile(r"\s(and|or)\s")
ORDERED = {"<": "less", "<=": "at_most", ">": "greater", ">=": "at_least"}
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class _Test:
    """One simple condition: the verb of `words/*.toml`, the item, the value."""

    verb: str
    item: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Puts conditions into words.

    Parameters
    ----------
    instrument : Instrument
        Whose items and choices the conditions name.
    numbers : Mapping[str, int]
        The printed number of each question.
    words : Words
        The language of the page.
    """

    instrument: Instrument
    numbers: Mapping[str, int]
    words: Words

    def told(self, expression: str) -> str | None:
        """The condition in words, or None where it is not simple."""
        if len(expression) > LONGEST:
            return None
        parts = split_top(strip_parentheses(expression), "and")
        sentences = [self._alternatives(part, alone=len(parts) == 1) for part in parts]
        if any(sentence is None for sentence in sentences):
            return None
        return self.words("routing.and").join(sentence for sentence in sentences if sentence)

    def _alternatives(self, part: str, alone: bool) -> str | None:
        """One part of an "and"; beside others it must be one sentence: "a and b or c" has two meanings."""
        options = split_top(strip_parentheses(part), "or")
        tests = [_test(strip_parentheses(option)) for option in options]
        known = [test for test in tests if test is not None and test.item in self.instrument]
        if len(known) < len(options):
            return None
        alike = {(test.verb, test.item) for test in known}
        if len(alike) == 1 and len(known) > 1 and known[0].verb in ("equals", "selected"):
            return self._sentence(known[0], self.words("routing.or").join(map(self._answer, known)))
        if len(known) > 1 and not alone:
            return None
        return self.words("routing.or").join(self._sentence(test, self._answer(test)) for test in known)

    def _sentence(self, test: _Test, answers: str) -> str:
        item = self.instrument.item(test.item)
        number = self.numbers.get(item.name)
        verb = test.verb
        if number is None:
            subject = self.words("routing.value", name=item.name)
            verb = {"equals": "equals_value", "not_equals": "not_equals_value"}.get(verb, verb)
        else:
            subject = self.words("routing.question", number=number)
            if test.value == "" and verb in ("equals", "not_equals"):
                verb = "not_answered" if verb == "equals" else "answered"
            elif not item.choices and verb in ("equals", "not_equals"):
                verb = f"{verb}_value"
        return self.words(f"routing.{verb}", subject=subject, answers=answers)

    def _answer(self, test: _Test) -> str:
        item: Item = self.instrument.item(test.item)
        for choice in item.choices:
            if choice.name == test.value:
                return f"“{choice.label(self.words.language)}”"
        return test.value


def _test(text: str) -> _Test | None:
    if match := SELECTED.fullmatch(text):
        return _Test("not_selected" if match["negated"] else "selected", match["item"], _value(match))
    if match := CHOSEN.fullmatch(text):
        return _Test("not_equals", match["item"], "")
    if match := COMPARED.fullmatch(text):
        operator, value = match["operator"], _value(match)
        if operator in ORDERED:
            return _Test(ORDERED[operator], match["item"], value)
        return _Test("equals" if operator == "=" else "not_equals", match["item"], value)
    return None


def _value(match: re.Match[str]) -> str:
    return next((match[name] for name in ("single", "double", "number") if match[name] is not None), "")


def strip_parentheses(text: str) -> str:
    """A text without parentheses around the whole of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _closing(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closing(text: str) -> int:
    """Where the parenthesis closes that the text starts with; -1 where none does."""
    depth, quote = 0, ""
    for position, character in enumerate(text):
        if quote or character in "'\"":
            quote = "" if character == quote else quote or character
        else:
            depth += (character == "(") - (character == ")")
            if depth == 0:
                return position
    return -1


def split_top(text: str, word: str) -> list[str]:
    """The parts of an expression between a word ("and", "or") that stands outside parentheses and texts."""
    parts, start, depth, quote = [], 0, 0, ""
    position = 0
    while position < len(text):
        character = text[position]
        if quote or character in "'\"":
            quote = "" if character == quote else quote or character
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif depth == 0 and (match := JOINT.match(text, position)) and match[1] == word:
            parts.append(text[start:position])
            position = start = match.end()
            continue
        position += 1
    return [*parts, text[start:]]
