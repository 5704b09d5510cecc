"""The file of an XLSForm becomes pyxform's sheets; what would harm the parser is stopped before."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from xml.sax.handler import ContentHandler

from netralstat.errors import InstrumentError

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".csv", ".md")
MAX_BYTES = 5_000_000
MAX_UNPACKED_BYTES = 50_000_000
MAX_PARTS = 500
MAX_ROWS = 60_000
MAX_ELEMENTS = 1_500_000
MAX_COLUMNS = 1_000
MAX_LINE = 40_000
# What workbooks begin with, and the endings they should have.
SIGNATURES = {b"\xd0\xcf\x11\xe0": (".xls",), b"PK\x03\x04": (".xlsx", ".xlsm")}
BOM = b"\xef\xbb\xbf"


def read_form_file(path: Path) -> Any:
    """Give the sheets of a form as pyxform's `DefinitionData`.

    Parameters
    ----------
    path : Path
        An XLSForm as .xlsx, .xlsm, .xls, .csv (UTF-8, parted by commas) or .md.

    Raises
    ------
    InstrumentError
        The file is missing, too large, of another format, damaged, or a workbook that declares entities
        (DOCTYPE) or swells when it is unpacked.
    """
    from pyxform.errors import PyXFormError
    from pyxform.xls2json_backends import get_xlsform

    suffix = path.suffix.lower()
    raw = _read_bytes(path, suffix)
    try:
        PREFLIGHTS[suffix](raw, path)
        with warnings.catch_warnings():
            # openpyxl tells of drop-downs and colours it does not keep; a form has no use for them.
            warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
            return get_xlsform(io.BytesIO(raw.removeprefix(BOM)), file_type=suffix)
    except InstrumentError:
        raise
    except PyXFormError as error:
        message = str(error)
        if message.startswith("Duplicate column header"):
            raise InstrumentError(
                f"Two columns have one header. {message.splitlines()[0]}",
                where=str(path),
                do="Rename or remove one of them.",
            ) from error
        raise _unreadable(path, suffix) from error
    except Exception as error:
        # Whatever a damaged file makes its parser raise is a fact about the file.
        raise _unreadable(path, suffix) from error


def _read_bytes(path: Path, suffix: str) -> bytes:
    if not path.is_file():
        raise InstrumentError(
            "The questionnaire is not there.",
            where=str(path),
            do="Check the path given under ask.instrument or on the command line.",
        )
    if suffix not in SUFFIXES:
        raise InstrumentError(
            f'A questionnaire cannot be read from a "{path.suffix}" file.',
            where=str(path),
            do=f"Save it as one of: {', '.join(SUFFIXES)}.",
        )
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    for signature, endings in SIGNATURES.items():
        if raw.startswith(signature) and suffix not in endings:
            raise InstrumentError(
                f'The file ends with "{path.suffix}", but holds what belongs into a {endings[0]} file.',
                where=str(path),
                do=f"If it is a workbook, give it the ending {endings[0]}; else save the form anew.",
            )
    if len(raw) > MAX_BYTES:
        raise _too_large(path, f"has {path.stat().st_size:,} bytes", f"{MAX_BYTES:,}")
    return raw


def _unreadable(path: Path, suffix: str) -> InstrumentError:
    table = " as UTF-8, its cells parted by commas," if suffix == ".csv" else ""
    return InstrumentError(
        f"The file does not hold what its ending {suffix} promises, or is no XLSForm.",
        where=str(path),
        do="Open it in a spreadsheet, check the sheets survey, choices and settings, "
        f"and save it{table} again.",
    )


def _too_large(path: Path, fact: str, limit: str) -> InstrumentError:
    return InstrumentError(
        f"The questionnaire {fact}; the limit is {limit}.",
        where=str(path),
        do="Remove pictures, formatted empty rows and lists that nothing uses from the workbook.",
    )


def _check_zip(raw: bytes, path: Path) -> None:
    """Read every XML part of the workbook once, as a stream: no DOCTYPE, and not too much of anything."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        if unpacked > MAX_UNPACKED_BYTES:
            raise _too_large(path, f"has {unpacked:,} bytes when unpacked", f"{MAX_UNPACKED_BYTES:,}")
        if len(parts) > MAX_PARTS:
            raise _too_large(path, f"has {len(parts):,} parts", f"{MAX_PARTS:,}")
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                with archive.open(part) as stream:
                    _check_part(stream, path, part.filename)


def _check_part(stream: IO[bytes], path: Path, part: str) -> None:
    from defusedxml.common import DefusedXmlException
    from defusedxml.sax import parse

    class Counter(ContentHandler):
        n_rows = n_elements = 0

        def startElement(self, name: str, attrs: object) -> None:
            self.n_elements += 1
            self.n_rows += name.endswith("row")
            if self.n_rows > MAX_ROWS or self.n_elements > MAX_ELEMENTS:
                fact = (
                    f"has more than {self.n_rows - 1:,} rows and {self.n_elements - 1:,} elements in {part}"
                )
                raise _too_large(path, fact, f"{MAX_ROWS:,} rows and {MAX_ELEMENTS:,} elements")

    try:
        parse(stream, Counter(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise InstrumentError(
            "The workbook declares a document type or entities, which no spreadsheet writes.",
            where=f"{path}, part {part}",
            do="Open it in a spreadsheet and save it again; if you do not know who made it, do not use it.",
        ) from error


def _check_xls(raw: bytes, path: Path) -> None:
    import xlrd

    book = xlrd.open_workbook(file_contents=raw, ragged_rows=True, logfile=io.StringIO())
    for sheet in book.sheets():
        if sheet.nrows > MAX_ROWS or sheet.ncols > MAX_COLUMNS:
            fact = f"has {sheet.nrows:,} rows and {sheet.ncols:,} columns in a sheet"
            raise _too_large(path, fact, f"{MAX_ROWS:,} rows and {MAX_COLUMNS:,} columns")


def _check_lines(raw: bytes, path: Path) -> None:
    """Text tables: a line is a row (or part of one), and the parser of markdown is slow with endless ones."""
    longest = max((len(line) for line in raw.splitlines()), default=0)
    if longest > MAX_LINE:
        raise _too_large(path, f"has a line of {longest:,} bytes", f"{MAX_LINE:,}")
    if b"\0" in raw:
        raise InstrumentError(
            "The questionnaire holds NUL bytes, so it is no text in UTF-8.",
            where=str(path),
            do="Save it again as UTF-8.",
        )


PREFLIGHTS: dict[str, Callable[[bytes, Path], None]] = {
    ".xlsx": _check_zip,
    ".xlsm": _check_zip,
    ".xls": _check_xls,
    ".csv": _check_lines,
    ".md": _check_lines,
}
