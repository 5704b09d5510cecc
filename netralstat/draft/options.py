"""One key of a wave file as it is proposed: its value and the evidence, or what it could be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_WIDTH = 108
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A key of the wave file.

    Attributes
    ----------
    key : str
        As the wave file writes it.
    value : object
        What is proposed; None where the evidence is mixed or absent: the key is then left out.
    why : str
        The evidence, with its numbers; "" for a key that needs none.
    possible : tuple
        Values to choose from, written as comments.
    """

    key: str
    value: object = None
    why: str = ""
    possible: tuple[object, ...] = ()

    def lines(self) -> list[str]:
        """The option as lines of a wave file."""
        told = comment(self.why) if self.why else []
        if self.value is not None:
            return [*told, f"{self.key} = {toml(self.value)}"]
        return [*told, *(f"# {self.key} = {toml(value)}" for value in self.possible)]


def comment(text: str) -> list[str]:
    """A text as comment lines of at most 110 characters; control characters are shown as U+FFFD."""
    lines: list[str] = []
    line = "#"
    for word in "".join(char if _plain(char) or char.isspace() else "\ufffd" for char in text).split():
        if len(line) + len(word) + 1 > _WIDTH and line != "#":
            lines.append(line)
            line = "#"
        line += f" {word}"
    return [*lines, line]


def toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key_name(str(key))} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, Sequence):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    return str(value)


def key_name(key: str) -> str:
    """A key as TOML writes it: in quotation marks where it has to be."""
    return key if _BARE.fullmatch(key) else quoted(key)


def quoted(text: str) -> str:
    """A text in quotation marks, control characters escaped."""
    written = "".join(_ESCAPES.get(char) or (char if _plain(char) else _escaped(char)) for char in text)
    return f'"{written}"'


def _plain(char: str) -> bool:
    return char.isprintable() and not 0xD800 <= ord(char) < 0xE000


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04X}" if ord(char) < 0x10000 else f"\\U{ord(char):08X}"
