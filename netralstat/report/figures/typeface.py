"""Inter for layout: static cuts that matplotlib can draw, text widths, line breaks.

matplotlib knows only the default weight of a variable font, so each weight is cut once and kept in the user's
cache.
"""

from __future__ import annotations

import io
import re
from functools import cache, lru_cache
from pathlib import Path

from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags

from netralstat.report.figures.theme import LABEL_SIZE, REGULAR
from netralstat.report.font_cache import kept_file
from netralstat.report.fonts import INTER, cut

TABULAR = "tnum"  # the feature of digits of one width, for numbers that stand in columns
_UNIT = 100.0
# Latin with accents, Greek letters, punctuation, the euro, arrows, mathematics and shapes.
_RANGES = (
    (0x20, 0x17F),
    (0x391, 0x3C9),
    (0x2000, 0x206F),
    (0x20AC, 0x20AC),
    (0x2190, 0x22FF),
    (0x25A0, 0x25FF),
)


def font(weight: int = REGULAR, size: float = LABEL_SIZE, tabular: bool = False) -> FontProperties:
    """Inter in one weight (400 or 600) and size (px at 72 dpi), with digits of one width if `tabular`."""
    return FontProperties(fname=_file(weight, tabular), size=size, weight=weight)


@lru_cache(maxsize=4096)
def width_of(text: str, size: float = LABEL_SIZE, weight: int = REGULAR, tabular: bool = False) -> float:
    """Width of one line in px; `tabular` when its digits are set to one width."""
    if not text:
        return 0.0
    places = _measure(weight, tabular).set_text(text + "|", flags=LoadFlags.NO_HINTING)
    return float(places[-1][0]) / 64 * size / _UNIT


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
def _file(weight: int, tabular: bool) -> str:
    if tabular:
        name = f"{INTER.mark}-tabular-{weight}.ttf"
        return str(kept_file(name, lambda: _tabular(_file(weight, False))))
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


@cache
def _measure(weight: int, tabular: bool) -> FT2Font:
    face = FT2Font(_file(weight, tabular))
    face.set_size(_UNIT, 72)
    return face
