"""How wide each column of a printed table is, how large its type, and whether its page lies on its side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
import numpy.typing as npt

from netralstat.report.blocks import Table
from netralstat.report.figures.theme import REGULAR, SEMIBOLD
from netralstat.report.figures.typeface import width_of
from netralstat.report.numbers import Numbers
from netralstat.report.printed_table import KEPT, Head, Printed, is_dense, printed_rows, stub_column
from netralstat.report.words import Words

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
_STEP = 4.0  # points
_LITTLE = 0.05
_BREAK = "\u200b"
_LAYING = Lock()
Rows = Sequence[Sequence[Printed]]
FloatArray = npt.NDArray[np.float64]


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


def laid_out(table: Table, numbers: Numbers, words: Words) -> Layout:
    """The layout of a table's printed rows; one thread makes it, and others that ask find it made."""
    with _LAYING:
        return _kept(table, numbers, words)


@lru_cache(maxsize=KEPT)
def _kept(table: Table, numbers: Numbers, words: Words) -> Layout:
    return layout(table, printed_rows(table, numbers, words))


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
                widths = _shared(table, rows, needs, wide, size)
                return Layout(size=size, inset=inset, gap=gap, widths=widths, landscape=bool(landscape))
    size = SIZES[1][-1]
    widths = _squeezed(_needs(table, rows, size, inset, gap), LANDSCAPE)
    return Layout(size=size, inset=inset, gap=gap, widths=widths, landscape=True)


def row_lines(cells: Sequence[Printed], made: Layout) -> int:
    """The lines that a row of the body takes."""
    lines, at = 1, 0
    for cell in cells:
        if cell.style != "num":
            room = made.room(at, cell.colspan, cell.first)
            lines = max(lines, _lines(cell.text, room, made.size, REGULAR))
        at += cell.colspan
    return lines


def head_lines(line: Sequence[Head], made: Layout) -> int:
    """The lines that one row of the head takes."""
    lines, at = 1, 0
    for head in line:
        room = made.room(at, head.colspan, head.first or head.style == "span")
        lines = max(lines, -(-_lines(unbroken(head.label), room, made.size, SEMIBOLD) // head.rowspan))
        at += head.colspan
    return lines


def _lines(text: str, room: float, size: float, weight: int) -> int:
    """Lines of a text that breaks at spaces, and within words too long for a line."""
    space = width_of(" ", size, weight)
    parts = text.split("\n")
    return sum(
        _wrapped([width_of(word, size, weight) for word in part.split(" ")], room, space) for part in parts
    )


def _wrapped(words: Sequence[float], room: float, space: float) -> int:
    """Lines of words of these widths."""
    lines, used = 1, 0.0
    for wide in words:
        if used and used + space + wide > room:
            lines, used = lines + 1, 0.0
        used += (space if used else 0.0) + wide
        while used > room > 0:
            lines, used = lines + 1, used - room
    return lines


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
    """Breaks after ``_`` when that is enough, else anywhere."""
    if not word or width_of(word, size, weight) <= width:
        return word
    parts = _parts(word)
    if all(width_of(part, size, weight) <= width for part in parts):
        return _BREAK.join(parts)
    return _BREAK.join(word)


def _parts(word: str) -> list[str]:
    """``politicking_witnessed`` as ``politicking_`` and ``witnessed``."""
    return re.findall(r"[^_]*_+|[^_]+", word)


def _needs(table: Table, rows: Rows, size: float, inset: float, gap: float) -> list[_Need]:
    needs = []
    for index, column in enumerate(table.columns):
        printed = [row[index] for row in rows if len(row) > index and row[index].colspan == 1]
        first = bool(column.group) and (index == 0 or table.columns[index - 1].group != column.group)
        rim = (2 * inset + (gap if first else 0)) * size
        needs.append(_need(column.kind, printed, unbroken(column.label), size, rim))
    return _with_spans(table, needs, size, (2 * inset + gap) * size)


def _need(kind: str, printed: Sequence[Printed], label: str, size: float, rim: float) -> _Need:
    widest = max((_width(one, size) for one in {cell.text + cell.mark for cell in printed}), default=0.0)
    head = _width(label, size, SEMIBOLD)
    head_word = max((_width(word, size, SEMIBOLD) for word in re.split(r"[ \n]+", label)), default=0.0)
    text = kind == "text" or (kind == "code" and widest > CODE_WIDTH * size)
    if not text:
        least = max(widest, head_word) + rim
        return _Need(least=least, good=least, full=max(widest, head) + rim, text=False)
    every = {word for cell in printed for word in cell.text.split()}
    pieces = every if kind == "code" else {part for word in every for part in _parts(word)}
    words = max((_width(piece, size) for piece in pieces), default=0.0)
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


def _shared(table: Table, rows: Rows, needs: Sequence[_Need], wide: float, size: float) -> tuple[float, ...]:
    """What is left after the good widths: text up to its full width, heads, air, and the stub the rest."""
    widths = [need.good for need in needs]
    left = wide - sum(widths)
    text = [i for i, need in enumerate(needs) if need.text]
    if len(text) > 1 and sum(needs[i].full - widths[i] for i in text) > left:
        return _balanced(rows, needs, text, wide, size)
    numbers = [i for i, need in enumerate(needs) if not need.text]
    left = _filled(widths, text, [need.full for need in needs], left)
    left = _filled(widths, numbers, [need.full for need in needs], left)
    left = _filled(widths, numbers, [width + BREATH * size for width in widths], left)
    widths[stub_column(table)] += left
    return tuple(round(width, 2) for width in widths)


def _balanced(
    rows: Rows, needs: Sequence[_Need], text: Sequence[int], wide: float, size: float
) -> tuple[float, ...]:
    """Columns of long text: room goes to the column that makes the rows lower by most for it."""
    widths = [need.least for need in needs]
    steps = max(int((wide - sum(widths)) / _STEP), 0)
    whole = [row for row in rows if len(row) == len(needs)]
    rim = 2 * INSET * size
    lines = [
        _lines_by_width(
            [row[i].text for row in whole], [widths[i] - rim + k * _STEP for k in range(steps + 1)], size
        )
        for i in text
    ]
    taken = [0] * len(text)
    while steps > 0:
        gains = [_gains(lines, taken, column, steps) for column in range(len(text))]
        column = max(range(len(text)), key=lambda one: float(gains[one].max()))
        if gains[column].max() <= 0:
            break
        more = int(gains[column].argmax()) + 1
        taken[column] += more
        steps -= more
    for column, i in enumerate(text):
        widths[i] += taken[column] * _STEP
    widths[text[0]] += wide - sum(widths)
    return tuple(round(width, 2) for width in widths)


def _gains(lines: Sequence[FloatArray], taken: Sequence[int], column: int, steps: int) -> FloatArray:
    """Lines saved by each step more for a column, for 1 to `steps` of them; (steps,).

    A row is as high as its highest cell; that others are lower counts little.
    """
    others = [lines[one][taken[one]] for one in range(len(lines)) if one != column]
    highest = np.max(others, axis=0)
    heights = lines[column][taken[column] : taken[column] + steps + 1]
    total = (np.maximum(heights, highest) + _LITTLE * heights).sum(axis=1)
    return np.asarray((total[0] - total[1:]) / np.arange(1, len(total)), dtype=np.float64)


def _lines_by_width(texts: Sequence[str], rooms: Sequence[float], size: float) -> FloatArray:
    """Lines that each text takes in each room; (rooms, texts)."""
    space = width_of(" ", size)
    told = [
        [[width_of(word, size) for word in part.split(" ")] for part in text.split("\n")] for text in texts
    ]
    return np.array(
        [[sum(_wrapped(part, room, space) for part in parts) for parts in told] for room in rooms]
    )


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
