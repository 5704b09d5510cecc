"""The TOML text of a wave file: read within bounds, and on which line each of its keys stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from netralstat.errors import PlanError

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
Place = tuple[str | int, ...]
_MAX_DOTS = 500  # of one key; a long one makes the parser slow
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')
_WIDEST = 2**63  # TOML's whole numbers have 64 bits


def read_bytes(file: Path) -> bytes:
    """Read at most MAX_BYTES; PlanError when the file is missing or larger."""
    if file.exists() and not file.is_file():  # a pipe would never end
        raise PlanError(
            "the wave file is no file.",
            where=str(file),
            do="give the folder of a wave that holds a wave.toml",
        )
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as problem:
        raise PlanError(
            f"the wave file cannot be read: {problem.strerror or problem}.",
            where=str(file),
            do="give the folder of a wave that holds a wave.toml",
        ) from problem
    if len(raw) > MAX_BYTES:
        raise PlanError(
            f"the wave file is larger than {MAX_BYTES // 1024} KiB.",
            where=str(file),
            do="keep settings in it and data in files of their own",
        )
    return raw


def parse_toml(raw: bytes, file: Path) -> tuple[str, dict[str, Any]]:
    """Return the text and what it says; PlanError with the line when it is no TOML or nests too deep."""
    text = _decode(raw, file)
    for number, line_text in enumerate(text.split("\n"), start=1):
        if line_text.count(".") > _MAX_DOTS and _QUOTED.sub("", line_text).count(".") > _MAX_DOTS:
            raise _too_deep(file, number)
    try:
        data = tomllib.loads(text)
    except ValueError as problem:
        raise _no_toml(str(problem), text, file) from problem
    except RecursionError as problem:
        raise _too_deep(file, None) from problem
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    if level:
        raise _too_deep(file, None)
    for place in _too_wide(data, ()):
        raise PlanError(
            "the wave file holds a whole number of more than 64 bits.",
            where=f"{file}, line {key_lines(text)[place]}",
            do="write the number that is meant; no key of a wave file needs one as large",
        )
    return text, data


def _decode(raw: bytes, file: Path) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) or raw[1:2] == b"\0":
        mark = "UTF-8 with a byte order mark" if raw.startswith(b"\xef\xbb\xbf") else "UTF-16"
        raise PlanError(
            f"the wave file is {mark}; TOML is UTF-8 without one.",
            where=f"{file}, byte 1",
            do='save it as "UTF-8" (in Notepad: Save as, Encoding)',
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise PlanError(
            f"the wave file is not UTF-8 (byte {problem.start + 1}).",
            where=f"{file}, line {line}",
            do="save it as UTF-8",
        ) from problem
    if "\r" in text and "\n" not in text:
        raise PlanError(
            "the lines of the wave file end in a carriage return alone.",
            where=f"{file}, line 1",
            do="save it with the line ends of Unix or Windows",
        )
    return text.replace("\r\n", "\n")


def _no_toml(problem: str, text: str, file: Path) -> PlanError:
    found = re.search(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$", problem, re.DOTALL)
    what = found[1] if found else problem
    line = int(found[2]) if found and found[2] else text.count("\n") + 1
    if "integer string conversion" in problem:
        what, longest = "a number has thousands of digits", max(re.findall(r"[\d_]+", text), key=len)
        line = text.count("\n", 0, text.index(longest)) + 1
    return PlanError(
        f"the wave file is not valid TOML: {what}.", where=f"{file}, line {line}", do="mend the syntax there"
    )


def _too_wide(value: Any, place: Place) -> Iterator[Place]:
    """Places of whole numbers that TOML does not allow, and that could not be printed."""
    if isinstance(value, int) and not -_WIDEST <= value < _WIDEST:
        yield place
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _too_wide(inner, (*place, key))


def _too_deep(file: Path, line: int | None) -> PlanError:
    return PlanError(
        f"the wave file nests tables or lists deeper than {MAX_DEPTH} levels.",
        where=str(file) if line is None else f"{file}, line {line}",
        do="flatten it: no key of a wave file is deeper than seven levels",
    )


# ------------------------------------------------------------------------- where each key stands
def key_lines(text: str) -> dict[Place, int]:
    """Line number of every table, key and list element of a text that is valid TOML."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.lines = text, 0, dict[Place, int]()
        self.arrays: dict[Place, int] = {}
        self.counted = (0, 1)  # a place in the text, and its line

    def scan(self) -> dict[Place, int]:
        table: Place = ()
        while self._skip(" \t\n"):
            line = self._line()
            if self.text.startswith("[", self.at):
                double = self.text.startswith("[[", self.at)
                self.at += 2 if double else 1
                table = self._table(self._key("]"), double)
                self.at += 2 if double else 1
                self._note(table, line)
            else:
                self._pair(table)
        return self.lines

    def _table(self, key: tuple[str, ...], double: bool) -> Place:
        place: Place = ()
        for number, part in enumerate(key, start=1):
            place = (*place, part)
            if double and number == len(key):
                self.arrays[place] = self.arrays.get(place, -1) + 1
            if place in self.arrays:
                place = (*place, self.arrays[place])
        return place

    def _pair(self, table: Place) -> None:
        line = self._line()
        place = (*table, *self._key("="))
        self.at += 1
        self._note(place, line)
        self._value(place)

    def _value(self, place: Place) -> None:
        self._skip(" \t\n")
        self._note(place, self._line())
        opener = self.text[self.at]
        if opener in "\"'":
            self._string()
        elif opener in "[{":
            self.at += 1
            closer, number = ("]" if opener == "[" else "}"), 0
            while self._skip(" \t\n,") and self.text[self.at] != closer:
                if opener == "[":
                    self._value((*place, number))
                else:
                    self._pair(place)
                number += 1
            self.at += 1
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}#\n":
                self.at += 1

    def _key(self, end: str) -> tuple[str, ...]:
        parts: list[str] = []
        while self._skip(" \t.") and self.text[self.at] != end:
            if self.text[self.at] in "\"'":
                parts.append(self._string())
            else:
                found = re.compile(r"[A-Za-z0-9_-]+").match(self.text, self.at)
                assert found is not None, "the text was parsed as TOML before"
                parts.append(found[0])
                self.at = found.end()
        return tuple(parts)

    def _string(self) -> str:
        quote = self.text[self.at]
        long = self.text.startswith(quote * 3, self.at)
        mark = quote * 3 if long else quote
        start = self.at = self.at + len(mark)
        while not self.text.startswith(mark, self.at):
            self.at += 2 if self.text[self.at] == "\\" and quote == '"' else 1
        content = self.text[start : self.at]
        self.at += len(mark)
        while long and self.text.startswith(quote, self.at):
            self.at += 1
        if quote == '"' and "\\" in content and not long:
            return str(tomllib.loads(f'key = "{content}"')["key"])
        return content

    def _skip(self, blanks: str) -> bool:
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text[self.at] in blanks:
                self.at += 1
            else:
                return True
        return False

    def _line(self) -> int:
        start, lines = self.counted
        self.counted = (self.at, lines + self.text.count("\n", start, self.at))
        return self.counted[1]

    def _note(self, place: Place, line: int) -> None:
        for length in range(1, len(place) + 1):
            self.lines.setdefault(place[:length], line)
