"""How wide each column of a printed table is, how large its type, and whether its page lies on its side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from netralstat.report.blocks import Table
from netralstat.report.figures.theme import REGULAR, SEMIBOLD
from netralstat.report.figures.typeface import width_of
from netralstat.report.printed_table import Printed, is_dense, stub_column

PORTRAIT, LANDSCAPE = 482.0, 729.0
"""Widths of the text in points: A4 less the margins of templates/report.typ."""

SIZES = ((8.5, 8.0, 7.5, 7.0, 6.6), (8.0, 7.5, 7.0, 6.5, 6.0))
"""Type sizes tried in turn: first on an upright page, then on one on its side."""

INSET, DENSE_INSET = 0.45, 0.24
"""Space left and right of a cell, in type sizes; the smaller one in a table of many columns."""

GAP, DENSE_GAP = 0.7, 0.4
"""Further space before a group of columns."""

SHORT_HEAD = 8
"""A head of at most so many characters is not broken into lines."""

CODE_WIDTH = 9.0
"""A column of codes wider than this many type sizes is broken into lines like text."""

TEXT_WIDTH = 11.0
"""A column of text gets at least this many type sizes, if it can use them."""

BREATH = 1.3
"""What a column of numbers gets in addition, in type sizes, before the stub takes the rest."""

_TOLERANCE = 1.02
_BREAK = "\u200b"
Rows = Sequence[Sequence[Printed]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Type size and column widths in points; `inset` and `gap` in type sizes."""

    size: float
    inset: float
    gap: float
    widths: tuple[float, ...]
    landscape: bool

    def room(self, start: int, columns: int, first: bool) -> float:
        """Points that the text of a cell has, from the column `start` over so many `columns`."""
        rim = (2 * self.inset + (self.gap if first else 0)) * self.size
        return sum(self.widths[start : start + columns]) - rim


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """What one column asks for in points: to be legible, to be good, and to have no line broken."""

    least: float
    good: float
    full: float
    text: bool


def layout(table: Table, rows: Rows) -> Layout:
    """The largest type at which every column is wide enough.

    Parameters
    ----------
    table : Table
    rows : sequence of sequence of Printed
        Its rows as printed.

    Returns
    -------
    Layout
        Numbers are never broken; text is broken between words, and inside a word only when the word alone is
        wider than its column (see `breakable`).
    """
    inset, gap = (DENSE_INSET, DENSE_GAP) if is_dense(table) else (INSET, GAP)
    for landscape, sizes in enumerate(SIZES):
        wide = LANDSCAPE if landscape else PORTRAIT
        for size in sizes:
            needs = _needs(table, rows, size, inset, gap)
            if sum(need.good for need in needs) <= wide:
                widths = _shared(table, needs, wide, size)
                return Layout(size=size, inset=inset, gap=gap, widths=widths, landscape=bool(landscape))
    size = SIZES[1][-1]
    widths = _squeezed(_needs(table, rows, size, inset, gap), LANDSCAPE)
    return Layout(size=size, inset=inset, gap=gap, widths=widths, landscape=True)


def unbroken(label: str) -> str:
    """A short head with spaces at which no line ends."""
    return label.replace(" ", "\u00a0") if len(label) <= SHORT_HEAD else label


def breakable(text: str, width: float, size: float, weight: int = REGULAR) -> str:
    """The text with places to break (U+200B) in every word that is wider than `width` points."""
    parts = re.split(r"(\s+)", text)
    return "".join(_broken(part, width, size, weight) for part in parts)


def soft(text: str, longest: int) -> str:
    """The text with places to break (U+200B) in every word of more than `longest` characters."""
    return re.sub(rf"\S{{{longest + 1},}}", lambda word: _BREAK.join(word[0]), text)


def _broken(word: str, width: float, size: float, weight: int) -> str:
    if not word or width_of(word, size, weight) <= width:
        return word
    return _BREAK.join(word)


def _needs(table: Table, rows: Rows, size: float, inset: float, gap: float) -> list[_Need]:
    needs = []
    for index, column in enumerate(table.columns):
        printed = [row[index] for row in rows if len(row) > index and row[index].colspan == 1]
        first = bool(column.group) and (index == 0 or table.columns[index - 1].group != column.group)
        rim = (2 * inset + (gap if first else 0)) * size
        needs.append(_need(column.kind, printed, unbroken(column.label), size, rim))
    return _with_spans(table, needs, size, (2 * inset + gap) * size)


def _need(kind: str, printed: Sequence[Printed], label: str, size: float, rim: float) -> _Need:
    widest = max((_width(cell.text + cell.mark, size) for cell in printed), default=0.0)
    head = _width(label, size, SEMIBOLD)
    head_word = max((_width(word, size, SEMIBOLD) for word in re.split(r"[ \n]+", label)), default=0.0)
    text = kind == "text" or (kind == "code" and widest > CODE_WIDTH * size)
    if not text:
        least = max(widest, head_word) + rim
        return _Need(least=least, good=least, full=max(widest, head) + rim, text=False)
    words = max((_width(word, size) for cell in printed for word in cell.text.split()), default=0.0)
    full = max(widest, head) + rim
    floor = max(min(max(words, head_word), TEXT_WIDTH * size), 0.0) + rim
    return _Need(least=floor, good=max(floor, min(full, TEXT_WIDTH * size + rim)), full=full, text=True)


def _with_spans(table: Table, needs: list[_Need], size: float, rim: float) -> list[_Need]:
    """Columns wide enough together for the longest word of the head above them."""
    start = 0
    while start < len(needs):
        group, end = table.columns[start].group, start + 1
        while end < len(needs) and group and table.columns[end].group == group:
            end += 1
        if group:
            word = max((_width(part, size, SEMIBOLD) for part in group.split()), default=0.0)
            lacking = min(word, TEXT_WIDTH * size) + rim
            lacking -= sum(need.least for need in needs[start:end])
            if lacking > 0:
                more = lacking / (end - start)
                needs[start:end] = [
                    _Need(
                        least=need.least + more,
                        good=need.good + more,
                        full=max(need.full, need.good + more),
                        text=need.text,
                    )
                    for need in needs[start:end]
                ]
        start = end
    return needs


def _width(text: str, size: float, weight: int = SEMIBOLD) -> float:
    """Measured bold, as any row may be a total."""
    return width_of(text, size, weight, True) * _TOLERANCE


def _shared(table: Table, needs: Sequence[_Need], wide: float, size: float) -> tuple[float, ...]:
    """What is left after the good widths: text up to its full width, heads, air, and the stub the rest."""
    widths = [need.good for need in needs]
    left = wide - sum(widths)
    text = [i for i, need in enumerate(needs) if need.text]
    numbers = [i for i, need in enumerate(needs) if not need.text]
    left = _filled(widths, text, [need.full for need in needs], left)
    left = _filled(widths, numbers, [need.full for need in needs], left)
    left = _filled(widths, numbers, [width + BREATH * size for width in widths], left)
    widths[stub_column(table)] += left
    return tuple(round(width, 2) for width in widths)


def _filled(widths: list[float], columns: Sequence[int], limits: Sequence[float], left: float) -> float:
    """Widen `columns` towards their limits, in proportion to what each lacks; return what is left."""
    lacking = {i: max(limits[i] - widths[i], 0.0) for i in columns}
    total = sum(lacking.values())
    share = min(left / total, 1.0) if total > 0 else 0.0
    for i, lack in lacking.items():
        widths[i] += lack * share
    return left - total * share


def _squeezed(needs: Sequence[_Need], wide: float) -> tuple[float, ...]:
    """No size fits: numbers keep their width while text gives way; past that all shrink alike."""
    least = [need.least for need in needs]
    spare = wide - sum(least)
    if spare >= 0:
        _filled(least, range(len(needs)), [need.good for need in needs], spare)
        return tuple(round(width, 2) for width in least)
    return tuple(round(width * wide / sum(least), 2) for width in least)
