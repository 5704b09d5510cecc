"""Regular expressions of forms, matched in a time that grows with the answers and never explodes.

A pattern is read into parts, the parts become an automaton (see `automaton.py`). What an automaton cannot
hold (references back, looking around, word boundaries, classes of letters) is not evaluated.
"""

from __future__ import annotations

from functools import lru_cache

from netralstat.ask.logic.automaton import Automaton, Part, Ranges, build
from netralstat.ask.logic.program import UnsupportedError

MAX_PATTERN = 300
MAX_GROUPS = 20
LAST_POINT = 0x10FFFF
DIGITS: Ranges = ((48, 57),)
WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Ranges = ((9, 13), (32, 32))
LINE_ENDS: Ranges = ((10, 10), (13, 13), (0x85, 0x85), (0x2028, 0x2029))
CLASSES = {"d": DIGITS, "w": WORD, "s": SPACE}
CONTROLS = {"t": 9, "n": 10, "r": 13, "f": 12}
REPEATS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> Automaton:
    """The automaton of a pattern; UnsupportedError where it is too long, too large or outside the subset."""
    if len(pattern) > MAX_PATTERN:
        raise UnsupportedError("its regular expression is longer than 300 characters")
    reader = _Reader(pattern)
    part = reader.choice()
    if reader.place < len(pattern):
        raise reader.unreadable()
    return build(part)


def negated(ranges: Ranges) -> Ranges:
    """All code points that are in none of the ranges."""
    found, after = [], 0
    for low, high in sorted(ranges):
        if low > after:
            found.append((after, low - 1))
        after = max(after, high + 1)
    return (*found, (after, LAST_POINT)) if after <= LAST_POINT else tuple(found)


class _Reader:
    """Reads a pattern from left to right into nested parts."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.depth = 0

    def peek(self, length: int = 1) -> str:
        return self.pattern[self.place : self.place + length]

    def take(self) -> str:
        if self.place >= len(self.pattern):
            raise self.unreadable()
        self.place += 1
        return self.pattern[self.place - 1]

    def unreadable(self) -> UnsupportedError:
        return UnsupportedError(f"its regular expression cannot be read at character {self.place + 1}")

    def unknown(self, what: str) -> UnsupportedError:
        return UnsupportedError(f"its regular expression uses {what}, which is not supported")

    def choice(self) -> Part:
        branches = [self.sequence()]
        while self.peek() == "|":
            self.place += 1
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else Part("choice", parts=tuple(branches))

    def sequence(self) -> Part:
        parts = []
        while self.peek() and self.peek() not in ("|", ")"):
            parts.append(self.repeated(self.atom()))
        return Part("sequence", parts=tuple(parts))

    def repeated(self, part: Part) -> Part:
        times = self.times()
        if times is None:
            return part
        if part.kind in ("start", "end"):
            raise self.unreadable()
        if self.peek() == "?":  # a lazy repeat finds the same texts
            self.place += 1
        if self.peek() == "+":
            raise self.unknown("a possessive repeat")
        if self.peek() and (self.peek() in REPEATS or self.peek() == "{"):
            raise self.unreadable()
        return Part("repeat", parts=(part,), least=times[0], most=times[1])

    def times(self) -> tuple[int, int | None] | None:
        if self.peek() in REPEATS and self.peek():
            return REPEATS[self.take()]
        if self.peek() != "{":
            return None
        end = self.pattern.find("}", self.place)
        least, comma, most = self.pattern[self.place + 1 : max(end, 0)].partition(",")
        if end < 0 or not _whole(least) or (most and not _whole(most)):
            raise self.unreadable()
        if most and int(most) < int(least):
            raise self.unreadable()
        self.place = end + 1
        if not comma:
            return int(least), int(least)
        return int(least), int(most) if most else None

    def atom(self) -> Part:
        character = self.take()
        if character == "(":
            return self.group()
        if character == "[":
            return Part("one", ranges=self.bracket())
        if character == ".":
            return Part("one", ranges=negated(LINE_ENDS))
        if character in "^$":
            return Part("start" if character == "^" else "end")
        if character == "\\":
            return Part("one", ranges=self.escape())
        if character in "*+?{":
            self.place -= 1
            raise self.unreadable()
        return Part("one", ranges=((ord(character), ord(character)),))

    def group(self) -> Part:
        if self.peek() == "?":
            if self.peek(2) != "?:":
                raise self.unknown("a group that looks around, has a name or sets flags")
            self.place += 2
        self.depth += 1
        if self.depth > MAX_GROUPS:
            raise UnsupportedError(f"its regular expression nests more than {MAX_GROUPS} groups")
        part = self.choice()
        if self.take() != ")":
            raise self.unreadable()
        self.depth -= 1
        return part

    def escape(self) -> Ranges:
        character = self.take()
        if character.lower() in CLASSES:
            ranges = CLASSES[character.lower()]
            return ranges if character.islower() else negated(ranges)
        if character in CONTROLS:
            return ((CONTROLS[character], CONTROLS[character]),)
        if character in ("x", "u"):
            length = 2 if character == "x" else 4
            code = self.peek(length)
            if len(code) < length or not all(one in "0123456789abcdefABCDEF" for one in code):
                raise self.unreadable()
            self.place += length
            return ((int(code, 16), int(code, 16)),)
        if character.isalnum():
            raise self.unknown(f'"\\{character}"')
        return ((ord(character), ord(character)),)

    def bracket(self) -> Ranges:
        found: list[tuple[int, int]] = []
        negative = self.peek() == "^"
        self.place += negative
        first = True
        while first or self.peek() != "]":
            if self.peek() == "[" or self.peek(2) == "&&":  # Java nests classes, JavaScript does not
                raise self.unknown('"[" or "&&" within a class')
            low = self.member()
            if (
                self.peek() == "-"
                and self.peek(2) not in ("-", "-]")
                and len(low) == 1
                and low[0][0] == low[0][1]
            ):
                self.place += 1
                high = self.member()
                if len(high) != 1 or high[0][0] != high[0][1] or high[0][0] < low[0][0]:
                    raise self.unreadable()
                low = ((low[0][0], high[0][0]),)
            found += low
            first = False
        self.place += 1
        return negated(tuple(found)) if negative else tuple(found)

    def member(self) -> Ranges:
        character = self.take()
        if character == "]":  # an empty class: Java and JavaScript read it differently
            self.place -= 1
            raise self.unreadable()
        return self.escape() if character == "\\" else ((ord(character), ord(character)),)


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4
