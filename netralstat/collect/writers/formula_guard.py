"""Text that a spreadsheet would run as a formula, made plain text in a way that can be taken back."""

from __future__ import annotations

MARK = "'"
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", MARK)


def guarded(text: str) -> str:
    """Return the text with an apostrophe before it if it starts like a formula, or with an apostrophe.

    Spreadsheets run a cell that starts with = + - @ (or with one of them behind a tab or a line break).
    `unguarded` takes the apostrophe away.
    """
    return MARK + text if text.startswith(_STARTS) else text


def unguarded(text: str) -> str:
    """Return the text as it was before `guarded`."""
    return text[1:] if text.startswith(MARK) and text[1:].startswith(_STARTS) else text
