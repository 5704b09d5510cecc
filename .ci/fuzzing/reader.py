"""What the fuzz run asks of a reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A reader: its files, and how it reads one that was spoilt.

    `parts` marks a ZIP; `read` gets the bytes and a folder to put them into. `share` is its part of the time:
    readers that work in a process of their own need more of it.
    """

    name: str
    seeds: tuple[bytes, ...]
    suffix: str
    read: Callable[[bytes, Path], object]
    parts: bool = False
    share: int = 1
