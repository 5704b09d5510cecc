"""Ways to spoil a file: its bytes, its lines and cells, the parts of a workbook, the elements of XML."""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable, Sequence

Mutation = Callable[[bytes, Sequence[bytes], random.Random], bytes]

LARGEST = 400_000
_DELIMITERS = (b",", b";", b"\t", b"|", b"\r", b"\n", b" ")
_PIECES = (
    *(b"\0", b'"', b"'", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\n\n", b"\x1a", b"\x0c", b"\x1c"),
    *(
        "\u200b".encode(),
        "\u202e".encode(),
        "\u2028".encode(),
        "\x85".encode(),
        "é".encode(),
        "\ufeff".encode(),
    ),
    *(b"=1+1", b"@SUM(A1)", b"-1", b"1e999", b"NaN", b"inf", b"0x10", b"9" * 40, b"1,5", b"1.5", b"-0"),
    *(b"0000-00-00", b"9999-12-31T23:59:59.999Z", b"31/12/2024", b"n/a", b"yes no", b"../..", b"A" * 5000),
    *(
        "\u0660\u0661".encode(),
        "\ud7ff".encode(),
        b"{",
        b"}",
        b"[[",
        b"${a}",
        b"%s",
        b"<!--",
        b"&amp;",
        b"]]>",
    ),
)
_NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"2147483648",
    b"9223372036854775808",
    b"1048577",
    b"16385",
    b"1e308",
    b"9" * 300,
)
_DTD = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


def mutate(raw: bytes, others: Sequence[bytes], draw: random.Random, *, parts: bool) -> bytes:
    """Spoil a file in one to four ways.

    Parameters
    ----------
    raw : bytes
        A valid file.
    others : sequence of bytes
        Files to take pieces from.
    draw : random.Random
        Decides everything.
    parts : bool
        Whether the file is a ZIP whose parts are spoilt most of the time.
    """
    if parts and draw.random() < 0.8:
        return _in_zip(raw, draw)
    for _ in range(draw.choice((1, 1, 1, 2, 2, 4))):
        raw = draw.choice(MUTATIONS)(raw, others, draw)[:LARGEST]
    return raw


def _span(raw: bytes, draw: random.Random) -> tuple[int, int]:
    start = draw.randrange(len(raw) + 1)
    return start, min(len(raw), start + draw.choice((1, 2, 4, 16, 64, 512)))


def _truncate(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    return raw[: draw.randrange(len(raw) + 1)]


def _flip(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    changed = bytearray(raw)
    reach = len(changed) if draw.random() < 0.5 else min(len(changed), 512)  # headers are read first
    for _ in range(draw.choice((1, 1, 2, 8, 40))):
        if reach:
            changed[draw.randrange(reach)] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))
    return bytes(changed)


def _insert(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    at = draw.randrange(len(raw) + 1)
    return raw[:at] + draw.choice(_PIECES) * draw.choice((1, 1, 1, 3, 50)) + raw[at:]


def _cut(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    start, end = _span(raw, draw)
    return raw[:start] + raw[end:]


def _repeat(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    start, end = _span(raw, draw)
    return raw[:end] + raw[start:end] * draw.choice((1, 2, 10, 300)) + raw[end:]


def _splice(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    other = draw.choice(others)
    return raw[: draw.randrange(len(raw) + 1)] + other[draw.randrange(len(other) + 1) :]


def _blow_up(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    found = list(re.finditer(rb"\d+", raw))
    if not found:
        return raw
    one = draw.choice(found)
    return raw[: one.start()] + draw.choice(_NUMBERS) + raw[one.end() :]


def _lines(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    lines = raw.split(b"\n")
    at, to = draw.randrange(len(lines)), draw.randrange(len(lines))
    way = draw.randrange(5)
    if way == 0:
        lines.insert(to, lines[at])
    elif way == 1:
        del lines[at]
    elif way == 2:
        lines[at], lines[to] = lines[to], lines[at]
    elif way == 3:
        lines[at:at] = [lines[at]] * draw.choice((2, 50, 1500))
    else:
        lines = lines[:at]
    return b"\n".join(lines)


def _cells(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    """Change, take out, double or empty a cell of a line; the first line half of the time."""
    lines = raw.split(b"\n")
    at = 0 if draw.random() < 0.5 else draw.randrange(len(lines))
    mark = max(_DELIMITERS[:4], key=lines[at].count)
    cells = lines[at].split(mark)
    place = draw.randrange(len(cells))
    way = draw.randrange(6)
    if way == 0:
        cells[place] = draw.choice(_PIECES)
    elif way == 1:
        del cells[place]
    elif way == 2:
        cells.insert(place, cells[draw.randrange(len(cells))])
    elif way == 3:
        cells[place] = b""
    elif way == 4:
        cells[place:place] = [b"x%d" % number for number in range(draw.choice((1, 30, 3000)))]
    else:
        cells[place] = draw.choice(cells)
    lines[at] = mark.join(cells)
    return b"\n".join(lines)


def _delimiters(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    return raw.replace(draw.choice(_DELIMITERS), draw.choice(_DELIMITERS), draw.choice((-1, 1, 5)))


def _encode(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    text = raw.decode("utf-8", errors="replace")
    return text.encode(
        draw.choice(("utf-16", "utf-16-le", "utf-8-sig", "latin-1", "cp1252")), errors="replace"
    )


def _xml(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    """Nest deep, declare entities, double or drop a tag."""
    tags = list(re.finditer(rb"<[^<>]{1,300}>", raw))
    if not tags:
        return raw
    tag = draw.choice(tags)
    way = draw.randrange(5)
    if way == 0:
        depth = draw.choice((10, 300, 20_000))
        return raw[: tag.start()] + b"<a>" * depth + b"&b;" + b"</a>" * depth + raw[tag.start() :]
    if way == 1:
        head = raw.find(b"?>") + 2 if raw.startswith(b"<?xml") else 0
        return raw[:head] + _DTD + raw[head:]
    if way == 2:
        return raw[: tag.end()] + tag[0] * draw.choice((1, 5, 400)) + raw[tag.end() :]
    if way == 3:
        return raw[: tag.start()] + raw[tag.end() :]
    return (
        raw[: tag.start()]
        + draw.choice((b"<v>&c;</v>", b"<![CDATA[", b"<!--", b"<?x ?>"))
        + raw[tag.start() :]
    )


def _cell_addresses(raw: bytes, others: Sequence[bytes], draw: random.Random) -> bytes:
    """Move a cell of a sheet to the far end, or claim a large sheet."""
    found = list(re.finditer(rb'(?:r|ref|s|t|min|max|count)="[^"]*"', raw))
    if not found:
        return raw
    one = draw.choice(found)
    far = (
        b"XFD1048576",
        b"A1048577",
        b"ZZZZ9",
        b"A0",
        b"",
        b"A1:XFD1048576",
        b"-1",
        b"4294967296",
        b"str",
        b"s",
    )
    name = one[0].partition(b"=")[0]
    return raw[: one.start()] + name + b'="' + draw.choice(far) + b'"' + raw[one.end() :]


def _in_zip(raw: bytes, draw: random.Random) -> bytes:
    """Spoil, drop, double or swell one part of a ZIP."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    at = draw.randrange(len(parts))
    if draw.random() < 0.6:  # the sheet is where the cells are
        at = next((n for n, (name, _) in enumerate(parts) if "sheet1" in name or "sharedStrings" in name), at)
    name, content = parts[at]
    way = draw.randrange(12)
    if way == 0:
        del parts[at]
    elif way == 1:
        parts.append((draw.choice((name, "../../etc/x", "xl/vbaProject.bin", "a" * 300)), content))
    elif way == 2:
        parts[at] = (name, content + b" " * draw.choice((10, 30_000_000)))
    else:
        ways = (_xml, _xml, _cell_addresses, _cell_addresses, _flip, _blow_up, _insert, _truncate)
        for _ in range(draw.choice((1, 1, 2, 3))):
            content = draw.choice(ways)(content, [content], draw)
        parts[at] = (name, content)
    written = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # a part may stand twice
        for part, inside in parts:
            archive.writestr(zipfile.ZipInfo(part, (2025, 1, 1, 0, 0, 0)), inside, zipfile.ZIP_DEFLATED)
    return written.getvalue()


MUTATIONS: tuple[Mutation, ...] = (
    *(_truncate, _flip, _flip, _insert, _insert, _cut, _repeat, _splice, _blow_up),
    *(_lines, _cells, _cells, _delimiters, _encode, _xml, _cell_addresses),
)
