"""Parquet files, read by Arrow in a process of its own."""

from __future__ import annotations

from importlib.util import find_spec

from netralstat.ask.plan_collect import Source
from netralstat.collect.formats.child_process import table_in_child
from netralstat.collect.text_table import TextTable
from netralstat.errors import EnvironmentProblem

_PROCESS = "netralstat.collect.formats.parquet_process"


def read_parquet(raw: bytes, source: Source, sha256: str) -> TextTable:
    """Read a Parquet file; the headers are its columns, and row 1 is the first response.

    A null is an empty cell. Whole numbers keep every digit, floats lose ".0", decimals their trailing zeros;
    true and false are 1 and 0; dates and times are ISO, with an offset where the column has a time zone. The
    texts of a list are joined by one space, as a select_multiple is.

    Parameters
    ----------
    raw : bytes
        The file.
    source : Source
        Its declaration: `decimal`, which numbers are written with.
    sha256 : str
        Hash of the file.

    Returns
    -------
    TextTable

    Raises
    ------
    ResponseError
        The file is damaged or cut off, has too many columns or cells, or a column of nested values, of
        bytes, or of a list whose texts hold spaces.
    EnvironmentProblem
        pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise EnvironmentProblem(
            "reading Parquet needs pyarrow, which is not installed.",
            where=source.path,
            do='pip install "netralstat[parquet]"',
        )
    arguments = ["," if source.decimal == "," else "."]
    return table_in_child(_PROCESS, arguments, raw, source.path, sha256)
