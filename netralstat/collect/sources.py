"""One declared source becomes one table of text: read strictly as declared, never guessed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from netralstat.ask.plan import Plan
from netralstat.ask.plan_collect import Source
from netralstat.collect.formats.delimited import read_delimited
from netralstat.collect.text_table import TextTable
from netralstat.errors import ResponseError

FORMATS: Mapping[str, Callable[[bytes, Source, str], TextTable]] = {"csv": read_delimited}


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
        The file is missing, is another one than declared (sha256, rows), or is not as declared: see the
        reader of its format.
    """
    where = source.path
    raw = _read_bytes(plan.resolve(source.path), where)
    digest = hashlib.sha256(raw).hexdigest()
    if source.sha256 is not None and digest != source.sha256:
        raise ResponseError(
            f"the file is not the declared one: sha256 {digest[:12]}…, declared {source.sha256[:12]}….",
            where=where,
            do="restore the original file, or declare the sha256 of the new one in collect.sources",
        )
    table = FORMATS[source.format](raw, source, digest)
    if source.rows is not None and table.n_rows != source.rows:
        raise ResponseError(
            f"the file holds {table.n_rows:,} rows of responses, declared are {source.rows:,}.",
            where=where,
            do="export again, or correct rows in collect.sources",
        )
    return table


def _read_bytes(file: Path, where: str) -> bytes:
    try:
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
    if not raw.strip(b" \t\r\n\xef\xbb\xbf"):
        raise ResponseError("the file of responses is empty.", where=where, do="export it again")
    return raw
