"""What an Excel workbook is made of: its zip archive, checked before anything in it is read; its parts."""

from __future__ import annotations

import io
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from netralstat.collect.formats.typed_text import shown_as

MAX_MEMBERS = 2_000
MAX_INFLATED = 4 * 2**30
"""Bytes of all parts together: a sheet of 100,000 rows of 140 columns has 0.6 GB."""

MAX_PART = 256 * 2**20
"""Bytes of a part that is no sheet."""

MAX_RATIO = 250
"""Inflated by packed size: sheets of ones and zeros reach 40, a zip bomb 1,000."""

SMALL = 16 * 2**20
_BLOCK = 1 << 20
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ESCAPE = re.compile(r"(?:_x[0-9A-Fa-f]{4}_)+")
_DAMAGED = "export it again: the file is cut off or damaged"
_TRUE = ("1", "true", "on")
# What zipfile raises at a damaged member, a place outside the file among them.
_UNPACKING = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError, struct.error)


class WorkbookError(Exception):
    """What is wrong with the file: `args` are the fact, the remedy and the place of a problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet of cells: its name and the part that holds it."""

    name: str
    part: str


@dataclass(slots=True, kw_only=True)
class Workbook:
    """The parts around the sheets.

    Attributes
    ----------
    archive : zipfile.ZipFile
        The checked archive.
    sheets : list of Sheet
        In the order of the workbook; charts are none.
    since_1904 : bool
        Days are counted from 1904.
    calculate : bool
        The program that wrote the file left formulas to be calculated when it is opened.
    shown : list of str
        For each cell style what its number format shows (`typed_text.shown_as`).
    strings : list of str
        The texts that cells refer to.
    """

    archive: zipfile.ZipFile
    sheets: list[Sheet] = field(default_factory=list)
    since_1904: bool = False
    calculate: bool = False
    shown: list[str] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)


def open_workbook(raw: bytes) -> Workbook:
    """Check the archive and read what the cells of all sheets refer to.

    Raises
    ------
    WorkbookError
        The file is no workbook, is encrypted or damaged, is a zip bomb, names places outside itself, or holds
        a document type declaration (entities).
    """
    archive = _open(raw)
    book = Workbook(archive=archive)
    relations = _relations(book, "")
    main = next((part for kind, part in relations.values() if kind == "officeDocument"), None)
    if main is None or main not in archive.namelist():
        raise WorkbookError(
            "the file is a zip archive, and no Excel workbook (.xlsx).",
            "save it as .xlsx; .xlsb and .ods have to be saved as .xlsx too",
            "",
        )
    relations = _relations(book, main)
    for element in _elements(book, main):
        if element.tag == "workbookPr":
            book.since_1904 = element.get("date1904", "") in _TRUE
        elif element.tag == "calcPr":
            book.calculate = element.get("fullCalcOnLoad", "") in _TRUE
        elif element.tag == "sheet":
            kind, part = relations.get(_relation(element), ("", ""))
            if kind == "worksheet":
                book.sheets.append(Sheet(name=element.get("name", ""), part=part))
    _check_sheets(book)
    for kind, part in relations.values():
        if kind == "styles":
            book.shown = _styles(book, part)
        elif kind == "sharedStrings":
            book.strings = _strings(book, part)
    return book


def blocks(book: Workbook, part: str) -> Iterator[bytes]:
    """The bytes of a part, a MB at a time; a document type declaration in it is refused."""
    last = b""
    try:
        with book.archive.open(part) as stream:
            while block := stream.read(_BLOCK):
                if not last and (block[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in block[:4]):
                    raise WorkbookError(
                        "a part is not written in UTF-8.", "save the file again in Excel", part
                    )
                if b"<!DOCTYPE" in last + block or b"<!ENTITY" in last + block:
                    raise WorkbookError(
                        "a part declares a document type (entities), which no workbook needs.",
                        "do not open this file; ask who sent it, and export it again",
                        part,
                    )
                yield block
                last = block[-9:]
    except _UNPACKING as problem:
        raise WorkbookError(
            f"a part of the workbook cannot be unpacked ({type(problem).__name__}).", _DAMAGED, part
        ) from problem


def inner_text(element: Element) -> str:
    """The text of a string item: plain, or in runs of one format each; readings (phonetics) are left out."""
    parts = []
    for child in element:
        if child.tag == "t":
            parts.append(child.text or "")
        elif child.tag == "r":
            parts += [text.text or "" for text in child if text.tag == "t"]
    return unescaped("".join(parts))


def unescaped(text: str) -> str:
    """The text with Excel's escapes of control characters (_x000D_) undone."""
    return _ESCAPE.sub(_escaped, text) if "_x" in text else text


def local_names(element: Element) -> Element:
    """The element and all in it, their names without namespaces."""
    for one in element.iter():
        one.tag = one.tag.rpartition("}")[2]
    return element


def _escaped(match: re.Match[str]) -> str:
    codes = [int(code, 16) for code in re.findall(r"_x([0-9A-Fa-f]{4})_", match[0])]
    try:
        text = b"".join(code.to_bytes(2, "big") for code in codes).decode("utf-16-be")
    except UnicodeDecodeError:  # half a surrogate pair: the text itself looks like an escape
        return match[0]
    return match[0] if "\0" in text else text


def _open(raw: bytes) -> zipfile.ZipFile:
    if raw.startswith(_OLE2):
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise WorkbookError("the workbook is protected by a password.", "save it without a password", "")
        raise WorkbookError("the file is an old Excel workbook (.xls).", "save it as .xlsx", "")
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, OSError) as problem:
        raise WorkbookError(
            "the file is no Excel workbook: its zip archive cannot be opened.", _DAMAGED, ""
        ) from problem
    _check_members(members)
    return archive


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    refuse = "do not open this file; ask who sent it, and export it again"
    if len(members) > MAX_MEMBERS:
        fact = f"the archive has {len(members):,} members; a workbook has at most {MAX_MEMBERS:,}."
        raise WorkbookError(fact, refuse, "")
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        fact = f"{len(names) - len(set(names))} members of the archive have the name of another one."
        raise WorkbookError(fact, refuse, "")
    for number, member in enumerate(members, start=1):
        place, name = f"member {number} of the archive", member.filename
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or ":" in name:
            raise WorkbookError("a member of the archive names a place outside of it.", refuse, place)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise WorkbookError("a member of the archive is a symbolic link.", refuse, place)
        if member.flag_bits & 0x1:
            raise WorkbookError("a member of the archive is encrypted.", "save it without a password", place)
        if member.file_size > SMALL and member.file_size > MAX_RATIO * member.compress_size:
            raise WorkbookError(
                f"a member of the archive unpacks to {member.file_size:,} bytes, more than {MAX_RATIO} times "
                "its size: a zip bomb.",
                refuse,
                place,
            )
    total = sum(member.file_size for member in members)
    if total > MAX_INFLATED:
        raise WorkbookError(
            f"the workbook unpacks to {total:,} bytes; {MAX_INFLATED:,} can be read.",
            "export fewer columns, or several files",
            "",
        )


def _check_sheets(book: Workbook) -> None:
    names = set(book.archive.namelist())
    for sheet in book.sheets:
        if sheet.part not in names:
            raise WorkbookError(f'the sheet "{sheet.name[:60]}" is absent from the archive.', _DAMAGED, "")
    sheets = {sheet.part for sheet in book.sheets}
    for name in sorted(names - sheets):
        if name.lower().endswith((".xml", ".rels", ".vml")):
            for _ in blocks(book, name):
                pass


def _elements(book: Workbook, part: str) -> Iterator[Element]:
    """Every element of a part when it ends, its name without namespace; those at the top are let go."""
    if part not in book.archive.namelist():
        raise WorkbookError("a part of the workbook is absent from the archive.", _DAMAGED, part)
    size = book.archive.getinfo(part).file_size
    if size > MAX_PART:
        fact = f"a part beside the sheets has {size:,} bytes; {MAX_PART:,} can be read."
        raise WorkbookError(fact, "save the workbook with its data alone", part)
    stream = io.BytesIO(b"".join(blocks(book, part)))
    depth, root = 0, None
    try:
        for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                root = element if root is None else root
                depth += 1
                continue
            depth -= 1
            element.tag = element.tag.rpartition("}")[2]
            yield element
            if depth == 1 and root is not None:
                root.clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        raise WorkbookError("a part of the workbook is no XML.", _DAMAGED, part) from problem


def _relations(book: Workbook, part: str) -> dict[str, tuple[str, str]]:
    """By id the kind of a part that this one refers to, and its name in the archive."""
    folder, name = posixpath.split(part)
    place = posixpath.join(folder, "_rels", f"{name}.rels")
    if place not in book.archive.namelist():
        return {}
    found = {}
    for element in _elements(book, place):
        if element.tag == "Relationship" and element.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", ""))).lstrip("/")
            found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], target)
    return found


def _relation(element: Element) -> str:
    return next((value for key, value in element.items() if key.endswith("}id")), "")


def _styles(book: Workbook, part: str) -> list[str]:
    codes: dict[int, str] = {}
    used: list[int] = []
    try:
        for element in _elements(book, part):
            if element.tag == "numFmt":
                codes[int(element.get("numFmtId", ""))] = element.get("formatCode", "")
            elif element.tag == "cellXfs":
                used = [int(xf.get("numFmtId", "0")) for xf in element if xf.tag == "xf"]
    except ValueError as problem:
        raise WorkbookError("a number format has no number.", _DAMAGED, part) from problem
    return [shown_as(number, codes.get(number)) for number in used]


def _strings(book: Workbook, part: str) -> list[str]:
    return [inner_text(element) for element in _elements(book, part) if element.tag == "si"]


def root_of(fragment: bytes) -> Any:
    """A fragment of a sheet as an element, its names without namespaces."""
    from defusedxml.ElementTree import fromstring

    return local_names(fromstring(fragment, forbid_dtd=True))
