"""Headers of grids: "Question [Row]", the row being worded like an item or like a choice of the question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netralstat.ask.instrument import Instrument
from netralstat.collect.labels import plain

OPEN = " ["
"""Between a question and its part in a header of texts; a bracket closes the part."""


def without_grids(
    instrument: Instrument, header: Sequence[str], language: str, *, opened: str = "[", closed: str = "]"
) -> tuple[str, ...]:
    """Write every header of a grid as labels of the form are written.

    Parameters
    ----------
    instrument : Instrument
        What was asked.
    header : sequence of str
        Headers of an export that heads its columns with texts.
    language : str
        Code of the language of these texts.
    opened, closed : str
        What stands before and behind the row.

    Returns
    -------
    tuple of str
        "Question [Row]" as "Row" where an item is worded so; as "Question [Row" (`OPEN` between both) where
        it is a select_multiple and one of its choices; every other header as it is.
    """
    items: dict[str, set[str]] = {}
    for item in instrument.items:
        choices = items.setdefault(plain(item.labels.get(language) or item.name), set())
        if item.kind == "select_multiple":
            choices.update(plain(choice.labels.get(language) or choice.name) for choice in item.choices)

    def written(text: str) -> str:
        if plain(text) in items:
            return text
        for question, row in _parts(text, opened, closed):
            if plain(row) in items.get(plain(question), ()):
                return f"{question}{OPEN}{row}"
            if plain(row) in items:
                return row
        return text

    return tuple(written(text) for text in header)


def _parts(text: str, opened: str, closed: str) -> Iterator[tuple[str, str]]:
    """The ways to take "Question [Row]" apart: either may hold the marks itself."""
    if not text.rstrip().endswith(closed):
        return
    inside = text.rstrip().removesuffix(closed)
    at = inside.find(opened)
    while at >= 0:
        yield inside[:at].rstrip(), inside[at + len(opened) :]
        at = inside.find(opened, at + 1)
