"""One declared source becomes one table of text: read strictly as declared, never guessed."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from netralstat.ask.plan import Plan
from netralstat.ask.plan_collect import Source
from netralstat.collect.formats.delimited import read_delimited
from netralstat.collect.formats.header import check_names
from netralstat.collect.formats.parquet import read_parquet
from netralstat.collect.formats.statfiles import read_statfile
from netralstat.collect.formats.workbook import read_workbook
from netralstat.collect.text_table import TextTable, with_header_rows
from netralstat.errors import ResponseError

MAX_STRUCTURE = 8 * 1024 * 1024
MAX_BYTES = 2 * 1024**3
"""Size of one file: 2 GiB, which is some two million rows of 140 columns."""

BY_ORDER = frozenset({"google_forms"})
"""Kinds whose headers are always the texts of questions: these may repeat, and order tells them apart."""

_FILLED = re.compile(rb"[^ \t\r\n\xef\xbb\xbf]")
FORMATS: Mapping[str, Callable[[bytes, Source, str], TextTable]] = {
    "csv": read_delimited,
    "xlsx": read_workbook,
    "parquet": read_parquet,
    "sav": read_statfile,
    "dta": read_statfile,
}


def read_source(source: Source, plan: Plan) -> TextTable:
    """Read one file as the wave file declares it.

    Parameters
    ----------
    source : Source
        One table [[collect.sources]]; the suffix of its path tells the format.
    plan : Plan
        The wave; tells the folder that paths start from.

    Returns
    -------
    TextTable

    Raises
    ------
    ResponseError
        The file is missing, is larger than `MAX_BYTES`, is another one than declared (sha256, rows), has
        names that cannot be told apart, or is not as declared: see the reader of its format.
    """
    where = source.path
    raw = _read_bytes(plan.resolve(source.path), where)
    digest = hashlib.sha256(raw).hexdigest()
    if source.sha256 is not None and digest != source.sha256:
        raise ResponseError(
            f"the file is not the declared one: sha256 {digest[:12]}…, declared {source.sha256[:12]}….",
            where=where,
            do="restore the original file, or declare the sha256 of the new one in collect.sources "
            "(`netralstat lock` writes it there)",
        )
    table = FORMATS[source.format](raw, source, digest)
    if source.kind == "qualtrics":
        table = with_header_rows(table, (source.header_rows or 3) - 1)
    if source.headers == "names" and source.kind not in BY_ORDER:
        check_names(table.header, where if table.first_row == 1 else f"{where}, row {source.title_rows + 1}")
    if source.rows is not None and table.n_rows != source.rows:
        raise ResponseError(
            f"the file holds {table.n_rows:,} rows of responses, declared are {source.rows:,}.",
            where=where,
            do="export again, or correct rows in collect.sources",
        )
    return table


def read_structure(source: Source, plan: Plan) -> bytes | None:
    """Read the file that describes an export, where the source names one."""
    if source.structure is None:
        return None
    file = plan.resolve(source.structure)
    try:
        size = file.stat().st_size
        raw = file.read_bytes() if size <= MAX_STRUCTURE else b""
    except OSError as problem:
        raise ResponseError(
            f"the structure file cannot be read: {problem.strerror}.",
            where=source.structure,
            do="put it there, or correct structure in collect.sources",
        ) from problem
    if size > MAX_STRUCTURE:
        raise ResponseError(
            f"the structure file has {size:,} bytes; at most {MAX_STRUCTURE:,} are read.",
            where=source.structure,
            do="export the structure alone, without responses",
        )
    return raw


def _read_bytes(file: Path, where: str) -> bytes:
    try:
        found = file.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size > MAX_BYTES:
            raise ResponseError(
                f"the file has {found.st_size:,} bytes; {MAX_BYTES:,} can be read.",
                where=where,
                do="export fewer columns, or declare several files in collect.sources",
            )
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            raise ResponseError(
                "the file of responses is a device or a pipe.",
                where=where,
                do="give the path of a regular file in collect.sources",
            )
        raw = file.read_bytes()
    except FileNotFoundError as problem:
        raise ResponseError(
            "the file of responses does not exist.",
            where=where,
            do="put the export there or correct path; `netralstat simulate` makes a synthetic one",
        ) from problem
    except OSError as problem:
        raise ResponseError(
            f"the file of responses cannot be read: {problem.strerror}.",
            where=where,
            do="give the path of a readable file in collect.sources",
        ) from problem
    if not _FILLED.search(raw):
        raise ResponseError("the file of responses is empty.", where=where, do="export it again")
    return raw
