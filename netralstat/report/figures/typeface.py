"""Inter for layout: static cuts that a drawing program can use, text widths, line breaks.

matplotlib knows only the default weight of a variable font, so each weight is cut once and kept in the user's
cache.
"""

from __future__ import annotations

import io
import re
import unicodedata
from functools import cache, lru_cache
from operator import add
from pathlib import Path
from threading import RLock

import numpy as np
from matplotlib.ft2font import FT2Font, LoadFlags
from numpy.typing import NDArray

from netralstat.report.figures.theme import LABEL_SIZE, REGULAR
from netralstat.report.font_cache import kept_file
from netralstat.report.fonts import INTER, cut

TABULAR = "tnum"  # the feature of digits of one width, for numbers that stand in columns
MEASURED = 1 << 15  # texts whose width is kept
_UNIT = 100.0
_ASKING = RLock()  # a face answers one thread at a time
_END = "|"
# Latin with accents, Greek letters, punctuation, the euro, arrows, mathematics and shapes.
_RANGES = (
    (0x20, 0x17F),
    (0x391, 0x3C9),
    (0x2000, 0x206F),
    (0x20AC, 0x20AC),
    (0x2190, 0x22FF),
    (0x25A0, 0x25FF),
)
# Of those the characters that are one glyph each, in writing order, whatever stands around them.
_PLAIN = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u017f\u0391-\u03c9\u2010-\u2027\u2030-\u205e\u20ac\u2190-\u22ff\u25a0-\u25ff]+"
)


def width_of(text: str, size: float = LABEL_SIZE, weight: int = REGULAR, tabular: bool = False) -> float:
    """Width of one line in px, kerned; `tabular` when its digits are set to one width.

    A character that the face lacks is taken to be as wide as the type is large.
    """
    wide, lacking = _measured(text, weight, tabular)
    return wide / 64 * size / _UNIT + lacking * size


@lru_cache(maxsize=MEASURED)
def _measured(text: str, weight: int, tabular: bool) -> tuple[float, int]:
    """Width of one line in 64ths of a pixel at the size `_UNIT`, and how many characters the face lacks.

    From each character to the next as FreeType sets the two: what a pair takes is asked once, because a long
    search for line breaks measures the same few hundred pairs over and over.
    """
    pairs = list(map(add, text, text[1:] + _END))
    known = _advances(weight, tabular)
    if known.keys() >= set(pairs):
        return sum([known[pair] for pair in pairs]), 0
    lacking = [character for character in set(text) if not _has(character, weight, tabular)]
    if lacking:
        own = "".join(character for character in text if character not in lacking)
        return _measured(own, weight, tabular)[0], len(text) - len(own)
    if not _PLAIN.fullmatch(text):
        return float(_laid(text + _END, weight, tabular)[-1]), 0
    new = sorted(set(pairs) - known.keys())
    places = _laid(_END + _END.join(new), weight, tabular)
    known.update(zip(new, (places[2::3] - places[1::3]).tolist(), strict=True))
    return sum([known[pair] for pair in pairs]), 0


def fitted(text: str, width: float, size: float, weight: int = REGULAR) -> float:
    """The size, at most `size`, at which one line fits into `width` px."""
    wide = width_of(text, size, weight)
    return size if wide <= width else size * width / wide


def wrapped(text: str, width: float, size: float = LABEL_SIZE, weight: int = REGULAR) -> tuple[str, ...]:
    """Lines of at most `width` px and about one length.

    Broken at spaces, after ``/`` and ``-``, and inside a word only when it is wider alone.
    """
    pieces = _pieces(text, width, size, weight)
    lines = _filled(pieces, width, size, weight)
    narrow, wide = width / 2, width
    while len(lines) > 1 and wide - narrow > 2:
        middle = (narrow + wide) / 2
        tried = _filled(pieces, middle, size, weight)
        if len(tried) == len(lines) and max(width_of(line, size, weight) for line in tried) <= middle:
            lines, wide = tried, middle
        else:
            narrow = middle
    return tuple(lines)


def _filled(pieces: list[str], width: float, size: float, weight: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for piece in pieces:
        if line and width_of((line + piece).rstrip(), size, weight) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str, width: float, size: float, weight: int) -> list[str]:
    found: list[str] = []
    for word in re.findall(r"[^\s/-]*[/-]+\s*|[^\s/-]+\s*", " ".join(text.split())):
        rest = word
        while width_of(rest.rstrip(), size, weight) > width and len(rest) > 1:
            keep = len(rest) - 1
            while keep > 1 and width_of(rest[:keep], size, weight) > width:
                keep -= 1
            found.append(rest[:keep])
            rest = rest[keep:]
        found.append(rest)
    return found


@cache
def face_file(weight: int, tabular: bool) -> str:
    """Inter in one weight (400 or 600) as a font file, with digits of one width if `tabular`."""
    if tabular:
        name = f"{INTER.mark}-tabular-{weight}.ttf"
        return str(kept_file(name, lambda: _tabular(face_file(weight, False))))
    return str(kept_file(f"{INTER.mark}-static-{weight}.ttf", lambda: _static(weight)))


def _static(weight: int) -> bytes:
    points = (point for first, last in _RANGES for point in range(first, last + 1))
    return cut(INTER, points, {**dict(INTER.fixed), "wght": float(weight)})


def _tabular(path: str) -> bytes:
    """The same face with the glyphs of the feature ``tnum`` in place of the usual ones.

    matplotlib applies a feature when it draws, but not when it aligns; a face that needs no feature is
    aligned right.
    """
    from fontTools.ttLib import TTFont

    face = TTFont(io.BytesIO(Path(path).read_bytes()), recalcTimestamp=False)
    table = face["GSUB"].table
    lookups = [
        table.LookupList.Lookup[index]
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == TABULAR
        for index in record.Feature.LookupListIndex
    ]
    swaps = {old: new for lookup in lookups for part in lookup.SubTable for old, new in part.mapping.items()}
    for characters in face["cmap"].tables:
        if characters.isUnicode():
            characters.cmap = {point: swaps.get(glyph, glyph) for point, glyph in characters.cmap.items()}
    target = io.BytesIO()
    face.save(target)
    return target.getvalue()


def _laid(text: str, weight: int, tabular: bool) -> NDArray[np.float64]:
    """The x of every glyph of a line, in 64ths of a pixel at the size `_UNIT`."""
    with _ASKING:
        places: NDArray[np.float64] = _face(weight, tabular).set_text(text, flags=LoadFlags.NO_HINTING)[:, 0]
    return places


@cache
def _has(character: str, weight: int, tabular: bool) -> bool:
    """Whether the cut holds a character, or it takes no room, as an accent over the letter before it."""
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return True
    with _ASKING:
        return _face(weight, tabular).get_char_index(ord(character)) != 0


@cache
def _advances(weight: int, tabular: bool) -> dict[str, float]:
    """What each pair of characters measured so far takes, from the first to the second."""
    return {}


@cache
def _face(weight: int, tabular: bool) -> FT2Font:
    face = FT2Font(face_file(weight, tabular))
    face.set_size(_UNIT, 72)
    return face
