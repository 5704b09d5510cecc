"""SPSS (.sav, .zsav) and Stata (.dta) files, read by ReadStat in a process of its own."""

from __future__ import annotations

from netralstat.ask.plan_collect import Source
from netralstat.collect.formats.child_process import table_in_child
from netralstat.collect.text_table import TextTable
from netralstat.errors import PlanError

_PROCESS = "netralstat.collect.formats.statfile_process"
_ENCODINGS = {"utf-8": "UTF-8", "cp1252": "WINDOWS-1252", "latin-1": "ISO-8859-1"}


def read_statfile(raw: bytes, source: Source, sha256: str) -> TextTable:
    """Read an SPSS or Stata file as the wave file declares it.

    The headers are names of variables, and row 1 is the first case. Numbers are codes: a user-missing code
    stays what it is ("98"), a tagged missing value of Stata is ".a" to ".z", the system's own is "". Dates
    and times are written as ISO by the format of their variable; the spaces that SPSS fills a text up with
    are gone. With answers = "labels" a code that has a value label is that label instead.

    Parameters
    ----------
    raw : bytes
        The file.
    source : Source
        Its declaration: `answers`, `decimal`, which numbers are written with, and `encoding` where the file
        tells a wrong one or none.
    sha256 : str
        Hash of the file.

    Returns
    -------
    TextTable

    Raises
    ------
    ResponseError
        The file is damaged, cut off, too large, in another encoding or in one that it does not tell, or
        crashes its reader; two variables have one name; with answers = "labels", two codes have one label.
    PlanError
        The encoding is none that these files have.
    """
    arguments = [source.format, source.answers, _declared_encoding(source), source.decimal]
    return table_in_child(_PROCESS, arguments, raw, source.path, sha256)


def _declared_encoding(source: Source) -> str:
    if "encoding" not in source.model_fields_set:
        return ""
    if source.encoding not in _ENCODINGS:
        raise PlanError(
            f'a {source.format} file cannot have the encoding "{source.encoding}".',
            where=f"collect.sources, encoding of {source.path}",
            do=f"leave it out, for the file tells its own, or declare one of {', '.join(_ENCODINGS)}",
        )
    return _ENCODINGS[source.encoding]
